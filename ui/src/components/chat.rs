//! What a message of a chat has beside its words: what it quotes, who reacted, earlier wordings, the
//! pictures that were sent with it, recordings with their length.

use conversation::types::Millis;
use maud::{Markup, html};

use super::attachment::{AttachmentView, attachment};
use super::text::rich_text;
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};

/// Emoji that an agent can react with at one press.
const EMOJI: [&str; 6] = ["👍", "❤️", "😂", "😮", "🙏", "✅"];

/// What a message of a chat has besides.
#[derive(Debug, Clone, Default)]
pub struct ChatView {
    /// The message that it answers.
    pub quote: Option<QuoteView>,
    /// Emoji on it, the latest of each person.
    pub reactions: Vec<ReactionView>,
    /// What it said before it was changed, oldest first, with the time of each wording.
    pub versions: Vec<(Millis, String)>,
    /// When its sender deleted it.
    pub deleted_at: Option<Millis>,
    /// It was sent on from another chat.
    pub is_forwarded: bool,
    /// Pictures and films; several make an album.
    pub pictures: Vec<PictureView>,
    /// Recordings whose length is known.
    pub recordings: Vec<(AttachmentView, Millis)>,
    /// Words of buttons that the customer sees below it.
    pub buttons: Vec<String>,
    /// The name of the template that it was.
    pub template: Option<String>,
    /// What it costs and why, as Meta says.
    pub price: Option<String>,
    /// The conversation in which it can be answered or reacted to.
    pub answerable_in: Option<String>,
    /// The emoji that the business put on it.
    pub own_reaction: String,
}

/// A quoted message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteView {
    /// Who wrote it.
    pub author: String,
    /// Its beginning.
    pub excerpt: String,
    /// Where it stands.
    pub url: String,
}

/// An emoji on a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReactionView {
    /// The emoji.
    pub emoji: String,
    /// Who.
    pub author: String,
    /// By the business.
    pub is_ours: bool,
}

/// One picture or film of an album.
#[derive(Debug, Clone)]
pub struct PictureView {
    /// The message that brought it; none for the first one's own.
    pub message: Option<String>,
    /// The file.
    pub file: AttachmentView,
    /// The words below it.
    pub caption: String,
    /// Emoji on it.
    pub reactions: Vec<ReactionView>,
    /// Where the message as it arrived can be read.
    pub original_url: Option<String>,
}

/// What stands above the words.
pub(super) fn above(ctx: &Ctx<'_>, chat: &ChatView) -> Markup {
    html! {
        @if chat.is_forwarded { p.chat-mark { (icon(Icon::Reply)) " " (ctx.t("chat-forwarded")) } }
        @if let Some(name) = &chat.template { p.chat-mark { (icon(Icon::Note)) " " (i18n::t_args(ctx.lang, "chat-template", &[("name", name.as_str().into())])) } }
        @if let Some(quote) = &chat.quote {
            a.chat-quote href=(quote.url) { strong { (quote.author) } span { (quote.excerpt) } }
        }
    }
}

/// The words, or that they were taken back.
pub(super) fn words(ctx: &Ctx<'_>, chat: &ChatView, prose: Option<Markup>) -> Markup {
    html! {
        @if let Some(at) = chat.deleted_at {
            p.chat-mark { (icon(Icon::Close)) " " (ctx.t("chat-deleted")) " · " (i18n::date_time(ctx.lang, at, ctx.tz)) }
            @if let Some(prose) = prose { details.fold { summary { (ctx.t("chat-deleted-show")) } div.quoted { (prose) } } }
        } @else if let Some(prose) = prose { (prose) }
        @if !chat.versions.is_empty() {
            details.fold {
                summary { (ctx.t("chat-edited")) }
                ol.chat-versions { @for (at, version) in &chat.versions { li { small { (i18n::date_time(ctx.lang, *at, ctx.tz)) } div.prose.quoted { (rich_text(version)) } } } }
            }
        }
    }
}

/// Pictures, recordings, buttons: what stands below the words.
pub(super) fn below(ctx: &Ctx<'_>, chat: &ChatView) -> Markup {
    let is_album = chat.pictures.len() > 1;
    html! {
        @if !chat.pictures.is_empty() {
            @let label = i18n::t_args(ctx.lang, "chat-album", &[("count", chat.pictures.len().into())]);
            ul.album.(if is_album { "many" } else { "one" }) aria-label=[is_album.then_some(label)] {
                @for picture in &chat.pictures {
                    li id=[picture.message.as_ref().map(|id| format!("m-{id}"))] tabindex="-1" {
                        (attachment(ctx, &picture.file))
                        @if !picture.caption.trim().is_empty() { p.prose { (rich_text(&picture.caption)) } }
                        (reactions(ctx, &picture.reactions))
                        @if let Some(url) = &picture.original_url { a.quiet.album-original href=(url) target="_blank" rel="noopener" { (ctx.t("message-original")) } }
                    }
                }
            }
        }
        @for (file, length) in &chat.recordings {
            figure.recording {
                span.recording-icon { (icon(Icon::Phone)) }
                audio controls preload="none" src=(file.url) aria-label=(format!("{} {}", ctx.t("chat-recording"), clock(*length))) {}
                figcaption { span.recording-length { (clock(*length)) } " · " a href=(file.url) download=(file.name) { (ctx.t("chat-download")) } }
            }
        }
        @if !chat.buttons.is_empty() { div.card-actions.chat-buttons { @for words in &chat.buttons { span.card-action.resting { (words) } } } }
    }
}

/// The emoji on a message.
pub(super) fn reactions(ctx: &Ctx<'_>, all: &[ReactionView]) -> Markup {
    html! {
        @if !all.is_empty() {
            ul.reactions aria-label=(ctx.t("chat-reactions")) {
                @for one in all { li.reaction.(if one.is_ours { "ours" } else { "theirs" }) title=(one.author) { span { (one.emoji) } span.visually-hidden { " " (one.author) } } }
            }
        }
    }
}

/// Answering this one message, and reacting to it.
pub(super) fn actions(ctx: &Ctx<'_>, chat: &ChatView, message: &str, excerpt: &str) -> Markup {
    html! {
        @if let Some(conversation) = &chat.answerable_in {
            @let url = routes::path(routes::REACT, conversation);
            button.tool.chat-answer type="button" data-quotes=(message) data-excerpt=(excerpt) title=(ctx.t("chat-answer")) { (icon(Icon::Reply)) span.visually-hidden { (ctx.t("chat-answer")) } }
            details.pop.chat-react {
                summary.tool title=(ctx.t("chat-react")) { (icon(Icon::Smile)) span.visually-hidden { (ctx.t("chat-react")) } }
                form.pop-body.emoji method="post" action=(url) hx-post=(url) hx-target="#thread" {
                    (super::form::csrf(ctx))
                    input type="hidden" name="message" value=(message);
                    @for emoji in EMOJI { button.button.ghost type="submit" name="emoji" value=(emoji) aria-pressed=(chat.own_reaction == emoji) { (emoji) } }
                    @if !chat.own_reaction.is_empty() { button.link type="submit" name="emoji" value="" { (ctx.t("chat-react-none")) } }
                }
            }
        }
    }
}

/// Minutes and seconds of a recording, as players show them.
pub fn clock(length: Millis) -> String {
    let seconds = (length.max(0) + 500) / 1000;
    if seconds >= 3600 {
        format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    } else {
        format!("{}:{:02}", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests;
