//! Canned replies: everybody's, which administrators keep, and each agent's own.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::desk::canned::{self, CannedReply, NewCannedReply, VARIABLES};
use maud::html;
use ui::components::{Tone, badge};
use ui::icons::Icon;

use super::fits::{self, Narrowed};
use super::frame::Part;
use super::kept::{self, Kind, Row, Shown, changeable, owner_of_new, refused};
use super::meanwhile;
use super::steps::{text_fields, texts};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

const HERE: &str = "/settings/canned";
const KIND: Kind = Kind {
    part: Part::Canned,
    here: HERE,
    icon: Icon::Canned,
    title: "settings-canned",
    lead: "canned-lead",
    none: "canned-none",
    new: "canned-new",
};

pub(super) async fn list(
    State(app): State<App>,
    me: SignedIn,
    Query(narrowed): Query<Narrowed>,
) -> Result<Response, Failure> {
    me.must(Permission::Work)?;
    let shown = Shown {
        narrowed,
        ..Shown::default()
    };
    page(&app, &me, &shown).await
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Work)?;
    let mut form = filled(&load(&app, &me, &id).await?);
    meanwhile::stamp(&mut form);
    let shown = Shown {
        id: Some(id),
        sent: form,
        ..Shown::default()
    };
    page(&app, &me, &shown).await
}

fn filled(reply: &CannedReply) -> Form {
    let mut form = Form::default();
    form.push("shortcut", reply.shortcut.as_str());
    form.push("title", reply.title.as_str());
    form.push("category", reply.category.as_str());
    for (language, words) in reply.bodies.iter() {
        form.push(format!("body_{language}"), words);
    }
    fits::fill(&mut form, &reply.fits);
    form
}

async fn load(app: &App, me: &SignedIn, id: &str) -> Result<CannedReply, Failure> {
    changeable(me, canned::load(app.store.db(), id).await?, |one| one.owner.as_ref())
}

async fn page(app: &App, me: &SignedIn, shown: &Shown) -> Result<Response, Failure> {
    let all = canned::list(app.store.db(), Some(&me.agent.id)).await?;
    let rows: Vec<Row> = all
        .into_iter()
        .map(|reply| Row {
            facts: html! { kbd { "/" (reply.shortcut) } " " (reply.category) },
            badges: html! { @for (language, _) in reply.bodies.iter() { (badge(Tone::Neutral, language.as_str())) } },
            id: reply.id,
            owner: reply.owner,
            name: reply.title,
            fits: reply.fits,
            uses: reply.uses,
        })
        .collect();
    kept::page(app, me, &KIND, shown, &rows, |draw| {
        let ctx = draw.ctx;
        html! {
            div.row-fields {
                (draw.text("shortcut", &ctx.t("canned-shortcut"), "", true))
                (draw.text("title", &ctx.t("canned-title"), "", false))
                (draw.text("category", &ctx.t("canned-category"), "", false))
            }
            fieldset.group {
                legend { (ctx.t("canned-words")) }
                (text_fields(draw, "body", &ctx.t("canned-words-hint"), 4))
                p.hint { (ctx.t("canned-variables")) " " @for (at, name) in VARIABLES.iter().enumerate() { @if at > 0 { ", " } code { "{{" (name) "}}" } @if let Some(key) = ui::desk_words::variable(name) { " " (ctx.t(key)) } } }
            }
        }
    })
    .await
}

pub(super) async fn create(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    put(&app, None, posted).await
}

pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    put(&app, Some(&id), posted).await
}

async fn put(app: &App, id: Option<&str>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Work)?;
    if let Some(id) = id.filter(|_| !form.is_on("remove")) {
        let kept = filled(&load(app, &me, id).await?);
        if let Some(errors) = meanwhile::changed(app, &me, &mut form, kept, &[id]).await? {
            return page(app, &me, &Shown::again(id, form, errors)).await;
        }
    }
    let new = |owner| NewCannedReply {
        owner,
        shortcut: form.get("shortcut").to_owned(),
        title: form.get("title").to_owned(),
        category: form.get("category").to_owned(),
        bodies: texts(&form, "body"),
        fits: Some(fits::read(&form)),
    };
    let done = match id {
        None => canned::create(&app.store, &me.actor(), new(owner_of_new(&me, &form))).await,
        Some(id) => {
            let old = load(app, &me, id).await?;
            if form.is_on("remove") {
                canned::remove(&app.store, &me.actor(), id).await?;
                return Ok(see_other(HERE));
            }
            canned::change(&app.store, &me.actor(), id, new(old.owner)).await
        }
    };
    match done {
        Ok(_) => Ok(see_other(HERE)),
        Err(error) => {
            let shown = Shown {
                id: id.map(str::to_owned),
                errors: refused(&me, &form, error)?,
                sent: form,
                ..Shown::default()
            };
            page(app, &me, &shown).await
        }
    }
}
