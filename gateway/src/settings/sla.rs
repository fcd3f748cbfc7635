//! The promises made to customers: policies, in the order in which they are looked at.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::desk::hours;
use conversation::sla::policies::{self, Policy};
use conversation::types::{InboxId, Level, Priority, TicketKind};
use conversation::{Error, inboxes};
use maud::{Markup, html};
use ui::components::{Tone, badge, empty, form, level_name, priority_name};
use ui::icons::Icon;
use ui::{Ctx, i18n};

use super::draw::{self, Draw, Errors, with_status};
use super::frame::{Part, frame};
use super::meanwhile;
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::tickets::kind_name;

const HERE: &str = "/settings/sla";

pub(super) async fn list(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let ctx = me.ctx();
    let all = policies::list(app.store.db()).await?;
    let inboxes = inboxes::list(app.store.db()).await?;
    let body = html! {
        p.lead { (ctx.t("sla-lead")) }
        @if all.is_empty() { (empty(Icon::Clock, &ctx.t("sla-none"), "")) }
        ol.people {
            @for (at, policy) in all.iter().enumerate() {
                li.person {
                    span.inbox-name {
                        a href={ (HERE) "/" (policy.id) } { strong { (policy.name) } }
                        span.muted { (fits(&ctx, policy, &inboxes)) }
                        span.muted { (promises(&ctx, policy)) }
                    }
                    @if !policy.is_enabled { (badge(Tone::Neutral, &ctx.t("health-disabled"))) }
                    @if all.len() > 1 {
                        form.inline method="post" action={ (HERE) "/" (policy.id) "/move" } {
                            (form::csrf(&ctx))
                            button.button.ghost.icon-only type="submit" name="way" value="up" disabled[at == 0] aria-label=(i18n::t_args(me.lang, "sla-up", &[("name", policy.name.as_str().into())])) { "↑" }
                            button.button.ghost.icon-only type="submit" name="way" value="down" disabled[at + 1 == all.len()] aria-label=(i18n::t_args(me.lang, "sla-down", &[("name", policy.name.as_str().into())])) { "↓" }
                        }
                    }
                }
            }
        }
        div.settings-actions { a.button.primary href={ (HERE) "/new" } { (ctx.t("sla-new")) } a.button.ghost href="/settings/hours" { (ctx.t("settings-hours")) } }
    };
    Ok(frame(&me, Part::Sla, &ctx.t("settings-sla"), None, &body))
}

fn fits(ctx: &Ctx<'_>, policy: &Policy, inboxes: &[inboxes::Inbox]) -> String {
    let mut parts = Vec::new();
    if let Some(level) = policy.level {
        parts.push(level_name(ctx.lang, level).into_owned());
    }
    if let Some(priority) = policy.priority {
        parts.push(priority_name(ctx.lang, priority).into_owned());
    }
    if let Some(kind) = policy.kind {
        parts.push(kind_name(ctx.lang, kind).into_owned());
    }
    if let Some(inbox) = policy
        .inbox
        .as_ref()
        .and_then(|id| inboxes.iter().find(|one| one.id == *id))
    {
        parts.push(inbox.name.clone());
    }
    if parts.is_empty() {
        ctx.t("sla-every-ticket").into_owned()
    } else {
        parts.join(" · ")
    }
}

fn promises(ctx: &Ctx<'_>, policy: &Policy) -> String {
    let parts = [
        ("clock-first", policy.first_minutes),
        ("clock-next", policy.next_minutes),
        ("clock-resolution", policy.resolve_minutes),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(_, minutes)| *minutes > 0)
        .map(|(key, minutes)| format!("{}: {}", ctx.t(key), span(*minutes)))
        .collect();
    said.join(" · ")
}

/// Minutes as people write them: `1 h 30 min`.
fn span(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, rest) => format!("{rest} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, rest) => format!("{hours} h {rest} min"),
    }
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let mut form = if id == "new" {
        Form::of([
            ("warn_percent", "75".to_owned()),
            ("is_enabled", "on".to_owned()),
            ("first_minutes", "60".to_owned()),
            ("next_minutes", "120".to_owned()),
            ("resolve_minutes", "1440".to_owned()),
        ])
    } else {
        filled(&app, &id).await?
    };
    if id != "new" {
        meanwhile::stamp(&mut form);
    }
    page(&app, &me, &id, &form, &Errors::new()).await
}

async fn filled(app: &App, id: &str) -> conversation::Result<Form> {
    let all = policies::list(app.store.db()).await?;
    let policy = all.into_iter().find(|one| one.id == id).ok_or(Error::NotFound)?;
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    Ok(Form::of([
        ("name", policy.name),
        ("level", text(policy.level.map(Level::as_str))),
        ("priority", text(policy.priority.map(Priority::as_str))),
        ("kind", text(policy.kind.map(TicketKind::as_str))),
        ("inbox", text(policy.inbox.as_ref().map(InboxId::as_str))),
        ("schedule", policy.schedule.unwrap_or_default()),
        ("first_minutes", policy.first_minutes.to_string()),
        ("next_minutes", policy.next_minutes.to_string()),
        ("resolve_minutes", policy.resolve_minutes.to_string()),
        ("warn_percent", policy.warn_percent.to_string()),
        ("is_enabled", if policy.is_enabled { "on" } else { "" }.to_owned()),
    ]))
}

/// Choices with "any" before them.
fn any<'a>(first: &'a str, all: &'a [(String, String)]) -> Vec<(&'a str, &'a str)> {
    let mut choices = vec![("", first)];
    choices.extend(all.iter().map(|(value, words)| (value.as_str(), words.as_str())));
    choices
}

async fn page(app: &App, me: &SignedIn, id: &str, sent: &Form, errors: &Errors) -> Result<Response, Failure> {
    let (db, ctx, lang) = (app.store.db(), me.ctx(), me.lang);
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let levels: Vec<_> = Level::ALL
        .iter()
        .map(|one| (one.to_string(), level_name(lang, *one).into_owned()))
        .collect();
    let priorities: Vec<_> = Priority::ALL
        .iter()
        .map(|one| (one.to_string(), priority_name(lang, *one).into_owned()))
        .collect();
    let kinds: Vec<_> = TicketKind::ALL
        .iter()
        .map(|one| (one.to_string(), kind_name(lang, *one).into_owned()))
        .collect();
    let inboxes: Vec<_> = inboxes::list(db)
        .await?
        .into_iter()
        .map(|one| (one.id.to_string(), one.name))
        .collect();
    let schedules: Vec<_> = hours::list(db)
        .await?
        .into_iter()
        .map(|one| (one.id, one.name))
        .collect();
    let (every_level, every_priority) = (ctx.t("tickets-all-levels"), ctx.t("tickets-any-priority"));
    let (every_kind, every_inbox, of_inbox) = (
        ctx.t("tickets-any-kind"),
        ctx.t("notices-every-inbox"),
        ctx.t("sla-inbox-hours"),
    );
    let body: Markup = html! {
        (draw.summary())
        form.settings-form method="post" action={ (HERE) "/" (id) } {
            (draw.begin())
            (draw.text("name", &ctx.t("macros-name"), "", true))
            fieldset.group {
                legend { (ctx.t("sla-for")) }
                div.row-fields {
                    (draw.choice("level", &ctx.t("sla-level"), &any(&every_level, &levels)))
                    (draw.choice("priority", &ctx.t("tickets-priority"), &any(&every_priority, &priorities)))
                    (draw.choice("kind", &ctx.t("ticket-kind"), &any(&every_kind, &kinds)))
                    (draw.choice("inbox", &ctx.t("notices-inbox"), &any(&every_inbox, &inboxes)))
                }
            }
            fieldset.group {
                legend { (ctx.t("sla-promise")) }
                p.hint { (ctx.t("sla-promise-hint")) }
                div.row-fields {
                    (draw.text("first_minutes", &ctx.t("clock-first"), "", false))
                    (draw.text("next_minutes", &ctx.t("clock-next"), "", false))
                    (draw.text("resolve_minutes", &ctx.t("clock-resolution"), "", false))
                    (draw.text("warn_percent", &ctx.t("sla-warn"), "", false))
                }
                (draw.choice("schedule", &ctx.t("settings-hours"), &any(&of_inbox, &schedules)))
            }
            (draw.check("is_enabled", &ctx.t("sla-enabled")))
            (draw.actions(id != "new", Some(HERE)))
        }
    };
    let page = frame(me, Part::Sla, &ctx.t("settings-sla"), None, &body);
    Ok(with_status(page, errors))
}

pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    if form.is_on("remove") {
        policies::remove(&app.store, &me.actor(), &id).await?;
        return Ok(see_other(HERE));
    }
    if id != "new" {
        let kept = filled(&app, &id).await?;
        if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &[&id]).await? {
            return page(&app, &me, &id, &form, &errors).await;
        }
    }
    // What is no number is refused by the core as out of range.
    let number = |name: &str| match form.get(name).trim() {
        "" => 0,
        text => text.parse().unwrap_or(-1),
    };
    let some = |name: &str| Some(form.get(name).to_owned()).filter(|text| !text.is_empty());
    let policy = Policy {
        id: if id == "new" { String::new() } else { id.clone() },
        name: form.get("name").to_owned(),
        level: form.get("level").parse().ok(),
        priority: form.get("priority").parse().ok(),
        kind: form.get("kind").parse().ok(),
        inbox: some("inbox").map(InboxId::from),
        schedule: some("schedule"),
        first_minutes: number("first_minutes"),
        next_minutes: number("next_minutes"),
        resolve_minutes: number("resolve_minutes"),
        warn_percent: number("warn_percent"),
        is_enabled: form.is_on("is_enabled"),
    };
    match policies::save(&app.store, &me.actor(), &policy).await {
        Ok(_) => Ok(see_other(HERE)),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let errors = draw::refused(me.lang, &form, &error);
            page(&app, &me, &id, &form, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn shift(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let me = &posted.me;
    me.must(Permission::Administer)?;
    policies::shift(&app.store, &me.actor(), &id, posted.form.get("way") == "up").await?;
    Ok(see_other(HERE))
}
