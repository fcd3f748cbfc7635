//! Macros: everybody's, which administrators keep, and each agent's own.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::desk::macros::{self, Macro};
use maud::html;
use ui::components::{Tone, badge, button, empty, form};
use ui::icons::Icon;

use super::draw::{Draw, Errors};
use super::fits::{self, About, Narrowed};
use super::steps::{self, Names};
use super::{Part, frame};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

const HERE: &str = "/settings/macros";

fn may_change(me: &SignedIn, one: &Macro) -> bool {
    match &one.owner {
        Some(owner) => *owner == me.agent.id,
        None => me.can(Permission::Administer),
    }
}

async fn changeable(app: &App, me: &SignedIn, id: &str) -> Result<Macro, Failure> {
    let one = macros::load(app.store.db(), id).await?;
    if may_change(me, &one) {
        Ok(one)
    } else {
        Err(Error::NotFound.into())
    }
}

pub(super) async fn list(
    State(app): State<App>,
    me: SignedIn,
    Query(narrowed): Query<Narrowed>,
) -> Result<Response, Failure> {
    me.must(Permission::Work)?;
    page(&app, &me, None, &narrowed, &Form::default(), &Errors::new()).await
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Work)?;
    let one = changeable(&app, &me, &id).await?;
    let mut form = Form::of([("name", one.name)]);
    steps::fill(&mut form, &one.steps);
    fits::fill(&mut form, &one.fits);
    page(&app, &me, Some(&id), &Narrowed::default(), &form, &Errors::new()).await
}

async fn page(
    app: &App,
    me: &SignedIn,
    id: Option<&str>,
    narrowed: &Narrowed,
    sent: &Form,
    errors: &Errors,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let names = Names::of(app.store.db()).await?;
    let all = macros::list(app.store.db(), Some(&me.agent.id)).await?;
    let about = About::of(&app.store).await?;
    let used = match id {
        Some(id) => about.uses(&app.store, &ctx, id).await?,
        None => html! {},
    };
    let body = html! {
        @if id.is_none() {
            p.lead { (ctx.t("macros-lead")) }
            @if all.is_empty() { (empty(Icon::Macro, &ctx.t("macros-none"), "")) } @else { (about.filter(&ctx, HERE, narrowed)) }
            ul.people.fit-list {
                @for one in all.iter().filter(|one| about.shows(narrowed, &one.fits)) {
                    li.person {
                        span.inbox-name {
                            @if may_change(me, one) { a href={ (HERE) "/" (one.id) } { strong { (one.name) } } } @else { strong { (one.name) } }
                            span.muted { (one.steps.iter().map(|step| names.words(&ctx, step)).collect::<Vec<_>>().join(" · ")) }
                        }
                        @if one.owner.is_some() { (badge(Tone::Accent, &ctx.t("canned-own"))) }
                        (about.facts(&ctx, &one.id, &one.fits, one.uses))
                    }
                }
            }
            h2 { (ctx.t("macros-new")) }
        }
        (draw.summary())
        form.settings-form method="post" action=(id.map_or_else(|| HERE.to_owned(), |id| format!("{HERE}/{id}"))) {
            (form::csrf(&ctx))
            (draw.text("name", &ctx.t("macros-name"), "", true))
            (steps::rows(&draw, &names, true))
            (about.fields(&draw))
            @if id.is_none() && me.can(Permission::Administer) { (draw.check("shared", &ctx.t("canned-shared"))) }
            div.settings-actions {
                (button(&ctx.t("settings-save")))
                @if id.is_some() { button.button.ghost type="submit" name="remove" value="1" formnovalidate { (ctx.t("desk-remove")) } a.button.ghost href=(HERE) { (ctx.t("desk-back")) } }
            }
        }
        (used)
    };
    let mut response = frame(me, Part::Macros, &ctx.t("settings-macros"), None, &body);
    if !errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

pub(super) async fn create(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    put(&app, None, posted).await
}

pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    put(&app, Some(&id), posted).await
}

async fn put(app: &App, id: Option<&str>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Work)?;
    if let Some(id) = id {
        changeable(app, &me, id).await?;
        if form.is_on("remove") {
            macros::remove(&app.store, &me.actor(), id).await?;
            return Ok(see_other(HERE));
        }
    }
    let is_shared = form.is_on("shared") && me.can(Permission::Administer);
    let owner = (!is_shared).then_some(&me.agent.id);
    match macros::save(
        &app.store,
        &me.actor(),
        id,
        owner,
        form.get("name"),
        &steps::read(&form),
        Some(&fits::read(&form)),
    )
    .await
    {
        Ok(_) => Ok(see_other(HERE)),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let errors = vec![(String::new(), failure::words(me.lang, &error))];
            page(app, &me, id, &Narrowed::default(), &form, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}
