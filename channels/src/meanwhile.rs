//! Waiting that holds up nothing.

use std::future::Future;
use std::pin::pin;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;

/// Waits for `one` while what is under way goes on; `done` hears of each that comes to its end meanwhile.
pub(crate) async fn meanwhile<One, Other>(
    one: One,
    under_way: &mut FuturesUnordered<Other>,
    mut done: impl FnMut(Other::Output),
) -> One::Output
where
    One: Future,
    Other: Future,
{
    let mut one = pin!(one);
    loop {
        tokio::select! {
            out = &mut one => return out,
            Some(other) = under_way.next() => done(other),
        }
    }
}
