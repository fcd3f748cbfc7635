//! Broadcasts on both databases: who gets one and who does not and why, and each once, whoever dies.

use std::collections::BTreeMap;

use channels::broadcasts::Voices;
use conversation::broadcasts::{
    self, Audience, Broadcast, Content, Draft, Figures, Person, Shown, State, Trouble, Voice, Words, filled, work,
};
use conversation::db::sql;
use conversation::deliveries;
use conversation::outbound::SendError;
use conversation::types::{Actor, Channel, InboxId, Language};
use conversation::{Result, Store, blocked, marketing, privacy};

use super::bed::{Bed, SECOND, both, mail, refusal};

both!(
    who_gets_it_and_who_does_not,
    a_list_makes_contacts_of_whom_nobody_knows,
    each_gets_it_once_whoever_carries_it_on,
    who_says_no_is_not_asked_again,
);

/// The words of a template as its one value, without a template; trouble as the channels see it.
pub(super) struct Says;

impl Voice for Says {
    async fn words(&self, store: &Store, broadcast: &Broadcast, person: &Person) -> Result<Option<Words>> {
        match &broadcast.content {
            Content::Template { values, .. } => Ok(filled(&values["body.1"], person).map(|text| Words {
                subject: None,
                text,
                extra: Some(serde_json::json!({ "type": "template", "template": { "name": "news" } })),
            })),
            Content::Mail { .. } => Voices.words(store, broadcast, person).await,
        }
    }

    fn trouble(&self, channel: Channel, code: &str) -> Trouble {
        Voices.trouble(channel, code)
    }
}

pub(super) fn news(inbox: &InboxId) -> Draft {
    Draft {
        name: "Spring".to_owned(),
        inbox: inbox.clone(),
        content: Content::Mail {
            subject: "News".to_owned(),
            text: "Hello, there is news.".to_owned(),
        },
        audience: Audience::default(),
        list: None,
        is_marketing: true,
        pace: 1_200,
    }
}

pub(super) fn chat(inbox: &InboxId) -> Draft {
    Draft {
        content: Content::Template {
            name: "news".to_owned(),
            language: "en".to_owned(),
            values: BTreeMap::from([("body.1".to_owned(), "News for you".to_owned())]),
        },
        ..news(inbox)
    }
}

pub(super) async fn make(bed: &Bed, draft: &Draft) -> String {
    let actor = Actor::Agent("ana".into());
    let id = bed.store.env().ulid();
    broadcasts::create(&bed.store, &actor, &id, draft).await.expect("made");
    broadcasts::count_now(&bed.store, &Says, &id).await.expect("counted");
    assert_eq!(state(bed, &id).await, State::Ready);
    id
}

pub(super) async fn begin(bed: &Bed, draft: &Draft) -> String {
    let id = make(bed, draft).await;
    broadcasts::start(&bed.store, &Actor::System, &id, None)
        .await
        .expect("begun");
    id
}

pub(super) async fn state(bed: &Bed, id: &str) -> State {
    load(bed, id).await.state
}

pub(super) async fn load(bed: &Bed, id: &str) -> Broadcast {
    broadcasts::load(bed.store.db(), id).await.expect("a broadcast")
}

pub(super) async fn figures(bed: &Bed, id: &str) -> Figures {
    broadcasts::figures(bed.store.db(), id).await.expect("figures")
}

/// Carries on until nothing more is written within a second.
pub(super) async fn carry(bed: &Bed, store: &Store) {
    loop {
        bed.clock.advance(SECOND);
        let done = work(store, &Says, "one").await.expect("work");
        if done.written == 0 && !done.has_more {
            return;
        }
    }
}

/// What leaves, as a sender says it.
pub(super) async fn settle(bed: &Bed, outcome: std::result::Result<(), &str>) -> usize {
    let leased = deliveries::lease(&bed.store, "sender", 100).await.expect("leased");
    for one in &leased {
        let outcome = match outcome {
            Ok(()) => Ok(conversation::outbound::Sent {
                provider_id: Some(format!("p-{}", one.id)),
                is_delivered: false,
            }),
            Err(code) => Err(SendError::Temporary {
                code: code.to_owned(),
                reason: "too much".to_owned(),
                retry_after: Some(60 * SECOND),
            }),
        };
        deliveries::settle(&bed.store, "sender", one, outcome)
            .await
            .expect("settled");
    }
    leased.len()
}

pub(super) async fn people(bed: &Bed, inbox: &InboxId, count: usize) {
    for number in 0..count {
        let from = format!("c{number:03}@x.example");
        bed.file(&mail(inbox, &from, &format!("m{number}@x"), "Hello")).await;
    }
}

async fn who_gets_it_and_who_does_not(bed: Bed) {
    bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let mut known = BTreeMap::new();
    for name in ["plain", "no", "shut", "spam", "gone", "nobody", "far"] {
        let id = bed
            .place(&mail(
                &inbox,
                &format!("{name}@x.example"),
                &format!("{name}@y"),
                "Hello",
            ))
            .await
            .0;
        known.insert(name, bed.conversation(&id).await);
    }
    let of = |name: &str| known[name].contact_id.clone();
    let ana = Actor::Agent("ana".into());
    let mut tx = bed.store.begin().await.expect("begin");
    privacy::consent_in(&mut tx, &ana, &of("no"), "news", false, "agent", "")
        .await
        .expect("said");
    for (name, value) in [("nobody", "phone"), ("far", "fr")] {
        let statement = match name {
            "nobody" => "UPDATE identities SET kind = $2, value = '+5511987654321' WHERE contact_id = $1",
            _ => "UPDATE contacts SET language = $2 WHERE id = $1",
        };
        let value = if name == "far" { "es" } else { value };
        sql(statement)
            .bind(&of(name))
            .bind(value)
            .run(&mut tx)
            .await
            .expect("changed");
    }
    sql("INSERT INTO bounced_addresses (address, reason, status, words, conversation_id, count, first_at, last_at) VALUES ('gone@x.example', 'no_mailbox', '5.1.1', '', 'c', 1, 1, 1)")
        .run(&mut tx)
        .await
        .expect("bounced");
    tx.commit_silently().await.expect("commit");
    blocked::block_here(&bed.store, &ana, &known["shut"].id, false, "")
        .await
        .expect("blocked");
    super::spam::mark(&bed, &ana, &known["spam"].id).await;

    let reasons = async |draft: Draft| {
        let id = make(&bed, &draft).await;
        let all = broadcasts::recipients(bed.store.db(), &id, None, None, 50)
            .await
            .expect("recipients");
        let mut all: Vec<(String, String)> = all
            .into_iter()
            .map(|one| {
                let who = known
                    .iter()
                    .find(|(_, known)| known.contact_id == one.contact_id)
                    .expect("known");
                (
                    (*who.0).to_owned(),
                    if one.shown == Shown::Waiting {
                        "waiting".to_owned()
                    } else {
                        one.why
                    },
                )
            })
            .collect();
        all.sort();
        all
    };
    let expect = |no: &str| -> Vec<(String, String)> {
        [
            ("far", "waiting"),
            ("gone", "unreachable"),
            ("no", no),
            ("nobody", "no_address"),
            ("plain", "waiting"),
            ("shut", "blocked"),
            ("spam", "spam"),
        ]
        .map(|(who, why)| (who.to_owned(), why.to_owned()))
        .to_vec()
    };
    assert_eq!(reasons(news(&inbox)).await, expect("no_marketing"));
    let service = Draft {
        is_marketing: false,
        ..news(&inbox)
    };
    assert_eq!(reasons(service).await, expect("waiting"));
    let spanish = Audience {
        language: Some(Language::Es),
        ..Audience::default()
    };
    let narrow = Draft {
        audience: spanish,
        ..news(&inbox)
    };
    assert_eq!(reasons(narrow).await, [("far".to_owned(), "waiting".to_owned())]);
    // Nobody has a company, so nobody can be told of theirs.
    let text = "For {{company.name}}".to_owned();
    let content = Content::Mail {
        subject: "News".to_owned(),
        text,
    };
    let unknown = reasons(Draft {
        content,
        ..news(&inbox)
    })
    .await;
    assert_eq!(
        unknown.iter().filter(|(_, why)| why == "unknown").count(),
        2,
        "{unknown:?}"
    );

    for (draft, words) in [
        (
            Draft {
                name: " ".to_owned(),
                ..news(&inbox)
            },
            "name is empty",
        ),
        (
            Draft {
                pace: 0,
                ..news(&inbox)
            },
            "pace: between 1 and 1200 messages a minute",
        ),
        (
            Draft {
                list: Some("x@y".to_owned()),
                ..chat(&inbox)
            },
            "a broadcast leaves by a mailbox or a WhatsApp number that is switched on",
        ),
        (
            Draft {
                list: Some("a@x.example\nnot one".to_owned()),
                ..news(&inbox)
            },
            "list: line 2 cannot be read: not one",
        ),
        (
            Draft {
                content: Content::Mail {
                    subject: "a".to_owned(),
                    text: "{{agent.name}}".to_owned(),
                },
                ..news(&inbox)
            },
            "there is no variable agent.name in a broadcast",
        ),
    ] {
        let id = bed.store.env().ulid();
        assert_eq!(refusal(broadcasts::create(&bed.store, &ana, &id, &draft).await), words);
    }
    bed.check().await;
}

async fn a_list_makes_contacts_of_whom_nobody_knows(bed: Bed) {
    bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    people(&bed, &inbox, 2).await;
    let list = "address,name\nC000@x.example\nnew@y.example, \"New One\"\nnew@y.example\n\n".to_owned();
    let content = Content::Mail {
        subject: "News".to_owned(),
        text: "Dear {{contact.first_name}}".to_owned(),
    };
    let id = make(
        &bed,
        &Draft {
            list: Some(list),
            content,
            ..news(&inbox)
        },
    )
    .await;
    let all = broadcasts::recipients(bed.store.db(), &id, None, None, 50)
        .await
        .expect("recipients");
    let mut all: Vec<_> = all
        .iter()
        .map(|one| (one.address.as_str(), one.name.as_str(), one.why.as_str()))
        .collect();
    all.sort_unstable();
    // Of the first no name is known.
    assert_eq!(
        all,
        [("c000@x.example", "", "unknown"), ("new@y.example", "New One", "")]
    );
    let person = broadcasts::sample(bed.store.db(), &load(&bed, &id).await, None)
        .await
        .expect("one")
        .expect("some");
    assert_eq!(person.name, "New One");
    // Whoever is erased before it begins stands in no list any more.
    let mut tx = bed.store.begin().await.expect("begun");
    broadcasts::forget_in(&mut tx, &["c000@x.example".to_owned()])
        .await
        .expect("forgotten");
    tx.commit_silently().await.expect("committed");
    let left = load(&bed, &id).await.audience.list;
    assert_eq!(
        left.iter().map(|line| line.address.as_str()).collect::<Vec<_>>(),
        ["new@y.example"]
    );
    broadcasts::start(&bed.store, &Actor::System, &id, None)
        .await
        .expect("begun");
    assert!(load(&bed, &id).await.audience.list.is_empty());
    carry(&bed, &bed.store).await;
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM messages WHERE text = 'Dear New'").await,
        1
    );
    bed.check().await;
}

async fn each_gets_it_once_whoever_carries_it_on(bed: Bed) {
    bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    people(&bed, &inbox, 130).await;
    let id = begin(&bed, &news(&inbox)).await;
    assert_eq!(figures(&bed, &id).await.of(Shown::Waiting), 130);
    // Two who both believe that the work is theirs, and one that is cut off wherever it stands.
    let second = bed.second().await;
    for round in 0..12 {
        bed.clock.advance(SECOND);
        let (one, two) = tokio::join!(work(&bed.store, &Says, "one"), work(&second, &Says, "one"));
        one.expect("work");
        two.expect("work");
        bed.clock.advance(SECOND);
        let cut = work(&second, &Says, "one");
        let steps = tokio::time::timeout(std::time::Duration::from_micros(500 * (round + 1)), cut).await;
        drop(steps);
    }
    carry(&bed, &bed.store).await;
    assert_eq!(state(&bed, &id).await, State::Done);
    assert_eq!(
        bed.count("SELECT COUNT(*) FROM messages WHERE author_kind = 'system'")
            .await,
        130
    );
    assert_eq!(bed.count("SELECT COUNT(*) FROM deliveries").await, 130);
    assert_eq!(bed.count("SELECT COUNT(DISTINCT recipient) FROM deliveries").await, 130);
    while settle(&bed, Ok(())).await > 0 {}
    let figures = figures(&bed, &id).await;
    assert_eq!(
        (figures.total(), figures.sent(), figures.of(Shown::Underway)),
        (130, 130, 0)
    );
    bed.check().await;
}

async fn who_says_no_is_not_asked_again(bed: Bed) {
    bed.agent("ana").await;
    let inbox = bed.inbox(Channel::Email, false).await;
    people(&bed, &inbox, 2).await;
    let id = begin(&bed, &news(&inbox)).await;
    carry(&bed, &bed.store).await;
    let told = broadcasts::recipients(bed.store.db(), &id, None, None, 5)
        .await
        .expect("recipients")
        .remove(0);
    let signed = marketing::leave_link(bed.store.keys(), &told.contact_id);
    assert!(!marketing::leaving(&bed.store, &signed).await.expect("theirs").1);
    assert_eq!(
        refusal(marketing::leave(&bed.store, "x.y", false, "").await),
        "not found"
    );
    for _ in 0..2 {
        marketing::leave(&bed.store, &signed, false, "Unsubscribe")
            .await
            .expect("left");
    }
    assert_eq!(bed.count("SELECT COUNT(*) FROM consents").await, 1);
    assert_eq!(figures(&bed, &id).await.refused, 1);
    let next = make(&bed, &news(&inbox)).await;
    let figures = figures(&bed, &next).await;
    assert_eq!((figures.total(), figures.left_out.get("no_marketing")), (1, Some(&1)));
    // Said between the count and the message, it counts, too.
    broadcasts::start(&bed.store, &Actor::System, &next, None)
        .await
        .expect("begun");
    let other = broadcasts::recipients(bed.store.db(), &next, Some(Shown::Waiting), None, 5)
        .await
        .expect("one")
        .remove(0);
    let signed = marketing::leave_link(bed.store.keys(), &other.contact_id);
    marketing::leave(&bed.store, &signed, false, "Unsubscribe")
        .await
        .expect("left");
    carry(&bed, &bed.store).await;
    assert_eq!(
        (
            state(&bed, &next).await,
            bed.count("SELECT COUNT(*) FROM deliveries").await
        ),
        (State::Done, 2)
    );
    marketing::leave(&bed.store, &signed, true, "Subscribe")
        .await
        .expect("back");
    let again = make(&bed, &news(&inbox)).await;
    assert_eq!(self::figures(&bed, &again).await.total(), 1);
    bed.check().await;
}
