//! Messages a second through `conversation::ingest` to the committed stream.

use std::time::{Duration, Instant};

use conversation::inbound::{IdentityClaim, InboundMessage, Sender, ThreadHints};
use conversation::ingest::{ingest, ingest_one};
use conversation::stream::redis::RedisStream;
use conversation::types::{Auto, Channel, IdentityKind, InboxId, Language};
use conversation::{Env, Store};
use tests::harness::{Postgres, Redis, WorkDir};

use crate::bare::{Rows, xadd_rate};
use crate::report::{Aim, Report};
use crate::setup;

const PART: &str = "messages a second, ingest to the committed stream";
/// How long each way is measured, and each floor before and after it.
const TIME: Duration = Duration::from_secs(4);
const FLOOR_TIME: Duration = Duration::from_millis(1500);
/// Web hooks that arrive at the same moment.
const BURST: usize = 256;
/// Customers who write, in turn.
const CUSTOMERS: usize = 2_000;

/// A WhatsApp message as its adapter makes it; `number` makes it unique.
fn message(inbox: &InboxId, number: usize, env: &Env) -> InboundMessage {
    let customer = format!("54911{:08}", number % CUSTOMERS);
    InboundMessage {
        inbox: inbox.clone(),
        channel: Channel::Whatsapp,
        external_id: format!("wamid.{number:040}"),
        sent_at: env.now(),
        from: Sender {
            identities: vec![IdentityClaim {
                kind: IdentityKind::Whatsapp,
                value: customer.clone(),
                verified: true,
            }],
            address: Some(customer),
            name: Some("A customer".to_owned()),
            language: Some(Language::Es),
        },
        recipients: Vec::new(),
        subject: None,
        text: format!(
            "{number}: the printer on the second floor shows error 59.F0 again since this morning, can you send somebody? "
        ),
        reply: None,
        html: None,
        attachments: Vec::new(),
        thread: ThreadHints::default(),
        auto: Auto::None,
        bounce: None,
        answer: None,
        raw: None,
        cursor: None,
        quarantined: None,
        judged: None,
        extra: None,
        opening: None,
    }
}

#[derive(Clone, Copy, Debug)]
enum Way {
    OneByOne,
    Hooks,
    Batches,
}

impl Way {
    const ALL: [Way; 3] = [Way::OneByOne, Way::Hooks, Way::Batches];

    const fn words(self) -> &'static str {
        match self {
            Way::OneByOne => "one by one",
            Way::Hooks => "bursts of 256 web hooks",
            Way::Batches => "batches of 256",
        }
    }
}

/// Gives messages that way for some time; returns how many a second reached the stream.
async fn rate(way: Way, url: Option<String>, redis: Option<&str>) -> anyhow::Result<f64> {
    let ready = setup::empty(url, Channel::Whatsapp).await?;
    let (store, inbox) = (&ready.store, &ready.inbox);
    let stream = match redis {
        Some(url) => Some(RedisStream::connect(store.clone(), url, &format!("bench-{way:?}")).await?),
        None => None,
    };
    let mut given = 0;
    let began = Instant::now();
    while began.elapsed() < TIME {
        match way {
            Way::OneByOne => {
                ingest_one(store, message(inbox, given, store.env())).await?;
                given += 1;
            }
            Way::Hooks => {
                let burst = (given..given + BURST).map(|number| {
                    let (store, message) = (store.clone(), message(inbox, number, store.env()));
                    tokio::spawn(async move { ingest_one(&store, message).await })
                });
                for hook in burst.collect::<Vec<_>>() {
                    hook.await??;
                }
                given += BURST;
            }
            Way::Batches => {
                let batch: Vec<_> = (given..given + BURST)
                    .map(|number| message(inbox, number, store.env()))
                    .collect();
                ingest(store, &batch).await?;
                given += BURST;
            }
        }
        if let Some(stream) = &stream {
            stream.relay_once().await?;
        }
    }
    let rate = given as f64 / began.elapsed().as_secs_f64();
    setup::check(store, given).await?;
    if let Some(url) = redis {
        check_stream(store, url, &format!("bench-{way:?}:events")).await?;
    }
    store.db().close().await;
    Ok(rate)
}

/// The stream holds every event.
async fn check_stream(store: &Store, url: &str, key: &str) -> anyhow::Result<()> {
    let mut connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    let copied: i64 = redis::cmd("XLEN").arg(key).query_async(&mut connection).await?;
    let events = setup::count(store, "SELECT COUNT(*) FROM events").await?;
    anyhow::ensure!(copied == events, "{events} events, of which Redis has {copied}");
    let _: i64 = redis::cmd("DEL").arg(key).query_async(&mut connection).await?;
    Ok(())
}

const fn aim(way: Way) -> Option<Aim> {
    match way {
        Way::OneByOne => None,
        Way::Hooks | Way::Batches => Some(Aim::OfFloor(0.5)),
    }
}

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    for way in Way::ALL {
        let folder = WorkDir::new("bare")?;
        let mut rows = Rows::new(&format!("sqlite:{}", folder.path().join("bare.db").display())).await?;
        let before = rows.rate(FLOOR_TIME).await?;
        let rate = rate(way, None, None).await?;
        let floor = f64::midpoint(before, rows.rate(FLOOR_TIME).await?);
        rows.close().await;
        report.add(
            PART,
            format!("SQLite, {}", way.words()),
            rate,
            "/s",
            Some(floor),
            aim(way),
        );
    }
    let postgres = Postgres::start_durable().await?;
    let redis = Redis::start().await?;
    for way in Way::ALL {
        let mut rows = Rows::new(&postgres.fresh_database().await?).await?;
        // Rows and entries in turn: what one caller needs for both.
        let both = async |rows: &mut Rows| -> anyhow::Result<f64> {
            let (insert, xadd) = (
                rows.rate(FLOOR_TIME).await?,
                xadd_rate(&redis.url(), FLOOR_TIME / 2).await?,
            );
            Ok(1.0 / (1.0 / insert + 1.0 / xadd))
        };
        let before = both(&mut rows).await?;
        let rate = rate(way, Some(postgres.fresh_database().await?), Some(&redis.url())).await?;
        let floor = f64::midpoint(before, both(&mut rows).await?);
        rows.close().await;
        let what = format!("PostgreSQL and Redis, {}", way.words());
        report.add(PART, what, rate, "/s", Some(floor), aim(way));
    }
    Ok(())
}
