use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::wire::{batches, quoted, uid_set};
use super::*;
use crate::email::settings::{Credentials, ImapSettings, TlsMode};

/// A server that waits for each command and answers with the text beside it; `TAG` is the command's
/// tag. A command must start as written. Ends by closing the connection.
async fn server(script: Vec<(&'static str, &'static str)>) -> (ImapSettings, JoinHandle<()>) {
    let opening = [
        ("LOGIN \"support\" \"secret\"", "TAG OK in"),
        ("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE\nTAG OK done"),
    ];
    scripted(opening.into_iter().chain(script).collect()).await
}

/// The same from the first command on.
async fn scripted(script: Vec<(&'static str, &'static str)>) -> (ImapSettings, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let task = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.expect("a client");
        let mut socket = BufReader::new(socket);
        socket.write_all(b"* OK hello\r\n").await.expect("written");
        let mut tag = String::new();
        for (command, answer) in script {
            let mut line = String::new();
            socket.read_line(&mut line).await.expect("a command");
            let line = line.trim_end();
            // Neither the end of IDLE nor an answer to a challenge has a tag.
            let said = if !line.contains(' ') {
                line
            } else {
                let (found, rest) = line.split_once(' ').expect("a tag");
                tag = found.to_owned();
                rest
            };
            assert!(said.starts_with(command), "{command} expected, {said} read");
            let answer = answer.replace("TAG", &tag).replace('\n', "\r\n");
            socket
                .write_all(format!("{answer}\r\n").as_bytes())
                .await
                .expect("written");
        }
    });
    let settings = ImapSettings {
        host: "127.0.0.1".into(),
        port,
        tls: TlsMode::None,
        user: "support".into(),
        auth: Credentials::Password {
            password: "secret".into(),
        },
        folder: "INBOX".into(),
        max_size: 1_000,
        ..ImapSettings::default()
    };
    (settings, task)
}

async fn session(script: Vec<(&'static str, &'static str)>) -> (Session, JoinHandle<()>) {
    let (settings, task) = server(script).await;
    (connect(&settings).await.expect("signed in"), task)
}

/// A folder of three mails that does not say its UIDNEXT.
const OPEN: (&str, &str) = ("EXAMINE", "* 3 EXISTS\n* OK [UIDVALIDITY 77] x\nTAG OK done");

#[tokio::test]
async fn a_large_folder_is_listed_in_windows() {
    let (mut session, task) = session(vec![
        ("EXAMINE", "* 3 EXISTS\n* OK [UIDVALIDITY 77] x\n* OK [UIDNEXT 200001] x\nTAG OK done"),
        ("UID FETCH 1:2000 (UID RFC822.SIZE INTERNALDATE)", "TAG OK done"),
        ("UID FETCH 2001:6000 (UID RFC822.SIZE INTERNALDATE)", "TAG OK done"),
        (
            "UID FETCH 6001:14000 (UID RFC822.SIZE INTERNALDATE)",
            "* 1 FETCH (UID 7000 RFC822.SIZE 10 INTERNALDATE \" 1-Feb-2024 02:44:25 +0000\")\n* 2 FETCH (UID 7001 RFC822.SIZE 10 INTERNALDATE \"02-Feb-2024 02:44:25 -0700\")\n* 3 FETCH (INTERNALDATE \"nonsense\" UID 7002 RFC822.SIZE 10)\nTAG OK done",
        ),
        ("UID FETCH 7001 (UID BODY.PEEK[])", "* 2 FETCH (UID 7001 BODY[] {2}\n\n)\nTAG OK done"),
        ("UID FETCH 7002 (UID BODY.PEEK[])", "* 3 FETCH (UID 7002 BODY[] {2}\n\n)\nTAG OK done"),
        ("UID FETCH 7003:9002 (UID RFC822.SIZE INTERNALDATE)", "TAG OK done"),
        ("UID FETCH 9003:13002 (UID RFC822.SIZE INTERNALDATE)", "TAG OK done"),
        ("UID FETCH 13003:21002 (UID RFC822.SIZE INTERNALDATE)", "TAG OK done"),
        ("UID FETCH 21003:37002 (UID RFC822.SIZE INTERNALDATE)", "TAG OK done"),
        ("UID FETCH 37003:69002 (UID RFC822.SIZE INTERNALDATE)", "TAG OK done"),
        ("UID FETCH 69003:133002 (UID RFC822.SIZE INTERNALDATE)", "TAG OK done"),
        ("UID FETCH 133003:* (UID RFC822.SIZE INTERNALDATE)", "TAG OK done"),
    ])
    .await;
    session.select().await.expect("opened");
    // What came before the second of February is passed over; a date that cannot be read is not.
    session.skip_before(
        "2024-02-02T00:00:00Z"
            .parse::<jiff::Timestamp>()
            .expect("a time")
            .as_millisecond(),
    );
    let (mails, up_to) = session.fetch_new(0, 1).await.expect("fetched");
    assert_eq!((mails.len(), mails[0].uid, up_to), (1, 7001, 7001));
    let (mails, up_to) = session.fetch_new(7001, 1).await.expect("fetched");
    assert_eq!(
        (mails.len(), mails[0].uid, up_to),
        (1, 7002, 7002),
        "without listing again"
    );
    assert_eq!(session.fetch_new(7002, 1).await, Ok((Vec::new(), 7002)));
    task.await.expect("as scripted");
}

#[tokio::test]
async fn an_empty_folder_is_not_asked_for_its_mails() {
    let (mut session, task) = session(vec![("EXAMINE", "* 0 EXISTS\n* OK [UIDVALIDITY 77] x\nTAG OK done")]).await;
    session.select().await.expect("opened");
    assert_eq!(session.fetch_new(0, 10).await, Ok((Vec::new(), 0)));
    task.await.expect("as scripted");
}

#[tokio::test]
async fn folders_are_listed_with_what_they_are_for() {
    let (mut session, task) = session(vec![(
        "LIST \"\" \"*\"",
        "* LIST (\\HasNoChildren) \"/\" INBOX\n* LIST (\\HasNoChildren \\Sent) \"/\" \"Enviadas &AOk- &- more\"\n* LIST (\\NoSelect \\HasChildren) \"/\" \"[Gmail]\"\n* LIST (\\Junk) \".\" \"broken &AO\"\nTAG OK done",
    )])
    .await;
    let folders = session.folders().await.expect("listed");
    let seen: Vec<(&str, bool, Option<Special>)> = folders
        .iter()
        .map(|one| (one.name.as_str(), one.can_open, one.special))
        .collect();
    assert_eq!(
        seen,
        [
            ("INBOX", true, None),
            ("Enviadas é & more", true, Some(Special::Sent)),
            ("[Gmail]", false, None),
            ("broken &AO", true, Some(Special::Junk)),
        ]
    );
    task.await.expect("as scripted");
}

#[tokio::test]
async fn a_folder_is_opened_read_only() {
    let (mut session, task) = session(vec![(
        "EXAMINE \"INBOX\"",
        "* FLAGS (\\Seen)\n* 3 EXISTS\n* 0 RECENT\n* OK [UIDVALIDITY 77] x\n* OK [UIDNEXT 12] x\nTAG OK [READ-ONLY] done",
    )])
    .await;
    let selected = session.select().await.expect("opened");
    assert_eq!(
        selected,
        Selected {
            uid_validity: 77,
            uid_next: Some(12),
            exists: 3
        }
    );
    task.await.expect("as scripted");
}

#[tokio::test]
async fn mail_is_fetched_by_uid_whatever_else_arrives() {
    let (mut session, task) = session(vec![
        OPEN,
        (
            "UID FETCH 6:* (UID RFC822.SIZE INTERNALDATE)",
            "* 1 FETCH (UID 7 RFC822.SIZE 10)\n* 3 FETCH (FLAGS (\\Seen))\n* 2 FETCH (UID 8 RFC822.SIZE 5000)\n* 3 FETCH (UID 9 RFC822.SIZE 10)\nTAG OK done",
        ),
        (
            "UID FETCH 7,9 (UID BODY.PEEK[])",
            "* 5 EXISTS\n* 2 FETCH (FLAGS ())\n* 1 FETCH (UID 7 BODY[] {12}\nFrom: a\n\n3)\n* 3 FETCH (UID 9 BODY[] NIL)\nTAG OK done",
        ),
        ("UID FETCH 9 (UID BODY.PEEK[])", "* 3 FETCH (UID 9 BODY[] NIL)\nTAG OK done"),
        ("UID FETCH 8 (UID BODY.PEEK[HEADER])", "* 2 FETCH (UID 8 BODY[HEADER] {11}\nFrom: b\n\n)\nTAG OK done"),
    ])
    .await;
    session.select().await.expect("opened");
    let (mails, up_to) = session.fetch_new(5, 10).await.expect("fetched");
    assert_eq!(up_to, 9);
    let seen: Vec<(u32, bool)> = mails.iter().map(|mail| (mail.uid, mail.is_whole)).collect();
    assert_eq!(seen, [(7, true), (8, false), (9, false)], "in order, none missing");
    let reason = |index: usize| {
        crate::email::mime::parse(&mails[index].raw)
            .quarantined
            .unwrap_or_default()
    };
    assert!(
        reason(1).contains("5000") && reason(2).contains("UID 9"),
        "{} / {}",
        reason(1),
        reason(2)
    );
    // Mail was announced while others were fetched: no waiting.
    assert_eq!(session.wait(Duration::from_secs(60)).await, Ok(Woken::News));
    task.await.expect("as scripted");
}

#[tokio::test]
async fn a_refused_fetch_is_an_error_and_not_an_empty_mailbox() {
    let (mut session, task) = session(vec![OPEN, ("UID FETCH 1:*", "TAG NO [UNAVAILABLE] try later")]).await;
    session.select().await.expect("opened");
    let error = session.fetch_new(0, 10).await.expect_err("refused");
    assert!(
        matches!(&error, MailboxError::Protocol(words) if words.contains("try later")),
        "{error}"
    );
    task.await.expect("as scripted");
}

#[tokio::test]
async fn the_last_mail_is_not_fetched_again() {
    let (mut session, task) = session(vec![
        OPEN,
        (
            "UID FETCH 8:*",
            "* 3 FETCH (UID 7 RFC822.SIZE 10 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")\nTAG OK done",
        ),
    ])
    .await;
    session.select().await.expect("opened");
    assert_eq!(session.fetch_new(7, 10).await, Ok((Vec::new(), 7)));
    task.await.expect("as scripted");
}

#[tokio::test]
async fn idle_wakes_on_mail_and_ends_on_goodbye() {
    let (mut session, task) = session(vec![
        ("IDLE", "+ idling\n* OK Still here\n* 4 EXISTS"),
        ("DONE", "TAG OK done"),
        ("IDLE", "+ idling\n* BYE shutting down"),
    ])
    .await;
    assert_eq!(session.wait(Duration::from_secs(60)).await, Ok(Woken::News));
    let error = session
        .wait(Duration::from_secs(60))
        .await
        .expect_err("the server left");
    assert!(
        matches!(&error, MailboxError::Network(words) if words.contains("shutting down")),
        "{error}"
    );
    assert!(
        matches!(session.select().await, Err(MailboxError::Network(_))),
        "a broken session stays broken"
    );
    task.await.expect("as scripted");
}

#[tokio::test]
async fn idle_without_news_ends_in_time() {
    let (mut session, task) = session(vec![("IDLE", "+ idling"), ("DONE", "TAG OK done")]).await;
    assert_eq!(session.wait(Duration::from_millis(50)).await, Ok(Woken::Elapsed));
    task.await.expect("as scripted");
}

#[tokio::test]
async fn each_failure_says_what_to_do() {
    let (mut settings, task) = server(Vec::new()).await;
    let closed = settings.port;
    settings.auth = Credentials::Password {
        password: "a\nb".into(),
    };
    assert!(matches!(connect(&settings).await, Err(MailboxError::Auth(_))));
    task.abort();
    settings.port = closed;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    settings.port = listener.local_addr().expect("an address").port();
    let talk = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a client");
        socket
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .expect("written");
        listener
    });
    assert!(matches!(connect(&settings).await, Err(MailboxError::Protocol(_))));
    drop(talk.await);
    let error = connect(&settings).await.expect_err("nobody listens");
    assert!(
        matches!(&error, MailboxError::Network(words) if words.contains("check host")),
        "{error}"
    );
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_shown_by_its_first_line() {
    let mail: &'static str = format!(
        "* 1 FETCH (UID 1 BODY[] {{1}}\nSecret {}\nTAG OK",
        "words ".repeat(5_000)
    )
    .leak();
    let (mut session, _task) = session(vec![("UID FETCH", mail)]).await;
    let listed = Listed {
        uid: 1,
        size: 10,
        arrived_at: None,
    };
    let error = session.fetch(&[listed]).await.expect_err("no IMAP");
    let words = error.to_string();
    assert!(matches!(error, MailboxError::Protocol(_)), "{words}");
    assert!(words.contains("`* 1 FETCH (UID 1 BODY[] {1}`"), "{words}");
    assert!(words.len() < 300 && !words.contains("Secret"), "{words}");
}

#[tokio::test]
async fn what_the_parser_falls_over_is_told_and_ends_nothing_else() {
    for words in ["* OK [UIDNEXT 9]é\nTAG OK a", "TAG OK [READ-ONLY]é"] {
        let (mut session, _task) = session(vec![("EXAMINE", words)]).await;
        let error = session.select().await.expect_err("it cannot be read");
        assert!(
            matches!(&error, MailboxError::Protocol(words) if words.contains("cannot be read as IMAP")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_long_refusal_is_cut() {
    let words: &'static str = format!("TAG NO {}", "no ".repeat(5_000)).leak();
    let (mut session, _task) = session(vec![("LIST", words)]).await;
    let error = session.folders().await.expect_err("refused").to_string();
    assert!(error.contains("no no no") && error.len() < 400, "{error}");
}

#[test]
fn folders_and_sets_are_written_as_the_protocol_wants() {
    assert_eq!(quoted("INBOX"), "\"INBOX\"");
    assert_eq!(quoted("A & \"B\""), "\"A &- \\\"B\\\"\"");
    assert_eq!(quoted("Soporté"), "\"Soport&AOk-\"");
    assert_eq!(uid_set(&[1, 2, 3, 7, 9, 10]), "1:3,7,9:10");
    assert_eq!(uid_set(&[u32::MAX]), "4294967295");
    assert_eq!(
        batches(&[(1, 5_000_000), (2, 5_000_000), (3, 1)]),
        [vec![1], vec![2, 3]]
    );
}

#[tokio::test]
async fn an_oauth_token_is_shown_in_the_way_the_server_offers() {
    // `user=support`, and `n,a=support,` before base64.
    let cases = [
        (
            "* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 AUTH=OAUTHBEARER",
            "AUTHENTICATE XOAUTH2",
            "dXNlcj1zdXBwb3J0",
        ),
        (
            "* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=OAUTHBEARER",
            "AUTHENTICATE OAUTHBEARER",
            "bixhPXN1cHBvcnQs",
        ),
        ("* CAPABILITY IMAP4rev1", "AUTHENTICATE XOAUTH2", "dXNlcj1zdXBwb3J0"),
    ];
    for (offer, command, first) in cases {
        let offer: &'static str = format!("{offer}\nTAG OK done").leak();
        let (mut settings, task) = scripted(vec![
            ("CAPABILITY", offer),
            (command, "+ "),
            (first, "TAG OK in"),
            ("CAPABILITY", "* CAPABILITY IMAP4rev1\nTAG OK done"),
        ])
        .await;
        settings.auth = Credentials::Xoauth2 {
            access_token: "ya29".into(),
        };
        connect(&settings).await.expect("signed in");
        task.await.expect("as scripted");
    }
    // A refusal says why first, and comes once that is acknowledged.
    let (mut settings, task) = scripted(vec![
        ("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER\nTAG OK done"),
        ("AUTHENTICATE OAUTHBEARER", "+ "),
        ("bixhPXN1cHBvcnQs", "+ eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0="),
        ("AQ==", "TAG NO token over"),
    ])
    .await;
    settings.auth = Credentials::Xoauth2 {
        access_token: "ya29".into(),
    };
    let error = connect(&settings).await.expect_err("refused");
    assert!(
        matches!(&error, MailboxError::Auth(words) if words.contains("token over") && words.contains("connect the account again")),
        "{error}"
    );
    task.await.expect("as scripted");
}
