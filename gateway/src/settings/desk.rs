//! Everybody's own desk: signature, capacity, levels, and what they are told of.

use axum::extract::State;
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::desk::bell::{self, Choice, Kind};
use conversation::desk::presence::{self, DeskEdit};
use conversation::types::Level;
use maud::html;
use ui::components::{button, form, level_name};

use super::draw::{Draw, Errors, with_status};
use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

const HERE: &str = "/settings/desk";
const LEVELS: [Level; 3] = [Level::N1, Level::N2, Level::N3];

pub(super) async fn show(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    let desk = presence::load(app.store.db(), &me.agent.id).await?;
    let mut form = Form::of([
        ("signature", desk.signature),
        ("capacity", desk.capacity.to_string()),
        ("is_away", if desk.is_away { "on" } else { "" }.to_owned()),
        ("has_sound", if desk.has_sound { "on" } else { "" }.to_owned()),
    ]);
    for level in &desk.levels {
        form.push(format!("level_{level}"), "on");
    }
    page(&app, &me, &form, &Errors::new()).await
}

async fn page(app: &App, me: &SignedIn, sent: &Form, errors: &Errors) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let choices = bell::choices(app.store.db(), &me.agent.id).await?;
    let body = html! {
        (draw.summary())
        form.settings-form method="post" action=(HERE) {
            (form::csrf(&ctx))
            @if me.can(Permission::Work) {
                fieldset.group {
                    legend { (ctx.t("desk-work")) }
                    div.row-fields { (draw.text("capacity", &ctx.t("desk-capacity"), &ctx.t("desk-capacity-hint"), true)) }
                    p { (ctx.t("desk-levels")) }
                    div.checks { @for level in LEVELS { (draw.check(&format!("level_{level}"), &level_name(me.lang, level))) } }
                    (draw.check("is_away", &ctx.t("bell-away")))
                }
                (draw.lines("signature", &ctx.t("compose-signature"), &ctx.t("desk-signature-hint"), 4))
            }
            fieldset.group {
                legend { (ctx.t("desk-told")) }
                div.table-scroll { table.told {
                    thead { tr { th scope="col" { (ctx.t("desk-told-of")) } th scope="col" { (ctx.t("desk-in-page")) } th scope="col" { (ctx.t("desk-by-push")) } th scope="col" { (ctx.t("desk-by-mail")) } } }
                    tbody { @for (kind, choice) in &choices { (choice_row(&ctx, *kind, *choice)) } }
                } }
                (draw.check("has_sound", &ctx.t("desk-sound")))
                div.settings-actions { button.button.ghost #tone-try type="button" { (ctx.t("desk-sound-try")) } }
                label.check { input #push-here type="checkbox"; span { (ctx.t("desk-push-here")) } }
                p.hint { (ctx.t("desk-push-hint")) }
            }
            div.settings-actions { (button(&ctx.t("settings-save"))) }
        }
    };
    let page = frame(me, Part::Desk, &ctx.t("settings-desk"), None, &body);
    Ok(with_status(page, errors))
}

fn choice_row(ctx: &ui::Ctx<'_>, kind: Kind, choice: Choice) -> maud::Markup {
    let words = ctx.t(ui::desk_words::kind(kind)).into_owned();
    let cell = |way: &str, is_on: bool, key: &str| {
        html! { td { input type="checkbox" name={ (kind.as_str()) "_" (way) } checked[is_on] aria-label={ (words) ", " (ctx.t(key)) }; } }
    };
    html! {
        tr { th scope="row" { (words) }
            (cell("page", choice.in_page, "desk-in-page")) (cell("push", choice.by_push, "desk-by-push")) (cell("mail", choice.by_mail, "desk-by-mail")) }
    }
}

pub(super) async fn save(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    let is_worker = me.can(Permission::Work);
    let capacity = form.get("capacity").trim().parse().unwrap_or(-1);
    let edit = DeskEdit {
        signature: is_worker.then(|| form.get("signature").to_owned()),
        is_away: is_worker.then(|| form.is_on("is_away")),
        capacity: is_worker.then_some(capacity),
        levels: is_worker.then(|| {
            LEVELS
                .into_iter()
                .filter(|level| form.is_on(&format!("level_{level}")))
                .collect()
        }),
        has_sound: Some(form.is_on("has_sound")),
    };
    match presence::edit(&app.store, &me.agent.id, edit).await {
        Ok(_) => {}
        Err(error @ Error::Invalid(_)) => {
            let errors = vec![("capacity".to_owned(), failure::words(me.lang, &error))];
            return page(&app, &me, &form, &errors).await;
        }
        Err(error) => return Err(error.into()),
    }
    let choices: Vec<(Kind, Choice)> = Kind::ALL
        .into_iter()
        .map(|kind| {
            let on = |way: &str| form.is_on(&format!("{}_{way}", kind.as_str()));
            let choice = Choice {
                in_page: on("page"),
                by_push: on("push"),
                by_mail: on("mail"),
            };
            (kind, choice)
        })
        .collect();
    bell::choose(&app.store, &me.agent.id, &choices).await?;
    Ok(see_other(HERE))
}
