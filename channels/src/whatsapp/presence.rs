//! What the customer sees of us while we are not writing yet: two blue ticks when an agent opens the
//! conversation, and the dots while an answer is being typed. Signs of the moment: one that fails is not
//! tried again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use conversation::conversations::Conversation;
use conversation::db::sql;
use conversation::types::{Channel, ConversationId, InboxId, Millis};
use conversation::{Store, inboxes};

use super::client::Client;
use super::settings::WhatsappSettings;

/// Meta shows the dots for 25 seconds; asked for again a little earlier, they do not blink.
const TYPING: Millis = 20_000;
/// How many conversations are remembered.
const MOST: usize = 5_000;

/// Signs that were given, and the clients that give them.
#[derive(Default)]
pub struct Presence {
    clients: Mutex<HashMap<InboxId, (WhatsappSettings, Arc<Client>)>>,
    given: Mutex<HashMap<ConversationId, Given>>,
}

#[derive(Clone, Default)]
struct Given {
    read: String,
    typing_at: Millis,
}

impl Presence {
    /// Marks what the customer wrote as read; with `is_typing` also shows that somebody writes. Returns
    /// once Meta answered; callers do not wait for it.
    pub async fn show(&self, store: &Store, conversation: &Conversation, is_typing: bool) {
        if conversation.channel != Channel::Whatsapp {
            return;
        }
        if let Err(error) = self.try_show(store, conversation, is_typing).await {
            tracing::debug!(conversation = %conversation.id, error, "no sign was given");
        }
    }

    async fn try_show(&self, store: &Store, conversation: &Conversation, is_typing: bool) -> Result<(), String> {
        let words = |error: conversation::Error| error.to_string();
        let last: Option<(String,)> = sql("SELECT external_id FROM messages WHERE conversation_id = $1 AND inbox_id = $2 AND kind = 'inbound' AND external_id LIKE 'wamid.%' ORDER BY at DESC, id DESC LIMIT 1")
            .bind(&conversation.id)
            .bind(&conversation.inbox_id)
            .optional(store.db())
            .await
            .map_err(words)?;
        let Some((last,)) = last else { return Ok(()) };
        let now = store.now();
        {
            let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
            if given.len() >= MOST {
                given.clear();
            }
            let known = given.entry(conversation.id.clone()).or_default();
            let is_news = known.read != last || (is_typing && now - known.typing_at >= TYPING);
            if !is_news {
                return Ok(());
            }
            known.read.clone_from(&last);
            if is_typing {
                known.typing_at = now;
            }
        }
        let settings: WhatsappSettings = inboxes::settings(store, &conversation.inbox_id).await.map_err(words)?;
        if !settings.read_marks {
            return Ok(());
        }
        let client = {
            let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
            match clients.get(&conversation.inbox_id) {
                Some((known, client)) if *known == settings => client.clone(),
                _ => {
                    let client = Arc::new(Client::new(settings.clone(), now).map_err(|error| error.to_string())?);
                    clients.insert(conversation.inbox_id.clone(), (settings, client.clone()));
                    client
                }
            }
        };
        client
            .mark_read(&last, is_typing)
            .await
            .map_err(|error| error.to_string())
    }
}
