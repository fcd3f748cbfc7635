//! What a survey says where the business wrote no words of its own.

use super::Kind;
use crate::types::Language;

/// The words of one kind in one language.
pub(super) struct Words {
    pub(super) question: &'static str,
    /// What the ends of the scale mean.
    pub(super) scale: &'static str,
    pub(super) thanks: &'static str,
    /// On the link to the page.
    pub(super) open: &'static str,
    /// On the link behind the thanks.
    pub(super) comment: &'static str,
    /// Where there are no buttons: a number is an answer.
    pub(super) number: &'static str,
}

pub(super) const fn of(kind: Kind, language: Language) -> &'static Words {
    match (kind, language) {
        (Kind::Csat, Language::En) => &Words {
            question: "How was our help?",
            scale: "1 is very bad, 5 is very good.",
            thanks: "Thank you for your answer!",
            open: "Answer",
            comment: "Tell us more",
            number: "Reply with a number from 1 to 5.",
        },
        (Kind::Csat, Language::Es) => &Words {
            question: "¿Cómo fue nuestra ayuda?",
            scale: "1 es muy mala, 5 es muy buena.",
            thanks: "¡Gracias por su respuesta!",
            open: "Responder",
            comment: "Contarnos más",
            number: "Responda con un número del 1 al 5.",
        },
        (Kind::Csat, Language::Pt) => &Words {
            question: "Como foi a nossa ajuda?",
            scale: "1 é muito ruim, 5 é muito boa.",
            thanks: "Obrigado pela sua resposta!",
            open: "Responder",
            comment: "Contar mais",
            number: "Responda com um número de 1 a 5.",
        },
        (Kind::Nps, Language::En) => &Words {
            question: "How likely are you to recommend us to a friend or colleague?",
            scale: "0 is not at all likely, 10 is very likely.",
            thanks: "Thank you for your answer!",
            open: "Answer",
            comment: "Tell us more",
            number: "Reply with a number from 0 to 10.",
        },
        (Kind::Nps, Language::Es) => &Words {
            question: "¿Qué probabilidad hay de que nos recomiende a un amigo o colega?",
            scale: "0 es nada probable, 10 es muy probable.",
            thanks: "¡Gracias por su respuesta!",
            open: "Responder",
            comment: "Contarnos más",
            number: "Responda con un número del 0 al 10.",
        },
        (Kind::Nps, Language::Pt) => &Words {
            question: "Qual a probabilidade de nos recomendar a um amigo ou colega?",
            scale: "0 é nada provável, 10 é muito provável.",
            thanks: "Obrigado pela sua resposta!",
            open: "Responder",
            comment: "Contar mais",
            number: "Responda com um número de 0 a 10.",
        },
    }
}

/// The words on the button of a score: at most 20 characters, what a WhatsApp button holds.
pub fn label(kind: Kind, score: i64, language: Language) -> String {
    const CSAT: [[&str; 3]; 5] = [
        ["Very bad", "Muy mala", "Muito ruim"],
        ["Bad", "Mala", "Ruim"],
        ["Fair", "Regular", "Regular"],
        ["Good", "Buena", "Boa"],
        ["Very good", "Muy buena", "Muito boa"],
    ];
    let place = match language {
        Language::En => 0,
        Language::Es => 1,
        Language::Pt => 2,
    };
    let word = match kind {
        Kind::Csat => usize::try_from(score - 1).ok().and_then(|at| CSAT.get(at)),
        Kind::Nps => None,
    };
    match word {
        Some(words) => format!("{score} · {}", words[place]),
        None => score.to_string(),
    }
}
