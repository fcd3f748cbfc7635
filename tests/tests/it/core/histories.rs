//! Random histories against a small model of what must be true of all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use conversation::deliveries::{CONFIRM_WITHIN, Delivery, LEASE, advance, lease, record_statuses, settle};
use conversation::inbound::InboundMessage;
use conversation::ingest::{Outcome, ingest};
use conversation::lifecycle::{Action, act, wake_due};
use conversation::outbound::{SendError, Sent, StatusUpdate};
use conversation::restructure;
use conversation::types::{
    Actor, Channel, ContactId, ConversationId, ConversationStatus, DeliveryId, DeliveryState, InboxId, MessageId,
    Millis,
};
use conversation::{contacts, views};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::bed::{Bed, mail, whatsapp};

/// What the world outside saw.
#[derive(Default)]
struct World {
    /// Everything that arrived, to arrive again.
    arrived: Vec<InboundMessage>,
    /// Where each (inbox, external id) was filed first.
    filed: HashMap<(InboxId, String), MessageId>,
    /// How often each delivery left, and whether a second time would have been right.
    left: BTreeMap<DeliveryId, usize>,
    may_repeat: BTreeSet<DeliveryId>,
    leased: Vec<(Delivery, Millis)>,
    /// The furthest state that each delivery was told or reached.
    states: BTreeMap<DeliveryId, DeliveryState>,
    replies: usize,
    /// Which conversation became part of which, whatever became of it since.
    merged: Vec<(ConversationId, ConversationId)>,
}

struct History {
    bed: Bed,
    world: World,
    rng: StdRng,
    mailbox: InboxId,
    phone: InboxId,
    ana: Actor,
}

impl History {
    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.rng.random_range(0..from.len())].clone())
    }

    async fn conversations(&self) -> Vec<ConversationId> {
        views::conversations(self.bed.store.db(), &views::Filter::default(), None, 100)
            .await
            .expect("a list")
            .into_iter()
            .map(|one| one.id)
            .collect()
    }

    async fn arrive(&mut self) {
        let mut batch = Vec::new();
        for _ in 0..self.rng.random_range(1..4) {
            let n = self.world.arrived.len();
            let who = self.rng.random_range(0..4);
            let mut message = if self.rng.random_bool(0.5) {
                whatsapp(&self.phone, &format!("551199999{who}"), &format!("wamid.{n}"), "Oi")
            } else {
                mail(
                    &self.mailbox,
                    &format!("{who}@customer.test"),
                    &format!("{n}@customer.test"),
                    "Hello",
                )
            };
            message.sent_at = self.bed.store.now() - self.rng.random_range(0..5_000);
            let all: Vec<String> = self
                .world
                .arrived
                .iter()
                .map(|message| message.external_id.clone())
                .collect();
            message
                .thread
                .in_reply_to
                .extend(self.pick(&all).filter(|_| n.is_multiple_of(3)));
            let known = self.conversations().await;
            if let Some(id) = self.pick(&known).filter(|_| n.is_multiple_of(5)) {
                message.thread.tokens.push(self.bed.store.keys().reply_token(&id));
            }
            self.world.arrived.push(message.clone());
            batch.push(message);
            // A provider that got no answer sends it again, in the same batch or later.
            let all = self.world.arrived.clone();
            batch.extend(self.pick(&all).filter(|_| n.is_multiple_of(2)));
        }
        let filed = ingest(&self.bed.store, &batch).await.expect("ingest");
        for (message, filed) in batch.iter().zip(filed) {
            let key = (message.inbox.clone(), message.external_id.clone());
            let id = filed.message.expect("filed");
            match self.world.filed.get(&key) {
                Some(first) => assert_eq!((filed.outcome, &id), (Outcome::Duplicate, first)),
                None => {
                    assert_ne!(filed.outcome, Outcome::Duplicate);
                    self.world.filed.insert(key, id);
                }
            }
        }
    }

    async fn answer(&mut self) {
        let known = self.conversations().await;
        if let Some(id) = self.pick(&known) {
            self.bed.say(&self.ana.clone(), &id, "Answer").await;
            self.world.replies += 1;
        }
    }

    async fn send(&mut self) {
        let now = self.bed.store.now();
        for delivery in lease(&self.bed.store, "a", 3).await.expect("leased") {
            assert!(
                self.world
                    .leased
                    .iter()
                    .all(|(held, until)| held.id != delivery.id || *until < now),
                "it is somebody's already"
            );
            self.world.leased.retain(|(held, _)| held.id != delivery.id);
            self.world.leased.push((delivery, now + LEASE));
        }
    }

    async fn settle(&mut self) {
        if self.world.leased.is_empty() {
            return;
        }
        let place = self.rng.random_range(0..self.world.leased.len());
        let (delivery, until) = self.world.leased.remove(place);
        let is_late = until < self.bed.store.now();
        let leaves = |world: &mut World| {
            let times = world.left.entry(delivery.id.clone()).or_default();
            *times += 1;
            assert!(
                *times == 1 || world.may_repeat.contains(&delivery.id),
                "{} left twice",
                delivery.id
            );
        };
        let outcome = match self.rng.random_range(0..6) {
            // The sender dies, before or after the message left.
            0 => {
                leaves(&mut self.world);
                self.may_repeat(&delivery);
                return;
            }
            1 => return,
            2 => Err(SendError::Temporary {
                code: "t".to_owned(),
                reason: "later".to_owned(),
                retry_after: None,
            }),
            3 => {
                leaves(&mut self.world);
                self.may_repeat(&delivery);
                Err(SendError::Unknown {
                    code: "u".to_owned(),
                    reason: "no answer".to_owned(),
                })
            }
            _ => {
                leaves(&mut self.world);
                Ok(Sent {
                    provider_id: Some(format!("p.{}", delivery.id)),
                    is_delivered: false,
                })
            }
        };
        if is_late {
            self.may_repeat(&delivery);
        }
        settle(&self.bed.store, "a", &delivery, outcome).await.expect("settled");
    }

    /// Mail whose end is not known is sent again under its Message-ID; WhatsApp never is.
    fn may_repeat(&mut self, delivery: &Delivery) {
        if delivery.channel == Channel::Email {
            self.world.may_repeat.insert(delivery.id.clone());
        }
    }

    async fn report(&mut self) {
        let left: Vec<DeliveryId> = self.world.left.keys().cloned().collect();
        let Some(id) = self.pick(&left) else { return };
        let state = self.pick(&DeliveryState::ALL[2..]).expect("a state");
        let update = StatusUpdate {
            inbox: self.phone.clone(),
            provider_id: format!("p.{id}"),
            delivery: Some(id),
            state,
            at: self.bed.store.now(),
            error: None,
            extra: None,
        };
        record_statuses(&self.bed.store, &[update]).await.expect("recorded");
    }

    async fn arrange(&mut self) {
        let known = self.conversations().await;
        let (Some(one), Some(other)) = (self.pick(&known), self.pick(&known)) else {
            return;
        };
        let ana = self.ana.clone();
        match self.rng.random_range(0..7) {
            0 => {
                let timeline = views::timeline(self.bed.store.db(), &one, None, 100)
                    .await
                    .expect("a timeline");
                let all: Vec<MessageId> = timeline.into_iter().map(|message| message.id).collect();
                let chosen: Vec<MessageId> = all.into_iter().filter(|_| self.rng.random_bool(0.4)).collect();
                // What makes no sense is refused, and changes nothing.
                let _ = restructure::split(&self.bed.store, &ana, &one, &chosen, None).await;
            }
            1 => {
                if restructure::merge(&self.bed.store, &ana, &one, &other).await.is_ok() {
                    self.world.merged.push((one, other));
                }
            }
            // Undone at any time after: refused where it makes no sense.
            5 => {
                let merged = self.world.merged.clone();
                if let Some((from, into)) = self.pick(&merged) {
                    let _ = restructure::unmerge(&self.bed.store, &ana, &into, &from).await;
                }
            }
            2 => drop(act(&self.bed.store, &ana, &one, Action::Resolve).await),
            3 => {
                let until = self.bed.store.now() + self.rng.random_range(1..100_000);
                drop(act(&self.bed.store, &ana, &one, Action::Snooze { until }).await);
            }
            4 => drop(wake_due(&self.bed.store).await.expect("a look")),
            _ => {
                let (a, b): (ContactId, ContactId) = (
                    self.bed.conversation(&one).await.contact_id,
                    self.bed.conversation(&other).await.contact_id,
                );
                if let Ok(id) = contacts::merge(&self.bed.store, &ana, &a, &b).await
                    && self.rng.random_bool(0.5)
                {
                    contacts::unmerge(&self.bed.store, &ana, &id).await.expect("undone");
                }
            }
        }
    }

    async fn invariants(&mut self) {
        self.bed.check().await;
        let rows: Vec<(DeliveryId, DeliveryState)> = conversation::db::sql("SELECT id, state FROM deliveries")
            .all(self.bed.store.db())
            .await
            .expect("rows");
        assert_eq!(rows.len(), self.world.replies, "one delivery for each reply");
        for (id, state) in rows {
            let before = self
                .world
                .states
                .insert(id.clone(), state)
                .unwrap_or(DeliveryState::Queued);
            assert_eq!(advance(before, state), state, "{id} went back from {before}");
        }
        let messages = self
            .bed
            .count("SELECT COUNT(*) FROM messages WHERE kind = 'inbound'")
            .await;
        assert_eq!(
            usize::try_from(messages).ok(),
            Some(self.world.filed.len()),
            "everything once"
        );
        let hidden = self
            .bed
            .count("SELECT COUNT(*) FROM conversations WHERE waiting_since IS NOT NULL AND status = 'resolved'")
            .await;
        assert_eq!(hidden, 0, "nobody waits in what is done");
    }
}

async fn play(bed: Bed, seed: u64, steps: usize) {
    let (mailbox, phone) = (
        bed.inbox(Channel::Email, false).await,
        bed.inbox(Channel::Whatsapp, true).await,
    );
    let ana = bed.agent("ana").await;
    let mut history = History {
        bed,
        world: World::default(),
        rng: StdRng::seed_from_u64(seed),
        mailbox,
        phone,
        ana,
    };
    for _ in 0..steps {
        match history.rng.random_range(0..10) {
            0..=2 => history.arrive().await,
            3 | 4 => history.answer().await,
            5 => history.send().await,
            6 => history.settle().await,
            7 => history.report().await,
            8 => history.arrange().await,
            _ => {
                let by = [1, 1_000, LEASE + 1, CONFIRM_WITHIN][history.rng.random_range(0..4)];
                history.bed.clock.advance(by);
            }
        }
        history.invariants().await;
    }
    // In the end every delivery has an end: nothing waits for ever.
    let waiting = "SELECT COUNT(*) FROM deliveries WHERE state IN ('queued', 'unknown')";
    for round in 0.. {
        if history.bed.count(waiting).await == 0 {
            break;
        }
        assert!(
            round < 200,
            "{} deliveries without an end",
            history.bed.count(waiting).await
        );
        history.send().await;
        for (delivery, _) in std::mem::take(&mut history.world.leased) {
            let done = Ok(Sent {
                provider_id: None,
                is_delivered: false,
            });
            settle(&history.bed.store, "a", &delivery, done).await.expect("settled");
        }
        history.bed.clock.advance(CONFIRM_WITHIN);
    }
    history.bed.clock.advance(100_000);
    history.invariants().await;
    let asleep = views::Filter {
        status: Some(ConversationStatus::Snoozed),
        ..views::Filter::default()
    };
    while wake_due(&history.bed.store).await.expect("a look") > 0 {}
    assert!(
        views::conversations(history.bed.store.db(), &asleep, None, 10)
            .await
            .expect("a list")
            .is_empty()
    );
}

/// A failing history names its seed; `play` with it plays it again.
async fn play_all(seeds: std::ops::Range<u64>, steps: usize, on_postgres: bool) -> anyhow::Result<()> {
    let mut playing = tokio::task::JoinSet::new();
    for seed in seeds {
        if playing.len() == 4 {
            playing
                .join_next()
                .await
                .expect("one plays")
                .expect("see the seed above");
        }
        let bed = if on_postgres {
            Bed::postgres().await?
        } else {
            Bed::sqlite().await
        };
        playing.spawn(async move {
            let mut named = Named { seed, has_failed: true };
            play(bed, seed, steps).await;
            named.has_failed = false;
        });
    }
    while let Some(outcome) = playing.join_next().await {
        outcome.expect("see the seed above");
    }
    Ok(())
}

/// Says which history failed, however it did.
struct Named {
    seed: u64,
    has_failed: bool,
}

impl Drop for Named {
    fn drop(&mut self) {
        if self.has_failed {
            eprintln!("the history with seed {} failed", self.seed);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn random_histories_on_sqlite() {
    play_all(0..200, 14, false).await.expect("SQLite is always there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn random_histories_on_postgres() {
    tests::need!(play_all(1_000..1_030, 25, true).await);
}
