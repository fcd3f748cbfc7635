//! A process is ended in good order and started again, as an upgrade does, while a customer has the chat open: the chat
//! stays, misses nothing and shows nothing twice.

use anyhow::Context as _;
use serde_json::Value;
use serde_json::json;
use tests::harness::{
    Api, App, Balance, Browser, DEADLINE, Port, Redis, Running, eventually, eventually_within, fresh_database, http,
};
use tests::need;

use crate::crowd::gateway;
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
        eventually("what was written meanwhile is filed", async || {
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

#[tokio::test]
async fn who_is_told_to_stop_serves_until_the_proxy_knows() -> anyhow::Result<()> {
    let mut app = App::new()?.set("server.drain_seconds", 600).start().await?;
    let (base, client) = (app.url(""), http());
    let status = async |path: &str| Some(client.get(format!("{base}{path}")).send().await.ok()?.status().as_u16());
    assert_eq!(status("/readyz").await, Some(200));
    app.tell_to_stop();
    eventually("the proxy is told", async || {
        (status("/readyz").await? == 503).then_some(())
    })
    .await;
    assert_eq!(
        status("/portal/tickets/new").await,
        Some(200),
        "who still comes is served"
    );
    assert_eq!(app.terminate().await?, 0, "the second signal ends it at once");
    Ok(())
}

#[tokio::test]
async fn an_answer_that_met_no_server_leaves_once_there_is_one() -> anyhow::Result<()> {
    let agent = need!(Browser::start().await);
    let visitor = need!(Browser::start().await);
    let mut app = App::new()?.start().await?;
    agent.sign_up(&app.set_up_link().await, Some("Eva")).await?;
    visitor.open(&app.url("/sample")).await?;
    open_widget(&visitor).await?;
    visitor.type_into("#chat-input", "I want to talk to a person\n").await?;
    agent.open(&app.url("/inbox")).await?;
    agent.click("#rows a.row-link").await?;
    agent.wait_for_text("#timeline", "I want to talk to a person").await?;

    app.terminate().await?;
    agent.type_into("#composer-text", "says again 1").await?;
    agent.press("Control+Enter").await?;
    agent.wait_for("#timeline .is-pending").await?;
    app.start().await?;
    shows(&agent, SENT, "says again 1").await?;
    shows(&visitor, IN_CHAT, "says again 1").await?;
    for (browser, css) in [(&agent, IN_INBOX), (&visitor, IN_CHAT)] {
        let all = shown(browser, css).await.context("a page")?;
        assert_eq!(all, ["says again 1"], "once");
    }
    assert_eq!(
        agent
            .run("return document.querySelector('#composer-text').value")
            .await?,
        ""
    );
    Ok(())
}

/// The words of this test's messages that a page shows, in its order.
async fn shown(browser: &Browser, css: &str) -> Option<Vec<String>> {
    let script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent.match(/(?:asks|says) \\w+ [0-9]/)?.[0]).filter(Boolean)";
    let found = browser.client().execute(script, vec![css.into()]).await.ok()?;
    let words = found.as_array()?.iter().filter_map(Value::as_str);
    Some(words.map(str::to_owned).collect())
}

/// Waits until a page shows a message.
async fn shows(browser: &Browser, css: &str, words: &str) -> anyhow::Result<()> {
    let is_there = eventually_within(DEADLINE, async || {
        shown(browser, css).await?.iter().any(|one| one == words).then_some(())
    });
    match is_there.await {
        Some(()) => Ok(()),
        None => {
            let page = "return [document.body.innerText.slice(-1500), document.querySelector('#composer-text, #chat-input')?.value]";
            anyhow::bail!("{words:?} is not in {css}: {}", browser.run(page).await?)
        }
    }
}

/// Everything that a browser asks for takes that much longer, in milliseconds.
async fn slow(browser: &Browser, latency: u32) -> anyhow::Result<()> {
    let line = json!({ "offline": false, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1 });
    browser.devtools("Network.enable", json!({})).await?;
    browser
        .devtools("Network.emulateNetworkConditions", line)
        .await
        .map(drop)
}

/// What customers and agents see of the conversation.
const IN_CHAT: &str = ".say";
const IN_INBOX: &str = "#timeline .message";
/// What the server has.
const SENT: &str = "#timeline .message:not(.is-pending)";

/// A visitor and an agent, who write to each other.
struct Talk<'a> {
    visitor: &'a Browser,
    agent: &'a Browser,
    said: Vec<String>,
}

impl Talk<'_> {
    /// The visitor writes, without waiting for anything.
    async fn asks(&mut self, words: &str) -> anyhow::Result<()> {
        self.said.push(format!("asks {words}"));
        self.visitor.type_into("#chat-input", &format!("asks {words}\n")).await
    }

    /// The agent answers what the visitor wrote last, and sees the answer arrive: an answer to less than what was written
    /// would be held back, and one that met a process in its last moment is on its way until another one takes it.
    async fn says(&mut self, words: &str) -> anyhow::Result<()> {
        self.begins_to_say(words).await?;
        shows(self.agent, SENT, &format!("says {words}")).await
    }

    /// The same, without waiting for its arrival.
    async fn begins_to_say(&mut self, words: &str) -> anyhow::Result<()> {
        if let Some(last) = self.said.iter().rfind(|words| words.starts_with("asks")) {
            shows(self.agent, IN_INBOX, last).await?;
        }
        self.said.push(format!("says {words}"));
        self.agent.type_into("#composer-text", &format!("says {words}")).await?;
        self.agent.press("Control+Enter").await?;
        shows(self.agent, IN_INBOX, &format!("says {words}")).await
    }

    /// Waits until everything that was said stands on both screens.
    async fn is_heard(&self) -> anyhow::Result<()> {
        for words in &self.said {
            shows(self.visitor, IN_CHAT, words).await?;
            if let Err(missing) = shows(self.agent, IN_INBOX, words).await {
                let chat = self.visitor.run("return document.body.innerText.slice(-600)").await?;
                anyhow::bail!("{missing}; the chat: {chat}");
            }
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_chat_and_an_inbox_outlive_the_restart_of_one_process_after_the_other() -> anyhow::Result<()> {
    let visitor = need!(Browser::start().await);
    let agent = need!(Browser::start().await);
    let redis = need!(Redis::start().await);
    let database = need!(fresh_database().await);
    let port = Port::reserve()?;
    let public = format!("http://{}", port.address());
    let app = || anyhow::Ok(gateway(&database, &redis)?.set("server.public_url", &public));
    let (first, second) = (app()?, app()?);
    let address = |app: &App| app.url("").trim_start_matches("http://").to_owned();
    let proxy = Balance::start(port, vec![address(&first), address(&second)]).await?;
    let mut apps = [first.start().await?, second.start().await?];

    // The link of whichever process started last is the one that is good.
    agent.sign_up(&apps[1].set_up_link().await, Some("Eva")).await?;
    visitor.open(&proxy.url("/sample")).await?;
    visitor.run("window.isStill = 'here'").await?;
    open_widget(&visitor).await?;
    visitor.run("window.isStill = 'here'").await?;
    visitor.type_into("#chat-input", "I want to talk to a person\n").await?;
    visitor.wait_for_text(".say.a-bot, .say.a-system", "T-").await?;
    agent.open(&proxy.url("/inbox")).await?;
    agent.click("#rows a.row-link").await?;
    agent.wait_for_text("#timeline", "I want to talk to a person").await?;
    agent.run("window.isStill = 'here'").await?;

    let mut talk = Talk {
        visitor: &visitor,
        agent: &agent,
        said: Vec::new(),
    };
    talk.asks("before 0").await?;
    talk.says("before 0").await?;
    talk.is_heard().await?;
    // On a slow line the second answer is written before the first has arrived.
    slow(&agent, 1_500).await?;
    talk.begins_to_say("slow 0").await?;
    talk.says("slow 1").await?;
    slow(&agent, 0).await?;
    talk.is_heard().await?;
    for (round, app) in apps.iter_mut().enumerate() {
        // While it ends, while it is away, and while it comes back.
        let (ended, said) = tokio::join!(app.terminate(), async {
            talk.asks(&format!("ending {round}")).await?;
            talk.says(&format!("ending {round}")).await
        });
        assert_eq!((ended?, said?), (0, ()));
        talk.asks(&format!("away {round}")).await?;
        talk.says(&format!("away {round}")).await?;
        talk.is_heard().await?;
        let (started, said) = tokio::join!(app.start(), async {
            talk.says(&format!("coming {round}")).await?;
            talk.asks(&format!("coming {round}")).await
        });
        started?;
        said?;
        talk.is_heard().await?;
    }
    talk.asks("after 0").await?;
    talk.says("after 0").await?;
    talk.is_heard().await?;

    // Each stands once, in one order, on both screens and in the database.
    let api = Api::of(&apps[0]).await?;
    let all = api.items("/conversations", 1).await;
    assert_eq!(all.len(), 1, "one conversation");
    let id = all[0]["id"].as_str().context("no id")?;
    let list = api
        .items(&format!("/conversations/{id}/messages"), talk.said.len())
        .await;
    let texts = list.iter().filter_map(|one| one["text"].as_str());
    let kept: Vec<String> = texts
        .map(str::to_owned)
        .filter(|text| talk.said.contains(text))
        .collect();
    let mut once = talk.said.clone();
    once.sort();
    let mut found = kept.clone();
    found.sort();
    assert_eq!(found, once, "each is kept once");
    let in_inbox = shown(&agent, IN_INBOX).await.context("the inbox")?;
    let in_chat = shown(&visitor, IN_CHAT).await.context("the chat")?;
    assert_eq!(in_inbox, kept, "the inbox has each once, in order");
    assert_eq!(in_chat, kept, "the chat has each once, in order");
    for who in ["asks", "says"] {
        let of =
            |words: &[String]| -> Vec<String> { words.iter().filter(|one| one.starts_with(who)).cloned().collect() };
        assert_eq!(of(&kept), of(&talk.said), "each in the order of who wrote it");
    }

    // Nobody had to reload or to sign in again, and both processes did their part.
    assert_eq!(agent.run("return window.isStill").await?, "here");
    assert_eq!(visitor.run("return window.isStill").await?, "here");
    visitor.leave_frames().await?;
    assert_eq!(visitor.run("return window.isStill").await?, "here");
    assert!(
        proxy.answered().iter().all(|count| *count > 0),
        "{:?}",
        proxy.answered()
    );
    Ok(())
}
