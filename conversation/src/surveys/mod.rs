//! Surveys: how was our help (CSAT, after a conversation was resolved), and would you recommend us
//! (NPS, every so many months).
//!
//! A survey is asked as a card in the customer's own conversation, so every channel draws it; its
//! answer comes back as a press on the card, as a bare number in a chat, or from the page behind a
//! signed link. Everything about a survey happens while its conversation is held.

mod answer;
mod ask;
pub mod by_hand;
mod settings;
mod words;

use serde::{Deserialize, Serialize};

use crate::db::{On, composed_sql};
use crate::error::{Error, Result};
use crate::scope::Scope;
use crate::types::{AgentId, Channel, ContactId, ConversationId, Language, MessageId, Millis};

pub use answer::{CHANGE_WITHIN, LONGEST_COMMENT, OPEN_FOR, answer, comment, is_bare_number};
pub(crate) use answer::{NumberFor, answered_by_message_in, numbers_of};
pub(crate) use ask::resolved_in;
pub use ask::{ask_due, take_turns};
pub use settings::{Settings, load as load_settings, save as save_settings};
pub use words::label;

/// Which question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// How was our help: 1 to 5.
    Csat,
    /// How likely would you recommend us: 0 to 10.
    Nps,
}

impl Kind {
    /// Both.
    pub const ALL: [Kind; 2] = [Kind::Csat, Kind::Nps];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Csat => "csat",
            Kind::Nps => "nps",
        }
    }

    /// Reads it back.
    pub fn from_text(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The lowest and the highest score.
    pub const fn scale(self) -> (i64, i64) {
        match self {
            Kind::Csat => (1, 5),
            Kind::Nps => (0, 10),
        }
    }
}

/// How far a survey has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It will be asked when its time comes.
    Due,
    /// The customer was asked.
    Asked,
    /// The customer gave a score.
    Answered,
    /// It was not asked; the reason stands beside it.
    Skipped,
}

impl State {
    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Due => "due",
            State::Asked => "asked",
            State::Answered => "answered",
            State::Skipped => "skipped",
        }
    }
}

/// One question to one customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Survey {
    /// Its id.
    pub id: String,
    /// Which question.
    pub kind: Kind,
    /// The conversation that it was asked in.
    pub conversation: ConversationId,
    /// The customer.
    pub contact: ContactId,
    /// The channel of the conversation when it was asked.
    pub channel: Channel,
    /// The language that it was asked in.
    pub language: Language,
    /// Who had the conversation when it was resolved.
    pub agent: Option<AgentId>,
    /// How far it has come.
    pub state: State,
    /// Why it was not asked.
    pub reason: Option<String>,
    /// When it is to be asked.
    pub due_at: Millis,
    /// The message that asks.
    pub message: Option<MessageId>,
    /// When it was asked.
    pub asked_at: Option<Millis>,
    /// The score.
    pub score: Option<i64>,
    /// What the customer wrote beside it.
    pub comment: Option<String>,
    /// The score is one of those that are raised.
    pub is_low: bool,
    /// When the score was given first.
    pub answered_at: Option<Millis>,
}

type Row = (
    String,
    String,
    ConversationId,
    ContactId,
    Channel,
    Language,
    Option<AgentId>,
    String,
    Option<String>,
    i64,
    Option<MessageId>,
    Option<i64>,
    Option<i64>,
    Option<String>,
    bool,
    Option<i64>,
);

const SELECT: &str = "SELECT s.id, s.kind, s.conversation_id, c.contact_id, s.channel, s.language, s.agent_id, s.state, s.reason, s.due_at, s.message_id, s.asked_at, s.score, s.comment, s.is_low, s.answered_at FROM surveys s JOIN conversations c ON c.id = s.conversation_id";

fn from_row(row: Row) -> Result<Survey> {
    let (
        id,
        kind,
        conversation,
        contact,
        channel,
        language,
        agent,
        state,
        reason,
        due_at,
        message,
        asked_at,
        score,
        comment,
        is_low,
        answered_at,
    ) = row;
    let what = format!("survey {id}");
    let state = [State::Due, State::Asked, State::Answered, State::Skipped]
        .into_iter()
        .find(|one| one.as_str() == state)
        .ok_or_else(|| Error::corrupt(&what, &state))?;
    Ok(Survey {
        kind: Kind::from_text(&kind).ok_or_else(|| Error::corrupt(&what, &kind))?,
        id,
        conversation,
        contact,
        channel,
        language,
        agent,
        state,
        reason,
        due_at,
        message,
        asked_at,
        score,
        comment,
        is_low,
        answered_at,
    })
}

/// One by id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &str) -> Result<Survey> {
    let row: Option<Row> = composed_sql(format!("{SELECT} WHERE s.id = $1"))
        .bind(id)
        .optional(on)
        .await?;
    row.map_or(Err(Error::NotFound), from_row)
}

/// What a customer was asked and said, the newest first.
pub async fn of_contact(on: impl On, contact: &ContactId, most: i64) -> Result<Vec<Survey>> {
    let rows: Vec<Row> = composed_sql(format!(
        "{SELECT} WHERE c.contact_id = $1 AND s.asked_at IS NOT NULL ORDER BY s.asked_at DESC, s.id DESC LIMIT $2"
    ))
    .bind(contact)
    .bind(most)
    .all(on)
    .await?;
    rows.into_iter().map(from_row).collect()
}

/// Which answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of one kind.
    pub kind: Option<Kind>,
    /// Only those that were raised.
    pub is_low: bool,
    /// Given to this agent.
    pub agent: Option<AgentId>,
    /// Of conversations that this agent sees.
    pub scope: Option<Scope>,
}

/// Answers, the newest first, behind a place (`answered_at`, id); at most `most`.
pub async fn answers(on: impl On, filter: &Filter, after: Option<(Millis, &str)>, most: i64) -> Result<Vec<Survey>> {
    let (at, id) = after.unwrap_or((i64::MAX, ""));
    let scope = filter.scope.as_ref();
    let seen = scope.map(|scope| scope.condition("c.contact_id", "c", "$6"));
    let rows: Vec<Row> = composed_sql(format!(
        "{SELECT} WHERE s.answered_at IS NOT NULL AND (s.answered_at < $1 OR (s.answered_at = $1 AND s.id < $2)) AND ($3 = '' OR s.kind = $3) AND ($4 = '' OR s.agent_id = $4) {} ORDER BY s.answered_at DESC, s.id DESC LIMIT $5",
        [
            if filter.is_low { "AND s.is_low" } else { "" },
            seen.as_deref().unwrap_or("AND '' = $6"),
        ]
        .join(" ")
    ))
    .bind(at)
    .bind(id)
    .bind(filter.kind.map_or("", Kind::as_str))
    .bind(filter.agent.as_ref().map_or("", AgentId::as_str))
    .bind(most)
    .bind(scope.map_or("", |scope| scope.agent.as_str()))
    .all(on)
    .await?;
    rows.into_iter().map(from_row).collect()
}

/// The value of a card's button: `survey:<id>:<score>`.
pub fn value(survey: &str, score: i64) -> String {
    format!("survey:{survey}:{score}")
}

/// Reads what [`value`] wrote.
pub fn from_value(value: &str) -> Option<(&str, i64)> {
    let (id, score) = value.strip_prefix("survey:")?.split_once(':')?;
    Some((id, score.parse().ok()?))
}

/// The path of a survey's page; the signature alone opens it.
pub fn page_path(keys: &crate::keys::Keys, survey: &str) -> String {
    format!("/s/{}", keys.sign("survey", survey))
}

/// The survey of a page's path.
pub fn of_page<'a>(keys: &crate::keys::Keys, signed: &'a str) -> Option<&'a str> {
    keys.check("survey", signed)
}

/// The question as the business words it, in this language.
pub fn question(settings: &Settings, language: Language) -> String {
    match settings.questions.get(language) {
        Some(own) => own.to_owned(),
        None => words::of(settings.kind, language).question.to_owned(),
    }
}

/// What the ends of the scale mean.
pub fn scale_words(kind: Kind, language: Language) -> &'static str {
    words::of(kind, language).scale
}

/// The thanks as the business words them, in this language.
pub fn thanks(settings: &Settings, language: Language) -> String {
    match settings.thanks.get(language) {
        Some(own) => own.to_owned(),
        None => words::of(settings.kind, language).thanks.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_comes_back_as_it_was_written() {
        assert_eq!(from_value(&value("01ABC", 10)), Some(("01ABC", 10)));
        for wrong in ["survey:", "survey:01ABC", "survey:01ABC:x", "helped:yes:1", ""] {
            assert_eq!(from_value(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_words_fit_on_a_button() {
        for language in Language::ALL {
            for kind in Kind::ALL {
                let (least, most) = kind.scale();
                for score in least..=most {
                    let label = label(kind, score, *language);
                    assert!((1..=20).contains(&label.chars().count()), "{label}");
                }
            }
        }
    }

    #[test]
    fn only_a_number_alone_is_an_answer() {
        for (text, number) in [
            ("5", Some(5)),
            (" 10 ", Some(10)),
            ("4!", Some(4)),
            ("3.", Some(3)),
            ("9/10", Some(9)),
            ("0", Some(0)),
            ("2 printers are broken", None),
            ("11", Some(11)),
            ("100", None),
            ("-1", None),
            ("five", None),
            ("", None),
            ("5/", None),
        ] {
            assert_eq!(is_bare_number(text), number, "{text}");
        }
    }
}
