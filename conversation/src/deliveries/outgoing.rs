//! What the channels need of a delivery to send it.

use super::{Delivery, of_messages};
use crate::conversations;
use crate::db::{On, sql};
use crate::desk::inboxes as desks;
use crate::error::Result;
use crate::inbound::BlobRef;
use crate::outbound::{OutboundAttachment, OutboundMessage};
use crate::store::Store;
use crate::types::{
    ActorKind, AgentId, AttachmentId, Channel, ConversationId, InboxId, MessageId, Millis, RecipientRole,
};
use crate::{attachments, contacts, continuity};

/// Everything the channel needs to send it.
pub async fn load_outbound(store: &Store, delivery: &Delivery) -> Result<OutboundMessage> {
    let db = store.db();
    let message = conversations::load_message(db, &delivery.message_id).await?;
    let conversation = conversations::load(db, &delivery.conversation_id).await?;
    let contact = contacts::load(db, &conversation.contact_id).await?;
    let author_name = match message.author_kind {
        ActorKind::Agent => {
            let name: Option<(String,)> = sql("SELECT name FROM agents WHERE id = $1")
                .bind(&AgentId::from(message.author_id.as_str()))
                .optional(db)
                .await?;
            name.map(|(name,)| name).unwrap_or_default()
        }
        _ => String::new(),
    };
    let in_reply_to: Option<(String,)> = sql(
        "SELECT external_id FROM messages WHERE conversation_id = $1 AND kind = 'inbound' AND channel = $2 AND external_id IS NOT NULL ORDER BY at DESC, id DESC LIMIT 1",
    )
    .bind(&conversation.id)
    .bind(delivery.channel)
    .optional(db)
    .await?;
    let subject = match delivery.channel {
        Channel::Email => subject_of_now(db, &conversation.id).await?,
        _ => None,
    };
    let mut references: Vec<(String,)> = sql("SELECT mid FROM thread_ids WHERE conversation_id = $1 AND is_held AND mid <> $2 ORDER BY created_at DESC, mid DESC LIMIT 20")
        .bind(&conversation.id)
        .bind(&delivery.external_id)
        .all(db)
        .await?;
    references.reverse();
    let window = window(db, &delivery.inbox_id, &delivery.recipient).await?;
    let earlier = continuity::parts(db, delivery).await?;
    let carried: Vec<MessageId> = earlier
        .iter()
        .chain([&message])
        .map(|message| message.id.clone())
        .collect();
    let files = attachments::of_messages(db, &carried).await?;
    let mut out = OutboundMessage {
        delivery: delivery.id.clone(),
        message: message.id.clone(),
        conversation: conversation.id.clone(),
        inbox: delivery.inbox_id.clone(),
        recipient: delivery.recipient.clone(),
        recipient_name: Some(contact.name).filter(|name| !name.is_empty()),
        language: conversation.language,
        author_name,
        subject: subject.or(conversation.subject),
        text: message.text,
        attachments: files
            .into_iter()
            .map(|file| OutboundAttachment {
                name: file.name,
                media_type: file.media_type,
                blob: BlobRef {
                    sha256: file.sha256,
                    size: file.size,
                },
            })
            .collect(),
        cards: message.cards,
        external_id: delivery.external_id.clone(),
        reply_token: store.keys().reply_token(&conversation.id),
        in_reply_to: in_reply_to.map(|(mid,)| mid),
        references: references.into_iter().map(|(mid,)| mid).collect(),
        is_automatic: matches!(message.author_kind, ActorKind::Bot | ActorKind::System),
        last_inbound_at: window,
        quotes: message.in_reply_to,
        extra: message.extra,
    };
    continuity::put_in_front(&mut out, earlier);
    Ok(out)
}

/// The subject that the customer uses now, which may be another one than the conversation began with. What a machine
/// answers says nothing of the matter.
async fn subject_of_now(on: impl On, conversation: &ConversationId) -> Result<Option<String>> {
    let newest: Option<(Option<String>,)> = sql(
        "SELECT subject FROM messages WHERE conversation_id = $1 AND kind = 'inbound' AND channel = 'email' AND auto = 'none' ORDER BY at DESC, id DESC LIMIT 1",
    )
    .bind(conversation)
    .optional(on)
    .await?;
    Ok(newest
        .and_then(|(subject,)| subject)
        .filter(|subject| !subject.trim().is_empty()))
}

/// When the person behind an address last wrote: one list of addresses and no OR, which would look at everybody who
/// ever wrote to the inbox.
pub const WINDOW: &str = "SELECT MAX(last_inbound_at) FROM windows WHERE inbox_id = $1 AND address IN (
        SELECT CAST($2 AS TEXT) UNION ALL SELECT v.value FROM identities i JOIN identities v ON v.contact_id = i.contact_id AND v.kind = 'whatsapp' WHERE i.kind = 'whatsapp' AND i.value = $2)";

/// When the person behind an address last wrote to an inbox, under whichever form of the address.
pub async fn window(on: impl On, inbox: &InboxId, address: &str) -> Result<Option<Millis>> {
    let (at,): (Option<i64>,) = sql(WINDOW).bind(inbox).bind(address).one(on).await?;
    Ok(at)
}

/// What only a mail needs: everybody it goes to, its files by id, the message it answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailParts {
    /// Those of To.
    pub to: Vec<String>,
    /// Those of Cc.
    pub cc: Vec<String>,
    /// The customer's own address, which has the recipient's name.
    pub customer: Option<String>,
    /// The ids of the files, in the order of [`OutboundMessage::attachments`]; the text may show one
    /// with `![words](attachment:id)`.
    pub files: Vec<AttachmentId>,
    /// What the customer wrote last.
    pub quoted: Option<QuotedMessage>,
    /// Whether it is quoted under the answer.
    pub is_quoting: bool,
}

/// A message that is quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedMessage {
    /// The sender: a name, or else an address.
    pub author: String,
    /// When it came.
    pub at: Millis,
    /// The IANA time zone of the business, in which that is told; UTC where none is known.
    pub time_zone: Option<String>,
    /// Its whole text.
    pub text: String,
}

/// As [`load_outbound`], what only mail has.
pub async fn load_mail_parts(store: &Store, delivery: &Delivery, is_quoting: bool) -> Result<MailParts> {
    let db = store.db();
    let all = of_messages(db, std::slice::from_ref(&delivery.message_id)).await?;
    let named = |role: RecipientRole| {
        all.iter()
            .filter(|one| one.channel == Channel::Email && one.role == role)
            .map(|one| one.recipient.clone())
            .collect()
    };
    let (customer,): (Option<String>,) = sql("SELECT reply_address FROM conversations WHERE id = $1")
        .bind(&delivery.conversation_id)
        .one(db)
        .await?;
    let mut carried: Vec<MessageId> = continuity::parts(db, delivery)
        .await?
        .into_iter()
        .map(|message| message.id)
        .collect();
    carried.push(delivery.message_id.clone());
    let files = attachments::of_messages(db, &carried).await?;
    let mut quoted = None;
    let (author,): (ActorKind,) = sql("SELECT author_kind FROM messages WHERE id = $1")
        .bind(&delivery.message_id)
        .one(db)
        .await?;
    // A question how it was, or word of a ticket, is no answer to what the customer wrote.
    let is_quoting = is_quoting && author != ActorKind::System;
    if is_quoting {
        let last: Option<(String, Option<String>, Millis, String)> = sql(
            "SELECT m.text, m.body, m.at, COALESCE((SELECT c.name FROM contacts c WHERE c.id = m.author_id), '') FROM messages m WHERE m.conversation_id = $1 AND m.kind = 'inbound' AND m.channel = 'email' AND m.auto = 'none' ORDER BY m.at DESC, m.id DESC LIMIT 1",
        )
        .bind(&delivery.conversation_id)
        .optional(db)
        .await?;
        let desk = desks::load(db, &delivery.inbox_id).await?;
        let time_zone = desks::schedule(db, &desk).await?.map(|schedule| schedule.time_zone);
        quoted = last.map(|(text, body, at, name)| QuotedMessage {
            author: Some(name)
                .filter(|name| !name.trim().is_empty())
                .or_else(|| customer.clone())
                .unwrap_or_default(),
            at,
            time_zone,
            text: body.unwrap_or(text),
        });
    }
    Ok(MailParts {
        to: named(RecipientRole::To),
        cc: named(RecipientRole::Cc),
        customer,
        files: files.into_iter().map(|file| file.id).collect(),
        quoted,
        is_quoting,
    })
}
