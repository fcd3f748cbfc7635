//! A chat that speaks first: on the pages that are meant, after its time, once, and to nobody who is in a conversation.

use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::{Api, App, Browser, Running, eventually};
use tests::need;

use crate::accessible::{axe, look};
use crate::walk::open_widget;

const WORDS: &str = "Questions about leasing? We are here.";
/// What is said first, where anything is; empty where nothing is, `null` where nobody asked yet.
const FIRST: &str = "const root = [...document.querySelectorAll('div')].find((one) => one.shadowRoot)?.shadowRoot;
    return window.Switchboard?.proactive ? root.querySelector('.first .say')?.textContent ?? '' : null";
/// The same, when everything that is due now was done.
const FIRST_THEN: &str = "const done = arguments[arguments.length - 1];
    const root = [...document.querySelectorAll('div')].find((one) => one.shadowRoot)?.shadowRoot;
    setTimeout(() => done(root.querySelector('.first .say')?.textContent ?? ''), 50)";
/// Counts how often the page asks what there is to say.
const ASKS: &str = "window.asked = 0; const { greet } = window.Switchboard._;
    window.Switchboard._.greet = () => { window.asked++; greet(); }";
/// Whether the frame said of somebody known if they are in a conversation.
const HEARS: &str = "window.heard = 0; window.Switchboard.on('unread', () => window.heard++)";

async fn chat(api: &Api<'_>) -> String {
    let inboxes = api.get("/inboxes").await.expect("inboxes");
    let all = inboxes["items"].as_array().expect("a list");
    let chat = all.iter().find(|inbox| inbox["channel"] == "webchat").expect("a chat");
    format!(
        "/inboxes/{}/proactive-messages",
        chat["id"].as_str().unwrap_or_default()
    )
}

fn leasing(pages: &[&str]) -> Value {
    json!({ "name": "Leasing", "pages": pages, "words": { "en": WORDS, "pt": "Dúvidas?" } })
}

async fn is_said(browser: &Browser) -> String {
    eventually("it is said", async || {
        let said = browser.run(FIRST).await.ok()?;
        said.as_str().filter(|said| !said.is_empty()).map(str::to_owned)
    })
    .await
}

async fn is_not_said(browser: &Browser) -> anyhow::Result<()> {
    eventually("it was asked", async || {
        browser.run(FIRST).await.ok()?.is_string().then_some(())
    })
    .await;
    let said = browser.client().execute_async(FIRST_THEN, Vec::new()).await?;
    assert_eq!(said, "");
    Ok(())
}

/// Presses a button of the bubble.
async fn press(browser: &Browser, which: &str) -> anyhow::Result<()> {
    let script = "[...document.querySelectorAll('div')].find((one) => one.shadowRoot).shadowRoot.querySelector('.first .WHICH').click()";
    browser.run(&script.replace("WHICH", which)).await?;
    Ok(())
}

async fn figures(api: &Api<'_>, app: &Running, path: &str) -> (i64, i64, i64) {
    let one = api
        .get(path)
        .await
        .unwrap_or_else(|error| panic!("{error}: {}", app.log()));
    let figure = |name: &str| one["items"][0][name].as_i64().unwrap_or(-1);
    (figure("shown"), figure("opened"), figure("answered"))
}

#[tokio::test]
async fn a_visitor_is_spoken_to_first_and_answers() -> anyhow::Result<()> {
    let visitor = need!(Browser::start().await);
    let agent = need!(Browser::start().await);
    let axe = need!(axe());
    let app = App::new()?.start().await?;
    agent.sign_up(&app.set_up_link().await, Some("Eva")).await?;
    let api = Api::of(&app).await?;
    let agents = api.get("/agents").await?;
    let path = chat(&api).await;
    let mut new = leasing(&["/prices*"]);
    new["agent"] = agents["items"][0]["id"].clone();
    api.create(&path, &new).await?;

    visitor.open(&app.url("/sample")).await?;
    is_not_said(&visitor).await?;
    // A page that changes its address without being loaded.
    visitor.run("history.pushState({}, '', '/prices/leasing')").await?;
    assert_eq!(is_said(&visitor).await, format!("Eva{WORDS}"));
    assert_eq!(
        visitor.run("return document.activeElement === document.body").await?,
        true,
        "it takes nobody's focus"
    );
    let mut found = Vec::new();
    for (width, is_dark) in [(1440, false), (390, true)] {
        visitor.screen(width, is_dark).await?;
        found.extend(look(&visitor, &axe, &format!("the bubble ({width} px)")).await?);
        visitor.fits("the bubble").await?;
    }
    assert!(found.is_empty(), "{found:#?}");
    visitor.screen(1440, false).await?;
    assert_eq!(
        api.get("/conversations").await?["items"],
        json!([]),
        "nothing is filed before they answer"
    );

    press(&visitor, "say").await?;
    open_widget(&visitor).await?;
    visitor.wait_for_text(".say.a-agent", WORDS).await?;
    assert_eq!(visitor.texts(".say").await?.len(), 1, "it is the first line");
    visitor.type_into("#chat-input", "What is it a month?\n").await?;
    visitor.wait_for_text(".say.own", "What is it a month?").await?;
    eventually("it arrived", async || {
        visitor
            .text(".say-state")
            .await
            .ok()
            .filter(|state| state.contains("Sent"))
    })
    .await;
    visitor.leave_frames().await?;

    let conversations = api.items("/conversations", 1).await;
    let id = conversations[0]["id"].as_str().unwrap_or_default();
    let list = api.get(&format!("/conversations/{id}/messages")).await?;
    let mut said: Vec<&Value> = list["items"].as_array().into_iter().flatten().collect();
    said.sort_by_key(|one| one["at"].as_str().unwrap_or_default().to_owned());
    assert_eq!(
        (&said[0]["kind"], &said[0]["text"]),
        (&json!("outbound"), &json!(WORDS))
    );
    assert_eq!(
        (&said[1]["kind"], &said[1]["text"]),
        (&json!("inbound"), &json!("What is it a month?"))
    );
    agent.open(&app.url(&format!("/inbox/c/{id}"))).await?;
    agent.wait_for_text("#timeline", "What is it a month?").await?;
    let thread = agent.text("#timeline").await?;
    assert!(thread.find(WORDS) < thread.find("What is it a month?"), "{thread}");
    assert_eq!(thread.matches(WORDS).count(), 1, "{thread}");
    assert!(thread.contains("Proactive message · Leasing"), "{thread}");

    // The page is left: what it showed is counted.
    visitor.open(&app.url("/healthz")).await?;
    eventually("it was counted", async || {
        (figures(&api, &app, &path).await == (1, 1, 1)).then_some(())
    })
    .await;
    Ok(())
}

#[tokio::test]
async fn who_closed_it_or_is_in_a_conversation_is_left_alone() -> anyhow::Result<()> {
    let visitor = need!(Browser::start().await);
    let talking = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    let api = Api::of(&app).await?;
    let path = chat(&api).await;
    let one = api.create(&path, &leasing(&["/sample?offer*"])).await?;

    visitor.open(&app.url("/sample?offer=1")).await?;
    is_said(&visitor).await;
    visitor.press("Escape").await?;
    is_not_said(&visitor).await?;
    visitor.open(&app.url("/sample?offer=2")).await?;
    is_not_said(&visitor).await?;

    talking.open(&app.url("/sample")).await?;
    open_widget(&talking).await?;
    talking.type_into("#chat-input", "I want to talk to a person\n").await?;
    talking.wait_for_text(".say.a-bot, .say.a-system", "T-").await?;
    talking.leave_frames().await?;
    talking.run("window.Switchboard.close()").await?;
    talking.open(&app.url("/sample?offer=1")).await?;
    talking.run(HEARS).await?;
    eventually("the frame knows them", async || {
        let heard = talking.run("return window.heard").await.ok()?;
        (heard.as_i64()? > 0).then_some(())
    })
    .await;
    is_not_said(&talking).await?;

    // Where nothing can be kept it is said once on a page.
    let mut other = leasing(&["/sample?offer*"]);
    other["words"] = json!({ "en": "Another one" });
    let place = format!("{path}/{}", one["id"].as_str().unwrap_or_default());
    api.change(Method::PUT, &place, &other).await?;
    let private = Browser::start().await?;
    private.open(&app.url("/sample")).await?;
    private.run("Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })").await?;
    private.run("history.pushState({}, '', '/sample?offer=1')").await?;
    assert!(is_said(&private).await.ends_with("Another one"));
    press(&private, "shut").await?;
    private.run(ASKS).await?;
    private.run("history.pushState({}, '', '/sample?offer=3')").await?;
    eventually("it was noticed", async || {
        let asked = private.run("return window.asked").await.ok()?;
        (asked.as_i64()? > 0).then_some(())
    })
    .await;
    is_not_said(&private).await?;
    Ok(())
}
