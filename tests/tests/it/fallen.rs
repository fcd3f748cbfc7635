//! A mail that the program falls over is the failure of this one mail: others come and leave, and nothing stops.

use std::sync::Arc;

use channels::dispatch::Dispatcher;
use channels::notices::NoticeSender;
use conversation::card::{Card, CardKind};
use conversation::color::Color;
use conversation::db::sql;
use conversation::notices::{self, NewNotice};
use conversation::reply::reply;
use conversation::reports;
use conversation::types::{Channel, DeliveryState, Language, Millis};
use futures::FutureExt as _;
use jiff::tz::TimeZone;
use tests::harness::{Api, FakeSmtp, eventually, http};

use crate::core::bed::{Bed, HOUR, mail};
use crate::limits::with_mailbox;
use crate::stalled::mailbox;

/// The first moment of the year 10000: no mail can carry such a date, and the library that writes mails panics at it.
const NO_DATE: Millis = 253_402_300_800_000;

fn card() -> Card {
    Card {
        title: "How to change the toner".to_owned(),
        kind: CardKind::Article,
        reference: "a1".to_owned(),
        body: String::new(),
        facts: Vec::new(),
        actions: Vec::new(),
    }
}

#[tokio::test]
async fn a_reply_that_the_program_falls_over_holds_up_no_other() -> anyhow::Result<()> {
    let smtp = FakeSmtp::start().await?;
    let bed = Bed::sqlite().await;
    let inbox = mailbox(&bed, "support", &smtp).await?;
    let ana = bed.agent("ana").await;
    let (one, _) = bed
        .place(&mail(&inbox, "joana@customer.test", "1@c.test", "Toner?"))
        .await;
    let (other, _) = bed
        .place(&mail(&inbox, "rui@customer.test", "2@c.test", "Paper?"))
        .await;
    let mut with_card = bed.words(&one, "This way.");
    with_card.cards.push(card());
    let fallen = reply(&bed.store, &ana, with_card).await?.message;
    let plain = reply(&bed.store, &ana, bed.words(&other, "In the drawer."))
        .await?
        .message;

    // Only a mail with cards asks for the colour.
    let falling = Dispatcher::new(bed.store.clone(), "test", "https://desk.example")
        .in_color(Arc::new(|| async { panic!("no colour") }.boxed()));
    assert_eq!(falling.send_due().await?, 2);
    assert_eq!(bed.delivery(&plain).await.state, DeliveryState::Sent);
    assert_eq!(smtp.received().len(), 1);
    let open = bed.delivery(&fallen).await;
    assert_eq!(open.error_code.as_deref(), Some("panic"));
    let said = open.error.unwrap_or_default();
    assert!(said.contains("no colour") && said.contains("report it"), "{said}");

    // It is tried again, and leaves where the program bears it.
    bed.clock.advance(HOUR);
    let sound = Dispatcher::new(bed.store.clone(), "test", "https://desk.example")
        .in_color(Arc::new(|| std::future::ready(Color::OURS).boxed()));
    assert_eq!(sound.send_due().await?, 1);
    assert_eq!(bed.delivery(&fallen).await.state, DeliveryState::Sent);
    assert_eq!(smtp.received().len(), 2);
    Ok(())
}

async fn link(bed: &Bed, recipient: &str) -> anyhow::Result<()> {
    let new = NewNotice {
        recipient: recipient.to_owned(),
        language: Language::En,
        subject: "Your link".to_owned(),
        text: "Here it is.".to_owned(),
        action_label: "Sign in".to_owned(),
        action_url: "https://desk.example/in/abc".to_owned(),
    };
    notices::put(&bed.store, new).await?;
    Ok(())
}

#[tokio::test]
async fn a_link_that_the_program_falls_over_holds_up_no_other() -> anyhow::Result<()> {
    let smtp = FakeSmtp::start().await?;
    let bed = Bed::sqlite().await;
    mailbox(&bed, "support", &smtp).await?;
    let sender = NoticeSender::new(bed.store.clone(), "test");
    link(&bed, "joana@customer.test").await?;
    let ahead = NO_DATE - bed.store.now();
    bed.clock.set(ahead);
    assert_eq!(sender.send_due().await?, 1);
    let (state, error): (String, String) = sql("SELECT state, COALESCE(error, '') FROM notices")
        .one(bed.store.db())
        .await?;
    assert_eq!(state, "failed", "{error}");
    assert!(error.contains("year 9999") && error.contains("report it"), "{error}");
    assert!(smtp.received().is_empty());

    bed.clock.set(-ahead);
    link(&bed, "rui@customer.test").await?;
    assert_eq!(sender.send_due().await?, 1);
    assert_eq!(smtp.received().len(), 1);
    assert!(smtp.received()[0].text().contains("rui@customer.test"));
    Ok(())
}

#[tokio::test]
async fn a_mail_that_the_program_falls_over_stands_in_quarantine_and_stops_no_other() -> anyhow::Result<()> {
    // The second filing falls over, once.
    let (app, secret) = with_mailbox(&[("SWITCHBOARD_FAULT", "ingest.before_write:1:panic")]).await?;
    let mut outcomes = Vec::new();
    for number in 0..3 {
        let mail = format!(
            "From: c{number}@customer.test\r\nTo: support@example.test\r\nSubject: Toner\r\n\
             Message-ID: <{number}@customer.test>\r\n\r\nIt is empty.\r\n"
        );
        let filed = http()
            .post(app.url("/webhooks/email/support"))
            .bearer_auth(&secret)
            .body(mail)
            .send()
            .await?;
        assert_eq!(filed.status(), 200, "the provider need not send it again");
        outcomes.push(filed.json::<serde_json::Value>().await?["outcome"].clone());
    }
    assert_eq!(outcomes, ["created", "quarantined", "created"]);
    Ok(())
}

#[tokio::test]
async fn a_conversation_that_cannot_be_counted_holds_up_no_figures() -> anyhow::Result<()> {
    let bed = Bed::sqlite().await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let mut ids = Vec::new();
    for number in 0..3 {
        let message = mail(
            &inbox,
            &format!("c{number}@customer.test"),
            &format!("{number}@c.test"),
            "Toner?",
        );
        ids.push(bed.place(&message).await.0);
    }
    let mut tx = bed.store.begin().await?;
    sql("UPDATE messages SET auto = 'no word of ours' WHERE conversation_id = $1")
        .bind(&ids[1])
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    let created = async || -> anyhow::Result<i64> {
        reports::follow(&bed.store, &TimeZone::UTC).await?;
        let (created,): (i64,) =
            sql("SELECT CAST(COALESCE(SUM(created), 0) AS BIGINT) FROM report_days WHERE dimension = 'all'")
                .one(bed.store.db())
                .await?;
        Ok(created)
    };
    assert_eq!(created().await?, 2);
    // It counts as soon as it can be read.
    let mut tx = bed.store.begin().await?;
    sql("UPDATE messages SET auto = 'none' WHERE conversation_id = $1")
        .bind(&ids[1])
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    let again = mail(&inbox, "c1@customer.test", "4@c.test", "Toner?");
    let mut again = again;
    again.thread.in_reply_to = vec!["1@c.test".to_owned()];
    assert_eq!(bed.place(&again).await.0, ids[1]);
    assert_eq!(created().await?, 3);
    Ok(())
}

#[tokio::test]
async fn figures_that_the_program_falls_over_are_made_again() -> anyhow::Result<()> {
    let (app, secret) = with_mailbox(&[("SWITCHBOARD_FAULT", "reports.facts:0:panic")]).await?;
    for number in 0..3 {
        let mail = format!(
            "From: c{number}@customer.test\r\nTo: support@example.test\r\nSubject: Toner\r\n\
             Message-ID: <{number}@customer.test>\r\n\r\nIt is empty.\r\n"
        );
        let filed = http()
            .post(app.url("/webhooks/email/support"))
            .bearer_auth(&secret)
            .body(mail)
            .send()
            .await?;
        assert_eq!(filed.status(), 200);
    }
    let api = Api::of(&app).await?;
    eventually("three conversations in the figures", async || {
        let figures = api.get("/reports").await.ok()?;
        (figures["total"]["created"] == 3).then_some(())
    })
    .await;
    let metrics = http().get(app.url("/metrics")).send().await?.text().await?;
    assert!(
        metrics
            .lines()
            .any(|line| line.starts_with("task_panics_total") && line.ends_with(" 1")),
        "it fell once: {metrics}"
    );
    Ok(())
}
