//! The database turns read-only for a while, or goes away and another server takes its place: who asks meanwhile is told
//! to come again, who works waits, and afterwards everything is there once.

use anyhow::Context as _;
use conversation::keys::Keys;
use reqwest::StatusCode;
use reqwest::multipart::Form;
use serde_json::json;
use tests::harness::{Api, App, Postgres, Redis, Running, eventually, fresh_database, http};
use tests::need;

/// How many label requests are made while nothing can be written.
const TRIES: usize = 3;

/// A gateway that takes up soon what a lost database left half done.
async fn gateway(database: &str) -> anyhow::Result<Running> {
    App::new()?
        .set("database.url", database)
        .set("instance.key", "5b".repeat(32))
        .set("stream.idle_ms", 2_000)
        .set("stream.claim_every_ms", 500)
        .set("stream.sweep_every_ms", 1_000)
        .set("stream.sweep_after_ms", 2_000)
        .start()
        .await
}

/// Posts a label under a key; the answer's status and headers.
async fn label(app: &Running, token: &str, name: &str) -> anyhow::Result<(StatusCode, Option<String>)> {
    let answer = http()
        .post(app.url("/api/v1/labels"))
        .bearer_auth(token)
        .header("Idempotency-Key", name)
        .json(&json!({ "name": name }))
        .send()
        .await?;
    let retry = answer.headers().get("retry-after");
    let retry = retry.and_then(|value| value.to_str().ok()).map(str::to_owned);
    Ok((answer.status(), retry))
}

/// The labels that there are, by name, in order.
async fn labels(api: &Api<'_>) -> anyhow::Result<Vec<String>> {
    let list = api.get("/labels").await?;
    let items = list["items"].as_array().context("a list")?;
    let mut names: Vec<String> = items
        .iter()
        .filter_map(|one| one["name"].as_str().map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

/// A mail posted to the web hook of the mailbox.
async fn hook(app: &Running, secret: &str, number: usize) -> anyhow::Result<(StatusCode, Option<String>)> {
    let mail = format!(
        "From: c{number}@customer.test\r\nTo: support@example.test\r\nSubject: Toner\r\nMessage-ID: <{number}@customer.test>\r\n\r\nIt is empty.\r\n"
    );
    let answer = http()
        .post(app.url("/webhooks/email/support"))
        .bearer_auth(secret)
        .body(mail)
        .send()
        .await?;
    let retry = answer.headers().get("retry-after");
    let retry = retry.and_then(|value| value.to_str().ok()).map(str::to_owned);
    Ok((answer.status(), retry))
}

/// How often somebody presses the button of the portal's form while nothing can be written: more often than the form
/// may be sent in an hour.
const PRESSES: usize = 12;

/// The portal's form, as its page draws it, sent by a stranger.
async fn form(app: &Running, token: &str) -> anyhow::Result<StatusCode> {
    let form = Form::new()
        .text("token", token.to_owned())
        .text("language", "en")
        .text("subject", "The tray")
        .text("text", "It sticks.")
        .text("name", "Ana")
        .text("email", "ana@customer.test");
    let request = http().post(app.url("/portal/tickets/new")).multipart(form);
    Ok(request.send().await?.status())
}

/// A mailbox with a bot; the secret of its web hook.
async fn mailbox(api: &Api<'_>) -> anyhow::Result<String> {
    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": true,
        "settings": { "address": "support@example.test" },
    });
    let made = api.create("/inboxes", &inbox).await?;
    let id = made["inbox"]["id"].as_str().context("no id")?;
    Ok(Keys::new(vec![[0x5b; 32]])?.sign("mail-hook", id))
}

/// Every conversation, by its customer's mail; each once, each with its ticket or answer by the bot's worker.
async fn balanced(api: &Api<'_>, mails: usize) -> anyhow::Result<()> {
    let all = api.items("/conversations?limit=100", mails).await;
    assert_eq!(all.len(), mails, "each mail is one conversation");
    // The bot has looked at each of them: nobody waits for a worker that gave up.
    eventually("the bot has worked on everything", async || {
        let all = api.get("/conversations?limit=100&level=bot").await.ok()?;
        all["items"].as_array()?.is_empty().then_some(())
    })
    .await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_only_window_is_waited_out() -> anyhow::Result<()> {
    let postgres = need!(Postgres::start().await);
    let app = gateway(&postgres.fresh_database().await?).await?;
    let api = Api::of(&app).await?;
    let secret = mailbox(&api).await?;
    assert!(hook(&app, &secret, 0).await?.0.is_success());
    assert_eq!(label(&app, api.token(), "before").await?.0, StatusCode::CREATED);

    postgres.read_only(true).await?;
    eventually("writes are refused", async || {
        let (status, _) = label(&app, api.token(), "during").await.ok()?;
        (status != StatusCode::CREATED && status != StatusCode::OK).then_some(())
    })
    .await;
    for _ in 0..TRIES {
        let (status, retry) = label(&app, api.token(), "during").await?;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(retry.is_some(), "it says when to come again");
        let (status, retry) = hook(&app, &secret, 1).await?;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(retry.is_some(), "it says when to come again");
    }
    assert!(labels(&api).await?.contains(&"before".to_owned()), "it can be read");
    // Drawn a minute ago; who fills it in presses again and again.
    let drawn_at = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)?
        .as_millis()
        - 60_000;
    let drawn = Keys::new(vec![[0x5b; 32]])?.sign("ticket form", &format!("01HYYYYYYYYYYY000000000001-{drawn_at}"));
    for press in 0..PRESSES {
        let status = form(&app, &drawn).await?;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "press {press}");
    }

    postgres.read_only(false).await?;
    for (number, name) in ["during", "after"].into_iter().enumerate() {
        eventually("writes are taken again", async || {
            let (status, _) = label(&app, api.token(), name).await.ok()?;
            status.is_success().then_some(())
        })
        .await;
        eventually("mails are taken again", async || {
            hook(&app, &secret, number + 1).await.ok()?.0.is_success().then_some(())
        })
        .await;
    }
    assert_eq!(labels(&api).await?, ["after", "before", "during"]);
    assert_eq!(
        form(&app, &drawn).await?,
        StatusCode::OK,
        "what was refused is taken now"
    );
    assert_eq!(form(&app, &drawn).await?, StatusCode::OK, "once more is harmless");
    balanced(&api, 4).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_standby_takes_over() -> anyhow::Result<()> {
    let mut primary = need!(Postgres::start().await);
    let url = primary.fresh_database().await?;
    let standby = primary.standby().await?;
    let both = url.replace(
        &primary.address(),
        &format!("{},{}", standby.address(), primary.address()),
    );
    let app = gateway(&both).await?;
    let api = Api::of(&app).await?;
    let secret = mailbox(&api).await?;
    for number in 0..5 {
        assert!(hook(&app, &secret, number).await?.0.is_success());
    }
    assert_eq!(label(&app, api.token(), "before").await?.0, StatusCode::CREATED);

    primary.stop().await?;
    let (status, retry) = label(&app, api.token(), "during").await?;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(retry.is_some(), "it says when to come again");
    standby.promote().await?;
    eventually("writes are taken by the other server", async || {
        let (status, _) = label(&app, api.token(), "during").await.ok()?;
        status.is_success().then_some(())
    })
    .await;
    for number in 0..8 {
        eventually("mails are taken by the other server", async || {
            hook(&app, &secret, number).await.ok()?.0.is_success().then_some(())
        })
        .await;
    }
    assert_eq!(labels(&api).await?, ["before", "during"]);
    balanced(&api, 8).await
}

/// A gateway whose workers hear of new messages by Redis alone: what it forgot is looked for only after a minute.
async fn with_redis(url: &str) -> anyhow::Result<Running> {
    App::new()?
        .set("database.url", fresh_database().await?)
        .set("redis.url", url)
        .set("instance.key", "5b".repeat(32))
        .start()
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sentinels_name_another_master() -> anyhow::Result<()> {
    need!(fresh_database().await);
    let mut master = need!(Redis::start().await);
    let _replica = master.replica().await?;
    let sentinel = master.sentinel("main").await?;
    let app = with_redis(&format!("redis+sentinel://127.0.0.1:1,{}/main", sentinel.address())).await?;
    let api = Api::of(&app).await?;
    let secret = mailbox(&api).await?;
    assert!(hook(&app, &secret, 0).await?.0.is_success());
    balanced(&api, 1).await?;
    master.stop().await?;
    assert!(
        hook(&app, &secret, 1).await?.0.is_success(),
        "mail is taken without Redis"
    );
    balanced(&api, 2).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cluster_is_asked_for_the_streams_node() -> anyhow::Result<()> {
    need!(fresh_database().await);
    let nodes = need!(Redis::cluster().await);
    // One of them does not have the key, and says who has.
    for node in &nodes {
        let app = with_redis(&format!("redis+cluster://{}", node.address())).await?;
        let api = Api::of(&app).await?;
        let secret = mailbox(&api).await?;
        assert!(hook(&app, &secret, 0).await?.0.is_success());
        balanced(&api, 1).await?;
        node.flushall().await.ok();
    }
    Ok(())
}
