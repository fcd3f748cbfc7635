//! What an open widget holds: many event streams against the built binary.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use conversation::Env;
use conversation::inboxes::{self, NewInbox};
use conversation::types::{Actor, Channel, Language};
use gateway::app::open_store;
use gateway::config::Config;
use serde_json::{Value, json};
use tests::harness::{App, Running, http};

use crate::cpu::status;
use crate::report::{Aim, Report};

const PART: &str = "memory of open widgets: 2,000 event streams of visitors";
const WIDGETS: usize = 2_000;
/// One address may begin 300 sessions a minute and make 300 visitors an hour.
const OF_ONE_ADDRESS: usize = 250;
const KEY: &str = "bench";

/// A client whose connections leave by a loopback address of its own, and may last.
fn client(number: usize) -> anyhow::Result<reqwest::Client> {
    // The other one also sees to the provider of TLS, without which none can be made.
    let _ = http();
    let host = u8::try_from(10 + number / OF_ONE_ADDRESS)?;
    Ok(reqwest::Client::builder()
        .no_proxy()
        .http1_only()
        .local_address(IpAddr::V4(Ipv4Addr::new(127, 0, 0, host)))
        .build()?)
}

/// Begins a session as the frame does, sends a message where it should, and opens the stream.
async fn open(
    client: &reqwest::Client,
    running: &Running,
    message: Option<usize>,
) -> anyhow::Result<reqwest::Response> {
    let session: Value = client
        .post(running.url(&format!("/widget/api/{KEY}/session")))
        .json(&json!({ "language": "en", "page_url": "https://shop.example/printers", "page_title": "Printers" }))
        .send()
        .await?
        .error_for_status()?
        .json()
        .await?;
    let token = session["token"].as_str().context("a session without a token")?;
    if let Some(number) = message {
        let id = format!("01HZZZZZZZZZZZZZZZZZ{number:06}");
        client
            .post(running.url(&format!("/widget/api/{KEY}/messages")))
            .bearer_auth(token)
            .json(&json!({ "id": id, "text": "Do you repair printers?" }))
            .send()
            .await?
            .error_for_status()?;
    }
    let stream = client
        .get(running.url(&format!("/widget/api/{KEY}/stream?after={}", session["position"])))
        .bearer_auth(token)
        .send()
        .await?
        .error_for_status()?;
    Ok(stream)
}

/// How many streams the server itself counts.
pub(crate) async fn followers(running: &Running) -> anyhow::Result<f64> {
    let text = http().get(running.url("/metrics")).send().await?.text().await?;
    Ok(text
        .lines()
        .find_map(|line| line.strip_prefix("sse_clients "))
        .context("the metrics do not count streams")?
        .trim()
        .parse()?)
}

/// Resident memory once it stands still: what the last requests used is given back by then.
pub(crate) async fn settled(pid: u32) -> anyhow::Result<f64> {
    let mut last = status(pid, "VmRSS")?;
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = status(pid, "VmRSS")?;
        if (now - last).abs() < 100_000.0 {
            return Ok(now);
        }
        last = now;
    }
    Ok(last)
}

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let files = rlimit::increase_nofile_limit(u64::MAX)?;
    ensure!(
        files > 2 * WIDGETS as u64,
        "{files} open files are allowed; these streams need {} (ulimit -Hn)",
        2 * WIDGETS
    );
    let app = App::new()?;
    let mut config = Config::default();
    config.data.dir = app.folder().join("data");
    let store = open_store(&config, Env::system()).await?;
    let inbox = NewInbox {
        channel: Channel::Webchat,
        name: KEY.to_owned(),
        language: Language::En,
        address: KEY.to_owned(),
        bot_enabled: false,
        settings: json!({ "key": KEY }),
    };
    inboxes::create(&store, &Actor::System, inbox).await?;
    store.db().close().await;
    let running = app.start().await?;
    let pid = running.pid().context("it does not run")?;

    // Code, statements and pools are warm before the count begins, but for these few streams.
    let mut warm = Vec::new();
    for number in 0..20 {
        warm.push(open(&client(WIDGETS)?, &running, Some(number)).await?);
    }
    let before = settled(pid).await?;
    let already = followers(&running).await?;

    let mut streams = Vec::with_capacity(WIDGETS);
    for number in 0..WIDGETS {
        // A client each: as many connections as browsers.
        let message = (number % 10 == 0).then_some(100 + number);
        streams.push(open(&client(number)?, &running, message).await?);
    }
    // Every one of them lives: each must be heard of within its beat.
    let began = Instant::now();
    for stream in &mut streams {
        tokio::time::timeout(Duration::from_secs(30), stream.chunk())
            .await
            .context("an open stream is silent")??
            .context("an open stream ended")?;
    }
    ensure!(began.elapsed() < Duration::from_secs(40), "the streams answer too late");
    let after = settled(pid).await?;
    let counted = followers(&running).await? - already;
    ensure!(
        (counted - WIDGETS as f64).abs() < 0.5,
        "{WIDGETS} streams were opened and the server follows {counted}"
    );
    report.add(
        PART,
        "for each, resident",
        (after - before) / WIDGETS as f64 / 1000.0,
        "kB",
        None,
        Some(Aim::Below(50.0)),
    );
    report.add(PART, "the whole process, before", before / 1e6, "MB", None, None);
    report.add(
        PART,
        "the whole process, with all of them",
        after / 1e6,
        "MB",
        None,
        None,
    );
    drop(warm);
    Ok(())
}
