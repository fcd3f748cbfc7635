settings-group-channels = Canales
settings-group-team = Equipo
settings-group-work = Automatización
settings-group-safety = Seguridad y privacidad
settings-group-programs = Programas
settings-group-own = Usted

did-assign = asignada
did-take = tomada
did-team = dada a un equipo
did-level = nivel cambiado
did-priority = prioridad puesta
did-label = etiqueta puesta
did-unlabel = etiqueta quitada
did-reply = cliente contestado
did-note = nota escrita
did-follow = seguidor añadido
did-snooze = pospuesta
did-resolve = resuelta
did-reopen = reabierta
did-spam = marcada como spam

help-hits = { $n } artículos encontrados
help-hits-none = Ningún artículo encontrado
