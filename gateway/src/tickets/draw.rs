//! Pieces of pages about tickets.

use conversation::fields::{Field, FieldKind};
use conversation::sla::clocks::{Clock, ClockKind};
use conversation::tickets::categories::Tree;
use conversation::tickets::levels::{Check, CheckKind};
use conversation::types::{Language, Level, Millis, Priority, TicketKind, TicketStatus};
use maud::{Markup, html};
use ui::components::{Tone, badge, form, priority_name, ticket_status_name};
use ui::{Ctx, i18n};

/// What a kind is called.
pub(crate) fn kind_name(lang: Language, kind: TicketKind) -> std::borrow::Cow<'static, str> {
    match kind {
        TicketKind::Question => i18n::t(lang, "ticket-kind-question"),
        TicketKind::Incident => i18n::t(lang, "ticket-kind-incident"),
        TicketKind::Request => i18n::t(lang, "ticket-kind-request"),
    }
}

/// What a clock is called.
pub(super) fn clock_name(lang: Language, kind: ClockKind) -> std::borrow::Cow<'static, str> {
    match kind {
        ClockKind::First => i18n::t(lang, "clock-first"),
        ClockKind::Next => i18n::t(lang, "clock-next"),
        ClockKind::Resolution => i18n::t(lang, "clock-resolution"),
    }
}

/// When something is due, and how near that is: a colour and always words.
pub(super) fn due(ctx: &Ctx<'_>, due_at: Option<Millis>, warn_at: Option<Millis>) -> Markup {
    let Some(at) = due_at else {
        return html! {};
    };
    let words = |key: &'static str| {
        let time = i18n::relative(ctx.lang, ctx.now, at, ctx.tz);
        i18n::t_args(ctx.lang, key, &[("time", time.into())])
    };
    if at <= ctx.now {
        badge(Tone::Bad, &words("clock-over"))
    } else if warn_at.map_or(at - ctx.now < 3_600_000, |near| near <= ctx.now) {
        badge(Tone::Warn, &words("clock-due"))
    } else {
        badge(Tone::Neutral, &words("clock-due"))
    }
}

/// The clocks of a ticket as a list.
pub(super) fn clocks(ctx: &Ctx<'_>, all: &[Clock]) -> Markup {
    html! {
        @if !all.is_empty() {
            dl.clocks {
                @for clock in all {
                    div {
                        dt { (clock_name(ctx.lang, clock.kind)) }
                        dd {
                            @if clock.due_at.is_some() { (due(ctx, clock.due_at, clock.warn_at)) }
                            @else if clock.stopped_at.is_some() && clock.breached_at.is_some() { (badge(Tone::Bad, &ctx.t("clock-broken"))) }
                            @else if clock.stopped_at.is_some() { (badge(Tone::Good, &ctx.t("clock-kept"))) }
                            @else { (badge(Tone::Neutral, &ctx.t("clock-held"))) }
                        }
                    }
                }
            }
        }
    }
}

/// Values to choose from, with words for each.
pub(super) fn options<T: Copy + PartialEq + std::fmt::Display>(
    all: &[T],
    now: Option<T>,
    name: impl Fn(T) -> String,
) -> Markup {
    html! { @for one in all { option value=(one) selected[now == Some(*one)] { (name(*one)) } } }
}

pub(super) fn kind_options(lang: Language, now: Option<TicketKind>) -> Markup {
    options(TicketKind::ALL, now, |one| kind_name(lang, one).into_owned())
}

pub(super) fn priority_options(lang: Language, now: Option<Priority>) -> Markup {
    options(Priority::ALL, now, |one| priority_name(lang, one).into_owned())
}

pub(super) fn status_options(lang: Language, now: Option<TicketStatus>) -> Markup {
    options(TicketStatus::ALL, now, |one| ticket_status_name(lang, one).into_owned())
}

/// The tree of categories to choose from; each name with those above it.
pub(super) fn category_options(lang: Language, tree: &Tree, now: &str) -> Markup {
    html! { @for one in tree.all() { option value=(one.id) selected[one.id == now] { (tree.name(&one.id, lang)) } } }
}

/// One custom field.
pub(super) fn field(ctx: &Ctx<'_>, field: &Field, value: &str) -> Markup {
    let id = format!("field-{}", field.id);
    let name = format!("field_{}", field.id);
    html! {
        div.field {
            label for=(id) { (field.name) }
            @match field.kind {
                FieldKind::Choice => select.input id=(id) name=(name) {
                    option value="" {}
                    @for choice in &field.choices { option value=(choice) selected[choice == value] { (choice) } }
                },
                FieldKind::YesNo => select.input id=(id) name=(name) {
                    option value="" {}
                    option value="yes" selected[value == "yes"] { (ctx.t("word-yes")) }
                    option value="no" selected[value == "no"] { (ctx.t("word-no")) }
                },
                FieldKind::Date => input.input type="date" id=(id) name=(name) value=(value);,
                FieldKind::Number => input.input id=(id) name=(name) value=(value) inputmode="decimal" autocomplete="off";,
                FieldKind::Text | FieldKind::Link => input.input id=(id) name=(name) value=(value) maxlength="1000" autocomplete="off";,
            }
        }
    }
}

/// The points that a level wants to be told.
pub(super) fn checks(ctx: &Ctx<'_>, level: Level, all: &[Check]) -> Markup {
    html! {
        @for check in all {
            @let id = format!("check-{level}-{}", check.id);
            @let words = check.labels.pick(ctx.lang).map(|(_, words)| words).unwrap_or_default();
            @match check.kind {
                CheckKind::Tick => label.check { input type="checkbox" name={ "check_" (check.id) } value="yes" required[check.is_required]; span { (words) } },
                CheckKind::Text => div.field {
                    label for=(id) { (words) @if !check.is_required { span.optional { " (" (ctx.t("form-optional")) ")" } } }
                    textarea.input id=(id) name={ "check_" (check.id) } rows="2" maxlength="4000" required[check.is_required] {}
                },
            }
        }
    }
}

/// A form that does something with a ticket.
pub(super) fn doing(ctx: &Ctx<'_>, url: &str, back: &str, what: &str, inner: &Markup) -> Markup {
    html! {
        form method="post" action=(url) {
            (form::csrf(ctx))
            input type="hidden" name="do" value=(what);
            @if !back.is_empty() { input type="hidden" name="back" value=(back); }
            (inner)
        }
    }
}
