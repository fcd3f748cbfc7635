## Lists, filters, labels, doing things with many

tab-mentioned = Mentioned
tab-team = Team
filter-narrow = Filter
filter-any = Any
filter-me = Me
filter-nobody = Nobody
filter-assignee = Assigned to
filter-inbox = Inbox
filter-level = Level
filter-priority = Priority
filter-language = Language
filter-waiting = Waiting longer than
filter-since = Active within
filter-team = Team
filter-label = Label
filter-company = Company
filter-clear = Clear all
waiting-15 = 15 minutes
waiting-60 = 1 hour
waiting-240 = 4 hours
waiting-1440 = 1 day
waiting-4320 = 3 days
since-1 = 1 day
since-7 = 7 days
since-30 = 30 days
since-90 = 90 days
sort-label = Order
sort-newest = Newest first
sort-oldest = Oldest first
sort-waiting = Waiting longest
sort-priority = Most urgent
sort-due = Due first
search-hint = Searches every message, also for words with a typo. Narrow it with from:, to:, in:, status:, label:, assigned:, before:, after: and has:file.
find-empty-hint = Try fewer words, or take a filter such as in:whatsapp away.
list-first = Back to the first
list-empty-filter = Nothing fits the filter
list-empty-filter-hint = Take a condition away, or clear them all.
list-empty-mentioned = Nobody called for you
list-empty-mentioned-hint = Conversations with a note that names you appear here.
list-empty-team = Nothing waits for your team
list-empty-team-hint = Conversations that are given to one of your teams appear here.
list-no-team = You are in no team yet. An administrator can add you to one.
list-no-company = No company is called “{ $name }”.
views-title = Lists
views-none = Filter the list, then keep it here under a name.
views-shared = For everybody
views-keep = Keep this list as
views-keep-button = Keep
views-name = Name
views-share = Everybody sees it
views-change = Change the open list
views-update = Save what is shown
views-remove = Remove
bulk-label = With the chosen conversations
bulk-select = Choose several
bulk-pick = Choose the conversation with
bulk-all = All shown
bulk-none = Choose none
bulk-merge = Merge into the oldest
bulk-merge-hint = All chosen conversations become part of the oldest one. They must be of one customer. This can be undone.
bulk-count = { $n } chosen
bulk-done = Done: { $n }
bulk-refused = Not done: { $n } — { $why }
action-team = Team
action-team-none = No team
action-labels = Labels
labels-none = There are no labels yet. Make one on a conversation.
labels-off = Take off
labels-new = A new one
labels-save = Save labels
span-minutes = { $n } min
span-hours = { $n } h
span-days = { $n } d
due-in = { $span } left
due-over = { $span } overdue
activity-given = { $who } gave it to the team { $team }
activity-given-none = { $who } took it from its team

## Keys and the command bar

key-group-go = Go to
key-group-list = The list
key-group-read = Reading
key-group-write = Writing
key-group-act = Doing
key-commands = Every action and place
key-tab-mentioned = Mentioned
key-tab-team = Team
key-views = Kept lists
key-narrow = Filter the list
key-sort = Order of the list
key-pick = Choose it
key-pick-range = Choose from the last one to here
key-pick-all = Choose all shown
key-pick-none = Choose none
key-bulk = Do something with the chosen
key-unread = First unread message
key-older = Earlier messages
key-newest = Newest message
key-find-within = Find in this conversation
key-quoted = Quoted history of the last message
key-original = Original of the last message
key-team = Give to a team
key-labels = Labels
key-priority = Priority
key-merge = Merge
key-split = Split off the mail under a new subject
key-ticket = Open a ticket
key-customer = Edit the customer
commands-title = Go to or do
commands-placeholder = An action, a place, #12, T-1042, or words to search for
commands-none = Nothing of that name
commands-found = { $n } found
commands-number = Conversation #{ $n }
commands-ticket = Ticket T-{ $n }
commands-search = Search everywhere for “{ $q }”
place-help-centre = Help centre
settings-organise = Teams and labels
within-label = Find in this conversation
within-count = { $i } of { $n }
within-none = Not in this conversation
within-next = Next
within-previous = Previous
live-new-messages = New messages
timeline-newer = Newer messages
timeline-unread = First unread message
message-headers = Headers
find-building = The search is being prepared: { $count } entries so far. Older ones may be missing for a moment.
find-unread-day = “{ $what }” is no day and was left out. Write one as in { $name }:2026-05-31, or how long ago, as in { $name }:7d.
find-unread-status = “{ $what }” is no state, so “{ $value }” is looked for as a word. States are open, snoozed, resolved and spam.
find-unread-channel = “{ $what }” is no channel, so “{ $value }” is looked for as a word. Channels are email, whatsapp, webchat, portal, phone and bridge.
find-no-label = No label is called “{ $value }”.
find-no-agent = No agent is called “{ $value }”.
find-ticket = Ticket
find-article = Article
find-contact = Customer

## The customer beside a conversation

side-local-time = Local time
side-pages = Last pages seen
side-fields = About this conversation
side-other-tickets = Open elsewhere
identity-verified-since = Verified since { $date }
field-yes = Yes
field-no = No
customer-edit = Edit
customer-name = Name
customer-tz = Time zone
customer-save = Save
merge-look = Look
merge-moves = Moves here: addresses { $identities }, conversations { $conversations }, tickets { $tickets }. It can be undone.
merge-warning = From then on they are one customer: in the portal, the chat and answered mails each reads what the other wrote. Merge only if both are the same person.

## Settings: teams, labels, limits, fields

organise-teams = Teams
organise-teams-hint = A conversation can be given to a team; its members see it under “Team”.
organise-team-new = Add a team
organise-members = Members
team-remove = Remove this team
team-remove-hint = What it has that is not resolved goes to whom you choose. What is resolved keeps the team’s name, in conversations and in reports.
team-conversations = { $count ->
    [one] It has one conversation that is not resolved.
   *[other] It has { $count } conversations that are not resolved.
}
team-rules = Rules give to it:
team-macros = Macros give to it:
team-views = { $count ->
    [one] One kept list narrows to it: it takes the other team, or loses the condition.
   *[other] { $count } kept lists narrow to it: they take the other team, or lose the condition.
}
team-routes = { $count ->
    [one] One kind of request about machines goes to it.
   *[other] { $count } kinds of requests about machines go to it.
}
team-to = Its conversations go to
team-to-all = Its conversations, and what rules and macros give it, go to
team-to-none = no team
team-needs-another = Rules or macros give to it, and there is no other team. Change them, or add another team first.
organise-labels = Labels
organise-labels-hint = Words that agents put on conversations to find them again.
organise-label-new = New label
organise-tint = Colour
organise-name = Name
organise-save = Save
organise-add = Add
organise-limits = How long a customer may wait
organise-limits-hint = Minutes until an answer is due, by urgency. Empty sets no limit.
organise-fields = Custom fields
organise-fields-hint = What you want to know of customers, companies and conversations. A removed field keeps its values.
organise-field-new = Add a field
organise-target = Belongs to
organise-kind = Holds
organise-choices = Choices, one in each line
target-contact = Customer
target-company = Company
target-conversation = Conversation
kind-text = Text
kind-number = Number
kind-date = Date
kind-choice = Choice
kind-yes-no = Yes or no
kind-link = Link
