settings-group-channels = Canais
settings-group-team = Equipe
settings-group-work = Automação
settings-group-safety = Segurança e privacidade
settings-group-programs = Programas
settings-group-own = Você

did-assign = atribuída
did-take = assumida
did-team = dada a uma equipe
did-level = nível alterado
did-priority = prioridade definida
did-label = etiqueta posta
did-unlabel = etiqueta retirada
did-reply = cliente respondido
did-note = nota escrita
did-follow = seguidor adicionado
did-snooze = adiada
did-resolve = resolvida
did-reopen = reaberta
did-spam = marcada como spam

help-hits = { $n } artigos encontrados
help-hits-none = Nenhum artigo encontrado
