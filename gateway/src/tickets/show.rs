//! The page of one ticket: what it is, what can be done with it, and what happened to it.

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use conversation::access::{self, Permission};
use conversation::fields;
use conversation::sla::clocks;
use conversation::tickets::history::Entry;
use conversation::tickets::links::LinkKind;
use conversation::tickets::{Ticket, categories, edit, history, levels, links, number_text, state};
use conversation::types::{Actor, AgentId, ConversationId, FieldId, Level, TicketId, TicketStatus};
use conversation::{contacts, types};
use maud::{Markup, html};
use ui::components::{
    Tone, badge, button, form, level_chip, level_name, priority_chip, ticket_status_chip, ticket_status_name, time_tag,
};
use ui::icons::{Icon, icon};
use ui::{Ctx, i18n, routes};

use super::draw;
use super::frame::frame;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::people::agents;

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Read)?;
    page(&app, &me, &id, None).await
}

/// The page, with what went wrong.
pub(super) async fn page(app: &App, me: &SignedIn, id: &str, problem: Option<&str>) -> Result<Response, Failure> {
    let db = app.store.db();
    let ticket = access::ticket(db, &me.actor(), &TicketId::from(id)).await?;
    let ctx = me.ctx();
    let lang = me.lang;
    let contact = contacts::load(db, &ticket.contact_id).await?;
    let names: HashMap<AgentId, String> = agents::list(db)
        .await?
        .into_iter()
        .map(|agent| (agent.id, agent.name))
        .collect();
    let tree = categories::tree(db).await?;
    let clocks = clocks::of(db, &ticket.id).await?;
    let can_write = me.can(Permission::Work);
    let here = format!("{}/{}", routes::TICKETS, ticket.id);
    let conversation = routes::path(routes::CONVERSATION, ticket.conversation_id.as_str());
    let past = history::of(db, &ticket.id).await?;
    let body = html! {
        div.ticket-head {
            span.ticket-chips { (ticket_status_chip(lang, ticket.status)) (level_chip(lang, ticket.level)) (priority_chip(lang, ticket.priority)) @if ticket.bounces > 0 { (badge(if ticket.bounces > 1 { Tone::Warn } else { Tone::Neutral }, &i18n::t_args(lang, "ticket-bounces", &[("count", ticket.bounces.into())]))) } }
            a.button.primary href=(conversation) { (icon(Icon::Inbox)) span { (ctx.t("ticket-conversation")) } }
        }
        div.ticket-columns {
            div.ticket-main {
                dl.facts {
                    div { dt { (ctx.t("ticket-customer")) } dd { (ui::components::customer_name(ctx.lang, contact.name.clone())) } }
                    div { dt { (ctx.t("ticket-assignee")) } dd { (ticket.assignee_id.as_ref().and_then(|id| names.get(id)).map_or_else(|| ctx.t("tickets-nobody").into_owned(), Clone::clone)) } }
                    div { dt { (ctx.t("ticket-opened-at")) } dd { (time_tag(&ctx, ticket.created_at, &i18n::date_time(lang, ticket.created_at, ctx.tz))) } }
                    @if let Some(category) = &ticket.category { div { dt { (ctx.t("ticket-category")) } dd { (tree.name(category, lang)) } } }
                }
                (draw::clocks(&ctx, &clocks))
                @if can_write { (super::panel::diagnoses(app, &ctx, &ticket, &here, "").await?) }
                (super::panel::alike(&ctx, Some(&ticket), &super::similar::seen(app, me, &ticket, 8).await?, can_write))
                @if can_write { (actions(&ctx, &ticket, &here)) (level_forms(app, &ctx, &ticket, &here).await?) }
                (edit_form(app, &ctx, &ticket, &tree, &here, can_write).await?)
                (link_lists(app, me, &ticket, &here, can_write).await?)
            }
            div.ticket-aside {
                (moves(app, &ctx, &ticket, &names).await?)
                @if !past.is_empty() {
                    section.block {
                        h2 { (ctx.t("ticket-history")) }
                        ol.ticket-history { @for entry in &past { (line(&ctx, entry, &names, &tree)) } }
                    }
                }
            }
        }
    };
    let title = format!("{} · {}", number_text(ticket.number), ticket.subject);
    let mut response = frame(me, &title, problem.map(|words| (Tone::Bad, words)), &body);
    if problem.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn actions(ctx: &Ctx<'_>, ticket: &Ticket, here: &str) -> Markup {
    let url = format!("{here}/do");
    super::panel::actions(ctx, ticket, &url, "")
}

/// One form for each level that it can go to, with what that level wants to be told.
async fn level_forms(app: &App, ctx: &Ctx<'_>, ticket: &Ticket, here: &str) -> conversation::Result<Markup> {
    let mut forms = Vec::new();
    for level in [Level::N1, Level::N2, Level::N3] {
        if level != ticket.level && state::may_move(ticket.level, level).is_ok() {
            let checks = if level > ticket.level {
                levels::checklist(app.store.db(), level).await?
            } else {
                Vec::new()
            };
            forms.push((level, checks));
        }
    }
    Ok(html! {
        div.actions {
            @for (level, checks) in &forms {
                @let key = if *level > ticket.level { "ticket-escalate-to" } else { "ticket-return-to" };
                details.group {
                    summary { (icon(Icon::Escalate)) (i18n::t_args(ctx.lang, key, &[("level", level_name(ctx.lang, *level).into_owned().into())])) }
                    form.settings-form method="post" action={ (here) "/level" } {
                        (form::csrf(ctx))
                        input type="hidden" name="level" value=(level);
                        div.field { label for={ "reason-" (level) } { (ctx.t("escalate-reason")) } textarea.input id={ "reason-" (level) } name="reason" rows="2" required maxlength="2000" {} }
                        (draw::checks(ctx, *level, checks))
                        (button(&ctx.t("ticket-move")))
                    }
                }
            }
        }
    })
}

async fn edit_form(
    app: &App,
    ctx: &Ctx<'_>,
    ticket: &Ticket,
    tree: &categories::Tree,
    here: &str,
    can_write: bool,
) -> conversation::Result<Markup> {
    let db = app.store.db();
    let own = edit::of_kind(db, ticket.kind).await?;
    let values: HashMap<FieldId, String> = fields::values(db, &[ticket.id.as_str()])
        .await?
        .into_iter()
        .map(|(_, field, value)| (field, value))
        .collect();
    let value = |id: &FieldId| values.get(id).map_or("", String::as_str);
    if !can_write && ticket.brief.is_empty() && own.is_empty() {
        return Ok(html! {});
    }
    Ok(html! {
        section.block {
            h2 { (ctx.t("ticket-details")) }
            @if can_write {
                form.settings-form method="post" action=(here) {
                    (form::csrf(ctx))
                    div.field { label for="ticket-subject" { (ctx.t("ticket-subject")) } input.input #ticket-subject name="subject" value=(ticket.subject) required maxlength="300" autocomplete="off"; }
                    div.row-fields {
                        div.field { label for="ticket-kind" { (ctx.t("ticket-kind")) } select.input #ticket-kind name="kind" { (draw::kind_options(ctx.lang, Some(ticket.kind))) } }
                        div.field { label for="ticket-category" { (ctx.t("ticket-category")) } select.input #ticket-category name="category" {
                            option value="" { (ctx.t("ticket-no-category")) }
                            (draw::category_options(ctx.lang, tree, ticket.category.as_deref().unwrap_or_default()))
                        } }
                    }
                    @if !own.is_empty() { div.row-fields { @for field in &own { (draw::field(ctx, field, value(&field.id))) } } }
                    div.field { label for="ticket-brief" { (ctx.t("ticket-brief")) } textarea.input #ticket-brief name="brief" rows="5" maxlength="20000" { (bots::words::note_for(ctx.lang, &ticket.brief)) } }
                    div.settings-actions { (button(&ctx.t("settings-save"))) }
                }
            } @else {
                p.pre { (bots::words::note_for(ctx.lang, &ticket.brief)) }
                dl.facts { @for field in &own { div { dt { (field.name) } dd { (value(&field.id)) } } } }
            }
        }
    })
}

async fn link_lists(
    app: &App,
    me: &SignedIn,
    ticket: &Ticket,
    here: &str,
    can_write: bool,
) -> conversation::Result<Markup> {
    let db = app.store.db();
    let ctx = &me.ctx();
    let mut linked = links::of(db, &ticket.id).await?;
    let others: Vec<ConversationId> = linked.iter().map(|one| one.other.conversation_id.clone()).collect();
    let seen = access::seen_among(db, &me.actor(), &others).await?;
    linked.retain(|one| seen.contains(&one.other.conversation_id));
    let named = links::references(db, &ticket.id).await?;
    if !can_write && linked.is_empty() && named.is_empty() {
        return Ok(html! {});
    }
    Ok(html! {
        section.block {
            h2 { (ctx.t("ticket-links")) }
            ul.plain-list {
                @for link in &linked {
                    li.ticket-link {
                        span { (ctx.t(match (link.kind, link.is_own) {
                            (LinkKind::Related, _) => "link-related",
                            (LinkKind::Duplicate, true) => "link-duplicate",
                            (LinkKind::Duplicate, false) => "link-duplicated",
                        })) " " a href={ (routes::TICKETS) "/" (link.other.id) } { (number_text(link.other.number)) " " (link.other.subject) } }
                        (ticket_status_chip(ctx.lang, link.other.status))
                        @if can_write { (draw::doing(ctx, &format!("{here}/link"), "", "unlink", &html! { input type="hidden" name="other" value=(link.other.id); button.link type="submit" { (ctx.t("views-remove")) } })) }
                    }
                }
            }
            @if can_write {
                (draw::doing(ctx, &format!("{here}/link"), "", "link", &html! {
                    div.number-form {
                        label.visually-hidden for="link-kind" { (ctx.t("link-kind")) }
                        select.input #link-kind name="kind" { option value="related" { (ctx.t("link-related")) } option value="duplicate" { (ctx.t("link-duplicate")) } }
                        label.visually-hidden for="link-number" { (ctx.t("link-number")) }
                        input.input #link-number name="number" placeholder="T-12" required maxlength="12" autocomplete="off";
                        button.button.ghost type="submit" { (ctx.t("link-add")) }
                    }
                }))
            }
            h2 { (ctx.t("ticket-references")) }
            ul.plain-list {
                @for one in &named {
                    li.ticket-link {
                        a href=(one.url) rel="noreferrer" target="_blank" { (one.name) }
                        @if can_write { (draw::doing(ctx, &format!("{here}/reference"), "", "remove", &html! { input type="hidden" name="reference" value=(one.id); button.link type="submit" { (ctx.t("views-remove")) } })) }
                    }
                }
            }
            @if can_write {
                (draw::doing(ctx, &format!("{here}/reference"), "", "add", &html! {
                    div.number-form {
                        label.visually-hidden for="reference-name" { (ctx.t("reference-name")) }
                        input.input #reference-name name="name" placeholder="APP-123" maxlength="100" autocomplete="off";
                        label.visually-hidden for="reference-url" { (ctx.t("reference-url")) }
                        input.input.wide #reference-url name="url" type="url" placeholder="https://…" required maxlength="1000" autocomplete="off";
                        button.button.ghost type="submit" { (ctx.t("link-add")) }
                    }
                }))
            }
        }
    })
}

async fn moves(
    app: &App,
    ctx: &Ctx<'_>,
    ticket: &Ticket,
    names: &HashMap<AgentId, String>,
) -> conversation::Result<Markup> {
    let all = levels::moves(app.store.db(), &ticket.conversation_id).await?;
    Ok(html! {
        @if !all.is_empty() {
            section.block {
                h2 { (ctx.t("ticket-levels")) }
                ol.level-moves {
                    @for one in &all {
                        li {
                            span.ticket-chips { (level_chip(ctx.lang, one.from)) "→" (level_chip(ctx.lang, one.to)) }
                            span.muted { (who(ctx, &one.actor, names)) " · " (time_tag(ctx, one.at, &i18n::date_time(ctx.lang, one.at, ctx.tz))) }
                            p { (bots::words::reason_for(ctx.lang, &one.reason)) }
                            @if !one.checks.is_empty() { dl.answered { @for (label, answer) in &one.checks { div { dt { (label) } dd.pre { @if answer == "yes" { "✓" } @else { (answer) } } } } } }
                        }
                    }
                }
            }
        }
    })
}

fn who(ctx: &Ctx<'_>, actor: &Actor, names: &HashMap<AgentId, String>) -> String {
    match actor {
        Actor::Agent(id) => names.get(id).cloned().unwrap_or_default(),
        Actor::Contact(_) => ctx.t("author-customer").into_owned(),
        Actor::Bot => ctx.t("author-bot").into_owned(),
        Actor::System => ctx.t("author-system").into_owned(),
        Actor::Api(name) => name.clone(),
    }
}

/// One line of the history.
fn line(ctx: &Ctx<'_>, entry: &Entry, names: &HashMap<AgentId, String>, tree: &categories::Tree) -> Markup {
    let lang = ctx.lang;
    let text = |name: &str| entry.data[name].as_str().unwrap_or_default();
    let shown = |name: &str| match entry.what.as_str() {
        "status" => text(name).parse::<TicketStatus>().map_or_else(
            |_| text(name).to_owned(),
            |one| ticket_status_name(lang, one).into_owned(),
        ),
        "kind" => text(name)
            .parse::<types::TicketKind>()
            .map_or_else(|_| text(name).to_owned(), |one| draw::kind_name(lang, one).into_owned()),
        "priority" => text(name).parse::<types::Priority>().map_or_else(
            |_| text(name).to_owned(),
            |one| ui::components::priority_name(lang, one).into_owned(),
        ),
        "assignee" => names
            .get(&AgentId::from(text(name)))
            .cloned()
            .unwrap_or_else(|| ctx.t("tickets-nobody").into_owned()),
        "category" => tree.name(text(name), lang),
        _ => text(name).to_owned(),
    };
    let number = entry.data["number"].as_i64().map(number_text).unwrap_or_default();
    let words = match entry.what.as_str() {
        "opened" => ctx.t("history-opened").into_owned(),
        "asked" => ctx.t("history-asked").into_owned(),
        "confirmed" => ctx.t("history-confirmed").into_owned(),
        "denied" => ctx.t("history-denied").into_owned(),
        "near" => ctx.t("history-near").into_owned(),
        "breached" => ctx.t("history-breached").into_owned(),
        "field" => ctx.t("history-field").into_owned(),
        "diagnosed" => ctx.t("history-diagnosed").into_owned(),
        "reference" => i18n::t_args(lang, "history-reference", &[("name", text("name").into())]),
        "linked" => i18n::t_args(lang, "history-linked", &[("number", number.into())]),
        "unlinked" => i18n::t_args(lang, "history-unlinked", &[("number", number.into())]),
        "problem" => i18n::t_args(lang, "history-problem", &[("number", text("problem").into())]),
        what => {
            let key = match what {
                "status" => "history-status",
                "level" => "history-level",
                "assignee" => "history-assignee",
                "priority" => "history-priority",
                "kind" => "history-kind",
                "category" => "history-category",
                _ => "history-subject",
            };
            i18n::t_args(lang, key, &[("from", shown("from").into()), ("to", shown("to").into())])
        }
    };
    html! {
        li {
            span { (words) }
            span.muted { (who(ctx, &entry.actor, names)) " · " (time_tag(ctx, entry.at, &i18n::date_time(lang, entry.at, ctx.tz))) }
        }
    }
}
