//! Where an agent writes a reply or a note.

use conversation::types::Channel;
use maud::{Markup, html};

use super::views::{ComposerProblem, ComposerView};
use crate::components::{channel_name, form};
use crate::icons::{Icon, icon};
use crate::{Ctx, routes};

/// The composer. Its `id` field is filled by the browser with a ULID, so that a repeated POST is
/// harmless; without scripts the gateway makes one.
pub fn composer(ctx: &Ctx<'_>, view: &ComposerView) -> Markup {
    let url = routes::path(routes::REPLY, &view.conversation);
    let is_note = view.is_note || view.blocked.is_some();
    html! {
        form.composer #composer method="post" action=(url) enctype="multipart/form-data"
            hx-post=(url) hx-encoding="multipart/form-data" hx-target="#thread" hx-disabled-elt="#composer-send" data-conversation=(view.conversation)
            data-typing=(routes::path(routes::TYPING, &view.conversation)) {
            (form::csrf(ctx))
            input type="hidden" name="id" value="";
            input type="hidden" name="seen_position" value=(view.seen_position);
            @match &view.problem {
                Some(ComposerProblem::Stale(why)) => {
                    div.composer-problem.warn #composer-problem role="alert" {
                        (icon(Icon::Warning)) p { strong { (ctx.t("composer-stale")) } " " (why) " " (ctx.t("composer-stale-again")) }
                    }
                },
                Some(ComposerProblem::Invalid(why)) => {
                    div.composer-problem.bad #composer-problem role="alert" { (icon(Icon::Warning)) p { (why) } }
                },
                None => {},
            }
            div.composer-bar {
                @if let Some(chat) = &view.chat { (super::chat::window(ctx, chat)) }
                fieldset.toggle {
                    legend.visually-hidden { (ctx.t("composer-kind")) }
                    label { input type="radio" name="kind" value="reply" checked[!is_note] disabled[view.blocked.is_some()]; span { (icon(Icon::Reply)) (ctx.t("composer-reply")) } }
                    label { input type="radio" name="kind" value="note" checked[is_note]; span { (icon(Icon::Note)) (ctx.t("composer-note")) } }
                }
                @if view.blocked.is_none() {
                    span.composer-to {
                        @if view.channels.len() > 1 {
                            label.visually-hidden for="reply-channel" { (ctx.t("composer-channel")) }
                            select.filter #reply-channel name="channel" {
                                @for channel in &view.channels { option value=(channel) { (channel_name(ctx.lang, *channel)) } }
                            }
                        } @else if let Some(channel) = view.channels.first() {
                            input type="hidden" name="channel" value=(channel);
                            span { (channel_name(ctx.lang, *channel)) }
                        }
                        @if !view.recipient.is_empty() { span.composer-recipient { (view.recipient) } }
                    }
                    span.composer-private { (ctx.t("composer-note-hint")) }
                }
            }
            @if let Some(why) = &view.blocked { p.composer-caution { (icon(Icon::Warning)) (why) } }
            @else if let Some(word) = &view.caution { p.composer-caution { (icon(Icon::Clock)) (word) } }
            @if view.chat.is_some() && view.blocked.is_none() { (super::chat::special(ctx)) }
            label.visually-hidden for="composer-text" { (ctx.t("composer-label")) }
            textarea #composer-text name="text" rows="2" placeholder=(placeholder(ctx, view)) { (view.text) }
            ul.picked #picked hidden aria-label=(ctx.t("attachments-label")) {}
            div.composer-foot {
                label.button.ghost.icon-only title=(ctx.t("composer-attach")) {
                    (icon(Icon::Attach)) span.visually-hidden { (ctx.t("composer-attach")) }
                    input.visually-hidden #composer-files type="file" name="files" multiple;
                }
                span.composer-hint { kbd { "Ctrl" } " + " kbd { "Enter" } }
                button.button.primary #composer-send type="submit" {
                    span.when-reply { (ctx.t("composer-send")) } span.when-note { (ctx.t("composer-save-note")) } (icon(Icon::Send))
                }
            }
        }
    }
}

fn placeholder(ctx: &Ctx<'_>, view: &ComposerView) -> String {
    match view.channels.first() {
        Some(Channel::Phone) | None => ctx.t("composer-note-placeholder").into_owned(),
        Some(_) => ctx.t("composer-placeholder").into_owned(),
    }
}
