## The agents' rail

rail-label = Main
rail-inbox = Inbox
rail-tickets = Tickets
rail-knowledge = Articles
rail-settings = Settings
rail-sign-out = Sign out

## The inbox

inbox-title = Inbox
inbox-none-open = No conversation open
inbox-none-open-hint = Choose one from the list, or press ? to see every key.
list-label = Conversations
tabs-label = Which conversations
tab-unassigned = Unassigned
tab-mine = Mine
tab-all = All
filter-channel = Channel
filter-apply = Show
list-older = Older conversations
list-empty-unassigned = Nobody is waiting
list-empty-unassigned-hint = New conversations appear here by themselves.
list-empty-mine = Nothing on your desk
list-empty-mine-hint = Claim a conversation from the unassigned ones.
list-empty-all = No conversations yet
list-empty-all-hint = Write to one of your channels to see the first.
row-bot = Bot:
row-us = Us:
row-failed = Not delivered
row-woken = Back
row-waiting = waiting { $time }
row-waiting-now = waiting
row-unread = unread
thread-back = Back to the list
thread-mine = Yours
thread-assigned = With { $name }
thread-unassigned = Unassigned
thread-snoozed-until = until { $time }
thread-snoozed-reply = until they answer
timeline-label = Messages
timeline-older = Earlier messages
timeline-empty = No messages yet
timeline-new = New
composer-kind = What you write
composer-reply = Reply
composer-note = Note
composer-note-hint = Only your team sees this
composer-channel = Reply by
composer-label = Your message
composer-placeholder = Write your reply…
composer-note-placeholder = Write a note for your team…
composer-attach = Attach files
composer-send = Send
composer-save-note = Save note
composer-stale = Not sent yet.
side-label = Customer and actions
side-actions = Actions
side-brief = From the bot
side-tickets = Tickets
side-no-tickets = No tickets
side-earlier = Earlier conversations
side-earlier-hidden = { $count ->
    [one] One more is in an inbox that you do not work in.
   *[other] { $count } more are in inboxes that you do not work in.
}
side-language = Language
side-since = Since
action-claim = Claim
action-assign = Assign
action-assign-nobody = Nobody
action-escalate = Escalate
action-resolve = Resolve
action-reopen = Reopen
action-snooze = Snooze
action-unsnooze = Wake up
escalate-to = To
escalate-reason = Reason
snooze-hour = For an hour
snooze-three-hours = For three hours
snooze-tomorrow = Until tomorrow morning
snooze-monday = Until Monday morning
snooze-reply = Until they answer
snooze-at = At a time
key-title = Keys
key-single = Use single keys
key-next = Next conversation
key-previous = Previous conversation
key-open = Open it
key-back = Back to the list
key-reply = Reply
key-note = Write a note
key-send = Send
key-attach = Attach files
key-claim = Claim
key-assign = Assign
key-escalate = Escalate
key-resolve = Resolve or reopen
key-resolve-next = Resolve and open the next
key-snooze = Snooze
key-why = Why is the last message here?
key-panel = Customer panel
key-begin = Start a conversation
key-tab-unassigned = Unassigned
key-tab-mine = Mine
key-tab-all = All
key-filter = Search
key-help = Keyboard shortcuts
live-reconnecting = Reconnecting… nothing is lost.
live-offline = You are offline. The page catches up by itself.
live-failed = That did not work. Please try again.
live-new-message = New message from { $name }
live-typing = { $name } is typing…
live-sending = Sending
live-not-sent = Your message in “{ $name }” was not sent. Its words are kept there.
live-you = You

## The agents’ actions and what can go wrong

filter-search = Search
filter-status = State
list-empty-search = Nothing found
message-split = Start a conversation of its own
message-move = Move to conversation
message-move-button = Move
action-priority = Priority
action-merge = Merge
action-ticket = Open a ticket
ticket-subject = Subject
merge-conversation = Into conversation
merge-conversation-hint = Everything moves there. Later mails follow. Both must be the same customer’s. This can be undone.
merge-contact = The same person as
merge-contact-hint = An e-mail address or a phone number. This can be undone.
merge-was = { $name } was merged in.
merge-undo = Undo
merge-done = { $count ->
    [one] Merged into #{ $number }.
   *[other] { $count } conversations merged into #{ $number }.
}
merge-take-back = Undo the merge
split-done = Now #{ $number }, by itself.
split-take-back = Put back
move-done = Moved to #{ $number }.
move-take-back = Move back
merge-part = Make them two again
merge-part-this = this customer
merge-part-other = the other customer
merge-part-back = { $count ->
    [one] Conversation { $numbers } goes to { $name }.
   *[other] { $count } conversations go to { $name }: { $numbers }.
}
merge-part-home = Both wrote in { $number }: { $count ->
    [one] one message goes
   *[other] { $count } messages go
} back to { $into } of { $name }.
merge-part-new = Both wrote in { $number }: { $count ->
    [one] one message goes
   *[other] { $count } messages go
} to a new conversation of { $name }.
merge-part-stays = In { $number } both take part, and { $count ->
    [one] one message has come
   *[other] { $count } messages have come
} since the merge. Nobody can tell which of the two wrote, so they stay there: look at them, and move what belongs elsewhere.
merge-part-rest = { $name } gets back the addresses and tickets that came along. Everything else stays.
welcome-title = Welcome, { $name }
welcome-lead = Choose a password. Then you are in.
welcome-button = Start
sign-in-wrong = E-mail address or password is not right.
sign-in-ended = Your session has ended. Sign in again: what you were writing is kept.
sign-in-slowed = Too many tries. Please wait half a minute and try again.
error-refused-title = That was not done
error-role = Your role does not include this. Ask an administrator.
error-forgery = The page was open for too long or in another session. Go back, load it again and repeat what you did.
error-too-large = That is more than can be taken at once: a message takes 20 files, all of them together no more than the server allows (30 MB unless server.max_body says otherwise). Send smaller files, or fewer.
error-file-not-yet = The file is still being fetched. Please try again in a moment.
error-name-empty = Please say a name.
error-email = Please enter an address such as name@example.com.
error-empty = There is nothing to send yet: write something or attach a file.
error-long = The message is too long. 50,000 characters are the most.
error-unreachable = The customer cannot be reached on this channel: no address is known. A note still works.
error-reason = Say why: whoever takes it wants to know.
error-agent = That agent does not exist or is disabled.
error-snooze = A resolved conversation cannot be snoozed. Reopen it first.
error-retry = Only a message that was not delivered can be sent again.
error-merged = One of the two is part of another one already.
error-itself = Those are one and the same.
error-split-all = Leave at least one message behind, or merge the conversations instead.
error-upload = A file is no longer there. Attach it again.
error-password-short = At least 10 characters, please.
error-password-long = That password is too long.
error-password-weak = That password is too easy to guess.
error-email-taken = Somebody with this address is here already.
error-name-taken = That name is taken.
error-last-administrator = Nobody would be left to administer. Make somebody else an administrator first.
error-not-possible = That is not possible.
error-number = There is no such conversation. The number stands beside its state, such as #12.
error-identity = Nobody with this address or number is known.
activity-assigned = { $who } gave it to { $agent }
activity-claimed = { $who } took it
activity-unassigned = { $who } gave it to nobody
activity-not-called = Not told, because they do not see this conversation: { $names }
activity-escalated = { $who } escalated it from { $from } to { $to }: { $reason }
activity-returned = { $who } returned it from { $from } to { $to }: { $reason }
activity-snoozed = { $who } snoozed it until { $time }
activity-resolved = { $who } resolved it
activity-reopened = { $who } reopened it
activity-woken = The time it was snoozed for is over: it is back
activity-kept-quiet = Nothing was sent by itself: mails from this address come as fast as they are answered
activity-merged = { $who } merged conversation #{ $number } into this one
activity-unmerged = { $who } took the merge back: #{ $number } stands by itself again
activity-unmerged-back = { $who } took the merge back: it was part of #{ $number } since { $time }
activity-moved-in = { $who } moved messages here from #{ $number }
activity-moved-out = { $who } moved messages from here to #{ $number }
activity-marketing-stopped = { $who } told WhatsApp that they want no marketing
activity-marketing-resumed = { $who } told WhatsApp that they want marketing again
activity-marketing-refused = { $who } wants no marketing by WhatsApp
activity-marketing-agreed = { $who } agreed to marketing by WhatsApp
activity-other = { $who }: { $what }
stale-inbound = { $name } wrote meanwhile: “{ $text }”
stale-outbound = { $name } answered meanwhile: “{ $text }”
composer-window = The customer last wrote more than 24 hours ago: WhatsApp lets only a template out.
composer-inbox-off = This inbox is switched off. The reply waits until an administrator switches it on.
composer-chat-off = This chat is switched off. The customer reads the reply once an administrator switches it on.
composer-no-smtp = This inbox has no server for sending yet. The reply waits until an administrator adds one.
composer-no-bridge = This inbox only receives: its settings name no address of a bridge, so a reply waits.
mail-images = Pictures from other servers are not loaded: they tell the sender that you read this.
mail-images-show = Show pictures
visitor-name = Visitor

## Writing first, and passing on

begin-title = New conversation
begin-forward = Forward
begin-hint = A mail to somebody who did not write first. The answer comes back to this conversation, and it is yours.
begin-forward-hint = It becomes a conversation of its own; the one it comes from keeps a note of it.
begin-to = To
begin-name = Name, where they are new
begin-cc = Copies
begin-from = From
begin-subject = Subject
begin-text = Message
begin-files-passed = Files that go along
begin-no-mailbox = There is no mailbox and no WhatsApp number to send from yet. An administrator adds one in the settings.
begin-forwarded = { $who } wrote on { $date }
begin-passed = Forwarded to { $to }
begin-ways = Write by
begin-by-mail = E-mail
begin-chat-hint = A message to somebody on WhatsApp. It begins with an approved template, unless they wrote within the last 24 hours. The answer comes back to this conversation, and it is yours.
begin-number-hint = The number with its country code, such as +55 11 99999-0000, or a customer’s name.
begin-number-hint-home = The number with its area code, such as { $example }, with the country code (+…) where it is of another country, or a customer’s name.
begin-whom = Choose whom you mean, or write the whole number with its country code.
begin-nobody = Nobody of this name has a number here. Write the whole number with its country code.
begin-outside = That customer is of none of the companies that were given to you.
begin-new-person = { $number } is not known yet and becomes a customer.
begin-wrote = last wrote on { $time }
begin-free = They wrote within the last 24 hours: until { $time } your own words can leave, without a template.
begin-which = Who is meant?
begin-template = Template
begin-template-choose = Choose a template
begin-template-own = None: your own words
begin-template-needed = Choose a template: WhatsApp lets out your own words only within 24 hours after the customer wrote.
begin-show = Show
begin-open = A conversation with them is open here, #{ $number }. What you send is written there.
begin-open-theirs = A conversation with them is open here, #{ $number }, and { $agent } has it. What you send is written there.
begin-open-see = Open it
begin-open-first = A conversation with them is open here. Look at it; what you send is written there.
begin-stale = Something was said in that conversation meanwhile. Look at it, and send again.
begin-refuses = They do not want to be written to by WhatsApp. Wait for them to write, or use another way.
begin-refuses-marketing = They told WhatsApp that they want no marketing from you; other templates can be sent.
begin-wants-no-marketing = They want no marketing by WhatsApp from you; other templates can be sent.
begin-undelivered = WhatsApp could not deliver the last message to this number; perhaps it is wrong, or does not use WhatsApp.
begin-insist = The number is right: send it all the same
begin-blocked = What becomes of their answer
begin-blocked-let-in = Unblock { $sender }: the answer comes back here
begin-blocked-keep = Keep them blocked: the answer goes to spam
begin-write = Write to { $to }
identity-more = { $count } more addresses
identity-no-marketing = No marketing, since { $date }
