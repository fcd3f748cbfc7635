## Listas, filtros, etiquetas, fazer coisas com muitas

tab-mentioned = Menções
tab-team = Equipe
filter-narrow = Filtrar
filter-any = Qualquer
filter-me = Eu
filter-nobody = Ninguém
filter-assignee = Atribuída a
filter-inbox = Caixa
filter-level = Nível
filter-priority = Prioridade
filter-language = Idioma
filter-waiting = Espera há mais de
filter-since = Com atividade em
filter-team = Equipe
filter-label = Etiqueta
filter-company = Empresa
filter-clear = Limpar tudo
waiting-15 = 15 minutos
waiting-60 = 1 hora
waiting-240 = 4 horas
waiting-1440 = 1 dia
waiting-4320 = 3 dias
since-1 = 1 dia
since-7 = 7 dias
since-30 = 30 dias
since-90 = 90 dias
sort-label = Ordem
sort-newest = Mais recentes
sort-oldest = Mais antigas
sort-waiting = Maior espera
sort-priority = Mais urgentes
sort-due = Vencem antes
search-hint = Busca em todas as mensagens, também palavras com erros. Restrinja com from:, to:, in:, status:, label:, assigned:, before:, after: e has:file.
find-empty-hint = Tente menos palavras ou tire um filtro como in:whatsapp.
list-first = Voltar às primeiras
list-empty-filter = Nada corresponde ao filtro
list-empty-filter-hint = Tire uma condição ou limpe todas.
list-empty-mentioned = Ninguém mencionou você
list-empty-mentioned-hint = Aqui aparecem as conversas com uma nota que cita você.
list-empty-team = Nada espera pela sua equipe
list-empty-team-hint = Aqui aparecem as conversas dadas a uma das suas equipes.
list-no-team = Você ainda não está em nenhuma equipe. Um administrador pode adicionar você.
list-no-company = Nenhuma empresa se chama “{ $name }”.
views-title = Listas
views-none = Filtre a lista e guarde-a aqui com um nome.
views-shared = Para todos
views-keep = Salvar esta lista como
views-keep-button = Salvar
views-name = Nome
views-share = Todos veem
views-change = Mudar a lista aberta
views-update = Salvar o que se vê
views-remove = Remover
bulk-label = Com as conversas escolhidas
bulk-select = Escolher várias
bulk-pick = Escolher a conversa com
bulk-all = Todas as visíveis
bulk-none = Não escolher nenhuma
bulk-merge = Unir à mais antiga
bulk-merge-hint = Todas as conversas escolhidas passam a fazer parte da mais antiga. Precisam ser do mesmo cliente. Isso pode ser desfeito.
bulk-count = Escolhidas: { $n }
bulk-done = Feitas: { $n }
bulk-refused = Não feitas: { $n } — { $why }
action-team = Equipe
action-team-none = Nenhuma equipe
action-labels = Etiquetas
labels-none = Ainda não há etiquetas. Crie uma em uma conversa.
labels-off = Tirar
labels-new = Uma nova
labels-save = Salvar etiquetas
span-minutes = { $n } min
span-hours = { $n } h
span-days = { $n } d
due-in = faltam { $span }
due-over = { $span } de atraso
activity-given = { $who } deu à equipe { $team }
activity-given-none = { $who } tirou da equipe

## Teclas e barra de comandos

key-group-go = Ir para
key-group-list = A lista
key-group-read = Ler
key-group-write = Escrever
key-group-act = Agir
key-commands = Todas as ações e lugares
key-tab-mentioned = Menções
key-tab-team = Equipe
key-views = Listas guardadas
key-narrow = Filtrar a lista
key-sort = Ordem da lista
key-pick = Escolher
key-pick-range = Escolher da última até aqui
key-pick-all = Escolher todas as visíveis
key-pick-none = Não escolher nenhuma
key-bulk = Fazer algo com as escolhidas
key-unread = Primeira mensagem não lida
key-older = Mensagens anteriores
key-newest = Mensagem mais recente
key-find-within = Buscar nesta conversa
key-quoted = Histórico citado da última mensagem
key-original = Original da última mensagem
key-team = Dar a uma equipe
key-labels = Etiquetas
key-priority = Prioridade
key-merge = Unir
key-split = Separar o e-mail com assunto novo
key-ticket = Abrir um chamado
key-customer = Editar o cliente
commands-title = Ir para ou fazer
commands-placeholder = Uma ação, um lugar, #12, T-1042 ou palavras para buscar
commands-none = Nada com esse nome
commands-found = { $n } encontrados
commands-number = Conversa #{ $n }
commands-ticket = Chamado T-{ $n }
commands-search = Buscar “{ $q }” em tudo
place-help-centre = Central de ajuda
settings-organise = Equipes e etiquetas
within-label = Buscar nesta conversa
within-count = { $i } de { $n }
within-none = Não está nesta conversa
within-next = Próximo
within-previous = Anterior
live-new-messages = Mensagens novas
timeline-newer = Mensagens mais recentes
timeline-unread = Primeira mensagem não lida
message-headers = Cabeçalhos
find-building = A busca está sendo preparada: { $count } entradas até agora. As antigas podem faltar por um momento.
find-unread-day = “{ $what }” não é um dia e não foi considerado. Escreva como { $name }:2026-05-31, ou há quanto tempo, como { $name }:7d.
find-unread-status = “{ $what }” não é um estado, então “{ $value }” é procurado como palavra. Os estados são aberta, adiada, resolvida e spam.
find-unread-channel = “{ $what }” não é um canal, então “{ $value }” é procurado como palavra. Os canais são email, whatsapp, chat, portal, telefone e ponte.
find-no-label = Nenhuma etiqueta se chama “{ $value }”.
find-no-agent = Nenhum agente se chama “{ $value }”.
find-ticket = Chamado
find-article = Artigo
find-contact = Cliente

## O cliente ao lado da conversa

side-local-time = Hora local
side-pages = Últimas páginas vistas
side-fields = Sobre esta conversa
side-other-tickets = Abertos em outras
identity-verified-since = Verificado desde { $date }
field-yes = Sim
field-no = Não
customer-edit = Editar
customer-name = Nome
customer-tz = Fuso horário
customer-save = Salvar
merge-look = Ver
merge-moves = Passam para cá: endereços { $identities }, conversas { $conversations }, chamados { $tickets }. Pode ser desfeito.
merge-warning = A partir daí são um só cliente: no portal, no chat e nos e-mails respondidos cada um lê o que o outro escreveu. Una somente se os dois forem a mesma pessoa.

## Ajustes: equipes, etiquetas, limites, campos

organise-teams = Equipes
organise-teams-hint = Uma conversa pode ser dada a uma equipe; os membros a veem em “Equipe”.
organise-team-new = Adicionar uma equipe
organise-members = Membros
team-remove = Excluir esta equipe
team-remove-hint = O que ela tem sem resolver passa para quem você escolher. O que foi resolvido conserva o nome da equipe, nas conversas e nos relatórios.
team-conversations = { $count ->
    [one] Ela tem uma conversa sem resolver.
   *[other] Ela tem { $count } conversas sem resolver.
}
team-rules = Estas regras dão a ela:
team-macros = Estas macros dão a ela:
team-views = { $count ->
    [one] Uma lista salva se limita a ela: passa para a outra equipe ou perde a condição.
   *[other] { $count } listas salvas se limitam a ela: passam para a outra equipe ou perdem a condição.
}
team-routes = { $count ->
    [one] Um tipo de pedido sobre máquinas vai para ela.
   *[other] { $count } tipos de pedidos sobre máquinas vão para ela.
}
team-to = As conversas dela passam para
team-to-all = As conversas dela, e o que regras e macros lhe dão, passam para
team-to-none = nenhuma equipe
team-needs-another = Regras ou macros dão a ela, e não há outra equipe. Altere-as ou adicione antes outra equipe.
organise-labels = Etiquetas
organise-labels-hint = Palavras que os agentes põem nas conversas para encontrá-las.
organise-label-new = Nova etiqueta
organise-tint = Cor
organise-name = Nome
organise-save = Salvar
organise-add = Adicionar
organise-limits = Quanto um cliente pode esperar
organise-limits-hint = Minutos até que se deva uma resposta, conforme a urgência. Vazio: sem limite.
organise-fields = Campos personalizados
organise-fields-hint = O que você quer saber de clientes, empresas e conversas. Um campo removido guarda seus valores.
organise-field-new = Adicionar um campo
organise-target = Pertence a
organise-kind = Contém
organise-choices = Opções, uma por linha
target-contact = Cliente
target-company = Empresa
target-conversation = Conversa
kind-text = Texto
kind-number = Número
kind-date = Data
kind-choice = Opção
kind-yes-no = Sim ou não
kind-link = Link
