//! Servers whose certificate no public authority vouches for: what they show is told, trusted only when somebody says
//! so, and refused whatever they say where it is over or another's.

use channels::email::certificate::{self, Refused, Why};
use channels::email::probe::{self, Failed};
use tests::harness::{Dovecot, Exim, PASSWORD, certificate as harness, own_certificate};
use tests::need;

use super::real::of_dovecot;
use super::*;

const USER: &str = "support@example.test";

fn over(dovecot: &Dovecot, tls: TlsMode, extra_ca: Option<&str>) -> ImapSettings {
    ImapSettings {
        port: if tls == TlsMode::Tls {
            dovecot.imaps_port()
        } else {
            dovecot.imap_port()
        },
        tls,
        extra_ca: extra_ca.map(str::to_owned),
        ..of_dovecot(dovecot, USER)
    }
}

async fn refused(bed: &Bed, settings: &ImapSettings) -> Refused {
    let why = probe::imap(&bed.store, settings).await.expect_err("it is not trusted");
    assert_eq!(why.failed, Failed::Tls, "{}", why.words);
    *why.certificate.expect("what the server showed")
}

fn unknown(refused: &Refused) -> &str {
    match &refused.why {
        Why::Unknown(pem) => pem,
        why => panic!("{why:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_server_shows_can_be_trusted() -> anyhow::Result<()> {
    let dovecot = need!(Dovecot::start().await);
    let exim = need!(Exim::start(&dovecot).await);
    dovecot.add_user(USER).await?;
    let bed = Bed::sqlite().await;
    for tls in [TlsMode::Tls, TlsMode::Starttls] {
        let refused = refused(&bed, &over(&dovecot, tls, None)).await;
        // It shows its own certificate without the authority behind it.
        let pem = unknown(&refused);
        assert_eq!(
            certificate::describe(&std::fs::read_to_string(harness().await?.certificate())?).as_ref(),
            Some(&refused.shown)
        );
        assert_eq!(
            (refused.shown.subject.as_str(), refused.shown.issuer.as_str()),
            ("CN=localhost", "CN=harness")
        );
        assert_eq!(refused.shown.names, ["127.0.0.1", "localhost", "mail.example.test"]);
        assert_eq!(refused.shown.fingerprint.split(':').count(), 32);
        assert!(refused.shown.until > refused.shown.from);
        // Trusted, it is enough, for both ways to it and for the server for sending.
        for tls in [TlsMode::Tls, TlsMode::Starttls] {
            probe::imap(&bed.store, &over(&dovecot, tls, Some(pem)))
                .await
                .expect("it is trusted");
        }
        let sending = |extra_ca: Option<&str>| EmailSettings {
            address: USER.to_owned(),
            smtp: Some(SmtpSettings {
                host: "127.0.0.1".to_owned(),
                port: exim.port(),
                tls: TlsMode::Starttls,
                user: USER.to_owned(),
                auth: Some(Credentials::Password {
                    password: PASSWORD.to_owned(),
                }),
                extra_ca: extra_ca.map(str::to_owned),
                hello: String::new(),
            }),
            ..EmailSettings::default()
        };
        probe::smtp(&bed.store, &sending(Some(pem)))
            .await
            .expect("it is trusted");
        let why = probe::smtp(&bed.store, &sending(None))
            .await
            .expect_err("nobody trusts it");
        assert_eq!(unknown(&why.certificate.expect("a certificate")), pem);
    }
    // Another one with the same names is another one.
    let other = own_certificate("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE", 30).await?;
    let other = std::fs::read_to_string(other.certificate())?;
    unknown(&refused(&bed, &over(&dovecot, TlsMode::Tls, Some(&other))).await);
    // What is wrong elsewhere shows no certificate.
    let wrong = ImapSettings {
        auth: Credentials::Password {
            password: "wrong".to_owned(),
        },
        ..over(
            &dovecot,
            TlsMode::Starttls,
            Some(unknown(&refused(&bed, &over(&dovecot, TlsMode::Tls, None)).await)),
        )
    };
    let why = probe::imap(&bed.store, &wrong).await.expect_err("a wrong password");
    assert_eq!((why.failed, why.certificate), (Failed::SignIn, None));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_signed_itself_is_trusted_while_it_fits() -> anyhow::Result<()> {
    let bed = Bed::sqlite().await;
    // As hand-made ones mostly are: one that may sign others.
    let fits = own_certificate("subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:TRUE", 30).await?;
    let over_ = own_certificate("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE", -1).await?;
    let anothers = own_certificate(
        "subjectAltName=DNS:mail.casa-verde.example\nbasicConstraints=CA:FALSE",
        30,
    )
    .await?;
    let dovecot = need!(Dovecot::start_showing(&fits).await);
    dovecot.add_user(USER).await?;
    let shown = refused(&bed, &over(&dovecot, TlsMode::Tls, None)).await;
    assert_eq!(shown.shown.subject, "CN=mail.casa-verde.example");
    probe::imap(&bed.store, &over(&dovecot, TlsMode::Tls, Some(unknown(&shown))))
        .await
        .expect("it is trusted");
    for (made, expected) in [(&over_, Why::Expired), (&anothers, Why::WrongName)] {
        let dovecot = need!(Dovecot::start_showing(made).await);
        let pem = std::fs::read_to_string(made.certificate())?;
        // To trust it would not help, and is not offered.
        for trusted in [None, Some(pem.as_str())] {
            let refused = refused(&bed, &over(&dovecot, TlsMode::Tls, trusted)).await;
            assert_eq!(refused.why, expected);
        }
    }
    Ok(())
}
