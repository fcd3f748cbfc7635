## Sign-in and set-up

sign-in-title = Sign in
sign-in-button = Sign in
set-up-title = Set up Switchboard
set-up-lead = This makes the first administrator. Everybody else is invited from the settings.
set-up-password-hint = At least 10 characters. A sentence that you remember is a good one.
set-up-button = Create administrator
