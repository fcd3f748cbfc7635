//! The right pane: what can be done, who the customer is, which tickets there are.

use conversation::types::{ConversationStatus, Level, Priority};
use maud::{Markup, html};

use super::customer;
use super::views::{SideView, TicketView};
use crate::components::{
    avatar, badge, form, ghost_button, level_chip, level_name, priority_chip, priority_name, ticket_status_chip,
    time_tag,
};
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};
use conversation::types::ActorKind;

/// The side panel.
pub fn side(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    html! {
        aside.side #side aria-label=(ctx.t("side-label")) {
            button.button.ghost.icon-only.side-close type="button" data-action="panel" aria-label=(ctx.t("close")) { (icon(Icon::Close)) }
            (customer::contact(ctx, view))
            (merges(ctx, view))
            @if view.can_write {
                section.side-block {
                    h3 { (ctx.t("side-actions")) span.side-level { (level_chip(ctx.lang, view.level)) } }
                    div.actions { @if view.spam.since.is_some() { (labels(ctx, view)) } @else { (assign(ctx, view)) @if !view.teams.is_empty() { (team(ctx, view)) } (labels(ctx, view)) (escalate(ctx, view)) @if view.status != ConversationStatus::Resolved { (snooze(ctx, view)) } (priority(ctx, view)) (organise(ctx, view)) (by_mail(ctx, view)) (super::spam::menu(ctx, &view.conversation, &view.spam)) } }
                }
            }
            @if let Some(brief) = &view.brief {
                section.side-block { h3 { (icon(Icon::Bot)) (ctx.t("side-brief")) } p.brief { (brief) } }
            }
            section.side-block {
                h3 { (icon(Icon::Ticket)) (ctx.t("side-tickets")) }
                @if view.tickets.is_empty() { p.muted { (ctx.t("side-no-tickets")) } }
                @else {
                    ul.side-list { @for ticket in &view.tickets { (ticket_item(ctx, ticket)) } }
                }
                @if !view.other_tickets.is_empty() {
                    h4.side-sub { (ctx.t("side-other-tickets")) }
                    ul.side-list { @for ticket in &view.other_tickets { (ticket_item(ctx, ticket)) } }
                }
                @if view.can_write && view.spam.since.is_none() { (open_ticket(ctx, view)) }
            }
            (super::answers::answers(ctx, view))
            (customer::conversation_fields(ctx, view))
            @for (title, body) in &view.panels { section.side-block { h3 { (title) } (body) } }
            @if !view.invoices.is_empty() { (invoices(ctx, view)) }
            @if !view.earlier.is_empty() || view.earlier_hidden > 0 {
                section.side-block {
                    h3 { (icon(Icon::Clock)) (ctx.t("side-earlier")) }
                    ul.earlier { @for (title, at, url) in &view.earlier { li { a href=(url) { (title) } " " (time_tag(ctx, *at, &i18n::relative(ctx.lang, ctx.now, *at, ctx.tz))) } } }
                    @if view.earlier_hidden > 0 { p.muted { (i18n::t_args(ctx.lang, "side-earlier-hidden", &[("count", view.earlier_hidden.into())])) } }
                }
            }
        }
    }
}

/// Documents of the contact; a press puts the card into the conversation.
fn invoices(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    html! {
        section.side-block {
            h3 { (icon(Icon::Invoice)) (ctx.t("side-invoices")) }
            ul.side-list {
                @for one in &view.invoices {
                    li {
                        span.ticket-top { (badge(one.tone, &one.status)) strong { (one.sum) } }
                        a href=(one.url) { (one.title) }
                        @if view.can_write {
                            form.inline method="post" action=(routes::path(routes::DROP_INVOICE, &view.conversation)) {
                                (form::csrf(ctx))
                                input type="hidden" name="document" value=(one.id);
                                button.button.ghost type="submit" { (icon(Icon::Send)) span { (ctx.t("side-send-invoice")) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn ticket_item(ctx: &Ctx<'_>, ticket: &TicketView) -> Markup {
    html! {
        li {
            span.ticket-top { span.mono { (ticket.number) } (ticket_status_chip(ctx.lang, ticket.status)) (priority_chip(ctx.lang, ticket.priority)) }
            @match &ticket.url { Some(url) => a.row-go href=(url) { (ticket.title) }, None => span { (ticket.title) } }
        }
    }
}

/// `holder` is who has it as the page shows it: who took it since is told to whoever takes it now.
pub(super) fn claim_form(ctx: &Ctx<'_>, conversation: &str, holder: Option<&str>) -> Markup {
    action(
        ctx,
        routes::CLAIM,
        conversation,
        "claim",
        &html! { input type="hidden" name="holder" value=(holder.unwrap_or_default()); (ghost_button(Icon::Person, &ctx.t("action-claim"))) },
    )
}

pub(super) fn resolve_form(ctx: &Ctx<'_>, conversation: &str, status: ConversationStatus) -> Markup {
    match status {
        ConversationStatus::Resolved => action(
            ctx,
            routes::REOPEN,
            conversation,
            "resolve",
            &ghost_button(Icon::Reply, &ctx.t("action-reopen")),
        ),
        ConversationStatus::Open => action(
            ctx,
            routes::RESOLVE,
            conversation,
            "resolve",
            &ghost_button(Icon::Check, &ctx.t("action-resolve")),
        ),
        ConversationStatus::Snoozed => html! {
            (action(ctx, routes::REOPEN, conversation, "reopen", &ghost_button(Icon::Reply, &ctx.t("action-unsnooze"))))
            (action(ctx, routes::RESOLVE, conversation, "resolve", &ghost_button(Icon::Check, &ctx.t("action-resolve"))))
        },
    }
}

pub(super) fn action(ctx: &Ctx<'_>, route: &str, conversation: &str, name: &str, inner: &Markup) -> Markup {
    let url = routes::path(route, conversation);
    html! {
        form method="post" action=(url) hx-post=(url) hx-target="#thread" data-do=(name) { (form::csrf(ctx)) (inner) }
    }
}

/// Sends the conversation to somebody by mail.
fn by_mail(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    html! {
        details.pop.action-pop data-do="transcript" {
            summary.button.ghost { (icon(Icon::Email)) span { (ctx.t("action-transcript")) } }
            div.pop-body {
                @match &view.mail_to {
                    None => p.hint { (ctx.t("transcript-nowhere")) },
                    Some(addresses) => (action(ctx, routes::TRANSCRIPT, &view.conversation, "transcript-send", &html! {
                        p.hint { (ctx.t("transcript-hint")) }
                        @if !addresses.is_empty() {
                            fieldset.label-choices {
                                legend { (ctx.t("transcript-to")) }
                                @for (at, address) in addresses.iter().enumerate() {
                                    label.check-line { input type="radio" name="address" value=(address) checked[at == 0]; span { (address) } }
                                }
                            }
                        }
                        label for="transcript-other" { (ctx.t("transcript-other")) }
                        input.input #transcript-other type="email" name="other" maxlength="254" autocomplete="off" required[addresses.is_empty()];
                        button.button type="submit" { (ctx.t("transcript-send")) }
                    })),
                }
            }
        }
    }
}

fn assign(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    html! {
        details.pop.action-pop data-do="assign" {
            summary.button.ghost { (icon(Icon::Person)) span { (ctx.t("action-assign")) } }
            div.pop-body {
                (action(ctx, routes::ASSIGN, &view.conversation, "assign-to", &html! {
                    ul.choices {
                        @for agent in &view.agents {
                            li { button type="submit" name="agent" value=(agent.id) aria-current=[agent.is_current.then_some("true")] {
                                (avatar(ActorKind::Agent, &agent.name)) span { (agent.name) } @if agent.is_current { (icon(Icon::Check)) }
                            } }
                        }
                        li { button type="submit" name="agent" value="" { span.avatar { (icon(Icon::Inbox)) } span { (ctx.t("action-assign-nobody")) } } }
                    }
                }))
            }
        }
    }
}

fn team(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    html! {
        details.pop.action-pop data-do="team" {
            summary.button.ghost { (icon(Icon::People)) span { (ctx.t("action-team")) } }
            div.pop-body {
                (action(ctx, routes::GIVE, &view.conversation, "team-to", &html! {
                    ul.choices {
                        @for team in &view.teams {
                            li { button type="submit" name="team" value=(team.id) aria-current=[team.is_current.then_some("true")] {
                                span { (team.name) } @if team.is_current { (icon(Icon::Check)) }
                            } }
                        }
                        li { button type="submit" name="team" value="" { span { (ctx.t("action-team-none")) } } }
                    }
                }))
            }
        }
    }
}

fn labels(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    html! {
        details.pop.action-pop data-do="labels" {
            summary.button.ghost { (icon(Icon::Aside)) span { (ctx.t("action-labels")) } }
            div.pop-body {
                (action(ctx, routes::LABELS, &view.conversation, "labels-set", &html! {
                    @if !view.labels.is_empty() {
                        fieldset.label-choices {
                            legend.visually-hidden { (ctx.t("action-labels")) }
                            @for label in &view.labels {
                                label.check-line { input type="checkbox" name="label" value=(label.id) checked[label.is_on]; span class={ "label tint-" (label.tint) } { (label.name) } }
                            }
                        }
                    }
                    div.field {
                        label for="label-new" { (ctx.t("labels-new")) }
                        input.input #label-new name="new" maxlength="60" autocomplete="off";
                    }
                    (crate::components::button(&ctx.t("labels-save")))
                }))
            }
        }
    }
}

fn escalate(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    let next = match view.level {
        Level::Bot => Level::N1,
        Level::N1 => Level::N2,
        Level::N2 | Level::N3 => Level::N3,
    };
    html! {
        details.pop.action-pop data-do="escalate" {
            summary.button.ghost { (icon(Icon::Escalate)) span { (ctx.t("action-escalate")) } }
            div.pop-body {
                (action(ctx, routes::ESCALATE, &view.conversation, "escalate-to", &html! {
                    fieldset.levels {
                        legend { (ctx.t("escalate-to")) }
                        @for level in [Level::N1, Level::N2, Level::N3] {
                            label { input type="radio" name="level" value=(level) checked[level == next] required; span { (level_name(ctx.lang, level)) } }
                        }
                    }
                    (checks(ctx, view))
                    div.field {
                        label for="escalate-reason" { (ctx.t("escalate-reason")) }
                        textarea.input #escalate-reason name="reason" rows="2" required maxlength="500" {}
                    }
                    (crate::components::button(&ctx.t("action-escalate")))
                }))
            }
        }
    }
}

/// What each level wants to be told; styles show the points of the level that is chosen. What is
/// missing is said when it is posted, so that nothing hidden keeps the form from being sent.
fn checks(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    html! {
        @for check in &view.checks {
            div class={ "field check-of of-" (check.level) } {
                @if check.is_tick {
                    label.check-line { input type="checkbox" name={ "check_" (check.id) } value="yes"; span { (check.label) } }
                } @else {
                    label for={ "check-" (check.id) } { (check.label) @if !check.is_required { span.muted { " (" (ctx.t("form-optional")) ")" } } }
                    textarea.input id={ "check-" (check.id) } name={ "check_" (check.id) } rows="2" maxlength="4000" {}
                }
            }
        }
    }
}

fn snooze(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    let choices = [
        ("1h", ctx.t("snooze-hour")),
        ("3h", ctx.t("snooze-three-hours")),
        ("tomorrow", ctx.t("snooze-tomorrow")),
        ("monday", ctx.t("snooze-monday")),
        ("reply", ctx.t("snooze-reply")),
    ];
    html! {
        details.pop.action-pop data-do="snooze" {
            summary.button.ghost { (icon(Icon::Clock)) span { (ctx.t("action-snooze")) } }
            div.pop-body {
                (action(ctx, routes::SNOOZE, &view.conversation, "snooze-for", &html! {
                    ul.choices { @for (value, words) in &choices { li { button type="submit" name="for" value=(value) { span { (words) } } } } }
                    div.field {
                        label for="snooze-at" { (ctx.t("snooze-at")) }
                        div.send-at {
                            input.input #snooze-at type="datetime-local" name="at_time";
                            button.button.ghost type="submit" name="for" value="time" { (ctx.t("action-snooze")) }
                        }
                    }
                }))
            }
        }
    }
}

fn priority(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    html! {
        details.pop.action-pop data-do="priority" {
            summary.button.ghost { (icon(Icon::Warning)) span { (ctx.t("action-priority")) } }
            div.pop-body {
                (action(ctx, routes::PRIORITY, &view.conversation, "priority-to", &html! {
                    ul.choices {
                        @for priority in Priority::ALL {
                            li { button type="submit" name="priority" value=(priority) aria-current=[(*priority == view.priority).then_some("true")] {
                                span { (priority_name(ctx.lang, *priority)) } @if *priority == view.priority { (icon(Icon::Check)) }
                            } }
                        }
                    }
                }))
            }
        }
    }
}

/// Merging: this conversation into another, another contact into this one, and back.
fn organise(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    html! {
        details.pop.action-pop data-do="merge" {
            summary.button.ghost { (icon(Icon::Merge)) span { (ctx.t("action-merge")) } }
            div.pop-body {
                (action(ctx, routes::MERGE, &view.conversation, "merge-into", &html! {
                    div.field {
                        label for="merge-number" { (ctx.t("merge-conversation")) }
                        p.hint { (ctx.t("merge-conversation-hint")) }
                        @if !view.merge_into.is_empty() {
                            div.choices { @for (number, title, at) in &view.merge_into {
                                button type="submit" name="chosen" value=(number) formnovalidate {
                                    span.merge-title { "#" (number) " " (title) }
                                    span.muted { (i18n::relative(ctx.lang, ctx.now, *at, ctx.tz)) }
                                }
                            } }
                        }
                        span.number-form { "#" input.input #merge-number name="number" inputmode="numeric" pattern="#?[0-9]+" required maxlength="12" autocomplete="off"; button.button.ghost type="submit" { (ctx.t("action-merge")) } }
                    }
                }))
                (customer::merge_contact(ctx, view))
            }
        }
    }
}

fn merges(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    html! {
        @if view.can_write && !view.merges.is_empty() {
            ul.merges {
                @for (merge, name) in &view.merges {
                    li {
                        span { (i18n::t_args(ctx.lang, "merge-was", &[("name", if name.is_empty() { ctx.t("author-customer").into_owned().into() } else { name.as_str().into() })])) }
                        (customer::unmerge_contact(ctx, &view.conversation, merge))
                    }
                }
            }
        }
    }
}

fn open_ticket(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    html! {
        details.pop.action-pop data-do="ticket" {
            summary.button.ghost { (icon(Icon::Plus)) span { (ctx.t("action-ticket")) } }
            div.pop-body {
                (action(ctx, routes::OPEN_TICKET, &view.conversation, "open-ticket", &html! {
                    div.field {
                        label for="ticket-subject" { (ctx.t("ticket-subject")) }
                        input.input #ticket-subject name="subject" value=(view.ticket_subject) required maxlength="300" autocomplete="off";
                    }
                    (choice(ctx, "ticket-kind", "kind", None, &view.ticket_choices.kinds))
                    @if !view.ticket_choices.categories.is_empty() { (choice(ctx, "ticket-category", "category", Some("ticket-no-category"), &view.ticket_choices.categories)) }
                    (crate::components::button(&ctx.t("action-ticket")))
                }))
            }
        }
    }
}

/// Something of a new ticket to choose, labelled by the text of `key`.
fn choice(ctx: &Ctx<'_>, key: &str, name: &str, none: Option<&str>, options: &[(String, String)]) -> Markup {
    let id = format!("new-{key}");
    html! {
        div.field {
            label for=(id) { (ctx.t(key)) }
            select.input id=(id) name=(name) {
                @if let Some(none) = none { option value="" { (ctx.t(none)) } }
                @for (value, words) in options { option value=(value) { (words) } }
            }
        }
    }
}
