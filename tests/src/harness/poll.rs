//! Waiting for something to become true, with a deadline and without sleeping for luck.

use std::time::{Duration, Instant};

/// How long a test waits for something that should take far less, on a slow and busy machine.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// Asks `probe` until it gives a value.
///
/// # Panics
/// When [`DEADLINE`] passes first; `what` says what was waited for.
pub async fn eventually<T, F>(what: &str, probe: F) -> T
where
    F: AsyncFnMut() -> Option<T>,
{
    match eventually_within(DEADLINE, probe).await {
        Some(value) => value,
        None => panic!("waited {} s in vain for: {what}", DEADLINE.as_secs()),
    }
}

/// Asks `probe` until it gives a value or `limit` passes; `None` then. The probe runs at least once.
pub async fn eventually_within<T, F>(limit: Duration, mut probe: F) -> Option<T>
where
    F: AsyncFnMut() -> Option<T>,
{
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_millis(2);
    loop {
        if let Some(value) = probe().await {
            return Some(value);
        }
        if Instant::now() >= deadline {
            return None;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}
