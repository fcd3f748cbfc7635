//! The middle pane: head, messages, composer; and beside it the side panel.

use jiff::Timestamp;
use jiff::civil::Date;
use maud::{Markup, html};

use super::composer::composer;
use super::side::{resolve_form, side};
use super::views::ThreadView;
use crate::components::{MessageView, bounced_bar, empty, level_chip, message, status_chip};
use crate::icons::{Icon, icon};
use crate::layout::Surface;
use crate::{Ctx, i18n, routes};
use conversation::lifecycle::UNTIL_REPLY;
use conversation::types::ConversationStatus;

/// The open conversation with its side panel: what every action answers with.
pub fn thread(ctx: &Ctx<'_>, view: &ThreadView) -> Markup {
    html! {
        div.thread #thread data-id=(view.id) data-title=(view.title) data-refresh=(view.refresh_url) {
            section.conversation #conversation aria-label=(view.title) {
                header.thread-head {
                    a.button.ghost.icon-only.back href=(view.list_url) aria-label=(ctx.t("thread-back")) { (icon(Icon::Back)) }
                    div.thread-titles {
                        h2.thread-title dir="auto" title=(view.title) { (view.title) }
                        p.thread-sub {
                            span.thread-number { "#" (view.number) }
                            (level_chip(ctx.lang, view.level))
                            @if view.spam.since.is_some() { (crate::components::spam_chip(ctx.lang)) } @else if view.status != ConversationStatus::Open { (status_chip(ctx.lang, view.status)) }
                            @if let Some(until) = view.snoozed_until.filter(|_| view.status == ConversationStatus::Snoozed) {
                                span {
                                    @if until == UNTIL_REPLY { (ctx.t("thread-snoozed-reply")) }
                                    @else { (i18n::t_args(ctx.lang, "thread-snoozed-until", &[("time", i18n::until(ctx.lang, ctx.now, until, ctx.tz).into())])) }
                                }
                            }
                            @if view.title != view.contact_name { span.thread-contact { (view.contact_name) } }
                            @if let Some(due) = view.due_at { (crate::components::due_chip(ctx, due)) }
                            @for label in &view.labels { span class={ "label tint-" (label.tint) } { (label.name) } }
                            @if let Some(team) = &view.team { span.row-team { (icon(Icon::People)) (team) } }
                            span.thread-assignee {
                                @match (&view.assignee, view.is_mine) {
                                    (_, true) => (ctx.t("thread-mine")),
                                    (Some(name), false) => (i18n::t_args(ctx.lang, "thread-assigned", &[("name", name.as_str().into())])),
                                    (None, false) => (ctx.t("thread-unassigned")),
                                }
                            }
                        }
                    }
                    @if view.can_write {
                        div.thread-actions {
                            @if view.spam.since.is_some() { (super::spam::not_spam(ctx, &view.id)) } @else {
                                @if !view.is_mine { (super::side::claim_form(ctx, &view.id, view.assignee_id.as_deref())) }
                                (resolve_form(ctx, &view.id, view.status))
                            }
                        }
                    }
                    button.button.ghost.icon-only.panel-toggle type="button" data-action="panel" aria-controls="side" aria-label=(ctx.t("key-panel")) { (icon(Icon::Panel)) }
                }
                (within(ctx, view))
                (timeline(ctx, view))
                p.typing #typing aria-live="polite" {}
                @if let Some((address, reason)) = view.bounced.as_ref().filter(|_| view.can_write) {
                    (bounced_bar(ctx, &view.id, address, *reason))
                }
                (super::spam::bar(ctx, &view.id, &view.spam, view.can_write))
                // In spam, too: notes are for colleagues, and what was half written stays in sight.
                @if view.can_write {
                    (composer(ctx, &view.composer))
                }
            }
            (side(ctx, &view.side))
        }
    }
}

/// The messages with a line between days. What was loaded above stands in `#earlier`, which a refresh
/// leaves alone.
pub fn timeline(ctx: &Ctx<'_>, view: &ThreadView) -> Markup {
    let is_end = view.newer_url.is_none();
    html! {
        @if let Some(url) = &view.unread_url { a.jump.unread-jump #unread-jump href=(url) { (icon(Icon::Down)) (ctx.t("timeline-unread")) } }
        div.timeline #timeline role="log" aria-label=(ctx.t("timeline-label")) aria-live="off" tabindex="0" data-position=(view.position)
            data-most=[(!is_end).then_some(view.messages.len())] {
            div #earlier data-before=[view.older.as_deref()] data-url=(routes::path(routes::EARLIER, &view.id)) {
                @if let Some(url) = &view.older_url { a.older href=(url) { (ctx.t("timeline-older")) } }
            }
            @if view.messages.is_empty() { (empty(Icon::Webchat, &ctx.t("timeline-empty"), "")) }
            (entries(ctx, &view.messages, view.first_unread.as_deref()))
            @if let Some(url) = &view.newer_url { a.older.newer href=(url) { (ctx.t("timeline-newer")) } }
        }
    }
}

/// A piece of the timeline that stands above what is shown. `before` is the place above which there
/// is more.
pub fn earlier(ctx: &Ctx<'_>, conversation: &str, messages: &[MessageView], before: Option<&str>) -> Markup {
    html! {
        div #earlier data-before=[before] data-url=(routes::path(routes::EARLIER, conversation)) {
            @if before.is_some() && let Some(first) = messages.first() {
                a.older href={ (routes::path(routes::CONVERSATION, conversation)) "?tab=all&at=" (first.id) } { (ctx.t("timeline-older")) }
            }
            (entries(ctx, messages, None))
        }
    }
}

fn entries(ctx: &Ctx<'_>, messages: &[MessageView], first_unread: Option<&str>) -> Markup {
    let mut last: Option<Date> = None;
    html! {
        @for one in messages {
            @let day = Timestamp::from_millisecond(one.at).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(ctx.tz.clone()).date();
            @if last.replace(day) != Some(day) {
                h3.day data-day=(day) { span { (i18n::day_mark(ctx.lang, ctx.now, one.at, ctx.tz)) } }
            }
            @if first_unread == Some(one.id.as_str()) {
                p.unread-mark #unread-mark { span { (ctx.t("timeline-new")) } }
            }
            (message(ctx, one, Surface::Inbox))
        }
    }
}

/// Where words are searched in the open conversation; the browser's side shows and fills it.
fn within(ctx: &Ctx<'_>, view: &ThreadView) -> Markup {
    html! {
        form.within #within role="search" data-url=(routes::path(routes::WITHIN, &view.id)) hidden {
            label.visually-hidden for="within-input" { (ctx.t("within-label")) }
            input.input #within-input type="search" autocomplete="off" maxlength="200" placeholder=(ctx.t("within-label"));
            span.within-count #within-count role="status" {}
            button.button.ghost.icon-only type="button" data-within="previous" aria-label=(ctx.t("within-previous")) { span.flip { (icon(Icon::Down)) } }
            button.button.ghost.icon-only type="button" data-within="next" aria-label=(ctx.t("within-next")) { (icon(Icon::Down)) }
            button.button.ghost.icon-only type="button" data-within="close" aria-label=(ctx.t("close")) { (icon(Icon::Close)) }
        }
    }
}
