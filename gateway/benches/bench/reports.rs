//! The reports over many conversations, beside the same over ten thousand: a year of work, counted from
//! nothing, then asked for by real requests. A business that grows must not feel it.

use std::time::Instant;

use anyhow::ensure;
use conversation::db::{composed_sql, sql};
use conversation::reports::{self, Question};
use conversation::types::{Actor, Channel, Language, Role};
use conversation::{Env, Store, tallies};
use gateway::app::App;
use gateway::config::Config;
use gateway::people::agents::{self, NewAgent};
use gateway::people::sessions;
use tests::harness::{Postgres, WorkDir, http};

use crate::report::{Aim, Report, percentile};
use crate::setup;

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
    let numbers = "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1)";
    let id = "CAST(1000000000 + n.i AS TEXT)";
    let mut tx = store.begin().await?;
    sql("INSERT INTO inboxes (id, channel, name, language, settings, address, is_enabled, bot_enabled, health, health_detail, health_at, created_at) VALUES ('inbox', $1, 'bench', 'en', $2, 'support@shop.example', $3, $4, 'ok', '', 0, 0)")
        .bind(Channel::Email)
        .bind(Vec::<u8>::new())
        .bind(true)
        .bind(false)
        .run(&mut tx)
        .await?;
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
    let begun = format!("($2 - {DAYS} * {day} + n.i * {DAYS} * {} / $1 * 1000)", day / 1000);
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
    sql("INSERT INTO events (position, kind, conversation_id, subject_id, actor, at, data) SELECT number * 2 - 1, 'conversation.created', id, id, '{\"kind\":\"system\"}', created_at, '{\"status\":\"open\"}' FROM conversations")
        .run(&mut tx)
        .await?;
    sql("INSERT INTO events (position, kind, conversation_id, subject_id, actor, at, data) SELECT number * 2, 'conversation.updated', id, id, '{\"kind\":\"system\"}', created_at + 7200000, CASE WHEN status = 'resolved' THEN '{\"action\":\"resolved\"}' ELSE '{\"action\":\"prioritised\"}' END FROM conversations")
        .run(&mut tx)
        .await?;
    sql("UPDATE counters SET value = (SELECT MAX(position) FROM events) WHERE name = 'position'")
        .run(&mut tx)
        .await?;
    sql("UPDATE counters SET value = $1 WHERE name = 'conversation'")
        .bind(conversations)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    setup::settle(store).await?;
    tallies::recount(store).await?;
    Ok(())
}

/// What one size gave: what was asked, p50 and p99 in milliseconds; and how many a second were counted.
type Times = (Vec<(&'static str, f64, f64)>, f64);

async fn one(url: Option<String>, conversations: i64) -> anyhow::Result<Times> {
    let folder = WorkDir::new("bench-reports")?;
    let mut config = Config::default();
    config.data.dir = folder.path().join("data");
    config.database.url = url;
    let app = App::open(config, Env::system()).await?;
    let zone = app.config.time_zone();
    let new = NewAgent {
        email: "eva@shop.example".to_owned(),
        name: "Eva".to_owned(),
        role: Role::Supervisor,
        language: Language::En,
    };
    let me = agents::create(&app.store, &Actor::System, new).await?;
    let began = Instant::now();
    fill(&app.store, me.id.as_str(), conversations).await?;
    let filled = began.elapsed();
    let began = Instant::now();
    reports::rebuild(&app.store, &zone).await?;
    reports::follow(&app.store, &zone).await?;
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
    let secret = sessions::create(&app.store, &me.id, "bench", sessions::Proof::Password).await?;
    let handle = metrics_exporter_prometheus::PrometheusBuilder::new()
        .build_recorder()
        .handle();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    let routes = gateway::router::routes(&app, handle);
    let server = tokio::spawn(async move {
        let service = routes.into_make_service_with_connect_info::<std::net::SocketAddr>();
        axum::serve(listener, service).await
    });
    let mut times = Vec::new();
    for (what, path, wanted) in [
        ("30 days by channel", "/reports?period=30d&by=channel", "WhatsApp"),
        ("12 months by company", "/reports?period=365d&by=company", "Company "),
        (
            "CSV of 90 days by agent",
            "/reports.csv?table=breakdown&period=90d&by=agent",
            "Eva",
        ),
        ("live board", "/board", "board-people"),
    ] {
        let mut taken = Vec::with_capacity(ASKED);
        for number in 0..WARM + ASKED {
            let began = Instant::now();
            let answer = http()
                .get(format!("{base}{path}"))
                .header("cookie", format!("switchboard-session={secret}"))
                .send()
                .await?
                .error_for_status()?;
            let text = answer.text().await?;
            if number >= WARM {
                taken.push(began.elapsed().as_secs_f64() * 1000.0);
            }
            ensure!(text.contains(wanted), "{what}: nothing of what was asked for");
        }
        taken.sort_by(f64::total_cmp);
        times.push((what, percentile(&taken, 0.5), percentile(&taken, 0.99)));
    }
    server.abort();
    app.store.db().close().await;
    Ok((times, conversations as f64 / counted))
}

/// Reports and board at `size` conversations, on both databases.
pub(crate) async fn measure(report: &mut Report, size: i64) -> anyhow::Result<()> {
    let postgres = Postgres::start_durable().await?;
    for engine in ["SQLite", "PostgreSQL"] {
        let url = async || -> anyhow::Result<Option<String>> {
            Ok(match engine {
                "SQLite" => None,
                _ => Some(postgres.fresh_database().await?),
            })
        };
        let (small, _) = one(url().await?, SMALL).await?;
        let (many, rate) = one(url().await?, size).await?;
        for ((what, small_50, small_99), (_, many_50, many_99)) in small.into_iter().zip(many) {
            for (which, small, many) in [("p50", small_50, many_50), ("p99", small_99, many_99)] {
                let words = format!("{engine}: {what}, {size} conversations, {which}");
                report.add(PART, words, many, "ms", Some(small), Some(Aim::Below(small * FLAT)));
            }
        }
        report.add(PART, format!("{engine}: counted anew"), rate, "conv/s", None, None);
    }
    Ok(())
}
