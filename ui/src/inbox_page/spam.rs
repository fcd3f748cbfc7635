//! What is said of spam and of blocked senders, and what can be done about them.

use maud::{Markup, html};

use super::side::action;
use super::views::SpamView;
use crate::components::ghost_button;
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};

/// Above where one writes: that this is spam, or that its sender is blocked.
pub(super) fn bar(ctx: &Ctx<'_>, conversation: &str, view: &SpamView, can_write: bool) -> Markup {
    html! {
        @if let Some((since, why)) = &view.since {
            div.bounced-bar.spam-bar role="status" {
                p {
                    (icon(Icon::Block)) " "
                    strong { (i18n::t_args(ctx.lang, "spam-since", &[("time", i18n::relative(ctx.lang, ctx.now, *since, ctx.tz).into())])) } " "
                    (why) " " (ctx.t("spam-what"))
                }
                @if can_write { (not_spam(ctx, conversation)) }
            }
        }
        @if let Some(blocked) = &view.blocked {
            div.bounced-bar.spam-bar role="status" {
                p { (icon(Icon::Block)) " " (i18n::t_args(ctx.lang, "blocked-bar", &[("sender", blocked.as_str().into())])) }
                @if can_write { (action(ctx, routes::UNBLOCK, conversation, "unblock", &ghost_button(Icon::Check, &ctx.t("blocked-unblock")))) }
            }
        }
    }
}

/// Takes it out of spam.
pub(super) fn not_spam(ctx: &Ctx<'_>, conversation: &str) -> Markup {
    action(
        ctx,
        routes::NOT_SPAM,
        conversation,
        "spam",
        &ghost_button(Icon::Reply, &ctx.t("action-not-spam")),
    )
}

/// Marking as spam, with or without shutting the sender out; or only that.
pub(super) fn menu(ctx: &Ctx<'_>, conversation: &str, view: &SpamView) -> Markup {
    let blocks = [("sender", &view.sender), ("domain", &view.domain)];
    let has_any = view.blocked.is_none() && view.sender.is_some();
    html! {
        details.pop.action-pop data-do="spam" {
            summary.button.ghost { (icon(Icon::Block)) span { (ctx.t("action-spam")) } }
            div.pop-body {
                (action(ctx, routes::SPAM, conversation, "spam-mark", &html! {
                    p.hint { (ctx.t("spam-hint")) }
                    // First, so that Enter after the key means it.
                    button.button type="submit" name="do" value="spam" { (ctx.t("spam-mark")) }
                    @if has_any {
                        fieldset.label-choices {
                            legend { (ctx.t("spam-block-legend")) }
                            @for (value, words) in blocks {
                                @if let Some(words) = words {
                                    label.check-line { input type="checkbox" name="block" value=(value); span { (words) } }
                                }
                            }
                        }
                        p.hint { (ctx.t("spam-block-hint")) }
                        button.button.ghost type="submit" name="do" value="block" { (ctx.t("spam-block-only")) }
                    }
                }))
            }
        }
    }
}
