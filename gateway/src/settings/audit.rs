//! The audit: who did what, when, from where; looked through by administrators and supervisors, taken
//! along as CSV. Each line is a sentence ([`said`]) that names things and leads to them ([`things`]); its code and ids
//! are a detail.

mod said;
mod things;

use std::collections::HashSet;

use axum::extract::{Query, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::audit::{self, Entry, Filter};
use conversation::types::{Actor, AgentId, ContactId, Language, Millis};
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use ui::components::{empty, time_tag};
use ui::icons::{Icon, icon};
use ui::spreadsheet::{self, Cell};
use ui::{i18n, routes};

use self::things::{Names, Thing};
use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::download::download;
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
    /// One of [`said::KINDS`].
    kind: String,
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
            any_of: self.codes().iter().map(|code| (*code).to_owned()).collect(),
            object: self.object.trim().to_owned(),
            address: self.address.trim().to_owned(),
            since: day(&self.from, 0),
            until: day(&self.to, 1),
        }
    }

    fn codes(&self) -> &'static [&'static str] {
        let kind = said::KINDS.iter().find(|(name, _, _)| *name == self.kind);
        kind.map_or(&[], |(_, _, codes)| codes)
    }

    fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("who", &self.who),
            ("kind", &self.kind),
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
    let names = names(&app, &me, &asked, &rows).await?;
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
                    @if asked.who.starts_with("contact:") || asked.who.starts_with("token:") { option value=(asked.who) selected { (actor_of(&asked.who).map(|actor| called(&me, &actor, &names)).unwrap_or_default()) } }
                } }
                div.field { label for="f-kind" { (ctx.t("audit-action")) } select.input #f-kind name="kind" {
                    option value="" { (ctx.t("audit-anything")) }
                    @for (value, key, _) in said::KINDS { option value=(value) selected[asked.kind == *value] { (ctx.t(key)) } }
                } }
                div.field { label for="f-from" { (ctx.t("audit-from")) } input.input #f-from type="date" name="from" value=(asked.from); }
                div.field { label for="f-to" { (ctx.t("audit-to")) } input.input #f-to type="date" name="to" value=(asked.to); }
            }
            details.audit-more open[!asked.object.is_empty() || !asked.address.is_empty() || !asked.action.is_empty()] {
                summary { (ctx.t("audit-details")) }
                div.row-fields {
                div.field { label for="f-action" { (ctx.t("audit-code")) } input.input #f-action name="action" value=(asked.action) autocomplete="off" maxlength="60"; }
                div.field { label for="f-object" { (ctx.t("audit-object")) } input.input #f-object name="object" value=(asked.object) autocomplete="off" maxlength="200"; }
                div.field { label for="f-address" { (ctx.t("audit-address")) } input.input #f-address name="address" value=(asked.address) autocomplete="off" maxlength="60"; }
                }
            }
            div.settings-actions {
                button.button.primary type="submit" { (icon(Icon::Search)) span { (ctx.t("audit-search")) } }
                a.button.ghost href=(HERE) { (ctx.t("audit-clear")) }
                a.button.ghost href={ (HERE) "/export?" (query) } download { (icon(Icon::File)) span { (ctx.t("audit-export")) } }
            }
        }
        @if rows.is_empty() { (empty(Icon::Search, &ctx.t("audit-none"), "")) }
        @for (day, rows) in &by_day(&me, &rows) {
            h2.audit-day { a href={ (HERE) "?" (asked.on(day)) } title=(ctx.t("audit-this-day")) { (rows.first().map(|row| i18n::date(me.lang, row.at, &me.tz)).unwrap_or_default()) } }
            ol.audit-list { @for row in rows { (line(&me, row, &names)) } }
        }
        @if let Some(last) = rows.last().filter(|_| has_more) {
            p { a.button href={ (HERE) "?" (query) "&before=" (last.id) } { (ctx.t("audit-older")) } }
        }
    };
    Ok(frame(&me, Part::Audit, &ctx.t("settings-audit"), None, &body))
}

impl Asked {
    /// The same question for one day.
    fn on(&self, day: &str) -> String {
        let one = Asked {
            from: day.to_owned(),
            to: day.to_owned(),
            ..self.clone()
        };
        one.query()
    }
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

/// The rows of each day, as the reader's clock has it.
fn by_day<'a>(me: &SignedIn, rows: &'a [Entry]) -> Vec<(String, Vec<&'a Entry>)> {
    let mut days: Vec<(String, Vec<&Entry>)> = Vec::new();
    for row in rows {
        let day = jiff::Timestamp::from_millisecond(row.at)
            .map(|at| at.to_zoned(me.tz.clone()).date().to_string())
            .unwrap_or_default();
        match days.last_mut().filter(|(known, _)| *known == day) {
            Some((_, rows)) => rows.push(row),
            None => days.push((day, vec![row])),
        }
    }
    days
}

/// Where a name stands in a sentence, until it is drawn.
const MARKS: [&str; 3] = ["\u{1}", "\u{2}", "\u{3}"];

fn line(me: &SignedIn, entry: &Entry, names: &Names) -> Markup {
    let ctx = me.ctx();
    let told = detail(entry);
    html! {
        li.audit-line {
            span.audit-when { (time_tag(&ctx, entry.at, &i18n::time(entry.at, &me.tz))) }
            div.audit-said {
                p { (sentence(me, entry, names)) }
                details.audit-detail {
                    summary { (ctx.t("audit-details")) }
                    dl {
                        dt { (ctx.t("audit-code")) } dd.mono { a href={ (HERE) "?action=" (routes::escape(&entry.action)) } { (entry.action) } }
                        @if !entry.object.is_empty() { dt { (ctx.t("audit-thing")) } dd.mono { a href={ (HERE) "?object=" (routes::escape(&entry.object)) } { (entry.object) } } }
                        @if !told.is_empty() { dt { (ctx.t("audit-details")) } dd.mono { (told) } }
                        @if !entry.address.is_empty() { dt { (ctx.t("audit-address")) } dd { a href={ (HERE) "?address=" (routes::escape(&entry.address)) } { (entry.address) } @if !entry.user_agent.is_empty() { " · " (ui::browser_name(me.lang, &entry.user_agent)) } } }
                        dt { (ctx.t("audit-seal")) } dd { @match entry.seal { Some(seal) => (seal), None => (ctx.t("audit-unsealed")) } }
                    }
                }
            }
        }
    }
}

/// Who did what to what, in the reader's language, with links to the things that there still are.
fn sentence(me: &SignedIn, entry: &Entry, names: &Names) -> Markup {
    let Some(said) = said::find(&entry.action) else {
        let args = [("who", MARKS[0].into()), ("code", entry.action.as_str().into())];
        return drawn(
            &i18n::t_args(me.lang, "audit-said-other", &args),
            &[doer(me, entry, names)],
        );
    };
    // The link of the first start is nobody's yet.
    let key = if said.code == "link.created" && entry.object.is_empty() {
        "audit-said-link-first"
    } else {
        said.key
    };
    let facts: serde_json::Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    let what = said.what.map_or_else(
        || html! { (entry.object) },
        |thing| named(me, thing, &entry.object, &facts, names),
    );
    let other = match said.other {
        Some((thing, field)) => named(me, thing, facts[field].as_str().unwrap_or_default(), &json!({}), names),
        None => html! {},
    };
    let args = [
        ("who", MARKS[0].into()),
        ("what", MARKS[1].into()),
        ("other", MARKS[2].into()),
    ];
    drawn(
        &i18n::t_args(me.lang, key, &args),
        &[doer(me, entry, names), what, other],
    )
}

/// A sentence with its names put where their marks are.
fn drawn(sentence: &str, names: &[Markup]) -> Markup {
    let parts = sentence.split_inclusive(MARKS.map(|mark| mark.chars().next().unwrap_or_default()));
    html! {
        @for part in parts {
            @match MARKS.iter().position(|mark| part.ends_with(mark)) {
                Some(at) => { (part.trim_end_matches(MARKS[at])) @if let Some(name) = names.get(at) { (name) } }
                None => (part),
            }
        }
    }
}

/// A thing by its name, or by the name that the line itself kept; what nobody can name any more is said to be gone.
fn named(me: &SignedIn, thing: Thing, id: &str, facts: &serde_json::Value, names: &Names) -> Markup {
    let ctx = me.ctx();
    let kept = ["name", "shortcut", "email"]
        .into_iter()
        .find_map(|field| facts[field].as_str())
        .unwrap_or_default();
    let found = names.get(thing, id);
    let name = found
        .map(|found| found.name.trim())
        .filter(|name| !name.is_empty())
        .unwrap_or(kept);
    html! {
        @match (thing, found.and_then(|found| found.url.as_ref())) {
            (Thing::Text, _) if id.is_empty() => (ctx.t("audit-nobody")),
            (Thing::Text, _) if id.contains('/') => span.mono { (id) },
            (Thing::Text, _) => (id),
            (Thing::Agent, None) if id.is_empty() => (ctx.t("audit-nobody")),
            (_, Some(url)) => a href=(url) { @if name.is_empty() { (ctx.t("audit-unnamed")) } @else { (name) } },
            (_, None) if found.is_some() && name.is_empty() => (ctx.t("audit-unnamed")),
            // A typed address, a path: words, and no id.
            (_, None) if name.is_empty() && id.contains(['@', '/', ' ']) => span.mono { (id) },
            (_, None) if name.is_empty() => em { (ctx.t("audit-gone")) },
            (_, None) => (name),
        }
    }
}

/// What somebody who acts is called.
fn called(me: &SignedIn, actor: &Actor, names: &Names) -> String {
    let ctx = me.ctx();
    let name = |thing: Thing, id: &str| {
        let name = names.get(thing, id).map(|found| found.name.trim().to_owned());
        name.filter(|name| !name.is_empty())
    };
    match actor {
        Actor::Bot => ctx.t("audit-bot").into_owned(),
        Actor::System => ctx.t("audit-system").into_owned(),
        Actor::Agent(id) => name(Thing::Agent, id.as_str()).unwrap_or_else(|| ctx.t("audit-somebody").into_owned()),
        Actor::Contact(id) => name(Thing::Contact, id.as_str()).unwrap_or_else(|| ctx.t("audit-somebody").into_owned()),
        Actor::Api(token) => token.clone(),
    }
}

/// Who did it; leads to everything else that they did.
fn doer(me: &SignedIn, entry: &Entry, names: &Names) -> Markup {
    let words = serde_json::from_str::<Actor>(&entry.actor)
        .map_or_else(|_| entry.actor.clone(), |actor| called(me, &actor, names));
    html! { a.audit-who href={ (HERE) "?who=" (routes::escape(&who(entry))) } { (words) } }
}

async fn names(app: &App, me: &SignedIn, asked: &Asked, rows: &[Entry]) -> Result<Names, Failure> {
    let mut wanted: HashSet<(Thing, String)> = HashSet::new();
    let mut acting: Vec<Actor> = actor_of(&asked.who).into_iter().collect();
    acting.extend(rows.iter().filter_map(|row| serde_json::from_str(&row.actor).ok()));
    wanted.extend(acting.into_iter().filter_map(|actor| match actor {
        Actor::Agent(id) => Some((Thing::Agent, id.to_string())),
        Actor::Contact(id) => Some((Thing::Contact, id.to_string())),
        Actor::Api(_) | Actor::Bot | Actor::System => None,
    }));
    for row in rows {
        let Some(said) = said::find(&row.action) else { continue };
        wanted.extend(said.what.map(|thing| (thing, row.object.clone())));
        if let Some((thing, field)) = said.other {
            let facts: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
            wanted.extend(facts[field].as_str().map(|id| (thing, id.to_owned())));
        }
    }
    Ok(Names::of(app.store.db(), me.lang, wanted).await?)
}

/// The heads of the columns of the file.
const HEAD: [&str; 9] = [
    "at",
    "who",
    "action",
    "object",
    "detail",
    "address",
    "user_agent",
    "id",
    "seal",
];

fn csv_line(lang: Language, entry: &Entry) -> String {
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
    spreadsheet::row(lang, values.map(Cell::Text))
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
    let (lang, store) = (me.lang, app.store.clone());
    Ok(download(
        "audit.csv",
        lang,
        &HEAD,
        move |(last, sent): (Option<String>, usize)| {
            let (store, filter) = (store.clone(), filter.clone());
            async move {
                if sent >= MOST {
                    return Ok(None);
                }
                let rows = audit::find(store.db(), &filter, last.as_deref(), PART).await?;
                let Some(last) = rows.last() else { return Ok(None) };
                let text = rows.iter().map(|row| csv_line(lang, row)).collect();
                Ok(Some((text, (Some(last.id.clone()), sent + rows.len()))))
            }
        },
    ))
}
