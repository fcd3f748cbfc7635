//! A process is ended in good order and started again, as an upgrade does, while a customer has the chat open: the chat
//! stays, misses nothing and shows nothing twice.

use anyhow::Context as _;
use serde_json::json;
use tests::harness::{Api, App, Browser, Running};
use tests::need;

use crate::walk::open_widget;

/// The one conversation that there is, and what its customer wrote.
async fn written(app: &Running, count: usize) -> anyhow::Result<(String, Vec<String>)> {
    let api = Api::of(app).await?;
    let all = api.items("/conversations", 1).await;
    assert_eq!(all.len(), 1, "one conversation");
    let id = all[0]["id"].as_str().context("no id")?.to_owned();
    let messages = api.items(&format!("/conversations/{id}/messages"), count).await;
    let mut inbound: Vec<String> = messages
        .iter()
        .filter(|message| message["kind"] == "inbound")
        .filter_map(|message| message["text"].as_str().map(str::to_owned))
        .collect();
    inbound.sort();
    Ok((id, inbound))
}

#[tokio::test]
async fn an_open_chat_outlives_the_restart_of_the_server() -> anyhow::Result<()> {
    let customer = need!(Browser::start().await);
    let mut app = App::new()?.start().await?;
    customer.open(&app.url("/sample")).await?;
    open_widget(&customer).await?;
    customer.type_into("#chat-input", "1: do you sell bicycles?\n").await?;
    customer.wait_for(".say.a-bot, .say.a-system").await?;
    let (id, _) = written(&app, 2).await?;

    for round in 2..4 {
        // What the customer writes while nobody is there leaves by itself once somebody is.
        app.terminate().await?;
        let question = format!("{round}: is somebody there?");
        customer.type_into("#chat-input", &format!("{question}\n")).await?;
        customer.wait_for_text(".say", &question).await?;
        app.start().await?;
        let api = Api::of(&app).await?;
        let answer = json!({ "text": format!("Eva here, for the {round}. time.") });
        api.create(&format!("/conversations/{id}/messages"), &answer).await?;
        let words = format!("for the {round}. time");
        customer.wait_for_text(".say.a-agent", &words).await?;
        let shown = customer.texts(".say.a-agent").await?;
        let times = shown.iter().filter(|text| text.contains(&words)).count();
        assert_eq!(times, 1, "{shown:?}");
        tests::harness::eventually("what was written meanwhile is filed", async || {
            let (_, inbound) = written(&app, 2).await.ok()?;
            inbound.contains(&question).then_some(())
        })
        .await;
    }
    let (_, inbound) = written(&app, 3).await?;
    assert_eq!(
        inbound,
        [
            "1: do you sell bicycles?",
            "2: is somebody there?",
            "3: is somebody there?"
        ],
        "each is there once"
    );
    Ok(())
}
