//! What a broadcast does while it leaves, on both databases: closed and quiet until somebody answers, one thread in a chat,
//! what a channel's limits do to the rest, and what people do with it.

use conversation::Error;
use conversation::broadcasts::{self, Draft, Shown, State, work};
use conversation::db::sql;
use conversation::deliveries;
use conversation::lists::{self, Filter};
use conversation::outbound::SendError;
use conversation::types::{Actor, Channel, ConversationStatus, InboxId, Level, MatchedBy, MessageKind};
use conversation::views;

use super::bed::{Bed, HOUR, SECOND, both, mail, refusal, whatsapp};
use super::broadcasts::{Says, begin, carry, chat, figures, load, make, news, people, settle, state};

both!(
    it_is_closed_and_quiet_until_somebody_answers,
    a_chat_has_one_thread,
    the_limits_of_the_channel_hold_it_up,
    it_waits_pauses_goes_on_and_ends,
    who_did_not_get_it_says_what_the_server_said,
);

async fn listed(bed: &Bed) -> usize {
    views::conversations(bed.store.db(), &Filter::default(), None, 50)
        .await
        .expect("a list")
        .len()
}

async fn it_is_closed_and_quiet_until_somebody_answers(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, true).await;
    let (first, _) = bed.place(&mail(&inbox, "joao@x.example", "a@x", "Hello")).await;
    let counted = lists::counts(bed.store.db(), &"ana".into()).await.expect("counts").all;
    let id = begin(&bed, &news(&inbox)).await;
    carry(&bed, &bed.store).await;
    let told = broadcasts::recipients(bed.store.db(), &id, None, None, 5)
        .await
        .expect("recipients")
        .remove(0);
    let quiet = told.conversation_id.expect("a conversation");
    assert_ne!(quiet, first);
    let there = bed.conversation(&quiet).await;
    assert_eq!(
        (
            there.status,
            there.level,
            there.assignee_id,
            there.waiting_since,
            there.subject.as_deref()
        ),
        (ConversationStatus::Resolved, Level::Bot, None, None, Some("News"))
    );
    assert!(there.quiet_since.is_some());
    assert_eq!(listed(&bed).await, 1);
    assert_eq!(
        lists::counts(bed.store.db(), &"ana".into()).await.expect("counts").all,
        counted
    );
    let own = Filter {
        contact: Some(there.contact_id.clone()),
        ..Filter::default()
    };
    assert_eq!(
        views::conversations(bed.store.db(), &own, None, 9)
            .await
            .expect("a list")
            .len(),
        2
    );
    settle(&bed, Ok(())).await;
    super::desk::work(&bed.store).await;
    assert_eq!(bed.count("SELECT COUNT(*) FROM notifications").await, 0);
    assert_eq!(bed.count("SELECT COUNT(*) FROM surveys").await, 0);
    assert_eq!(listed(&bed).await, 1);

    bed.clock.advance(48 * HOUR);
    let ours = bed.count("SELECT COUNT(*) FROM messages").await;
    let mid: (String,) = sql("SELECT external_id FROM deliveries WHERE conversation_id = $1")
        .bind(&quiet)
        .one(bed.store.db())
        .await
        .expect("an id");
    let mut answer = mail(&inbox, "joao@x.example", "b@x", "Tell me more");
    answer.thread.in_reply_to = vec![mid.0];
    answer.sent_at = bed.store.now();
    assert_eq!(bed.place(&answer).await, (quiet.clone(), MatchedBy::InReplyTo));
    assert_eq!(bed.count("SELECT COUNT(*) FROM messages").await, ours + 1);
    let open = bed.conversation(&quiet).await;
    assert_eq!(
        (open.status, open.level, open.quiet_since),
        (ConversationStatus::Open, Level::Bot, None)
    );
    assert!(open.waiting_since.is_some());
    assert_eq!(listed(&bed).await, 2);
    assert_eq!(figures(&bed, &id).await.answered, 1);
    bed.say(&ana, &quiet, "Gladly").await;
    bed.check().await;
}

async fn a_chat_has_one_thread(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let (running, _) = bed.place(&whatsapp(&inbox, "5511987650001", "a", "Hello")).await;
    let (done, _) = bed.place(&whatsapp(&inbox, "5511987650002", "b", "Hello")).await;
    conversation::lifecycle::act(&bed.store, &ana, &done, conversation::lifecycle::Action::Resolve)
        .await
        .expect("resolved");
    bed.clock.advance(30 * HOUR);
    let mut quiet = None;
    for round in 0..2 {
        let id = begin(&bed, &chat(&inbox)).await;
        carry(&bed, &bed.store).await;
        settle(&bed, Ok(())).await;
        let mut told: Vec<_> = broadcasts::recipients(bed.store.db(), &id, None, None, 5)
            .await
            .expect("recipients");
        told.sort_by(|a, b| a.address.cmp(&b.address));
        assert_eq!(told[0].conversation_id.as_ref(), Some(&running), "{round}");
        let other = told[1].conversation_id.clone().expect("a conversation");
        assert_ne!(other, done);
        // Nobody answered: the next one stands below it.
        assert_eq!(quiet.get_or_insert(other.clone()), &other);
    }
    let here = bed.conversation(&running).await;
    assert_eq!((here.status, here.assignee_id), (ConversationStatus::Open, None));
    assert!(here.waiting_since.is_some(), "nobody answered them by it");
    let quiet = quiet.expect("a conversation");
    bed.clock.advance(72 * HOUR);
    let mut answer = whatsapp(&inbox, "5511987650002", "c", "Yes please");
    answer.sent_at = bed.store.now();
    assert_eq!(bed.place(&answer).await, (quiet.clone(), MatchedBy::OpenConversation));
    assert_eq!(bed.conversation(&quiet).await.status, ConversationStatus::Open);
    let lines = views::timeline(bed.store.db(), &quiet, None, 20)
        .await
        .expect("messages");
    let kinds: Vec<MessageKind> = lines.iter().map(|line| line.kind).collect();
    assert_eq!(
        kinds,
        [MessageKind::Outbound, MessageKind::Outbound, MessageKind::Inbound]
    );
    bed.check().await;
}

async fn numbers(bed: &Bed, inbox: &InboxId, count: usize) {
    for number in 0..count {
        let from = format!("55119876{number:05}");
        bed.file(&whatsapp(inbox, &from, &format!("w{number}"), "Hello")).await;
    }
    bed.clock.advance(30 * HOUR);
}

async fn the_limits_of_the_channel_hold_it_up(bed: Bed) {
    bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    numbers(&bed, &inbox, 8).await;
    for (code, expected) in [
        ("whatsapp.131056", None),
        ("whatsapp.80007", Some(State::Sending)),
        ("whatsapp.130429", Some(State::Sending)),
        ("whatsapp.190", Some(State::Sending)),
        ("whatsapp.131048", Some(State::Paused)),
    ] {
        let id = begin(
            &bed,
            &Draft {
                pace: 60,
                ..chat(&inbox)
            },
        )
        .await;
        bed.clock.advance(SECOND);
        let first = work(&bed.store, &Says, "one").await.expect("work").written;
        assert!((1..8).contains(&first), "{code} {first}");
        settle(&bed, Err(code)).await;
        bed.clock.advance(SECOND);
        let more = work(&bed.store, &Says, "one").await.expect("work").written;
        let now = load(&bed, &id).await;
        match expected {
            // Of one person.
            None => assert!(more > 0 && now.held.is_empty(), "{code}"),
            Some(state) => {
                assert_eq!((more, now.state, now.held.as_str()), (0, state, code));
                assert_eq!(now.held_until.is_some(), state == State::Sending);
            }
        }
        bed.clock.advance(61 * SECOND);
        while settle(&bed, Ok(())).await > 0 {}
        if now.state == State::Paused {
            carry(&bed, &bed.store).await;
            assert!(
                figures(&bed, &id).await.of(Shown::Waiting) > 0,
                "somebody has to say that it goes on"
            );
            broadcasts::start(&bed.store, &Actor::System, &id, None)
                .await
                .expect("goes on");
        }
        carry(&bed, &bed.store).await;
        while settle(&bed, Ok(())).await > 0 {}
        bed.clock.advance(10 * 60 * SECOND);
        carry(&bed, &bed.store).await;
        let now = load(&bed, &id).await;
        assert_eq!((now.state, now.held.as_str()), (State::Done, ""), "{code}");
        assert_eq!(figures(&bed, &id).await.sent(), 8, "{code}");
    }
    bed.check().await;
}

async fn it_waits_pauses_goes_on_and_ends(bed: Bed) {
    let ana = bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    people(&bed, &inbox, 20).await;
    let id = make(
        &bed,
        &Draft {
            pace: 60,
            ..news(&inbox)
        },
    )
    .await;
    let at = bed.store.now() + HOUR;
    broadcasts::start(&bed.store, &ana, &id, Some(at)).await.expect("later");
    carry(&bed, &bed.store).await;
    assert_eq!(
        (
            state(&bed, &id).await,
            bed.count("SELECT COUNT(*) FROM deliveries").await
        ),
        (State::Scheduled, 0)
    );
    bed.clock.advance(HOUR);
    work(&bed.store, &Says, "one").await.expect("begun");
    // One a second; of an hour that nobody worked only a moment is made up.
    for _ in 0..4 {
        bed.clock.advance(SECOND);
        assert!(work(&bed.store, &Says, "one").await.expect("work").written <= 2);
    }
    broadcasts::pause(&bed.store, &ana, &id).await.expect("paused");
    let there = bed.count("SELECT COUNT(*) FROM deliveries").await;
    assert!((3..=6).contains(&there), "{there}");
    carry(&bed, &bed.store).await;
    assert_eq!(bed.count("SELECT COUNT(*) FROM deliveries").await, there);
    assert_eq!(
        refusal(broadcasts::pause(&bed.store, &ana, &id).await),
        "the broadcast went on meanwhile; look at it again"
    );
    assert!(matches!(
        broadcasts::edit(&bed.store, &ana, &id, &news(&inbox)).await,
        Err(Error::Conflict(_))
    ));
    bed.clock.advance(HOUR);
    broadcasts::start(&bed.store, &ana, &id, None).await.expect("goes on");
    bed.clock.advance(SECOND);
    work(&bed.store, &Says, "one").await.expect("work");
    broadcasts::cancel(&bed.store, &ana, &id).await.expect("ended");
    let there = bed.count("SELECT COUNT(*) FROM deliveries").await;
    carry(&bed, &bed.store).await;
    assert_eq!(bed.count("SELECT COUNT(*) FROM deliveries").await, there);
    assert_eq!(
        refusal(broadcasts::start(&bed.store, &ana, &id, None).await),
        "the broadcast went on meanwhile; look at it again"
    );
    bed.check().await;
}

async fn who_did_not_get_it_says_what_the_server_said(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    people(&bed, &inbox, 2).await;
    let id = begin(&bed, &news(&inbox)).await;
    carry(&bed, &bed.store).await;
    let leased = deliveries::lease(&bed.store, "sender", 1).await.expect("leased");
    let refused = SendError::Permanent {
        code: "smtp.550".to_owned(),
        reason: "550 5.1.1 nobody".to_owned(),
    };
    deliveries::settle(&bed.store, "sender", &leased[0], Err(refused))
        .await
        .expect("settled");
    settle(&bed, Ok(())).await;
    let all = broadcasts::recipients(bed.store.db(), &id, None, None, 10)
        .await
        .expect("recipients");
    let mut said: Vec<_> = all
        .iter()
        .map(|one| (one.shown, one.why.as_str(), one.theirs.as_deref()))
        .collect();
    said.sort_by_key(|(_, why, _)| why.len());
    let failed = (Shown::Failed, "smtp.550", Some("550 5.1.1 nobody"));
    assert_eq!(said, [(Shown::Sent, "", None), failed]);
    bed.check().await;
}
