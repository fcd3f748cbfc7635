//! The settings of the inboxes that are our own pages: the chat widget and the portal's form.

use std::collections::BTreeMap;
use std::fmt;

use conversation::Env;
use conversation::types::Language;
use serde::{Deserialize, Serialize};

/// One chat widget.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WidgetSettings {
    /// Names the widget in the page that shows it; public, and the address of its inbox.
    pub key: String,
    /// Signs the user ids of the business's own site (HMAC-SHA256); secret.
    pub identity_secret: String,
    /// The origins whose pages may show it, such as `https://www.example.com`; with none,
    /// only this installation's own pages.
    pub allowed_origins: Vec<String>,
    /// The first words of the widget, by language; ours where there are none.
    pub greeting: BTreeMap<Language, String>,
    /// The main colour, such as `#0a7d5a`; ours when there is none.
    pub color: Option<String>,
}

impl WidgetSettings {
    /// Fills in key and secret where they are empty.
    pub fn complete(mut self, env: &Env) -> WidgetSettings {
        if self.key.is_empty() {
            self.key = env.secret().chars().take(24).collect();
        }
        if self.identity_secret.is_empty() {
            self.identity_secret = env.secret();
        }
        self
    }

    /// Checks the values.
    ///
    /// # Errors
    /// Says which setting is wrong and how it should be.
    pub fn check(&self) -> Result<(), String> {
        let is_key = (3..=64).contains(&self.key.len())
            && self
                .key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !is_key {
            return Err("key: 3 to 64 letters, digits, - and _".to_owned());
        }
        if self.identity_secret.len() < 32 || self.identity_secret.len() > 256 {
            return Err("identity_secret: 32 to 256 characters, random".to_owned());
        }
        if self.allowed_origins.len() > 100 {
            return Err("allowed_origins: at most 100".to_owned());
        }
        for origin in &self.allowed_origins {
            let is_origin = url::Url::parse(origin).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == *origin
            });
            if !is_origin {
                return Err(format!(
                    "allowed_origins: `{}` is not an origin such as https://www.example.com (no path, no slash at the end)",
                    origin.chars().take(100).collect::<String>()
                ));
            }
        }
        if self.greeting.values().any(|words| words.chars().count() > 500) {
            return Err("greeting: at most 500 characters".to_owned());
        }
        if let Some(color) = &self.color {
            let is_color = color
                .strip_prefix('#')
                .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
            if !is_color {
                return Err("color: six hexadecimal digits, such as #0a7d5a".to_owned());
            }
        }
        Ok(())
    }
}

/// The secret stays out of logs.
impl fmt::Debug for WidgetSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WidgetSettings")
            .field("key", &self.key)
            .field("allowed_origins", &self.allowed_origins)
            .field("greeting", &self.greeting)
            .field("color", &self.color)
            .finish_non_exhaustive()
    }
}

/// The portal's form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PortalSettings {
    /// How many files one message may have.
    pub max_files: u32,
}

impl Default for PortalSettings {
    fn default() -> PortalSettings {
        PortalSettings { max_files: 5 }
    }
}
