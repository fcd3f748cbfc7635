settings-group-channels = Canales
settings-group-team = Equipo
settings-group-work = Automatización
settings-group-programs = Programas
settings-group-own = Usted
