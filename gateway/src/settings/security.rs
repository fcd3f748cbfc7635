//! What an agent proves who they are with, beside the password: an app, passkeys, recovery codes.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use conversation::{Error, audit};
use identity::passkeys::{self, Listed};
use identity::totp::{self, Offer};
use identity::{Factors, Owner, codes};
use maud::{Markup, html};
use serde_json::json;
use ui::access_pages::{PasskeyForm, passkey};
use ui::components::{Tone, badge, button, form, time_tag};
use ui::i18n;

use super::draw::{Draw, Errors, copy, with_status};
use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::party::party;
use crate::auth::{SignedIn, policy, see_other};

const HERE: &str = "/settings/security";

fn owner(me: &SignedIn) -> Owner {
    Owner::Agent(me.agent.id.clone())
}

pub(super) async fn show(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.fresh(HERE)?;
    page(&app, &me, &Errors::new(), None, &[]).await
}

async fn page(
    app: &App,
    me: &SignedIn,
    errors: &Errors,
    said: Option<(Tone, &str)>,
    fresh: &[String],
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let owner = owner(me);
    let db = app.store.db();
    let factors = identity::factors(db, &owner).await?;
    let must = policy::must_enrol(&app.store, &me.agent, &me.session.proved_by).await?;
    let keys = passkeys::list(db, &owner).await?;
    let offer = if factors.has_totp {
        None
    } else {
        Some(totp::offer(&app.store, &owner, &app.config.server.business_name, &me.agent.email).await?)
    };
    let empty = Form::default();
    let draw = Draw {
        ctx,
        form: &empty,
        errors,
    };
    let body = html! {
        @if must { div.notice.warn role="status" { (ctx.t("security-must")) } }
        @if !fresh.is_empty() {
            div.fresh {
                h2 { (ctx.t("security-codes-new")) }
                p { (ctx.t("security-codes-keep")) }
                ul.recovery-codes { @for code in fresh { li.mono { (code) } } }
            }
        }
        (draw.summary())
        (app_part(me, &draw, factors, offer.as_ref()))
        h2 { (ctx.t("security-passkeys")) }
        p.hint { (ctx.t("security-passkeys-hint")) }
        (key_list(me, &keys))
        @if party(app).is_some() {
            (passkey(&ctx, &PasskeyForm { kind: "create", begin: "/settings/security/passkeys/begin", action: "/settings/security/passkeys", words: &ctx.t("security-passkey-add"), next: "" },
                &html! { div.field { label for="f-name" { (ctx.t("security-passkey-name")) } input.input #f-name name="name" maxlength="60" autocomplete="off" placeholder=(ctx.t("security-passkey-example")); } }))
        } @else { p.muted { (ctx.t("security-passkeys-not-here")) } }
        @if factors.has_second() {
            h2 { (ctx.t("security-codes")) }
            p { (i18n::t_args(me.lang, "security-codes-left", &[("count", factors.codes.into())])) }
            form.settings-form method="post" action="/settings/security/codes" { (form::csrf(&ctx)) div.settings-actions { button.button type="submit" { (ctx.t("security-codes-make")) } } }
        }
    };
    let page = frame(me, Part::Security, &ctx.t("settings-security"), said, &body);
    Ok(with_status(page, errors))
}

fn app_part(me: &SignedIn, draw: &Draw<'_>, factors: Factors, offer: Option<&Offer>) -> Markup {
    let ctx = me.ctx();
    html! {
        h2 { (ctx.t("security-app")) " " @if factors.has_totp { (badge(Tone::Good, &ctx.t("security-on"))) } }
        p.hint { (ctx.t("security-app-hint")) }
        @if factors.has_totp {
            form.settings-form method="post" action="/settings/security/app" { (form::csrf(&ctx)) div.settings-actions { button.button.ghost type="submit" name="do" value="remove" { (ctx.t("security-app-remove")) } } }
        }
        @if let Some(offer) = offer {
            form.settings-form.totp-offer method="post" action="/settings/security/app" {
                (form::csrf(&ctx))
                @if let Some(image) = offer.image() { img.square-code src=(image) alt=(ctx.t("security-app-square")) width="200" height="200"; }
                div.totp-fields {
                    (copy("secret", &ctx.t("security-app-secret"), &offer.secret))
                    (draw.code("code", &ctx.t("security-app-code")))
                    div.settings-actions { (button(&ctx.t("security-app-confirm"))) }
                }
            }
        }
    }
}

fn key_list(me: &SignedIn, keys: &[Listed]) -> Markup {
    let ctx = me.ctx();
    html! {
        ul.people {
            @for key in keys {
                @let seen = key.last_used_at.unwrap_or(key.created_at);
                li.person {
                    span.inbox-name {
                        strong { @if key.name.is_empty() { (ctx.t("security-passkey")) } @else { (key.name) } }
                        span.muted { (time_tag(&ctx, seen, &i18n::relative(me.lang, me.now, seen, &me.tz))) }
                    }
                    form method="post" action="/settings/security/passkeys/remove" {
                        (form::csrf(&ctx)) input type="hidden" name="key" value=(key.id);
                        button.button.ghost type="submit" { (ctx.t("security-remove")) }
                    }
                }
            }
        }
    }
}

async fn note(app: &App, me: &SignedIn, what: &str, kind: &str) -> Result<(), Failure> {
    let object = me.agent.id.as_str();
    audit::note(&app.store, &me.actor(), what, object, &json!({ "kind": kind })).await?;
    Ok(())
}

async fn wrong(app: &App, me: &SignedIn, field: &str, error: &Error) -> Result<Response, Failure> {
    let errors = vec![(field.to_owned(), failure::words(me.lang, error))];
    page(app, me, &errors, None, &[]).await
}

/// Takes the app's first code, or takes the app away.
pub(super) async fn app_code(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.fresh(HERE)?;
    let owner = owner(&me);
    let mut tx = app.store.begin().await?;
    if form.get("do") == "remove" {
        totp::remove_in(&mut tx, &owner).await?;
        tx.commit_silently().await?;
        note(&app, &me, "agent.factor_removed", "app").await?;
        return Ok(see_other(HERE));
    }
    match totp::confirm_in(&mut tx, &owner, form.get("code")).await {
        Ok(()) => {}
        Err(error @ Error::Invalid(_)) => {
            drop(tx);
            return wrong(&app, &me, "code", &error).await;
        }
        Err(error) => return Err(error.into()),
    }
    let fresh = codes::make_in(&mut tx, &owner).await?;
    tx.commit_silently().await?;
    note(&app, &me, "agent.factor_added", "app").await?;
    let words = me.ctx().t("security-app-done");
    page(&app, &me, &Errors::new(), Some((Tone::Good, &words)), &fresh).await
}

/// New recovery codes; the old ones no longer work.
pub(super) async fn make_codes(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let me = posted.me;
    me.fresh(HERE)?;
    let mut tx = app.store.begin().await?;
    let fresh = codes::make_in(&mut tx, &owner(&me)).await?;
    tx.commit_silently().await?;
    note(&app, &me, "agent.factor_added", "codes").await?;
    page(&app, &me, &Errors::new(), None, &fresh).await
}

/// The question for a new passkey.
pub(super) async fn begin_key(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let me = posted.me;
    me.fresh(HERE)?;
    let party = party(&app).ok_or(Error::NotFound)?;
    let question = passkeys::begin_create(&app.store, &party, &owner(&me), &me.agent.email, &me.agent.name).await?;
    Ok(Json(question).into_response())
}

/// Keeps a new passkey.
pub(super) async fn add_key(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.fresh(HERE)?;
    let party = party(&app).ok_or(Error::NotFound)?;
    let owner = owner(&me);
    let (step, answer, name) = (form.get("step"), form.get("credential"), form.get("name"));
    match passkeys::finish_create(&app.store, &party, &owner, step, answer, name).await {
        Ok(_) => {}
        Err(error @ Error::Invalid(_)) => return wrong(&app, &me, "", &error).await,
        Err(error) => return Err(error.into()),
    }
    note(&app, &me, "agent.factor_added", "passkey").await?;
    if identity::factors(app.store.db(), &owner).await?.codes > 0 {
        return Ok(see_other(HERE));
    }
    // Whoever has a key has codes, for the day on which it is lost.
    let mut tx = app.store.begin().await?;
    let fresh = codes::make_in(&mut tx, &owner).await?;
    tx.commit_silently().await?;
    let words = me.ctx().t("security-passkey-done");
    page(&app, &me, &Errors::new(), Some((Tone::Good, &words)), &fresh).await
}

/// Takes a passkey away.
pub(super) async fn remove_key(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.fresh(HERE)?;
    let mut tx = app.store.begin().await?;
    passkeys::remove_in(&mut tx, &owner(&me), form.get("key")).await?;
    tx.commit_silently().await?;
    note(&app, &me, "agent.factor_removed", "passkey").await?;
    Ok(see_other(HERE))
}
