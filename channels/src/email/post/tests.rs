//! Mail of the gateway's own, by an account that is connected with OAuth 2 and an inbox that signs.

use conversation::db::sql;
use conversation::inboxes::NewInbox;
use conversation::notices::{self, NewNotice};
use conversation::types::{Actor, Channel, Language};

use super::*;
use crate::email::dkim::tests::{ED25519_KEY, settings as key, verify};
use crate::email::oauth::tests::{Bed, bed};
use crate::email::settings::{Credentials, SmtpSettings};
use crate::email::smtp::tests::server;
use crate::notices::NoticeSender;

const HELLO: [&str; 2] = ["220 here", "250-here\n250 AUTH XOAUTH2"];
const TAKEN: [&str; 5] = ["235 welcome", "250 ok", "250 ok", "354 go", "250 queued"];

async fn inbox(bed: &Bed, smtp: SmtpSettings) -> InboxId {
    let settings = EmailSettings {
        address: "support@a.example".into(),
        smtp: Some(smtp),
        dkim: Some(key(ED25519_KEY)),
        ..EmailSettings::default()
    };
    let new = NewInbox {
        channel: Channel::Email,
        name: "support".into(),
        language: Language::En,
        address: settings.address.clone(),
        bot_enabled: false,
        settings: &settings,
    };
    inboxes::create(&bed.store, &Actor::System, new)
        .await
        .expect("an inbox")
}

async fn notice(bed: &Bed) {
    let new = NewNotice {
        recipient: "ana@b.example".into(),
        language: Language::Es,
        subject: "Su enlace".into(),
        text: "Hola.".into(),
        action_label: "Entrar".into(),
        action_url: "https://desk.example/in/abc".into(),
    };
    notices::put(&bed.store, new).await.expect("queued").expect("an inbox");
}

/// State and error of the one notice, and the health of the one inbox.
async fn state(bed: &Bed) -> (String, String, String) {
    sql("SELECT n.state, COALESCE(n.error, ''), i.health FROM notices n JOIN inboxes i ON i.id = n.inbox_id")
        .one(bed.store.db())
        .await
        .expect("a row")
}

#[tokio::test]
async fn a_notice_leaves_by_a_connected_account_and_is_signed() {
    let bed = bed().await;
    let account = bed.connected().await;
    let (mut smtp, task) = server(HELLO.into_iter().chain(TAKEN).collect()).await;
    smtp.user = "support@a.example".into();
    smtp.auth = Some(Credentials::Oauth { account });
    inbox(&bed, smtp).await;
    notice(&bed).await;
    let sender = NoticeSender::new(bed.store.clone(), "test");
    assert_eq!(sender.send_due().await.expect("tried"), 1);
    assert_eq!(state(&bed).await, ("sent".into(), String::new(), "ok".into()));
    drop(sender);
    let told = task.await.expect("the server ends");
    assert!(told[1].starts_with("AUTH XOAUTH2 "), "{}", told[1]);
    let mail = told[5]
        .strip_suffix("\r\n.")
        .unwrap_or(&told[5])
        .replace("\r\n..", "\r\n.");
    let mail = format!("{mail}\r\n");
    assert!(mail.starts_with("DKIM-Signature:"), "{mail}");
    let record = Signer::new(&key(ED25519_KEY)).expect("a key").record();
    assert!(verify(mail.as_bytes(), &record), "{mail}");
}

#[tokio::test]
async fn an_account_that_is_refused_turns_its_inbox_red_until_mail_leaves_again() {
    let bed = bed().await;
    let account = bed.connected().await;
    let (mut smtp, task) = server(HELLO.into_iter().chain(["535 5.7.8 token over"]).collect()).await;
    smtp.user = "support@a.example".into();
    smtp.auth = Some(Credentials::Oauth { account });
    let id = inbox(&bed, smtp.clone()).await;
    notice(&bed).await;
    let sender = NoticeSender::new(bed.store.clone(), "test");
    assert_eq!(sender.send_due().await.expect("tried"), 1);
    let (now, error, health) = state(&bed).await;
    assert_eq!((now.as_str(), health.as_str()), ("queued", "failing"));
    assert!(error.contains("token over"), "{error}");
    task.await.expect("the server ends");
    // The server lets it in again, at another place.
    let (next, task) = server(HELLO.into_iter().chain(TAKEN).collect()).await;
    smtp.port = next.port;
    let settings = EmailSettings {
        address: "support@a.example".into(),
        smtp: Some(smtp),
        ..EmailSettings::default()
    };
    inboxes::configure(&bed.store, &Actor::System, &id, &settings, false, true)
        .await
        .expect("changed");
    bed.clock.advance(3_600_000);
    assert_eq!(sender.send_due().await.expect("tried"), 1);
    assert_eq!(state(&bed).await.2, "ok");
    drop(sender);
    task.await.expect("the server ends");
}
