//! What only WhatsApp has: places, shared contacts, orders, advertisements that led here.

use conversation::types::Language;
use maud::{Markup, html};
use serde_json::Value;

use super::text::rich_text;
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};

/// How many entries of a list are shown.
const MOST: usize = 30;

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A place: its words, its coordinates, and a map only for whoever asks for one.
pub(super) fn location(ctx: &Ctx<'_>, place: &Value) -> Markup {
    let degrees = |name: &str, most: f64| {
        let value = place.get(name)?;
        let number = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
        (number.is_finite() && number.abs() <= most).then_some(number)
    };
    let point = degrees("latitude", 90.0).zip(degrees("longitude", 180.0));
    html! {
        div.extra.place {
            span.place-picture aria-hidden="true" { (icon(Icon::Pin)) }
            div {
                @if text(place, "name").is_empty() { strong { (ctx.t("extra-location")) } } @else { strong { (text(place, "name")) } }
                @if !text(place, "address").is_empty() { p { (text(place, "address")) } }
                @if let Some((latitude, longitude)) = point {
                    p.place-links {
                        a href={ "geo:" (format!("{latitude:.6},{longitude:.6}")) } { (format!("{latitude:.5}, {longitude:.5}")) }
                        " · "
                        // Nothing is loaded from there unless the reader follows the link.
                        a href={ "https://www.openstreetmap.org/?mlat=" (format!("{latitude:.6}&mlon={longitude:.6}#map=17/{latitude:.6}/{longitude:.6}")) }
                            target="_blank" rel="noopener noreferrer" { (ctx.t("place-map")) " " (icon(Icon::External)) }
                    }
                } @else { p.muted { (ctx.t("place-unknown")) } }
                @let url = text(place, "url");
                @if !url.is_empty() { p { (rich_text(url)) } }
            }
        }
    }
}

/// Shared contacts; agents can save each.
pub(super) fn contacts(ctx: &Ctx<'_>, people: &Value, message: Option<&str>) -> Markup {
    let people = people.as_array().map(Vec::as_slice).unwrap_or_default();
    let listed = |person: &Value, list: &str, name: &str| -> Vec<String> {
        person
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.get(name)?.as_str().map(str::to_owned))
            .take(MOST)
            .collect()
    };
    html! {
        div.extra {
            p.muted { (icon(Icon::Person)) " " (ctx.t("extra-contacts")) }
            ul.shared-contacts {
                @for (number, person) in people.iter().take(MOST).enumerate() {
                    li.person-card {
                        strong { (person.pointer("/name/formatted_name").and_then(Value::as_str).unwrap_or_default()) }
                        @let company = person.pointer("/org/company").and_then(Value::as_str).unwrap_or_default();
                        @if !company.is_empty() { span.muted { (company) } }
                        @for phone in listed(person, "phones", "phone") { a href={ "tel:" (routes::escape(&phone)) } { (phone) } }
                        @for email in listed(person, "emails", "email") { span { (rich_text(&email)) } }
                        @for url in listed(person, "urls", "url") { span { (rich_text(&url)) } }
                        @if let Some(message) = message {
                            a.quiet href={ (routes::path(routes::CONTACT_CARD, message)) "?n=" (number) } download { (ctx.t("contact-save")) }
                        }
                    }
                }
            }
        }
    }
}

/// Whether it lists products as Meta does.
pub(super) fn is_order(order: &Value) -> bool {
    let items = order.get("product_items").and_then(Value::as_array);
    items.is_some_and(|items| items.iter().any(Value::is_object))
}

/// An order: what, how many, and the sum of each currency.
pub(super) fn order(ctx: &Ctx<'_>, order: &Value) -> Markup {
    let items = order
        .get("product_items")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut sums: Vec<(String, Option<i64>)> = Vec::new();
    let lines: Vec<(String, String, String)> = items
        .iter()
        .take(MOST * 4)
        .map(|item| {
            let quantity = plain(item.get("quantity"));
            let currency: String = text(item, "currency")
                .chars()
                .take(3)
                .collect::<String>()
                .to_ascii_uppercase();
            let price = minor(&plain(item.get("item_price")), &currency);
            let total = price
                .zip(quantity.parse::<i64>().ok())
                .and_then(|(price, count)| price.checked_mul(count));
            match sums.iter_mut().find(|(known, _)| *known == currency) {
                Some((_, sum)) => *sum = sum.zip(total).and_then(|(sum, total)| sum.checked_add(total)),
                None => sums.push((currency.clone(), total)),
            }
            let price = price.map(|price| money(ctx.lang, price, &currency)).unwrap_or_default();
            (quantity, plain(item.get("product_retailer_id")), price)
        })
        .collect();
    html! {
        div.extra.order {
            p { (icon(Icon::Ticket)) " " strong { (ctx.t("order-title")) } }
            table.order-lines {
                thead.visually-hidden { tr { th { (ctx.t("order-count")) } th { (ctx.t("order-item")) } th { (ctx.t("order-price")) } } }
                tbody { @for (quantity, item, price) in &lines { tr { td { (quantity) " ×" } td { (item) } td.amount { (price) } } } }
                @if !lines.is_empty() {
                    tfoot { @for (currency, sum) in &sums { tr { th colspan="2" { (ctx.t("order-sum")) }
                        td.amount { strong { (sum.map_or_else(|| "–".to_owned(), |sum| money(ctx.lang, sum, currency))) } } } } }
                }
            }
            @if !text(order, "text").is_empty() { p.prose { (rich_text(text(order, "text"))) } }
        }
    }
}

/// The advertisement or post that led the customer here.
pub(super) fn referral(ctx: &Ctx<'_>, referral: &Value) -> Markup {
    let words = match text(referral, "source_type") {
        "post" => ctx.t("referral-post"),
        _ => ctx.t("referral-ad"),
    };
    let url = text(referral, "source_url");
    html! {
        aside.extra.referral {
            p.muted { (icon(Icon::External)) " " (words) }
            @if !text(referral, "headline").is_empty() { strong { (text(referral, "headline")) } }
            @if !text(referral, "body").is_empty() { p { (text(referral, "body")) } }
            @if !url.is_empty() { p { (rich_text(url)) } }
            @if !text(referral, "source_id").is_empty() { p.mono.muted { (text(referral, "source_id")) } }
        }
    }
}

/// A change of number, as Meta reports it.
pub(super) fn system(ctx: &Ctx<'_>, system: &Value) -> Markup {
    let new = ["wa_id", "new_wa_id"]
        .iter()
        .map(|name| text(system, name))
        .find(|id| !id.is_empty());
    html! {
        @if let Some(new) = new { p.extra { (icon(Icon::Phone)) " " (i18n::t_args(ctx.lang, "system-number", &[("number", format!("+{}", new.trim_start_matches('+')).into())])) } }
    }
}

/// The answers of a form that the customer filled in.
pub(super) fn answers(ctx: &Ctx<'_>, interactive: &Value) -> Markup {
    let body = interactive
        .pointer("/nfm_reply/response_json")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let answers: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    let fields: Vec<(&String, String)> = answers
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name != "flow_token")
        .take(MOST)
        .map(|(name, value)| (name, plain(Some(value)).chars().take(500).collect()))
        .collect();
    html! {
        @if !fields.is_empty() {
            div.extra { p.muted { (ctx.t("form-answers")) }
                dl.card-facts { @for (name, value) in &fields { div { dt { (name.replace('_', " ")) } dd { (value) } } } } }
        }
    }
}

fn plain(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// Digits behind the point of a currency (ISO 4217); the great majority has two.
fn digits(currency: &str) -> usize {
    match currency {
        "CLP" | "PYG" | "JPY" | "KRW" | "VND" | "ISK" | "UGX" | "XAF" | "XOF" => 0,
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// A price as Meta writes it (a decimal number) in the currency's smallest unit, without a float on the way.
fn minor(text: &str, currency: &str) -> Option<i64> {
    let digits = digits(currency);
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) || part.bytes().skip(digits).any(|b| b != b'0') {
        return None;
    }
    let part: String = part.chars().chain(std::iter::repeat('0')).take(digits).collect();
    format!("{whole}{part}").parse().ok()
}

fn money(lang: Language, minor: i64, currency: &str) -> String {
    let digits = digits(currency);
    let unit = 10i64.pow(u32::try_from(digits).unwrap_or(0));
    let whole = i18n::number(lang, minor / unit);
    let point = if lang == Language::En { '.' } else { ',' };
    match digits {
        0 => format!("{whole} {currency}"),
        _ => format!("{whole}{point}{:0digits$} {currency}", (minor % unit).abs()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Language, minor, money};

    #[test]
    fn prices_are_exact() {
        let cases = [
            ("12.5", "BRL", Some(1250)),
            ("12", "BRL", Some(1200)),
            ("0.29", "USD", Some(29)),
            ("19.990", "EUR", Some(1999)),
            ("19.999", "EUR", None),
            ("1500", "CLP", Some(1500)),
            ("1500.0", "CLP", Some(1500)),
            ("1.5", "CLP", None),
            ("1.234", "KWD", Some(1234)),
            ("", "BRL", None),
            ("-1", "BRL", None),
            ("1e3", "BRL", None),
            ("99999999999999999999", "BRL", None),
        ];
        for (text, currency, expected) in cases {
            assert_eq!(minor(text, currency), expected, "{text} {currency}");
        }
        assert_eq!(money(Language::Pt, 123_456, "BRL"), "1.234,56 BRL");
        assert_eq!(money(Language::En, 5, "USD"), "0.05 USD");
        assert_eq!(money(Language::En, 1500, "CLP"), "1,500 CLP");
    }
}
