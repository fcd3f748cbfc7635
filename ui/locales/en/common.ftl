### English. The same keys and arguments are in every file; `cargo test -p ui` checks it.

## Everywhere

skip-to-content = Skip to content
assets-missing = The browser modules are not built. Run “npm ci && npm run build” in the folder ui.
close = Close
language-label = Language
attachments-label = Files
form-optional = optional
form-errors = Please look at these fields again:
field-name = Your name
field-email = E-mail
field-password = Password

## Time

time-now = now
time-today = Today
time-yesterday = Yesterday
time-yesterday-short = yesterday
time-minutes = { $count } min
time-hours = { $count } h
time-tomorrow-at = tomorrow, { $time }

## Words of the system

channel-email = E-mail
channel-whatsapp = WhatsApp
channel-webchat = Web chat
channel-bridge = Other messenger
channel-portal = Portal
channel-phone = Phone
level-bot = Bot
level-bot-short = Bot
level-n1 = N1 · First line
level-n2 = N2 · Technicians
level-n3 = N3 · Development
status-open = Open
status-snoozed = Snoozed
status-resolved = Resolved
ticket-status-new = New
ticket-status-open = In progress
ticket-status-waiting = Waiting for customer
ticket-status-resolved = Resolved
priority-low = Low
priority-normal = Normal
priority-high = High
priority-urgent = Urgent
delivery-scheduled = Scheduled
delivery-queued = Sending
delivery-unknown = Waiting for confirmation
delivery-sent = Sent
delivery-delivered = Delivered
delivery-read = Read
delivery-failed = Not delivered
delivery-leaves = Leaves { $time }
delivery-send-now = Send now
delivery-take-back = Take back
delivery-inbox-off = The inbox is switched off; it leaves once an administrator switches it on.
delivery-retry = Try again
delivery-retry-at = Next try at { $time }
identity-email = E-mail
identity-phone = Phone
identity-whatsapp = WhatsApp
identity-visitor = Browser
identity-bridge = User of another messenger
identity-external = Signed-in user
identity-portal = Portal user
identity-verified = Verified
identity-unverified = unverified
author-bot = Assistant
author-customer = Customer
author-system = System
author-support = Support
auto-reply = Automatic reply
auto-bounce = Bounce
auto-bulk = Bulk mail
auto-loop = Our own mail
card-ticket = Ticket
card-article = Article
card-choice = Question
card-invoice = Document
card-chosen = Chosen:
extra-location = Location
extra-contacts = Shared contacts
extra-reaction = Reaction
extra-reaction-removed = Reaction removed
extra-on-telephone = A file that only the telephone has
extra-unsupported = This kind of message cannot be shown here. The original is kept.
extra-other = More details
message-note = Note
message-quarantined = Needs a look:
message-formatted = Formatted message
message-quoted = Whole message with quoted history
message-why = Why here?
message-original = Original
matched-reply-token = It answers a message of ours: the reply address carries our signature.
matched-in-reply-to = It is a reply to a message of this conversation.
matched-references = It belongs to the mail thread of this conversation.
matched-seen-reference = Another message of this conversation belongs to the same mail thread.
matched-ticket-number = A participant named the ticket number in the subject.
matched-open-conversation = It was the customer’s open conversation.
matched-same-subject = The same sender wrote under the same subject shortly before, and this inbox groups such mails.
matched-explicit = It was written on the page of this conversation.
matched-new = Nothing matched, so it began a conversation of its own.
matched-agent = An agent put it here.
filters-renewed = The list shows what you chose.
