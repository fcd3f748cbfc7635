//! Web hooks to other programs: what they are, how it goes, telling again.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::events::EventKind;
use maud::{Markup, html};
use ui::components::{Tone, badge, button, empty, form, time_tag};
use ui::i18n;
use ui::icons::{Icon, icon};
use ui::routes::MANUAL;

use super::draw::{Draw, Errors, copy, with_status};
use super::frame::{Part, frame};
use super::meanwhile;
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::webhooks::queue::{self, Delivery};
use crate::webhooks::{self, Wanted, Webhook};
use channels::outgoing::{self, Allowed};

/// Rows of the log on the page; the API has the rest.
const LOG: i64 = 50;

pub(super) async fn list(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    page(&app, &me, &Form::default(), &Errors::new(), None).await
}

async fn page(
    app: &App,
    me: &SignedIn,
    sent: &Form,
    errors: &Errors,
    fresh: Option<&str>,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let all = webhooks::list(app.store.db()).await?;
    let body = html! {
        p.lead { (ctx.t("webhooks-lead")) }
        @if let Some(secret) = fresh {
            div.fresh {
                p { (ctx.t("webhooks-once")) " " a href={ (MANUAL) "/webhooks" } { (ctx.t("webhooks-manual")) } }
                (copy("secret", &ctx.t("webhooks-secret"), secret))
            }
        }
        @if all.is_empty() { (empty(Icon::Key, &ctx.t("webhooks-none"), "")) }
        ul.inboxes {
            @for hook in &all {
                li {
                    a href={ "/settings/webhooks/" (hook.id) } {
                        span.inbox-name { strong { (hook.name) } span.muted { (hook.url) } }
                        (state(me, hook))
                    }
                }
            }
        }
        h2 { (ctx.t("webhooks-new")) }
        (draw.summary())
        form.settings-form method="post" action="/settings/webhooks" {
            (form::csrf(&ctx))
            (fields(&draw))
            div.settings-actions { (button(&ctx.t("webhooks-add"))) }
        }
    };
    let page = frame(me, Part::Webhooks, &ctx.t("settings-webhooks"), None, &body);
    Ok(with_status(page, errors))
}

fn fields(draw: &Draw<'_>) -> Markup {
    let ctx = &draw.ctx;
    html! {
        (draw.text("name", &ctx.t("webhooks-name"), "", true))
        (draw.text("url", &ctx.t("webhooks-url"), &ctx.t("webhooks-url-hint"), true))
        fieldset.kinds {
            legend { (ctx.t("webhooks-kinds")) }
            p.hint { (ctx.t("webhooks-kinds-hint")) }
            div.checks { @for kind in told() { (draw.check(kind.as_str(), kind.as_str())) } }
        }
    }
}

fn state(me: &SignedIn, hook: &Webhook) -> Markup {
    let ctx = me.ctx();
    match (hook.is_enabled, hook.failing_since) {
        (false, _) => badge(Tone::Neutral, &ctx.t("health-disabled")),
        (true, Some(_)) => badge(Tone::Bad, &ctx.t("health-failing")),
        (true, None) => badge(Tone::Good, &ctx.t("health-ok")),
    }
}

/// The kinds that hooks are told of: all but what came by an import.
fn told() -> Vec<EventKind> {
    let all = EventKind::ALL.iter().copied();
    all.filter(|kind| !kind.is_past()).collect()
}

/// What a form asks for.
fn read(app: &App, me: &SignedIn, form: &Form, is_enabled: bool) -> Result<Wanted, Errors> {
    let mut errors = Errors::new();
    let name = form.get("name").trim();
    if name.is_empty() || name.chars().count() > 100 {
        errors.push(("name".to_owned(), i18n::t(me.lang, "error-name-empty").into_owned()));
    }
    let allowed = Allowed::new(&app.config.outgoing.allow_private);
    let url = outgoing::address(form.get("url"), &allowed);
    if url.is_err() {
        errors.push(("url".to_owned(), i18n::t(me.lang, "webhooks-url-wrong").into_owned()));
    }
    match url {
        Ok(url) if errors.is_empty() => Ok(Wanted {
            name: name.to_owned(),
            url: url.into(),
            kinds: told().into_iter().filter(|kind| form.is_on(kind.as_str())).collect(),
            is_enabled,
        }),
        _ => Err(errors),
    }
}

pub(super) async fn create(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    let wanted = match read(&app, &me, &form, true) {
        Ok(wanted) => wanted,
        Err(errors) => return page(&app, &me, &form, &errors, None).await,
    };
    match webhooks::create(&app.store, &me.actor(), &wanted).await {
        Ok((_, secret)) => page(&app, &me, &Form::default(), &Errors::new(), Some(&secret)).await,
        Err(error @ (Error::Conflict(_) | Error::Invalid(_))) => {
            let errors = vec![(String::new(), failure::words(me.lang, &error))];
            page(&app, &me, &form, &errors, None).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let hook = webhooks::load(app.store.db(), &id).await?;
    let mut filled = filled(&hook);
    meanwhile::stamp(&mut filled);
    one(&app, &me, &hook, &filled, &Errors::new(), None).await
}

fn filled(hook: &Webhook) -> Form {
    let mut filled = Form::of([("name", hook.name.clone()), ("url", hook.url.clone())]);
    if hook.is_enabled {
        filled.push("enabled", "on");
    }
    for kind in &hook.kinds {
        filled.push(kind.as_str(), "on");
    }
    filled
}

async fn one(
    app: &App,
    me: &SignedIn,
    hook: &Webhook,
    sent: &Form,
    errors: &Errors,
    said: Option<(Tone, &str)>,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let log = queue::log(app.store.db(), &hook.id, None, LOG).await?;
    let base = format!("/settings/webhooks/{}", hook.id);
    let body = html! {
        p.inbox-state { span.muted { (i18n::t_args(me.lang, "webhooks-position", &[("position", hook.position.into())])) } (state(me, hook)) }
        @if let Some(why) = &hook.stopped_because { p.inbox-trouble { (icon(Icon::Warning)) span { (ctx.t("webhooks-stopped")) " " (why) } } }
        (draw.summary())
        form.settings-form method="post" action=(base) {
            (draw.begin())
            (fields(&draw))
            div.checks { (draw.check("enabled", &ctx.t("webhooks-enabled"))) }
            div.settings-actions {
                button.button.primary type="submit" name="do" value="save" { (ctx.t("settings-save")) }
                button.button.ghost type="submit" name="do" value="remove" { (ctx.t("webhooks-remove")) }
                a.quiet href="/settings/webhooks" { (ctx.t("settings-back")) }
            }
        }
        h2 { (ctx.t("webhooks-log")) }
        form.settings-form.inline-form method="post" action={ (base) "/replay" } {
            (form::csrf(&ctx))
            (draw.text("after", &ctx.t("webhooks-after"), &ctx.t("webhooks-after-hint"), true))
            button.button.ghost type="submit" { (ctx.t("webhooks-replay")) }
        }
        @if log.is_empty() { (empty(Icon::Aside, &ctx.t("webhooks-log-none"), "")) }
        @else { div.table-scroll tabindex="0" role="region" aria-label=(ctx.t("webhooks-log")) { table.table {
            thead { tr {
                th scope="col" { (ctx.t("webhooks-event")) } th scope="col" { (ctx.t("webhooks-result")) }
                th scope="col" { (ctx.t("webhooks-attempts")) } th scope="col" { (ctx.t("webhooks-answer")) } th scope="col" { span.visually-hidden { (ctx.t("webhooks-again")) } }
            } }
            tbody { @for delivery in &log { (row(me, &base, delivery)) } }
        } } }
    };
    let page = frame(me, Part::Webhooks, &hook.name, said, &body);
    Ok(with_status(page, errors))
}

fn row(me: &SignedIn, base: &str, delivery: &Delivery) -> Markup {
    let ctx = me.ctx();
    let (tone, words) = match delivery.state.as_str() {
        "sent" => (Tone::Good, ctx.t("webhooks-sent")),
        "failed" => (Tone::Bad, ctx.t("webhooks-failed")),
        _ => (Tone::Neutral, ctx.t("webhooks-queued")),
    };
    let at = delivery.settled_at.unwrap_or(delivery.queued_at);
    html! { tr {
        td { "evt_" (delivery.position) br; span.muted { (time_tag(&ctx, at, &i18n::relative(me.lang, me.now, at, &me.tz))) } }
        td { (badge(tone, &words)) @if let Some(status) = delivery.status { " " (status) } @if let Some(took) = delivery.took { " · " (took) " ms" } }
        td { (delivery.attempts) }
        td.mono { (delivery.answer.as_deref().unwrap_or_default().chars().take(120).collect::<String>()) }
        td { form method="post" action={ (base) "/replay" } {
            (form::csrf(&ctx)) input type="hidden" name="position" value=(delivery.position);
            button.button.ghost type="submit" { (ctx.t("webhooks-again")) }
        } }
    } }
}

pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    if form.get("do") == "remove" {
        webhooks::remove(&app.store, &me.actor(), &id).await?;
        return Ok(see_other("/settings/webhooks"));
    }
    let hook = webhooks::load(app.store.db(), &id).await?;
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, filled(&hook), &[&id]).await? {
        return one(&app, &me, &hook, &form, &errors, None).await;
    }
    let wanted = match read(&app, &me, &form, form.is_on("enabled")) {
        Ok(wanted) => wanted,
        Err(errors) => return one(&app, &me, &hook, &form, &errors, None).await,
    };
    let hook = webhooks::edit(&app.store, &me.actor(), &id, &wanted).await?;
    let words = me.ctx().t("settings-saved");
    let mut form = filled(&hook);
    meanwhile::stamp(&mut form);
    one(&app, &me, &hook, &form, &Errors::new(), Some((Tone::Good, &words))).await
}

pub(super) async fn replay(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    let back = format!("/settings/webhooks/{id}");
    if let Ok(position) = form.get("position").parse() {
        queue::replay_one(&app.store, &me.actor(), &id, position).await?;
    } else {
        let after = form.get("after").trim().parse().map_err(|_| Failure::Unreadable)?;
        queue::replay(&app.store, &me.actor(), &id, after).await?;
    }
    Ok(see_other(&back))
}
