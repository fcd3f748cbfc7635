//! What customers ask about their own matters.

pub(super) const TICKET: &[&str] = &[
    "where|whats is|are? my ticket|case",
    "what is the? status of? my ticket|case|request",
    "status of|on my ticket|case|request",
    "status|state|update|news|progress of|on|about|with my|our|the open? ticket|case|request",
    "any news|update|progress on|about|with my|our|the ticket|case|request|issue",
    "how is my ticket|case|request",
    "my open|last ticket|tickets|case",
    "donde|como esta|va|anda mi|el ticket|caso|solicitud|reclamo",
    "estado|avance|novedades|novedad de|sobre del? mi|el ticket|caso|solicitud",
    "estado|avance|novedades|novedad del ticket|caso",
    "alguna novedad de|sobre del? mi|el ticket|caso|solicitud",
    "en que va|esta|quedo mi|el ticket|caso|solicitud",
    "onde|como esta|anda|ficou o? meu ticket|chamado|caso",
    "como esta|anda|ficou a? minha solicitacao",
    "status|situacao|andamento|novidade|novidades do|sobre|de|no o? meu? ticket|chamado|caso|atendimento",
    "alguma novidade do|sobre|no o? meu? ticket|chamado|caso",
    "qual o? status|andamento|situacao do meu ticket|chamado",
];

pub(super) const BALANCE: &[&str] = &[
    "how much do|does i|we still? owe",
    "how much is|am i|we owing",
    "what do|is i|we|my|our owe|balance",
    "what is my|our account|current|outstanding|open balance",
    "do i|we still? owe",
    "my|our outstanding|open|current|account balance",
    "do i|we have any? open|unpaid|overdue|outstanding|pending invoice|invoices|bill|bills|payments",
    "am|are i|we up to date with|on my|our|the? payments|invoices|bills",
    "how much is left to pay",
    "cuanto les|te|le? debo|debemos|adeudo|adeudamos",
    "cuanto dinero? les|te|le? debo|debemos",
    "cuanto me|nos falta|queda por? pagar",
    "cuanto tengo|tenemos pendiente",
    "cual|cuanto es mi|nuestro saldo|deuda",
    "cual es mi|nuestra deuda",
    "saldo|deuda|pagos pendiente|pendientes",
    "tengo|tenemos alguna|algunas? factura|facturas|pago|pagos pendiente|pendientes|vencida|vencidas|abierta|abiertas|impaga|impagas|atrasada|atrasadas",
    "estoy|estamos al dia con mis|los|nuestros|el? pagos|pago",
    "mi|nuestro estado de cuenta",
    "quanto eu|nos? ainda? devo|devemos",
    "quanto eu|nos? ainda? estou|estamos devendo",
    "quanto a gente? ainda? deve",
    "quanto falta eu? pagar",
    "quanto eu? tenho em aberto",
    "qual o|e? o? meu|nosso saldo|debito",
    "qual a|e? a? minha|nossa divida",
    "saldo devedor|pendente|em aberto",
    "tenho|temos alguma|algum|algumas|alguns? fatura|faturas|boleto|boletos|conta|contas|debito em|pendente|pendentes|vencida|vencidas|vencido|vencidos|atrasada|atrasadas|atrasado|atrasados aberto?",
    "estou|estamos em dia com os|as|meus|minhas? pagamentos|faturas|boletos",
    "minha|nossa conta em aberto",
];

pub(super) const INVOICE: &[&str] = &[
    "send|show|resend|forward|give|email me|us my|our|the|a? copy? of? my|our|the? last|latest? invoice|invoices|bill",
    "where is my|our last? invoice|bill",
    "my|our last|latest|open invoice|invoices|bill",
    "copy of my|our|the last|latest? invoice|bill",
    "envien|envienme|enviar|enviarme|enviame|envieme|manden|mandenme|mandar|mandarme|mandame|mandeme|muestreme|reenviar|reenvieme me? mi|mis|la|las|nuestra ultima|ultimas? factura|facturas",
    "necesito|quiero|quisiera mi|nuestra|la ultima? factura$",
    "copia de mi|nuestra|la ultima? factura",
    "donde esta mi|nuestra factura",
    "mi|mis|nuestra|nuestras ultima|ultimas factura|facturas",
    "envie|enviar|envia|enviem|mande|mandar|manda|mandem|reenviar|reenvie me? a|o|as|os? minha|meu|nossa|nosso|ultima|ultimo? fatura|boleto|faturas|boletos",
    "preciso|quero da|do|a|o? minha|meu|nossa|nosso fatura|boleto$",
    "onde esta a|o? minha|meu|nossa|nosso fatura|boleto",
    "segunda via da|do minha|meu? fatura|boleto",
    "minha|nossa ultima|ultimas fatura|faturas",
    "meu|nosso ultimo|ultimos boleto|boletos",
];

/// "How much must I pay for a visit?" asks for a price, "how long must I wait?" for something else: a verb after
/// the one that means both.
pub(super) const MUST: &[&str] = &["debo", "debemos", "devo", "devemos", "deve"];

/// What supposes something that is not so: "what do I owe if I cancel?"
pub(super) const SUPPOSING: &[&str] = &["if", "unless", "si", "se", "caso"];

pub(super) const ORDER: &[&str] = &[
    "where is|are my|our|the order|orders|package|delivery|toner|toners|cartridge|cartridges|supplies",
    "status|state|tracking of|for my|our order|delivery|package",
    "track my|our order|package|delivery",
    "when will|does|is my|our|the order|package|delivery|toner|cartridge|cartridges|supplies",
    "has|have|was my|our|the order|toner|cartridge|cartridges been? shipped|sent|left|gone",
    "my|our|the order|package|toner|cartridge|cartridges has|have|hasn|did|didn|not * arrive|arrived|come",
    "still|am waiting for|on my|our|the order|package|toner|cartridge|cartridges",
    "donde esta|estan|anda|viene mi|nuestro|el|los|mis pedido|pedidos|paquete|envio|toner|toners|cartucho|cartuchos|insumos",
    "cuando|ya llega|llegan|viene|vienen|entregan|traen|mandan|envian|enviaron|mandaron|salio|despacharon mi|el|los|nuestro pedido|paquete|envio|toner|toners|cartucho|cartuchos|insumos",
    "no|nunca me|nos? llego|llega|vino|trajeron|mandaron|enviaron|entregaron el|mi|los|ningun|nuestro pedido|paquete|envio|toner|toners|cartucho|cartuchos|insumos",
    "mi|el|nuestro pedido|paquete|envio|toner|cartucho todavia|aun? no llego|llega|vino|ha",
    "estado|seguimiento|rastrear|rastreo del|de|a? mi|nuestro|el? pedido|envio|paquete",
    "sigo|seguimos|estoy|estamos esperando el|mi|los|nuestro pedido|paquete|envio|toner|toners|cartucho|cartuchos|insumos",
    "onde|cade esta|estao? o|os? meu|meus|nosso? pedido|pedidos|pacote|encomenda|toner|toners|cartucho|cartuchos|suprimentos",
    "quando|ja chega|chegam|vem|entregam|mandam|enviam|enviaram|mandaram|saiu|despacharam o|os? meu|meus|nosso? pedido|pacote|encomenda|toner|toners|cartucho|cartuchos|suprimentos",
    "meu|o|os|nosso pedido|pacote|encomenda|toner|toners|cartucho|cartuchos ainda? nao chegou|chegaram|veio|vieram",
    "nao chegou|chegaram|veio|entregaram|enviaram o|meu|os|nosso pedido|pacote|toner|toners|cartucho|cartuchos",
    "status|situacao|andamento|rastrear|rastreio do|de|o? meu|nosso pedido|encomenda",
    "estou|estamos|continuo esperando|aguardando o|meu|os|nosso pedido|pacote|toner|toners|cartucho|cartuchos",
];

pub(super) const VISIT: &[&str] = &[
    "where is|s my|our|the technician|tech|engineer",
    "when|wen|time|day is|does|will|s * technician|tech|engineer|visit",
    "is|has the|my|our|a|your technician|tech|engineer coming|arriving|on|left|here|arrived",
    "technician|tech|engineer|nobody|noone didn|did|hasn|has|never|not t|not|nt? show|shown|come|came|arrive|arrived|showed",
    "nobody|noone has? came|come|showed|arrived",
    "waiting for the|my|our|your|a technician|tech|engineer",
    "is someone|somebody|anyone|anybody coming",
    "my|our next|planned|scheduled visit",
    "donde|adonde esta|anda|viene el|mi|nuestro tecnico",
    "cuando|hora|dia viene|vienen|llega|llegan|es|pasa|pasan|vendra|tengo * tecnico|tecnicos|visita",
    "viene|vienen|llega|pasa|vendra|va|ya el|mi|los|nuestro? tecnico|tecnicos hoy|manana|ya|a|en",
    "ya viene|llega|salio|vino|esta el|mi|nuestro tecnico",
    "va|van a venir|llegar|pasar el|mi|un|alguien|los? tecnico|tecnicos|hoy|manana",
    "no|nunca vino|llego|aparecio|paso|vinieron|llegaron el|mi|ningun|nadie|los? tecnico|tecnicos",
    "tecnico|tecnicos todavia|aun? no|nunca vino|llego|aparecio|vinieron|ha|viene|llega",
    "cuanto falta para que llegue|venga el|mi tecnico",
    "esperando al|a|el|un|mi tecnico",
    "onde|cade esta|ta? o|meu|nosso? tecnico",
    "quando|hora|horas|dia vem|chega|passa|e|vai|tenho|sera * tecnico|visita",
    "quando|hora|horas|dia o|a? tecnico|visita vem|chega|passa|vai|sera|e",
    "tecnico|tecnicos ja|vem|chega|vai|esta|ta vem|chegou|saiu|hoje|amanha|vir|chegando|vindo|a|caminho",
    "tecnico ainda? nao veio|chegou|apareceu|passou",
    "nao|ninguem veio|chegou|apareceu|passou o|nenhum|ninguem? tecnico|aqui|hoje",
    "esperando|aguardando|espera o|pelo|do|um|meu tecnico",
];

pub(super) const MACHINE: &[&str] = &[
    "which|what|how machines|printers|copiers|many machines|printers|copiers? do i|we have|lease|rent",
    "list|show|see me? of? my|our|all machines|printers|copiers",
    "que|cuales|cuantas|cuantos equipos|maquinas|impresoras tengo|tenemos|alquilo|alquilamos|rento|rentamos",
    "lista|listado|ver de? mis|nuestras|nuestros|las|los maquinas|equipos|impresoras",
    "quais|que|quantas|quantos equipamentos|maquinas|impressoras tenho|temos|eu|nos|alugo|alugamos",
    "lista|listar|ver de|das|dos|as|os|minhas|meus minhas|meus|nossas|nossos|maquinas? maquinas|equipamentos|impressoras",
];

/// "And for the black one?": a question that hangs on the one before.
pub(super) const FOLLOW_UP: &[&str] = &[
    "^and|y|e for|the|if|what|how|when|where|in|with|on|at|to|para|si|el|la|los|las|en|con|cuando|como|que|donde|se|o|a|os|as|no|na|com|quando|onde",
    "^what|how about",
    "^que tal",
    "^y|e",
    "^of|from|de|del|do|da|dos|das the|last|this|previous|el|la|este|esta|ultimo|ultima|mes|ano|esse|essa|january|february|march|april|may|june|july|august|september|october|november|december|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|janeiro|fevereiro|marco|maio|junho|julho|setembro|outubro|novembro|dezembro|semana|week|month",
    "^tambien|tambem|also",
    "^pero|mas|but if|si|se|what|how|when|for|para",
    "same|mismo|misma|mesmo|mesma for|with|para|con|com",
    "black|color|colour|other|first|second|last|new|old|red|blue one$",
    "that|this|the other|same one$",
    "^does|is|can|will it|that|this",
    "^and$",
];
