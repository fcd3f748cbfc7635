//! The same with real servers: Dovecot and Exim.

use channels::email::probe::{self, Failed};
use tests::harness::{Dovecot, Exim, PASSWORD, certificate};
use tests::need;

use super::*;

pub(super) fn of_dovecot(dovecot: &Dovecot, user: &str) -> ImapSettings {
    ImapSettings {
        host: "127.0.0.1".to_owned(),
        port: dovecot.imap_port(),
        tls: TlsMode::None,
        user: user.to_owned(),
        auth: Credentials::Password {
            password: PASSWORD.to_owned(),
        },
        ..ImapSettings::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_real_mailbox_is_followed_through_everything() -> anyhow::Result<()> {
    const USER: &str = "support@example.test";
    let mut dovecot = need!(Dovecot::start().await);
    dovecot.append(USER, mail(0)).await?;
    let mut session = dovecot.session(USER).await?;
    session.create("Sales").await?;
    session.append("Sales", None, None, mail(1)).await?;
    let bed = Bed::sqlite().await;
    let settings = ImapSettings {
        more_folders: vec!["Sales".to_owned()],
        ..of_dovecot(&dovecot, USER)
    };
    let inbox = inbox(&bed, settings).await;
    let reader = Reader::start(&bed, &inbox);
    each_once(&bed, 2).await;
    // Pushed while it waits.
    dovecot.append(USER, mail(2)).await?;
    each_once(&bed, 3).await;
    // Thrown out, and mail arrives meanwhile.
    dovecot.kick(USER).await?;
    dovecot.append(USER, mail(3)).await?;
    each_once(&bed, 4).await;
    // A mail that somebody moves to another folder is the same mail.
    let mut session = dovecot.session(USER).await?;
    session.select("INBOX").await?;
    session.uid_mv("1", "Sales").await?;
    session.append("Sales", None, None, mail(4)).await?;
    session.logout().await?;
    each_once(&bed, 5).await;
    // Away, with every UID another one when it comes back.
    dovecot.stop().await?;
    dovecot.start_again().await?;
    dovecot.append(USER, mail(5)).await?;
    each_once(&bed, 6).await;
    let validity = dovecot.change_uid_validity(USER).await?;
    dovecot.append(USER, mail(6)).await?;
    each_once(&bed, 7).await;
    let folder = eventually("the new numbering", async || {
        let folder = state(&bed, &inbox, "INBOX").await;
        (folder.uid_validity == i64::from(validity) && folder.finished_at.is_some()).then_some(folder)
    })
    .await;
    assert_eq!(folder.trouble, None);
    reader.stop().await;
    assert_eq!(audit::now(&bed.store, &inbox).await?, 0, "and all of it is filed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_is_tried_step_by_step() -> anyhow::Result<()> {
    const USER: &str = "support@example.test";
    let dovecot = need!(Dovecot::start().await);
    let exim = need!(Exim::start(&dovecot).await);
    dovecot.add_user(USER).await?;
    let authority = std::fs::read_to_string(certificate().await?.authority())?;
    let bed = Bed::sqlite().await;
    let plain = of_dovecot(&dovecot, USER);
    let tls = ImapSettings {
        port: dovecot.imaps_port(),
        tls: TlsMode::Tls,
        extra_ca: Some(authority.clone()),
        ..plain.clone()
    };
    let closed = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let good = probe::imap(&bed.store, &tls).await.expect("it works");
    assert!(
        good.has_idle && good.folders.iter().any(|folder| folder.name == "INBOX"),
        "{good:?}"
    );
    probe::imap(
        &bed.store,
        &ImapSettings {
            tls: TlsMode::Starttls,
            extra_ca: Some(authority.clone()),
            ..plain.clone()
        },
    )
    .await
    .expect("STARTTLS works");
    let cases = [
        (
            Failed::Name,
            ImapSettings {
                host: "mail.invalid".to_owned(),
                ..plain.clone()
            },
        ),
        (
            Failed::Connect,
            ImapSettings {
                port: closed,
                ..plain.clone()
            },
        ),
        (
            Failed::Tls,
            ImapSettings {
                extra_ca: None,
                ..tls.clone()
            },
        ),
        (
            Failed::Tls,
            ImapSettings {
                host: "127.0.0.2".to_owned(),
                ..tls.clone()
            },
        ),
        (
            Failed::SignIn,
            ImapSettings {
                auth: Credentials::Password {
                    password: "wrong".to_owned(),
                },
                ..tls.clone()
            },
        ),
        (
            Failed::Folder("Missing".to_owned()),
            ImapSettings {
                more_folders: vec!["Missing".to_owned()],
                ..tls.clone()
            },
        ),
    ];
    for (failed, settings) in cases {
        let why = probe::imap(&bed.store, &settings).await.expect_err("it does not work");
        // Dovecot listens on 127.0.0.1 only: the other address may refuse before TLS begins.
        let is_expected = why.failed == failed || (settings.host == "127.0.0.2" && why.failed == Failed::Connect);
        assert!(is_expected && !why.words.is_empty(), "{failed:?}: {why:?}");
    }
    let sending = |change: &dyn Fn(&mut SmtpSettings)| {
        let mut smtp = SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port: exim.port(),
            tls: TlsMode::Starttls,
            user: USER.to_owned(),
            auth: Some(Credentials::Password {
                password: PASSWORD.to_owned(),
            }),
            extra_ca: Some(authority.clone()),
            hello: String::new(),
        };
        change(&mut smtp);
        EmailSettings {
            address: USER.to_owned(),
            smtp: Some(smtp),
            ..EmailSettings::default()
        }
    };
    let limit = probe::smtp(&bed.store, &sending(&|_| {})).await.expect("it works");
    assert_eq!(limit, Some(30 * 1024 * 1024), "what Exim says");
    let wrong = Credentials::Password {
        password: "wrong".to_owned(),
    };
    let cases: [(Failed, &dyn Fn(&mut SmtpSettings)); 4] = [
        (Failed::Name, &|smtp| smtp.host = "mail.invalid".to_owned()),
        (Failed::Connect, &|smtp| smtp.port = closed),
        (Failed::Tls, &|smtp| smtp.extra_ca = None),
        (Failed::SignIn, &|smtp| smtp.auth = Some(wrong.clone())),
    ];
    for (failed, change) in cases {
        let why = probe::smtp(&bed.store, &sending(change))
            .await
            .expect_err("it does not work");
        assert_eq!(why.failed, failed, "{}", why.words);
    }
    // A mail that the server would not take is not even begun.
    let mut sender = channels::email::smtp::SmtpSender::new(sending(&|_| {}).smtp.expect("a server"), "example.test");
    let error = sender
        .send(USER, &[USER], &vec![b'x'; 31 * 1024 * 1024])
        .await
        .expect_err("too large");
    assert!(error.to_string().contains("at most 31.5 MB"), "{error}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_real_server_takes_a_token() -> anyhow::Result<()> {
    use axum::extract::Query;
    use axum::http::StatusCode;
    use axum::response::{IntoResponse as _, Json};
    const USER: &str = "support@example.test";
    // What Dovecot asks about a token, as it would ask Google.
    let known = async |Query(asked): Query<std::collections::HashMap<String, String>>| {
        if asked.get("access_token").is_some_and(|token| token == "access-1") {
            Json(serde_json::json!({ "email": USER, "active": true })).into_response()
        } else {
            StatusCode::UNAUTHORIZED.into_response()
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/tokeninfo?access_token=", listener.local_addr()?);
    let routes = axum::Router::new().route("/tokeninfo", axum::routing::get(known));
    let _task = AbortOnDropHandle::new(tokio::spawn(async move { axum::serve(listener, routes).await }));
    let dovecot = need!(Dovecot::start_with_tokens(&url).await);
    dovecot.append(USER, mail(0)).await?;
    let bed = Bed::sqlite().await;
    let with = |token: &str| ImapSettings {
        auth: Credentials::Xoauth2 {
            access_token: token.to_owned(),
        },
        ..of_dovecot(&dovecot, USER)
    };
    let why = probe::imap(&bed.store, &with("stolen")).await.expect_err("refused");
    assert_eq!(why.failed, Failed::SignIn, "{}", why.words);
    let inbox = inbox(&bed, with("access-1")).await;
    let reader = Reader::start(&bed, &inbox);
    each_once(&bed, 1).await;
    reader.stop().await;
    Ok(())
}
