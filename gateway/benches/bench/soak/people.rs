//! Who keeps the installation busy: customers of each channel, and agents who read and answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use reqwest::RequestBuilder;
use reqwest::multipart::Form;
use serde_json::{Value, json};
use tests::harness::http;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::customers::{Number, Post};
use crate::hook::follower;

/// Between two messages of a channel.
const WHATSAPP: Duration = Duration::from_millis(400);
const MAIL: Duration = Duration::from_secs(2);
const WIDGET: Duration = Duration::from_secs(1);
const PORTAL: Duration = Duration::from_secs(5);
/// Between two answers of agents, and between two pages that each loads.
const ANSWER: Duration = Duration::from_secs(2);
const PAGE: Duration = Duration::from_secs(3);
/// How long a widget stays open, and an agent's stream.
const OPEN: Duration = Duration::from_secs(20);
const STREAM: Duration = Duration::from_secs(60);
/// Customers who write by WhatsApp, in turn.
const CUSTOMERS: u64 = 1_000;
/// How often somebody insists.
const TRIES: u32 = 200;

const QUESTIONS: [&str; 4] = [
    "Our copier ran out of toner this morning, what now?",
    "a page is jammed inside and I can't get it out",
    "do you sell bicycles?",
    "I want to talk to a person",
];

fn question(number: u64) -> &'static str {
    QUESTIONS[usize::try_from(number).unwrap_or(0) % QUESTIONS.len()]
}

/// What was sent, by channel, and what agents wrote.
#[derive(Default)]
pub(super) struct Sent {
    whatsapp: AtomicU64,
    mail: AtomicU64,
    widget: AtomicU64,
    portal: AtomicU64,
    pub(super) answers: AtomicU64,
    /// Requests that had to be made again.
    pub(super) refused: AtomicU64,
}

impl Sent {
    /// All that customers sent.
    pub(super) fn all(&self) -> u64 {
        [&self.whatsapp, &self.mail, &self.widget, &self.portal]
            .map(|count| count.load(Ordering::Relaxed))
            .iter()
            .sum()
    }
}

/// The installation and who is there.
pub(super) struct Desk {
    pub(super) base: String,
    pub(super) number: Number,
    pub(super) post: Post,
    pub(super) token: String,
    pub(super) cookies: Vec<String>,
    pub(super) sent: Sent,
}

impl Desk {
    /// Makes a request until it is taken; the words of its answer.
    async fn insist(&self, what: &str, request: impl Fn() -> RequestBuilder) -> anyhow::Result<String> {
        let mut said = String::new();
        for _ in 0..TRIES {
            let answer = match request().send().await {
                Ok(answer) => answer,
                Err(error) => {
                    said = error.to_string();
                    self.sent.refused.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                }
            };
            let status = answer.status();
            if status.is_success() {
                return Ok(answer.text().await?);
            }
            said = format!("{status} {}", answer.text().await.unwrap_or_default());
            ensure!(
                status.is_server_error() || status == reqwest::StatusCode::TOO_MANY_REQUESTS,
                "{what}: {said}"
            );
            self.sent.refused.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        anyhow::bail!("{what} was never taken: {said}")
    }

    async fn whatsapp(&self, number: u64) -> anyhow::Result<()> {
        let customer = format!("3462{:08}", number % CUSTOMERS);
        self.number.open_window(&customer);
        let hook = self
            .number
            .hook(&customer, &format!("wamid.{number:040}"), question(number));
        for _ in 0..TRIES {
            if self.number.post_to(&self.base, &hook).await == 200 {
                self.sent.whatsapp.fetch_add(1, Ordering::Relaxed);
                return Ok(());
            }
            self.sent.refused.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        anyhow::bail!("a web hook was never taken")
    }

    fn mail(&self, number: u64) {
        self.post.arrive(
            &format!("customer{number}@customer.example"),
            &format!("Question {number}"),
            question(number),
        );
        self.sent.mail.fetch_add(1, Ordering::Relaxed);
    }

    /// A visitor opens the widget, writes, and listens for a while.
    async fn widget(&self, client: &reqwest::Client, number: u64) -> anyhow::Result<()> {
        let address = address(198, number);
        let api = format!("{}/widget/api/website", self.base);
        let session = self
            .insist("a session", || {
                client
                    .post(format!("{api}/session"))
                    .header("x-forwarded-for", &address)
                    .json(&json!({ "language": "en" }))
            })
            .await?;
        let session: Value = serde_json::from_str(&session)?;
        let token = session["token"].as_str().context("a session without a token")?;
        let mut stream = client
            .get(format!("{api}/stream?after={}", session["position"]))
            .bearer_auth(token)
            .header("x-forwarded-for", &address)
            .send()
            .await?
            .error_for_status()?;
        let body = json!({ "id": format!("01HZZZZZZZZZZZ{number:012}"), "text": question(number) });
        self.insist("a message", || {
            client
                .post(format!("{api}/messages"))
                .bearer_auth(token)
                .header("x-forwarded-for", &address)
                .json(&body)
        })
        .await?;
        self.sent.widget.fetch_add(1, Ordering::Relaxed);
        listen(&mut stream, OPEN).await
    }

    /// A form, as the page draws it, filled in by a person.
    async fn portal(&self, client: &reqwest::Client, number: u64) -> anyhow::Result<()> {
        let address = address(203, number);
        let url = format!("{}/portal/tickets/new", self.base);
        let page = self
            .insist("the form", || client.get(&url).header("x-forwarded-for", &address))
            .await?;
        let token = page
            .split_once("name=\"token\" value=\"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .context("a form without a token")?
            .0;
        // Nobody fills a form in less.
        tokio::time::sleep(Duration::from_secs(3)).await;
        self.insist("a form", || {
            let form = Form::new()
                .text("token", token.to_owned())
                .text("language", "en")
                .text("subject", format!("Question {number}"))
                .text("text", question(number))
                .text("name", "A customer")
                .text("email", format!("visitor{number}@customer.example"));
            client.post(&url).header("x-forwarded-for", &address).multipart(form)
        })
        .await?;
        self.sent.portal.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Somebody looks at the newest conversations and answers one of them.
    async fn answer(&self, client: &reqwest::Client, number: u64) -> anyhow::Result<()> {
        let list = format!("{}/api/v1/conversations?limit=20", self.base);
        let list = self
            .insist("a list", || client.get(&list).bearer_auth(&self.token))
            .await?;
        let list: Value = serde_json::from_str(&list)?;
        let all = list["items"].as_array().context("no list")?;
        let Some(one) = all.get(usize::try_from(number)? % all.len().max(1)) else {
            return Ok(());
        };
        let id = one["id"].as_str().context("no id")?;
        let url = format!("{}/api/v1/conversations/{id}/messages", self.base);
        let reply = json!({ "text": format!("We look into it, number {number}.") });
        self.insist("an answer", || {
            client
                .post(&url)
                .bearer_auth(&self.token)
                .header("Idempotency-Key", format!("soak-{number}"))
                .json(&reply)
        })
        .await?;
        self.sent.answers.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// An address of documentation, another one every few numbers.
fn address(first: u8, number: u64) -> String {
    let place = number / 5;
    format!(
        "{first}.{}.{}.{}",
        place / 62_500 % 250,
        place / 250 % 250,
        place % 250 + 1
    )
}

/// Reads what comes for so long.
async fn listen(stream: &mut reqwest::Response, time: Duration) -> anyhow::Result<()> {
    let heard = timeout(time, async {
        while stream.chunk().await?.is_some() {}
        anyhow::bail!("an open stream ended")
    });
    match heard.await {
        Err(_) => Ok(()),
        Ok(ended) => ended,
    }
}

/// Does something again and again, at a pace, each a task of its own, until told to stop; then waits for the last.
fn every<F>(
    pace: Duration,
    stop: &CancellationToken,
    act: impl Fn(u64) -> F + Send + 'static,
) -> JoinHandle<anyhow::Result<()>>
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let stop = stop.clone();
    tokio::spawn(async move {
        let mut tick = interval(pace);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut under_way = tokio::task::JoinSet::new();
        for number in 0.. {
            tokio::select! { () = stop.cancelled() => break, _ = tick.tick() => {} }
            under_way.spawn(act(number));
            while let Some(done) = under_way.try_join_next() {
                done??;
            }
        }
        while let Some(done) = under_way.join_next().await {
            done??;
        }
        Ok(())
    })
}

/// Everybody begins, at so many times the usual pace.
pub(super) fn begin(desk: &Arc<Desk>, times: u32, stop: &CancellationToken) -> Vec<JoinHandle<anyhow::Result<()>>> {
    let lasting = follower();
    let mut all = Vec::new();
    let one = Arc::clone(desk);
    all.push(every(WHATSAPP / times, stop, move |number| {
        let desk = Arc::clone(&one);
        async move { desk.whatsapp(number).await }
    }));
    let one = Arc::clone(desk);
    all.push(every(MAIL / times, stop, move |number| {
        one.mail(number);
        async { Ok(()) }
    }));
    let (one, client) = (Arc::clone(desk), lasting.clone());
    all.push(every(WIDGET / times, stop, move |number| {
        let (desk, client) = (Arc::clone(&one), client.clone());
        async move { desk.widget(&client, number).await }
    }));
    let (one, client) = (Arc::clone(desk), http());
    all.push(every(PORTAL / times, stop, move |number| {
        let (desk, client) = (Arc::clone(&one), client.clone());
        async move { desk.portal(&client, number).await }
    }));
    let (one, client) = (Arc::clone(desk), http());
    all.push(every(ANSWER / times, stop, move |number| {
        let (desk, client) = (Arc::clone(&one), client.clone());
        async move { desk.answer(&client, number).await }
    }));
    for cookie in &desk.cookies {
        let (one, client, cookie) = (Arc::clone(desk), lasting.clone(), cookie.clone());
        let page = cookie.clone();
        all.push(every(STREAM, stop, move |_| {
            let (desk, client, cookie) = (Arc::clone(&one), client.clone(), cookie.clone());
            async move {
                let events = client.get(format!("{}/events", desk.base)).header("cookie", cookie);
                let mut events = events.send().await?.error_for_status()?;
                listen(&mut events, STREAM).await
            }
        }));
        let (one, client) = (Arc::clone(desk), http());
        all.push(every(PAGE / times, stop, move |_| {
            let (desk, client, cookie) = (Arc::clone(&one), client.clone(), page.clone());
            async move {
                let url = format!("{}/inbox", desk.base);
                let page = desk.insist("the inbox", || client.get(&url).header("cookie", &cookie));
                ensure!(page.await?.contains("data-csrf"), "the inbox is not there");
                Ok(())
            }
        }));
    }
    all
}
