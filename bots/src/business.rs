//! Questions about the customer's own matters, answered from the business's data.
//!
//! A source says which matters it knows ([`BusinessData::knows`]) and answers for a contact whose
//! identity was proved; what belongs to somebody else is never looked at. Sources are registered by
//! the program ([`crate::Bot::with_data`]), so that billing and equipment add theirs without this crate
//! knowing of them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use conversation::bridges;
use conversation::contacts;
use conversation::conversations::{Conversation, Message};
use conversation::tickets;
use conversation::types::{Channel, ContactId, IdentityKind, Language, TicketStatus};
use conversation::{Result, Store};

use crate::decision::Said;
use crate::intent::Matter;
use crate::say;

/// An answer, or that there is none.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Option<Said>>> + Send + 'a>>;

/// One source of answers.
pub trait BusinessData: Send + Sync {
    /// Whether it knows such matters.
    fn knows(&self, matter: Matter) -> bool;

    /// The answer for a contact whose identity was proved, in the customer's language; `None` when there
    /// is nothing to say, and the question goes on as any other.
    fn answer<'a>(
        &'a self,
        store: &'a Store,
        contact: &'a ContactId,
        matter: Matter,
        language: Language,
    ) -> Answering<'a>;

    /// What somebody is told whom it does not know: who did not prove who they are, or of whom it has
    /// nothing (`is_proved`). A way to prove it, without a word of what there is; `None` where the question goes on
    /// as any other.
    fn introduce<'a>(
        &'a self,
        _store: &'a Store,
        _matter: Matter,
        _channel: Channel,
        _language: Language,
        _is_proved: bool,
    ) -> Answering<'a> {
        Box::pin(async { Ok(None) })
    }

    /// Whether another part of the house answers this message by itself, so that the bot says nothing.
    fn takes<'a>(&'a self, message: &'a Message, conversation: &'a Conversation) -> Taking<'a> {
        let _ = (message, conversation);
        Box::pin(async { Ok(false) })
    }
}

/// Whether a message is somebody else's to answer.
pub type Taking<'a> = Pin<Box<dyn Future<Output = Result<bool>> + Send + 'a>>;

/// The sources of a bot.
pub type Sources = Arc<[Arc<dyn BusinessData>]>;

/// The tickets of a contact.
pub struct Tickets;

/// Tickets that one answer names.
const MOST_TICKETS: usize = 3;

impl BusinessData for Tickets {
    fn knows(&self, matter: Matter) -> bool {
        matter == Matter::Ticket
    }

    fn answer<'a>(
        &'a self,
        store: &'a Store,
        contact: &'a ContactId,
        _matter: Matter,
        language: Language,
    ) -> Answering<'a> {
        Box::pin(async move {
            let all = tickets::of_contact(store.db(), contact, 20).await?;
            let open = |ticket: &&tickets::Ticket| ticket.status != TicketStatus::Resolved;
            let mut shown: Vec<&tickets::Ticket> = all.iter().filter(open).take(MOST_TICKETS).collect();
            if shown.is_empty() {
                // The last one that was solved says more than nothing.
                shown.extend(all.first());
            }
            Ok((!shown.is_empty()).then(|| say::tickets(language, &shown)))
        })
    }
}

/// Whether the contact of a conversation proved the identity by which this channel knows them.
pub(crate) async fn is_verified(store: &Store, conversation: &Conversation) -> Result<bool> {
    let address = conversation.reply_address.as_deref().map(str::trim);
    let identities = contacts::identities(store.db(), &conversation.contact_id).await?;
    Ok(identities.iter().any(|identity| {
        identity.is_verified
            && match conversation.channel {
                Channel::Email => {
                    identity.kind == IdentityKind::Email
                        && address.is_some_and(|address| address.eq_ignore_ascii_case(&identity.value))
                }
                Channel::Whatsapp => matches!(identity.kind, IdentityKind::Whatsapp | IdentityKind::Phone),
                Channel::Webchat => identity.kind == IdentityKind::External,
                Channel::Bridge | Channel::Instagram | Channel::Messenger => {
                    conversation.channel.identity() == Some(identity.kind)
                        && bridges::user(&conversation.inbox_id, &identity.value) == address
                }
                Channel::Portal => matches!(identity.kind, IdentityKind::Portal | IdentityKind::Email),
                Channel::Phone => false,
            }
    }))
}

/// The answer of the first source that has one; else how to be known, unless that was said to the same
/// question before (`is_repeat`): whoever asks again is not helped by it.
pub(crate) async fn answer(
    sources: &Sources,
    store: &Store,
    conversation: &Conversation,
    matter: Matter,
    language: Language,
    is_repeat: bool,
) -> Result<Option<Said>> {
    let knowing = || sources.iter().filter(|source| source.knows(matter));
    if knowing().next().is_none() {
        return Ok(None);
    }
    let is_proved = is_verified(store, conversation).await?;
    if is_proved {
        for source in knowing() {
            if let Some(said) = source.answer(store, &conversation.contact_id, matter, language).await? {
                return Ok(Some(said));
            }
        }
    }
    if is_repeat {
        return Ok(None);
    }
    for source in knowing() {
        let introduced = source.introduce(store, matter, conversation.channel, language, is_proved);
        if let Some(said) = introduced.await? {
            return Ok(Some(said));
        }
    }
    Ok(None)
}
