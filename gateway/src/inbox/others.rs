//! Who wrote in a conversation without being its customer: a colleague, somebody to whom a mail was forwarded, or
//! whoever got hold of one. Agents see by name that it was somebody else.

use std::collections::HashMap;

use conversation::Result;
use conversation::contacts;
use conversation::conversations::{Conversation, Message};
use conversation::db::Db;
use conversation::types::{ActorKind, ContactId, IdentityKind, MessageKind};
use ui::components::OtherSender;

/// The other people of a piece of a timeline, by the id under which they wrote.
#[derive(Debug, Default)]
pub(super) struct Others(HashMap<String, OtherSender>);

impl Others {
    /// Looks up who is not the contact, each once; a timeline has few.
    pub(super) async fn of(db: &Db, conversation: &Conversation, messages: &[Message]) -> Result<Others> {
        let mut found = HashMap::new();
        let written = messages
            .iter()
            .filter(|message| message.kind == MessageKind::Inbound && message.author_kind == ActorKind::Contact);
        for message in written {
            if message.author_id == conversation.contact_id.as_str() || found.contains_key(&message.author_id) {
                continue;
            }
            let sender = match contacts::load(db, &ContactId::from(message.author_id.as_str())).await {
                Ok(contact) if contact.id != conversation.contact_id => {
                    let identities = contacts::identities(db, &contact.id).await?;
                    let address = identities.into_iter().find(|one| one.kind == IdentityKind::Email);
                    Some(OtherSender {
                        name: contact.name,
                        address: address.map(|one| one.value),
                        answers_go_to: conversation.reply_address.clone(),
                    })
                }
                // They are one person with the contact by now, or nobody is known any more.
                Ok(_) | Err(conversation::Error::NotFound) => None,
                Err(error) => return Err(error),
            };
            found.insert(message.author_id.clone(), sender);
        }
        Ok(Others(
            found
                .into_iter()
                .filter_map(|(id, sender)| Some((id, sender?)))
                .collect(),
        ))
    }

    /// Who it was, when it was somebody else.
    pub(super) fn get(&self, author_id: &str) -> Option<&OtherSender> {
        self.0.get(author_id)
    }
}
