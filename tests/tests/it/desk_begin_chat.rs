//! An agent writes first on WhatsApp, from the keyboard and from beside a conversation.

use anyhow::Context as _;
use channels::whatsapp::standin::{Config, Incoming, Standin, User};
use serde_json::json;
use tests::harness::{Api, App, Browser, FakeSmtp, eventually};
use tests::need;

#[tokio::test]
async fn an_agent_writes_first_on_whatsapp() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let standin = Standin::start().await?;
    let smtp = FakeSmtp::start().await?;
    let app = App::new()?.start().await?;
    eva.sign_up(&app.set_up_link().await, Some("Eva")).await?;
    let api = Api::of(&app).await?;
    api.mailbox(&smtp, false).await?;
    standin.set_templates(vec![json!({
        "id": "71", "name": "visit_day", "language": "en", "status": "APPROVED", "category": "UTILITY",
        "components": [{ "type": "BODY", "text": "Hello {{name}}, we come at {{hour}}." }],
    })]);
    let inbox = json!({ "channel": "whatsapp", "name": "Sales", "language": "en", "bot_enabled": false, "settings": standin.settings() });
    let inbox = api.create("/inboxes", &inbox).await?["inbox"]["id"]
        .as_str()
        .context("an id")?
        .to_owned();
    standin.set_target(app.url(&format!("/webhooks/whatsapp/{inbox}")));
    api.post(&format!("/inboxes/{inbox}/templates/sync"), "sync", &json!({}))
        .await?;

    eva.open(&app.url("/inbox")).await?;
    eva.press("C").await?;
    // Mail is the way at first; the number is beside it.
    eva.wait_for("#begin-subject").await?;
    eva.click(".begin-ways a[href*='by='] + a").await?;
    eva.wait_for("#begin-template").await?;
    eva.type_into("#begin-to", "11 98765").await?;
    // What it is shows itself while one types.
    eva.wait_for_text("#begin-who", "country code").await?;
    eva.run("document.getElementById('begin-to').value = ''").await?;
    eva.type_into("#begin-to", "+55 (11) 98765-4321").await?;
    eva.wait_for_text("#begin-who", "+5511987654321 is not known yet")
        .await?;
    eva.type_into("#begin-name", "Rosa Prado").await?;
    eva.run("const choice = document.getElementById('begin-template'); choice.value = 'visit_day|en'; choice.dispatchEvent(new Event('change', { bubbles: true }))").await?;
    eva.wait_for("#blank-body-hour").await?;
    // The name is filled in; the preview follows what is typed.
    eva.wait_for_text(".template-preview", "Hello Rosa Prado, we come at")
        .await?;
    eva.type_into("#blank-body-hour", "ten").await?;
    eva.wait_for_text(".template-preview", "Hello Rosa Prado, we come at ten.")
        .await?;
    for (width, is_dark) in [(390, true), (1280, false)] {
        eva.screen(width, is_dark).await?;
        eva.fits("writing first on WhatsApp").await?;
    }
    eva.click(".settings-actions button[type=submit]").await?;
    eva.wait_for_text("#timeline", "Hello Rosa Prado, we come at ten.")
        .await?;
    eva.wait_for_text(".thread-assignee", "Yours").await?;
    let sent = eventually("the template", async || standin.accepted().into_iter().next()).await;
    assert_eq!(sent.recipient, "5511987654321");
    assert_eq!(sent.body["template"]["name"], "visit_day");

    // The answer comes back to it, under the number that Meta still has for old accounts.
    // WhatsApp counts in seconds: who answers within the same one has answered before.
    let clock = Config::default().clock;
    eventually("the next second", async || {
        (clock() / 1000 > sent.at / 1000 + 1).then_some(())
    })
    .await;
    let answered = standin
        .inbound(&User::new("551187654321", "Rosa"), Incoming::Text("Good".to_owned()))
        .await?;
    assert_eq!(answered.status, 200);
    eva.wait_for_text("#timeline", "Good").await?;
    assert_eq!(api.items("/conversations", 1).await.len(), 1);

    // By her name she is found, and led to what is open; her words opened the window.
    eva.open(&app.url("/inbox/new?by=whatsapp")).await?;
    eva.type_into("#begin-to", "Rosa").await?;
    eva.wait_for(".begin-people button").await?;
    eva.click(".begin-people button").await?;
    eva.wait_for_text(
        "#begin-who",
        "A conversation with them is open here, #1, and Eva has it",
    )
    .await?;
    eva.type_into("#begin-text", "See you then.").await?;
    eva.click(".settings-actions button[type=submit]").await?;
    eva.wait_for_text("#timeline", "See you then.").await?;
    assert_eq!(api.items("/conversations", 1).await.len(), 1);

    // From beside it, what is known is filled in.
    eva.click(".identity-write").await?;
    eva.wait_for_text("#begin-who", "Rosa Prado").await?;
    Ok(())
}
