//! Answers that wait unread in the chat go on by e-mail, where an address is known.

use std::time::Duration;

use conversation::types::Millis;
use conversation::{Error, Store, deliveries, reply};
use tokio_util::sync::CancellationToken;

/// How often to look.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const BATCH: i64 = 100;

/// Looks until told to stop. `after_seconds` is how long an answer may wait unread.
///
/// # Errors
/// When the database cannot be reached.
pub async fn run(store: &Store, after_seconds: u64, stop: CancellationToken) -> conversation::Result<()> {
    while !stop.is_cancelled() {
        send_due(store, after_seconds).await?;
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    Ok(())
}

/// Sends on what waits; returns how many messages. A business without a mailbox sends nothing on.
///
/// # Errors
/// When the database cannot be reached.
pub async fn send_due(store: &Store, after_seconds: u64) -> conversation::Result<usize> {
    let after = Millis::try_from(after_seconds.saturating_mul(1000)).unwrap_or(Millis::MAX);
    let before = store.now().saturating_sub(after);
    let mut count = 0;
    for (message, _, address) in deliveries::unread_in_chat(store.db(), before, BATCH).await? {
        match reply::continue_by_email(store, &message, &address).await {
            Ok(Some(_)) => count += 1,
            Ok(None) => {}
            Err(Error::Invalid(why)) => {
                tracing::debug!(why, "unread answers stay in the chat");
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}
