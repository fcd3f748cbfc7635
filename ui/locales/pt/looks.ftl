settings-group-channels = Canais
settings-group-team = Equipe
settings-group-work = Automação
settings-group-programs = Programas
settings-group-own = Você
