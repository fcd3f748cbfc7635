//! Canned replies: everybody's, which administrators keep, and each agent's own.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::desk::canned::{self, CannedReply, NewCannedReply, VARIABLES};
use maud::html;
use ui::components::{Tone, badge, button, empty, form};
use ui::icons::Icon;

use super::draw::{Draw, Errors};
use super::fits::{self, About, Narrowed};
use super::steps::{text_fields, texts};
use super::{Part, frame};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

const HERE: &str = "/settings/canned";

/// Whether this agent may change a reply: their own, and everybody's for administrators.
fn may_change(me: &SignedIn, reply: &CannedReply) -> bool {
    match &reply.owner {
        Some(owner) => *owner == me.agent.id,
        None => me.can(Permission::Administer),
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
    let reply = changeable(&app, &me, &id).await?;
    let mut form = Form::default();
    form.push("shortcut", reply.shortcut.as_str());
    form.push("title", reply.title.as_str());
    form.push("category", reply.category.as_str());
    for (language, words) in reply.bodies.iter() {
        form.push(format!("body_{language}"), words);
    }
    fits::fill(&mut form, &reply.fits);
    page(&app, &me, Some(&id), &Narrowed::default(), &form, &Errors::new()).await
}

async fn changeable(app: &App, me: &SignedIn, id: &str) -> Result<CannedReply, Failure> {
    let reply = canned::load(app.store.db(), id).await?;
    if may_change(me, &reply) {
        Ok(reply)
    } else {
        Err(Error::NotFound.into())
    }
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
    let all = canned::list(app.store.db(), Some(&me.agent.id)).await?;
    let about = About::of(&app.store).await?;
    let used = match id {
        Some(id) => about.uses(&app.store, &ctx, id).await?,
        None => html! {},
    };
    let variables: Vec<String> = VARIABLES.iter().map(|name| format!("{{{{{name}}}}}")).collect();
    let body = html! {
        @if id.is_none() {
            p.lead { (ctx.t("canned-lead")) }
            @if all.is_empty() { (empty(Icon::Canned, &ctx.t("canned-none"), "")) } @else { (about.filter(&ctx, HERE, narrowed)) }
            ul.people.fit-list {
                @for reply in all.iter().filter(|reply| about.shows(narrowed, &reply.fits)) {
                    li.person {
                        span.inbox-name {
                            @if may_change(me, reply) { a href={ (HERE) "/" (reply.id) } { strong { (reply.title) } } } @else { strong { (reply.title) } }
                            span.muted { kbd { "/" (reply.shortcut) } " " (reply.category) }
                        }
                        @for (language, _) in reply.bodies.iter() { (badge(Tone::Neutral, language.as_str())) }
                        @if reply.owner.is_some() { (badge(Tone::Accent, &ctx.t("canned-own"))) }
                        (about.facts(&ctx, &reply.id, &reply.fits, reply.uses))
                    }
                }
            }
            h2 { (ctx.t("canned-new")) }
        }
        (draw.summary())
        form.settings-form method="post" action=(id.map_or_else(|| HERE.to_owned(), |id| format!("{HERE}/{id}"))) {
            (form::csrf(&ctx))
            div.row-fields {
                (draw.text("shortcut", &ctx.t("canned-shortcut"), "", true))
                (draw.text("title", &ctx.t("canned-title"), "", false))
                (draw.text("category", &ctx.t("canned-category"), "", false))
            }
            fieldset.group {
                legend { (ctx.t("canned-words")) }
                (text_fields(&draw, "body", &ctx.t("canned-words-hint"), 4))
                p.hint { (ctx.t("canned-variables")) " " @for name in &variables { code { (name) } " " } }
            }
            (about.fields(&draw))
            @if id.is_none() && me.can(Permission::Administer) { (draw.check("shared", &ctx.t("canned-shared"))) }
            div.settings-actions {
                (button(&ctx.t("settings-save")))
                @if id.is_some() { button.button.ghost type="submit" name="remove" value="1" formnovalidate { (ctx.t("desk-remove")) } a.button.ghost href=(HERE) { (ctx.t("desk-back")) } }
            }
        }
        (used)
    };
    let mut response = frame(me, Part::Canned, &ctx.t("settings-canned"), None, &body);
    if !errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

pub(super) async fn create(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Work)?;
    let is_shared = form.is_on("shared") && me.can(Permission::Administer);
    let new = read(&form, (!is_shared).then(|| me.agent.id.clone()));
    match canned::create(&app.store, &me.actor(), new).await {
        Ok(_) => Ok(see_other(HERE)),
        Err(error) => again(&app, &me, None, &form, error).await,
    }
}

pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Work)?;
    let old = changeable(&app, &me, &id).await?;
    if form.is_on("remove") {
        canned::remove(&app.store, &me.actor(), &id).await?;
        return Ok(see_other(HERE));
    }
    match canned::change(&app.store, &me.actor(), &id, read(&form, old.owner)).await {
        Ok(_) => Ok(see_other(HERE)),
        Err(error) => again(&app, &me, Some(&id), &form, error).await,
    }
}

fn read(form: &Form, owner: Option<conversation::types::AgentId>) -> NewCannedReply {
    NewCannedReply {
        owner,
        shortcut: form.get("shortcut").to_owned(),
        title: form.get("title").to_owned(),
        category: form.get("category").to_owned(),
        bodies: texts(form, "body"),
        fits: Some(fits::read(form)),
    }
}

async fn again(app: &App, me: &SignedIn, id: Option<&str>, form: &Form, error: Error) -> Result<Response, Failure> {
    match error {
        Error::Invalid(_) | Error::Conflict(_) => {
            let errors = vec![(String::new(), failure::words(me.lang, &error))];
            page(app, me, id, &Narrowed::default(), form, &errors).await
        }
        error => Err(error.into()),
    }
}
