//! What can be done with several conversations at once. The browser fills in which.

use conversation::types::{Level, Priority};
use maud::{Markup, html};

use super::views::BulkView;
use crate::components::{form, level_name, priority_name};
use crate::icons::{Icon, icon};
use crate::{Ctx, routes};

/// The bar; hidden until something is chosen.
pub(super) fn bar(ctx: &Ctx<'_>, view: &BulkView) -> Markup {
    html! {
        form.bulk #bulk method="post" action=(routes::BULK) aria-label=(ctx.t("bulk-label")) hidden {
            (form::csrf(ctx))
            span.bulk-count #bulk-count role="status" {}
            (menu(Icon::Person, "assign", &ctx.t("action-assign"), &html! {
                ul.choices {
                    @for (id, name) in &view.agents { (choice("assign", id, name)) }
                    (choice("assign", "", &ctx.t("action-assign-nobody")))
                }
            }))
            @if !view.teams.is_empty() {
                (menu(Icon::People, "team", &ctx.t("action-team"), &html! {
                    ul.choices {
                        @for (id, name) in &view.teams { (choice("team", id, name)) }
                        (choice("team", "", &ctx.t("action-team-none")))
                    }
                }))
            }
            (menu(Icon::Aside, "label", &ctx.t("action-labels"), &html! {
                @if view.labels.is_empty() { p.hint { (ctx.t("labels-none")) } }
                ul.choices {
                    @for label in &view.labels {
                        li.bulk-label {
                            button type="submit" name="do" value={ "label:" (label.id) } { span class={ "label tint-" (label.tint) } { (label.name) } }
                            button.icon-only type="submit" name="do" value={ "unlabel:" (label.id) } aria-label={ (ctx.t("labels-off")) ": " (label.name) } title=(ctx.t("labels-off")) { (icon(Icon::Close)) }
                        }
                    }
                }
            }))
            (menu(Icon::Escalate, "level", &ctx.t("action-escalate"), &html! {
                div.field {
                    label for="bulk-reason" { (ctx.t("escalate-reason")) }
                    input.input #bulk-reason name="reason" maxlength="500" autocomplete="off";
                }
                ul.choices { @for level in [Level::N1, Level::N2, Level::N3] { (choice("level", level.as_str(), &level_name(ctx.lang, level))) } }
            }))
            (menu(Icon::Warning, "priority", &ctx.t("action-priority"), &html! {
                ul.choices { @for priority in Priority::ALL { (choice("priority", priority.as_str(), &priority_name(ctx.lang, *priority))) } }
            }))
            (menu(Icon::Clock, "snooze", &ctx.t("action-snooze"), &html! {
                ul.choices {
                    (choice("snooze", "1h", &ctx.t("snooze-hour")))
                    (choice("snooze", "3h", &ctx.t("snooze-three-hours")))
                    (choice("snooze", "tomorrow", &ctx.t("snooze-tomorrow")))
                    (choice("snooze", "monday", &ctx.t("snooze-monday")))
                    (choice("snooze", "reply", &ctx.t("snooze-reply")))
                }
            }))
            button.button.ghost type="submit" name="do" value="resolve:" { (icon(Icon::Check)) span { (ctx.t("action-resolve")) } }
            (menu(Icon::Block, "spam", &ctx.t("action-spam"), &html! {
                ul.choices { (choice("spam", "", &ctx.t("spam-mark"))) (choice("not_spam", "", &ctx.t("action-not-spam"))) }
            }))
            (menu(Icon::Merge, "merge", &ctx.t("action-merge"), &html! {
                p.hint { (ctx.t("bulk-merge-hint")) }
                ul.choices { (choice("merge", "", &ctx.t("bulk-merge"))) }
            }))
            button.button.ghost type="button" data-action="pick-all" { (icon(Icon::Checks)) span { (ctx.t("bulk-all")) } }
            button.button.ghost.icon-only type="button" data-action="pick-none" aria-label=(ctx.t("bulk-none")) title=(ctx.t("bulk-none")) { (icon(Icon::Close)) }
        }
    }
}

fn menu(glyph: Icon, name: &str, words: &str, body: &Markup) -> Markup {
    html! {
        details.pop data-bulk=(name) {
            summary.button.ghost aria-label=(words) title=(words) { (icon(glyph)) span { (words) } }
            div.pop-body { (body) }
        }
    }
}

fn choice(what: &str, value: &str, words: &str) -> Markup {
    html! { li { button type="submit" name="do" value={ (what) ":" (value) } { span { (words) } } } }
}
