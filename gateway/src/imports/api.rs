//! Asking the API of another desk: patiently where it is busy, and in words where it refuses.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures::StreamExt;
use http::{HeaderName, HeaderValue, StatusCode, header};
use reqwest::Response;
use serde_json::Value;
use url::Url;

use channels::outgoing::{self, Allowed};

/// How often a request is tried.
const TRIES: u32 = 8;
/// The longest pause that a desk may ask for.
const LONGEST_PAUSE: u64 = 600;
/// The longest answer, and the longest file; in bytes.
const LONGEST: usize = 100 * 1024 * 1024;

/// The API of another desk.
pub(crate) struct Api {
    base: Url,
    token: (HeaderName, HeaderValue),
    /// For the desk itself, which may well stand beside us.
    near: reqwest::Client,
    /// For wherever it keeps its files.
    far: reqwest::Client,
}

/// A file that was fetched.
pub(crate) struct Fetched {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: Option<String>,
}

impl Api {
    /// The desk at `base`, which wants `token` in the header `name`.
    ///
    /// # Errors
    /// When the address or the token cannot be used.
    pub(crate) fn new(base: &str, name: &'static str, token: &str) -> Result<Api> {
        let mut base = Url::parse(base.trim())
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .with_context(|| format!("--url `{base}` is not an address such as https://desk.example.com"))?;
        if !base.path().ends_with('/') {
            let path = format!("{}/", base.path());
            base.set_path(&path);
        }
        let mut token = HeaderValue::from_str(token.trim()).context("the token holds what no token holds")?;
        token.set_sensitive(true);
        let near = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(120))
            .user_agent(concat!("Switchboard/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let far = outgoing::client(&Allowed::default(), Duration::from_secs(120))?;
        Ok(Api {
            base,
            token: (HeaderName::from_static(name), token),
            near,
            far,
        })
    }

    /// The desk as sources are called: without what may differ from call to call.
    pub(crate) fn name(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    /// Asks for a path with parameters.
    ///
    /// # Errors
    /// When the desk refuses, or is busy or broken for long.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value> {
        let mut url = self.base.join(path).context("that is no path")?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let response = self.ask(&url).await?;
        let bytes = body(response)
            .await
            .with_context(|| format!("{url} could not be read"))?;
        serde_json::from_slice(&bytes)
            .with_context(|| format!("{url} did not answer with JSON; is --url the address of the desk itself?"))
    }

    /// Fetches a file, by a path of the desk or a whole address, which may lead elsewhere.
    ///
    /// # Errors
    /// As [`Api::get`].
    pub(crate) async fn file(&self, address: &str) -> Result<Fetched> {
        let mut url = self.base.join(address).context("that is no address")?;
        for _ in 0..5 {
            let response = self.ask(&url).await?;
            if response.status().is_redirection() {
                let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
                url = url.join(to.context("it leads nowhere")?)?;
                continue;
            }
            let media_type = response.headers().get(header::CONTENT_TYPE);
            let media_type = media_type.and_then(|kind| kind.to_str().ok()).map(str::to_owned);
            let bytes = body(response).await?;
            return Ok(Fetched { bytes, media_type });
        }
        bail!("it leads in a circle")
    }

    async fn ask(&self, url: &Url) -> Result<Response> {
        let is_near = url.origin() == self.base.origin();
        let mut pause = 1;
        for attempt in 1..=TRIES {
            let request = if is_near {
                // The token is for the desk, and for nobody to whom it sends us.
                self.near.get(url.clone()).header(&self.token.0, &self.token.1)
            } else {
                outgoing::address(url.as_str(), &Allowed::default())
                    .map_err(|words| anyhow::anyhow!("{url}: {words}"))?;
                self.far.get(url.clone())
            };
            let (status, wait) = match request.header(header::ACCEPT, "application/json, */*").send().await {
                Ok(response) => {
                    let status = response.status();
                    if status.is_success() || status.is_redirection() && status != StatusCode::NOT_MODIFIED {
                        return Ok(response);
                    }
                    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
                        bail!(
                            "{url} answered {status}: the desk does not accept the token, or its owner may not read this; make one of an administrator"
                        );
                    }
                    if status != StatusCode::TOO_MANY_REQUESTS && !status.is_server_error() {
                        bail!("{url} answered {status}");
                    }
                    let wait = response.headers().get(header::RETRY_AFTER);
                    let wait = wait.and_then(|wait| wait.to_str().ok()?.trim().parse::<u64>().ok());
                    (status.to_string(), wait)
                }
                Err(error) if error.is_builder() => return Err(error.into()),
                Err(error) => (error.without_url().to_string(), None),
            };
            if attempt == TRIES {
                bail!("{url} was tried {TRIES} times; the last answer: {status}");
            }
            let wait = wait.unwrap_or(pause).min(LONGEST_PAUSE);
            tracing::info!(%url, %status, seconds = wait, "the other desk is asked again");
            tokio::time::sleep(Duration::from_secs(wait)).await;
            pause = (pause * 2).min(60);
        }
        bail!("{url} was not asked")
    }
}

async fn body(response: Response) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut parts = response.bytes_stream();
    while let Some(part) = parts.next().await {
        bytes.extend_from_slice(&part?);
        if bytes.len() > LONGEST {
            bail!("longer than 100 MB");
        }
    }
    Ok(bytes)
}
