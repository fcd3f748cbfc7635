//! The ticket beside its conversation, where agents work on it.

use conversation::contacts::Contact;
use conversation::conversations::Conversation;
use conversation::sla::clocks;
use conversation::tickets::{self, Ticket, categories, diagnosis, levels, links, number_text, questions};
use conversation::types::TicketStatus;
use conversation::{Result, access::Permission};
use futures::future::BoxFuture;
use maud::{Markup, html};
use ui::components::{Tone, badge, button, ticket_status_chip};
use ui::icons::{Icon, icon};
use ui::{Ctx, i18n, routes};

use super::{draw, similar};
use crate::app::App;
use crate::auth::SignedIn;

/// The unsolved tickets of a conversation.
pub(crate) fn provide<'a>(
    app: &'a App,
    me: &'a SignedIn,
    conversation: &'a Conversation,
    _: &'a Contact,
) -> BoxFuture<'a, Result<Option<(String, Markup)>>> {
    Box::pin(draw(app, me, conversation))
}

async fn draw(app: &App, me: &SignedIn, conversation: &Conversation) -> Result<Option<(String, Markup)>> {
    let db = app.store.db();
    let ctx = me.ctx();
    let open: Vec<Ticket> = tickets::of_conversation(db, &conversation.id)
        .await?
        .into_iter()
        .filter(|ticket| ticket.status != TicketStatus::Resolved)
        .rev()
        .take(5)
        .collect();
    if open.is_empty() {
        return Ok(None);
    }
    let tree = categories::tree(db).await?;
    let bounces = levels::bounces(&levels::moves(db, &conversation.id).await?);
    let can_write = me.can(Permission::Work);
    let mut parts = Vec::new();
    for ticket in &open {
        let clocks = clocks::of(db, &ticket.id).await?;
        let named = links::references(db, &ticket.id).await?;
        let here = format!("{}/{}", routes::TICKETS, ticket.id);
        parts.push(html! {
            div.panel-ticket {
                p.ticket-top { a.mono href=(here) { (number_text(ticket.number)) } (ticket_status_chip(me.lang, ticket.status)) span.muted { (draw::kind_name(me.lang, ticket.kind)) } }
                @if let Some(category) = &ticket.category { p.muted { (tree.name(category, me.lang)) } }
                (draw::clocks(&ctx, &clocks))
                @for one in &named { p { (icon(Icon::External)) a href=(one.url) rel="noreferrer" target="_blank" { (one.name) } } }
                @if can_write {
                    (actions(&ctx, ticket, &format!("{here}/do"), conversation.id.as_str()))
                    (diagnoses(app, &ctx, ticket, &here, conversation.id.as_str()).await?)
                }
            }
        });
    }
    let like = match open.first() {
        Some(ticket) => similar::seen(app, me, ticket, 5).await?,
        None => Vec::new(),
    };
    let body = html! {
        @if bounces > 0 { p { (badge(if bounces > 1 { Tone::Warn } else { Tone::Neutral }, &i18n::t_args(me.lang, "ticket-bounces", &[("count", i64::try_from(bounces).unwrap_or(0).into())]))) } }
        @for part in parts { (part) }
        (alike(&ctx, open.first(), &like, can_write))
        @if can_write { p { a.button.ghost href={ "/calls/new?conversation=" (conversation.id) } { (icon(Icon::Phone)) span { (ctx.t("call-log")) } } } }
    };
    Ok(Some((ctx.t("panel-ticket").into_owned(), body)))
}

/// Tickets that say much the same, and the way to make them one problem.
pub(super) fn alike(ctx: &Ctx<'_>, ticket: Option<&Ticket>, like: &[Ticket], can_write: bool) -> Markup {
    html! {
        @if let Some(ticket) = ticket.filter(|_| !like.is_empty()) {
            details.alike {
                summary { (i18n::t_args(ctx.lang, "similar-title", &[("count", i64::try_from(like.len()).unwrap_or(0).into())])) }
                ul.plain-list { @for one in like { li { a href={ (routes::TICKETS) "/" (one.id) } { (number_text(one.number)) " " (one.subject) } " " (ticket_status_chip(ctx.lang, one.status)) } } }
                @if can_write && ticket.problem_id.is_none() {
                    form method="post" action="/problems" {
                        (ui::components::form::csrf(ctx))
                        input type="hidden" name="subject" value=(ticket.subject);
                        @for one in like.iter().chain([ticket]) { input type="hidden" name="ticket" value=(one.id); }
                        button.button.ghost type="submit" { (icon(Icon::Merge)) span { (ctx.t("similar-problem")) } }
                    }
                }
            }
        }
        @if let Some(problem) = ticket.and_then(|ticket| ticket.problem_id.as_ref()) { p { a href={ "/problems/" (problem) } { (ctx.t("ticket-problem")) } } }
    }
}

/// Question lists to walk through with the customer, and the one that is under way.
pub(super) async fn diagnoses(app: &App, ctx: &Ctx<'_>, ticket: &Ticket, here: &str, back: &str) -> Result<Markup> {
    let db = app.store.db();
    let walks = diagnosis::of_ticket(db, &ticket.id).await?;
    let running = walks.iter().find(|walk| walk.state == "running");
    let lists = questions::for_category(db, ticket.category.as_deref()).await?;
    let url = format!("{here}/diagnosis");
    let id = format!("diagnosis-{}", ticket.id);
    Ok(html! {
        @match running {
            Some(walk) => {
                div.walk {
                    p { strong { (walk.name) } " " span.muted { (walk.answers.len()) "/" (walk.questions.len()) } }
                    @if let Some(question) = walk.questions.get(walk.answers.len()) {
                        p { (question.texts.pick(ctx.lang).map(|(_, words)| words).unwrap_or_default()) }
                    }
                    (draw::doing(ctx, &url, back, "answer", &html! {
                        div.field { label for=(id) { (ctx.t("diagnosis-answer")) } input.input id=(id) name="words" required maxlength="2000" autocomplete="off"; }
                        button.button.ghost type="submit" { (ctx.t("ticket-send")) }
                    }))
                    (draw::doing(ctx, &url, back, "stop", &html! { button.link type="submit" { (ctx.t("diagnosis-stop")) } }))
                }
            }
            None if !lists.is_empty() && ticket.status != TicketStatus::Resolved => {
                (draw::doing(ctx, &url, back, "begin", &html! {
                    div.number-form {
                        label.visually-hidden for=(id) { (ctx.t("settings-questions")) }
                        select.input id=(id) name="list" { @for list in &lists { option value=(list.id) { (list.name) } } }
                        button.button.ghost type="submit" { (ctx.t("diagnosis-begin")) }
                    }
                }))
            }
            None => {}
        }
    })
}

/// What can be done with a ticket in its state. `back` is the conversation to come back to.
pub(super) fn actions(ctx: &Ctx<'_>, ticket: &Ticket, url: &str, back: &str) -> Markup {
    let words = |what: &str, key: &str, hint: &str, required: bool| {
        let id = format!("{what}-{}", ticket.id);
        draw::doing(
            ctx,
            url,
            back,
            what,
            &html! {
                div.field {
                    label for=(id) { (ctx.t(key)) }
                    @if !hint.is_empty() { p.hint { (ctx.t(hint)) } }
                    textarea.input id=(id) name="words" rows="3" maxlength="10000" required[required] {}
                }
                (button(&ctx.t("ticket-send")))
            },
        )
    };
    let press = |what: &str, key: &str, glyph: Icon| {
        draw::doing(
            ctx,
            url,
            back,
            what,
            &html! { button.button.ghost type="submit" { (icon(glyph)) span { (ctx.t(key)) } } },
        )
    };
    html! {
        div.actions.ticket-actions {
            @if ticket.status == TicketStatus::Resolved {
                (press("reopen", "action-reopen", Icon::Reply))
            } @else {
                @if ticket.status != TicketStatus::Confirming {
                    details.pop.action-pop {
                        summary.button.ghost { (icon(Icon::Check)) span { (ctx.t("ticket-ask-solved")) } }
                        div.pop-body { (words("ask_solved", "ticket-ask-solved-words", "ticket-ask-solved-hint", false)) }
                    }
                }
                details.pop.action-pop {
                    summary.button.ghost { (icon(Icon::Reply)) span { (ctx.t("ticket-ask-more")) } }
                    div.pop-body { (words("ask_more", "ticket-ask-more-words", "ticket-ask-more-hint", true)) }
                }
                @if matches!(ticket.status, TicketStatus::Confirming | TicketStatus::Waiting) { (press("reopen", "action-reopen", Icon::Reply)) }
                (press("close", "ticket-close", Icon::Check))
            }
        }
    }
}
