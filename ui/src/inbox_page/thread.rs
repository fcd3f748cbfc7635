//! The middle pane: head, messages, composer; and beside it the side panel.

use jiff::Timestamp;
use jiff::civil::Date;
use maud::{Markup, html};

use super::composer::composer;
use super::side::{resolve_form, side};
use super::views::ThreadView;
use crate::components::{bounced_bar, empty, level_chip, message, status_chip};
use crate::icons::{Icon, icon};
use crate::layout::Surface;
use crate::{Ctx, i18n};
use conversation::types::ConversationStatus;

/// The open conversation with its side panel: what every action answers with.
pub fn thread(ctx: &Ctx<'_>, view: &ThreadView) -> Markup {
    html! {
        div.thread #thread data-id=(view.id) data-title=(view.title) data-refresh=(view.refresh_url) {
            section.conversation #conversation aria-label=(view.title) {
                header.thread-head {
                    a.button.ghost.icon-only.back href=(view.list_url) aria-label=(ctx.t("thread-back")) { (icon(Icon::Back)) }
                    div.thread-titles {
                        h2.thread-title { (view.title) }
                        p.thread-sub {
                            span.thread-number { "#" (view.number) }
                            (level_chip(ctx.lang, view.level))
                            @if view.status != ConversationStatus::Open { (status_chip(ctx.lang, view.status)) }
                            @if let Some(until) = view.snoozed_until.filter(|_| view.status == ConversationStatus::Snoozed) {
                                span { (i18n::t_args(ctx.lang, "thread-snoozed-until", &[("time", i18n::until(ctx.lang, ctx.now, until, ctx.tz).into())])) }
                            }
                            @if view.title != view.contact_name { span.thread-contact { (view.contact_name) } }
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
                            @if !view.is_mine { (super::side::claim_form(ctx, &view.id)) }
                            (resolve_form(ctx, &view.id, view.status))
                        }
                    }
                    button.button.ghost.icon-only.panel-toggle type="button" data-action="panel" aria-controls="side" aria-label=(ctx.t("key-panel")) { (icon(Icon::Panel)) }
                }
                (timeline(ctx, view))
                p.typing #typing aria-live="polite" {}
                @if let Some((address, reason)) = view.bounced.as_ref().filter(|_| view.can_write) {
                    (bounced_bar(ctx, &view.id, address, *reason))
                }
                @if view.can_write { (composer(ctx, &view.composer)) }
            }
            (side(ctx, &view.side))
        }
    }
}

/// The messages with a line between days.
pub fn timeline(ctx: &Ctx<'_>, view: &ThreadView) -> Markup {
    let mut last: Option<Date> = None;
    html! {
        div.timeline #timeline role="log" aria-label=(ctx.t("timeline-label")) aria-live="off" tabindex="0" data-position=(view.position) {
            @if let Some(url) = &view.older_url { a.older href=(url) { (ctx.t("timeline-older")) } }
            @if view.messages.is_empty() { (empty(Icon::Webchat, &ctx.t("timeline-empty"), "")) }
            @for one in &view.messages {
                @let day = Timestamp::from_millisecond(one.at).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(ctx.tz.clone()).date();
                @if last.replace(day) != Some(day) {
                    h3.day id={ "day-" (day) } { span { (i18n::day_mark(ctx.lang, ctx.now, one.at, ctx.tz)) } }
                }
                @if view.first_unread.as_deref() == Some(one.id.as_str()) {
                    p.unread-mark #unread-mark { span { (ctx.t("timeline-new")) } }
                }
                (message(ctx, one, Surface::Inbox))
            }
        }
    }
}
