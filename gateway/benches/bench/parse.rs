//! Reading mail, nothing stored: the mix of the corpus, and one mail of 30 MB with the memory it takes.

use std::hint::black_box;
use std::time::{Duration, Instant};

use base64::Engine as _;
use channels::email::mime;

use crate::cpu::{own_seconds, status};
use crate::report::{Aim, Report};

const PART: &str = "reading mail (parse only, one thread)";
const TIME: Duration = Duration::from_secs(5);
const MB: f64 = 1_000_000.0;

/// A mail of 30 MB on the wire: words, and one file.
pub(crate) fn large() -> Vec<u8> {
    let mut raw = b"From: Bo <bo@b.example>\r\nTo: support@shop.example\r\nSubject: Scan\r\nMessage-ID: <large@b.example>\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nSee the file.\r\n--B\r\nContent-Type: application/pdf; name=scan.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n".to_vec();
    let mut state = 1u64;
    let line: Vec<u8> = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    })
    .take(57)
    .collect();
    let line = base64::engine::general_purpose::STANDARD.encode(line);
    while raw.len() < 30_000_000 {
        raw.extend_from_slice(line.as_bytes());
        raw.extend_from_slice(b"\r\n");
    }
    raw.extend_from_slice(b"--B--\r\n");
    raw
}

pub(crate) fn measure(report: &mut Report) -> anyhow::Result<()> {
    let me = std::process::id();
    let raw = large();
    // 5: the kernel forgets the peak so far.
    std::fs::write("/proc/self/clear_refs", "5")?;
    let before = status(me, "VmRSS")?;
    let used = own_seconds()?;
    let mail = mime::parse(&raw);
    let used = own_seconds()? - used;
    let peak = status(me, "VmHWM")? - before;
    anyhow::ensure!(
        mail.attachments.len() == 1 && mail.attachments[0].bytes.len() > 21_000_000,
        "the file of the large mail was not read"
    );
    drop(mail);
    // The least that a reader needs beside the mail is the file itself.
    report.add(
        PART,
        "30 MB: memory beside the mail",
        peak / MB,
        "MB",
        Some(raw.len() as f64 * 0.73 / MB),
        Some(Aim::Below(64.0)),
    );
    report.add(PART, "30 MB: CPU time", used * 1000.0, "ms", None, None);
    drop(raw);

    let mails: Vec<Vec<u8>> = tests::corpus::all()
        .into_iter()
        .map(|case| case.raw)
        .filter(|raw| raw.len() < 60_000)
        .collect();
    let bytes: usize = mails.iter().map(Vec::len).sum();
    let (began, before) = (Instant::now(), own_seconds()?);
    let mut read = 0usize;
    while began.elapsed() < TIME {
        for raw in &mails {
            black_box(mime::parse(raw));
        }
        read += mails.len();
    }
    let used = own_seconds()? - before;
    anyhow::ensure!(read > 0 && used > 0.2, "too little to measure");
    report.add(
        PART,
        format!("corpus, {} bytes on average", bytes / mails.len()),
        read as f64 / used,
        "/s",
        None,
        None,
    );
    report.add(
        PART,
        "corpus: CPU time for each",
        used * 1000.0 / read as f64,
        "ms",
        None,
        None,
    );
    Ok(())
}
