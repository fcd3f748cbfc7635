//! What is kept can be put back: backup, restore, and the move to the larger database.

mod bucket;

use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use serde_json::{Value, json};
use tests::harness::{Api, App, Running, fresh_database};
use tests::need;

const MAILS: usize = 30;

/// One mail; every third carries a file that is too large for a row.
fn mail(number: usize) -> String {
    let file = base64::engine::general_purpose::STANDARD.encode(vec![number as u8; 40_000]);
    let attachment = if number.is_multiple_of(3) {
        format!(
            "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"page {number}.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{file}\r\n"
        )
    } else {
        String::new()
    };
    format!(
        "From: Customer {number} <c{number}@customer.test>\r\nTo: support@example.test\r\nSubject: =?utf-8?Q?Impress=C3=A3o_{number}?=\r\n\
         Message-ID: <{number}@customer.test>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         Não imprime: {number}.\r\n{attachment}--b--\r\n"
    )
}

/// An installation with mail in it.
async fn with_mail(app: App) -> anyhow::Result<Running> {
    let app = app.start().await?;
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kb/sample");
    let sample = sample.to_str().context("a path in UTF-8")?;
    app.command(&["kb", "import", sample], "").await?.success()?;
    let inbox = json!({
        "channel": "email", "name": "support", "language": "pt", "bot_enabled": false,
        "settings": { "address": "support@example.test" },
    });
    let api = Api::of(&app).await?;
    api.post("/inboxes", "inbox", &inbox).await?;
    for number in 0..MAILS {
        let filed = deliver(&app, number).await?;
        assert_eq!(filed["outcome"], "created", "{filed}");
    }
    Ok(app)
}

async fn deliver(app: &App, number: usize) -> anyhow::Result<Value> {
    app.command(&["email", "deliver", "--inbox", "support"], mail(number))
        .await?
        .json()
}

/// Everything that an agent can see of the conversations, with the bytes of the files.
async fn seen(app: &Running) -> anyhow::Result<Vec<String>> {
    let all = seen_of(app, MAILS).await?;
    assert_eq!(all.len(), 2 * MAILS + MAILS / 3, "files were looked at, too");
    Ok(all)
}

/// As [`seen`], of so many conversations.
async fn seen_of(app: &Running, count: usize) -> anyhow::Result<Vec<String>> {
    let api = Api::of(app).await?;
    let mut all = Vec::new();
    for conversation in api.items("/conversations?limit=100", count).await {
        let id = conversation["id"].as_str().context("no id")?.to_owned();
        all.push(conversation.to_string());
        let messages = api.get(&format!("/conversations/{id}/messages")).await?;
        for message in messages["items"].as_array().context("no messages")? {
            all.push(message.to_string());
            for file in message["attachments"].as_array().into_iter().flatten() {
                let id = file["id"].as_str().context("no id")?;
                let bytes = api.bytes(&format!("/attachments/{id}")).await?;
                all.push(format!("{id}: {} bytes of {:?}", bytes.len(), bytes.first()));
            }
        }
    }
    Ok(all)
}

fn failed(output: tests::harness::Output, words: &str) -> anyhow::Result<()> {
    anyhow::ensure!(!output.status.success(), "it was expected to fail: {}", output.text());
    anyhow::ensure!(output.stderr.contains(words), "no `{words}` in: {}", output.stderr);
    Ok(())
}

#[tokio::test]
async fn a_command_in_the_wrong_place_says_so_and_leaves_nothing() -> anyhow::Result<()> {
    let app = App::new()?;
    let folder = app.folder().join("export");
    let folder = folder.to_str().context("a path in UTF-8")?;
    for command in [
        &["backup", "all.swbk"][..],
        &["export", folder],
        &["migrate-to", "--database", "postgres://nobody@127.0.0.1:1/none"],
    ] {
        failed(app.command(command, "").await?, "there is no installation in")?;
    }
    assert_eq!(std::fs::read_dir(app.folder())?.count(), 0);
    // Who looks before the first start is told that it is a new one, and what to type.
    // Whether all is well is the machine's: its disk may be nearly full.
    let told = app.command(&["doctor"], "").await?.text();
    assert!(told.contains("this is a new installation"), "{told}");
    assert!(told.contains("-> Start it: switchboard serve"), "{told}");
    let told = app.command(&["doctor"], "").await?.text();
    assert!(
        told.contains("Database") && !told.contains("this is a new installation"),
        "{told}"
    );
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_the_settings_is_said_once_with_where_to_look() -> anyhow::Result<()> {
    let app = App::new()?;
    std::fs::write(app.folder().join("switchboard.toml"), "[server]\nlistn = 1\n")?;
    let output = app.command(&["doctor"], "").await?;
    failed(output, "`listn`")?;
    let output = app.command(&["doctor"], "").await?;
    failed(output, "switchboard config reference")?;
    let app = App::new()?.set("redis.url", "redis://127.0.0.1:1");
    let output = app.command(&["serve"], "").await?;
    assert_eq!(
        output.stderr.matches("Connection refused").count(),
        1,
        "{}",
        output.stderr
    );
    // A folder for backups that cannot be written is found before the first one is due.
    let app = App::new()?
        .set("backup.every_hours", "24")
        .set("backup.dir", "/proc/none");
    let output = app.command(&["doctor"], "").await?;
    assert!(!output.status.success());
    assert!(output.text().contains("ReadWritePaths"), "{}", output.text());
    Ok(())
}

#[tokio::test]
async fn a_backup_is_put_back_on_either_database() -> anyhow::Result<()> {
    let database = need!(fresh_database().await);
    // The trial of a backup lies where the data are: folders for temporary files are often memory.
    let app = with_mail(App::new()?.env("TMPDIR", "/not/there")).await?;
    let before = seen(&app).await?;
    let file = app.folder().join("all.swbk");
    let file = file.to_str().context("a path in UTF-8")?;
    let secret = app.folder().join("passphrase");
    std::fs::write(&secret, "four words and more\n")?;
    let secret = secret.to_str().context("a path in UTF-8")?;
    let encrypted = [file, "--passphrase-file", secret];
    let written = app
        .command(&[&["backup", "--verify"], encrypted.as_slice()].concat(), "")
        .await?
        .success()?;
    assert!(written.contains("30 conversations, 30 messages"), "{written}");
    assert!(written.contains("every count and sum is right"), "{written}");
    let again = [&["backup"], encrypted.as_slice()].concat();
    failed(app.command(&again, "").await?, "exists already")?;
    let back = [&["restore"], encrypted.as_slice()].concat();
    failed(
        app.command(&back, "").await?,
        "another Switchboard serves the data folder",
    )?;

    let cut = app.folder().join("cut.swbk");
    let bytes = std::fs::read(file)?;
    std::fs::write(&cut, &bytes[..bytes.len() / 2])?;
    for database in [None, Some(database)] {
        let mut fresh = App::new()?;
        if let Some(url) = database {
            fresh = fresh.set("database.url", url);
        }
        failed(fresh.command(&["restore", file], "").await?, "--passphrase-file")?;
        let cut = cut.to_str().context("a path in UTF-8")?;
        let broken = fresh
            .command(&["restore", cut, "--passphrase-file", secret], "")
            .await?;
        failed(broken, "damaged")?;
        // Nothing of it stayed, so the whole one finds its place.
        let restored = fresh.command(&back, "").await?.success()?;
        assert!(restored.contains("30 conversations, 30 messages"), "{restored}");
        failed(fresh.command(&back, "").await?, "not empty")?;
        let fresh = fresh.start().await?;
        assert_eq!(seen(&fresh).await?, before);
        let known = deliver(&fresh, 5).await?;
        assert_eq!(known["outcome"], "duplicate", "{known}");
        let new = deliver(&fresh, MAILS).await?;
        assert_eq!(new["outcome"], "created", "{new}");
        let said = fresh.command(&["doctor"], "").await?.text();
        // The disk of the machine that tests is its own affair.
        let is_bad = |line: &&str| line.contains("FAIL") && !line.contains("FAIL  Disk");
        assert_eq!(said.lines().find(is_bad), None, "{said}");
    }
    Ok(())
}

#[tokio::test]
async fn an_installation_moves_to_postgresql_even_when_it_is_broken_off() -> anyhow::Result<()> {
    let database = need!(fresh_database().await);
    let mut app = with_mail(App::new()?).await?;
    let before = seen(&app).await?;
    let call = ["migrate-to", "--database", &database];
    failed(
        app.command(&call, "").await?,
        "another Switchboard serves the data folder",
    )?;
    app.terminate().await?;

    app.set_env("SWITCHBOARD_FAULT", Some("moving.page:4"));
    let broken = app.command(&call, "").await?;
    assert!(!broken.status.success(), "the fault stops it: {}", broken.text());
    app.set_env("SWITCHBOARD_FAULT", None);
    let early = App::new()?.set("database.url", &database);
    failed(early.command(&["migrate"], "").await?, "begun and not finished")?;

    let moved = app.command(&call, "").await?.success()?;
    assert!(moved.contains("it goes on where it stopped"), "{moved}");
    assert!(moved.contains("30 conversations, 30 messages"), "{moved}");
    failed(app.command(&call, "").await?, "not empty")?;
    app.reconfigure("database.url", &database);
    app.start().await?;
    assert_eq!(seen(&app).await?, before);
    let known = deliver(&app, 5).await?;
    assert_eq!(known["outcome"], "duplicate", "{known}");
    Ok(())
}
