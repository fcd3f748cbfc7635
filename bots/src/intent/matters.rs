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
    "what do|is i|we|my|our owe|balance",
    "do i|we owe",
    "my|our outstanding|open|current balance",
    "cuanto les? debo|debemos|adeudo",
    "cual es mi|nuestro saldo",
    "saldo pendiente",
    "quanto eu? devo|devemos",
    "quanto a gente? deve",
    "qual o? meu|nosso saldo",
    "saldo devedor|pendente|em aberto",
];

pub(super) const INVOICE: &[&str] = &[
    "send|show|resend me my|our|the last? latest? invoice|bill",
    "where is my|our last? invoice|bill",
    "my|our last|latest|open invoice|invoices|bill",
    "envien|enviar|manden|mandar|muestreme me? mi|la ultima? factura",
    "mi|mis ultima|ultimas factura|facturas",
    "onde esta a? minha fatura|boleto",
    "minha ultima fatura",
];

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
    "^tambien|tambem|also",
    "^pero|mas|but if|si|se|what|how|when|for|para",
    "same|mismo|misma|mesmo|mesma for|with|para|con|com",
    "black|color|colour|other|first|second|last|new|old|red|blue one$",
    "that|this|the other|same one$",
    "^does|is|can|will it|that|this",
    "^and$",
];
