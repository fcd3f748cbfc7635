//! Tokens of the JSON API.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::types::Role;
use maud::html;
use ui::components::{Tone, badge, button, empty, form, time_tag};
use ui::i18n;
use ui::icons::Icon;

use super::draw::{Draw, Errors, copy, with_status};
use super::frame::{Part, frame};
use super::people::{role_name, roles};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::people::tokens;

pub(super) async fn list(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    me.fresh("/settings/tokens")?;
    let form = Form::of([("role", Role::Agent.to_string())]);
    page(&app, &me, &form, &Errors::new(), None).await
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
    // Nobody looks after companies by a token.
    let mut roles = roles(me.lang);
    roles.retain(|(value, _)| *value != Role::Coordinator.as_str());
    let roles: Vec<(&str, &str)> = roles.iter().map(|(value, words)| (*value, &**words)).collect();
    let all = tokens::list(app.store.db()).await?;
    let body = html! {
        p.lead { (ctx.t("tokens-lead")) }
        @if let Some(secret) = fresh {
            div.fresh { p { (ctx.t("tokens-once")) } (copy("token", &ctx.t("tokens-label"), secret)) }
        }
        @if all.is_empty() { (empty(Icon::Key, &ctx.t("tokens-none"), "")) }
        ul.people {
            @for token in &all {
                li.person {
                    span.inbox-name { strong { (token.name) } span.muted {
                        @match token.last_used_at {
                            Some(at) => { (ctx.t("tokens-used")) " " (time_tag(&ctx, at, &i18n::relative(me.lang, me.now, at, &me.tz))) },
                            None => (ctx.t("tokens-unused")),
                        }
                    } }
                    (badge(Tone::Accent, &role_name(me.lang, token.role)))
                    @if token.revoked_at.is_some() { (badge(Tone::Neutral, &ctx.t("tokens-revoked"))) }
                    @else {
                        form method="post" action={ "/settings/tokens/" (token.id) "/revoke" } {
                            (form::csrf(&ctx)) button.button.ghost type="submit" { (ctx.t("tokens-revoke")) }
                        }
                    }
                }
            }
        }
        h2 { (ctx.t("tokens-new")) }
        (draw.summary())
        form.settings-form method="post" action="/settings/tokens" {
            (form::csrf(&ctx))
            div.row-fields { (draw.text("name", &ctx.t("tokens-name"), "", true)) (draw.choice("role", &ctx.t("people-role"), &roles)) }
            div.settings-actions { (button(&ctx.t("tokens-create"))) }
        }
    };
    let page = frame(me, Part::Tokens, &ctx.t("settings-tokens"), None, &body);
    Ok(with_status(page, errors))
}

pub(super) async fn create(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    me.fresh("/settings/tokens")?;
    let role = form.get("role").parse().map_err(|_| Failure::Unreadable)?;
    match tokens::create(&app.store, &me.actor(), form.get("name"), role).await {
        Ok((_, secret)) => {
            page(
                &app,
                &me,
                &Form::of([("role", role.to_string())]),
                &Errors::new(),
                Some(&secret),
            )
            .await
        }
        Err(Error::Invalid(_)) => {
            let errors = vec![("name".to_owned(), i18n::t(me.lang, "error-name-empty").into_owned())];
            page(&app, &me, &form, &errors, None).await
        }
        Err(error @ Error::Conflict(_)) => {
            let errors = vec![("name".to_owned(), failure::words(me.lang, &error))];
            page(&app, &me, &form, &errors, None).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn revoke(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.me.must(Permission::Administer)?;
    posted.me.fresh("/settings/tokens")?;
    tokens::revoke(&app.store, &posted.me.actor(), &id).await?;
    Ok(see_other("/settings/tokens"))
}
