//! What lists show, as tables for the bookkeeper's spreadsheet: all of what was narrowed, not one page of it.

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::response::Response;
use billing::CustomerId;
use billing::customers::{self, Customer};
use billing::documents::Document;
use billing::listing::{self, Cursor};
use billing::state::Kind;
use conversation::access::Permission;
use conversation::types::Language;
use ui::spreadsheet::{self, Cell};

use super::customers as customer_pages;
use super::list::Choice;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::download::{download, note};

/// How many rows one question reads.
const PART: i64 = 1_000;

/// What the columns are called.
const DOCUMENT: [&str; 15] = [
    "number",
    "external_number",
    "kind",
    "status",
    "customer",
    "tax_id",
    "issued_on",
    "due_on",
    "currency",
    "net",
    "tax",
    "total",
    "paid",
    "credited",
    "open",
];

/// What a credit note says is off, so that columns can be summed.
fn document_row(lang: Language, today: &str, one: &Document, customer: Option<&Customer>) -> String {
    let sign = if one.kind == Kind::CreditNote { -1 } else { 1 };
    let amounts = [
        sign * one.net,
        sign * one.tax,
        sign * one.total,
        one.paid,
        one.credited,
        one.open(),
    ]
    .map(|amount| one.currency.bare(amount));
    let words = [
        one.number.as_deref().unwrap_or_default(),
        one.external_number.as_deref().unwrap_or_default(),
        one.kind.as_str(),
        one.status(today).as_str(),
        customer.map_or("", |customer| customer.name.as_str()),
        customer.map_or("", |customer| customer.tax_id.as_str()),
        &one.issued_on,
        &one.due_on,
        one.currency.as_str(),
    ];
    let amounts = amounts.iter().map(|amount| Cell::Number(amount));
    spreadsheet::row(lang, words.into_iter().map(Cell::Text).chain(amounts))
}

/// GET `/billing/export`: the documents that are listed.
pub(super) async fn documents(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let (filter, _) = choice.filter(&app).await?;
    note(&app.store, &me.actor(), "documents", &choice.query()).await?;
    let (store, lang) = (app.store.clone(), me.lang);
    Ok(download(
        "documents.csv",
        lang,
        &DOCUMENT,
        move |last: Option<Cursor>| {
            let (store, filter) = (store.clone(), filter.clone());
            async move {
                let rows = listing::list(store.db(), &filter, last.as_ref(), PART).await?;
                let Some(last) = rows.last() else { return Ok(None) };
                let owners = customers::by_ids(store.db(), rows.iter().map(|one| &one.customer_id)).await?;
                let owners: HashMap<&CustomerId, &Customer> = owners.iter().map(|one| (&one.id, one)).collect();
                let text = rows
                    .iter()
                    .map(|one| document_row(lang, &filter.today, one, owners.get(&one.customer_id).copied()))
                    .collect();
                Ok(Some((text, Some(Cursor::behind(last, &filter)))))
            }
        },
    ))
}

/// What the columns are called: as an import of customers names them, where it has them.
const CUSTOMER: [&str; 8] = [
    "name", "email", "phone", "kind", "tax_id", "address", "language", "channel",
];

fn customer_row(lang: Language, one: &Customer, phone: &str) -> String {
    let kind = if one.company_id.is_some() { "company" } else { "person" };
    let cells = [
        Cell::Text(&one.name),
        Cell::Text(one.email.as_deref().unwrap_or_default()),
        // It begins like a formula and is none.
        Cell::Number(phone),
        Cell::Text(kind),
        Cell::Text(&one.tax_id),
        Cell::Text(&one.address),
        Cell::Text(one.language.as_str()),
        Cell::Text(one.channel.as_str()),
    ];
    spreadsheet::row(lang, cells)
}

/// GET `/billing/customers/export`: the customers that are listed.
pub(super) async fn customers(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<customer_pages::Choice>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    note(&app.store, &me.actor(), "customers", &choice.q).await?;
    let (store, lang) = (app.store.clone(), me.lang);
    Ok(download(
        "customers.csv",
        lang,
        &CUSTOMER,
        move |last: Option<CustomerId>| {
            let (store, search) = (store.clone(), choice.q.clone());
            async move {
                let rows = customers::list(store.db(), &search, last.as_ref(), PART).await?;
                let Some(last) = rows.last() else { return Ok(None) };
                let phones = customers::phones(store.db(), &rows).await?;
                let text = rows
                    .iter()
                    .map(|one| customer_row(lang, one, phones.get(&one.id).map_or("", String::as_str)))
                    .collect();
                Ok(Some((text, Some(last.id.clone()))))
            }
        },
    ))
}
