//! Whether the address that browsers use leads here, whether events come through as they are sent, and what the
//! clock on that way says.

use std::time::Duration;

use futures::StreamExt;
use tokio::time::Instant;

use crate::config::Config;
use crate::health::{STREAM, STREAM_PAUSE};
use crate::watch::finding::{Finding, Say};

const CHECK: &str = "health-proxy";
/// Two events that come closer than this were held back and came together.
const TOGETHER: Duration = STREAM_PAUSE.checked_div(3).expect("not zero");

pub(super) async fn all(config: &Config) -> Vec<Finding> {
    // Whoever comes first installs it; a second time is refused and harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .connect_timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .build();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            let next = Say::key("health-proxy-next");
            return vec![Finding::bad(CHECK, Say::Raw(error.to_string()), next)];
        }
    };
    let url = config.public_url();
    let answer = match client.get(format!("{url}/healthz")).send().await {
        Ok(answer) => answer,
        // Without a proxy nothing is wrong when it is not running.
        Err(_) if config.server.public_url.is_none() => {
            return vec![Finding::note(CHECK, Say::key("health-proxy-down"))];
        }
        Err(error) => {
            let words = Say::Raw(format!("{url}: {}", error.without_url()));
            return vec![Finding::bad(CHECK, words, Say::key("health-proxy-next"))];
        }
    };
    let status = answer.status();
    let is_ours = answer.text().await.is_ok_and(|text| text.trim() == "ok");
    if status != reqwest::StatusCode::OK || !is_ours {
        let words = Say::Key(
            "health-proxy-stranger",
            vec![("url", url.into()), ("status", status.as_u16().to_string().into())],
        );
        return vec![Finding::bad(CHECK, words, Say::key("health-proxy-next"))];
    }
    vec![
        Finding::good(CHECK, Say::Key("health-proxy-good", vec![("url", url.clone().into())])),
        events(&client, &url).await,
    ]
}

async fn events(client: &reqwest::Client, url: &str) -> Finding {
    const CHECK: &str = "health-sse";
    let broken = |words: String| Finding::bad(CHECK, Say::Raw(words), Say::key("health-sse-next"));
    let answer = match client.get(format!("{url}{STREAM}")).send().await {
        Ok(answer) if answer.status() == reqwest::StatusCode::OK => answer,
        Ok(answer) => return broken(format!("{url}{STREAM}: {}", answer.status())),
        Err(error) => return broken(error.without_url().to_string()),
    };
    let mut stream = answer.bytes_stream();
    let mut text = String::new();
    let mut first = None;
    while let Some(part) = stream.next().await {
        match part {
            Ok(part) => text.push_str(&String::from_utf8_lossy(&part)),
            Err(error) => return broken(error.without_url().to_string()),
        }
        if text.contains("data: 0") && first.is_none() {
            first = Some(Instant::now());
        }
        if text.contains("data: 1") || text.len() > 10_000 {
            break;
        }
    }
    match first {
        Some(first) if text.contains("data: 1") && first.elapsed() >= TOGETHER => {
            Finding::good(CHECK, Say::key("health-sse-good"))
        }
        Some(_) if text.contains("data: 1") => {
            Finding::bad(CHECK, Say::key("health-sse-held"), Say::key("health-sse-next"))
        }
        _ => broken(format!("{url}{STREAM}: no events came")),
    }
}
