//! What customers read of tickets where nobody wrote words of their own.

use super::occasion::Occasion;
use crate::desk::Texts;
use crate::types::{Language, TicketStatus};

/// The same in English, Spanish and Portuguese.
type Said = [&'static str; 3];

fn pick(said: Said, language: Language) -> &'static str {
    match language {
        Language::En => said[0],
        Language::Es => said[1],
        Language::Pt => said[2],
    }
}

pub(super) fn status(language: Language, status: TicketStatus) -> &'static str {
    let said = match status {
        TicketStatus::New => ["New", "Nuevo", "Novo"],
        TicketStatus::Open => ["In progress", "En curso", "Em andamento"],
        TicketStatus::Waiting => ["Waiting for you", "A la espera de usted", "Aguardando você"],
        TicketStatus::Confirming => ["Please confirm", "Confírmelo, por favor", "Confirme, por favor"],
        TicketStatus::Resolved => ["Resolved", "Resuelto", "Resolvido"],
    };
    pick(said, language)
}

pub(super) fn status_label(language: Language) -> &'static str {
    pick(["Status", "Estado", "Situação"], language)
}

/// At most 20 characters each, which is what a WhatsApp button holds.
pub(super) fn solved(language: Language) -> (&'static str, &'static str) {
    (
        pick(["Yes, it is solved", "Sí, está resuelto", "Sim, resolvido"], language),
        pick(["No, not yet", "No, todavía no", "Não, ainda não"], language),
    )
}

pub(super) fn is_it_solved(language: Language) -> &'static str {
    pick(["Is it solved?", "¿Está resuelto?", "Está resolvido?"], language)
}

pub(super) fn open(language: Language) -> &'static str {
    pick(["See the ticket", "Ver el ticket", "Ver o chamado"], language)
}

/// What an occasion says unless somebody wrote other words; the administrator sees it as a proposal.
pub(super) fn proposal(occasion: Occasion) -> Texts {
    let said: Said = match occasion {
        Occasion::Opened => [
            "We opened ticket {{ticket.number}} for you: {{ticket.subject}}. You will hear from us here.",
            "Abrimos el ticket {{ticket.number}} para usted: {{ticket.subject}}. Le avisaremos por aquí.",
            "Abrimos o chamado {{ticket.number}} para você: {{ticket.subject}}. Avisaremos por aqui.",
        ],
        Occasion::Started => [
            "Somebody is working on {{ticket.number}} now.",
            "Ya hay alguien trabajando en {{ticket.number}}.",
            "Já tem alguém trabalhando no {{ticket.number}}.",
        ],
        Occasion::Escalated => [
            "{{ticket.number}} is with our specialists now.",
            "{{ticket.number}} está ahora con nuestros especialistas.",
            "O {{ticket.number}} está agora com os nossos especialistas.",
        ],
        Occasion::Waiting => [
            "{{ticket.number}} waits for your answer.",
            "{{ticket.number}} espera su respuesta.",
            "O {{ticket.number}} aguarda a sua resposta.",
        ],
        Occasion::Asked => [
            "We think that {{ticket.number}} ({{ticket.subject}}) is solved. Is it?",
            "Creemos que {{ticket.number}} ({{ticket.subject}}) está resuelto. ¿Es así?",
            "Acreditamos que o {{ticket.number}} ({{ticket.subject}}) está resolvido. Confere?",
        ],
        Occasion::Resolved => [
            "{{ticket.number}} is resolved. If anything is left, answer here and it opens again.",
            "{{ticket.number}} está resuelto. Si falta algo, responda aquí y se abre de nuevo.",
            "O {{ticket.number}} está resolvido. Se faltar algo, responda aqui e ele é reaberto.",
        ],
        Occasion::Reopened => [
            "{{ticket.number}} is open again.",
            "{{ticket.number}} está abierto de nuevo.",
            "O {{ticket.number}} está aberto de novo.",
        ],
    };
    Texts::of(
        Language::ALL
            .iter()
            .map(|language| (*language, pick(said, *language).to_owned())),
    )
}

/// Whether a short text says that it is solved, or that it is not; `None` where a person has to read it.
pub(super) fn says_solved(text: &str) -> Option<bool> {
    const YES: [&str; 14] = [
        "yes",
        "yep",
        "solved",
        "resolved",
        "it is solved",
        "si",
        "esta resuelto",
        "resuelto",
        "listo",
        "sim",
        "resolvido",
        "esta resolvido",
        "deu certo",
        "funcionou",
    ];
    const NO: [&str; 12] = [
        "no",
        "nope",
        "not yet",
        "not solved",
        "it is not solved",
        "todavia no",
        "aun no",
        "no esta resuelto",
        "nao",
        "ainda nao",
        "nao esta resolvido",
        "nao resolveu",
    ];
    // The longer of two that end alike comes first.
    const THANKS: [&str; 8] = [
        "thanks",
        "thank you",
        "muchas gracias",
        "gracias",
        "muito obrigado",
        "muito obrigada",
        "obrigado",
        "obrigada",
    ];
    if text.chars().count() > 60 {
        return None;
    }
    let mut said = plain(text);
    for thanks in THANKS {
        if let Some(rest) = said.strip_suffix(thanks).filter(|rest| !rest.trim().is_empty()) {
            said = rest.trim().to_owned();
            break;
        }
    }
    // The words of the buttons, typed.
    let typed = |pick: fn((&'static str, &'static str)) -> &'static str| {
        Language::ALL
            .iter()
            .any(|language| plain(pick(solved(*language))) == said)
    };
    if YES.contains(&said.as_str()) || typed(|(yes, _)| yes) {
        Some(true)
    } else if NO.contains(&said.as_str()) || typed(|(_, no)| no) {
        Some(false)
    } else {
        None
    }
}

/// The words alone: small letters without accents or marks.
fn plain(text: &str) -> String {
    let folded: String = crate::letters::folded(text)
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_fit_and_short_answers_are_understood() {
        for language in Language::ALL {
            let (yes, no) = solved(*language);
            assert!(yes.chars().count() <= 20 && no.chars().count() <= 20, "{yes} {no}");
        }
        for (text, expected) in [
            ("Yes!", Some(true)),
            ("Sí, muchas gracias", Some(true)),
            ("Sim. Obrigado!", Some(true)),
            ("não", Some(false)),
            ("Ainda não, obrigada", Some(false)),
            ("No", Some(false)),
            ("Sí, está resuelto", Some(true)),
            ("Não, ainda não.", Some(false)),
            ("obrigado", None),
            ("Sim, mas a tela continua preta", None),
            ("", None),
        ] {
            assert_eq!(says_solved(text), expected, "{text}");
        }
    }
}
