//! What 200 agents at work hold: the page and the open event stream of each, against the built binary.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use conversation::Env;
use conversation::types::{Actor, Language, Role};
use gateway::app::open_store;
use gateway::config::Config;
use gateway::people::agents::{self, NewAgent};
use gateway::people::sessions;
use tests::harness::{App, http};

use crate::report::{Aim, Report};
use crate::widgets::{followers, settled};

const PART: &str = "memory of agents: 200 with the inbox open";
const AGENTS: usize = 200;
/// They are there before the count begins: code, statements and pools are warm then.
const WARM: usize = 10;

/// A client with a connection of its own that lasts.
fn client() -> anyhow::Result<reqwest::Client> {
    // The shared one also sees to the provider of TLS, without which none can be made.
    let _ = http();
    Ok(reqwest::Client::builder().no_proxy().http1_only().build()?)
}

/// Opens the inbox and follows its events.
async fn open(base: &str, secret: &str) -> anyhow::Result<reqwest::Response> {
    let client = client()?;
    let cookie = format!("switchboard-session={secret}");
    let page = client
        .get(format!("{base}/inbox"))
        .header("cookie", &cookie)
        .send()
        .await?
        .error_for_status()?
        .text()
        .await?;
    ensure!(page.contains("data-csrf"), "the inbox is not there");
    Ok(client
        .get(format!("{base}/events"))
        .header("cookie", &cookie)
        .send()
        .await?
        .error_for_status()?)
}

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let app = App::new()?;
    let mut config = Config::default();
    config.data.dir = app.folder().join("data");
    let store = open_store(&config, Env::system()).await?;
    let mut secrets = Vec::with_capacity(WARM + AGENTS);
    for number in 0..WARM + AGENTS {
        let new = NewAgent {
            email: format!("agent{number}@shop.example"),
            name: format!("Agent {number}"),
            role: Role::Agent,
            language: Language::En,
        };
        let agent = agents::create(&store, &Actor::System, new).await?;
        secrets.push(sessions::create(&store, &agent.id, "bench", sessions::Proof::Password).await?);
    }
    store.db().close().await;
    let running = app.start().await?;
    let pid = running.pid().context("it does not run")?;
    let base = running.url("");
    let (warm, agents) = secrets.split_at(WARM);
    let mut streams = Vec::with_capacity(WARM + AGENTS);
    for secret in warm {
        streams.push(open(&base, secret).await?);
    }
    let before = settled(pid).await?;
    let already = followers(&running).await?;
    for secret in agents {
        streams.push(open(&base, secret).await?);
    }
    // Every one of them lives: each must be heard of within its beat.
    for stream in &mut streams {
        tokio::time::timeout(Duration::from_secs(40), stream.chunk())
            .await
            .context("an open stream is silent")??
            .context("an open stream ended")?;
    }
    let after = settled(pid).await?;
    let counted = followers(&running).await? - already;
    ensure!(
        (counted - AGENTS as f64).abs() < 0.5,
        "{AGENTS} agents came and the server follows {counted}"
    );
    report.add(
        PART,
        "for each, resident",
        (after - before) / AGENTS as f64 / 1000.0,
        "kB",
        None,
        Some(Aim::Below(250.0)),
    );
    report.add(PART, "the whole process, before", before / 1e6, "MB", None, None);
    report.add(
        PART,
        "the whole process, with all of them",
        after / 1e6,
        "MB",
        None,
        Some(Aim::Below(200.0)),
    );
    drop(streams);
    Ok(())
}
