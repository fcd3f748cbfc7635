//! The sample business's customers and what was billed to them. Customers pay by transfer: there is no
//! Stripe here unless its keys are entered.

use anyhow::Result;
use billing::customers::{self, CustomerData, Preferred};
use billing::documents::{self, Draft};
use billing::money::Currency;
use billing::payments::{self, EntryKind, EntryState, Method, NewEntry};
use billing::settings::{self, Business};
use billing::state::Kind;
use billing::totals::{Line, Rounding, Tax};
use billing::{CustomerId, DocumentId, day, issue};
use conversation::doors;
use conversation::types::{Actor, Language};
use jiff::civil::Date;

use crate::app::App;

/// Name, address, language, currency, and the price of a month in minor units.
const CUSTOMERS: &[(&str, &str, Language, &str, i64)] = &[
    ("Mariana Torres", "mariana@torres.example", Language::Es, "USD", 12_500),
    ("João Pereira", "joao@pereira.example", Language::Pt, "BRL", 48_990),
    ("Emily Carter", "emily@carter.example", Language::En, "USD", 9_900),
    (
        "Lucía Fernández",
        "lucia@fernandez.example",
        Language::Es,
        "EUR",
        21_000,
    ),
];

fn line(description: &str, quantity: i64, unit_price: i64) -> Line {
    Line {
        description: description.to_owned(),
        quantity,
        unit_price,
        discount: 0,
        taxes: vec![Tax {
            name: "IVA".to_owned(),
            rate: 1_600,
        }],
    }
}

/// Where the bills of a customer of this name go.
pub(super) fn address_of(name: &str) -> Option<&'static str> {
    CUSTOMERS
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, email, ..)| *email)
}

/// Writes them; returns a link that signs the first customer in.
pub(super) async fn seed(app: &App) -> Result<String> {
    let store = &app.store;
    let business = Business {
        name: "Copiadoras Andinas".to_owned(),
        address: "Av. 6 de Diciembre N34-120\nQuito".to_owned(),
        tax_id: "1790012345001".to_owned(),
        email: super::business::SUPPORT.to_owned(),
        phone: "+593 2 555 0142".to_owned(),
        language: Language::Es,
        bank: "Banco de los Andes\nCuenta 2200 1234 5678\nCopiadoras Andinas S.A.".to_owned(),
        footer: "Gracias por su preferencia.".to_owned(),
        color: "#14532d".to_owned(),
        ..Business::default()
    };
    settings::set_business(store, &Actor::System, &business).await?;
    let mut first = None;
    for (name, email, language, currency, price) in CUSTOMERS {
        let mut tx = store.begin().await?;
        let data = CustomerData {
            phone: super::script::number_of(name),
            name: (*name).to_owned(),
            email: Some((*email).to_owned()),
            is_company: false,
            language: *language,
            channel: Preferred::Email,
            tax_id: String::new(),
            address: String::new(),
        };
        let customer = customers::create_in(&mut tx, &Actor::System, data).await?;
        tx.commit().await?;
        history(app, &customer, *language, currency.parse()?, *price).await?;
        first.get_or_insert(customer);
    }
    let customer = customers::load(store.db(), &first.unwrap_or_else(|| CustomerId::from(""))).await?;
    let mut tx = store.begin().await?;
    let contact = customers::recipient(&mut tx, &customer).await?;
    let door = match contact {
        Some(contact) => {
            doors::make_in(
                &mut tx,
                &contact,
                Some("/portal"),
                customer.email.as_deref().unwrap_or_default(),
            )
            .await?
        }
        None => "/portal".to_owned(),
    };
    tx.commit_silently().await?;
    Ok(door)
}

/// Five months: the old ones paid, the last but one in part and overdue, the newest open; and an estimate.
async fn history(app: &App, customer: &CustomerId, language: Language, currency: Currency, price: i64) -> Result<()> {
    let billing = &app.billing;
    let today = billing.today();
    let lease = line(
        "Alquiler de impresora multifunción / Multifunction printer lease",
        1_000,
        price,
    );
    let invoice = |issued_on: Date, lines: Vec<Line>| Draft {
        kind: Kind::Invoice,
        currency,
        language,
        issued_on,
        due_on: day::plus(issued_on, 15),
        rounding: Rounding::Total,
        notes: String::new(),
        lines,
        external_number: None,
        related_id: None,
        is_published: false,
        is_reminded: true,
    };
    for month in (0..5i64).rev() {
        let issued_on = day::plus(today, -30 * month - 5);
        let excess = line("Copias excedentes / Copies over the allowance", 350_000, 2);
        let id = write(app, customer, invoice(issued_on, vec![lease.clone(), excess])).await?;
        let (document, _) = issue::send(billing, &Actor::System, &id, true).await?;
        let paid = match month {
            0 => 0,
            1 => document.total / 2,
            _ => document.total,
        };
        if paid > 0 {
            let happened_on = day::plus(issued_on, 9).min(today);
            payments::record(billing, &Actor::System, transfer(id, paid, currency, happened_on)).await?;
        }
    }
    let second = line("Segunda impresora, color / Second printer, colour", 1_000, price * 2);
    let estimate = Draft {
        kind: Kind::Estimate,
        due_on: day::plus(today, 30),
        is_reminded: false,
        ..invoice(today, vec![second])
    };
    let id = write(app, customer, estimate).await?;
    issue::send(billing, &Actor::System, &id, true).await?;
    // Next month's invoice, not sent yet.
    write(app, customer, invoice(day::plus(today, 25), vec![lease])).await?;
    Ok(())
}

fn transfer(document: DocumentId, amount: i64, currency: Currency, happened_on: Date) -> NewEntry {
    NewEntry {
        document,
        kind: EntryKind::Payment,
        amount,
        currency,
        method: Method::Transfer,
        state: EntryState::Succeeded,
        external_id: None,
        intent: None,
        detail: String::new(),
        happened_on: happened_on.to_string(),
    }
}

async fn write(app: &App, customer: &CustomerId, draft: Draft) -> Result<DocumentId> {
    let mut tx = app.store.begin().await?;
    let id = documents::create_in(&mut tx, &Actor::System, customer, draft).await?;
    tx.commit().await?;
    Ok(id)
}
