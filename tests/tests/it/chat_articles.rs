//! Help articles inside the chat: looked for, read, judged and left for the conversation, by mouse and by keyboard.

use serde_json::json;
use tests::harness::{Api, App, Browser, eventually};
use tests::need;

use crate::accessible::{axe, look};
use crate::walk::open_widget;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../kb/sample");
/// What has the focus: its id, or its words.
const FOCUS: &str = "return document.activeElement.id || document.activeElement.innerText";
/// Whether conversation and articles stand there.
const STANDS: &str = "const stands = (css) => document.querySelector(css)?.getClientRects().length > 0;
    return [stands('.chat-log'), stands('.shelf'), document.querySelector('#chat-shelf').getAttribute('aria-expanded')]";
/// How often the script of the articles was loaded.
const LOADED: &str = "return performance.getEntriesByType('resource').filter(({ name }) => name.includes('/assets/articles-') && name.endsWith('.js')).length";

async fn found(browser: &Browser, count: usize) {
    eventually("the articles", async || {
        let titles = browser.texts(".shelf-title").await.ok()?;
        (titles.len() == count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_visitor_reads_an_article_and_writes() -> anyhow::Result<()> {
    let visitor = need!(Browser::start().await);
    let axe = need!(axe());
    let app = App::new()?;
    app.command(&["kb", "import", SAMPLES], "").await?.success()?;
    let app = app.start().await?;
    let api = Api::of(&app).await?;

    visitor.open(&app.url("/sample")).await?;
    open_widget(&visitor).await?;
    found(&visitor, 5).await;
    assert_eq!(visitor.run(STANDS).await?, json!([false, true, "true"]));
    assert_eq!(
        visitor.run(FOCUS).await?,
        "chat-input",
        "who may be writing is left there"
    );
    let mut seen = Vec::new();
    for (width, is_dark) in [(1440, false), (390, true)] {
        visitor.leave_frames().await?;
        visitor.screen(width, is_dark).await?;
        open_widget(&visitor).await?;
        seen.extend(look(&visitor, &axe, &format!("the articles in the chat ({width} px)")).await?);
        visitor.fits("the articles in the chat").await?;
    }

    visitor.type_into("#shelf-field", "toner").await?;
    visitor.wait_for_text(".shelf-status", "Articles found: ").await?;
    assert_eq!(visitor.attribute(".shelf-status", "role").await?, "status");
    assert!(!visitor.texts(".shelf-passage mark").await?.is_empty());
    visitor.press("ArrowDown").await?;
    let title = visitor.text(".shelf-title").await?;
    visitor.press("Enter").await?;
    visitor.wait_for_text(".shelf-page h2", &title).await?;
    assert_eq!(visitor.run(FOCUS).await?, title.as_str());
    seen.extend(look(&visitor, &axe, "an article in the chat").await?);
    visitor.fits("an article in the chat").await?;
    assert!(seen.is_empty(), "{seen:#?}");
    visitor.click(".shelf-vote button").await?;
    visitor.wait_for_text(".shelf-vote [role=status]", "Thank you").await?;

    // One step back with Escape each: to the results, then to what helps most; the chat stays open.
    visitor.press("Escape").await?;
    visitor.wait_for_text(".shelf-status", "Articles found: ").await?;
    let link = visitor.run(FOCUS).await?;
    assert!(link.as_str().is_some_and(|words| words.starts_with(&title)), "{link}");
    visitor.press("Escape").await?;
    visitor.wait_for_text(".shelf-status", "What helps others most").await?;
    assert_eq!(visitor.run(FOCUS).await?, "shelf-field");

    visitor.click(".shelf-foot button").await?;
    assert_eq!(visitor.run(STANDS).await?, json!([true, false, "false"]));
    assert_eq!(visitor.run(FOCUS).await?, "chat-input");
    visitor.type_into("#chat-input", "It is still faded\n").await?;
    visitor.wait_for_text(".say.own", "It is still faded").await?;
    let conversations = api.items("/conversations", 1).await;
    assert_eq!(conversations[0]["channel"], "webchat");

    // Whoever is in a conversation finds it as it was, and loads nothing of the articles before they ask for them.
    visitor.open(&app.url("/sample")).await?;
    open_widget(&visitor).await?;
    visitor.wait_for_text(".say.own", "It is still faded").await?;
    assert_eq!(visitor.run(LOADED).await?, 0);
    visitor.click("#chat-shelf").await?;
    found(&visitor, 5).await;
    assert_eq!(visitor.run(LOADED).await?, 1);
    eventually("the search has the focus", async || {
        (visitor.run(FOCUS).await.ok()? == "shelf-field").then_some(())
    })
    .await;
    // What is written goes to the conversation, from wherever.
    visitor.type_into("#chat-input", "And there is a line\n").await?;
    visitor.wait_for_text(".say.own", "And there is a line").await?;

    // Whoever reads while an answer comes is told so, and reads on until they look.
    visitor.click("#chat-shelf").await?;
    found(&visitor, 5).await;
    let id = conversations[0]["id"].as_str().unwrap_or_default();
    api.create(
        &format!("/conversations/{id}/messages"),
        &json!({ "text": "Shake it five times." }),
    )
    .await?;
    visitor.wait_for_text(".shelf-news", "There is a new message").await?;
    assert_eq!(visitor.run(STANDS).await?, json!([false, true, "true"]));
    visitor.click(".shelf-news button").await?;
    visitor.wait_for_text(".say.theirs", "Shake it five times.").await?;
    assert_eq!(visitor.run(STANDS).await?, json!([true, false, "false"]));
    Ok(())
}

#[tokio::test]
async fn an_article_of_another_language_says_so_and_leads_out_in_a_new_tab() -> anyhow::Result<()> {
    let visitor = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    let api = Api::of(&app).await?;
    visitor.open(&app.url("/sample")).await?;
    open_widget(&visitor).await?;
    visitor.wait_for(".chat-log").await?;
    let offers = "return document.querySelector('#chat-shelf')";
    assert_eq!(visitor.run(offers).await?, json!(null), "there are no articles yet");

    let body = "## Main\n\nLea [esto](https://example.com/a), [aquello](/help/es) y [lo de abajo](#chat-input).\n\n## Chat input\n\nFin.";
    let article = json!({ "language": "es", "title": "Zirconio", "body": body });
    let made = api.create("/articles", &article).await?;
    let path = format!("/articles/{}/actions", made["id"].as_str().unwrap_or_default());
    api.create(&path.replace("/es/", "/es~"), &json!({ "action": "publish" }))
        .await?;

    visitor.open(&app.url("/sample")).await?;
    open_widget(&visitor).await?;
    visitor.wait_for_text(".shelf-note", "in Español").await?;
    visitor.click(".shelf-list a").await?;
    visitor.wait_for_text(".shelf-page h2", "Zirconio").await?;
    let links = "return [...document.querySelectorAll('.shelf-page .article a')].map((link) => [link.getAttribute('href'), link.target])";
    assert_eq!(
        visitor.run(links).await?,
        json!([
            ["https://example.com/a", "_blank"],
            ["/help/es", "_blank"],
            ["#shelf-chat-input", ""]
        ])
    );
    let marks = "return [document.querySelector('.shelf-page .article').lang, document.querySelectorAll('#chat-input').length, !!document.querySelector('#shelf-chat-input')]";
    assert_eq!(visitor.run(marks).await?, json!(["es", 1, true]));
    visitor.click(".shelf-vote button:last-of-type").await?;
    visitor
        .wait_for_text(".shelf-vote [role=status]", "We are sorry")
        .await?;
    Ok(())
}
