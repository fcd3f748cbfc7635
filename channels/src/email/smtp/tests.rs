use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::*;

/// A server that plays one answer a line: `""` closes the connection instead. Mail data counts as
/// one line. Returns what it was told.
pub(in crate::email) async fn server(answers: Vec<&'static str>) -> (SmtpSettings, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let task = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.expect("a client");
        let mut socket = BufReader::new(socket);
        let mut told = Vec::new();
        let mut is_data = false;
        for answer in answers {
            if answer.is_empty() {
                return told;
            }
            socket
                .write_all(answer.replace('\n', "\r\n").as_bytes())
                .await
                .expect("written");
            socket.write_all(b"\r\n").await.expect("written");
            let mut line = String::new();
            loop {
                let start = line.len();
                if socket.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return told;
                }
                if !is_data || &line[start..] == ".\r\n" {
                    break;
                }
            }
            is_data = line.starts_with("DATA");
            told.push(line.trim_end().to_owned());
        }
        told
    });
    let settings = SmtpSettings {
        host: "127.0.0.1".into(),
        port,
        tls: TlsMode::None,
        user: String::new(),
        auth: None,
        extra_ca: None,
        hello: String::new(),
    };
    (settings, task)
}

const HELLO: [&str; 2] = ["220 here", "250-here\n250-8BITMIME\n250 AUTH PLAIN LOGIN XOAUTH2"];

async fn send(answers: &[&'static str]) -> (Result<Sent, SendError>, Vec<String>) {
    let (settings, task) = server(HELLO.iter().chain(answers).copied().collect()).await;
    let mut sender = SmtpSender::new(settings, "a.example");
    let result = sender
        .send("support@a.example", &["ana@b.example"], b"Subject: x\r\n\r\n.dot\r\n")
        .await;
    drop(sender);
    (result, task.await.expect("the server ends"))
}

#[tokio::test]
async fn a_mail_is_handed_over() {
    let (result, told) = send(&["250 ok", "250 ok", "354 go", "250 queued"]).await;
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(told[0], "EHLO a.example");
    assert!(told[1].starts_with("MAIL FROM:<support@a.example>") && told[2].starts_with("RCPT TO:<ana@b.example>"));
    assert!(told[4].contains("\r\n..dot\r\n"), "dots are stuffed: {}", told[4]);
}

#[tokio::test]
async fn every_answer_has_its_kind() {
    let cases: [(&[&'static str], &str, &str); 14] = [
        (&["451 later"], "temporary", "smtp.451"),
        // Who sends is refused, not this mail: it leaves once that is put right.
        (&["550 5.7.1 not owned by user"], "temporary", "smtp.sender"),
        (&["530 5.7.0 Authentication required"], "temporary", "smtp.auth"),
        (&["250 ok", "530 5.7.1 sign in first"], "temporary", "smtp.auth"),
        (
            &["250 ok", "550 5.4.5 Daily user sending limit exceeded"],
            "temporary",
            "smtp.limit",
        ),
        (
            &["250 ok", "250 ok", "354 go", "554 5.2.0 submission quota exceeded"],
            "temporary",
            "smtp.limit",
        ),
        (&["250 ok", "552 5.2.2 mailbox quota exceeded"], "permanent", "smtp.552"),
        (&["250 ok", "450 busy"], "temporary", "smtp.450"),
        (&["250 ok", "550 5.1.1 unknown"], "permanent", "bounce.no_mailbox.5.1.1"),
        (&["250 ok", "550 5.7.1 spam"], "permanent", "smtp.550"),
        (&["250 ok", "250 ok", "354 go", "452 full"], "temporary", "smtp.452"),
        (&["250 ok", "250 ok", "354 go", "554 spam"], "permanent", "smtp.554"),
        (&["250 ok", "250 ok", "354 go", ""], "unknown", "smtp.unanswered"),
        (&["250 ok", "250 ok", ""], "temporary", "smtp.network"),
    ];
    for (answers, kind, code) in cases {
        let (result, _) = send(answers).await;
        let error = result.expect_err("refused");
        let found = match &error {
            SendError::Temporary { code, .. } => ("temporary", code),
            SendError::Permanent { code, .. } => ("permanent", code),
            SendError::Unknown { code, .. } => ("unknown", code),
        };
        assert_eq!((found.0, found.1.as_str()), (kind, code), "{answers:?}: {error}");
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_read_on() {
    let endless: &'static str = format!("250-a\n250-{}", "b".repeat(60)).repeat(1_000).leak();
    let (settings, task) = server(vec!["220 here", endless]).await;
    let mut sender = SmtpSender::new(settings, "a.example");
    let error = sender
        .send("support@a.example", &["ana@b.example"], b"Subject: x\r\n\r\n")
        .await
        .expect_err("too long");
    assert!(
        matches!(&error, SendError::Temporary { code, reason, .. } if code == "smtp.network" && reason.contains("no end")),
        "{error}"
    );
    task.abort();
}

#[tokio::test]
async fn a_wrong_password_does_not_lose_the_mail() {
    let (mut settings, task) = server(HELLO.into_iter().chain(["535 5.7.8 wrong"]).collect()).await;
    settings.user = "support".into();
    settings.auth = Some(Credentials::Password {
        password: "secret".into(),
    });
    let error = SmtpSender::new(settings, "a.example")
        .check("support@a.example")
        .await
        .expect_err("refused");
    assert!(
        matches!(&error, SendError::Temporary { code, reason, .. } if code == "smtp.auth" && reason.contains("5.7.8") && !reason.contains("secret")),
        "{error}"
    );
    assert!(task.await.expect("the server ends")[1].starts_with("AUTH PLAIN "));
}

/// What a sender with a token says after the greeting, and what comes of it.
async fn with_token(answers: Vec<&'static str>) -> (Result<(), SendError>, Vec<String>) {
    let (mut settings, task) = server(answers).await;
    settings.user = "support".into();
    settings.auth = Some(Credentials::Xoauth2 {
        access_token: "ya29".into(),
    });
    let mut sender = SmtpSender::new(settings, "a.example");
    let outcome = sender.check("support@a.example").await;
    drop(sender);
    (outcome, task.await.expect("the server ends"))
}

#[tokio::test]
async fn an_oauth_token_is_shown_in_the_way_the_server_offers() {
    let (outcome, told) = with_token(HELLO.into_iter().chain(["235 welcome", "250 ok", "250 ok"]).collect()).await;
    outcome.expect("signed in");
    let first = STANDARD.encode("user=support\u{1}auth=Bearer ya29\u{1}\u{1}");
    assert_eq!(told[1], format!("AUTH XOAUTH2 {first}"));

    let offer = "250-here\n250 AUTH PLAIN OAUTHBEARER";
    let (outcome, told) = with_token(vec!["220 here", offer, offer, "235 welcome", "250 ok", "250 ok"]).await;
    outcome.expect("signed in");
    let sent = told[2].strip_prefix("AUTH OAUTHBEARER ").expect("that mechanism");
    let sent = String::from_utf8(STANDARD.decode(sent).expect("base64")).expect("text");
    assert!(
        sent.starts_with("n,a=support,\u{1}host=127.0.0.1\u{1}port=")
            && sent.ends_with("\u{1}auth=Bearer ya29\u{1}\u{1}"),
        "{sent:?}"
    );
}

#[tokio::test]
async fn a_refused_token_is_told_in_the_servers_words() {
    // The reason comes as a challenge, the refusal after its acknowledgement.
    let refusal = ["334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=", "535 5.7.8 token over"];
    let offer = "250-here\n250 AUTH OAUTHBEARER";
    let bearer = ["220 here", offer, offer];
    for (hello, acknowledged) in [(&HELLO[..], ""), (&bearer[..], "AQ==")] {
        let (outcome, told) = with_token(hello.iter().copied().chain(refusal).collect()).await;
        let error = outcome.expect_err("refused");
        assert!(
            matches!(&error, SendError::Temporary { code, reason, .. } if code == "smtp.auth" && reason.contains("token over") && !reason.contains("ya29")),
            "{error}"
        );
        assert_eq!(told.last().map(String::as_str), Some(acknowledged));
    }
}

#[tokio::test]
async fn no_server_and_no_starttls_are_temporary() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let (mut settings, task) = server(HELLO.to_vec()).await;
    settings.tls = TlsMode::Starttls;
    let error = SmtpSender::new(settings.clone(), "a.example")
        .check("support@a.example")
        .await
        .expect_err("no STARTTLS");
    assert!(
        matches!(&error, SendError::Temporary { code, .. } if code == "smtp.tls"),
        "{error}"
    );
    task.await.expect("the server ends");
    settings.port = port;
    let error = SmtpSender::new(settings, "a.example")
        .check("support@a.example")
        .await
        .expect_err("nobody listens");
    assert!(
        matches!(&error, SendError::Temporary { code, .. } if code == "smtp.connect"),
        "{error}"
    );
}

#[tokio::test]
async fn one_connection_carries_several_mails() {
    let once = ["250 ok", "250 ok", "354 go", "250 queued"];
    let answers: Vec<_> = HELLO.into_iter().chain(once).chain(["250 noop"]).chain(once).collect();
    let (settings, task) = server(answers).await;
    let mut sender = SmtpSender::new(settings, "a.example");
    for _ in 0..2 {
        sender
            .send("support@a.example", &["ana@b.example"], b"Subject: x\r\n\r\ny\r\n")
            .await
            .expect("sent");
    }
    drop(sender);
    assert_eq!(
        task.await
            .expect("the server ends")
            .iter()
            .filter(|line| line.starts_with("EHLO"))
            .count(),
        1
    );
}

#[tokio::test]
async fn what_the_server_said_is_told_once() {
    let (result, _) = send(&["452 4.2.2 full"]).await;
    let Err(SendError::Temporary { reason, .. }) = result else {
        unreachable!("{result:?}")
    };
    assert_eq!(reason.matches("4.2.2 full").count(), 1, "{reason}");
}
