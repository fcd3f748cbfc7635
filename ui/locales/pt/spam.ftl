## Spam, and senders who are blocked

status-spam = Spam
tab-spam = Spam
key-tab-spam = Spam
key-spam = Spam e bloqueio do remetente
list-empty-spam = Não há spam
list-empty-spam-hint = Aqui fica o que é marcado como spam e o que escrevem os remetentes bloqueados.

action-spam = Spam
action-not-spam = Não é spam
spam-hint = Sai de todas as listas e números, nada é respondido nela e ninguém é avisado do que chegar.
spam-mark = Marcar como spam
spam-block-legend = Além disso
spam-block-sender = bloquear { $sender }
spam-block-browser = bloquear este navegador
spam-block-domain = bloquear todos de { $sender }
spam-block-hint = O que um remetente bloqueado escreve fica guardado no spam sem aviso a ninguém. Quem entra no portal ou paga não é afetado.
spam-block-only = Só bloquear, sem marcar

spam-since = Spam desde { $time }.
spam-what = Nada sai daqui, e ninguém é avisado do que chega.
spam-why-marked = Marcada por { $who }.
spam-why-rule = Marcada por uma regra.
spam-why-blocked = { $words } está bloqueado.
spam-why-judged = O servidor de e-mail considera spam ({ $words }).
spam-why-imported = Já era spam no sistema de onde foi importada.
blocked-bar = { $sender } está bloqueado: o que escreve vai para o spam.
blocked-unblock = Desbloquear
blocked-visitor = Este navegador

activity-spam = { $who } marcou isto como spam
activity-not-spam = { $who } tirou isto do spam
activity-sender-blocked = { $who } bloqueou o remetente
activity-domain-blocked = { $who } bloqueou o domínio do remetente
activity-sender-unblocked = { $who } desbloqueou o remetente
activity-blocked-wrote = O remetente está bloqueado e escreveu de novo; está no spam

settings-blocked = Remetentes bloqueados
blocked-lead = O que estes remetentes escrevem fica guardado no spam: ninguém é avisado, nada responde e não conta em nenhum número. Só a via é bloqueada: a mesma pessoa pode entrar no portal, pagar e escrever por outra via.
blocked-add = Bloquear um endereço, um domínio ou um número
blocked-value = Endereço de e-mail, domínio ou número de telefone
blocked-value-hint = Por exemplo ana@shop.example, shop.example (com tudo o que está sob ele) ou +55 11 98888-7777 no WhatsApp.
blocked-reason = Motivo
blocked-block = Bloquear
blocked-search = Buscar remetentes bloqueados
blocked-none = Ninguém está bloqueado
blocked-none-found = Nenhum remetente bloqueado corresponde
blocked-kind-email = Endereço de e-mail
blocked-kind-domain = Domínio de e-mail inteiro
blocked-kind-whatsapp = WhatsApp
blocked-kind-visitor = Navegador do chat
blocked-by = { $who }, { $time }
blocked-messages = { $count ->
    [0] nada chegou desde então
    [one] { $count } mensagem desde então, a última { $time }
   *[other] { $count } mensagens desde então, a última { $time }
}
blocked-older = Anteriores
blocked-done = { $sender } está bloqueado agora
blocked-known = { $sender } já estava bloqueado

mail-spam-marks = Pôr no Spam o que o servidor de e-mail marca como spam
mail-spam-marks-hint = Segundo X-Spam-Flag, X-Spam-Status, X-Spam e as marcas da Microsoft. Quem responde a um e-mail seu, ou já recebeu resposta antes, chega mesmo assim.
