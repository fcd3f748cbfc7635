//! What the desk does by itself, on both databases: macros, rules, the bell and its digest, other ways to the customer.

use conversation::desk::bell::{self, Choice, Kind};
use conversation::desk::presence::{self, DeskEdit};
use conversation::desk::rules::{self, Condition, Field, Occasion, Operator, Rule};
use conversation::desk::steps::Step;
use conversation::desk::worker::{self};
use conversation::desk::{Texts, macros, pushes};
use conversation::lifecycle::{Action, UNTIL_REPLY, act};
use conversation::reply::{ReplyKind, Sending, reply, reply_with};
use conversation::stream::consumer;
use conversation::types::{AgentId, Auto, Channel, ConversationStatus, InboxId, Level, MessageKind, Priority};
use conversation::{Error, Store, labels, ways};

use super::bed::{Bed, HOUR, NOON, SECOND, both, mail, refusal, whatsapp};
use super::desk::{count, english, id, work};

both!(
    a_macro_does_everything_or_nothing,
    a_rule_works_once_per_event_and_tells_what_it_did,
    a_rule_is_tried_on_the_past_first,
    the_bell_rings_for_whom_it_concerns,
    a_digest_names_everything_once,
    another_way_is_one_that_knows_the_customer,
    a_number_in_two_forms_is_one_way,
);

async fn a_macro_does_everything_or_nothing(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let eva = bed.agent("eva").await;
    let (conversation, _) = bed.place(&mail(&inbox, "joana@example.org", "a@x", "Hi")).await;
    let label = labels::create(&bed.store, &ana, "Refund", None).await.expect("a label");
    let store = &bed.store;
    let steps = [
        Step::Take,
        Step::Label {
            label: label.id.clone(),
        },
        Step::Priority {
            priority: Priority::High,
        },
        Step::Reply {
            texts: english("Refunded, {{agent.name}}"),
        },
        Step::Snooze { minutes: 0 },
    ];
    let refund = macros::save(store, &ana, None, Some(&id(&ana)), "Refund", &steps, None)
        .await
        .expect("kept");
    let others = macros::run(store, &eva, &refund.id, &conversation, "1").await;
    assert!(matches!(others, Err(Error::NotFound)), "it is Ana's own");
    let done = macros::run(store, &ana, &refund.id, &conversation, "1")
        .await
        .expect("run");
    assert_eq!(done, ["take", "label", "priority", "reply", "snooze"]);
    assert!(
        macros::run(store, &ana, &refund.id, &conversation, "1")
            .await
            .expect("again")
            .is_empty(),
        "one press is one run"
    );
    let now = bed.conversation(&conversation).await;
    assert_eq!(now.assignee_id, Some(id(&ana)));
    assert_eq!((now.priority, now.snoozed_until), (Priority::High, Some(UNTIL_REPLY)));
    assert_eq!(now.preview, "Refunded, Agent ana");
    assert_eq!(macros::load(store.db(), &refund.id).await.expect("there").uses, 1);

    let broken = [
        Step::Resolve,
        Step::Assign {
            agent: Some(AgentId::from("nobody")),
        },
    ];
    let broken = macros::save(store, &ana, None, None, "Broken", &broken, None)
        .await
        .expect("kept");
    let before = store.head().await.expect("head");
    assert!(refusal(macros::run(store, &ana, &broken.id, &conversation, "2").await).contains("does not exist"));
    assert_eq!(store.head().await.expect("head"), before, "nothing was done");
    assert_eq!(
        bed.conversation(&conversation).await.status,
        ConversationStatus::Snoozed
    );
    for (steps, words) in [
        (vec![], "say what"),
        (vec![Step::Resolve; 13], "at most 12"),
        (
            vec![Step::Level {
                level: Level::N2,
                reason: " ".to_owned(),
            }],
            "say why",
        ),
        (
            vec![Step::Reply {
                texts: Texts::default(),
            }],
            "language",
        ),
    ] {
        assert!(refusal(macros::save(store, &ana, None, None, "x", &steps, None).await).contains(words));
    }
    // The customer's next message ends a snooze that waits for it.
    let mut again = mail(&inbox, "joana@example.org", "b@x", "Thanks");
    again.thread.in_reply_to = vec!["a@x".to_owned()];
    bed.place(&again).await;
    assert_eq!(bed.conversation(&conversation).await.status, ConversationStatus::Open);
    bed.check().await;
}

pub(super) fn rule(occasion: Occasion, conditions: &[(Field, Operator, &str)], steps: Vec<Step>) -> Rule {
    Rule {
        id: String::new(),
        name: "A rule".to_owned(),
        rank: 0,
        occasion,
        minutes: 0,
        in_hours: false,
        conditions: conditions
            .iter()
            .map(|(field, operator, value)| Condition {
                field: *field,
                operator: *operator,
                value: (*value).to_owned(),
            })
            .collect(),
        steps,
        is_last: false,
        is_enabled: true,
        enabled_at: None,
        due_from: 0,
        updated_at: 0,
    }
}

async fn a_rule_works_once_per_event_and_tells_what_it_did(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let store = &bed.store;
    bed.place(&mail(&inbox, "early@example.org", "early@x", "invoice"))
        .await;
    bed.clock.advance(SECOND);
    let urgent = rule(
        Occasion::Received,
        &[
            (Field::Message, Operator::Has, "Fatura, invoice"),
            (Field::Assignee, Operator::Is, "nobody"),
        ],
        vec![
            Step::Priority {
                priority: Priority::Urgent,
            },
            Step::Note {
                text: "Money".to_owned(),
            },
        ],
    );
    let urgent = rules::save(
        store,
        &ana,
        &Rule {
            is_last: true,
            ..urgent
        },
    )
    .await
    .expect("kept");
    let after = rule(
        Occasion::Received,
        &[(Field::Subject, Operator::Is, "toner")],
        vec![Step::Assign { agent: Some(id(&ana)) }],
    );
    let after = rules::save(store, &ana, &after).await.expect("kept");
    // What a rule does is no occasion for another: this one would go on for ever.
    let chase = rule(
        Occasion::Prioritised,
        &[],
        vec![Step::Priority {
            priority: Priority::Low,
        }],
    );
    rules::save(store, &ana, &chase).await.expect("kept");

    let (money, _) = bed
        .place(&mail(&inbox, "a@example.org", "a@x", "My FATURA is wrong"))
        .await;
    let (other, _) = bed.place(&mail(&inbox, "b@example.org", "b@x", "Hello")).await;
    let second = if bed.url.starts_with("sqlite") {
        store.clone()
    } else {
        bed.second().await
    };
    consumer::register(store, &worker::GROUP).await.expect("register");
    tokio::join!(work(store), work(&second));
    work(store).await;
    let now = bed.conversation(&money).await;
    assert_eq!(
        (now.priority, now.assignee_id),
        (Priority::Urgent, None),
        "the first was the last"
    );
    assert_eq!(count(&bed, &money, MessageKind::Note).await, 1, "once");
    assert_eq!(bed.conversation(&other).await.assignee_id, Some(id(&ana)));
    let runs = rules::log(store.db(), Some(&money), 10).await.expect("a log");
    assert_eq!(runs.len(), 1);
    assert_eq!(
        (runs[0].outcome.as_str(), runs[0].detail.as_str()),
        ("done", "priority note")
    );
    assert_eq!(bed.count("SELECT COUNT(*) FROM rule_runs WHERE conversation_id NOT IN (SELECT id FROM conversations WHERE preview <> 'invoice')").await, 0, "what came before the rule is not its business");

    // What cannot be done is told, and nothing of it is done.
    let broken = rule(
        Occasion::Noted,
        &[],
        vec![
            Step::Resolve,
            Step::Level {
                level: Level::N2,
                reason: "x".to_owned(),
            },
            Step::Assign {
                agent: Some(AgentId::from("gone")),
            },
        ],
    );
    rules::save(store, &ana, &broken).await.expect("kept");
    let mut note = bed.words(&other, "look");
    note.kind = ReplyKind::Note;
    reply(store, &ana, note).await.expect("a note");
    work(store).await;
    let now = bed.conversation(&other).await;
    assert_eq!((now.status, now.level), (ConversationStatus::Open, Level::N1));
    let runs = rules::log(store.db(), Some(&other), 10).await.expect("a log");
    assert_eq!(runs[0].outcome, "failed");
    assert!(runs[0].detail.contains("does not exist"), "{}", runs[0].detail);

    // A rule that writes does not answer machines.
    let talk = rule(
        Occasion::Received,
        &[],
        vec![Step::Reply {
            texts: english("We got it"),
        }],
    );
    rules::save(store, &ana, &talk).await.expect("kept");
    let mut absent = mail(&inbox, "c@example.org", "c@x", "I am away");
    absent.auto = Auto::AutoReply;
    let (absence, _) = bed.place(&absent).await;
    let (person, _) = bed.place(&mail(&inbox, "d@example.org", "d@x", "I am here")).await;
    work(store).await;
    assert_eq!(count(&bed, &absence, MessageKind::Outbound).await, 0);
    assert_eq!(count(&bed, &person, MessageKind::Outbound).await, 1);
    rules::shift(store, &ana, &after.id, true).await.expect("moved");
    let order: Vec<String> = rules::list(store.db())
        .await
        .expect("read")
        .into_iter()
        .map(|rule| rule.id)
        .collect();
    assert_eq!(order[..2], [after.id, urgent.id.clone()]);
    rules::remove(store, &ana, &urgent.id).await.expect("removed");
    let nobody = rule(Occasion::Created, &[], vec![Step::Take]);
    assert!(refusal(rules::save(store, &ana, &nobody).await).contains("nobody"));
    bed.check().await;
}

async fn a_rule_is_tried_on_the_past_first(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    bed.place(&mail(&inbox, "old@example.org", "old@x", "refund long ago"))
        .await;
    bed.clock.advance(10 * 24 * HOUR);
    for number in 0..5 {
        let words = if number % 2 == 0 {
            "I want a refund"
        } else {
            "Thank you"
        };
        bed.place(&mail(
            &inbox,
            &format!("c{number}@example.org"),
            &format!("{number}@x"),
            words,
        ))
        .await;
    }
    let refunds = rule(
        Occasion::Received,
        &[(Field::Message, Operator::Has, "refund")],
        vec![Step::Resolve],
    );
    let before = bed.store.head().await.expect("head");
    let run = |days| rules::dry_run::dry_run(&bed.store, &refunds, days);
    let week = run(7).await.expect("tried");
    assert_eq!(
        (week.occasions, week.matched, week.conversations, week.is_cut),
        (5, 3, 3, false)
    );
    assert_eq!(week.examples.len(), 3);
    assert_eq!(week.examples[0].about, "Toner");
    assert_eq!(run(30).await.expect("tried").matched, 4);
    assert_eq!(bed.store.head().await.expect("head"), before, "nothing happened");
    let broken = Rule {
        steps: Vec::new(),
        ..refunds.clone()
    };
    assert!(refusal(rules::dry_run::dry_run(&bed.store, &broken, 7).await).contains("steps"));
    for (field, operator, value, holds) in [
        (Field::From, Operator::Has, "@example.org", 5),
        (Field::From, Operator::HasWord, "example.org", 5),
        (Field::From, Operator::HasWord, "ample.org", 0),
        (Field::From, Operator::HasNoWord, "ample.org", 5),
        (Field::From, Operator::Is, "c1@example.org, c2@example.org", 2),
        (Field::Channel, Operator::IsNot, "email", 0),
        (Field::Language, Operator::Is, "", 0),
        (Field::Company, Operator::Is, "", 5),
        (Field::Label, Operator::HasNot, "vip", 5),
        (Field::Hours, Operator::Is, "open", 5),
        (Field::Written, Operator::Is, "person", 5),
        (Field::Level, Operator::Is, "n1", 5),
    ] {
        let one = rule(Occasion::Received, &[(field, operator, value)], vec![Step::Resolve]);
        let found = rules::dry_run::dry_run(&bed.store, &one, 7).await.expect("tried");
        assert_eq!(found.matched, holds, "{field:?} {operator:?} {value}");
    }
}

pub(super) async fn told(bed: &Bed, agent: &AgentId) -> Vec<(Kind, String, bool)> {
    let all = bell::list(bed.store.db(), agent).await.expect("a bell");
    all.into_iter()
        .map(|one| (one.kind, one.words, one.read_at.is_some()))
        .collect()
}

async fn the_bell_rings_for_whom_it_concerns(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let ana = bed.agent("ana").await;
    let eva = bed.agent("eva").await;
    let (a, e) = (id(&ana), id(&eva));
    let (conversation, _) = bed.place(&whatsapp(&inbox, "351900000001", "1", "Hi")).await;
    work(&bed.store).await;
    assert!(
        told(&bed, &a).await.is_empty(),
        "waiting work is told only to those who asked"
    );
    pushes::subscribe(
        &bed.store,
        pushes::Owner::Agent(&e),
        "https://push.example/1",
        "p",
        "a",
        "Browser",
    )
    .await
    .expect("kept");
    act(&bed.store, &ana, &conversation, Action::Assign(Some(e.clone())))
        .await
        .expect("given");
    work(&bed.store).await;
    work(&bed.store).await;
    assert_eq!(told(&bed, &e).await, [(Kind::Assigned, "Hi".to_owned(), false)]);
    assert!(told(&bed, &a).await.is_empty(), "nobody is told of what they did");
    assert_eq!(
        pushes::lease(&bed.store, pushes::Side::Agents, 10)
            .await
            .expect("due")
            .len(),
        1
    );

    for number in 2..5 {
        bed.place(&whatsapp(
            &inbox,
            "351900000001",
            &number.to_string(),
            &format!("More {number}"),
        ))
        .await;
        work(&bed.store).await;
    }
    let found = told(&bed, &e).await;
    assert_eq!(found[0], (Kind::Answered, "More 4".to_owned(), false));
    assert_eq!(found.len(), 2, "ten messages of one customer are one line");
    assert_eq!(bell::unread(bed.store.db(), &e).await.expect("counted"), 2);
    assert_eq!(bed.count("SELECT COUNT(*) FROM pushes").await, 1, "and one disturbance");

    assert!(bell::read(&bed.store, &e, Some(&conversation)).await.expect("read"));
    assert!(!bell::read(&bed.store, &e, Some(&conversation)).await.expect("read"));
    assert_eq!(bell::unread(bed.store.db(), &e).await.expect("counted"), 0);
    let mut note = bed.words(&conversation, "@Agent ana have a look");
    note.kind = ReplyKind::Note;
    reply(&bed.store, &eva, note).await.expect("a note");
    work(&bed.store).await;
    assert_eq!(told(&bed, &a).await[0].0, Kind::Mentioned);
    bed.place(&whatsapp(&inbox, "351900000001", "9", "And now?")).await;
    work(&bed.store).await;
    assert_eq!(
        told(&bed, &a).await[0],
        (Kind::Followed, "And now?".to_owned(), false),
        "who was called follows"
    );
    let mut note = bed.words(&conversation, "**Today**, by *noon*");
    note.kind = ReplyKind::Note;
    reply(&bed.store, &eva, note).await.expect("a note");
    work(&bed.store).await;
    assert_eq!(
        told(&bed, &a).await[0],
        (Kind::Followed, "Today, by noon".to_owned(), false),
        "words without their marks"
    );

    // Each says for themselves; who asked for waiting work hears of it.
    let none = Choice {
        in_page: false,
        by_push: false,
        by_mail: false,
    };
    let page = Choice { in_page: true, ..none };
    bell::choose(&bed.store, &a, &[(Kind::Followed, none), (Kind::Waiting, page)])
        .await
        .expect("said");
    presence::edit(&bed.store, &a, DeskEdit::default())
        .await
        .expect("a desk");
    bell::read(&bed.store, &a, None).await.expect("read");
    let (fresh, _) = bed.place(&whatsapp(&inbox, "351900000002", "20", "New here")).await;
    bed.place(&whatsapp(&inbox, "351900000001", "10", "Hello?")).await;
    work(&bed.store).await;
    let unread: Vec<Kind> = told(&bed, &a)
        .await
        .into_iter()
        .filter(|one| !one.2)
        .map(|one| one.0)
        .collect();
    assert_eq!(unread, [Kind::Waiting]);

    // What did not reach the customer is told to who wrote it.
    let sent = bed.say(&ana, &fresh, "Welcome").await;
    let delivery = bed.delivery(&sent.message).await;
    let leased = conversation::deliveries::lease(&bed.store, "s", 10).await.expect("due");
    assert_eq!(leased.len(), 1);
    let refused = conversation::outbound::SendError::Permanent {
        code: "x".to_owned(),
        reason: "no".to_owned(),
    };
    conversation::deliveries::settle(&bed.store, "s", &leased[0], Err(refused))
        .await
        .expect("settled");
    work(&bed.store).await;
    assert_eq!(
        told(&bed, &a).await[0],
        (Kind::Failed, "Welcome".to_owned(), false),
        "{delivery:?}"
    );
    bed.check().await;
}

async fn a_digest_names_everything_once(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let eva = id(&bed.agent("eva").await);
    let store = &bed.store;
    let (one, _) = bed.place(&mail(&inbox, "a@example.org", "a@x", "Hi")).await;
    let (two, _) = bed.place(&mail(&inbox, "b@example.org", "b@x", "Hi")).await;
    for conversation in [&one, &two] {
        act(store, &ana, conversation, Action::Assign(Some(eva.clone())))
            .await
            .expect("given");
    }
    work(store).await;
    let away = async || {
        bell::away(store.db(), store.now(), 15 * 60_000, HOUR)
            .await
            .expect("looked")
    };
    assert!(away().await.is_empty(), "they may still come");
    bed.clock.advance(16 * 60_000);
    assert_eq!(away().await, std::slice::from_ref(&eva));
    let second = if bed.url.starts_with("sqlite") {
        store.clone()
    } else {
        bed.second().await
    };
    let take = async |store: &Store| {
        let mut tx = store.begin().await.expect("begin");
        let digest = bell::take_digest_in(&mut tx, &eva).await.expect("taken");
        tx.commit_silently().await.expect("commit");
        digest.told.len()
    };
    let (first, other) = tokio::join!(take(store), take(&second));
    assert_eq!(first + other, 2, "named once between two processes");
    assert!(away().await.is_empty());
    // A new word within the pause waits; who is here gets no mail.
    act(store, &ana, &one, Action::Assign(None)).await.expect("taken away");
    act(store, &ana, &one, Action::Assign(Some(eva.clone())))
        .await
        .expect("given");
    work(store).await;
    bed.clock.advance(20 * 60_000);
    assert!(away().await.is_empty(), "not again within the pause");
    bed.clock.advance(HOUR);
    assert_eq!(away().await, std::slice::from_ref(&eva));
    presence::seen(store, &eva).await.expect("seen");
    assert!(away().await.is_empty(), "they are here");
    bell::read(store, &eva, None).await.expect("read");
    bed.clock.advance(HOUR);
    assert!(away().await.is_empty(), "read is told");
    bed.clock.advance(40 * 24 * HOUR);
    assert!(bell::prune(store).await.expect("pruned") >= 2);
}

async fn a_number_in_two_forms_is_one_way(bed: Bed) {
    let chat = bed.inbox(Channel::Whatsapp, false).await;
    for (reported, known) in [
        ("5215512345678", "525512345678"),
        ("551187654321", "5511987654321"),
        ("541112345678", "5491112345678"),
    ] {
        let mut hello = whatsapp(&chat, known, known, "Hi");
        hello.from.address = Some(reported.to_owned());
        let (conversation, _) = bed.place(&hello).await;
        let now = bed.conversation(&conversation).await;
        let found = ways::of(bed.store.db(), &now).await.expect("ways");
        let shown: Vec<(&str, bool)> = found.iter().map(|way| (way.recipient.as_str(), way.is_usual)).collect();
        assert_eq!(shown, [(reported, true)]);
        assert_eq!(found[0].open_until, Some(NOON + ways::WINDOW));
    }
}

async fn another_way_is_one_that_knows_the_customer(bed: Bed) {
    let chat = bed.inbox(Channel::Whatsapp, false).await;
    let post = bed.inbox(Channel::Email, false).await;
    let ana = bed.agent("ana").await;
    let mut hello = whatsapp(&chat, "351900000001", "1", "Hi");
    hello.from.identities.push(conversation::inbound::IdentityClaim {
        kind: conversation::types::IdentityKind::Email,
        value: "joana@example.org".to_owned(),
        verified: true,
    });
    hello.from.address = Some("351900000001".to_owned());
    let (conversation, _) = bed.place(&hello).await;
    let now = bed.conversation(&conversation).await;
    let found = ways::of(bed.store.db(), &now).await.expect("ways");
    let shown: Vec<(Channel, &str, bool)> = found
        .iter()
        .map(|way| (way.channel, way.recipient.as_str(), way.is_usual))
        .collect();
    assert_eq!(
        shown,
        [
            (Channel::Whatsapp, "351900000001", true),
            (Channel::Email, "joana@example.org", false)
        ]
    );
    assert_eq!(found[0].open_until, Some(NOON + ways::WINDOW));
    let by = |inbox: &InboxId, to: &str| Sending {
        by: Some((inbox.clone(), to.to_owned())),
        ..Sending::default()
    };
    let sent = reply_with(
        &bed.store,
        &ana,
        bed.words(&conversation, "By mail"),
        by(&post, "joana@example.org"),
    )
    .await
    .expect("sent");
    let delivery = bed.delivery(&sent.message).await;
    assert_eq!(
        (delivery.channel, delivery.recipient.as_str(), delivery.inbox_id),
        (Channel::Email, "joana@example.org", post.clone())
    );
    let usual = reply_with(
        &bed.store,
        &ana,
        bed.words(&conversation, "As ever"),
        by(&chat, "351900000001"),
    )
    .await
    .expect("sent");
    assert_eq!(bed.delivery(&usual.message).await.channel, Channel::Whatsapp);
    for (inbox, to) in [(&post, "somebody@else.example"), (&chat, "joana@example.org")] {
        let refused = reply_with(&bed.store, &ana, bed.words(&conversation, "x"), by(inbox, to)).await;
        assert!(refusal(refused).contains("not known there"));
    }
    bed.check().await;
}
