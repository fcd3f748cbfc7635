//! Who is shut out, for those who watch over the work; who administers changes it.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::blocked::{self, Blocked, Kind};
use conversation::reply::agent_names;
use conversation::types::{Actor, AgentId};
use maud::html;
use serde::Deserialize;
use ui::components::{Tone, empty, form};
use ui::i18n;
use ui::icons::{Icon, icon};
use ui::routes;

use super::draw::{Draw, Errors, refused, with_status};
use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::inbox::sender_name;

const HERE: &str = "/settings/blocked";
/// How many a page lists.
const ROWS: i64 = 50;

/// What the list is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    before: String,
}

pub(super) async fn list(
    State(app): State<App>,
    me: SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    me.must(Permission::Audit)?;
    page(&app, &me, &asked, &Form::default(), &Vec::new(), None).await
}

async fn page(
    app: &App,
    me: &SignedIn,
    asked: &Asked,
    sent: &Form,
    errors: &Errors,
    said: Option<(Tone, &str)>,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let q: String = asked.q.trim().chars().take(200).collect();
    let before = Some(asked.before.as_str()).filter(|id| !id.is_empty());
    let mut all = blocked::list(app.store.db(), &q, before, ROWS + 1).await?;
    let has_more = all.len() as i64 > ROWS;
    all.truncate(ROWS as usize);
    let names = names(app, &all).await?;
    let draw = Draw {
        ctx: me.ctx(),
        form: sent,
        errors,
    };
    let older = all
        .last()
        .filter(|_| has_more)
        .map(|last| format!("{HERE}?q={}&before={}", routes::escape(&q), routes::escape(&last.id)));
    let can_change = me.can(Permission::Administer);
    let body = html! {
        p.lead { (ctx.t("blocked-lead")) }
        @if can_change {
            h2 { (ctx.t("blocked-add")) }
            form.settings-form method="post" action=(HERE) {
                (form::csrf(&ctx))
                (draw.summary())
                (draw.text("value", &ctx.t("blocked-value"), &ctx.t("blocked-value-hint"), true))
                (draw.text("reason", &ctx.t("blocked-reason"), "", false))
                (ui::components::button(&ctx.t("blocked-block")))
            }
        }
        form.filters method="get" action=(HERE) role="search" data-filter=(ctx.t("filters-renewed")) {
            input.input type="search" name="q" value=(q) maxlength="200" autocomplete="off" aria-label=(ctx.t("blocked-search")) placeholder=(ctx.t("blocked-search"));
            button.button type="submit" { (ctx.t("audit-search")) }
        }
        @if all.is_empty() { (empty(Icon::Check, &ctx.t(if q.is_empty() { "blocked-none" } else { "blocked-none-found" }), "")) }
        ul.people {
            @for one in &all {
                li.person {
                    (icon(Icon::Block))
                    span.inbox-name {
                        strong { (shown(me, one)) }
                        span.muted {
                            (ctx.t(kind_name(one.kind))) " · "
                            (i18n::t_args(me.lang, "blocked-by", &[("who", who(me, &names, &one.actor).into()), ("time", i18n::date_time(me.lang, one.at, &me.tz).into())]))
                            @if !one.reason.is_empty() { " · " (one.reason) }
                        }
                        span.muted {
                            @let last = one.last_at.unwrap_or(one.at);
                            (i18n::t_args(me.lang, "blocked-messages", &[("count", one.messages.into()), ("time", i18n::relative(me.lang, me.now, last, &me.tz).into())]))
                        }
                    }
                    @if can_change {
                        form method="post" action={ (HERE) "/" (one.id) "/unblock" } {
                            (form::csrf(&ctx))
                            button.button.ghost type="submit" aria-label={ (ctx.t("blocked-unblock")) ": " (shown(me, one)) } { (ctx.t("blocked-unblock")) }
                        }
                    }
                }
            }
        }
        @if let Some(url) = &older { a.older href=(url) { (ctx.t("blocked-older")) } }
    };
    let page = frame(me, Part::Blocked, &ctx.t("settings-blocked"), said, &body);
    Ok(with_status(page, errors))
}

const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Email => "blocked-kind-email",
        Kind::Domain => "blocked-kind-domain",
        Kind::Whatsapp => "blocked-kind-whatsapp",
        Kind::Visitor => "blocked-kind-visitor",
        Kind::Bridge => "channel-bridge",
        Kind::Instagram => "channel-instagram",
        Kind::Messenger => "channel-messenger",
    }
}

/// As people read it; of a browser the end of what tells it from others.
fn shown(me: &SignedIn, one: &Blocked) -> String {
    match one.kind {
        Kind::Visitor => {
            let tail: Vec<char> = one.value.chars().rev().take(6).collect();
            format!("…{}", tail.into_iter().rev().collect::<String>())
        }
        _ => sender_name(me, &(one.kind, one.value.clone())),
    }
}

async fn names(app: &App, all: &[Blocked]) -> Result<HashMap<AgentId, String>, Failure> {
    let ids: Vec<AgentId> = all
        .iter()
        .filter_map(|one| match &one.actor {
            Actor::Agent(id) => Some(id.clone()),
            _ => None,
        })
        .collect();
    Ok(agent_names(&app.store, &ids).await?.into_iter().collect())
}

fn who(me: &SignedIn, names: &HashMap<AgentId, String>, actor: &Actor) -> String {
    match actor {
        Actor::Agent(id) => names.get(id).cloned().unwrap_or_default(),
        Actor::Api(name) => name.clone(),
        _ => i18n::t(me.lang, "author-system").into_owned(),
    }
}

pub(super) async fn add(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    let done = match blocked::read(form.get("value")) {
        Ok(key) => blocked::block(&app.store, &me.actor(), key.clone(), form.get("reason"))
            .await
            .map(|new| (key, new.is_some())),
        Err(error) => Err(error),
    };
    match done {
        Ok((key, is_new)) => {
            let words = if is_new { "blocked-done" } else { "blocked-known" };
            let said = i18n::t_args(me.lang, words, &[("sender", sender_name(&me, &key).into())]);
            let tone = if is_new { Tone::Good } else { Tone::Neutral };
            page(
                &app,
                &me,
                &Asked::default(),
                &Form::default(),
                &Vec::new(),
                Some((tone, &said)),
            )
            .await
        }
        Err(error @ (conversation::Error::Invalid(_) | conversation::Error::Conflict(_))) => {
            let mut errors = refused(me.lang, &form, &error);
            for (field, _) in &mut errors {
                if field.is_empty() {
                    "value".clone_into(field);
                }
            }
            page(&app, &me, &Asked::default(), &form, &errors, None).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn unblock(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.me.must(Permission::Administer)?;
    blocked::unblock(&app.store, &posted.me.actor(), &id).await?;
    Ok(see_other(HERE))
}
