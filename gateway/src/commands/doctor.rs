//! `doctor`: checks everything that can be checked, and says what to do.

use std::process::ExitCode;

use anyhow::Result;
use channels::email::dns::{self, Dns, Finding};
use channels::email::probe::{self, Failed};
use channels::email::settings::EmailSettings;
use channels::whatsapp::client::Client;
use channels::whatsapp::settings::WhatsappSettings;
use conversation::db::sql;
use conversation::stream::consumer;
use conversation::stream::redis::RedisStream;
use conversation::types::Channel;
use conversation::{Env, Store, inboxes, mailboxes, quarantine};

use crate::app::open_store;
use crate::config::Config;

struct Report {
    failures: usize,
}

impl Report {
    fn good(&self, what: &str, detail: impl std::fmt::Display) {
        println!("  ok    {what:<22} {detail}");
    }
    fn bad(&mut self, what: &str, detail: impl std::fmt::Display, next: &str) {
        self.failures += 1;
        println!("  FAIL  {what:<22} {detail}");
        println!("        {:<22} -> {next}", "");
    }
    fn note(&self, what: &str, detail: impl std::fmt::Display) {
        println!("  note  {what:<22} {detail}");
    }
}

pub(super) async fn doctor(config: Config) -> Result<ExitCode> {
    let mut report = Report { failures: 0 };
    println!("Switchboard {} looks after itself\n", env!("CARGO_PKG_VERSION"));
    report.good(
        "configuration",
        format!(
            "listens on {}, reached at {}",
            config.server.listen,
            config.public_url()
        ),
    );
    if !config.is_https() && config.server.public_url.is_some() {
        report.note("public address", "is not https: cookies and links travel in clear text");
    }
    let store = match open_store(&config, Env::system()).await {
        Ok(store) => store,
        Err(error) => {
            report.bad(
                "database",
                format!("{error:#}"),
                "check database.url, and that the server runs and the data folder can be written",
            );
            return Ok(ExitCode::FAILURE);
        }
    };
    database(&store, &mut report).await;
    match store.blobs().check().await {
        Ok(()) => report.good("files", "can be written and read"),
        Err(error) => report.bad(
            "files",
            error,
            "check the disk's space and the rights of the data folder, or the bucket's key",
        ),
    }
    audit(&store, &mut report).await?;
    backups(&config, &store, &mut report)?;
    match &config.redis.url {
        None => report.good("stream", "in the process (no redis.url)"),
        Some(url) => match RedisStream::connect(store.clone(), url, &config.redis.prefix).await {
            Ok(redis) if redis.ping().await.is_ok() => report.good("Redis", "answers"),
            _ => report.bad(
                "Redis",
                "does not answer",
                "start it, or correct redis.url; nothing is lost meanwhile, only slower",
            ),
        },
    }
    channels(&config, &store, &mut report).await?;
    work(&store, &mut report).await?;
    println!();
    if report.failures == 0 {
        println!("All is well.");
        Ok(ExitCode::SUCCESS)
    } else {
        println!("{} thing(s) to see to.", report.failures);
        Ok(ExitCode::FAILURE)
    }
}

/// Follows the chain of the audit.
async fn audit(store: &Store, report: &mut Report) -> Result<()> {
    let found = conversation::audit::chain::check(store).await?;
    let counts = format!(
        "{} lines under {} seals, {} of them gone by age, {} not sealed yet; the last seal is {}",
        found.entries,
        found.seals,
        found.pruned,
        found.unsealed,
        if found.head.is_empty() { "none" } else { &found.head }
    );
    if found.faults.is_empty() {
        report.good("audit", counts);
    } else {
        report.bad(
            "audit",
            found.faults.join("; "),
            "somebody changed what was recorded: compare with a backup",
        );
    }
    Ok(())
}

fn backups(config: &Config, store: &Store, report: &mut Report) -> Result<()> {
    let every = i64::from(config.backup.every_hours);
    match super::backup::age(config, store.now())? {
        None if every == 0 => report.note(
            "backups",
            "none by the clock; set backup.every_hours, or call `switchboard backup FILE`",
        ),
        None => report.bad("backups", "none yet", "is a process with the role `workers` running?"),
        Some((path, hours)) if every > 0 && hours > every + 1 => report.bad(
            "backups",
            format!("the last is {hours} hours old: {}", path.display()),
            "look into the log for `no backup could be taken`",
        ),
        Some((path, hours)) => report.good("backups", format!("the last is {hours} hours old: {}", path.display())),
    }
    Ok(())
}

async fn database(store: &Store, report: &mut Report) {
    let counts: Result<(i64, i64, i64), _> =
        sql("SELECT (SELECT COUNT(*) FROM conversations), (SELECT COUNT(*) FROM messages), (SELECT value FROM counters WHERE name = 'position')").one(store.db()).await;
    match counts {
        Ok((conversations, messages, head)) => report.good(
            "database",
            format!(
                "{}: {conversations} conversations, {messages} messages, position {head}",
                store.db().engine()
            ),
        ),
        Err(error) => report.bad("database", error, "the schema may be damaged; restore a backup"),
    }
    let gap: Result<(i64, i64), _> = sql("SELECT COUNT(*), COALESCE(MAX(position), 0) FROM events")
        .one(store.db())
        .await;
    match gap {
        Ok((count, last)) if count == last => report.good("event log", format!("{count} events, no gap")),
        Ok((count, last)) => report.bad(
            "event log",
            format!("{count} events up to position {last}"),
            "positions are missing: restore a backup and report this",
        ),
        Err(error) => report.bad("event log", error, "see the database"),
    }
}

async fn channels(config: &Config, store: &Store, report: &mut Report) -> Result<()> {
    let dns = Dns::new(config.mail.name_server);
    for inbox in inboxes::list(store.db()).await? {
        let name = format!("inbox {}", inbox.name);
        if !inbox.is_enabled {
            report.note(&name, "is disabled");
            continue;
        }
        match inbox.channel {
            Channel::Email => email(store, &inbox.id, &name, &dns, report).await,
            Channel::Whatsapp => whatsapp(store, &inbox.id, &name, report).await,
            channel => report.good(&name, format!("{channel}, nothing to connect to")),
        }
    }
    Ok(())
}

async fn email(
    store: &Store,
    id: &conversation::types::InboxId,
    name: &str,
    dns: &Result<Dns, String>,
    report: &mut Report,
) {
    let settings: EmailSettings = match inboxes::settings(store, id).await {
        Ok(settings) => settings,
        Err(error) => return report.bad(name, error, "enter its settings again"),
    };
    let advice = "check host, port, protection, user and password in the inbox's settings";
    match &settings.imap {
        None => report.note(name, "reads no mailbox; mail comes by `email deliver` or the web hook"),
        Some(imap) => match probe::imap(store, imap).await {
            Ok(found) => {
                let how = if found.has_idle { "IDLE" } else { "polling" };
                report.good(name, format!("IMAP: {} mails, {how}", found.mails));
            }
            Err(why) => match why.failed {
                Failed::Folder(_) => report.bad(name, why.words, "pick the folders in the inbox's settings"),
                Failed::Name => report.bad(name, why.words, "look at the spelling of the server's name"),
                _ => report.bad(name, why.words, advice),
            },
        },
    }
    for folder in mailboxes::folders(store.db(), id).await.unwrap_or_default() {
        match folder.audit_unfiled {
            Some(count) if count > 0 => report.bad(
                name,
                format!("{count} mails of {} are not filed", folder.folder),
                "file them in the inbox's settings",
            ),
            _ if folder.finished_at.is_none() && folder.trouble.is_none() => report.note(
                name,
                format!("{}: {} of {} mails read", folder.folder, folder.done, folder.total),
            ),
            _ => {}
        }
    }
    if settings.smtp.is_none() {
        report.note(name, "has no server for sending");
    } else {
        match probe::smtp(store, &settings).await {
            Ok(limit) => {
                let limit = limit.map(|bytes| format!(", up to {} MB", bytes / 1_000_000));
                report.good(name, format!("SMTP: takes our mail{}", limit.unwrap_or_default()));
            }
            Err(why) => report.bad(name, why.words, advice),
        }
    }
    match dns {
        Ok(dns) => {
            for finding in dns::check(dns, &settings).await {
                match finding {
                    Finding::Good(words) => report.good(name, words),
                    Finding::Note(words) => report.note(name, words),
                    Finding::Bad(words, next) => report.bad(name, words, &next),
                }
            }
        }
        Err(words) => report.bad(name, words, "check /etc/resolv.conf, or set mail.name_server"),
    }
}

async fn whatsapp(store: &Store, id: &conversation::types::InboxId, name: &str, report: &mut Report) {
    let settings: WhatsappSettings = match inboxes::settings(store, id).await {
        Ok(settings) => settings,
        Err(error) => return report.bad(name, error, "enter its settings again"),
    };
    match Client::new(settings, store.now()) {
        Err(error) => report.bad(name, error, "correct the inbox's settings"),
        Ok(client) => match client.check().await {
            Ok(number) => report.good(
                name,
                format!(
                    "WhatsApp: {}",
                    number["display_phone_number"].as_str().unwrap_or("answers")
                ),
            ),
            Err(error) => report.bad(
                name,
                error,
                "renew the access token in Meta's Business settings and enter it in the inbox's settings",
            ),
        },
    }
}

async fn work(store: &Store, report: &mut Report) -> Result<()> {
    let now = store.now();
    let (late,): (i64,) = sql("SELECT COUNT(*) FROM deliveries WHERE state = 'queued' AND queued_at < $1")
        .bind(now - 15 * 60_000)
        .one(store.db())
        .await?;
    if late == 0 {
        report.good("deliveries", "none waits longer than 15 minutes");
    } else {
        report.bad(
            "deliveries",
            format!("{late} wait longer than 15 minutes"),
            "look at the inboxes above; is a process with the role `mail` running?",
        );
    }
    let dead = consumer::dead(store, 5).await?;
    match dead.first() {
        None => report.good("events", "none was put aside"),
        Some((group, position, error, _)) => report.bad(
            "events",
            format!("{} put aside; the last: {group} at {position}: {error}", dead.len()),
            "report this with the words above",
        ),
    }
    let waiting = quarantine::count(store.db()).await?;
    if waiting == 0 {
        report.good("quarantine", "empty");
    } else {
        report.note(
            "quarantine",
            format!("{waiting} waiting for a person: see Settings, Quarantine"),
        );
    }
    Ok(())
}
