//! From a signed web hook to the conversation.

use std::collections::HashMap;

use conversation::deliveries;
use conversation::inbound::{BlobRef, InboundAttachment};
use conversation::ingest::{self, echoes};
use conversation::marketing::{self, Told};
use conversation::outbound::StatusUpdate;
use conversation::quarantine::{self, NewEntry};
use conversation::types::{Channel, InboxId};
use conversation::{Store, inboxes};

use super::client::Progress;
use super::inbound::Inbound;
use super::past;
use super::settings::WhatsappSettings;
use super::signature::{self, SignatureError};
use super::templates;
use super::webhook::{self, Other, Preference};

/// What the program on the business's telephone is called, in every language.
pub(super) const APP: &str = "WhatsApp Business";

/// What a web hook led to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Messages that it held.
    pub messages: usize,
    /// Statuses that it held.
    pub statuses: usize,
    /// What was kept for a person to see.
    pub kept: usize,
}

/// Why a web hook was not taken.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// Not signed with the app's secret: nothing of it is believed or kept.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The database or the files are not to be had: the sender must come again.
    #[error(transparent)]
    Store(#[from] conversation::Error),
}

/// Takes a web hook: checks its signature over the raw body, stores the body, files every message and
/// status in it. Once it returns, the sender may be told that all is well.
///
/// # Errors
/// See [`HookError`]. A signed body that cannot be read is no error: it is kept for a person.
pub async fn receive(
    store: &Store,
    inbox: &InboxId,
    settings: &WhatsappSettings,
    header: Option<&str>,
    body: &[u8],
) -> Result<Received, HookError> {
    signature::verify(&settings.app_secret, header, body)?;
    let now = store.now();
    let mut payload = match webhook::parse(inbox, body, now) {
        Ok(payload) => payload,
        Err(error) => {
            let raw = store.put_blob(body).await?;
            keep(store, inbox, error.to_string(), &raw).await?;
            return Ok(Received {
                kept: 1,
                ..Received::default()
            });
        }
    };
    let mut received = Received {
        messages: [
            payload.messages.len(),
            payload.echoes.len(),
            payload.past.len(),
            payload.files.len(),
        ]
        .iter()
        .sum(),
        statuses: payload.statuses.len(),
        kept: 0,
    };
    let mut named: Vec<String> = Vec::new();
    let past = payload.past.iter().chain(&payload.files).map(|one| &one.inbound);
    for inbound in payload.messages.iter().chain(&payload.echoes).chain(past) {
        named.extend(inbound.phone_number_id.clone());
    }
    for one in &payload.named {
        named.extend(one.phone_number_id.clone());
    }
    for preference in &payload.preferences {
        named.extend(preference.phone_number_id.clone());
    }
    let inbox_of = numbers(store, inbox, settings, &named).await?;
    past::file(store, inbox, &inbox_of, &mut payload, body).await?;
    match <[_; 1]>::try_from(payload.messages) {
        // The usual case: one commit for message and body, shared with other web hooks of the moment.
        Ok([one]) if payload.other.is_empty() => {
            let raw = store.blobs().prepare(store.env(), body).await?;
            let one = complete(one, &raw.blob, &inbox_of);
            conversation::fault::point("hook.stored");
            drop(ingest::ingest_raw(store, one, raw).await?);
            conversation::fault::point("hook.filed");
        }
        messages => {
            let messages = messages.map_or_else(|messages| messages, Vec::from);
            if !messages.is_empty() || !payload.other.is_empty() {
                let raw = store.put_blob(body).await?;
                let batch: Vec<_> = messages
                    .into_iter()
                    .map(|inbound| complete(inbound, &raw, &inbox_of))
                    .collect();
                conversation::fault::point("hook.stored");
                ingest::ingest(store, &batch).await?;
                conversation::fault::point("hook.filed");
                for other in &payload.other {
                    if templates::apply(store, other).await? {
                        continue;
                    }
                    keep(store, inbox, words(other), &raw).await?;
                    received.kept += 1;
                }
            }
        }
    }
    if !payload.echoes.is_empty() {
        let raw = store.put_blob(body).await?;
        let batch: Vec<_> = payload
            .echoes
            .into_iter()
            .map(|echo| complete(echo, &raw, &inbox_of))
            .collect();
        echoes::file(store, &batch, APP).await?;
    }
    received.kept += choices(store, inbox, &inbox_of, &payload.preferences, body).await?;
    record(store, &payload.statuses).await?;
    conversation::fault::point("hook.done");
    Ok(received)
}

/// Notes what people told WhatsApp of our marketing; what is nobody's is kept for a person to see.
async fn choices(
    store: &Store,
    inbox: &InboxId,
    inbox_of: &HashMap<String, InboxId>,
    preferences: &[Preference],
    body: &[u8],
) -> conversation::Result<usize> {
    let mut kept = 0;
    for one in preferences {
        let number = one.phone_number_id.as_ref();
        let told = Told {
            inbox: number.and_then(|number| inbox_of.get(number)).unwrap_or(inbox).clone(),
            values: one.ids.clone(),
            name: one.name.clone(),
            is_given: one.is_given,
            words: one.words.clone(),
            at: one.at,
        };
        match marketing::note(store, &told).await {
            Err(conversation::Error::Invalid(why)) => {
                let reason = format!("WhatsApp reports `user_preferences`: {why}");
                let raw = store.put_blob(body).await?;
                keep(store, inbox, reason, &raw).await?;
                kept += 1;
            }
            noted => noted?,
        }
    }
    Ok(kept)
}

/// One app has one web hook for all its numbers: each message goes to the inbox of its number.
async fn numbers(
    store: &Store,
    inbox: &InboxId,
    settings: &WhatsappSettings,
    named: &[String],
) -> conversation::Result<HashMap<String, InboxId>> {
    let mut inbox_of = HashMap::from([(settings.phone_number_id.clone(), inbox.clone())]);
    for number in named {
        if !inbox_of.contains_key(number) {
            match inboxes::find(store.db(), Channel::Whatsapp, number).await {
                Ok(found) => drop(inbox_of.insert(number.clone(), found.id)),
                // A number that nobody configured: better in the wrong inbox than lost.
                Err(conversation::Error::NotFound) => drop(inbox_of.insert(number.clone(), inbox.clone())),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(inbox_of)
}

pub(super) fn complete(
    inbound: Inbound,
    raw: &BlobRef,
    inbox_of: &HashMap<String, InboxId>,
) -> conversation::inbound::InboundMessage {
    let mut message = inbound.message;
    if let Some(inbox) = inbound.phone_number_id.as_ref().and_then(|number| inbox_of.get(number)) {
        message.inbox = inbox.clone();
    }
    message.raw = Some(raw.clone());
    message.from.address = inbound.address.or(message.from.address);
    message
        .attachments
        .extend(inbound.media.into_iter().map(|media| InboundAttachment {
            name: media.name.clone(),
            media_type: media.media_type.clone(),
            inline: false,
            content_id: None,
            blob: BlobRef {
                sha256: String::new(),
                size: 0,
            },
            source: serde_json::to_value(&media).ok(),
        }));
    message
}

fn words(other: &Other) -> String {
    let mut words = format!("WhatsApp reports `{}`", other.field);
    if let Some((code, text)) = &other.error {
        words.push_str(&format!(": {text} ({code})"));
    }
    if let Some(problem) = &other.problem {
        words.push_str(&format!(": {problem}"));
    }
    words
}

pub(super) async fn keep(store: &Store, inbox: &InboxId, reason: String, raw: &BlobRef) -> conversation::Result<()> {
    // The same body delivered again is the same entry.
    let known = quarantine::is_known(store.db(), &raw.sha256, &reason).await?;
    if !known {
        let entry = NewEntry {
            inbox: Some(inbox.clone()),
            channel: Channel::Whatsapp,
            external_id: None,
            reason,
            raw_sha256: Some(raw.sha256.clone()),
        };
        quarantine::put(store, entry).await?;
    }
    Ok(())
}

/// Records what Meta says of our messages. A message of several parts stands where its last part
/// does; a part confirmed after a try whose end is unknown lets the rest go on.
pub(crate) async fn record(store: &Store, statuses: &[StatusUpdate]) -> conversation::Result<()> {
    for status in statuses {
        let extra = status.extra.as_ref();
        let number = |key: &str| extra.and_then(|extra| extra.get(key)?.as_u64());
        let is_partial = match (number("part"), number("parts")) {
            (Some(part), Some(parts)) => part + 1 < parts,
            _ => false,
        };
        if is_partial && status.error.is_none() {
            if let Some(delivery) = &status.delivery {
                let json = deliveries::progress(store.db(), delivery).await?;
                let mut progress: Progress = json
                    .as_deref()
                    .and_then(|json| serde_json::from_str(json).ok())
                    .unwrap_or_default();
                if progress.confirm(status) {
                    let json = serde_json::to_string(&progress).unwrap_or_default();
                    deliveries::keep_progress(store, delivery, &json).await?;
                    deliveries::go_on(store, delivery).await?;
                }
            }
            continue;
        }
        deliveries::record_statuses(store, std::slice::from_ref(status)).await?;
    }
    Ok(())
}
