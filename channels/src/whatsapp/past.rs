//! What the telephone knows from before, filed as history: nothing follows from it, and it comes once however often
//! Meta brings it.

use std::collections::{BTreeMap, HashMap};

use conversation::Store;
use conversation::inbound::{BlobRef, InboundMessage};
use conversation::ingest::past::{self, By, Past, PastContact, PastConversation, Writer};
use conversation::types::{ConversationStatus, InboxId, Priority};

use super::receive::{APP, complete, keep};
use super::webhook::{Named, PastMessage, Payload};

/// As many people of the address book share a commit.
const TOGETHER: usize = 100;

/// Where messages of an inbox's telephone come from.
fn source(inbox: &InboxId) -> String {
    format!("whatsapp:{inbox}")
}

/// Files what a web hook holds of it.
pub(super) async fn file(
    store: &Store,
    inbox: &InboxId,
    inbox_of: &HashMap<String, InboxId>,
    payload: &mut Payload,
    body: &[u8],
) -> conversation::Result<()> {
    people(store, inbox, inbox_of, &payload.named).await?;
    if payload.past.is_empty() && payload.files.is_empty() {
        return Ok(());
    }
    let raw = store.put_blob(body).await?;
    chats(store, std::mem::take(&mut payload.past), &raw, inbox_of).await?;
    files(store, std::mem::take(&mut payload.files), &raw, inbox_of).await
}

/// Everybody in the address book is a contact; who is one already gets a name where there was none.
async fn people(
    store: &Store,
    inbox: &InboxId,
    inbox_of: &HashMap<String, InboxId>,
    named: &[Named],
) -> conversation::Result<()> {
    let mut of_inbox: BTreeMap<&InboxId, Vec<PastContact>> = BTreeMap::new();
    for one in named {
        let number = one.phone_number_id.as_ref();
        let inbox = number.and_then(|number| inbox_of.get(number)).unwrap_or(inbox);
        of_inbox.entry(inbox).or_default().push(PastContact {
            identities: one.identities.clone(),
            name: one.name.clone(),
            language: None,
            company: None,
        });
    }
    for (inbox, people) in of_inbox {
        for some in people.chunks(TOGETHER) {
            past::contacts(store, some, &source(inbox)).await?;
        }
    }
    Ok(())
}

/// One conversation for each chat, done: whatever is still to be answered in it, the telephone shows.
async fn chats(
    store: &Store,
    messages: Vec<PastMessage>,
    raw: &BlobRef,
    inbox_of: &HashMap<String, InboxId>,
) -> conversation::Result<()> {
    let mut chats: BTreeMap<(InboxId, String), Vec<Past>> = BTreeMap::new();
    for one in messages {
        let by = match one.is_ours {
            false => By::Customer,
            true => By::Business(Writer {
                agent: None,
                name: APP.to_owned(),
            }),
        };
        let message = complete(one.inbound, raw, inbox_of);
        let chat = (message.inbox.clone(), one.customer.unwrap_or_default());
        chats.entry(chat).or_default().push(Past { message, by });
    }
    for ((inbox, customer), mut messages) in chats {
        // Meta brings the newest first; those of one second keep their order.
        messages.reverse();
        messages.sort_by_key(|past| past.message.sent_at);
        let chat = PastConversation {
            source: source(&inbox),
            key: customer,
            status: ConversationStatus::Resolved,
            is_spam: false,
            priority: Priority::Normal,
            assignee: None,
            labels: Vec::new(),
            messages,
        };
        past::conversation(store, &chat).await?;
    }
    Ok(())
}

/// Files of messages that came without; where the message is not here yet, it comes with its file.
async fn files(
    store: &Store,
    files: Vec<PastMessage>,
    raw: &BlobRef,
    inbox_of: &HashMap<String, InboxId>,
) -> conversation::Result<()> {
    let messages: Vec<InboundMessage> = files
        .iter()
        .map(|one| complete(one.inbound.clone(), raw, inbox_of))
        .collect();
    let known = past::files(store, &messages).await?;
    let mut placed = Vec::new();
    for ((one, message), is_known) in files.into_iter().zip(&messages).zip(known) {
        if one.customer.is_some() && !is_known {
            placed.push(one);
        } else if !is_known {
            let reason = "WhatsApp reports `history`: a file of a message that is not here, and it does not say whose";
            keep(store, &message.inbox, reason.to_owned(), raw).await?;
        }
    }
    chats(store, placed, raw, inbox_of).await
}
