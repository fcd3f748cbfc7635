## Inicio de sesión y configuración

sign-in-title = Iniciar sesión
sign-in-button = Entrar
set-up-title = Configurar Switchboard
set-up-lead = Aquí se crea el primer administrador. A los demás se les invita desde los ajustes.
set-up-password-hint = Al menos 10 caracteres. Una frase que recuerde es una buena contraseña.
set-up-button = Crear administrador
