## La barra de los agentes

rail-label = Principal
rail-inbox = Bandeja
rail-tickets = Tickets
rail-knowledge = Artículos
rail-settings = Ajustes
rail-sign-out = Salir

## La bandeja

inbox-title = Bandeja de entrada
inbox-none-open = Ninguna conversación abierta
inbox-none-open-hint = Elija una de la lista o pulse ? para ver todos los atajos.
list-label = Conversaciones
tabs-label = Qué conversaciones
tab-unassigned = Sin asignar
tab-mine = Mías
tab-all = Todas
filter-channel = Canal
filter-apply = Mostrar
list-older = Conversaciones anteriores
list-empty-unassigned = Nadie está esperando
list-empty-unassigned-hint = Las conversaciones nuevas aparecen aquí solas.
list-empty-mine = Su mesa está despejada
list-empty-mine-hint = Tome una conversación de las que están sin asignar.
list-empty-all = Aún no hay conversaciones
list-empty-all-hint = Escriba a uno de sus canales para ver la primera.
row-bot = Bot:
row-us = Nosotros:
row-failed = No entregado
row-woken = De vuelta
row-waiting = espera { $time }
row-waiting-now = espera
row-unread = sin leer
thread-back = Volver a la lista
thread-mine = Suya
thread-assigned = Con { $name }
thread-unassigned = Sin asignar
thread-snoozed-until = hasta { $time }
thread-snoozed-reply = hasta que respondan
timeline-label = Mensajes
timeline-older = Mensajes anteriores
timeline-empty = Aún no hay mensajes
timeline-new = Nuevo
composer-kind = Qué escribe
composer-reply = Responder
composer-note = Nota
composer-note-hint = Solo lo ve su equipo
composer-channel = Responder por
composer-label = Su mensaje
composer-placeholder = Escriba su respuesta…
composer-note-placeholder = Escriba una nota para su equipo…
composer-attach = Adjuntar archivos
composer-send = Enviar
composer-save-note = Guardar nota
composer-stale = Aún no se ha enviado.
side-label = Cliente y acciones
side-actions = Acciones
side-brief = Del bot
side-tickets = Tickets
side-no-tickets = Sin tickets
side-earlier = Conversaciones anteriores
side-earlier-hidden = { $count ->
    [one] Hay una más en un buzón en el que usted no trabaja.
   *[other] Hay { $count } más en buzones en los que usted no trabaja.
}
side-language = Idioma
side-since = Desde
action-claim = Tomar
action-assign = Asignar
action-assign-nobody = Nadie
action-escalate = Escalar
action-resolve = Resolver
action-reopen = Reabrir
action-snooze = Posponer
action-unsnooze = Reactivar
escalate-to = A
escalate-reason = Motivo
snooze-hour = Una hora
snooze-three-hours = Tres horas
snooze-tomorrow = Hasta mañana temprano
snooze-monday = Hasta el lunes temprano
snooze-reply = Hasta que respondan
snooze-at = A una hora
key-title = Atajos de teclado
key-single = Usar teclas sueltas
key-next = Conversación siguiente
key-previous = Conversación anterior
key-open = Abrirla
key-back = Volver a la lista
key-reply = Responder
key-note = Escribir una nota
key-send = Enviar
key-attach = Adjuntar archivos
key-claim = Tomar
key-assign = Asignar
key-escalate = Escalar
key-resolve = Resolver o reabrir
key-resolve-next = Resolver y abrir la siguiente
key-snooze = Posponer
key-why = ¿Por qué está aquí el último mensaje?
key-panel = Panel del cliente
key-begin = Iniciar una conversación
key-tab-unassigned = Sin asignar
key-tab-mine = Mías
key-tab-all = Todas
key-filter = Buscar
key-help = Atajos de teclado
live-reconnecting = Reconectando… no se pierde nada.
live-offline = Está sin conexión. La página se pondrá al día sola.
live-failed = No ha funcionado. Inténtelo de nuevo.
live-new-message = Mensaje nuevo de { $name }
live-typing = { $name } está escribiendo…
live-sending = Enviando
live-not-sent = Su mensaje en «{ $name }» no se envió. El texto quedó guardado allí.
live-you = Usted

## The agents’ actions and what can go wrong

filter-search = Buscar
filter-status = Estado
list-empty-search = No hay nada
message-split = Iniciar una conversación aparte
message-move = Mover a la conversación
message-move-button = Mover
action-priority = Prioridad
action-merge = Unir
action-ticket = Abrir un ticket
ticket-subject = Asunto
merge-conversation = En la conversación
merge-conversation-hint = Todo pasa allí. Los correos posteriores también. Ambas deben ser del mismo cliente. Se puede deshacer.
merge-contact = La misma persona que
merge-contact-hint = Un correo o un teléfono. Se puede deshacer.
merge-was = Contacto unido a este: { $name }.
merge-undo = Deshacer
merge-done = { $count ->
    [one] Unida a #{ $number }.
   *[other] { $count } conversaciones unidas a #{ $number }.
}
merge-take-back = Deshacer la unión
split-done = Ahora es #{ $number }, aparte.
split-take-back = Devolver
move-done = Movido a #{ $number }.
move-take-back = Devolver
merge-part = Volver a separarlos
merge-part-this = este cliente
merge-part-other = el otro cliente
merge-part-back = { $count ->
    [one] La conversación { $numbers } pasa a { $name }.
   *[other] { $count } conversaciones pasan a { $name }: { $numbers }.
}
merge-part-home = En { $number } escribieron los dos: { $count ->
    [one] un mensaje vuelve
   *[other] { $count } mensajes vuelven
} a { $into }, de { $name }.
merge-part-new = En { $number } escribieron los dos: { $count ->
    [one] un mensaje pasa
   *[other] { $count } mensajes pasan
} a una conversación nueva de { $name }.
merge-part-stays = En { $number } participan los dos, y desde la unión { $count ->
    [one] llegó un mensaje
   *[other] llegaron { $count } mensajes
}. No se puede saber cuál de los dos escribió, así que se quedan ahí: revíselos y mueva lo que sea de otra conversación.
merge-part-rest = { $name } recupera las direcciones y los tickets que trajo. Lo demás se queda.
welcome-title = Le damos la bienvenida, { $name }
welcome-lead = Elija una contraseña y ya puede entrar.
welcome-button = Empezar
sign-in-wrong = El correo o la contraseña no son correctos.
sign-in-ended = Su sesión terminó. Inicie sesión otra vez: lo que estaba escribiendo sigue guardado.
sign-in-slowed = Demasiados intentos. Espere medio minuto y vuelva a intentarlo.
error-refused-title = No se hizo
error-role = Su rol no incluye esto. Pregunte a un administrador.
error-forgery = La página estuvo abierta demasiado tiempo o en otra sesión. Vuelva, cárguela de nuevo y repita lo que hizo.
error-too-large = Es más de lo que se puede recibir de una vez: un mensaje lleva 20 archivos, y todos juntos no más de lo que el servidor permite (30 MB si server.max_body no dice otra cosa). Envíe archivos más pequeños, o menos.
error-file-not-yet = El archivo aún se está recibiendo. Inténtelo de nuevo en un momento.
error-name-empty = Escriba un nombre.
error-email = Escriba una dirección como nombre@example.com.
error-empty = Todavía no hay nada que enviar: escriba algo o adjunte un archivo.
error-long = El mensaje es demasiado largo. El máximo son 50.000 caracteres.
error-unreachable = No se puede contactar al cliente por este canal: no se conoce su dirección. Una nota sí funciona.
error-reason = Diga por qué: quien la reciba querrá saberlo.
error-agent = Ese agente no existe o está desactivado.
error-snooze = Una conversación resuelta no se puede posponer. Ábrala de nuevo primero.
error-retry = Solo se puede reenviar un mensaje que no se entregó.
error-merged = Una de las dos ya forma parte de otra.
error-itself = Son una y la misma.
error-split-all = Deje al menos un mensaje, o una las conversaciones.
error-upload = Un archivo ya no está. Adjúntelo de nuevo.
error-password-short = Al menos 10 caracteres, por favor.
error-password-long = Esa contraseña es demasiado larga.
error-password-weak = Esa contraseña es demasiado fácil de adivinar.
error-email-taken = Ya hay alguien con esta dirección.
error-name-taken = Ese nombre ya está en uso.
error-last-administrator = No quedaría nadie para administrar. Haga administrador a otra persona primero.
error-not-possible = Eso no es posible.
error-number = No existe esa conversación. El número está junto a su estado, como #12.
error-identity = No se conoce a nadie con esta dirección o número.
activity-assigned = { $who } la asignó a { $agent }
activity-claimed = { $who } la tomó
activity-unassigned = { $who } la dejó sin asignar
activity-not-called = Sin aviso, porque no ve esta conversación: { $names }
activity-escalated = { $who } la escaló de { $from } a { $to }: { $reason }
activity-returned = { $who } la devolvió de { $from } a { $to }: { $reason }
activity-snoozed = { $who } la pospuso hasta { $time }
activity-resolved = { $who } la resolvió
activity-reopened = { $who } la reabrió
activity-woken = Terminó el tiempo por el que se pospuso: está de vuelta
activity-kept-quiet = No se envió nada automáticamente: los correos de esta dirección llegan tan rápido como se responden
activity-merged = { $who } unió la conversación #{ $number } a esta
activity-unmerged = { $who } deshizo la unión: #{ $number } vuelve a ser una conversación aparte
activity-unmerged-back = { $who } deshizo la unión: era parte de #{ $number } desde el { $time }
activity-moved-in = { $who } trajo mensajes de #{ $number }
activity-moved-out = { $who } llevó mensajes de aquí a #{ $number }
activity-marketing-stopped = { $who } dijo a WhatsApp que no quiere publicidad
activity-marketing-resumed = { $who } dijo a WhatsApp que vuelve a querer publicidad
activity-marketing-refused = { $who } no quiere publicidad por WhatsApp
activity-marketing-agreed = { $who } aceptó publicidad por WhatsApp
activity-other = { $who }: { $what }
stale-inbound = { $name } escribió mientras tanto: «{ $text }»
stale-outbound = { $name } respondió mientras tanto: «{ $text }»
composer-window = El cliente escribió hace más de 24 horas: WhatsApp solo deja salir una plantilla.
composer-inbox-off = Este buzón está desactivado. La respuesta esperará hasta que un administrador lo active.
composer-chat-off = Este chat está desactivado. El cliente leerá la respuesta cuando un administrador lo active.
composer-no-smtp = Este buzón aún no tiene servidor de envío. La respuesta esperará hasta que un administrador lo añada.
composer-no-bridge = Este buzón solo recibe: su configuración no indica la dirección de ningún puente, así que la respuesta espera.
mail-images = Las imágenes de otros servidores no se cargan: avisan al remitente de que usted lo leyó.
mail-images-show = Mostrar imágenes
visitor-name = Visitante

## Escribir primero, y reenviar

begin-title = Conversación nueva
begin-forward = Reenviar
begin-hint = Un correo a alguien que no escribió primero. La respuesta llega a esta conversación, que queda a su cargo.
begin-forward-hint = Será una conversación aparte; aquella de donde viene guarda una nota.
begin-to = Para
begin-name = Nombre, si es alguien nuevo
begin-cc = Copias
begin-from = De
begin-subject = Asunto
begin-text = Mensaje
begin-files-passed = Archivos que van con él
begin-no-mailbox = Todavía no hay un buzón ni un número de WhatsApp desde el que enviar. Un administrador lo agrega en los ajustes.
begin-forwarded = { $who } escribió el { $date }
begin-passed = Reenviado a { $to }
begin-ways = Escribir por
begin-by-mail = Correo
begin-chat-hint = Un mensaje a alguien en WhatsApp. Empieza con una plantilla aprobada, salvo que haya escrito en las últimas 24 horas. La respuesta llega a esta conversación, que queda a su cargo.
begin-number-hint = El número con el código del país, como +593 99 555 0142, o el nombre de un cliente.
begin-number-hint-home = El número con su código de área, como { $example }, con el código del país (+…) si es de otro, o el nombre de un cliente.
begin-whom = Elija a quién se refiere o escriba el número completo con el código del país.
begin-nobody = Nadie con ese nombre tiene un número aquí. Escriba el número completo con el código del país.
begin-outside = Ese cliente no es de ninguna de las empresas que tiene asignadas.
begin-new-person = { $number } todavía no se conoce y pasa a ser un cliente.
begin-wrote = escribió por última vez el { $time }
begin-free = Escribió en las últimas 24 horas: hasta el { $time } puede enviarle sus propias palabras, sin plantilla.
begin-which = ¿A quién se refiere?
begin-template = Plantilla
begin-template-choose = Elija una plantilla
begin-template-own = Ninguna: con sus propias palabras
begin-template-needed = Elija una plantilla: WhatsApp solo deja salir sus propias palabras en las 24 horas después de que el cliente escribió.
begin-show = Mostrar
begin-open = Aquí hay una conversación abierta con esta persona, la #{ $number }. Lo que envíe se escribe allí.
begin-open-theirs = Aquí hay una conversación abierta con esta persona, la #{ $number }, y la tiene { $agent }. Lo que envíe se escribe allí.
begin-open-see = Abrirla
begin-open-first = Aquí hay una conversación abierta con esta persona. Mírela; lo que envíe se escribe allí.
begin-stale = Mientras tanto se dijo algo en esa conversación. Mírela y envíe otra vez.
begin-refuses = Esta persona no quiere que le escriban por WhatsApp. Espere a que escriba o use otro canal.
begin-refuses-marketing = Esta persona dijo a WhatsApp que no quiere publicidad de su empresa; se pueden enviar otras plantillas.
begin-wants-no-marketing = Esta persona no quiere publicidad de su empresa por WhatsApp; se pueden enviar otras plantillas.
begin-undelivered = WhatsApp no pudo entregar el último mensaje a este número; quizá está mal o no usa WhatsApp.
begin-insist = El número es correcto: enviarlo de todos modos
begin-blocked = Qué pasa con su respuesta
begin-blocked-let-in = Desbloquear a { $sender }: su respuesta vuelve aquí
begin-blocked-keep = Dejar el bloqueo: su respuesta va al spam
begin-write = Escribir a { $to }
identity-more = { $count } direcciones más
identity-no-marketing = Sin publicidad desde el { $date }
