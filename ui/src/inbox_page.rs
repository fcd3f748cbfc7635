//! The agents' inbox: list, conversation, side panel. Each fragment can be asked for alone, which
//! is how the page stays live (`client/inbox.ts` morphs what changed).

mod answers;
mod bulk;
mod chat;
mod composer;
mod composer_menus;
mod composer_view;
mod customer;
pub mod keys;
mod list;
mod side;
mod spam;
mod thread;
mod views;

use maud::{Markup, html};

use crate::icons::Icon;
use crate::layout::{Page, Section, Shell, Surface, page, shell};
use crate::{Ctx, components, i18n, routes};

pub use chat::state as template_state;
pub use chat::{
    BlankView, ChatComposerView, Run, TemplateChoice, TemplateFormView, TemplateListView, template_body, template_form,
    template_list,
};
pub use composer::composer;
pub use composer_menus::{
    CannedView, CardChoiceView, Piece, SuggestionView, canned_options, card_options, pieces, suggestions,
};
pub use composer_view::{ComposerProblem, ComposerView, MacroChoice, PickedView, UndoView, WayView};
pub use customer::{merge_preview, parting};
pub use list::list;
pub use side::side;
pub use thread::{earlier, thread, timeline};
pub use views::{
    AgentChoice, BulkView, CheckView, Choose, ContactView, DecisionView, FieldView, IdentityView, InboxView,
    InvoiceChoice, LabelView, ListView, SavedViewView, SideView, SpamView, Tab, ThreadView, TicketChoices, TicketView,
    WeighedView,
};

/// The places that the command bar leads to: (words, address).
fn places(ctx: &Ctx<'_>, view: &InboxView) -> Vec<(String, String)> {
    let mut places: Vec<(String, String)> = vec![
        (ctx.t("rail-settings").into_owned(), routes::SETTINGS.to_owned()),
        (ctx.t("settings-account").into_owned(), "/settings/account".to_owned()),
        (ctx.t("settings-desk").into_owned(), "/settings/desk".to_owned()),
        (ctx.t("settings-canned").into_owned(), "/settings/canned".to_owned()),
        (ctx.t("settings-macros").into_owned(), "/settings/macros".to_owned()),
        (ctx.t("place-help-centre").into_owned(), routes::HELP.to_owned()),
    ];
    if view.is_administrator {
        for (key, url) in [
            ("settings-inboxes", "/settings/inboxes"),
            ("settings-people", "/settings/people"),
            ("settings-organise", "/settings/organise"),
            ("settings-rules", "/settings/rules"),
            ("settings-hours", "/settings/hours"),
            ("settings-knowledge", "/settings/knowledge"),
            ("settings-tokens", "/settings/tokens"),
            ("settings-quarantine", "/settings/quarantine"),
        ] {
            places.push((ctx.t(key).into_owned(), url.to_owned()));
        }
    }
    places
}

/// The whole page.
pub fn inbox(ctx: &Ctx<'_>, view: &InboxView) -> Markup {
    let title = view
        .thread
        .as_ref()
        .map_or_else(|| ctx.t("inbox-title"), |open| open.title.clone().into());
    let settings = serde_json::json!({
        "keys": keys::told(ctx),
        "words": {
            "reconnecting": ctx.t("live-reconnecting"),
            "offline": ctx.t("live-offline"),
            "failed": ctx.t("live-failed"),
            "newMessage": i18n::t_args(ctx.lang, "live-new-message", &[("name", "{name}".into())]),
            "typing": i18n::t_args(ctx.lang, "live-typing", &[("name", "{name}".into())]),
            "sending": ctx.t("live-sending"),
            "notSent": i18n::t_args(ctx.lang, "live-not-sent", &[("name", "{name}".into())]),
            "you": ctx.t("live-you"),
            "newMessages": ctx.t("live-new-messages"),
            "bulkCount": i18n::t_args(ctx.lang, "bulk-count", &[("n", "{n}".into())]),
            "bulkDone": i18n::t_args(ctx.lang, "bulk-done", &[("n", "{n}".into())]),
            "bulkRefused": i18n::t_args(ctx.lang, "bulk-refused", &[("n", "{n}".into()), ("why", "{why}".into())]),
            "found": i18n::t_args(ctx.lang, "commands-found", &[("n", "{n}".into())]),
            "goNumber": i18n::t_args(ctx.lang, "commands-number", &[("n", "{n}".into())]),
            "goTicket": i18n::t_args(ctx.lang, "commands-ticket", &[("n", "{n}".into())]),
            "searchAll": i18n::t_args(ctx.lang, "commands-search", &[("q", "{q}".into())]),
            "within": i18n::t_args(ctx.lang, "within-count", &[("i", "{i}".into()), ("n", "{n}".into())]),
            "withinNone": ctx.t("within-none"),
        },
        "agent": view.agent_name,
        "places": places(ctx, view),
    });
    // `<` would let a name end the element; JSON has another way to write it.
    let settings = settings.to_string().replace('<', "\\u003c");
    let pane = if view.thread.is_some() { "thread" } else { "list" };
    let main = html! {
        main.inbox #main tabindex="-1" data-pane=(pane) {
            h1.visually-hidden { (ctx.t("inbox-title")) }
            (list(ctx, &view.list))
            @if let Some(bulk) = &view.bulk { (bulk::bar(ctx, bulk)) }
            @match &view.thread {
                Some(open) => (thread(ctx, open)),
                None => { div.thread #thread {
                    div.thread-none {
                        (components::empty(Icon::Inbox, &ctx.t("inbox-none-open"), &ctx.t("inbox-none-open-hint")))
                    }
                } },
            }
            div.live-bar #live-bar role="status" hidden {}
            div.live-bar.offer-bar #offer-bar role="status" hidden {
                span.offer-words {}
                button.button.ghost type="button" data-action="take-back" { (ctx.t("merge-undo")) " " kbd { "Z" } }
            }
            div.visually-hidden #announcer aria-live="polite" {}
            (keys::help_dialog(ctx))
            (keys::command_bar(ctx))
        }
        script #inbox-settings type="application/json" { (maud::PreEscaped(settings)) }
        (composer_menus::words(ctx))
    };
    let framed = shell(
        ctx,
        &Shell {
            active: Section::Inbox,
            agent_name: &view.agent_name,
            sections: &view.sections,
            waiting: view.list.mine_waiting,
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

#[cfg(test)]
mod tests;
