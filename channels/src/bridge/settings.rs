//! The settings of a bridge.

use std::fmt;

use conversation::Env;
use serde::{Deserialize, Serialize};

use crate::outgoing::{self, Allowed};
use crate::standard_webhooks;

/// One bridge, as an administrator configures it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BridgeSettings {
    /// The name in its address; the inbox's `address` holds the same.
    #[serde(default)]
    pub key: String,
    /// What both sides prove themselves with: the bridge shows it as its bearer token, we sign with it.
    #[serde(default)]
    pub secret: String,
    /// Where answers are posted. Empty: the bridge only brings messages.
    #[serde(default)]
    pub url: String,
}

/// Secrets stay out of logs.
impl fmt::Debug for BridgeSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BridgeSettings")
            .field("key", &self.key)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl BridgeSettings {
    /// Fills in key and secret where they are empty.
    #[must_use]
    pub fn complete(mut self, env: &Env) -> BridgeSettings {
        if self.key.is_empty() {
            self.key = env.secret().chars().take(24).collect();
        }
        if self.secret.is_empty() {
            self.secret = standard_webhooks::new_secret(env);
        }
        self
    }

    /// Checks the values.
    ///
    /// # Errors
    /// Says which setting is wrong and how it should be.
    pub fn check(&self, allowed: &Allowed) -> Result<(), String> {
        if !self.url.is_empty() {
            outgoing::address(&self.url, allowed).map_err(|words| format!("url: {words}"))?;
        }
        if !standard_webhooks::is_secret(&self.secret) {
            return Err("secret: `whsec_` and 24 to 64 random bytes in base64".to_owned());
        }
        Ok(())
    }
}
