//! What an open widget holds: many event streams against the built binary.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use conversation::Env;
use conversation::inboxes::{self, NewInbox};
use conversation::types::{Actor, Channel, Language};
use futures::{StreamExt as _, TryStreamExt as _};
use gateway::app::open_store;
use gateway::config::Config;
use serde_json::{Value, json};
use tests::harness::{App, Running, http};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::cpu::{self, status};
use crate::report::{Aim, Report};

const PART: &str = "memory of open widgets: 10,000 event streams of visitors";
const WIDGETS: usize = 10_000;
/// One address may begin 300 sessions a minute and make 300 visitors an hour.
const OF_ONE_ADDRESS: usize = 250;
/// How many open at the same moment.
const AT_ONCE: usize = 16;
/// How long CPU time is counted while nothing happens.
const QUIET: Duration = Duration::from_secs(15);
const KEY: &str = "bench";

/// The loopback address of a visitor.
fn address(number: usize) -> anyhow::Result<Ipv4Addr> {
    Ok(Ipv4Addr::new(127, 0, 0, u8::try_from(10 + number / OF_ONE_ADDRESS)?))
}

/// A client whose connections leave by a loopback address of its own; everybody at that address shares it for what
/// is over with its answer.
fn client(number: usize) -> anyhow::Result<reqwest::Client> {
    // The other one also sees to the provider of TLS, without which none can be made.
    let _ = http();
    Ok(reqwest::Client::builder()
        .no_proxy()
        .http1_only()
        .local_address(IpAddr::V4(address(number)?))
        .build()?)
}

/// An open stream: a bare connection, so that ten thousand of them need little memory on this side.
struct Open(TcpStream);

impl Open {
    /// Asks for the stream, and reads the answer's head.
    async fn new(number: usize, server: SocketAddr, path: &str, token: &str) -> anyhow::Result<Open> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((address(number)?, 0)))?;
        let mut stream = socket.connect(server).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {server}\r\nAuthorization: Bearer {token}\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut head = Vec::new();
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            ensure!(
                stream.read_buf(&mut head).await? > 0,
                "the connection ended before its answer"
            );
        }
        let head = String::from_utf8_lossy(&head);
        ensure!(head.starts_with("HTTP/1.1 200 "), "no stream: {head}");
        Ok(Open(stream))
    }

    /// Waits for the next event or beat.
    async fn hear(&mut self) -> anyhow::Result<()> {
        let mut buffer = [0; 4096];
        let read = tokio::time::timeout(Duration::from_secs(30), self.0.read(&mut buffer)).await;
        let length = read.context("an open stream is silent")??;
        ensure!(length > 0, "an open stream ended");
        Ok(())
    }
}

/// Begins a session as the frame does, sends a message where it should, and opens the stream.
async fn open(
    client: &reqwest::Client,
    running: &Running,
    visitor: usize,
    message: Option<usize>,
) -> anyhow::Result<Open> {
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
    let server = running
        .url("")
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .parse()?;
    let path = format!("/widget/api/{KEY}/stream?after={}", session["position"]);
    Open::new(visitor, server, &path, token).await
}

/// Allows so many open files, here and in the server that is started afterwards: as many as the limit lets us have,
/// which only root may raise.
fn allow_files(wanted: u64) -> anyhow::Result<()> {
    let mut files = rlimit::increase_nofile_limit(u64::MAX)?;
    if files < wanted && rlimit::setrlimit(rlimit::Resource::NOFILE, wanted, wanted).is_ok() {
        files = wanted;
    }
    ensure!(
        files >= wanted,
        "{files} open files are allowed and these streams need {wanted}: raise the limit (ulimit -Hn {wanted}), or run this part as root"
    );
    Ok(())
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
    allow_files(WIDGETS as u64 + 1_000)?;
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
    let own = client(WIDGETS)?;
    let mut warm = Vec::new();
    for number in 0..20 {
        warm.push(open(&own, &running, WIDGETS, Some(number)).await?);
    }
    let before = settled(pid).await?;
    let already = followers(&running).await?;

    let clients: Vec<reqwest::Client> = (0..WIDGETS.div_ceil(OF_ONE_ADDRESS))
        .map(|place| client(place * OF_ONE_ADDRESS))
        .collect::<anyhow::Result<_>>()?;
    let began = Instant::now();
    let (clients, server) = (&clients, &running);
    let mut streams: Vec<Open> = futures::stream::iter(0..WIDGETS)
        .map(|number| async move {
            // One in ten has written.
            let message = number.is_multiple_of(10).then_some(100 + number);
            open(&clients[number / OF_ONE_ADDRESS], server, number, message).await
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let opened = WIDGETS as f64 / began.elapsed().as_secs_f64();
    // Every one of them lives: each must be heard of within its beat.
    let began = Instant::now();
    for stream in &mut streams {
        stream.hear().await?;
    }
    ensure!(began.elapsed() < Duration::from_secs(40), "the streams answer too late");
    let after = settled(pid).await?;
    let counted = followers(&running).await? - already;
    ensure!(
        (counted - WIDGETS as f64).abs() < 0.5,
        "{WIDGETS} streams were opened and the server follows {counted}"
    );
    let used = cpu::seconds(pid)?;
    tokio::time::sleep(QUIET).await;
    let used = (cpu::seconds(pid)? - used) / QUIET.as_secs_f64();
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
    report.add(PART, "opened in a second, sessions begun", opened, "/s", None, None);
    report.add(
        PART,
        "CPU while nobody writes, of one core",
        used * 100.0,
        "%",
        None,
        None,
    );
    drop((streams, warm));
    Ok(())
}
