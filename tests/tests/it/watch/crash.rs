//! The crash suite: processes are killed at any moment, Redis is emptied and stopped, PostgreSQL restarted, IMAP and
//! SMTP cut, disks filled and clocks set, while customers write by mail, WhatsApp, the widget and the portal, and agents answer. At the end the
//! books must balance: what was sent is there once, what was answered left once, positions are dense.
//!
//! `make crash SEED=7 ROUNDS=200` runs it for as long as one likes; the same seed brings the same faults in the
//! same order. `make test` runs a few rounds.

mod books;
mod faults;
mod traffic;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use channels::whatsapp::standin::{Config, Standin};
use serde_json::json;
use sqlx::PgPool;
use tests::harness::{Api, ChaosProxy, FakeImap, FakeSmtp, Machine, Postgres, Redis, Running};
use tests::need;

use self::books::Books;
use self::faults::Fault;
use self::traffic::Traffic;
use crate::crowd;

/// A small generator whose whole state is its seed, so that a run can be had again on any machine.
struct Dice(u64);

impl Dice {
    /// The next number (SplitMix64).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One below `most`.
    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }
}

/// Everything that can break, and who writes.
struct World {
    postgres: Postgres,
    redis: Redis,
    gateways: [Running; 2],
    /// What each process runs on, and the database's server.
    machines: [Machine; 2],
    server: Machine,
    imap: FakeImap,
    imap_way: ChaosProxy,
    smtp: FakeSmtp,
    smtp_way: ChaosProxy,
    standin: Standin,
    pool: PgPool,
    traffic: Traffic,
    /// When a process was last killed, in UTC milliseconds.
    killed_at: i64,
    /// Whether nobody has the time to wait for what the dead held.
    is_brief: bool,
}

impl World {
    async fn new(postgres: Postgres, server: Machine, redis: Redis) -> anyhow::Result<World> {
        let database = postgres.fresh_database().await?;
        let imap = FakeImap::start().await?;
        let smtp = FakeSmtp::start().await?;
        let imap_way = ChaosProxy::start(format!("127.0.0.1:{}", imap.port())).await?;
        let smtp_way = ChaosProxy::start(smtp.address()).await?;
        let config = Config {
            messages_per_second: 500,
            ..Config::default()
        };
        let standin = Standin::start_with(config.clone()).await?;
        let machines = [Machine::new().await?, Machine::new().await?];
        let gateway = async |machine: &Machine| -> anyhow::Result<_> {
            let gateway = crowd::gateway(&database, &redis)?.set("mail.poll_every", 1);
            gateway.on(machine).start().await
        };
        let one = gateway(&machines[0]).await?;
        let two = gateway(&machines[1]).await?;
        let whatsapp = crowd::set_up(&one, &standin).await?;
        let api = Api::of(&one).await?;
        let mailbox = json!({
            "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
            "settings": {
                "address": "support@example.test",
                "imap": {
                    "host": "127.0.0.1", "port": imap_way.port(), "tls": "none", "user": "support",
                    "auth": { "type": "password", "password": "secret" }, "begin": "everything",
                },
                "smtp": { "host": "127.0.0.1", "port": smtp_way.port(), "tls": "none" },
            },
        });
        api.post("/inboxes", "mailbox", &mailbox).await?;
        let token = api.token().to_owned();
        let bases = [one.url(""), two.url("")].map(|url| url.trim_end_matches('/').to_owned());
        let pool = sqlx::postgres::PgPoolOptions::new()
            .max_connections(4)
            .connect(&database)
            .await?;
        Ok(World {
            traffic: Traffic::new(config, bases, whatsapp, token),
            gateways: [one, two],
            machines,
            server,
            postgres,
            redis,
            imap,
            imap_way,
            smtp,
            smtp_way,
            standin,
            pool,
            killed_at: 0,
            is_brief: std::env::var_os("CRASH_ROUNDS").is_none(),
        })
    }

    /// One round: everybody writes while something breaks and is mended; how long it then takes until all of it
    /// is filed.
    async fn round(&mut self, number: u64, dice: &mut Dice) -> anyhow::Result<(Fault, Duration)> {
        let fault = Fault::roll(dice);
        self.traffic.begin(number, &self.imap, &self.standin);
        let traffic = self.traffic.clone();
        let pool = self.pool.clone();
        let writing = traffic.round(number, &pool);
        let breaking = async {
            let mended = faults::strike(self, fault, dice).await;
            (mended, Instant::now())
        };
        let (written, (mended, mended_at)) = tokio::join!(writing, breaking);
        mended.with_context(|| format!("round {number}: {fault:?} could not be mended"))?;
        written.with_context(|| format!("round {number}, with {fault:?}: not everything was taken"))?;
        Ok((fault, mended_at.elapsed()))
    }
}

/// A number that somebody gave, or the usual one.
fn wanted(name: &str, usual: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(usual)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_dies_the_books_balance() -> anyhow::Result<()> {
    let server = need!(Machine::new().await);
    let postgres = need!(Postgres::start_on(&server).await);
    let redis = need!(Redis::start().await);
    let seed = wanted("CRASH_SEED", 1);
    let rounds = wanted("CRASH_ROUNDS", 4);
    let minutes = wanted("CRASH_MINUTES", 0);
    let began = Instant::now();
    let mut world = World::new(postgres, server, redis).await?;
    let mut dice = Dice(seed);
    let mut books = Books::new(seed);
    let mut number = 0;
    while number < rounds || began.elapsed() < Duration::from_secs(minutes * 60) {
        let (fault, recovered) = world.round(number, &mut dice).await?;
        books.note(fault, recovered);
        number += 1;
        if number % 25 == 0 {
            books.balance(&mut world, number).await?;
            println!("{}", books.report(number, began.elapsed()));
        }
    }
    books.balance(&mut world, number).await?;
    let report = books.report(number, began.elapsed());
    println!("{report}");
    if let Some(path) = std::env::var_os("CRASH_REPORT") {
        std::fs::write(Path::new(&path), report)?;
    }
    Ok(())
}
