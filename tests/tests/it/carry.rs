//! Everything out and in again, by the commands that people type.

use std::fmt::Write as _;

use anyhow::Context as _;
use serde_json::{Value, json};
use tests::harness::{Api, App, Running, fresh_database};
use tests::need;

/// As many mails, in a file.
fn mbox(mails: usize) -> String {
    let mut text = String::new();
    for number in 0..mails {
        let (customer, first) = (number % 20, number < 20);
        let answers = if first {
            String::new()
        } else {
            format!("In-Reply-To: <{}@c.test>\n", number - 20)
        };
        let _ = writeln!(
            text,
            "From c{customer}@customer.test Tue Feb  3 09:00:00 2015\nFrom: Customer {customer} <c{customer}@customer.test>\n\
             To: support@example.test\nSubject: Printer\nMessage-ID: <{number}@c.test>\n{answers}\
             Date: Tue, 03 Feb 2015 09:{:02}:00 +0000\nContent-Type: text/plain; charset=utf-8\n\n\
             Não imprime: {number}. {}\n",
            number % 60,
            "A long story. ".repeat(if number.is_multiple_of(7) { 2_000 } else { 3 })
        );
    }
    text
}

async fn with_inbox(app: App) -> anyhow::Result<Running> {
    let app = app.start().await?;
    let inbox = json!({
        "channel": "email", "name": "support", "language": "pt", "bot_enabled": true,
        "settings": { "address": "support@example.test", "smtp": { "host": "127.0.0.1", "port": 9, "tls": "none", "user": "u", "auth": { "type": "password", "password": "hunter2-of-the-mailbox" } } },
    });
    Api::of(&app).await?.post("/inboxes", "inbox", &inbox).await?;
    Ok(app)
}

fn text(path: &std::path::Path) -> anyhow::Result<&str> {
    path.to_str().context("a path in UTF-8")
}

/// Conversations and their messages, as an agent sees them.
async fn seen(app: &Running) -> anyhow::Result<Vec<Value>> {
    let api = Api::of(app).await?;
    let mut all = Vec::new();
    for conversation in api.items("/conversations?limit=100", 20).await {
        let id = conversation["id"].as_str().context("no id")?;
        all.push(api.get(&format!("/conversations/{id}/messages")).await?);
    }
    Ok(all)
}

#[tokio::test]
async fn mails_of_a_file_come_while_it_runs_and_go_out_with_everything() -> anyhow::Result<()> {
    let database = need!(fresh_database().await);
    let app = with_inbox(App::new()?).await?;
    let file = app.folder().join("support.mbox");
    std::fs::write(&file, mbox(200))?;
    let import = ["import", "mbox", text(&file)?, "--inbox", "support"];
    let came = app.command(&import, "").await?.success()?;
    assert!(
        came.contains("conversations: 20 came") && came.contains("messages:      200 came"),
        "{came}"
    );
    let again = app.command(&import, "").await?.success()?;
    assert!(again.contains("messages:      0 came"), "{again}");
    let before = seen(&app).await?;
    assert_eq!(before.len(), 20);

    let out = app.folder().join("out");
    let wrote = app.command(&["export", text(&out)?], "").await?.success()?;
    assert!(wrote.contains("20 conversations, 200 messages, 20 contacts"), "{wrote}");
    let twice = app.command(&["export", text(&out)?], "").await?;
    assert!(
        !twice.status.success() && twice.stderr.contains("is not empty"),
        "{}",
        twice.text()
    );
    // Nothing in it opens anything.
    let inboxes = std::fs::read_to_string(out.join("inboxes.jsonl"))?;
    assert!(inboxes.contains("support@example.test"), "{inboxes}");
    for entry in std::fs::read_dir(&out)? {
        let path = entry?.path();
        if path.is_file() {
            let all = std::fs::read_to_string(&path)?;
            assert!(!all.contains("hunter2"), "a password stands in {}", path.display());
            for line in all
                .lines()
                .filter(|_| path.extension().is_some_and(|end| end == "jsonl"))
            {
                let row: Value = serde_json::from_str(line)?;
                assert!(row.is_object(), "{line}");
            }
        }
    }

    for database in [None, Some(database)] {
        let mut fresh = App::new()?;
        if let Some(url) = database {
            fresh = fresh.set("database.url", url);
        }
        let read = ["import", "switchboard", text(&out)?];
        let said = fresh.command(&read, "").await?.success()?;
        assert!(said.contains("20 conversations, 200 messages, 20 contacts"), "{said}");
        let twice = fresh.command(&read, "").await?;
        assert!(
            !twice.status.success() && twice.stderr.contains("not empty"),
            "{}",
            twice.text()
        );
        let fresh = fresh.start().await?;
        assert_eq!(seen(&fresh).await?, before);
        // The mailbox is there and works as soon as it has its password again.
        let known = fresh
            .command(&["import", "mbox", text(&file)?, "--inbox", "support", "--anew"], "")
            .await?
            .success()?;
        assert!(known.contains("messages:      0 came, 200 here already"), "{known}");
    }

    // A changed line, and one that is cut off, are found before anything is kept.
    let contacts = out.join("contacts.jsonl");
    let whole = std::fs::read_to_string(&contacts)?;
    for broken in [
        whole.replacen("Customer 1", "Somebody", 1),
        whole[..whole.len() / 2].to_owned(),
        format!("{whole}{{\"x\":1}}\n"),
    ] {
        std::fs::write(&contacts, broken)?;
        let fresh = App::new()?;
        let refused = fresh.command(&["import", "switchboard", text(&out)?], "").await?;
        assert!(
            !refused.status.success() && refused.stderr.contains("contacts"),
            "{}",
            refused.text()
        );
        std::fs::write(&contacts, &whole)?;
        fresh
            .command(&["import", "switchboard", text(&out)?], "")
            .await?
            .success()?;
    }
    std::fs::remove_file(out.join("manifest.json"))?;
    let refused = App::new()?.command(&["import", "switchboard", text(&out)?], "").await?;
    assert!(refused.stderr.contains("no whole export"), "{}", refused.text());
    Ok(())
}
