//! One team: its name, who is in it, and how it goes.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::teams::{self, Named, Team};
use conversation::types::{Actor, AgentId, TeamId};
use equipment::settings as machines;
use maud::{Markup, html};
use ui::i18n;

use super::draw::{self, Draw, Errors, with_status};
use super::frame::{Part, frame};
use super::meanwhile;
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::people::agents;

const HERE: &str = "/settings/organise";

/// Who may be in a team: whoever can sign in.
pub(super) async fn people(app: &App) -> conversation::Result<Vec<(AgentId, String)>> {
    let all = agents::list(app.store.db()).await?.into_iter();
    let enabled = all.filter(|agent| agent.is_enabled);
    Ok(enabled.map(|agent| (agent.id, agent.name)).collect())
}

/// The boxes of a team's members.
pub(super) fn members(draw: &Draw<'_>, people: &[(AgentId, String)]) -> Markup {
    html! {
        fieldset.label-choices {
            legend { (draw.ctx.t("organise-members")) }
            @for (agent, name) in people { (draw.check(&format!("member_{agent}"), name)) }
        }
    }
}

/// The members that a form names.
pub(super) fn named(form: &Form) -> Vec<AgentId> {
    let boxes = form.fields().filter_map(|(name, _)| name.strip_prefix("member_"));
    boxes.map(AgentId::from).collect()
}

async fn filled(app: &App, team: &Team) -> conversation::Result<Form> {
    let mut form = Form::of([("name", team.name.clone())]);
    for (of, agent) in teams::members(app.store.db()).await? {
        if of == team.id {
            form.push(format!("member_{agent}"), "on");
        }
    }
    Ok(form)
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let team = teams::load(app.store.db(), &TeamId::from(id)).await?;
    let mut form = filled(&app, &team).await?;
    meanwhile::stamp(&mut form);
    page(&app, &me, &team, &form, &Errors::new()).await
}

async fn page(app: &App, me: &SignedIn, team: &Team, sent: &Form, errors: &Errors) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let people = people(app).await?;
    let here = format!("{HERE}/teams/{}", team.id);
    let body = html! {
        (draw.summary())
        form.settings-form method="post" action=(here) {
            (draw.begin())
            (draw.text("name", &ctx.t("organise-name"), "", true))
            (members(&draw, &people))
            (draw.actions(false, Some(HERE)))
        }
        (removal(app, me, team, &draw).await?)
    };
    let page = frame(me, Part::Organise, &team.name, None, &body);
    Ok(with_status(page, errors))
}

/// What would miss the team, and who takes it over.
async fn removal(app: &App, me: &SignedIn, team: &Team, draw: &Draw<'_>) -> conversation::Result<Markup> {
    let (db, ctx) = (app.store.db(), me.ctx());
    let named = teams::named(db, &team.id).await?;
    let routes = machines::routes_of(&machines::load(db).await?, team.id.as_str());
    let others: Vec<Team> = teams::list(db)
        .await?
        .into_iter()
        .filter(|one| one.id != team.id)
        .collect();
    let nobody = ctx.t("team-to-none");
    let mut choices: Vec<(&str, &str)> = Vec::new();
    // What gives to it needs another one to give to.
    if !named.is_given_to() {
        choices.push(("none", &nobody));
    }
    choices.extend(others.iter().map(|one| (one.id.as_str(), one.name.as_str())));
    let count = |key: &str, n: usize| i18n::t_args(me.lang, key, &[("count", i64::try_from(n).unwrap_or(0).into())]);
    let is_nowhere = named == Named::default() && routes == 0;
    let links = |all: &[(String, String)], of: &str| {
        html! { @for (at, (id, name)) in all.iter().enumerate() { @if at > 0 { ", " } a href={ "/settings/" (of) "/" (id) } { (name) } } }
    };
    let is_open = draw.form.is_on("remove");
    Ok(html! {
        section.block.team-removal {
            h2 { (ctx.t("team-remove")) }
            p.hint { (ctx.t("team-remove-hint")) }
            @if !is_nowhere {
                ul.plain-list {
                    @if named.conversations > 0 { li { (i18n::t_args(me.lang, "team-conversations", &[("count", named.conversations.into())])) } }
                    @if !named.rules.is_empty() { li { (ctx.t("team-rules")) " " (links(&named.rules, "rules")) } }
                    @if !named.macros.is_empty() { li { (ctx.t("team-macros")) " " (named.macros.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")) } }
                    @if !named.views.is_empty() { li { (count("team-views", named.views.len())) } }
                    @if routes > 0 { li { a href="/equipment/settings" { (count("team-routes", routes)) } } }
                }
            }
            @if choices.is_empty() { p { (ctx.t("team-needs-another")) } }
            @else {
                details.removal open[is_open] {
                    summary.button.ghost { (ctx.t("desk-remove")) }
                    form.settings-form method="post" action={ (HERE) "/teams/" (team.id) } {
                        (draw.begin())
                        (draw.choice("to", &ctx.t(if named.is_given_to() { "team-to-all" } else { "team-to" }), &choices))
                        p { (ctx.t("desk-remove-sure")) " "
                            button.button.ghost.danger type="submit" name="remove" value="1" { (ctx.t("desk-remove-yes")) } }
                    }
                }
            }
        }
    })
}

/// POST `name`, each `member_…`; or `remove` and `to`, another team or `none`.
pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    let team = teams::load(app.store.db(), &TeamId::from(id)).await?;
    let done = if form.is_on("remove") {
        let to = match form.get("to") {
            "none" => None,
            id => Some(TeamId::from(id)),
        };
        remove(&app, &me.actor(), &team.id, to.as_ref()).await
    } else {
        let kept = filled(&app, &team).await?;
        if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &[team.id.as_str()]).await? {
            return page(&app, &me, &team, &form, &errors).await;
        }
        teams::change(&app.store, &me.actor(), &team.id, form.get("name"), &named(&form)).await
    };
    match done {
        Ok(()) => Ok(see_other(HERE)),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let errors = draw::refused(me.lang, &form, &error);
            // A removal was sent without the fields of the team itself.
            let mut again = filled(&app, &team).await?;
            meanwhile::stamp(&mut again);
            for name in ["remove", "to"] {
                again.push(name, form.get(name));
            }
            let shown = if form.is_on("remove") { &again } else { &form };
            page(&app, &me, &team, shown, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Removes a team wherever it is named: conversations, rules, macros, kept lists, and where requests of machines go.
pub(crate) async fn remove(app: &App, actor: &Actor, id: &TeamId, to: Option<&TeamId>) -> conversation::Result<()> {
    teams::remove(&app.store, actor, id, to, async |tx| {
        machines::rename_team_in(tx, actor, id.as_str(), to.map(TeamId::as_str)).await
    })
    .await
}
