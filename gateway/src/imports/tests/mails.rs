use std::io::Write;
use std::path::Path;

use super::super::mails::{Wanted, import};
use super::super::mbox::{Found, Mbox};
use super::super::{Report, Target};
use super::{count, counts, news, said};
use crate::backup::progress::Progress;
use crate::testing::TestApp;

fn mails(bytes: &[u8]) -> Vec<Found> {
    let mut mbox = Mbox::new(bytes, 0);
    let mut found = Vec::new();
    while let Some(one) = mbox.next().unwrap() {
        found.push(one);
    }
    assert_eq!(mbox.place(), bytes.len() as u64);
    found
}

fn mail(text: &str) -> Found {
    Found::Mail(text.as_bytes().to_vec())
}

#[test]
fn an_mbox_is_taken_apart() {
    const AT: &str = "From a@b.test Mon Jan  5 10:00:00 2026\n";
    let cases: Vec<(String, Vec<Found>)> = vec![
        (String::new(), vec![]),
        ("\n\n".to_owned(), vec![]),
        ("Subject: x\n".to_owned(), vec![Found::NoMbox]),
        (AT.to_owned(), vec![mail("")]),
        (format!("{AT}A: 1\n\none\n\n{AT}A: 2\n\ntwo\n"), vec![mail("A: 1\n\none\n"), mail("A: 2\n\ntwo\n")]),
        // What only looks like a separator, and what was kept from being one.
        (
            format!("{AT}A: 1\n\nFrom here on\n>From a\n>>From b\n> From c\n"),
            vec![mail("A: 1\n\nFrom here on\nFrom a\n>From b\n> From c\n")],
        ),
        // Other programs' separators, CRLF, no empty line before the next.
        (
            "From - Mon Jan 05 10:00:00 2026\r\nA: 1\r\n\r\none\r\nFrom 17@xxx Mon Jan 05 10:00:00 +0000 2026\r\nA: 2\r\n".to_owned(),
            vec![mail("A: 1\r\n\r\none\r\n"), mail("A: 2\r\n")],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(mails(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn any_bytes_are_taken_apart_in_one_pass() {
    let mut state = 7_u64;
    let mut bytes = b"From a Mon Jan 5 10:00:00 2026\n".to_vec();
    for _ in 0..200_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        bytes.push((state >> 56) as u8);
    }
    mails(&bytes);
}

fn written(id: &str, from: &str, to: &str, answers: &str, at: &str, text: &str) -> String {
    let refers = if answers.is_empty() {
        String::new()
    } else {
        format!("In-Reply-To: <{answers}>\nReferences: <{answers}>\n")
    };
    format!(
        "From: {from}\nTo: {to}\nSubject: Toner\nMessage-ID: <{id}>\n{refers}Date: {at}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    )
}

/// A customer, our answer, their thanks; a list; another customer's mail without an id.
fn story() -> Vec<String> {
    let support = "support@example.com";
    let at = |hour: u32| format!("Tue, 03 Feb 2015 {hour:02}:00:00 +0000");
    vec![
        written("1@c", "Bea <bea@customer.test>", support, "", &at(9), "It is empty"),
        written(
            "2@x",
            "Support <support@example.com>",
            "bea@customer.test",
            "1@c",
            &at(10),
            "A new one is on its way",
        ),
        written("3@c", "Bea <bea@customer.test>", support, "2@x", &at(11), "Thank you"),
        format!(
            "From: News <news@list.test>\nTo: {support}\nList-Id: <n.list.test>\nPrecedence: bulk\nMessage-ID: <4@l>\nDate: {}\n\nNews\n",
            at(12)
        ),
        format!(
            "From: cai@customer.test\nTo: {support}\nSubject: From me\nDate: {}\n\nHello\n",
            at(13)
        ),
    ]
}

async fn take(test: &TestApp, path: &Path, is_dry: bool, is_anew: bool) -> anyhow::Result<Report> {
    let target = Target::find(test.store(), "support@example.com", None).await?;
    let own = ["Old@example.com".to_owned()];
    let wanted = Wanted {
        path,
        own: &own,
        is_dry,
        is_anew,
    };
    import(test.store(), &target, &wanted, &mut Progress::silent()).await
}

#[tokio::test]
async fn an_mbox_becomes_conversations_with_their_history() {
    let test = TestApp::new().await;
    test.inbox().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("support.mbox");
    let mut file = std::fs::File::create(&path).unwrap();
    for mail in story() {
        write!(file, "From x@y.test Tue Feb  3 09:00:00 2015\n{mail}\n").unwrap();
    }
    let dry = take(&test, &path, true, false).await.unwrap();
    assert_eq!(
        (dry.messages, count(test.store(), "SELECT COUNT(*) FROM messages").await),
        (5, 0)
    );

    let report = take(&test, &path, false, false).await.unwrap();
    assert_eq!(counts(&report), (3, 5, 0, 0), "{report}");
    assert_eq!(
        said(test.store()).await,
        [
            "inbound: It is empty",
            "outbound Support: A new one is on its way",
            "inbound: Thank you",
            "inbound: News",
            "inbound: Hello",
        ]
    );
    assert_eq!(news(test.store()).await, []);
    assert_eq!(count(test.store(), "SELECT COUNT(*) FROM deliveries").await, 0);
    assert_eq!(
        count(test.store(), "SELECT COUNT(*) FROM conversations WHERE status <> 'resolved' OR waiting_since IS NOT NULL OR last_inbound_at IS NOT NULL").await,
        0
    );
    assert_eq!(
        count(test.store(), "SELECT COUNT(*) FROM contacts").await,
        3,
        "the business is no customer"
    );

    // Called again it goes on behind the end; from the beginning it finds everything known.
    let again = take(&test, &path, false, false).await.unwrap();
    assert_eq!(counts(&again), (0, 0, 0, 0), "{again}");
    let anew = take(&test, &path, false, true).await.unwrap();
    assert_eq!(counts(&anew), (0, 0, 5, 0), "{anew}");

    // The file grew.
    let late = written(
        "5@c",
        "bea@customer.test",
        "support@example.com",
        "3@c",
        "Wed, 04 Feb 2015 09:00:00 +0000",
        "Again",
    );
    write!(file, "From x@y.test Tue Feb  3 09:00:00 2015\n{late}\n").unwrap();
    let grown = take(&test, &path, false, false).await.unwrap();
    assert_eq!(counts(&grown), (0, 1, 0, 0), "{grown}");
    assert_eq!(count(test.store(), "SELECT COUNT(*) FROM conversations").await, 3);
}

#[tokio::test]
async fn a_customer_of_the_past_writes_again_and_it_is_news() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let dir = tempfile::tempdir().unwrap();
    for (number, mail) in story().iter().enumerate() {
        let folder = dir.path().join(if number == 1 { ".Sent/cur" } else { "cur" });
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{number}.host:2,S")), mail).unwrap();
    }
    let report = take(&test, dir.path(), false, false).await.unwrap();
    assert_eq!(counts(&report), (3, 5, 0, 0), "{report}");
    let raw = written(
        "6@c",
        "bea@customer.test",
        "support@example.com",
        "3@c",
        "Mon, 05 Jan 2026 10:00:00 +0000",
        "And now?",
    );
    let filed = channels::email::receive::deliver(test.store(), &inbox, raw.as_bytes())
        .await
        .unwrap();
    assert_eq!(filed.outcome, conversation::ingest::Outcome::Appended);
    assert_eq!(
        count(test.store(), "SELECT COUNT(*) FROM conversations WHERE status = 'open' AND waiting_since IS NOT NULL AND message_count = 4").await,
        1
    );
    assert_eq!(news(test.store()).await.len(), 1);

    // And an older mail of it that comes later leaves it as it stands.
    let old = dir.path().join("late.mbox");
    let mail = written(
        "7@c",
        "bea@customer.test",
        "support@example.com",
        "1@c",
        "Tue, 03 Feb 2015 09:30:00 +0000",
        "Hello?",
    );
    std::fs::write(&old, format!("From x@y.test Tue Feb  3 09:00:00 2015\n{mail}\n")).unwrap();
    take(&test, &old, false, false).await.unwrap();
    assert_eq!(
        count(test.store(), "SELECT COUNT(*) FROM conversations WHERE status = 'open' AND waiting_since IS NOT NULL AND message_count = 5 AND preview = 'And now?'").await,
        1
    );
    assert_eq!(news(test.store()).await.len(), 1);
}

#[tokio::test]
async fn what_is_neither_is_refused_in_words() {
    let test = TestApp::new().await;
    test.inbox().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("letter.txt");
    std::fs::write(&file, "Dear all,\n").unwrap();
    let cases = [
        (file.as_path(), "is no mbox file"),
        (dir.path(), "is no Maildir"),
        (Path::new("/nowhere"), "cannot read"),
    ];
    for (path, words) in cases {
        let error = take(&test, path, false, false).await.unwrap_err();
        assert!(format!("{error:#}").contains(words), "{error:#}");
    }
    let error = Target::find(test.store(), "sales", None).await.err().unwrap();
    assert!(error.to_string().contains("there are: Support"), "{error}");
}
