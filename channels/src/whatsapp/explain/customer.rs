//! Who is written to: whether they can be reached, and whether Meta lets a message through to them.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
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
        codes: &["131050", "no_marketing"],
        words: [
            (
                "The customer does not want marketing messages from you, and this template is one.",
                "Send a template of the category utility, use another channel, or wait until the customer writes.",
            ),
            (
                "El cliente no quiere mensajes de marketing de su empresa, y esta plantilla lo es.",
                "Envíe una plantilla de la categoría utilidad, use otro canal o espere a que el cliente escriba.",
            ),
            (
                "O cliente não quer mensagens de marketing da sua empresa, e este modelo é uma.",
                "Envie um modelo da categoria utilidade, use outro canal ou espere o cliente escrever.",
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
];
