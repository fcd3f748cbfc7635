//! What a sender has under way: so much at once, and so much of one inbox. Dispatcher and notices share it.

use std::future::Future;
use std::pin::pin;

use conversation::types::InboxId;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;

/// How many one look takes.
pub(crate) const BATCH: usize = 8;
/// How many are under way at the same time, over all inboxes.
const AT_ONCE: usize = 32;
/// An inbox with so many under way gets no more before one is done: a server that says nothing for minutes holds up
/// its own mail and nobody else's.
const FULL: usize = 4;

/// The sendings that are under way. Each ends with the id that it began with.
pub(crate) struct UnderWay<F> {
    sendings: FuturesUnordered<F>,
    of: Vec<(String, InboxId)>,
}

impl<F: Future<Output = String>> UnderWay<F> {
    pub(crate) fn new() -> UnderWay<F> {
        UnderWay {
            sendings: FuturesUnordered::new(),
            of: Vec::with_capacity(AT_ONCE),
        }
    }

    pub(crate) fn begin(&mut self, id: String, inbox: InboxId, sending: F) {
        self.of.push((id, inbox));
        self.sendings.push(sending);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sendings.is_empty()
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.of.iter().any(|(known, _)| known == id)
    }

    /// Whether another look may take what it finds.
    pub(crate) fn has_room(&self) -> bool {
        self.sendings.len() + BATCH <= AT_ONCE
    }

    /// The inboxes that have enough under way.
    pub(crate) fn full(&self) -> Vec<InboxId> {
        let mut full: Vec<InboxId> = Vec::new();
        for (_, inbox) in &self.of {
            let count = self.of.iter().filter(|(_, other)| other == inbox).count();
            if count >= FULL && !full.contains(inbox) {
                full.push(inbox.clone());
            }
        }
        full
    }

    /// Waits for `one` while what is under way goes on.
    pub(crate) async fn meanwhile<One: Future>(&mut self, one: One) -> One::Output {
        let mut one = pin!(one);
        loop {
            tokio::select! {
                out = &mut one => return out,
                Some(id) = self.sendings.next() => self.is_done(&id),
            }
        }
    }

    /// Waits for the next that comes to its end; `None` when nothing is under way.
    pub(crate) async fn next(&mut self) -> Option<()> {
        let id = self.sendings.next().await?;
        self.is_done(&id);
        Some(())
    }

    fn is_done(&mut self, id: &str) {
        if let Some(at) = self.of.iter().position(|(known, _)| known == id) {
            self.of.swap_remove(at);
        }
    }
}
