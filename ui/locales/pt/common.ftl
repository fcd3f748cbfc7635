### Português. As mesmas chaves e argumentos estão em todos os arquivos; `cargo test -p ui` confere.

## Em toda parte

skip-to-content = Ir para o conteúdo
assets-missing = Os módulos do navegador não foram gerados. Execute “npm ci && npm run build” na pasta ui.
close = Fechar
language-label = Idioma
attachments-label = Arquivos
form-optional = opcional
form-errors = Reveja estes campos, por favor:
field-name = Seu nome
field-email = E-mail
field-password = Senha

## Tempo

time-now = agora
time-today = Hoje
time-yesterday = Ontem
time-yesterday-short = ontem
time-minutes = { $count } min
time-hours = { $count } h
time-tomorrow-at = amanhã, { $time }

## Palavras do sistema

channel-email = E-mail
channel-whatsapp = WhatsApp
channel-webchat = Chat do site
channel-bridge = Outro mensageiro
channel-portal = Portal
channel-phone = Telefone
level-bot = Bot
level-bot-short = Bot
level-n1 = N1 · Primeira linha
level-n2 = N2 · Técnicos
level-n3 = N3 · Desenvolvimento
status-open = Aberta
status-snoozed = Adiada
status-resolved = Resolvida
ticket-status-new = Novo
ticket-status-open = Em andamento
ticket-status-waiting = Aguardando o cliente
ticket-status-resolved = Resolvido
priority-low = Baixa
priority-normal = Normal
priority-high = Alta
priority-urgent = Urgente
delivery-scheduled = Agendado
delivery-queued = Enviando
delivery-unknown = Aguardando confirmação
delivery-sent = Enviado
delivery-delivered = Entregue
delivery-read = Lido
delivery-failed = Não entregue
delivery-leaves = Sai { $time }
delivery-send-now = Enviar agora
delivery-take-back = Recuperar
delivery-inbox-off = A caixa está desativada; sai quando um administrador ativá-la.
delivery-retry = Tentar de novo
delivery-retry-at = Próxima tentativa: { $time }
identity-email = E-mail
identity-phone = Telefone
identity-whatsapp = WhatsApp
identity-visitor = Navegador
identity-bridge = Usuário de outro mensageiro
identity-external = Usuário identificado
identity-portal = Usuário do portal
identity-verified = Verificado
identity-unverified = não verificado
author-bot = Assistente
author-customer = Cliente
author-system = Sistema
author-support = Suporte
auto-reply = Resposta automática
auto-bounce = E-mail devolvido
auto-bulk = Envio em massa
auto-loop = E-mail nosso
card-ticket = Chamado
card-article = Artigo
card-choice = Pergunta
card-invoice = Documento
card-chosen = Escolhido:
extra-location = Localização
extra-contacts = Contatos compartilhados
extra-reaction = Reação
extra-reaction-removed = Reação removida
extra-on-telephone = Um arquivo que só está no telefone
extra-unsupported = Este tipo de mensagem não pode ser mostrado aqui. O original está guardado.
extra-other = Mais detalhes
message-note = Nota
message-quarantined = Precisa de atenção:
message-formatted = Mensagem formatada
message-quoted = Mensagem inteira com o histórico citado
message-why = Por que aqui?
message-original = Original
matched-reply-token = Responde a uma mensagem nossa: o endereço de resposta traz a nossa assinatura.
matched-in-reply-to = É resposta a uma mensagem desta conversa.
matched-references = Pertence à sequência de e-mails desta conversa.
matched-seen-reference = Outra mensagem desta conversa pertence à mesma sequência de e-mails.
matched-ticket-number = Um participante citou o número do chamado no assunto.
matched-open-conversation = Era a conversa aberta do cliente.
matched-same-subject = O mesmo remetente escreveu com o mesmo assunto pouco antes, e esta caixa agrupa esses e-mails.
matched-explicit = Foi escrita na página desta conversa.
matched-new = Nada correspondia, então começou uma conversa própria.
matched-agent = Um agente colocou aqui.
filters-renewed = A lista mostra o que foi escolhido.
