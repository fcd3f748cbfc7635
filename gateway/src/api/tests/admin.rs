//! Inboxes and agents.

use channels::bridge::BridgeSettings;
use channels::email::settings::EmailSettings;
use channels::messenger::MessengerSettings;
use channels::standard_webhooks::is_secret;
use channels::whatsapp::settings::WhatsappSettings;
use conversation::inboxes;
use conversation::types::{InboxId, Role};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::inbox_bodies as api;
use super::super::meta_bodies::{MessengerBody, WhatsappBody};
use crate::people::links::{self, Link};
use crate::portal_settings::PortalSettings;
use crate::testing::TestApp;
use crate::widget::WidgetSettings;

const SECRET: &str = "s3cret-s3cret-s3cret-s3cret-s3cret";

fn email() -> Value {
    json!({
        "address": "Help@Example.com", "name": "Help",
        "imap": { "host": "imap.example.com", "port": 993, "tls": "starttls", "user": "help", "auth": { "type": "password", "password": SECRET }, "folder": "Support", "more_folders": ["Sales"], "begin": { "days": 30 }, "extra_ca": null, "max_size": 1000 },
        "smtp": { "host": "smtp.example.com", "port": 587, "tls": "tls", "user": "help", "auth": { "type": "xoauth2", "access_token": SECRET }, "extra_ca": null, "hello": "example.com" },
        "quote_history": true, "copy_to_sent": true, "follow_sent": true, "sent_folder": "Sent", "group_hours": 24, "ignore_spam_marks": true,
        "dkim": { "domain": "example.com", "selector": "s1", "private_key": SECRET },
    })
}

fn whatsapp() -> Value {
    json!({
        "phone_number_id": "123", "business_account_id": "456", "access_token": SECRET, "app_secret": SECRET, "verify_token": SECRET,
        "graph_url": "http://127.0.0.1:9", "api_version": "v24.0",
        "template": { "name": "go_on", "language": "pt_BR", "parameters": ["text", "author_name"] },
        "public_url": "https://support.example.com", "messages_per_second": 5, "max_media_bytes": 1000, "read_marks": false,
    })
}

fn widget() -> Value {
    json!({ "key": "Widget1234", "identity_secret": SECRET, "allowed_origins": ["https://www.example.com"], "greeting": { "es": "Hola" }, "color": "#0a7d5a", "before": { "name": "required", "email": "optional", "phone": "no" }, "articles": false })
}

#[tokio::test]
async fn certificates_are_shown_so_no_key_may_stand_among_them() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Administrator).await;
    let (certificate, key) = (
        "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n",
        "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n",
    );
    for (server, extra_ca, is_taken) in [
        ("imap", format!("{certificate}{key}"), false),
        ("smtp", format!("{certificate}{key}"), false),
        ("imap", key.to_owned(), false),
        ("imap", "text".to_owned(), false),
        ("smtp", certificate.to_owned(), true),
    ] {
        let mut settings = email();
        settings[server]["extra_ca"] = json!(extra_ca);
        let body =
            json!({ "channel": "email", "name": "help", "language": "es", "bot_enabled": true, "settings": settings });
        let answer = client.post("/inboxes", body).await;
        if is_taken {
            assert_eq!(answer.expect(201)["settings"][server]["extra_ca"], extra_ca);
        } else {
            answer.problem(422, "invalid");
        }
    }
}

#[tokio::test]
async fn inboxes_of_every_channel_are_added_and_keep_their_secrets() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Administrator).await;
    for (channel, settings, address) in [
        ("email", email(), "help@example.com"),
        ("whatsapp", whatsapp(), "123"),
        ("webchat", widget(), "Widget1234"),
        ("portal", json!({ "max_files": 3 }), "portal"),
    ] {
        let body =
            json!({ "channel": channel, "name": channel, "language": "es", "bot_enabled": true, "settings": settings });
        let answer = client.post("/inboxes", body.clone()).await;
        let made = answer.expect(201);
        assert_eq!(made["inbox"]["channel"], channel);
        assert_eq!(made["inbox"]["address"], address);
        assert_eq!(made["inbox"]["bot_enabled"], true);
        let path = answer.header("location").strip_prefix("/api/v1").unwrap();
        let read = client.get(path).await;
        assert_eq!(read.expect(200), made);
        for answer in [&answer, &read, &client.get("/inboxes").await] {
            assert!(!String::from_utf8_lossy(&answer.body).contains(SECRET), "{channel}");
        }
        let id = InboxId::new(made["inbox"]["id"].as_str().unwrap());
        let stored: Value = inboxes::settings(test.store(), &id).await.unwrap();
        let mut given = settings.clone();
        if channel == "email" {
            given["address"] = json!(address);
        }
        assert_eq!(stored, given, "what was given is stored");
        let mut again = body;
        again["name"] = json!(format!("{channel} 2"));
        match channel {
            "portal" => drop(client.post("/inboxes", again).await.expect(201)),
            _ => drop(client.post("/inboxes", again).await.problem(409, "conflict")),
        }
    }
    let page = client.get("/inboxes?limit=3").await.expect(200);
    let next = page["next"].as_str().unwrap();
    let rest = client.get(&format!("/inboxes?limit=3&after={next}")).await.expect(200);
    assert_eq!(
        (
            page["items"].as_array().unwrap().len(),
            rest["items"].as_array().unwrap().len()
        ),
        (3, 2)
    );
}

#[tokio::test]
async fn a_bridge_has_a_secret_of_ours_or_of_theirs() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Administrator).await;
    let own = "whsec_aHVzaGh1c2hodXNoaHVzaGh1c2hodXNoaHVzaA==";
    for (name, settings, secret) in [
        (
            "Telegram",
            json!({ "url": "https://bridge.example/telegram", "secret": own }),
            Some(own),
        ),
        ("SMS", json!({}), None),
    ] {
        let body = json!({ "channel": "bridge", "name": name, "language": "pt", "settings": settings });
        let answer = client.post("/inboxes", body).await;
        let made = answer.expect(201);
        assert!(!String::from_utf8_lossy(&answer.body).contains("whsec_"), "{name}");
        assert_eq!(
            made["settings"],
            json!({ "url": settings["url"].as_str().unwrap_or_default() })
        );
        let id = InboxId::new(made["inbox"]["id"].as_str().unwrap());
        let stored: BridgeSettings = inboxes::settings(test.store(), &id).await.unwrap();
        assert!(
            secret.is_none_or(|secret| secret == stored.secret) && is_secret(&stored.secret),
            "{name}"
        );
    }
    for (settings, field) in [
        (json!({ "url": "http://10.0.0.1/telegram" }), "url"),
        (json!({ "url": "telegram" }), "url"),
        (json!({ "secret": "hush" }), "secret"),
    ] {
        let body = json!({ "channel": "bridge", "name": "Other", "language": "pt", "settings": settings });
        let problem = client.post("/inboxes", body).await.problem(422, "invalid");
        assert!(problem["detail"].as_str().unwrap().contains(field), "{problem}");
    }
}

#[tokio::test]
async fn a_widget_gets_key_and_secret() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Administrator).await;
    let body = json!({ "channel": "webchat", "name": "Web", "language": "pt" });
    let made = client.post("/inboxes", body).await.expect(201);
    let id = InboxId::new(made["inbox"]["id"].as_str().unwrap());
    let stored: WidgetSettings = inboxes::settings(test.store(), &id).await.unwrap();
    assert_eq!((stored.key.len(), stored.identity_secret.len()), (24, 64));
    assert_eq!(made["inbox"]["address"], stored.key.as_str());
    assert_eq!(
        made["settings"],
        json!({ "key": stored.key, "allowed_origins": [], "greeting": {}, "color": null, "before": { "name": "no", "email": "no", "phone": "no" }, "articles": true })
    );
}

/// The API's bodies and the channels' settings have the same fields, and only secrets stay hidden.
#[test]
fn bodies_and_settings_have_the_same_fields() {
    fn through<B: Serialize + DeserializeOwned, S: Serialize + DeserializeOwned>(given: Value) {
        let body: B = serde_json::from_value(given.clone()).unwrap();
        let settings: S = api::settings_of(&body).unwrap();
        assert_eq!(serde_json::to_value(settings).unwrap(), given);
    }
    through::<api::EmailBody, EmailSettings>(email());
    through::<WhatsappBody, WhatsappSettings>(whatsapp());
    through::<MessengerBody, MessengerSettings>(json!({
        "account_id": "1", "access_token": "t", "app_secret": "s", "verify_token": "v", "graph_url": "https://graph.example",
        "api_version": "v23.0", "human_agent": true, "read_marks": false, "max_media_bytes": 5,
    }));
    through::<api::WidgetBody, WidgetSettings>(widget());
    through::<api::PortalBody, PortalSettings>(json!({ "max_files": 3 }));
}

#[tokio::test]
async fn settings_that_do_not_fit_are_explained() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Administrator).await;
    let with = |mut settings: Value, path: &str, value: Value| {
        *settings.pointer_mut(path).unwrap() = value;
        settings
    };
    let mut extra = email();
    extra["imap"]["passwd"] = json!("x");
    for (channel, settings, words) in [
        ("email", with(email(), "/address", json!("nobody")), "e-mail address"),
        ("email", with(email(), "/imap/port", json!(70000)), "u16"),
        (
            "email",
            with(email(), "/imap/tls", json!("ssl")),
            "unknown variant `ssl`",
        ),
        ("email", extra, "unknown field `passwd`"),
        (
            "whatsapp",
            with(whatsapp(), "/access_token", json!(" ")),
            "access_token",
        ),
        (
            "whatsapp",
            with(whatsapp(), "/graph_url", json!("ftp://x")),
            "graph_url",
        ),
        (
            "whatsapp",
            with(whatsapp(), "/template/parameters", json!(["name"])),
            "unknown variant `name`",
        ),
        (
            "webchat",
            with(widget(), "/allowed_origins", json!(["https://www.example.com/"])),
            "origin",
        ),
        ("webchat", with(widget(), "/allowed_origins", json!(["*"])), "origin"),
        ("webchat", with(widget(), "/color", json!("red")), "color"),
        (
            "webchat",
            with(widget(), "/identity_secret", json!("short")),
            "identity_secret",
        ),
        ("webchat", with(widget(), "/key", json!("a/b c?d!")), "key"),
        ("webchat", with(widget(), "/greeting", json!({ "fr": "Salut" })), "fr"),
        ("portal", json!({ "max_files": 51 }), "max_files"),
        ("portal", json!({ "max_fles": 5 }), "unknown field `max_fles`"),
        ("phone", json!({}), "unknown variant `phone`"),
    ] {
        let body = json!({ "channel": channel, "name": "X", "language": "en", "settings": settings });
        let problem = client.post("/inboxes", body).await.problem(422, "invalid");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{channel}: {detail}");
        assert!(!detail.contains(SECRET), "{detail}");
    }
    let body = json!({ "channel": "portal", "name": " ", "language": "en" });
    client.post("/inboxes", body).await.problem(422, "invalid");
}

#[tokio::test]
async fn an_agent_is_invited() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Administrator).await;
    let body = json!({ "email": "Eva@Example.com", "name": "Eva", "role": "supervisor", "language": "pt" });
    let answer = client.post("/agents/invites", body.clone()).await;
    let invited = answer.expect(201);
    assert_eq!(invited["agent"]["email"], "eva@example.com");
    assert_eq!(invited["agent"]["is_invited"], true);
    assert_eq!(invited["expires_at"], "2026-01-12T10:00:00.000Z");
    let url = invited["url"].as_str().unwrap();
    let secret = url.strip_prefix("http://127.0.0.1:8080/welcome/").unwrap();
    let link = links::check(test.store().db(), secret, test.store().now())
        .await
        .unwrap();
    assert!(matches!(link, Some(Link::Agent(agent)) if agent.email == "eva@example.com"));
    let path = answer.header("location").strip_prefix("/api/v1").unwrap();
    assert_eq!(client.get(path).await.expect(200), invited["agent"]);
    client.post("/agents/invites", body).await.problem(409, "conflict");
    let other = json!({ "email": "bob@example.com", "role": "agent", "language": "en" });
    let bob = client.post("/agents/invites", other).await.expect(201);
    let page = client.get("/agents?limit=1").await.expect(200);
    assert_eq!(page["items"], json!([invited["agent"]]));
    let next = page["next"].as_str().unwrap();
    let rest = client.get(&format!("/agents?limit=1&after={next}")).await.expect(200);
    assert_eq!((&rest["items"], &rest["next"]), (&json!([bob["agent"]]), &Value::Null));
}

#[tokio::test]
async fn an_inbox_is_changed_in_part() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Administrator).await;
    for name in ["First", "Second"] {
        let body = json!({ "channel": "portal", "name": name, "language": "en" });
        // Forms are addressed by their names.
        client.post("/inboxes", body).await.expect(201);
    }
    let list = client.get("/inboxes").await.expect(200);
    let path = format!("/inboxes/{}", list["items"][0]["id"].as_str().unwrap());
    let made = client.get(&path).await.expect(200);
    for (patch, field, value) in [
        (json!({ "name": " Forms " }), "name", json!("Forms")),
        (json!({ "language": "pt" }), "language", json!("pt")),
        (json!({ "is_enabled": false }), "is_enabled", json!(false)),
        (json!({ "bot_enabled": true }), "bot_enabled", json!(true)),
    ] {
        let now = client.patch(&path, patch).await.expect(200);
        assert_eq!(now["inbox"][field], value);
    }
    let now = client.get(&path).await.expect(200);
    assert_eq!(now["settings"], made["settings"]);
    assert_eq!(
        (&now["inbox"]["name"], &now["inbox"]["language"]),
        (&json!("Forms"), &json!("pt"))
    );
    client
        .patch(&path, json!({ "name": "Second" }))
        .await
        .problem(409, "conflict");
    client.patch(&path, json!({ "name": "" })).await.problem(422, "invalid");
    client
        .patch(&path, json!({ "address": "x" }))
        .await
        .problem(422, "invalid");
}

#[tokio::test]
async fn tokens_are_made_listed_and_revoked() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Administrator).await;
    let made = client
        .post("/tokens", json!({ "name": "crm", "role": "agent" }))
        .await
        .expect(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert_eq!(
        (&made["token"]["name"], &made["token"]["role"]),
        (&json!("crm"), &json!("agent"))
    );
    let crm = test.with_secret(&secret);
    assert_eq!(crm.get("/me").await.expect(200)["name"], "crm");
    crm.get("/tokens").await.problem(403, "forbidden");
    let list = client.get("/tokens").await;
    assert!(!String::from_utf8_lossy(&list.body).contains(&secret));
    assert_eq!(list.expect(200)["items"][0]["id"], made["token"]["id"]);
    let path = format!("/tokens/{}", made["token"]["id"].as_str().unwrap());
    let gone = client.send("DELETE", &path, &[], Vec::new()).await;
    assert_eq!(gone.status, 204);
    crm.get("/me").await.problem(401, "unauthorized");
    client
        .send("DELETE", &path, &[], Vec::new())
        .await
        .problem(404, "not-found");
}
