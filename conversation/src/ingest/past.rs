//! Messages of the past: what another desk or a mailbox held before. They are filed like all others (known
//! already? who is it? where does it belong?), but nothing follows from them: the only event is
//! `conversation.imported`, so that no rule, bot, bell, survey or web hook answers to what was answered years ago.

mod people;

use std::collections::{HashMap, HashSet};

use serde_json::json;

use super::decide::{self, Choice};
use super::load::{self, Picture};
use super::{Filed, Origin, Outcome, append, contact, ingest_with, storable};
use crate::attachments;
use crate::blobs::Prepared;
use crate::conversations::{Conversation, preview_of};
use crate::db::{On, insert_rows, sql};
use crate::error::Result;
use crate::events::EventKind;
use crate::inbound::InboundMessage;
use crate::store::{Store, Tx, event};
use crate::types::{
    Actor, ActorKind, AgentId, ContactId, ConversationId, ConversationStatus, LabelId, Level, MatchedBy, MessageId,
    MessageKind, Millis, Priority,
};

pub use people::{PastContact, contacts};

/// One message of the past.
#[derive(Debug, Clone)]
pub struct Past {
    /// The message. `from` is always the customer, whoever wrote it.
    pub message: InboundMessage,
    /// Who wrote it.
    pub by: By,
}

/// Who wrote a message of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// The customer.
    Customer,
    /// Somebody of the business, to the customer.
    Business(Writer),
    /// Somebody of the business, for colleagues.
    Note(Writer),
}

/// Somebody of the business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// The agent here, when there is one.
    pub agent: Option<AgentId>,
    /// The name, shown where there is no agent.
    pub name: String,
}

/// A whole conversation of another desk.
#[derive(Debug, Clone)]
pub struct PastConversation {
    /// Where from, such as `zammad:https://desk.example.com`.
    pub source: String,
    /// What it is called there.
    pub key: String,
    /// How it stands. What is changed here later is not changed back.
    pub status: ConversationStatus,
    /// It was spam there, and is so here.
    pub is_spam: bool,
    /// How urgent it is.
    pub priority: Priority,
    /// Who has it.
    pub assignee: Option<AgentId>,
    /// What it is labelled with.
    pub labels: Vec<LabelId>,
    /// Its messages, the oldest first.
    pub messages: Vec<Past>,
}

/// Where messages of a batch belong.
#[derive(Debug, Clone)]
pub(super) enum Home {
    /// Where their references say.
    Thread,
    /// In one conversation; `None` while it is to be begun.
    One(Option<ConversationId>),
}

/// What is known of a batch beside its messages.
pub(super) struct Sources<'a> {
    by: HashMap<String, &'a By>,
    conversation: Option<&'a PastConversation>,
}

/// Files mails of the past, each where its references say. Their raw bytes become part of the same commits.
///
/// # Errors
/// As [`super::ingest`].
pub async fn mails(store: &Store, batch: &[Past], raw: &[Prepared]) -> Result<Vec<Filed>> {
    file(store, batch, raw, None).await
}

/// Files a conversation of another desk, or what is new in one that came before.
///
/// # Errors
/// As [`super::ingest`].
pub async fn conversation(store: &Store, past: &PastConversation) -> Result<Vec<Filed>> {
    file(store, &past.messages, &[], Some(past)).await
}

async fn file(
    store: &Store,
    batch: &[Past],
    raw: &[Prepared],
    conversation: Option<&PastConversation>,
) -> Result<Vec<Filed>> {
    let sources = Sources {
        by: batch
            .iter()
            .map(|past| (storable(&past.message.external_id), &past.by))
            .collect(),
        conversation,
    };
    let messages: Vec<InboundMessage> = batch.iter().map(|past| past.message.clone()).collect();
    ingest_with(store, &messages, raw, &[], Origin::Past(&sources)).await
}

/// Gives messages that came without their files what they were: text, files, and what only the channel knows. One that
/// has files stays as it is. Says of each whether it is here.
///
/// # Errors
/// When the database refuses.
pub async fn files(store: &Store, batch: &[InboundMessage]) -> Result<Vec<bool>> {
    let mut tx = store.begin().await?;
    let mut found = Vec::with_capacity(batch.len());
    for message in batch {
        let row: Option<(MessageId, ConversationId, String, i64)> = sql(
            "SELECT id, conversation_id, text, (SELECT COUNT(*) FROM attachments WHERE message_id = messages.id)
             FROM messages WHERE inbox_id = $1 AND external_id = $2",
        )
        .bind(&message.inbox)
        .bind(storable(&message.external_id).as_str())
        .optional(&mut tx)
        .await?;
        found.push(row.is_some());
        let Some((id, conversation, before, 0)) = row.filter(|_| !message.attachments.is_empty()) else {
            continue;
        };
        sql("UPDATE messages SET text = $2, extra = $3 WHERE id = $1")
            .bind(&id)
            .bind(message.text.as_str())
            .bind(message.extra.as_ref().map(ToString::to_string))
            .run(&mut tx)
            .await?;
        sql("UPDATE conversations SET preview = $4 WHERE id = $1 AND preview = $3 AND last_message_at <= (SELECT at FROM messages WHERE id = $2)")
            .bind(&conversation)
            .bind(&id)
            .bind(preview_of(&before))
            .bind(preview_of(message.visible()))
            .run(&mut tx)
            .await?;
        let now = tx.now();
        let rows = append::files_of(store, message, &id)
            .map(|file| attachments::row(&file, None, now))
            .collect();
        insert_rows(&mut tx, attachments::INSERT, "", rows).await?;
        let data = json!({ "messages": 0, "began": false });
        let kind = EventKind::ConversationImported;
        tx.emit(event(kind, &conversation, conversation.as_str(), &Actor::System, data));
    }
    if tx.has_events() {
        tx.commit().await?;
    }
    Ok(found)
}

/// What a thing of a source is called here, once it came.
pub async fn known(on: impl On, source: &str, kind: &str, foreign: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = sql("SELECT id FROM imports WHERE source = $1 AND kind = $2 AND foreign_id = $3")
        .bind(source)
        .bind(kind)
        .bind(foreign)
        .optional(on)
        .await?;
    Ok(row.map(|(id,)| id))
}

/// Remembers what a thing of a source is called here, or how far a source was read.
pub async fn remember_in(tx: &mut Tx, source: &str, kind: &str, foreign: &str, id: &str) -> Result<()> {
    let now = tx.now();
    sql(
        "INSERT INTO imports (source, kind, foreign_id, id, at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (source, kind, foreign_id) DO UPDATE SET id = excluded.id, at = excluded.at",
    )
    .bind(source)
    .bind(kind)
    .bind(foreign)
    .bind(id)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Whom we wrote to did not prove their address by that.
fn unprove(picture: &mut Picture, message: &InboundMessage, before: &[bool]) {
    for (claim, was_proved) in message.from.identities.iter().zip(before) {
        let key = (claim.kind, claim.value.clone());
        if let Some(identity) = picture.identities.get_mut(&key).filter(|_| !was_proved) {
            identity.is_verified = false;
            picture.changes.proved.retain(|proved| *proved != key);
        }
    }
}

/// Where a message of the past belongs: a chat that happens to be open is not it.
pub(super) fn choose(
    store: &Store,
    picture: &Picture,
    home: &Home,
    message: &InboundMessage,
    contact: &ContactId,
) -> Choice {
    let new = |related| Choice {
        conversation: None,
        by: MatchedBy::New,
        related,
    };
    match home {
        Home::One(Some(id)) => Choice {
            conversation: Some(picture.current(id)),
            by: MatchedBy::Explicit,
            related: None,
        },
        Home::One(None) => new(None),
        Home::Thread => {
            let choice = decide::choose(store, picture, message, contact);
            if !matches!(choice.by, MatchedBy::OpenConversation | MatchedBy::New) {
                return choice;
            }
            // An answer to it may have come first: in files, order is by chance.
            let seen = picture.threads.get(&message.external_id).into_iter().flatten();
            let mut seen = seen.map(|thread| picture.current(&thread.conversation_id));
            match seen.find(|id| contact::is_known_sender(picture, message, contact, id)) {
                Some(id) => Choice {
                    conversation: Some(id),
                    by: MatchedBy::SeenReference,
                    related: None,
                },
                None => new(choice.related),
            }
        }
    }
}

impl Sources<'_> {
    /// Files a batch against the picture and takes back what would have followed.
    pub(super) async fn file(
        &self,
        tx: &mut Tx,
        picture: &mut Picture,
        batch: &[InboundMessage],
    ) -> Result<Vec<Filed>> {
        let home = match self.conversation {
            None => Home::Thread,
            Some(past) => {
                let id = known(&mut *tx, &past.source, "conversation", &past.key).await?;
                let id = id.map(ConversationId::from);
                if let Some(id) = &id
                    && !picture.conversations.contains_key(id)
                {
                    load::load_conversations(tx, HashSet::from([id.clone()]), None, picture).await?;
                }
                Home::One(id.filter(|id| picture.conversations.contains_key(&picture.current(id))))
            }
        };
        picture.past = Some(home);
        let store = tx.store().clone();
        let mut before = picture.conversations.clone();
        let mut touched: Vec<(ConversationId, i64)> = Vec::new();
        let mut filed = Vec::with_capacity(batch.len());
        for message in batch {
            let proved = |picture: &Picture| -> Vec<bool> {
                let claims = message.from.identities.iter();
                let known = claims.map(|claim| picture.identities.get(&(claim.kind, claim.value.clone())));
                known
                    .map(|known| known.is_some_and(|identity| identity.is_verified))
                    .collect()
            };
            let before_it = proved(picture);
            let one = decide::file(&store, picture, message);
            if self.by.get(&message.external_id).is_some_and(|by| **by != By::Customer) {
                unprove(picture, message, &before_it);
            }
            if let (Some(id), Outcome::Created | Outcome::Appended) = (&one.conversation, one.outcome) {
                self.settle(picture, &mut before, message, id, store.now());
                match touched.iter_mut().find(|(known, _)| known == id) {
                    Some((_, count)) => *count += 1,
                    None => touched.push((id.clone(), 1)),
                }
                if let Some(Home::One(home)) = &mut picture.past {
                    *home = Some(id.clone());
                }
            }
            filed.push(one);
        }
        if let (Some(past), Some(Home::One(Some(id)))) = (self.conversation, &picture.past) {
            let id = picture.current(id);
            let is_new = picture.changes.new_conversations.contains(&id);
            let now = tx.now();
            let last = batch.last().and_then(|message| self.by.get(&message.external_id));
            if let Some(one) = picture.conversations.get_mut(&id).filter(|_| is_new) {
                one.status = past.status;
                one.priority = past.priority;
                one.assignee_id.clone_from(&past.assignee);
                let is_open = past.status != ConversationStatus::Resolved;
                one.resolved_at = (!is_open).then_some(one.last_message_at);
                let is_waiting = is_open && last.is_some_and(|by| **by == By::Customer);
                one.waiting_since = is_waiting.then_some(one.last_message_at);
            }
            if past.is_spam && is_new {
                super::spam::imported(picture, &id, now);
            }
        }
        let changes = &mut picture.changes;
        changes.events.clear();
        changes.reopened.clear();
        changes.new_tickets.clear();
        changes.windows.clear();
        changes.scores.clear();
        changes.good_addresses.clear();
        for (id, count) in touched {
            let data = json!({ "messages": count, "began": changes.new_conversations.contains(&id) });
            let kind = EventKind::ConversationImported;
            changes.events.push(event(kind, &id, id.as_str(), &Actor::System, data));
        }
        Ok(filed)
    }

    /// Gives the message that was just filed its time and author, and its conversation the state that it had.
    fn settle(
        &self,
        picture: &mut Picture,
        before: &mut HashMap<ConversationId, Conversation>,
        message: &InboundMessage,
        id: &ConversationId,
        now: Millis,
    ) {
        let at = message.sent_at.min(now);
        let by = self.by.get(&message.external_id).copied().unwrap_or(&By::Customer);
        if let Some(row) = picture.changes.messages.last_mut() {
            row.at = at;
            let writer = match by {
                By::Customer => None,
                By::Business(writer) => Some((MessageKind::Outbound, writer)),
                By::Note(writer) => Some((MessageKind::Note, writer)),
            };
            if let Some((kind, writer)) = writer {
                row.kind = kind;
                (row.author_kind, row.author_id) = match &writer.agent {
                    Some(agent) => (ActorKind::Agent, agent.to_string()),
                    None => (ActorKind::Api, writer.name.clone()),
                };
            }
        }
        let Some(now_is) = picture.conversations.get_mut(id) else {
            return;
        };
        match before.get(id) {
            Some(was) => {
                let (count, preview) = (now_is.message_count, std::mem::take(&mut now_is.preview));
                let is_last = at >= was.last_message_at && !matches!(by, By::Note(_));
                let reply_address = now_is.reply_address.take();
                *now_is = was.clone();
                now_is.message_count = count;
                now_is.last_message_at = was.last_message_at.max(at);
                if is_last || now_is.preview.is_empty() {
                    now_is.preview = preview;
                }
                now_is.reply_address = now_is.reply_address.take().or(reply_address);
                if picture.changes.new_conversations.contains(id) {
                    now_is.created_at = was.created_at.min(at);
                }
                // Of one that is worked on here, the end is what was done here.
                now_is.resolved_at = was.resolved_at.map(|ended| ended.max(at));
            }
            None => {
                now_is.created_at = at;
                now_is.last_message_at = at;
                now_is.status = ConversationStatus::Resolved;
                now_is.resolved_at = Some(at);
                now_is.snoozed_until = None;
                now_is.waiting_since = None;
                // They never wrote to us: neither surveys nor the end of a silence are for them.
                now_is.last_inbound_at = None;
                now_is.level = Level::N1;
            }
        }
        before.insert(id.clone(), now_is.clone());
    }

    /// Keeps what the conversation is called here, and its labels, in the commit that files it.
    pub(super) async fn remember(&self, tx: &mut Tx, filed: &[Filed]) -> Result<()> {
        let Some(past) = self.conversation else { return Ok(()) };
        let Some(begun) = filed.iter().find(|one| one.outcome == Outcome::Created) else {
            return Ok(());
        };
        let Some(id) = &begun.conversation else { return Ok(()) };
        let now = tx.now();
        for label in &past.labels {
            sql("INSERT INTO conversation_labels (conversation_id, label_id, added_at) VALUES ($1, $2, $3) ON CONFLICT (conversation_id, label_id) DO NOTHING")
                .bind(id)
                .bind(label)
                .bind(now)
                .run(&mut *tx)
                .await?;
        }
        remember_in(tx, &past.source, "conversation", &past.key, id.as_str()).await
    }
}
