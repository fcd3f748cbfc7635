//! A browser that wants to be told.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use channels::outgoing;
use channels::outgoing::Allowed;
use conversation::desk::pushes;
use conversation::desk::pushes::Owner;
use conversation::{Error, Result};
use url::Url;

use super::{crypt, vapid};
use crate::app::App;

/// Keeps what a browser sent; an error without words is about keys that cannot be read.
pub(super) async fn sign_up(
    app: &App,
    headers: &HeaderMap,
    owner: Owner<'_>,
    endpoint: &str,
    p256dh: &str,
    auth: &str,
) -> Result<(), Option<Error>> {
    if allowed(app, endpoint).is_none() {
        let words = "endpoint: a push service is reached by https".to_owned();
        return Err(Some(Error::Invalid(words)));
    }
    let (Some(key), Some(secret)) = (decoded(p256dh), decoded(auth)) else {
        return Err(None);
    };
    // A key that nothing can be encrypted for is better refused now than found out later.
    let probe = vapid::random_key(app.store.env());
    if crypt::encrypt(&key, &secret, &probe, &[0; 16], b"").is_err() {
        return Err(None);
    }
    let browser = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    pushes::subscribe(&app.store, owner, endpoint, p256dh, auth, browser).await?;
    Ok(())
}

pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim().trim_end_matches('=')).ok()
}

/// The address of a push service: no machine of our own network, unless the configuration allows it.
pub(super) fn allowed(app: &App, endpoint: &str) -> Option<Url> {
    outgoing::address(endpoint, &Allowed::new(&app.config.outgoing.allow_private)).ok()
}
