//! Who works where: the inboxes of one agent, and the agents of one inbox.

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::inbox_agents::{self, WorksIn};
use conversation::inboxes::{self, Inbox};
use conversation::types::{AgentId, InboxId, Role};
use conversation::{Error, Result};
use maud::{Markup, html};
use ui::components::channel_icon;
use ui::i18n;
use ui::icons::{Icon, icon};

use super::draw::{self, Draw, Errors, with_status};
use super::frame::{Part, frame};
use super::meanwhile;
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::people::agents::{self, Agent};

type Answer = std::result::Result<Response, Failure>;

const PEOPLE: &str = "/settings/people";

/// Where the page of an agent's inboxes is.
pub(super) fn page_of(agent: &AgentId) -> String {
    format!("{PEOPLE}/{agent}/inboxes")
}

/// Where an agent works, on one line; nothing of who sees everything anyway.
pub(super) fn line(me: &SignedIn, agent: &Agent, works: &HashMap<AgentId, WorksIn>, all: &[Inbox]) -> Option<String> {
    let Some(WorksIn::Only(chosen)) = works.get(&agent.id) else {
        return None;
    };
    if agent.role == Role::Administrator {
        return None;
    }
    let names: Vec<&str> = chosen
        .iter()
        .filter_map(|id| all.iter().find(|inbox| inbox.id == *id))
        .map(|inbox| inbox.name.as_str())
        .collect();
    Some(match names.is_empty() {
        true => me.ctx().t("works-nowhere").into_owned(),
        false => i18n::t_args(me.lang, "works-only", &[("names", names.join(", ").into())]),
    })
}

fn kept(works: &WorksIn) -> Form {
    let mut form = Form::of([("works", if *works == WorksIn::All { "all" } else { "some" }.to_owned())]);
    if let WorksIn::Only(inboxes) = works {
        for inbox in inboxes {
            form.push(format!("inbox_{inbox}"), "on");
        }
    }
    form
}

fn read(form: &Form) -> std::result::Result<WorksIn, Failure> {
    match form.get("works") {
        "all" => Ok(WorksIn::All),
        "some" => {
            let boxes = form.fields().filter_map(|(name, _)| name.strip_prefix("inbox_"));
            Ok(WorksIn::Only(boxes.map(InboxId::from).collect()))
        }
        _ => Err(Failure::Unreadable),
    }
}

/// GET `/settings/people/{id}/inboxes`.
pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Answer {
    me.must(Permission::Administer)?;
    me.fresh(PEOPLE)?;
    let agent = agents::load(app.store.db(), &AgentId::from(id)).await?;
    let mut form = kept(&inbox_agents::of_agent(app.store.db(), &agent.id).await?);
    meanwhile::stamp(&mut form);
    page(&app, &me, &agent, &form, &Errors::new()).await
}

async fn page(app: &App, me: &SignedIn, agent: &Agent, sent: &Form, errors: &Errors) -> Answer {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let all = inboxes::list(app.store.db()).await?;
    let (every, some) = (ctx.t("works-all"), ctx.t("works-some"));
    let body = html! {
        (draw.summary())
        form.settings-form.works-in method="post" action=(page_of(&agent.id)) {
            (draw.begin())
            @if agent.role == Role::Administrator { p.hint { (ctx.t("works-administrator")) } }
            (draw.choice("works", &ctx.t("works-in"), &[("all", &every), ("some", &some)]))
            fieldset.label-choices.works-in-some {
                legend { (ctx.t("settings-inboxes")) }
                @for inbox in &all { (draw.check(&format!("inbox_{}", inbox.id), &inbox.name)) }
                p.hint { (ctx.t("works-some-hint")) }
            }
            (draw.actions(false, Some(PEOPLE)))
        }
    };
    let title = i18n::t_args(me.lang, "works-title", &[("name", agent.name.as_str().into())]);
    let page = frame(me, Part::People, &title, None, &body);
    Ok(with_status(page, errors))
}

/// POST `works` = `all`, or `some` with each `inbox_…`.
pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Answer {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    me.fresh(PEOPLE)?;
    let agent = agents::load(app.store.db(), &AgentId::from(id)).await?;
    let before = kept(&inbox_agents::of_agent(app.store.db(), &agent.id).await?);
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, before, &[agent.id.as_str()]).await? {
        return page(&app, &me, &agent, &form, &errors).await;
    }
    let works = read(&form)?;
    let mut tx = app.store.begin().await?;
    match inbox_agents::set_in(&mut tx, &me.actor(), &agent.id, &works).await {
        Ok(true) => {
            tx.commit().await?;
        }
        Ok(false) => {}
        Err(error @ Error::Invalid(_)) => {
            drop(tx);
            let errors = draw::refused(me.lang, &form, &error);
            return page(&app, &me, &agent, &form, &errors).await;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(see_other(PEOPLE))
}

/// Who may sign in and does not see everything anyway, with where they work.
async fn workers(app: &App) -> Result<Vec<(Agent, WorksIn)>> {
    let db = app.store.db();
    let mut works = inbox_agents::of_everybody(db).await?;
    let all = agents::list(db).await?.into_iter();
    let workers = all.filter(|agent| agent.is_enabled && agent.role != Role::Administrator);
    Ok(workers
        .filter_map(|agent| {
            let theirs = works.remove(&agent.id)?;
            Some((agent, theirs))
        })
        .collect())
}

/// Who works in an inbox, above its form.
pub(super) async fn facts(app: &App, me: &SignedIn, inbox: &Inbox) -> Result<Markup> {
    let ctx = me.ctx();
    let workers = workers(app).await?;
    let here: Vec<&str> = workers
        .iter()
        .filter(|(_, works)| *works != WorksIn::All && works.includes(&inbox.id))
        .map(|(agent, _)| agent.name.as_str())
        .collect();
    let everywhere = workers.iter().filter(|(_, works)| *works == WorksIn::All).count();
    let count = i64::try_from(everywhere).unwrap_or(i64::MAX);
    Ok(html! {
        p.inbox-workers {
            (icon(Icon::People)) " " (ctx.t("works-here")) ": "
            @if !here.is_empty() { (here.join(", ")) " · " }
            (i18n::t_args(me.lang, "works-everywhere-count", &[("count", count.into())])) " "
            a href={ "/settings/inboxes/" (inbox.id) "/people" } { (ctx.t("works-change")) }
        }
    })
}

fn kept_of(workers: &[(Agent, WorksIn)], inbox: &InboxId) -> Form {
    let mut form = Form::default();
    for (agent, works) in workers {
        if *works != WorksIn::All && works.includes(inbox) {
            form.push(format!("agent_{}", agent.id), "on");
        }
    }
    form
}

/// GET `/settings/inboxes/{id}/people`.
pub(super) async fn people(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Answer {
    me.must(Permission::Administer)?;
    me.fresh(PEOPLE)?;
    let inbox = inboxes::load(app.store.db(), &InboxId::from(id)).await?;
    let workers = workers(&app).await?;
    let mut form = kept_of(&workers, &inbox.id);
    meanwhile::stamp(&mut form);
    Ok(people_page(&me, &inbox, &workers, &form, &Errors::new()))
}

fn people_page(me: &SignedIn, inbox: &Inbox, workers: &[(Agent, WorksIn)], sent: &Form, errors: &Errors) -> Response {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let (everywhere, some): (Vec<_>, Vec<_>) = workers.iter().partition(|(_, works)| *works == WorksIn::All);
    let back = format!("/settings/inboxes/{}", inbox.id);
    let body = html! {
        p.inbox-state { (channel_icon(me.lang, inbox.channel)) span.muted { (ctx.t("works-people-hint")) } }
        (draw.summary())
        form.settings-form method="post" action={ (back) "/people" } {
            (draw.begin())
            @if some.is_empty() { p { (ctx.t("works-people-none")) } }
            @else {
                fieldset.label-choices {
                    legend { (ctx.t("works-here")) }
                    @for (agent, _) in &some { (draw.check(&format!("agent_{}", agent.id), &agent.name)) }
                }
            }
            @if some.is_empty() { div.settings-actions { a.button.ghost href=(back) { (ctx.t("desk-back")) } } }
            @else { (draw.actions(false, Some(&back))) }
        }
        @if !everywhere.is_empty() {
            h2 { (ctx.t("works-everywhere")) }
            p.hint { (ctx.t("works-everywhere-hint")) }
            ul.inboxes { @for (agent, _) in &everywhere { li { a href=(page_of(&agent.id)) { span.inbox-name { strong { (agent.name) } span.muted { (agent.email) } } } } } }
        }
    };
    let title = i18n::t_args(me.lang, "works-people-title", &[("name", inbox.name.as_str().into())]);
    with_status(frame(me, Part::Inboxes, &title, None, &body), errors)
}

/// POST each `agent_…` of those who work in some inboxes.
pub(super) async fn save_people(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Answer {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    me.fresh(PEOPLE)?;
    let inbox = inboxes::load(app.store.db(), &InboxId::from(id)).await?;
    let workers = workers(&app).await?;
    let before = kept_of(&workers, &inbox.id);
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, before, &[inbox.id.as_str()]).await? {
        return Ok(people_page(&me, &inbox, &workers, &form, &errors));
    }
    let mut tx = app.store.begin().await?;
    for (agent, _) in &workers {
        let is_here = form.is_on(&format!("agent_{}", agent.id));
        inbox_agents::put_in(&mut tx, &me.actor(), &agent.id, &inbox.id, is_here).await?;
    }
    if tx.has_events() {
        tx.commit().await?;
    }
    Ok(see_other(&format!("/settings/inboxes/{}", inbox.id)))
}
