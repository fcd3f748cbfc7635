## Entrada e configuração

sign-in-title = Entrar
sign-in-button = Entrar
set-up-title = Configurar o Switchboard
set-up-lead = Aqui nasce o primeiro administrador. Os demais são convidados nos ajustes.
set-up-password-hint = Pelo menos 10 caracteres. Uma frase que você lembre é uma boa senha.
set-up-button = Criar administrador
