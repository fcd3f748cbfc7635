//! Conversations and messages as rows: loading, locking, inserting. The flows that change them
//! are in `ingest`, `reply`, `lifecycle` and `restructure`.

mod begun;

use std::borrow::Cow;

use serde::Serialize;

pub(crate) use self::begun::{NewConversation, begin_in};
use crate::card::{Card, CardAnswer};
use crate::db::{On, Value, composed_sql, insert_rows, placeholders, rows_at_once};
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::stretches::{self, News};
use crate::types::{
    Actor, ActorKind, AgentId, AttachmentId, Auto, Channel, ContactId, ConversationId, ConversationStatus, InboxId,
    Language, Level, MatchedBy, MessageId, MessageKind, Millis, Position, Priority, TeamId,
};

/// One thread between a contact and the business.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The number that people say.
    pub number: i64,
    /// The contact.
    pub contact_id: ContactId,
    /// The inbox that the last inbound message came by, and answers leave by.
    pub inbox_id: InboxId,
    /// The channel of that inbox.
    pub channel: Channel,
    /// The matter.
    pub subject: Option<String>,
    /// The customer's language here.
    pub language: Language,
    /// Open, snoozed or resolved.
    pub status: ConversationStatus,
    /// Who has it.
    pub level: Level,
    /// The agent who has it.
    pub assignee_id: Option<AgentId>,
    /// The team that has it.
    pub team_id: Option<TeamId>,
    /// How urgent.
    pub priority: Priority,
    /// Where an answer goes: address, `wa_id`, visitor.
    pub reply_address: Option<String>,
    /// The beginning of the last message.
    pub preview: String,
    /// How many messages it has.
    pub message_count: i64,
    /// Since when the customer waits for an answer.
    pub waiting_since: Option<Millis>,
    /// Until when the waiting customer should have an answer, where a limit is set.
    pub due_at: Option<Millis>,
    /// When the customer wrote last.
    pub last_inbound_at: Option<Millis>,
    /// When anything was written last.
    pub last_message_at: Millis,
    /// When it was resolved.
    pub resolved_at: Option<Millis>,
    /// Until when it is hidden.
    pub snoozed_until: Option<Millis>,
    /// Since when it is spam; it stands as resolved then.
    pub spam_since: Option<Millis>,
    /// Since when it holds nothing but what a broadcast said; it stands as resolved then, in no list.
    pub quiet_since: Option<Millis>,
    /// The conversation it was split from, or that a stranger's mail referred to.
    pub related_to: Option<ConversationId>,
    /// The conversation it became part of.
    pub merged_into: Option<ConversationId>,
    /// Counts its changes.
    pub version: i64,
    /// The last position that touched it.
    pub position: Position,
    /// When it began.
    pub created_at: Millis,
    /// When it changed last.
    pub updated_at: Millis,
}

pub(crate) const CONVERSATION: &str = "id, number, contact_id, inbox_id, channel, subject, language, status, level, assignee_id, team_id, priority, reply_address, preview, message_count, waiting_since, due_at, last_inbound_at, last_message_at, resolved_at, snoozed_until, spam_since, quiet_since, related_to, merged_into, version, position, created_at, updated_at";

/// One entry of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Inbound, outbound, note or activity.
    pub kind: MessageKind,
    /// The channel it came or went by.
    pub channel: Channel,
    /// The inbox.
    pub inbox_id: Option<InboxId>,
    /// What wrote it.
    pub author_kind: ActorKind,
    /// Who wrote it.
    pub author_id: String,
    /// The channel's id of it.
    pub external_id: Option<String>,
    /// The subject.
    pub subject: Option<String>,
    /// What is shown first: what the sender wrote now.
    pub text: String,
    /// The whole text, where it differs.
    pub body: Option<String>,
    /// Sanitised HTML.
    pub html: Option<String>,
    /// Cards.
    pub cards: Vec<Card>,
    /// The press on a card that this message is.
    pub answer: Option<CardAnswer>,
    /// What only its channel has; for an activity line, what happened.
    pub extra: Option<serde_json::Value>,
    /// Whether a person wrote it.
    pub auto: Auto,
    /// Which key chose the conversation.
    pub matched_by: Option<MatchedBy>,
    /// The id of the message it answers.
    pub in_reply_to: Option<String>,
    /// Why it needs a person's look.
    pub quarantined: Option<String>,
    /// The stored raw bytes.
    pub raw_sha256: Option<String>,
    /// The provider's time.
    pub sent_at: Millis,
    /// The time that orders the conversation.
    pub at: Millis,
    /// When it was filed.
    pub created_at: Millis,
}

impl Message {
    /// Words of somebody's that belong to a conversation, of which nothing more is known.
    pub(crate) fn by(
        actor: &Actor,
        id: MessageId,
        conversation: &Conversation,
        kind: MessageKind,
        text: &str,
        now: Millis,
    ) -> Message {
        Message {
            id,
            conversation_id: conversation.id.clone(),
            kind,
            channel: conversation.channel,
            inbox_id: None,
            author_kind: actor.kind(),
            author_id: actor.id().to_owned(),
            external_id: None,
            subject: None,
            text: text.to_owned(),
            body: None,
            html: None,
            cards: Vec::new(),
            answer: None,
            extra: None,
            auto: Auto::None,
            matched_by: None,
            in_reply_to: None,
            quarantined: None,
            raw_sha256: None,
            sent_at: now,
            at: now,
            created_at: now,
        }
    }
}

pub(crate) const MESSAGE: &str = "id, conversation_id, kind, channel, inbox_id, author_kind, author_id, external_id, subject, text, body, html, cards, answer, extra, auto, matched_by, in_reply_to, quarantined, raw_sha256, sent_at, at, created_at";

#[derive(sqlx::FromRow)]
pub(crate) struct MessageRow {
    id: MessageId,
    conversation_id: ConversationId,
    kind: MessageKind,
    channel: Channel,
    inbox_id: Option<InboxId>,
    author_kind: ActorKind,
    author_id: String,
    external_id: Option<String>,
    subject: Option<String>,
    text: String,
    body: Option<String>,
    html: Option<String>,
    cards: String,
    answer: Option<String>,
    extra: Option<String>,
    auto: Auto,
    matched_by: Option<MatchedBy>,
    in_reply_to: Option<String>,
    quarantined: Option<String>,
    raw_sha256: Option<String>,
    sent_at: Millis,
    at: Millis,
    created_at: Millis,
}

fn json<T: serde::de::DeserializeOwned>(id: &MessageId, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::corrupt(format!("message {id}"), error))
}

impl TryFrom<MessageRow> for Message {
    type Error = Error;
    fn try_from(row: MessageRow) -> Result<Message> {
        Ok(Message {
            cards: json(&row.id, &row.cards)?,
            answer: row.answer.as_deref().map(|text| json(&row.id, text)).transpose()?,
            extra: row.extra.as_deref().map(|text| json(&row.id, text)).transpose()?,
            id: row.id,
            conversation_id: row.conversation_id,
            kind: row.kind,
            channel: row.channel,
            inbox_id: row.inbox_id,
            author_kind: row.author_kind,
            author_id: row.author_id,
            external_id: row.external_id,
            subject: row.subject,
            text: row.text,
            body: row.body,
            html: row.html,
            auto: row.auto,
            matched_by: row.matched_by,
            in_reply_to: row.in_reply_to,
            quarantined: row.quarantined,
            raw_sha256: row.raw_sha256,
            sent_at: row.sent_at,
            at: row.at,
            created_at: row.created_at,
        })
    }
}

/// What `extra` says of a message that was sent with another program: a mail from the mailbox, a chat from the telephone.
pub const ELSEWHERE: &str = "elsewhere";

/// The words of a message as a line of a list shows them. What was written here has marks (see [`crate::marks`]); what came,
/// and what was sent with another program, is as it stands.
pub fn plain_of<'a>(kind: MessageKind, extra: Option<&serde_json::Value>, text: &'a str) -> Cow<'a, str> {
    if kind == MessageKind::Inbound || is_elsewhere(extra) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(crate::marks::plain(text, ""))
    }
}

/// Whether a message was sent with another program.
pub fn is_elsewhere(extra: Option<&serde_json::Value>) -> bool {
    let said = extra.and_then(|extra| extra.get(ELSEWHERE)?.as_bool());
    said.unwrap_or_default()
}

impl Message {
    /// See [`plain_of`].
    pub fn plain(&self) -> Cow<'_, str> {
        plain_of(self.kind, self.extra.as_ref(), &self.text)
    }

    pub(crate) fn row(&self) -> Vec<Value> {
        vec![
            (&self.id).into(),
            (&self.conversation_id).into(),
            self.kind.into(),
            self.channel.into(),
            self.inbox_id.as_ref().into(),
            self.author_kind.into(),
            self.author_id.as_str().into(),
            self.external_id.clone().into(),
            self.subject.clone().into(),
            self.text.as_str().into(),
            self.body.clone().into(),
            self.html.clone().into(),
            serde_json::to_string(&self.cards)
                .unwrap_or_else(|_| "[]".to_owned())
                .into(),
            self.answer
                .as_ref()
                .and_then(|answer| serde_json::to_string(answer).ok())
                .into(),
            self.extra.as_ref().map(ToString::to_string).into(),
            self.auto.into(),
            self.matched_by.into(),
            self.in_reply_to.clone().into(),
            self.quarantined.clone().into(),
            self.raw_sha256.clone().into(),
            self.sent_at.into(),
            self.at.into(),
            self.created_at.into(),
        ]
    }
}

/// A file of a message.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// Its message, once it has one.
    pub message_id: Option<MessageId>,
    /// The file name.
    pub name: String,
    /// The media type.
    pub media_type: String,
    /// Length in bytes.
    pub size: i64,
    /// The name of the bytes.
    pub sha256: String,
    /// Shown inside the body.
    pub is_inline: bool,
    /// The Content-ID.
    pub content_id: Option<String>,
    /// Where the channel will give the bytes; `sha256` is empty until then.
    #[serde(skip)]
    pub source: Option<String>,
    /// Why they could not be fetched.
    pub fetch_error: Option<String>,
    /// How long a recording plays, in milliseconds.
    pub duration: Option<Millis>,
}

/// The first words of a text, on one line, for lists.
pub fn preview_of(text: &str) -> String {
    const MOST: usize = 140;
    let mut preview = String::new();
    for word in text.split_whitespace() {
        if !preview.is_empty() {
            preview.push(' ');
        }
        preview.extend(word.chars().take(MOST));
        if preview.chars().count() > MOST {
            return preview.chars().take(MOST).chain("…".chars()).collect();
        }
    }
    preview
}

/// The addresses of everybody who takes part in a conversation, lower-cased; at most 200.
///
/// # Errors
/// When the database cannot be reached.
pub async fn participants(on: impl On, id: &ConversationId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> =
        crate::db::sql("SELECT value FROM participants WHERE conversation_id = $1 ORDER BY value LIMIT 200")
            .bind(id)
            .all(on)
            .await?;
    Ok(rows.into_iter().map(|(value,)| value).collect())
}

/// A conversation by id, wherever it stands now. Callers outside the core use `access`.
pub(crate) async fn load(on: impl On, id: &ConversationId) -> Result<Conversation> {
    composed_sql(format!("SELECT {CONVERSATION} FROM conversations WHERE id = $1"))
        .bind(id)
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// A conversation, held until the commit.
pub(crate) async fn lock(tx: &mut Tx, id: &ConversationId) -> Result<Conversation> {
    let text = format!(
        "SELECT {CONVERSATION} FROM conversations WHERE id = $1 {}",
        tx.dialect().for_update()
    );
    let found: Option<Conversation> = composed_sql(text).bind(id).optional(&mut *tx).await?;
    let found = found.ok_or(Error::NotFound)?;
    tx.hold(&found);
    Ok(found)
}

/// As [`lock`], following merges: the conversation that it is part of now.
pub(crate) async fn lock_current(tx: &mut Tx, id: &ConversationId) -> Result<Conversation> {
    let mut conversation = lock(tx, id).await?;
    // What is part of another is never merged again, so the chain has an end.
    while let Some(into) = conversation.merged_into.clone() {
        conversation = lock(tx, &into).await?;
    }
    Ok(conversation)
}

/// Several conversations, held until the commit; in the order of their ids, so that two callers
/// cannot wait for each other.
pub(crate) async fn lock_all(tx: &mut Tx, ids: Vec<ConversationId>) -> Result<Vec<Conversation>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!(
        "SELECT {CONVERSATION} FROM conversations WHERE id IN {} ORDER BY id {}",
        placeholders(1, ids.len(), 0),
        tx.dialect().for_update()
    );
    let found: Vec<Conversation> = composed_sql(text).bind_all(ids.iter()).all(&mut *tx).await?;
    for one in &found {
        tx.hold(one);
    }
    Ok(found)
}

/// Writes the changeable columns of a conversation back, with the next version.
pub(crate) async fn save(tx: &mut Tx, conversation: &mut Conversation) -> Result<()> {
    save_all(tx, [conversation]).await
}

/// The columns that [`save_all`] writes, the key first; [`kept`] gives the values in this order.
const KEPT: [&str; 25] = [
    "id",
    "contact_id",
    "inbox_id",
    "channel",
    "subject",
    "language",
    "status",
    "level",
    "assignee_id",
    "team_id",
    "priority",
    "reply_address",
    "preview",
    "message_count",
    "waiting_since",
    "last_inbound_at",
    "last_message_at",
    "resolved_at",
    "snoozed_until",
    "spam_since",
    "quiet_since",
    "related_to",
    "merged_into",
    "version",
    "updated_at",
];

fn kept(c: &Conversation) -> [Value; KEPT.len()] {
    [
        (&c.id).into(),
        (&c.contact_id).into(),
        (&c.inbox_id).into(),
        c.channel.into(),
        c.subject.clone().into(),
        c.language.into(),
        c.status.into(),
        c.level.into(),
        c.assignee_id.as_ref().into(),
        c.team_id.as_ref().into(),
        c.priority.into(),
        c.reply_address.clone().into(),
        c.preview.as_str().into(),
        c.message_count.into(),
        c.waiting_since.into(),
        c.last_inbound_at.into(),
        c.last_message_at.into(),
        c.resolved_at.into(),
        c.snoozed_until.into(),
        c.spam_since.into(),
        c.quiet_since.into(),
        c.related_to.as_ref().into(),
        c.merged_into.as_ref().into(),
        c.version.into(),
        c.updated_at.into(),
    ]
}

/// As [`save`], several with few statements.
pub(crate) async fn save_all<'a>(
    tx: &mut Tx,
    conversations: impl IntoIterator<Item = &'a mut Conversation>,
) -> Result<()> {
    let now = tx.now();
    let rows: Vec<_> = conversations
        .into_iter()
        .map(|conversation| {
            conversation.version += 1;
            conversation.updated_at = now;
            // What is worked on is heard of.
            if conversation.status != ConversationStatus::Resolved {
                conversation.quiet_since = None;
            }
            tx.changed(conversation);
            kept(conversation)
        })
        .collect();
    let set: Vec<String> = KEPT
        .iter()
        .zip(1..)
        .skip(1)
        .map(|(name, number)| format!("{name} = v.column{number}"))
        .collect();
    let set = set.join(", ");
    let mut rest = rows.into_iter();
    while rest.len() > 0 {
        let take = rows_at_once(&mut &mut *tx, KEPT.len(), rest.len());
        let text = format!(
            "UPDATE conversations SET {set} FROM (VALUES {}) AS v WHERE conversations.id = v.column1",
            placeholders(take, KEPT.len(), 0)
        );
        composed_sql(text)
            .bind_all(rest.by_ref().take(take).flatten())
            .run(&mut *tx)
            .await?;
    }
    Ok(())
}

pub(crate) const INSERT_MESSAGE: &str = "INSERT INTO messages (id, conversation_id, kind, channel, inbox_id, author_kind, author_id, external_id, subject, text, body, html, cards, answer, extra, auto, matched_by, in_reply_to, quarantined, raw_sha256, sent_at, at, created_at) VALUES";

/// Remembers the last position of each conversation that a commit touches, until when its customer should have an answer, and
/// since when it stands as it stands.
pub(crate) async fn stamp_positions(tx: &mut Tx, touched: Vec<(String, Position, News)>) -> Result<()> {
    let now = tx.now();
    let set = stretches::set();
    let mut rest = touched.into_iter();
    while rest.len() > 0 {
        let take = rows_at_once(&mut &mut *tx, 4, rest.len());
        let text = format!(
            "UPDATE conversations SET position = v.column2, due_at = {}, {set} FROM (VALUES {}) AS v WHERE conversations.id = v.column1",
            crate::sla::DUE,
            placeholders(take, 4, 0)
        );
        let mut query = composed_sql(text);
        for (id, position, news) in rest.by_ref().take(take) {
            query = query.bind(id).bind(position).bind(news as i64).bind(now);
        }
        query.run(&mut *tx).await?;
    }
    Ok(())
}

/// Lets people take part in conversations, by their addresses or numbers: whoever does may answer there.
pub(crate) async fn take_part<'a>(
    tx: &mut Tx,
    who: impl IntoIterator<Item = (&'a ConversationId, String)>,
) -> Result<()> {
    let rows = who
        .into_iter()
        .map(|(conversation, value)| vec![conversation.into(), value.into()])
        .collect();
    insert_rows(
        tx,
        "INSERT INTO participants (conversation_id, value) VALUES",
        "ON CONFLICT (conversation_id, value) DO NOTHING",
        rows,
    )
    .await
}

/// A message by id. Callers outside the core use `access`.
pub(crate) async fn load_message(on: impl On, id: &MessageId) -> Result<Message> {
    let row: MessageRow = composed_sql(format!("SELECT {MESSAGE} FROM messages WHERE id = $1"))
        .bind(id)
        .optional(on)
        .await?
        .ok_or(Error::NotFound)?;
    row.try_into()
}
