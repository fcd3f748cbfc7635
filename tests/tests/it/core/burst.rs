//! A burst shares its statements, not only its commit.

use std::cell::Cell;

use conversation::ingest::ingest;
use conversation::types::Channel;
use tests::need;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::bed::{Bed, mail, whatsapp};

thread_local! {
    static STATEMENTS: Cell<usize> = const { Cell::new(0) };
}

/// Counts the statements that sqlx tells of, on each thread its own: other tests run beside.
struct Statements;

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {
        STATEMENTS.set(STATEMENTS.get() + 1);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// On PostgreSQL, where each statement is a round trip.
#[tokio::test]
async fn a_burst_takes_few_statements() {
    let bed = need!(Bed::postgres().await);
    tracing::subscriber::set_global_default(Statements).expect("no other test listens");
    let (chat, mailbox) = (
        bed.inbox(Channel::Whatsapp, true).await,
        bed.inbox(Channel::Email, true).await,
    );
    let burst = |round: usize, channel: Channel, senders: usize| -> Vec<_> {
        (0..256)
            .map(|n| {
                let (from, id) = (n % senders, format!("{round}.{n}@customer.test"));
                if channel == Channel::Email {
                    let mut mail = mail(&mailbox, &format!("{from}@customer.test"), &id, "Hello");
                    mail.thread.references = (0..5).map(|n| format!("{round}.{n}@elsewhere.test")).collect();
                    mail
                } else {
                    whatsapp(&chat, &format!("5511{from:08}"), &id, "Oi")
                }
            })
            .collect()
    };
    // What is written for each message alone may not grow with the burst; a conversation that goes
    // on is one UPDATE.
    for (what, batch, most) in [
        ("new chats", burst(0, Channel::Whatsapp, 256), 64),
        ("the same chats again", burst(1, Channel::Whatsapp, 256), 320),
        ("one busy chat", burst(2, Channel::Whatsapp, 1), 40),
        ("new mails", burst(3, Channel::Email, 256), 96),
        ("all of it again", burst(3, Channel::Email, 256), 8),
    ] {
        STATEMENTS.set(0);
        let filed = ingest(&bed.store, &batch).await.expect("ingest");
        let statements = STATEMENTS.get();
        assert_eq!(filed.len(), 256);
        assert!(statements > 0, "they are counted");
        assert!(statements <= most, "{what}: {statements} statements for 256 messages");
    }
    bed.check().await;
}
