//! What customers are told, each by the ways that they chose.

use conversation::desk::Texts;
use conversation::desk::pushes::{self, Owner, Side};
use conversation::lifecycle::{Action, act};
use conversation::memberships::{self, Rights};
use conversation::notifications::{self, Kind, News, Sender, Told, Ways, Which};
use conversation::tickets::notices::{self, Notice, Occasion};
use conversation::tickets::solve;
use conversation::types::{Actor, Channel, ContactId, ConversationId, Language};
use conversation::{Error, contacts, privacy};
use serde_json::json;

use super::bed::{Bed, HOUR, both, mail};
use super::desk::work;
use super::tickets::{open, said};

both!(
    everybody_is_told_by_the_ways_they_chose,
    only_ones_own_is_read,
    a_ticket_follows_the_choice,
    what_changes_an_access_is_told,
    one_press_ends_mails,
    nothing_is_left_of_what_was_told,
);

async fn person(bed: &Bed, name: &str) -> ContactId {
    let mut tx = bed.store.begin().await.expect("begun");
    let id = contacts::create_in(&mut tx, &Actor::System, name, Some(Language::En))
        .await
        .expect("a contact");
    tx.commit().await.expect("committed");
    id
}

fn news(kind: Kind, subject: &str) -> News {
    News {
        kind,
        words: "due",
        args: json!({ "number": subject, "amount": "10.00", "day": "2023-12-01" }),
        path: format!("/portal/documents/{subject}"),
        subject: subject.to_owned(),
    }
}

async fn tell(bed: &Bed, news: &News, people: &[(&ContactId, Sender)]) -> Vec<Told> {
    let people: Vec<_> = people.iter().map(|(id, sender)| ((*id).clone(), *sender)).collect();
    let mut tx = bed.store.begin().await.expect("begun");
    let told = notifications::tell_in(&mut tx, news, &people).await.expect("told");
    tx.commit().await.expect("committed");
    told
}

async fn choose(bed: &Bed, contact: &ContactId, kind: Kind, ways: Option<Ways>) {
    let mut tx = bed.store.begin().await.expect("begun");
    let actor = Actor::Contact(contact.clone());
    notifications::choose_in(&mut tx, &actor, contact, &[(kind, ways)])
        .await
        .expect("chosen");
    tx.commit_silently().await.expect("committed");
}

async fn words(bed: &Bed, contact: &ContactId) -> Vec<String> {
    let all = notifications::list(bed.store.db(), contact, None, 50)
        .await
        .expect("a list");
    all.into_iter().map(|one| one.words).collect()
}

async fn everybody_is_told_by_the_ways_they_chose(bed: Bed) {
    let mail = Sender::of_channel(Channel::Email);
    // What is chosen, what the sender does by itself; what it is to do then, and what is owed.
    let on = |mail, whatsapp| Ways {
        mail,
        whatsapp,
        push: false,
    };
    let cases = [
        (None, mail, (true, false), ""),
        (None, Sender::NONE, (false, false), ""),
        (Some(on(false, false)), mail, (false, false), ""),
        (Some(on(true, false)), Sender::NONE, (false, false), "mail"),
        (Some(on(true, true)), mail, (true, false), "whatsapp"),
        (Some(on(true, true)), Sender::NONE, (false, false), "mail whatsapp"),
        (
            Some(on(false, true)),
            Sender::of_channel(Channel::Whatsapp),
            (false, true),
            "",
        ),
    ];
    for (index, (chosen, sender, does, owes)) in cases.into_iter().enumerate() {
        let who = person(&bed, &format!("Person {index}")).await;
        if chosen.is_some() {
            choose(&bed, &who, Kind::Due, chosen).await;
        }
        let told = tell(&bed, &news(Kind::Due, "INV-1"), &[(&who, sender)]).await;
        assert_eq!((told[0].mail, told[0].whatsapp), does, "case {index}");
        assert_eq!(told[0].is_chosen, chosen.is_some(), "case {index}");
        let all = notifications::list(bed.store.db(), &who, None, 5)
            .await
            .expect("a list");
        assert_eq!(all.len(), 1, "the portal always has it");
        assert_eq!(all[0].owes, owes, "case {index}");
        // Another kind is not touched by the choice.
        let told = tell(&bed, &news(Kind::Invoice, "INV-2"), &[(&who, mail)]).await;
        assert!(told[0].mail && !told[0].is_chosen, "case {index}");
    }
    // What is owed is taken once, and not when it is old.
    let owed = notifications::owed(bed.store.db(), 50).await.expect("owed");
    assert_eq!(owed.len(), 3);
    for (one, wanted) in [(&owed[0], true), (&owed[0], false)] {
        let mut tx = bed.store.begin().await.expect("begun");
        assert_eq!(notifications::take_in(&mut tx, one).await.expect("asked"), wanted);
        tx.commit_silently().await.expect("committed");
    }
    bed.clock.advance(3 * 86_400_000);
    let mut tx = bed.store.begin().await.expect("begun");
    assert!(
        !notifications::take_in(&mut tx, &owed[1]).await.expect("asked"),
        "it is no news"
    );
    tx.commit_silently().await.expect("committed");
    // As usual again.
    let who = person(&bed, "Ana").await;
    choose(&bed, &who, Kind::Due, Some(on(false, false))).await;
    choose(&bed, &who, Kind::Due, None).await;
    assert!(tell(&bed, &news(Kind::Due, "INV-1"), &[(&who, mail)]).await[0].mail);
    bed.check().await;
}

async fn only_ones_own_is_read(bed: Bed) {
    let (ana, rui) = (person(&bed, "Ana").await, person(&bed, "Rui").await);
    for number in 0..7 {
        let both = [(&ana, Sender::NONE), (&rui, Sender::NONE)];
        tell(&bed, &news(Kind::Due, &format!("INV-{number}")), &both).await;
        bed.clock.advance(1_000);
    }
    let (mut seen, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = notifications::list(bed.store.db(), &ana, after.as_deref(), 3)
            .await
            .expect("a page");
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        seen.extend(page.into_iter().map(|one| one.subject));
    }
    assert_eq!(seen, ["INV-6", "INV-5", "INV-4", "INV-3", "INV-2", "INV-1", "INV-0"]);
    let unread = async |who: &ContactId| notifications::unread(bed.store.db(), who).await.expect("counted");
    let his = notifications::list(bed.store.db(), &rui, None, 1)
        .await
        .expect("a list")
        .remove(0);
    assert!(matches!(
        notifications::for_contact(bed.store.db(), &ana, &his.id).await,
        Err(Error::NotFound)
    ));
    assert_eq!(
        notifications::read(&bed.store, &ana, Which::One(&his.id))
            .await
            .expect("read"),
        0
    );
    assert_eq!((unread(&ana).await, unread(&rui).await), (7, 7));
    assert_eq!(
        notifications::read(&bed.store, &rui, Which::One(&his.id))
            .await
            .expect("read"),
        1
    );
    let path = Which::Path("/portal/documents/INV-2");
    assert_eq!(notifications::read(&bed.store, &rui, path).await.expect("read"), 1);
    assert_eq!(notifications::read(&bed.store, &rui, path).await.expect("read"), 0);
    assert_eq!((unread(&ana).await, unread(&rui).await), (7, 5));
    assert_eq!(
        notifications::read(&bed.store, &ana, Which::All).await.expect("read"),
        7
    );
    assert_eq!((unread(&ana).await, unread(&rui).await), (0, 5));
    // Two people who turn out to be one have read and not read what both were told.
    contacts::merge(&bed.store, &Actor::System, &ana, &rui)
        .await
        .expect("merged");
    assert_eq!(unread(&ana).await, 5);
    assert!(notifications::for_contact(bed.store.db(), &ana, &his.id).await.is_ok());
    bed.check().await;
}

async fn mailed(bed: &Bed, from: &str) -> (ConversationId, ContactId) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let (place, _) = bed.place(&mail(&inbox, from, from, "It is jammed")).await;
    let contact = bed.conversation(&place).await.contact_id;
    (place, contact)
}

async fn a_ticket_follows_the_choice(bed: Bed) {
    let eva = bed.agent("eva").await;
    let notice = Notice {
        inbox: None,
        kind: None,
        occasion: Occasion::Opened,
        texts: Texts::of([
            (Language::En, "We opened it".to_owned()),
            (Language::Pt, "Aberto".to_owned()),
        ]),
    };
    notices::save(&bed.store, &eva, &notice).await.expect("kept");
    let (first, ana) = mailed(&bed, "ana@home.test").await;
    let (second, rui) = mailed(&bed, "rui@home.test").await;
    choose(&bed, &rui, Kind::Ticket, Some(Ways::USUAL)).await;
    for place in [&first, &second] {
        open(&bed, &eva, place, "The copier").await;
    }
    work(&bed.store).await;
    work(&bed.store).await;
    assert_eq!(said(&bed, &first).await.len(), 1, "as ever, a mail says it");
    assert!(
        said(&bed, &second).await.is_empty(),
        "who turned mail off finds it in the portal only"
    );
    for who in [&ana, &rui] {
        assert_eq!(words(&bed, who).await, ["ticket-opened"]);
    }
    // Nobody wrote words for this occasion: no mail, but the portal says it; one line for one ticket.
    act(&bed.store, &eva, &second, Action::Assign(Some("eva".into())))
        .await
        .expect("taken");
    work(&bed.store).await;
    assert_eq!(words(&bed, &rui).await, ["ticket-started"]);
    bed.say(&eva, &second, "Did you try the other tray?").await;
    work(&bed.store).await;
    assert_eq!(words(&bed, &rui).await, ["ticket-answered"]);
    assert_eq!(
        said(&bed, &second).await.len(),
        1,
        "what a person answers leaves all the same"
    );
    // What an agent puts off for an hour waits for nobody else: the customer is not asked for an answer.
    let until = bed.store.now() + HOUR;
    act(&bed.store, &eva, &second, Action::Snooze { until })
        .await
        .expect("put off");
    work(&bed.store).await;
    assert_eq!(words(&bed, &rui).await, ["ticket-answered"]);
    notifications::read(&bed.store, &rui, Which::All).await.expect("read");
    let ticket = conversation::tickets::of_contact(bed.store.db(), &rui, 1)
        .await
        .expect("tickets")
        .remove(0);
    solve::close(&bed.store, &eva, &ticket.id).await.expect("closed");
    work(&bed.store).await;
    assert_eq!(
        words(&bed, &rui).await,
        ["ticket-resolved", "ticket-answered"],
        "what was read stays"
    );
    bed.check().await;
}

async fn what_changes_an_access_is_told(bed: Bed) {
    let (_, ana) = mailed(&bed, "ana@home.test").await;
    let mut tx = bed.store.begin().await.expect("begun");
    let company = contacts::company_in(&mut tx, "Sol").await.expect("a company");
    memberships::set_in(&mut tx, &Actor::System, &ana, &company, Rights::MEMBER)
        .await
        .expect("set");
    // What they do themselves they know.
    let own = Actor::Contact(ana.clone());
    memberships::set_in(&mut tx, &own, &ana, &company, Rights::MEMBER)
        .await
        .expect("set");
    memberships::remove_in(&mut tx, &Actor::System, &ana, &company)
        .await
        .expect("removed");
    memberships::invite_in(&mut tx, &Actor::System, &company, "", "ana@home.test", Rights::MEMBER)
        .await
        .expect("invited");
    tx.commit().await.expect("committed");
    assert_eq!(
        words(&bed, &ana).await,
        ["access-invited", "access-removed", "access-rights"]
    );
    bed.check().await;
}

async fn one_press_ends_mails(bed: Bed) {
    let ana = person(&bed, "Ana").await;
    let keys = bed.store.keys();
    let path = notifications::stop_path(keys, &ana, Kind::Due);
    let signed = path.rsplit('/').next().expect("a last part");
    let (who, kind) = notifications::of_stop(keys, signed).expect("ours");
    assert_eq!((&who, kind), (&ana, Kind::Due));
    for wrong in [
        signed.replace(":due.", ":invoice."),
        signed.replace(ana.as_str(), "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        String::new(),
        "x.y".to_owned(),
    ] {
        assert!(notifications::of_stop(keys, &wrong).is_none(), "{wrong}");
    }
    choose(
        &bed,
        &ana,
        Kind::Due,
        Some(Ways {
            mail: true,
            whatsapp: true,
            push: true,
        }),
    )
    .await;
    for _ in 0..2 {
        notifications::stop(&bed.store, &who, kind).await.expect("stopped");
    }
    let told = tell(
        &bed,
        &news(Kind::Due, "INV-1"),
        &[(
            &ana,
            Sender {
                usual: Ways::MAIL,
                can: Ways {
                    mail: true,
                    whatsapp: true,
                    push: true,
                },
            },
        )],
    )
    .await;
    assert!(!told[0].mail && told[0].whatsapp, "the other ways stay");
    bed.check().await;
}

async fn nothing_is_left_of_what_was_told(bed: Bed) {
    let (place, ana) = mailed(&bed, "ana@home.test").await;
    let eva = bed.agent("eva").await;
    open(&bed, &eva, &place, "Anabela's copier").await;
    work(&bed.store).await;
    choose(&bed, &ana, Kind::Due, Some(Ways::MAIL)).await;
    let mut tx = bed.store.begin().await.expect("begun");
    conversation::db::sql(
        "INSERT INTO portal_sessions (token_hash, id, contact_id, created_at, expires_at) VALUES ('s', 's', $1, 0, $2)",
    )
    .bind(&ana)
    .bind(i64::MAX)
    .run(&mut tx)
    .await
    .expect("signed in");
    tx.commit_silently().await.expect("committed");
    let owner = Owner::Contact(&ana, "s");
    pushes::subscribe(&bed.store, owner, "https://push.example/1", "p", "a", "Browser")
        .await
        .expect("kept");
    tell(&bed, &news(Kind::Due, "INV-1"), &[(&ana, Sender::NONE)]).await;
    let waiting = pushes::lease(&bed.store, Side::Contacts, 10).await.expect("due");
    assert_eq!(waiting.len(), 1, "the browser of a session that stands is pushed to");
    privacy::erase(&bed.store, &eva, &ana, async |_, _| Ok(()))
        .await
        .expect("erased");
    for table in [
        "contact_notifications",
        "contact_choices",
        "contact_browsers",
        "contact_pushes",
        "survey_turns",
    ] {
        let (left,): (i64,) = conversation::db::composed_sql(format!("SELECT COUNT(*) FROM {table}"))
            .one(bed.store.db())
            .await
            .expect("counted");
        assert_eq!(left, 0, "{table}");
    }
}
