//! A crowd writes to one WhatsApp number while processes die and what they stand on breaks: nothing
//! is lost, nothing happens twice.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use channels::whatsapp::settings::WhatsappSettings;
use channels::whatsapp::signature;
use channels::whatsapp::standin::{Config, Standin};
use futures::future::{join, join_all, try_join_all};
use serde_json::{Value, json};
use sqlx::{PgPool, SqlitePool};
use tests::harness::{App, Data, Redis, Running, eventually, eventually_within, fresh_database, http, postgres};
use tests::need;

const CUSTOMERS: usize = 40;
const EACH: usize = 5;
/// How long all is given to come to rest.
const REST: std::time::Duration = std::time::Duration::from_secs(60);
/// How long a process may hold a delivery before another may take it, in milliseconds.
const LEASE: i64 = conversation::deliveries::LEASE;

/// What customers ask: with an answer in the sample articles, without one, and for a person.
const QUESTIONS: [&str; EACH] = [
    "Our copier ran out of toner this morning, what now?",
    "a page is jammed inside and I can't get it out",
    "until what day can we submit the counter",
    "do you sell bicycles?",
    "I want to talk to a person",
];

pub(crate) fn gateway(database: &str, redis: &Redis) -> anyhow::Result<App> {
    Ok(quick(App::new()?)
        .set("database.url", database)
        .set("redis.url", redis.url()))
}

/// With a key that tests know, and what waits a minute elsewhere looked for in seconds.
pub(crate) fn quick(app: App) -> App {
    app.set("instance.key", "5b".repeat(32))
        .set("stream.idle_ms", 1000)
        .set("stream.claim_every_ms", 300)
        .set("stream.sweep_every_ms", 500)
        .set("stream.sweep_after_ms", 1500)
}

/// One message of a customer, as Meta posts it.
pub(crate) struct Hook {
    body: String,
    signature: String,
}

impl Hook {
    fn new(config: &Config, customer: usize, number: usize) -> Hook {
        let wa_id = wa_id(customer);
        let message = json!({
            "from": wa_id,
            "id": wamid(customer, number),
            "timestamp": (config.clock)().div_euclid(1000).to_string(),
            "type": "text",
            "text": { "body": QUESTIONS[(number + customer) % EACH] },
        });
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": config.display_number,
                "phone_number_id": config.phone_number_id,
            },
            "contacts": [{ "profile": { "name": format!("Customer {customer}") }, "wa_id": wa_id }],
            "messages": [message],
        });
        let body = json!({
            "object": "whatsapp_business_account",
            "entry": [{
                "id": config.business_account_id,
                "changes": [{ "field": "messages", "value": value }],
            }],
        })
        .to_string();
        let signature = signature::sign(&config.app_secret, body.as_bytes());
        Hook { body, signature }
    }

    /// Posts it; whether it was taken.
    async fn post(&self, client: &reqwest::Client, url: &str) -> bool {
        let request = client
            .post(url)
            .header(signature::HEADER, &self.signature)
            .header("content-type", "application/json")
            .body(self.body.clone());
        request.send().await.is_ok_and(|answer| answer.status() == 200)
    }

    /// Posts it until it is taken, first to `urls[first]` and then to each in turn, as Meta does
    /// behind a load balancer; every third goes to both at once.
    async fn deliver(&self, client: &reqwest::Client, urls: &[String; 2], first: usize) {
        if first.is_multiple_of(3) {
            let both = join(self.post(client, &urls[0]), self.post(client, &urls[1])).await;
            if both.0 || both.1 {
                return;
            }
        }
        let mut turn = first;
        eventually("a web hook that is taken", async || {
            turn += 1;
            self.post(client, &urls[turn % 2]).await.then_some(())
        })
        .await;
    }
}

fn wa_id(customer: usize) -> String {
    format!("346000000{customer:02}")
}

fn wamid(customer: usize, number: usize) -> String {
    format!("wamid.CROWD{customer:03}{number:03}")
}

pub(crate) async fn count(pool: &PgPool, query: &'static str) -> anyhow::Result<i64> {
    Ok(sqlx::query_scalar(query).fetch_one(pool).await?)
}

/// A number that both processes serve, with the sample articles for the bot.
pub(crate) async fn set_up(first: &Running, standin: &Standin) -> anyhow::Result<String> {
    set_up_as(first, &standin.settings()).await
}

/// As [`set_up`], with settings of the caller's.
pub(crate) async fn set_up_as(first: &Running, settings: &WhatsappSettings) -> anyhow::Result<String> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kb/sample");
    let sample = sample.to_str().context("a path in UTF-8")?;
    first.command(&["kb", "import", sample], "").await?.success()?;
    let token = first
        .command(&["token", "create", "--role", "administrator"], "")
        .await?;
    let inbox = json!({
        "channel": "whatsapp",
        "name": "crowd",
        "language": "en",
        "bot_enabled": true,
        "settings": settings,
    });
    let answer = http()
        .post(first.url("/api/v1/inboxes"))
        .bearer_auth(token.success()?.trim())
        .header("content-type", "application/json")
        .body(inbox.to_string())
        .send()
        .await?;
    let status = answer.status();
    let answer = answer.text().await?;
    anyhow::ensure!(status == 201, "{status}: {answer}");
    let answer: Value = serde_json::from_str(&answer)?;
    Ok(answer["inbox"]["id"].as_str().context("an id")?.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_share_the_work_and_one_dies() -> anyhow::Result<()> {
    let database = need!(fresh_database().await);
    let mut redis = need!(Redis::start().await);
    let config = Config {
        messages_per_second: 500,
        ..Config::default()
    };
    let standin = Standin::start_with(config.clone()).await?;
    let one = gateway(&database, &redis)?.start().await?;
    let mut two = gateway(&database, &redis)?.start().await?;
    let inbox = set_up(&one, &standin).await?;
    let hook = format!("/webhooks/whatsapp/{inbox}");
    let urls = [one.url(&hook), two.url(&hook)];
    let client = http();
    let pool = PgPool::connect(&database).await?;

    let taken = AtomicUsize::new(0);
    let customers = (0..CUSTOMERS).map(async |customer| {
        standin.open_window(&wa_id(customer), (config.clock)());
        for number in 0..EACH {
            let hook = Hook::new(&config, customer, number);
            hook.deliver(&client, &urls, customer + number).await;
            taken.fetch_add(1, Ordering::Relaxed);
        }
    });
    let after = async |share: usize| {
        eventually("traffic that goes on", async || {
            (taken.load(Ordering::Relaxed) >= share).then_some(())
        })
        .await;
    };
    let trouble = async {
        after(40).await;
        redis.flushall().await?;
        after(70).await;
        postgres().await?.cut_connections(&database).await?;
        after(100).await;
        two.kill9().await?;
        let killed_at = (config.clock)();
        after(130).await;
        redis.stop().await?;
        after(170).await;
        redis.start_again(Data::Lost).await?;
        anyhow::Ok(killed_at)
    };
    let (_, killed_at) = join(join_all(customers), trouble).await;
    let killed_at = killed_at?;

    // What the dead process was sending is leased to it for a while; that while is over now.
    let expire = "UPDATE deliveries SET lease_until = 0 WHERE state = 'queued' AND lease_until < $1";
    sqlx::query(expire).bind(killed_at + LEASE).execute(&pool).await?;

    let open = "SELECT COUNT(*) FROM events e WHERE kind = 'message.created' \
                AND position > (SELECT low_water FROM consumers WHERE grp = 'bot') \
                AND NOT EXISTS (SELECT 1 FROM consumed c WHERE c.grp = 'bot' AND c.position = e.position)";
    let queued = "SELECT COUNT(*) FROM deliveries WHERE state = 'queued'";
    let rest = eventually_within(REST, async || {
        let open = count(&pool, open).await.ok()?;
        let queued = count(&pool, queued).await.ok()?;
        (open == 0 && queued == 0).then_some(())
    })
    .await;
    if rest.is_none() {
        let stuck =
            "SELECT state || ' ' || COALESCE(error, '') || ' ' || attempts FROM deliveries WHERE state <> 'sent'";
        let stuck: Vec<String> = sqlx::query_scalar(stuck).fetch_all(&pool).await?;
        let open = count(&pool, open).await?;
        panic!("{open} events wait for the bot, and these deliveries are not sent: {stuck:#?}");
    }

    // Every message is there once.
    let inbound = "SELECT external_id FROM messages WHERE kind = 'inbound' ORDER BY external_id";
    let inbound: Vec<String> = sqlx::query_scalar(inbound).fetch_all(&pool).await?;
    let expected: Vec<String> = (0..CUSTOMERS)
        .flat_map(|customer| (0..EACH).map(move |number| wamid(customer, number)))
        .collect();
    assert_eq!(inbound, expected);
    let contacts = count(&pool, "SELECT COUNT(*) FROM contacts").await?;
    assert_eq!(contacts, i64::try_from(CUSTOMERS)?, "one contact for each customer");

    // The log has no gap, and nothing was given up.
    let gaps = count(&pool, "SELECT MAX(position) - COUNT(*) FROM events").await?;
    assert_eq!(gaps, 0, "positions are dense");
    let dead = count(&pool, "SELECT COUNT(*) FROM consumer_failures WHERE is_dead").await?;
    assert_eq!(dead, 0, "every event could be handled");

    // No message has two answers.
    let answers = count(&pool, "SELECT COUNT(*) FROM messages WHERE author_kind = 'bot'").await?;
    assert!(answers > 0, "the bot answered");
    let most = "SELECT COUNT(*) FROM (SELECT conversation_id FROM messages WHERE kind IN ('inbound', 'outbound') \
                GROUP BY conversation_id HAVING SUM(CASE WHEN author_kind = 'bot' THEN 1 ELSE 0 END) \
                > SUM(CASE WHEN kind = 'inbound' THEN 1 ELSE 0 END)) AS too_many";
    assert_eq!(count(&pool, most).await?, 0, "more answers than questions");

    // No customer got anything twice, and what is said to be sent was.
    let accepted = standin.accepted();
    let mut seen = HashSet::new();
    for message in &accepted {
        let data = message.body["biz_opaque_callback_data"].as_str().context("its place")?;
        assert!(
            seen.insert((&message.recipient, data)),
            "twice to {}",
            message.recipient
        );
    }
    let sent: Vec<String> = sqlx::query_scalar("SELECT provider_id FROM deliveries WHERE state = 'sent'")
        .fetch_all(&pool)
        .await?;
    let wamids: HashSet<&str> = accepted.iter().map(|message| message.wamid.as_str()).collect();
    assert!(!sent.is_empty(), "answers were sent");
    for wamid in &sent {
        assert!(wamids.contains(wamid.as_str()), "{wamid} was never taken");
    }
    let failed = count(&pool, "SELECT COUNT(*) FROM deliveries WHERE state = 'failed'").await?;
    assert_eq!(failed, 0, "no delivery failed");

    // Each is sent once more by Meta, much later: no message comes of it. (Others than the bot may still be at work.)
    let told = "SELECT COUNT(*) FROM events WHERE kind = 'message.created'";
    let before = count(&pool, told).await?;
    try_join_all((0..CUSTOMERS).map(async |customer| {
        let again = Hook::new(&config, customer, 0).post(&client, &urls[0]).await;
        anyhow::ensure!(again, "a repeated web hook is refused");
        anyhow::Ok(())
    }))
    .await?;
    assert_eq!(count(&pool, told).await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_stop_loses_nothing() -> anyhow::Result<()> {
    let config = Config {
        messages_per_second: 500,
        ..Config::default()
    };
    let standin = Standin::start_with(config.clone()).await?;
    let mut gateway = App::new()?
        .set("stream.sweep_every_ms", 500)
        .set("stream.sweep_after_ms", 1500)
        .start()
        .await?;
    let inbox = set_up(&gateway, &standin).await?;
    let url = gateway.url(&format!("/webhooks/whatsapp/{inbox}"));
    let client = http();
    (0..CUSTOMERS).for_each(|customer| standin.open_window(&wa_id(customer), (config.clock)()));
    let post_all = async || {
        let posts = (0..CUSTOMERS).map(async |customer| {
            let mut taken = Vec::new();
            for number in 0..EACH {
                if Hook::new(&config, customer, number).post(&client, &url).await {
                    taken.push(wamid(customer, number));
                }
            }
            taken
        });
        join_all(posts).await.concat()
    };
    let path = gateway.folder().join("data/switchboard.db");
    let pool = SqlitePool::connect(&format!("sqlite:{}", path.display())).await?;
    let filed = "SELECT external_id FROM messages WHERE kind = 'inbound' ORDER BY external_id";

    let mut stopped_at = 0;
    // A customer's next message is posted after the answer to the one before: there are EACH batches at least.
    for fault in ["ingest.before_write:4", "commit.before:20", "commit.after:20"] {
        gateway.terminate().await?;
        gateway.set_env("SWITCHBOARD_FAULT", Some(fault));
        gateway.start().await?;
        let taken = post_all().await;
        gateway
            .ended(REST)
            .await
            .with_context(|| format!("{fault} did not stop it"))?;
        let filed: Vec<String> = sqlx::query_scalar(filed).fetch_all(&pool).await?;
        stopped_at = (config.clock)();
        let filed: HashSet<String> = filed.into_iter().collect();
        for wamid in taken {
            assert!(filed.contains(&wamid), "{fault}: {wamid} was acknowledged and is gone");
        }
        gateway.set_env("SWITCHBOARD_FAULT", None);
        gateway.start().await?;
    }

    let taken = post_all().await;
    assert_eq!(taken.len(), CUSTOMERS * EACH, "all are taken in the end");
    let filed: Vec<String> = sqlx::query_scalar(filed).fetch_all(&pool).await?;
    let expected: Vec<String> = (0..CUSTOMERS)
        .flat_map(|customer| (0..EACH).map(move |number| wamid(customer, number)))
        .collect();
    assert_eq!(filed, expected, "each is there once");
    let open = "SELECT COUNT(*) FROM events e WHERE kind = 'message.created' \
                AND position > (SELECT low_water FROM consumers WHERE grp = 'bot') \
                AND NOT EXISTS (SELECT 1 FROM consumed c WHERE c.grp = 'bot' AND c.position = e.position)";
    let unsent = "SELECT COUNT(*) FROM deliveries WHERE state = 'queued'";
    // What was being sent at each stop is leased for a while; that while is over now.
    sqlx::query("UPDATE deliveries SET lease_until = 0 WHERE state = 'queued' AND lease_until < $1")
        .bind(stopped_at + LEASE)
        .execute(&pool)
        .await?;
    let rest = eventually_within(REST, async || {
        let open: i64 = sqlx::query_scalar(open).fetch_one(&pool).await.ok()?;
        let unsent: i64 = sqlx::query_scalar(unsent).fetch_one(&pool).await.ok()?;
        (open == 0 && unsent == 0).then_some(())
    });
    rest.await.context("it does not come to rest")?;
    let gaps: i64 = sqlx::query_scalar("SELECT MAX(position) - COUNT(*) FROM events")
        .fetch_one(&pool)
        .await?;
    assert_eq!(gaps, 0, "positions are dense");
    let mut seen = HashSet::new();
    for message in standin.accepted() {
        let data = message.body["biz_opaque_callback_data"].to_string();
        assert!(seen.insert(data), "twice to {}", message.recipient);
    }
    assert!(!seen.is_empty(), "the bot answered");
    Ok(())
}
