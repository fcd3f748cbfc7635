//! Notices of delivery.

use conversation::access;
use conversation::inbound::Bounce;
use conversation::lifecycle::{Action, act};
use conversation::types::{Auto, Channel, ConversationStatus, DeliveryState};

use super::bed::{Bed, HOUR, NOON, both, mail};
use super::ingest::ticket_in;

both! {
    a_bounce_fails_its_delivery_and_reopens,
    a_delay_notice_changes_nothing,
}

async fn a_bounce_fails_its_delivery_and_reopens(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let agent = bed.agent("ana").await;
    for status in [
        ConversationStatus::Open,
        ConversationStatus::Snoozed,
        ConversationStatus::Resolved,
    ] {
        let from = format!("{status}@customer.test");
        let (id, _) = bed.place(&mail(&inbox, &from, &format!("1.{from}"), "Hello")).await;
        let ticket = conversation::tickets::open(&bed.store, &agent, ticket_in(&id))
            .await
            .expect("a ticket");
        let replied = bed.say(&agent, &id, "Answer").await;
        let action = match status {
            ConversationStatus::Open => None,
            ConversationStatus::Snoozed => Some(Action::Snooze { until: NOON + HOUR }),
            ConversationStatus::Resolved => Some(Action::Resolve),
        };
        if let Some(action) = action {
            act(&bed.store, &agent, &id, action).await.expect("allowed");
        }
        let delivery = bed.delivery(&replied.message).await;
        let mut bounce = mail(
            &inbox,
            "mailer-daemon@customer.test",
            &format!("b.{from}"),
            "Undeliverable",
        );
        bounce.auto = Auto::Bounce;
        bounce.bounce = Some(Bounce {
            recipient: Some(from.clone()),
            status: Some("5.1.1".to_owned()),
            diagnostic: Some("550 no such user".to_owned()),
            original_message_id: Some(delivery.external_id.clone()),
        });
        assert_eq!(bed.place(&bounce).await.0, id, "{status}");
        let delivery = bed.delivery(&replied.message).await;
        assert_eq!(delivery.state, DeliveryState::Failed);
        assert_eq!(delivery.error_code.as_deref(), Some("bounce.5.1.1"));
        assert_eq!(delivery.error.as_deref(), Some("550 no such user"));
        let conversation = bed.conversation(&id).await;
        assert_eq!(conversation.status, ConversationStatus::Open, "{status}");
        assert_eq!(conversation.reply_address.as_deref(), Some(from.as_str()));
        let ticket = access::ticket(bed.store.db(), &agent, &ticket.id)
            .await
            .expect("the ticket");
        assert_eq!(
            ticket.status,
            conversation::types::TicketStatus::Open,
            "{status}: the ticket follows"
        );
    }
    bed.check().await;
}

async fn a_delay_notice_changes_nothing(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let agent = bed.agent("ana").await;
    let (id, _) = bed
        .place(&mail(&inbox, "ana@customer.test", "1@customer.test", "Hello"))
        .await;
    let replied = bed.say(&agent, &id, "Answer").await;
    act(&bed.store, &agent, &id, Action::Resolve).await.expect("resolved");
    let mut delay = mail(&inbox, "mailer-daemon@customer.test", "d@customer.test", "Delayed");
    delay.auto = Auto::Bounce;
    delay.extra = Some(serde_json::json!({ "type": "delivery_delayed" }));
    delay.bounce = Some(Bounce {
        status: Some("4.4.1".to_owned()),
        original_message_id: Some(bed.delivery(&replied.message).await.external_id),
        ..Bounce::default()
    });
    assert_eq!(bed.place(&delay).await.0, id);
    assert_eq!(bed.delivery(&replied.message).await.state, DeliveryState::Queued);
    assert_eq!(bed.conversation(&id).await.status, ConversationStatus::Resolved);
    bed.check().await;
}
