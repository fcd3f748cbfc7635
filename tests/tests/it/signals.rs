//! What is of the moment (who types) crosses from process to process, and nothing that is kept
//! depends on it.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};
use tests::harness::{App, Data, Redis, Running, fresh_database, http};
use tests::need;

/// A stream of events as a browser holds it open.
pub(crate) struct Stream {
    response: reqwest::Response,
    heard: String,
}

impl Stream {
    pub(crate) async fn open(request: reqwest::RequestBuilder) -> anyhow::Result<Self> {
        let response = request.send().await?.error_for_status()?;
        Ok(Self {
            response,
            heard: String::new(),
        })
    }

    /// Whether a line with all of these words comes within the time; what came before it is passed.
    pub(crate) async fn hears(&mut self, words: &[&str], within: Duration) -> bool {
        let deadline = tokio::time::Instant::now() + within;
        loop {
            while let Some((line, rest)) = self.heard.split_once('\n') {
                let is_it = words.iter().all(|word| line.contains(word));
                self.heard = rest.to_owned();
                if is_it {
                    return true;
                }
            }
            match tokio::time::timeout_at(deadline, self.response.chunk()).await {
                Ok(Ok(Some(chunk))) => self.heard.push_str(&String::from_utf8_lossy(&chunk)),
                _ => return false,
            }
        }
    }
}

/// A customer with a widget on one process.
struct Visitor<'a> {
    app: &'a Running,
    token: String,
    conversation: String,
}

impl<'a> Visitor<'a> {
    async fn begin(app: &'a Running) -> anyhow::Result<Self> {
        let session: Value = post(app, "session", None, &json!({ "language": "en" })).await?;
        let token = session["token"].as_str().context("a token")?.to_owned();
        let mut visitor = Visitor {
            app,
            token,
            conversation: String::new(),
        };
        visitor.write(1).await?;
        let again = json!({ "language": "en", "token": visitor.token });
        let session = post(app, "session", None, &again).await?;
        visitor.conversation = session["conversation"].as_str().context("a conversation")?.to_owned();
        Ok(visitor)
    }

    async fn write(&self, number: u32) -> anyhow::Result<()> {
        let body = json!({ "id": format!("01HZZZZZZZZZZZZZZZZZ{number:06}"), "text": format!("This is {number}.") });
        post(self.app, "messages", Some(&self.token), &body).await.map(drop)
    }

    async fn types(&self) -> anyhow::Result<()> {
        post(self.app, "typing", Some(&self.token), &json!({ "is_typing": true }))
            .await
            .map(drop)
    }

    async fn stream(&self) -> anyhow::Result<Stream> {
        let session: Value = post(self.app, "session", None, &json!({ "token": self.token })).await?;
        let path = format!("/widget/api/website/stream?after={}", session["position"]);
        Stream::open(long().get(self.app.url(&path)).bearer_auth(&self.token)).await
    }
}

async fn post(app: &Running, what: &str, token: Option<&str>, body: &Value) -> anyhow::Result<Value> {
    let mut request = http().post(app.url(&format!("/widget/api/website/{what}"))).json(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await?.error_for_status()?.bytes().await?;
    Ok(serde_json::from_slice(&answer).unwrap_or_default())
}

/// An agent who is signed in.
pub(crate) struct Agent<'a> {
    app: &'a Running,
    cookie: String,
    csrf: String,
}

impl<'a> Agent<'a> {
    pub(crate) async fn sign_in(app: &'a Running) -> anyhow::Result<Self> {
        let link = app
            .command(
                &[
                    "agent",
                    "add",
                    "eva@example.test",
                    "--role",
                    "administrator",
                    "--name",
                    "Eva",
                ],
                "",
            )
            .await?
            .success()?;
        let secret = link
            .split_whitespace()
            .find_map(|word| word.rsplit_once("/welcome/"))
            .context("no link")?
            .1;
        let form = [("token", secret), ("password", "correct horse battery")];
        let answer = http().post(app.url("/set-up")).form(&form).send().await?;
        let cookie = answer.headers().get(SET_COOKIE).context("no session")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let page = http()
            .get(app.url("/inbox"))
            .header(COOKIE, &cookie)
            .send()
            .await?
            .text()
            .await?;
        let csrf = page
            .split_once("data-csrf=\"")
            .and_then(|(_, rest)| rest.split('"').next())
            .context("a page without its token")?
            .to_owned();
        Ok(Self { app, cookie, csrf })
    }

    pub(crate) async fn stream(&self) -> anyhow::Result<Stream> {
        Stream::open(long().get(self.app.url("/events")).header(COOKIE, &self.cookie)).await
    }

    async fn types(&self, conversation: &str) -> anyhow::Result<()> {
        let request = http()
            .post(self.app.url(&format!("/inbox/c/{conversation}/typing")))
            .header(COOKIE, &self.cookie)
            .header("x-csrf-token", &self.csrf)
            .form(&[("is_typing", "true")]);
        request.send().await?.error_for_status()?;
        Ok(())
    }
}

/// A client whose answers may last.
fn long() -> reqwest::Client {
    drop(http());
    reqwest::Client::builder().no_proxy().build().unwrap_or_default()
}

/// Types until it is seen: a process that has just started, or lost Redis, listens a moment later.
async fn seen(
    stream: &mut Stream,
    words: &[&str],
    types: impl AsyncFn() -> anyhow::Result<()>,
) -> anyhow::Result<bool> {
    for _ in 0..25 {
        types().await?;
        if stream.hears(words, Duration::from_secs(1)).await {
            return Ok(true);
        }
    }
    Ok(false)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn typing_crosses_from_process_to_process() -> anyhow::Result<()> {
    let mut redis = need!(Redis::start().await);
    let database = need!(fresh_database().await);
    let gateway = || -> anyhow::Result<App> {
        Ok(App::new()?
            .set("database.url", &database)
            .set("redis.url", redis.url())
            .set("instance.key", "5b".repeat(32)))
    };
    let first = gateway()?.start().await?;
    let second = gateway()?.start().await?;
    let agent = Agent::sign_in(&first).await?;
    let visitor = Visitor::begin(&second).await?;
    let (mut inbox, mut widget) = (agent.stream().await?, visitor.stream().await?);

    let typing = ["is_typing", visitor.conversation.as_str()];
    assert!(
        seen(&mut inbox, &typing, async || visitor.types().await).await?,
        "the customer's typing, on the other process"
    );
    assert!(
        seen(&mut widget, &["is_typing", "Eva"], async || agent
            .types(&visitor.conversation)
            .await)
        .await?,
        "the agent's typing, on the other process"
    );

    // Without Redis moments stay where they are; what is kept arrives all the same.
    redis.stop().await?;
    let mut at_home = visitor.stream().await?;
    visitor.write(2).await?;
    assert!(
        inbox
            .hears(&["message.created", &visitor.conversation], Duration::from_secs(20))
            .await,
        "a message needs no Redis"
    );
    assert!(at_home.hears(&["This is 2."], Duration::from_secs(20)).await);
    visitor.types().await?;
    assert!(
        !inbox.hears(&typing, Duration::from_secs(2)).await,
        "a moment cannot cross without Redis"
    );

    redis.start_again(Data::Lost).await?;
    assert!(
        seen(&mut inbox, &typing, async || visitor.types().await).await?,
        "the customer's typing, once Redis is back"
    );
    Ok(())
}
