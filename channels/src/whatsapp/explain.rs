//! Error codes in plain words: what happened, and what to do about it.

use conversation::types::Language;

use super::errors;

mod more;

/// One code in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// What happened.
    pub what: &'static str,
    /// What a person can do.
    pub todo: &'static str,
}

/// Codes that mean the same to the person who reads, and the words in English, Spanish, Portuguese.
struct Entry {
    codes: &'static [&'static str],
    words: [(&'static str, &'static str); 3],
}

/// Explains a code such as `whatsapp.131047`. Unknown codes have no explanation; show their own words.
pub fn explain(code: &str, language: Language) -> Option<Explanation> {
    let short = code.strip_prefix("whatsapp.").unwrap_or(code);
    let language = match language {
        Language::En => 0,
        Language::Es => 1,
        Language::Pt => 2,
    };
    let entry = all().find(|entry| entry.codes.contains(&short)).or_else(|| {
        // Permission errors are a whole range.
        let is_permission = errors::number(code).is_some_and(|n| (200..=299).contains(&n));
        is_permission.then(|| ENTRIES.iter().find(|entry| entry.codes.contains(&"10")))?
    })?;
    let (what, todo) = entry.words[language];
    Some(Explanation { what, todo })
}

/// Every code that [`explain`] knows by name.
pub fn codes() -> impl Iterator<Item = &'static str> {
    all().flat_map(|entry| entry.codes).copied()
}

fn all() -> impl Iterator<Item = &'static Entry> {
    ENTRIES.iter().chain(more::ENTRIES)
}

const ENTRIES: &[Entry] = &[
    Entry {
        codes: &["131047", "window_closed"],
        words: [
            (
                "The customer last wrote more than 24 hours ago; WhatsApp takes only approved templates now.",
                "Send a template, wait for the customer to write, or use another channel.",
            ),
            (
                "El cliente escribió por última vez hace más de 24 horas; WhatsApp ahora solo acepta plantillas aprobadas.",
                "Envíe una plantilla, espere a que el cliente escriba o use otro canal.",
            ),
            (
                "O cliente escreveu pela última vez há mais de 24 horas; o WhatsApp agora só aceita modelos aprovados.",
                "Envie um modelo, espere o cliente escrever ou use outro canal.",
            ),
        ],
    },
    Entry {
        codes: &["131026"],
        words: [
            (
                "WhatsApp could not deliver the message to this number.",
                "Check that the number uses WhatsApp and has a recent version of it; otherwise use another channel.",
            ),
            (
                "WhatsApp no pudo entregar el mensaje a este número.",
                "Compruebe que el número usa WhatsApp y una versión reciente; si no, use otro canal.",
            ),
            (
                "O WhatsApp não conseguiu entregar a mensagem a este número.",
                "Verifique se o número usa o WhatsApp em versão recente; se não, use outro canal.",
            ),
        ],
    },
    Entry {
        codes: &["0", "190"],
        words: [
            (
                "The access token of this inbox is expired or was revoked; nothing can be sent.",
                "An administrator must create a new token in Meta's business settings and enter it in the inbox.",
            ),
            (
                "El token de acceso de esta bandeja caducó o fue revocado; no se puede enviar nada.",
                "Un administrador debe crear un token nuevo en la configuración de Meta e introducirlo en la bandeja.",
            ),
            (
                "O token de acesso desta caixa expirou ou foi revogado; nada pode ser enviado.",
                "Um administrador precisa criar um novo token nas configurações da Meta e informá-lo na caixa.",
            ),
        ],
    },
    Entry {
        codes: &["3", "10", "131005"],
        words: [
            (
                "The access token may not send for this number.",
                "Give the system user the permission whatsapp_business_messaging and access to the account.",
            ),
            (
                "El token de acceso no tiene permiso para enviar desde este número.",
                "Dé al usuario del sistema el permiso whatsapp_business_messaging y acceso a la cuenta.",
            ),
            (
                "O token de acesso não tem permissão para enviar por este número.",
                "Dê ao usuário do sistema a permissão whatsapp_business_messaging e acesso à conta.",
            ),
        ],
    },
    Entry {
        codes: &["4", "80007", "130429", "131208", "613", "133016", "http_429", "paced"],
        words: [
            (
                "Too many messages or calls in a short time.",
                "Nothing: the message is sent as soon as WhatsApp allows it.",
            ),
            (
                "Demasiados mensajes o llamadas en poco tiempo.",
                "Nada: el mensaje se envía en cuanto WhatsApp lo permita.",
            ),
            (
                "Mensagens ou chamadas demais em pouco tempo.",
                "Nada: a mensagem é enviada assim que o WhatsApp permitir.",
            ),
        ],
    },
    Entry {
        codes: &["131056"],
        words: [
            (
                "Too many messages to this customer in a short time.",
                "Nothing: the next one is sent in a few seconds.",
            ),
            (
                "Demasiados mensajes a este cliente en poco tiempo.",
                "Nada: el siguiente se envía en unos segundos.",
            ),
            (
                "Mensagens demais para este cliente em pouco tempo.",
                "Nada: a próxima é enviada em alguns segundos.",
            ),
        ],
    },
    Entry {
        codes: &["131048", "131064"],
        words: [
            (
                "WhatsApp limits this number because customers blocked or reported its messages, or its templates broke the rules.",
                "Look at the quality of the number in WhatsApp Manager; the message is tried again later.",
            ),
            (
                "WhatsApp limita este número porque clientes bloquearon o denunciaron sus mensajes, o sus plantillas no cumplen las reglas.",
                "Revise la calidad del número en el Administrador de WhatsApp; el mensaje se intentará más tarde.",
            ),
            (
                "O WhatsApp limita este número porque clientes bloquearam ou denunciaram suas mensagens, ou seus modelos não cumprem as regras.",
                "Veja a qualidade do número no Gerenciador do WhatsApp; a mensagem será tentada mais tarde.",
            ),
        ],
    },
    Entry {
        codes: &["368", "131031"],
        words: [
            (
                "Meta restricted or locked the WhatsApp account.",
                "An administrator must read the notice in Meta's Business Support and appeal or correct it.",
            ),
            (
                "Meta restringió o bloqueó la cuenta de WhatsApp.",
                "Un administrador debe leer el aviso en la Ayuda empresarial de Meta y apelar o corregirlo.",
            ),
            (
                "A Meta restringiu ou bloqueou a conta do WhatsApp.",
                "Um administrador precisa ler o aviso no Suporte Empresarial da Meta e recorrer ou corrigir.",
            ),
        ],
    },
    Entry {
        codes: &["131042", "131044"],
        words: [
            (
                "Meta cannot charge for the message: there is a problem with the payment method.",
                "Correct the payment method in WhatsApp Manager.",
            ),
            (
                "Meta no puede cobrar el mensaje: hay un problema con el método de pago.",
                "Corrija el método de pago en el Administrador de WhatsApp.",
            ),
            (
                "A Meta não consegue cobrar a mensagem: há um problema com a forma de pagamento.",
                "Corrija a forma de pagamento no Gerenciador do WhatsApp.",
            ),
        ],
    },
    Entry {
        codes: &["131030"],
        words: [
            (
                "This is a test number, and the customer is not among those it may write to.",
                "Add the customer's number to the test recipients in Meta's app dashboard.",
            ),
            (
                "Es un número de prueba y el cliente no está entre sus destinatarios permitidos.",
                "Añada el número del cliente a los destinatarios de prueba en el panel de Meta.",
            ),
            (
                "Este é um número de teste e o cliente não está entre os destinatários permitidos.",
                "Adicione o número do cliente aos destinatários de teste no painel da Meta.",
            ),
        ],
    },
    Entry {
        codes: &["130472"],
        words: [
            (
                "Meta held this marketing message back as part of an experiment.",
                "Wait for the customer to write, or use another channel; trying again does not help.",
            ),
            (
                "Meta retuvo este mensaje de marketing por un experimento.",
                "Espere a que el cliente escriba o use otro canal; reintentar no ayuda.",
            ),
            (
                "A Meta reteve esta mensagem de marketing por um experimento.",
                "Espere o cliente escrever ou use outro canal; tentar de novo não ajuda.",
            ),
        ],
    },
    Entry {
        codes: &["130497"],
        words: [
            (
                "This account may not write to customers in that country.",
                "Use another channel.",
            ),
            (
                "Esta cuenta no puede escribir a clientes de ese país.",
                "Use otro canal.",
            ),
            (
                "Esta conta não pode escrever para clientes desse país.",
                "Use outro canal.",
            ),
        ],
    },
    Entry {
        codes: &["131049"],
        words: [
            (
                "Meta did not deliver the marketing message, to spare the customer.",
                "Do not repeat it now; try another day or another channel.",
            ),
            (
                "Meta no entregó el mensaje de marketing para no saturar al cliente.",
                "No lo repita ahora; pruebe otro día u otro canal.",
            ),
            (
                "A Meta não entregou a mensagem de marketing para poupar o cliente.",
                "Não repita agora; tente outro dia ou outro canal.",
            ),
        ],
    },
    Entry {
        codes: &["131050"],
        words: [
            (
                "The customer does not want marketing messages from you.",
                "Respect it; answer only when the customer writes.",
            ),
            (
                "El cliente no quiere mensajes de marketing de su empresa.",
                "Respételo; responda solo cuando el cliente escriba.",
            ),
            (
                "O cliente não quer mensagens de marketing da sua empresa.",
                "Respeite; responda apenas quando o cliente escrever.",
            ),
        ],
    },
    Entry {
        codes: &["131000", "131016", "131057", "133004", "1", "2", "unreachable"],
        words: [
            (
                "WhatsApp has trouble of its own or cannot be reached.",
                "Nothing: the message is tried again. If it lasts, look at metastatus.com and at this server's network.",
            ),
            (
                "WhatsApp tiene un problema propio o no se puede alcanzar.",
                "Nada: el mensaje se intenta de nuevo. Si dura, mire metastatus.com y la red de este servidor.",
            ),
            (
                "O WhatsApp está com problemas ou não pode ser alcançado.",
                "Nada: a mensagem é tentada de novo. Se durar, veja metastatus.com e a rede deste servidor.",
            ),
        ],
    },
    Entry {
        codes: &["timeout", "broken", "answer", "no_id"],
        words: [
            (
                "WhatsApp did not say whether it took the message.",
                "Wait: it is not sent again until WhatsApp reports what became of it.",
            ),
            (
                "WhatsApp no dijo si aceptó el mensaje.",
                "Espere: no se envía otra vez hasta que WhatsApp informe qué pasó.",
            ),
            (
                "O WhatsApp não disse se aceitou a mensagem.",
                "Espere: ela não é enviada de novo até o WhatsApp informar o que aconteceu.",
            ),
        ],
    },
    Entry {
        codes: &["100", "131008", "131009", "135000", "33"],
        words: [
            (
                "WhatsApp did not understand the request.",
                "Check the number id of the inbox; if it is right, report this with the code.",
            ),
            (
                "WhatsApp no entendió la petición.",
                "Compruebe el identificador del número en la bandeja; si es correcto, informe del código.",
            ),
            (
                "O WhatsApp não entendeu a requisição.",
                "Verifique o identificador do número na caixa; se estiver certo, relate o código.",
            ),
        ],
    },
    Entry {
        codes: &["131021"],
        words: [
            (
                "The customer's number is the number of this inbox.",
                "Correct the contact's number.",
            ),
            (
                "El número del cliente es el mismo de esta bandeja.",
                "Corrija el número del contacto.",
            ),
            (
                "O número do cliente é o mesmo desta caixa.",
                "Corrija o número do contato.",
            ),
        ],
    },
    Entry {
        codes: &["131051"],
        words: [
            (
                "WhatsApp does not support this type of message.",
                "Ask the customer for it as text, photo or document.",
            ),
            (
                "WhatsApp no admite este tipo de mensaje.",
                "Pídaselo al cliente como texto, foto o documento.",
            ),
            (
                "O WhatsApp não aceita este tipo de mensagem.",
                "Peça ao cliente em texto, foto ou documento.",
            ),
        ],
    },
    Entry {
        codes: &["131052"],
        words: [
            (
                "WhatsApp could not fetch the customer's file.",
                "Ask the customer to send it again.",
            ),
            (
                "WhatsApp no pudo obtener el archivo del cliente.",
                "Pida al cliente que lo envíe otra vez.",
            ),
            (
                "O WhatsApp não conseguiu obter o arquivo do cliente.",
                "Peça ao cliente que envie de novo.",
            ),
        ],
    },
    Entry {
        codes: &["131053", "media_type", "media_too_large", "media_empty"],
        words: [
            (
                "WhatsApp does not take this file.",
                "Send a JPEG or PNG image, an MP4 video, a PDF or Office document, within WhatsApp's sizes.",
            ),
            (
                "WhatsApp no acepta este archivo.",
                "Envíe una imagen JPEG o PNG, un vídeo MP4, un PDF o documento de Office, dentro de los tamaños de WhatsApp.",
            ),
            (
                "O WhatsApp não aceita este arquivo.",
                "Envie uma imagem JPEG ou PNG, um vídeo MP4, um PDF ou documento do Office, dentro dos tamanhos do WhatsApp.",
            ),
        ],
    },
    Entry {
        codes: &["131037"],
        words: [
            (
                "The display name of this number is not approved.",
                "Have the display name approved in WhatsApp Manager.",
            ),
            (
                "El nombre visible de este número no está aprobado.",
                "Haga aprobar el nombre visible en el Administrador de WhatsApp.",
            ),
            (
                "O nome de exibição deste número não está aprovado.",
                "Peça a aprovação do nome de exibição no Gerenciador do WhatsApp.",
            ),
        ],
    },
    Entry {
        codes: &["131045", "133010"],
        words: [
            (
                "The number is not registered with the Cloud API.",
                "Register the number in WhatsApp Manager, then try again.",
            ),
            (
                "El número no está registrado en la Cloud API.",
                "Registre el número en el Administrador de WhatsApp y reintente.",
            ),
            (
                "O número não está registrado na Cloud API.",
                "Registre o número no Gerenciador do WhatsApp e tente de novo.",
            ),
        ],
    },
    Entry {
        codes: &["132000", "132012", "132008"],
        words: [
            (
                "The template has other variables than this inbox fills.",
                "Compare the variables of the template in WhatsApp Manager with the inbox's settings.",
            ),
            (
                "La plantilla tiene otras variables que las que rellena esta bandeja.",
                "Compare las variables de la plantilla en el Administrador de WhatsApp con la configuración de la bandeja.",
            ),
            (
                "O modelo tem variáveis diferentes das que esta caixa preenche.",
                "Compare as variáveis do modelo no Gerenciador do WhatsApp com as configurações da caixa.",
            ),
        ],
    },
    Entry {
        codes: &["132001"],
        words: [
            (
                "The template does not exist in this language or is not approved.",
                "Check its name, language and approval in WhatsApp Manager.",
            ),
            (
                "La plantilla no existe en este idioma o no está aprobada.",
                "Compruebe su nombre, idioma y aprobación en el Administrador de WhatsApp.",
            ),
            (
                "O modelo não existe neste idioma ou não está aprovado.",
                "Verifique nome, idioma e aprovação no Gerenciador do WhatsApp.",
            ),
        ],
    },
    Entry {
        codes: &["132005"],
        words: [
            ("The text is too long for the template.", "Shorten the message."),
            ("El texto es demasiado largo para la plantilla.", "Acorte el mensaje."),
            ("O texto é longo demais para o modelo.", "Encurte a mensagem."),
        ],
    },
    Entry {
        codes: &["132007", "132015", "132016"],
        words: [
            (
                "Meta paused, disabled or refused the template.",
                "Correct the template in WhatsApp Manager, or set another one in the inbox.",
            ),
            (
                "Meta pausó, desactivó o rechazó la plantilla.",
                "Corrija la plantilla en el Administrador de WhatsApp o configure otra en la bandeja.",
            ),
            (
                "A Meta pausou, desativou ou recusou o modelo.",
                "Corrija o modelo no Gerenciador do WhatsApp ou configure outro na caixa.",
            ),
        ],
    },
    Entry {
        codes: &["131062"],
        words: [
            (
                "This kind of message needs the customer's telephone number, which WhatsApp does not show.",
                "Ask the customer for the number, or send another kind of message.",
            ),
            (
                "Este tipo de mensaje necesita el teléfono del cliente, que WhatsApp no muestra.",
                "Pida el número al cliente o envíe otro tipo de mensaje.",
            ),
            (
                "Este tipo de mensagem precisa do telefone do cliente, que o WhatsApp não mostra.",
                "Peça o número ao cliente ou envie outro tipo de mensagem.",
            ),
        ],
    },
    Entry {
        codes: &["131063"],
        words: [
            (
                "Marketing templates are switched off for this account.",
                "Use a utility template, or switch them on in WhatsApp Manager.",
            ),
            (
                "Las plantillas de marketing están desactivadas en esta cuenta.",
                "Use una plantilla de utilidad o actívelas en el Administrador de WhatsApp.",
            ),
            (
                "Os modelos de marketing estão desativados nesta conta.",
                "Use um modelo de utilidade ou ative-os no Gerenciador do WhatsApp.",
            ),
        ],
    },
    Entry {
        codes: &["137000"],
        words: [
            (
                "The customer's WhatsApp identity changed.",
                "Make sure that it is still the same person before sending anything private.",
            ),
            (
                "La identidad de WhatsApp del cliente cambió.",
                "Asegúrese de que sigue siendo la misma persona antes de enviar algo privado.",
            ),
            (
                "A identidade do cliente no WhatsApp mudou.",
                "Confirme que ainda é a mesma pessoa antes de enviar algo privado.",
            ),
        ],
    },
];
