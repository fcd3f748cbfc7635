# What customers are told, and how they want to hear of it.
note-title = Notifications
note-unread = { $count ->
    [0] Notifications
    [one] Notifications: 1 unread
   *[other] Notifications: { $count } unread
}
note-all-read = Mark all as read
note-none = Nothing yet. What happens to your tickets, invoices and machines shows up here.
note-more = Earlier
note-new = New
note-settings = How we tell you
note-settings-lead = Everything stands here in the portal. Choose what else you want to hear of, and how.
note-see-all = All notifications
note-kind = What
note-way-portal = Portal
note-way-mail = E-mail
note-way-whatsapp = WhatsApp
note-way-push = Push
note-always = always
note-save = Save
note-usual = As usual again
note-saved = Saved.
note-here = This browser
note-here-lead = Notifications on this device, also while the page is closed. They end when you sign out.
note-here-on = Show notifications on this device
note-here-off = Stop on this device
note-here-cannot = This browser takes no push notifications, or you did not allow them.
note-stop-title = No more e-mails of this kind?
note-stop-text = { $kind }: from now on you find it in the portal only.
note-stopped-title = Done
note-stopped-text = You get no more e-mails of this kind ({ $kind }). You can change it in the portal under notifications.
note-open = Open
note-panel-usual = as usual
note-panel-chosen = chosen
note-panel-lead = The customer chooses this in the portal.
note-kind-ticket = Tickets
note-kind-colleague = Tickets of colleagues, as chosen below
note-colleagues = Tickets of colleagues at { $company }
note-colleagues-lead = You see all tickets there. Choose of whose changes you want to hear; nobody’s unless you say so.
note-colleagues-all = Everybody, also those who come later
note-kind-visit = Technician's visits
note-kind-invoice = New invoices and estimates
note-kind-payment = Payments received or not completed
note-kind-due = Due and overdue invoices
note-kind-reading = Readings wanted
note-kind-contract = Contracts that end or renew
note-kind-survey = Surveys
note-kind-access = Access and account
noted-ticket-opened = We opened { $number } for you: { $subject }
noted-ticket-started = We are working on { $number }: { $subject }
noted-ticket-escalated = { $number } went to a specialist: { $subject }
noted-ticket-waiting = { $number } waits for your answer: { $subject }
noted-ticket-confirm = Is { $number } solved? { $subject }
noted-ticket-resolved = { $number } is solved: { $subject }
noted-ticket-reopened = { $number } is open again: { $subject }
noted-ticket-answered = There is an answer to { $number }: { $subject }
noted-colleague-opened = { $name } has a new ticket { $number }: { $subject }
noted-colleague-waiting = { $number } of { $name } waits for an answer: { $subject }
noted-colleague-confirm = { $name } is asked whether { $number } is solved: { $subject }
noted-colleague-resolved = { $number } of { $name } is solved: { $subject }
noted-colleague-reopened = { $number } of { $name } is open again: { $subject }
noted-visit-planned = Visit planned for { $machine }: { $at }
noted-visit-on-way = The technician is on the way to { $machine }
noted-visit-cancelled = The visit to { $machine } on { $at } was cancelled
noted-visit-done = The visit to { $machine } is done; the report is ready
noted-invoice = New invoice { $number }: { $amount }, due on { $day }
noted-estimate = New estimate { $number }: { $amount }
noted-credit = New credit note { $number }: { $amount }
noted-payment = We received { $amount } for invoice { $number }. Thank you!
noted-unpaid = Your payment of { $amount } for invoice { $number } did not go through
noted-due = Invoice { $number } is due on { $day }: { $amount }
noted-overdue = Invoice { $number } was due on { $day }: { $amount } open
noted-reading = { $count ->
    [one] We need one counter reading by { $day }
   *[other] We need { $count } counter readings by { $day }
}
noted-contract-renews = Contract { $number } renews after { $day }
noted-contract-ends = Contract { $number } ends on { $day }
noted-survey = { $question }
noted-access-rights = What you may see at { $company } changed
noted-access-removed = You no longer belong to { $company } here
noted-access-invited = { $company } invites you to join
noted-access-password = Your password was changed
noted-access-passkey_added = A passkey was added to your account
noted-access-passkey_removed = A passkey was removed from your account
kept-notifications = Notifications of customers
