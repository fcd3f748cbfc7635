//! What is asked again and again is answered by an index, before SQLite knows how large anything became.

use conversation::db::{Db, Sql, composed_sql};
use conversation::desk::pushes;
use conversation::desk::rules::{Occasion, timed};
use conversation::surveys::by_hand;
use conversation::types::Channel;
use conversation::{board, deliveries, lists, scheduled};

use super::bed::{Bed, both, mail};

/// The steps of the plan that walk through a whole table, or through everybody of one kind.
async fn walks(bed: &Bed, statement: &str) -> Vec<String> {
    let plan: Vec<(i64, i64, i64, String)> = composed_sql(format!("EXPLAIN QUERY PLAN {statement}"))
        .all(bed.store.db())
        .await
        .expect("a plan");
    plan.into_iter()
        .map(|(.., step)| step)
        // What was chosen before may be walked through.
        .filter(|step| {
            let is_chosen = step.contains("earliest") || step == "SCAN found" || step == "SCAN CONSTANT ROW";
            let is_walk = step.starts_with("SCAN") && !is_chosen;
            is_walk || step.contains("(kind=?)")
        })
        .collect()
}

#[tokio::test]
async fn what_senders_ask_has_its_index() {
    let bed = Bed::sqlite().await;
    for statement in deliveries::OFTEN.into_iter().chain([scheduled::DUE]) {
        assert_eq!(walks(&bed, statement).await, Vec::<String>::new(), "{statement}");
    }
    let through_all = "SELECT id FROM deliveries WHERE progress = $1";
    assert!(!walks(&bed, through_all).await.is_empty(), "a walk is recognised");
}

#[tokio::test]
async fn the_window_of_a_customer_is_found_by_the_address() {
    let bed = Bed::sqlite().await;
    assert_eq!(walks(&bed, deliveries::WINDOW).await, Vec::<String>::new());
    let plan: Vec<(i64, i64, i64, String)> = composed_sql(format!("EXPLAIN QUERY PLAN {}", deliveries::WINDOW))
        .all(bed.store.db())
        .await
        .expect("a plan");
    let of_windows: Vec<&str> = plan
        .iter()
        .map(|(.., step)| step.as_str())
        .filter(|step| step.contains("windows"))
        .collect();
    assert!(
        matches!(of_windows.as_slice(), [one] if one.contains("inbox_id=? AND address=?")),
        "{of_windows:?}"
    );
}

#[tokio::test]
async fn the_addresses_of_a_contact_are_found_by_the_contact() {
    let bed = Bed::sqlite().await;
    for statement in [
        "SELECT value FROM identities WHERE contact_id = $1 AND kind = 'email' ORDER BY is_verified DESC, id LIMIT 1",
        "SELECT contact_id, kind, value FROM identities WHERE contact_id IN ($1, $2) AND kind IN ('email', 'phone', 'whatsapp') ORDER BY id DESC",
    ] {
        assert_eq!(walks(&bed, statement).await, Vec::<String>::new(), "{statement}");
    }
}

#[tokio::test]
async fn sqlite_learns_how_large_tables_are() {
    let bed = Bed::sqlite().await;
    let inbox = bed.inbox(Channel::Email, false).await;
    for number in 0..20 {
        let (address, id) = (format!("ana{number}@customer.test"), number.to_string());
        bed.place(&mail(&inbox, &address, &id, "Hello")).await;
    }
    bed.store.db().refresh_statistics().await.expect("statistics");
    let known: Vec<(String,)> =
        composed_sql("SELECT stat FROM sqlite_stat1 WHERE idx = 'identities_by_contact'".to_owned())
            .all(bed.store.db())
            .await
            .expect("statistics");
    assert!(
        matches!(known.as_slice(), [(stat,)] if stat.starts_with("20 ")),
        "{known:?}"
    );
}

#[tokio::test]
async fn the_numbers_of_documents_are_found_by_index() {
    let bed = Bed::sqlite().await;
    let narrowed = "SELECT id FROM documents WHERE $1 = $1 AND id IN (SELECT w.document_id FROM document_numbers w WHERE w.word BETWEEN $2 AND $3 OR w.word BETWEEN $4 AND $5 UNION SELECT id FROM documents WHERE customer_id IN ($6, $7)) ORDER BY issued_on DESC, id DESC LIMIT $8";
    for statement in [billing::numbers::COUNT, narrowed] {
        assert_eq!(walks(&bed, statement).await, Vec::<String>::new(), "{statement}");
    }
}

#[tokio::test]
async fn what_goes_with_a_notification_or_a_message_is_found_by_it() {
    let bed = Bed::sqlite().await;
    for statement in [pushes::FORGET, by_hand::WITHDRAW] {
        assert_eq!(walks(&bed, statement).await, Vec::<String>::new(), "{statement}");
    }
}

#[tokio::test]
async fn the_figures_of_articles_are_read_by_day() {
    let bed = Bed::sqlite().await;
    assert_eq!(walks(&bed, kb::days::FIGURES).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_documents_of_a_status_are_read_in_their_order() {
    let bed = Bed::sqlite().await;
    let arm = "SELECT id FROM documents WHERE $1 = $1 AND customer_id IN ($2) AND (state <> 'draft' OR is_published) AND state = 'paid' ORDER BY issued_on DESC, id DESC LIMIT $3";
    let plan: Vec<(i64, i64, i64, String)> = composed_sql(format!("EXPLAIN QUERY PLAN {arm}"))
        .all(bed.store.db())
        .await
        .expect("a plan");
    let steps: Vec<&str> = plan.iter().map(|(.., step)| step.as_str()).collect();
    assert!(
        matches!(steps.as_slice(), [one] if one.contains("documents_by_status (customer_id=? AND state=?)")),
        "neither sorted nor walked through: {steps:?}"
    );
}

#[tokio::test]
async fn the_sums_of_a_statement_are_read_from_indexes_alone() {
    let bed = Bed::sqlite().await;
    for (statement, index) in [
        (billing::statement::paid_sql("($1)"), "documents_paid"),
        (billing::statement::open_sql("($2)"), "documents_open"),
    ] {
        let plan: Vec<(i64, i64, i64, String)> = composed_sql(format!("EXPLAIN QUERY PLAN {statement}"))
            .all(bed.store.db())
            .await
            .expect("a plan");
        let steps: Vec<&str> = plan.iter().map(|(.., step)| step.as_str()).collect();
        assert!(
            matches!(steps.as_slice(), [one] if one.contains(&format!("COVERING INDEX {index} (customer_id=?"))),
            "no row fetched, nothing sorted: {steps:?}"
        );
    }
}

/// The steps of a plan on either database; `bound` gives the statement its arguments.
async fn steps(bed: &Bed, statement: &str, bound: impl Fn(Sql) -> Sql) -> String {
    let db = bed.store.db();
    if matches!(db, Db::Sqlite { .. }) {
        let plan = bound(composed_sql(format!("EXPLAIN QUERY PLAN {statement}"))).all(db);
        let plan: Vec<(i64, i64, i64, String)> = plan.await.expect("a plan");
        return plan.into_iter().map(|(.., step)| step + "\n").collect();
    }
    let plan: Vec<(String,)> = bound(composed_sql(format!("EXPLAIN {statement}")))
        .all(db)
        .await
        .expect("a plan");
    plan.into_iter().map(|(step,)| step + "\n").collect()
}

/// PostgreSQL took the many who wait for a few, and fetched and sorted each of them.
async fn the_board_counts_who_waits_in_an_index(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    bed.place(&mail(&inbox, "ana@customer.test", "one", "Hello")).await;
    let mut tx = bed.store.begin().await.expect("a transaction");
    composed_sql(
        "INSERT INTO conversations (id, number, contact_id, inbox_id, channel, subject, language, status, level, priority, preview, message_count, waiting_since, last_message_at, version, position, created_at, updated_at)
         WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
         SELECT 'many' || CAST(n.i AS TEXT), n.i + 1000, c.contact_id, c.inbox_id, c.channel, 'Toner', 'en', CASE WHEN n.i % 20 = 0 THEN 'open' ELSE 'resolved' END, 'N1', 'normal', '', 1, CASE WHEN n.i % 20 = 0 THEN n.i END, n.i, 1, n.i, n.i, n.i FROM n, conversations c".to_owned(),
    )
    .run(&mut tx)
    .await
    .expect("many");
    tx.commit_silently().await.expect("many");
    if matches!(bed.store.db(), Db::Postgres(_)) {
        // As autovacuum does: which pages need not be looked at, and how many rows there are.
        composed_sql("VACUUM (ANALYZE) conversations".to_owned())
            .run(bed.store.db())
            .await
            .expect("statistics");
    }
    let counting = board::counting_all();
    let bound = |sql: Sql| sql.bind("").bind(board::MOST).bind(1_i64).bind(2_i64);
    let plan = steps(&bed, &counting, bound).await;
    let is_narrow = plan.contains("COVERING INDEX conversations_waiting_counted")
        || plan.contains("Index Only Scan using conversations_waiting_counted");
    assert!(is_narrow, "{plan}");
    assert!(!plan.contains("c.waiting_since, c.id"), "nothing is sorted: {plan}");
}

#[tokio::test]
async fn what_is_narrowed_to_inboxes_follows_their_indexes() {
    let bed = Bed::sqlite().await;
    let open = "SELECT id FROM conversations WHERE merged_into IS NULL AND spam_since IS NULL AND quiet_since IS NULL AND status = $1 AND inbox_id = $2 ORDER BY last_message_at DESC, id DESC LIMIT $3";
    let theirs = "SELECT id FROM conversations WHERE merged_into IS NULL AND spam_since IS NULL AND quiet_since IS NULL AND assignee_id = $1 AND NOT EXISTS (SELECT 1 FROM agent_inboxes w WHERE w.agent_id = $2 AND w.inbox_id = conversations.inbox_id) AND status = $3 ORDER BY last_message_at DESC, id DESC LIMIT $4";
    for (statement, index) in [
        (open, "INDEX conversations_by_inbox (inbox_id=? AND status=?)"),
        (theirs, "INDEX conversations_open (status=? AND assignee_id=?)"),
    ] {
        let plan = steps(&bed, statement, |sql| sql).await;
        assert!(
            plan.contains(index) && !plan.contains("TEMP B-TREE"),
            "nothing is sorted: {plan}"
        );
    }
    let spam = "SELECT 1 FROM conversations WHERE merged_into IS NULL AND spam_since IS NOT NULL AND COALESCE(quiet_since, 0) = 0 LIMIT 100";
    let plan = steps(&bed, spam, |sql| sql).await;
    assert!(
        plan.contains("INDEX conversations_spam"),
        "not all that is none: {plan}"
    );
    let plan = steps(&bed, lists::OPEN_IN_INBOXES, |sql| sql).await;
    assert!(
        plan.contains("COVERING INDEX conversations_inbox_open (inbox_id=? AND status=?)"),
        "no row is fetched: {plan}"
    );
}

/// Among many conversations a rule by time walks along the index of what it waits for, from where it was.
async fn a_rule_by_time_walks_along_an_index(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    bed.place(&mail(&inbox, "ana@customer.test", "one", "Hello")).await;
    let mut tx = bed.store.begin().await.expect("a transaction");
    composed_sql(
        "INSERT INTO conversations (id, number, contact_id, inbox_id, channel, subject, language, status, level, priority, preview, message_count, last_message_at, version, position, created_at, updated_at, turn, turn_since, unheld_since, stood, stood_since)
         WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
         SELECT 'many' || CAST(n.i AS TEXT), n.i + 1000, c.contact_id, c.inbox_id, c.channel, 'Toner', 'en', 'open', 'N1', 'normal', '', 1, n.i, 1, n.i, n.i, n.i,
             CASE WHEN n.i % 10 = 0 THEN 'us' WHEN n.i % 10 = 1 THEN 'customer' END, CASE WHEN n.i % 10 < 2 THEN n.i END, CASE WHEN n.i % 10 = 2 THEN n.i END,
             CASE WHEN n.i % 10 < 2 THEN 'open' WHEN n.i % 10 = 2 THEN 'snoozed' ELSE 'resolved' END, n.i FROM n, conversations c".to_owned(),
    )
    .run(&mut tx)
    .await
    .expect("many");
    tx.commit_silently().await.expect("many");
    if matches!(bed.store.db(), Db::Postgres(_)) {
        composed_sql("VACUUM (ANALYZE) conversations".to_owned())
            .run(bed.store.db())
            .await
            .expect("statistics");
    }
    for occasion in Occasion::ALL {
        let Some([beside, behind]) = occasion.search() else {
            continue;
        };
        let plan = steps(&bed, &beside, |sql| sql.bind(20_000_i64).bind("").bind(500_i64)).await
            + &steps(&bed, &behind, |sql| sql.bind(20_000_i64).bind(49_000_i64).bind(500_i64)).await;
        let index = match occasion {
            Occasion::WaitingCustomer | Occasion::WaitingUs => "conversations_by_turn",
            Occasion::Unassigned => "conversations_unheld",
            _ => "conversations_stood",
        };
        assert_eq!(plan.matches(index).count(), 2, "{occasion:?}: {plan}");
        // PostgreSQL may sort the few that it expects; none of those that are not due are looked at.
        assert!(
            !plan.contains("TEMP B-TREE") && !plan.contains("Seq Scan"),
            "nothing is walked through: {plan}"
        );
    }
    if matches!(bed.store.db(), Db::Sqlite { .. }) {
        for statement in [timed::DUE, timed::WATCHED] {
            assert_eq!(walks(&bed, statement).await, Vec::<String>::new(), "{statement}");
        }
    }
}

both!(
    the_board_counts_who_waits_in_an_index,
    a_rule_by_time_walks_along_an_index,
);
