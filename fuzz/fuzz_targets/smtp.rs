//! Whatever a server answers to a mail that it is given, the mail has left, has not, or is doubtful, and a word says which. A mail that was answered
//! with a refusal is never said to have left. One piece of the bytes for each line of ours, then the server hangs up.
#![no_main]

use channels::email::settings::SmtpSettings;
use channels::email::smtp::SmtpSender;
use conversation::outbound::SendError;
use libfuzzer_sys::fuzz_target;

#[path = "../src/mail_server.rs"]
mod mail_server;

const MAIL: &[u8] = "From: a@b.example\r\nSubject: é\r\n\r\n.\r\n..é\r\n".as_bytes();

fn said(error: &SendError) {
    let (SendError::Temporary { code, reason, .. }
    | SendError::Permanent { code, reason }
    | SendError::Unknown { code, reason }) = error;
    assert!(code.starts_with("smtp.") && !reason.is_empty(), "{code} {reason}");
}

fuzz_target!(|input: (u8, &[u8])| {
    let (flags, script) = input;
    // Who is refused everything sends nothing.
    let is_refused = !script.contains(&b'2');
    mail_server::run(flags, script, |server| async move {
        let settings = SmtpSettings {
            host: server.host,
            port: server.port,
            tls: server.tls,
            user: server.user,
            auth: server.auth,
            extra_ca: None,
            hello: String::new(),
        };
        let mut sender = SmtpSender::new(settings, "acme.example");
        if flags & 8 != 0 {
            match sender.size_limit().await {
                Ok(limit) => assert!(limit != Some(0)),
                Err(error) => said(&error),
            }
        }
        for to in [&["bo@b.example"][..], &["bo@b.example", "jürgen@b.example"]] {
            match sender.send("a@b.example", to, MAIL).await {
                Ok(_) => assert!(!is_refused),
                Err(error) => said(&error),
            }
        }
        sender.close().await;
    });
});
