//! Instagram and Messenger, both ways, against a stand-in of Meta's: the same story on either, as they share all but limits and
//! what web hooks bring.

use anyhow::Context as _;
use channels::messenger::standin::{Accepted, Fault, Standin};
use channels::whatsapp::signature;
use conversation::types::Channel;
use serde_json::{Value, json};
use tests::harness::{Api, App, Running, eventually, fresh_database, http};
use tests::need;

const ANA: &str = "6001";
const PLATFORMS: [Channel; 2] = [Channel::Instagram, Channel::Messenger];

struct Desk {
    app: Running,
    standin: Standin,
    inbox: String,
    hook: String,
}

impl Desk {
    async fn new(channel: Channel, has_bot: bool) -> anyhow::Result<Desk> {
        Desk::on(App::new()?, channel, has_bot).await
    }

    async fn on(app: App, channel: Channel, has_bot: bool) -> anyhow::Result<Desk> {
        let standin = Standin::start(channel).await?;
        standin.set_name(ANA, json!({ "name": "Ana Souza" }));
        let app = app.start().await?;
        let inbox = json!({ "channel": channel, "name": "social", "language": "en", "bot_enabled": has_bot, "settings": standin.settings() });
        let added = Api::of(&app).await?.create("/inboxes", &inbox).await?;
        let inbox = added["inbox"]["id"].as_str().context("an inbox")?.to_owned();
        for secret in ["access_token", "app_secret", "verify_token"] {
            assert!(added["settings"].get(secret).is_none(), "{added}");
        }
        let hook = app.url(&format!("/webhooks/{channel}/{inbox}"));
        standin.set_target(hook.clone());
        Ok(Desk {
            app,
            standin,
            inbox,
            hook,
        })
    }

    /// What the customer got as their `count`th.
    async fn got(&self, count: usize) -> Accepted {
        eventually("something that the customer gets", async || {
            self.standin.accepted().into_iter().nth(count - 1)
        })
        .await
    }
}

/// One story on SQLite, the other on PostgreSQL.
async fn app_of(channel: Channel) -> anyhow::Result<App> {
    Ok(match channel {
        Channel::Instagram => App::new()?,
        _ => App::new()?.set("database.url", fresh_database().await?),
    })
}

async fn only(api: &Api<'_>) -> anyhow::Result<String> {
    let found = api.items("/conversations?status=open", 1).await;
    assert_eq!(found.len(), 1, "{found:?}");
    Ok(found[0]["id"].as_str().context("an id")?.to_owned())
}

async fn detail(api: &Api<'_>, conversation: &str) -> anyhow::Result<Value> {
    Ok(api.get(&format!("/conversations/{conversation}")).await?["conversation"].take())
}

async fn said(api: &Api<'_>, conversation: &str, count: usize) -> Vec<Value> {
    api.items(&format!("/conversations/{conversation}/messages"), count)
        .await
}

/// How far the only delivery of a message came.
async fn came(api: &Api<'_>, message: &str, state: &str) -> Value {
    eventually(&format!("a delivery that is {state}"), async || {
        let message = api.get(&format!("/messages/{message}")).await.ok()?;
        let delivery = message["deliveries"].get(0)?.clone();
        (delivery["state"] == state).then_some(delivery)
    })
    .await
}

async fn answer(api: &Api<'_>, conversation: &str, body: &Value) -> anyhow::Result<String> {
    let made = api
        .create(&format!("/conversations/{conversation}/messages"), body)
        .await?;
    let id = made["message"]["id"].as_str().or(made["id"].as_str());
    Ok(id.with_context(|| made.to_string())?.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn people_write_and_are_answered() -> anyhow::Result<()> {
    for channel in PLATFORMS {
        let desk = Desk::on(need!(app_of(channel).await), channel, false).await?;
        let api = Api::of(&desk.app).await?;
        let picture = desk.standin.store(b"\x89PNG\r\n\x1a\n", "image/png");
        let written =
            json!({ "text": "My copier smokes", "attachments": [{ "type": "image", "payload": { "url": picture } }] });
        let (status, mid) = desk.standin.write(ANA, written).await?;
        assert_eq!(status, 200);
        assert_eq!(desk.standin.repeat().await?, 200);
        let conversation = only(&api).await?;
        let messages = said(&api, &conversation, 1).await;
        assert_eq!(messages.len(), 1, "it came twice and is one: {messages:?}");
        assert_eq!(messages[0]["text"], "My copier smokes");
        let contact = detail(&api, &conversation).await?["contact_id"].take();
        let contact = contact.as_str().context("a contact")?;
        assert_eq!(
            api.get(&format!("/contacts/{contact}")).await?["contact"]["name"],
            "Ana Souza"
        );
        let file = messages[0]["attachments"][0]["id"]
            .as_str()
            .context("a file")?
            .to_owned();
        eventually("the picture", async || {
            let bytes = api.bytes(&format!("/attachments/{file}")).await.ok()?;
            (bytes == b"\x89PNG\r\n\x1a\n").then_some(())
        })
        .await;

        let upload = http()
            .post(desk.app.url("/api/v1/attachments?name=guide.pdf"))
            .bearer_auth(api.token())
            .header("Idempotency-Key", "guide")
            .header("content-type", "application/pdf")
            .body(b"%PDF-1.4".to_vec());
        let upload: Value = upload.send().await?.error_for_status()?.json().await?;
        let reply = json!({ "text": "Please **switch it off**.", "attachments": [upload["id"]] });
        let message = answer(&api, &conversation, &reply).await?;
        let sent = came(&api, &message, "sent").await;
        let second = desk.got(2).await;
        assert_eq!(desk.got(1).await.text(), "Please switch it off.");
        // Meta fetched it from here, by a link that says nothing of what it is.
        assert_eq!(second.file.as_deref(), Some(b"%PDF-1.4".as_slice()));
        assert_eq!(sent["provider_id"], second.mid);
        desk.standin.settled().await;
        assert_eq!(
            said(&api, &conversation, 2).await.len(),
            2,
            "our own echoes are no messages"
        );

        let seen = match channel {
            Channel::Instagram => json!({ "read": { "mid": second.mid } }),
            _ => {
                json!({ "read": { "watermark": conversation::env::Clock::now(&conversation::env::SystemClock) + 1000 } })
            }
        };
        desk.standin.event(ANA, seen).await?;
        came(&api, &message, "read").await;

        // From the telephone: it stands in the conversation, and nobody sends it again.
        desk.standin
            .write_elsewhere(ANA, json!({ "text": "I am on my way" }))
            .await?;
        let all = said(&api, &conversation, 3).await;
        assert_eq!(
            (&all[2]["kind"], &all[2]["text"]),
            (&json!("outbound"), &json!("I am on my way"))
        );
        let reaction = json!({ "reaction": { "mid": second.mid, "action": "react", "emoji": "❤️" } });
        desk.standin.event(ANA, reaction).await?;
        desk.standin
            .event(ANA, json!({ "message": { "mid": mid, "is_deleted": true } }))
            .await?;
        assert_eq!(said(&api, &conversation, 5).await.len(), 5);
        assert_eq!(desk.standin.accepted().len(), 2);
        // What nobody understands is kept for a person.
        desk.standin.event(ANA, json!({ "optin": { "type": "x" } })).await?;
        let kept = api.items("/quarantine", 1).await;
        assert!(
            kept[0]["reason"]
                .as_str()
                .is_some_and(|reason| reason.contains("optin")),
            "{kept:?}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_message_whose_answer_was_lost_is_not_sent_twice() -> anyhow::Result<()> {
    for channel in PLATFORMS {
        let desk = Desk::on(need!(app_of(channel).await), channel, false).await?;
        let api = Api::of(&desk.app).await?;
        desk.standin.write(ANA, json!({ "text": "Hello" })).await?;
        let conversation = only(&api).await?;
        desk.standin.fault(Fault::CutAfterAccepting);
        let message = answer(&api, &conversation, &json!({ "text": "Good morning, Ana." })).await?;
        // The echo tells that it left.
        let sent = came(&api, &message, "sent").await;
        assert_eq!(sent["provider_id"], desk.got(1).await.mid);
        desk.standin.settled().await;
        assert_eq!(desk.standin.accepted().len(), 1, "{channel}");
        assert_eq!(said(&api, &conversation, 2).await.len(), 2, "{channel}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn strangers_are_refused_and_trouble_is_said() -> anyhow::Result<()> {
    let desk = Desk::new(Channel::Instagram, false).await?;
    let api = Api::of(&desk.app).await?;
    let body = json!({ "object": "instagram", "entry": [] }).to_string();
    for (signature, status) in [
        (None, 401),
        (Some(signature::sign("another", body.as_bytes())), 401),
        (
            Some(signature::sign(&desk.standin.settings().app_secret, body.as_bytes())),
            200,
        ),
    ] {
        let mut request = http().post(&desk.hook).body(body.clone());
        if let Some(signature) = signature {
            request = request.header(signature::HEADER, signature);
        }
        assert_eq!(request.send().await?.status(), status);
    }
    for (token, status) in [("standin-verify", 200), ("x", 403)] {
        let asked = format!(
            "{}?hub.mode=subscribe&hub.challenge=42&hub.verify_token={token}",
            desk.hook
        );
        let answer = http().get(asked).send().await?;
        assert_eq!(answer.status(), status);
        assert_eq!(answer.text().await? == "42", status == 200);
    }
    let other = desk.hook.replace("/instagram/", "/messenger/");
    assert_eq!(http().post(other).body(body).send().await?.status(), 404);

    desk.standin.write(ANA, json!({ "text": "Hello" })).await?;
    let conversation = only(&api).await?;
    desk.standin.revoke_token(true);
    let waits = answer(&api, &conversation, &json!({ "text": "Good morning." })).await?;
    let inbox = format!("/inboxes/{}", desk.inbox);
    eventually("an inbox that says what is wrong", async || {
        let inbox = api.get(&inbox).await.ok()?["inbox"].take();
        (inbox["health"] == "failing" && inbox["health_code"] == "messenger.token").then_some(())
    })
    .await;
    desk.standin.revoke_token(false);
    // What is saved anew is tried at once.
    api.change(reqwest::Method::PATCH, &inbox, &json!({ "is_enabled": true }))
        .await?;
    came(&api, &waits, "sent").await;
    desk.standin.is_away(ANA);
    let lost = answer(&api, &conversation, &json!({ "text": "Are you there?" })).await?;
    assert_eq!(came(&api, &lost, "failed").await["error_code"], "messenger.person");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_bots_buttons_are_pressed() -> anyhow::Result<()> {
    for channel in PLATFORMS {
        let desk = Desk::new(channel, true).await?;
        let api = Api::of(&desk.app).await?;
        let entry = |id: &str, title: &str| json!({ "id": id, "title": { "en": title }, "does": "people" });
        let menu = json!({ "greeting": { "en": "Hello! What is it about?" }, "entries": [
            entry("bills", "Invoices"), entry("toner", "Order toner"), entry("repair", "Repair"), entry("sales", "Buy a copier"),
        ] });
        let path = format!("/inboxes/{}/menu", desk.inbox);
        api.change(reqwest::Method::PUT, &path, &menu).await?;
        desk.standin.write(ANA, json!({ "text": "hello" })).await?;
        let shown = desk.got(1).await;
        let titles: Vec<String> = shown.choices().into_iter().map(|(_, title)| title).collect();
        assert_eq!(titles[..2], ["Invoices", "Order toner"], "{titles:?}");
        assert!(shown.text().contains("1. Invoices"), "{}", shown.text());
        desk.standin.press(ANA, &shown.mid, 1).await?;
        let told = desk.got(2).await;
        assert!(told.text().starts_with("Thank you. A colleague"), "{}", told.text());
        let conversation = detail(&api, &only(&api).await?).await?;
        assert_eq!(
            (&conversation["level"], &conversation["channel"]),
            (&json!("N1"), &json!(channel))
        );
    }
    Ok(())
}
