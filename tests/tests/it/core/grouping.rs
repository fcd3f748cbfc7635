//! Mails that name no other one: where an inbox wants it, those of one sender under one subject are one conversation.

use channels::email::receive::deliver;
use conversation::inboxes;
use conversation::ingest::Filed;
use conversation::lifecycle::{Action, act};
use conversation::types::{Actor, Channel, ConversationStatus, InboxId, MatchedBy};
use serde_json::json;

use super::bed::{Bed, HOUR, both};

both! {
    a_device_has_one_conversation,
    what_names_another_mail_is_not_grouped,
    an_inbox_that_does_not_want_it_groups_nothing,
}

struct Desk {
    bed: Bed,
    inbox: InboxId,
    count: std::cell::Cell<u32>,
}

impl Desk {
    async fn new(bed: Bed, hours: u32) -> Desk {
        let inbox = bed.inbox(Channel::Email, true).await;
        let settings = json!({ "address": "support@example.test", "group_hours": hours });
        inboxes::configure(&bed.store, &Actor::System, &inbox, &settings, true, true)
            .await
            .expect("configured");
        Desk {
            bed,
            inbox,
            count: std::cell::Cell::default(),
        }
    }

    /// A mail with an id of its own and these further lines in its head.
    async fn mail(&self, from: &str, subject: &str, more: &str) -> Filed {
        self.count.set(self.count.get() + 1);
        let raw = format!(
            "From: {from}\nTo: support@example.test\nSubject: {subject}\nMessage-ID: <{}@device.test>\n{more}\nPaper is out.\n",
            self.count.get()
        );
        deliver(&self.bed.store, &self.inbox, raw.replace('\n', "\r\n").as_bytes())
            .await
            .expect("filed")
    }
}

async fn a_device_has_one_conversation(bed: Bed) {
    let desk = Desk::new(bed, 8).await;
    let first = desk.mail("printer@device.test", "Alert: tray 2", "").await;
    assert_eq!(first.matched_by, Some(MatchedBy::New));
    let id = first.conversation.expect("a conversation");
    for subject in ["Alert: tray 2", "RE:  alert: TRAY   2"] {
        desk.bed.clock.advance(7 * HOUR);
        let more = desk.mail("printer@device.test", subject, "").await;
        assert_eq!(
            (more.conversation.as_ref(), more.matched_by),
            (Some(&id), Some(MatchedBy::SameSubject)),
            "{subject}"
        );
    }
    // Another subject, another sender, no subject: nothing says that they belong together.
    for (from, subject) in [
        ("printer@device.test", "Alert: tray 3"),
        ("scanner@device.test", "Alert: tray 2"),
        ("printer@device.test", ""),
        ("printer@device.test", ""),
    ] {
        let other = desk.mail(from, subject, "").await;
        assert_eq!(other.matched_by, Some(MatchedBy::New), "{from} {subject}");
    }
    // What was resolved is taken up again within the time.
    let resolved = act(&desk.bed.store, &Actor::System, &id, Action::Resolve).await;
    resolved.expect("resolved");
    desk.bed.clock.advance(7 * HOUR);
    let again = desk.mail("printer@device.test", "Alert: tray 2", "").await;
    assert_eq!(again.conversation.as_ref(), Some(&id));
    assert_eq!(desk.bed.conversation(&id).await.status, ConversationStatus::Open);
    desk.bed.clock.advance(9 * HOUR);
    let late = desk.mail("printer@device.test", "Alert: tray 2", "").await;
    assert_eq!(late.matched_by, Some(MatchedBy::New));
    desk.bed.check().await;
}

async fn what_names_another_mail_is_not_grouped(bed: Bed) {
    let desk = Desk::new(bed, 8).await;
    let first = desk.mail("ana@customer.test", "Toner", "").await;
    let answer = "In-Reply-To: <somewhere@else.test>\n";
    let other = desk.mail("ana@customer.test", "Re: Toner", answer).await;
    assert_eq!(other.matched_by, Some(MatchedBy::New));
    // What a device says without a person is grouped as quietly as it came.
    let quiet = "Auto-Submitted: auto-generated\n";
    let one = desk.mail("alarm@device.test", "Door", quiet).await.conversation;
    let two = desk.mail("alarm@device.test", "Door", quiet).await;
    assert_eq!(
        (&two.conversation, two.matched_by),
        (&one, Some(MatchedBy::SameSubject))
    );
    let status = desk.bed.conversation(&one.expect("one")).await.status;
    assert_eq!(status, ConversationStatus::Resolved);
    // A mail whose sender failed the checks of its domain begins anew.
    let forged = "Authentication-Results: mx.example.test; dmarc=fail header.from=customer.test\n";
    let forged = desk.mail("ana@customer.test", "Toner", forged).await;
    assert_ne!(forged.conversation, first.conversation);
    desk.bed.check().await;
}

async fn an_inbox_that_does_not_want_it_groups_nothing(bed: Bed) {
    let desk = Desk::new(bed, 0).await;
    for _ in 0..2 {
        let filed = desk.mail("printer@device.test", "Alert: tray 2", "").await;
        assert_eq!(filed.matched_by, Some(MatchedBy::New));
    }
    desk.bed.check().await;
}
