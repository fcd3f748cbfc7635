//! A mail server that takes connections and says nothing holds up its own mail and nobody else's.

use anyhow::Context as _;
use serde_json::json;
use tests::harness::{Action, Api, App, FakeSmtp, Running, Stage, eventually};

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
