//! The account and its number: access, permission, payment, registration, verification.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
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
        codes: &["133000", "133015"],
        words: [
            (
                "The number is still being removed from its former registration.",
                "Wait some minutes, then register it again in WhatsApp Manager.",
            ),
            (
                "El número aún se está quitando de su registro anterior.",
                "Espere unos minutos y regístrelo otra vez en el Administrador de WhatsApp.",
            ),
            (
                "O número ainda está sendo retirado do registro anterior.",
                "Espere alguns minutos e registre-o de novo no Gerenciador do WhatsApp.",
            ),
        ],
    },
    Entry {
        codes: &["133005", "133008", "133009"],
        words: [
            (
                "The PIN of the number’s two-step verification is wrong, or was tried too often.",
                "Wait as long as Meta says; then enter the right PIN, or set a new one in WhatsApp Manager.",
            ),
            (
                "El PIN de la verificación en dos pasos del número es incorrecto o se probó demasiadas veces.",
                "Espere lo que indique Meta; después escriba el PIN correcto o cree uno nuevo en el Administrador de WhatsApp.",
            ),
            (
                "O PIN da confirmação em duas etapas do número está errado ou foi tentado vezes demais.",
                "Espere o tempo indicado pela Meta; depois informe o PIN certo ou crie um novo no Gerenciador do WhatsApp.",
            ),
        ],
    },
    Entry {
        codes: &["133006", "136025"],
        words: [
            (
                "The number has to be verified again.",
                "Verify it by SMS or call in WhatsApp Manager, then register it.",
            ),
            (
                "Hay que verificar el número otra vez.",
                "Verifíquelo por SMS o llamada en el Administrador de WhatsApp y después regístrelo.",
            ),
            (
                "O número precisa ser verificado de novo.",
                "Verifique-o por SMS ou ligação no Gerenciador do WhatsApp e depois registre-o.",
            ),
        ],
    },
    Entry {
        codes: &["134011"],
        words: [
            (
                "The terms of WhatsApp payments have not been accepted.",
                "An administrator must accept them in WhatsApp Manager.",
            ),
            (
                "No se han aceptado las condiciones de pagos de WhatsApp.",
                "Un administrador debe aceptarlas en el Administrador de WhatsApp.",
            ),
            (
                "Os termos de pagamentos do WhatsApp não foram aceitos.",
                "Um administrador precisa aceitá-los no Gerenciador do WhatsApp.",
            ),
        ],
    },
    Entry {
        codes: &["131002", "131006", "131055", "1752041", "506"],
        words: [
            (
                "WhatsApp does not allow this request for this number, or has had it already.",
                "Check the number and the account of the inbox in WhatsApp Manager; report the code if it comes again.",
            ),
            (
                "WhatsApp no permite esta petición para este número, o ya la recibió.",
                "Revise el número y la cuenta de la bandeja en el Administrador de WhatsApp; informe del código si se repite.",
            ),
            (
                "O WhatsApp não permite esta requisição para este número, ou já a recebeu.",
                "Verifique o número e a conta da caixa no Gerenciador do WhatsApp; relate o código se ele se repetir.",
            ),
        ],
    },
];
