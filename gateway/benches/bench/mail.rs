//! CPU time for one e-mail, from its raw bytes to the commit.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use channels::email::receive::deliver;
use conversation::ingest::Outcome;
use conversation::types::Channel;
use sha2::{Digest as _, Sha256};
use tests::harness::WorkDir;

use crate::bare::Rows;
use crate::cpu::{own_seconds, status};
use crate::report::{Aim, Report};
use crate::setup;

const PART: &str = "CPU time for an e-mail, parse to commit (SQLite)";
/// How long each kind is measured; a tick of the kernel's clock is 10 ms.
const TIME: Duration = Duration::from_secs(4);
const FLOOR_TIME: Duration = Duration::from_secs(2);

#[derive(Clone, Copy)]
enum Kind {
    Short,
    Html,
    Attachment,
}

impl Kind {
    const fn words(self) -> &'static str {
        match self {
            Kind::Short => "short text",
            Kind::Html => "30 kB of HTML",
            Kind::Attachment => "attachment of 1 MB",
        }
    }

    /// The raw mail.
    fn raw(self, number: usize) -> Vec<u8> {
        let mut mail = format!(
            "Return-Path: <customer{0}@client.example>\r\nReceived: from mx.client.example (mx.client.example [192.0.2.7])\r\n\tby mail.shop.example; Sat, 21 Nov 2026 09:00:00 +0000\r\n\
             From: \"Customer {0}\" <customer{0}@client.example>\r\nTo: support@shop.example\r\nSubject: Invoice {number} has the wrong address\r\n\
             Date: Sat, 21 Nov 2026 09:00:00 +0000\r\nMessage-ID: <{number}@client.example>\r\nMIME-Version: 1.0\r\n",
            number % 500,
        );
        let words = "Good morning,\r\n\r\nthe invoice of this month names our old address. Could you send it again?\r\n\r\nThank you\r\nAna\r\n\r\n-- \r\nAna Pereira\r\nClient Ltd\r\n";
        match self {
            Kind::Short => {
                let _ = write!(mail, "Content-Type: text/plain; charset=utf-8\r\n\r\n{words}");
            }
            Kind::Html => {
                mail.push_str("Content-Type: text/html; charset=utf-8\r\n\r\n<html><head><style>p { margin: 0 }</style></head><body>");
                let mut row = 0;
                while mail.len() < 30_000 {
                    row += 1;
                    let _ = write!(
                        mail,
                        "<table width=\"100%\"><tr><td style=\"padding:8px;color:#333\"><p>Line {row}: the <b>invoice</b> of this month\r\n names our <a href=\"https://client.example/a?row={row}\">old address</a>.</p></td></tr></table>\r\n"
                    );
                }
                mail.push_str("</body></html>\r\n");
            }
            Kind::Attachment => {
                let _ = write!(
                    mail,
                    "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"scan {number}.pdf\"\r\n\r\n"
                );
                let mut bytes = format!("%PDF-1.7 {number:010}").into_bytes();
                let mut state = number as u64 + 1;
                bytes.resize_with(1_000_000, || {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    (state >> 56) as u8
                });
                let text = base64::engine::general_purpose::STANDARD.encode(bytes);
                for line in text.as_bytes().chunks(76) {
                    mail.push_str(&String::from_utf8_lossy(line));
                    mail.push_str("\r\n");
                }
                mail.push_str("--b--\r\n");
            }
        }
        mail.into_bytes()
    }
}

/// Milliseconds of CPU for one mail.
async fn cost(kind: Kind) -> anyhow::Result<f64> {
    let ready = setup::empty(None, Channel::Email).await?;
    let (mut used, mut given) = (0.0, 0);
    let began = Instant::now();
    while began.elapsed() < TIME {
        // Making the mails is not what is measured.
        let mails: Vec<Vec<u8>> = (given..given + 20).map(|number| kind.raw(number)).collect();
        let before = own_seconds()?;
        for mail in &mails {
            let filed = deliver(&ready.store, &ready.inbox, mail).await?;
            anyhow::ensure!(
                filed.outcome == Outcome::Created,
                "a mail was {}",
                filed.outcome.as_str()
            );
        }
        used += own_seconds()? - before;
        given += mails.len();
    }
    setup::check(&ready.store, given).await?;
    let files = setup::count(&ready.store, "SELECT COUNT(*) FROM attachments WHERE size = 1000000").await?;
    let expected = if matches!(kind, Kind::Attachment) { given } else { 0 };
    anyhow::ensure!(usize::try_from(files)? == expected, "{given} mails and {files} files");
    anyhow::ensure!(used > 0.2, "only {used} s of CPU time: too little to measure");
    Ok(used * 1000.0 / given as f64)
}

/// The same for the least that keeping a mail takes: its hash, its bytes in a file, one row.
async fn least(kind: Kind) -> anyhow::Result<f64> {
    let folder = WorkDir::new("bare")?;
    let mut rows = Rows::new(&format!("sqlite:{}", folder.path().join("bare.db").display())).await?;
    let (mut used, mut given) = (0.0, 0);
    let began = Instant::now();
    while began.elapsed() < FLOOR_TIME {
        let mails: Vec<Vec<u8>> = (given..given + 20).map(|number| kind.raw(number)).collect();
        let before = own_seconds()?;
        for mail in &mails {
            let name = hex::encode(Sha256::digest(mail));
            std::fs::write(folder.path().join(name), mail)?;
            rows.insert().await?;
        }
        used += own_seconds()? - before;
        given += mails.len();
    }
    rows.close().await;
    Ok(used * 1000.0 / given as f64)
}

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    for kind in [Kind::Short, Kind::Html, Kind::Attachment] {
        let floor = least(kind).await?;
        let cost = cost(kind).await?;
        report.add(PART, kind.words(), cost, "ms", Some(floor), None);
    }
    large(report).await
}

/// One mail of 30 MB from its raw bytes to the commit: what it takes beside the mail itself.
async fn large(report: &mut Report) -> anyhow::Result<()> {
    let ready = setup::empty(None, Channel::Email).await?;
    let raw = crate::parse::large();
    // 5: the kernel forgets the peak so far.
    std::fs::write("/proc/self/clear_refs", "5")?;
    let me = std::process::id();
    let (before, used) = (status(me, "VmRSS")?, own_seconds()?);
    let filed = deliver(&ready.store, &ready.inbox, &raw).await?;
    let (peak, used) = (status(me, "VmHWM")? - before, own_seconds()? - used);
    anyhow::ensure!(
        filed.outcome == Outcome::Created,
        "the large mail was {}",
        filed.outcome.as_str()
    );
    let files = setup::count(
        &ready.store,
        "SELECT COUNT(*) FROM attachments WHERE size > 21000000 AND sha256 <> ''",
    )
    .await?;
    anyhow::ensure!(files == 1, "{files} files of the large mail are stored");
    report.add(PART, "30 MB: CPU time", used * 1000.0, "ms", None, None);
    report.add(
        PART,
        "30 MB: memory beside the mail (floor: its file)",
        peak / 1e6,
        "MB",
        Some(raw.len() as f64 * 0.73 / 1e6),
        Some(Aim::Below(96.0)),
    );
    Ok(())
}
