//! Broadcasts: one message to many customers. Each recipient is a row that is written to in a commit of its own, so
//! that nobody gets it twice and nobody is forgotten, whoever dies meanwhile. What a channel makes of the words, and what
//! its error codes mean, is told by a [`Voice`].

mod audience;
mod change;
mod figures;
mod standing;
mod thread;
mod voice;
mod work;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::audience::{Person, count, count_now, person, sample};
pub use self::change::{
    Draft, LONGEST_NAME, MOST_LINES, MOST_PACE, cancel, create, edit, forget_in, pause, start, usual_pace,
};
pub use self::figures::{Figures, Recipient, Shown, figures, recipients, standings};
pub use self::thread::send_test;
pub use self::voice::{Trouble, VARIABLES, Voice, Words, filled};
pub use self::work::{Done, TEMPLATE_GONE, work};
use crate::db::{On, composed_sql};
use crate::desk::from_json;
use crate::error::{Error, Result};
use crate::text_enum;
use crate::types::{Actor, Channel, CompanyId, InboxId, LabelId, Language, Millis};

text_enum! {
    /// How far a broadcast is.
    State, "state of a broadcast" {
        /// Its recipients are looked up.
        Counting = "counting",
        /// Who gets it is known; nothing left.
        Ready = "ready",
        /// It begins at a time.
        Scheduled = "scheduled",
        /// It leaves.
        Sending = "sending",
        /// Somebody stopped it, or the channel did.
        Paused = "paused",
        /// Everybody was written to.
        Done = "done",
        /// It was ended before everybody was.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// Why somebody gets none.
    Reason, "reason" {
        /// They have no address of this channel.
        NoAddress = "no_address",
        /// They do not want to be written to there.
        Refuses = "refuses",
        /// They want no marketing.
        NoMarketing = "no_marketing",
        /// They are blocked.
        Blocked = "blocked",
        /// What they wrote is spam.
        Spam = "spam",
        /// They were erased.
        Erased = "erased",
        /// Mail to them came back, or their number does not use WhatsApp.
        Unreachable = "unreachable",
        /// The message names something that is not known of them.
        Unknown = "unknown",
        /// They are the same person as another recipient.
        Twice = "twice",
    }
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    /// A template that the channel approved, in the recipient's language where it is approved in it.
    Template {
        /// Its name.
        name: String,
        /// Its language for everybody else, as the channel writes it.
        language: String,
        /// What fills its blanks; with variables.
        values: BTreeMap<String, String>,
    },
    /// A mail; both with variables.
    Mail {
        /// The subject.
        subject: String,
        /// The words.
        text: String,
    },
}

/// One line of a list that somebody brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The address or number, in the form that it is kept in.
    pub address: String,
    /// The name of whoever is not known yet.
    #[serde(default)]
    pub name: String,
}

/// To whom: everybody whom the conditions leave, or a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Audience {
    /// Only who speaks this language.
    pub language: Option<Language>,
    /// Only people of this company.
    pub company: Option<CompanyId>,
    /// Only who has a conversation with this label.
    pub label: Option<LabelId>,
    /// Only who wrote within so many days.
    pub days: Option<i64>,
    /// Only these; the conditions do not count then. Forgotten once it begins to leave.
    pub list: Vec<Line>,
    /// It is a list.
    pub is_list: bool,
}

/// One broadcast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broadcast {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The account that it leaves by.
    pub inbox: InboxId,
    /// The channel of that.
    pub channel: Channel,
    /// What is said.
    pub content: Content,
    /// To whom.
    pub audience: Audience,
    /// Whoever wants no marketing does not get it.
    pub is_marketing: bool,
    /// Messages a minute.
    pub pace: i64,
    /// How far it is.
    pub state: State,
    /// When it begins, where a time was said.
    pub start_at: Option<Millis>,
    /// The code of what holds it up; empty where nothing does.
    pub held: String,
    /// Until when it waits because of that; it was paused by it where there is no time.
    pub held_until: Option<Millis>,
    /// Who made it.
    pub actor: Actor,
    /// When.
    pub created_at: Millis,
    /// When it began to leave.
    pub started_at: Option<Millis>,
    /// When the last one was written, or it was cancelled.
    pub finished_at: Option<Millis>,
    pub(crate) counted_to: String,
    pub(crate) next_at: Millis,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    inbox_id: InboxId,
    channel: Channel,
    content: String,
    audience: String,
    is_marketing: bool,
    pace: i64,
    state: State,
    counted_to: String,
    start_at: Option<Millis>,
    next_at: Millis,
    held: String,
    held_until: Option<Millis>,
    actor: String,
    created_at: Millis,
    started_at: Option<Millis>,
    finished_at: Option<Millis>,
}

const ROW: &str = "id, name, inbox_id, channel, content, audience, is_marketing, pace, state, counted_to, start_at, next_at, held, held_until, actor, created_at, started_at, finished_at";

impl TryFrom<Row> for Broadcast {
    type Error = Error;
    fn try_from(row: Row) -> Result<Broadcast> {
        let of = format!("broadcast {}", row.id);
        Ok(Broadcast {
            content: from_json(&of, &row.content)?,
            audience: from_json(&of, &row.audience)?,
            actor: from_json(&of, &row.actor)?,
            id: row.id,
            name: row.name,
            inbox: row.inbox_id,
            channel: row.channel,
            is_marketing: row.is_marketing,
            pace: row.pace,
            state: row.state,
            counted_to: row.counted_to,
            start_at: row.start_at,
            next_at: row.next_at,
            held: row.held,
            held_until: row.held_until,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }
}

/// A broadcast.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &str) -> Result<Broadcast> {
    let row: Option<Row> = composed_sql(format!("SELECT {ROW} FROM broadcasts WHERE id = $1"))
        .bind(id)
        .optional(on)
        .await?;
    row.ok_or(Error::NotFound)?.try_into()
}

/// Broadcasts, the newest first, behind the one with this id.
pub async fn list(on: impl On, before: Option<&str>, most: i64) -> Result<Vec<Broadcast>> {
    // Above every id, whatever the database sorts by.
    let rows: Vec<Row> = composed_sql(format!(
        "SELECT {ROW} FROM broadcasts WHERE id < $1 ORDER BY id DESC LIMIT $2"
    ))
    .bind(before.unwrap_or("8"))
    .bind(most)
    .all(on)
    .await?;
    rows.into_iter().map(Broadcast::try_from).collect()
}

/// Those that the clock or a count moves on, the oldest first; few at a time.
async fn at_work(on: impl On, now: Millis) -> Result<Vec<Broadcast>> {
    let rows: Vec<Row> = composed_sql(format!(
        "SELECT {ROW} FROM broadcasts WHERE state IN ('counting', 'scheduled', 'sending') AND (state <> 'scheduled' OR start_at <= $1) ORDER BY id LIMIT 50"
    ))
    .bind(now)
    .all(on)
    .await?;
    rows.into_iter().map(Broadcast::try_from).collect()
}
