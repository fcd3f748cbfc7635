# Rules that act by time.
rule-group-happens = When something happens
rule-group-lasts = When time passes
rule-on-waiting-customer = it waits for the customer
rule-on-waiting-us = the customer waits for us
rule-on-unassigned = nobody has it
rule-on-stays-open = it stays open
rule-on-stays-snoozed = it stays snoozed
rule-on-stays-resolved = it stays resolved
rule-when-lasts = { $when } for { $time }
lasts-minutes = { $n ->
    [one] one minute
   *[other] { $n } minutes
}
lasts-hours = { $n ->
    [one] one hour
   *[other] { $n } hours
}
lasts-days = { $n ->
    [one] one day
   *[other] { $n } days
}
lasts-open-minutes = { $n ->
    [one] one minute of opening hours
   *[other] { $n } minutes of opening hours
}
lasts-open-hours = { $n ->
    [one] one opening hour
   *[other] { $n } opening hours
}
rule-lasts = For how long
rule-number = Number
rule-unit = Unit
rule-unit-minutes = minutes
rule-unit-hours = hours
rule-unit-days = days
rule-in-hours = Counted only while the inbox is open, by its hours
rule-lasts-hint = The rule acts once each time it waits, and again only after somebody was there in between. A reminder does not start the time anew. A message to the customer leaves on WhatsApp after 24 hours only with the inbox’s template, and never to somebody who is blocked or erased.
rule-lasts-number = Write a number, such as 3.
rule-try-now = See what it would act on now
rule-now-none = It would act on nothing now: nothing that fulfils the conditions has waited that long.
rule-now = { $matched ->
    [one] One conversation has waited that long and fulfils the conditions.
   *[other] { $matched } conversations have waited that long and fulfil the conditions.
}
rule-now-cut = At least so many: looking stopped at { $occasions }. These have waited longest.
rule-now-ask = Shall the rule act on these, too, once it is on?
rule-now-leave = Only on what comes due from now on
rule-now-act = On these, too
step-tell = Tell the team
did-tell = team told
did-unsaid-window = not written to: WhatsApp’s 24 hours are over, and the inbox has no template for that
did-unsaid-template = not written to: WhatsApp’s 24 hours are over, and the inbox’s template cannot carry these words
did-unsaid-erased = not written to: the customer’s data are erased
did-unsaid-blocked = not written to: the customer is blocked
did-unsaid-machine = not written to: a machine wrote last
did-unsaid-bounced = not written to: mail to this address came back
activity-ruled = Rule “{ $rule }”, because { $when }: { $did }
activity-ruled-failed = Rule “{ $rule }”, because { $when }, could not: { $did }
