## Entrada e configuração

sign-in-title = Entrar
sign-in-button = Entrar
set-up-title = Configurar o Switchboard
set-up-lead = Aqui nasce o primeiro administrador. Os demais são convidados nos ajustes.
set-up-password-hint = Pelo menos 10 caracteres. Uma frase que você lembre é uma boa senha.
set-up-button = Criar administrador
set-up-waits-title = Ainda não configurado
set-up-waits-lead = Ninguém configurou este Switchboard ainda. Tudo começa com um link que aparece na partida, na máquina em que ele roda:
set-up-waits-terminal = Em um terminal
set-up-waits-terminal-hint = Mais acima, onde foi iniciado
set-up-waits-service = Como serviço
set-up-waits-container = Em contêineres
set-up-waits-again = O link vale um dia. Este comando mostra um novo a qualquer momento:
