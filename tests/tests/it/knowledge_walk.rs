//! From a question that nothing answers to the article that does: asked, written, reviewed, published, found by a
//! customer, said by the bot.

use serde_json::json;
use tests::harness::{Api, App, Browser, Running, eventually};
use tests::need;

async fn ask(app: &Running, from: &str) -> anyhow::Result<()> {
    let mail = format!(
        "From: Customer <{from}>\r\nTo: support@example.test\r\nSubject: Coffee\r\nMessage-ID: <{from}>\r\n\
         Date: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nDo you also repair coffee machines?\r\n"
    );
    app.command(&["email", "deliver", "--inbox", "support"], mail)
        .await?
        .success()?;
    Ok(())
}

#[tokio::test]
async fn a_question_becomes_an_article_that_answers_it() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let rui = need!(Browser::start().await);
    let app = App::new()?;
    let articles = concat!(env!("CARGO_MANIFEST_DIR"), "/../kb/sample");
    app.command(&["kb", "import", articles], "").await?.success()?;
    let app = app.start().await?;
    let link = app.set_up_link().await;
    let api = Api::of(&app).await?;
    eva.sign_up(&link, Some("Eva")).await?;
    let invitation = json!({ "email": "rui@example.test", "name": "Rui", "role": "agent", "language": "en" });
    let invited = api.post("/agents/invites", "rui", &invitation).await?;
    let link = invited["url"].as_str().unwrap_or_default().to_owned();
    let path = link.splitn(4, '/').nth(3).unwrap_or_default();
    rui.sign_up(&app.url(&format!("/{path}")), None).await?;
    eva.open(&app.url("/settings/knowledge")).await?;
    eva.click("input[name=needs_review]").await?;
    eva.click(".settings-form button.primary").await?;
    eva.wait_for(".toast.good").await?;

    // Nothing answers: it goes to people, and onto the list of what to write.
    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": true,
        "settings": { "address": "support@example.test", "name": "Support" },
    });
    api.post("/inboxes", "inbox", &inbox).await?;
    ask(&app, "one@customer.test").await?;
    eventually("the open question", async || {
        rui.open(&app.url("/knowledge/gaps")).await.ok()?;
        let shown = rui.texts(".gaps li").await.ok()?;
        shown.iter().any(|text| text.contains("coffee machines")).then_some(())
    })
    .await;

    // Rui writes; what he types is kept without a button, and looks as it will.
    rui.click(".gaps button[value=draft]").await?;
    rui.type_into("#f-body", "We repair **coffee machines** of every make.")
        .await?;
    rui.wait_for_text("#keep-state", "Draft saved").await?;
    rui.wait_for_text("#preview strong", "coffee machines").await?;
    let here = rui.run("return location.href").await?;
    rui.open(here.as_str().unwrap_or_default()).await?;
    let kept = rui.run("return document.querySelector('#f-body').value").await?;
    assert_eq!(kept, "We repair **coffee machines** of every make.");
    rui.click("#editor button[value=review]").await?;
    rui.wait_for_text(".draft-bar", "Another person reviews it").await?;

    // Eva reads and approves.
    eva.open(&app.url("/knowledge?shown=review")).await?;
    eva.click("a.article-title").await?;
    eva.click(".article-actions button[value=publish]").await?;
    eva.wait_for_text(".article-facts", "See it in the help centre").await?;

    // A customer finds it while typing, and says what was missing.
    let customer = &rui;
    customer.open(&app.url("/help/en")).await?;
    customer.type_into("#help-q", "coffee mach").await?;
    customer
        .wait_for_text("#help-suggest .hit-title", "coffee machines")
        .await?;
    customer.click("#help-suggest a").await?;
    customer
        .wait_for_text(".help-article .article", "of every make")
        .await?;
    customer.click(".help-vote button[value=no]").await?;
    customer.type_into("#f-comment", "What does it cost?").await?;
    customer.click(".help-comment button").await?;
    customer.wait_for_text("#vote", "Thank you").await?;

    // The bot says it to the next who asks.
    ask(&app, "two@customer.test").await?;
    eventually("the bot's answer", async || {
        let conversations = api.items("/conversations", 2).await;
        for conversation in conversations {
            let path = format!("/conversations/{}/messages", conversation["id"].as_str()?);
            let list = api.get(&path).await.ok()?;
            let has_answer = list["items"].as_array()?.iter().any(|message| {
                message["kind"] == "outbound"
                    && message["text"]
                        .as_str()
                        .is_some_and(|text| text.contains("of every make"))
            });
            if has_answer {
                return Some(());
            }
        }
        None
    })
    .await;
    eventually("the figures", async || {
        let here = here.as_str()?.replace("/edit", "/feedback");
        eva.open(&here).await.ok()?;
        let figures = eva.texts(".figures dd").await.ok()?;
        let comments = eva.texts(".comment p").await.ok()?;
        // Views, helped, not helped, answered by the bot.
        (figures.get(0..4)? == ["1", "0", "1", "1"] && comments == ["What does it cost?"]).then_some(())
    })
    .await;
    eva.open(&app.url("/knowledge/gaps?state=answered")).await?;
    eva.wait_for_text(".gaps", "coffee machines").await?;
    for browser in [&eva, &rui] {
        let severe: Vec<_> = browser
            .console()
            .await?
            .into_iter()
            .filter(|(level, _)| level == "SEVERE")
            .collect();
        assert!(severe.is_empty(), "{severe:?}");
    }
    Ok(())
}
