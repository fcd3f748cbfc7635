//! One entry of a conversation: what the customer, an agent or the bot wrote, a note, or a line
//! about something that happened.

use conversation::card::Card;
use conversation::conversations::{is_elsewhere, plain_of};
use conversation::privacy::ERASED;
use conversation::types::{ActorKind, Auto, Channel, MatchedBy, MessageKind, Millis};
use maud::{Markup, html};
use serde_json::Value;

use super::attachment::{AttachmentView, attachments};
use super::badge::{channel_icon, matched_by_words};
use super::card::{CardContext, card};
use super::chat::{self, ChatView};
use super::delivery::{DeliveryView, delivery_state};
use super::extra::extra;
use super::parts::{Tone, avatar, badge, time_tag};
use super::text::rich_text;
use crate::icons::{Icon, icon};
use crate::layout::Surface;
use crate::{Ctx, i18n, routes};

/// One entry of a conversation.
#[derive(Debug, Clone)]
pub struct MessageView {
    /// The message's id; the element is `m-<id>`.
    pub id: String,
    /// What it is.
    pub kind: MessageKind,
    /// The channel it came or went by.
    pub channel: Channel,
    /// Who wrote it.
    pub author_kind: ActorKind,
    /// The name of the author; may be empty.
    pub author_name: String,
    /// When it was written: the provider's time.
    pub at: Millis,
    /// What was written now, as text.
    pub text: String,
    /// The whole body with quoted history, when it is longer than `text`.
    pub full_text: Option<String>,
    /// Where the sanitised HTML of the body is, to be shown in a sandboxed frame. The answer there
    /// must carry `Content-Security-Policy: default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox allow-same-origin allow-popups`.
    pub html_url: Option<String>,
    /// The files.
    pub attachments: Vec<AttachmentView>,
    /// The cards.
    pub cards: Vec<Card>,
    /// The value of a card that the customer answered.
    pub answered: Option<String>,
    /// What only this channel has.
    pub extra: Option<Value>,
    /// Whether a person wrote it.
    pub auto: Auto,
    /// Why it needs a look, where it does.
    pub quarantined: Option<String>,
    /// Why it is in this conversation; agents only.
    pub matched_by: Option<MatchedBy>,
    /// What exactly matched (a Message-ID, a ticket number), where there is something to show.
    pub matched_detail: Option<String>,
    /// Where the message as it arrived can be read; agents only.
    pub original_url: Option<String>,
    /// Where the head of the mail as it arrived can be read; agents only.
    pub headers_url: Option<String>,
    /// Where it is passed on by mail; who may write only.
    pub forward_url: Option<String>,
    /// What became of it, when it is ours.
    pub delivery: Option<DeliveryView>,
    /// Who wrote it, when that is not the conversation's customer; agents only.
    pub other_sender: Option<OtherSender>,
    /// To whom a mail to several people went; agents only.
    pub named: Option<Named>,
    /// Its subject, where that is quite another than before; agents only.
    pub new_subject: Option<String>,
    /// The conversation that it can be taken out of; `None` where the reader cannot.
    pub movable_from: Option<String>,
    /// What can be done from a line about something that happened; agents only.
    pub line: Option<LineTool>,
    /// What a chat's message has besides.
    pub chat: Option<Box<ChatView>>,
}

/// What can be done from a line about something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineTool {
    /// A merge is taken back.
    Unmerge {
        /// Where it is asked.
        url: String,
        /// The conversation that becomes one again.
        from: String,
    },
    /// What was moved here goes back; the other conversation is opened.
    MoveBack {
        /// Where it is asked.
        url: String,
        /// Where the other one is.
        other: String,
        /// Its number.
        number: i64,
        /// What was moved.
        messages: Vec<String>,
    },
    /// What was taken out of the other conversation goes back, all of it; the other one is opened.
    PutBack {
        /// Where it is asked.
        url: String,
        /// Where the other one is.
        other: String,
        /// Its number.
        number: i64,
    },
    /// Another conversation is opened.
    Open {
        /// Where it is.
        url: String,
        /// Its number.
        number: i64,
    },
}

/// Everybody whom a mail names, as a reader tells them apart: addresses, with names where they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Those it is written to.
    pub to: Vec<String>,
    /// Those who get a copy.
    pub cc: Vec<String>,
    /// Those who get a copy that nobody else sees.
    pub bcc: Vec<String>,
}

/// Somebody else who wrote in a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OtherSender {
    /// What they are called; may be empty.
    pub name: String,
    /// Their mail address, where they have one.
    pub address: Option<String>,
    /// Where answers in this conversation go.
    pub answers_go_to: Option<String>,
}

impl OtherSender {
    /// Their name, or their address where they have none.
    pub fn shown(&self) -> &str {
        match self.name.trim() {
            "" => self.address.as_deref().unwrap_or_default(),
            name => name,
        }
    }
}

impl Default for MessageView {
    fn default() -> Self {
        MessageView {
            id: String::new(),
            kind: MessageKind::Inbound,
            channel: Channel::Email,
            author_kind: ActorKind::Contact,
            author_name: String::new(),
            at: 0,
            text: String::new(),
            full_text: None,
            html_url: None,
            attachments: Vec::new(),
            cards: Vec::new(),
            answered: None,
            extra: None,
            auto: Auto::None,
            quarantined: None,
            matched_by: None,
            matched_detail: None,
            original_url: None,
            forward_url: None,
            headers_url: None,
            delivery: None,
            other_sender: None,
            named: None,
            new_subject: None,
            movable_from: None,
            line: None,
            chat: None,
        }
    }
}

/// One entry. Customers' surfaces leave out what only agents may see, and notes and lines whole.
pub fn message(ctx: &Ctx<'_>, view: &MessageView, surface: Surface) -> Markup {
    let is_agents = surface == Surface::Inbox;
    if !is_agents
        && matches!(
            view.kind,
            MessageKind::Scheduled | MessageKind::Note | MessageKind::Activity
        )
    {
        return html! {};
    }
    if view.kind == MessageKind::Activity {
        return html! {
            div.activity id={ "m-" (view.id) } {
                span { (view.text) } " · " (time_tag(ctx, view.at, &i18n::time(view.at, ctx.tz)))
                @if let Some(tool) = &view.line { " · " (line_tool(ctx, tool)) }
            }
        };
    }
    let place = CardContext {
        surface,
        message: &view.id,
        answer_url: None,
        answered: view.answered.as_deref(),
    };
    html! {
        // What leaves later is ours already: it stands on our side while it can be taken back.
        article class={ "message " @if view.kind == MessageKind::Scheduled { "m-outbound " } "m-" (view.kind) " a-" (view.author_kind) } id={ "m-" (view.id) } data-kind=(view.kind) tabindex="-1" {
            (avatar(view.author_kind, &view.author_name))
            div.message-main {
                header.message-head {
                    span.message-author { (author(ctx, view)) }
                    @if is_agents { (channel_icon(ctx.lang, view.channel)) }
                    @if view.kind == MessageKind::Note { (badge(Tone::Warn, &ctx.t("message-note"))) }
                    @if is_agents && is_elsewhere(view.extra.as_ref()) { (badge(Tone::Neutral, &written_elsewhere(ctx, view.channel))) }
                    @match view.auto {
                        Auto::AutoReply => (badge(Tone::Neutral, &ctx.t("auto-reply"))),
                        Auto::Bounce => (badge(Tone::Bad, &ctx.t("auto-bounce"))),
                        Auto::Bulk => (badge(Tone::Neutral, &ctx.t("auto-bulk"))),
                        Auto::Loop => (badge(Tone::Neutral, &ctx.t("auto-loop"))),
                        Auto::None => {},
                    }
                    (time_tag(ctx, view.at, &i18n::time(view.at, ctx.tz)))
                    @if is_agents { (tools(ctx, view)) }
                }
                div.bubble {
                    @if let Some(subject) = view.new_subject.as_ref().filter(|_| is_agents) { (super::mail::new_subject(ctx, view, subject)) }
                    @if let Some(named) = view.named.as_ref().filter(|_| is_agents) { (super::mail::named(ctx, named)) }
                    @if let Some(other) = view.other_sender.as_ref().filter(|_| is_agents) { (super::mail::other_sender(ctx, view, other)) }
                    @if let Some(why) = view.quarantined.as_ref().filter(|_| is_agents) {
                        p.quarantine { (icon(Icon::Warning)) span { (ctx.t("message-quarantined")) " " (why) } }
                    }
                    // Nobody has to read past what no person wrote.
                    @if is_agents && matches!(view.auto, Auto::AutoReply | Auto::Bulk | Auto::Loop) {
                        details.fold.auto { summary { (preview(view)) } (content(ctx, view, &place)) }
                    } @else { (content(ctx, view, &place)) }
                }
                @if let Some(chat) = &view.chat { (chat::reactions(ctx, &chat.reactions)) }
                @if is_agents { (facts(ctx, view)) }
                @else if let Some(delivery) = &view.delivery { footer.message-foot { (delivery_state(ctx, delivery)) } }
            }
        }
    }
}

/// The first words of a message, on one line and without marks.
fn preview(view: &MessageView) -> String {
    conversation::conversations::preview_of(&plain_of(view.kind, view.extra.as_ref(), &view.text))
}

fn line_tool(ctx: &Ctx<'_>, tool: &LineTool) -> Markup {
    match tool {
        LineTool::Unmerge { url, from } => html! {
            form.line-tool method="post" action=(url) hx-post=(url) hx-target="#thread" {
                (super::form::csrf(ctx))
                input type="hidden" name="from" value=(from);
                button.link type="submit" { (ctx.t("merge-take-back")) }
            }
        },
        LineTool::MoveBack {
            url,
            other,
            number,
            messages,
        } => html! {
            a href=(other) { "#" (number) } " "
            form.line-tool method="post" action=(url) hx-post=(url) hx-target="#thread" {
                (super::form::csrf(ctx))
                input type="hidden" name="number" value=(number);
                @for message in messages { input type="hidden" name="message" value=(message); }
                button.link type="submit" { (ctx.t("move-take-back")) }
            }
        },
        LineTool::PutBack { url, other, number } => html! {
            a href=(other) { "#" (number) } " "
            form.line-tool method="post" action=(url) hx-post=(url) hx-target="#thread" {
                (super::form::csrf(ctx))
                input type="hidden" name="number" value=(number);
                input type="hidden" name="back" value="on";
                button.link type="submit" { (ctx.t("split-take-back")) }
            }
        },
        LineTool::Open { url, number } => html! { a href=(url) { "#" (number) } },
    }
}

/// The words; the marks of ours are drawn, those of others mean something else.
fn prose(ctx: &Ctx<'_>, view: &MessageView) -> Option<Markup> {
    let text = Some(view.text.trim_end()).filter(|text| !text.trim_start().is_empty())?;
    // Of a person whose data is gone, or older than is kept.
    if text == ERASED {
        return Some(html! { p.chat-mark { (ctx.t("message-erased")) } });
    }
    let is_theirs = view.kind == MessageKind::Inbound || is_elsewhere(view.extra.as_ref());
    let words = if is_theirs {
        rich_text(text)
    } else {
        super::markup::signed(text)
    };
    Some(html! { div.prose { (words) } })
}

/// What the broadcast is called that a message is of; the business's own words, which no customer reads.
fn broadcast_of(view: &MessageView) -> Option<&str> {
    view.extra.as_ref()?.get("broadcast_name")?.as_str()
}

/// What the proactive message is called that a conversation begins with; the team's own words, too.
fn proactive_of(view: &MessageView) -> Option<&str> {
    view.extra.as_ref()?.get("proactive_name")?.as_str()
}

/// What was written, with everything that hangs on it.
fn content(ctx: &Ctx<'_>, view: &MessageView, place: &CardContext<'_>) -> Markup {
    html! {
        @if let Some(chat) = &view.chat { (chat::above(ctx, chat)) (chat::words(ctx, chat, prose(ctx, view))) }
        @else if let Some(prose) = prose(ctx, view) { (prose) }
        @if let Some(name) = broadcast_of(view).filter(|_| place.surface == Surface::Inbox) { p.extra { (icon(Icon::Broadcast)) " " (ctx.t("broadcast-of")) " · " (name) } }
        @if let Some(name) = proactive_of(view).filter(|_| place.surface == Surface::Inbox) { p.extra { (icon(Icon::Webchat)) " " (ctx.t("proactive-of")) " · " (name) } }
        @if let Some(value) = &view.extra {
            @if value.get("type").and_then(Value::as_str) != Some("mail") {
                (extra(ctx, value, Some(view.id.as_str()).filter(|_| place.surface == Surface::Inbox)))
            }
            @else if place.surface == Surface::Inbox { (super::mail::mail(ctx, view, value)) }
        }
        @if let Some(chat) = &view.chat { (chat::below(ctx, chat)) }
        (attachments(ctx, &view.attachments))
        @for one in &view.cards { (card(ctx, one, place)) }
        @if place.surface == Surface::Inbox { (whole(ctx, view)) }
    }
}

fn author<'a>(ctx: &Ctx<'_>, view: &'a MessageView) -> std::borrow::Cow<'a, str> {
    match (view.author_name.trim(), view.author_kind) {
        ("", ActorKind::Bot) => ctx.t("author-bot"),
        ("", ActorKind::Contact) => ctx.t("author-customer"),
        ("", ActorKind::System) if proactive_of(view).is_some() => ctx.t("proactive-business"),
        ("", ActorKind::System | ActorKind::Api | ActorKind::Agent) => ctx.t("author-system"),
        (name, _) => std::borrow::Cow::Borrowed(name),
    }
}

/// The quoted history and the formatted body, folded away.
fn whole(ctx: &Ctx<'_>, view: &MessageView) -> Markup {
    html! {
        @if let Some(url) = &view.html_url {
            details.fold {
                summary { (ctx.t("message-formatted")) }
                // Scripts never run in it; being of our origin lets the page fit the height.
                iframe.mail src=(url) loading="lazy" sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
                    title=(ctx.t("message-formatted")) {}
            }
        } @else if let Some(full) = &view.full_text {
            details.fold { summary { (ctx.t("message-quoted")) } div.prose.quoted { (rich_text(full)) } }
        }
    }
}

/// The ways to put a message where it belongs.
fn elsewhere(ctx: &Ctx<'_>, conversation: &str, message: &str) -> Markup {
    let moved = routes::path(routes::MOVE, conversation);
    html! {
        div.elsewhere {
            (split(ctx, conversation, message))
            form.number-form method="post" action=(moved) hx-post=(moved) hx-target="#thread" {
                (super::form::csrf(ctx))
                input type="hidden" name="message" value=(message);
                label for={ "move-" (message) } { (ctx.t("message-move")) }
                span { "#" input.input id={ "move-" (message) } name="number" inputmode="numeric" pattern="#?[0-9]+" required maxlength="12" autocomplete="off"; }
                button.button.ghost type="submit" { (ctx.t("message-move-button")) }
            }
        }
    }
}

/// The button that takes a message out into a conversation of its own.
pub(super) fn split(ctx: &Ctx<'_>, conversation: &str, message: &str) -> Markup {
    let url = routes::path(routes::SPLIT, conversation);
    html! {
        form.inline method="post" action=(url) hx-post=(url) hx-target="#thread" {
            (super::form::csrf(ctx))
            input type="hidden" name="message" value=(message);
            button.link type="submit" { (ctx.t("message-split")) }
        }
    }
}

/// How far it came and what it cost, under a message.
fn facts(ctx: &Ctx<'_>, view: &MessageView) -> Markup {
    let price = view.chat.as_ref().and_then(|chat| chat.price.as_ref());
    html! {
        @if view.delivery.is_some() || price.is_some() {
            footer.message-foot {
                @if let Some(delivery) = &view.delivery { (delivery_state(ctx, delivery)) }
                @if let Some(price) = price { span.chat-price title=(ctx.t("chat-price")) { (price) } }
            }
        }
    }
}

/// That it was written with another program of the business's.
fn written_elsewhere(ctx: &Ctx<'_>, channel: Channel) -> std::borrow::Cow<'static, str> {
    ctx.t(match channel {
        Channel::Whatsapp => "whatsapp-elsewhere",
        Channel::Instagram | Channel::Messenger => "messenger-elsewhere",
        _ => "mail-elsewhere",
    })
}

/// What can be done with one message, and where it came from. It stands in the head, where it costs no line, and
/// shows itself when the message is pointed at or has the focus.
fn tools(ctx: &Ctx<'_>, view: &MessageView) -> Markup {
    let has_any = view.chat.is_some()
        || view.matched_by.is_some()
        || view.original_url.is_some()
        || view.headers_url.is_some()
        || view.forward_url.is_some();
    let tool = |glyph: Icon, words: &str| html! { (icon(glyph)) span.visually-hidden { (words) } };
    html! {
        @if has_any {
            span.message-tools {
                @if let Some(chat) = &view.chat { (chat::actions(ctx, chat, &view.id, &preview(view))) }
                @if let Some(matched) = view.matched_by {
                    details.pop.why {
                        summary.tool title=(ctx.t("message-why")) { (tool(Icon::Question, &ctx.t("message-why"))) }
                        div.pop-body {
                            p.pop-title { (ctx.t("message-why")) }
                            p { (matched_by_words(ctx.lang, matched)) }
                            @if let Some(detail) = &view.matched_detail { p.mono { (detail) } }
                            @if let Some(conversation) = &view.movable_from { (elsewhere(ctx, conversation, &view.id)) }
                        }
                    }
                }
                @if let Some(url) = &view.forward_url { a.tool href=(url) title=(ctx.t("begin-forward")) { (tool(Icon::Forward, &ctx.t("begin-forward"))) } }
                @if let Some(url) = &view.headers_url { a.tool href=(url) target="_blank" rel="noopener" title=(ctx.t("message-headers")) { (tool(Icon::List, &ctx.t("message-headers"))) } }
                @if let Some(url) = &view.original_url {
                    a.tool.original href=(url) target="_blank" rel="noopener" title=(ctx.t("message-original")) { (tool(Icon::File, &ctx.t("message-original"))) }
                    @if view.channel == Channel::Email {
                        a.tool href={ (url) "?download=1" } download title=(ctx.t("mail-download")) { (tool(Icon::Download, &ctx.t("mail-download"))) }
                    }
                }
            }
        }
    }
}
