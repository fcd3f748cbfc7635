//! The browser modules and styles, built by `npm run build`, embedded in the binary.
//!
//! File names carry a hash of their content, so the browser may keep them for ever; `manifest.json`
//! maps the plain name to the hashed one.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "dist/"]
struct Dist;

static MANIFEST: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    Dist::get("manifest.json")
        .and_then(|file| serde_json::from_slice(&file.data).ok())
        .unwrap_or_default()
});

/// Where the files are served.
pub const PREFIX: &str = "/assets/";

/// One file to serve.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The bytes.
    pub bytes: Cow<'static, [u8]>,
    /// The media type, with a charset where it is text.
    pub mime: &'static str,
    /// Whether its name changes with its content (`Cache-Control: public, max-age=31536000, immutable`);
    /// otherwise it may be kept for a few minutes only.
    pub immutable: bool,
}

/// Whether the browser modules were built; pages say so when they were not.
pub fn is_built() -> bool {
    !MANIFEST.is_empty()
}

/// The address of a file by its plain name: `inbox.js` → `/assets/inbox-<hash>.js`.
pub fn url(name: &str) -> String {
    let file = MANIFEST.get(name).map_or(name, String::as_str);
    format!("{PREFIX}{file}")
}

/// The file of an address below [`PREFIX`] (given with or without the prefix), or of a plain name
/// such as `widget.js`, which other people's pages link.
pub fn get(path: &str) -> Option<Asset> {
    let name = path.strip_prefix(PREFIX).unwrap_or(path).trim_start_matches('/');
    let (file, immutable) = match MANIFEST.get(name) {
        Some(hashed) => (hashed.as_str(), false),
        None if MANIFEST.values().any(|hashed| hashed == name) => (name, true),
        None => return None,
    };
    Dist::get(file).map(|embedded| Asset {
        bytes: embedded.data,
        mime: mime(file),
        immutable,
    })
}

fn mime(file: &str) -> &'static str {
    match file.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests;
