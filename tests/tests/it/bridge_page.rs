//! The documentation's bridge to another messenger, run as it stands there.

use std::path::Path;
use std::process::Stdio;

use anyhow::Context as _;
use serde_json::json;
use tests::harness::{Api, App};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";

#[tokio::test]
async fn the_bridge_on_the_page_carries_messages_both_ways() -> anyhow::Result<()> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/channels/bridge.md");
    let page = std::fs::read_to_string(page)?;
    let (_, program) = page.split_once("```js\n").context("an example")?;
    let (program, _) = program.split_once("```").context("its end")?;
    let app = App::new()?.set("outgoing.allow_private", "127.0.0.1").start().await?;
    let file = app.folder().join("bridge.mjs");
    std::fs::write(&file, program)?;
    let mut bridge = tokio::process::Command::new("node")
        .arg(&file)
        .env("HOOK", app.url("/webhooks/bridge/terminal"))
        .env("SECRET", SECRET)
        .env("PORT", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("node is needed")?;
    let mut said = BufReader::new(bridge.stdout.take().context("its output")?).lines();
    let mut typed = bridge.stdin.take().context("its input")?;
    let first = said.next_line().await?.context("it listens")?;
    let port = first.strip_prefix("listening on port ").context(first.clone())?;

    let api = Api::of(&app).await?;
    let inbox = json!({
        "channel": "bridge", "name": "terminal", "language": "en", "bot_enabled": false,
        "settings": { "url": format!("http://127.0.0.1:{port}/"), "secret": SECRET },
    });
    api.post("/inboxes", "inbox", &inbox).await?;
    typed.write_all(b"My printer is stuck.\n").await?;
    let found = api.items("/conversations?status=open", 1).await;
    assert_eq!(found[0]["channel"], "bridge");
    let id = found[0]["id"].as_str().context("an id")?;
    let answer = json!({ "text": "Lift its green lever." });
    api.post(&format!("/conversations/{id}/messages"), "answer", &answer)
        .await?;
    let printed = said.next_line().await?.context("it prints")?;
    assert!(printed.ends_with("Lift its green lever."), "{printed}");
    Ok(())
}
