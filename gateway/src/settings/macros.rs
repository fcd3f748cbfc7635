//! Macros: everybody's, which administrators keep, and each agent's own.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::desk::macros::{self, Macro};
use maud::html;
use ui::icons::Icon;

use super::fits::{self, Narrowed};
use super::frame::Part;
use super::kept::{self, Kind, Row, Shown, changeable, owner_of_new, refused};
use super::meanwhile;
use super::steps::{self, Names};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

const HERE: &str = "/settings/macros";
const KIND: Kind = Kind {
    part: Part::Macros,
    here: HERE,
    icon: Icon::Macro,
    title: "settings-macros",
    lead: "macros-lead",
    none: "macros-none",
    new: "macros-new",
};

async fn load(app: &App, me: &SignedIn, id: &str) -> Result<Macro, Failure> {
    changeable(me, macros::load(app.store.db(), id).await?, |one| one.owner.as_ref())
}

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
    let mut form = filled(load(&app, &me, &id).await?);
    meanwhile::stamp(&mut form);
    let shown = Shown {
        id: Some(id),
        sent: form,
        ..Shown::default()
    };
    page(&app, &me, &shown).await
}

fn filled(one: Macro) -> Form {
    let mut form = Form::of([("name", one.name)]);
    steps::fill(&mut form, &one.steps);
    fits::fill(&mut form, &one.fits);
    form
}

async fn page(app: &App, me: &SignedIn, shown: &Shown) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let names = Names::of(app.store.db()).await?;
    let all = macros::list(app.store.db(), Some(&me.agent.id)).await?;
    let rows: Vec<Row> = all
        .into_iter()
        .map(|one| Row {
            facts: html! { (one.steps.iter().map(|step| names.words(&ctx, step)).collect::<Vec<_>>().join(" · ")) },
            badges: html! {},
            id: one.id,
            owner: one.owner,
            name: one.name,
            fits: one.fits,
            uses: one.uses,
        })
        .collect();
    kept::page(app, me, &KIND, shown, &rows, |draw| {
        html! {
            (draw.text("name", &ctx.t("macros-name"), "", true))
            (steps::rows(draw, &names, true))
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
    if let Some(id) = id {
        let kept = filled(load(app, &me, id).await?);
        if form.is_on("remove") {
            macros::remove(&app.store, &me.actor(), id).await?;
            return Ok(see_other(HERE));
        }
        if let Some(errors) = meanwhile::changed(app, &me, &mut form, kept, &[id]).await? {
            return page(app, &me, &Shown::again(id, form, errors)).await;
        }
    }
    let done = macros::save(
        &app.store,
        &me.actor(),
        id,
        owner_of_new(&me, &form).as_ref(),
        form.get("name"),
        &steps::read(&form),
        Some(&fits::read(&form)),
    )
    .await;
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
