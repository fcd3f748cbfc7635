//! The portal of a customer with years of invoices, beside one with a year of them: real requests of a signed-in
//! customer, the link that signs in, one PDF, one ZIP of a thousand.

use std::time::Instant;

use ::billing::customers::{self, CustomerData, Preferred};
use ::billing::documents::{self, Draft};
use ::billing::money::Currency;
use ::billing::state::Kind;
use ::billing::totals::{Line, Rounding, Tax};
use ::billing::{day, issue};
use anyhow::{Context as _, ensure};
use conversation::db::{composed_sql, sql};
use conversation::types::{Actor, ContactId, IdentityKind, Language};
use conversation::{contacts, doors};
use futures::StreamExt as _;
use gateway::app::App;
use reqwest::Client;
use tests::harness::{Postgres, http};

use crate::cpu::status;
use crate::report::{Aim, Report, percentile};
use crate::setup;
use crate::sizes::{self, NUMBERS, Served, Times};

const PART: &str = "billing: the portal with 5,000 invoices and with 12 (the floor)";
const FEW: i64 = 12;
const MANY: i64 = 5_000;
const ZIPPED: usize = 1_000;
const WARM: usize = 10;
const ASKED: usize = 100;
const LINKS: usize = 50;
const FLAT: f64 = 1.5;
const MB: f64 = 1_000_000.0;

struct Bench {
    client: Client,
    base: String,
    cookie: String,
}

/// Writes one invoice as an agent does, and copies of it through the years before, each paid but the last ten.
async fn fill(app: &App, invoices: i64) -> anyhow::Result<ContactId> {
    let store = &app.store;
    let today = app.billing.today();
    let mut tx = store.begin().await?;
    let data = CustomerData {
        phone: None,
        name: "Ana".to_owned(),
        email: Some("ana@customer.example".to_owned()),
        is_company: false,
        language: Language::En,
        channel: Preferred::Email,
        tax_id: String::new(),
        address: String::new(),
    };
    let customer = customers::create_in(&mut tx, &Actor::System, data).await?;
    let line = |number: i64| Line {
        description: format!("Lease of machine {number}"),
        quantity: 1_000,
        unit_price: 12_500,
        discount: 0,
        taxes: vec![Tax {
            name: "IVA".to_owned(),
            rate: 1_600,
        }],
    };
    let draft = Draft {
        kind: Kind::Invoice,
        currency: Currency::USD,
        language: Language::En,
        issued_on: today,
        due_on: day::plus(today, 15),
        rounding: Rounding::Total,
        notes: String::new(),
        lines: (0..5).map(line).collect(),
        external_number: None,
        related_id: None,
        is_published: false,
        is_reminded: false,
    };
    let id = documents::create_in(&mut tx, &Actor::System, &customer, draft).await?;
    issue::send_in(&mut tx, &app.billing, &Actor::System, &id).await?;
    tx.commit().await?;

    let mut tx = store.begin().await?;
    let numbers = NUMBERS;
    let day = "CAST(2025 - n.i / 200 AS TEXT) || '-' || SUBSTR('0' || CAST(n.i % 12 + 1 AS TEXT), CASE WHEN n.i % 12 + 1 > 9 THEN 2 ELSE 1 END) || '-10'";
    let rest = "rounding, notes, net, tax, total, credited, pending, disputed, issuer, bill_to, is_published, is_reminded, sent_at, created_by, created_at, updated_at, version";
    composed_sql(format!(
        "INSERT INTO documents (id, kind, customer_id, number, state, currency, language, issued_on, due_on, paid, {rest})
         {numbers} SELECT 'D' || CAST(1000000 + n.i AS TEXT), d.kind, d.customer_id, 'OLD-' || CAST(n.i AS TEXT), CASE WHEN n.i > 10 THEN 'paid' ELSE 'sent' END, d.currency, d.language,
            {day}, {day}, CASE WHEN n.i > 10 THEN d.total ELSE 0 END, {rest} FROM n CROSS JOIN documents d WHERE d.id = $2"
    ))
    .bind(invoices - 1)
    .bind(id.as_str())
    .run(&mut tx)
    .await?;
    composed_sql(format!("INSERT INTO document_numbers (word, document_id) {numbers} SELECT 'fold' || CAST(n.i AS TEXT), 'D' || CAST(1000000 + n.i AS TEXT) FROM n"))
        .bind(invoices - 1)
        .run(&mut tx)
        .await?;
    composed_sql(
        "INSERT INTO document_lines (document_id, place, description, quantity, unit_price, discount, taxes, net)
         SELECT d.id, l.place, l.description, l.quantity, l.unit_price, l.discount, l.taxes, l.net FROM documents d CROSS JOIN document_lines l WHERE l.document_id = $1 AND d.id <> $1".to_owned(),
    )
    .bind(id.as_str())
    .run(&mut tx)
    .await?;
    sql("INSERT INTO payments (id, document_id, customer_id, kind, amount, currency, method, state, detail, happened_on, actor, created_at, updated_at) SELECT 'P' || id, id, customer_id, 'payment', total, currency, 'transfer', 'succeeded', '', issued_on, '{\"kind\":\"system\"}', 0, 0 FROM documents WHERE state = 'paid'")
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    setup::settle(store).await?;
    let (contact, _) = contacts::by_identity(store.db(), IdentityKind::Email, "ana@customer.example")
        .await?
        .context("the customer's contact")?;
    Ok(contact.id)
}

/// A new link for the customer.
async fn link(app: &App, contact: &ContactId) -> anyhow::Result<String> {
    let mut tx = app.store.begin().await?;
    let path = doors::make_in(&mut tx, contact, Some("/portal"), "ana@customer.example").await?;
    tx.commit_silently().await?;
    Ok(path)
}

async fn one(url: Option<String>, invoices: i64, engine: &str, report: &mut Report) -> anyhow::Result<Times> {
    let (app, _folder) = sizes::open("bench-billing", url).await?;
    let contact = fill(&app, invoices).await?;
    let served = Served::start(&app).await?;
    let path = link(&app, &contact).await?;
    let secret = path.rsplit('/').next().context("a link")?;
    let session = portal::links::follow(&app.store, secret, true, "127.0.0.1", "bench").await?;
    let bench = Bench {
        client: http().clone(),
        base: served.base.clone(),
        cookie: format!("{}={}", portal::links::COOKIE, session.secret),
    };
    let pages = [
        ("statement", "/portal/billing", "sum-value"),
        ("statement by status", "/portal/billing?sort=status", "OLD-"),
        ("statement of one year", "/portal/billing?year=2025", "OLD-"),
        ("an invoice", "/portal/documents/D1000002", "OLD-2"),
        ("an invoice's PDF", "/portal/documents/D1000002/pdf", "%PDF"),
    ];
    let times = served.ask(&bench.cookie, WARM, ASKED, &pages).await?;
    if invoices >= MANY {
        links(&app, &contact, &bench, engine, report).await?;
        zip(&bench, engine, report).await?;
    }
    served.stop();
    app.store.db().close().await;
    Ok(times)
}

/// Signing in by a link: what the button does.
async fn links(app: &App, contact: &ContactId, bench: &Bench, engine: &str, report: &mut Report) -> anyhow::Result<()> {
    let mut taken = Vec::with_capacity(LINKS);
    for _ in 0..LINKS {
        let path = link(app, contact).await?;
        let secret = path.rsplit('/').next().context("a link")?;
        let began = Instant::now();
        portal::links::follow(&app.store, secret, true, "127.0.0.1", "bench").await?;
        taken.push(began.elapsed().as_secs_f64() * 1000.0);
        let again = portal::links::follow(&app.store, secret, true, "127.0.0.1", "bench").await;
        ensure!(again.is_err(), "a link works twice");
    }
    ensure!(!bench.cookie.is_empty());
    taken.sort_by(f64::total_cmp);
    for (which, part) in [("p50", 0.5), ("p99", 0.99)] {
        let words = format!("{engine}: verifying a link, {which}");
        report.add(
            PART,
            words,
            percentile(&taken, part),
            "ms",
            None,
            Some(Aim::Below(50.0)),
        );
    }
    Ok(())
}

/// A thousand PDFs in one download: how long, and how much memory more than before.
async fn zip(bench: &Bench, engine: &str, report: &mut Report) -> anyhow::Result<()> {
    let body = (1..=ZIPPED)
        .map(|number| format!("id=D{}", 1_000_000 + number))
        .collect::<Vec<_>>()
        .join("&");
    let me = std::process::id();
    // The kernel forgets the highest mark so far.
    std::fs::write("/proc/self/clear_refs", "5").ok();
    let before = status(me, "VmRSS")?;
    let began = Instant::now();
    let answer = bench
        .client
        .post(format!("{}/portal/documents.zip", bench.base))
        .header("cookie", &bench.cookie)
        .header("content-type", "application/x-www-form-urlencoded")
        .timeout(std::time::Duration::from_secs(300))
        .body(body)
        .send()
        .await?
        .error_for_status()?;
    let mut bytes = 0_usize;
    let mut chunks = answer.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        bytes += chunk?.len();
    }
    ensure!(bytes > ZIPPED * 1_000, "a ZIP of {bytes} bytes");
    report.add(
        PART,
        format!("{engine}: ZIP of 1,000 invoices"),
        began.elapsed().as_secs_f64(),
        "s",
        None,
        None,
    );
    report.add(
        PART,
        format!("{engine}: ZIP of 1,000 invoices, its size"),
        bytes as f64 / MB,
        "MB",
        None,
        None,
    );
    let more = (status(me, "VmHWM")? - before).max(0.0) / MB;
    report.add(
        PART,
        format!("{engine}: ZIP of 1,000 invoices, memory above before"),
        more,
        "MB",
        None,
        Some(Aim::Below(50.0)),
    );
    Ok(())
}

/// The portal on both databases.
pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let postgres = Postgres::start_durable().await?;
    for engine in ["SQLite", "PostgreSQL"] {
        let url = async || sizes::fresh(engine, &postgres).await;
        let few = one(url().await?, FEW, engine, report).await?;
        let many = one(url().await?, MANY, engine, report).await?;
        // A page of fifty rows beside one of twelve: the rows themselves are not what may grow.
        let most = |what: &str, few: f64| {
            if what.starts_with("statement") {
                few * FLAT + 5.0
            } else {
                few * FLAT
            }
        };
        sizes::compare(report, PART, few, many, |what| format!("{engine}: {what}"), most);
    }
    Ok(())
}
