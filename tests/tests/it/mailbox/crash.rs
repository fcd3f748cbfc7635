//! The process dies at each step of reading a mailbox and of keeping a copy of what was sent; what comes after must
//! look as if it never had.

use std::collections::HashSet;

use anyhow::Context as _;
use serde_json::{Value, json};
use sqlx::SqlitePool;
use tests::harness::{Api, App, FakeImap, FakeSmtp, Running, eventually};

use super::mail;

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

struct World {
    app: Running,
    pool: SqlitePool,
    imap: FakeImap,
    smtp: FakeSmtp,
}

impl World {
    /// A mailbox with so many mails, not attached yet.
    async fn new(mails: usize) -> anyhow::Result<World> {
        let imap = FakeImap::start().await?;
        imap.add_folder("Enviados", "\\HasNoChildren \\Sent");
        for number in 0..mails {
            imap.append("INBOX", mail(number));
        }
        let app = App::new()?.start().await?;
        let path = app.folder().join("data/switchboard.db");
        let pool = SqlitePool::connect(&format!("sqlite:{}", path.display())).await?;
        Ok(World {
            app,
            pool,
            imap,
            smtp: FakeSmtp::start().await?,
        })
    }

    /// Attaches the mailbox, with all that is in it.
    async fn attach(&self) -> anyhow::Result<()> {
        let inbox = json!({
            "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
            "settings": {
                "address": "support@example.test",
                "copy_to_sent": true,
                "imap": {
                    "host": "127.0.0.1", "port": self.imap.port(), "tls": "none", "user": "support",
                    "auth": { "type": "password", "password": "secret" }, "begin": "everything",
                },
                "smtp": { "host": "127.0.0.1", "port": self.smtp.port(), "tls": "none" },
            },
        });
        Api::of(&self.app).await?.post("/inboxes", "inbox", &inbox).await?;
        Ok(())
    }

    async fn die_at(&mut self, point: &str) -> anyhow::Result<()> {
        self.app.terminate().await?;
        self.app.set_env("SWITCHBOARD_FAULT", Some(point));
        self.app.start().await
    }

    /// It is dead; what it held is free by now, and another one takes its place.
    async fn follow(&mut self, point: &str) -> anyhow::Result<()> {
        self.app
            .ended(PATIENCE)
            .await
            .with_context(|| format!("{point} did not stop it"))?;
        self.app.set_env("SWITCHBOARD_FAULT", None);
        for free in [
            "UPDATE leases SET until = 0",
            "UPDATE sent_copies SET lease_until = 0, next_attempt_at = 0 WHERE state = 'queued'",
            "UPDATE deliveries SET lease_until = 0 WHERE state = 'queued'",
        ] {
            sqlx::query(free).execute(&self.pool).await?;
        }
        self.app.start().await
    }

    async fn texts(&self, query: &'static str) -> anyhow::Result<Vec<String>> {
        Ok(sqlx::query_scalar(query).fetch_all(&self.pool).await?)
    }

    /// Every mail once, and the cursor behind the last of them.
    async fn imported(&self, mails: usize, what: &str) -> anyhow::Result<()> {
        let ids = "SELECT external_id FROM messages WHERE kind = 'inbound'";
        eventually(&format!("{what}: {mails} mails"), async || {
            let found = self.texts(ids).await.ok()?;
            (found.len() >= mails).then_some(())
        })
        .await;
        let found = self.texts(ids).await?;
        let different: HashSet<&String> = found.iter().collect();
        assert_eq!((found.len(), different.len()), (mails, mails), "{what}");
        let (events, highest): (i64, i64) = sqlx::query_as("SELECT COUNT(*), MAX(position) FROM events")
            .fetch_one(&self.pool)
            .await?;
        assert_eq!(events, highest, "{what}: positions are dense");
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_import_goes_on_where_the_process_died() -> anyhow::Result<()> {
    const MAILS: usize = 130;
    for point in [
        "imap.before_ingest",
        "imap.after_ingest",
        "imap.before_ingest:1",
        "imap.after_ingest:1",
        "ingest.before_write",
    ] {
        let mut world = World::new(MAILS).await?;
        world.die_at(point).await?;
        world.attach().await?;
        world.follow(point).await?;
        world.imported(MAILS, point).await?;
        world.imap.append("INBOX", mail(MAILS));
        world.imported(MAILS + 1, point).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_sent_is_kept_once_whenever_the_process_dies() -> anyhow::Result<()> {
    for (point, leaves) in [
        // Sent and not written down: the same mail again, under the same Message-ID.
        ("dispatch.after_send", 2),
        // In the folder and not written down: it is looked for before it is put there.
        ("sent_copy.after_append", 1),
    ] {
        let mut world = World::new(1).await?;
        world.attach().await?;
        world.imported(1, point).await?;
        world.die_at(point).await?;
        let api = Api::of(&world.app).await?;
        let conversation = api.items("/conversations", 1).await[0]["id"]
            .as_str()
            .context("no id")?
            .to_owned();
        let path = format!("/conversations/{conversation}/messages");
        // The process may die before it answers; what it took it has.
        let said: anyhow::Result<Value> = api.post(&path, "reply", &json!({ "text": "On our way." })).await;
        drop(said);
        world.follow(point).await?;
        eventually(&format!("{point}: the mail"), async || {
            let states = world.texts("SELECT state FROM deliveries").await.ok()?;
            (states == ["sent"]).then_some(())
        })
        .await;
        let done = "SELECT message_id FROM sent_copies WHERE state = 'done'";
        eventually(&format!("{point}: the copy"), async || {
            let copies = world.texts(done).await.ok()?;
            (copies.len() == 1).then_some(())
        })
        .await;
        assert_eq!(world.imap.mails("Enviados").len(), 1, "{point}: one copy");
        let sent = world.smtp.received();
        assert_eq!(sent.len(), leaves, "{point}");
        let ids: HashSet<String> = sent
            .iter()
            .filter_map(|mail| {
                let text = mail.text();
                let line = text.lines().find(|line| line.starts_with("Message-ID:"))?;
                Some(line.to_owned())
            })
            .collect();
        assert_eq!(ids.len(), 1, "{point}: one Message-ID");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_mailbox_of_a_killed_process_is_read_again_within_seconds() -> anyhow::Result<()> {
    let mut world = World::new(1).await?;
    world.attach().await?;
    world.imported(1, "attached").await?;
    world.app.kill9().await?;
    let killed = std::time::Instant::now();
    world.imap.append("INBOX", mail(1));
    world.app.start().await?;
    world.imported(2, "after the kill").await?;
    let waited = killed.elapsed();
    assert!(waited < PATIENCE, "{waited:?}");
    Ok(())
}
