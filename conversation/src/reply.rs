//! Writing into a conversation: the only way out for messages.

use serde_json::json;

use crate::card::Card;
use crate::conversations::{self, Conversation, INSERT_MESSAGE, Message, preview_of};
use crate::db::{composed_sql, insert_rows, sql};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::store::{Store, Tx, event};
use crate::types::{
    Actor, ActorKind, AgentId, AttachmentId, Auto, Channel, ConversationId, DeliveryId, DeliveryState, InboxId, Level,
    MessageId, MessageKind, Position,
};
use crate::{attachments, inboxes, tickets};

/// The longest text of one message, in characters.
pub const LONGEST_TEXT: usize = 50_000;

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
    let mut tx = store.begin().await?;
    let replied = reply_in(&mut tx, actor, new).await?;
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
    check(&new)?;
    let mut conversation = conversations::lock_current(tx, &new.conversation).await?;
    if let Some(repeated) = repeated(tx, &new, actor).await? {
        return Ok(repeated);
    }
    if new.kind == ReplyKind::Customer
        && let Some(seen) = new.seen
    {
        refuse_stale(tx, &conversation, actor, seen).await?;
    }
    let now = tx.now();
    let mut message = Message {
        id: new.id.clone(),
        conversation_id: conversation.id.clone(),
        kind: if new.kind == ReplyKind::Note {
            MessageKind::Note
        } else {
            MessageKind::Outbound
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
        extra: None,
        auto: Auto::None,
        matched_by: None,
        in_reply_to: None,
        quarantined: None,
        raw_sha256: None,
        sent_at: now,
        at: now,
        created_at: now,
    };
    let (had_level, had_assignee) = (conversation.level, conversation.assignee_id.clone());
    let route = if new.kind == ReplyKind::Customer {
        Some(route(tx, &conversation).await?)
    } else {
        None
    };
    if let Some(route) = &route {
        message.inbox_id = Some(route.inbox.clone());
        let is_person = matches!(actor, Actor::Agent(_) | Actor::Api(_));
        if is_person {
            // Whoever answers has it; the bot steps back.
            if let (None, Actor::Agent(agent)) = (&conversation.assignee_id, actor) {
                conversation.assignee_id = Some(agent.clone());
            }
            if conversation.level == Level::Bot {
                conversation.level = Level::N1;
            }
        }
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
    conversation.message_count += 1;
    conversation.last_message_at = now;
    insert_rows(&mut *tx, INSERT_MESSAGE, "", vec![message.row()]).await?;
    attachments::take(tx, actor, &new.attachments, &message.id).await?;
    if message.kind == MessageKind::Note {
        crate::desk::follow::mention_in(tx, &conversation, &message.id, actor.id(), &message.text).await?;
    }
    conversations::save(tx, &mut conversation).await?;
    if conversation.level != had_level || conversation.assignee_id != had_assignee {
        tickets::follow(tx, actor, &conversation).await?;
    }
    tx.emit(NewEvent {
        kind: EventKind::MessageCreated,
        conversation: Some(conversation.id.clone()),
        subject: message.id.to_string(),
        actor: actor.clone(),
        data: json!({ "kind": message.kind, "channel": message.channel }),
    });
    let delivery = match route {
        Some(route) => Some(deliver(tx, &conversation, &message.id, route).await?),
        None => None,
    };
    Ok(Replied {
        message: message.id,
        delivery,
        is_repeated: false,
    })
}

fn check(new: &NewReply) -> Result<()> {
    if new.text.trim().is_empty() && new.attachments.is_empty() && new.cards.is_empty() {
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

async fn repeated(tx: &mut Tx, new: &NewReply, actor: &Actor) -> Result<Option<Replied>> {
    let row: Option<(ConversationId, ActorKind, String)> =
        sql("SELECT conversation_id, author_kind, author_id FROM messages WHERE id = $1")
            .bind(&new.id)
            .optional(&mut *tx)
            .await?;
    let Some((_, kind, author)) = row else {
        return Ok(None);
    };
    if kind != actor.kind() || author != actor.id() {
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
    let me = serde_json::to_string(actor).unwrap_or_default();
    let newer: Option<(i64,)> = sql(
        "SELECT e.position FROM events e JOIN messages m ON m.id = e.subject_id
         WHERE e.conversation_id = $1 AND e.position > $2 AND e.kind = 'message.created' AND e.actor <> $3 AND m.kind IN ('inbound', 'outbound')
         ORDER BY e.position DESC LIMIT 1",
    )
    .bind(&conversation.id)
    .bind(seen)
    .bind(me)
    .optional(tx)
    .await?;
    match newer {
        Some((current,)) => Err(Error::Stale { seen, current }),
        None => Ok(()),
    }
}

/// By which account a reply leaves, and to where.
struct Route {
    inbox: InboxId,
    channel: Channel,
    recipient: String,
    /// The domain of its Message-ID.
    domain: String,
}

async fn route(tx: &mut Tx, conversation: &Conversation) -> Result<Route> {
    let unreachable = |why: &str| Error::Invalid(format!("the customer cannot be reached: {why}"));
    let recipient = conversation.reply_address.clone();
    match conversation.channel {
        Channel::Email => {
            let inbox = inboxes::load(&mut *tx, &conversation.inbox_id).await?;
            let recipient = recipient.ok_or_else(|| unreachable("no address is known"))?;
            Ok(Route {
                domain: domain_of(&inbox.address),
                inbox: inbox.id,
                channel: Channel::Email,
                recipient,
            })
        }
        Channel::Whatsapp | Channel::Webchat => Ok(Route {
            inbox: conversation.inbox_id.clone(),
            channel: conversation.channel,
            recipient: recipient.ok_or_else(|| unreachable("no identity on this channel is known"))?,
            domain: domain_of(""),
        }),
        // Answers to the portal go by mail where the business has a mailbox; they stand in the
        // portal in any case.
        Channel::Portal | Channel::Phone => {
            let address: Option<(String,)> = sql("SELECT value FROM identities WHERE contact_id = $1 AND kind = 'email' ORDER BY is_verified DESC, id LIMIT 1")
                .bind(&conversation.contact_id)
                .optional(&mut *tx)
                .await?;
            let inbox = inboxes::default_email(&mut *tx).await?;
            match (address, inbox) {
                (Some((recipient,)), Some(inbox)) => Ok(Route {
                    domain: domain_of(&inbox.address),
                    inbox: inbox.id,
                    channel: Channel::Email,
                    recipient,
                }),
                (address, _) => Ok(Route {
                    inbox: conversation.inbox_id.clone(),
                    channel: Channel::Portal,
                    recipient: address.map(|(value,)| value).or(recipient).unwrap_or_default(),
                    domain: domain_of(""),
                }),
            }
        }
    }
}

fn domain_of(address: &str) -> String {
    address
        .rsplit_once('@')
        .map_or("switchboard.invalid", |(_, domain)| domain)
        .to_ascii_lowercase()
}

/// Queues the sending of a message. Its Message-ID is fixed here, and carries the reply token.
async fn deliver(tx: &mut Tx, conversation: &Conversation, message: &MessageId, route: Route) -> Result<DeliveryId> {
    let id = DeliveryId::from(tx.env().ulid());
    let now = tx.now();
    let token = tx.store().keys().reply_token(&conversation.id);
    let external_id = format!("{}.{token}@{}", id.as_str().to_ascii_lowercase(), route.domain);
    // The chat's own screen and the portal show a message by its event: nothing has to carry it.
    let is_shown = matches!(route.channel, Channel::Webchat | Channel::Portal | Channel::Phone);
    sql("INSERT INTO deliveries (id, message_id, conversation_id, inbox_id, channel, recipient, state, external_id, attempts, next_attempt_at, queued_at, sent_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
        .bind(&id)
        .bind(message)
        .bind(&conversation.id)
        .bind(&route.inbox)
        .bind(route.channel)
        .bind(route.recipient)
        .bind(if is_shown { DeliveryState::Sent } else { DeliveryState::Queued })
        .bind(external_id.as_str())
        .bind(0i64)
        .bind((!is_shown).then_some(now))
        .bind(now)
        .bind(is_shown.then_some(now))
        .run(&mut *tx)
        .await?;
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
    }
    Ok(id)
}

/// Sends messages that wait unread in the widget to the customer's mailbox as well: the
/// conversation goes on by e-mail. Does nothing for a message that is on its way already.
///
/// # Errors
/// [`Error::Invalid`] when no mailbox is configured.
pub async fn continue_by_email(store: &Store, message: &MessageId, address: &str) -> Result<Option<DeliveryId>> {
    let mut tx = store.begin().await?;
    let found = conversations::load_message(&mut tx, message).await?;
    let conversation = conversations::lock(&mut tx, &found.conversation_id).await?;
    let busy: Option<(String,)> =
        sql("SELECT id FROM deliveries WHERE message_id = $1 AND (channel = 'email' OR state = 'read') LIMIT 1")
            .bind(message)
            .optional(&mut tx)
            .await?;
    if busy.is_some() {
        return Ok(None);
    }
    let Some(inbox) = inboxes::default_email(&mut tx).await? else {
        return Err(Error::Invalid("no e-mail inbox is configured".to_owned()));
    };
    let route = Route {
        domain: domain_of(&inbox.address),
        inbox: inbox.id,
        channel: Channel::Email,
        recipient: address.to_owned(),
    };
    let delivery = deliver(&mut tx, &conversation, message, route).await?;
    tx.emit(event(
        EventKind::DeliveryUpdated,
        &conversation.id,
        delivery.as_str(),
        &Actor::System,
        json!({ "message": message, "state": DeliveryState::Queued }),
    ));
    tx.commit().await?;
    Ok(Some(delivery))
}

/// Adds a line that says what happened (escalated, assigned, merged); drawn in the reader's
/// language from `what`.
pub(crate) async fn activity(
    tx: &mut Tx,
    conversation: &Conversation,
    actor: &Actor,
    what: serde_json::Value,
) -> Result<()> {
    let now = tx.now();
    let message = Message {
        id: MessageId::from(tx.env().ulid()),
        conversation_id: conversation.id.clone(),
        kind: MessageKind::Activity,
        channel: conversation.channel,
        inbox_id: None,
        author_kind: actor.kind(),
        author_id: actor.id().to_owned(),
        external_id: None,
        subject: None,
        text: String::new(),
        body: None,
        html: None,
        cards: Vec::new(),
        answer: None,
        extra: Some(what),
        auto: Auto::None,
        matched_by: None,
        in_reply_to: None,
        quarantined: None,
        raw_sha256: None,
        sent_at: now,
        at: now,
        created_at: now,
    };
    insert_rows(&mut *tx, INSERT_MESSAGE, "", vec![message.row()]).await?;
    tx.emit(event(
        EventKind::MessageCreated,
        &conversation.id,
        message.id.as_str(),
        actor,
        json!({ "kind": "activity" }),
    ));
    Ok(())
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
