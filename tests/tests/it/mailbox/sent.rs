//! The folder for sent mail of a real server: what is sent with another program is seen at the desk.

use conversation::access;
use conversation::conversations::Message;
use conversation::mailboxes;
use conversation::types::{ConversationId, ConversationStatus, MessageKind};
use tests::harness::Dovecot;
use tests::need;

use super::real::of_dovecot;
use super::*;
use crate::core::bed::both;

const USER: &str = "support@example.test";
const FOLDER: &str = "Enviados";

both! {
    the_folder_for_sent_mail_is_followed,
    it_counts_from_when_it_is_switched_on,
    a_copy_of_ours_is_no_answer_of_somebody,
    a_folder_that_is_numbered_anew_says_nothing_twice,
    a_copy_that_cannot_be_wished_for_sends_no_mail_twice,
}

fn follow(dovecot: &Dovecot, is_followed: bool) -> EmailSettings {
    EmailSettings {
        address: USER.to_owned(),
        imap: Some(of_dovecot(dovecot, USER)),
        follow_sent: is_followed,
        ..EmailSettings::default()
    }
}

fn smtp_of(server: &FakeSmtp) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port: server.port(),
        tls: TlsMode::None,
        user: String::new(),
        auth: None,
        extra_ca: None,
        hello: String::new(),
    }
}

/// A mail as a telephone sends it.
fn sent(id: &str, answers: &str, to: &str, fields: &str) -> String {
    format!(
        "From: Ana <{USER}>\r\nTo: {to}\r\nSubject: Re: Question\r\nMessage-ID: <{id}>\r\n{answers}{fields}\
         Date: Mon, 02 Mar 2026 10:05:00 +0000\r\n\r\nIt *is* on its way.\r\n\r\nOn Mon, 2 Mar 2026, Eva wrote:\r\n> Question\r\n"
    )
}

fn answers(id: &str) -> String {
    format!("In-Reply-To: <{id}>\r\nReferences: <{id}>\r\n")
}

async fn put(dovecot: &Dovecot, raw: &str) {
    put_at(dovecot, raw, None).await;
}

/// As [`put`], for a mail that lies there since `arrived`: a quoted date-time of RFC 9051, as `APPEND` takes it.
async fn put_at(dovecot: &Dovecot, raw: &str, arrived: Option<&str>) {
    let mut session = dovecot.session(USER).await.expect("a session");
    // It may be there already.
    let _ = session.create(FOLDER).await;
    session
        .append(FOLDER, Some("(\\Seen)"), arrived, raw)
        .await
        .expect("APPEND");
    session.logout().await.expect("LOGOUT");
}

async fn attached(bed: &Bed, inbox: &InboxId) {
    eventually("the folder for sent mail is followed", async || {
        let folder = mailboxes::folder(bed.store.db(), inbox, FOLDER)
            .await
            .expect("a query")?;
        (folder.is_sent && folder.finished_at.is_some()).then_some(())
    })
    .await;
}

/// The messages that were sent, once there are so many.
async fn said(bed: &Bed, wanted: i64) -> Vec<(Message, ConversationId)> {
    eventually(&format!("{wanted} sent mails"), async || {
        let there = bed.count("SELECT COUNT(*) FROM messages WHERE kind = 'outbound'").await;
        (there >= wanted).then_some(())
    })
    .await;
    let ids: Vec<(String,)> = sql("SELECT id FROM messages WHERE kind = 'outbound' ORDER BY id")
        .all(bed.store.db())
        .await
        .expect("messages");
    let mut all = Vec::new();
    for (id,) in ids {
        let message = access::message(bed.store.db(), &Actor::System, &id.into())
            .await
            .expect("stored");
        let conversation = message.conversation_id.clone();
        all.push((message, conversation));
    }
    assert_eq!(i64::try_from(all.len()).ok(), Some(wanted));
    all
}

async fn the_folder_for_sent_mail_is_followed(bed: Bed) {
    let mut dovecot = need!(Dovecot::start().await);
    // Before it is followed: of no account.
    put(&dovecot, &sent("0@phone.test", "", "old@customer.test", "")).await;
    dovecot.append(USER, mail(0)).await.expect("APPEND");
    let inbox = add(&bed, &follow(&dovecot, true)).await;
    let reader = Reader::start(&bed, &inbox);
    each_once(&bed, 1).await;
    attached(&bed, &inbox).await;
    // An answer, pushed by IDLE as mail that arrives is.
    put(
        &dovecot,
        &sent(
            "1@phone.test",
            &answers("0@customer.test"),
            "Eva <eva0@customer.test>",
            "",
        ),
    )
    .await;
    let (answer, conversation) = said(&bed, 1).await.remove(0);
    assert_eq!(
        (answer.kind, answer.text.as_str()),
        (MessageKind::Outbound, "It *is* on its way.")
    );
    assert_eq!(answer.author_id, "Ana");
    assert_eq!(answer.extra.expect("facts")["elsewhere"], true);
    assert_eq!(bed.conversation(&conversation).await.waiting_since, None);
    // A matter that is begun there, to somebody whom nobody knows yet, and its answer.
    put(&dovecot, &sent("2@phone.test", "", "Bob <bob@customer.test>", "")).await;
    let (_, begun) = said(&bed, 2).await.remove(1);
    let found = bed.conversation(&begun).await;
    assert_eq!(found.status, ConversationStatus::Resolved);
    dovecot
        .append(
            USER,
            format!("From: bob@customer.test\r\nTo: {USER}\r\nSubject: Re: Question\r\nMessage-ID: <b@customer.test>\r\n{}\r\nWhen?\r\n", answers("2@phone.test")),
        )
        .await
        .expect("APPEND");
    each_once(&bed, 2).await;
    let found = bed.conversation(&begun).await;
    assert_eq!((found.status, found.message_count), (ConversationStatus::Open, 2));
    // Automatic mails, and what a mailbox that moved house brought along, are nothing that anybody said now.
    put(
        &dovecot,
        &sent(
            "3@phone.test",
            &answers("0@customer.test"),
            "eva0@customer.test",
            "Auto-Submitted: auto-replied\r\n",
        ),
    )
    .await;
    let old = sent("4@phone.test", "", "x@customer.test", "").replace("2026", "2003");
    put(&dovecot, &old).await;
    // Away for a while: what is there is read once.
    dovecot.stop().await.expect("stopped");
    dovecot.start_again().await.expect("started");
    put(
        &dovecot,
        &sent("5@phone.test", &answers("0@customer.test"), "eva0@customer.test", ""),
    )
    .await;
    said(&bed, 3).await;
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM deliveries").await,
        0,
        "nothing of it is sent again"
    );
    assert_eq!(bed.count("SELECT COUNT(*) FROM contacts").await, 2);
    reader.stop().await;
    assert_eq!(audit::now(&bed.store, &inbox).await.expect("an audit"), 0);
    bed.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_mailbox_without_such_a_folder_is_read_all_the_same() -> anyhow::Result<()> {
    let server = FakeImap::start().await?;
    server.append("INBOX", mail(0));
    let bed = Bed::sqlite().await;
    let settings = EmailSettings {
        imap: Some(imap(&server)),
        address: USER.to_owned(),
        follow_sent: true,
        ..EmailSettings::default()
    };
    let inbox = add(&bed, &settings).await;
    let reader = Reader::start(&bed, &inbox);
    each_once(&bed, 1).await;
    let words = eventually("what is wrong", async || {
        let folder = mailboxes::folder(bed.store.db(), &inbox, "Sent")
            .await
            .expect("a query")?;
        folder.trouble
    })
    .await;
    assert!(words.contains("no folder for sent mail"), "{words}");
    server.append("INBOX", mail(1));
    each_once(&bed, 2).await;
    // Somebody makes one, under a name that says it.
    server.add_folder("INBOX.Gesendete Elemente", "");
    eventually("it is followed", async || {
        let all = mailboxes::folders(bed.store.db(), &inbox).await.expect("a query");
        let sent: Vec<_> = all.iter().filter(|folder| folder.is_sent).collect();
        (sent.len() == 1 && sent[0].folder == "INBOX.Gesendete Elemente" && sent[0].trouble.is_none()).then_some(())
    })
    .await;
    server.append_at(
        "INBOX.Gesendete Elemente",
        sent("1@phone.test", &answers("0@customer.test"), "eva0@customer.test", ""),
        "02-Mar-2026 10:05:00 +0000",
    );
    said(&bed, 1).await;
    reader.stop().await;
    Ok(())
}

async fn it_counts_from_when_it_is_switched_on(bed: Bed) {
    let dovecot = need!(Dovecot::start().await);
    dovecot.append(USER, mail(0)).await.expect("APPEND");
    put(
        &dovecot,
        &sent("0@phone.test", &answers("0@customer.test"), "eva0@customer.test", ""),
    )
    .await;
    let inbox = add(&bed, &follow(&dovecot, false)).await;
    let reader = Reader::start(&bed, &inbox);
    each_once(&bed, 1).await;
    let switch = async |is_followed: bool| {
        let settings = follow(&dovecot, is_followed);
        inboxes::configure(&bed.store, &Actor::System, &inbox, &settings, false, true)
            .await
            .expect("configured");
    };
    // Whoever reads the mailbox hears of it.
    switch(true).await;
    attached(&bed, &inbox).await;
    switch(false).await;
    eventually("it is followed no more", async || {
        let folder = mailboxes::folder(bed.store.db(), &inbox, FOLDER)
            .await
            .expect("a query");
        folder.is_none().then_some(())
    })
    .await;
    put(
        &dovecot,
        &sent("1@phone.test", &answers("0@customer.test"), "eva0@customer.test", ""),
    )
    .await;
    switch(true).await;
    attached(&bed, &inbox).await;
    put(
        &dovecot,
        &sent("2@phone.test", &answers("0@customer.test"), "eva0@customer.test", ""),
    )
    .await;
    let (message, _) = said(&bed, 1).await.remove(0);
    assert_eq!(message.external_id.as_deref(), Some("2@phone.test"));
    reader.stop().await;
}

async fn a_copy_of_ours_is_no_answer_of_somebody(bed: Bed) {
    let dovecot = need!(Dovecot::start().await);
    let smtp = FakeSmtp::start().await.expect("a server");
    put(&dovecot, &sent("0@phone.test", "", "old@customer.test", "")).await;
    dovecot.append(USER, mail(0)).await.expect("APPEND");
    let ana = bed.agent("ana").await;
    let settings = EmailSettings {
        smtp: Some(smtp_of(&smtp)),
        copy_to_sent: true,
        ..follow(&dovecot, true)
    };
    let inbox = add(&bed, &settings).await;
    let reader = Reader::start(&bed, &inbox);
    each_once(&bed, 1).await;
    attached(&bed, &inbox).await;
    let conversations: Vec<(String,)> = sql("SELECT id FROM conversations")
        .all(bed.store.db())
        .await
        .expect("one");
    let conversation = ConversationId::from(conversations[0].0.as_str());
    bed.say(&ana, &conversation, "It left from here").await;
    let dispatcher = channels::dispatch::Dispatcher::new(bed.store.clone(), "sender", "https://s.example");
    assert_eq!(dispatcher.send_due().await.expect("sent"), 1);
    assert_eq!(copies::make_due(&bed.store).await.expect("a copy"), 1);
    // The same under an id that the server put in place of ours, which nobody told us of.
    let left = smtp.received()[0].text();
    let renamed: String = left
        .lines()
        .map(|line| {
            if line.starts_with("Message-ID:") {
                "Message-ID: <renamed@server.test>\r\n".to_owned()
            } else {
                format!("{line}\r\n")
            }
        })
        .collect();
    put(&dovecot, &renamed).await;
    // What is behind both was read once they were.
    put(
        &dovecot,
        &sent("1@phone.test", &answers("0@customer.test"), "eva0@customer.test", ""),
    )
    .await;
    let all = said(&bed, 2).await;
    assert_eq!(all[1].0.external_id.as_deref(), Some("1@phone.test"));
    reader.stop().await;
    bed.check().await;
}

/// A provider that restores a mailbox numbers its mails anew: the folder is read from its beginning.
async fn a_folder_that_is_numbered_anew_says_nothing_twice(bed: Bed) {
    let mut dovecot = need!(Dovecot::start().await);
    // Only the server tells that it is from before the folder was followed.
    let old = sent("0@phone.test", "", "old@customer.test", "");
    put_at(&dovecot, &old, Some("\"02-Mar-2003 10:05:00 +0000\"")).await;
    dovecot.append(USER, mail(0)).await.expect("APPEND");
    let inbox = add(&bed, &follow(&dovecot, true)).await;
    let reader = Reader::start(&bed, &inbox);
    each_once(&bed, 1).await;
    attached(&bed, &inbox).await;
    let answer = |number: usize| {
        let id = format!("{number}@phone.test");
        sent(&id, &answers("0@customer.test"), "eva0@customer.test", "")
    };
    put(&dovecot, &answer(1)).await;
    said(&bed, 1).await;
    let validity = dovecot.renumber(USER, FOLDER).await.expect("numbered anew");
    put(&dovecot, &answer(2)).await;
    let all = said(&bed, 2).await;
    let ids: Vec<Option<&str>> = all.iter().map(|(message, _)| message.external_id.as_deref()).collect();
    assert_eq!(ids, [Some("1@phone.test"), Some("2@phone.test")]);
    let folder = eventually("the new numbering", async || {
        let folder = mailboxes::folder(bed.store.db(), &inbox, FOLDER)
            .await
            .expect("a query")?;
        (folder.uid_validity == i64::from(validity) && folder.finished_at.is_some()).then_some(folder)
    })
    .await;
    assert!(folder.is_sent && folder.trouble.is_none(), "{folder:?}");
    // And it is followed on.
    put(&dovecot, &answer(3)).await;
    said(&bed, 3).await;
    assert_eq!(bed.count("SELECT COUNT(*) FROM contacts").await, 1);
    reader.stop().await;
    bed.check().await;
}

/// The mail has left: what is wrong with its copy is no reason to say that it failed, or to send it again.
async fn a_copy_that_cannot_be_wished_for_sends_no_mail_twice(bed: Bed) {
    let smtp = FakeSmtp::start().await.expect("a server");
    let settings = EmailSettings {
        address: USER.to_owned(),
        smtp: Some(smtp_of(&smtp)),
        copy_to_sent: true,
        ..EmailSettings::default()
    };
    let inbox = add(&bed, &settings).await;
    let raw = mail(0);
    channels::email::receive::deliver(&bed.store, &inbox, raw.as_bytes())
        .await
        .expect("filed");
    let (conversation,): (ConversationId,) = sql("SELECT id FROM conversations")
        .one(bed.store.db())
        .await
        .expect("one");
    let ana = bed.agent("ana").await;
    bed.say(&ana, &conversation, "It is on its way").await;
    let change = async |statement: &'static str| {
        let mut tx = bed.store.begin().await.expect("a transaction");
        sql(statement).run(&mut tx).await.expect("changed");
        tx.commit_silently().await.expect("committed");
    };
    change("ALTER TABLE sent_copies RENAME TO sent_copies_away").await;
    let dispatcher = channels::dispatch::Dispatcher::new(bed.store.clone(), "sender", "https://s.example");
    assert_eq!(dispatcher.send_due().await.expect("sent"), 1);
    change("ALTER TABLE sent_copies_away RENAME TO sent_copies").await;
    assert_eq!(smtp.received().len(), 1);
    let (state,): (String,) = sql("SELECT state FROM deliveries")
        .one(bed.store.db())
        .await
        .expect("one");
    assert_eq!(state, "sent");
    assert_eq!(dispatcher.send_due().await.expect("a look"), 0);
}
