//! One message followed from the web hook that brought it to the browser that shows it, and the answer out again;
//! and logs that say nothing of who wrote what.

use std::time::Duration;

use anyhow::Context as _;
use conversation::keys::Keys;
use serde_json::json;
use tests::harness::{Api, App, FakeSmtp, Otlp, Redis, Traced, eventually, fresh_database, http};
use tests::need;

use crate::signals::Agent;

const CUSTOMER: &str = "ana.quintero@customer.test";
const WORDS: &str = "zanzibar drum unit";

/// A span of this name; the first that came.
fn named<'a>(spans: &'a [Traced], name: &str) -> Option<&'a Traced> {
    spans.iter().find(|span| span.name == name)
}

/// Whether a span stands under another one of its trace.
fn is_under(spans: &[Traced], span: &Traced, top: &Traced) -> bool {
    let mut at = span;
    for _ in 0..spans.len() {
        if at.parent == top.id {
            return true;
        }
        match spans.iter().find(|one| one.id == at.parent) {
            Some(above) => at = above,
            None => return false,
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_message_is_followed_through_two_processes() -> anyhow::Result<()> {
    let database = need!(fresh_database().await);
    let redis = need!(Redis::start().await);
    let collector = Otlp::start().await?;
    let smtp = FakeSmtp::start().await?;
    let gateway = |roles: &str| -> anyhow::Result<App> {
        Ok(App::new()?
            .set("database.url", &database)
            .set("redis.url", redis.url())
            .set("instance.key", "5b".repeat(32))
            .set("traces.endpoint", collector.url())
            .set("traces.service", roles)
            .set("log.format", "json")
            .arg("--roles")
            .arg(roles))
    };
    let mut web = gateway("web")?.start().await?;
    let mut work = gateway("workers,mail")?.start().await?;
    let api = Api::of(&web).await?;
    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
        "settings": {
            "address": "support@example.test",
            "smtp": { "host": "127.0.0.1", "port": smtp.port(), "tls": "none" },
        },
    });
    let made = api.post("/inboxes", "inbox", &inbox).await?;
    let id = made["inbox"]["id"].as_str().context("no id")?;
    let secret = Keys::new(vec![[0x5b; 32]])?.sign("mail-hook", id);
    let agent = Agent::sign_in(&web).await?;
    let mut browser = agent.stream().await?;

    let mail = format!(
        "From: Ana Quintero <{CUSTOMER}>\r\nTo: support@example.test\r\nSubject: The {WORDS}\r\n\
         Message-ID: <one@customer.test>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nOur {WORDS} is worn.\r\n"
    );
    let posted = http()
        .post(web.url("/webhooks/email/support"))
        .bearer_auth(&secret)
        .body(mail)
        .send()
        .await?;
    assert!(posted.status().is_success());
    assert!(browser.hears(&["message.created"], Duration::from_secs(20)).await);
    let conversations = api.items("/conversations", 1).await;
    let id = conversations[0]["id"].as_str().context("no id")?;
    let reply = json!({ "text": format!("A new {WORDS} is on its way.") });
    api.post(&format!("/conversations/{id}/messages"), "reply", &reply)
        .await?;
    eventually("the answer leaves", async || {
        (!smtp.received().is_empty()).then_some(())
    })
    .await;

    let spans = eventually("the spans of the walk", async || {
        let spans = collector.spans();
        let all = [
            "POST /webhooks/email/{inbox}",
            "desk message.created",
            "browser message.created",
            "POST /api/v1/conversations/{id}/messages",
            "send email",
        ];
        all.iter().all(|name| named(&spans, name).is_some()).then_some(spans)
    })
    .await;
    let came = named(&spans, "POST /webhooks/email/{inbox}").context("came")?;
    assert_eq!(came.parent, "", "it begins the trace");
    assert_eq!(came.service, "web");
    assert_eq!(came.attributes["http.response.status_code"], "200");
    let of_it: Vec<&Traced> = spans.iter().filter(|span| span.trace == came.trace).collect();
    for (name, service) in [
        ("desk message.created", "workers,mail"),
        ("notify message.created", "workers,mail"),
        ("browser message.created", "web"),
    ] {
        let Some(span) = of_it.iter().find(|span| span.name == name) else {
            anyhow::ensure!(
                !name.starts_with("desk") && !name.starts_with("browser"),
                "{name} is in no trace: {of_it:#?}"
            );
            continue;
        };
        assert_eq!(span.service, service, "{name}");
        assert!(is_under(&spans, span, came), "{name} stands under what brought it");
    }
    let wrote = named(&spans, "POST /api/v1/conversations/{id}/messages").context("wrote")?;
    let sent = named(&spans, "send email").context("sent")?;
    assert_eq!(sent.trace, wrote.trace, "the answer's sending belongs to who wrote it");
    assert_ne!(sent.trace, came.trace);
    assert!(is_under(&spans, sent, wrote));

    web.terminate().await?;
    work.terminate().await?;
    let logs = format!("{}{}", web.log(), work.log());
    assert!(logs.lines().any(|line| line.starts_with('{')), "structured: {logs}");
    let spans = collector.spans();
    let told: String = spans.iter().map(|span| span.whole.as_str()).collect();
    for secret in [CUSTOMER, "Quintero", "zanzibar", "worn"] {
        assert!(!told.contains(secret), "{secret} stands in a span");
        for line in logs.lines() {
            assert!(!line.contains(secret), "{secret} stands in the log: {line}");
        }
    }
    Ok(())
}
