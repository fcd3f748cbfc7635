//! The agents' inbox: list, conversation, side panel. Each fragment can be asked for alone, which
//! is how the page stays live (`client/inbox.ts` morphs what changed).

mod composer;
mod composer_menus;
mod composer_view;
mod list;
mod side;
mod thread;
mod views;

use maud::{Markup, html};

use crate::icons::Icon;
use crate::layout::{Page, Section, Shell, Surface, page, shell};
use crate::{Ctx, components};

pub use composer::composer;
pub use composer_menus::{CannedView, CardChoiceView, SuggestionView, canned_options, card_options, suggestions};
pub use composer_view::{ComposerProblem, ComposerView, PickedView, UndoView, WayView};
pub use list::list;
pub use side::side;
pub use thread::{thread, timeline};
pub use views::{
    AgentChoice, ContactView, IdentityView, InboxView, ListView, SideView, Tab,
    TabCounts, ThreadView, TicketView,
};

/// The keys of the inbox and what each does: (action, key, words). `client/inbox/keys.ts` knows what
/// an action does; the page tells it the key's words in the reader's language.
fn keys(ctx: &Ctx<'_>) -> [(&'static str, &'static str, std::borrow::Cow<'static, str>); 20] {
    [
        ("next", "j", ctx.t("key-next")),
        ("previous", "k", ctx.t("key-previous")),
        ("open", "o", ctx.t("key-open")),
        ("back", "u", ctx.t("key-back")),
        ("reply", "r", ctx.t("key-reply")),
        ("note", "n", ctx.t("key-note")),
        ("send", "Ctrl+Enter", ctx.t("key-send")),
        ("attach", "t", ctx.t("key-attach")),
        ("claim", "c", ctx.t("key-claim")),
        ("assign", "a", ctx.t("key-assign")),
        ("escalate", "x", ctx.t("key-escalate")),
        ("resolve", "e", ctx.t("key-resolve")),
        ("snooze", "s", ctx.t("key-snooze")),
        ("why", "w", ctx.t("key-why")),
        ("panel", "i", ctx.t("key-panel")),
        ("tab-unassigned", "1", ctx.t("key-tab-unassigned")),
        ("tab-mine", "2", ctx.t("key-tab-mine")),
        ("tab-all", "3", ctx.t("key-tab-all")),
        ("filter", "/", ctx.t("key-filter")),
        ("help", "?", ctx.t("key-help")),
    ]
}

/// The whole page.
pub fn inbox(ctx: &Ctx<'_>, view: &InboxView) -> Markup {
    let title = view
        .thread
        .as_ref()
        .map_or_else(|| ctx.t("inbox-title"), |open| open.title.clone().into());
    let settings = serde_json::json!({
        "keys": keys(ctx).map(|(action, key, words)| serde_json::json!({ "action": action, "key": key, "words": words })),
        "words": {
            "reconnecting": ctx.t("live-reconnecting"),
            "offline": ctx.t("live-offline"),
            "failed": ctx.t("live-failed"),
            "newMessage": ctx.t("live-new-message"),
            "typing": ctx.t("live-typing"),
            "sending": ctx.t("live-sending"),
            "you": ctx.t("live-you"),
        },
        "agent": view.agent_name,
    });
    // `<` would let a name end the element; JSON has another way to write it.
    let settings = settings.to_string().replace('<', "\\u003c");
    let pane = if view.thread.is_some() { "thread" } else { "list" };
    let main = html! {
        main.inbox #main tabindex="-1" data-pane=(pane) {
            h1.visually-hidden { (ctx.t("inbox-title")) }
            (list(ctx, &view.list))
            @match &view.thread {
                Some(open) => (thread(ctx, open)),
                None => { div.thread #thread {
                    div.thread-none {
                        (components::empty(Icon::Inbox, &ctx.t("inbox-none-open"), &ctx.t("inbox-none-open-hint")))
                    }
                } },
            }
            div.live-bar #live-bar role="status" hidden {}
            div.visually-hidden #announcer aria-live="polite" {}
            (help_dialog(ctx))
        }
        script #inbox-settings type="application/json" { (maud::PreEscaped(settings)) }
    };
    let framed = shell(
        ctx,
        &Shell {
            active: Section::Inbox,
            agent_name: &view.agent_name,
            sections: &view.sections,
            waiting: view.list.counts.mine_waiting,
        },
        &main,
    );
    page(
        &Page {
            csrf: ctx.csrf,
            position: Some(view.position),
            ..Page::new(ctx.lang, &title, Surface::Inbox)
        },
        &framed,
    )
}

fn help_dialog(ctx: &Ctx<'_>) -> Markup {
    html! {
        dialog.help #help aria-labelledby="help-title" {
            div.help-head {
                h2 #help-title { (ctx.t("key-title")) }
                form method="dialog" { button.button.ghost.icon-only type="submit" aria-label=(ctx.t("close")) { (crate::icons::icon(Icon::Close)) } }
            }
            dl.keys { @for (_, key, words) in keys(ctx) { div { dt { @for (index, part) in key.split('+').enumerate() { @if index > 0 { " + " } kbd { (part) } } } dd { (words) } } } }
            label.check { input #keys-on type="checkbox" checked; (ctx.t("key-single")) }
        }
    }
}

#[cfg(test)]
mod tests;
