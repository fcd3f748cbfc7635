//! What was sent: requests, texts and files.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
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
        codes: &["131001"],
        words: [
            (
                "The text is longer than WhatsApp takes.",
                "Shorten the message, or send it in parts.",
            ),
            (
                "El texto es más largo de lo que WhatsApp acepta.",
                "Acorte el mensaje o envíelo por partes.",
            ),
            (
                "O texto é mais longo do que o WhatsApp aceita.",
                "Encurte a mensagem ou envie em partes.",
            ),
        ],
    },
];
