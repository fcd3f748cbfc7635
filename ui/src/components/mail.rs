//! What only mail has: who had written a forwarded mail, invitations, signatures, and why a mail came back.

use std::borrow::Cow;

use conversation::types::{BounceReason, Language};
use jiff::Timestamp;
use maud::{Markup, html};
use serde_json::Value;

use super::badge;
use super::message::{MessageView, Named, OtherSender};
use super::parts::Tone;
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};

/// How many recipients of a notice are listed.
const RECIPIENTS: usize = 20;

/// Why a mail came back, in plain words and with what to do.
pub fn bounce_words(lang: Language, reason: BounceReason) -> Cow<'static, str> {
    match reason {
        BounceReason::NoMailbox => i18n::t(lang, "bounce-no-mailbox"),
        BounceReason::NoDomain => i18n::t(lang, "bounce-no-domain"),
        BounceReason::MailboxDisabled => i18n::t(lang, "bounce-disabled"),
        BounceReason::MailboxFull => i18n::t(lang, "bounce-full"),
        BounceReason::TooLarge => i18n::t(lang, "bounce-too-large"),
        BounceReason::Policy => i18n::t(lang, "bounce-policy"),
        BounceReason::Authentication => i18n::t(lang, "bounce-authentication"),
        BounceReason::Busy => i18n::t(lang, "bounce-busy"),
        BounceReason::Unreachable => i18n::t(lang, "bounce-unreachable"),
        BounceReason::Relay => i18n::t(lang, "bounce-relay"),
        BounceReason::Content => i18n::t(lang, "bounce-content"),
        BounceReason::Loop => i18n::t(lang, "bounce-loop"),
        BounceReason::Other => i18n::t(lang, "bounce-other"),
    }
}

/// To whom a mail to several people went.
pub(super) fn named(ctx: &Ctx<'_>, named: &Named) -> Markup {
    let lines = [
        ("mail-named-to", &named.to),
        ("mail-named-cc", &named.cc),
        ("mail-named-bcc", &named.bcc),
    ];
    html! {
        p.mail-named {
            @for (key, people) in lines.into_iter().filter(|(_, people)| !people.is_empty()) {
                span { (ctx.t(key)) " " (people.join(", ")) }
            }
        }
    }
}

/// The mail's own facts under its words, where it has any beside whom it names.
pub(super) fn mail(ctx: &Ctx<'_>, view: &MessageView, value: &Value) -> Markup {
    let has_facts = value.as_object().is_some_and(|fields| {
        fields
            .keys()
            .any(|key| !matches!(key.as_str(), "type" | "to" | "cc" | "elsewhere"))
    });
    if !has_facts {
        return html! {};
    }
    let is = |name: &str| value.get(name).and_then(Value::as_bool).unwrap_or_default();
    html! {
        div.mail-facts {
            @if is("signed") || is("encrypted") {
                p.mail-labels {
                    @if is("encrypted") { (badge(Tone::Warn, &ctx.t("mail-encrypted"))) }
                    @if is("signed") { (badge(Tone::Neutral, &ctx.t("mail-signed"))) }
                }
            }
            @if is("encrypted") { p { (ctx.t("mail-encrypted-text")) } }
            @if is("forged") { p.mail-forged { (badge(Tone::Bad, &ctx.t("mail-forged"))) " " (ctx.t("mail-forged-text")) } }
            @if let Some(forwarded) = value.get("forwarded") { (forward(ctx, view, forwarded)) }
            @if let Some(event) = value.get("invitation") { (invitation(ctx, event)) }
            @if let Some(list) = value.get("bounced").and_then(Value::as_array) { (bounces(ctx, list)) }
        }
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default().trim()
}

/// That a message is not the customer's, where answers go all the same, and the way to change that. What was only
/// claimed (the sender is not proved) says so itself.
pub(super) fn other_sender(ctx: &Ctx<'_>, view: &MessageView, other: &OtherSender) -> Markup {
    let address = other.address.as_deref().unwrap_or_default();
    let goes_to = other.answers_go_to.as_deref().unwrap_or_default();
    let is_answered = !address.is_empty() && goes_to.eq_ignore_ascii_case(address);
    html! {
        div.mail-forward {
            p.mail-who {
                (ctx.t("mail-other-sender")) " " strong { (other.shown()) }
                @if !address.is_empty() && other.shown() != address { " <" (address) ">" }
                @if !is_answered && !goes_to.is_empty() { ". " (i18n::t_args(ctx.lang, "mail-other-answers", &[("address", goes_to.to_owned().into())])) }
            }
            @if let (Some(conversation), false, false) = (&view.movable_from, is_answered, address.is_empty()) {
                (give_to(ctx, conversation, address, &other.name, &i18n::t_args(ctx.lang, "mail-other-choose", &[("name", other.shown().to_owned().into())])))
            }
        }
    }
}

/// That a mail came under quite another subject, and the way to give it a conversation of its own.
pub(super) fn new_subject(ctx: &Ctx<'_>, view: &MessageView, subject: &str) -> Markup {
    html! {
        div.mail-forward {
            p.mail-who { (ctx.t("mail-new-subject")) " " strong { (subject) } }
            @if let Some(conversation) = &view.movable_from {
                span data-do="split" { (super::message::split(ctx, conversation, &view.id)) }
            }
        }
    }
}

/// The button that makes somebody else the customer of a conversation.
fn give_to(ctx: &Ctx<'_>, conversation: &str, address: &str, name: &str, words: &str) -> Markup {
    let url = routes::path(routes::GIVE_TO, conversation);
    html! {
        form.inline method="post" action=(url) hx-post=(url) hx-target="#thread" {
            (super::form::csrf(ctx))
            input type="hidden" name="address" value=(address);
            input type="hidden" name="name" value=(name);
            button.link type="submit" { (words) }
        }
    }
}

fn forward(ctx: &Ctx<'_>, view: &MessageView, value: &Value) -> Markup {
    let (name, address) = (text(value, "name"), text(value, "address"));
    let shown = if name.is_empty() { address } else { name };
    html! {
        div.mail-forward {
            p.mail-who {
                (ctx.t("mail-forwarded")) " " strong { (shown) }
                @if !name.is_empty() && !address.is_empty() { " <" (address) ">" }
            }
            @if let (Some(conversation), false) = (&view.movable_from, address.is_empty()) {
                (give_to(ctx, conversation, address, name, &i18n::t_args(ctx.lang, "mail-real-sender", &[("name", shown.to_owned().into())])))
            }
        }
    }
}

fn invitation(ctx: &Ctx<'_>, event: &Value) -> Markup {
    let method = text(event, "method");
    let kind = match (method, text(event, "answer")) {
        ("cancel", _) => ctx.t("mail-event-cancelled"),
        ("reply", "accepted") => ctx.t("mail-event-accepted"),
        ("reply", "declined") => ctx.t("mail-event-declined"),
        ("reply", "tentative") => ctx.t("mail-event-tentative"),
        ("counter", _) => ctx.t("mail-event-counter"),
        _ => ctx.t("mail-event"),
    };
    let when = when(ctx, event);
    html! {
        section class={ "mail-event" @if method == "cancel" { " cancelled" } } aria-label=(kind) {
            p.mail-event-kind { (icon(Icon::Clock)) " " (kind) }
            @if !text(event, "summary").is_empty() { p.mail-event-title { (text(event, "summary")) } }
            dl {
                @if !when.is_empty() { dt { (ctx.t("mail-event-when")) } dd { (when) } }
                @if !text(event, "repeats").is_empty() { dt { (ctx.t("mail-event-repeats")) } dd { (ctx.t("mail-event-repeats-yes")) } }
                @if !text(event, "location").is_empty() { dt { (ctx.t("mail-event-where")) } dd { (super::rich_text(text(event, "location"))) } }
                @if !text(event, "organizer").is_empty() { dt { (ctx.t("mail-event-who")) } dd { (text(event, "organizer")) } }
            }
        }
    }
}

/// The time on the reader's clock where the zone is understood, else as it is written.
fn when(ctx: &Ctx<'_>, event: &Value) -> String {
    let at = |name: &str| event.get(name).and_then(Value::as_i64);
    if let Some(start) = at("start_at") {
        let begin = i18n::date_time(ctx.lang, start, ctx.tz);
        return match at("end_at") {
            Some(end) if day(ctx, end) == day(ctx, start) => format!("{begin} – {}", i18n::time(end, ctx.tz)),
            Some(end) => format!("{begin} – {}", i18n::date_time(ctx.lang, end, ctx.tz)),
            None => begin,
        };
    }
    let written = |name: &str| text(event, name).replacen('T', " ", 1);
    let (start, end, zone) = (written("start"), written("end"), text(event, "zone"));
    let mut out = start.clone();
    if !end.is_empty() && end != start {
        out = format!("{start} – {end}");
    }
    if !zone.is_empty() {
        out = format!("{out} ({zone})");
    }
    out
}

fn day(ctx: &Ctx<'_>, at: i64) -> Option<jiff::civil::Date> {
    Some(Timestamp::from_millisecond(at).ok()?.to_zoned(ctx.tz.clone()).date())
}

fn bounces(ctx: &Ctx<'_>, list: &[Value]) -> Markup {
    html! {
        ul.mail-bounces {
            @for one in list.iter().take(RECIPIENTS) {
                @let reason = text(one, "reason").parse().unwrap_or(BounceReason::Other);
                @let is_delayed = one.get("delayed").and_then(Value::as_bool).unwrap_or_default();
                li {
                    @if !text(one, "address").is_empty() { strong { (text(one, "address")) } ": " }
                    @if is_delayed { (ctx.t("bounce-delayed")) " " }
                    (bounce_words(ctx.lang, reason))
                }
            }
        }
    }
}

/// Above the composer: mail to this address came back for good, and the way to try it all the same.
pub fn bounced_bar(ctx: &Ctx<'_>, conversation: &str, address: &str, reason: BounceReason) -> Markup {
    let url = routes::path(routes::FORGIVE, conversation);
    html! {
        div.bounced-bar role="status" {
            p {
                (icon(Icon::Warning)) " "
                (i18n::t_args(ctx.lang, "bounced-bar", &[("address", address.to_owned().into())])) " "
                (bounce_words(ctx.lang, reason))
            }
            form.inline method="post" action=(url) hx-post=(url) hx-target="#thread" {
                (super::form::csrf(ctx))
                input type="hidden" name="address" value=(address);
                button.button.ghost type="submit" { (ctx.t("bounced-forgive")) }
            }
        }
    }
}
