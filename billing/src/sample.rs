//! A document for previews: nobody's, and never stored.

use conversation::types::Language;

use crate::documents::Document;
use crate::settings::Business;
use crate::state::{Kind, State};
use crate::{Billing, day};

/// An issued document of 125.00 without customer.
pub fn document(billing: &Billing, business: &Business, kind: Kind, language: Language) -> Document {
    let today = billing.today();
    let prefix = match kind {
        Kind::Invoice => &business.invoice_prefix,
        Kind::Estimate => &business.estimate_prefix,
        Kind::CreditNote => &business.credit_prefix,
    };
    let total = 125 * 10i64.pow(business.currency.digits());
    Document {
        id: "sample".into(),
        kind,
        customer_id: "sample".into(),
        number: Some(format!("{prefix}{}-0042", today.year())),
        external_number: None,
        state: State::Sent,
        currency: business.currency,
        language,
        issued_on: today.to_string(),
        due_on: day::plus(today, business.due_days).to_string(),
        rounding: business.rounding,
        notes: business.notes.clone(),
        net: total,
        tax: 0,
        total,
        paid: 0,
        credited: 0,
        pending: 0,
        disputed: 0,
        issuer: None,
        bill_to: None,
        related_id: None,
        recurring_id: None,
        is_published: false,
        is_reminded: true,
        sent_at: None,
        viewed_at: None,
        settled_at: None,
        created_at: 0,
        updated_at: 0,
        version: 1,
    }
}
