//! The few calls of Stripe's API that are made: form-encoded, one version, idempotency keys.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::Value;

/// The version that requests name; sessions with `ui_mode=embedded` are part of it.
pub const API_VERSION: &str = "2025-03-31.basil";
/// Where Stripe is.
pub const API: &str = "https://api.stripe.com";
/// The script of the pay page.
pub const SCRIPT: &str = "https://js.stripe.com/v3/";

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum StripeError {
    /// Stripe said no.
    #[error("Stripe refused ({status} {code}): {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// `error.code`, else `error.type`.
        code: String,
        /// `error.message`.
        message: String,
    },
    /// No answer, or none that could be read. It may have been done all the same.
    #[error("Stripe did not answer: {0}")]
    Unreachable(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] conversation::Error),
}

/// The code of a request whose idempotency key is being answered to somebody else (status 409).
/// <https://docs.stripe.com/error-low-level#idempotency>
const IN_USE: &str = "idempotency_key_in_use";
/// The longest answer that is read, in bytes; a page of a hundred sessions has half of it.
const LONGEST: usize = 4 * 1024 * 1024;
/// Between two tries then; it doubles, so that all of them take three seconds.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_millis(1_600);

/// Where Stripe is. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    /// Made with the first call: most installations never make one.
    http: Arc<OnceLock<reqwest::Client>>,
    api: Arc<str>,
    script: Arc<str>,
}

impl Client {
    /// A client of these addresses.
    pub fn new(api: &str, script: &str) -> Client {
        Client {
            http: Arc::default(),
            api: api.trim_end_matches('/').into(),
            script: script.into(),
        }
    }

    fn http(&self) -> Result<&reqwest::Client, StripeError> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| StripeError::Unreachable(error.to_string()))?;
        Ok(self.http.get_or_init(|| http))
    }

    /// The address of the script.
    pub fn script(&self) -> &str {
        &self.script
    }

    /// POSTs a form. `once` is the idempotency key.
    pub(super) async fn post(
        &self,
        key: &str,
        path: &str,
        form: &[(String, String)],
        once: Option<&str>,
    ) -> Result<Value, StripeError> {
        let body = form
            .iter()
            .fold(
                url::form_urlencoded::Serializer::new(String::new()),
                |mut body, (name, value)| {
                    body.append_pair(name, value);
                    body
                },
            )
            .finish();
        let mut pause = FIRST_PAUSE;
        loop {
            let mut request = self
                .http()?
                .post(format!("{}{path}", self.api))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body.clone());
            if let Some(once) = once {
                request = request.header("idempotency-key", once);
            }
            match self.send(key, request).await {
                // Somebody else is asking for the very same: their answer will be ours.
                Err(StripeError::Refused { code, .. }) if code == IN_USE && pause <= LAST_PAUSE => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                answer => return answer,
            }
        }
    }

    /// GETs.
    pub(super) async fn get(&self, key: &str, path: &str) -> Result<Value, StripeError> {
        self.send(key, self.http()?.get(format!("{}{path}", self.api))).await
    }

    async fn send(&self, key: &str, request: reqwest::RequestBuilder) -> Result<Value, StripeError> {
        let lost = |error: reqwest::Error| StripeError::Unreachable(error.without_url().to_string());
        let mut response = request
            .bearer_auth(key)
            .header("stripe-version", API_VERSION)
            .send()
            .await
            .map_err(lost)?;
        let status = response.status();
        let mut bytes = Vec::new();
        while let Some(part) = response.chunk().await.map_err(lost)? {
            if bytes.len() + part.len() > LONGEST {
                return Err(StripeError::Unreachable(
                    "the answer is too long to be one of Stripe's".to_owned(),
                ));
            }
            bytes.extend_from_slice(&part);
        }
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|_| StripeError::Unreachable(format!("status {status}, not JSON")))?;
        if status.is_success() {
            return Ok(value);
        }
        // Trouble on their side may have done it all the same.
        if status.is_server_error() {
            return Err(StripeError::Unreachable(format!("status {status}")));
        }
        let error = &value["error"];
        let text = |name: &str| error[name].as_str().map(str::to_owned);
        Err(StripeError::Refused {
            status: status.as_u16(),
            code: text("code").or_else(|| text("type")).unwrap_or_default(),
            message: text("message").unwrap_or_default(),
        })
    }
}
