//! Chips for channel, level, status and priority: a colour and always a word.

use conversation::types::{Channel, ConversationStatus, Language, Level, MatchedBy, Priority, TicketStatus};
use maud::{Markup, html};

use super::parts::{Tone, badge};
use crate::i18n::t;
use crate::icons::{Icon, icon};
use std::borrow::Cow;

/// The name of a channel.
pub fn channel_name(lang: Language, channel: Channel) -> Cow<'static, str> {
    match channel {
        Channel::Email => t(lang, "channel-email"),
        Channel::Whatsapp => t(lang, "channel-whatsapp"),
        Channel::Instagram => t(lang, "channel-instagram"),
        Channel::Messenger => t(lang, "channel-messenger"),
        Channel::Webchat => t(lang, "channel-webchat"),
        Channel::Bridge => t(lang, "channel-bridge"),
        Channel::Portal => t(lang, "channel-portal"),
        Channel::Phone => t(lang, "channel-phone"),
    }
}

/// The icon of a channel, named for screen readers.
pub fn channel_icon(lang: Language, channel: Channel) -> Markup {
    let glyph = match channel {
        Channel::Email => Icon::Email,
        Channel::Whatsapp => Icon::Whatsapp,
        Channel::Instagram => Icon::Instagram,
        Channel::Messenger => Icon::Messenger,
        Channel::Webchat => Icon::Webchat,
        Channel::Bridge => Icon::Bridge,
        Channel::Portal => Icon::Portal,
        Channel::Phone => Icon::Phone,
    };
    let name = channel_name(lang, channel);
    html! {
        span class={ "channel c-" (channel) } title=(name) { (icon(glyph)) span.visually-hidden { (name) } }
    }
}

/// Icon and name of a channel.
pub fn channel_chip(lang: Language, channel: Channel) -> Markup {
    html! {
        span class={ "chip c-" (channel) } { (channel_icon(lang, channel)) span aria-hidden="true" { (channel_name(lang, channel)) } }
    }
}

/// The name of a level as people say it.
pub fn level_name(lang: Language, level: Level) -> Cow<'static, str> {
    match level {
        Level::Bot => t(lang, "level-bot"),
        Level::N1 => t(lang, "level-n1"),
        Level::N2 => t(lang, "level-n2"),
        Level::N3 => t(lang, "level-n3"),
    }
}

/// A level.
pub fn level_chip(lang: Language, level: Level) -> Markup {
    let short = match level {
        Level::Bot => t(lang, "level-bot-short"),
        Level::N1 | Level::N2 | Level::N3 => Cow::Borrowed(level.as_str()),
    };
    html! { span class={ "level l-" (level) } title=(level_name(lang, level)) { (short) } }
}

/// The name of a conversation's state.
pub fn status_name(lang: Language, status: ConversationStatus) -> Cow<'static, str> {
    match status {
        ConversationStatus::Open => t(lang, "status-open"),
        ConversationStatus::Snoozed => t(lang, "status-snoozed"),
        ConversationStatus::Resolved => t(lang, "status-resolved"),
    }
}

/// A conversation's state.
pub fn status_chip(lang: Language, status: ConversationStatus) -> Markup {
    let tone = match status {
        ConversationStatus::Open => Tone::Accent,
        ConversationStatus::Snoozed => Tone::Warn,
        ConversationStatus::Resolved => Tone::Good,
    };
    badge(tone, &status_name(lang, status))
}

/// That it is spam.
pub fn spam_chip(lang: Language) -> Markup {
    badge(Tone::Bad, &t(lang, "status-spam"))
}

/// The name of a ticket's state.
pub fn ticket_status_name(lang: Language, status: TicketStatus) -> Cow<'static, str> {
    match status {
        TicketStatus::New => t(lang, "ticket-status-new"),
        TicketStatus::Open => t(lang, "ticket-status-open"),
        TicketStatus::Waiting => t(lang, "ticket-status-waiting"),
        TicketStatus::Confirming => t(lang, "ticket-status-confirming"),
        TicketStatus::Resolved => t(lang, "ticket-status-resolved"),
    }
}

/// A ticket's state.
pub fn ticket_status_chip(lang: Language, status: TicketStatus) -> Markup {
    let tone = match status {
        TicketStatus::New | TicketStatus::Open => Tone::Accent,
        TicketStatus::Waiting | TicketStatus::Confirming => Tone::Warn,
        TicketStatus::Resolved => Tone::Good,
    };
    badge(tone, &ticket_status_name(lang, status))
}

/// What a customer is called: a visitor as long as they have no name.
pub fn customer_name(lang: Language, name: String) -> String {
    if name.is_empty() {
        t(lang, "visitor-name").into_owned()
    } else {
        name
    }
}

/// The name of a priority.
pub fn priority_name(lang: Language, priority: Priority) -> Cow<'static, str> {
    match priority {
        Priority::Low => t(lang, "priority-low"),
        Priority::Normal => t(lang, "priority-normal"),
        Priority::High => t(lang, "priority-high"),
        Priority::Urgent => t(lang, "priority-urgent"),
    }
}

/// A priority; the normal one is not worth a chip.
pub fn priority_chip(lang: Language, priority: Priority) -> Markup {
    let tone = match priority {
        Priority::Normal => return html! {},
        Priority::Low => Tone::Neutral,
        Priority::High => Tone::Warn,
        Priority::Urgent => Tone::Bad,
    };
    badge(tone, &priority_name(lang, priority))
}

/// Why a message is in its conversation, in a sentence.
pub fn matched_by_words(lang: Language, matched: MatchedBy) -> Cow<'static, str> {
    match matched {
        MatchedBy::ReplyToken => t(lang, "matched-reply-token"),
        MatchedBy::InReplyTo => t(lang, "matched-in-reply-to"),
        MatchedBy::References => t(lang, "matched-references"),
        MatchedBy::SeenReference => t(lang, "matched-seen-reference"),
        MatchedBy::TicketNumber => t(lang, "matched-ticket-number"),
        MatchedBy::OpenConversation => t(lang, "matched-open-conversation"),
        MatchedBy::SameSubject => t(lang, "matched-same-subject"),
        MatchedBy::Explicit => t(lang, "matched-explicit"),
        MatchedBy::New => t(lang, "matched-new"),
        MatchedBy::Agent => t(lang, "matched-agent"),
    }
}
