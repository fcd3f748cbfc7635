## One message to many

broadcasts-title = Broadcasts
rail-broadcasts = Broadcasts
broadcasts-lead = One message to many customers, by mail or WhatsApp. The answers come to the inbox.
broadcasts-none = No broadcasts yet
broadcasts-none-hint = Before anything leaves you see how many get it, and who does not and why.
broadcast-new = New broadcast
broadcast-edit = Change
broadcast-counting = Counting
broadcast-ready = Ready
broadcast-scheduled = Scheduled
broadcast-sending = Sending
broadcast-paused = Paused
broadcast-done = Sent
broadcast-cancelled = Cancelled
broadcast-to-waiting = to be sent
broadcast-to-underway = on their way
broadcast-to-sent = sent
broadcast-to-delivered = delivered
broadcast-to-read = read
broadcast-to-failed = failed
broadcast-to-left-out = left out
broadcast-answered = answered
broadcast-refused = said no afterwards
broadcast-sent-of = Sent
broadcast-why-no-mail = No mail address is known
broadcast-why-no-number = No number is known
broadcast-why-refuses = Does not want to be written to by WhatsApp
broadcast-why-no-marketing = Wants no marketing
broadcast-why-blocked = Is blocked
broadcast-why-spam = Has a conversation in spam
broadcast-why-erased = Was erased
broadcast-why-bounced = Mail to them came back
broadcast-why-unreachable = WhatsApp could not deliver there the last time
broadcast-why-unknown = Something that the message names is not known of them
broadcast-why-twice = Is the same person as another recipient
broadcast-why-none = Without a reason
broadcast-template-gone = The template cannot be sent any more
broadcast-stopped-by = It was stopped: { $what } Look at it before you go on.
broadcast-held-until = It waits: { $what } It goes on by itself ({ $time }).
broadcast-held = It waits: { $what } It goes on by itself once that is over.
broadcast-tested = The test is on its way.
broadcast-counted = { $count } customers looked through so far…
broadcast-gets = { $count ->
    [0] Nobody gets it
    [one] One customer gets it
   *[other] { $shown } customers get it
}
broadcast-left-out-why = { $count ->
    [one] One gets none
   *[other] { $count } get none
}
broadcast-failed-why = Why messages failed
broadcast-begins = begins { $time }
broadcast-recipients = Recipients
broadcast-is-marketing = Marketing: not to whom wants none
broadcast-is-service = Notice of service: also to whom wants no marketing
broadcast-pace-of = { $count } a minute
broadcast-preview = How it reads
broadcast-start = { $count ->
    [one] Send to one customer now
   *[other] Send to { $shown } customers now
}
broadcast-at = Or at a time
broadcast-later = Schedule
broadcast-unschedule = Take the time back
broadcast-pause = Pause
broadcast-resume = Go on
broadcast-cancel = Cancel the broadcast
broadcast-cancel-sure = Whoever has not got it will not. This cannot be undone.
broadcast-cancel-yes = Yes, cancel it
broadcast-test = Send a test
broadcast-test-mail = To me first
broadcast-test-number = To this number first
broadcast-test-hint = As the first recipient would get it. It counts nowhere.
broadcast-all = All
broadcast-nobody = Nobody here
broadcast-unnamed = Unnamed
broadcast-open = Conversation
broadcast-of = Broadcast
broadcast-no-inbox = Broadcasts leave by a mailbox or a WhatsApp number; there is none that is switched on.
broadcast-by = By
broadcast-by-hint = Answers come back to it.
broadcast-next = Next
broadcast-template-hint = Each customer gets it in their language where it is approved in that, else in this one.
broadcast-days = { $count ->
    [one] One day
   *[other] { $count } days
}
broadcast-name = Name
broadcast-name-hint = For you; customers do not see it.
broadcast-said = Message
broadcast-text = Text
broadcast-service = This is not marketing
broadcast-service-hint = A notice that customers need: opening hours, an outage, a new number. It goes to those who want no marketing, too.
broadcast-service-mail = A notice that customers need: opening hours, an outage, a new number. It goes to those who want no marketing, too, and without a way to unsubscribe.
broadcast-whom = To whom
broadcast-whom-mail = All customers with a mail address, narrowed by
broadcast-whom-whatsapp = All customers with a number, narrowed by
broadcast-label = Label of a conversation
broadcast-wrote = Wrote within
broadcast-whom-list = Only these
broadcast-list-mail = Addresses
broadcast-list-number = Numbers
broadcast-list-hint = One a line, at most { $most }; a name may stand behind a comma. Whoever is not known yet becomes a customer.
broadcast-pace = Messages a minute
broadcast-pace-hint = Slower is safer: providers slow down or block whoever sends many at once.
broadcast-look = See who gets it
broadcast-blank = Blank { $name }
broadcast-blank-empty = Fill in every blank of the template.
broadcast-fixed = The same words for everybody
broadcast-fixed-words = Words
leave-title = Unsubscribe
leave-hint = You will get no more news and offers by mail. Answers to what you ask, invoices and the like still come.
leave-button = Unsubscribe
leave-left = You are unsubscribed
leave-left-hint = No more news and offers come to you by mail.
leave-back = Subscribe again
leave-done = Done. You get no more of these mails.
leave-is-back = Done. You get these mails again.
