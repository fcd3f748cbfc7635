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
forgotten-link = Esqueceu a senha?
forgotten-title = Uma senha nova
forgotten-lead = Enviamos um link para você escolher uma. Até lá a que você tem continua valendo.
forgotten-button = Enviar o link
forgotten-sent = Se alguém com o endereço { $address } trabalha aqui, um link está a caminho. Ele funciona uma vez, em uma hora.
forgotten-nothing = Não chega nada? Olhe no spam ou peça um link a um administrador: Ajustes, Pessoas. Na própria máquina este comando cria um:
forgotten-back = Voltar para entrar
forgotten-mail-subject = Uma senha nova para { $business }
forgotten-mail-text = Alguém, esperamos que você, pediu uma senha nova para a sua conta na central de atendimento de { $business }. Com o botão você escolhe; ele funciona uma vez, em uma hora. Se não foi você, não faça nada: a sua senha fica como está.
forgotten-mail-button = Escolher a senha
