//! Calls of Meta's Graph API, by which WhatsApp, Instagram and Messenger are reached.
//!
//! Nothing here waits or tries again: each call says what became of it.

use std::time::Duration;

use conversation::outbound::SendError;
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use url::Url;

use crate::body::{self, BodyError};

/// The longest answer that is read, in bytes; Meta's are a few hundred.
const MAX_ANSWER: usize = 256 * 1024;

/// How the errors of a product are named and read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service {
    /// What its codes begin with.
    pub(crate) name: &'static str,
    /// What an answer that is no success means: status, `retry-after` in seconds, body.
    pub(crate) refused: fn(u16, Option<i64>, &[u8]) -> SendError,
}

impl Service {
    /// That Meta may have taken it.
    pub(crate) fn unknown(&self, code: &str, reason: &str) -> SendError {
        SendError::Unknown {
            code: format!("{}.{code}", self.name),
            reason: reason.to_owned(),
        }
    }

    /// A call that got no answer. Only where no connection was made is it sure that nothing left.
    fn unreached(&self, error: &reqwest::Error) -> SendError {
        let mut reason = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            reason.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        if error.is_connect() || error.is_builder() {
            return SendError::Temporary {
                code: format!("{}.unreachable", self.name),
                reason: format!("The Graph API cannot be reached: {reason}"),
                retry_after: None,
            };
        }
        let (code, what) = if error.is_timeout() {
            ("timeout", "did not answer in time")
        } else {
            ("broken", "broke off")
        };
        self.unknown(code, &format!("The Graph API {what}: {reason}"))
    }
}

/// The Graph API with one token.
#[derive(Debug)]
pub(crate) struct Graph {
    base: Url,
    version: String,
    token: String,
    http: reqwest::Client,
    service: Service,
}

impl Graph {
    /// `timeout` is how long an answer may take, with the connection.
    ///
    /// # Errors
    /// When TLS cannot be set up on this machine.
    pub(crate) fn new(
        base: Url,
        version: &str,
        token: &str,
        timeout: Duration,
        service: Service,
    ) -> reqwest::Result<Graph> {
        let http = reqwest::Client::builder()
            // A redirect would carry the token to wherever it points.
            .redirect(Policy::none())
            .connect_timeout(timeout.min(Duration::from_secs(10)))
            .timeout(timeout)
            .user_agent(concat!("Switchboard/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Graph {
            base,
            version: version.to_owned(),
            token: token.to_owned(),
            http,
            service,
        })
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// An address below the version; every segment is one that `is_path_segment` took.
    pub(crate) fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(&self.version).extend(segments);
        }
        url
    }

    /// A request with the token.
    pub(crate) fn get(&self, url: Url) -> RequestBuilder {
        self.http.get(url).bearer_auth(&self.token)
    }

    /// A request with the token.
    pub(crate) fn post(&self, url: Url) -> RequestBuilder {
        self.http.post(url).bearer_auth(&self.token)
    }

    /// A request that tells nobody the token.
    pub(crate) fn get_openly(&self, url: Url) -> RequestBuilder {
        self.http.get(url)
    }

    /// Makes a call and reads its answer.
    pub(crate) async fn answer(&self, request: RequestBuilder) -> Result<Value, SendError> {
        self.answer_of(request, MAX_ANSWER).await
    }

    /// As [`Graph::answer`], of at most so many bytes.
    pub(crate) async fn answer_of(&self, request: RequestBuilder, most: usize) -> Result<Value, SendError> {
        let response = request.send().await.map_err(|error| self.service.unreached(&error))?;
        let status = response.status().as_u16();
        let retry_after = retry_after(&response);
        let bytes = body::limited(response, most as u64).await.map_err(|e| match e {
            BodyError::TooLong => self
                .service
                .unknown("answer", "The Graph API's answer is too long to be one of Meta's."),
            BodyError::Http(e) => self.service.unknown(
                "answer",
                &format!("The Graph API's answer broke off: {}", e.without_url()),
            ),
        })?;
        if !(200..300).contains(&status) {
            return Err((self.service.refused)(status, retry_after, &bytes));
        }
        serde_json::from_slice(&bytes).map_err(|e| {
            self.service.unknown(
                "answer",
                &format!("The Graph API answered HTTP {status} with no JSON: {e}"),
            )
        })
    }
}

fn retry_after(response: &Response) -> Option<i64> {
    let seconds: i64 = response
        .headers()
        .get("retry-after")?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    (0..=86_400).contains(&seconds).then_some(seconds)
}
