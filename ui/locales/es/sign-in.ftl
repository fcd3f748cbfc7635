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
