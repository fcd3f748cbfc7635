//! The first import of a large mailbox: mails a second, cut off in the middle and gone on with.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use channels::email::watch::{Timing, watch};
use channels::email::{Credentials, EmailSettings, ImapSettings, TlsMode};
use conversation::inboxes;
use conversation::mailboxes;
use conversation::types::{Actor, Channel};
use tests::harness::FakeImap;
use tokio_util::sync::CancellationToken;

use crate::report::{Aim, Report};
use crate::setup;

const PART: &str = "first import of a mailbox over IMAP (SQLite)";
/// How many mails the mailbox has; `BENCH_MAILBOX` names another number.
const MANY: usize = 100_000;

fn mail(number: usize) -> String {
    // Every tenth answers the one before, as in a mailbox that was in use.
    let answers = if number % 10 == 9 {
        format!("In-Reply-To: <{}@client.example>\r\n", number - 1)
    } else {
        String::new()
    };
    format!(
        "From: \"Customer {0}\" <customer{0}@client.example>\r\nTo: support@shop.example\r\nSubject: Invoice {number} has the wrong address\r\n\
         Date: Sat, 21 Nov 2026 09:00:00 +0000\r\nMessage-ID: <{number}@client.example>\r\n{answers}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         Good morning,\r\n\r\nthe invoice {number} of this month names our old address. Could you send it again?\r\n\r\nThank you\r\nAna\r\n",
        number % 5_000,
    )
}

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let many = std::env::var("BENCH_MAILBOX")
        .ok()
        .and_then(|number| number.parse().ok())
        .unwrap_or(MANY);
    let server = FakeImap::start().await?;
    for number in 0..many {
        server.append("INBOX", mail(number));
    }
    let ready = setup::empty(None, Channel::Email).await?;
    let settings = EmailSettings {
        address: "support@shop.example".to_owned(),
        imap: Some(ImapSettings {
            host: "127.0.0.1".to_owned(),
            port: server.port(),
            tls: TlsMode::None,
            user: "support".to_owned(),
            auth: Credentials::Password {
                password: "secret".to_owned(),
            },
            ..ImapSettings::default()
        }),
        ..EmailSettings::default()
    };
    inboxes::configure(&ready.store, &Actor::System, &ready.inbox, &settings, false, true).await?;
    let mut rates = Rates::default();
    let began = Instant::now();
    let half = i64::try_from(many / 2)?;
    run(&ready, &mut rates, |done, _| done >= half).await?;
    ensure!(
        setup::count(&ready.store, "SELECT COUNT(*) FROM messages").await? < i64::try_from(many)?,
        "it was cut off in the middle"
    );
    run(&ready, &mut rates, |_, is_finished| is_finished).await?;
    let took = began.elapsed();
    setup::check(&ready.store, many).await?;
    report.add(
        PART,
        format!("mailbox of {many} mails, cut off once"),
        many as f64 / took.as_secs_f64(),
        "mails/s",
        None,
        None,
    );
    // The second tenth and the last whole one: the first also opens everything.
    let tenth = i64::try_from(many / 10)?;
    let (first, last) = (rates.between(tenth, 2 * tenth)?, rates.between(8 * tenth, 9 * tenth)?);
    report.add(
        PART,
        format!("near its end (floor: near its beginning), each {tenth} mails"),
        last,
        "mails/s",
        Some(first),
        Some(Aim::OfFloor(0.67)),
    );
    Ok(())
}

/// How far it was and when.
#[derive(Default)]
struct Rates(Vec<(i64, Instant)>);

impl Rates {
    /// Mails a second from the moment that so many were done until so many.
    fn between(&self, from: i64, to: i64) -> anyhow::Result<f64> {
        let at = |mails: i64| self.0.iter().find(|(done, _)| *done >= mails);
        let ((from, began), (to, ended)) = at(from).zip(at(to)).context("too few mails to tell")?;
        ensure!(to > from, "too few mails to tell");
        Ok((to - from) as f64 / (*ended - *began).as_secs_f64())
    }
}

/// Reads until `is_enough(done, finished)`, and says how far it is.
async fn run(ready: &setup::Ready, rates: &mut Rates, is_enough: impl Fn(i64, bool) -> bool) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let timing = Timing {
        poll_every: Duration::from_secs(60),
        idle_for: Duration::from_secs(60),
    };
    let (store, inbox, own) = (ready.store.clone(), ready.inbox.clone(), stop.clone());
    let reader = tokio::spawn(async move { watch(&store, &inbox, "bench", timing, own).await });
    let mut told = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        ensure!(!reader.is_finished(), "the reader ended early");
        let Some(folder) = mailboxes::folder(ready.store.db(), &ready.inbox, "INBOX").await? else {
            continue;
        };
        rates.0.push((folder.done, Instant::now()));
        if folder.done / 10_000 > told {
            told = folder.done / 10_000;
            println!("  {} of {} mails", folder.done, folder.total);
        }
        if is_enough(folder.done, folder.finished_at.is_some()) {
            break;
        }
    }
    stop.cancel();
    reader.await??;
    Ok(())
}
