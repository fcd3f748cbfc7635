//! One conversation in the list.

use conversation::types::{ActorKind, Channel, ConversationStatus, Level, Millis, Priority};
use maud::{Markup, html};

use super::badge::{channel_icon, level_chip, priority_chip, status_chip};
use super::parts::{Tone, avatar, badge, time_tag};
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n};

/// So many unread messages are many: they are not counted further.
const MANY: i64 = 100;

/// One conversation in the list.
#[derive(Debug, Clone)]
pub struct ConversationRowView {
    /// The conversation's id; the element is `row-<id>`.
    pub id: String,
    /// Where it opens.
    pub url: String,
    /// The contact's name, or the best there is (an address, "Visitor").
    pub contact_name: String,
    /// The company's name.
    pub company: Option<String>,
    /// The subject, where there is one.
    pub subject: Option<String>,
    /// The beginning of the last message.
    pub preview: String,
    /// Who wrote the last message.
    pub last_author: ActorKind,
    /// The channel of the last message.
    pub channel: Channel,
    /// Who has it now.
    pub level: Level,
    /// Its state.
    pub status: ConversationStatus,
    /// It is spam.
    pub is_spam: bool,
    /// The highest priority of its tickets.
    pub priority: Priority,
    /// The assignee's name.
    pub assignee: Option<String>,
    /// When the last message was written, or when it came back after it was put off.
    pub last_at: Millis,
    /// It was put off and came back, and nothing happened since.
    pub is_woken: bool,
    /// Since when the customer waits for an answer.
    pub waiting_since: Option<Millis>,
    /// Messages that this agent has not seen.
    pub unread: i64,
    /// A delivery of it failed.
    pub has_failed_delivery: bool,
    /// It is the one that is open.
    pub is_selected: bool,
    /// The name of its team.
    pub team: Option<String>,
    /// Until when the waiting customer should have an answer.
    pub due_at: Option<Millis>,
    /// The labels: (word, tint).
    pub labels: Vec<(String, i64)>,
    /// What a search found in it, with the found words marked; instead of the preview.
    pub found: Option<Markup>,
    /// It can be chosen together with others.
    pub is_pickable: bool,
}

/// One row: name and time, then the subject or the last words, then who has it.
pub fn conversation_row(ctx: &Ctx<'_>, row: &ConversationRowView) -> Markup {
    let lead = match row.last_author {
        ActorKind::Contact => None,
        ActorKind::Bot => Some(ctx.t("row-bot")),
        ActorKind::Agent | ActorKind::System | ActorKind::Api => Some(ctx.t("row-us")),
    };
    html! {
        li.row id={ "row-" (row.id) } data-id=(row.id) data-unread=[(row.unread > 0).then_some(row.unread)] {
            @if row.is_pickable {
                label.row-pick { input type="checkbox" name="c" value=(row.id) form="bulk"; span.visually-hidden { (ctx.t("bulk-pick")) " " (row.contact_name) } }
            }
            a.row-link href=(row.url) aria-current=[row.is_selected.then_some("true")] {
                (avatar(ActorKind::Contact, &row.contact_name))
                span.row-main {
                    span.row-top {
                        span.row-name dir="auto" { (row.contact_name) }
                        @if let Some(company) = &row.company { span.row-company { (company) } }
                        span.row-time { (time_tag(ctx, row.last_at, &i18n::relative(ctx.lang, ctx.now, row.last_at, ctx.tz))) }
                    }
                    @if let Some(subject) = &row.subject { span.row-subject dir="auto" { (subject) } }
                    span.row-line {
                        @if let Some(found) = &row.found { span.row-preview.row-found dir="auto" { (found) } }
                        @else { span.row-preview dir="auto" { @if let Some(lead) = lead { span.row-lead { (lead) } " " } bdi { (row.preview) } } }
                        @if row.unread > 0 {
                            span.count { @if row.unread < MANY { (i18n::number(ctx.lang, row.unread)) } @else { (i18n::number(ctx.lang, MANY - 1)) "+" } span.visually-hidden { " " (ctx.t("row-unread")) } }
                        }
                    }
                    span.row-foot {
                        (channel_icon(ctx.lang, row.channel))
                        (level_chip(ctx.lang, row.level))
                        (priority_chip(ctx.lang, row.priority))
                        @if row.is_spam { (super::spam_chip(ctx.lang)) } @else if row.status != ConversationStatus::Open { (status_chip(ctx.lang, row.status)) }
                        @if row.is_woken { (badge(Tone::Warn, &ctx.t("row-woken"))) }
                        @if row.has_failed_delivery { (badge(Tone::Bad, &ctx.t("row-failed"))) }
                        @for (name, tint) in &row.labels { span class={ "label tint-" (tint) } { (name) } }
                        @if let Some(name) = &row.team { span.row-team title=(name) { (icon(Icon::People)) span.visually-hidden { (name) } } }
                        @if let Some(name) = &row.assignee { span.row-assignee { (name) } }
                        @if let Some(since) = row.waiting_since.filter(|_| row.due_at.is_none()) {
                            span.row-waiting { (waiting(ctx, since)) }
                        }
                        @if let Some(due) = row.due_at { (due_mark(ctx, due)) }
                    }
                }
            }
        }
    }
}

/// A stretch of time in its largest unit.
fn span(ctx: &Ctx<'_>, minutes: Millis) -> String {
    match minutes {
        ..60 => i18n::t_args(ctx.lang, "span-minutes", &[("n", minutes.into())]),
        60..2880 => i18n::t_args(ctx.lang, "span-hours", &[("n", (minutes / 60).into())]),
        _ => i18n::t_args(ctx.lang, "span-days", &[("n", (minutes / 1440).into())]),
    }
}

/// How long the customer waits.
fn waiting(ctx: &Ctx<'_>, since: Millis) -> String {
    match (ctx.now - since) / 60_000 {
        ..1 => ctx.t("row-waiting-now").into_owned(),
        minutes => i18n::t_args(ctx.lang, "row-waiting", &[("time", span(ctx, minutes).into())]),
    }
}

/// How long there is left to answer, or how long it is overdue.
pub fn due_chip(ctx: &Ctx<'_>, due: Millis) -> Markup {
    let (tone, words, _) = due_in(ctx, due);
    due_badge(ctx, due, tone, html! { (words) })
}

/// As [`due_chip`], in a narrow place: what is overdue has a minus, and who listens hears the words.
fn due_mark(ctx: &Ctx<'_>, due: Millis) -> Markup {
    let (tone, words, short) = due_in(ctx, due);
    due_badge(
        ctx,
        due,
        tone,
        html! { span aria-hidden="true" { (short) } span.visually-hidden { (words) } },
    )
}

/// The tone, the words and the short form. Colour is not the only sign: the words differ, too.
fn due_in(ctx: &Ctx<'_>, due: Millis) -> (Tone, String, String) {
    let left = due - ctx.now;
    let span = span(ctx, (left.abs() + 59_999) / 60_000);
    let (tone, key, sign) = match left {
        ..0 => (Tone::Bad, "due-over", "\u{2212}"),
        0..900_000 => (Tone::Warn, "due-in", ""),
        _ => (Tone::Neutral, "due-in", ""),
    };
    let short = format!("{sign}{span}");
    (tone, i18n::t_args(ctx.lang, key, &[("span", span.into())]), short)
}

fn due_badge(ctx: &Ctx<'_>, due: Millis, tone: Tone, words: Markup) -> Markup {
    html! {
        span class={ "badge due " (tone.class()) } title=(i18n::date_time(ctx.lang, due, ctx.tz)) {
            (icon(Icon::Clock)) (words)
        }
    }
}
