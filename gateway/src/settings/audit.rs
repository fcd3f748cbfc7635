//! The audit: who did what, when, from where; looked through by administrators and supervisors, taken
//! along as CSV.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use conversation::access::Permission;
use conversation::audit::{self, Entry, Filter};
use conversation::contacts;
use conversation::types::{Actor, AgentId, ContactId, Millis};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use ui::components::{empty, time_tag};
use ui::icons::{Icon, icon};
use ui::{i18n, routes};

use super::{Part, frame};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::people::agents;

const HERE: &str = "/settings/audit";
const ROWS: i64 = 100;
/// How many lines one question of the CSV reads.
const PART: i64 = 2000;
/// The most lines of one CSV.
const MOST: usize = 1_000_000;

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    who: String,
    action: String,
    object: String,
    address: String,
    from: String,
    to: String,
    before: String,
}

/// Who somebody is, as a form says it: `agent:ID`, `contact:ID`, `token:NAME`, `bot`, `system`.
pub(crate) fn actor_of(text: &str) -> Option<Actor> {
    match text.trim().split_once(':') {
        Some(("agent", id)) => Some(Actor::Agent(AgentId::from(id))),
        Some(("contact", id)) => Some(Actor::Contact(ContactId::from(id))),
        Some(("token", name)) => Some(Actor::Api(name.to_owned())),
        _ if text.trim() == "bot" => Some(Actor::Bot),
        _ if text.trim() == "system" => Some(Actor::System),
        _ => None,
    }
}

/// The same the other way.
pub(crate) fn text_of(actor: &Actor) -> String {
    match actor {
        Actor::Agent(id) => format!("agent:{id}"),
        Actor::Contact(id) => format!("contact:{id}"),
        Actor::Api(name) => format!("token:{name}"),
        Actor::Bot => "bot".to_owned(),
        Actor::System => "system".to_owned(),
    }
}

impl Asked {
    fn filter(&self, me: &SignedIn) -> Filter {
        let day = |text: &str, add: i64| -> Option<Millis> {
            let date: Date = text.trim().parse().ok()?;
            let date = date.checked_add(jiff::Span::new().days(add)).ok()?;
            Some(date.to_zoned(me.tz.clone()).ok()?.timestamp().as_millisecond())
        };
        Filter {
            actor: actor_of(&self.who),
            action: self.action.trim().to_owned(),
            object: self.object.trim().to_owned(),
            address: self.address.trim().to_owned(),
            since: day(&self.from, 0),
            until: day(&self.to, 1),
        }
    }

    fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("who", &self.who),
            ("action", &self.action),
            ("object", &self.object),
            ("address", &self.address),
            ("from", &self.from),
            ("to", &self.to),
        ] {
            if !value.trim().is_empty() {
                query.append_pair(name, value.trim());
            }
        }
        query.finish()
    }
}

/// What the actions are called, by their beginning.
const FAMILIES: [(&str, &str); 10] = [
    ("agent.", "audit-agents"),
    ("agent.sign_in_refused", "audit-refused-sign-in"),
    ("agent.refused", "audit-refused"),
    ("portal.", "audit-portal"),
    ("file.", "audit-files"),
    ("document.", "audit-documents"),
    ("contact.", "audit-contacts"),
    ("membership.", "audit-memberships"),
    ("token.", "audit-tokens"),
    ("setting.", "audit-settings"),
];

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    me.must(Permission::Audit)?;
    let db = app.store.db();
    let before = Some(asked.before.as_str()).filter(|id| !id.is_empty());
    let mut rows = audit::find(db, &asked.filter(&me), before, ROWS + 1).await?;
    let has_more = rows.len() > usize::try_from(ROWS).unwrap_or(0);
    rows.truncate(usize::try_from(ROWS).unwrap_or(0));
    let names = names(&app, &rows).await?;
    let ctx = me.ctx();
    let everybody = agents::list(db).await?;
    let query = asked.query();
    let body = html! {
        p.hint { (ctx.t("audit-hint")) }
        form.audit-filter method="get" action=(HERE) role="search" {
            div.row-fields {
                div.field { label for="f-who" { (ctx.t("audit-who")) } select.input #f-who name="who" {
                    option value="" { (ctx.t("audit-anybody")) }
                    @for agent in &everybody { option value={ "agent:" (agent.id) } selected[asked.who == format!("agent:{}", agent.id)] { (agent.name) } }
                    @for (value, key) in [("bot", "audit-bot"), ("system", "audit-system")] { option value=(value) selected[asked.who == value] { (ctx.t(key)) } }
                    @if asked.who.starts_with("contact:") || asked.who.starts_with("token:") { option value=(asked.who) selected { (names.get(&asked.who).unwrap_or(&asked.who)) } }
                } }
                div.field { label for="f-action" { (ctx.t("audit-action")) } select.input #f-action name="action" {
                    option value="" { (ctx.t("audit-anything")) }
                    @for (value, key) in FAMILIES { option value=(value) selected[asked.action == value] { (ctx.t(key)) } }
                    @if !asked.action.is_empty() && !FAMILIES.iter().any(|(value, _)| *value == asked.action) { option value=(asked.action) selected { (asked.action) } }
                } }
                div.field { label for="f-from" { (ctx.t("audit-from")) } input.input #f-from type="date" name="from" value=(asked.from); }
                div.field { label for="f-to" { (ctx.t("audit-to")) } input.input #f-to type="date" name="to" value=(asked.to); }
            }
            div.row-fields {
                div.field { label for="f-object" { (ctx.t("audit-object")) } input.input #f-object name="object" value=(asked.object) autocomplete="off" maxlength="200"; }
                div.field { label for="f-address" { (ctx.t("audit-address")) } input.input #f-address name="address" value=(asked.address) autocomplete="off" maxlength="60"; }
            }
            div.settings-actions {
                button.button.primary type="submit" { (icon(Icon::Search)) span { (ctx.t("audit-search")) } }
                a.button.ghost href=(HERE) { (ctx.t("audit-clear")) }
                a.button.ghost href={ (HERE) "/export?" (query) } download { (icon(Icon::File)) span { (ctx.t("audit-export")) } }
            }
        }
        @if rows.is_empty() { (empty(Icon::Search, &ctx.t("audit-none"), "")) }
        ol.audit-list { @for row in &rows { (line(&me, row, &names)) } }
        @if let Some(last) = rows.last().filter(|_| has_more) {
            p { a.button href={ (HERE) "?" (query) "&before=" (last.id) } { (ctx.t("audit-older")) } }
        }
    };
    Ok(frame(&me, Part::Audit, &ctx.t("settings-audit"), None, &body))
}

/// What a line says beside its fixed columns, in one line.
fn detail(entry: &Entry) -> String {
    match serde_json::from_str(&entry.detail) {
        Ok(serde_json::Value::Object(map)) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null() && value.as_str() != Some(""))
            .map(|(name, value)| match value {
                serde_json::Value::String(text) => format!("{name}: {text}"),
                value => format!("{name}: {value}"),
            })
            .collect::<Vec<_>>()
            .join(" · "),
        _ => String::new(),
    }
}

fn who(entry: &Entry) -> String {
    serde_json::from_str::<Actor>(&entry.actor).map_or_else(|_| entry.actor.clone(), |actor| text_of(&actor))
}

fn line(me: &SignedIn, entry: &Entry, names: &HashMap<String, String>) -> Markup {
    let ctx = me.ctx();
    let who = who(entry);
    let name = match who.as_str() {
        "bot" => ctx.t("audit-bot").into_owned(),
        "system" => ctx.t("audit-system").into_owned(),
        other => names.get(other).cloned().unwrap_or_else(|| other.to_owned()),
    };
    let told = detail(entry);
    html! {
        li.audit-line {
            span.audit-when { (time_tag(&ctx, entry.at, &i18n::date_time(me.lang, entry.at, &me.tz))) }
            a.audit-who href={ (HERE) "?who=" (routes::escape(&who)) } { (name) }
            a.audit-what.mono href={ (HERE) "?action=" (routes::escape(&entry.action)) } { (entry.action) }
            span.audit-object.mono {
                @if !entry.object.is_empty() { a href={ (HERE) "?object=" (routes::escape(&entry.object)) } { (entry.object) } }
                @if !told.is_empty() { span.muted { (told) } }
            }
            span.audit-place.muted {
                @if !entry.address.is_empty() { a href={ (HERE) "?address=" (routes::escape(&entry.address)) } { (entry.address) } }
                @if !entry.user_agent.is_empty() { span { (ui::browser_name(me.lang, &entry.user_agent)) } }
            }
        }
    }
}

async fn names(app: &App, rows: &[Entry]) -> Result<HashMap<String, String>, Failure> {
    let mut names = HashMap::new();
    for agent in agents::list(app.store.db()).await? {
        names.insert(format!("agent:{}", agent.id), agent.name);
    }
    for row in rows {
        if let Ok(actor @ Actor::Contact(_)) = serde_json::from_str::<Actor>(&row.actor)
            && let Actor::Contact(id) = &actor
            && !names.contains_key(&text_of(&actor))
            && let Ok(contact) = contacts::load(app.store.db(), id).await
            && !contact.name.is_empty()
        {
            names.insert(text_of(&actor), contact.name);
        }
    }
    Ok(names)
}

/// A value of a CSV (RFC 4180); what a table program would take for a formula is told apart.
pub(crate) fn csv_value(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

fn csv_line(entry: &Entry) -> String {
    let at = i18n::iso(entry.at);
    let seal = entry.seal.map(|seal| seal.to_string()).unwrap_or_default();
    let values = [
        at.as_str(),
        &who(entry),
        &entry.action,
        &entry.object,
        &entry.detail,
        &entry.address,
        &entry.user_agent,
        &entry.id,
        &seal,
    ];
    let mut line = values.map(csv_value).join(",");
    line.push_str("\r\n");
    line
}

/// GET `/settings/audit/export`: all that is found, as CSV, part after part.
pub(super) async fn export(
    State(app): State<App>,
    me: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    me.must(Permission::Audit)?;
    let filter = asked.filter(&me);
    audit::note(
        &app.store,
        &me.actor(),
        "audit.exported",
        "",
        &json!({ "query": asked.query() }),
    )
    .await?;
    let head = "at,who,action,object,detail,address,user_agent,id,seal\r\n".to_owned();
    let store = app.store.clone();
    let parts = futures::stream::unfold((Some(head), None::<String>, 0usize), move |(head, last, sent)| {
        let (store, filter) = (store.clone(), filter.clone());
        async move {
            if let Some(head) = head {
                return Some((Ok(head), (None, None, 0)));
            }
            if sent >= MOST {
                return None;
            }
            match audit::find(store.db(), &filter, last.as_deref(), PART).await {
                Ok(rows) => {
                    let last = rows.last()?.id.clone();
                    let count = rows.len();
                    let text: String = rows.iter().map(csv_line).collect();
                    Some((Ok(text), (None, Some(last), sent + count)))
                }
                Err(error) => Some((Err(std::io::Error::other(error)), (None, last, MOST))),
            }
        }
    });
    Ok((
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
        ],
        Body::from_stream(parts),
    )
        .into_response())
}
