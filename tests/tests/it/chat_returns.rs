//! What a visitor of the chat finds again: answers that came while it was closed, and words that no tab could send.

use reqwest::Method;
use serde_json::json;
use tests::harness::{Api, App, Browser, eventually};
use tests::need;

use crate::walk::open_widget;

const INPUT: &str = "#chat-input";

/// What the chat's button says of itself.
const LABEL: &str = "return [...document.querySelectorAll('div')].find((one) => one.shadowRoot)?.shadowRoot.querySelector('button').ariaLabel ?? ''";

#[tokio::test]
async fn an_answer_to_a_chat_that_was_closed_is_counted() -> anyhow::Result<()> {
    let visitor = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    let api = Api::of(&app).await?;
    visitor.open(&app.url("/sample")).await?;
    open_widget(&visitor).await?;
    visitor.type_into(INPUT, "I want to talk to a person\n").await?;
    visitor.wait_for_text(".say.a-bot, .say.a-system", "T-").await?;
    visitor.leave_frames().await?;
    visitor.run("window.Switchboard.close()").await?;
    visitor.open(&app.url("/healthz")).await?;

    let conversations = api.items("/conversations", 1).await;
    let id = conversations[0]["id"].as_str().unwrap_or_default();
    let answer = json!({ "text": "Here I am." });
    api.create(&format!("/conversations/{id}/messages"), &answer).await?;

    visitor.open(&app.url("/sample")).await?;
    let told = eventually("the answer on the button", async || {
        let label = visitor.run(LABEL).await.ok()?;
        label.as_str().filter(|label| label.contains('1')).map(str::to_owned)
    })
    .await;
    assert_eq!(told, "Open chat (1 unread)");
    visitor.run("window.Switchboard.open()").await?;
    open_widget(&visitor).await?;
    visitor.wait_for_text(".say.a-agent", "Here I am.").await?;
    visitor.leave_frames().await?;
    visitor.run("window.Switchboard.close()").await?;
    eventually("it was read", async || {
        let label = visitor.run(LABEL).await.ok()?;
        (label == "Open chat").then_some(())
    })
    .await;
    Ok(())
}

#[tokio::test]
async fn two_tabs_keep_what_each_of_them_could_not_send() -> anyhow::Result<()> {
    const GONE: &str = "window.fetch = () => Promise.reject(new TypeError('gone'))";
    let visitor = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    let api = Api::of(&app).await?;
    visitor.open(&app.url("/sample")).await?;
    open_widget(&visitor).await?;
    visitor.type_into(INPUT, "I want to talk to a person\n").await?;
    visitor.wait_for_text(".say.a-bot, .say.a-system", "T-").await?;
    let client = visitor.client();
    let first = client.window().await?;
    let second = client.new_window(true).await?.handle;
    client.switch_to_window(second.clone()).await?;
    visitor.open(&app.url("/sample")).await?;
    open_widget(&visitor).await?;
    visitor.wait_for_text(".say.a-bot, .say.a-system", "T-").await?;

    for (window, words) in [(&first, "one\n"), (&second, "two\n")] {
        client.switch_to_window(window.clone()).await?;
        open_widget(&visitor).await?;
        visitor.run(GONE).await?;
        visitor.type_into(INPUT, words).await?;
        visitor.wait_for_text(".say.own", words.trim()).await?;
    }
    for window in [first, second] {
        client.switch_to_window(window).await?;
        visitor.open(&app.url("/healthz")).await?;
    }
    visitor.open(&app.url("/sample")).await?;
    open_widget(&visitor).await?;
    let conversations = api.items("/conversations", 1).await;
    let id = conversations[0]["id"].as_str().unwrap_or_default();
    let said = eventually("both arrived", async || {
        let list = api.get(&format!("/conversations/{id}/messages")).await.ok()?;
        let said: Vec<String> = list["items"]
            .as_array()?
            .iter()
            .filter(|message| message["kind"] == "inbound")
            .filter_map(|message| message["text"].as_str().map(str::to_owned))
            .collect();
        (said.len() > 2).then_some(said)
    })
    .await;
    assert_eq!(said, ["I want to talk to a person", "one", "two"], "each once");
    Ok(())
}

#[tokio::test]
async fn a_chat_that_is_switched_off_for_a_while_loses_nothing() -> anyhow::Result<()> {
    let visitor = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    let api = Api::of(&app).await?;
    visitor.open(&app.url("/sample")).await?;
    open_widget(&visitor).await?;
    visitor.type_into(INPUT, "I want to talk to a person\n").await?;
    visitor.wait_for_text(".say.a-bot, .say.a-system", "T-").await?;

    let inboxes = api.items("/inboxes", 1).await;
    let chat = inboxes.iter().find(|inbox| inbox["channel"] == "webchat");
    let id = chat
        .and_then(|inbox| inbox["id"].as_str())
        .unwrap_or_default()
        .to_owned();
    let switch = async |is_enabled: bool| {
        let body = json!({ "is_enabled": is_enabled });
        api.change(Method::PATCH, &format!("/inboxes/{id}"), &body).await
    };
    switch(false).await?;
    visitor.type_into(INPUT, "Still there?\n").await?;
    visitor
        .wait_for_text(".chat-bar", "The chat is closed right now.")
        .await?;
    switch(true).await?;
    // It would look again by itself, within half a minute.
    visitor.run("dispatchEvent(new Event('online'))").await?;
    let conversations = api.items("/conversations", 1).await;
    let conversation = conversations[0]["id"].as_str().unwrap_or_default();
    eventually("what was written arrived", async || {
        let list = api.get(&format!("/conversations/{conversation}/messages")).await.ok()?;
        let said = list["items"].as_array()?;
        said.iter()
            .any(|message| message["text"] == "Still there?")
            .then_some(())
    })
    .await;
    assert_eq!(api.items("/conversations", 1).await.len(), 1, "it is the same visitor");
    Ok(())
}
