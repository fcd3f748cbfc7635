//! An installation under steady traffic on all four channels for as long as one likes: its memory, open files and
//! threads over time. Only made when asked for by name.

mod people;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use conversation::Env;
use conversation::db::sql;
use conversation::types::{Actor, Language, Role};
use gateway::app::open_store;
use gateway::config::Config;
use gateway::people::agents::{self, NewAgent};
use gateway::people::sessions;
use tests::harness::{Api, App};
use tokio_util::sync::CancellationToken;

use self::people::{Desk, Sent};
use crate::cpu;
use crate::customers::{Number, Post, teach, when};
use crate::report::{Aim, Report};

const PART: &str = "soak: one process on SQLite, steady traffic on all four channels";
const MB: f64 = 1_000_000.0;
/// How often it is looked at, over the whole time.
const LOOKS: u32 = 60;
/// Lines of the report.
const LINES: usize = 15;
/// Agents with the inbox open.
const AGENTS: usize = 5;
/// How long everything is given to come to rest.
const REST: Duration = Duration::from_secs(120);

/// What a look saw.
struct Look {
    minute: f64,
    resident: f64,
    anonymous: f64,
    files: usize,
    threads: f64,
    cpu: f64,
    messages: u64,
}

fn look(pid: u32, began: Instant, sent: &Sent) -> anyhow::Result<Look> {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd"))?.count();
    let threads = std::fs::read_dir(format!("/proc/{pid}/task"))?.count();
    Ok(Look {
        minute: began.elapsed().as_secs_f64() / 60.0,
        resident: cpu::status(pid, "VmRSS")? / MB,
        anonymous: cpu::status(pid, "RssAnon")? / MB,
        files,
        threads: threads as f64,
        cpu: cpu::seconds(pid)?,
        messages: sent.all(),
    })
}

/// By how much a value grows in an hour, along the straight line that fits best.
fn slope(looks: &[Look], value: impl Fn(&Look) -> f64) -> f64 {
    let count = looks.len() as f64;
    let (x, y) = (
        looks.iter().map(|look| look.minute).sum::<f64>() / count,
        looks.iter().map(&value).sum::<f64>() / count,
    );
    let (mut above, mut below) = (0.0, 0.0);
    for look in looks {
        above += (look.minute - x) * (value(look) - y);
        below += (look.minute - x).powi(2);
    }
    if below == 0.0 { 0.0 } else { above / below * 60.0 }
}

fn mean(looks: &[Look], value: impl Fn(&Look) -> f64) -> f64 {
    looks.iter().map(value).sum::<f64>() / looks.len() as f64
}

/// The looks as a table in Markdown, with memory drawn beside.
fn table(looks: &[Look]) -> String {
    const WIDTH: f64 = 30.0;
    let most = looks.iter().map(|look| look.resident).fold(0.0, f64::max);
    let mut text = "| minute | messages in | resident, MB | of it anonymous | open files | threads | CPU, s | |\n\
        |---|---|---|---|---|---|---|---|\n"
        .to_owned();
    let last = looks.len().saturating_sub(1);
    let step = looks.len().div_ceil(LINES).max(1);
    for (at, look) in looks.iter().enumerate() {
        if at % step != 0 && at != last {
            continue;
        }
        let bar = "█".repeat((look.resident / most * WIDTH).round() as usize);
        let _ = writeln!(
            text,
            "| {:.0} | {} | {:.1} | {:.1} | {} | {:.0} | {:.0} | `{bar}` |",
            look.minute, look.messages, look.resident, look.anonymous, look.files, look.threads, look.cpu
        );
    }
    text
}

/// The cookies of agents who are signed in.
async fn cookies(app: &App) -> anyhow::Result<Vec<String>> {
    let mut config = Config::default();
    config.data.dir = app.folder().join("data");
    let store = open_store(&config, Env::system()).await?;
    let mut cookies = Vec::with_capacity(AGENTS);
    for number in 0..AGENTS {
        let new = NewAgent {
            email: format!("agent{number}@shop.example"),
            name: format!("Agent {number}"),
            role: Role::Agent,
            language: Language::En,
        };
        let agent = agents::create(&store, &Actor::System, new).await?;
        let secret = sessions::create(&store, &agent.id, "bench", sessions::Proof::Password).await?;
        cookies.push(format!("switchboard-session={secret}"));
    }
    store.db().close().await;
    Ok(cookies)
}

/// What was sent is there, each once, and nothing is left.
async fn check(app: &App, sent: &Sent) -> anyhow::Result<()> {
    let mut config = Config::default();
    config.data.dir = app.folder().join("data");
    let store = open_store(&config, Env::system()).await?;
    let count = async |query: &'static str| -> anyhow::Result<u64> {
        let (count,): (i64,) = sql(query).one(store.db()).await?;
        Ok(u64::try_from(count)?)
    };
    when(
        "everything that was sent is filed, and every answer has left",
        REST,
        async || {
            let filed = count("SELECT COUNT(*) FROM messages WHERE kind = 'inbound'").await;
            let queued = count("SELECT COUNT(*) FROM deliveries WHERE state = 'queued'").await;
            filed.is_ok_and(|filed| filed >= sent.all()) && queued.is_ok_and(|queued| queued == 0)
        },
    )
    .await?;
    let filed = count("SELECT COUNT(*) FROM messages WHERE kind = 'inbound'").await?;
    ensure!(filed == sent.all(), "{} were sent and {filed} are filed", sent.all());
    let gaps = count("SELECT MAX(position) - COUNT(*) FROM events").await?;
    ensure!(gaps == 0, "{gaps} positions are missing");
    let kept = count("SELECT COUNT(*) FROM quarantine").await?;
    ensure!(kept == 0, "{kept} are in quarantine");
    let dead = count("SELECT COUNT(*) FROM consumer_failures WHERE is_dead").await?;
    ensure!(dead == 0, "{dead} events were put aside");
    store.db().close().await;
    Ok(())
}

pub(crate) async fn measure(report: &mut Report, minutes: u64, times: u32, file: Option<&Path>) -> anyhow::Result<()> {
    let app = App::new()?;
    let cookies = cookies(&app).await?;
    let running = app.start().await?;
    teach(&running).await?;
    let api = Api::of(&running).await?;
    let token = api.token().to_owned();
    let desk = Desk {
        base: running.url(""),
        number: Number::new(&api, true).await?,
        post: Post::new(&api, true).await?,
        token,
        cookies,
        sent: Sent::default(),
    };
    drop(api);
    desk.number
        .standin
        .set_target(format!("{}{}", desk.base, desk.number.path()));
    let desk = Arc::new(desk);
    let pid = running.pid().context("it does not run")?;
    let (stop, began) = (CancellationToken::new(), Instant::now());
    let mut crowd = people::begin(&desk, times, &stop);
    let time = Duration::from_secs(60 * minutes.max(1));
    let mut looks = vec![look(pid, began, &desk.sent)?];
    for number in 1..=LOOKS {
        tokio::time::sleep_until((began + time * number / LOOKS).into()).await;
        let now = look(pid, began, &desk.sent)?;
        eprintln!(
            "  {:5.1} min: {} messages in, {:.1} MB resident, {} files, {} threads",
            now.minute, now.messages, now.resident, now.files, now.threads
        );
        looks.push(now);
        // Whoever ended before the end was told something that nobody should be told.
        if let Some(ended) = crowd.iter().position(tokio::task::JoinHandle::is_finished) {
            crowd.swap_remove(ended).await??;
        }
    }
    stop.cancel();
    for one in crowd {
        one.await??;
    }
    check(&running, &desk.sent).await?;
    let refused = desk.sent.refused.load(Ordering::Relaxed);
    let (first, second) = (&looks[looks.len() / 4..looks.len() / 2], &looks[looks.len() / 2..]);
    let (early, late) = (
        mean(first, |look| look.resident),
        mean(&second[second.len() / 2..], |look| look.resident),
    );
    let hours = began.elapsed().as_secs_f64() / 3600.0;
    report.add(PART, "minutes", hours * 60.0, "min", None, None);
    report.add(PART, "messages in", desk.sent.all() as f64, "", None, None);
    report.add(
        PART,
        "answers of agents",
        desk.sent.answers.load(Ordering::Relaxed) as f64,
        "",
        None,
        None,
    );
    report.add(
        PART,
        "requests that were not taken at once",
        refused as f64,
        "",
        None,
        None,
    );
    report.add(
        PART,
        "resident, last quarter (floor: second quarter)",
        late,
        "MB",
        Some(early),
        Some(Aim::Below(early * 1.15)),
    );
    report.add(
        PART,
        "resident, growth in the second half",
        slope(second, |look| look.resident),
        "MB/h",
        None,
        None,
    );
    report.add(
        PART,
        "open files, last quarter (floor: second quarter)",
        mean(&second[second.len() / 2..], |look| look.files as f64),
        "",
        Some(mean(first, |look| look.files as f64)),
        None,
    );
    report.add(
        PART,
        "threads, last quarter (floor: second quarter)",
        mean(&second[second.len() / 2..], |look| look.threads),
        "",
        Some(mean(first, |look| look.threads)),
        None,
    );
    let table = table(&looks);
    eprintln!("{table}");
    if let Some(path) = file {
        std::fs::write(path, table).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
