//! Looking something up in the audit.

use serde::Serialize;

use crate::db::{On, Value, composed_sql};
use crate::error::Result;
use crate::types::{Actor, Millis};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Entry {
    /// Its id; ids are in the order of time.
    pub id: String,
    /// When.
    pub at: Millis,
    /// Who, as the core writes an actor.
    pub actor: String,
    /// What, such as `agent.signed_in`.
    pub action: String,
    /// On what: an id.
    pub object: String,
    /// More about it: JSON.
    pub detail: String,
    /// From which network address.
    pub address: String,
    /// By what browser or program.
    pub user_agent: String,
    /// The link of the chain that covers it.
    pub seal: Option<i64>,
}

/// Which lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// By who did it.
    pub actor: Option<Actor>,
    /// By what was done: all of `agent.` or exactly `agent.signed_in`.
    pub action: String,
    /// By any of these, each as `action` is; all of them where there is none.
    pub any_of: Vec<String>,
    /// By the id of what it was done to.
    pub object: String,
    /// By network address.
    pub address: String,
    /// Since this moment.
    pub since: Option<Millis>,
    /// Before this moment.
    pub until: Option<Millis>,
}

/// Lines, the newest first, before an id; at most `most`.
pub async fn find(on: impl On, filter: &Filter, before: Option<&str>, most: i64) -> Result<Vec<Entry>> {
    let mut text = String::from(
        "SELECT id, at, actor, action, object, detail, COALESCE(address, '') AS address, COALESCE(user_agent, '') AS user_agent, seal FROM audit WHERE 1 = 1",
    );
    let mut args: Vec<Value> = Vec::new();
    let mut also = |condition: &str, value: Value| {
        args.push(value);
        text.push_str(&condition.replace('?', &format!("${}", args.len())));
    };
    if let Some(before) = before {
        also(" AND id < ?", before.into());
    }
    if let Some(actor) = &filter.actor {
        also(
            " AND actor = ?",
            serde_json::to_string(actor).unwrap_or_default().into(),
        );
    }
    match filter.action.strip_suffix('.') {
        _ if filter.action.is_empty() => {}
        // Everything that begins with it, by a stretch of the index.
        Some(family) => {
            also(" AND action > ?", format!("{family}.").into());
            also(" AND action < ?", format!("{family}/").into());
        }
        None => also(" AND action = ?", filter.action.as_str().into()),
    }
    if !filter.any_of.is_empty() {
        let mut either = Vec::new();
        for one in &filter.any_of {
            match one.strip_suffix('.') {
                Some(family) => {
                    args.push(format!("{family}.").into());
                    args.push(format!("{family}/").into());
                    either.push(format!("(action > ${} AND action < ${})", args.len() - 1, args.len()));
                }
                None => {
                    args.push(one.as_str().into());
                    either.push(format!("action = ${}", args.len()));
                }
            }
        }
        text.push_str(&format!(" AND ({})", either.join(" OR ")));
    }
    let mut also = |condition: &str, value: Value| {
        args.push(value);
        text.push_str(&condition.replace('?', &format!("${}", args.len())));
    };
    if !filter.object.is_empty() {
        also(" AND object = ?", filter.object.as_str().into());
    }
    if !filter.address.is_empty() {
        also(" AND address = ?", filter.address.as_str().into());
    }
    // A ULID begins with its time, and ids are what the table is ordered by.
    if let Some(since) = filter.since {
        also(" AND id >= ?", first_id(since).into());
    }
    if let Some(until) = filter.until {
        also(" AND id < ?", first_id(until).into());
    }
    also(" ORDER BY id DESC LIMIT ?", most.into());
    composed_sql(text).bind_all(args).all(on).await
}

/// The lowest id of a moment.
fn first_id(at: Millis) -> String {
    ulid::Ulid::from_parts(u64::try_from(at).unwrap_or(0), 0).to_string()
}
