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
forgotten-link = Forgot your password?
forgotten-title = A new password
forgotten-lead = We mail you a link by which you choose one. The password that you have goes on working until then.
forgotten-button = Send the link
forgotten-sent = If somebody with the address { $address } works here, a link is on its way to them. It works once, within an hour.
forgotten-nothing = Nothing comes? Look among spam, or ask an administrator for a link: Settings, People. On the machine itself this command makes one:
forgotten-back = Back to sign-in
forgotten-mail-subject = A new password for { $business }
forgotten-mail-text = Somebody, you we hope, asked for a new password for your account at the desk of { $business }. The button lets you choose one; it works once, within an hour. If it was not you, do nothing: your password stays as it is.
forgotten-mail-button = Choose a password
