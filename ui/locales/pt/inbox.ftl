## A barra dos atendentes

rail-label = Principal
rail-inbox = Caixa
rail-tickets = Chamados
rail-knowledge = Artigos
rail-settings = Ajustes
rail-sign-out = Sair

## A caixa de entrada

inbox-title = Caixa de entrada
inbox-none-open = Nenhuma conversa aberta
inbox-none-open-hint = Escolha uma da lista ou tecle ? para ver todos os atalhos.
list-label = Conversas
tabs-label = Quais conversas
tab-unassigned = Sem dono
tab-mine = Minhas
tab-all = Todas
filter-channel = Canal
filter-apply = Mostrar
list-older = Conversas anteriores
list-empty-unassigned = Ninguém está esperando
list-empty-unassigned-hint = As conversas novas aparecem aqui sozinhas.
list-empty-mine = Sua mesa está livre
list-empty-mine-hint = Assuma uma das conversas sem dono.
list-empty-all = Ainda não há conversas
list-empty-all-hint = Escreva para um dos seus canais para ver a primeira.
row-bot = Bot:
row-us = Nós:
row-failed = Não entregue
row-woken = De volta
row-waiting = espera { $time }
row-waiting-now = espera
row-unread = não lidas
thread-back = Voltar à lista
thread-mine = Sua
thread-assigned = Com { $name }
thread-unassigned = Sem dono
thread-snoozed-until = até { $time }
thread-snoozed-reply = até responderem
timeline-label = Mensagens
timeline-older = Mensagens anteriores
timeline-empty = Ainda não há mensagens
timeline-new = Novas
composer-kind = O que você escreve
composer-reply = Responder
composer-note = Nota
composer-note-hint = Só a sua equipe vê
composer-channel = Responder por
composer-label = Sua mensagem
composer-placeholder = Escreva sua resposta…
composer-note-placeholder = Escreva uma nota para a equipe…
composer-attach = Anexar arquivos
composer-send = Enviar
composer-save-note = Salvar nota
composer-stale = Ainda não foi enviada.
side-label = Cliente e ações
side-actions = Ações
side-brief = Do bot
side-tickets = Chamados
side-no-tickets = Nenhum chamado
side-earlier = Conversas anteriores
side-earlier-hidden = { $count ->
    [one] Há mais uma em uma caixa em que você não trabalha.
   *[other] Há mais { $count } em caixas em que você não trabalha.
}
side-language = Idioma
side-since = Desde
action-claim = Assumir
action-assign = Atribuir
action-assign-nobody = Ninguém
action-escalate = Escalar
action-resolve = Resolver
action-reopen = Reabrir
action-snooze = Adiar
action-unsnooze = Reativar
escalate-to = Para
escalate-reason = Motivo
snooze-hour = Por uma hora
snooze-three-hours = Por três horas
snooze-tomorrow = Até amanhã cedo
snooze-monday = Até segunda cedo
snooze-reply = Até responderem
snooze-at = Em um horário
key-title = Atalhos do teclado
key-single = Usar teclas simples
key-next = Próxima conversa
key-previous = Conversa anterior
key-open = Abrir
key-back = Voltar à lista
key-reply = Responder
key-note = Escrever uma nota
key-send = Enviar
key-attach = Anexar arquivos
key-claim = Assumir
key-assign = Atribuir
key-escalate = Escalar
key-resolve = Resolver ou reabrir
key-resolve-next = Resolver e abrir a próxima
key-snooze = Adiar
key-why = Por que a última mensagem está aqui?
key-panel = Painel do cliente
key-begin = Iniciar uma conversa
key-tab-unassigned = Sem dono
key-tab-mine = Minhas
key-tab-all = Todas
key-filter = Buscar
key-help = Atalhos de teclado
live-reconnecting = Reconectando… nada se perde.
live-offline = Você está sem conexão. A página se atualiza sozinha.
live-failed = Não funcionou. Tente de novo.
live-new-message = Nova mensagem de { $name }
live-typing = { $name } está digitando…
live-sending = Enviando
live-not-sent = A sua mensagem em “{ $name }” não foi enviada. O texto ficou guardado lá.
live-you = Você

## The agents’ actions and what can go wrong

filter-search = Buscar
filter-status = Estado
list-empty-search = Nada encontrado
message-split = Iniciar uma conversa separada
message-move = Mover para a conversa
message-move-button = Mover
action-priority = Prioridade
action-merge = Unir
action-ticket = Abrir um chamado
ticket-subject = Assunto
merge-conversation = Na conversa
merge-conversation-hint = Tudo passa para lá. Os próximos e-mails também. As duas devem ser do mesmo cliente. Isso pode ser desfeito.
merge-contact = A mesma pessoa que
merge-contact-hint = Um e-mail ou um telefone. Isso pode ser desfeito.
merge-was = Contato unido a este: { $name }.
merge-undo = Desfazer
merge-done = { $count ->
    [one] Unida a #{ $number }.
   *[other] { $count } conversas unidas a #{ $number }.
}
merge-take-back = Desfazer a união
split-done = Agora é #{ $number }, à parte.
split-take-back = Devolver
move-done = Movida para #{ $number }.
move-take-back = Mover de volta
merge-part = Separar de novo
merge-part-this = este cliente
merge-part-other = o outro cliente
merge-part-back = { $count ->
    [one] A conversa { $numbers } vai para { $name }.
   *[other] { $count } conversas vão para { $name }: { $numbers }.
}
merge-part-home = Em { $number } os dois escreveram: { $count ->
    [one] uma mensagem volta
   *[other] { $count } mensagens voltam
} para { $into }, de { $name }.
merge-part-new = Em { $number } os dois escreveram: { $count ->
    [one] uma mensagem vai
   *[other] { $count } mensagens vão
} para uma conversa nova de { $name }.
merge-part-stays = Em { $number } os dois participam, e desde a união { $count ->
    [one] chegou uma mensagem
   *[other] chegaram { $count } mensagens
}. Não há como saber qual dos dois escreveu, então elas ficam ali: confira e mova o que for de outra conversa.
merge-part-rest = { $name } recebe de volta os endereços e os chamados que trouxe. O resto fica.
welcome-title = Boas-vindas, { $name }
welcome-lead = Escolha uma senha e pronto.
welcome-button = Começar
sign-in-wrong = O e-mail ou a senha não estão certos.
sign-in-ended = Sua sessão terminou. Entre de novo: o que você estava escrevendo continua salvo.
sign-in-slowed = Muitas tentativas. Espere meio minuto e tente de novo.
error-refused-title = Isso não foi feito
error-role = Seu papel não inclui isto. Fale com um administrador.
error-forgery = A página ficou aberta tempo demais ou em outra sessão. Volte, carregue-a de novo e repita o que fez.
error-too-large = É mais do que se pode receber de uma vez: uma mensagem leva 20 arquivos, e todos juntos não mais do que o servidor permite (30 MB se server.max_body não disser outra coisa). Envie arquivos menores, ou menos.
error-file-not-yet = O arquivo ainda está sendo recebido. Tente de novo em instantes.
error-name-empty = Escreva um nome.
error-email = Escreva um endereço como nome@example.com.
error-empty = Ainda não há nada para enviar: escreva algo ou anexe um arquivo.
error-long = A mensagem é longa demais. O máximo são 50.000 caracteres.
error-unreachable = Não dá para alcançar o cliente por este canal: nenhum endereço é conhecido. Uma nota ainda funciona.
error-reason = Diga por quê: quem receber vai querer saber.
error-agent = Esse agente não existe ou está desativado.
error-snooze = Uma conversa resolvida não pode ser adiada. Reabra-a primeiro.
error-retry = Só uma mensagem não entregue pode ser reenviada.
error-merged = Uma das duas já faz parte de outra.
error-itself = São a mesma.
error-split-all = Deixe pelo menos uma mensagem, ou una as conversas.
error-upload = Um arquivo não está mais lá. Anexe-o de novo.
error-password-short = Pelo menos 10 caracteres, por favor.
error-password-long = Essa senha é longa demais.
error-password-weak = Essa senha é fácil demais de adivinhar.
error-email-taken = Já existe alguém com este endereço.
error-name-taken = Esse nome já está em uso.
error-last-administrator = Não sobraria ninguém para administrar. Torne outra pessoa administradora primeiro.
error-not-possible = Isso não é possível.
error-number = Essa conversa não existe. O número fica ao lado do estado, como #12.
error-identity = Ninguém com este endereço ou número é conhecido.
activity-assigned = { $who } passou para { $agent }
activity-claimed = { $who } assumiu
activity-unassigned = { $who } deixou sem responsável
activity-not-called = Sem aviso, porque não vê esta conversa: { $names }
activity-escalated = { $who } escalou de { $from } para { $to }: { $reason }
activity-returned = { $who } devolveu de { $from } para { $to }: { $reason }
activity-snoozed = { $who } adiou até { $time }
activity-resolved = { $who } resolveu
activity-reopened = { $who } reabriu
activity-woken = Acabou o tempo pelo qual foi adiada: está de volta
activity-kept-quiet = Nada foi enviado automaticamente: os e-mails deste endereço chegam tão rápido quanto são respondidos
activity-merged = { $who } uniu a conversa #{ $number } a esta
activity-unmerged = { $who } desfez a união: #{ $number } voltou a ser uma conversa separada
activity-unmerged-back = { $who } desfez a união: fazia parte de #{ $number } desde { $time }
activity-moved-in = { $who } trouxe mensagens de #{ $number }
activity-moved-out = { $who } levou mensagens daqui para #{ $number }
activity-marketing-stopped = { $who } disse ao WhatsApp que não quer publicidade
activity-marketing-resumed = { $who } disse ao WhatsApp que quer publicidade de novo
activity-marketing-refused = { $who } não quer publicidade pelo WhatsApp
activity-marketing-agreed = { $who } aceitou publicidade pelo WhatsApp
activity-other = { $who }: { $what }
stale-inbound = { $name } escreveu enquanto isso: “{ $text }”
stale-outbound = { $name } respondeu enquanto isso: “{ $text }”
composer-window = O cliente escreveu há mais de 24 horas: o WhatsApp só deixa sair um modelo.
composer-inbox-off = Esta caixa está desativada. A resposta espera até um administrador ativá-la.
composer-chat-off = Este chat está desativado. O cliente lerá a resposta quando um administrador ativá-lo.
composer-no-smtp = Esta caixa ainda não tem servidor de envio. A resposta espera até um administrador adicionar um.
composer-no-bridge = Esta caixa só recebe: suas configurações não indicam o endereço de nenhuma ponte, então a resposta espera.
mail-images = As imagens de outros servidores não são carregadas: elas avisam ao remetente que você leu.
mail-images-show = Mostrar imagens
visitor-name = Visitante

## Escrever primeiro, e encaminhar

begin-title = Nova conversa
begin-forward = Encaminhar
begin-hint = Um e-mail a alguém que não escreveu primeiro. A resposta volta para esta conversa, que fica com você.
begin-forward-hint = Será uma conversa à parte; aquela de onde vem guarda uma nota.
begin-to = Para
begin-name = Nome, se for alguém novo
begin-cc = Cópias
begin-from = De
begin-subject = Assunto
begin-text = Mensagem
begin-files-passed = Arquivos que vão junto
begin-no-mailbox = Ainda não há caixa de e-mail nem número de WhatsApp para enviar. Um administrador os adiciona nos ajustes.
begin-forwarded = { $who } escreveu em { $date }
begin-passed = Encaminhado a { $to }
begin-ways = Escrever por
begin-by-mail = E-mail
begin-chat-hint = Uma mensagem a alguém no WhatsApp. Começa com um modelo aprovado, a não ser que a pessoa tenha escrito nas últimas 24 horas. A resposta volta para esta conversa, que fica com você.
begin-number-hint = O número com o código do país, como +55 11 99999-0000, ou o nome de um cliente.
begin-number-hint-home = O número com o DDD, como { $example }, com o código do país (+…) se for de outro, ou o nome de um cliente.
begin-whom = Escolha de quem se trata ou escreva o número completo com o código do país.
begin-nobody = Ninguém com esse nome tem um número aqui. Escreva o número completo com o código do país.
begin-outside = Esse cliente não é de nenhuma das empresas atribuídas a você.
begin-new-person = { $number } ainda não é conhecido e passa a ser um cliente.
begin-wrote = escreveu por último em { $time }
begin-free = A pessoa escreveu nas últimas 24 horas: até { $time } você pode enviar suas próprias palavras, sem modelo.
begin-which = De quem se trata?
begin-template = Modelo
begin-template-choose = Escolha um modelo
begin-template-own = Nenhum: com suas próprias palavras
begin-template-needed = Escolha um modelo: o WhatsApp só deixa sair suas próprias palavras nas 24 horas depois que o cliente escreveu.
begin-show = Mostrar
begin-open = Há uma conversa aberta com esta pessoa aqui, a #{ $number }. O que você enviar é escrito lá.
begin-open-theirs = Há uma conversa aberta com esta pessoa aqui, a #{ $number }, e ela está com { $agent }. O que você enviar é escrito lá.
begin-open-see = Abrir
begin-open-first = Há uma conversa aberta com esta pessoa aqui. Veja-a; o que você enviar é escrito lá.
begin-stale = Enquanto isso algo foi dito nessa conversa. Veja-a e envie de novo.
begin-refuses = Esta pessoa não quer receber mensagens por WhatsApp. Espere que ela escreva ou use outro canal.
begin-refuses-marketing = Esta pessoa disse ao WhatsApp que não quer publicidade da sua empresa; outros modelos podem ser enviados.
begin-wants-no-marketing = Esta pessoa não quer publicidade da sua empresa pelo WhatsApp; outros modelos podem ser enviados.
begin-undelivered = O WhatsApp não conseguiu entregar a última mensagem a este número; talvez esteja errado ou não use o WhatsApp.
begin-insist = O número está certo: enviar mesmo assim
begin-blocked = O que acontece com a resposta
begin-blocked-let-in = Desbloquear { $sender }: a resposta volta para cá
begin-blocked-keep = Manter o bloqueio: a resposta vai para o spam
begin-write = Escrever para { $to }
identity-more = Mais { $count } endereços
identity-no-marketing = Sem publicidade desde { $date }
