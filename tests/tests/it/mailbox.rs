//! Mailboxes as they are: cut connections, renumbered folders, servers that lack things, imports of
//! any size. The reader is ours, the server is scripted; the database is a real one.

use std::time::Duration;

use channels::email::watch::{Timing, watch};
use channels::email::{Begin, Credentials, EmailSettings, ImapSettings, SmtpSettings, TlsMode, audit, copies};
use conversation::db::sql;
use conversation::inboxes::{self, NewInbox};
use conversation::mailboxes::{self, Folder};
use conversation::types::{Actor, Channel, InboxHealth, InboxId, Language};
use futures::future::join_all;
use tests::harness::{Cut, FakeImap, FakeSmtp, eventually};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::core::bed::{Bed, HOUR};

const FAST: Timing = Timing {
    poll_every: Duration::from_millis(200),
    idle_for: Duration::from_secs(30),
};

fn imap(server: &FakeImap) -> ImapSettings {
    ImapSettings {
        host: "127.0.0.1".to_owned(),
        port: server.port(),
        tls: TlsMode::None,
        user: "support".to_owned(),
        auth: Credentials::Password {
            password: "secret".to_owned(),
        },
        ..ImapSettings::default()
    }
}

async fn inbox(bed: &Bed, imap: ImapSettings) -> InboxId {
    let settings = EmailSettings {
        address: "support@example.test".to_owned(),
        imap: Some(imap),
        ..EmailSettings::default()
    };
    add(bed, &settings).await
}

async fn add(bed: &Bed, settings: &EmailSettings) -> InboxId {
    let new = NewInbox {
        channel: Channel::Email,
        name: format!("support-{}", bed.store.env().ulid()),
        language: Language::En,
        address: settings.address.clone(),
        bot_enabled: false,
        settings,
    };
    inboxes::create(&bed.store, &Actor::System, new)
        .await
        .expect("an inbox")
}

fn mail(number: usize) -> String {
    format!(
        "From: Eva <eva{number}@customer.test>\r\nTo: support@example.test\r\nSubject: Question {number}\r\n\
         Message-ID: <{number}@customer.test>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nQuestion number {number}\r\n"
    )
}

/// A reader that stops with the test.
struct Reader {
    stop: CancellationToken,
    task: AbortOnDropHandle<conversation::Result<()>>,
}

impl Reader {
    fn start(bed: &Bed, inbox: &InboxId) -> Reader {
        Reader::of(bed.store.clone(), inbox.clone())
    }

    fn of(store: conversation::Store, inbox: InboxId) -> Reader {
        let stop = CancellationToken::new();
        let own = stop.clone();
        let task = AbortOnDropHandle::new(tokio::spawn(
            async move { watch(&store, &inbox, "reader", FAST, own).await },
        ));
        Reader { stop, task }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("it ends").expect("without trouble");
    }
}

async fn count(bed: &Bed) -> i64 {
    bed.count("SELECT COUNT(*) FROM messages WHERE kind = 'inbound'").await
}

async fn wait_for(bed: &Bed, wanted: i64) {
    eventually(&format!("{wanted} messages"), async || {
        (count(bed).await >= wanted).then_some(())
    })
    .await;
}

async fn state(bed: &Bed, inbox: &InboxId, name: &str) -> Folder {
    mailboxes::folder(bed.store.db(), inbox, name)
        .await
        .expect("a query")
        .expect("the folder")
}

async fn finished(bed: &Bed, inbox: &InboxId, name: &str) -> Folder {
    eventually("the import is done", async || {
        mailboxes::folder(bed.store.db(), inbox, name)
            .await
            .expect("a query")
            .filter(|folder| folder.finished_at.is_some())
    })
    .await
}

/// Every mail once, whatever happened on the way.
async fn each_once(bed: &Bed, wanted: i64) {
    wait_for(bed, wanted).await;
    assert_eq!(count(bed).await, wanted);
    let twice = "SELECT COUNT(*) FROM (SELECT external_id FROM messages WHERE kind = 'inbound' GROUP BY external_id HAVING COUNT(*) > 1) AS twice";
    assert_eq!(bed.count(twice).await, 0);
    bed.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_that_is_cut_at_any_command_loses_and_repeats_nothing() -> anyhow::Result<()> {
    // What an undisturbed reading says: each of its commands is cut in each way.
    let undisturbed = run(None).await?;
    let commands = undisturbed.commands();
    assert!(
        ["LOGIN", "CAPABILITY", "EXAMINE", "UID FETCH", "IDLE"]
            .iter()
            .all(|word| commands.iter().any(|command| command.starts_with(word))),
        "{commands:?}"
    );
    let cases = (0..commands.len().min(10)).flat_map(|at| [Cut::Before, Cut::Within, Cut::After].map(|cut| (at, cut)));
    let outcomes = join_all(cases.map(|case| async move { (case, run(Some(case)).await) })).await;
    for (case, outcome) in outcomes {
        let server = outcome?;
        assert!(server.was_cut(), "{case:?} was reached");
        assert!(server.connections() > 1, "{case:?}: it came back");
    }
    Ok(())
}

/// Reads five mails, then two that arrive while it waits.
async fn run(cut: Option<(usize, Cut)>) -> anyhow::Result<FakeImap> {
    let server = FakeImap::start().await?;
    for number in 0..5 {
        server.append("INBOX", mail(number));
    }
    if let Some((at, cut)) = cut {
        server.cut(at, cut);
    }
    let bed = Bed::sqlite().await;
    let inbox = inbox(&bed, imap(&server)).await;
    let reader = Reader::start(&bed, &inbox);
    wait_for(&bed, 5).await;
    for number in 5..7 {
        server.append("INBOX", mail(number));
        wait_for(&bed, i64::try_from(number)? + 1).await;
    }
    eventually("the cut", async || server.was_cut().then_some(())).await;
    if cut.is_some() {
        eventually("a new connection", async || (server.connections() > 1).then_some(())).await;
        server.append("INBOX", mail(7));
        each_once(&bed, 8).await;
    } else {
        each_once(&bed, 7).await;
    }
    reader.stop().await;
    Ok(server)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_without_idle_and_uidnext_is_read_as_well() -> anyhow::Result<()> {
    let server = FakeImap::start().await?;
    server.without_idle().without_uid_next();
    server.append("INBOX", mail(0));
    let bed = Bed::sqlite().await;
    let inbox = inbox(&bed, imap(&server)).await;
    let reader = Reader::start(&bed, &inbox);
    wait_for(&bed, 1).await;
    server.append("INBOX", mail(1));
    each_once(&bed, 2).await;
    let commands = server.commands();
    assert!(commands.iter().any(|command| command == "NOOP"), "{commands:?}");
    assert!(
        !commands
            .iter()
            .any(|command| command.starts_with("IDLE") || command.contains("RETURN")),
        "{commands:?}"
    );
    reader.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_folders_are_followed_each_on_its_own() -> anyhow::Result<()> {
    let server = FakeImap::start().await?;
    server.add_folder("Sales", "").add_folder("Spam", "\\Junk");
    server.append("INBOX", mail(0));
    server.append("Sales", mail(1));
    server.append("Spam", mail(2));
    let bed = Bed::sqlite().await;
    let settings = ImapSettings {
        more_folders: vec![
            "Sales".to_owned(),
            "Missing".to_owned(),
            "inbox".to_owned(),
            "Spam".to_owned(),
        ],
        ..imap(&server)
    };
    let inbox = inbox(&bed, settings).await;
    let reader = Reader::start(&bed, &inbox);
    each_once(&bed, 3).await;
    let missing = eventually("trouble with the missing folder", async || {
        state(&bed, &inbox, "INBOX").await;
        mailboxes::folder(bed.store.db(), &inbox, "Missing")
            .await
            .ok()
            .flatten()
    })
    .await;
    assert!(
        missing.trouble.as_deref().unwrap_or_default().contains("Missing"),
        "{missing:?}"
    );
    assert_eq!(
        inboxes::load(bed.store.db(), &inbox).await?.health,
        InboxHealth::Ok,
        "the others are read"
    );
    // A mail that somebody moves is the same mail.
    server.append("Sales", mail(0));
    server.append("Sales", mail(3));
    each_once(&bed, 4).await;
    // The folder comes back.
    server.add_folder("Missing", "");
    server.append("Missing", mail(4));
    each_once(&bed, 5).await;
    assert_eq!(state(&bed, &inbox, "Missing").await.trouble, None);
    reader.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_mailbox_is_read_from_when_it_was_wanted() -> anyhow::Result<()> {
    for (begin, wanted) in [(Begin::Everything, 4), (Begin::Days(2), 2), (Begin::Now, 0)] {
        let server = FakeImap::start().await?;
        // The clock of the test stands at noon of the 25th of November 2023.
        server.append_at("INBOX", mail(0), "17-Jul-2019 02:44:25 -0700");
        server.append_at("INBOX", mail(1), "24-Nov-2023 09:00:00 +0000");
        server.append_at("INBOX", mail(2), " 1-Jan-2022 02:44:25 -0700");
        server.append_at("INBOX", mail(3), "25-Nov-2023 11:59:00 +0000");
        let bed = Bed::sqlite().await;
        let settings = ImapSettings { begin, ..imap(&server) };
        let inbox = inbox(&bed, settings).await;
        let reader = Reader::start(&bed, &inbox);
        let folder = finished(&bed, &inbox, "INBOX").await;
        assert_eq!((folder.total, folder.done), (wanted, wanted), "{begin:?}");
        assert_eq!(count(&bed).await, wanted, "{begin:?}");
        // What arrives afterwards is read, also what somebody rescues from elsewhere.
        server.append_at("INBOX", mail(4), "25-Nov-2023 12:00:01 +0000");
        server.append_at("INBOX", mail(5), "01-Oct-2023 12:00:01 +0000");
        each_once(&bed, wanted + 2).await;
        // Renumbered: what was left alone stays alone.
        server.append_at("INBOX", mail(6), "25-Nov-2023 12:00:02 +0000");
        each_once(&bed, wanted + 3).await;
        reader.stop().await;
        server.renumber("INBOX");
        bed.clock.advance(HOUR);
        let reader = Reader::start(&bed, &inbox);
        let again = eventually("the folder is read anew", async || {
            let folder = state(&bed, &inbox, "INBOX").await;
            (folder.uid_validity == 2 && folder.finished_at.is_some()).then_some(folder)
        })
        .await;
        assert_eq!(again.since, folder.since);
        server.append("INBOX", mail(7));
        each_once(&bed, wanted + 4).await;
        reader.stop().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_large_import_goes_on_where_it_was_cut_off() -> anyhow::Result<()> {
    const MANY: usize = 1_500;
    let server = FakeImap::start().await?;
    for number in 0..MANY {
        server.append("INBOX", mail(number));
    }
    let bed = Bed::sqlite().await;
    let inbox = inbox(&bed, imap(&server)).await;
    let reader = Reader::start(&bed, &inbox);
    wait_for(&bed, 300).await;
    // As if the process died: nothing is put in order.
    drop(reader);
    let before = server.commands().len();
    let half = count(&bed).await;
    assert!(half < i64::try_from(MANY)?, "it was in the middle");
    conversation::leases::release(&bed.store, &format!("mailbox:{inbox}"), "reader").await?;
    let reader = Reader::start(&bed, &inbox);
    let folder = finished(&bed, &inbox, "INBOX").await;
    assert_eq!(folder.total, i64::try_from(MANY)?);
    each_once(&bed, i64::try_from(MANY)?).await;
    let commands = server.commands();
    assert!(
        !commands[before..]
            .iter()
            .any(|command| command.starts_with("UID FETCH 1:")),
        "not from the start: {:?}",
        &commands[before..before + 4]
    );
    reader.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_audit_lists_what_is_not_filed_and_files_it() -> anyhow::Result<()> {
    let server = FakeImap::start().await?;
    for number in 0..3 {
        server.append("INBOX", mail(number));
    }
    server.append("INBOX", "From: nobody@customer.test\r\nSubject: no id\r\n\r\nhello\r\n");
    let bed = Bed::sqlite().await;
    let inbox = inbox(&bed, imap(&server)).await;
    let reader = Reader::start(&bed, &inbox);
    finished(&bed, &inbox, "INBOX").await;
    reader.stop().await;
    assert_eq!(audit::now(&bed.store, &inbox).await?, 0);
    // A row is lost (here on purpose; in the field by a restored backup).
    let mut tx = bed.store.begin().await?;
    for table in ["messages", "thread_ids"] {
        let column = if table == "messages" { "external_id" } else { "mid" };
        conversation::db::composed_sql(format!("DELETE FROM {table} WHERE {column} IN ('1@customer.test')"))
            .run(&mut tx)
            .await?;
    }
    sql("DELETE FROM messages WHERE external_id LIKE 'sha256-%'")
        .run(&mut tx)
        .await?;
    sql("DELETE FROM thread_ids WHERE mid LIKE 'sha256-%'")
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    assert_eq!(audit::now(&bed.store, &inbox).await?, 2);
    let found = mailboxes::unfiled(bed.store.db(), &inbox, 10).await?;
    let listed: Vec<(i64, &str, &str)> = found
        .iter()
        .map(|mail| (mail.uid, mail.sender.as_str(), mail.subject.as_str()))
        .collect();
    assert_eq!(
        listed,
        [
            (2, "eva1@customer.test", "Question 1"),
            (4, "nobody@customer.test", "no id")
        ]
    );
    assert_eq!(found[0].message_id.as_deref(), Some("1@customer.test"));
    let folder = state(&bed, &inbox, "INBOX").await;
    assert_eq!((folder.audit_total, folder.audit_unfiled), (Some(4), Some(2)));
    for mail in &found {
        audit::file(&bed.store, &inbox, mail).await?;
    }
    assert_eq!(count(&bed).await, 4);
    assert_eq!(mailboxes::unfiled(bed.store.db(), &inbox, 10).await?, []);
    assert_eq!(state(&bed, &inbox, "INBOX").await.audit_unfiled, Some(0));
    let gone = audit::file(
        &bed.store,
        &inbox,
        &mailboxes::Unfiled {
            uid: 99,
            ..found[0].clone()
        },
    )
    .await;
    assert!(gone.is_err_and(|error| error.to_string().contains("no longer there")));
    assert_eq!(audit::now(&bed.store, &inbox).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_copy_of_what_was_sent_is_made_once() -> anyhow::Result<()> {
    let server = FakeImap::start().await?;
    server.add_folder("Enviados", "\\HasNoChildren \\Sent");
    let smtp = FakeSmtp::start().await?;
    let bed = Bed::sqlite().await;
    let ana = bed.agent("ana").await;
    let settings = EmailSettings {
        address: "support@example.test".to_owned(),
        imap: Some(imap(&server)),
        smtp: Some(SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port: smtp.port(),
            tls: TlsMode::None,
            user: String::new(),
            auth: None,
            extra_ca: None,
            hello: String::new(),
        }),
        copy_to_sent: true,
        ..EmailSettings::default()
    };
    let inbox = add(&bed, &settings).await;
    let question = crate::core::bed::mail(&inbox, "eva@customer.test", "1@customer.test", "Hello");
    let (conversation, _) = bed.place(&question).await;
    let sending = conversation::reply::Sending {
        cc: vec!["boss@customer.test".to_owned()],
        ..Default::default()
    };
    conversation::reply::reply_with(&bed.store, &ana, bed.words(&conversation, "Yes"), sending).await?;
    let dispatcher = channels::dispatch::Dispatcher::new(bed.store.clone(), "sender", "https://s.example");
    assert_eq!(dispatcher.send_due().await?, 2);
    assert_eq!(smtp.received().len(), 2);
    assert_eq!(copies::make_due(&bed.store).await?, 1, "one message, one copy");
    let stored = server.mails("Enviados");
    assert_eq!(stored.len(), 1);
    assert_eq!(
        String::from_utf8_lossy(&stored[0]).trim_end(),
        smtp.received()[0].text().trim_end(),
        "the mail as it left"
    );
    // A try whose end was lost: the folder has it already.
    conversation::reply::reply(&bed.store, &ana, bed.words(&conversation, "And more")).await?;
    dispatcher.send_due().await?;
    let commands = server.commands().len();
    // LOGIN, CAPABILITY, LIST, EXAMINE, UID SEARCH, APPEND: the last one's answer never arrives.
    server.cut(commands + 5, Cut::Within);
    assert_eq!(copies::make_due(&bed.store).await?, 1);
    assert!(server.was_cut());
    assert_eq!(server.mails("Enviados").len(), 2, "{:?}", server.commands());
    assert_eq!(copies::make_due(&bed.store).await?, 0, "not at once");
    bed.clock.advance(HOUR);
    assert_eq!(copies::make_due(&bed.store).await?, 1);
    assert_eq!(server.mails("Enviados").len(), 2, "it is there once");
    const DONE: &str = "SELECT COUNT(*) FROM sent_copies WHERE state = 'done'";
    assert_eq!(bed.count(DONE).await, 2);
    // One whose bytes are gone holds up no other.
    for words in ["Lost", "Kept"] {
        conversation::reply::reply(&bed.store, &ana, bed.words(&conversation, words)).await?;
        dispatcher.send_due().await?;
    }
    let mut tx = bed.store.begin().await?;
    let sha256 = "0".repeat(64);
    sql("UPDATE sent_copies SET raw_sha256 = $1 WHERE message_id = (SELECT MIN(message_id) FROM sent_copies WHERE state = 'queued')")
        .bind(sha256)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    assert_eq!(copies::make_due(&bed.store).await?, 2);
    assert_eq!(server.mails("Enviados").len(), 3);
    assert_eq!(bed.count(DONE).await, 3);
    Ok(())
}

mod certificates;
mod crash;
mod pipe;
mod real;
mod sent;
