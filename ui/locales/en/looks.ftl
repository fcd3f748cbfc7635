settings-group-channels = Channels
settings-group-team = Team
settings-group-work = Automation
settings-group-safety = Safety and privacy
settings-group-programs = Programs
settings-group-own = You

did-assign = assigned
did-take = taken
did-team = given to a team
did-level = level changed
did-priority = priority set
did-label = label put on
did-unlabel = label taken off
did-reply = customer written to
did-note = note written
did-follow = follower added
did-snooze = snoozed
did-resolve = resolved
did-reopen = reopened
did-spam = marked as spam

help-hits = { $n } articles found
help-hits-none = No article found
