//! A decision as the message that the customer gets. Pure. Labels are whole and differ; what a channel's button does
//! not hold is cut by that channel. Values fit into every channel's button.

use conversation::card::{Card, CardAction, CardKind};
use conversation::tickets::Ticket;
use conversation::types::Language;
use kb::Candidate;

use crate::button::CardValue;
use crate::decision::{Reason, Said, SmallTalk};
use crate::words;

pub mod account;
pub mod menu;

/// The longest headline on a button, in characters.
const LABEL: usize = 200;
/// The longest value of an answer, in bytes: with the message's id in front it must fit into the 200
/// that WhatsApp gives a row of a list.
const VALUE: usize = 160;
/// The longest passage, in characters; the rest is behind the link.
const PASSAGE: usize = 1_500;

fn answer(label: String, value: &CardValue) -> CardAction {
    CardAction::Answer {
        label,
        value: value.to_string(),
    }
}

/// The passage, the article's card and "did this help?".
pub fn answered(language: Language, candidate: &Candidate) -> Said {
    let passage = passage_of(candidate, PASSAGE);
    let intro = if candidate.language == language {
        words::answer_intro(language).to_owned()
    } else {
        words::answer_in_other_language(language, candidate.language).to_owned()
    };
    let id = Some(candidate.article_id.clone()).filter(|id| id.len() <= VALUE - "helped:yes:".len());
    Said {
        text: if passage.is_empty() {
            intro
        } else {
            format!("{intro}\n\n{passage}")
        },
        cards: vec![Card {
            kind: CardKind::Article,
            reference: candidate.article_id.clone(),
            title: candidate.title.clone(),
            body: words::did_it_help(language).to_owned(),
            facts: Vec::new(),
            actions: vec![
                CardAction::Open {
                    label: words::read_more_label(language).to_owned(),
                    path: candidate.path.clone(),
                },
                answer(
                    words::helped_label(language).to_owned(),
                    &CardValue::HelpedYes(id.clone()),
                ),
                answer(words::not_helped_label(language).to_owned(), &CardValue::HelpedNo(id)),
            ],
        }],
    }
}

/// Several answers in one message: each under its headline, and one "did this help?" at the end.
pub fn answered_all(language: Language, candidates: &[Candidate]) -> Said {
    let parts: Vec<Said> = candidates
        .iter()
        .map(|candidate| answered(language, candidate))
        .collect();
    let mut text = words::answers_intro(language).to_owned();
    let each = PASSAGE / candidates.len().max(1);
    for candidate in candidates {
        let passage = passage_of(candidate, each.max(300));
        let title = candidate.title.trim();
        text.push_str(&format!("\n\n### {title}\n\n{passage}"));
    }
    let last = parts.len().saturating_sub(1);
    let mut cards: Vec<Card> = parts.into_iter().flat_map(|part| part.cards).collect();
    for card in &mut cards[..last] {
        card.body.clear();
        card.actions.retain(|action| matches!(action, CardAction::Open { .. }));
    }
    Said { text, cards }
}

/// The state of a customer's tickets.
pub fn tickets(language: Language, tickets: &[&Ticket]) -> Said {
    Said {
        text: words::tickets_intro(language).to_owned(),
        cards: tickets.iter().map(|ticket| ticket_card(language, ticket)).collect(),
    }
}

/// The question back: a button for each headline, and always the way to a person.
pub fn clarify(language: Language, candidates: &[Candidate]) -> Said {
    let person = words::person_label(language);
    let fitting: Vec<&Candidate> = candidates
        .iter()
        .filter(|candidate| candidate.article_id.len() <= VALUE - "choose:".len())
        .collect();
    let labels: Vec<String> = fitting
        .iter()
        .map(|candidate| clip(candidate.title.trim(), LABEL))
        .collect();
    let is_distinct = labels
        .iter()
        .enumerate()
        .all(|(at, label)| *label != person && !label.is_empty() && !labels[..at].contains(label));
    let mut actions: Vec<CardAction> = fitting
        .iter()
        .zip(labels)
        .enumerate()
        .map(|(at, (candidate, label))| {
            let label = if is_distinct {
                label
            } else {
                format!("{}. {label}", at + 1)
            };
            answer(label, &CardValue::Choose(candidate.article_id.clone()))
        })
        .collect();
    actions.push(answer(person.to_owned(), &CardValue::Person));
    Said {
        text: String::new(),
        cards: vec![Card {
            kind: CardKind::Choice,
            reference: String::new(),
            title: words::clarify(language).to_owned(),
            body: String::new(),
            facts: Vec::new(),
            actions,
        }],
    }
}

/// A courtesy.
pub fn small_talk(language: Language, kind: SmallTalk) -> Said {
    let text = words::small_talk(language, kind);
    match kind {
        // Who asks whether a person is there may want one.
        SmallTalk::About => Said {
            text: text.to_owned(),
            cards: vec![rather_a_person(language)],
        },
        SmallTalk::Greeting | SmallTalk::Thanks | SmallTalk::GladItHelped => plain(text),
    }
}

/// The question whether a person is wanted, with the button for one.
fn rather_a_person(language: Language) -> Card {
    Card {
        kind: CardKind::Choice,
        reference: String::new(),
        title: words::rather_a_person(language).to_owned(),
        body: String::new(),
        facts: Vec::new(),
        actions: vec![answer(words::person_label(language).to_owned(), &CardValue::Person)],
    }
}

/// Words and nothing else.
pub fn plain(text: impl Into<String>) -> Said {
    Said {
        text: text.into(),
        cards: Vec::new(),
    }
}

/// "People have it now", with the ticket, and when they are there again.
pub fn handed_over(language: Language, reason: Reason, ticket: &Ticket, opens: Option<&str>) -> Said {
    Said {
        text: words::handed_over(language, reason, &number_text(ticket), opens),
        cards: vec![ticket_card(language, ticket)],
    }
}

fn number_text(ticket: &Ticket) -> String {
    conversation::tickets::number_text(ticket.number)
}

fn ticket_card(language: Language, ticket: &Ticket) -> Card {
    Card {
        kind: CardKind::Ticket,
        reference: ticket.id.to_string(),
        title: format!("{} · {}", number_text(ticket), clip(&ticket.subject, 120)),
        body: String::new(),
        facts: vec![(
            words::status_label(language).to_owned(),
            words::ticket_status(language, ticket.status).to_owned(),
        )],
        actions: Vec::new(),
    }
}

/// What an article says, with its marks; as many whole lines as find room, so that no mark is cut in two.
fn passage_of(candidate: &Candidate, chars: usize) -> String {
    let said = candidate.said();
    let said = said.trim();
    if said.chars().count() <= chars {
        return said.to_owned();
    }
    let mut left = chars;
    let mut lines: Vec<&str> = Vec::new();
    for line in said.lines() {
        let length = line.chars().count() + 1;
        if length > left {
            break;
        }
        left -= length;
        lines.push(line);
    }
    // A heading says nothing without what stands under it.
    while lines
        .last()
        .is_some_and(|line| line.trim().is_empty() || line.starts_with('#'))
    {
        lines.pop();
    }
    if lines.is_empty() {
        return clip(candidate.text().trim(), chars);
    }
    let is_code = lines.iter().filter(|line| line.starts_with("```")).count() % 2 == 1;
    let code = if is_code { "\n```" } else { "" };
    format!("{}{code}\n\n…", lines.join("\n"))
}

/// The beginning of a text, with a sign that it goes on.
pub(crate) fn clip(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
