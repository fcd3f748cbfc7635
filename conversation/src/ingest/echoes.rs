//! Messages that somebody of the business sent from the application on the business's own telephone, with a number
//! that is used there and here at once. One continues the chat with whoever it went to, as if it had been written
//! here; where there is none it begins a conversation that nobody has to look at until it is answered. Nothing of it
//! is ever sent.

use super::append::append;
use super::decide::{begin, known, open_chat};
use super::load::Picture;
use super::sent::Answered;
use super::{Filed, Origin, Outcome, contact, ingest_with};
use crate::error::Result;
use crate::inbound::InboundMessage;
use crate::store::Store;
use crate::types::{Actor, MatchedBy};

/// Files a batch, in order, in one transaction. `from` of each message is whom it went to: the channel reached them
/// there, so it proves as much of them as a message of theirs does. What is known already changes nothing. `sender` is
/// what the program it was written with is called.
///
/// # Errors
/// As [`super::ingest`].
pub async fn file(store: &Store, batch: &[InboundMessage], sender: &str) -> Result<Vec<Filed>> {
    ingest_with(store, batch, &[], &[], Origin::Echoed(sender)).await
}

/// Files the batch against the picture.
pub(super) fn file_all(store: &Store, picture: &mut Picture, batch: &[InboundMessage], sender: &str) -> Vec<Filed> {
    picture.ours = Some(Answered::default());
    let author = Actor::Api(sender.to_owned());
    batch
        .iter()
        .map(|message| file_one(store, picture, message, &author))
        .collect()
}

fn file_one(store: &Store, picture: &mut Picture, message: &InboundMessage, author: &Actor) -> Filed {
    if let Some(known) = known(picture, message) {
        return known;
    }
    let customer = contact::find_contact(store, picture, message);
    let (id, by) = match open_chat(store, picture, message, &customer) {
        Some(id) => (id, MatchedBy::OpenConversation),
        None => {
            let at = message.sent_at.min(store.now());
            // Rules that greet who writes to us are not for whom we write to.
            let id = begin(store, picture, message, &Actor::System, customer, None, at);
            (id, MatchedBy::New)
        }
    };
    if let Some(conversation) = picture.conversations.get_mut(&id)
        && conversation.reply_address.is_none()
    {
        conversation.reply_address.clone_from(&message.from.address);
    }
    // What we say opens no window, and makes nobody a sender.
    let mut own = message.clone();
    own.from.identities.clear();
    own.from.address = None;
    let message_id = append(store, picture, &own, &id, author, by, store.now());
    let key = (message.inbox.clone(), message.external_id.clone());
    picture.seen.insert(key, (message_id.clone(), id.clone()));
    Filed {
        outcome: match by {
            MatchedBy::New => Outcome::Created,
            _ => Outcome::Appended,
        },
        conversation: Some(id),
        message: Some(message_id),
        contact: None,
        matched_by: Some(by),
    }
}
