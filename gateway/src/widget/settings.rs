//! The settings of a chat inbox. The identity secret is in the same structure; the store seals its JSON.

use std::collections::BTreeMap;
use std::fmt;

use conversation::types::Language;
use serde::{Deserialize, Serialize};
use url::Url;

/// One chat widget.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WidgetSettings {
    /// The public name in addresses and in `data-inbox`; the inbox's `address` holds the same.
    #[serde(default)]
    pub key: String,
    /// What the business's own server signs identities with (HS256). `None` takes no identities.
    #[serde(default)]
    pub identity_secret: Option<String>,
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
}

impl fmt::Debug for WidgetSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WidgetSettings")
            .field("key", &self.key)
            .field("identity_secret", &self.identity_secret.as_ref().map(|_| "…"))
            .field("allowed_origins", &self.allowed_origins)
            .field("greeting", &self.greeting)
            .field("color", &self.color)
            .finish()
    }
}

impl WidgetSettings {
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
            identity_secret: Some("hush".into()),
            ..WidgetSettings::default()
        };
        assert!(!format!("{settings:?}").contains("hush"));
    }
}
