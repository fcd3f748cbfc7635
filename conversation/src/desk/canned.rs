//! Canned replies: texts that are written often, by language, with variables that are filled for the
//! conversation at hand.

use serde::Serialize;

use super::fits::{self, Fits, Matter};
use super::{Texts, name};
use crate::access;
use crate::audit;
use crate::conversations::Conversation;
use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::letters::folded;
use crate::store::Store;
use crate::types::{Actor, AgentId, Language, Millis};

mod values;

pub use values::{Filled, VARIABLES, Values, open_variables};

/// The most canned replies that one agent sees.
const MOST: i64 = 2_000;

/// A text that is written often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CannedReply {
    /// Its id.
    pub id: String,
    /// Whose it is; `None` is everybody's.
    pub owner: Option<AgentId>,
    /// What is typed behind the slash.
    pub shortcut: String,
    /// What it is called.
    pub title: String,
    /// The group that it stands in; may be empty.
    pub category: String,
    /// The words, with variables such as `{{contact.name}}`.
    pub bodies: Texts,
    /// The tickets that it is for.
    pub fits: Fits,
    /// How often it was used.
    pub uses: i64,
    /// When it was used last.
    pub last_used_at: Option<Millis>,
    /// When it changed last.
    pub updated_at: Millis,
}

type Row = (String, String, String, String, String, String, i64, Option<i64>, i64);

const COLUMNS: &str = "id, owner_id, shortcut, title, category, bodies, uses, last_used_at, updated_at";

fn from_row(row: Row, fits: Fits) -> Result<CannedReply> {
    let (id, owner, shortcut, title, category, bodies, uses, last_used_at, updated_at) = row;
    Ok(CannedReply {
        bodies: Texts::from_json(&format!("canned reply {id}"), &bodies)?,
        id,
        owner: Some(owner).filter(|owner| !owner.is_empty()).map(AgentId::from),
        shortcut,
        title,
        category,
        fits,
        uses,
        last_used_at,
        updated_at,
    })
}

/// What to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCannedReply {
    /// Whose it is; `None` is everybody's.
    pub owner: Option<AgentId>,
    /// What is typed behind the slash: letters, digits, `-`, `_` and `.`.
    pub shortcut: String,
    /// What it is called; the shortcut when it is empty.
    pub title: String,
    /// The group that it stands in; may be empty.
    pub category: String,
    /// The words.
    pub bodies: Texts,
    /// The tickets that it is for; `None` leaves that as it is.
    pub fits: Option<Fits>,
}

impl NewCannedReply {
    fn checked(self) -> Result<NewCannedReply> {
        let shortcut = self.shortcut.trim().trim_start_matches('/').to_lowercase();
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if shortcut.is_empty() || shortcut.chars().count() > 40 || !shortcut.chars().all(is_word) {
            return Err(Error::Invalid(
                "shortcut: 1 to 40 letters, digits, `-`, `_` or `.`".to_owned(),
            ));
        }
        if self.bodies.is_empty() {
            return Err(Error::Invalid(
                "bodies: write the text in one language at least".to_owned(),
            ));
        }
        self.bodies.check("bodies")?;
        self.bodies.check_variables("bodies")?;
        let title = match self.title.trim() {
            "" => shortcut.clone(),
            given => name("title", given, 120)?,
        };
        let category: String = self
            .category
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(60)
            .collect();
        Ok(NewCannedReply {
            shortcut,
            title,
            category,
            ..self
        })
    }
}

/// Keeps a canned reply.
///
/// # Errors
/// [`Error::Invalid`] for what cannot be a shortcut, or without words; [`Error::Conflict`] when the
/// shortcut is taken.
pub async fn create(store: &Store, actor: &Actor, new: NewCannedReply) -> Result<CannedReply> {
    let new = new.checked()?;
    let mut tx = store.begin().await?;
    let id = tx.env().ulid();
    let now = tx.now();
    let added = sql("INSERT INTO canned_replies (id, owner_id, shortcut, title, category, bodies, uses, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $7) ON CONFLICT (owner_id, shortcut) DO NOTHING")
        .bind(id.as_str())
        .bind(new.owner.as_ref().map_or("", AgentId::as_str))
        .bind(&new.shortcut)
        .bind(&new.title)
        .bind(&new.category)
        .bind(new.bodies.to_json())
        .bind(now)
        .run(&mut tx)
        .await?;
    if added == 0 {
        return Err(taken(&new.shortcut));
    }
    if let Some(fits) = &new.fits {
        fits::set_in(&mut tx, &id, fits).await?;
    }
    audit::record(
        &mut tx,
        actor,
        "canned_reply.created",
        &id,
        &serde_json::json!({ "shortcut": new.shortcut }),
    )
    .await?;
    tx.commit_silently().await?;
    load(store.db(), &id).await
}

fn taken(shortcut: &str) -> Error {
    Error::Conflict(format!("there is a canned reply `/{shortcut}` already"))
}

/// Changes a canned reply; whose it is stays.
///
/// # Errors
/// As [`create`]; [`Error::NotFound`].
pub async fn change(store: &Store, actor: &Actor, id: &str, new: NewCannedReply) -> Result<CannedReply> {
    let old = load(store.db(), id).await?;
    let new = NewCannedReply {
        owner: old.owner,
        ..new
    }
    .checked()?;
    let mut tx = store.begin().await?;
    let owner = new.owner.as_ref().map_or("", AgentId::as_str);
    let other: Option<(String,)> =
        sql("SELECT id FROM canned_replies WHERE owner_id = $1 AND shortcut = $2 AND id <> $3")
            .bind(owner)
            .bind(&new.shortcut)
            .bind(id)
            .optional(&mut tx)
            .await?;
    if other.is_some() {
        return Err(taken(&new.shortcut));
    }
    let now = tx.now();
    sql("UPDATE canned_replies SET shortcut = $2, title = $3, category = $4, bodies = $5, updated_at = $6 WHERE id = $1")
        .bind(id)
        .bind(&new.shortcut)
        .bind(&new.title)
        .bind(&new.category)
        .bind(new.bodies.to_json())
        .bind(now)
        .run(&mut tx)
        .await?;
    if let Some(fits) = &new.fits {
        fits::set_in(&mut tx, id, fits).await?;
    }
    audit::record(
        &mut tx,
        actor,
        "canned_reply.changed",
        id,
        &serde_json::json!({ "shortcut": new.shortcut }),
    )
    .await?;
    tx.commit_silently().await?;
    load(store.db(), id).await
}

/// Throws a canned reply away.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(store: &Store, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let removed = sql("DELETE FROM canned_replies WHERE id = $1")
        .bind(id)
        .run(&mut tx)
        .await?;
    if removed == 0 {
        return Err(Error::NotFound);
    }
    fits::forget_in(&mut tx, id).await?;
    audit::record(&mut tx, actor, "canned_reply.removed", id, &serde_json::json!({})).await?;
    tx.commit_silently().await
}

/// One by id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &str) -> Result<CannedReply> {
    let mut on = on;
    let row: Option<Row> = crate::db::composed_sql(format!("SELECT {COLUMNS} FROM canned_replies WHERE id = $1"))
        .bind(id)
        .optional(&mut on)
        .await?;
    from_row(row.ok_or(Error::NotFound)?, fits::of(on, id).await?)
}

/// Everybody's, and those of this agent; by category, then title.
pub async fn list(on: impl On, of: Option<&AgentId>) -> Result<Vec<CannedReply>> {
    let mut on = on;
    let of = of.map_or("", AgentId::as_str);
    let rows: Vec<Row> = crate::db::composed_sql(format!(
        "SELECT {COLUMNS} FROM canned_replies WHERE owner_id = '' OR owner_id = $1 ORDER BY category, title, id LIMIT {MOST}"
    ))
    .bind(of)
    .all(&mut on)
    .await?;
    let mut fits = fits::of_all(on, "canned_replies", of).await?;
    rows.into_iter()
        .map(|row| {
            let fits = fits.remove(&row.0).unwrap_or_default();
            from_row(row, fits)
        })
        .collect()
}

/// Those that fit what was typed behind the slash: the shortcut begins with it, or every word of it stands in
/// shortcut, title or category. The shortcut itself comes first, then what was written for a matter like this
/// one, then what is for everything, then the rest; the most used of each first.
pub async fn find(on: impl On, of: &AgentId, typed: &str, matter: &Matter, most: usize) -> Result<Vec<CannedReply>> {
    let typed = folded(typed.trim());
    let words: Vec<&str> = typed.split_whitespace().collect();
    let mut found: Vec<(bool, usize, bool, CannedReply)> = list(on, Some(of))
        .await?
        .into_iter()
        .filter_map(|reply| {
            let shortcut = folded(&reply.shortcut);
            let begins = shortcut.starts_with(&typed);
            let all = folded(&format!("{} {} {}", reply.shortcut, reply.title, reply.category));
            (begins || words.iter().all(|word| all.contains(word))).then(|| {
                let rank = reply.fits.rank(matter);
                (shortcut == typed, rank, begins, reply)
            })
        })
        .collect();
    found.sort_by(|a, b| {
        (b.0, b.1, b.2, b.3.uses)
            .cmp(&(a.0, a.1, a.2, a.3.uses))
            .then_with(|| a.3.shortcut.cmp(&b.3.shortcut))
    });
    Ok(found.into_iter().take(most).map(|(_, _, _, reply)| reply).collect())
}

/// Counts a use.
pub async fn used(store: &Store, id: &str, conversation: &Conversation) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("UPDATE canned_replies SET uses = uses + 1, last_used_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now)
        .run(&mut tx)
        .await?;
    let about = fits::about(&mut tx, conversation).await?;
    fits::used_in(&mut tx, id, about).await?;
    tx.commit_silently().await
}

/// A canned reply for this conversation, in the customer's language, filled.
///
/// # Errors
/// [`Error::NotFound`] when it is somebody else's or gone.
pub async fn for_conversation(
    store: &Store,
    agent: &AgentId,
    conversation: &Conversation,
    id: &str,
) -> Result<(CannedReply, Language, Filled)> {
    access::conversation(store.db(), &Actor::Agent(agent.clone()), &conversation.id).await?;
    let reply = load(store.db(), id).await?;
    if reply.owner.as_ref().is_some_and(|owner| owner != agent) {
        return Err(Error::NotFound);
    }
    let values = Values::of(store.db(), conversation, Some(agent)).await?;
    let (language, words) = reply.bodies.pick(conversation.language).ok_or(Error::NotFound)?;
    let filled = values.fill(words);
    Ok((reply, language, filled))
}
