//! Customers who write by WhatsApp and by mail, and the servers that they and we use: for the parts that need more than
//! one process.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use channels::whatsapp::signature;
use channels::whatsapp::standin::{Config, Standin};
use serde_json::json;
use tests::harness::{Api, App, ChaosProxy, FakeImap, FakeSmtp, Redis, Running, eventually_within, http};

/// The key of an installation of several processes.
const INSTANCE: &str = "5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b";

/// A process of an installation on PostgreSQL and Redis, with nothing else configured.
pub(crate) fn process(database: &str, redis: &Redis, role: Option<&str>) -> anyhow::Result<App> {
    let app = App::new()?
        .set("database.url", database)
        .set("redis.url", redis.url())
        .set("instance.key", INSTANCE);
    Ok(match role {
        Some(role) => app.arg("--roles").arg(role),
        None => app,
    })
}

/// Teaches the bot the sample articles.
pub(crate) async fn teach(running: &Running) -> anyhow::Result<()> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kb/sample");
    let sample = sample.to_str().context("a path in UTF-8")?;
    running.command(&["kb", "import", sample], "").await?.success()?;
    Ok(())
}

/// A signed web hook.
pub(crate) struct Hook {
    signature: String,
    body: String,
}

/// A WhatsApp number, at the stand-in for Meta's API.
pub(crate) struct Number {
    pub(crate) standin: Standin,
    config: Config,
    client: reqwest::Client,
    path: String,
}

impl Number {
    /// Makes its inbox.
    pub(crate) async fn new(api: &Api<'_>, has_bot: bool) -> anyhow::Result<Number> {
        let config = Config {
            messages_per_second: 500,
            ..Config::default()
        };
        let standin = Standin::start_with(config.clone()).await?;
        let inbox = json!({
            "channel": "whatsapp", "name": "number", "language": "en", "bot_enabled": has_bot, "settings": standin.settings(),
        });
        let made = api.create("/inboxes", &inbox).await?;
        let id = made["inbox"]["id"].as_str().context("an inbox without an id")?;
        Ok(Number {
            standin,
            config,
            client: http(),
            path: format!("/webhooks/whatsapp/{id}"),
        })
    }

    /// A text message as Meta posts it.
    pub(crate) fn hook(&self, customer: &str, id: &str, text: &str) -> Hook {
        let body = json!({
            "object": "whatsapp_business_account",
            "entry": [{ "id": self.config.business_account_id, "changes": [{ "field": "messages", "value": {
                "messaging_product": "whatsapp",
                "metadata": {
                    "display_phone_number": self.config.display_number,
                    "phone_number_id": self.config.phone_number_id,
                },
                "contacts": [{ "profile": { "name": "A customer" }, "wa_id": customer }],
                "messages": [{
                    "from": customer, "id": id, "timestamp": (self.config.clock)().div_euclid(1000).to_string(),
                    "type": "text", "text": { "body": text },
                }],
            } }] }],
        })
        .to_string();
        Hook {
            signature: signature::sign(&self.config.app_secret, body.as_bytes()),
            body,
        }
    }

    /// Posts it to a process; its status, 0 when nobody answers.
    pub(crate) async fn post(&self, running: &Running, hook: &Hook) -> u16 {
        self.post_to(&running.url(""), hook).await
    }

    /// The same by the address of the process, which may be gone.
    pub(crate) async fn post_to(&self, base: &str, hook: &Hook) -> u16 {
        let request = self
            .client
            .post(format!("{base}{}", self.path))
            .header(signature::HEADER, &hook.signature)
            .header("content-type", "application/json")
            .body(hook.body.clone());
        match request.send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                // Read to its end, so that the connection can be used again.
                let _ = answer.bytes().await;
                status
            }
            Err(_) => 0,
        }
    }

    /// Where its web hooks go.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The customer may be written to freely.
    pub(crate) fn open_window(&self, customer: &str) {
        self.standin.open_window(customer, (self.config.clock)());
    }
}

/// A mailbox and the server that sends, each behind a way that can be cut.
pub(crate) struct Post {
    pub(crate) imap: FakeImap,
    pub(crate) imap_way: ChaosProxy,
    pub(crate) smtp: FakeSmtp,
    pub(crate) smtp_way: ChaosProxy,
}

impl Post {
    /// Starts the servers and makes the inbox.
    pub(crate) async fn new(api: &Api<'_>, has_bot: bool) -> anyhow::Result<Post> {
        let (imap, smtp) = (FakeImap::start().await?, FakeSmtp::start().await?);
        let imap_way = ChaosProxy::start(format!("127.0.0.1:{}", imap.port())).await?;
        let smtp_way = ChaosProxy::start(smtp.address()).await?;
        let inbox = json!({
            "channel": "email", "name": "support", "language": "en", "bot_enabled": has_bot,
            "settings": {
                "address": "support@shop.example",
                "imap": {
                    "host": "127.0.0.1", "port": imap_way.port(), "tls": "none", "user": "support",
                    "auth": { "type": "password", "password": "secret" }, "begin": "everything",
                },
                "smtp": { "host": "127.0.0.1", "port": smtp_way.port(), "tls": "none" },
            },
        });
        api.create("/inboxes", &inbox).await?;
        Ok(Post {
            imap,
            imap_way,
            smtp,
            smtp_way,
        })
    }

    /// A customer's mail arrives in the mailbox.
    pub(crate) fn arrive(&self, address: &str, subject: &str, text: &str) {
        let mail = format!(
            "From: A customer <{address}>\r\nTo: support@shop.example\r\nSubject: {subject}\r\nMessage-ID: <{address}>\r\n\
             Date: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\n{text}\r\n"
        );
        self.imap.append("INBOX", mail);
    }
}

/// Waits until `probe` is true; when that was.
pub(crate) async fn when(
    what: &str,
    limit: std::time::Duration,
    mut probe: impl AsyncFnMut() -> bool,
) -> anyhow::Result<Instant> {
    let seen = eventually_within(limit, async || probe().await.then(Instant::now)).await;
    let seen = seen.with_context(|| format!("waited {} s in vain until {what}", limit.as_secs()))?;
    ensure!(seen <= Instant::now(), "the clock runs backwards");
    Ok(seen)
}
