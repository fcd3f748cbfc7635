//! What a chat says first: the script that pages of the business load for it, what they count, and the message that it becomes
//! when somebody answers. A browser only names a message; the words are ours.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conversation::desk::inboxes as desks;
use conversation::inboxes::{self, Inbox};
use conversation::proactive::{self, Opening, Proactive, Seen};
use conversation::types::Language;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Widget;
use super::error::{Answer, Refused, json};
use super::session::{self, NOTHING};
use super::settings::{WidgetSettings, origin};

/// For how long browsers keep what there is to say, in seconds.
const FRESH: &str = "public, max-age=60";

/// The site that asks, as a header value to answer it with; `None` for pages of ours. Others than those which may show the chat
/// are refused.
fn site(headers: &HeaderMap, settings: &WidgetSettings) -> Answer<Option<HeaderValue>> {
    let Some(value) = headers.get(header::ORIGIN) else {
        return Ok(None);
    };
    if portal::guard::is_same_origin(headers) {
        return Ok(None);
    }
    let allowed = value
        .to_str()
        .ok()
        .and_then(origin)
        .filter(|site| settings.allows(site));
    match allowed {
        Some(_) => Ok(Some(value.clone())),
        None => Err(Refused::new(
            StatusCode::FORBIDDEN,
            "origin",
            "this site is not among those that may show the chat",
        )),
    }
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    language: String,
}

/// GET `/widget/proactive/{inbox}`: a script with everything that there is to say, or an empty one.
pub(super) async fn script(
    State(widget): State<Widget>,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Answer<Response> {
    let store = &widget.app.store;
    let address = portal::request::address_of(&extensions);
    widget.limits.greetings.check(&address)?;
    let inbox = session::inbox(store, &key).await?;
    let settings: WidgetSettings = inboxes::settings(store, &inbox.id).await?;
    let site = site(&headers, &settings)?;
    let language = Language::from_tag(&asked.language).unwrap_or(inbox.language);
    let said = to_say(&widget, &inbox, language).await?;
    let mut script = Vec::new();
    if !said.is_empty()
        && let Some(asset) = ui::assets::get("proactive.js")
    {
        script.extend_from_slice(&asset.bytes);
        script.extend_from_slice(format!(";window.Switchboard?.proactive?.({});\n", Value::from(said)).as_bytes());
    }
    let mut response = script.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, FRESH),
        (header::VARY, "origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    if let Some(site) = site {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, site);
    }
    Ok(response)
}

/// What is said now, in order, as the script takes it.
async fn to_say(widget: &Widget, inbox: &Inbox, language: Language) -> Answer<Vec<Value>> {
    let db = widget.app.store.db();
    let mut all = proactive::list(db, &inbox.id).await?;
    all.retain(|one| one.is_on);
    if all.iter().any(|one| one.in_hours) && !is_open(widget, inbox).await? {
        all.retain(|one| !one.in_hours);
    }
    let names = proactive::names(db, &all).await?;
    let business = widget.app.business_name();
    let said = all.iter().filter_map(|one| {
        let (language, text) = one.words_in(language, inbox.language)?;
        let name = one
            .agent
            .as_ref()
            .and_then(|agent| names.iter().find(|(id, _)| id == agent))
            .map_or(business.as_str(), |(_, name)| name);
        Some(json!({
            "key": key_of(one, language),
            "text": ui::components::markup::plain(text),
            "name": name,
            "pages": one.pages,
            "after": one.after_seconds,
        }))
    });
    Ok(said.collect())
}

async fn is_open(widget: &Widget, inbox: &Inbox) -> Answer<bool> {
    let store = &widget.app.store;
    let desk = desks::load(store.db(), &inbox.id).await?;
    let schedule = desks::schedule(store.db(), &desk).await?;
    Ok(schedule.is_none_or(|schedule| schedule.is_open(store.now())))
}

/// What a browser names it by: the message, and the language that its words were in.
fn key_of(one: &Proactive, language: Language) -> String {
    format!("{}.{language}", one.id)
}

/// What a browser named; `None` where there is no such message in this chat, whatever else it says.
pub(super) async fn opening(widget: &Widget, inbox: &Inbox, key: &str) -> Answer<Option<Opening>> {
    let Some((id, language)) = key.split_once('.').filter(|_| key.len() <= 40) else {
        return Ok(None);
    };
    let Ok(language) = language.parse() else {
        return Ok(None);
    };
    Ok(proactive::opening(widget.app.store.db(), inbox, id, language).await?)
}

#[derive(Deserialize)]
struct Counted {
    #[serde(default)]
    shown: Vec<String>,
    #[serde(default)]
    opened: Vec<String>,
}

/// POST `/widget/proactive/{inbox}`: what a page showed. It holds ids of messages and nothing of who looks at it.
pub(super) async fn count(
    State(widget): State<Widget>,
    Path(key): Path<String>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Bytes,
) -> Answer<StatusCode> {
    let store = &widget.app.store;
    widget.limits.counts.check(&portal::request::address_of(&extensions))?;
    let inbox = session::inbox(store, &key).await?;
    let settings: WidgetSettings = inboxes::settings(store, &inbox.id).await?;
    if !portal::guard::is_same_origin(&headers) && site(&headers, &settings)?.is_none() {
        return Err(Refused::new(
            StatusCode::FORBIDDEN,
            "origin",
            "pages that show the chat count what they showed",
        ));
    }
    let counted: Counted = json(&body)?;
    let of = |ids: Vec<String>, what: Seen| ids.into_iter().take(proactive::MOST).map(move |id| (id, what));
    let seen: Vec<(String, Seen)> = of(counted.shown, Seen::Shown)
        .chain(of(counted.opened, Seen::Opened))
        .collect();
    if !seen.is_empty() {
        proactive::count(store, &inbox.id, &seen).await?;
    }
    Ok(NOTHING)
}
