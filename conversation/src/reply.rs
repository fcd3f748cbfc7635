//! Writing into a conversation: the only way out for messages.

mod check;
mod route;

use std::collections::HashMap;

use serde_json::json;

use crate::activity::activity;
use crate::card::Card;
use crate::conversations::{self, Conversation, INSERT_MESSAGE, Message, preview_of};
use crate::db::{composed_sql, insert_rows};
use crate::error::Result;
use crate::events::{EventKind, NewEvent};
use crate::marks;
use crate::proactive;
use crate::store::{Store, Tx};
use crate::types::{
    Actor, ActorKind, AgentId, AttachmentId, Channel, ConversationId, DeliveryId, DeliveryState, InboxId, Level,
    MessageId, MessageKind, Millis, Position,
};
use crate::{attachments, tickets};

pub use self::check::said_since;
use self::route::route;
pub(crate) use self::route::{Route, domain_of};

/// The longest text of one message, in characters.
pub const LONGEST_TEXT: usize = 50_000;
/// For how long a page holds a reply back, so that its writer can take it back, in milliseconds.
pub const UNDO_WITHIN: Millis = 10_000;
/// How far ahead a message can be written, in milliseconds: a year.
pub const SEND_WITHIN: Millis = 366 * 24 * 3_600_000;
/// To how many people one message can go.
pub const MOST_RECIPIENTS: usize = 50;

/// What to write.
#[derive(Debug, Clone)]
pub struct NewReply {
    /// Made by the writer, so that the same request given twice is one message.
    pub id: MessageId,
    /// Where.
    pub conversation: ConversationId,
    /// To the customer, or a note.
    pub kind: ReplyKind,
    /// The words.
    pub text: String,
    /// Cards.
    pub cards: Vec<Card>,
    /// Uploaded files.
    pub attachments: Vec<AttachmentId>,
    /// The position of the view it was written on; a newer message of somebody else holds it back.
    pub seen: Option<Position>,
}

impl NewReply {
    /// Words without cards and files that were written on no view, so that nothing newer holds them back: what a
    /// program writes.
    pub fn of(id: MessageId, conversation: &ConversationId, kind: ReplyKind, text: impl Into<String>) -> NewReply {
        NewReply {
            id,
            conversation: conversation.clone(),
            kind,
            text: text.into(),
            cards: Vec::new(),
            attachments: Vec::new(),
            seen: None,
        }
    }
}

/// When a reply leaves, to whom, and what of it only its channel knows. The default is at once, to the customer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sending {
    /// Not before this time. Until then the customer does not see it and it can be taken back; a
    /// time that is over means at once.
    pub send_at: Option<Millis>,
    /// Instead of the address the customer last wrote from; mail only.
    pub to: Vec<String>,
    /// Further recipients, seen by all; mail only.
    pub cc: Vec<String>,
    /// Further recipients, seen by nobody; mail only.
    pub bcc: Vec<String>,
    /// Another way than the one the customer used last; one of [`crate::ways::of`].
    pub by: Option<(InboxId, String)>,
    /// The message of the same conversation that it answers or reacts to, for channels that show it.
    pub quotes: Option<MessageId>,
    /// What the channel's adapter reads: an object with `type`. Checked by whoever knows the channel.
    pub extra: Option<serde_json::Value>,
    /// A sign rather than an answer (a reaction): the customer still waits, and nobody takes the
    /// conversation by it.
    pub is_sign: bool,
    /// It advertises: whoever wants no marketing does not get it.
    pub is_marketing: bool,
}

impl Sending {
    /// Held back for as long as its writer may still think better of it.
    pub fn with_undo(now: Millis) -> Sending {
        Sending {
            send_at: Some(now + UNDO_WITHIN),
            ..Sending::default()
        }
    }
}

/// Who is to see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyKind {
    /// The customer, by the channel they use.
    Customer,
    /// Agents only.
    Note,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replied {
    /// The message.
    pub message: MessageId,
    /// Its delivery, unless it is a note or the channel shows it by itself.
    pub delivery: Option<DeliveryId>,
    /// Whether the same message had been written before.
    pub is_repeated: bool,
}

/// Writes a reply or a note.
///
/// # Errors
/// [`Error::Stale`] when something newer than `seen` was said; [`Error::Invalid`] when it is empty,
/// too long, or the customer cannot be reached; [`Error::NotFound`].
pub async fn reply(store: &Store, actor: &Actor, new: NewReply) -> Result<Replied> {
    reply_with(store, actor, new, Sending::default()).await
}

/// As [`reply`], with a time and recipients. What leaves later is a [`MessageKind::Scheduled`]
/// message until then; see [`crate::scheduled`].
///
/// # Errors
/// As [`reply`]; also [`Error::Invalid`] when the time or a recipient cannot be used, or the quoted message is
/// not one that the channel knows.
pub async fn reply_with(store: &Store, actor: &Actor, new: NewReply, sending: Sending) -> Result<Replied> {
    let mut tx = store.begin().await?;
    let replied = reply_in_with(&mut tx, actor, new, sending).await?;
    if replied.is_repeated {
        return Ok(replied);
    }
    crate::fault::point("reply.before_commit");
    tx.commit().await?;
    crate::fault::point("reply.after_commit");
    Ok(replied)
}

/// As [`reply`], as part of a transaction of the caller's.
pub async fn reply_in(tx: &mut Tx, actor: &Actor, new: NewReply) -> Result<Replied> {
    reply_in_with(tx, actor, new, Sending::default()).await
}

/// As [`reply_with`], as part of a transaction of the caller's.
///
/// # Errors
/// As [`reply_with`].
pub async fn reply_in_with(tx: &mut Tx, actor: &Actor, new: NewReply, sending: Sending) -> Result<Replied> {
    check::words(&new, sending.extra.is_some())?;
    let mut conversation = conversations::lock_current(tx, &new.conversation).await?;
    if let Some(repeated) = check::repeated(tx, &new, &conversation.id, actor).await? {
        return Ok(repeated);
    }
    if new.kind == ReplyKind::Customer {
        crate::spam::refuse(&conversation)?;
    }
    if new.kind == ReplyKind::Customer
        && let Some(seen) = new.seen
    {
        check::is_seen(tx, &conversation, actor, seen).await?;
    }
    let quoted = match &sending.quotes {
        Some(quoted) => Some(check::quoted(tx, &conversation, quoted).await?),
        None => None,
    };
    let now = tx.now();
    let send_at = sending.send_at.filter(|at| *at > now);
    check::time(&new, send_at, now)?;
    let route = match new.kind {
        ReplyKind::Customer => Some(route(tx, &conversation, &sending).await?),
        ReplyKind::Note => None,
    };
    if let Some(route) = route.as_ref().filter(|_| sending.is_marketing) {
        check::wants_it(tx, &conversation, route).await?;
    }
    let mut message = message_of(&new, &conversation, actor, send_at, now);
    message.in_reply_to = quoted;
    message.extra = sending.extra;
    let (had_level, had_assignee) = (conversation.level, conversation.assignee_id.clone());
    if let Some(route) = &route {
        message.inbox_id = Some(route.inbox.clone());
        if sending.by.is_some() {
            message.channel = route.channel;
        }
        if !sending.is_sign {
            take_it(&mut conversation, actor);
            if send_at.is_none() {
                show_said(&mut conversation, &message, actor);
            }
        }
    }
    conversation.message_count += 1;
    if send_at.is_none() {
        conversation.last_message_at = now;
    }
    write(tx, actor, &mut conversation, &message, &new.attachments).await?;
    conversations::save(tx, &mut conversation).await?;
    if conversation.level != had_level || conversation.assignee_id != had_assignee {
        tickets::follow(tx, actor, &conversation).await?;
    }
    tx.emit(NewEvent {
        kind: if send_at.is_some() {
            EventKind::MessageScheduled
        } else {
            EventKind::MessageCreated
        },
        conversation: Some(conversation.id.clone()),
        subject: message.id.to_string(),
        actor: actor.clone(),
        data: json!({ "kind": message.kind, "channel": message.channel }),
    });
    let delivery = match route {
        Some(route) => Some(deliver(tx, &conversation, &message.id, route, send_at).await?),
        None => None,
    };
    // What the bot or the system says is an answer to somebody who just wrote.
    if delivery.is_some() && matches!(actor, Actor::Agent(_) | Actor::Api(_)) {
        crate::bounces::refuse(tx, &message.id).await?;
    }
    Ok(Replied {
        message: message.id,
        delivery,
        is_repeated: false,
    })
}

/// Stores the message with its files, and what its words and cards say of others.
async fn write(
    tx: &mut Tx,
    actor: &Actor,
    conversation: &mut Conversation,
    message: &Message,
    files: &[AttachmentId],
) -> Result<()> {
    insert_rows(&mut *tx, INSERT_MESSAGE, "", vec![message.row()]).await?;
    attachments::take(tx, actor, files, &message.id).await?;
    let unseeing = crate::desk::follow::mention_in(tx, conversation, message).await?;
    if !unseeing.is_empty() {
        // Whoever wrote the note reads that it was not heard.
        let what = json!({ "action": "not_called", "names": unseeing });
        activity(tx, conversation, actor, what).await?;
        conversation.message_count += 1;
    }
    crate::cards::note_uses(tx, &message.id, &message.cards).await
}

/// The message that a reply becomes, as long as nothing is known of how it leaves.
fn message_of(
    new: &NewReply,
    conversation: &Conversation,
    actor: &Actor,
    send_at: Option<Millis>,
    now: Millis,
) -> Message {
    let kind = match (new.kind, send_at) {
        (ReplyKind::Note, _) => MessageKind::Note,
        (ReplyKind::Customer, Some(_)) => MessageKind::Scheduled,
        (ReplyKind::Customer, None) => MessageKind::Outbound,
    };
    Message {
        inbox_id: Some(conversation.inbox_id.clone()),
        cards: new.cards.clone(),
        ..Message::by(actor, new.id.clone(), conversation, kind, new.text.trim(), now)
    }
}

/// Whoever answers has it; the bot steps back.
fn take_it(conversation: &mut Conversation, actor: &Actor) {
    if !matches!(actor, Actor::Agent(_) | Actor::Api(_)) {
        return;
    }
    conversation.quiet_since = None;
    if let (None, Actor::Agent(agent)) = (&conversation.assignee_id, actor) {
        conversation.assignee_id = Some(agent.clone());
    }
    if conversation.level == Level::Bot {
        conversation.level = Level::N1;
    }
}

/// The list of conversations shows that something was said to the customer.
pub(crate) fn show_said(conversation: &mut Conversation, message: &Message, actor: &Actor) {
    // Word that somebody will answer is not the answer: the customer still waits for a person.
    let is_notice = match actor {
        Actor::System => true,
        Actor::Bot => conversation.level != Level::Bot,
        _ => false,
    };
    if !is_notice {
        conversation.waiting_since = None;
    }
    conversation.preview = preview_of(&marks::plain(&message.text, ""));
    if conversation.preview.is_empty() {
        conversation.preview = message
            .cards
            .first()
            .map(|card| preview_of(&card.title))
            .unwrap_or_else(|| "📎".to_owned());
    }
}

/// Queues the sending of a message, to each of its recipients on its own. The Message-ID is fixed
/// here, is the same for all of them, and carries the reply token. What has a time waits for it.
pub(crate) async fn deliver(
    tx: &mut Tx,
    conversation: &Conversation,
    message: &MessageId,
    route: Route,
    send_at: Option<Millis>,
) -> Result<DeliveryId> {
    let now = tx.now();
    let first = DeliveryId::from(tx.env().ulid());
    let token = tx.store().keys().reply_token(&conversation.id);
    let external_id = format!("{}.{token}@{}", first.as_str().to_ascii_lowercase(), route.domain);
    // The chat's own screen and the portal show a message by its event: nothing has to carry it.
    let is_shown = is_shown(route.channel);
    let state = match (send_at, is_shown) {
        (Some(_), _) => DeliveryState::Scheduled,
        (None, true) => DeliveryState::Sent,
        (None, false) => DeliveryState::Queued,
    };
    let mut rows = Vec::with_capacity(route.recipients.len());
    for (place, (role, recipient)) in route.recipients.iter().enumerate() {
        let id = if place == 0 {
            first.clone()
        } else {
            DeliveryId::from(tx.env().ulid())
        };
        rows.push(vec![
            (&id).into(),
            message.into(),
            (&conversation.id).into(),
            (&route.inbox).into(),
            route.channel.into(),
            recipient.as_str().into(),
            (*role).into(),
            state.into(),
            external_id.as_str().into(),
            0i64.into(),
            (state == DeliveryState::Queued).then_some(now).into(),
            send_at.into(),
            now.into(),
            (state == DeliveryState::Sent).then_some(now).into(),
        ]);
    }
    insert_rows(&mut *tx, "INSERT INTO deliveries (id, message_id, conversation_id, inbox_id, channel, recipient, role, state, external_id, attempts, next_attempt_at, send_after, queued_at, sent_at) VALUES", "", rows).await?;
    if route.channel == Channel::Email {
        insert_rows(
            &mut *tx,
            "INSERT INTO thread_ids (mid, conversation_id, is_held, created_at) VALUES",
            "ON CONFLICT (mid, conversation_id) DO NOTHING",
            vec![vec![
                external_id.into(),
                (&conversation.id).into(),
                true.into(),
                now.into(),
            ]],
        )
        .await?;
        // Whoever gets it may answer it.
        let people = route
            .recipients
            .iter()
            .map(|(_, address)| (&conversation.id, address.to_lowercase()));
        conversations::take_part(tx, people).await?;
    }
    Ok(first)
}

/// Whether a channel shows messages by itself, so that writing one is sending it.
pub(crate) const fn is_shown(channel: Channel) -> bool {
    matches!(channel, Channel::Webchat | Channel::Portal | Channel::Phone)
}

/// The names of the agents who speak in messages, by their ids.
pub async fn speakers(store: &Store, messages: &[Message]) -> Result<HashMap<String, String>> {
    let mut agents: Vec<AgentId> = messages
        .iter()
        .map(proactive::speaker)
        .filter(|(kind, _)| *kind == ActorKind::Agent)
        .map(|(_, id)| AgentId::from(id))
        .collect();
    agents.sort();
    agents.dedup();
    let names = agent_names(store, &agents).await?;
    Ok(names.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
}

/// The names of agents, for the author line of their messages.
pub async fn agent_names(store: &Store, ids: &[AgentId]) -> Result<Vec<(AgentId, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    composed_sql(format!(
        "SELECT id, name FROM agents WHERE id IN {}",
        crate::db::placeholders(1, ids.len(), 0)
    ))
    .bind_all(ids)
    .all(store.db())
    .await
}
