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
mail-quote = Las respuestas citan el mensaje al que responden
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
