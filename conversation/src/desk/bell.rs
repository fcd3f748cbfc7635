//! The bell: what each agent is told, whether they have read it, and by which ways they want to hear.

mod kind;
mod said;

use serde::Serialize;
use serde_json::json;

pub use kind::{Choice, Kind};

use super::pushes;
use crate::access;
use crate::conversations::{self, Conversation};
use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::events::{Event, EventKind, NewEvent};
use crate::scope;
use crate::store::{Store, Tx};
use crate::types::{Actor, AgentId, ConversationId, Millis};

/// A repeated notification disturbs again only when the last one is older than this, in milliseconds.
const AGAIN_AFTER: Millis = 5 * 60_000;
/// The most that is shown of what an agent was told.
pub const MOST: i64 = 50;

/// What an agent wants to hear of, by kind.
pub async fn choices(on: impl On, agent: &AgentId) -> Result<Vec<(Kind, Choice)>> {
    let rows: Vec<(String, bool, bool, bool)> =
        sql("SELECT kind, in_page, by_push, by_mail FROM notification_choices WHERE agent_id = $1")
            .bind(agent)
            .all(on)
            .await?;
    Ok(Kind::ALL
        .into_iter()
        .map(|kind| {
            let said = rows.iter().find(|row| row.0 == kind.as_str()).map(|row| Choice {
                in_page: row.1,
                by_push: row.2,
                by_mail: row.3,
            });
            (kind, said.unwrap_or_else(|| kind.usual()))
        })
        .collect())
}

/// Says what an agent wants to hear of.
pub async fn choose(store: &Store, agent: &AgentId, choices: &[(Kind, Choice)]) -> Result<()> {
    let mut tx = store.begin().await?;
    for (kind, choice) in choices {
        sql("INSERT INTO notification_choices (agent_id, kind, in_page, by_push, by_mail) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (agent_id, kind) DO UPDATE SET in_page = excluded.in_page, by_push = excluded.by_push, by_mail = excluded.by_mail")
            .bind(agent)
            .bind(kind.as_str())
            .bind(choice.in_page)
            .bind(choice.by_push)
            .bind(choice.by_mail)
            .run(&mut tx)
            .await?;
    }
    tx.commit_silently().await
}

/// One thing that an agent was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notification {
    /// Its id.
    pub id: String,
    /// Of what.
    pub kind: Kind,
    /// Where it leads.
    pub conversation: ConversationId,
    /// The number of that conversation.
    pub number: i64,
    /// What the conversation is about; may be empty.
    pub subject: String,
    /// Who did it.
    pub actor: Actor,
    /// The beginning of what was said; may be empty.
    pub words: String,
    /// When.
    pub at: Millis,
    /// When it was read.
    pub read_at: Option<Millis>,
}

type Row = (
    String,
    String,
    ConversationId,
    i64,
    Option<String>,
    String,
    String,
    i64,
    Option<i64>,
);

/// Of the conversation `c` of a notification: it is not spam, nor is what took it in. What was told of spam stays as it was and
/// is shown to nobody, so that it comes back with the conversation.
const NO_SPAM: &str = "c.spam_since IS NULL AND NOT EXISTS (SELECT 1 FROM conversations i WHERE i.id = c.merged_into AND i.spam_since IS NOT NULL)";

/// Of the conversation `c` of notification `n`: whom it tells sees it, too. What was told of others stays, so that it comes back
/// with their sight of it.
fn seen() -> String {
    let hidden = scope::hidden("c.contact_id", "c.inbox_id", "c.assignee_id");
    format!("NOT EXISTS (SELECT 1 FROM agents a WHERE a.id = n.agent_id AND {hidden})")
}

const SELECT: &str = "SELECT n.id, n.kind, n.conversation_id, c.number, c.subject, n.actor, n.words, n.at, n.read_at FROM notifications n JOIN conversations c ON c.id = n.conversation_id";

fn from_row((id, kind, conversation, number, subject, actor, words, at, read_at): Row) -> Result<Notification> {
    Ok(Notification {
        kind: Kind::from_text(&kind).ok_or_else(|| Error::corrupt(format!("notification {id}"), &kind))?,
        actor: super::from_json(&format!("notification {id}"), &actor)?,
        id,
        conversation,
        number,
        subject: subject.unwrap_or_default(),
        words,
        at,
        read_at,
    })
}

/// What an agent was told last, the newest first.
pub async fn list(on: impl On, agent: &AgentId) -> Result<Vec<Notification>> {
    let rows: Vec<Row> = crate::db::composed_sql(format!(
        "{SELECT} WHERE n.agent_id = $1 AND {NO_SPAM} AND {} ORDER BY n.id DESC LIMIT {MOST}",
        seen()
    ))
    .bind(agent)
    .all(on)
    .await?;
    rows.into_iter().map(from_row).collect()
}

/// One of an agent's, by id, unless its conversation is spam, or none that they see.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &str) -> Result<(AgentId, Notification)> {
    let mut on = on;
    let whose: Option<(AgentId,)> = sql("SELECT agent_id FROM notifications WHERE id = $1")
        .bind(id)
        .optional(&mut on)
        .await?;
    let (agent,) = whose.ok_or(Error::NotFound)?;
    let row: Option<Row> = crate::db::composed_sql(format!("{SELECT} WHERE n.id = $1 AND {NO_SPAM} AND {}", seen()))
        .bind(id)
        .optional(&mut on)
        .await?;
    Ok((agent, row.map_or(Err(Error::NotFound), from_row)?))
}

/// How many an agent has not read, counted up to 100.
pub async fn unread(on: impl On, agent: &AgentId) -> Result<i64> {
    let (count,): (i64,) = crate::db::composed_sql(format!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM notifications n JOIN conversations c ON c.id = n.conversation_id WHERE n.agent_id = $1 AND n.read_at IS NULL AND {NO_SPAM} AND {} LIMIT 100) AS few",
        seen()
    ))
    .bind(agent)
    .one(on)
    .await?;
    Ok(count)
}

/// An agent has read what they were told of a conversation, or all of it. Returns whether anything
/// was unread.
pub async fn read(store: &Store, agent: &AgentId, conversation: Option<&ConversationId>) -> Result<bool> {
    // A look first: opening a conversation is frequent, a writing transaction is not free.
    let any: Option<(String,)> = sql("SELECT id FROM notifications WHERE agent_id = $1 AND read_at IS NULL AND ($2 = '' OR conversation_id = $2) LIMIT 1")
        .bind(agent)
        .bind(conversation.map_or("", ConversationId::as_str))
        .optional(store.db())
        .await?;
    if any.is_none() {
        return Ok(false);
    }
    let mut tx = store.begin().await?;
    let now = tx.now();
    let count = sql("UPDATE notifications SET read_at = $3, mailed_at = COALESCE(mailed_at, $3) WHERE agent_id = $1 AND read_at IS NULL AND ($2 = '' OR conversation_id = $2)")
        .bind(agent)
        .bind(conversation.map_or("", ConversationId::as_str))
        .bind(now)
        .run(&mut tx)
        .await?;
    if count == 0 {
        return Ok(false);
    }
    tx.emit(told(agent));
    tx.commit().await?;
    Ok(true)
}

/// A conversation became spam or is none any more: the bells that name it look again.
pub(crate) async fn hushed_in(tx: &mut Tx, conversation: &ConversationId) -> Result<()> {
    let agents: Vec<(AgentId,)> =
        sql("SELECT DISTINCT agent_id FROM notifications WHERE conversation_id = $1 ORDER BY agent_id")
            .bind(conversation)
            .all(&mut *tx)
            .await?;
    for (agent,) in agents {
        tx.emit(told(&agent));
    }
    Ok(())
}

/// The bell of an agent changed; every page of theirs looks again.
fn told(agent: &AgentId) -> NewEvent {
    NewEvent {
        kind: EventKind::NotificationUpdated,
        conversation: None,
        subject: agent.to_string(),
        actor: Actor::System,
        data: json!({}),
    }
}

/// What is to be told, and to whom.
#[derive(Debug)]
struct Word {
    agent: AgentId,
    kind: Kind,
    words: String,
}

/// Tells agents of an event, in the transaction that handles it. Nobody is told of what they did
/// themselves, and nobody twice of one event.
pub(crate) async fn ring_in(tx: &mut Tx, event: &Event) -> Result<()> {
    let Some((conversation, words)) = words_for(&mut *tx, event).await? else {
        return Ok(());
    };
    for word in words {
        tell(tx, event, &conversation, word).await?;
    }
    Ok(())
}

/// Whether anybody is to be told of an event.
pub(crate) async fn is_word(on: impl On, event: &Event, conversation: &Conversation) -> Result<bool> {
    Ok(!words_about(on, event, conversation).await?.is_empty())
}

async fn words_for(on: impl On, event: &Event) -> Result<Option<(Conversation, Vec<Word>)>> {
    let mut on = on;
    let Some(id) = &event.conversation_id else {
        return Ok(None);
    };
    let conversation = match current(&mut on, id).await {
        Ok(conversation) => conversation,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let words = words_about(on, event, &conversation).await?;
    Ok(Some((conversation, words)))
}

/// What is to be said to whom, each agent once and nobody of what they did themselves.
async fn words_about(on: impl On, event: &Event, conversation: &Conversation) -> Result<Vec<Word>> {
    let mut words: Vec<Word> = Vec::new();
    for word in said::what_to_say(on, event, conversation).await? {
        let is_own = event.actor == Actor::Agent(word.agent.clone());
        if !is_own && !words.iter().any(|known| known.agent == word.agent) {
            words.push(word);
        }
    }
    Ok(words)
}

async fn current(on: impl On, id: &ConversationId) -> Result<Conversation> {
    let mut on = on;
    let mut conversation = conversations::load(&mut on, id).await?;
    while let Some(into) = conversation.merged_into.clone() {
        conversation = conversations::load(&mut on, &into).await?;
    }
    Ok(conversation)
}

async fn tell(tx: &mut Tx, event: &Event, conversation: &Conversation, word: Word) -> Result<()> {
    let enabled: Option<(bool,)> = sql("SELECT is_enabled FROM agents WHERE id = $1")
        .bind(&word.agent)
        .optional(&mut *tx)
        .await?;
    let choice = choices(&mut *tx, &word.agent)
        .await?
        .into_iter()
        .find(|(kind, _)| *kind == word.kind);
    let (Some((true,)), Some((_, choice))) = (enabled, choice) else {
        return Ok(());
    };
    // Nobody is told of what they do not see.
    if !access::sees_conversation(&mut *tx, &Actor::Agent(word.agent.clone()), conversation).await? {
        return Ok(());
    }
    if !(choice.in_page || choice.by_push || choice.by_mail) {
        return Ok(());
    }
    // Ten messages of one customer are one line in the bell.
    let open: Option<(String, i64)> = sql("SELECT id, at FROM notifications WHERE agent_id = $1 AND conversation_id = $2 AND kind = $3 AND read_at IS NULL ORDER BY id DESC LIMIT 1")
        .bind(&word.agent)
        .bind(&conversation.id)
        .bind(word.kind.as_str())
        .optional(&mut *tx)
        .await?;
    let now = tx.now();
    let id = tx.env().ulid();
    let disturbs = open.as_ref().is_none_or(|(_, at)| now - at > AGAIN_AFTER);
    if let Some((old, _)) = &open {
        sql("DELETE FROM notifications WHERE id = $1")
            .bind(old)
            .run(&mut *tx)
            .await?;
        sql(pushes::FORGET).bind(old).run(&mut *tx).await?;
    }
    put(tx, &id, event, conversation, &word, choice).await?;
    if choice.by_push && disturbs {
        pushes::queue_in(tx, pushes::Side::Agents, word.agent.as_str(), &id).await?;
    }
    tx.emit(told(&word.agent));
    Ok(())
}

async fn put(
    tx: &mut Tx,
    id: &str,
    event: &Event,
    conversation: &Conversation,
    word: &Word,
    choice: Choice,
) -> Result<()> {
    let now = tx.now();
    sql("INSERT INTO notifications (id, agent_id, kind, conversation_id, actor, words, position, at, read_at, mailed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (agent_id, position, kind) DO NOTHING")
        .bind(id)
        .bind(&word.agent)
        .bind(word.kind.as_str())
        .bind(&conversation.id)
        .bind(super::to_json(&event.actor))
        .bind(word.words.as_str())
        .bind(event.position)
        .bind(now)
        // Who does not want it in the page has no line to read there.
        .bind((!choice.in_page).then_some(now))
        .bind((!choice.by_mail).then_some(now))
        .run(tx)
        .await?;
    Ok(())
}

/// An agent who is away, and what a mail should tell them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The agent.
    pub agent: AgentId,
    /// What they were told, the oldest first.
    pub told: Vec<Notification>,
}

/// Agents who have not been seen for `away_for` milliseconds and have things to read that are at least
/// as old, and were not mailed within `pause`.
pub async fn away(on: impl On, now: Millis, away_for: Millis, pause: Millis) -> Result<Vec<AgentId>> {
    let rows: Vec<(AgentId,)> = crate::db::composed_sql(format!("SELECT DISTINCT n.agent_id FROM notifications n JOIN conversations c ON c.id = n.conversation_id AND {NO_SPAM} AND {} JOIN agents g ON g.id = n.agent_id AND g.is_enabled LEFT JOIN desks d ON d.agent_id = n.agent_id
         WHERE n.mailed_at IS NULL AND n.at <= $1 AND (d.seen_at IS NULL OR d.seen_at <= $1)
           AND NOT EXISTS (SELECT 1 FROM notifications m WHERE m.agent_id = n.agent_id AND m.mailed_at > m.at AND m.read_at IS NULL AND m.mailed_at > $2) ORDER BY n.agent_id LIMIT 100", seen()))
        .bind(now - away_for)
        .bind(now - pause)
        .all(on)
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Takes what a mail to this agent should name; it is named once, whoever asks at the same moment.
pub async fn take_digest_in(tx: &mut Tx, agent: &AgentId) -> Result<Digest> {
    let now = tx.now();
    let hidden = scope::hidden("c.contact_id", "c.inbox_id", "c.assignee_id");
    let ids: Vec<(String,)> = crate::db::composed_sql(format!("UPDATE notifications SET mailed_at = CASE WHEN at < $2 THEN $2 ELSE at + 1 END WHERE agent_id = $1 AND mailed_at IS NULL AND EXISTS (SELECT 1 FROM conversations c WHERE c.id = notifications.conversation_id AND {NO_SPAM} AND NOT EXISTS (SELECT 1 FROM agents a WHERE a.id = $1 AND {hidden})) RETURNING id"))
        .bind(agent)
        .bind(now)
        .all(&mut *tx)
        .await?;
    let mut told = Vec::new();
    for (id,) in ids.into_iter().take(200) {
        match load(&mut *tx, &id).await {
            Ok((_, notification)) => told.push(notification),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    told.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Digest {
        agent: agent.clone(),
        told,
    })
}

/// Throws away what was read or told more than 30 days ago.
pub async fn prune(store: &Store) -> Result<u64> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let gone = sql("DELETE FROM notifications WHERE at < $1")
        .bind(now - 30 * 86_400_000)
        .run(&mut tx)
        .await?;
    sql("DELETE FROM rule_runs WHERE at < $1")
        .bind(now - 90 * 86_400_000)
        .run(&mut tx)
        .await?;
    super::rules::timed::prune_in(&mut tx).await?;
    tx.commit_silently().await?;
    Ok(gone)
}
