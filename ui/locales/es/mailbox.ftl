## Buzones: qué se lee, cómo sale el correo, cuentas de Google y Microsoft

mail-more-folders = Otras carpetas
mail-more-folders-hint = Una por línea, como las llama el servidor: INBOX/Ventas. Cada una se sigue por separado.
mail-begin = Leer
mail-begin-now = solo lo que llegue desde ahora
mail-begin-days = { $days ->
    [one] también el último día
   *[other] también los últimos { $days } días
 }
mail-begin-all = todo lo que hay
mail-begin-hint = Vale cuando se conecta una carpeta. En el buzón no se cambia, mueve ni marca nada como leído.
mail-group = Correos que no nombran otro
mail-group-hint = Para dispositivos y programas, como escáneres, alarmas y formularios, que empiezan un correo nuevo cada vez. No lo active donde varios clientes escriben desde una misma dirección.
mail-group-within = Mismo remitente y asunto
mail-group-never = siempre una conversación propia
mail-group-hours = { $hours ->
    [one] una hora: una conversación
   *[other] { $hours } horas: una conversación
}
mail-quote = Las respuestas citan el mensaje al que responden
mail-quote-hint = La cita viene activada en los buzones nuevos: quien lee una respuesta, también un colega en copia, ve debajo a qué responde.
mail-sent = Correo enviado
mail-follow-sent = Mostrar lo que se responde desde un teléfono o el correo web
mail-follow-sent-hint = Cuando se responde a un cliente desde este buzón con otro programa, la respuesta aparece también aquí, en su conversación, y cuenta como tal: nadie responde dos veces, tampoco el bot. Se lee de la carpeta de enviados, a partir de cuando se activa. En los buzones nuevos viene activado.
mail-sent-copy = Guardar en el buzón una copia de lo enviado
mail-sent-folder = Carpeta de enviados
mail-sent-folder-hint = Vacío: la que nombra el servidor. Gmail y Microsoft 365 guardan copias por sí mismos.
mail-dkim = Firma (DKIM)
mail-dkim-hint = La mayoría de los servidores de envío firman por sí mismos; entonces déjelo vacío. Si no, se firma aquí.
mail-dkim-domain = Dominio
mail-dkim-selector = Selector
mail-dkim-key = Clave privada (PEM)
mail-dkim-key-hint = Se crea con: openssl genrsa -out dkim.pem 2048. Vacío conserva la guardada.
mail-dkim-record-hint = Introduzca este registro TXT donde se administra su dominio; «doctor» lo comprueba.
mail-dkim-record-name = Nombre
mail-dkim-record = Texto
mail-folders-found = Carpetas de esta cuenta
test-idle = el correo nuevo se avisa al instante
test-polling = se pregunta por correo nuevo
test-smtp-limit = acepta correos de hasta { $size } MB
test-failed-name = El nombre del servidor no lleva a ninguna parte: revise cómo está escrito.
test-failed-connect = Nadie responde allí: revise servidor, puerto y cortafuegos.
test-failed-tls = El servidor no demuestra quién es, o no de este modo: revise nombre y protección, o añada su certificado.
certificate-title = El certificado que muestra este servidor
certificate-hint = Ninguna autoridad pública responde por él. Si el servidor es suyo, compare la huella con la que ve su administrador; si es la misma, confíe en él. Se conserva cuando guarde el formulario.
certificate-subject = Emitido para
certificate-issuer = Emitido por
certificate-names = Para los servidores
certificate-until = Válido hasta
certificate-fingerprint = Huella (SHA-256)
certificate-trust = Confiar en este
certificate-unknown = Nadie en quien confiemos responde por el certificado del servidor: véalo abajo y confíe en él si es suyo.
certificate-expired = El certificado del servidor caducó el { $date }: quien administra el servidor debe renovarlo.
certificate-not-yet = El certificado del servidor solo vale desde el { $date }: revise los relojes de ambas máquinas.
certificate-wrong-name = El certificado del servidor es para otro nombre ({ $names }): escriba ese nombre como servidor, o pida uno para este.
test-failed-sign-in = El servidor rechaza usuario o contraseña: revise ambos; muchos proveedores piden una contraseña de aplicación, y Google y Microsoft una cuenta conectada.
test-failed-folder = No existe la carpeta «{ $folder }»: elija una de las que tiene la cuenta.
test-failed-silent = El servidor no responde: revise puerto, protección y cortafuegos.
test-failed-sender = El servidor no acepta correo de esta dirección con esta cuenta: use la cuenta de la dirección, o permita allí la dirección.
test-failed-limit = La cuenta envió todo lo que su proveedor permite: espere, o use un servidor sin ese límite.
test-failed-other = El servidor responde algo con lo que no se puede trabajar: revise puerto y protección.
mailbox-folders = Carpetas
mailbox-progress = Leyendo: { $done } de { $total } correos
mailbox-read = Al día
mailbox-sent = Correo enviado
mail-elsewhere = Enviado desde el propio buzón
whatsapp-elsewhere = Enviado desde el teléfono
mailbox-audit-now = Comparar ahora servidor y buzón
mailbox-audit-good = { $count ->
    [one] Un correo comparado, está archivado
   *[other] { $count } correos comparados, todos archivados
 }
mailbox-audit-bad = { $count ->
    [one] Un correo no está archivado
   *[other] { $count } correos no están archivados
 }
mailbox-audit-failed = No se pudo comparar:
mailbox-unfiled = Sin archivar
mailbox-unfiled-hint = El servidor tiene estos correos y ninguna conversación los tiene. Archívelos con un clic; nada se archiva dos veces.
mailbox-file = Archivar
oauth-connect = Conectar { $provider }
oauth-title = Cuentas de { $provider }
oauth-lead = El titular del buzón da su consentimiento en el proveedor; aquí no se guarda ninguna contraseña, y allí puede retirarlo cuando quiera.
oauth-client = La aplicación
oauth-hint-google = Se crea una vez en la consola de Google Cloud (cliente OAuth, tipo aplicación web), con la API de Gmail activada.
oauth-hint-microsoft = Se crea una vez en Microsoft Entra (registro de aplicaciones, tipo web), con los permisos IMAP.AccessAsUser.All y SMTP.Send.
oauth-redirect = Dirección de redirección que hay que introducir allí
oauth-client-id = ID de cliente
oauth-client-secret = Secreto de cliente
oauth-tenant = Inquilino (tenant)
oauth-tenant-hint = Su id o dominio; vacío para cualquiera.
oauth-account = Conectado con { $provider } como { $address }
oauth-ok = Conectada
oauth-revoked = Consentimiento retirado
oauth-again = Conectar de nuevo
oauth-failed = La cuenta no está conectada
oauth-denied = El proveedor no dio acceso ({ $words }). Empiece de nuevo cuando el titular del buzón esté de acuerdo.
