//! What several processes do together: web hooks taken, and messages that the bot has worked through, by one, two and
//! four of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use sqlx::PgPool;
use tests::harness::{Api, Postgres, Redis, Running};

use crate::cpu;
use crate::customers::{Number, process, teach, when};
use crate::hook::{pin, unpin};
use crate::report::Report;

const TAKEN: &str =
    "web hooks a second by processes of the role web (PostgreSQL and Redis, 64 senders; floor: one process)";
const WORKED: &str =
    "messages a second that the bot has decided on, by processes of the role workers (floor: one process)";
const COUNTS: [usize; 3] = [1, 2, 4];
/// Who post, each the next web hook when the last is answered.
const SENDERS: usize = 64;
const CUSTOMERS: u64 = 2_000;
/// Before the count begins, and while it is made.
const WARM: Duration = Duration::from_secs(2);
const TIME: Duration = Duration::from_secs(8);
/// What waits for the bot when its workers begin.
const WAITING: u64 = 1_500;

/// What customers ask: with an answer in the sample articles, without one, and for a person.
const QUESTIONS: [&str; 3] = [
    "Our copier ran out of toner this morning, what now?",
    "do you sell bicycles?",
    "I want to talk to a person",
];

/// Where a process may work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// On one core, a different one for each while there are any.
    OneCore,
    /// On all.
    All,
}

impl Place {
    const ALL: [Place; 2] = [Place::OneCore, Place::All];

    const fn words(self) -> &'static str {
        match self {
            Place::OneCore => "on one core each",
            Place::All => "on all cores",
        }
    }
}

/// Starts processes of a role. Must be called on the main thread: a child begins on the cores of the thread that
/// starts it.
async fn start(database: &str, redis: &Redis, role: &str, count: usize, place: Place) -> anyhow::Result<Vec<Running>> {
    let cores = std::thread::available_parallelism()?.get();
    let mut all = Vec::with_capacity(count);
    for number in 0..count {
        if place == Place::OneCore {
            pin(&(number % cores).to_string(), std::process::id(), false)?;
        }
        let started = process(database, redis, Some(role))?.start().await;
        unpin()?;
        all.push(started?);
    }
    Ok(all)
}

fn hooks(number: &Number, at: u64) -> crate::customers::Hook {
    let customer = format!("54911{:08}", at % CUSTOMERS);
    let question = QUESTIONS[usize::try_from(at).unwrap_or(0) % QUESTIONS.len()];
    number.hook(&customer, &format!("wamid.{at:040}"), question)
}

async fn count(pool: &PgPool, query: &'static str) -> anyhow::Result<i64> {
    Ok(sqlx::query_scalar(query).fetch_one(pool).await?)
}

/// As many messages as were given are there, each once, and no position is missing.
async fn check(pool: &PgPool, given: u64) -> anyhow::Result<()> {
    let filed = count(pool, "SELECT COUNT(*) FROM messages WHERE kind = 'inbound'").await?;
    ensure!(
        u64::try_from(filed)? == given,
        "{given} were given and {filed} are filed"
    );
    let gaps = count(pool, "SELECT MAX(position) - COUNT(*) FROM events").await?;
    ensure!(gaps == 0, "{gaps} positions are missing");
    Ok(())
}

/// Web hooks answered with 200 in a second, and CPU time of all processes for each, in milliseconds.
async fn taken(postgres: &Postgres, redis: &Redis, processes: usize, place: Place) -> anyhow::Result<(f64, f64)> {
    redis.flushall().await?;
    let database = postgres.fresh_database().await?;
    let running = start(&database, redis, "web", processes, place).await?;
    let number = Arc::new(Number::new(&Api::of(&running[0]).await?, false).await?);
    let running = Arc::new(running);
    let (next, done, is_over) = (
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let (number, running) = (Arc::clone(&number), Arc::clone(&running));
            let (next, done, is_over) = (Arc::clone(&next), Arc::clone(&done), Arc::clone(&is_over));
            tokio::spawn(async move {
                let mine = &running[sender % running.len()];
                while !is_over.load(Ordering::Relaxed) {
                    let hook = hooks(&number, next.fetch_add(1, Ordering::Relaxed));
                    let status = number.post(mine, &hook).await;
                    ensure!(status == 200, "a web hook was answered with {status}");
                    done.fetch_add(1, Ordering::Relaxed);
                }
                anyhow::Ok(())
            })
        })
        .collect();
    let used = || -> anyhow::Result<f64> {
        let times = running
            .iter()
            .map(|one| cpu::seconds(one.pid().context("it does not run")?));
        times.sum()
    };
    tokio::time::sleep(WARM).await;
    let (began, first, cpu_first) = (Instant::now(), done.load(Ordering::Relaxed), used()?);
    tokio::time::sleep(TIME).await;
    let (took, count, cpu) = (
        began.elapsed(),
        done.load(Ordering::Relaxed) - first,
        used()? - cpu_first,
    );
    is_over.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await??;
    }
    let pool = PgPool::connect(&database).await?;
    check(&pool, next.load(Ordering::Relaxed)).await?;
    pool.close().await;
    Ok((count as f64 / took.as_secs_f64(), cpu * 1000.0 / count as f64))
}

/// The bot's part of what waits.
const OPEN: &str = "SELECT COUNT(*) FROM events e WHERE kind = 'message.created' \
    AND position > (SELECT low_water FROM consumers WHERE grp = 'bot') \
    AND NOT EXISTS (SELECT 1 FROM consumed c WHERE c.grp = 'bot' AND c.position = e.position)";

/// Messages a second that the bot has decided on, when many wait.
async fn worked(postgres: &Postgres, redis: &Redis, processes: usize) -> anyhow::Result<f64> {
    redis.flushall().await?;
    let database = postgres.fresh_database().await?;
    let web = process(&database, redis, Some("web"))?.start().await?;
    teach(&web).await?;
    let number = Number::new(&Api::of(&web).await?, true).await?;
    let mut workers = start(&database, redis, "workers", processes, Place::OneCore).await?;
    let pool = PgPool::connect(&database).await?;
    let rests = async || {
        when(
            "the bot has decided on everything",
            Duration::from_secs(120),
            async || count(&pool, OPEN).await.is_ok_and(|open| open == 0),
        )
        .await
    };
    // The first few, so that every process has learned its articles.
    let warm = 40;
    for at in 0..warm {
        ensure!(
            number.post(&web, &hooks(&number, at)).await == 200,
            "a web hook was refused"
        );
    }
    rests().await?;
    // They stand still while the pile grows.
    workers.iter_mut().for_each(Running::freeze);
    for at in warm..warm + WAITING {
        ensure!(
            number.post(&web, &hooks(&number, at)).await == 200,
            "a web hook was refused"
        );
    }
    let waits = count(&pool, OPEN).await?;
    ensure!(u64::try_from(waits)? == WAITING, "{waits} wait instead of {WAITING}");
    let began = Instant::now();
    workers.iter_mut().for_each(Running::thaw);
    let took = rests().await?.duration_since(began);
    check(&pool, warm + WAITING).await?;
    let dead = count(&pool, "SELECT COUNT(*) FROM consumer_failures WHERE is_dead").await?;
    ensure!(dead == 0, "{dead} events were put aside");
    pool.close().await;
    Ok(WAITING as f64 / took.as_secs_f64())
}

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let postgres = Postgres::start_durable().await?;
    let redis = Redis::start().await?;
    for place in Place::ALL {
        let mut one = None;
        for processes in COUNTS {
            let (rate, used) = taken(&postgres, &redis, processes, place).await?;
            let what = format!("{processes} {}", place.words());
            report.add(TAKEN, what.clone(), rate, "/s", one, None);
            report.add(TAKEN, format!("{what}: CPU time for each"), used, "ms", None, None);
            one = one.or(Some(rate));
        }
    }
    let mut one = None;
    for processes in COUNTS {
        let rate = worked(&postgres, &redis, processes).await?;
        report.add(
            WORKED,
            format!("{processes} {}", Place::OneCore.words()),
            rate,
            "/s",
            one,
            None,
        );
        one = one.or(Some(rate));
    }
    Ok(())
}
