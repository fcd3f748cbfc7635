//! One thing among many that falls over takes nothing else with it.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;

/// What a panic said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the program fell over it ({0}); the log has the place, please report it")]
pub struct Panicked(pub String);

/// Waits for `future`. A panic in it is the failure of this one thing, counted as a task's would be, and not the end of the task that does many
/// such things: else one event or message that the program cannot bear would stop all others again and again.
///
/// # Errors
/// [`Panicked`]. What the future had in hand is dropped: an open transaction is rolled back.
pub async fn guarded<T>(future: impl Future<Output = T>) -> Result<T, Panicked> {
    AssertUnwindSafe(future).catch_unwind().await.map_err(|cause| {
        metrics::counter!("task_panics_total").increment(1);
        let panicked = Panicked(words(&*cause));
        tracing::error!(error = %panicked, "caught a panic");
        panicked
    })
}

fn words(cause: &(dyn Any + Send)) -> String {
    let words = cause.downcast_ref::<&str>().copied();
    let words = words.or_else(|| cause.downcast_ref::<String>().map(String::as_str));
    words.unwrap_or("no words").chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_with_its_words() {
        assert_eq!(guarded(async { 1 }).await, Ok(1));
        for (at, said) in [
            (0, "index out of bounds: the len is 0 but the index is 0"),
            (1, "plain"),
        ] {
            let fallen = guarded(async move {
                let none: Vec<u8> = Vec::new();
                if at == 0 { none[at] } else { panic!("plain") }
            });
            assert_eq!(fallen.await, Err(Panicked(said.to_owned())));
        }
    }
}
