//! A merge of conversations is taken back: everything stands where it was, and what came since stays.

use conversation::labels;
use conversation::lifecycle::{Action, act};
use conversation::reply::{NewReply, ReplyKind, reply};
use conversation::restructure::{merge, split, takeable, unmerge};
use conversation::tickets;
use conversation::types::{
    Actor, AgentId, Channel, ConversationId, ConversationStatus, InboxId, LabelId, Level, MatchedBy, MessageKind,
};
use conversation::views;
use conversation::{conversations, privacy};

use super::bed::{Bed, NOON, SECOND, both, mail, refusal};
use super::ingest::ticket_in;

both! {
    an_undone_merge_leaves_everything_as_it_was,
    what_came_after_the_merge_stays_with_the_one_that_remained,
    one_that_only_the_merge_opened_is_done_again,
    several_merged_into_one_come_apart_in_any_order,
    what_somebody_moved_since_stays_there,
    an_agent_who_left_gets_nothing_back,
    what_a_person_has_is_not_the_bots_again,
    what_cannot_be_undone,
}

/// A conversation of one customer whose mails all bear the name; its mail ids.
async fn began(bed: &Bed, inbox: &InboxId, name: &str) -> (ConversationId, Vec<String>) {
    let first = format!("{name}@customer.test");
    let (id, matched) = bed
        .place(&mail(inbox, "rui@customer.test", &first, &format!("{name}: question")))
        .await;
    assert_eq!(matched, MatchedBy::New);
    bed.clock.advance(SECOND);
    let answered = bed
        .say(&Actor::Agent("ana".into()), &id, &format!("{name}: answer"))
        .await;
    let second = bed.delivery(&answered.message).await.external_id;
    bed.clock.advance(SECOND);
    (id, vec![first, second])
}

/// Where an answer to that mail lands.
async fn lands(bed: &Bed, inbox: &InboxId, to: &str, text: &str) -> ConversationId {
    let id = format!("{}@customer.test", bed.store.env().ulid());
    let mut next = mail(inbox, "rui@customer.test", &id, text);
    next.thread.in_reply_to = vec![to.to_owned()];
    bed.clock.advance(SECOND);
    bed.place(&next).await.0
}

/// All that is said in a conversation, in its order, without the lines about what happened.
async fn said(bed: &Bed, id: &ConversationId) -> Vec<(String, Option<MatchedBy>)> {
    let timeline = views::timeline(bed.store.db(), id, None, 100)
        .await
        .expect("a timeline");
    timeline
        .into_iter()
        .filter(|message| message.kind != MessageKind::Activity)
        .map(|message| (message.text, message.matched_by))
        .collect()
}

async fn labels_of(bed: &Bed, id: &ConversationId) -> Vec<LabelId> {
    let found = labels::of_conversations(bed.store.db(), std::slice::from_ref(id))
        .await
        .expect("labels");
    let mut found: Vec<LabelId> = found.into_values().flatten().map(|label| label.id).collect();
    found.sort();
    found
}

async fn take_part(bed: &Bed, id: &ConversationId) -> Vec<String> {
    conversations::participants(bed.store.db(), id)
        .await
        .expect("participants")
}

async fn lines(bed: &Bed, id: &ConversationId) -> Vec<String> {
    let timeline = views::timeline(bed.store.db(), id, None, 100)
        .await
        .expect("a timeline");
    timeline
        .into_iter()
        .filter_map(|message| Some(message.extra?["action"].as_str()?.to_owned()))
        .collect()
}

async fn an_undone_merge_leaves_everything_as_it_was(bed: Bed) {
    let (ana, inbox) = (bed.agent("ana").await, bed.inbox(Channel::Email, false).await);
    let store = &bed.store;
    let (kept, kept_ids) = began(&bed, &inbox, "kept").await;
    let (gone, gone_ids) = began(&bed, &inbox, "gone").await;
    // A copy went to a colleague of the customer's in one of the two only.
    let mut copied = mail(&inbox, "rui@customer.test", "copied@customer.test", "gone: copied");
    copied.recipients = vec!["Boss@customer.test".to_owned()];
    copied.thread.in_reply_to = vec![gone_ids[1].clone()];
    assert_eq!(bed.place(&copied).await.0, gone);
    let (own, shared) = (
        labels::create(store, &ana, "Own", None).await.expect("a label").id,
        labels::create(store, &ana, "Shared", None).await.expect("a label").id,
    );
    labels::set(store, &ana, &gone, &[own.clone(), shared.clone()], &[])
        .await
        .expect("labelled");
    labels::set(store, &ana, &kept, std::slice::from_ref(&shared), &[])
        .await
        .expect("labelled");
    let ticket = tickets::open(store, &ana, ticket_in(&gone)).await.expect("a ticket");
    for action in [
        Action::MoveTo {
            level: Level::N2,
            reason: "a part".to_owned(),
        },
        Action::Assign(Some(AgentId::from("ana"))),
        Action::Snooze {
            until: NOON + 90_000 * SECOND,
        },
    ] {
        act(store, &ana, &gone, action).await.expect("done");
    }
    let note = NewReply {
        kind: ReplyKind::Note,
        ..bed.words(&gone, "gone: note")
    };
    reply(store, &ana, note).await.expect("a note");
    let ticket = tickets::load(store.db(), &ticket.id).await.expect("a ticket");
    let (gone_was, kept_was) = (bed.conversation(&gone).await, bed.conversation(&kept).await);
    let (gone_said, kept_said) = (said(&bed, &gone).await, said(&bed, &kept).await);
    let (gone_part, kept_part) = (take_part(&bed, &gone).await, take_part(&bed, &kept).await);
    assert!(
        gone_part.contains(&"boss@customer.test".to_owned()) && !kept_part.contains(&"boss@customer.test".to_owned())
    );

    bed.clock.advance(SECOND);
    let merge_id = merge(store, &ana, &gone, &kept).await.expect("merged");
    assert_eq!(
        takeable(store.db(), &kept)
            .await
            .expect("merges")
            .into_iter()
            .collect::<Vec<_>>(),
        [merge_id]
    );
    assert_eq!(labels_of(&bed, &kept).await.len(), 2);
    bed.check().await;
    bed.clock.advance(60 * SECOND);
    assert_eq!(unmerge(store, &ana, &kept, &gone).await.expect("undone"), gone);
    bed.check().await;

    assert_eq!(said(&bed, &gone).await, gone_said);
    assert_eq!(said(&bed, &kept).await, kept_said);
    let (now, kept_now) = (bed.conversation(&gone).await, bed.conversation(&kept).await);
    assert_eq!(now.id, gone, "it is a conversation again");
    for (now, was) in [(&now, &gone_was), (&kept_now, &kept_was)] {
        assert_eq!(
            (
                now.status,
                now.level,
                &now.assignee_id,
                now.snoozed_until,
                now.waiting_since,
                now.priority,
                &now.preview,
                &now.reply_address,
                &now.contact_id
            ),
            (
                was.status,
                was.level,
                &was.assignee_id,
                was.snoozed_until,
                was.waiting_since,
                was.priority,
                &was.preview,
                &was.reply_address,
                &was.contact_id
            )
        );
    }
    let mut both_labels = vec![own, shared.clone()];
    both_labels.sort();
    assert_eq!(labels_of(&bed, &gone).await, both_labels);
    assert_eq!(labels_of(&bed, &kept).await, [shared]);
    assert_eq!(take_part(&bed, &gone).await, gone_part);
    assert_eq!(take_part(&bed, &kept).await, kept_part);
    let again = tickets::load(store.db(), &ticket.id).await.expect("a ticket");
    assert_eq!(
        (again.conversation_id, again.level, again.assignee_id, again.status),
        (gone.clone(), ticket.level, ticket.assignee_id, ticket.status)
    );
    // Who did what is in both.
    assert_eq!(lines(&bed, &kept).await, ["merged", "unmerged"]);
    assert_eq!(lines(&bed, &gone).await.last().map(String::as_str), Some("unmerged"));
    // Answers to the mails of each find it, copies among them.
    for (ids, home) in [(&gone_ids, &gone), (&kept_ids, &kept)] {
        for id in ids {
            assert_eq!(&lands(&bed, &inbox, id, "More").await, home);
        }
    }
    let mut boss = mail(&inbox, "boss@customer.test", "boss@customer.test", "I agree");
    boss.thread.in_reply_to = vec![gone_ids[1].clone()];
    assert_eq!(bed.place(&boss).await.0, gone);
    assert!(takeable(store.db(), &kept).await.expect("merges").is_empty());
    bed.check().await;
}

async fn what_came_after_the_merge_stays_with_the_one_that_remained(bed: Bed) {
    let (ana, inbox) = (bed.agent("ana").await, bed.inbox(Channel::Email, false).await);
    let (kept, kept_ids) = began(&bed, &inbox, "kept").await;
    let (gone, gone_ids) = began(&bed, &inbox, "gone").await;
    merge(&bed.store, &ana, &gone, &kept).await.expect("merged");
    // The customer answers a mail of the one that is part of the other, with a colleague; we answer that.
    let mut late = mail(&inbox, "rui@customer.test", "late@customer.test", "late");
    late.thread.in_reply_to = vec![gone_ids[1].clone()];
    late.recipients = vec!["new@customer.test".to_owned()];
    bed.clock.advance(SECOND);
    assert_eq!(bed.place(&late).await.0, kept);
    bed.clock.advance(SECOND);
    let ours = bed.say(&ana, &gone, "late answer").await;
    let ours = bed.delivery(&ours.message).await;
    assert_eq!(ours.conversation_id, kept);
    bed.clock.advance(SECOND);
    unmerge(&bed.store, &ana, &kept, &gone).await.expect("undone");
    let texts = async |id: &ConversationId| {
        said(&bed, id)
            .await
            .into_iter()
            .map(|(text, _)| text)
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(&gone).await, ["gone: question", "gone: answer"]);
    assert_eq!(
        texts(&kept).await,
        ["kept: question", "kept: answer", "late", "late answer"]
    );
    // Answers go to where what they answer is.
    for (to, home) in [
        ("late@customer.test", &kept),
        (ours.external_id.as_str(), &kept),
        (kept_ids[1].as_str(), &kept),
        (gone_ids[1].as_str(), &gone),
    ] {
        assert_eq!(&lands(&bed, &inbox, to, "More").await, home, "{to}");
    }
    let mut colleague = mail(&inbox, "new@customer.test", "colleague@customer.test", "Me, too");
    colleague.thread.in_reply_to = vec![ours.external_id.clone()];
    assert_eq!(
        bed.place(&colleague).await.0,
        kept,
        "whom something that stays names still takes part"
    );
    bed.check().await;
}

async fn one_that_only_the_merge_opened_is_done_again(bed: Bed) {
    let (ana, inbox) = (bed.agent("ana").await, bed.inbox(Channel::Email, false).await);
    for is_touched in [false, true] {
        let (done, _) = began(&bed, &inbox, &format!("done{is_touched}")).await;
        let (open, _) = bed
            .place(&mail(
                &inbox,
                "rui@customer.test",
                &format!("open{is_touched}@c.test"),
                "Still broken",
            ))
            .await;
        act(&bed.store, &ana, &done, Action::Resolve).await.expect("resolved");
        let was = bed.conversation(&done).await;
        bed.clock.advance(SECOND);
        merge(&bed.store, &ana, &open, &done).await.expect("merged");
        let merged = bed.conversation(&done).await;
        assert_eq!(merged.status, ConversationStatus::Open);
        assert!(merged.waiting_since.is_some());
        bed.clock.advance(SECOND);
        if is_touched {
            bed.say(&ana, &done, "I am looking at it").await;
            bed.clock.advance(SECOND);
        }
        unmerge(&bed.store, &ana, &done, &open).await.expect("undone");
        let now = bed.conversation(&done).await;
        if is_touched {
            assert_eq!((now.status, now.waiting_since), (ConversationStatus::Open, None));
        } else {
            assert_eq!(
                (now.status, now.resolved_at, now.waiting_since),
                (was.status, was.resolved_at, None)
            );
        }
        let again = bed.conversation(&open).await;
        assert_eq!(again.status, ConversationStatus::Open);
        assert!(again.waiting_since.is_some(), "who waited waits");
        bed.check().await;
    }
}

async fn several_merged_into_one_come_apart_in_any_order(bed: Bed) {
    let (ana, inbox) = (bed.agent("ana").await, bed.inbox(Channel::Email, false).await);
    for (round, order) in [[0, 1], [1, 0]].into_iter().enumerate() {
        let (kept, _) = began(&bed, &inbox, &format!("kept{round}")).await;
        act(&bed.store, &ana, &kept, Action::Resolve).await.expect("resolved");
        let (kept_said, mut gone) = (said(&bed, &kept).await, Vec::new());
        for n in 0..2 {
            let (one, _) = bed
                .place(&mail(
                    &inbox,
                    "rui@customer.test",
                    &format!("{round}{n}@c.test"),
                    &format!("part {n}"),
                ))
                .await;
            bed.clock.advance(SECOND);
            gone.push(one);
        }
        for one in &gone {
            merge(&bed.store, &ana, one, &kept).await.expect("merged");
            bed.clock.advance(SECOND);
        }
        assert_eq!(takeable(bed.store.db(), &kept).await.expect("merges").len(), 2);
        for n in order {
            unmerge(&bed.store, &ana, &kept, &gone[n]).await.expect("undone");
            assert_eq!(said(&bed, &gone[n]).await.len(), 1);
            assert_eq!(said(&bed, &gone[n]).await[0].0, format!("part {n}"));
            bed.clock.advance(SECOND);
        }
        assert_eq!(said(&bed, &kept).await, kept_said);
        bed.check().await;
    }
    // One that took another in is part of a third: what it took in comes out after it came out itself.
    let (a, _) = began(&bed, &inbox, "a").await;
    let (b, _) = began(&bed, &inbox, "b").await;
    let (c, _) = began(&bed, &inbox, "c").await;
    merge(&bed.store, &ana, &a, &b).await.expect("merged");
    merge(&bed.store, &ana, &b, &c).await.expect("merged");
    assert_eq!(
        refusal(unmerge(&bed.store, &ana, &b, &a).await),
        "the conversation is part of another one now; undo that merge first"
    );
    assert_eq!(takeable(bed.store.db(), &c).await.expect("merges").len(), 1);
    unmerge(&bed.store, &ana, &c, &b).await.expect("undone");
    assert_eq!(said(&bed, &b).await.len(), 4);
    unmerge(&bed.store, &ana, &b, &a).await.expect("undone");
    for one in [&a, &b, &c] {
        assert_eq!(said(&bed, one).await.len(), 2);
    }
    bed.check().await;
}

async fn what_somebody_moved_since_stays_there(bed: Bed) {
    let (ana, inbox) = (bed.agent("ana").await, bed.inbox(Channel::Email, false).await);
    let (kept, _) = began(&bed, &inbox, "kept").await;
    let (gone, gone_ids) = began(&bed, &inbox, "gone").await;
    merge(&bed.store, &ana, &gone, &kept).await.expect("merged");
    let timeline = views::timeline(bed.store.db(), &kept, None, 100)
        .await
        .expect("a timeline");
    let answer = timeline
        .iter()
        .find(|message| message.text == "gone: answer")
        .expect("it")
        .id
        .clone();
    let apart = split(&bed.store, &ana, &kept, &[answer], None).await.expect("split");
    unmerge(&bed.store, &ana, &kept, &gone).await.expect("undone");
    assert_eq!(said(&bed, &gone).await.len(), 1);
    assert_eq!(said(&bed, &apart).await[0].0, "gone: answer");
    assert_eq!(lands(&bed, &inbox, &gone_ids[1], "More").await, apart);
    assert_eq!(lands(&bed, &inbox, &gone_ids[0], "More").await, gone);
    bed.check().await;
}

async fn an_agent_who_left_gets_nothing_back(bed: Bed) {
    let (ana, inbox) = (bed.agent("ana").await, bed.inbox(Channel::Email, false).await);
    bed.agent("eva").await;
    let (kept, _) = began(&bed, &inbox, "kept").await;
    let (gone, _) = began(&bed, &inbox, "gone").await;
    act(&bed.store, &ana, &gone, Action::Assign(Some(AgentId::from("eva"))))
        .await
        .expect("given");
    merge(&bed.store, &ana, &gone, &kept).await.expect("merged");
    let mut tx = bed.store.begin().await.expect("begin");
    conversation::db::sql("UPDATE agents SET is_enabled = FALSE WHERE id = 'eva'")
        .run(&mut tx)
        .await
        .expect("left");
    tx.commit_silently().await.expect("commit");
    unmerge(&bed.store, &ana, &kept, &gone).await.expect("undone");
    assert_eq!(bed.conversation(&gone).await.assignee_id, None);
    bed.check().await;
}

async fn what_a_person_has_is_not_the_bots_again(bed: Bed) {
    let (ana, inbox) = (bed.agent("ana").await, bed.inbox(Channel::Email, true).await);
    let store = &bed.store;
    let wrote = async |name: &str| {
        bed.clock.advance(SECOND);
        bed.place(&mail(
            &inbox,
            "rui@customer.test",
            &format!("{name}@customer.test"),
            name,
        ))
        .await
        .0
    };
    let (handed, kept) = (wrote("handed").await, wrote("kept").await);
    let to_people = || Action::MoveTo {
        level: Level::N1,
        reason: "no article fits".to_owned(),
    };
    act(store, &Actor::Bot, &handed, to_people())
        .await
        .expect("handed over");
    assert_eq!(bed.conversation(&kept).await.level, Level::Bot);

    merge(store, &ana, &handed, &kept).await.expect("merged");
    assert_eq!(bed.conversation(&kept).await.level, Level::N1, "a person was promised");
    bed.check().await;
    unmerge(store, &ana, &kept, &handed).await.expect("undone");
    assert_eq!(bed.conversation(&kept).await.level, Level::Bot);
    assert_eq!(bed.conversation(&handed).await.level, Level::N1);

    // What people are done with promises nothing.
    act(store, &ana, &handed, Action::Resolve).await.expect("resolved");
    merge(store, &ana, &handed, &kept).await.expect("merged");
    assert_eq!(bed.conversation(&kept).await.level, Level::Bot);
    bed.check().await;
}

async fn what_cannot_be_undone(bed: Bed) {
    let (ana, inbox) = (bed.agent("ana").await, bed.inbox(Channel::Email, false).await);
    let store = &bed.store;
    let (kept, _) = began(&bed, &inbox, "kept").await;
    let (gone, _) = began(&bed, &inbox, "gone").await;
    assert_eq!(refusal(unmerge(store, &ana, &kept, &gone).await), "not found");
    assert_eq!(refusal(unmerge(store, &ana, &kept, &"none".into()).await), "not found");
    let first = merge(store, &ana, &gone, &kept).await.expect("merged");
    assert_eq!(refusal(unmerge(store, &ana, &gone, &kept).await), "not found");
    unmerge(store, &ana, &kept, &gone).await.expect("undone");
    let head = store.head().await.expect("head");
    assert_eq!(
        refusal(unmerge(store, &ana, &kept, &gone).await),
        "this merge was undone before"
    );
    assert_eq!(store.head().await.expect("head"), head, "nothing happened");
    // Merged again, it is the new merge that can be taken back; and not after its words were erased.
    let second = merge(store, &ana, &gone, &kept).await.expect("merged");
    assert_ne!(first, second);
    assert_eq!(
        takeable(store.db(), &kept)
            .await
            .expect("merges")
            .into_iter()
            .collect::<Vec<_>>(),
        [second]
    );
    privacy::erase_conversation(store, &ana, &kept).await.expect("erased");
    assert!(takeable(store.db(), &kept).await.expect("merges").is_empty());
    assert_eq!(refusal(unmerge(store, &ana, &kept, &gone).await), "not found");
    bed.check().await;
}
