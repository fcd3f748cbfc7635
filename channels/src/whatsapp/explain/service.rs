//! WhatsApp itself: how much it takes at a time, and when it cannot be reached.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
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
        codes: &["2494100"],
        words: [
            (
                "The number is in maintenance at Meta for some minutes.",
                "Nothing: the message is tried again.",
            ),
            (
                "El número está en mantenimiento en Meta por unos minutos.",
                "Nada: el mensaje se intenta de nuevo.",
            ),
            (
                "O número está em manutenção na Meta por alguns minutos.",
                "Nada: a mensagem é tentada de novo.",
            ),
        ],
    },
];
