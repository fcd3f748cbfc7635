//! What a chat asks of whoever is not known, before the first message.

use serde_json::json;
use tests::harness::{Api, App, Browser, eventually};
use tests::need;

use crate::accessible::{axe, look};
use crate::walk::open_widget;

#[tokio::test]
async fn a_chat_asks_who_it_is_before_the_first_message() -> anyhow::Result<()> {
    let visitor = need!(Browser::start().await);
    let axe = need!(axe());
    let app = App::new()?.start().await?;
    let api = Api::of(&app).await?;
    let settings =
        json!({ "key": "asking", "before": { "name": "required", "email": "optional", "phone": "optional" } });
    let inbox =
        json!({ "channel": "webchat", "name": "Asking", "language": "es", "bot_enabled": false, "settings": settings });
    api.create("/inboxes", &inbox).await?;

    visitor.open(&app.url("/sample?inbox=asking&lang=es")).await?;
    open_widget(&visitor).await?;
    visitor.wait_for("#before-name").await?;
    assert_eq!(look(&visitor, &axe, "the questions before a chat").await?, [""; 0]);
    let stands = "return [getComputedStyle(document.querySelector('.chat-form')).display, document.querySelector('#before-name').required, document.querySelector('#before-phone').required]";
    assert_eq!(
        visitor.run(stands).await?,
        json!(["none", true, false]),
        "nobody writes before it is said"
    );

    visitor.click("#chat-before button").await?;
    visitor
        .wait_for_text("#before-name-error", "Complete este campo.")
        .await?;
    visitor.type_into("#before-name", "Eva Ruiz").await?;
    visitor.type_into("#before-phone", "12\n").await?;
    visitor.wait_for_text("#before-phone-error", "código del país").await?;
    visitor
        .type_into("#before-phone", "\u{8}\u{8}+57 301 234 5678\n")
        .await?;
    eventually("what was said is taken", async || {
        let is_shown = "return document.querySelector('.chat-form').getClientRects().length > 0";
        (visitor.run(is_shown).await.ok()? == true).then_some(())
    })
    .await;
    visitor.type_into("#chat-input", "Hola\n").await?;
    visitor.wait_for_text(".say.own", "Hola").await?;

    let conversations = api.items("/conversations", 1).await;
    let id = conversations[0]["contact_id"].as_str().unwrap_or_default();
    let known = api.get(&format!("/contacts/{id}")).await?;
    assert_eq!(known["contact"]["name"], "Eva Ruiz");

    visitor.open(&app.url("/sample?inbox=asking&lang=es")).await?;
    open_widget(&visitor).await?;
    visitor.wait_for_text(".say.own", "Hola").await?;
    let is_hidden = "return document.querySelector('#chat-before').hidden";
    assert_eq!(visitor.run(is_hidden).await?, true, "who is known is not asked again");
    Ok(())
}
