//! Following the log, and counting anew. One process counts at a time (`report_state.version`); whoever
//! is beaten to it has written nothing.

use std::collections::{BTreeMap, HashMap};

use jiff::tz::TimeZone;

use super::facts::{self, Asked, Facts, Happened, Place, Read, Said, What};
use super::{COLUMNS, Dimension, Sums, months};
use crate::db::{On, Value, composed_sql, parts, placeholders, sql};
use crate::desk::hours::Schedule;
use crate::desk::inboxes;
use crate::error::{Error, Result};
use crate::guarded::guarded;
use crate::sla;
use crate::store::{Store, events_after};
use crate::types::{
    Actor, ActorKind, Auto, Channel, ContactId, ConversationId, ConversationStatus, InboxId, Language, Level,
    MessageKind, Millis, Position, Priority,
};

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

/// A conversation as its facts need it.
#[derive(sqlx::FromRow)]
struct Row {
    id: ConversationId,
    channel: Channel,
    inbox_id: InboxId,
    level: Level,
    language: Language,
    team_id: Option<String>,
    assignee_id: Option<String>,
    status: ConversationStatus,
    merged_into: Option<ConversationId>,
    company_id: Option<String>,
    created_at: i64,
    resolved_at: Option<i64>,
    priority: Priority,
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

/// Reads conversations and makes their facts. Nothing is held meanwhile: whatever is committed while it is
/// read has a later position and is looked at again.
async fn gather(store: &Store, zone: &TimeZone, ids: &[ConversationId]) -> Result<Vec<(ConversationId, Facts)>> {
    let limits: HashMap<Priority, Millis> = sla::targets(store.db())
        .await?
        .into_iter()
        .map(|(priority, minutes)| (priority, minutes * 60_000))
        .collect();
    let mut hours: HashMap<InboxId, Option<Schedule>> = HashMap::new();
    let mut found = Vec::with_capacity(ids.len());
    for part in parts(ids) {
        let (rows, mut sources) = Sources::read(store, &part).await?;
        for row in rows {
            if !hours.contains_key(&row.inbox_id) {
                let desk = inboxes::load(store.db(), &row.inbox_id).await?;
                hours.insert(row.inbox_id.clone(), inboxes::schedule(store.db(), &desk).await?);
            }
            let schedule = hours.get(&row.inbox_id).and_then(Option::as_ref);
            crate::fault::point("reports.facts");
            let id = row.id.clone();
            let limit = limits.get(&row.priority).copied();
            found.push((id, facts::of(&sources.of(row, limit), schedule, zone)));
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found.dedup_by(|one, other| one.0 == other.0);
    Ok(found)
}

/// What belongs to some conversations, by conversation.
struct Sources {
    labels: HashMap<ConversationId, Vec<String>>,
    /// Of the oldest ticket that has one.
    categories: HashMap<ConversationId, String>,
    /// Whether the promises of a first answer were kept, where there were some.
    promises: HashMap<ConversationId, bool>,
    happened: HashMap<ConversationId, Vec<Happened>>,
    said: HashMap<ConversationId, Vec<Said>>,
    asked: HashMap<ConversationId, Vec<Asked>>,
}

impl Sources {
    /// Reads these conversations and what belongs to them, in a fixed number of queries.
    async fn read(store: &Store, ids: &[ConversationId]) -> Result<(Vec<Row>, Sources)> {
        let db = store.db();
        let list = placeholders(1, ids.len(), 0);
        let query = |text: String| composed_sql(text).bind_all(ids.iter());
        let rows: Vec<Row> = query(format!(
            "SELECT c.id, c.channel, c.inbox_id, c.level, c.language, c.team_id, c.assignee_id, c.status, c.merged_into, p.company_id, c.created_at, c.resolved_at, c.priority FROM conversations c JOIN contacts p ON p.id = c.contact_id WHERE c.id IN {list}"
        ))
        .all(db)
        .await?;
        let labels: Vec<(ConversationId, String)> = query(format!(
            "SELECT conversation_id, label_id FROM conversation_labels WHERE conversation_id IN {list} ORDER BY label_id"
        ))
        .all(db)
        .await?;
        let categories: Vec<(ConversationId, String)> = query(format!(
            "SELECT conversation_id, category FROM tickets WHERE category IS NOT NULL AND conversation_id IN {list} ORDER BY number DESC"
        ))
        .all(db)
        .await?;
        let promises: Vec<(ConversationId, i64, i64)> = query(format!(
            "SELECT t.conversation_id, CAST(SUM(k.kept) AS BIGINT), CAST(SUM(k.broken) AS BIGINT) FROM ticket_clocks k JOIN tickets t ON t.id = k.ticket_id WHERE k.kind = 'first' AND t.conversation_id IN {list} GROUP BY t.conversation_id"
        ))
        .all(db)
        .await?;
        let moved = query(format!(
            "SELECT conversation_id, kind, actor, at, data FROM events WHERE kind IN ('conversation.created', 'conversation.imported', 'conversation.updated', 'message.created') AND conversation_id IN {list} ORDER BY position"
        ))
        .all(db)
        .await?;
        let said: Vec<(ConversationId, MessageKind, ActorKind, String, Auto, i64)> = query(format!(
            "SELECT conversation_id, kind, author_kind, author_id, auto, at FROM messages WHERE kind IN ('inbound', 'outbound') AND conversation_id IN {list} ORDER BY at, id"
        ))
        .all(db)
        .await?;
        let asked: Vec<(ConversationId, String, Option<String>, i64, Option<i64>, Option<i64>)> = query(format!(
            "SELECT conversation_id, kind, agent_id, asked_at, answered_at, score FROM surveys WHERE asked_at IS NOT NULL AND conversation_id IN {list} ORDER BY id"
        ))
        .all(db)
        .await?;
        let said = said.into_iter().map(|(id, kind, author, author_id, auto, at)| {
            let is_person = auto == Auto::None;
            let said = Said {
                kind,
                author,
                author_id,
                is_person,
                at,
            };
            (id, said)
        });
        let asked = asked
            .into_iter()
            .map(|(id, kind, agent, asked_at, answered_at, score)| {
                let survey = Asked {
                    is_nps: kind == "nps",
                    agent: agent.unwrap_or_default(),
                    asked_at,
                    answered: answered_at.zip(score),
                };
                (id, survey)
            });
        let sources = Sources {
            labels: grouped(labels),
            categories: categories.into_iter().collect(),
            promises: promises
                .into_iter()
                .filter(|(_, kept, broken)| kept + broken > 0)
                .map(|(id, _, broken)| (id, broken == 0))
                .collect(),
            happened: happened(moved)?,
            said: grouped(said.collect()),
            asked: grouped(asked.collect()),
        };
        Ok((rows, sources))
    }

    /// What the facts of one of them are made of; it is taken out. `limit` is how long a first answer may take.
    fn of(&mut self, row: Row, limit: Option<Millis>) -> Read {
        let id = row.id;
        let mut keys = vec![
            (Dimension::All, String::new()),
            (Dimension::Channel, row.channel.to_string()),
            (Dimension::Inbox, row.inbox_id.to_string()),
            (Dimension::Level, row.level.to_string()),
            (
                Dimension::Category,
                self.categories.get(&id).cloned().unwrap_or_default(),
            ),
            (Dimension::Team, row.team_id.unwrap_or_default()),
            (Dimension::Company, row.company_id.unwrap_or_default()),
            (Dimension::Language, row.language.to_string()),
        ];
        let own = self.labels.remove(&id).unwrap_or_else(|| vec![String::new()]);
        keys.extend(own.into_iter().map(|label| (Dimension::Label, label)));
        Read {
            keys,
            assignee: row.assignee_id.unwrap_or_default(),
            status: row.status,
            is_merged: row.merged_into.is_some(),
            created_at: row.created_at,
            resolved_at: row.resolved_at,
            happened: self.happened.remove(&id).unwrap_or_default(),
            messages: self.said.remove(&id).unwrap_or_default(),
            surveys: self.asked.remove(&id).unwrap_or_default(),
            limit,
            is_kept: self.promises.get(&id).copied(),
        }
    }
}

fn grouped<T>(rows: Vec<(ConversationId, T)>) -> HashMap<ConversationId, Vec<T>> {
    let mut groups: HashMap<ConversationId, Vec<T>> = HashMap::new();
    for (id, one) in rows {
        groups.entry(id).or_default().push(one);
    }
    groups
}

/// The events that moved conversations.
fn happened(
    rows: Vec<(ConversationId, String, String, i64, String)>,
) -> Result<HashMap<ConversationId, Vec<Happened>>> {
    let mut found = Vec::new();
    for (id, kind, actor, at, data) in rows {
        let broken = |error: serde_json::Error| Error::corrupt(format!("an event of {id}"), error);
        let data: serde_json::Value = serde_json::from_str(&data).map_err(broken)?;
        let what = match (kind.as_str(), data["action"].as_str()) {
            ("conversation.created", _) => Some(What::Began {
                is_open: data["status"] != "resolved",
            }),
            // What other desks did is not ours to count.
            ("conversation.imported", _) if data["began"] == true => Some(What::Began { is_open: false }),
            ("message.created", _) if data["reopened"] == true => Some(What::Opened),
            ("conversation.updated", Some("resolved")) => Some(What::Resolved),
            ("conversation.updated", Some("reopened")) => Some(What::Opened),
            ("conversation.updated", Some("escalated" | "returned")) if data["from"] == "bot" => Some(What::HandedOver),
            // Going to another level wakes it up.
            ("conversation.updated", Some("escalated" | "returned")) => Some(What::Opened),
            _ => None,
        };
        if let Some(what) = what {
            let actor: Actor = serde_json::from_str(&actor).map_err(broken)?;
            found.push((id, Happened { what, actor, at }));
        }
    }
    Ok(grouped(found))
}
