settings-group-channels = Channels
settings-group-team = Team
settings-group-work = Automation
settings-group-programs = Programs
settings-group-own = You
