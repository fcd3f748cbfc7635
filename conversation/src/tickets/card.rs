//! The cards of tickets: the ticket itself, and the question whether it is solved.

use super::{Ticket, number_text, words};
use crate::card::{Card, CardAction, CardKind};
use crate::cards;
use crate::error::Result;
use crate::store::Tx;
use crate::types::{Actor, Language, TicketId, TicketStatus};

/// Where customers see a ticket, below the public address.
fn path(ticket: &TicketId) -> String {
    format!("/portal/tickets/{ticket}")
}

/// A ticket as its customer sees it.
pub fn of(language: Language, ticket: &Ticket) -> Card {
    Card {
        kind: CardKind::Ticket,
        reference: ticket.id.to_string(),
        title: title(ticket),
        body: String::new(),
        facts: facts(language, ticket.status),
        actions: vec![CardAction::Open {
            label: words::open(language).to_owned(),
            path: path(&ticket.id),
        }],
    }
}

fn title(ticket: &Ticket) -> String {
    let subject: String = ticket.subject.chars().take(120).collect();
    format!("{} · {subject}", number_text(ticket.number))
}

fn facts(language: Language, status: TicketStatus) -> Vec<(String, String)> {
    vec![(
        words::status_label(language).to_owned(),
        words::status(language, status).to_owned(),
    )]
}

/// The question whether it is solved. Its answers are `solved:yes:<ticket>` and `solved:no:<ticket>`.
pub(super) fn question(language: Language, ticket: &Ticket) -> Card {
    let (yes, no) = words::solved(language);
    let answer = |label: &str, word: &str| CardAction::Answer {
        label: label.to_owned(),
        value: format!("solved:{word}:{}", ticket.id),
    };
    Card {
        kind: CardKind::Choice,
        reference: ticket.id.to_string(),
        title: words::is_it_solved(language).to_owned(),
        body: title(ticket),
        facts: Vec::new(),
        actions: vec![answer(yes, "yes"), answer(no, "no")],
    }
}

/// What a press on that question says: which ticket, and whether it is solved.
pub(super) fn pressed(value: &str) -> Option<(TicketId, bool)> {
    let rest = value.strip_prefix("solved:")?;
    let (word, ticket) = rest.split_once(':')?;
    match word {
        "yes" => Some((TicketId::from(ticket), true)),
        "no" => Some((TicketId::from(ticket), false)),
        _ => None,
    }
}

/// Draws the cards of a ticket anew wherever messages carry them; what can be done with each stays.
pub(super) async fn refresh_in(tx: &mut Tx, ticket: &Ticket) -> Result<usize> {
    cards::redraw_in(
        tx,
        &Actor::System,
        ticket.id.as_str(),
        CardKind::Ticket,
        |language, old| Card {
            title: title(ticket),
            facts: facts(language_of(old, language), ticket.status),
            ..old.clone()
        },
    )
    .await
}

/// A card stays in the language that it was sent in, as the words around it do, also where its message became part of a
/// conversation in another one.
fn language_of(card: &Card, usual: Language) -> Language {
    let is_drawn_in = |language: &Language| {
        let mut statuses = TicketStatus::ALL.iter();
        statuses.any(|status| facts(*language, *status) == card.facts)
    };
    let all = std::iter::once(&usual).chain(Language::ALL);
    all.copied().find(is_drawn_in).unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_stays_in_the_language_that_it_was_sent_in() {
        for language in Language::ALL {
            for status in TicketStatus::ALL {
                let card = Card {
                    kind: CardKind::Ticket,
                    reference: String::new(),
                    title: String::new(),
                    body: String::new(),
                    facts: facts(*language, *status),
                    actions: Vec::new(),
                };
                for usual in Language::ALL {
                    let found = language_of(&card, *usual);
                    assert_eq!(facts(found, *status), card.facts, "{language} beside {usual}");
                }
            }
        }
    }
}
