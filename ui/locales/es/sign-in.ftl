## Inicio de sesión y configuración

sign-in-title = Iniciar sesión
sign-in-button = Entrar
set-up-title = Configurar Switchboard
set-up-lead = Aquí se crea el primer administrador. A los demás se les invita desde los ajustes.
set-up-password-hint = Al menos 10 caracteres. Una frase que recuerde es una buena contraseña.
set-up-button = Crear administrador
set-up-waits-title = Aún sin configurar
set-up-waits-lead = Nadie ha configurado este Switchboard todavía. Se empieza con un enlace que aparece al arrancar, en la máquina donde funciona:
set-up-waits-terminal = En una terminal
set-up-waits-terminal-hint = Más arriba, donde se arrancó
set-up-waits-service = Como servicio
set-up-waits-container = En contenedores
set-up-waits-again = El enlace vale un día. Este comando muestra uno nuevo en cualquier momento:
forgotten-link = ¿Olvidó su contraseña?
forgotten-title = Una contraseña nueva
forgotten-lead = Le enviamos un enlace para elegirla. Mientras tanto la que tiene sigue valiendo.
forgotten-button = Enviar el enlace
forgotten-sent = Si alguien con la dirección { $address } trabaja aquí, le llegará un enlace. Funciona una vez, en una hora.
forgotten-nothing = ¿No llega nada? Mire en el correo no deseado o pida un enlace a un administrador: Ajustes, Personas. En la propia máquina lo crea este comando:
forgotten-back = Volver a iniciar sesión
forgotten-mail-subject = Una contraseña nueva para { $business }
forgotten-mail-text = Alguien, esperamos que usted, pidió una contraseña nueva para su cuenta en el centro de atención de { $business }. Con el botón la elige; funciona una vez, en una hora. Si no fue usted, no haga nada: su contraseña queda como está.
forgotten-mail-button = Elegir contraseña
