//! Billing on both databases: documents, numbers, payments by Stripe, recurrences, imports.

mod announced;
mod asked;
mod documents;
mod import;
mod lists;
mod numbers;
mod periods;
mod stripe;
mod together;
mod transfers;
mod walk;

use std::sync::Arc;

use ::billing::customers::{self, CustomerData, Preferred};
use ::billing::documents::{Document, Draft};
use ::billing::money::Currency;
use ::billing::payments::{EntryKind, EntryState, Method, NewEntry};
use ::billing::state::Kind;
use ::billing::totals::{Line, Rounding, Tax};
use ::billing::{Billing, CustomerId, DocumentId, day, issue};
use conversation::types::{Actor, Language};

use crate::core::bed::Bed;

/// Billing over a bed, with Stripe at this address.
pub(super) fn billing_at(bed: &Bed, stripe: &str) -> Billing {
    // The provider of TLS; another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = ::billing::stripe::Client::new(stripe, "https://js.stripe.com/v3/");
    Billing::new(
        bed.store.clone(),
        jiff::tz::TimeZone::UTC,
        "https://desk.example",
        "Desk",
        client,
    )
}

pub(crate) fn billing(bed: &Bed) -> Billing {
    billing_at(bed, "http://127.0.0.1:9")
}

pub(crate) async fn customer(bed: &Bed, name: &str, email: Option<&str>) -> CustomerId {
    let mut tx = bed.store.begin().await.expect("a transaction");
    let data = CustomerData {
        phone: None,
        name: name.to_owned(),
        email: email.map(str::to_owned),
        is_company: false,
        language: Language::En,
        channel: Preferred::Email,
        tax_id: String::new(),
        address: String::new(),
    };
    let id = customers::create_in(&mut tx, &Actor::System, data)
        .await
        .expect("a customer");
    tx.commit().await.expect("a commit");
    id
}

pub(crate) fn draft(billing: &Billing, kind: Kind, price: i64) -> Draft {
    let today = billing.today();
    Draft {
        kind,
        currency: Currency::USD,
        language: Language::En,
        issued_on: today,
        due_on: day::plus(today, 15),
        rounding: Rounding::Total,
        notes: String::new(),
        lines: vec![Line {
            description: "Lease".to_owned(),
            quantity: 1_000,
            unit_price: price,
            discount: 0,
            taxes: vec![Tax {
                name: "IVA".to_owned(),
                rate: 1_600,
            }],
        }],
        external_number: None,
        related_id: None,
        is_published: false,
        is_reminded: true,
    }
}

pub(crate) async fn write(billing: &Billing, customer: &CustomerId, draft: Draft) -> DocumentId {
    let mut tx = billing.store.begin().await.expect("a transaction");
    let id = ::billing::documents::create_in(&mut tx, &Actor::System, customer, draft)
        .await
        .expect("a draft");
    tx.commit().await.expect("a commit");
    id
}

/// An issued invoice of 116.00 (100.00 and 16 %).
pub(super) async fn invoice(billing: &Billing, customer: &CustomerId) -> Document {
    let id = write(billing, customer, draft(billing, Kind::Invoice, 10_000)).await;
    issue::send(billing, &Actor::System, &id, true).await.expect("issued").0
}

pub(super) async fn now(billing: &Billing, id: &DocumentId) -> Document {
    ::billing::documents::load(billing.store.db(), id)
        .await
        .expect("a document")
}

/// Shared by tasks.
pub(super) fn shared(billing: Billing) -> Arc<Billing> {
    Arc::new(billing)
}

pub(super) fn entry(id: &DocumentId, kind: EntryKind, amount: i64) -> NewEntry {
    NewEntry {
        document: id.clone(),
        kind,
        amount,
        currency: Currency::USD,
        method: Method::Transfer,
        state: EntryState::Succeeded,
        external_id: None,
        intent: None,
        detail: String::new(),
        happened_on: String::new(),
    }
}
