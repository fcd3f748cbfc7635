//! The documentation as plain files that any web server can show, from any folder.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use ui::assets;
use ui::routes::MANUAL;

use super::{Docs, TEXTS, drawn};

/// Writes every page, picture and style into the new or empty folder `to`; returns how many pages there are.
///
/// # Errors
/// When there is something in the folder already, or it cannot be written.
pub(crate) fn write(to: &Path, now: i64) -> Result<usize> {
    if to.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} is not empty; choose another folder or remove it", to.display());
    }
    for (path, text) in &*TEXTS {
        let name = file_of(path);
        let up = "../".repeat(name.matches('/').count());
        put(to, &name, relative(&drawn(now, path, text), &up).as_bytes())?;
    }
    for path in Docs::iter().filter(|path| !path.ends_with(".md")) {
        if let Some(file) = Docs::get(&path) {
            put(to, &path, &file.data)?;
        }
    }
    for name in ["help.css", "help.js"] {
        let address = assets::url(name);
        let file = assets::get(&address).context("styles and scripts were not built; call: make ui")?;
        put(to, address.trim_start_matches('/'), &file.bytes)?;
        for font in named(&String::from_utf8_lossy(&file.bytes)) {
            if let Some(font_file) = assets::get(&font) {
                put(to, &format!("assets/{font}"), &font_file.bytes)?;
            }
        }
    }
    Ok(TEXTS.len())
}

pub(super) fn file_of(path: &str) -> String {
    match path {
        super::CONTENTS => "index.html".to_owned(),
        path => format!("{path}.html"),
    }
}

/// Every address of ours as seen from a page that lies so far down.
fn relative(page: &str, up: &str) -> String {
    let mut out = String::with_capacity(page.len());
    let mut rest = page;
    while let Some(at) = rest.find("=\"/") {
        let (before, after) = rest.split_at(at + 2);
        out.push_str(before);
        let end = after.find('"').unwrap_or(after.len());
        let (address, left) = after.split_at(end);
        let (path, anchor) = address.split_at(address.find('#').unwrap_or(address.len()));
        let inside = path.strip_prefix(MANUAL).and_then(|path| match path {
            "" => Some(super::CONTENTS),
            path => path.strip_prefix('/'),
        });
        match inside {
            Some(page) if TEXTS.contains_key(page) => out.push_str(&format!("{up}{}{anchor}", file_of(page))),
            Some(file) => out.push_str(&format!("{up}{file}")),
            None => out.push_str(&format!("{up}{}", address.trim_start_matches('/'))),
        }
        rest = left;
    }
    out.push_str(rest);
    out
}

/// The files that a style sheet names beside itself.
fn named(styles: &str) -> Vec<String> {
    styles
        .split("url(")
        .skip(1)
        .filter_map(|after| {
            Some(
                after
                    .split_once(')')?
                    .0
                    .trim_matches(['"', '\''])
                    .trim_start_matches("./"),
            )
        })
        .filter(|name| !name.starts_with("data:"))
        .map(|name| name.rsplit('/').next().unwrap_or(name).to_owned())
        .collect()
}

fn put(to: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = to.join(name);
    let told = || format!("cannot write {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(told)?;
    }
    fs::write(&path, bytes).with_context(told)
}
