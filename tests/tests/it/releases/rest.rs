//! A row for every table that nobody fills in a minute of a business: built of what the table's columns are, around
//! things that are there.

use std::collections::HashMap;

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, SqlitePool};

/// When all of it happened, in UTC milliseconds: long ago, so that nothing of it is still to be done.
const THEN: i64 = 1_600_000_000_000;

/// What a column holds whose words are not free, by table and column; `*` is every table.
const WORDS: &[(&str, &str, &str)] = &[
    ("*", "channel", "email"),
    ("*", "currency", "EUR"),
    ("*", "language", "en"),
    ("*", "level", "N1"),
    ("*", "media_type", "text/plain"),
    ("*", "report", "[]"),
    ("*", "texts", "{}"),
    ("*", "labels", "{}"),
    ("*", "fields", "{}"),
    ("*", "extra", "{}"),
    ("*", "words", "{}"),
    ("*", "choices", "[]"),
    ("*", "levels", "[]"),
    ("*", "moved", "[]"),
    ("*", "about", "{}"),
    ("*", "starts_on", "2026-01-01"),
    ("*", "ends_on", "2026-01-31"),
    ("*", "taken_on", "2026-01-31"),
    ("billing_imports", "state", "done"),
    ("equipment_imports", "state", "done"),
    ("equipment_imports", "kind", "machines"),
    ("checkouts", "state", "expired"),
    ("checkouts", "surface", "portal"),
    ("claims", "kind", "email"),
    ("contact_merges", "reason", "agent"),
    ("conversation_marks", "kind", "autoreply"),
    ("custom_fields", "target", "contact"),
    ("custom_fields", "kind", "text"),
    ("drafts", "kind", "customer"),
    ("imports", "source", "mbox"),
    ("imports", "kind", "message"),
    ("level_checks", "kind", "yes_no"),
    ("machine_requests", "kind", "service"),
    ("notifications", "kind", "assigned"),
    ("notification_choices", "kind", "assigned"),
    ("oauth_accounts", "state", "ok"),
    ("privacy_requests", "kind", "export"),
    ("privacy_requests", "state", "done"),
    ("problem_answer_items", "state", "done"),
    ("reading_answers", "outcome", "taken"),
    ("recurring_documents", "unit", "month"),
    ("report_mails", "every", "weekly"),
    ("report_mails", "dimension", "all"),
    ("inbox_desks", "autoreply", "{}"),
    ("inbox_desks", "warning", "{}"),
    ("inbox_desks", "signature", "{}"),
    ("*", "id", "01M7ZZZZZZZZZZZZZZZZZZZZZZ"),
    ("recurring_documents", "template", "{}"),
    ("sent_copies", "state", "done"),
    ("surveys", "kind", "csat"),
    ("surveys", "state", "answered"),
    ("ticket_field_kinds", "kind", "incident"),
    ("ticket_links", "kind", "related"),
];

/// Whose id a column of another name holds.
const THINGS: &[(&str, &str)] = &[
    ("actor", "SELECT actor FROM events"),
    ("sha256", "SELECT sha256 FROM blobs"),
    ("raw_sha256", "SELECT sha256 FROM blobs"),
    ("company_id", "SELECT id FROM companies"),
    ("customer_id", "SELECT customer_id FROM documents"),
    ("winner_id", "SELECT id FROM contacts"),
    ("loser_id", "SELECT id FROM contacts ORDER BY id DESC"),
    ("colleague_id", "SELECT id FROM contacts ORDER BY id DESC"),
    ("inbox_id", "SELECT id FROM inboxes WHERE channel = 'email'"),
    ("delivery_id", "SELECT id FROM deliveries"),
    ("other_id", "SELECT id FROM tickets ORDER BY id DESC"),
    ("category", "SELECT id FROM ticket_categories"),
];

/// The column's value, as SQL.
fn value(table: &str, column: &str, kind: &str, references: Option<&String>) -> String {
    let word = WORDS
        .iter()
        .find(|(whose, name, _)| (*whose == table || *whose == "*") && *name == column);
    let plural = column.strip_suffix("_id").map(|thing| format!("{thing}s"));
    if let Some((_, _, word)) = word {
        return format!("'{word}'");
    }
    if let Some((_, query)) = THINGS.iter().find(|(name, _)| *name == column) {
        return format!("({query} LIMIT 1)");
    }
    if let Some(of) = references {
        return format!("(SELECT id FROM \"{of}\" LIMIT 1)");
    }
    match (kind, plural.as_deref()) {
        (
            _,
            Some(
                things @ ("contacts" | "conversations" | "messages" | "agents" | "tickets" | "documents" | "articles"
                | "contracts"),
            ),
        ) => {
            format!("(SELECT id FROM {things} LIMIT 1)")
        }
        ("BIGINT", _) if column == "at" || column.ends_with("_at") => THEN.to_string(),
        ("BIGINT", _) => "1".to_owned(),
        ("BOOLEAN", _) => "FALSE".to_owned(),
        ("DOUBLE PRECISION", _) => "0.5".to_owned(),
        ("BYTEA", _) => "X'00'".to_owned(),
        _ => format!("'{table} {column}'"),
    }
}

/// Gives every empty table a row.
pub(super) async fn fill(pool: &SqlitePool) -> anyhow::Result<()> {
    let tables =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'leases'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(pool).await?;
    for table in tables {
        let count = format!("SELECT COUNT(*) FROM \"{table}\"");
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(pool).await?;
        if count > 0 {
            continue;
        }
        let references: Vec<(String, String)> =
            sqlx::query_as("SELECT \"from\", \"table\" FROM pragma_foreign_key_list($1)")
                .bind(&table)
                .fetch_all(pool)
                .await?;
        let references: HashMap<String, String> = references.into_iter().collect();
        // What may be empty stays so; what has a usual value has that.
        let columns: Vec<(String, String)> = sqlx::query_as(
            "SELECT name, type FROM pragma_table_info($1) WHERE (\"notnull\" = 1 OR pk > 0) AND dflt_value IS NULL",
        )
        .bind(&table)
        .fetch_all(pool)
        .await?;
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let values: Vec<String> = columns
            .iter()
            .map(|(name, kind)| value(&table, name, kind, references.get(name)))
            .collect();
        let row = format!(
            "INSERT INTO \"{table}\" (\"{}\") VALUES ({})",
            names.join("\", \""),
            values.join(", ")
        );
        let inserted = sqlx::query(AssertSqlSafe(row.clone())).execute(pool).await;
        inserted.with_context(|| row)?;
    }
    Ok(())
}
