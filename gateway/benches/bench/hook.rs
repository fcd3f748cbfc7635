//! From a web hook to the agent's event, at a steady rate, with the built binary.

use std::collections::HashMap;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use channels::whatsapp::settings::WhatsappSettings;
use channels::whatsapp::signature;
use conversation::db::sql;
use conversation::env::hash_secret;
use conversation::inboxes::{self, NewInbox};
use conversation::types::{Actor, Channel, Language};
use conversation::{Env, Store};
use gateway::app::open_store;
use gateway::config::Config;
use serde_json::json;
use tests::harness::{App, DEADLINE, Running, WorkDir, http};

use crate::bare::Rows;
use crate::cpu;
use crate::report::{Aim, Report, percentile};
use crate::setup;

const PART: &str = "web hook to the agent's event, 500 signed WhatsApp messages a second for 20 s, server on two cores (floor: one HTTP exchange and one committed row)";
const RATE: u32 = 500;
const SECONDS: u32 = 20;
const SECRET: &str = "the app's secret";
const PHONE_NUMBER_ID: &str = "106540352242922";
const CUSTOMERS: u32 = 2_000;

/// A text message as Meta posts it.
fn body(number: u32) -> String {
    let customer = format!("54911{:08}", number % CUSTOMERS);
    json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": "102290129340398", "changes": [{ "field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "541150000000", "phone_number_id": PHONE_NUMBER_ID },
            "contacts": [{ "profile": { "name": "A customer" }, "wa_id": customer }],
            "messages": [{
                "from": customer, "id": wamid(number), "timestamp": "1795251600", "type": "text",
                "text": { "body": format!("{number}: the printer shows error 59.F0 again, can you send somebody?") }
            }]
        } }] }]
    })
    .to_string()
}

fn wamid(number: u32) -> String {
    format!("wamid.{number:040}")
}

/// Keeps threads of a process (all of them, or the one with this id) on some cores.
pub(crate) fn pin(cores: &str, id: u32, all_threads: bool) -> anyhow::Result<()> {
    let output = Command::new("taskset")
        .arg(if all_threads { "-apc" } else { "-pc" })
        .args([cores, &id.to_string()])
        .output()
        .context("taskset (package util-linux)")?;
    ensure!(
        output.status.success(),
        "taskset: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// Starts the server on the first two cores, and keeps the others for ourselves. Must be called on
/// the main thread: a child begins on the cores of the thread that starts it.
async fn start(app: App) -> anyhow::Result<Running> {
    let cores = std::thread::available_parallelism()?.get();
    let me = std::process::id();
    if cores < 3 {
        return app.start().await;
    }
    pin("0,1", me, false)?;
    let running = app.start().await;
    pin(&format!("2-{}", cores - 1), me, true)?;
    running
}

pub(crate) fn unpin() -> anyhow::Result<()> {
    let present = std::fs::read_to_string("/sys/devices/system/cpu/online").context("the machine's cores")?;
    pin(present.trim(), std::process::id(), true)
}

/// p50 and p99 of one HTTP exchange and one committed row, in milliseconds.
async fn least(running: &Running) -> anyhow::Result<(f64, f64)> {
    let folder = WorkDir::new("bare")?;
    let mut rows = Rows::new(&format!("sqlite:{}", folder.path().join("bare.db").display())).await?;
    let (client, url) = (http(), running.url("/healthz"));
    let mut times = Vec::new();
    let mut tick = tokio::time::interval(Duration::from_millis(4));
    for _ in 0..1_000 {
        tick.tick().await;
        let began = Instant::now();
        client.get(&url).send().await?.error_for_status()?.bytes().await?;
        rows.insert().await?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    rows.close().await;
    times.sort_by(f64::total_cmp);
    Ok((percentile(&times, 0.5), percentile(&times, 0.99)))
}

/// The cookie of an agent who is signed in.
pub(crate) async fn session(store: &Store) -> anyhow::Result<String> {
    let (agent, secret, now) = (store.env().ulid(), store.env().secret(), store.now());
    let mut tx = store.begin().await?;
    sql("INSERT INTO agents (id, email, name, role, language, is_enabled, created_at) VALUES ($1, 'bench@shop.example', 'Bench', 'administrator', 'en', $2, $3)")
        .bind(agent.as_str())
        .bind(true)
        .bind(now)
        .run(&mut tx)
        .await?;
    sql("INSERT INTO agent_sessions (token_hash, agent_id, created_at, expires_at, last_seen_at, user_agent) VALUES ($1, $2, $3, $4, $3, 'bench')")
        .bind(hash_secret(&secret))
        .bind(agent.as_str())
        .bind(now)
        .bind(now + 24 * 60 * 60 * 1000)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(format!("switchboard-session={secret}"))
}

/// A client whose answers may last.
pub(crate) fn follower() -> reqwest::Client {
    // The other one also sees to the provider of TLS, without which none can be made.
    let _ = http();
    reqwest::Client::builder().no_proxy().build().unwrap_or_default()
}

/// Follows `/events` as the inbox page does, until as many messages were told: each position and
/// when it was seen.
async fn follow(mut events: reqwest::Response, messages: u32) -> anyhow::Result<HashMap<i64, Instant>> {
    let mut seen = HashMap::new();
    let mut told = 0;
    let mut rest: Vec<u8> = Vec::new();
    while told < messages {
        let chunk = tokio::time::timeout(DEADLINE, events.chunk())
            .await
            .context("no event came any more")??
            .context("the stream of events ended")?;
        let now = Instant::now();
        rest.extend_from_slice(&chunk);
        let complete = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        for line in rest[..complete].split(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line);
            if let Some(id) = line.strip_prefix("id:") {
                seen.insert(id.trim().parse()?, now);
            } else if line.starts_with("data:") && line.contains("\"message.created\"") {
                told += 1;
            }
        }
        rest.drain(..complete);
    }
    Ok(seen)
}

/// Posts at the rate, whether or not earlier ones are answered; when each was sent.
async fn post(running: &Running) -> anyhow::Result<(Vec<Instant>, Vec<f64>)> {
    let (client, url) = (http(), running.url("/webhooks/whatsapp/bench"));
    let bodies: Vec<(String, String)> = (0..RATE * SECONDS)
        .map(|number| {
            let body = body(number);
            (signature::sign(SECRET, body.as_bytes()), body)
        })
        .collect();
    let mut posts = Vec::with_capacity(bodies.len());
    let mut sent = Vec::with_capacity(bodies.len());
    let began = tokio::time::Instant::now();
    for (number, (signature, body)) in (0..).zip(bodies) {
        tokio::time::sleep_until(began + Duration::from_secs(1) * number / RATE).await;
        let request = client
            .post(&url)
            .header("content-type", "application/json")
            .header(signature::HEADER, signature)
            .body(body);
        let at = Instant::now();
        sent.push(at);
        posts.push(tokio::spawn(async move {
            let answer = request.send().await?;
            answer.error_for_status()?.bytes().await?;
            anyhow::Ok(at.elapsed().as_secs_f64() * 1000.0)
        }));
    }
    let pace = f64::from(RATE * SECONDS) / began.elapsed().as_secs_f64();
    ensure!(
        pace > f64::from(RATE) * 0.95,
        "only {pace:.0} web hooks a second were posted"
    );
    let mut answers = Vec::with_capacity(posts.len());
    for post in posts {
        answers.push(post.await??);
    }
    answers.sort_by(f64::total_cmp);
    Ok((sent, answers))
}

async fn run(report: &mut Report) -> anyhow::Result<()> {
    let app = App::new()?;
    let mut config = Config::default();
    config.data.dir = app.folder().join("data");
    let store = open_store(&config, Env::system()).await?;
    let settings = WhatsappSettings {
        phone_number_id: PHONE_NUMBER_ID.to_owned(),
        business_account_id: None,
        access_token: "token".to_owned(),
        app_secret: SECRET.to_owned(),
        verify_token: "verify".to_owned(),
        graph_url: "http://127.0.0.1:9".to_owned(),
        api_version: "v23.0".to_owned(),
        template: None,
        public_url: None,
        messages_per_second: 80,
        max_media_bytes: 1_000_000,
        read_marks: true,
    };
    let inbox = NewInbox {
        channel: Channel::Whatsapp,
        name: "bench".to_owned(),
        language: Language::Es,
        address: PHONE_NUMBER_ID.to_owned(),
        bot_enabled: false,
        settings,
    };
    inboxes::create(&store, &Actor::System, inbox).await?;
    let cookie = session(&store).await?;
    let running = start(app).await?;
    let (floor_p50, floor_p99) = least(&running).await?;

    let events = follower()
        .get(running.url("/events"))
        .header("cookie", cookie)
        .send()
        .await?
        .error_for_status()?;
    let follower = tokio::spawn(follow(events, RATE * SECONDS));
    let pid = running.pid().context("it does not run")?;
    let before = cpu::seconds(pid)?;
    let (sent, answers) = post(&running).await?;
    let seen = follower.await??;
    let used = (cpu::seconds(pid)? - before) * 1000.0 / sent.len() as f64;

    setup::check(&store, sent.len()).await?;
    let told: Vec<(i64, String)> = sql("SELECT events.position, messages.external_id FROM events JOIN messages ON messages.id = events.subject_id WHERE events.kind = 'message.created'")
        .all(store.db())
        .await?;
    let at: HashMap<&str, i64> = told.iter().map(|(position, id)| (id.as_str(), *position)).collect();
    let mut times = Vec::with_capacity(sent.len());
    for (number, sent) in (0..).zip(&sent) {
        let id = wamid(number);
        let position = at.get(id.as_str()).with_context(|| format!("{id} was not filed"))?;
        let seen = seen
            .get(position)
            .with_context(|| format!("the event of {id} was not seen"))?;
        times.push(seen.saturating_duration_since(*sent).as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    let event_p99 = percentile(&times, 0.99);
    report.add(
        PART,
        "to the event, p50",
        percentile(&times, 0.5),
        "ms",
        Some(floor_p50),
        None,
    );
    report.add(
        PART,
        "to the event, p99",
        event_p99,
        "ms",
        Some(floor_p99),
        Some(Aim::Below(50.0)),
    );
    report.add(
        PART,
        "to the answer (200), p50",
        percentile(&answers, 0.5),
        "ms",
        Some(floor_p50),
        None,
    );
    report.add(
        PART,
        "to the answer (200), p99",
        percentile(&answers, 0.99),
        "ms",
        Some(floor_p99),
        None,
    );
    report.add(PART, "CPU time of the server, for each", used, "ms", None, None);
    store.db().close().await;
    Ok(())
}

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let outcome = run(report).await;
    unpin()?;
    outcome
}
