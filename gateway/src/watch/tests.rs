//! Metrics are what the papers say; problems are told once; the page shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use conversation::db::sql;
use conversation::inbound::Cursor;
use conversation::mailboxes::{self, Unfiled};
use conversation::types::{Language, Role};
use conversation::{inboxes, notices};
use serde_json::Value;

use super::figures::Figures;
use super::finding::{Finding, Level};
use super::gauges::{Kind, METRICS};
use super::{problems, quick};
use crate::auth::testing::agent;
use crate::testing::TestApp;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn sources(folder: &Path, found: &mut String) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            found.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

/// The metrics that the sources of every crate record, by name.
fn recorded() -> BTreeMap<String, Kind> {
    let mut text = String::new();
    for folder in [
        "conversation",
        "channels",
        "kb",
        "search",
        "bots",
        "billing",
        "equipment",
        "portal",
        "gateway",
    ] {
        sources(&root().join(folder).join("src"), &mut text);
    }
    let mut found = BTreeMap::new();
    for (call, kind) in [
        ("metrics::counter!(", Kind::Counter),
        ("metrics::gauge!(", Kind::Gauge),
        ("metrics::histogram!(", Kind::Histogram),
    ] {
        for (at, _) in text.match_indices(call) {
            let rest = text[at + call.len()..].trim_start();
            if let Some(rest) = rest.strip_prefix('"') {
                let name = rest.split('"').next().unwrap().to_owned();
                let before = found.insert(name.clone(), kind);
                assert!(before.is_none_or(|before| before == kind), "{name} counts in two ways");
            }
        }
    }
    found
}

#[test]
fn the_table_has_every_metric_and_no_other() {
    let listed: BTreeMap<String, Kind> = METRICS
        .iter()
        .map(|(name, kind, _)| ((*name).to_owned(), *kind))
        .collect();
    assert_eq!(listed, recorded());
    assert_eq!(listed.len(), METRICS.len(), "one is listed twice");
}

/// The names of metrics in an expression of PromQL.
fn named(expression: &str) -> BTreeSet<String> {
    let mut text = String::new();
    let mut rest = expression;
    // Labels, within braces and after by, name no metric.
    while let Some(at) = rest.find(['{', 'b']) {
        let (before, after) = rest.split_at(at);
        text.push_str(before);
        let is_by = after.starts_with("by (");
        let end = if after.starts_with('{') {
            after.find('}')
        } else if is_by {
            after.find(')')
        } else {
            None
        };
        match end {
            Some(end) => rest = &after[end + 1..],
            None => {
                text.push_str(&after[..1]);
                rest = &after[1..];
            }
        }
    }
    text.push_str(rest);
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.contains('_') && *word != "histogram_quantile")
        .map(|word| {
            let base = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| word.strip_suffix(end))
                .filter(|base| {
                    METRICS
                        .iter()
                        .any(|(name, kind, _)| name == base && *kind == Kind::Histogram)
                });
            base.unwrap_or(word).to_owned()
        })
        .collect()
}

#[test]
fn dashboard_and_alerts_name_what_is_there() {
    assert_eq!(
        named(
            r#"topk(3, sum by (le, some_label) (rate(http_request_seconds_bucket{a_label="b_c"}[5m]))) / sse_clients"#
        ),
        BTreeSet::from(["http_request_seconds".to_owned(), "sse_clients".to_owned()])
    );
    let board: Value =
        serde_json::from_str(&std::fs::read_to_string(root().join("packaging/watch/grafana.json")).unwrap()).unwrap();
    let mut expressions: Vec<String> = board["panels"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|panel| panel["targets"].as_array().cloned().unwrap_or_default())
        .map(|target| target["expr"].as_str().unwrap().to_owned())
        .collect();
    assert!(expressions.len() > 20, "{}", expressions.len());
    let ids: BTreeSet<i64> = board["panels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|panel| panel["id"].as_i64().unwrap())
        .collect();
    assert_eq!(
        ids.len(),
        board["panels"].as_array().unwrap().len(),
        "every panel has an id of its own"
    );
    let alerts = std::fs::read_to_string(root().join("packaging/watch/alerts.yaml")).unwrap();
    let rules: Vec<String> = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: ").map(str::to_owned))
        .collect();
    assert!(rules.len() > 8, "{}", rules.len());
    expressions.extend(rules);
    let listed: BTreeSet<String> = METRICS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    for expression in expressions {
        let unknown: Vec<String> = named(&expression).difference(&listed).cloned().collect();
        assert!(unknown.is_empty(), "{expression}: {unknown:?} is no metric of ours");
    }
}

/// What is wrong with an inbox here.
const TROUBLE: inboxes::Trouble<'_> = inboxes::Trouble {
    code: "imap.auth",
    words: "LOGIN refused",
};

/// One look at everything but this machine's own disk, which may be full where the tests run.
async fn findings(test: &TestApp) -> Vec<Finding> {
    let mut found = quick::all(&test.app.config, test.store()).await.unwrap();
    found.retain(|one| one.check != "health-disk");
    found
}

async fn look(app: &TestApp) {
    problems::settle(&app.app, &findings(app).await, "here", true)
        .await
        .unwrap();
}

async fn count(test: &TestApp, query: &'static str) -> i64 {
    let (count,): (i64,) = sql(query).one(test.store().db()).await.unwrap();
    count
}

async fn found(test: &TestApp, check: &str) -> Finding {
    let all = quick::all(&test.app.config, test.store()).await.unwrap();
    all.into_iter().find(|one| one.check == check).unwrap()
}

#[tokio::test]
async fn a_problem_is_told_once_and_once_more_when_it_is_over() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    agent(&test, "boss", Role::Administrator).await;
    agent(&test, "lead", Role::Supervisor).await;
    // An administrator whose address is read here would get the mail as a customer's.
    agent(&test, "support", Role::Administrator).await;
    look(&test).await;
    assert!(problems::open(test.store().db()).await.unwrap().is_empty());

    inboxes::set_health(test.store(), &inbox, Some(TROUBLE)).await.unwrap();
    for _ in 0..3 {
        look(&test).await;
        test.clock.advance(60_000);
    }
    let open = problems::open(test.store().db()).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].name, format!("inbox:{inbox}"));
    const MAILS: &str = "SELECT COUNT(*) FROM notices WHERE recipient = 'boss@example.com'";
    assert_eq!(count(&test, MAILS).await, 1);
    assert_eq!(count(&test, "SELECT COUNT(*) FROM notices").await, 1, "to nobody else");

    // It comes and goes: still one problem.
    inboxes::set_health(test.store(), &inbox, None).await.unwrap();
    look(&test).await;
    test.clock.advance(60_000);
    inboxes::set_health(test.store(), &inbox, Some(TROUBLE)).await.unwrap();
    look(&test).await;
    assert_eq!(count(&test, MAILS).await, 1);

    inboxes::set_health(test.store(), &inbox, None).await.unwrap();
    for _ in 0..8 {
        look(&test).await;
        test.clock.advance(60_000);
    }
    assert!(problems::open(test.store().db()).await.unwrap().is_empty());
    assert_eq!(count(&test, MAILS).await, 2);
    let told: Vec<(String, String)> =
        sql("SELECT subject_id, data FROM events WHERE kind = 'health.changed' ORDER BY position")
            .all(test.store().db())
            .await
            .unwrap();
    let states: Vec<Value> = told
        .iter()
        .map(|(_, data)| serde_json::from_str::<Value>(data).unwrap()["state"].clone())
        .collect();
    assert_eq!(states, ["begun", "over"]);
    let (subject, text): (String, String) = sql("SELECT subject, text FROM notices ORDER BY id LIMIT 1")
        .one(test.store().db())
        .await
        .unwrap();
    assert_eq!(subject, "Problem: Inbox: Support");
    assert!(
        text.contains("LOGIN refused") && text.contains("test the connection"),
        "{text}"
    );
    let again = notices::lease(test.store(), "test", 10).await.unwrap();
    assert_eq!(again.len(), 2, "both can be sent");
}

#[tokio::test]
async fn mails_that_the_audit_misses_are_told_until_somebody_files_them() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    agent(&test, "boss", Role::Administrator).await;
    let cursor = Cursor {
        folder: "INBOX".to_owned(),
        uid_validity: 7,
        last_uid: 9,
    };
    mailboxes::attach(test.store(), &inbox, &cursor, 0, 0, false)
        .await
        .unwrap();
    let missing = Unfiled {
        folder: "INBOX".to_owned(),
        uid_validity: 7,
        uid: 8,
        message_id: Some("8@customer.example".to_owned()),
        sender: "bo@customer.example".to_owned(),
        subject: "Toner".to_owned(),
        size: 100,
        arrived_at: None,
    };
    look(&test).await;
    assert!(problems::open(test.store().db()).await.unwrap().is_empty());

    mailboxes::record_audit(test.store(), &inbox, "INBOX", Ok((2, vec![missing.clone()])))
        .await
        .unwrap();
    look(&test).await;
    let open = problems::open(test.store().db()).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].name, format!("unfiled:{inbox}:INBOX"));
    let (text,): (String,) = sql("SELECT text FROM notices WHERE recipient = 'boss@example.com'")
        .one(test.store().db())
        .await
        .unwrap();
    assert!(text.contains("mails of INBOX that are not filed: 1"), "{text}");

    mailboxes::settle_unfiled(test.store(), &inbox, &missing).await.unwrap();
    for _ in 0..8 {
        look(&test).await;
        test.clock.advance(60_000);
    }
    assert!(problems::open(test.store().db()).await.unwrap().is_empty());
    // Whichever process made the audit, all of them say the same on `/metrics`.
    let figures = Figures::read(test.store()).await.unwrap();
    assert_eq!(figures.unfiled.len(), 1);
    assert_eq!(figures.unfiled[0].count, 0);
}

#[tokio::test]
async fn what_one_process_keeps_another_does_not_tell() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    agent(&test, "boss", Role::Administrator).await;
    inboxes::set_health(test.store(), &inbox, Some(TROUBLE)).await.unwrap();
    problems::settle(&test.app, &findings(&test).await, "one", false)
        .await
        .unwrap();
    assert!(
        problems::open(test.store().db()).await.unwrap().is_empty(),
        "the keeper tells it"
    );
    let disk = Finding {
        level: Level::Bad,
        ..found(&test, "health-disk").await
    };
    for host in ["one", "two", "one"] {
        problems::settle(&test.app, std::slice::from_ref(&disk), host, false)
            .await
            .unwrap();
    }
    let names: Vec<String> = problems::open(test.store().db())
        .await
        .unwrap()
        .into_iter()
        .map(|problem| problem.name)
        .collect();
    assert_eq!(names, ["disk:one", "disk:two"]);
    // The second machine is gone for good: after a day the keeper forgets it.
    test.clock.advance(25 * 3_600_000);
    problems::settle(&test.app, &[disk], "one", true).await.unwrap();
    let open = problems::open(test.store().db()).await.unwrap();
    assert_eq!(open.len(), 1, "{open:?}");
}

#[tokio::test]
async fn what_waits_too_long_is_found() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    for check in ["health-events", "health-dead", "health-quarantine", "health-notices"] {
        assert_eq!(found(&test, check).await.level, Level::Good, "{check}");
    }
    test.mail(&inbox, "ana@customer.example", "1@customer.example", "Hello")
        .await;
    let mut tx = test.store().begin().await.unwrap();
    sql("INSERT INTO consumers (grp, low_water) VALUES ('bot', 0)")
        .run(&mut tx)
        .await
        .unwrap();
    sql("INSERT INTO consumer_failures (grp, position, attempts, error, is_dead, at) VALUES ('bot', 1, 5, 'broken', $1, 1)")
        .bind(true)
        .run(&mut tx)
        .await
        .unwrap();
    sql("INSERT INTO mailbox_looks (inbox_id, at) VALUES ($1, $2)")
        .bind(&inbox)
        .bind(test.store().now())
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    assert_eq!(
        found(&test, "health-events").await.level,
        Level::Good,
        "it has just happened"
    );
    assert_eq!(found(&test, "health-inbox").await.level, Level::Good);
    test.clock.advance(30 * 60_000);
    for (check, words) in [
        ("health-events", "bot is 30 minutes late"),
        ("health-dead", "1 put aside; the last: bot at 1: broken"),
        ("health-inbox", "was not read for 30 minutes"),
    ] {
        let one = found(&test, check).await;
        assert_eq!(one.level, Level::Bad, "{check}");
        let said = one.detail.words(Language::En);
        assert!(said.contains(words), "{said}");
        for language in Language::ALL {
            let next = one.next.as_ref().unwrap().words(*language);
            assert!(next.contains(' ') && !next.starts_with("health-"), "{next}");
        }
    }
    let mut config = (*test.app.config).clone();
    config.backup.every_hours = 24;
    let backup = quick::backups(&config, test.store()).await.unwrap();
    assert_eq!(backup.level, Level::Note, "a new installation has none yet");
    test.clock.advance(26 * 3_600_000);
    let backup = quick::backups(&config, test.store()).await.unwrap();
    assert_eq!(backup.level, Level::Bad);
}

#[tokio::test]
async fn people_see_how_it_is_and_what_to_do_in_their_language() {
    use crate::auth::testing::Browser;
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    inboxes::set_health(test.store(), &inbox, Some(TROUBLE)).await.unwrap();
    look(&test).await;
    let boss = agent(&test, "boss", Role::Administrator).await;
    let lead = agent(&test, "lead", Role::Supervisor).await;
    for who in [&boss, &lead] {
        let mut browser = Browser::of(&test, who).await;
        browser
            .get("/settings/health")
            .await
            .expect(200)
            .has("to see to")
            .has("Inbox: Support")
            .has("The server refuses user or password")
            .has("LOGIN refused")
            .has("Open the inbox under Settings, Inboxes and test the connection.")
            .has("Told and not over");
    }
    let mut browser = Browser::of(&test, &boss).await;
    // Everything at once, without a server outside that would answer.
    browser
        .post("/settings/health", &[])
        .await
        .expect(200)
        .has("Everything was checked")
        .has(
            "0 events, no gap"
                .replace('0', &test.store().head().await.unwrap().to_string())
                .as_str(),
        )
        .has("reads no mailbox");
    for (language, words) in [
        ("es", "El servidor rechaza usuario o contraseña"),
        ("pt", "O servidor recusa usuário ou senha"),
    ] {
        let mut tx = test.store().begin().await.unwrap();
        sql("UPDATE agents SET language = $1")
            .bind(language)
            .run(&mut tx)
            .await
            .unwrap();
        tx.commit_silently().await.unwrap();
        let page = browser.get("/settings/health").await.expect(200);
        page.has(words);
    }
    let mut tx = test.store().begin().await.unwrap();
    sql("INSERT INTO consumer_failures (grp, position, attempts, error, is_dead, at) VALUES ('bot', 1, 5, 'broken', $1, 1)")
        .bind(true)
        .run(&mut tx)
        .await
        .unwrap();
    sql("INSERT INTO consumers (grp, low_water) VALUES ('bot', 0)")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    Browser::of(&test, &lead)
        .await
        .post("/settings/health/dead", &[])
        .await
        .expect(403);
    assert_eq!(found(&test, "health-dead").await.level, Level::Bad);
    browser.post("/settings/health/dead", &[]).await.expect(303);
    assert_eq!(found(&test, "health-dead").await.level, Level::Good);
}
