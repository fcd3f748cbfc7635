//! Following the log, and counting anew. One process counts at a time (`report_state.version`); whoever
//! is beaten to it has written nothing.

use std::collections::{BTreeMap, HashMap};

use jiff::tz::TimeZone;

use super::facts::{Facts, Place};
use super::{COLUMNS, Sums, months};
use crate::db::{On, Value, composed_sql, parts, placeholders, sql};
use crate::error::{Error, Result};
use crate::guarded::guarded;
use crate::store::{Store, events_after};
use crate::types::{ContactId, ConversationId, Position};

mod gather;

use gather::gather;

/// The row of the state.
const STATE: &str = "all";
/// How many events one step looks at.
const EVENTS: i64 = 500;
/// How many conversations one step of counting anew takes.
const PART: i64 = 200;
/// A contact whose company changed takes at most so many of its conversations along at a time.
const OF_CONTACT: i64 = 2_000;

/// How far the figures have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Everything up to here is counted.
    pub position: Position,
    /// The last conversation that counting anew has seen; `None` when it is done.
    pub counted_after: Option<String>,
    /// The zone whose days are counted.
    pub time_zone: String,
    version: i64,
    /// The version that the months are of.
    months_version: i64,
}

/// How far the figures have come; `None` before the first step.
pub async fn progress(on: impl On) -> Result<Option<Progress>> {
    let row: Option<(i64, Option<String>, String, i64, i64)> =
        sql("SELECT position, counted_after, time_zone, version, months_version FROM report_state WHERE id = $1")
            .bind(STATE)
            .optional(on)
            .await?;
    Ok(row.map(
        |(position, counted_after, time_zone, version, months_version)| Progress {
            position,
            counted_after,
            time_zone,
            version,
            months_version,
        },
    ))
}

fn name_of(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}

/// Throws all figures away and begins to count anew; [`step`] does the counting.
pub async fn rebuild(store: &Store, zone: &TimeZone) -> Result<()> {
    // Read first: what is committed from here on is looked at again.
    let head = store.head().await?;
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("INSERT INTO report_state (id, position, counted_after, time_zone, version, months_version, updated_at) VALUES ($1, $2, '', $3, 1, 1, $4)
         ON CONFLICT (id) DO UPDATE SET position = excluded.position, counted_after = excluded.counted_after, time_zone = excluded.time_zone, version = report_state.version + 1, months_version = report_state.version + 1, updated_at = excluded.updated_at")
        .bind(STATE)
        .bind(head)
        .bind(name_of(zone))
        .bind(now)
        .run(&mut tx)
        .await?;
    sql("DELETE FROM report_days WHERE created = created")
        .run(&mut tx)
        .await?;
    sql("DELETE FROM report_months WHERE created = created")
        .run(&mut tx)
        .await?;
    sql("DELETE FROM report_facts WHERE facts = facts").run(&mut tx).await?;
    tx.commit_silently().await
}

/// Steps until everything that is committed is counted; returns how many conversations were looked at.
pub async fn follow(store: &Store, zone: &TimeZone) -> Result<usize> {
    let mut seen = 0;
    loop {
        let done = step(store, zone).await?;
        seen += done.conversations;
        if !done.is_behind {
            return Ok(seen);
        }
    }
}

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// How many conversations were looked at.
    pub conversations: usize,
    /// Whether more waited already; what is committed meanwhile may wait for the next round.
    pub is_behind: bool,
}

/// One step: a part of what is counted anew, or a part of the log.
pub async fn step(store: &Store, zone: &TimeZone) -> Result<Step> {
    let state = match progress(store.db()).await? {
        Some(state) if state.time_zone == name_of(zone) => state,
        // Never counted, or the days are another zone's now.
        _ => {
            rebuild(store, zone).await?;
            return Ok(Step {
                conversations: 0,
                is_behind: true,
            });
        }
    };
    if let Some(after) = &state.counted_after {
        let ids: Vec<(ConversationId,)> = sql("SELECT id FROM conversations WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after.as_str())
            .bind(PART)
            .all(store.db())
            .await?;
        let ids: Vec<ConversationId> = ids.into_iter().map(|(id,)| id).collect();
        let next = Progress {
            counted_after: ids.last().map(ToString::to_string),
            ..state.clone()
        };
        write(store, zone, &state, &next, &ids).await?;
        return Ok(Step {
            conversations: ids.len(),
            is_behind: true,
        });
    }
    let events = events_after(store.db(), state.position, EVENTS).await?;
    let Some(last) = events.last() else {
        return Ok(Step {
            conversations: 0,
            is_behind: false,
        });
    };
    let mut ids: Vec<ConversationId> = Vec::new();
    for event in &events {
        match (&event.conversation_id, event.kind) {
            (Some(id), _) => ids.push(id.clone()),
            (None, crate::events::EventKind::ContactUpdated | crate::events::EventKind::ContactMerged) => {
                let others = event.data["from"].as_str();
                for contact in std::iter::once(event.subject_id.as_str()).chain(others) {
                    ids.extend(of_contact(store, &ContactId::from(contact)).await?);
                }
            }
            (None, _) => {}
        }
    }
    ids.sort();
    ids.dedup();
    let next = Progress {
        position: last.position,
        ..state.clone()
    };
    write(store, zone, &state, &next, &ids).await?;
    Ok(Step {
        conversations: ids.len(),
        is_behind: i64::try_from(events.len()).unwrap_or(i64::MAX) >= EVENTS,
    })
}

async fn of_contact(store: &Store, contact: &ContactId) -> Result<Vec<ConversationId>> {
    let rows: Vec<(ConversationId,)> =
        sql("SELECT id FROM conversations WHERE contact_id = $1 ORDER BY last_message_at DESC LIMIT $2")
            .bind(contact)
            .bind(OF_CONTACT)
            .all(store.db())
            .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Makes the facts of these conversations anew and writes the differences with the new state.
async fn write(
    store: &Store,
    zone: &TimeZone,
    state: &Progress,
    next: &Progress,
    ids: &[ConversationId],
) -> Result<()> {
    let fresh = gather_whole(store, zone, ids).await?;
    let mut sums: BTreeMap<Place, Sums> = BTreeMap::new();
    let mut changed: Vec<(&ConversationId, String)> = Vec::new();
    let mut tx = store.begin().await?;
    let now = tx.now();
    let is_mine = sql("UPDATE report_state SET position = $3, counted_after = $4, version = version + 1, months_version = version + 1, updated_at = $5 WHERE id = $1 AND version = $2")
        .bind(STATE)
        .bind(state.version)
        .bind(next.position)
        .bind(next.counted_after.clone())
        .bind(now)
        .run(&mut tx)
        .await?;
    if is_mine == 0 {
        // Another process counts; its step is as good as ours.
        return Ok(());
    }
    if state.months_version != state.version {
        months::fill(&mut tx).await?;
    }
    let mut known: HashMap<ConversationId, Facts> = HashMap::new();
    for part in parts(ids) {
        let rows: Vec<(ConversationId, String)> = composed_sql(format!(
            "SELECT conversation_id, facts FROM report_facts WHERE conversation_id IN {}",
            placeholders(1, part.len(), 0)
        ))
        .bind_all(part.iter())
        .all(&mut tx)
        .await?;
        for (id, text) in rows {
            let facts = serde_json::from_str(&text).map_err(|error| Error::corrupt(format!("facts of {id}"), error))?;
            known.insert(id, facts);
        }
    }
    for (id, facts) in &fresh {
        let before = known.get(id);
        if before == Some(facts) {
            continue;
        }
        if let Some(before) = before {
            before.add_to(&mut sums, -1);
        }
        facts.add_to(&mut sums, 1);
        let text = serde_json::to_string(facts).map_err(|error| Error::corrupt("facts", error))?;
        changed.push((id, text));
    }
    let rows = changed
        .into_iter()
        .map(|(id, text)| vec![id.into(), text.into()])
        .collect();
    crate::db::insert_rows(
        &mut tx,
        "INSERT INTO report_facts (conversation_id, facts) VALUES",
        "ON CONFLICT (conversation_id) DO UPDATE SET facts = excluded.facts",
        rows,
    )
    .await?;
    let by_month = months::of_days(&sums);
    add(&mut tx, "report_days", "day", sums).await?;
    add(&mut tx, "report_months", "month", by_month).await?;
    tx.commit_silently().await
}

/// Adds differences to the sums by days or months, in the order of their keys.
async fn add(tx: &mut crate::Tx, table: &str, unit: &str, sums: BTreeMap<Place, Sums>) -> Result<()> {
    let rows: Vec<Vec<Value>> = sums
        .into_iter()
        .filter(|(_, sums)| !sums.is_empty())
        .map(|((dimension, when, key), sums)| {
            let mut row: Vec<Value> = vec![dimension.as_str().into(), when.into(), key.into()];
            row.extend(sums.values().into_iter().map(|(_, number)| number.into()));
            row
        })
        .collect();
    let updates: Vec<String> = COLUMNS
        .iter()
        .map(|name| format!("{name} = {table}.{name} + excluded.{name}"))
        .collect();
    let (head, tail) = (
        format!(
            "INSERT INTO {table} (dimension, {unit}, key, {}) VALUES",
            COLUMNS.join(", ")
        ),
        format!(
            "ON CONFLICT (dimension, {unit}, key) DO UPDATE SET {}",
            updates.join(", ")
        ),
    );
    let columns = COLUMNS.len() + 3;
    let mut rest = rows.into_iter();
    while rest.len() > 0 {
        let take = crate::db::rows_at_once(&mut &mut *tx, columns, rest.len());
        composed_sql(format!("{head} {} {tail}", placeholders(take, columns, 0)))
            .bind_all(rest.by_ref().take(take).flatten())
            .run(&mut *tx)
            .await?;
    }
    Ok(())
}

/// As [`gather`]; a conversation that the program falls over, or that cannot be read, keeps the facts that it had, and the figures of all
/// others go on.
async fn gather_whole(store: &Store, zone: &TimeZone, ids: &[ConversationId]) -> Result<Vec<(ConversationId, Facts)>> {
    if let Some(facts) = sound(gather(store, zone, ids)).await? {
        return Ok(facts);
    }
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        match sound(gather(store, zone, std::slice::from_ref(id))).await? {
            Some(facts) => found.extend(facts),
            None => {
                tracing::error!(conversation = %id, "a conversation is not in the figures as it is now");
            }
        }
    }
    Ok(found)
}

/// What a future came to; `None` where that is its own fault and another try would not help.
async fn sound<T>(future: impl Future<Output = Result<T>>) -> Result<Option<T>> {
    match guarded(future).await {
        Ok(Ok(value)) => Ok(Some(value)),
        Ok(Err(error)) if error.is_transient() => Err(error),
        Ok(Err(error)) => {
            tracing::error!(%error, "facts could not be made");
            Ok(None)
        }
        // It was logged where it was caught.
        Err(_) => Ok(None),
    }
}
