//! The rest of the codes that Meta documents: registration, verification, flows, and what only a few accounts see.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        codes: &["131043", "131054"],
        words: [
            (
                "The message was not delivered while it was worth delivering, and WhatsApp gave it up.",
                "Send it again if it still matters, or use another channel.",
            ),
            (
                "El mensaje no se entregó a tiempo y WhatsApp lo descartó.",
                "Envíelo otra vez si aún importa o use otro canal.",
            ),
            (
                "A mensagem não foi entregue a tempo e o WhatsApp desistiu dela.",
                "Envie de novo se ainda importar ou use outro canal.",
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
    Entry {
        codes: &["131020", "131041"],
        words: [
            (
                "WhatsApp has not taken the message for this customer.",
                "Try again later, or use another channel.",
            ),
            (
                "WhatsApp no aceptó el mensaje para este cliente.",
                "Inténtelo más tarde o use otro canal.",
            ),
            (
                "O WhatsApp não aceitou a mensagem para este cliente.",
                "Tente mais tarde ou use outro canal.",
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
