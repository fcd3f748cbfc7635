//! What leaves by WhatsApp, Instagram and Messenger: several requests a message, each noted before the next one.

use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use conversation::deliveries::{self, Delivery};
use conversation::inbound::BlobRef;
use conversation::outbound::{OutboundMessage, SendError, Sent};
use conversation::types::Millis;
use conversation::{Store, attachments, inboxes};

use super::{Dispatcher, permanent, waits_for_inbox};
use crate::messenger::{self, MessengerSettings};
use crate::whatsapp::client::{Client, Journal, Progress};
use crate::whatsapp::settings::WhatsappSettings;

/// How long the link to a file is good that goes by Instagram or Messenger, in milliseconds: Meta fetches most of them at once,
/// and those that it does not take are for the customer.
const FILES_LAST: Millis = 7 * 24 * 3_600_000;

impl Dispatcher {
    pub(super) async fn send_whatsapp(
        &self,
        delivery: &Delivery,
        message: &OutboundMessage,
    ) -> Result<Sent, SendError> {
        let mut settings: WhatsappSettings = inboxes::settings(&self.store, &message.inbox).await?;
        settings.public_url.get_or_insert_with(|| self.public_url.clone());
        let client = {
            let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
            match clients.get(&message.inbox) {
                Some((known, client)) if *known == settings => client.clone(),
                _ => {
                    let client = Client::new(settings.clone(), self.store.now())
                        .map_err(|error| waits_for_inbox(permanent("whatsapp.settings", error.to_string())))?;
                    let client = Arc::new(client);
                    clients.insert(message.inbox.clone(), (settings, client.clone()));
                    client
                }
            }
        };
        if let Some(refused) = crate::whatsapp::refused(&self.store, message, client.settings()).await? {
            return Err(refused);
        }
        let mut progress = self.progress(delivery).await?;
        let journal = StoreJournal {
            store: &self.store,
            delivery,
        };
        client
            .deliver(message, self.store.now(), &mut progress, &journal)
            .await
            .map_err(waits_for_inbox)
    }

    /// What of a message of several parts has left.
    async fn progress(&self, delivery: &Delivery) -> Result<Progress, SendError> {
        match deliveries::progress(self.store.db(), &delivery.id).await? {
            Some(json) => serde_json::from_str(&json).map_err(|error| permanent("progress", error.to_string())),
            None => Ok(Progress::default()),
        }
    }

    pub(super) async fn send_messenger(
        &self,
        delivery: &Delivery,
        message: &OutboundMessage,
    ) -> Result<Sent, SendError> {
        let settings: MessengerSettings = inboxes::settings(&self.store, &message.inbox).await?;
        let client = messenger::Client::new(delivery.channel, settings)
            .map_err(|error| waits_for_inbox(permanent(messenger::errors::SETTINGS, error.to_string())))?;
        let until = self.store.now() + FILES_LAST;
        let files = attachments::of_messages(self.store.db(), std::slice::from_ref(&message.message)).await?;
        let links: Vec<String> = files
            .iter()
            .map(|file| self.public_url.clone() + &attachments::link(self.store.keys(), &file.id, until))
            .collect();
        let house = messenger::client::House {
            links: &links,
            public_url: &self.public_url,
        };
        let mut progress = self.progress(delivery).await?;
        let journal = StoreJournal {
            store: &self.store,
            delivery,
        };
        client
            .deliver(message, self.store.now(), &mut progress, &journal, house)
            .await
            .map_err(waits_for_inbox)
    }
}

struct StoreJournal<'a> {
    store: &'a Store,
    delivery: &'a Delivery,
}

impl Journal for StoreJournal<'_> {
    async fn bytes(&self, blob: &BlobRef) -> Result<Bytes, SendError> {
        self.store.blobs().get(&blob.sha256).await.map_err(SendError::from)
    }

    async fn keep(&self, progress: &Progress) -> Result<(), SendError> {
        let json = serde_json::to_string(progress).map_err(|error| permanent("progress", error.to_string()))?;
        deliveries::keep_progress(self.store, &self.delivery.id, &json).await?;
        conversation::fault::point("whatsapp.part_kept");
        // One of a single part has its id with the delivery.
        if progress.parts > 1 && !progress.accepted.is_empty() {
            deliveries::keep_provider_ids(self.store, self.delivery, &progress.accepted).await?;
        }
        Ok(())
    }
}
