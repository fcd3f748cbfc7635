//! Everybody's own account: language, time zone, name, password, sessions.

use axum::extract::State;
use axum::response::Response;
use conversation::types::Language;
use maud::html;
use ui::components::{Tone, button, form, time_tag};
use ui::i18n;

use super::draw::{Draw, Errors, with_status};
use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{self, SignedIn, see_other};
use crate::people::agents::{self, AgentEdit};
use crate::people::sessions;

pub(super) async fn show(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    page(&app, &me, &Errors::new(), None).await
}

async fn page(app: &App, me: &SignedIn, errors: &Errors, said: Option<(Tone, &str)>) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let filled = Form::of([
        ("name", me.agent.name.clone()),
        ("language", me.agent.language.to_string()),
        ("zone", me.agent.time_zone.clone()),
    ]);
    let draw = Draw {
        ctx,
        form: &filled,
        errors,
    };
    let languages: Vec<(&str, &str)> = Language::ALL.iter().map(|l| (l.as_str(), i18n::own_name(*l))).collect();
    let zones = zones(app, me);
    let zones: Vec<(&str, &str)> = zones
        .iter()
        .map(|(value, words)| (value.as_str(), words.as_str()))
        .collect();
    let all = sessions::list(app.store.db(), &me.agent.id, me.now).await?;
    let body = html! {
        p.muted { (me.agent.email) }
        (draw.summary())
        form.settings-form method="post" action="/settings/account" {
            (form::csrf(&ctx))
            div.row-fields { (draw.text("name", &ctx.t("field-name"), "", true)) (draw.choice("language", &ctx.t("inbox-language"), &languages)) (draw.choice("zone", &ctx.t("hours-zone"), &zones)) }
            p.hint { (ctx.t("account-zone-hint")) }
            div.settings-actions { (button(&ctx.t("settings-save"))) }
        }
        h2 { (ctx.t("account-password")) }
        form.settings-form method="post" action="/settings/account/password" {
            (form::csrf(&ctx))
            div.row-fields {
                (draw.secret("current", &ctx.t("account-current"), "", true))
                (draw.secret("password", &ctx.t("account-new"), "", true))
            }
            p.hint { (ctx.t("set-up-password-hint")) " " (ctx.t("account-password-hint")) }
            div.settings-actions { (button(&ctx.t("account-change"))) }
        }
        h2 { (ctx.t("account-sessions")) }
        ul.people {
            @for session in &all {
                li.person {
                    span.inbox-name { strong { (ui::browser_name(me.lang, &session.user_agent)) } span.muted { @if !session.address.is_empty() { (session.address) " · " } (time_tag(&ctx, session.last_seen_at, &i18n::relative(me.lang, me.now, session.last_seen_at, &me.tz))) } }
                    @if session.id == me.session.id { span.muted { (ctx.t("account-this")) } }
                    @else {
                        form method="post" action="/settings/account/sessions" {
                            (form::csrf(&ctx)) input type="hidden" name="session" value=(session.id);
                            button.button.ghost type="submit" { (ctx.t("account-end")) }
                        }
                    }
                }
            }
        }
        @if all.len() > 1 {
            form method="post" action="/settings/account/sessions" { (form::csrf(&ctx)) button.button type="submit" name="others" value="on" { (ctx.t("account-end-others")) } }
        }
    };
    let page = frame(me, Part::Account, &ctx.t("settings-account"), said, &body);
    Ok(with_status(page, errors))
}

/// That of the business, and every other with a place in its name; the one that was chosen is always among them.
fn zones(app: &App, me: &SignedIn) -> Vec<(String, String)> {
    let business = app.tz().iana_name().unwrap_or("UTC");
    let first = i18n::t_args(me.lang, "account-zone-business", &[("zone", business.into())]);
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .filter(|name| {
            let is_copy = ["posix/", "right/", "Etc/", "SystemV/"]
                .iter()
                .any(|one| name.starts_with(one));
            name == "UTC" || (name.contains('/') && !is_copy)
        })
        .chain(Some(me.agent.time_zone.clone()).filter(|name| !name.is_empty()))
        .collect();
    names.sort_unstable();
    names.dedup();
    let all = names.into_iter().map(|name| (name.clone(), name.replace('_', " ")));
    std::iter::once((String::new(), first)).chain(all).collect()
}

pub(super) async fn save(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    if form.get("name").trim().is_empty() {
        let errors = vec![("name".to_owned(), i18n::t(me.lang, "error-name-empty").into_owned())];
        return page(&app, &me, &errors, None).await;
    }
    let edit = AgentEdit {
        name: Some(form.get("name").to_owned()),
        language: form.get("language").parse().ok(),
        role: None,
        time_zone: form
            .fields()
            .any(|(name, _)| name == "zone")
            .then(|| form.get("zone").to_owned()),
    };
    agents::edit(&app.store, &me.actor(), &me.agent.id, edit).await?;
    Ok(see_other("/settings/account"))
}

/// A new password ends every other session: whoever knew the old one is out.
pub(super) async fn password(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    let right = agents::sign_in(&app.store, &me.agent.email, form.get("current")).await?;
    if right.is_none() {
        let errors = vec![(
            "current".to_owned(),
            i18n::t(me.lang, "error-current-password").into_owned(),
        )];
        return page(&app, &me, &errors, None).await;
    }
    if let Some(words) = auth::password_trouble(me.lang, form.get("password"), &me.agent.email) {
        return page(&app, &me, &vec![("password".to_owned(), words)], None).await;
    }
    let keep = Some(me.session.id.as_str());
    agents::change_password(&app.store, &me.actor(), &me.agent.id, form.get("password"), keep).await?;
    let words = me.ctx().t("account-password-changed");
    page(&app, &me, &Errors::new(), Some((Tone::Good, &words))).await
}

pub(super) async fn end_session(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    if form.is_on("others") {
        sessions::revoke_others(&app.store, &me.actor(), &me.agent.id, &me.session.id).await?;
        return Ok(see_other("/settings/account"));
    }
    sessions::revoke_by_id(&app.store, &me.actor(), &me.agent.id, form.get("session")).await?;
    Ok(see_other("/settings/account"))
}
