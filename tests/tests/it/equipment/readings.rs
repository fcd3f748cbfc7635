//! The chain of totals, doubts, answers to reminders.

use ::equipment::answers::{Answers, GROUP};
use ::equipment::readings::{self, Entered};
use ::equipment::{Doubt, Meaning, ReadingKind, counters, wishes};
use billing::day;
use conversation::contacts;
use conversation::db::sql;
use conversation::stream::consumer::{Claim, Handled, Handler};
use conversation::types::{Actor, Channel, IdentityKind, MessageKind};
use conversation::{store, views};

use super::{equipment, machine, owner, read};
use crate::core::bed::{Bed, both, mail};

both!(
    totals_go_over_replaced_counters_and_last_digits,
    an_odd_number_is_asked_back_and_never_refused,
    a_correction_takes_the_wrong_one_back,
    a_late_reading_finds_its_place,
    a_mail_with_a_number_is_the_answer,
);

async fn totals_go_over_replaced_counters_and_last_digits(bed: Bed) {
    let owner = owner(&bed, "Ana").await;
    let (id, counter) = machine(&bed, &owner, "A1", None, 100).await;
    for (value, days, meaning) in [
        (1_500, 90, None),
        (2_000, 80, None),
        (10, 70, Some(Meaning::Replaced)),
        (510, 60, None),
        (9_999_000, 50, Some(Meaning::Right)),
        (200, 40, Some(Meaning::Rollover)),
    ] {
        assert!(
            matches!(read(&bed, &counter, value, days, meaning).await, Entered::Stored(_)),
            "{value}"
        );
    }
    let all = readings::of_counter(bed.store.db(), &counter, 20).await.unwrap();
    let found: Vec<(i64, i64, ReadingKind)> = all.iter().rev().map(|one| (one.value, one.total, one.kind)).collect();
    assert_eq!(
        found,
        [
            (1_500, 500, ReadingKind::Plain),
            (2_000, 1_000, ReadingKind::Plain),
            (10, 1_000, ReadingKind::Replaced),
            (510, 1_500, ReadingKind::Plain),
            (9_999_000, 9_999_990, ReadingKind::Plain),
            (200, 10_001_190, ReadingKind::Rollover),
        ]
    );
    let now = counters::of_machine(bed.store.db(), &id).await.unwrap().remove(0);
    assert_eq!((now.last_value, now.last_total), (200, 10_001_190));
    // The same number on the same day is the same reading.
    read(&bed, &counter, 200, 40, None).await;
    assert_eq!(
        readings::of_counter(bed.store.db(), &counter, 20).await.unwrap().len(),
        6
    );
    bed.check().await;
}

async fn an_odd_number_is_asked_back_and_never_refused(bed: Bed) {
    let owner = owner(&bed, "Ana").await;
    let (_, counter) = machine(&bed, &owner, "A1", None, 100).await;
    for (value, days) in [(2_000, 90), (3_000, 80), (4_000, 70)] {
        read(&bed, &counter, value, days, None).await;
    }
    // A hundred a day: in seventy days some thousands, not a hundred thousand.
    for (value, doubt) in [(3_999, Doubt::Lower), (150_000, Doubt::Jump)] {
        match read(&bed, &counter, value, 0, None).await {
            Entered::Asks {
                doubt: found, before, ..
            } => assert_eq!((found, before), (doubt, 4_000)),
            other => panic!("{value}: {other:?}"),
        }
    }
    assert_eq!(
        readings::of_counter(bed.store.db(), &counter, 20).await.unwrap().len(),
        3
    );
    assert!(matches!(
        read(&bed, &counter, 11_000, 0, None).await,
        Entered::Stored(_)
    ));
    assert!(matches!(
        read(&bed, &counter, 150_000, 0, Some(Meaning::Right)).await,
        Entered::Stored(_)
    ));
    let odd = readings::in_doubt(bed.store.db(), None, 10).await.unwrap();
    assert_eq!(odd.len(), 1, "{odd:?}");
    assert_eq!((odd[0].value, odd[0].doubt), (150_000, Some(Doubt::Jump)));
    bed.check().await;
}

async fn a_correction_takes_the_wrong_one_back(bed: Bed) {
    let owner = owner(&bed, "Ana").await;
    let (id, counter) = machine(&bed, &owner, "A1", None, 100).await;
    read(&bed, &counter, 2_000, 90, None).await;
    read(&bed, &counter, 30_000, 80, Some(Meaning::Right)).await;
    read(&bed, &counter, 3_100, 79, Some(Meaning::Corrected)).await;
    let all = readings::of_machine(bed.store.db(), &id, 20).await.unwrap();
    let found: Vec<(i64, bool)> = all.iter().map(|one| (one.value, one.is_void)).collect();
    assert_eq!(found, [(3_100, false), (30_000, true), (2_000, false)]);
    let now = counters::of_machine(bed.store.db(), &id).await.unwrap().remove(0);
    assert_eq!(now.last_total, 2_100);
    let mut tx = bed.store.begin().await.unwrap();
    readings::void_in(&mut tx, &Actor::System, &all[0].id).await.unwrap();
    tx.commit().await.unwrap();
    let now = counters::of_machine(bed.store.db(), &id).await.unwrap().remove(0);
    assert_eq!((now.last_value, now.last_total), (2_000, 1_000));
    bed.check().await;
}

async fn a_late_reading_finds_its_place(bed: Bed) {
    let owner = owner(&bed, "Ana").await;
    let (_, counter) = machine(&bed, &owner, "A1", None, 100).await;
    read(&bed, &counter, 2_000, 90, None).await;
    read(&bed, &counter, 4_000, 70, None).await;
    assert!(matches!(
        read(&bed, &counter, 3_000, 80, None).await,
        Entered::Stored(_)
    ));
    match read(&bed, &counter, 4_500, 75, None).await {
        Entered::Asks { doubt, .. } => assert_eq!(doubt, Doubt::Jump, "more than a later day shows"),
        other => panic!("{other:?}"),
    }
    let all = readings::of_counter(bed.store.db(), &counter, 20).await.unwrap();
    assert_eq!(
        all.iter().map(|one| one.total).collect::<Vec<_>>(),
        [3_000, 2_000, 1_000]
    );
    // All of them, and the last two alone: the oldest only says where those begin.
    for (most, copies) in [(10, 3_000), (2, 2_000)] {
        let months = readings::by_month(bed.store.db(), &counter, None, most).await.unwrap();
        assert_eq!(months.iter().map(|(_, copies)| copies).sum::<i64>(), copies, "{most}");
    }
    bed.check().await;
}

async fn a_mail_with_a_number_is_the_answer(bed: Bed) {
    let equipment = equipment(&bed);
    let owner = owner(&bed, "Ana").await;
    let (id, counter) = machine(&bed, &owner, "A1", None, 100).await;
    read(&bed, &counter, 2_000, 60, None).await;
    read(&bed, &counter, 4_000, 30, None).await;
    let today = equipment.today();
    let wanted = ::equipment::machines::load(bed.store.db(), &id).await.unwrap();
    let mut tx = bed.store.begin().await.unwrap();
    wishes::wish_in(&mut tx, &wanted, &day::plus(today, 3).to_string(), &today.to_string())
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    let inbox = bed.inbox(Channel::Email, false).await;
    // The address is the customer's own, proved when the customer was written.
    let (contact, _) = contacts::by_identity(bed.store.db(), IdentityKind::Email, "ana@customer.test")
        .await
        .unwrap()
        .unwrap();
    let handler = Answers {
        equipment: equipment.clone(),
    };
    for (text, outcome, total, words) in [
        ("My copier makes a noise since 3 days", Handled::Nothing, 3_000, None),
        ("500", Handled::Done, 3_000, Some("500")),
        ("Hello, the counter is 6.100. Thanks", Handled::Done, 5_100, Some("6")),
        ("7000", Handled::Nothing, 5_100, None),
    ] {
        let id = bed.store.env().ulid();
        let message = bed.file(&mail(&inbox, "ana@customer.test", &id, text)).await;
        let conversation = message.conversation.clone().unwrap();
        let events = store::events_after(bed.store.db(), 0, 10_000).await.unwrap();
        let event = events
            .into_iter()
            .rev()
            .find(|event| Some(event.subject_id.as_str()) == message.message.as_ref().map(|id| id.as_str()))
            .unwrap();
        let claim = Claim::of(GROUP, event.position);
        assert_eq!(
            handler.handle(&bed.store, &event, &claim).await.unwrap(),
            outcome,
            "{text}"
        );
        // Told again after a crash, it has no second effect.
        assert_eq!(
            handler.handle(&bed.store, &event, &claim).await.unwrap(),
            Handled::Nothing,
            "{text}"
        );
        let now = counters::load(bed.store.db(), &counter).await.unwrap();
        assert_eq!(now.last_total, total, "{text}");
        let shown = views::customer_timeline(bed.store.db(), &conversation, 10)
            .await
            .unwrap();
        let answer = shown.iter().find(|message| message.kind == MessageKind::Outbound);
        assert_eq!(answer.is_some(), words.is_some(), "{text}");
        if let (Some(answer), Some(words)) = (answer, words) {
            assert!(answer.text.contains(words), "{}", answer.text);
        }
    }
    assert_eq!(contact.name, "Ana");
    let (open,): (i64,) = sql("SELECT COUNT(*) FROM reading_wishes WHERE answered_at IS NULL")
        .one(bed.store.db())
        .await
        .unwrap();
    assert_eq!(open, 0);
}
