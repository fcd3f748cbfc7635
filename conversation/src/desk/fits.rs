//! What canned replies and macros are for: categories of tickets and levels. What fits the matter at hand is
//! offered first; what does not is still there. How they are used is counted by day.

use std::collections::HashMap;

use serde::Serialize;

use crate::conversations::Conversation;
use crate::db::{On, composed_sql, insert_rows, sql};
use crate::error::{Error, Result};
use crate::store::{Store, Tx};
use crate::tickets::{self, categories};
use crate::types::{Level, Millis};

const DAY: Millis = 86_400_000;
/// How many days "lately" is.
pub const LATELY: i64 = 30;
/// Uses are kept by day for so long, in days; the whole number of uses stays.
pub const USES_LAST: i64 = 400;
/// The most categories that one thing names.
const MOST: usize = 100;

/// What something is for; empty is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Fits {
    /// Categories of tickets; what is below one counts as well.
    pub categories: Vec<String>,
    /// Levels.
    pub levels: Vec<Level>,
}

/// What a conversation is about, as far as this matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// The category of the newest unsolved ticket and those above it, from the top down.
    pub line: Vec<String>,
    /// Who has it.
    pub level: Level,
}

impl Matter {
    /// What a conversation is about.
    pub async fn of(on: impl On, conversation: &Conversation) -> Result<Matter> {
        let mut on = on;
        let ticket = tickets::current(&mut on, &conversation.id).await?;
        let line = match ticket.and_then(|ticket| ticket.category) {
            Some(category) => categories::tree(&mut on)
                .await?
                .line(&category)
                .into_iter()
                .map(|one| one.id.clone())
                .collect(),
            None => Vec::new(),
        };
        Ok(Matter {
            line,
            level: conversation.level,
        })
    }
}

impl Fits {
    /// Whether it is for everything.
    pub fn is_empty(&self) -> bool {
        self.categories.is_empty() && self.levels.is_empty()
    }

    /// How well it fits: 0 is for something else, 1 for everything, more is for this, the nearer the category the
    /// more.
    pub fn rank(&self, matter: &Matter) -> usize {
        let level = match self.levels.is_empty() {
            true => 0,
            false if self.levels.contains(&matter.level) => 1,
            false => return 0,
        };
        let category = if self.categories.is_empty() {
            0
        } else {
            match matter.line.iter().rposition(|id| self.categories.contains(id)) {
                Some(depth) => (depth + 1) * 2,
                None => return 0,
            }
        };
        1 + level + category
    }

    /// Whether it was written for this, and not for everything.
    pub fn is_for(&self, matter: &Matter) -> bool {
        self.rank(matter) > 1
    }
}

/// Says what something is for, in the transaction that keeps it.
///
/// # Errors
/// [`Error::Invalid`] for a category that is not there, or too many of them.
pub(crate) async fn set_in(tx: &mut Tx, thing: &str, fits: &Fits) -> Result<()> {
    if fits.categories.len() > MOST {
        return Err(Error::Invalid(format!("at most {MOST} categories")));
    }
    if !fits.categories.is_empty() {
        let tree = categories::tree(&mut *tx).await?;
        if fits.categories.iter().any(|id| tree.get(id).is_none()) {
            return Err(Error::Invalid(
                "ticket_categories: there is no such category".to_owned(),
            ));
        }
    }
    sql("DELETE FROM desk_fits WHERE thing_id = $1")
        .bind(thing)
        .run(&mut *tx)
        .await?;
    let categories = fits.categories.iter().map(|id| ("category", id.as_str()));
    let levels = fits.levels.iter().map(|level| ("level", level.as_str()));
    let rows = categories
        .chain(levels)
        .map(|(kind, value)| vec![thing.into(), kind.into(), value.into()])
        .collect();
    insert_rows(
        tx,
        "INSERT INTO desk_fits (thing_id, kind, value) VALUES",
        " ON CONFLICT (thing_id, kind, value) DO NOTHING",
        rows,
    )
    .await
}

/// Forgets what something was for and how it was used, when it is thrown away.
pub(crate) async fn forget_in(tx: &mut Tx, thing: &str) -> Result<()> {
    for statement in [
        "DELETE FROM desk_fits WHERE thing_id = $1",
        "DELETE FROM desk_uses WHERE thing_id = $1",
    ] {
        sql(statement).bind(thing).run(&mut *tx).await?;
    }
    Ok(())
}

/// What one thing is for.
pub(crate) async fn of(on: impl On, thing: &str) -> Result<Fits> {
    let rows: Vec<(String, String, String)> =
        sql("SELECT thing_id, kind, value FROM desk_fits WHERE thing_id = $1 ORDER BY kind, value")
            .bind(thing)
            .all(on)
            .await?;
    Ok(gathered(rows).remove(thing).unwrap_or_default())
}

/// What those of `table` are for that everybody or this agent has.
pub(crate) async fn of_all(on: impl On, table: &'static str, owner: &str) -> Result<HashMap<String, Fits>> {
    let rows: Vec<(String, String, String)> = composed_sql(format!(
        "SELECT f.thing_id, f.kind, f.value FROM {table} t JOIN desk_fits f ON f.thing_id = t.id WHERE t.owner_id = '' OR t.owner_id = $1 ORDER BY f.kind, f.value"
    ))
    .bind(owner)
    .all(on)
    .await?;
    Ok(gathered(rows))
}

fn gathered(rows: Vec<(String, String, String)>) -> HashMap<String, Fits> {
    let mut all: HashMap<String, Fits> = HashMap::new();
    for (thing, kind, value) in rows {
        let fits = all.entry(thing).or_default();
        match kind.as_str() {
            "level" => fits.levels.extend(value.parse::<Level>()),
            _ => fits.categories.push(value),
        }
    }
    all
}

/// What a use is counted by: the level, and the category of the newest unsolved ticket, which a step may close.
pub(crate) async fn about(on: impl On, conversation: &Conversation) -> Result<(Level, String)> {
    let ticket = tickets::current(on, &conversation.id).await?;
    let category = ticket.and_then(|ticket| ticket.category).unwrap_or_default();
    Ok((conversation.level, category))
}

/// Counts a use, in the transaction that makes it.
pub(crate) async fn used_in(tx: &mut Tx, thing: &str, (level, category): (Level, String)) -> Result<()> {
    let day = tx.now() / DAY;
    sql("INSERT INTO desk_uses (thing_id, day, level, category, uses) VALUES ($1, $2, $3, $4, 1) ON CONFLICT (thing_id, day, level, category) DO UPDATE SET uses = desk_uses.uses + 1")
        .bind(thing)
        .bind(day)
        .bind(level)
        .bind(category)
        .run(tx)
        .await?;
    Ok(())
}

/// How often each was used in the last [`LATELY`] days; what was not has no entry.
pub async fn lately(store: &Store) -> Result<HashMap<String, i64>> {
    let rows: Vec<(String, i64)> =
        sql("SELECT thing_id, CAST(SUM(uses) AS BIGINT) FROM desk_uses WHERE day > $1 GROUP BY thing_id")
            .bind(store.now() / DAY - LATELY)
            .all(store.db())
            .await?;
    Ok(rows.into_iter().collect())
}

/// Uses of one thing, by what the ticket was.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Used {
    /// Who had it.
    pub level: Level,
    /// The ticket's category; empty where it had none, or there was no ticket.
    pub category: String,
    /// How often.
    pub uses: i64,
}

/// How one was used in the last [`LATELY`] days, the most first.
pub async fn uses_of(store: &Store, thing: &str) -> Result<Vec<Used>> {
    sql("SELECT level, category, CAST(SUM(uses) AS BIGINT) AS uses FROM desk_uses WHERE thing_id = $1 AND day > $2 GROUP BY level, category ORDER BY CAST(SUM(uses) AS BIGINT) DESC, level, category")
        .bind(thing)
        .bind(store.now() / DAY - LATELY)
        .all(store.db())
        .await
}

/// Forgets uses of days long past; returns how many rows went.
pub async fn clean(store: &Store) -> Result<u64> {
    let mut tx = store.begin().await?;
    let before = tx.now() / DAY - USES_LAST;
    let gone = sql("DELETE FROM desk_uses WHERE day < $1")
        .bind(before)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_for_it_comes_first() {
        let matter = Matter {
            line: vec!["hardware".to_owned(), "printer".to_owned()],
            level: Level::N1,
        };
        let fits = |categories: &[&str], levels: &[Level]| Fits {
            categories: categories.iter().map(|one| (*one).to_owned()).collect(),
            levels: levels.to_vec(),
        };
        for (given, rank) in [
            (fits(&[], &[]), 1),
            (fits(&[], &[Level::N1]), 2),
            (fits(&[], &[Level::N2]), 0),
            (fits(&["hardware"], &[]), 3),
            (fits(&["hardware"], &[Level::N1, Level::N2]), 4),
            (fits(&["printer"], &[]), 5),
            (fits(&["printer", "hardware"], &[Level::N1]), 6),
            (fits(&["printer"], &[Level::N3]), 0),
            (fits(&["software"], &[]), 0),
            (fits(&["software"], &[Level::N1]), 0),
        ] {
            assert_eq!(given.rank(&matter), rank, "{given:?}");
            assert_eq!(given.is_for(&matter), rank > 1);
        }
    }
}
