//! From the oldest schema to today's, on both databases: what was written years ago is read, found and answered by
//! this release; and a release does not touch what a newer one wrote.

use conversation::blobs::{Blobs, folder};
use conversation::conversations::Conversation;
use conversation::db::catalog::{self, newest_schema};
use conversation::db::{Db, sql};
use conversation::env::FakeClock;
use conversation::inboxes;
use conversation::ingest::{Outcome, ingest};
use conversation::keys::Keys;
use conversation::types::{Actor, AgentId, Channel, ConversationId, ConversationStatus, InboxId, MatchedBy};
use conversation::{Env, Store, access, lifecycle};
use tests::harness::fresh_database;
use tests::need;

use super::bed::{NOON, mail};

/// The first schema that a release had: core, agents, customers, knowledge.
const OLDEST: i64 = 4;

/// The newest migration of release 0.1.0: up to here nobody else's processes were at work.
const FIRST_RELEASE: i64 = 32;

/// What the first release wrote, in its own words.
const THEN: [&str; 13] = [
    "INSERT INTO contacts (id, name, language, created_at, updated_at) VALUES ('c1', 'Bea', 'es', 1000, 1000), ('c2', 'Old Bea', 'es', 900, 900)",
    "UPDATE contacts SET merged_into = 'c1' WHERE id = 'c2'",
    "INSERT INTO identities (id, contact_id, kind, value, is_verified, source, created_at) VALUES ('i1', 'c1', 'email', 'bea@customer.test', TRUE, 'email', 1000), ('i2', 'c1', 'whatsapp', '34600100200', TRUE, 'whatsapp', 1000)",
    "INSERT INTO agents (id, email, name, role, language, password_hash, is_enabled, created_at) VALUES ('a1', 'ana@example.test', 'Ana', 'administrator', 'es', NULL, TRUE, 1000)",
    "INSERT INTO conversations (id, number, contact_id, inbox_id, channel, subject, language, status, level, assignee_id, priority, reply_address, preview, message_count, waiting_since, last_inbound_at, last_message_at, resolved_at, version, position, created_at, updated_at)
     VALUES ('v1', 1, 'c1', 'x1', 'email', 'Toner', 'es', 'open', 'N1', 'a1', 'high', 'bea@customer.test', 'It is empty', 2, 2000, 2000, 2000, NULL, 1, 4, 1000, 2000),
            ('v2', 2, 'c1', 'x1', 'email', NULL, 'es', 'resolved', 'N1', NULL, 'normal', 'bea@customer.test', 'Thanks', 1, NULL, 1500, 1500, 1500, 1, 2, 1500, 1500)",
    "INSERT INTO messages (id, conversation_id, kind, channel, inbox_id, author_kind, author_id, external_id, text, cards, auto, sent_at, at, created_at)
     VALUES ('m1', 'v1', 'inbound', 'email', 'x1', 'contact', 'c1', '1@c', 'It is empty', '[]', 'none', 1000, 1000, 1000),
            ('m2', 'v1', 'outbound', 'email', 'x1', 'agent', 'a1', NULL, 'On its way', '[]', 'none', 1100, 1100, 1100),
            ('m3', 'v2', 'inbound', 'email', 'x1', 'contact', 'c1', '3@c', 'Thanks', '[]', 'none', 1500, 1500, 1500)",
    "INSERT INTO thread_ids (mid, conversation_id, is_held, created_at) VALUES ('1@c', 'v1', TRUE, 1000), ('3@c', 'v2', TRUE, 1500)",
    "INSERT INTO participants (conversation_id, value) VALUES ('v1', 'bea@customer.test'), ('v2', 'bea@customer.test')",
    "INSERT INTO deliveries (id, message_id, conversation_id, inbox_id, channel, external_id, recipient, state, attempts, queued_at, sent_at) VALUES ('d1', 'm2', 'v1', 'x1', 'email', 'm2@us', 'bea@customer.test', 'sent', 1, 1100, 1101)",
    "INSERT INTO tickets (id, number, conversation_id, contact_id, subject, kind, priority, level, status, brief, created_at, updated_at, version) VALUES ('t1', 1, 'v1', 'c1', 'Toner', 'incident', 'high', 'N1', 'open', '', 1000, 1000, 1)",
    "INSERT INTO events (position, kind, conversation_id, subject_id, actor, at, data) VALUES
     (1, 'conversation.created', 'v1', 'v1', '{\"kind\":\"contact\",\"id\":\"c1\"}', 1000, '{}'), (2, 'conversation.created', 'v2', 'v2', '{\"kind\":\"contact\",\"id\":\"c1\"}', 1500, '{}'),
     (3, 'message.created', 'v1', 'm1', '{\"kind\":\"contact\",\"id\":\"c1\"}', 1000, '{\"kind\":\"inbound\"}'), (4, 'message.created', 'v1', 'm2', '{\"kind\":\"agent\",\"id\":\"a1\"}', 1100, '{\"kind\":\"outbound\"}')",
    "UPDATE counters SET value = 4 WHERE name = 'position'",
    "UPDATE counters SET value = CASE name WHEN 'conversation' THEN 2 ELSE 1 END WHERE name IN ('conversation', 'ticket')",
];

async fn store(url: &str, files: &tempfile::TempDir) -> Store {
    let db = Db::connect(url, 4).await.expect("the database");
    let blobs = Blobs::new(db.clone(), folder(files.path()).expect("a folder"));
    let env = Env::fixed(FakeClock::new(NOON), 7);
    Store::new(db, blobs, env, Keys::new(vec![[7; 32]]).expect("keys"))
}

async fn written_then(store: &Store) {
    store.db().migrate_to_version(OLDEST).await.expect("the oldest schema");
    // Settings are sealed by the program, then as now.
    let sealed = store
        .keys()
        .seal(store.env(), b"{\"address\":\"support@example.test\"}")
        .expect("sealed");
    let mut tx = store.begin().await.expect("begin");
    let columns: Vec<String> = catalog::tables(&mut tx)
        .await
        .expect("tables")
        .into_iter()
        .find(|table| table.name == "inboxes")
        .map(|table| table.columns.into_iter().map(|column| column.name).collect())
        .expect("inboxes");
    assert!(columns.contains(&"settings".to_owned()), "{columns:?}");
    sql("INSERT INTO inboxes (id, channel, name, language, address, settings, bot_enabled, is_enabled, health, health_detail, health_at, created_at) VALUES ('x1', 'email', 'Support', 'es', 'support@example.test', $1, FALSE, TRUE, 'ok', '', 1000, 1000)")
        .bind(sealed)
        .run(&mut tx)
        .await
        .expect("an inbox");
    for statement in THEN {
        sql(statement).run(&mut tx).await.expect(statement);
    }
    tx.commit_silently().await.expect("commit");
}

async fn everything_is_there(store: &Store) {
    let ana = Actor::Agent(AgentId::from("a1"));
    let open: Conversation = access::conversation(store.db(), &ana, &ConversationId::from("v1"))
        .await
        .expect("the conversation");
    assert_eq!(
        (open.number, open.status, open.message_count),
        (1, ConversationStatus::Open, 2)
    );
    let inbox = InboxId::from("x1");
    let settings: serde_json::Value = inboxes::settings(store, &inbox).await.expect("its settings");
    assert_eq!(settings["address"], "support@example.test");
    assert_eq!(
        inboxes::find(store.db(), Channel::Email, "Support")
            .await
            .expect("it")
            .id,
        inbox
    );

    // Known mail is known, an answer finds its conversation, and work goes on.
    let mut known = mail(&inbox, "bea@customer.test", "1@c", "It is empty");
    let again = ingest(store, std::slice::from_ref(&known)).await.expect("filed");
    assert_eq!(again[0].outcome, Outcome::Duplicate);
    known.external_id = "5@c".to_owned();
    known.thread.in_reply_to = vec!["3@c".to_owned()];
    let filed = ingest(store, &[known]).await.expect("filed");
    assert_eq!(
        (filed[0].conversation.clone(), filed[0].matched_by),
        (Some(ConversationId::from("v2")), Some(MatchedBy::InReplyTo))
    );
    lifecycle::act(store, &ana, &ConversationId::from("v1"), lifecycle::Action::Resolve)
        .await
        .expect("resolved");
    // The counts of the lists were made from what stood there.
    let (counted, right): (i64, i64) =
        sql("SELECT (SELECT COUNT(*) FROM tallies WHERE n < 0), (SELECT CAST(SUM(n) AS BIGINT) FROM tallies)")
            .one(store.db())
            .await
            .expect("counts");
    assert_eq!((counted, right), (0, 2));
    let ticket = access::ticket(store.db(), &ana, &conversation::types::TicketId::from("t1"))
        .await
        .expect("the ticket");
    assert_eq!(ticket.number, 1);
}

async fn upgraded(url: String) {
    let files = tempfile::tempdir().expect("a folder");
    let store = store(&url, &files).await;
    written_then(&store).await;
    // Step by step, as somebody who skipped no release, and at once for the rest.
    for version in OLDEST + 1..newest_schema() {
        if store.db().migrate_to_version(version).await.is_err() {
            // There is no migration of this number.
            continue;
        }
    }
    store.db().migrate().await.expect("today's schema");
    store.db().migrate().await.expect("again");
    everything_is_there(&store).await;
    store.db().close().await;
}

async fn refused(url: String) {
    let files = tempfile::tempdir().expect("a folder");
    let store = store(&url, &files).await;
    store.db().migrate().await.expect("today's schema");
    let mut tx = store.begin().await.expect("begin");
    sql("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) SELECT 9999, 'tomorrow', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1")
        .run(&mut tx)
        .await
        .expect("tomorrow's migration");
    tx.commit_silently().await.expect("commit");
    let words = store.db().migrate().await.expect_err("it is newer").to_string();
    for part in ["a newer release wrote this database", "9999", "restore the backup"] {
        assert!(words.contains(part), "{words}");
    }
    store.db().close().await;
}

fn sqlite(files: &tempfile::TempDir) -> String {
    format!("sqlite:{}", files.path().join("data.sqlite").display())
}

#[tokio::test]
async fn the_oldest_data_set_is_upgraded_on_sqlite() {
    let files = tempfile::tempdir().expect("a folder");
    upgraded(sqlite(&files)).await;
}

#[tokio::test]
async fn the_oldest_data_set_is_upgraded_on_postgres() {
    upgraded(need!(fresh_database().await)).await;
}

#[tokio::test]
async fn a_newer_database_is_refused_in_words_on_sqlite() {
    let files = tempfile::tempdir().expect("a folder");
    refused(sqlite(&files)).await;
}

#[tokio::test]
async fn a_newer_database_is_refused_in_words_on_postgres() {
    refused(need!(fresh_database().await)).await;
}

/// The old processes write on while the new ones start: what they know stays as they know it.
#[test]
fn a_migration_only_adds() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let mut looked_at = 0;
    let mut narrowed = Vec::new();
    for entry in std::fs::read_dir(folder).expect("migrations") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default()
            .to_owned();
        if !name.ends_with(".sql") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a migration");
        let code: String = text
            .lines()
            .map(|line| line.split("--").next().unwrap_or_default())
            .collect::<Vec<_>>()
            .join("\n");
        let code = code.to_uppercase();
        for statement in code.split(';') {
            let words: Vec<&str> = statement.split_whitespace().collect();
            let has = |pair: [&str; 2]| words.windows(2).any(|two| two == pair);
            let takes_away = has(["DROP", "TABLE"]) || has(["DROP", "COLUMN"]) || words.contains(&"RENAME");
            // What the release before writes twice, or as something else, would be refused.
            let narrows = has(["UNIQUE", "INDEX"])
                && words
                    .windows(2)
                    .find(|two| two[0] == "ON")
                    .is_some_and(|two| !code.contains(&format!("CREATE TABLE {} (", two[1].trim_end_matches('('))));
            if name[..4].parse::<i64>().is_ok_and(|number| number > FIRST_RELEASE)
                && (narrows || has(["ALTER", "COLUMN"]) || has(["ADD", "CONSTRAINT"]))
            {
                narrowed.push(format!("{name}: {}", words.join(" ")));
            }
            let demands = has(["ADD", "COLUMN"]) && has(["NOT", "NULL"]) && !words.contains(&"DEFAULT");
            assert!(
                !takes_away && !demands,
                "{name}: `{}` breaks the release before, which still runs; add now, take away in a later release",
                words.join(" ")
            );
        }
        looked_at += 1;
    }
    assert_eq!(narrowed, Vec::<String>::new());
    assert!(looked_at > 20);
}
