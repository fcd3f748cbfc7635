//! Where an agent writes a reply or a note.

use std::borrow::Cow;

use conversation::types::Channel;
use maud::{Markup, html};

use super::composer_menus::{desk_bar, send_menu, undo_bar};
use super::composer_view::{ComposerProblem, ComposerView, PickedView, WayView};
use crate::components::{channel_name, form};
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};

/// The composer. Its `id` field is filled by the browser with a ULID, so that a repeated POST is
/// harmless; without scripts the gateway makes one.
pub fn composer(ctx: &Ctx<'_>, view: &ComposerView) -> Markup {
    let url = routes::path(routes::REPLY, &view.conversation);
    let is_note = view.is_note || view.blocked.is_some();
    let channel = view.chosen().map_or("none", |way| way.channel.as_str());
    html! {
        (desk_bar(ctx, view))
        form.composer #composer method="post" action=(url) enctype="multipart/form-data"
            hx-post=(url) hx-encoding="multipart/form-data" hx-target="#thread" hx-disabled-elt="#composer-send"
            data-conversation=(view.conversation) data-channel=(channel)
            data-typing=(routes::path(routes::TYPING, &view.conversation)) data-base={ (routes::CONVERSATION.replace("{id}", &routes::escape(&view.conversation))) } {
            (form::csrf(ctx))
            input type="hidden" name="id" value="";
            input type="hidden" name="seen_position" value=(view.seen_position);
            input type="hidden" name="undo" value="";
            input type="hidden" name="revision" #draft-revision value=(view.revision);
            (undo_bar(ctx, view))
            (problem(ctx, view))
            div.composer-bar {
                @if let Some(chat) = &view.chat { (super::chat::window(ctx, chat)) }
                fieldset.toggle {
                    legend.visually-hidden { (ctx.t("composer-kind")) }
                    label { input type="radio" name="kind" value="reply" checked[!is_note] disabled[view.blocked.is_some()]; span { (icon(Icon::Reply)) (ctx.t("composer-reply")) } }
                    label { input type="radio" name="kind" value="note" checked[is_note]; span { (icon(Icon::Note)) (ctx.t("composer-note")) } }
                }
                span #draft-state {}
                @if view.blocked.is_none() {
                    span.composer-to { (ways(ctx, view)) }
                }
                span.composer-private { (ctx.t("composer-note-hint")) }
            }
            @if view.ways.iter().any(|way| way.channel == Channel::Email) { (copies(ctx, view)) }
            @if let Some(why) = &view.blocked { p.composer-caution { (icon(Icon::Warning)) (why) } }
            @else {
                @if let Some(word) = &view.caution { p.composer-caution { (icon(Icon::Clock)) (word) } }
                @if let Some(why) = &view.why { p.composer-why { (why) } }
            }
            @if view.chat.is_some() && view.blocked.is_none() { (super::chat::special(ctx)) }
            label.visually-hidden for="composer-text" { (ctx.t("composer-label")) }
            textarea #composer-text name="text" rows="2" dir="auto" placeholder=(placeholder(ctx, view)) data-note=(ctx.t("composer-note-placeholder")) aria-describedby="composer-tip" { (view.text) }
            div.composer-picker #composer-picker tabindex="0" hidden {}
            div.composer-preview #composer-preview hidden role="region" aria-label=(ctx.t("compose-preview")) {}
            p.composer-missing #composer-missing role="status" hidden {}
            ul.picked #picked hidden[view.picked.is_empty()] aria-label=(ctx.t("attachments-label")) { @for one in &view.picked { (picked(ctx, one)) } }
            @if !view.signature.is_empty() { details.composer-signature { summary { (ctx.t("compose-signature")) } div.prose { (view.signature) } } }
            div.composer-foot {
                (tools(ctx, view))
                span.composer-hint #composer-tip { kbd { "/" } " " (ctx.t("compose-tip-canned")) }
                div.send-group {
                    button.button.primary #composer-send type="submit" {
                        span.when-reply { (ctx.t("composer-send")) } span.when-note { (ctx.t("composer-save-note")) } (icon(Icon::Send))
                    }
                    (send_menu(ctx, view))
                }
            }
        }
    }
}

/// Who else gets a mail. Folded away where nobody does; never drawn for a note or another channel.
fn copies(ctx: &Ctx<'_>, view: &ComposerView) -> Markup {
    let shown: Vec<&str> = [view.cc.as_str(), view.bcc.as_str()]
        .into_iter()
        .filter(|copies| !copies.is_empty())
        .collect();
    html! {
        details.composer-copies open[!shown.is_empty()] {
            // Whoever folds it away still sees who gets one.
            summary { (ctx.t("compose-copies")) " " span #copies-shown { (shown.join(", ")) } }
            div {
                @for (name, key, value) in [("cc", "compose-cc", &view.cc), ("bcc", "compose-bcc", &view.bcc)] {
                    label for={ "composer-" (name) } { (ctx.t(key)) }
                    input id={ "composer-" (name) } name=(name) value=(value) inputmode="email" autocomplete="off" autocapitalize="none" spellcheck="false"
                        placeholder=(ctx.t("compose-copies-hint"));
                }
            }
        }
    }
}

/// One file or card that goes along; the browser makes the same from its template.
fn picked(ctx: &Ctx<'_>, one: &PickedView) -> Markup {
    html! {
        li data-picked=(one.field) {
            (icon(if one.field == "card" { Icon::Book } else { Icon::Attach })) span { (one.name) }
            input type="hidden" name=(one.field) value=(one.value);
            button.link type="button" data-unpick="" aria-label=(i18n::t_args(ctx.lang, "compose-remove", &[("name", one.name.as_str().into())])) { "×" }
        }
    }
}

fn problem(ctx: &Ctx<'_>, view: &ComposerView) -> Markup {
    html! {
        @match &view.problem {
            Some(ComposerProblem::Stale(why, message)) => {
                div.composer-problem.warn #composer-problem role="alert" {
                    (icon(Icon::Warning))
                    div { p { strong { (ctx.t("composer-stale")) } " " (why) }
                        p.composer-problem-do {
                            @if let Some(message) = message { a.button.ghost href={ "#m-" (message) } data-look={ "m-" (message) } { (ctx.t("compose-look-first")) } }
                            button.button.ghost type="submit" { (ctx.t("compose-send-anyway")) }
                        } }
                }
            },
            Some(ComposerProblem::Invalid(why)) => {
                div.composer-problem.bad #composer-problem role="alert" { (icon(Icon::Warning)) p { (why) } }
            },
            Some(ComposerProblem::Open(names)) => {
                div.composer-problem.warn #composer-problem role="alert" {
                    (icon(Icon::Warning))
                    div { p { strong { (ctx.t("composer-stale")) } " " (i18n::t_args(ctx.lang, "compose-open", &[("names", names.join(", ").into())])) }
                        p.composer-problem-do { button.button.ghost type="submit" name="anyway" value="1" { (ctx.t("compose-send-anyway")) } } }
                }
            },
            None => {},
        }
    }
}

/// The ways, to choose from where there is a choice.
fn ways(ctx: &Ctx<'_>, view: &ComposerView) -> Markup {
    html! {
        @if view.ways.len() > 1 {
            label.visually-hidden for="reply-way" { (ctx.t("composer-channel")) }
            select.filter #reply-way name="way" {
                @for way in &view.ways {
                    option value=(way.value) selected[way.is_chosen] disabled[way.blocked.is_some()] data-channel=(way.channel) { (way_words(ctx, way)) }
                }
            }
        } @else if let Some(way) = view.ways.first() {
            input type="hidden" name="way" value=(way.value);
            span { (name_of(ctx, way)) }
            @if !view.recipient.is_empty() { span.composer-recipient { (view.recipient) } }
        }
    }
}

/// What a way is called: which of the other messengers it is, its inbox says.
fn name_of<'a>(ctx: &Ctx<'_>, way: &'a WayView) -> Cow<'a, str> {
    match way.channel {
        Channel::Bridge => Cow::Borrowed(&way.inbox),
        channel => channel_name(ctx.lang, channel),
    }
}

fn way_words(ctx: &Ctx<'_>, way: &WayView) -> String {
    let name = name_of(ctx, way);
    let to = if way.recipient.is_empty() {
        &way.inbox
    } else {
        &way.recipient
    };
    match &way.blocked {
        Some(why) => format!("{name}: {to} ({why})"),
        None => format!("{name}: {to}"),
    }
}

/// The tools below the text.
fn tools(ctx: &Ctx<'_>, view: &ComposerView) -> Markup {
    let tool = |glyph: Icon, action: &str, key: &str, keys: &str| {
        let words = ctx.t(key);
        let title = if keys.is_empty() {
            words.to_string()
        } else {
            format!("{words} ({keys})")
        };
        html! {
            button.button.ghost.icon-only type="button" data-tool=(action) title=(title) aria-label=(words) { (icon(glyph)) }
        }
    };
    html! {
        div.composer-tools role="toolbar" aria-label=(ctx.t("compose-tools")) {
            label.button.ghost.icon-only title=(ctx.t("composer-attach")) {
                (icon(Icon::Attach)) span.visually-hidden { (ctx.t("composer-attach")) }
                input.visually-hidden #composer-files type="file" name="files" multiple;
            }
            (tool(Icon::Smile, "emoji", "compose-emoji", ""))
            (tool(Icon::Canned, "canned", "compose-canned", "/"))
            @if !view.card_kinds.is_empty() { (tool(Icon::Book, "card", "compose-card", "")) }
            (tool(Icon::Idea, "suggest", "compose-suggest", "Alt+S"))
            span.composer-format {
                (tool(Icon::Bold, "bold", "compose-bold", "Ctrl+B"))
                (tool(Icon::Italic, "italic", "compose-italic", "Ctrl+I"))
                (tool(Icon::List, "list", "compose-list", ""))
                (tool(Icon::Quote, "quote", "compose-quote", ""))
                (tool(Icon::Link, "link", "compose-link", ""))
                (tool(Icon::Eye, "preview", "compose-preview", "Alt+P"))
            }
            span hidden #card-kinds { span data-kind="" { (ctx.t("compose-card-all")) } @for (kind, words) in &view.card_kinds { span data-kind=(kind) { (words) } } }
        }
    }
}

fn placeholder(ctx: &Ctx<'_>, view: &ComposerView) -> String {
    match view.chosen().map(|way| way.channel) {
        Some(Channel::Phone) | None => ctx.t("composer-note-placeholder").into_owned(),
        Some(_) => ctx.t("composer-placeholder").into_owned(),
    }
}
