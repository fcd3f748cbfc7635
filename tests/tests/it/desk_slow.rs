//! An agent whose line is slow goes on before an answer is here: nothing brings them back, and no words are lost.

use serde_json::{Value, json};
use tests::harness::{Api, App, Browser, Running, eventually};
use tests::need;

/// Requests of forms wait until they are let go.
const HOLD: &str = "const send = XMLHttpRequest.prototype.send; window.held = []; \
     XMLHttpRequest.prototype.send = function (body) { window.held.push(() => send.call(this, body)) }; \
     window.letGo = () => { XMLHttpRequest.prototype.send = send; for (const go of window.held.splice(0)) go() }";
/// As [`HOLD`], but they find no server when they are let go.
const LOSE: &str = "const send = XMLHttpRequest.prototype.send; window.held = []; \
     XMLHttpRequest.prototype.send = function (body) { window.held.push(() => { this.open('POST', 'http://127.0.0.1:1/'); send.call(this, body) }) }; \
     window.letGo = () => { XMLHttpRequest.prototype.send = send; for (const go of window.held.splice(0)) go() }";

async fn conversation(app: &Running, name: &str) -> anyhow::Result<()> {
    let mail = format!(
        "From: {name} <{name}@customer.test>\r\nTo: support@example.test\r\nSubject: About {name}\r\n\
         Message-ID: <{name}@customer.test>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nPlease help {name}.\r\n"
    );
    app.command(&["email", "deliver", "--inbox", "support"], mail)
        .await?
        .success()?;
    Ok(())
}

async fn is_held(eva: &Browser) {
    eventually("a request that waits", async || {
        (eva.run("return window.held.length").await.ok()? == 1).then_some(())
    })
    .await;
}

async fn opens(eva: &Browser, subject: &str) -> anyhow::Result<()> {
    let script = format!(
        "[...document.querySelectorAll('#rows .row')].find(row => row.textContent.includes('{subject}')).querySelector('a.row-link').click()"
    );
    eva.run(&script).await?;
    eva.wait_for_text("#thread h2", subject).await?;
    Ok(())
}

async fn written(eva: &Browser) -> anyhow::Result<Value> {
    eva.run("return document.querySelector('#composer-text').value").await
}

#[tokio::test]
async fn who_goes_on_before_the_answer_is_not_brought_back() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    eva.sign_up(&app.set_up_link().await, Some("Eva")).await?;
    let api = Api::of(&app).await?;
    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
        "settings": { "address": "support@example.test", "name": "Support" },
    });
    api.post("/inboxes", "inbox", &inbox).await?;
    conversation(&app, "ana").await?;
    conversation(&app, "rui").await?;
    eva.open(&app.url("/inbox?tab=all")).await?;
    eva.wait_for_text("#rows", "About ana").await?;

    // A reply to Ana is on its way while Eva writes to Rui.
    opens(&eva, "About ana").await?;
    eva.type_into("#composer-text", "For Ana").await?;
    eva.run(HOLD).await?;
    eva.click("#composer-send").await?;
    is_held(&eva).await;
    opens(&eva, "About rui").await?;
    eva.type_into("#composer-text", "For Rui").await?;
    eva.run("window.letGo()").await?;
    let ana = eventually("Ana's conversation with a reply", async || {
        let all = api.items("/conversations", 2).await;
        let ana = all.into_iter().find(|one| one["subject"] == "About ana")?;
        let id = ana["id"].as_str()?.to_owned();
        let messages = api.get(&format!("/conversations/{id}/messages")).await.ok()?;
        let replies = messages["items"]
            .as_array()?
            .iter()
            .filter(|one| one["text"] == "For Ana")
            .count();
        (replies == 1).then_some(id)
    })
    .await;
    // The list has heard of it, so the answer is here.
    eva.wait_for_text(&format!("#row-{ana}"), "For Ana").await?;
    eva.wait_for_text("#thread h2", "About rui").await?;
    assert_eq!(written(&eva).await?, "For Rui");
    eva.wait_for_text("#draft-state", "Draft kept").await?;
    opens(&eva, "About ana").await?;
    // The answer may still be on its way when the list has heard.
    eventually("what was sent is no draft", async || {
        (written(&eva).await.ok()? == "").then_some(())
    })
    .await;

    // One that never arrived is told, and its words wait where they were written.
    eva.type_into("#composer-text", "Again for Ana").await?;
    eva.run(LOSE).await?;
    eva.click("#composer-send").await?;
    is_held(&eva).await;
    opens(&eva, "About rui").await?;
    assert_eq!(written(&eva).await?, "For Rui");
    eva.run("window.letGo()").await?;
    eva.wait_for_text("#live-bar", "was not sent").await?;
    eva.wait_for_text("#thread h2", "About rui").await?;
    opens(&eva, "About ana").await?;
    assert_eq!(written(&eva).await?, "Again for Ana");

    // So is it with what is done by a menu or a button.
    eva.run(HOLD).await?;
    eva.click("[data-do=resolve] button[type=submit]").await?;
    is_held(&eva).await;
    opens(&eva, "About rui").await?;
    eva.run("window.letGo()").await?;
    eventually("Ana's is resolved", async || {
        let one = api.get(&format!("/conversations/{ana}")).await.ok()?;
        (one["conversation"]["status"] == "resolved").then_some(())
    })
    .await;
    // The list has heard of it, too.
    eventually("the row says so", async || {
        let row = format!("return document.getElementById('row-{ana}')?.textContent.includes('Resolved') ?? true");
        (eva.run(&row).await.ok()? == true).then_some(())
    })
    .await;
    eva.wait_for_text("#thread h2", "About rui").await?;
    Ok(())
}
