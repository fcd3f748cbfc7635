//! What the API shows of conversations and messages.

use std::collections::HashMap;

use conversation::conversations::{Attachment, Conversation, Message};
use conversation::deliveries::{self, Delivery};
use conversation::types::{self, ActorKind, AgentId, MessageId};
use conversation::{Store, access, attachments, reply};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::enums;
use super::extract::Time;
use super::guard::Caller;
use super::pricing::Pricing;
use super::problem::{Outcome, Problem};

/// One thread between a contact and the business.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conversation)]
pub(super) struct ConversationView {
    /// Its id.
    id: String,
    /// The number that people say.
    number: i64,
    /// The contact.
    contact_id: String,
    /// The inbox that the last message of the customer came by.
    inbox_id: String,
    /// The channel of that inbox.
    #[schema(value_type = enums::Channel)]
    channel: types::Channel,
    /// The matter.
    #[schema(required)]
    subject: Option<String>,
    /// The customer's language here.
    #[schema(value_type = enums::Language)]
    language: types::Language,
    /// Open, snoozed or resolved.
    #[schema(value_type = enums::ConversationStatus)]
    status: types::ConversationStatus,
    /// Who has it.
    #[schema(value_type = enums::Level)]
    level: types::Level,
    /// The agent who has it.
    #[schema(required)]
    assignee_id: Option<String>,
    /// The team that has it.
    #[schema(required)]
    team_id: Option<String>,
    /// How urgent.
    #[schema(value_type = enums::Priority)]
    priority: types::Priority,
    /// The beginning of the last message.
    preview: String,
    /// How many messages, notes and activity lines it has.
    message_count: i64,
    /// Since when the customer waits for an answer.
    #[schema(required)]
    waiting_since: Option<Time>,
    /// Until when the waiting customer should have an answer, where a limit is set.
    #[schema(required)]
    due_at: Option<Time>,
    /// When the customer wrote last.
    #[schema(required)]
    last_inbound_at: Option<Time>,
    /// When anything was written last.
    last_message_at: Time,
    /// When it was resolved.
    #[schema(required)]
    resolved_at: Option<Time>,
    /// Until when it is hidden.
    #[schema(required)]
    snoozed_until: Option<Time>,
    /// Since when it is spam; it stands as resolved then.
    #[schema(required)]
    spam_since: Option<Time>,
    /// The conversation it was split from, or that a stranger's mail referred to.
    #[schema(required)]
    related_to: Option<String>,
    /// The position of the last event that touched it.
    position: i64,
    /// When it began.
    created_at: Time,
    /// When it changed last.
    updated_at: Time,
}

impl From<Conversation> for ConversationView {
    fn from(c: Conversation) -> ConversationView {
        ConversationView {
            id: c.id.to_string(),
            number: c.number,
            contact_id: c.contact_id.to_string(),
            inbox_id: c.inbox_id.to_string(),
            channel: c.channel,
            subject: c.subject,
            language: c.language,
            status: c.status,
            level: c.level,
            assignee_id: c.assignee_id.map(|id| id.to_string()),
            team_id: c.team_id.map(|id| id.to_string()),
            priority: c.priority,
            preview: c.preview,
            message_count: c.message_count,
            waiting_since: c.waiting_since.map(Time),
            due_at: c.due_at.map(Time),
            last_inbound_at: c.last_inbound_at.map(Time),
            last_message_at: Time(c.last_message_at),
            resolved_at: c.resolved_at.map(Time),
            snoozed_until: c.snoozed_until.map(Time),
            spam_since: c.spam_since.map(Time),
            related_to: c.related_to.map(|id| id.to_string()),
            position: c.position,
            created_at: Time(c.created_at),
            updated_at: Time(c.updated_at),
        }
    }
}

/// One entry of a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub(super) struct MessageView {
    /// Its id.
    id: String,
    /// Its conversation.
    conversation_id: String,
    /// Inbound, outbound, note or activity.
    #[schema(value_type = enums::MessageKind)]
    kind: types::MessageKind,
    /// The channel it came or went by.
    #[schema(value_type = enums::Channel)]
    channel: types::Channel,
    /// The inbox it came or went by.
    #[schema(required)]
    inbox_id: Option<String>,
    /// Who wrote it.
    author: Author,
    /// The channel's id of it: a Message-ID, a `wamid`.
    #[schema(required)]
    external_id: Option<String>,
    /// The subject.
    #[schema(required)]
    subject: Option<String>,
    /// What the sender wrote now, without quoted history and signature.
    text: String,
    /// The whole text, where it differs.
    #[schema(required)]
    body: Option<String>,
    /// The body as sanitised HTML.
    #[schema(required)]
    html: Option<String>,
    /// References to things of the business, as they were then.
    #[schema(value_type = Vec<Card>)]
    cards: Vec<conversation::card::Card>,
    /// The press on a card that this message is.
    #[schema(required, value_type = Option<CardAnswer>)]
    answer: Option<conversation::card::CardAnswer>,
    /// What only its channel has (a location, a reaction); for an activity line, what happened.
    #[schema(required, value_type = Option<Object>)]
    extra: Option<Value>,
    /// Whether a person wrote it.
    #[schema(value_type = enums::Auto)]
    auto: types::Auto,
    /// Which key chose the conversation.
    #[schema(required, value_type = Option<enums::MatchedBy>)]
    matched_by: Option<types::MatchedBy>,
    /// The external id of the message it answers.
    #[schema(required)]
    in_reply_to: Option<String>,
    /// Why it needs a person's look.
    #[schema(required)]
    quarantined: Option<String>,
    /// Whether its original bytes can be had at `/messages/{id}/raw`.
    has_raw: bool,
    /// The time of the provider or the sender's program.
    sent_at: Time,
    /// The time that orders the conversation.
    at: Time,
    /// Its files.
    attachments: Vec<AttachmentView>,
    /// Its sendings; of an outbound message only.
    deliveries: Vec<DeliveryView>,
}

/// Who wrote a message.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Author {
    /// A contact, an agent, the bot, the system or an API token.
    #[schema(value_type = enums::ActorKind)]
    kind: types::ActorKind,
    /// The id of the contact or agent, the name of the token; empty for bot and system.
    id: String,
    /// The name of the agent.
    #[schema(required)]
    name: Option<String>,
}

/// A reference to a ticket, an article or a choice, as it was when the message was written.
#[derive(Serialize, ToSchema)]
pub(super) struct Card {
    /// `ticket`, `article` or `choice`.
    kind: String,
    /// The id of what it stands for.
    reference: String,
    /// The headline.
    title: String,
    /// A passage or description.
    body: String,
    /// Pairs of label and value.
    facts: Vec<Vec<String>>,
    /// What the customer can do.
    actions: Vec<CardAction>,
}

/// One thing a customer can do with a card.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(dead_code, reason = "only describes the core's type")]
pub(super) enum CardAction {
    /// Opens a page.
    Open {
        /// The words on it.
        label: String,
        /// Below the public address of this installation.
        path: String,
    },
    /// Sends an answer back.
    Answer {
        /// The words on it.
        label: String,
        /// What comes back.
        value: String,
    },
}

/// A customer's press on a card.
#[derive(Serialize, ToSchema)]
pub(super) struct CardAnswer {
    /// The message whose card was pressed, where the channel tells.
    #[schema(required)]
    message: Option<String>,
    /// The action's value.
    value: String,
    /// The words on the button.
    label: String,
}

/// A file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attachment)]
pub(super) struct AttachmentView {
    /// Its id; the bytes are at `/attachments/{id}` once a message has it.
    id: String,
    /// The message that has it.
    #[schema(required)]
    message_id: Option<String>,
    /// The file name.
    name: String,
    /// The media type that its sender gave it.
    media_type: String,
    /// Length in bytes.
    size: i64,
    /// SHA-256 of the bytes in hexadecimal; empty while they are still with the channel.
    sha256: String,
    /// Shown inside the body.
    is_inline: bool,
    /// The Content-ID that the HTML body names it by.
    #[schema(required)]
    content_id: Option<String>,
    /// Why the channel did not give the bytes.
    #[schema(required)]
    fetch_error: Option<String>,
    /// How long a recording plays, in milliseconds, where that is known.
    #[schema(required)]
    duration: Option<i64>,
}

impl From<Attachment> for AttachmentView {
    fn from(file: Attachment) -> AttachmentView {
        AttachmentView {
            id: file.id.to_string(),
            message_id: file.message_id.map(|id| id.to_string()),
            name: file.name,
            media_type: file.media_type,
            size: file.size,
            sha256: file.sha256,
            is_inline: file.is_inline,
            content_id: file.content_id,
            fetch_error: file.fetch_error,
            duration: file.duration,
        }
    }
}

/// The sending of one message through one channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(super) struct DeliveryView {
    /// Its id.
    id: String,
    /// The message.
    message_id: String,
    /// Its conversation.
    conversation_id: String,
    /// The inbox it leaves by.
    inbox_id: String,
    /// The channel.
    #[schema(value_type = enums::Channel)]
    channel: types::Channel,
    /// Where it goes.
    recipient: String,
    /// How the mail names this recipient.
    #[schema(value_type = enums::RecipientRole)]
    role: types::RecipientRole,
    /// How far it is.
    #[schema(value_type = enums::DeliveryState)]
    state: types::DeliveryState,
    /// Our id of it; a mail's Message-ID without angle brackets.
    external_id: String,
    /// The provider's id of it.
    #[schema(required)]
    provider_id: Option<String>,
    /// How often it was tried.
    attempts: i64,
    /// When it is tried next.
    #[schema(required)]
    next_attempt_at: Option<Time>,
    /// A stable code of the last trouble, such as `smtp.451`.
    #[schema(required)]
    error_code: Option<String>,
    /// Its words.
    #[schema(required)]
    error: Option<String>,
    /// Not before this time, where its writer chose one.
    #[schema(required)]
    send_after: Option<Time>,
    /// When it was written.
    queued_at: Time,
    /// When the channel took it.
    #[schema(required)]
    sent_at: Option<Time>,
    /// When it arrived.
    #[schema(required)]
    delivered_at: Option<Time>,
    /// When it was read.
    #[schema(required)]
    read_at: Option<Time>,
    /// When it failed.
    #[schema(required)]
    failed_at: Option<Time>,
    /// How WhatsApp charges it, once Meta said so.
    #[schema(required)]
    pricing: Option<Pricing>,
}

impl From<Delivery> for DeliveryView {
    fn from(d: Delivery) -> DeliveryView {
        DeliveryView {
            id: d.id.to_string(),
            message_id: d.message_id.to_string(),
            conversation_id: d.conversation_id.to_string(),
            inbox_id: d.inbox_id.to_string(),
            channel: d.channel,
            recipient: d.recipient,
            role: d.role,
            state: d.state,
            external_id: d.external_id,
            provider_id: d.provider_id,
            attempts: d.attempts,
            next_attempt_at: d.next_attempt_at.map(Time),
            error_code: d.error_code,
            error: d.error,
            send_after: d.send_after.map(Time),
            queued_at: Time(d.queued_at),
            sent_at: d.sent_at.map(Time),
            delivered_at: d.delivered_at.map(Time),
            read_at: d.read_at.map(Time),
            failed_at: d.failed_at.map(Time),
            pricing: Pricing::read(d.extra.as_deref()),
        }
    }
}

/// Messages with their files, sendings and authors, in the order given.
pub(super) async fn messages(store: &Store, messages: Vec<Message>) -> conversation::Result<Vec<MessageView>> {
    let ids: Vec<MessageId> = messages.iter().map(|message| message.id.clone()).collect();
    let mut files: HashMap<MessageId, Vec<AttachmentView>> = HashMap::new();
    for file in attachments::of_messages(store.db(), &ids).await? {
        if let Some(message) = file.message_id.clone() {
            files.entry(message).or_default().push(file.into());
        }
    }
    let mut sendings: HashMap<MessageId, Vec<DeliveryView>> = HashMap::new();
    for delivery in deliveries::of_messages(store.db(), &ids).await? {
        sendings
            .entry(delivery.message_id.clone())
            .or_default()
            .push(delivery.into());
    }
    let mut agents: Vec<AgentId> = messages
        .iter()
        .filter(|message| message.author_kind == ActorKind::Agent)
        .map(|message| AgentId::from(message.author_id.as_str()))
        .collect();
    agents.sort();
    agents.dedup();
    let names: HashMap<AgentId, String> = reply::agent_names(store, &agents).await?.into_iter().collect();
    Ok(messages
        .into_iter()
        .map(|m| MessageView {
            author: Author {
                kind: m.author_kind,
                name: match m.author_kind {
                    ActorKind::Agent => names.get(&AgentId::from(m.author_id.as_str())).cloned(),
                    _ => None,
                },
                id: m.author_id,
            },
            attachments: files.remove(&m.id).unwrap_or_default(),
            deliveries: sendings.remove(&m.id).unwrap_or_default(),
            id: m.id.to_string(),
            conversation_id: m.conversation_id.to_string(),
            kind: m.kind,
            channel: m.channel,
            inbox_id: m.inbox_id.map(|id| id.to_string()),
            external_id: m.external_id,
            subject: m.subject,
            text: m.text,
            body: m.body,
            html: m.html,
            cards: m.cards,
            answer: m.answer,
            extra: m.extra,
            auto: m.auto,
            matched_by: m.matched_by,
            in_reply_to: m.in_reply_to,
            quarantined: m.quarantined,
            has_raw: m.raw_sha256.is_some(),
            sent_at: Time(m.sent_at),
            at: Time(m.at),
        })
        .collect())
}

/// One message, with everything that the API says of it.
pub(super) async fn message(store: &Store, caller: &Caller, id: &MessageId) -> Outcome<MessageView> {
    let message = access::message(store.db(), &caller.actor, id).await?;
    messages(store, vec![message])
        .await?
        .pop()
        .ok_or_else(Problem::not_found)
}
