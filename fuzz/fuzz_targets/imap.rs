//! Whatever a mail server answers, its folders are read or a word says why not; nothing is filed under a UID that was not asked for, and
//! the cursor never goes back. One piece of the bytes for each line of ours; in them `TAG` is the tag of that line. Then the server hangs up.
#![no_main]

use std::time::Duration;

use channels::email::imap::{self, MailboxError};
use channels::email::settings::{Begin, Credentials, ImapSettings};
use libfuzzer_sys::fuzz_target;

#[path = "../src/mail_server.rs"]
mod mail_server;

async fn talk(settings: &ImapSettings) -> Result<(), MailboxError> {
    let mut session = imap::connect(settings).await?;
    session.folders().await?;
    session.select().await?;
    let mut cursor = 5;
    for _ in 0..3 {
        let (mails, up_to) = session.fetch_new(cursor, 10).await?;
        assert!(up_to >= cursor && mails.len() <= 10);
        for mail in mails {
            assert!(mail.uid > cursor && mail.uid <= up_to);
            cursor = mail.uid;
        }
        cursor = up_to;
    }
    session.wait(Duration::ZERO).await?;
    session.search_since(1_700_000_000_000).await?;
    let listed = session.list(cursor).await?;
    assert!(listed.iter().all(|one| one.uid > cursor));
    let headed = session.headers(&listed[..listed.len().min(20)]).await?;
    assert!(headed.len() <= 20);
    session.has_message("Sent \"Items\" ü", "one@acme.example").await?;
    session.append("Sent", "Subject: a\r\n\r\na\r\n").await?;
    session.logout().await;
    Ok(())
}

fuzz_target!(|input: (u8, &[u8])| {
    let (flags, script) = input;
    // Here imap-proto 0.17 panics (a slice of text behind a status code that is cut inside a letter). In the program that is caught and told; here it would end the run.
    if script.windows(2).any(|pair| pair[0] == b']' && !pair[1].is_ascii()) {
        return;
    }
    mail_server::run(flags, script, |server| async move {
        let settings = ImapSettings {
            host: server.host,
            port: server.port,
            tls: server.tls,
            user: server.user,
            // Nobody reads a mailbox without a word.
            auth: server.auth.unwrap_or_else(|| Credentials::Password {
                password: "secret".to_owned(),
            }),
            folder: "INBOX".to_owned(),
            more_folders: Vec::new(),
            begin: Begin::default(),
            extra_ca: None,
            max_size: 5_000,
        };
        if let Err(error) = talk(&settings).await {
            assert!(!error.to_string().is_empty());
        }
    });
});
