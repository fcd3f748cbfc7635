//! What the channels let out of what a rule by time writes: nobody just wrote to us, so WhatsApp's 24 hours may be over.

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
        let (Channel::Whatsapp, Some(address)) = (conversation.channel, &conversation.reply_address) else {
            return Ok(None);
        };
        let heard = deliveries::window(store.db(), &conversation.inbox_id, address).await?;
        if heard.is_some_and(|at| store.now() < at + WINDOW) {
            return Ok(None);
        }
        let settings: Result<WhatsappSettings> = inboxes::settings(store, &conversation.inbox_id).await;
        Ok(match settings.ok().and_then(|settings| settings.template) {
            None => Some("unsaid-window"),
            Some(template) if checks::check_fallback(text, 0, &template).is_err() => Some("unsaid-template"),
            Some(_) => None,
        })
    }
}
