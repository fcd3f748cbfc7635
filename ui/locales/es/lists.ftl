## Listas, filtros, etiquetas, hacer cosas con muchas

tab-mentioned = Menciones
tab-team = Equipo
filter-narrow = Filtrar
filter-any = Cualquiera
filter-me = Yo
filter-nobody = Nadie
filter-assignee = Asignada a
filter-inbox = Buzón
filter-level = Nivel
filter-priority = Prioridad
filter-language = Idioma
filter-waiting = Espera más de
filter-since = Con actividad en
filter-team = Equipo
filter-label = Etiqueta
filter-company = Empresa
filter-clear = Quitar todo
waiting-15 = 15 minutos
waiting-60 = 1 hora
waiting-240 = 4 horas
waiting-1440 = 1 día
waiting-4320 = 3 días
since-1 = 1 día
since-7 = 7 días
since-30 = 30 días
since-90 = 90 días
sort-label = Orden
sort-newest = Más recientes
sort-oldest = Más antiguas
sort-waiting = Más espera
sort-priority = Más urgentes
sort-due = Vencen antes
search-hint = Busca en todos los mensajes, también palabras con erratas. Acote con from:, to:, in:, status:, label:, assigned:, before:, after: y has:file.
find-empty-hint = Pruebe con menos palabras o quite un filtro como in:whatsapp.
list-first = Volver a las primeras
list-empty-filter = Nada coincide con el filtro
list-empty-filter-hint = Quite una condición o quítelas todas.
list-empty-mentioned = Nadie le ha mencionado
list-empty-mentioned-hint = Aquí aparecen las conversaciones con una nota que le nombra.
list-empty-team = Nada espera a su equipo
list-empty-team-hint = Aquí aparecen las conversaciones dadas a uno de sus equipos.
list-no-team = Aún no está en ningún equipo. Un administrador puede añadirle.
list-no-company = Ninguna empresa se llama «{ $name }».
views-title = Listas
views-none = Filtre la lista y guárdela aquí con un nombre.
views-shared = Para todos
views-keep = Guardar esta lista como
views-keep-button = Guardar
views-name = Nombre
views-share = Todos la ven
views-change = Cambiar la lista abierta
views-update = Guardar lo mostrado
views-remove = Quitar
bulk-label = Con las conversaciones elegidas
bulk-select = Elegir varias
bulk-pick = Elegir la conversación con
bulk-all = Todas las visibles
bulk-none = No elegir ninguna
bulk-merge = Unir a la más antigua
bulk-merge-hint = Todas las conversaciones elegidas pasan a ser parte de la más antigua. Tienen que ser de un mismo cliente. Se puede deshacer.
bulk-count = Elegidas: { $n }
bulk-done = Hechas: { $n }
bulk-refused = Sin hacer: { $n } — { $why }
action-team = Equipo
action-team-none = Ningún equipo
action-labels = Etiquetas
labels-none = Aún no hay etiquetas. Cree una en una conversación.
labels-off = Quitar
labels-new = Una nueva
labels-save = Guardar etiquetas
span-minutes = { $n } min
span-hours = { $n } h
span-days = { $n } d
due-in = quedan { $span }
due-over = { $span } de retraso
activity-given = { $who } la dio al equipo { $team }
activity-given-none = { $who } la quitó de su equipo

## Teclas y barra de órdenes

key-group-go = Ir a
key-group-list = La lista
key-group-read = Leer
key-group-write = Escribir
key-group-act = Actuar
key-commands = Todas las acciones y lugares
key-tab-mentioned = Menciones
key-tab-team = Equipo
key-views = Listas guardadas
key-narrow = Filtrar la lista
key-sort = Orden de la lista
key-pick = Elegirla
key-pick-range = Elegir desde la última hasta aquí
key-pick-all = Elegir todas las visibles
key-pick-none = No elegir ninguna
key-bulk = Hacer algo con las elegidas
key-unread = Primer mensaje sin leer
key-older = Mensajes anteriores
key-newest = Mensaje más reciente
key-find-within = Buscar en esta conversación
key-quoted = Historial citado del último mensaje
key-original = Original del último mensaje
key-team = Dar a un equipo
key-labels = Etiquetas
key-priority = Prioridad
key-merge = Unir
key-split = Separar el correo con asunto nuevo
key-ticket = Abrir un ticket
key-customer = Editar el cliente
commands-title = Ir a o hacer
commands-placeholder = Una acción, un lugar, #12, T-1042 o palabras para buscar
commands-none = Nada con ese nombre
commands-found = { $n } encontrados
commands-number = Conversación #{ $n }
commands-ticket = Ticket T-{ $n }
commands-search = Buscar «{ $q }» en todo
place-help-centre = Centro de ayuda
settings-organise = Equipos y etiquetas
within-label = Buscar en esta conversación
within-count = { $i } de { $n }
within-none = No está en esta conversación
within-next = Siguiente
within-previous = Anterior
live-new-messages = Mensajes nuevos
timeline-newer = Mensajes más recientes
timeline-unread = Primer mensaje sin leer
message-headers = Cabeceras
find-building = La búsqueda se está preparando: { $count } entradas hasta ahora. Pueden faltar las antiguas por un momento.
find-unread-day = «{ $what }» no es un día y no se tuvo en cuenta. Escríbalo como { $name }:2026-05-31, o hace cuánto, como { $name }:7d.
find-unread-status = «{ $what }» no es un estado, así que «{ $value }» se busca como palabra. Los estados son abierta, pospuesta, resuelta y spam.
find-unread-channel = «{ $what }» no es un canal, así que «{ $value }» se busca como palabra. Los canales son correo, whatsapp, chat, portal, teléfono y puente.
find-no-label = Ninguna etiqueta se llama «{ $value }».
find-no-agent = Ningún agente se llama «{ $value }».
find-ticket = Ticket
find-article = Artículo
find-contact = Cliente

## El cliente junto a la conversación

side-local-time = Hora local
side-pages = Últimas páginas vistas
side-fields = Sobre esta conversación
side-other-tickets = Abiertos en otras
identity-verified-since = Verificado desde { $date }
field-yes = Sí
field-no = No
customer-edit = Editar
customer-name = Nombre
customer-tz = Zona horaria
customer-save = Guardar
merge-look = Ver
merge-moves = Pasan aquí: direcciones { $identities }, conversaciones { $conversations }, tiques { $tickets }. Se puede deshacer.
merge-warning = Desde entonces son un solo cliente: en el portal, el chat y los correos respondidos cada uno lee lo que escribió el otro. Una solo si ambos son la misma persona.

## Ajustes: equipos, etiquetas, límites, campos

organise-teams = Equipos
organise-teams-hint = Una conversación puede darse a un equipo; sus miembros la ven en «Equipo».
organise-team-new = Añadir un equipo
organise-members = Miembros
team-remove = Eliminar este equipo
team-remove-hint = Lo que tiene sin resolver pasa a quien elija. Lo resuelto conserva el nombre del equipo, en las conversaciones y en los informes.
team-conversations = { $count ->
    [one] Tiene una conversación sin resolver.
   *[other] Tiene { $count } conversaciones sin resolver.
}
team-rules = Le asignan estas reglas:
team-macros = Le asignan estas macros:
team-views = { $count ->
    [one] Una lista guardada se limita a él: toma el otro equipo o pierde la condición.
   *[other] { $count } listas guardadas se limitan a él: toman el otro equipo o pierden la condición.
}
team-routes = { $count ->
    [one] Un tipo de solicitud sobre máquinas le llega.
   *[other] { $count } tipos de solicitudes sobre máquinas le llegan.
}
team-to = Sus conversaciones pasan a
team-to-all = Sus conversaciones, y lo que le asignan reglas y macros, pasan a
team-to-none = ningún equipo
team-needs-another = Hay reglas o macros que le asignan, y no hay otro equipo. Cámbielas o añada antes otro equipo.
organise-labels = Etiquetas
organise-labels-hint = Palabras que los agentes ponen en las conversaciones para encontrarlas.
organise-label-new = Etiqueta nueva
organise-tint = Color
organise-name = Nombre
organise-save = Guardar
organise-add = Añadir
organise-limits = Cuánto puede esperar un cliente
organise-limits-hint = Minutos hasta que se debe una respuesta, según la urgencia. Vacío: sin límite.
organise-fields = Campos propios
organise-fields-hint = Lo que quiere saber de clientes, empresas y conversaciones. Un campo quitado conserva sus valores.
organise-field-new = Añadir un campo
organise-target = Pertenece a
organise-kind = Contiene
organise-choices = Opciones, una por línea
target-contact = Cliente
target-company = Empresa
target-conversation = Conversación
kind-text = Texto
kind-number = Número
kind-date = Fecha
kind-choice = Opción
kind-yes-no = Sí o no
kind-link = Enlace
