//! What only one channel has: a location, shared contacts, a reaction, an order. Drawn from the
//! provider's own fields, which may be anything; what is not understood is listed, never hidden.

use maud::{Markup, html};
use serde_json::Value;

use super::text::rich_text;
use crate::Ctx;
use crate::icons::{Icon, icon};

/// How many fields of an unknown kind are listed.
const FIELDS: usize = 12;

/// The `extra` of a message.
pub fn extra(ctx: &Ctx<'_>, value: &Value) -> Markup {
    let field = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    match field("type") {
        "location" => location(ctx, value.get("location").unwrap_or(value)),
        "contacts" | "contact" => contacts(ctx, value.get("contacts").unwrap_or(value)),
        "reaction" => {
            let reaction = value.get("reaction").unwrap_or(value);
            let emoji = reaction.get("emoji").and_then(Value::as_str).unwrap_or_default();
            html! { p.extra {
                @if emoji.is_empty() { (ctx.t("extra-reaction-removed")) }
                @else { span.extra-emoji { (emoji) } " " (ctx.t("extra-reaction")) }
            } }
        }
        "unsupported" | "unknown" => {
            html! { p.extra { (icon(Icon::Warning)) " " (ctx.t("extra-unsupported")) } }
        }
        kind => listing(ctx, kind, value),
    }
}

fn location(ctx: &Ctx<'_>, place: &Value) -> Markup {
    let text = |name: &str| place.get(name).and_then(Value::as_str).unwrap_or_default();
    let degrees = |name: &str| {
        place
            .get(name)
            .and_then(Value::as_f64)
            .filter(|number| number.is_finite())
    };
    html! {
        div.extra {
            (icon(Icon::Pin)) " "
            @if text("name").is_empty() { (ctx.t("extra-location")) } @else { strong { (text("name")) } }
            @if !text("address").is_empty() { br; (text("address")) }
            @if let (Some(latitude), Some(longitude)) = (degrees("latitude"), degrees("longitude")) {
                br; a href={ "geo:" (format!("{latitude:.6},{longitude:.6}")) } { (format!("{latitude:.5}, {longitude:.5}")) }
            }
        }
    }
}

fn contacts(ctx: &Ctx<'_>, value: &Value) -> Markup {
    let people = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let listed = |person: &Value, list: &str, name: &str| -> Vec<String> {
        person
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.get(name)?.as_str().map(str::to_owned))
            .take(FIELDS)
            .collect()
    };
    html! {
        div.extra {
            p { (icon(Icon::Person)) " " (ctx.t("extra-contacts")) }
            ul {
                @for person in people.iter().take(FIELDS) {
                    li {
                        strong { (person.pointer("/name/formatted_name").and_then(Value::as_str).unwrap_or_default()) }
                        @for phone in listed(person, "phones", "phone") { " " (phone) }
                        @for email in listed(person, "emails", "email") { " " (rich_text(&email)) }
                    }
                }
            }
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
