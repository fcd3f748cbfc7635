//! Conversations that we begin: a mail to somebody who did not write first, or who is to read what another wrote; a
//! message to a number on WhatsApp.

mod chat;

use serde_json::json;

pub(crate) use self::chat::known_as;
pub use self::chat::{Began, ChatBeginning, OpenOne, Person, Standing, begin_chat, person_of, standing};
use crate::access;
use crate::blocked::{self, IfBlocked};
use crate::contacts::{self, normal_email};
use crate::conversations::{self, NewConversation};
use crate::db::sql;
use crate::error::{Error, Result};
use crate::inboxes::{self, Inbox};
use crate::reply::{NewReply, ReplyKind, Sending, reply_in_with};
use crate::store::{Store, Tx};
use crate::types::{Actor, AttachmentId, Channel, ContactId, ConversationId, IdentityKind, InboxId, MessageId};

/// The longest subject, in characters.
pub const LONGEST_SUBJECT: usize = 300;

/// What to begin with.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The id of its first message, made by the writer, so that the same request given twice is one conversation.
    pub message: MessageId,
    /// The mailbox that it leaves by.
    pub inbox: InboxId,
    /// To whom.
    pub address: String,
    /// Their name, where they are new.
    pub name: String,
    /// What it is about.
    pub subject: String,
    /// The words.
    pub text: String,
    /// Uploaded files.
    pub attachments: Vec<AttachmentId>,
    /// When it leaves, and who gets a copy.
    pub sending: Sending,
    /// What becomes of it where they are blocked.
    pub if_blocked: IfBlocked,
}

/// Begins a conversation at the first line, with the agent who writes.
///
/// # Errors
/// [`Error::Invalid`] for what is no address, no subject, no mailbox that is used, or as [`crate::reply::reply_with`];
/// [`Error::Conflict`] where they are blocked; [`Error::NotFound`].
pub async fn begin(store: &Store, actor: &Actor, new: Beginning) -> Result<ConversationId> {
    let address = normal_email(&new.address)?;
    let subject = new.subject.split_whitespace().collect::<Vec<_>>().join(" ");
    if subject.is_empty() {
        return Err(Error::Invalid("subject is empty".to_owned()));
    }
    if subject.chars().count() > LONGEST_SUBJECT {
        return Err(Error::Invalid(format!(
            "subject has more than {LONGEST_SUBJECT} characters"
        )));
    }
    let inbox = inboxes::load(store.db(), &new.inbox).await?;
    if inbox.channel != Channel::Email || !inbox.is_enabled {
        return Err(Error::NotFound);
    }
    access::inbox(store.db(), actor, &inbox.id).await?;
    let mut tx = store.begin().await?;
    // Two who write to one new address make one contact, and so do we and whoever writes from it meanwhile; the same
    // request given twice waits for itself.
    let turns = vec![
        format!("identity:{}:{address}", IdentityKind::Email),
        format!("message {}", new.message),
    ];
    tx.dialect().take_turns(turns).await?;
    let known: Option<(ConversationId,)> = sql("SELECT conversation_id FROM messages WHERE id = $1")
        .bind(&new.message)
        .optional(&mut tx)
        .await?;
    if let Some((conversation,)) = known {
        return Ok(conversation);
    }
    blocked::heed(&mut tx, actor, IdentityKind::Email, &address, new.if_blocked).await?;
    let contact = person(&mut tx, actor, &address, &new.name).await?;
    reachable_for(&mut tx, actor, &contact).await?;
    let id = place(&mut tx, actor, &inbox, &contact, &address, Some(&subject)).await?;
    let reply = NewReply {
        attachments: new.attachments,
        ..NewReply::of(new.message, &id, ReplyKind::Customer, new.text)
    };
    reply_in_with(&mut tx, actor, reply, new.sending).await?;
    tx.commit().await?;
    Ok(id)
}

/// The contact of an address, or a new one; whom we write to did not prove it by that.
pub(crate) async fn person(tx: &mut Tx, actor: &Actor, address: &str, name: &str) -> Result<ContactId> {
    if let Some((contact, _)) = contacts::by_identity(&mut *tx, IdentityKind::Email, address).await? {
        return Ok(contact.id);
    }
    let name: String = name.trim().chars().take(200).collect();
    let contact = contacts::create_in(tx, actor, &name, None).await?;
    contacts::add_unproved_in(tx, &contact, IdentityKind::Email, address, Channel::Email.as_str()).await?;
    Ok(contact)
}

/// A coordinator begins what they can go on with: what is of their companies.
async fn reachable_for(tx: &mut Tx, actor: &Actor, contact: &ContactId) -> Result<()> {
    if access::sees(tx, actor, contact).await? {
        Ok(())
    } else {
        Err(Error::Invalid(
            "that customer is of none of the companies that were given to you".to_owned(),
        ))
    }
}

async fn place(
    tx: &mut Tx,
    actor: &Actor,
    inbox: &Inbox,
    contact: &ContactId,
    address: &str,
    subject: Option<&str>,
) -> Result<ConversationId> {
    let contact = contacts::load(&mut *tx, contact).await?;
    let assignee = match actor {
        Actor::Agent(agent) => Some(agent),
        _ => None,
    };
    let new = NewConversation {
        subject,
        assignee,
        reply_address: Some(address),
        ..NewConversation::by(inbox, &contact.id, contact.language.unwrap_or(inbox.language))
    };
    // Rules that greet who writes to us are not for whom we write to.
    let said = json!({ "channel": inbox.channel });
    let begun = conversations::begin_in(tx, &Actor::System, new, said).await?;
    Ok(begun.id)
}
