//! Answers that wait unread in the chat go on by e-mail, where an address is known.

use std::time::Duration;

use conversation::continuity::{self, Patience};
use conversation::types::Millis;
use conversation::{Error, Store};
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

/// A message waits at most so many times the quiet time, however much is being said after it.
const MOST_TIMES: Millis = 5;

/// Sends on what waits; returns how many mails. A business without a mailbox sends nothing on.
///
/// # Errors
/// When the database cannot be reached.
pub async fn send_due(store: &Store, after_seconds: u64) -> conversation::Result<usize> {
    // A year is as good as never, and leaves the arithmetic room.
    let quiet = Millis::try_from(after_seconds.min(366 * 24 * 3600) * 1000).unwrap_or(Millis::MAX);
    let patience = Patience {
        quiet,
        most: quiet * MOST_TIMES,
    };
    let mut count = 0;
    for waiting in continuity::due(store.db(), store.now(), patience, BATCH).await? {
        match continuity::send_on(store, &waiting.conversation, &waiting.address, patience).await {
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
