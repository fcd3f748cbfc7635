//! Each agent's desk: signature, capacity, the levels they work at, and whether they are there.

use serde::Serialize;

use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::types::{AgentId, Level, Millis};

/// An agent who was seen within this many milliseconds is there.
pub const ONLINE_FOR: Millis = 3 * 60_000;
/// How many open conversations are given to an agent who never said.
pub const USUAL_CAPACITY: i64 = 10;
/// A sighting is written down when the last one is older than this, in milliseconds.
const SEEN_EVERY: Millis = 45_000;

/// Whether an agent is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// A page of theirs is open, and they did not say that they are away.
    Online,
    /// They said so.
    Away,
    /// No page of theirs is open.
    Offline,
}

impl Presence {
    /// As it is stored nowhere, but sent and drawn.
    pub const fn as_str(self) -> &'static str {
        match self {
            Presence::Online => "online",
            Presence::Away => "away",
            Presence::Offline => "offline",
        }
    }
}

/// How an agent works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desk {
    /// Whose.
    pub agent: AgentId,
    /// What stands under their mails, in the small Markdown.
    pub signature: String,
    /// They said that they are away.
    pub is_away: bool,
    /// The most open conversations that are given to them by themselves; 0 is none.
    pub capacity: i64,
    /// The levels that they work at.
    pub levels: Vec<Level>,
    /// A tone sounds for what they are told.
    pub has_sound: bool,
    /// When a page of theirs was open last.
    pub seen_at: Option<Millis>,
}

impl Desk {
    /// The desk of an agent who never said anything.
    pub fn usual(agent: &AgentId) -> Desk {
        Desk {
            agent: agent.clone(),
            signature: String::new(),
            is_away: false,
            capacity: USUAL_CAPACITY,
            levels: vec![Level::N1],
            has_sound: true,
            seen_at: None,
        }
    }

    /// Whether they are there.
    pub fn presence(&self, now: Millis) -> Presence {
        match self.seen_at {
            Some(at) if now - at <= ONLINE_FOR => {
                if self.is_away {
                    Presence::Away
                } else {
                    Presence::Online
                }
            }
            _ => Presence::Offline,
        }
    }
}

type Row = (AgentId, String, bool, i64, String, bool, Option<i64>);

const COLUMNS: &str = "agent_id, signature, is_away, capacity, levels, has_sound, seen_at";

fn from_row((agent, signature, is_away, capacity, levels, has_sound, seen_at): Row) -> Desk {
    Desk {
        agent,
        signature,
        is_away,
        capacity,
        // A level that a newer program knows is nobody's here.
        levels: levels.split(' ').filter_map(|level| level.parse().ok()).collect(),
        has_sound,
        seen_at,
    }
}

/// The desk of an agent.
pub async fn load(on: impl On, agent: &AgentId) -> Result<Desk> {
    let row: Option<Row> = crate::db::composed_sql(format!("SELECT {COLUMNS} FROM desks WHERE agent_id = $1"))
        .bind(agent)
        .optional(on)
        .await?;
    Ok(row.map_or_else(|| Desk::usual(agent), from_row))
}

/// The desks that were ever used.
pub async fn list(on: impl On) -> Result<Vec<Desk>> {
    let rows: Vec<Row> = crate::db::composed_sql(format!("SELECT {COLUMNS} FROM desks ORDER BY agent_id"))
        .all(on)
        .await?;
    Ok(rows.into_iter().map(from_row).collect())
}

/// What to change; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeskEdit {
    /// The signature.
    pub signature: Option<String>,
    /// They are away.
    pub is_away: Option<bool>,
    /// The capacity.
    pub capacity: Option<i64>,
    /// The levels.
    pub levels: Option<Vec<Level>>,
    /// The tone.
    pub has_sound: Option<bool>,
}

/// Changes a desk.
///
/// # Errors
/// [`Error::Invalid`] for a capacity outside 0 to 500 or a signature that is too long;
/// [`Error::NotFound`] when there is no such agent.
pub async fn edit(store: &Store, agent: &AgentId, edit: DeskEdit) -> Result<Desk> {
    let mut tx = store.begin().await?;
    let known: Option<(String,)> = sql("SELECT id FROM agents WHERE id = $1")
        .bind(agent)
        .optional(&mut tx)
        .await?;
    if known.is_none() {
        return Err(Error::NotFound);
    }
    let mut desk = load(&mut tx, agent).await?;
    if let Some(signature) = edit.signature {
        if signature.chars().count() > 2_000 {
            return Err(Error::Invalid("signature: at most 2000 characters".to_owned()));
        }
        desk.signature = signature.replace("\r\n", "\n").trim().to_owned();
    }
    if let Some(capacity) = edit.capacity {
        if !(0..=500).contains(&capacity) {
            return Err(Error::Invalid("capacity: a number from 0 to 500".to_owned()));
        }
        desk.capacity = capacity;
    }
    if let Some(mut levels) = edit.levels {
        levels.retain(|level| *level != Level::Bot);
        levels.sort_unstable();
        levels.dedup();
        desk.levels = levels;
    }
    desk.is_away = edit.is_away.unwrap_or(desk.is_away);
    desk.has_sound = edit.has_sound.unwrap_or(desk.has_sound);
    let levels: Vec<&str> = desk.levels.iter().map(|level| level.as_str()).collect();
    sql("INSERT INTO desks (agent_id, signature, is_away, capacity, levels, has_sound, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (agent_id) DO UPDATE SET signature = excluded.signature, is_away = excluded.is_away, capacity = excluded.capacity, levels = excluded.levels, has_sound = excluded.has_sound")
        .bind(agent)
        .bind(&desk.signature)
        .bind(desk.is_away)
        .bind(desk.capacity)
        .bind(levels.join(" "))
        .bind(desk.has_sound)
        .bind(desk.seen_at)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(desk)
}

/// A page of this agent is open. Writes at most every 45 seconds; returns whether they came just now.
pub async fn seen(store: &Store, agent: &AgentId) -> Result<bool> {
    let now = store.now();
    let row: Option<(Option<i64>,)> = sql("SELECT seen_at FROM desks WHERE agent_id = $1")
        .bind(agent)
        .optional(store.db())
        .await?;
    let last = row.and_then(|(at,)| at);
    // Seen in the future: by a clock that was wrong.
    if last.is_some_and(|at| (now - at).abs() < SEEN_EVERY) {
        return Ok(false);
    }
    put_seen(store, agent, Some(now)).await?;
    Ok(last.is_none_or(|at| now - at > ONLINE_FOR))
}

/// The last page of this agent was closed.
pub async fn left(store: &Store, agent: &AgentId) -> Result<()> {
    put_seen(store, agent, None).await
}

async fn put_seen(store: &Store, agent: &AgentId, at: Option<Millis>) -> Result<()> {
    let usual = Desk::usual(agent);
    let mut tx = store.begin().await?;
    sql("INSERT INTO desks (agent_id, signature, is_away, capacity, levels, has_sound, seen_at) SELECT id, '', $4, $2, $3, $6, $5 FROM agents WHERE id = $1
         ON CONFLICT (agent_id) DO UPDATE SET seen_at = excluded.seen_at")
        .bind(agent)
        .bind(usual.capacity)
        .bind("N1")
        .bind(false)
        .bind(at)
        .bind(true)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}
