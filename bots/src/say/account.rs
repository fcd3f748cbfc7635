//! What a customer is told of what they owe. The cards come from whoever knows the invoices.

use conversation::card::{Card, CardAction, CardKind};
use conversation::types::Language;

use crate::decision::Said;

/// What one message shows; the rest is behind the link.
pub const MOST: usize = 3;

/// What is owed, in words that are ready to be said: `US$ 120.00, €35.00`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owed {
    /// In all; empty when nothing.
    pub total: String,
    /// What of it is past its day; empty when nothing.
    pub overdue: String,
}

/// What is owed, with the invoices that are due first. `account` is the page with all of them.
pub fn owed(language: Language, owed: &Owed, invoices: Vec<Card>, account: &str) -> Said {
    if owed.total.is_empty() {
        let text = match language {
            Language::En => "You owe nothing: everything is paid.",
            Language::Es => "No debe nada: todo está pagado.",
            Language::Pt => "Você não deve nada: está tudo pago.",
        };
        return listed(language, text.to_owned(), Vec::new(), account);
    }
    let mut text = match language {
        Language::En => format!("You owe {} in all.", owed.total),
        Language::Es => format!("En total debe {}.", owed.total),
        Language::Pt => format!("O total em aberto é de {}.", owed.total),
    };
    if owed.overdue == owed.total {
        text.push_str(match language {
            Language::En => " All of it is past its due date.",
            Language::Es => " Todo ya venció.",
            Language::Pt => " Tudo já venceu.",
        });
    } else if !owed.overdue.is_empty() {
        text.push_str(&match language {
            Language::En => format!(" Of that, {} is past its due date.", owed.overdue),
            Language::Es => format!(" De ese importe, {} ya venció.", owed.overdue),
            Language::Pt => format!(" Desse valor, {} já venceu.", owed.overdue),
        });
    }
    listed(language, text, invoices, account)
}

/// The customer's last invoices; `None` when there are none.
pub fn invoices(language: Language, invoices: Vec<Card>, account: &str) -> Option<Said> {
    let text = match (language, invoices.len()) {
        (_, 0) => return None,
        (Language::En, 1) => "Here is your last invoice.",
        (Language::Es, 1) => "Esta es su última factura.",
        (Language::Pt, 1) => "Esta é a sua última fatura.",
        (Language::En, _) => "Here are your last invoices.",
        (Language::Es, _) => "Estas son sus últimas facturas.",
        (Language::Pt, _) => "Estas são as suas últimas faturas.",
    };
    Some(listed(language, text.to_owned(), invoices, account))
}

fn listed(language: Language, mut text: String, mut cards: Vec<Card>, account: &str) -> Said {
    let has_more = cards.len() > MOST;
    cards.truncate(MOST);
    if has_more {
        text.push_str(match language {
            Language::En => " The first of them are below; all are in your account.",
            Language::Es => " Abajo están las primeras; todas están en su cuenta.",
            Language::Pt => " Abaixo estão as primeiras; todas estão na sua conta.",
        });
    }
    if has_more || cards.is_empty() {
        cards.push(door(
            match language {
                Language::En => "Your account",
                Language::Es => "Su cuenta",
                Language::Pt => "Sua conta",
            },
            match language {
                Language::En => "All my invoices",
                Language::Es => "Todas mis facturas",
                Language::Pt => "Todas as faturas",
            },
            account,
        ));
    }
    Said { text, cards }
}

/// How to be known: nothing of anybody's is said before.
pub fn sign_in(language: Language, path: &str) -> Said {
    let text = match language {
        Language::En => {
            "Before I can tell you about your account, I need to know that it is you. Sign in with the e-mail address that your invoices go to, and you will see what is open and can pay it there. If you would rather have a person look into it, just say so."
        }
        Language::Es => {
            "Antes de contarle sobre su cuenta necesito saber que es usted. Entre con el correo al que llegan sus facturas: allí verá lo que está pendiente y podrá pagarlo. Si prefiere que lo vea una persona, dígamelo."
        }
        Language::Pt => {
            "Antes de falar da sua conta, preciso saber que é você. Entre com o e-mail que recebe as suas faturas: lá você vê o que está em aberto e pode pagar. Se preferir que uma pessoa veja isso, é só dizer."
        }
    };
    let (title, label) = match language {
        Language::En => ("Sign in to your account", "Sign in"),
        Language::Es => ("Entre a su cuenta", "Entrar"),
        Language::Pt => ("Entre na sua conta", "Entrar"),
    };
    Said {
        text: text.to_owned(),
        cards: vec![door(title, label, path)],
    }
}

fn door(title: &str, label: &str, path: &str) -> Card {
    Card {
        kind: CardKind::Choice,
        reference: String::new(),
        title: title.to_owned(),
        body: String::new(),
        facts: Vec::new(),
        actions: vec![CardAction::Open {
            label: label.to_owned(),
            path: path.to_owned(),
        }],
    }
}

#[cfg(test)]
mod tests;
