//! The portal of a company with many machines and ten years of monthly readings, beside one with few: real requests
//! of a signed-in customer and of an agent, and readings handed in.

use std::time::Instant;

use ::billing::customers::{self, CustomerData, Preferred};
use ::billing::day;
use ::equipment::machines::{self, MachineData};
use ::equipment::readings::{self, Entered, NewReading};
use ::equipment::sites::{self, SiteData};
use ::equipment::{CounterId, CounterKind, Source, Status, counters};
use anyhow::{Context as _, ensure};
use conversation::db::{composed_sql, sql};
use conversation::types::{Actor, IdentityKind, Language, Role};
use conversation::{contacts, doors};
use gateway::app::App;
use tests::harness::Postgres;

use crate::report::Report;
use crate::setup;
use crate::sizes::{self, NUMBERS, Served, Times, quantiles};

const PART: &str = "machines: a company with 2,000, ten years of monthly readings, and with 60 (the floor)";
/// More than a page of the list shows, so that both draw the same.
const FEW: i64 = 60;
const MANY: i64 = 2_000;
const MONTHS: i64 = 120;
const SITES: i64 = 40;
const WARM: usize = 10;
const ASKED: usize = 100;
/// How much slower many may be than few.
const FLAT: f64 = 1.5;
/// Milliseconds of a page that shows more where there is more.
const PAGE: f64 = 200.0;

/// One machine with two counters as an agent enters it, and copies of it; each counter's ten years, and the wish for
/// the number of this month.
async fn fill(app: &App, machines: i64) -> anyhow::Result<()> {
    let store = &app.store;
    let today = app.billing.today();
    let began = day::plus(today, -(MONTHS + 1) * 30);
    let mut tx = store.begin().await?;
    let data = CustomerData {
        phone: None,
        name: "Copies Ltd".to_owned(),
        email: Some("ana@customer.example".to_owned()),
        is_company: true,
        language: Language::En,
        channel: Preferred::Email,
        tax_id: String::new(),
        address: String::new(),
    };
    let customer = customers::create_in(&mut tx, &Actor::System, data).await?;
    let site = SiteData {
        name: "Site 0".to_owned(),
        address: "1 Main Street".to_owned(),
        position: Some((-180_653, -78_467_834)),
        contact_name: String::new(),
        contact_phone: String::new(),
        notes: String::new(),
    };
    let site = sites::create_in(&mut tx, &Actor::System, &customer, site).await?;
    let data = MachineData {
        site: Some(site.clone()),
        contract: None,
        model: "Ricoh IM C3000".to_owned(),
        serial: "SERIAL0".to_owned(),
        place: "1st floor".to_owned(),
        status: Status::Active,
        installed_on: None,
        consumables: Vec::new(),
        notes: String::new(),
    };
    let machine = machines::create_in(&mut tx, &app.equipment, &Actor::System, &customer, data).await?;
    for kind in [CounterKind::Mono, CounterKind::Color] {
        counters::add_in(&mut tx, &Actor::System, &machine, kind, 8, 0, began).await?;
    }
    tx.commit().await?;

    let mut tx = store.begin().await?;
    let numbers = NUMBERS;
    composed_sql(format!(
        "INSERT INTO sites (id, customer_id, name, address, latitude, longitude, contact_name, contact_phone, notes, created_at, updated_at)
         {numbers} SELECT 'S' || CAST(1000 + n.i AS TEXT), s.customer_id, 'Site ' || n.i, s.address, s.latitude + n.i * 900, s.longitude + n.i * 900, '', '', '', 0, 0 FROM n CROSS JOIN sites s WHERE s.id = $2"
    ))
    .bind(SITES)
    .bind(site.as_str())
    .run(&mut tx)
    .await?;
    let id = "CAST(100000 + n.i AS TEXT)";
    composed_sql(format!(
        "INSERT INTO machines (id, customer_id, site_id, model, serial, place, status, code, consumables, notes, sort, created_at, updated_at, version)
         {numbers} SELECT 'M' || {id}, m.customer_id, 'S' || CAST(1001 + n.i % {SITES} AS TEXT), m.model, 'SERIAL' || n.i, m.place, m.status, 'CODE' || {id}, m.consumables, m.notes, m.sort || {id}, 0, 0, 1 FROM n CROSS JOIN machines m WHERE m.id = $2"
    ))
    .bind(machines - 1)
    .bind(machine.as_str())
    .run(&mut tx)
    .await?;
    sql("INSERT INTO machine_words (word, machine_id) SELECT w.word, m.id FROM machine_words w CROSS JOIN machines m WHERE w.machine_id = $1 AND m.id <> $1 AND w.word <> 'serial0'")
        .bind(machine.as_str())
        .run(&mut tx)
        .await?;
    sql("INSERT INTO machine_words (word, machine_id) SELECT LOWER(m.serial), m.id FROM machines m WHERE m.id <> $1")
        .bind(machine.as_str())
        .run(&mut tx)
        .await?;
    sql("INSERT INTO counters_of_machines (id, machine_id, kind, digits, start_value, start_on, last_value, last_on, last_total, pace) SELECT c.kind || '-' || m.id, m.id, c.kind, c.digits, c.start_value, c.start_on, c.last_value, c.last_on, c.last_total, c.pace FROM counters_of_machines c CROSS JOIN machines m WHERE c.machine_id = $1 AND m.id <> $1")
        .bind(machine.as_str())
        .run(&mut tx)
        .await?;
    // What month it is says a table of its own: days are texts, and neither database counts months like the other.
    sql("CREATE TABLE bench_months (i BIGINT PRIMARY KEY, taken_on TEXT NOT NULL)")
        .run(&mut tx)
        .await?;
    for number in 1..=MONTHS {
        sql("INSERT INTO bench_months (i, taken_on) VALUES ($1, $2)")
            .bind(number)
            .bind(day::plus(began, number * 30).to_string())
            .run(&mut tx)
            .await?;
    }
    let last = day::plus(began, MONTHS * 30).to_string();
    sql("INSERT INTO readings (id, counter_id, machine_id, taken_on, value, total, kind, source, is_void, note, actor, created_at) SELECT c.id || '-' || CAST(1000 + b.i AS TEXT), c.id, c.machine_id, b.taken_on, b.i * 1500, b.i * 1500, 'plain', 'portal', $1, '', '{\"kind\":\"system\"}', 0 FROM counters_of_machines c CROSS JOIN bench_months b")
        .bind(false)
        .run(&mut tx)
        .await?;
    sql("UPDATE counters_of_machines SET last_value = $1, last_total = $1, last_on = $2, pace = 50000")
        .bind(MONTHS * 1_500)
        .bind(last)
        .run(&mut tx)
        .await?;
    sql("INSERT INTO reading_wishes (id, customer_id, machine_id, due_on, since, reminded, created_at) SELECT 'W' || id, customer_id, id, $1, $2, '[]', 0 FROM machines")
        .bind(day::plus(today, 5).to_string())
        .bind(today.to_string())
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    setup::settle(store).await
}

async fn one(url: Option<String>, many: i64) -> anyhow::Result<Times> {
    let (app, _folder) = sizes::open("bench-machines", url).await?;
    let began = Instant::now();
    fill(&app, many).await?;
    let stored = setup::count(&app.store, "SELECT COUNT(*) FROM readings").await?;
    ensure!(stored == many * 2 * MONTHS, "{stored} readings of {many} machines");
    eprintln!(
        "  {} {many} machines, {stored} readings: filled in {:.0} s",
        app.store.db().engine(),
        began.elapsed().as_secs_f64()
    );
    let (contact, _) = contacts::by_identity(app.store.db(), IdentityKind::Email, "ana@customer.example")
        .await?
        .context("the customer's contact")?;
    let mut tx = app.store.begin().await?;
    let path = doors::make_in(&mut tx, &contact.id, Some("/portal"), "ana@customer.example").await?;
    tx.commit_silently().await?;
    let secret = path.rsplit('/').next().context("a link")?;
    let session = portal::links::follow(&app.store, secret, true, "127.0.0.1", "bench").await?;
    let me = sizes::agent(&app, "Eva", Role::Administrator).await?;
    let agent = sizes::signed_in(&app, &me).await?;
    let cookies = format!("{}={}; {agent}", portal::links::COOKIE, session.secret);
    let served = Served::start(&app).await?;
    let found = format!("/portal/machines?q=serial{}", many / 2);
    let pages = [
        ("home", "/portal", "eq-tile"),
        ("machine list", "/portal/machines", "SERIAL"),
        (
            "machine list, its second page",
            "/portal/machines?after=M100009",
            "SERIAL",
        ),
        ("machine list, searched", found.as_str(), "SERIAL"),
        ("a machine", "/portal/machines/M100005", "SERIAL5"),
        ("the map", "/portal/map", "Site 7"),
        ("readings that are wanted", "/portal/readings", "value-mono-M1000"),
        ("an agent's list of machines", "/equipment", "SERIAL"),
    ];
    let mut times = served.ask(&cookies, WARM, ASKED, &pages).await?;
    served.stop();

    let mut taken = Vec::with_capacity(ASKED);
    for number in 0..i64::try_from(ASKED)?.min(many - 1) {
        let began = Instant::now();
        let mut tx = app.store.begin().await?;
        let new = NewReading {
            counter: CounterId::from(format!("mono-M{}", 100_001 + number)),
            value: MONTHS * 1_500 + 1_400,
            on: app.billing.today(),
            source: Source::Portal,
            meaning: None,
            note: String::new(),
        };
        let entered = readings::enter_in(&mut tx, &app.equipment, &Actor::System, new).await?;
        ensure!(matches!(entered, Entered::Stored(_)), "a reading was doubted");
        tx.commit().await?;
        taken.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    times.push(quantiles("a reading handed in", taken));
    app.store.db().close().await;
    Ok(times)
}

/// Few and many machines on both databases.
pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let postgres = Postgres::start_durable().await?;
    for engine in ["SQLite", "PostgreSQL"] {
        let url = async || sizes::fresh(engine, &postgres).await;
        let few = one(url().await?, FEW).await?;
        let many = one(url().await?, MANY).await?;
        let most = |what: &str, few: f64| if what.starts_with("readings") { PAGE } else { few * FLAT };
        sizes::compare(report, PART, few, many, |what| format!("{engine}: {what}"), most);
    }
    Ok(())
}
