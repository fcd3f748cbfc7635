//! The documentation, in the program itself: `docs/` as pages under `/manual`, and as a folder of plain files.
//!
//! What a page links is what stands in its text: another page, a picture, the API's document. A link that leaves
//! `docs/` leads to the repository.

mod site;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use conversation::types::{Language, Role};
use rust_embed::RustEmbed;
use ui::Ctx;
use ui::manual_page::{self, ManualView, Shelf};
use ui::routes::MANUAL;

use crate::app::App;
use crate::auth;
use crate::boxed::boxed;
use crate::help::{headings, preferred};
pub(crate) use site::write;

#[derive(RustEmbed)]
#[folder = "../docs"]
#[include = "*.md"]
#[include = "*.png"]
#[include = "*.svg"]
#[include = "*.webp"]
#[include = "*.json"]
struct Docs;

const CONTENTS: &str = "README";
const REPOSITORY: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");

/// One text of the documentation.
#[derive(Debug)]
struct Text {
    /// The first heading.
    title: String,
    /// What follows it.
    body: String,
}

/// By path in `docs`, without `.md`.
static TEXTS: LazyLock<BTreeMap<String, Text>> = LazyLock::new(|| {
    Docs::iter()
        .filter_map(|path| {
            let file = Docs::get(&path)?;
            let text = std::str::from_utf8(&file.data).ok()?;
            let (title, body) = text.split_once('\n').unwrap_or((text, ""));
            let title = title.trim_start_matches('#').trim().to_owned();
            let body = body.to_owned();
            Some((path.strip_suffix(".md")?.to_owned(), Text { title, body }))
        })
        .collect()
});

/// What stands beside every page: the tables of the first one, which name the others.
static SHELVES: LazyLock<Vec<Shelf>> = LazyLock::new(|| {
    let contents = TEXTS.get(CONTENTS).map_or("", |text| text.body.as_str());
    contents.split("\n\n").filter_map(shelf).collect()
});

fn shelf(table: &str) -> Option<Shelf> {
    let name = table.trim_start().strip_prefix('|')?.split('|').next()?.trim();
    let pages = table.lines().flat_map(|line| {
        // The first link of a row; the others are the same page in other languages.
        let (_, after) = line.split_once("](")?;
        let path = after.split_once(')')?.0.strip_suffix(".md")?;
        Some((TEXTS.get(path)?.title.clone(), address(path)))
    });
    Some(Shelf {
        name: name.to_owned(),
        pages: pages.collect(),
    })
}

/// The routes under `/manual`.
pub fn routes(app: &App) -> Router<App> {
    let inside = Router::new()
        .route(MANUAL, get(boxed(contents)))
        .route("/manual/{*path}", get(boxed(page)));
    auth::guard(app, inside)
}

/// The page for somebody of that role who reads that language.
pub(crate) fn for_role(role: Role, language: Language) -> String {
    let page = match role {
        Role::Administrator | Role::Coordinator => return MANUAL.to_owned(),
        Role::Supervisor => "roles/supervisor",
        Role::Agent => "roles/agent",
    };
    let own = format!("{page}.{language}");
    address(if TEXTS.contains_key(&own) { &own } else { page })
}

fn address(path: &str) -> String {
    if path == CONTENTS {
        return MANUAL.to_owned();
    }
    format!("{MANUAL}/{path}")
}

async fn contents(State(app): State<App>, headers: HeaderMap) -> Response {
    shown(&app, CONTENTS, &headers)
}

async fn page(State(app): State<App>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    shown(&app, &path, &headers)
}

fn shown(app: &App, path: &str, headers: &HeaderMap) -> Response {
    let kept = [(header::CACHE_CONTROL, "public, max-age=600")];
    if let Some(text) = TEXTS.get(path) {
        return (kept, Html(drawn(app.store.now(), path, text))).into_response();
    }
    match Docs::get(path) {
        Some(file) if !path.ends_with(".md") => {
            let kind = [(header::CONTENT_TYPE, kind(path))];
            (kept, kind, file.data.into_owned()).into_response()
        }
        _ => {
            let ctx = Ctx {
                lang: preferred(headers),
                now: app.store.now(),
                tz: app.tz(),
                csrf: "",
            };
            (
                StatusCode::NOT_FOUND,
                Html(manual_page::missing(&ctx, &SHELVES).into_string()),
            )
                .into_response()
        }
    }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("webp") => "image/webp",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

/// The language of a page and its path in the others: `roles/agent` is English, `roles/agent.es` Spanish.
fn language_of(path: &str) -> (Language, &str) {
    match path.rsplit_once('.') {
        Some((base, tag)) => match Language::from_tag(tag) {
            Some(language) => (language, base),
            None => (Language::En, path),
        },
        None => (Language::En, path),
    }
}

fn drawn(now: i64, path: &str, text: &Text) -> String {
    let (lang, base) = language_of(path);
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let page = kb::page::draw_with(&text.body, |target| led(folder, target));
    let languages = Language::ALL.iter().filter_map(|&other| {
        let path = match other {
            Language::En => base.to_owned(),
            other => format!("{base}.{other}"),
        };
        TEXTS.contains_key(&path).then(|| (other, address(&path)))
    });
    let tz = jiff::tz::TimeZone::UTC;
    let ctx = Ctx {
        lang,
        now,
        tz: &tz,
        csrf: "",
    };
    let view = ManualView {
        title: text.title.clone(),
        html: page.html,
        headings: headings(page.headings),
        here: address(path),
        languages: languages.collect(),
    };
    manual_page::page(&ctx, &SHELVES, &view).into_string()
}

/// Where a link leads that stands in a text of `folder`.
fn led(folder: &str, target: &str) -> String {
    if target.starts_with('#') || target.contains("://") || target.starts_with("mailto:") {
        return target.to_owned();
    }
    let (target, anchor) = match target.split_once('#') {
        Some((target, anchor)) => (target, format!("#{anchor}")),
        None => (target, String::new()),
    };
    let mut parts: Vec<&str> = vec!["docs"];
    for part in folder.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let whole = parts.join("/");
    let Some(inside) = whole.strip_prefix("docs/") else {
        return format!("{REPOSITORY}{whole}{anchor}");
    };
    match inside.strip_suffix(".md") {
        Some(page) if TEXTS.contains_key(page) => address(page) + &anchor,
        _ if Docs::get(inside).is_some() => format!("{MANUAL}/{inside}"),
        _ => format!("{REPOSITORY}{whole}{anchor}"),
    }
}

#[cfg(test)]
mod tests;
