//! Pictures of mails that stand on other servers, fetched by us when an agent asks for them. The other
//! server learns that somebody here opened the mail, and nothing about who: no address of the agent's, no
//! browser, no cookie, no referrer. Nothing inside our network can be asked for this way.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conversation::pictures::sniffed;
use conversation::types::MessageId;
use conversation::{Error, access};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Attempt, Policy};
use serde::Deserialize;
use ui::routes;
use url::{Host, Url};

use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use channels::outgoing::is_public;

/// The largest picture that is passed on, in bytes.
const LARGEST: usize = 10 * 1024 * 1024;
/// How long another server may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// The most pictures of one mail that are fetched.
const MOST: usize = 200;

/// Where the cleaner put the address of a picture on another server.
pub(super) const REMOTE_SOURCE: &str = " data-remote-src=\"";

/// Puts addresses of ours in place of those of other servers. Works on the cleaner's output, in which
/// every value stands in double quotes.
pub(super) fn through_us(source: &str, message: &str) -> String {
    let path = routes::path(routes::MESSAGE_IMAGE, message);
    let mut out = String::with_capacity(source.len() + 256);
    let mut pieces = source.split(REMOTE_SOURCE);
    out.push_str(pieces.next().unwrap_or_default());
    for (number, piece) in pieces.enumerate() {
        let (_, after) = piece.split_once('"').unwrap_or((piece, ""));
        if number < MOST {
            out.push_str(&format!(" loading=\"lazy\" src=\"{path}?n={number}\""));
        }
        out.push_str(after);
    }
    out
}

/// The address of the nth picture on another server.
fn address(source: &str, number: usize) -> Option<Url> {
    let piece = source.split(REMOTE_SOURCE).nth(number.checked_add(1)?)?;
    let (value, _) = piece.split_once('"')?;
    let value = value
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    Url::parse(value.trim()).ok().filter(is_allowed)
}

/// An address on the open internet, as far as it can be told without asking for its name.
fn is_allowed(url: &Url) -> bool {
    let is_web = matches!(url.scheme(), "http" | "https");
    let is_open = match url.host() {
        Some(Host::Ipv4(ip)) => is_public(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => is_public(IpAddr::V6(ip)),
        Some(Host::Domain(name)) => name.contains('.') && !name.ends_with(".local") && !name.ends_with(".internal"),
        None => false,
    };
    is_web && is_open && url.username().is_empty() && url.password().is_none()
}

/// Asks for names, and gives only addresses of the open internet: a name that points inside is unknown.
struct OpenOnly;

impl Resolve for OpenOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let open: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if open.is_empty() {
                return Err(io::Error::other("the name points inside").into());
            }
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}

fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    if attempt.previous().len() > 3 || !is_allowed(attempt.url()) {
        attempt.stop()
    } else {
        attempt.follow()
    }
}

static CLIENT: LazyLock<Option<reqwest::Client>> = LazyLock::new(|| {
    reqwest::Client::builder()
        .dns_resolver(Arc::new(OpenOnly))
        .redirect(Policy::custom(follow))
        .no_proxy()
        .referer(false)
        .connect_timeout(Duration::from_secs(5))
        .timeout(PATIENCE)
        // What every mail program's proxy says; a name of ours would be a fact about us.
        .user_agent("Mozilla/5.0")
        .build()
        .inspect_err(|error| tracing::error!(%error, "pictures of mails cannot be fetched"))
        .ok()
});

#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    n: usize,
}

/// `/inbox/m/{id}/image?n=3`.
pub(super) async fn image(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response, Failure> {
    let message = access::message(app.store.db(), &me.actor(), &MessageId::from(id)).await?;
    let source = message.html.ok_or(Error::NotFound)?;
    let url = address(&source, which.n)
        .filter(|_| which.n < MOST)
        .ok_or(Error::NotFound)?;
    let bytes = match fetch(url).await {
        Ok(bytes) => bytes,
        Err(error) => {
            tracing::debug!(message.id = message.id.as_str(), %error, "a picture of a mail could not be fetched");
            return Ok(StatusCode::BAD_GATEWAY.into_response());
        }
    };
    let Some(kind) = sniffed(&bytes) else {
        return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
    };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=86400"),
    );
    Ok(response)
}

async fn fetch(url: Url) -> Result<Vec<u8>, String> {
    let client = CLIENT.as_ref().ok_or("there is no client")?;
    let mut response = client
        .get(url)
        .header(header::ACCEPT, "image/png,image/jpeg,image/gif,image/webp,image/avif")
        .send()
        .await
        .map_err(|error| error.to_string())?;
    if !response.status().is_success() {
        return Err(format!("the other server said {}", response.status()));
    }
    if response.content_length().is_some_and(|length| length > LARGEST as u64) {
        return Err("the picture is too large".to_owned());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| error.to_string())? {
        if bytes.len() + chunk.len() > LARGEST {
            return Err("the picture is too large".to_owned());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_open_internet_is_asked() {
        for (url, is_open) in [
            ("https://pictures.example.com/a.png?x=1", true),
            ("http://93.184.216.34/a.png", true),
            ("http://[2606:2800:220:1::1]/a.png", true),
            ("http://127.0.0.1/a.png", false),
            ("http://10.1.2.3/a.png", false),
            ("http://169.254.169.254/latest/meta-data", false),
            ("http://192.168.0.1/", false),
            ("http://100.64.0.1/", false),
            ("http://0.0.0.0/", false),
            ("http://2130706433/", false),
            ("http://0x7f.1/", false),
            ("http://[::1]/", false),
            ("http://[::ffff:127.0.0.1]/", false),
            ("http://[fd00::1]/", false),
            ("http://[fe80::1]/", false),
            ("http://localhost/", false),
            ("http://printer.local/", false),
            ("http://user:word@pictures.example.com/", false),
            ("ftp://pictures.example.com/", false),
        ] {
            let allowed = Url::parse(url).is_ok_and(|url| is_allowed(&url));
            assert_eq!(allowed, is_open, "{url}");
        }
    }

    #[test]
    fn each_picture_has_an_address_of_ours() {
        let source = format!(
            "<p><img{REMOTE_SOURCE}https://a.example.com/1.png?a=1&amp;b=2\" alt=\"x\"><img{REMOTE_SOURCE}https://a.example.com/2.png\"></p>"
        );
        assert_eq!(
            through_us(&source, "01M"),
            "<p><img loading=\"lazy\" src=\"/inbox/m/01M/image?n=0\" alt=\"x\"><img loading=\"lazy\" src=\"/inbox/m/01M/image?n=1\"></p>"
        );
        assert_eq!(
            address(&source, 0).map(String::from).as_deref(),
            Some("https://a.example.com/1.png?a=1&b=2")
        );
        assert_eq!(
            address(&source, 1).map(String::from).as_deref(),
            Some("https://a.example.com/2.png")
        );
        assert_eq!(address(&source, 2), None);
        assert_eq!(address(&source, usize::MAX), None);
    }
}
