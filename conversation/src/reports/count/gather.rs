//! What is known of conversations, read in a fixed number of queries and made into facts.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use crate::db::{composed_sql, parts, placeholders};
use crate::desk::hours::Schedule;
use crate::desk::inboxes;
use crate::error::{Error, Result};
use crate::reports::Dimension;
use crate::reports::facts::{self, Asked, Facts, Happened, Read, Said, What};
use crate::sla;
use crate::store::Store;
use crate::types::{
    Actor, ActorKind, Auto, Channel, ConversationId, ConversationStatus, InboxId, Language, Level, MessageKind, Millis,
    Priority,
};

/// Reads conversations and makes their facts. Nothing is held meanwhile: whatever is committed while it is
/// read has a later position and is looked at again.
pub(super) async fn gather(
    store: &Store,
    zone: &TimeZone,
    ids: &[ConversationId],
) -> Result<Vec<(ConversationId, Facts)>> {
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
    spam_since: Option<i64>,
    company_id: Option<String>,
    created_at: i64,
    resolved_at: Option<i64>,
    priority: Priority,
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
            "SELECT c.id, c.channel, c.inbox_id, c.level, c.language, c.team_id, c.assignee_id, c.status, c.merged_into, c.spam_since, p.company_id, c.created_at, c.resolved_at, c.priority FROM conversations c JOIN contacts p ON p.id = c.contact_id WHERE c.id IN {list}"
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
            is_spam: row.spam_since.is_some(),
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
            ("conversation.created", _) if data["broadcast"].is_string() => Some(What::Told),
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
