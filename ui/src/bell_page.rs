//! What an agent was told: the list behind the bell.

use conversation::desk::bell::Kind;
use conversation::types::Millis;
use maud::{Markup, html};

use crate::components::time_tag;
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n};

/// One thing that an agent was told.
#[derive(Debug, Clone)]
pub struct NoticeView {
    /// Of what.
    pub kind: Kind,
    /// Where it leads.
    pub url: String,
    /// Who did it; empty for the customer.
    pub who: String,
    /// The conversation, as people say it.
    pub what: String,
    /// The beginning of what was said.
    pub words: String,
    /// When.
    pub at: Millis,
    /// It was read.
    pub is_read: bool,
}

/// The list.
#[derive(Debug, Clone)]
pub struct BellView {
    /// The agent.
    pub agent: String,
    /// How many are not read.
    pub unread: i64,
    /// A tone sounds for new ones.
    pub has_sound: bool,
    /// The agent said that they are away.
    pub is_away: bool,
    /// The newest, first.
    pub notices: Vec<NoticeView>,
}

/// What happened, in a sentence.
pub fn sentence(ctx: &Ctx<'_>, notice: &NoticeView) -> String {
    let who = if notice.who.is_empty() {
        ctx.t("bell-customer").into_owned()
    } else {
        notice.who.clone()
    };
    let key = crate::desk_words::told(notice.kind);
    i18n::t_args(
        ctx.lang,
        key,
        &[("who", who.into()), ("what", notice.what.as_str().into())],
    )
}

/// The list and what can be done with it.
pub fn bell(ctx: &Ctx<'_>, view: &BellView) -> Markup {
    let away = if view.is_away {
        ("here", "bell-here", "false")
    } else {
        ("away", "bell-away", "true")
    };
    html! {
        div.bell-head data-unread=(view.unread) data-agent=(view.agent) data-sound=(view.has_sound.to_string()) {
            strong { (i18n::t_args(ctx.lang, "bell-unread", &[("count", view.unread.into())])) }
            form method="post" action=(crate::routes::BELL) {
                (crate::components::form::csrf(ctx))
                @if view.unread > 0 { button.button.ghost type="submit" name="read" value="all" data-bell="read" { (icon(Icon::Checks)) (ctx.t("bell-read-all")) } }
                button.button.ghost type="submit" name="away" value=(away.2) data-bell=(away.0) { (ctx.t(away.1)) }
            }
        }
        @if view.notices.is_empty() { p.picker-none { (ctx.t("bell-none")) } }
        @else {
            ul.bell-list {
                @for notice in &view.notices {
                    li class=[(!notice.is_read).then_some("is-unread")] {
                        a href=(notice.url) {
                            span.bell-words { (sentence(ctx, notice)) }
                            @if !notice.words.is_empty() { span.bell-said { (notice.words) } }
                            (time_tag(ctx, notice.at, &i18n::relative(ctx.lang, ctx.now, notice.at, ctx.tz)))
                        }
                    }
                }
            }
        }
        p.bell-foot { a href="/settings/desk" { (ctx.t("bell-settings")) } }
    }
}
