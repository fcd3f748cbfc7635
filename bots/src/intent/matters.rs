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
    "where is my|our order|package|delivery",
    "status of my|our order",
    "donde esta mi|nuestro pedido|paquete|envio",
    "onde esta o? meu|nosso pedido|pacote",
];

pub(super) const VISIT: &[&str] = &[
    "where is my|our|the technician|engineer",
    "when is|does|will * technician|engineer|visit",
    "donde esta el|nuestro tecnico",
    "cuando viene|llega|es * tecnico|visita",
    "onde esta o? tecnico",
    "quando vem|chega|e * tecnico|visita",
];

pub(super) const MACHINE: &[&str] = &[
    "which machines|printers|copiers do i|we have",
    "what machines|printers|copiers do i|we have",
    "que|cuales equipos|maquinas|impresoras tengo|tenemos",
    "quais equipamentos|maquinas|impressoras tenho|temos|eu|nos",
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
