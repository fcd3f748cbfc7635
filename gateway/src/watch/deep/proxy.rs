//! Whether the address that browsers use leads here, whether events come through as they are sent, and what the
//! clock on that way says.

use std::time::Duration;

use futures::StreamExt;
use tokio::time::Instant;

use crate::config::Config;
use crate::health::{FORWARDED_SEEN, STREAM};
use crate::watch::finding::{Finding, Level, Say};

const CHECK: &str = "health-proxy";
/// Milliseconds between the two events: a longer one is asked for when they came together, since a machine with
/// much to do reads two at once that nobody held back.
const PAUSES: [u64; 3] = [600, 2_000, 5_000];
/// Two events that come closer than this were held back and came together.
const TOGETHER: Duration = Duration::from_millis(200);

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
            return vec![Finding::note(CHECK, Say::key("health-proxy-down")).next(Say::key("health-proxy-down-next"))];
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
    let (events, seen) = events(&client, &url).await;
    let mut found = vec![
        Finding::good(CHECK, Say::Key("health-proxy-good", vec![("url", url.into())])),
        events,
    ];
    found.extend(seen.and_then(|seen| senders(config.is_https(), &seen)));
    found
}

/// Whether the proxy says who comes. Without TLS of our own there is one where the address is https.
fn senders(is_https: bool, seen: &str) -> Option<Finding> {
    const CHECK: &str = "health-senders";
    match (is_https, seen) {
        (_, "yes") => Some(Finding::good(CHECK, Say::key("health-senders-good"))),
        (true, _) => Some(Finding::bad(
            CHECK,
            Say::key("health-senders-hidden"),
            Say::key("health-senders-next"),
        )),
        (false, _) => None,
    }
}

/// How events come, and what the other end saw of the proxy.
async fn events(client: &reqwest::Client, url: &str) -> (Finding, Option<String>) {
    let broken = |words: String| Finding::bad("health-sse", Say::Raw(words), Say::key("health-sse-next"));
    let mut last = (broken(format!("{url}{STREAM}: no events came")), None);
    for pause in PAUSES {
        let answer = match client.get(format!("{url}{STREAM}?pause={pause}")).send().await {
            Ok(answer) if answer.status() == reqwest::StatusCode::OK => answer,
            Ok(answer) => return (broken(format!("{url}{STREAM}: {}", answer.status())), None),
            Err(error) => return (broken(error.without_url().to_string()), None),
        };
        let seen = answer.headers().get(FORWARDED_SEEN);
        let seen = seen.and_then(|value| value.to_str().ok()).map(str::to_owned);
        last = (stream(answer, url).await, seen);
        if last.0.level == Level::Good {
            break;
        }
    }
    last
}

async fn stream(answer: reqwest::Response, url: &str) -> Finding {
    const CHECK: &str = "health-sse";
    let broken = |words: String| Finding::bad(CHECK, Say::Raw(words), Say::key("health-sse-next"));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_hides_who_comes_is_found() {
        let level = |is_https, seen| senders(is_https, seen).map(|found| found.level);
        assert_eq!(level(true, "yes"), Some(Level::Good));
        assert_eq!(level(true, "no"), Some(Level::Bad));
        assert_eq!(level(false, "yes"), Some(Level::Good));
        // No proxy: whoever comes is seen as they are.
        assert_eq!(level(false, "no"), None);
    }
}
