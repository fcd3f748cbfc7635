//! A mail server that takes connections and says nothing holds up its own mail and nobody else's.

use anyhow::Context as _;
use channels::email::settings::{EmailSettings, SmtpSettings, TlsMode};
use channels::notices::NoticeSender;
use conversation::db::sql;
use conversation::inboxes::{self, NewInbox};
use conversation::notices::{self, NewNotice};
use conversation::types::{Actor, Channel, InboxId, Language};
use serde_json::json;
use tests::harness::{Action, Api, App, FakeSmtp, Running, Stage, eventually};
use tokio_util::sync::CancellationToken;

use crate::core::bed::Bed;

/// More than one look takes.
const MANY: usize = 12;

/// A customer writes to a mailbox and is answered.
async fn ask_and_answer(app: &Running, api: &Api<'_>, inbox: &str, number: usize) -> anyhow::Result<()> {
    let mail = format!(
        "From: Ana <c{number}@customer.test>\r\nTo: {inbox}@example.test\r\nSubject: Toner\r\n\
         Message-ID: <{inbox}{number}@customer.test>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nIt is empty.\r\n"
    );
    let filed = app
        .command(&["email", "deliver", "--inbox", inbox], mail)
        .await?
        .json()?;
    let conversation = filed["conversation"].as_str().context("no conversation")?;
    let body = json!({ "text": format!("Answer {number} of {inbox}.") });
    api.create(&format!("/conversations/{conversation}/messages"), &body)
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_says_nothing_holds_up_nobody_else() -> anyhow::Result<()> {
    let (silent, good) = (FakeSmtp::start().await?, FakeSmtp::start().await?);
    silent.always(Stage::Connect, Action::Stall);
    let app = App::new()?.start().await?;
    let api = Api::of(&app).await?;
    api.mailbox(&silent, false).await?;
    let sales = json!({
        "channel": "email", "name": "sales", "language": "en", "bot_enabled": false,
        "settings": { "address": "sales@example.test", "smtp": { "host": "127.0.0.1", "port": good.port(), "tls": "none" } },
    });
    api.create("/inboxes", &sales).await?;
    for number in 0..MANY {
        ask_and_answer(&app, &api, "support", number).await?;
    }
    eventually("a connection to the silent one", async || {
        (silent.connections() > 0).then_some(())
    })
    .await;
    for number in 0..MANY {
        ask_and_answer(&app, &api, "sales", MANY + number).await?;
    }
    assert_eq!(good.wait_for(MANY).await.len(), MANY);
    assert!(silent.received().is_empty());
    Ok(())
}

pub(crate) async fn mailbox(bed: &Bed, name: &str, server: &FakeSmtp) -> anyhow::Result<InboxId> {
    let settings = EmailSettings {
        address: format!("{name}@example.test"),
        smtp: Some(SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port: server.port(),
            tls: TlsMode::None,
            user: String::new(),
            auth: None,
            extra_ca: None,
            hello: String::new(),
        }),
        ..EmailSettings::default()
    };
    let new = NewInbox {
        channel: Channel::Email,
        name: name.to_owned(),
        language: Language::En,
        address: settings.address.clone(),
        bot_enabled: false,
        settings: &settings,
    };
    Ok(inboxes::create(&bed.store, &Actor::System, new).await?)
}

/// So many links that somebody waits for, by one mailbox.
async fn links(bed: &Bed, by: &InboxId) -> anyhow::Result<()> {
    for number in 0..MANY {
        let new = NewNotice {
            recipient: format!("c{number}@customer.test"),
            language: Language::En,
            subject: "Your link".to_owned(),
            text: "Here it is.".to_owned(),
            action_label: "Sign in".to_owned(),
            action_url: "https://desk.example/in/abc".to_owned(),
        };
        let mut tx = bed.store.begin().await?;
        let id = notices::put_in(&mut tx, new).await?.context("a mailbox")?;
        sql("UPDATE notices SET inbox_id = $2 WHERE id = $1")
            .bind(id)
            .bind(by)
            .run(&mut tx)
            .await?;
        tx.commit_silently().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_says_nothing_holds_up_no_links_by_another() -> anyhow::Result<()> {
    let (silent, good) = (FakeSmtp::start().await?, FakeSmtp::start().await?);
    silent.always(Stage::Connect, Action::Stall);
    let bed = Bed::sqlite().await;
    let (support, sales) = (
        mailbox(&bed, "support", &silent).await?,
        mailbox(&bed, "sales", &good).await?,
    );
    links(&bed, &support).await?;
    let (store, stop) = (bed.store.clone(), CancellationToken::new());
    let sender = tokio::spawn(async move { NoticeSender::new(store, "test").run(stop).await });
    eventually("a connection to the silent one", async || {
        (silent.connections() > 0).then_some(())
    })
    .await;
    bed.clock.advance(1);
    links(&bed, &sales).await?;
    assert_eq!(good.wait_for(MANY).await.len(), MANY);
    assert!(silent.received().is_empty());
    sender.abort();
    Ok(())
}
