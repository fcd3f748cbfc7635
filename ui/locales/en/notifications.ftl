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
note-kind-visit = Technician's visits
note-kind-invoice = New invoices and estimates
note-kind-payment = Payments received
note-kind-due = Due and overdue invoices
note-kind-reading = Readings wanted
note-kind-contract = Contracts that end or renew
note-kind-survey = Surveys
note-kind-access = Access and account
told-ticket-opened = We opened { $number } for you: { $subject }
told-ticket-started = We are working on { $number }: { $subject }
told-ticket-escalated = { $number } went to a specialist: { $subject }
told-ticket-waiting = { $number } waits for your answer: { $subject }
told-ticket-confirm = Is { $number } solved? { $subject }
told-ticket-resolved = { $number } is solved: { $subject }
told-ticket-reopened = { $number } is open again: { $subject }
told-ticket-answered = There is an answer to { $number }: { $subject }
told-visit-planned = Visit planned for { $machine }: { $at }
told-visit-on-way = The technician is on the way to { $machine }
told-visit-cancelled = The visit to { $machine } on { $at } was cancelled
told-visit-done = The visit to { $machine } is done; the report is ready
told-invoice = New invoice { $number }: { $amount }, due on { $day }
told-estimate = New estimate { $number }: { $amount }
told-credit = New credit note { $number }: { $amount }
told-payment = We received { $amount } for invoice { $number }. Thank you!
told-due = Invoice { $number } is due on { $day }: { $amount }
told-overdue = Invoice { $number } was due on { $day }: { $amount } open
told-reading = { $count ->
    [one] We need one counter reading by { $day }
   *[other] We need { $count } counter readings by { $day }
}
told-contract-renews = Contract { $number } renews after { $day }
told-contract-ends = Contract { $number } ends on { $day }
told-survey = { $question }
told-access-rights = What you may see at { $company } changed
told-access-removed = You no longer belong to { $company } here
told-access-invited = { $company } invites you to join
told-access-password = Your password was changed
told-access-passkey_added = A passkey was added to your account
told-access-passkey_removed = A passkey was removed from your account
kept-notifications = Notifications of customers
