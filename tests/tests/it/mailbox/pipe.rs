//! `email deliver`, as a mail server's pipe calls it: what is not filed today stays with the mail server, which comes again.

use anyhow::Context as _;
use serde_json::json;
use sqlx::SqlitePool;
use tests::harness::{Api, App};

const MAIL: &str = "From: Ana <ana@customer.test>\r\nTo: support@example.test\r\nMessage-ID: <1@customer.test>\r\n\r\nIt is empty.\r\n";

/// `EX_TEMPFAIL`: any other code sends the mail back to its sender.
const TRY_AGAIN: Option<i32> = Some(75);

#[tokio::test]
async fn a_mail_that_cannot_be_filed_is_not_sent_back() -> anyhow::Result<()> {
    let mut app = App::new()?.start().await?;
    let deliver = ["email", "deliver", "--inbox", "support"];

    let refused = app.command(&deliver, MAIL).await?;
    assert_eq!(refused.status.code(), TRY_AGAIN, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("there is no e-mail inbox"),
        "{}",
        refused.stderr
    );

    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
        "settings": { "address": "support@example.test" },
    });
    Api::of(&app).await?.create("/inboxes", &inbox).await?;
    app.terminate().await?;
    let filed = app.command(&deliver, MAIL).await?.json()?;
    assert_eq!(filed["outcome"], "created");

    // A newer release is being installed on another machine.
    let database = app.folder().join("data/switchboard.db");
    let pool = SqlitePool::connect(&format!("sqlite:{}", database.display())).await?;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9000, 'newer', TRUE, x'00', 0)",
    )
    .execute(&pool)
    .await
    .context("a newer schema")?;
    pool.close().await;
    let refused = app.command(&deliver, MAIL).await?;
    assert_eq!(refused.status.code(), TRY_AGAIN, "{}", refused.stderr);
    assert!(refused.stderr.contains("a newer release"), "{}", refused.stderr);

    app.reconfigure("database.url", "mysql://nowhere");
    let refused = app.command(&deliver, MAIL).await?;
    assert_eq!(refused.status.code(), TRY_AGAIN, "{}", refused.stderr);
    Ok(())
}
