//! The reports over many conversations, beside the same over ten thousand: a year of work, counted from
//! nothing, then asked for by real requests. A business that grows must not feel it.

use std::time::Instant;

use anyhow::ensure;
use conversation::db::{composed_sql, sql};
use conversation::reports::{self, Question};
use conversation::types::Role;
use conversation::{Store, tallies};
use tests::harness::Postgres;

use crate::report::Report;
use crate::setup;
use crate::sizes::{self, NUMBERS, Served, Times};

const PART: &str = "reports: the same request over many conversations and over 10,000 (the floor)";
const SMALL: i64 = 10_000;
const DAYS: i64 = 365;
const CONTACTS: i64 = 5_000;
const COMPANIES: i64 = 300;
const WARM: usize = 5;
const ASKED: usize = 60;
/// How much slower many may be than ten thousand.
const FLAT: f64 = 1.5;

/// A year of conversations of one question and one answer, one in fifty still open.
async fn fill(store: &Store, me: &str, conversations: i64) -> anyhow::Result<()> {
    let now = store.now();
    let day = 86_400_000_i64;
    let numbers = NUMBERS;
    let id = "CAST(1000000000 + n.i AS TEXT)";
    let mut tx = store.begin().await?;
    sizes::inbox(&mut tx).await?;
    composed_sql(format!(
        "INSERT INTO companies (id, name, created_at) {numbers} SELECT 'K' || {id}, 'Company ' || n.i, 0 FROM n"
    ))
    .bind(COMPANIES)
    .run(&mut tx)
    .await?;
    composed_sql(format!("INSERT INTO contacts (id, name, language, company_id, created_at, updated_at) {numbers} SELECT 'P' || {id}, 'Customer ' || n.i, 'en', 'K' || CAST(1000000001 + n.i % {COMPANIES} AS TEXT), 0, 0 FROM n"))
        .bind(CONTACTS)
        .run(&mut tx)
        .await?;
    // Spread over the year, whatever their number.
    let begun = format!(
        "($2 - {} + CAST(n.i AS BIGINT) * {} / $1 * 1000)",
        DAYS * day,
        DAYS * (day / 1000)
    );
    composed_sql(format!(
        "INSERT INTO conversations (id, number, contact_id, inbox_id, channel, subject, language, status, level, assignee_id, priority, preview, message_count, waiting_since, last_inbound_at, last_message_at, resolved_at, version, position, created_at, updated_at)
         {numbers} SELECT 'C' || {id}, n.i, 'P' || CAST(1000000001 + n.i % {CONTACTS} AS TEXT), 'inbox', CASE WHEN n.i % 3 = 0 THEN 'whatsapp' WHEN n.i % 3 = 1 THEN 'email' ELSE 'webchat' END, 'Matter', 'en',
            CASE WHEN n.i % 50 = 0 THEN 'open' ELSE 'resolved' END, 'N1', $3, 'normal', '', 2, CASE WHEN n.i % 50 = 0 THEN {begun} END, {begun}, {begun}, CASE WHEN n.i % 50 = 0 THEN NULL ELSE {begun} + 7200000 END, 1, n.i * 2, {begun}, {begun} FROM n"
    ))
    .bind(conversations)
    .bind(now)
    .bind(me)
    .run(&mut tx)
    .await?;
    sql("INSERT INTO messages (id, conversation_id, kind, channel, inbox_id, author_kind, author_id, text, cards, auto, sent_at, at, created_at) SELECT 'I' || id, id, 'inbound', channel, inbox_id, 'contact', contact_id, 'Hi', '[]', 'none', created_at, created_at, created_at FROM conversations")
        .run(&mut tx)
        .await?;
    sql("INSERT INTO messages (id, conversation_id, kind, channel, inbox_id, author_kind, author_id, text, cards, auto, sent_at, at, created_at) SELECT 'O' || id, id, 'outbound', channel, inbox_id, 'agent', $1, 'Done', '[]', 'none', created_at, created_at + 60000 * (number % 90 + 1), created_at FROM conversations")
        .bind(me)
        .run(&mut tx)
        .await?;
    // After what setting up has told.
    let (told,): (i64,) = sql("SELECT value FROM counters WHERE name = 'position'")
        .one(&mut tx)
        .await?;
    sql("INSERT INTO events (position, kind, conversation_id, subject_id, actor, at, data) SELECT $1 + number * 2 - 1, 'conversation.created', id, id, '{\"kind\":\"system\"}', created_at, '{\"status\":\"open\"}' FROM conversations")
        .bind(told)
        .run(&mut tx)
        .await?;
    sql("INSERT INTO events (position, kind, conversation_id, subject_id, actor, at, data) SELECT $1 + number * 2, 'conversation.updated', id, id, '{\"kind\":\"system\"}', created_at + 7200000, CASE WHEN status = 'resolved' THEN '{\"action\":\"resolved\"}' ELSE '{\"action\":\"prioritised\"}' END FROM conversations")
        .bind(told)
        .run(&mut tx)
        .await?;
    sizes::counted(&mut tx, conversations).await?;
    tx.commit_silently().await?;
    setup::settle(store).await?;
    tallies::recount(store).await?;
    Ok(())
}

/// What one size gave, and how many conversations a second were counted.
type Counted = (Times, f64);

async fn one(url: Option<String>, conversations: i64) -> anyhow::Result<Counted> {
    let (app, _folder) = sizes::open("bench-reports", url).await?;
    let zone = app.tz();
    let me = sizes::agent(&app, "Eva", Role::Supervisor).await?;
    let began = Instant::now();
    fill(&app.store, me.id.as_str(), conversations).await?;
    let filled = began.elapsed();
    let began = Instant::now();
    reports::rebuild(&app.store, zone).await?;
    reports::follow(&app.store, zone).await?;
    let counted = began.elapsed().as_secs_f64();
    let all = reports::total(app.store.db(), &Question::all("0000-01-01", "9999-12-31")).await?;
    ensure!(
        all.created == conversations && all.answers == conversations && all.opened - all.closed == conversations / 50,
        "the figures are not those of what was filled in: {all:?}"
    );
    eprintln!(
        "  {} {conversations} conversations: filled in {:.0} s, counted in {counted:.0} s",
        app.store.db().engine(),
        filled.as_secs_f64()
    );
    let cookie = sizes::signed_in(&app, &me).await?;
    let served = Served::start(&app).await?;
    let pages = [
        ("30 days by channel", "/reports?period=30d&by=channel", "WhatsApp"),
        ("12 months by company", "/reports?period=365d&by=company", "Company "),
        (
            "CSV of 90 days by agent",
            "/reports.csv?table=breakdown&period=90d&by=agent",
            "Eva",
        ),
        ("live board", "/board", "board-people"),
    ];
    let times = served.ask(&cookie, WARM, ASKED, &pages).await?;
    served.stop();
    app.store.db().close().await;
    Ok((times, conversations as f64 / counted))
}

/// Reports and board at `size` conversations, on both databases.
pub(crate) async fn measure(report: &mut Report, size: i64) -> anyhow::Result<()> {
    let postgres = Postgres::start_durable().await?;
    for engine in ["SQLite", "PostgreSQL"] {
        let url = async || sizes::fresh(engine, &postgres).await;
        let (small, _) = one(url().await?, SMALL).await?;
        let (many, rate) = one(url().await?, size).await?;
        let words = |what: &str| format!("{engine}: {what}, {size} conversations");
        sizes::compare(report, PART, small, many, words, |_, small| small * FLAT);
        report.add(PART, format!("{engine}: counted anew"), rate, "conv/s", None, None);
    }
    Ok(())
}
