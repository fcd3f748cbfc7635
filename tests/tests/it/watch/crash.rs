//! The crash suite: processes are killed at any moment, Redis is emptied and stopped, PostgreSQL restarted, IMAP,
//! SMTP and WhatsApp cut, disks filled and clocks set, while customers write by mail, WhatsApp, the widget and the portal, and agents answer. At the end the
//! books must balance: what was sent is there once, what was answered left once, positions are dense.
//!
//! `make crash SEED=7 ROUNDS=200` runs it for as long as one likes, on two processes with PostgreSQL and Redis, and
//! with `ENGINE=sqlite` on one process as it is installed with nothing configured; the same seed brings the same faults
//! in the same order. `make test` runs a few rounds of both.

mod books;
mod faults;
mod ledger;
mod traffic;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use channels::whatsapp::standin::{Config, Standin};
use serde_json::json;
use tests::harness::{Api, App, ChaosProxy, FakeImap, FakeSmtp, Machine, Postgres, Redis, Running};
use tests::need;

use self::books::Books;
use self::faults::Fault;
use self::ledger::Ledger;
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

/// What the processes keep everything in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    /// Two processes on PostgreSQL and Redis.
    Postgres,
    /// One process of all roles on SQLite, with the stream inside.
    Sqlite,
}

/// The servers that several processes share.
struct Servers {
    postgres: Postgres,
    redis: Redis,
    /// What the database's server runs on.
    machine: Machine,
    database: String,
}

/// Everything that can break, and who writes.
struct World {
    servers: Option<Servers>,
    gateways: Vec<Running>,
    /// What each process runs on.
    machines: Vec<Machine>,
    imap: FakeImap,
    imap_way: ChaosProxy,
    smtp: FakeSmtp,
    smtp_way: ChaosProxy,
    standin: Standin,
    standin_way: ChaosProxy,
    ledger: Ledger,
    traffic: Traffic,
    /// When a process was last killed, in UTC milliseconds.
    killed_at: i64,
    /// Whether nobody has the time to wait for what the dead held.
    is_brief: bool,
}

impl World {
    async fn new(servers: Option<Servers>) -> anyhow::Result<World> {
        let imap = FakeImap::start().await?;
        let smtp = FakeSmtp::start().await?;
        let imap_way = ChaosProxy::start(format!("127.0.0.1:{}", imap.port())).await?;
        let smtp_way = ChaosProxy::start(smtp.address()).await?;
        let config = Config {
            messages_per_second: 500,
            ..Config::default()
        };
        let standin = Standin::start_with(config.clone()).await?;
        let mut settings = standin.settings();
        let standin_way = ChaosProxy::start(settings.graph_url.trim_start_matches("http://")).await?;
        settings.graph_url = format!("http://{}", standin_way.address());
        let mut machines = Vec::new();
        let mut gateways = Vec::new();
        for _ in 0..if servers.is_some() { 2 } else { 1 } {
            let machine = Machine::new().await?;
            let app = match &servers {
                Some(servers) => crowd::gateway(&servers.database, &servers.redis)?,
                None => crowd::quick(App::new()?),
            };
            gateways.push(app.set("mail.poll_every", 1).on(&machine).start().await?);
            machines.push(machine);
        }
        let first = gateways.first().context("no process")?;
        let whatsapp = crowd::set_up_as(first, &settings).await?;
        let api = Api::of(first).await?;
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
        let bases = gateways
            .iter()
            .map(|gateway| gateway.url("").trim_end_matches('/').to_owned());
        let ledger = match &servers {
            Some(servers) => {
                let pool = sqlx::postgres::PgPoolOptions::new().max_connections(4);
                Ledger::Server(pool.connect(&servers.database).await?)
            }
            None => Ledger::of_file(first.folder().join("data/switchboard.db")),
        };
        Ok(World {
            traffic: Traffic::new(config, bases.collect(), whatsapp, token),
            servers,
            gateways,
            machines,
            imap,
            imap_way,
            smtp,
            smtp_way,
            standin,
            standin_way,
            ledger,
            killed_at: 0,
            is_brief: std::env::var_os("CRASH_ROUNDS").is_none(),
        })
    }

    fn engine(&self) -> Engine {
        match self.servers {
            Some(_) => Engine::Postgres,
            None => Engine::Sqlite,
        }
    }

    /// One round: everybody writes while something breaks and is mended; how long it then takes until all of it
    /// is filed.
    async fn round(&mut self, number: u64, dice: &mut Dice) -> anyhow::Result<(Fault, Duration)> {
        let fault = Fault::roll(dice, self.engine());
        self.traffic.begin(number, &self.imap, &self.standin);
        let traffic = self.traffic.clone();
        let ledger = self.ledger.clone();
        let writing = traffic.round(number, &ledger);
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
    if !is_wanted(Engine::Postgres) {
        return Ok(());
    }
    let machine = need!(Machine::new().await);
    let postgres = need!(Postgres::start_on(&machine).await);
    let redis = need!(Redis::start().await);
    let database = postgres.fresh_database().await?;
    let servers = Servers {
        postgres,
        redis,
        machine,
        database,
    };
    break_everything(World::new(Some(servers)).await?).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_dies_the_books_balance_on_one_process() -> anyhow::Result<()> {
    if !is_wanted(Engine::Sqlite) {
        return Ok(());
    }
    drop(need!(Machine::new().await));
    break_everything(World::new(None).await?).await
}

/// A long run is one engine's, which `CRASH_ENGINE` names.
fn is_wanted(engine: Engine) -> bool {
    match std::env::var("CRASH_ENGINE").as_deref() {
        Err(_) => true,
        Ok("postgres") => engine == Engine::Postgres,
        Ok("sqlite") => engine == Engine::Sqlite,
        Ok(other) => panic!("ENGINE={other} is neither postgres nor sqlite"),
    }
}

async fn break_everything(mut world: World) -> anyhow::Result<()> {
    let seed = wanted("CRASH_SEED", 1);
    let rounds = wanted("CRASH_ROUNDS", 4);
    let minutes = wanted("CRASH_MINUTES", 0);
    let began = Instant::now();
    let mut dice = Dice(seed);
    let mut books = Books::new(seed);
    let mut number = 0;
    while number < rounds || began.elapsed() < Duration::from_secs(minutes * 60) {
        let (fault, recovered) = world.round(number, &mut dice).await?;
        books.note(fault, recovered);
        number += 1;
        if number % 25 == 0 {
            books.balance(&world, number).await?;
            println!("{}", books.report(number, began.elapsed()));
        }
    }
    books.balance(&world, number).await?;
    let report = books.report(number, began.elapsed());
    println!("{report}");
    if let Some(path) = std::env::var_os("CRASH_REPORT") {
        std::fs::write(Path::new(&path), report)?;
    }
    Ok(())
}
