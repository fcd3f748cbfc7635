### Español. Las mismas claves y argumentos están en todos los archivos; `cargo test -p ui` lo comprueba.

## En todas partes

skip-to-content = Ir al contenido
assets-missing = Faltan los módulos del navegador. Ejecute «npm ci && npm run build» en la carpeta ui.
close = Cerrar
language-label = Idioma
attachments-label = Archivos
form-optional = opcional
form-errors = Revise estos campos, por favor:
field-name = Su nombre
field-email = Correo electrónico
field-password = Contraseña

## Tiempo

time-now = ahora
time-today = Hoy
time-yesterday = Ayer
time-yesterday-short = ayer
time-minutes = { $count } min
time-hours = { $count } h
time-tomorrow-at = mañana, { $time }

## Palabras del sistema

channel-email = Correo
channel-whatsapp = WhatsApp
channel-webchat = Chat web
channel-bridge = Otra mensajería
channel-portal = Portal
channel-phone = Teléfono
level-bot = Bot
level-bot-short = Bot
level-n1 = N1 · Primera línea
level-n2 = N2 · Técnicos
level-n3 = N3 · Desarrollo
status-open = Abierta
status-snoozed = Pospuesta
status-resolved = Resuelta
ticket-status-new = Nuevo
ticket-status-open = En curso
ticket-status-waiting = Esperando al cliente
ticket-status-resolved = Resuelto
priority-low = Baja
priority-normal = Normal
priority-high = Alta
priority-urgent = Urgente
delivery-scheduled = Programado
delivery-queued = Enviando
delivery-unknown = Esperando confirmación
delivery-sent = Enviado
delivery-delivered = Entregado
delivery-read = Leído
delivery-failed = No entregado
delivery-leaves = Sale { $time }
delivery-send-now = Enviar ahora
delivery-take-back = Recuperar
delivery-inbox-off = El buzón está desactivado; saldrá cuando un administrador lo active.
delivery-retry = Reintentar
delivery-retry-at = Próximo intento: { $time }
identity-email = Correo
identity-phone = Teléfono
identity-whatsapp = WhatsApp
identity-visitor = Navegador
identity-bridge = Usuario de otra mensajería
identity-external = Usuario identificado
identity-portal = Usuario del portal
identity-verified = Verificado
identity-unverified = sin verificar
author-bot = Asistente
author-customer = Cliente
author-system = Sistema
author-support = Soporte
auto-reply = Respuesta automática
auto-bounce = Correo devuelto
auto-bulk = Envío masivo
auto-loop = Correo nuestro
card-ticket = Ticket
card-article = Artículo
card-choice = Pregunta
card-invoice = Documento
card-chosen = Elegido:
extra-location = Ubicación
extra-contacts = Contactos compartidos
extra-reaction = Reacción
extra-reaction-removed = Reacción retirada
extra-on-telephone = Un archivo que solo está en el teléfono
extra-unsupported = Este tipo de mensaje no se puede mostrar aquí. El original se conserva.
extra-other = Más detalles
message-note = Nota
message-quarantined = Requiere revisión:
message-formatted = Mensaje con formato
message-quoted = Mensaje completo con el historial citado
message-why = ¿Por qué aquí?
message-original = Original
matched-reply-token = Responde a un mensaje nuestro: la dirección de respuesta lleva nuestra firma.
matched-in-reply-to = Es una respuesta a un mensaje de esta conversación.
matched-references = Pertenece al hilo de correo de esta conversación.
matched-seen-reference = Otro mensaje de esta conversación pertenece al mismo hilo de correo.
matched-ticket-number = Un participante citó el número de ticket en el asunto.
matched-open-conversation = Era la conversación abierta del cliente.
matched-same-subject = El mismo remitente escribió con el mismo asunto poco antes, y este buzón agrupa esos correos.
matched-explicit = Se escribió en la página de esta conversación.
matched-new = Nada coincidía, así que empezó una conversación propia.
matched-agent = Lo puso aquí un agente.
filters-renewed = La lista muestra lo elegido.
