//! What only one channel has: a location, shared contacts, a reaction, an order. Drawn from the
//! provider's own fields, which may be anything; what is not understood is listed, never hidden.

use maud::{Markup, html};
use serde_json::Value;

use super::whatsapp;
use crate::icons::{Icon, icon};
use crate::{Ctx, routes};

/// How many fields of an unknown kind are listed.
const FIELDS: usize = 12;

/// The `extra` of a message. `message` is its id where the reader may save what it shares.
pub fn extra(ctx: &Ctx<'_>, value: &Value, message: Option<&str>) -> Markup {
    let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
    let block = |name: &str| value.get(name).unwrap_or(value);
    html! {
        @if let Some(referral) = value.get("referral").filter(|referral| referral.is_object()) { (whatsapp::referral(ctx, referral)) }
        @match kind {
            "location" => (whatsapp::location(ctx, block("location"))),
            "contacts" | "contact" => (whatsapp::contacts(ctx, block("contacts"), message)),
            "order" if whatsapp::is_order(block("order")) => (whatsapp::order(ctx, block("order"))),
            "system" => (whatsapp::system(ctx, block("system"))),
            "reaction" => {
                @let emoji = block("reaction").get("emoji").and_then(Value::as_str).unwrap_or_default();
                p.extra {
                    @if emoji.is_empty() { (ctx.t("extra-reaction-removed")) }
                    @else { span.extra-emoji { (emoji) } " " (ctx.t("extra-reaction")) }
                }
            },
            "call" => {
                @let seconds = value.get("seconds").and_then(Value::as_i64).unwrap_or(0);
                @let is_inbound = value.get("inbound").and_then(Value::as_bool).unwrap_or(true);
                p.extra {
                    (icon(Icon::Phone)) " " (ctx.t(if is_inbound { "call-in" } else { "call-out" }))
                    " · " (ctx.t(match value.get("outcome").and_then(Value::as_str) {
                        Some("missed") => "call-missed",
                        Some("voicemail") => "call-voicemail",
                        Some("call_back") => "call-back",
                        _ => "call-answered",
                    }))
                    @if seconds > 0 { " · " ((seconds + 59) / 60) " min" }
                    @if let Some(number) = value.get("number").and_then(Value::as_str) { " · " (number) }
                }
            },
            "transfer" => {
                @let document = value.get("document").and_then(Value::as_str).unwrap_or_default();
                p.extra { (icon(Icon::Invoice)) " " a href={ (routes::BILLING) "/documents/" (routes::escape(document)) } { (ctx.t("extra-transfer")) } }
            },
            "interactive" => (whatsapp::answers(ctx, block("interactive"))),
            "location_request" => { p.extra { (icon(Icon::Pin)) " " (ctx.t("extra-location-request")) } },
            "unsupported" | "unknown" => { p.extra { (icon(Icon::Warning)) " " (ctx.t("extra-unsupported")) } },
            "media_placeholder" => { p.extra { (icon(Icon::Attach)) " " (ctx.t("extra-on-telephone")) } },
            // Their words and files say all of it.
            "text" | "image" | "video" | "audio" | "document" | "sticker" | "button" | "edit" | "revoke"
            | "template" | "buttons" | "list" | "link" | "broadcast" | "proactive" => {},
            kind => (listing(ctx, kind, value)),
        }
    }
}

fn listing(ctx: &Ctx<'_>, kind: &str, value: &Value) -> Markup {
    let fields = value
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name != "type")
        .take(FIELDS);
    html! {
        details.extra {
            summary { (if kind.is_empty() { ctx.t("extra-other") } else { std::borrow::Cow::Owned(kind.replace('_', " ")) }) }
            dl.card-facts {
                @for (name, field) in fields {
                    div { dt { (name) } dd { (match field { Value::String(text) => shortened(text), other => shortened(&other.to_string()) }) } }
                }
            }
        }
    }
}

fn shortened(text: &str) -> String {
    let mut out: String = text.chars().take(200).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}
