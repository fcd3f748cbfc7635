//! What the simulated customers say. Some get their answer from the bot, some ask for a person, some
//! bring what no article answers.

use conversation::types::{Channel, Language};

/// One thing a customer does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Writes.
    Say(&'static str),
    /// Presses a button of the last answer: `0` is the first.
    Press(usize),
}

/// One customer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Customer {
    /// The name.
    pub(super) name: &'static str,
    /// The channel.
    pub(super) channel: Channel,
    /// The language.
    pub(super) language: Language,
    /// What the mail or the form is about.
    pub(super) subject: &'static str,
    /// What happens, in order; each step but the first waits for an answer.
    pub(super) steps: &'static [Step],
}

use Channel::{Email, Instagram, Portal, Webchat, Whatsapp};
use Language::{En, Es, Pt};
use Step::{Press, Say};

/// The whole cast, in the order of their appearance.
pub(super) const CUSTOMERS: &[Customer] = &[
    Customer {
        name: "Mariana Torres",
        channel: Whatsapp,
        language: Es,
        subject: "",
        steps: &[
            Say("Hola, buenos días"),
            Say("hay un atasco de papel en la copiadora del segundo piso"),
            Press(0),
        ],
    },
    Customer {
        name: "João Pereira",
        channel: Email,
        language: Pt,
        subject: "Segunda via da fatura",
        steps: &[Say(
            "Bom dia,\n\nPreciso da segunda via da fatura de outubro para a contabilidade.\n\nObrigado,\nJoão",
        )],
    },
    Customer {
        name: "Emily Carter",
        channel: Webchat,
        language: En,
        subject: "",
        steps: &[Say("how do I change the toner cartridge?"), Press(0)],
    },
    Customer {
        name: "Lucía Fernández",
        channel: Portal,
        language: Es,
        subject: "Mancha negra en todas las hojas",
        steps: &[Say(
            "Desde ayer todas las copias salen con una raya negra a la derecha. Ya limpiamos el vidrio y sigue igual.",
        )],
    },
    Customer {
        name: "Rafael Souza",
        channel: Whatsapp,
        language: Pt,
        subject: "",
        steps: &[Say("oi, quero falar com um atendente por favor")],
    },
    Customer {
        name: "Carlos Mendoza",
        channel: Email,
        language: Es,
        subject: "Cobro doble en la factura 1542",
        steps: &[Say(
            "Buenas tardes:\n\nEn la factura 1542 nos cobraron dos veces el excedente de septiembre. ¿Pueden revisarlo con el departamento de cobranza?\n\nSaludos,\nCarlos Mendoza\nDistribuidora del Pacífico",
        )],
    },
    Customer {
        name: "Ana Beatriz Lima",
        channel: Webchat,
        language: Pt,
        subject: "",
        steps: &[Say("a impressora aparece offline na rede"), Press(1)],
    },
    Customer {
        name: "Daniel Brooks",
        channel: Whatsapp,
        language: En,
        subject: "",
        steps: &[
            Say("Hi! How do I send you the meter reading?"),
            Press(0),
            Say("thanks!"),
        ],
    },
    Customer {
        name: "Camila Rocha",
        channel: Instagram,
        language: Pt,
        subject: "",
        steps: &[Say("oii, como troco o toner da impressora?"), Press(0)],
    },
    Customer {
        name: "Sofía Ramírez",
        channel: Webchat,
        language: Es,
        subject: "",
        steps: &[Say("¿qué formas de pago aceptan?"), Press(0)],
    },
    Customer {
        name: "Patrícia Gomes",
        channel: Portal,
        language: Pt,
        subject: "Mudança de endereço da máquina",
        steps: &[Say(
            "Vamos mudar de escritório no dia 15 e precisamos levar a copiadora para o novo endereço. Como agendamos?",
        )],
    },
    Customer {
        name: "Jorge Castillo",
        channel: Whatsapp,
        language: Es,
        subject: "",
        steps: &[
            Say("la máquina hace un ruido horrible y huele a quemado"),
            Say("necesito hablar con una persona, que venga alguien hoy"),
        ],
    },
    Customer {
        name: "Olivia Hughes",
        channel: Email,
        language: En,
        subject: "Contract renewal",
        steps: &[Say(
            "Hello,\n\nOur contract ends in January. How do we renew it, and can we keep the same machine?\n\nBest regards,\nOlivia",
        )],
    },
    Customer {
        name: "Fernanda Alves",
        channel: Whatsapp,
        language: Pt,
        subject: "",
        steps: &[Say("como faço para escanear para o e-mail?"), Press(0)],
    },
    Customer {
        name: "Miguel Ángel Ruiz",
        channel: Webchat,
        language: Es,
        subject: "",
        steps: &[
            Say("quiero hablar con una persona"),
            Say("es por el robo de un equipo en la sucursal norte"),
        ],
    },
    Customer {
        name: "Grace Lee",
        channel: Portal,
        language: En,
        subject: "Wrong company name on our invoice",
        steps: &[Say(
            "Our company changed its name last month and the invoice still shows the old one. Could you reissue it?",
        )],
    },
    Customer {
        name: "Bruno Carvalho",
        channel: Email,
        language: Pt,
        subject: "Visita técnica",
        steps: &[Say(
            "Olá,\n\nO que preciso preparar antes da visita do técnico na quinta-feira?\n\nAbraço,\nBruno",
        )],
    },
    Customer {
        name: "Valentina Rojas",
        channel: Whatsapp,
        language: Es,
        subject: "",
        steps: &[Say("¿cuál es el horario de atención?"), Press(0), Say("gracias 🙌")],
    },
    Customer {
        name: "Thomas Wright",
        channel: Webchat,
        language: En,
        subject: "",
        steps: &[Say("prints come out with lines across the page"), Press(1)],
    },
    Customer {
        name: "Camila Duarte",
        channel: Webchat,
        language: Pt,
        subject: "",
        steps: &[Say("papel atolado na bandeja 2"), Press(0)],
    },
    Customer {
        name: "Ricardo Peña",
        channel: Email,
        language: Es,
        subject: "Baja del contrato",
        steps: &[Say(
            "Estimados:\n\nQueremos dar de baja el contrato de la sucursal centro a fin de mes. Les pido que me llame un ejecutivo.\n\nAtentamente,\nRicardo Peña",
        )],
    },
];

/// The number that a customer of the first round writes from, where they write by WhatsApp.
pub(super) fn number_of(name: &str) -> Option<String> {
    CUSTOMERS
        .iter()
        .find(|customer| customer.name == name && customer.channel == Channel::Whatsapp)
        .map(|customer| format!("+{}", number(customer, 0)))
}

/// The number that a customer writes from in a round.
pub(super) fn number(customer: &Customer, round: usize) -> String {
    let seed: u64 = customer
        .name
        .bytes()
        .fold(7, |sum, byte| sum * 31 % 9_000_000 + u64::from(byte));
    format!("52155{:08}", (seed + round as u64 * 7919) % 100_000_000)
}
