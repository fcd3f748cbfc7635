## Spam, and senders who are blocked

status-spam = Spam
tab-spam = Spam
key-tab-spam = Spam
key-spam = Spam, and blocking the sender
list-empty-spam = No spam
list-empty-spam-hint = What is marked as spam, and what blocked senders write, is kept here.

action-spam = Spam
action-not-spam = Not spam
spam-hint = It leaves every list and figure, nothing is answered in it, and nobody is told when more comes.
spam-mark = Mark as spam
spam-block-legend = Also
spam-block-sender = block { $sender }
spam-block-browser = block this browser
spam-block-domain = block everybody at { $sender }
spam-block-hint = What a blocked sender writes is kept in spam without a word to anybody. Who signs in to the portal or pays is not affected.
spam-block-only = Only block, without marking

spam-since = Spam since { $time }.
spam-what = Nothing leaves from here, and nobody is told of what comes.
spam-why-marked = Marked by { $who }.
spam-why-rule = Marked by a rule.
spam-why-blocked = { $words } is blocked.
spam-why-judged = The mail server takes it for spam ({ $words }).
spam-why-imported = It was spam where it was imported from.
blocked-bar = { $sender } is blocked: what they write goes to spam.
blocked-unblock = Unblock
blocked-visitor = This browser

activity-spam = { $who } marked this as spam
activity-not-spam = { $who } took this out of spam
activity-sender-blocked = { $who } blocked the sender
activity-domain-blocked = { $who } blocked the domain of the sender
activity-sender-unblocked = { $who } unblocked the sender
activity-blocked-wrote = The sender is blocked and wrote again; it is in spam

settings-blocked = Blocked senders
blocked-lead = What these senders write is kept in spam: nobody is told, nothing answers, and it counts in no figure. Only the way is blocked: the same person can sign in to the portal, pay, and write by another way.
blocked-add = Block an address, a domain or a number
blocked-value = Mail address, domain or telephone number
blocked-value-hint = For example ana@shop.example, shop.example (with everything under it) or +55 11 98888-7777 on WhatsApp.
blocked-reason = Why
blocked-block = Block
blocked-search = Search blocked senders
blocked-none = Nobody is blocked
blocked-none-found = No blocked sender fits
blocked-kind-email = Mail address
blocked-kind-domain = Whole mail domain
blocked-kind-whatsapp = WhatsApp
blocked-kind-visitor = Browser in the chat
blocked-by = { $who }, { $time }
blocked-messages = { $count ->
    [0] nothing came since
    [one] { $count } message since, the last { $time }
   *[other] { $count } messages since, the last { $time }
}
blocked-older = Older
blocked-done = { $sender } is blocked now
blocked-known = { $sender } was blocked already

mail-spam-marks = Put what the mail server marks as spam into Spam
mail-spam-marks-hint = By X-Spam-Flag, X-Spam-Status, X-Spam and Microsoft's marks. Who answers one of your mails, or was answered before, comes through all the same.
