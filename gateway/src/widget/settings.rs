//! The settings of a chat inbox. The identity secret is in the same structure; the store seals its JSON.

use std::collections::BTreeMap;
use std::fmt;

use conversation::Env;
use conversation::types::Language;
use serde::{Deserialize, Serialize};
use url::Url;

use super::before::Before;

/// One chat widget.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WidgetSettings {
    /// The public name in addresses and in `data-inbox`; the inbox's `address` holds the same.
    #[serde(default)]
    pub key: String,
    /// What the business's own server signs identities with (HS256). An empty one takes no identities.
    #[serde(default)]
    pub identity_secret: String,
    /// The sites that may show the widget, such as `https://www.example.com`. Empty: only this
    /// installation's own pages.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    /// The first words in each language; the frame has its own where there are none.
    #[serde(default)]
    pub greeting: BTreeMap<Language, String>,
    /// The colour of button and head, `#rrggbb`.
    #[serde(default)]
    pub color: Option<String>,
    /// What is asked before the first message.
    #[serde(default)]
    pub before: Before,
    /// Shows the help centre's articles, where there are any.
    #[serde(default = "shown")]
    pub articles: bool,
}

const fn shown() -> bool {
    true
}

impl Default for WidgetSettings {
    fn default() -> WidgetSettings {
        WidgetSettings {
            key: String::new(),
            identity_secret: String::new(),
            allowed_origins: Vec::new(),
            greeting: BTreeMap::new(),
            color: None,
            before: Before::default(),
            articles: shown(),
        }
    }
}

impl fmt::Debug for WidgetSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WidgetSettings")
            .field("key", &self.key)
            .field("allowed_origins", &self.allowed_origins)
            .field("greeting", &self.greeting)
            .field("color", &self.color)
            .field("before", &self.before)
            .field("articles", &self.articles)
            .finish_non_exhaustive()
    }
}

impl WidgetSettings {
    /// What signed identities are checked with, when they are taken.
    pub fn identity_secret(&self) -> Option<&str> {
        Some(self.identity_secret.as_str()).filter(|secret| !secret.is_empty())
    }

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
            let is_origin = Url::parse(origin).is_ok_and(|url| {
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

    /// The first words, in the language or in any.
    pub fn greeting_in(&self, language: Language) -> Option<&str> {
        self.greeting
            .get(&language)
            .map(String::as_str)
            .filter(|text| !text.trim().is_empty())
    }

    /// The colour, if it is one.
    pub fn valid_color(&self) -> Option<&str> {
        self.color.as_deref().filter(|color| {
            color.len() == 7 && color.starts_with('#') && color[1..].bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }

    /// Whether pages of this site may show the chat.
    pub fn allows(&self, site: &str) -> bool {
        self.allowed_origins
            .iter()
            .any(|text| origin(text).as_deref() == Some(site))
    }

    /// The value of the policy `frame-ancestors`: our own pages and the allowed sites. What is no
    /// origin is left out, so that a slip of the pen can only close the door.
    pub fn frame_ancestors(&self) -> String {
        let mut sources = vec!["'self'".to_owned()];
        sources.extend(self.allowed_origins.iter().filter_map(|text| origin(text)));
        sources.join(" ")
    }
}

/// An origin as browsers write it: scheme, host and a port that is not the scheme's own.
///
/// `None` for anything else: a path, a wildcard, a `null`.
pub fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok()?;
    let is_bare = matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let host = url.host_str()?;
    let is_plain = host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']'));
    (is_bare && is_plain && matches!(url.scheme(), "http" | "https")).then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_reach_the_policy() {
        for (text, found) in [
            ("https://www.example.com", Some("https://www.example.com")),
            (" https://www.example.com/ ", Some("https://www.example.com")),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("https://EXAMPLE.com:443", Some("https://example.com")),
            ("https://example.com/shop", None),
            ("https://*.example.com", None),
            ("*", None),
            ("null", None),
            ("example.com", None),
            ("javascript:alert(1)", None),
            ("https://a.example; script-src *", None),
            ("https://user@example.com", None),
            ("", None),
        ] {
            assert_eq!(origin(text).as_deref(), found, "{text}");
        }
        let settings = WidgetSettings {
            allowed_origins: vec!["https://a.example".into(), "*".into()],
            ..WidgetSettings::default()
        };
        assert_eq!(settings.frame_ancestors(), "'self' https://a.example");
        assert_eq!(WidgetSettings::default().frame_ancestors(), "'self'");
    }

    #[test]
    fn the_secret_is_not_printed() {
        let settings = WidgetSettings {
            identity_secret: "hush".into(),
            ..WidgetSettings::default()
        };
        assert!(!format!("{settings:?}").contains("hush"));
    }
}
