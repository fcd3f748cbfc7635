//! The mail that confirms an address which somebody left in the chat.

use conversation::types::Language;

/// The words of one language.
pub(super) struct Words {
    pub(super) subject: &'static str,
    pub(super) text: &'static str,
    pub(super) button: &'static str,
}

/// The words of a language.
pub(super) const fn of(language: Language) -> &'static Words {
    match language {
        Language::En => &Words {
            subject: "Confirm your e-mail address",
            text: "You left this address in our chat, so that we can answer you here, too.\n\nIf it was not you, you can ignore this mail.",
            button: "Confirm the address",
        },
        Language::Es => &Words {
            subject: "Confirme su correo electrónico",
            text: "Dejó esta dirección en nuestro chat para que también podamos responderle aquí.\n\nSi no fue usted, puede ignorar este correo.",
            button: "Confirmar la dirección",
        },
        Language::Pt => &Words {
            subject: "Confirme o seu e-mail",
            text: "Você deixou este endereço no nosso chat para que possamos responder também por aqui.\n\nSe não foi você, pode ignorar este e-mail.",
            button: "Confirmar o endereço",
        },
    }
}
