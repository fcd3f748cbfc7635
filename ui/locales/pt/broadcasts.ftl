## Uma mensagem a muitos

broadcasts-title = Transmissões
rail-broadcasts = Transmitir
broadcasts-lead = Uma mensagem a muitos clientes, por e-mail ou WhatsApp. As respostas chegam à caixa de entrada.
broadcasts-none = Ainda não há transmissões
broadcasts-none-hint = Antes de sair qualquer coisa, você vê quantos a recebem, e quem não e por quê.
broadcast-new = Nova transmissão
broadcast-edit = Alterar
broadcast-counting = Contando
broadcast-ready = Pronta
broadcast-scheduled = Agendada
broadcast-sending = Enviando
broadcast-paused = Em pausa
broadcast-done = Enviada
broadcast-cancelled = Cancelada
broadcast-to-waiting = a enviar
broadcast-to-underway = a caminho
broadcast-to-sent = enviadas
broadcast-to-delivered = entregues
broadcast-to-read = lidas
broadcast-to-failed = com falha
broadcast-to-left-out = de fora
broadcast-answered = responderam
broadcast-refused = disseram não depois
broadcast-sent-of = Enviadas
broadcast-why-no-mail = Nenhum e-mail é conhecido
broadcast-why-no-number = Nenhum número é conhecido
broadcast-why-refuses = Não quer receber mensagens pelo WhatsApp
broadcast-why-no-marketing = Não quer publicidade
broadcast-why-blocked = Está bloqueado
broadcast-why-spam = Tem uma conversa no spam
broadcast-why-erased = Foi apagado
broadcast-why-bounced = O e-mail voltou
broadcast-why-unreachable = Da última vez o WhatsApp não conseguiu entregar
broadcast-why-unknown = Algo que a mensagem cita não é conhecido deles
broadcast-why-twice = É a mesma pessoa que outro destinatário
broadcast-why-none = Sem motivo
broadcast-template-gone = O modelo não pode mais ser enviado
broadcast-stopped-by = Foi interrompida: { $what } Verifique antes de continuar.
broadcast-held-until = Está à espera: { $what } Continua sozinha ({ $time }).
broadcast-held = Está à espera: { $what } Continua sozinha quando isso passar.
broadcast-tested = O teste está a caminho.
broadcast-counted = { $count } clientes verificados até agora…
broadcast-gets = { $count ->
    [0] Ninguém a recebe
    [one] Um cliente a recebe
   *[other] { $shown } clientes a recebem
}
broadcast-left-out-why = { $count ->
    [one] Um não a recebe
   *[other] { $count } não a recebem
}
broadcast-failed-why = Por que falharam
broadcast-begins = começa { $time }
broadcast-recipients = Destinatários
broadcast-is-marketing = Publicidade: não para quem não a quer
broadcast-is-service = Aviso de serviço: também para quem não quer publicidade
broadcast-pace-of = { $count } por minuto
broadcast-preview = Como será lida
broadcast-start = { $count ->
    [one] Enviar agora a um cliente
   *[other] Enviar agora a { $shown } clientes
}
broadcast-at = Ou em um horário
broadcast-later = Agendar
broadcast-unschedule = Tirar o horário
broadcast-pause = Pausar
broadcast-resume = Continuar
broadcast-cancel = Cancelar a transmissão
broadcast-cancel-sure = Quem não a recebeu não a receberá mais. Não pode ser desfeito.
broadcast-cancel-yes = Sim, cancelar
broadcast-test = Enviar um teste
broadcast-test-mail = Primeiro para mim
broadcast-test-number = Primeiro para este número
broadcast-test-hint = Como o primeiro destinatário a receberia. Não entra nos números.
broadcast-all = Todos
broadcast-nobody = Ninguém aqui
broadcast-unnamed = Sem nome
broadcast-open = Conversa
broadcast-of = Transmissão
broadcast-no-inbox = As transmissões saem por uma caixa de e-mail ou um número de WhatsApp; nenhum está ligado.
broadcast-by = Por
broadcast-by-hint = As respostas voltam para lá.
broadcast-next = Avançar
broadcast-template-hint = Cada cliente a recebe no seu idioma, se aprovado nele; senão, neste.
broadcast-days = { $count ->
    [one] Um dia
   *[other] { $count } dias
}
broadcast-name = Nome
broadcast-name-hint = Para você; os clientes não o veem.
broadcast-said = Mensagem
broadcast-text = Texto
broadcast-service = Isto não é publicidade
broadcast-service-hint = Um aviso de que os clientes precisam: horários, uma interrupção, um novo número. Também vai para quem não quer publicidade.
broadcast-service-mail = Um aviso de que os clientes precisam: horários, uma interrupção, um novo número. Também vai para quem não quer publicidade, e sem opção de cancelar a inscrição.
broadcast-whom = Para quem
broadcast-whom-mail = Todos os clientes com e-mail, limitados por
broadcast-whom-whatsapp = Todos os clientes com número, limitados por
broadcast-label = Etiqueta de uma conversa
broadcast-wrote = Escreveu nos últimos
broadcast-whom-list = Só estes
broadcast-list-mail = Endereços
broadcast-list-number = Números
broadcast-list-hint = Um por linha, no máximo { $most }; depois de uma vírgula pode vir o nome. Quem ainda não é conhecido passa a ser cliente.
broadcast-pace = Mensagens por minuto
broadcast-pace-hint = Mais devagar é mais seguro: os provedores freiam ou bloqueiam quem envia muito de uma vez.
broadcast-look = Ver quem a recebe
broadcast-blank = Lacuna { $name }
broadcast-blank-empty = Preencha todas as lacunas do modelo.
broadcast-fixed = As mesmas palavras para todos
broadcast-fixed-words = Palavras
leave-title = Cancelar a inscrição
leave-hint = Você não receberá mais novidades e ofertas por e-mail. Respostas ao que você perguntar, faturas e afins continuam chegando.
leave-button = Cancelar minha inscrição
leave-left = Sua inscrição foi cancelada
leave-left-hint = Você não recebe mais novidades e ofertas por e-mail.
leave-back = Inscrever-me de novo
leave-done = Pronto. Você não receberá mais estes e-mails.
leave-is-back = Pronto. Você voltará a receber estes e-mails.
