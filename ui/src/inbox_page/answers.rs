//! Why the bot did what it did: its candidates, their scores, and the way to teach it.

use maud::{Markup, html};

use super::views::{DecisionView, SideView};
use crate::components::{Tone, badge, form, time_tag};
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};

pub(super) fn answers(ctx: &Ctx<'_>, view: &SideView) -> Markup {
    html! {
        @if !view.decisions.is_empty() {
            details.side-block.side-fold {
                summary { h3 { (icon(Icon::Idea)) (ctx.t("side-bot")) } (icon(Icon::Down)) }
                div.bot-decisions {
                    @for decision in &view.decisions { (one(ctx, view, decision)) }
                }
            }
        }
    }
}

fn one(ctx: &Ctx<'_>, view: &SideView, decision: &DecisionView) -> Markup {
    let (tone, outcome) = match decision.outcome.as_str() {
        "answered" => (Tone::Good, ctx.t("bot-answered")),
        "clarified" => (Tone::Accent, ctx.t("bot-clarified")),
        "from_data" => (Tone::Good, ctx.t("bot-from-data")),
        "menu" => (Tone::Accent, ctx.t("bot-menu")),
        "small_talk" => (Tone::Neutral, ctx.t("bot-small-talk")),
        _ => (Tone::Neutral, ctx.t("bot-handed-over")),
    };
    let needed = i18n::t_args(ctx.lang, "bot-needed", &[("percent", decision.needed.into())]);
    html! {
        div.bot-decision {
            p.outcome {
                (badge(tone, &outcome))
                @if let Some(reason) = &decision.reason { span { (reason) } }
                (time_tag(ctx, decision.at, &i18n::relative(ctx.lang, ctx.now, decision.at, ctx.tz)))
            }
            p.asked { (ctx.t("bot-question")) ": " (decision.question) }
            @if decision.candidates.is_empty() { p.muted { (ctx.t("bot-no-candidates")) } }
            @else {
                ol {
                    @for candidate in &decision.candidates {
                        li {
                            @match &candidate.url { Some(url) => a.title href=(url) { (candidate.title) }, None => span.title { (candidate.title) } }
                            span.percent { (crate::i18n::percent(ctx.lang, &candidate.percent.to_string())) }
                            meter min="0" max="100" value=(candidate.percent) aria-label=(candidate.title) {}
                            @if view.can_write && decision.can_teach {
                                form method="post" action=(routes::path(routes::TEACH, &view.conversation)) {
                                    (form::csrf(ctx))
                                    input type="hidden" name="message" value=(decision.message);
                                    input type="hidden" name="article" value=(candidate.article);
                                    button.button.ghost.teach type="submit" title=(i18n::t_args(ctx.lang, "bot-this-one-title", &[("title", candidate.title.as_str().into())])) { (icon(Icon::Check)) span { (ctx.t("bot-this-one")) } }
                                }
                            }
                        }
                    }
                }
                p.muted { (needed) }
            }
        }
    }
}
