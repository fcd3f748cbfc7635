//! Customers on four channels, and agents who answer. Each insists as the real one does: a mail stays in its mailbox,
//! Meta posts a web hook again, the widget and a person press again, with the same id.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use channels::whatsapp::signature;
use channels::whatsapp::standin::{Config, Standin};
use conversation::keys::Keys;
use futures::future::{join_all, try_join_all};
use reqwest::multipart::Form;
use serde_json::{Value, json};
use tests::harness::{FakeImap, eventually_within, http};

use super::ledger::Ledger;

/// How many write by each channel in one round.
const EACH: u64 = 3;
/// How long a sender insists.
const PATIENCE: Duration = Duration::from_secs(120);

/// Who writes. Cheap to clone.
#[derive(Clone)]
pub(super) struct Traffic {
    client: reqwest::Client,
    config: Config,
    bases: Vec<String>,
    /// The WhatsApp inbox.
    whatsapp: String,
    /// The agents' token.
    token: String,
    /// The words that were sent, each once.
    sent: Arc<Mutex<BTreeSet<String>>>,
    /// The answers that agents gave, each once.
    answered: Arc<Mutex<BTreeSet<String>>>,
    /// What somebody was told last who was not taken.
    refused: Arc<Mutex<String>>,
}

/// Words that stand in one message only.
fn word(channel: &str, round: u64, number: u64) -> String {
    format!("crash-{channel}-{round:05}-{number}")
}

fn wa_id(round: u64, number: u64) -> String {
    format!("3461{:08}", round * EACH + number)
}

impl Traffic {
    pub(super) fn new(config: Config, bases: Vec<String>, whatsapp: String, token: String) -> Traffic {
        Traffic {
            client: http(),
            config,
            bases,
            whatsapp,
            token,
            sent: Arc::default(),
            answered: Arc::default(),
            refused: Arc::default(),
        }
    }

    /// What the clock says, in UTC milliseconds.
    pub(super) fn now(&self) -> i64 {
        (self.config.clock)()
    }

    /// What was sent.
    pub(super) fn sent(&self) -> BTreeSet<String> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What agents answered.
    pub(super) fn answered(&self) -> BTreeSet<String> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, word: &str) {
        self.sent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(word.to_owned());
    }

    /// Puts the round's mails into the mailbox, and opens the windows of those who write by WhatsApp.
    pub(super) fn begin(&self, round: u64, imap: &FakeImap, standin: &Standin) {
        for number in 0..EACH {
            let word = word("mail", round, number);
            let mail = format!(
                "From: Ana <{word}@customer.test>\r\nTo: support@example.test\r\nSubject: {word}\r\n\
                 Message-ID: <{word}@customer.test>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\n\
                 The machine says {word} since this morning.\r\n"
            );
            imap.append("INBOX", mail);
            self.note(&word);
            standin.open_window(&wa_id(round, number), (self.config.clock)());
        }
    }

    /// Everybody writes, and each is answered; returns when all of it was taken.
    pub(super) async fn round(&self, round: u64, ledger: &Ledger) -> anyhow::Result<()> {
        let all = (0..EACH).map(async |number| {
            let (whatsapp, widget, portal) = tokio::join!(
                self.whatsapp(round, number),
                self.widget(round, number),
                self.portal(round, number),
            );
            whatsapp.and(widget).and(portal)
        });
        try_join_all(all).await?;
        let answers = ["mail", "whatsapp"]
            .into_iter()
            .flat_map(|channel| (0..EACH).map(move |number| self.answer(word(channel, round, number), ledger)));
        join_all(answers).await.into_iter().collect()
    }

    /// Whether an answer takes what was sent; its words are kept where it does not.
    async fn is_taken(&self, answer: reqwest::Response) -> Option<String> {
        let (url, status) = (answer.url().clone(), answer.status());
        let text = answer.text().await.ok()?;
        if status.is_success() {
            return Some(text);
        }
        let said = text.lines().find(|line| line.contains("error")).unwrap_or(&text);
        let said = format!("{url}: {status} {}", said.chars().take(500).collect::<String>());
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = said;
        None
    }

    /// Tries, on each process in turn, until it is taken.
    async fn insist(&self, what: &str, first: u64, attempt: impl AsyncFn(&str) -> Option<()>) -> anyhow::Result<()> {
        let turn = AtomicU64::new(first);
        let taken = eventually_within(PATIENCE, async || {
            let at = usize::try_from(turn.fetch_add(1, Ordering::Relaxed)).unwrap_or(0) % self.bases.len();
            attempt(&self.bases[at]).await
        });
        let is_taken = taken.await.is_some();
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        anyhow::ensure!(
            is_taken,
            "{what} was never taken; the last answer that refused anything: {refused}"
        );
        Ok(())
    }

    async fn whatsapp(&self, round: u64, number: u64) -> anyhow::Result<()> {
        let word = word("whatsapp", round, number);
        self.note(&word);
        let message = json!({
            "from": wa_id(round, number),
            "id": format!("wamid.{word}"),
            "timestamp": (self.config.clock)().div_euclid(1000).to_string(),
            "type": "text",
            "text": { "body": format!("our copier shows {word}, what now?") },
        });
        let body = json!({
            "object": "whatsapp_business_account",
            "entry": [{
                "id": self.config.business_account_id,
                "changes": [{ "field": "messages", "value": {
                    "messaging_product": "whatsapp",
                    "metadata": {
                        "display_phone_number": self.config.display_number,
                        "phone_number_id": self.config.phone_number_id,
                    },
                    "contacts": [{ "profile": { "name": word }, "wa_id": wa_id(round, number) }],
                    "messages": [message],
                } }],
            }],
        })
        .to_string();
        let signature = signature::sign(&self.config.app_secret, body.as_bytes());
        self.insist(&word, number, async |base| {
            let request = self
                .client
                .post(format!("{base}/webhooks/whatsapp/{}", self.whatsapp))
                .header(signature::HEADER, &signature)
                .header("content-type", "application/json")
                .body(body.clone());
            self.is_taken(request.send().await.ok()?).await.map(drop)
        })
        .await
    }

    async fn widget(&self, round: u64, number: u64) -> anyhow::Result<()> {
        let word = word("widget", round, number);
        self.note(&word);
        let address = format!("198.51.{}.{}", round % 250, number + 1);
        let post = async |base: &str, what: &str, token: &str, body: &Value| {
            let mut request = self
                .client
                .post(format!("{base}/widget/api/website/{what}"))
                .header("x-forwarded-for", &address)
                .json(body);
            if !token.is_empty() {
                request = request.bearer_auth(token);
            }
            let text = self.is_taken(request.send().await.ok()?).await?;
            Some(serde_json::from_str::<Value>(&text).unwrap_or_default())
        };
        let token = Mutex::new(String::new());
        self.insist(&word, number, async |base| {
            let session = post(base, "session", "", &json!({ "language": "en" })).await?;
            let found = session["token"].as_str()?.to_owned();
            *token.lock().unwrap_or_else(PoisonError::into_inner) = found;
            Some(())
        })
        .await?;
        let token = token.into_inner().unwrap_or_else(PoisonError::into_inner);
        let body =
            json!({ "id": format!("01HZZZZZZZZZZZ{:012}", round * EACH + number), "text": format!("It says {word}.") });
        self.insist(&word, number + 1, async |base| {
            post(base, "messages", &token, &body).await.map(drop)
        })
        .await
    }

    async fn portal(&self, round: u64, number: u64) -> anyhow::Result<()> {
        let word = word("portal", round, number);
        self.note(&word);
        let drawn_at = (self.config.clock)() - 60_000;
        let id = format!("01HYYYYYYYYYYY{:012}", round * EACH + number);
        // As the page holds it.
        let token = Keys::new(vec![[0x5b; 32]])?.sign("ticket form", &format!("{id}-{drawn_at}"));
        let address = format!("203.0.{}.{}", round % 250, number + 1);
        self.insist(&word, number, async |base| {
            let form = Form::new()
                .text("token", token.clone())
                .text("language", "en")
                .text("subject", format!("The tray {word}"))
                .text("text", format!("It sticks: {word}"))
                .text("name", "Ana")
                .text("email", format!("{word}@customer.test"));
            let request = self
                .client
                .post(format!("{base}/portal/tickets/new"))
                .header("x-forwarded-for", &address)
                .multipart(form);
            self.is_taken(request.send().await.ok()?).await.map(drop)
        })
        .await
    }

    /// An agent finds the message and answers it.
    async fn answer(&self, word: String, ledger: &Ledger) -> anyhow::Result<()> {
        let find = "SELECT conversation_id FROM messages WHERE kind = 'inbound' AND text LIKE '%' || $1 || '%' LIMIT 1";
        let found = eventually_within(PATIENCE, async || ledger.find(find, &word).await.ok().flatten());
        let conversation = found.await;
        let Some(conversation) = conversation else {
            anyhow::bail!("{word} was never filed")
        };
        let reply = json!({ "text": format!("Answer to {word}.") });
        self.insist(&word, 0, async |base| {
            let request = self
                .client
                .post(format!("{base}/api/v1/conversations/{conversation}/messages"))
                .bearer_auth(&self.token)
                .header("Idempotency-Key", &word)
                .json(&reply);
            self.is_taken(request.send().await.ok()?).await.map(drop)
        })
        .await?;
        self.answered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(word);
        Ok(())
    }
}
