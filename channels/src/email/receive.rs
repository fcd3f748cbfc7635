//! From raw mail to the conversation: one mail given to us. Mailboxes are watched by
//! [`super::watch`].

use conversation::Store;
use conversation::blobs::Prepared;
use conversation::inbound::{BlobRef, InboundMessage};
use conversation::inboxes;
use conversation::ingest::{self, Filed};
use conversation::types::{Auto, InboxId, Millis};
use serde::Deserialize;

use super::mime::{self, ParsedMail};
use super::normal::to_inbound;
use super::{auto, judged};

/// What of the settings of an inbox says where its mail belongs. The rest may be anything.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wishes {
    group_hours: u32,
    ignore_spam_marks: bool,
}

/// The longest time over which mails are grouped, in hours.
const MOST_HOURS: u32 = 720;

/// Stores a raw mail and its files, and reads it. The bytes are safe before anything else happens.
///
/// # Errors
/// When the bytes cannot be stored.
pub async fn read(store: &Store, inbox: &InboxId, raw: &[u8]) -> conversation::Result<InboundMessage> {
    let blob = store.put_blob(raw).await?;
    read_stored(store, inbox, raw, blob).await
}

/// As [`read`], for a mail whose bytes the caller stores with the commit that files it.
///
/// # Errors
/// When a file of it cannot be stored.
pub async fn read_prepared(
    store: &Store,
    inbox: &InboxId,
    raw: &[u8],
) -> conversation::Result<(InboundMessage, Prepared)> {
    let prepared = store.blobs().prepare(store.env(), raw).await?;
    let message = read_stored(store, inbox, raw, prepared.blob.clone()).await?;
    Ok((message, prepared))
}

async fn read_stored(
    store: &Store,
    inbox: &InboxId,
    raw: &[u8],
    blob: BlobRef,
) -> conversation::Result<InboundMessage> {
    let parsed = parsed(raw, &blob.sha256).await;
    of_parsed(store, inbox, parsed, blob).await
}

/// Reads a mail, whatever it is; `sha256` is that of its bytes.
pub(super) async fn parsed(raw: &[u8], sha256: &str) -> ParsedMail {
    let owned = raw.to_vec();
    // Parsing a hostile mail may take its time; it does so outside the runtime's threads.
    let parsed = tokio::task::spawn_blocking(move || mime::parse(&owned))
        .await
        .map_err(|error| conversation::Error::corrupt("mail", error));
    match parsed {
        Ok(parsed) => parsed,
        // The parser promises not to panic; if it does, the mail is kept and shown by its header.
        Err(error) => {
            tracing::error!(%error, raw.sha256 = sha256, "a mail could not be parsed");
            let mut parsed = mime::parse(b"");
            parsed.message_id = format!("sha256-{sha256}@unparsed");
            parsed.quarantined = Some(error.to_string());
            parsed
        }
    }
}

/// The normal form of a mail that was read, with its files stored.
pub(super) async fn of_parsed(
    store: &Store,
    inbox: &InboxId,
    mut parsed: ParsedMail,
    blob: BlobRef,
) -> conversation::Result<InboundMessage> {
    let now = store.now();
    if parsed.auto == Auto::Bulk {
        // Many a support@ is a group that passes every customer's mail on as a list.
        let own = inboxes::load(store.db(), inbox).await?.address;
        if auto::is_own_list(&parsed.headers, &own) {
            parsed.auto = Auto::None;
        }
    }
    let wishes = wishes_of(store, inbox).await?;
    let judged = judged::judged(&parsed.headers).filter(|_| !wishes.ignore_spam_marks);
    let mut files = Vec::with_capacity(parsed.attachments.len());
    for file in &parsed.attachments {
        files.push(store.put_blob(&file.bytes).await?);
    }
    let mut message = to_inbound(parsed, inbox, blob, files, now);
    let hours = wishes.group_hours.min(MOST_HOURS);
    message.thread.group_within = (hours > 0).then_some(Millis::from(hours) * 3_600_000);
    message.judged = judged;
    Ok(message)
}

/// What an inbox wants of the mail that comes to it.
async fn wishes_of(store: &Store, inbox: &InboxId) -> conversation::Result<Wishes> {
    match inboxes::settings::<Wishes>(store, inbox).await {
        Ok(wishes) => Ok(wishes),
        // Whoever lost the key of an inbox still gets its mail.
        Err(error) if !error.is_transient() => Ok(Wishes::default()),
        Err(error) => Err(error),
    }
}

/// Files one raw mail, as an MTA's pipe or a provider's web hook gives it.
///
/// # Errors
/// When nothing could be stored; the giver must keep the mail and try again.
pub async fn deliver(store: &Store, inbox: &InboxId, raw: &[u8]) -> conversation::Result<Filed> {
    let message = read(store, inbox, raw).await?;
    ingest::ingest_one(store, message).await
}
