## Spam, and senders who are blocked

status-spam = Spam
tab-spam = Spam
key-tab-spam = Spam
key-spam = Spam y bloqueo del remitente
list-empty-spam = No hay spam
list-empty-spam-hint = Aquí queda lo que se marca como spam y lo que escriben los remitentes bloqueados.

action-spam = Spam
action-not-spam = No es spam
spam-hint = Sale de todas las listas y cifras, no se responde nada en ella y no se avisa a nadie de lo que llegue.
spam-mark = Marcar como spam
spam-block-legend = Además
spam-block-sender = bloquear a { $sender }
spam-block-browser = bloquear este navegador
spam-block-domain = bloquear a todos los de { $sender }
spam-block-hint = Lo que escribe un remitente bloqueado se guarda en spam sin avisar a nadie. A quien entra en el portal o paga no le afecta.
spam-block-only = Solo bloquear, sin marcar

spam-since = Spam desde { $time }.
spam-what = De aquí no sale nada, y no se avisa a nadie de lo que llega.
spam-why-marked = Marcada por { $who }.
spam-why-rule = Marcada por una regla.
spam-why-blocked = { $words } está bloqueado.
spam-why-judged = El servidor de correo lo considera spam ({ $words }).
spam-why-imported = Ya era spam en el sistema de donde se importó.
blocked-bar = { $sender } está bloqueado: lo que escribe va al spam.
blocked-unblock = Desbloquear
blocked-visitor = Este navegador

activity-spam = { $who } marcó esto como spam
activity-not-spam = { $who } sacó esto del spam
activity-sender-blocked = { $who } bloqueó al remitente
activity-domain-blocked = { $who } bloqueó el dominio del remitente
activity-sender-unblocked = { $who } desbloqueó al remitente
activity-blocked-wrote = El remitente está bloqueado y volvió a escribir; está en el spam

settings-blocked = Remitentes bloqueados
blocked-lead = Lo que escriben estos remitentes se guarda en spam: no se avisa a nadie, nada responde y no cuenta en ninguna cifra. Solo se bloquea la vía: la misma persona puede entrar en el portal, pagar y escribir por otra vía.
blocked-add = Bloquear una dirección, un dominio o un número
blocked-value = Dirección de correo, dominio o número de teléfono
blocked-value-hint = Por ejemplo ana@shop.example, shop.example (con todo lo que depende de él) o +55 11 98888-7777 en WhatsApp.
blocked-reason = Motivo
blocked-block = Bloquear
blocked-search = Buscar remitentes bloqueados
blocked-none = No hay nadie bloqueado
blocked-none-found = Ningún remitente bloqueado coincide
blocked-kind-email = Dirección de correo
blocked-kind-domain = Dominio de correo completo
blocked-kind-whatsapp = WhatsApp
blocked-kind-visitor = Navegador del chat
blocked-by = { $who }, { $time }
blocked-messages = { $count ->
    [0] no llegó nada desde entonces
    [one] { $count } mensaje desde entonces, el último { $time }
   *[other] { $count } mensajes desde entonces, el último { $time }
}
blocked-older = Anteriores
blocked-done = { $sender } queda bloqueado
blocked-known = { $sender } ya estaba bloqueado

mail-spam-marks = Poner en Spam lo que el servidor de correo marca como spam
mail-spam-marks-hint = Según X-Spam-Flag, X-Spam-Status, X-Spam y las marcas de Microsoft. Quien responde a un correo suyo, o ya recibió respuesta antes, llega de todos modos.
