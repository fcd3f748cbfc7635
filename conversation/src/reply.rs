//! Writing into a conversation: the only way out for messages.

mod route;

use serde_json::json;

use crate::card::Card;
use crate::conversations::{self, Conversation, INSERT_MESSAGE, Message, preview_of};
use crate::db::{On, composed_sql, insert_rows, sql};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::store::{Store, Tx};
use crate::types::{
    Actor, ActorKind, AgentId, AttachmentId, Auto, Channel, ConversationId, DeliveryId, DeliveryState, InboxId, Level,
    MessageId, MessageKind, Millis, Position,
};
use crate::{attachments, tickets};

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
    check(&new, sending.extra.is_some())?;
    let mut conversation = conversations::lock_current(tx, &new.conversation).await?;
    if let Some(repeated) = repeated(tx, &new, &conversation.id, actor).await? {
        return Ok(repeated);
    }
    if new.kind == ReplyKind::Customer
        && let Some(seen) = new.seen
    {
        refuse_stale(tx, &conversation, actor, seen).await?;
    }
    let quoted = match &sending.quotes {
        Some(quoted) => Some(provider_id(tx, &conversation, quoted).await?),
        None => None,
    };
    let now = tx.now();
    let send_at = sending.send_at.filter(|at| *at > now);
    check_time(&new, send_at, now)?;
    let mut message = Message {
        id: new.id.clone(),
        conversation_id: conversation.id.clone(),
        kind: match (new.kind, send_at) {
            (ReplyKind::Note, _) => MessageKind::Note,
            (ReplyKind::Customer, Some(_)) => MessageKind::Scheduled,
            (ReplyKind::Customer, None) => MessageKind::Outbound,
        },
        channel: conversation.channel,
        inbox_id: Some(conversation.inbox_id.clone()),
        author_kind: actor.kind(),
        author_id: actor.id().to_owned(),
        external_id: None,
        subject: None,
        text: new.text.trim().to_owned(),
        body: None,
        html: None,
        cards: new.cards,
        answer: None,
        extra: sending.extra.clone(),
        auto: Auto::None,
        matched_by: None,
        in_reply_to: quoted,
        quarantined: None,
        raw_sha256: None,
        sent_at: now,
        at: now,
        created_at: now,
    };
    let (had_level, had_assignee) = (conversation.level, conversation.assignee_id.clone());
    let route = if new.kind == ReplyKind::Customer {
        Some(route(tx, &conversation, &sending).await?)
    } else {
        None
    };
    if let Some(route) = &route {
        message.inbox_id = Some(route.inbox.clone());
        if sending.by.is_some() {
            message.channel = route.channel;
        }
        let is_person = matches!(actor, Actor::Agent(_) | Actor::Api(_));
        if is_person && !sending.is_sign {
            // Whoever answers has it; the bot steps back.
            if let (None, Actor::Agent(agent)) = (&conversation.assignee_id, actor) {
                conversation.assignee_id = Some(agent.clone());
            }
            if conversation.level == Level::Bot {
                conversation.level = Level::N1;
            }
        }
        if send_at.is_none() && !sending.is_sign {
            show_said(&mut conversation, &message, actor);
        }
    }
    conversation.message_count += 1;
    if send_at.is_none() {
        conversation.last_message_at = now;
    }
    insert_rows(&mut *tx, INSERT_MESSAGE, "", vec![message.row()]).await?;
    attachments::take(tx, actor, &new.attachments, &message.id).await?;
    crate::desk::follow::mention_in(tx, &conversation, &message).await?;
    crate::cards::note_uses(tx, &message.id, &message.cards).await?;
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

fn check(new: &NewReply, has_extra: bool) -> Result<()> {
    if !has_extra && new.text.trim().is_empty() && new.attachments.is_empty() && new.cards.is_empty() {
        return Err(Error::Invalid("the message is empty".to_owned()));
    }
    if new.text.chars().count() > LONGEST_TEXT {
        return Err(Error::Invalid(format!(
            "the message has more than {LONGEST_TEXT} characters"
        )));
    }
    if new.id.as_str().len() != 26 || !new.id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Error::Invalid("the message id is not a ULID".to_owned()));
    }
    Ok(())
}

/// How the channel names a message of this conversation.
async fn provider_id(tx: &mut Tx, conversation: &Conversation, id: &MessageId) -> Result<String> {
    let unknown = || Error::Invalid("the message that is answered is not known to the channel".to_owned());
    let row: Option<(Option<String>, Option<String>)> = sql(
        "SELECT m.external_id, (SELECT d.provider_id FROM deliveries d WHERE d.message_id = m.id AND d.channel = $3 AND d.provider_id IS NOT NULL ORDER BY d.id DESC LIMIT 1) FROM messages m WHERE m.id = $1 AND m.conversation_id = $2 AND m.channel = $3",
    )
    .bind(id)
    .bind(&conversation.id)
    .bind(conversation.channel)
    .optional(tx)
    .await?;
    let (external, provider) = row.ok_or_else(unknown)?;
    external.or(provider).ok_or_else(unknown)
}

fn check_time(new: &NewReply, send_at: Option<Millis>, now: Millis) -> Result<()> {
    let Some(at) = send_at else {
        return Ok(());
    };
    if new.kind == ReplyKind::Note {
        return Err(Error::Invalid(
            "a note is not sent, so it cannot leave later".to_owned(),
        ));
    }
    if at > now + SEND_WITHIN {
        return Err(Error::Invalid(
            "the time to send at is more than a year ahead; choose an earlier one".to_owned(),
        ));
    }
    Ok(())
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
    conversation.preview = preview_of(&message.text);
    if conversation.preview.is_empty() {
        conversation.preview = message
            .cards
            .first()
            .map(|card| preview_of(&card.title))
            .unwrap_or_else(|| "📎".to_owned());
    }
}

async fn repeated(tx: &mut Tx, new: &NewReply, current: &ConversationId, actor: &Actor) -> Result<Option<Replied>> {
    let row: Option<(ConversationId, ActorKind, String)> =
        sql("SELECT conversation_id, author_kind, author_id FROM messages WHERE id = $1")
            .bind(&new.id)
            .optional(&mut *tx)
            .await?;
    let Some((stands_in, kind, author)) = row else {
        return Ok(None);
    };
    // It may have been moved since; then it was written here all the same.
    let is_here = stands_in == *current
        || {
            let written: Option<(i64,)> = sql("SELECT position FROM events WHERE conversation_id IN ($1, $2) AND kind = 'message.created' AND subject_id = $3 LIMIT 1")
            .bind(current)
            .bind(&new.conversation)
            .bind(&new.id)
            .optional(&mut *tx)
            .await?;
            written.is_some()
        };
    if !is_here || kind != actor.kind() || author != actor.id() {
        return Err(Error::Conflict("this message id is taken".to_owned()));
    }
    let delivery: Option<(DeliveryId,)> = sql("SELECT id FROM deliveries WHERE message_id = $1 ORDER BY id LIMIT 1")
        .bind(&new.id)
        .optional(tx)
        .await?;
    Ok(Some(Replied {
        message: new.id.clone(),
        delivery: delivery.map(|(id,)| id),
        is_repeated: true,
    }))
}

async fn refuse_stale(tx: &mut Tx, conversation: &Conversation, actor: &Actor, seen: Position) -> Result<()> {
    match said_since(tx, &conversation.id, actor, seen).await? {
        Some((current, _)) => Err(Error::Stale { seen, current }),
        None => Ok(()),
    }
}

/// What somebody else said last after a position, and where that stands: what waits for its time is said, too.
///
/// # Errors
/// When the database cannot be reached.
pub async fn said_since(
    on: impl On,
    conversation: &ConversationId,
    actor: &Actor,
    seen: Position,
) -> Result<Option<(Position, MessageId)>> {
    let me = serde_json::to_string(actor).unwrap_or_default();
    sql(
        "SELECT e.position, m.id FROM events e JOIN messages m ON m.id = e.subject_id
         WHERE e.conversation_id = $1 AND e.position > $2 AND e.kind IN ('message.created', 'message.scheduled') AND e.actor <> $3 AND m.kind IN ('inbound', 'outbound', 'scheduled')
         ORDER BY e.position DESC LIMIT 1",
    )
    .bind(conversation)
    .bind(seen)
    .bind(me)
    .optional(on)
    .await
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
            .map(|(_, address)| vec![(&conversation.id).into(), address.to_lowercase().into()])
            .collect();
        insert_rows(
            &mut *tx,
            "INSERT INTO participants (conversation_id, value) VALUES",
            "ON CONFLICT (conversation_id, value) DO NOTHING",
            people,
        )
        .await?;
    }
    Ok(first)
}

/// Whether a channel shows messages by itself, so that writing one is sending it.
pub(crate) const fn is_shown(channel: Channel) -> bool {
    matches!(channel, Channel::Webchat | Channel::Portal | Channel::Phone)
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
