//! What the channels let out of what a rule by time writes: nobody just wrote to us, so the 24 hours of WhatsApp, Instagram and
//! Messenger may be over.

use conversation::conversations::Conversation;
use conversation::desk::rules::timed::Door;
use conversation::types::Channel;
use conversation::{Result, Store, deliveries, inboxes};

use crate::whatsapp::checks;
use crate::whatsapp::send::WINDOW;
use crate::whatsapp::settings::WhatsappSettings;

/// The doors of all channels.
#[derive(Debug, Clone, Copy, Default)]
pub struct Doors;

impl Door for Doors {
    async fn shut(&self, store: &Store, conversation: &Conversation, text: &str) -> Result<Option<&'static str>> {
        let is_messenger = conversation.channel.is_messenger_platform();
        let has_window = conversation.channel == Channel::Whatsapp || is_messenger;
        let Some(address) = conversation.reply_address.as_ref().filter(|_| has_window) else {
            return Ok(None);
        };
        let heard = deliveries::window(store.db(), &conversation.inbox_id, address).await?;
        if heard.is_some_and(|at| store.now() < at + WINDOW) {
            return Ok(None);
        }
        if is_messenger {
            return Ok(Some("unsaid-window-messenger"));
        }
        let settings: Result<WhatsappSettings> = inboxes::settings(store, &conversation.inbox_id).await;
        Ok(match settings.ok().and_then(|settings| settings.template) {
            None => Some("unsaid-window"),
            Some(template) if checks::check_fallback(text, 0, &template).is_err() => Some("unsaid-template"),
            Some(_) => None,
        })
    }
}
