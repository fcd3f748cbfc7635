//! The script, the frame, the sample page, and the files that pages load.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use conversation::inboxes;
use conversation::types::{Channel, Language};
use serde::Deserialize;
use ui::Ctx;

use super::error::Answer;
use super::settings::{WidgetSettings, origin};
use super::{Widget, articles, before};

/// The policy of our pages without `frame-ancestors`; see the crate `ui`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'";

fn embedded(name: &str) -> Option<Response> {
    let asset = ui::assets::get(name)?;
    let caching = if asset.immutable {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=300"
    };
    let mut response = asset.bytes.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.mime));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Some(response)
}

/// GET `/assets/{*path}`.
pub(super) async fn asset(Path(path): Path<String>) -> Response {
    embedded(&path).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

/// GET `/widget.js`, which other people's pages load.
pub(super) async fn script() -> Response {
    let Some(mut response) = embedded("widget.js") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = response.headers_mut();
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

#[derive(Deserialize)]
pub(super) struct Framed {
    inbox: String,
    language: Option<String>,
    origin: Option<String>,
}

/// The site of a page that shows the frame and may not. What it says of itself only chooses between the chat and a
/// word to whoever sets the site up: the policy of the chat is kept by the browser.
fn stranger(framed: &Framed, settings: &WidgetSettings, headers: &HeaderMap) -> Option<String> {
    let from = headers.get("sec-fetch-site")?.to_str().ok()?;
    let site = origin(framed.origin.as_deref()?).filter(|_| matches!(from, "cross-site" | "same-site"))?;
    (!settings.allows(&site)).then_some(site)
}

/// The policy of a page that holds nothing but its words, and may stand in any page.
const WORDS_ONLY: &str = "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors *";

/// GET `/widget/frame`.
pub(super) async fn frame(
    State(widget): State<Widget>,
    Query(framed): Query<Framed>,
    uri: Uri,
    headers: HeaderMap,
) -> Answer<Response> {
    let store = &widget.app.store;
    let inbox = inboxes::find(store.db(), Channel::Webchat, &framed.inbox).await?;
    let settings: WidgetSettings = inboxes::settings(store, &inbox.id).await?;
    let lang = framed
        .language
        .as_deref()
        .and_then(Language::from_tag)
        .unwrap_or_else(|| portal::request::language_of(uri.query(), &headers));
    if let Some(site) = stranger(&framed, &settings, &headers) {
        return Ok(html(ui::widget_page::not_allowed(lang, &site, &inbox.name), WORDS_ONLY));
    }
    if !inbox.is_enabled {
        return Ok(html(ui::widget_page::closed(lang), WORDS_ONLY));
    }
    let has_articles = articles::are_shown(store, &settings).await?;
    let page = ui::widget_page::frame(lang, &framed.inbox, &before::asked_of_anybody(&settings), has_articles);
    Ok(html(
        page,
        &format!("{POLICY}; frame-ancestors {}", settings.frame_ancestors()),
    ))
}

/// Whose chat a sample page shows: `inbox`, the public name of one; the first one else.
fn asked_for(uri: &Uri) -> Option<String> {
    let query = uri.query()?;
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "inbox")
        .map(|(_, value)| value.into_owned())
}

/// GET `/sample`: a page of a business that does not exist, with a chat inbox on it.
pub(super) async fn sample(State(widget): State<Widget>, uri: Uri, headers: HeaderMap) -> Answer<Response> {
    let store = &widget.app.store;
    let all = inboxes::list(store.db()).await?;
    let wanted = asked_for(&uri);
    let inbox = all
        .iter()
        .filter(|inbox| inbox.channel == Channel::Webchat && inbox.is_enabled)
        .find(|inbox| wanted.as_ref().is_none_or(|key| *key == inbox.address));
    let Some(inbox) = inbox else {
        let page = ui::widget_page::no_chat(portal::request::language_of(uri.query(), &headers));
        return Ok((StatusCode::NOT_FOUND, html(page, POLICY)).into_response());
    };
    let tz = jiff::tz::TimeZone::system();
    let ctx = Ctx {
        lang: portal::request::language_of(uri.query(), &headers),
        now: store.now(),
        tz: &tz,
        csrf: "",
    };
    let key = if inbox.address.is_empty() {
        inbox.id.as_str()
    } else {
        &inbox.address
    };
    Ok(html(
        ui::sample_page::sample(&ctx, key, None),
        &format!("{POLICY}; frame-ancestors 'none'"),
    ))
}

fn html(page: maud::Markup, policy: &str) -> Response {
    let mut response = Html(page.into_string()).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}
