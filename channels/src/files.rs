//! Files that customers sent and their channel still holds, fetched after their messages are filed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use conversation::Store;
use conversation::attachments::{self, Fetch, Fetched};
use conversation::inboxes::{self, Inbox};
use conversation::types::InboxId;
use futures::StreamExt;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::whatsapp::client::{self, MediaError};
use crate::{messenger, whatsapp};

/// How far looks for files to fetch are apart.
const APART: Duration = Duration::from_millis(50);
/// How many files are fetched at the same time.
const AT_ONCE: usize = 4;

/// Who gives the files of an inbox.
#[derive(Clone)]
enum Holder {
    Whatsapp(Arc<whatsapp::Client>),
    Messenger(Arc<messenger::Client>),
}

/// Why a file cannot be fetched, and whether another try can help.
type Trouble = (String, bool);

impl Holder {
    /// With the settings as they are now.
    async fn of(store: &Store, inbox: &Inbox) -> conversation::Result<Result<Holder, Trouble>> {
        let again = |error: &dyn std::fmt::Display| Err((error.to_string(), true));
        if inbox.channel.is_messenger_platform() {
            let settings: messenger::MessengerSettings = inboxes::settings(store, &inbox.id).await?;
            return Ok(match messenger::Client::new(inbox.channel, settings) {
                Ok(client) => Ok(Holder::Messenger(Arc::new(client))),
                Err(error) => again(&error),
            });
        }
        let settings: whatsapp::WhatsappSettings = inboxes::settings(store, &inbox.id).await?;
        Ok(match whatsapp::Client::new(settings, store.now()) {
            Ok(client) => Ok(Holder::Whatsapp(Arc::new(client))),
            Err(error) => again(&error),
        })
    }

    async fn fetch(&self, source: &str) -> Result<client::Fetched, Trouble> {
        let fetched = match self {
            Holder::Whatsapp(client) => client.fetch_media(&read(source)?).await,
            Holder::Messenger(client) => client.fetch(&read(source)?).await,
        };
        fetched.map_err(|error| {
            let again = matches!(error, MediaError::Temporary(_) | MediaError::Damaged { .. });
            (error.to_string(), again)
        })
    }
}

fn read<T: DeserializeOwned>(source: &str) -> Result<T, Trouble> {
    serde_json::from_str(source).map_err(|error| (error.to_string(), false))
}

/// Fetches the files of filed messages until told to stop.
///
/// # Errors
/// When the database cannot be reached.
pub async fn fetch(store: &Store, stop: CancellationToken) -> conversation::Result<()> {
    let mut commits = store.commits(APART);
    while !stop.is_cancelled() {
        commits.look();
        let due = attachments::lease_fetches(store, 16).await?;
        if due.is_empty() {
            tokio::select! {
                () = stop.cancelled() => break,
                () = commits.changed(Duration::from_secs(5)) => {}
            }
            continue;
        }
        let holders = holders(store, &due).await?;
        let results: Vec<conversation::Result<()>> = futures::stream::iter(due)
            .map(|fetch| fetch_one(store, &holders, fetch))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        results.into_iter().collect::<conversation::Result<Vec<()>>>()?;
    }
    Ok(())
}

/// Whom to ask, by inbox. An inbox whose settings cannot be opened holds up no other's files.
async fn holders(store: &Store, due: &[Fetch]) -> conversation::Result<HashMap<InboxId, Result<Holder, Trouble>>> {
    let mut holders = HashMap::new();
    for fetch in due {
        if holders.contains_key(&fetch.inbox_id) {
            continue;
        }
        let inbox = inboxes::load(store.db(), &fetch.inbox_id).await?;
        let holder = match Holder::of(store, &inbox).await {
            Ok(holder) => holder,
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => Err((error.to_string(), true)),
        };
        holders.insert(fetch.inbox_id.clone(), holder);
    }
    Ok(holders)
}

async fn fetch_one(
    store: &Store,
    holders: &HashMap<InboxId, Result<Holder, Trouble>>,
    fetch: Fetch,
) -> conversation::Result<()> {
    let fetched = match holders.get(&fetch.inbox_id) {
        Some(Ok(holder)) => holder.fetch(&fetch.source).await,
        Some(Err(trouble)) => Err(trouble.clone()),
        None => Err(("the inbox is not there".to_owned(), true)),
    };
    let outcome = match fetched {
        Ok(fetched) => Ok(Fetched {
            duration: whatsapp::length::of(&fetched.bytes),
            blob: store.put_blob(&fetched.bytes).await?,
            media_type: fetched.media_type,
        }),
        Err(trouble) => Err(trouble),
    };
    conversation::fault::point("file.fetched");
    attachments::settle_fetch(store, &fetch, outcome).await
}
