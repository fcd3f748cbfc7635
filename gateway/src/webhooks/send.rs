//! Telling what is due.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use conversation::events::Event;
use conversation::guarded::guarded;
use conversation::{Store, leases};
use futures::StreamExt;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::queue::{self, Delivery, Outcome};
use super::{Webhook, load, secret};
use crate::app::App;
use channels::outgoing::{self, Allowed};
use channels::standard_webhooks as sign;

/// How long the other side may take to answer.
const LIMIT: Duration = Duration::from_secs(15);
/// How far looks are apart.
const APART: Duration = Duration::from_millis(50);
/// How many attempts of one hook run at once.
const EACH: i64 = 8;
/// How many attempts run at once in this process.
const AT_ONCE: usize = 32;
/// How much of an answer is kept, in bytes.
const KEPT: usize = 1000;

/// Moves hooks on and tells what is due, until told to stop.
pub(crate) async fn run(app: &App, stop: CancellationToken) -> Result<()> {
    let allowed = Allowed::new(&app.config.outgoing.allow_private);
    let sender = Sender {
        store: app.store.clone(),
        client: outgoing::client(&allowed, LIMIT)?,
        owner: app.process.clone(),
        allowed,
    };
    let mut commits = app.store.commits(APART);
    while !stop.is_cancelled() {
        commits.look();
        sender.round().await?;
        let wait = match queue::next_due(app.store.db()).await? {
            Some(at) => Duration::from_millis(u64::try_from(at - app.store.now()).unwrap_or(0).clamp(50, 10_000)),
            None => Duration::from_secs(10),
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = commits.changed(wait) => {}
        }
    }
    Ok(())
}

/// An attempt that came to nothing before anybody was asked.
fn failed(answer: String) -> Outcome {
    Outcome {
        status: None,
        answer,
        took: 0,
        retry_after: None,
    }
}

/// What one process needs to tell.
pub(crate) struct Sender {
    pub(crate) store: Store,
    pub(crate) client: reqwest::Client,
    pub(crate) owner: Arc<str>,
    pub(crate) allowed: Allowed,
}

impl Sender {
    /// Everything that is due now.
    pub(crate) async fn round(&self) -> Result<()> {
        if super::list(self.store.db()).await?.is_empty() {
            return Ok(());
        }
        // One process at a time moves the hooks on; the commit would refuse a second one anyway.
        if leases::hold(&self.store, "webhooks", &self.owner, 15_000)
            .await?
            .is_some()
        {
            queue::fan_out(&self.store).await?;
        }
        loop {
            let due = queue::lease(&self.store, &self.owner, EACH).await?;
            if due.is_empty() {
                return Ok(());
            }
            let told = futures::stream::iter(due).map(|delivery| self.tell(delivery));
            let told: Vec<conversation::Result<()>> = told.buffer_unordered(AT_ONCE).collect().await;
            for outcome in told {
                outcome?;
            }
        }
    }

    /// What cannot even be tried counts as a try that failed: an error here would hold up what is told to all others.
    async fn tell(&self, delivery: Delivery) -> conversation::Result<()> {
        let outcome = match guarded(self.attempt(&delivery)).await {
            Ok(Ok(Some(outcome))) => outcome,
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) if error.is_transient() => return Err(error),
            Ok(Err(error)) => failed(error.to_string()),
            Err(panicked) => failed(panicked.to_string()),
        };
        metrics::counter!("webhooks_sent_total", "taken" => if outcome.status.is_some_and(|s| (200..300).contains(&s)) { "yes" } else { "no" })
            .increment(1);
        queue::settle(&self.store, &self.owner, &delivery, &outcome).await
    }

    /// Nothing comes of it when the hook is gone, and with it whatever was to be told.
    async fn attempt(&self, delivery: &Delivery) -> conversation::Result<Option<Outcome>> {
        let (hook, secret) = match (
            load(self.store.db(), &delivery.webhook_id).await,
            secret(&self.store, &delivery.webhook_id).await,
        ) {
            (Ok(hook), Ok(secret)) => (hook, secret),
            (Err(conversation::Error::NotFound), _) | (_, Err(conversation::Error::NotFound)) => return Ok(None),
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        let mut events = conversation::store::events_after(self.store.db(), delivery.position - 1, 1).await?;
        let Some(event) = events.pop() else {
            return Ok(Some(failed("the event is not in the log any more".to_owned())));
        };
        let body = body(&self.store, &event).await?;
        let id = format!("evt_{}", event.position);
        Ok(Some(self.post(&hook, &secret, &id, &body).await))
    }

    /// One attempt.
    pub(crate) async fn post(&self, hook: &Webhook, secret: &str, id: &str, body: &str) -> Outcome {
        let began = tokio::time::Instant::now();
        let outcome = |status, answer: String, retry_after| Outcome {
            status,
            answer,
            took: i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX),
            retry_after,
        };
        // The configuration may have become stricter since it was typed in.
        let url = match outgoing::address(&hook.url, &self.allowed) {
            Ok(url) => url,
            Err(words) => return outcome(None, words.to_owned(), None),
        };
        let seconds = self.store.now().div_euclid(1000);
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", sign::sign(secret, id, seconds, body))
            .body(body.to_owned());
        match request.send().await {
            Ok(response) => {
                let status = response.status().as_u16();
                let retry_after = outgoing::retry_after(&response);
                outcome(Some(status), beginning(response).await, retry_after)
            }
            Err(error) => outcome(None, outgoing::words(&error, LIMIT), None),
        }
    }
}

/// The beginning of an answer; the rest is not read.
async fn beginning(mut response: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < KEPT {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk[..chunk.len().min(KEPT - bytes.len())]),
            Ok(None) | Err(_) => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What is posted: the event as the API shows it, and its object as it is now.
pub(crate) async fn body(store: &Store, event: &Event) -> conversation::Result<String> {
    let object = crate::api::object_of(store, event).await?;
    Ok(json!({
        "type": event.kind.as_str(),
        "timestamp": moment(event.at),
        "data": { "event": crate::api::event_json(event.clone()), "object": object },
    })
    .to_string())
}

fn moment(at: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(at).unwrap_or(jiff::Timestamp::MAX);
    format!("{moment:.3}")
}
