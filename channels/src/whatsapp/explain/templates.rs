//! Templates, and the flows in them.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
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
        codes: &["132018"],
        words: [
            (
                "A value does not fit the template’s variable.",
                "Look at the values again: no line breaks, no more than four spaces in a row, and the type that the template asks for.",
            ),
            (
                "Un valor no encaja en la variable de la plantilla.",
                "Revise los valores: sin saltos de línea, sin más de cuatro espacios seguidos y del tipo que pide la plantilla.",
            ),
            (
                "Um valor não serve na variável do modelo.",
                "Reveja os valores: sem quebras de linha, sem mais de quatro espaços seguidos e do tipo que o modelo pede.",
            ),
        ],
    },
    Entry {
        codes: &["132068", "132069"],
        words: [
            (
                "Meta blocked the flow of this message, or slows it down.",
                "Look at the flow in WhatsApp Manager; send the question as words meanwhile.",
            ),
            (
                "Meta bloqueó el flujo de este mensaje o lo está limitando.",
                "Revise el flujo en el Administrador de WhatsApp; mientras tanto haga la pregunta con texto.",
            ),
            (
                "A Meta bloqueou o fluxo desta mensagem ou o está limitando.",
                "Veja o fluxo no Gerenciador do WhatsApp; enquanto isso, faça a pergunta em texto.",
            ),
        ],
    },
    Entry {
        codes: &["134100", "134101", "134102"],
        words: [
            (
                "This template cannot go out by the marketing interface, or is not ready there yet.",
                "Wait ten minutes after the template changed; otherwise choose another template.",
            ),
            (
                "Esta plantilla no puede salir por la interfaz de marketing o aún no está lista en ella.",
                "Espere diez minutos tras cambiar la plantilla; si no, elija otra.",
            ),
            (
                "Este modelo não pode sair pela interface de marketing ou ainda não está pronto nela.",
                "Espere dez minutos depois de mudar o modelo; se não, escolha outro.",
            ),
        ],
    },
];
