//! The pages of problems: suggestions, what is worked on, and the answer to all tickets at once.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use conversation::access::{self, Permission};
use conversation::desk::Texts;
use conversation::tickets::problems::reach::{self, Reach};
use conversation::tickets::problems::{self, ProblemStatus, number_text};
use conversation::tickets::{self};
use conversation::types::{Language, TicketId};
use conversation::{Error, Result};
use maud::html;
use serde::Deserialize;
use ui::components::{Tone, badge, button, empty, form, level_chip, ticket_status_chip};
use ui::icons::Icon;
use ui::{Ctx, i18n, routes};

use super::frame::frame;
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

const HERE: &str = "/problems";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    status: String,
    after: String,
}

fn status_name(ctx: &Ctx<'_>, status: ProblemStatus) -> std::borrow::Cow<'static, str> {
    match status {
        ProblemStatus::Suggested => ctx.t("problem-suggested"),
        ProblemStatus::Open => ctx.t("problem-open"),
        ProblemStatus::Resolved => ctx.t("problem-resolved"),
        ProblemStatus::Dismissed => ctx.t("problem-dismissed"),
    }
}

pub(super) async fn list(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> std::result::Result<Response, Failure> {
    me.must(Permission::Read)?;
    let (db, ctx) = (app.store.db(), me.ctx());
    let status = ProblemStatus::from_text(&choice.status).unwrap_or(ProblemStatus::Open);
    let before = choice.after.parse().ok();
    let mut found = match me.scope() {
        Some(scope) => reach::list(db, &scope, status, before, 51).await?,
        None => problems::list(db, status, before, 51).await?,
    };
    let has_more = found.len() > 50;
    found.truncate(50);
    let body = html! {
        nav.queues aria-label=(ctx.t("problems-title")) {
            @for one in ProblemStatus::ALL { a href={ (HERE) "?status=" (one.as_str()) } aria-current=[(one == status).then_some("true")] { (status_name(&ctx, one)) } }
        }
        p.hint { (ctx.t("problems-hint")) }
        @if found.is_empty() { (empty(Icon::Merge, &ctx.t("problems-none"), "")) }
        ul.ticket-rows {
            @for one in &found {
                li { a.ticket-row href={ (HERE) "/" (one.id) } {
                    span.ticket-number.mono { (number_text(one.number)) }
                    span.ticket-what { strong { (one.subject) } span.muted { (i18n::t_args(me.lang, "problem-tickets", &[("count", one.tickets.into())])) } }
                    span.ticket-chips { (badge(Tone::Neutral, &status_name(&ctx, one.status))) }
                    span {}
                } }
            }
        }
        @if let Some(last) = found.last().filter(|_| has_more) { p { a.button.ghost href={ (HERE) "?status=" (status.as_str()) "&after=" (last.number) } { (ctx.t("tickets-more")) } } }
    };
    Ok(frame(&me, &ctx.t("problems-title"), None, &body))
}

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
) -> std::result::Result<Response, Failure> {
    me.must(Permission::Read)?;
    page(&app, &me, &id, None).await
}

async fn page(app: &App, me: &SignedIn, id: &str, problem: Option<&str>) -> std::result::Result<Response, Failure> {
    let (db, ctx, lang) = (app.store.db(), me.ctx(), me.lang);
    let (one, tickets, reach) = reach::seen(db, me.scope().as_ref(), id).await?;
    let is_whole = reach == Reach::Whole;
    // How many tickets an answer goes to is not for those who see a part.
    let answers = if is_whole {
        problems::answers(db, id).await?
    } else {
        Vec::new()
    };
    let can_write = me.can(Permission::Work) && is_whole;
    let url = format!("{HERE}/{id}");
    let body = html! {
        div.ticket-head { span.ticket-chips { (badge(Tone::Neutral, &status_name(&ctx, one.status))) } }
        @if !is_whole { p.hint { (ctx.t("problem-part")) } }
        @if !one.description.is_empty() { p.pre { (one.description) } }
        @for run in &answers {
            div.problem-run role="status" {
                progress max=(run.total.max(1)) value=(if run.finished_at.is_some() { run.total.max(1) } else { run.done + run.failed }) {}
                span.muted { (i18n::t_args(lang, "problem-progress", &[("done", run.done.into()), ("total", run.total.into()), ("failed", run.failed.into())])) }
            }
        }
        @if can_write && one.status == ProblemStatus::Suggested {
            form.actions method="post" action=(url) {
                (form::csrf(&ctx))
                button.button.primary type="submit" name="do" value="accept" { (ctx.t("problem-accept")) }
                button.button.ghost type="submit" name="do" value="dismiss" { (ctx.t("problem-dismiss")) }
            }
        }
        @if can_write && one.status == ProblemStatus::Open {
            details.group open {
                summary { (ctx.t("problem-answer")) }
                form.settings-form method="post" action=(url) {
                    (form::csrf(&ctx))
                    input type="hidden" name="do" value="answer";
                    p.hint { (ctx.t("problem-answer-hint")) }
                    @for language in Language::ALL {
                        div.field { label for={ "text-" (language) } { (i18n::own_name(*language)) } textarea.input id={ "text-" (language) } name={ "text_" (language) } rows="2" maxlength="10000" lang=(language) {} }
                    }
                    label.check { input type="checkbox" name="solution" value="on"; span { (ctx.t("problem-solution")) } }
                    (button(&ctx.t("problem-send")))
                }
            }
        }
        section.block {
            h2 { (i18n::t_args(lang, "problem-tickets", &[("count", one.tickets.into())])) }
            ul.ticket-rows {
                @for ticket in &tickets {
                    li { a.ticket-row href={ (routes::TICKETS) "/" (ticket.id) } {
                        span.ticket-number.mono { (tickets::number_text(ticket.number)) }
                        span.ticket-what { strong { (ticket.subject) } }
                        span.ticket-chips { (level_chip(lang, ticket.level)) (ticket_status_chip(lang, ticket.status)) }
                        span {}
                    } }
                }
            }
        }
    };
    let title = format!("{} · {}", number_text(one.number), one.subject);
    let mut response = frame(me, &title, problem.map(|words| (Tone::Bad, words)), &body);
    if problem.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn texts(form: &Form) -> Texts {
    Texts::of(
        Language::ALL
            .iter()
            .map(|language| (*language, form.get(&format!("text_{language}")).to_owned())),
    )
}

/// POST `do` = `accept|dismiss`, or `answer` with `text_{language}` and `solution`.
pub(super) async fn act(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> std::result::Result<Response, Failure> {
    let (me, form) = (&posted.me, &posted.form);
    me.must(Permission::Work)?;
    let (store, actor) = (&app.store, me.actor());
    if let Some(scope) = me.scope() {
        let (_, _, reach) = reach::seen(store.db(), Some(&scope), &id).await?;
        // What is done to a problem is done to every ticket of it.
        if reach == Reach::Part {
            return Err(Failure::Forbidden);
        }
    }
    let outcome: Result<()> = match form.get("do") {
        "accept" => problems::decide(store, &actor, &id, true).await.map(drop),
        "dismiss" => problems::decide(store, &actor, &id, false).await.map(drop),
        "answer" => problems::answer(store, &actor, &id, &texts(form), form.is_on("solution")).await,
        _ => return Err(Failure::Unreadable),
    };
    match outcome {
        Ok(()) => Ok(see_other(&format!("{HERE}/{id}"))),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            page(&app, me, &id, Some(&failure::words(me.lang, &error))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// POST `subject`, `ticket`…: opens a problem with these tickets.
pub(super) async fn open(State(app): State<App>, posted: Posted) -> std::result::Result<Response, Failure> {
    let (me, form) = (&posted.me, &posted.form);
    me.must(Permission::Work)?;
    let mut ids = Vec::new();
    for id in form.all("ticket").take(200) {
        ids.push(
            access::ticket(app.store.db(), &me.actor(), &TicketId::from(id))
                .await?
                .id,
        );
    }
    let made = problems::open(&app.store, &me.actor(), form.get("subject"), "", &ids).await;
    match made {
        Ok(problem) => Ok(see_other(&format!("{HERE}/{}", problem.id))),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, failure::words(me.lang, &error)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
