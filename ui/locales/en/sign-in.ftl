## Sign-in and set-up

sign-in-title = Sign in
sign-in-button = Sign in
set-up-title = Set up Switchboard
set-up-lead = This makes the first administrator. Everybody else is invited from the settings.
set-up-password-hint = At least 10 characters. A sentence that you remember is a good one.
set-up-button = Create administrator
set-up-waits-title = Not set up yet
set-up-waits-lead = Nobody has set this Switchboard up. That begins with a link which is printed when it starts, on the machine that it runs on:
set-up-waits-terminal = In a terminal
set-up-waits-terminal-hint = Above, where it was started
set-up-waits-service = As a service
set-up-waits-container = In containers
set-up-waits-again = The link is good for a day. This command prints a new one at any time:
