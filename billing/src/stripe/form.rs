//! What Stripe is asked for: the form that makes a Checkout session. It is the same each time it is written for an
//! attempt, for the attempt's id is the idempotency key.

use conversation::Error;
use conversation::types::Language;

use super::checkout::Checkout;
use super::client::StripeError;
use crate::{Billing, card, notify, words};

/// Characters that a description takes. <https://docs.stripe.com/api/metadata> has 500 for a value.
const LONGEST: usize = 500;
/// Where the customer of several invoices comes back to.
const PAID: &str = "/portal/paid";

/// The form of an attempt: each invoice is a line of its own, so that Stripe's receipt names it.
pub(super) async fn form(billing: &Billing, attempt: &Checkout) -> Result<Vec<(String, String)>, StripeError> {
    let documents = attempt.documents(billing.store.db()).await?;
    let Some(first) = documents.first() else {
        return Err(Error::NotFound.into());
    };
    let locale = match first.language {
        Language::En => "en",
        Language::Es => "es",
        Language::Pt => "pt-BR",
    };
    let mut form: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: String| form.push((name.to_owned(), value));
    put("mode", "payment".to_owned());
    put("client_reference_id", attempt.id.clone());
    put("locale", locale.to_owned());
    for (place, (document, part)) in documents.iter().zip(&attempt.parts).enumerate() {
        let amount = attempt.currency.to_stripe(part.amount).ok_or_else(|| {
            Error::Conflict(format!(
                "Stripe cannot take {} {}",
                attempt.currency,
                attempt.currency.bare(part.amount)
            ))
        })?;
        let item = format!("line_items[{place}]");
        let name = format!(
            "{} {}",
            words::of(document.language).kind(document.kind),
            document.name()
        );
        put(&format!("{item}[quantity]"), "1".to_owned());
        put(
            &format!("{item}[price_data][currency]"),
            attempt.currency.as_str().to_ascii_lowercase(),
        );
        put(&format!("{item}[price_data][unit_amount]"), amount.to_string());
        put(&format!("{item}[price_data][product_data][name]"), name);
    }
    // Of one invoice: what it is and its number. Of several: their numbers, as many as fit.
    let (page, back, about) = if documents.len() == 1 {
        let page = card::path(&first.id);
        let about = format!("{} {}", words::of(first.language).kind(first.kind), first.name());
        put("metadata[document]", first.id.to_string());
        put("payment_intent_data[metadata][document]", first.id.to_string());
        (page.clone(), format!("{page}/paid"), about)
    } else {
        let numbers: Vec<&str> = documents.iter().map(|document| document.name()).collect();
        let about = cut(&numbers.join(", "));
        put("metadata[documents]", about.clone());
        put("payment_intent_data[metadata][documents]", about.clone());
        (notify::STATEMENT.to_owned(), PAID.to_owned(), about)
    };
    put("metadata[checkout]", attempt.id.clone());
    put("payment_intent_data[description]", about);
    put("expand[0]", "payment_intent".to_owned());
    let page = format!("{}{page}", billing.public_url);
    let back = format!("{}{back}?session_id={{CHECKOUT_SESSION_ID}}", billing.public_url);
    if attempt.surface == "hosted" {
        put("ui_mode", "hosted".to_owned());
        put("success_url", back);
        put("cancel_url", page);
    } else {
        put("ui_mode", "embedded".to_owned());
        put("return_url", back);
    }
    Ok(form)
}

/// At most [`LONGEST`] characters; what is cut shows it.
fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(LONGEST - 1).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, cut};

    #[test]
    fn what_is_too_long_is_cut_and_shows_it() {
        assert_eq!(cut("INV-1, INV-2"), "INV-1, INV-2");
        let long = "INV-2026-00001, ".repeat(100);
        assert_eq!(cut(&long).chars().count(), LONGEST);
        assert!(cut(&long).ends_with('…'));
    }
}
