//! What a customer still waits for an answer to waits wherever it was moved.

use conversation::conversations::Conversation;
use conversation::lifecycle::{Action, act};
use conversation::restructure::{merge, move_messages, put_back, split, unmerge};
use conversation::types::{
    Actor, AgentId, Channel, ConversationId, ConversationStatus, InboxId, MessageId, Millis, Priority, TicketStatus,
};
use conversation::{sla, tickets};

use super::bed::{Bed, NOON, SECOND, both, mail};
use super::ingest::ticket_in;

both! {
    what_nobody_answered_opens_what_it_is_moved_to,
    moved_back_it_leaves_everything_as_it_was,
    what_happened_since_is_not_undone,
    a_split_that_is_put_back_leaves_everything_as_it_was,
    what_was_said_since_a_split_waits_where_it_is_put_back,
    what_was_answered_opens_nothing,
    what_waits_here_still_does_when_something_else_leaves,
    a_merge_into_what_was_answered_and_done_waits,
    what_opens_for_somebody_who_left_is_nobodys,
}

const MINUTE: Millis = 60 * SECOND;

/// A customer's mail, in a conversation of its own.
async fn asked(bed: &Bed, inbox: &InboxId, text: &str) -> (ConversationId, MessageId) {
    let n = bed.store.env().ulid();
    let mut asked = mail(inbox, "rui@customer.test", &format!("{n}@customer.test"), text);
    asked.subject = Some(n);
    let filed = bed.file(&asked).await;
    bed.clock.advance(MINUTE);
    (filed.conversation.expect("filed"), filed.message.expect("filed"))
}

/// The same, into a conversation that there is.
async fn added(bed: &Bed, inbox: &InboxId, to: &ConversationId, text: &str) -> MessageId {
    let n = bed.store.env().ulid();
    let mut more = mail(inbox, "rui@customer.test", &format!("{n}@customer.test"), text);
    more.thread.tokens = vec![bed.store.keys().reply_token(to)];
    let filed = bed.file(&more).await;
    assert_eq!(filed.conversation.as_ref(), Some(to));
    bed.clock.advance(MINUTE);
    filed.message.expect("filed")
}

async fn answered(bed: &Bed, id: &ConversationId) -> MessageId {
    let said = bed.say(&Actor::Agent("ana".into()), id, "Done").await;
    bed.clock.advance(MINUTE);
    said.message
}

fn hidden() -> [Action; 2] {
    let until = NOON + 10_000 * MINUTE;
    [Action::Resolve, Action::Snooze { until }]
}

/// Eva left, or is back.
async fn leave(bed: &Bed, is_gone: bool) {
    conversation::db::sql("UPDATE agents SET is_enabled = $1 WHERE id = 'eva'")
        .bind(!is_gone)
        .run(bed.store.db())
        .await
        .expect("an agent");
}

async fn ticket_status(bed: &Bed, ticket: &conversation::types::TicketId) -> TicketStatus {
    conversation::access::ticket(bed.store.db(), &Actor::System, ticket)
        .await
        .expect("the ticket")
        .status
}

fn stands(one: &Conversation) -> (ConversationStatus, Option<Millis>, Option<Millis>) {
    (one.status, one.waiting_since, one.due_at)
}

async fn what_nobody_answered_opens_what_it_is_moved_to(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    sla::set(&bed.store, &ana, &[(Priority::Normal, 30)])
        .await
        .expect("limits");
    for hide in hidden() {
        let (open, _) = asked(&bed, &inbox, "First").await;
        answered(&bed, &open).await;
        let said = bed.store.now();
        let more = added(&bed, &inbox, &open, "And the other matter?").await;
        let (done, _) = asked(&bed, &inbox, "The other matter").await;
        let ticket = tickets::open(&bed.store, &ana, ticket_in(&done))
            .await
            .expect("a ticket");
        answered(&bed, &done).await;
        act(&bed.store, &ana, &done, hide).await.expect("hidden");
        bed.clock.advance(MINUTE);
        move_messages(&bed.store, &ana, &[more], &open, &done)
            .await
            .expect("moved");
        assert_eq!(
            stands(&bed.conversation(&done).await),
            (ConversationStatus::Open, Some(said), Some(said + 30 * MINUTE)),
            "since it was said, although something else was answered later"
        );
        assert_eq!(bed.conversation(&open).await.waiting_since, None);
        assert!(matches!(
            ticket_status(&bed, &ticket.id).await,
            TicketStatus::Open | TicketStatus::New
        ));
        answered(&bed, &done).await;
        assert_eq!(bed.conversation(&done).await.waiting_since, None);
    }
    bed.check().await;
}

async fn moved_back_it_leaves_everything_as_it_was(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    for hide in hidden() {
        let (open, _) = asked(&bed, &inbox, "First").await;
        let more = [
            added(&bed, &inbox, &open, "Two").await,
            added(&bed, &inbox, &open, "Three").await,
        ];
        let (done, _) = asked(&bed, &inbox, "Another").await;
        let ticket = tickets::open(&bed.store, &ana, ticket_in(&done))
            .await
            .expect("a ticket");
        answered(&bed, &done).await;
        act(&bed.store, &ana, &done, hide).await.expect("hidden");
        bed.clock.advance(MINUTE);
        let before = (bed.conversation(&open).await, bed.conversation(&done).await);
        let ticket_before = ticket_status(&bed, &ticket.id).await;
        for back in [&more[..], &more[..1]] {
            move_messages(&bed.store, &ana, back, &open, &done)
                .await
                .expect("moved");
            assert_eq!(bed.conversation(&done).await.status, ConversationStatus::Open);
            bed.clock.advance(MINUTE);
            move_messages(&bed.store, &ana, back, &done, &open)
                .await
                .expect("moved back");
            let (one, two) = (bed.conversation(&open).await, bed.conversation(&done).await);
            assert_eq!(stands(&one), stands(&before.0));
            assert_eq!(stands(&two), stands(&before.1));
            assert_eq!(
                (two.resolved_at, two.snoozed_until, two.level, two.assignee_id),
                (
                    before.1.resolved_at,
                    before.1.snoozed_until,
                    before.1.level,
                    before.1.assignee_id.clone()
                )
            );
            assert_eq!(ticket_status(&bed, &ticket.id).await, ticket_before);
            bed.clock.advance(MINUTE);
        }
    }
    bed.check().await;
}

async fn what_happened_since_is_not_undone(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (open, _) = asked(&bed, &inbox, "First").await;
    let more = [
        added(&bed, &inbox, &open, "Two").await,
        added(&bed, &inbox, &open, "Three").await,
    ];
    let (done, _) = asked(&bed, &inbox, "Another").await;
    act(&bed.store, &ana, &done, Action::Resolve).await.expect("resolved");
    move_messages(&bed.store, &ana, &more, &open, &done)
        .await
        .expect("moved");
    // One of the two stays and waits.
    move_messages(&bed.store, &ana, &more[..1], &done, &open)
        .await
        .expect("moved back");
    let stays = bed.conversation(&done).await;
    assert_eq!(stays.status, ConversationStatus::Open);
    assert!(stays.waiting_since.is_some());
    // The customer wrote meanwhile.
    bed.clock.advance(MINUTE);
    added(&bed, &inbox, &done, "Hello?").await;
    move_messages(&bed.store, &ana, &more[1..], &done, &open)
        .await
        .expect("moved back");
    let stays = bed.conversation(&done).await;
    assert_eq!(stays.status, ConversationStatus::Open);
    assert!(stays.waiting_since.is_some());
    bed.check().await;
}

async fn what_was_answered_opens_nothing(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (open, question) = asked(&bed, &inbox, "First").await;
    let answer = answered(&bed, &open).await;
    let (done, _) = asked(&bed, &inbox, "Another").await;
    act(&bed.store, &ana, &done, Action::Resolve).await.expect("resolved");
    added(&bed, &inbox, &open, "Still").await;
    move_messages(&bed.store, &ana, &[question, answer], &open, &done)
        .await
        .expect("moved");
    assert_eq!(bed.conversation(&done).await.status, ConversationStatus::Resolved);
    // Nor does what was resolved without a word make anybody wait elsewhere.
    let (closed, words) = asked(&bed, &inbox, "Thanks").await;
    act(&bed.store, &ana, &closed, Action::Resolve).await.expect("resolved");
    let (other, _) = asked(&bed, &inbox, "More").await;
    answered(&bed, &other).await;
    bed.clock.advance(MINUTE);
    let late = added(&bed, &inbox, &closed, "One more word").await;
    act(&bed.store, &ana, &closed, Action::Resolve).await.expect("resolved");
    move_messages(&bed.store, &ana, &[words, late], &closed, &other)
        .await
        .expect("moved");
    assert_eq!(bed.conversation(&other).await.waiting_since, None);
    bed.check().await;
}

async fn what_waits_here_still_does_when_something_else_leaves(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (open, _) = asked(&bed, &inbox, "First").await;
    let more = added(&bed, &inbox, &open, "Two").await;
    let (done, _) = asked(&bed, &inbox, "Another").await;
    let last = answered(&bed, &done).await;
    act(&bed.store, &ana, &done, Action::Resolve).await.expect("resolved");
    move_messages(&bed.store, &ana, &[more], &open, &done)
        .await
        .expect("moved");
    let since = bed.conversation(&done).await.waiting_since;
    assert!(since.is_some());
    split(&bed.store, &ana, &done, &[last], None).await.expect("split");
    assert!(
        bed.conversation(&done)
            .await
            .waiting_since
            .is_some_and(|at| Some(at) <= since)
    );
    bed.check().await;
}

async fn a_merge_into_what_was_answered_and_done_waits(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (open, _) = asked(&bed, &inbox, "First").await;
    let since = bed.conversation(&open).await.waiting_since;
    let (done, _) = asked(&bed, &inbox, "Another").await;
    answered(&bed, &done).await;
    act(&bed.store, &ana, &done, Action::Resolve).await.expect("resolved");
    bed.clock.advance(MINUTE);
    merge(&bed.store, &ana, &open, &done).await.expect("merged");
    let one = bed.conversation(&done).await;
    assert_eq!((one.status, one.waiting_since), (ConversationStatus::Open, since));
    bed.clock.advance(MINUTE);
    unmerge(&bed.store, &ana, &done, &open).await.expect("taken back");
    let (one, two) = (bed.conversation(&open).await, bed.conversation(&done).await);
    assert_eq!((one.status, one.waiting_since), (ConversationStatus::Open, since));
    assert_eq!((two.status, two.waiting_since), (ConversationStatus::Resolved, None));
    bed.check().await;
}

async fn what_opens_for_somebody_who_left_is_nobodys(bed: Bed) {
    let ana = bed.agent("ana").await;
    bed.agent("eva").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    for is_merge in [false, true] {
        let (open, _) = asked(&bed, &inbox, "First").await;
        let more = added(&bed, &inbox, &open, "Two").await;
        let (done, _) = asked(&bed, &inbox, "Another").await;
        let eva = AgentId::from("eva");
        act(&bed.store, &ana, &done, Action::Assign(Some(eva.clone())))
            .await
            .expect("assigned");
        act(&bed.store, &ana, &done, Action::Resolve).await.expect("resolved");
        leave(&bed, true).await;
        if is_merge {
            merge(&bed.store, &ana, &open, &done).await.expect("merged");
        } else {
            move_messages(&bed.store, &ana, &[more], &open, &done)
                .await
                .expect("moved");
        }
        let opened = bed.conversation(&done).await;
        assert_eq!((opened.status, opened.assignee_id), (ConversationStatus::Open, None));
        leave(&bed, false).await;
    }
    bed.check().await;
}

async fn a_split_that_is_put_back_leaves_everything_as_it_was(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    for hide in [
        None,
        Some(Action::Resolve),
        Some(Action::Snooze {
            until: NOON + 10_000 * MINUTE,
        }),
    ] {
        for is_answered in [true, false] {
            let (home, _) = asked(&bed, &inbox, "One").await;
            let out = added(&bed, &inbox, &home, "Two").await;
            if is_answered {
                answered(&bed, &home).await;
            }
            if let Some(hide) = hide.clone() {
                act(&bed.store, &ana, &home, hide).await.expect("hidden");
            }
            let before = bed.conversation(&home).await;
            bed.clock.advance(MINUTE);
            let apart = split(&bed.store, &ana, &home, &[out], None).await.expect("apart");
            bed.clock.advance(MINUTE);
            put_back(&bed.store, &ana, &apart, &home).await.expect("back");
            let now = bed.conversation(&home).await;
            assert_eq!(stands(&now), stands(&before), "{hide:?} {is_answered}");
            assert_eq!(
                (now.snoozed_until, now.level, &now.assignee_id, &now.preview),
                (before.snoozed_until, before.level, &before.assignee_id, &before.preview)
            );
            // It can be done once more, in either direction.
            unmerge(&bed.store, &ana, &home, &apart).await.expect("apart again");
            put_back(&bed.store, &ana, &apart, &home).await.expect("back again");
            assert_eq!(stands(&bed.conversation(&home).await), stands(&before));
        }
    }
    bed.check().await;
}

async fn what_was_said_since_a_split_waits_where_it_is_put_back(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let (home, _) = asked(&bed, &inbox, "One").await;
    let out = added(&bed, &inbox, &home, "Two").await;
    answered(&bed, &home).await;
    let apart = split(&bed.store, &ana, &home, &[out], None).await.expect("apart");
    act(&bed.store, &ana, &home, Action::Resolve).await.expect("done");
    let said = bed.store.now() + MINUTE;
    bed.clock.advance(MINUTE);
    added(&bed, &inbox, &apart, "And this?").await;
    put_back(&bed.store, &ana, &apart, &home).await.expect("back");
    let now = bed.conversation(&home).await;
    assert_eq!((now.status, now.waiting_since), (ConversationStatus::Open, Some(said)));
    bed.check().await;
}
