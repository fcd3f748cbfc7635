//! What the customer sees of us while we are not writing yet: that an agent has read their message, and the dots while an
//! answer is being typed. Signs of the moment: one that fails is not tried again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use conversation::conversations::Conversation;
use conversation::db::sql;
use conversation::outbound::SendError;
use conversation::types::{Channel, ConversationId, InboxId, Millis};
use conversation::{Store, inboxes};

use crate::messenger::{self, MessengerSettings};
use crate::whatsapp::{self, WhatsappSettings};

/// Meta shows the dots for 20 to 25 seconds; asked for again a little earlier, they do not blink.
const TYPING: Millis = 19_000;
/// How many conversations are remembered.
const MOST: usize = 5_000;

/// Signs that were given, and the accounts that give them.
#[derive(Default)]
pub struct Presence {
    accounts: Mutex<HashMap<InboxId, (Settings, Account)>>,
    given: Mutex<HashMap<ConversationId, Given>>,
}

#[derive(Clone, Default)]
struct Given {
    read: String,
    typing_at: Millis,
}

#[derive(Clone, PartialEq)]
enum Settings {
    Whatsapp(WhatsappSettings),
    Messenger(MessengerSettings),
}

#[derive(Clone)]
enum Account {
    Whatsapp(Arc<whatsapp::Client>),
    Messenger(Arc<messenger::Client>),
}

impl Settings {
    async fn of(store: &Store, conversation: &Conversation) -> conversation::Result<Settings> {
        let inbox = &conversation.inbox_id;
        Ok(match conversation.channel {
            Channel::Whatsapp => Settings::Whatsapp(inboxes::settings(store, inbox).await?),
            _ => Settings::Messenger(inboxes::settings(store, inbox).await?),
        })
    }

    fn wants_signs(&self) -> bool {
        match self {
            Settings::Whatsapp(settings) => settings.read_marks,
            Settings::Messenger(settings) => settings.read_marks,
        }
    }

    fn account(&self, channel: Channel, now: Millis) -> Result<Account, String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        match self {
            Settings::Whatsapp(settings) => whatsapp::Client::new(settings.clone(), now)
                .map(|client| Account::Whatsapp(Arc::new(client)))
                .map_err(|error| words(&error)),
            Settings::Messenger(settings) => messenger::Client::new(channel, settings.clone())
                .map(|client| Account::Messenger(Arc::new(client)))
                .map_err(|error| words(&error)),
        }
    }
}

impl Account {
    async fn show(&self, customer: &str, last: &str, is_typing: bool) -> Result<(), SendError> {
        match self {
            Account::Whatsapp(client) => client.mark_read(last, is_typing).await,
            Account::Messenger(client) => client.mark_read(customer, is_typing).await,
        }
    }
}

impl Presence {
    /// Marks what the customer wrote as read; with `is_typing` also shows that somebody writes. Returns
    /// once Meta answered; callers do not wait for it.
    pub async fn show(&self, store: &Store, conversation: &Conversation, is_typing: bool) {
        if !gives_signs(conversation.channel) {
            return;
        }
        if let Err(error) = self.try_show(store, conversation, is_typing).await {
            tracing::debug!(conversation = %conversation.id, error, "no sign was given");
        }
    }

    async fn try_show(&self, store: &Store, conversation: &Conversation, is_typing: bool) -> Result<(), String> {
        let words = |error: conversation::Error| error.to_string();
        // WhatsApp marks one message, by an id that it gave; the others mark the chat.
        let ids = match conversation.channel {
            Channel::Whatsapp => "wamid.%",
            _ => "%",
        };
        let last: Option<(String,)> = sql("SELECT external_id FROM messages WHERE conversation_id = $1 AND inbox_id = $2 AND kind = 'inbound' AND external_id LIKE $3 ORDER BY at DESC, id DESC LIMIT 1")
            .bind(&conversation.id)
            .bind(&conversation.inbox_id)
            .bind(ids)
            .optional(store.db())
            .await
            .map_err(words)?;
        let (Some((last,)), Some(customer)) = (last, &conversation.reply_address) else {
            return Ok(());
        };
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
        let settings = Settings::of(store, conversation).await.map_err(words)?;
        if !settings.wants_signs() {
            return Ok(());
        }
        let account = {
            let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
            match accounts.get(&conversation.inbox_id) {
                Some((known, account)) if *known == settings => account.clone(),
                _ => {
                    let account = settings.account(conversation.channel, now)?;
                    accounts.insert(conversation.inbox_id.clone(), (settings, account.clone()));
                    account
                }
            }
        };
        account
            .show(customer, &last, is_typing)
            .await
            .map_err(|error| error.to_string())
    }
}

/// Whether customers of a channel see such signs.
pub const fn gives_signs(channel: Channel) -> bool {
    channel.waits_for_word()
}
