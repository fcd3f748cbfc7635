//! Numbers, states, estimates, credit notes, recurrences, reminders, who may see what, cards that change.

use ::billing::day::Unit;
use ::billing::documents::{self};
use ::billing::issue::{self, Verdict};
use ::billing::listing::{self, Filter};
use ::billing::payments::{self, EntryKind, EntryState, Method, NewEntry};
use ::billing::recurring::{self, NewRecurring};
use ::billing::state::{Kind, State, Status};
use ::billing::{customers, notify, reminders, statement};
use conversation::card::{Card, CardKind};
use conversation::db::sql;
use conversation::types::{Actor, Channel, IdentityKind, Language, MessageId};
use conversation::{Error, contacts, doors, notices};

use super::{billing, customer, draft, entry, invoice, now, shared, write};
use crate::core::bed::{Bed, HOUR, both};

const DAY: i64 = 24 * HOUR;

both!(
    numbers_have_no_gaps,
    an_invoice_lives,
    a_payment_is_of_its_invoice,
    estimates_are_decided_once,
    credit_notes_lower_their_invoice,
    recurring_invoices_come_on_their_day,
    a_recurrence_that_cannot_be_made_holds_up_no_other,
    reminders_go_out_once,
    payments_are_thanked_for_once,
    nobody_sees_anothers_documents,
    a_card_turns_to_paid_where_it_stands,
    links_are_for_the_customer_s_own_address,
);

async fn numbers_have_no_gaps(bed: Bed) {
    let billing = shared(billing(&bed));
    let customer = customer(&bed, "Ana", None).await;
    let mut tasks = Vec::new();
    for worker in 0..6 {
        let (billing, customer) = (billing.clone(), customer.clone());
        tasks.push(tokio::spawn(async move {
            let mut numbers = Vec::new();
            for round in 0..5 {
                let id = write(&billing, &customer, draft(&billing, Kind::Invoice, 10_000)).await;
                let mut tx = billing.store.begin().await.unwrap();
                let sent = issue::send_in(&mut tx, &billing, &Actor::System, &id).await.unwrap();
                if (worker + round) % 4 == 0 {
                    // Rolled back: the number goes back, too.
                    drop(tx);
                } else {
                    tx.commit().await.unwrap();
                    numbers.push(sent.number.unwrap());
                }
            }
            numbers
        }));
    }
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.extend(task.await.unwrap());
    }
    numbers.sort();
    let expected: Vec<String> = (1..=numbers.len()).map(|n| format!("INV-2023-{n:04}")).collect();
    assert_eq!(numbers, expected);
    bed.check().await;
}

async fn an_invoice_lives(bed: Bed) {
    let billing = billing(&bed);
    let customer = customer(&bed, "Ana", None).await;
    let id = write(&billing, &customer, draft(&billing, Kind::Invoice, 10_000)).await;
    assert_eq!(now(&billing, &id).await.open(), 0, "a draft owes nothing");
    let sent = issue::send(&billing, &Actor::System, &id, true).await.unwrap().0;
    assert_eq!((sent.state, sent.total, sent.open()), (State::Sent, 11_600, 11_600));
    assert!(matches!(
        issue::send(&billing, &Actor::System, &id, true).await,
        Err(Error::Conflict(_))
    ));
    issue::view(&billing, &Actor::System, &sent).await.unwrap();
    assert_eq!(now(&billing, &id).await.state, State::Viewed);
    for (kind, amount, state, open) in [
        (EntryKind::Payment, 600, State::PartlyPaid, 11_000),
        (EntryKind::Payment, 11_000, State::Paid, 0),
        (EntryKind::Refund, 1_000, State::PartlyPaid, 1_000),
        (EntryKind::Payment, 2_000, State::Paid, -1_000),
    ] {
        payments::record(&billing, &Actor::System, entry(&id, kind, amount))
            .await
            .unwrap();
        let found = now(&billing, &id).await;
        assert_eq!((found.state, found.open()), (state, open), "{kind} {amount}");
    }
    let statement = statement::load(bed.store.db(), &[customer], &billing.today().to_string())
        .await
        .unwrap();
    assert_eq!(
        (statement.currencies[0].paid, statement.currencies[0].owed),
        (12_600, 0)
    );
    assert_eq!(statement.years, [2023]);
    assert!(matches!(
        issue::void(&billing, &Actor::System, &id).await,
        Err(Error::Conflict(_))
    ));
    bed.check().await;
}

async fn a_payment_is_of_its_invoice(bed: Bed) {
    let billing = billing(&bed);
    let customer = customer(&bed, "Ana", None).await;
    let document = invoice(&billing, &customer).await;
    let other = NewEntry {
        currency: "EUR".parse().unwrap(),
        ..entry(&document.id, EntryKind::Payment, 100)
    };
    let draft = write(&billing, &customer, draft(&billing, Kind::Invoice, 10_000)).await;
    for wrong in [
        other,
        entry(&document.id, EntryKind::Payment, 0),
        entry(&document.id, EntryKind::Payment, -5),
        entry(&document.id, EntryKind::Payment, i64::MAX),
        entry(&document.id, EntryKind::Refund, 100),
        entry(&draft, EntryKind::Payment, 100),
    ] {
        let words = format!("{wrong:?}");
        assert!(
            payments::record(&billing, &Actor::System, wrong).await.is_err(),
            "{words}"
        );
    }
    assert_eq!(now(&billing, &document.id).await.paid, 0);
    // Money for what was taken back is kept and shown as owed to the customer.
    issue::void(&billing, &Actor::System, &document.id).await.unwrap();
    payments::record(&billing, &Actor::System, entry(&document.id, EntryKind::Payment, 500))
        .await
        .unwrap();
    let void = now(&billing, &document.id).await;
    assert_eq!((void.state, void.open()), (State::Void, -500));
    bed.check().await;
}

async fn estimates_are_decided_once(bed: Bed) {
    let billing = billing(&bed);
    let customer = customer(&bed, "Ana", None).await;
    let id = write(&billing, &customer, draft(&billing, Kind::Estimate, 10_000)).await;
    assert!(
        issue::decide(&billing, &Actor::System, &id, Verdict::Accept)
            .await
            .is_err()
    );
    let sent = issue::send(&billing, &Actor::System, &id, true).await.unwrap().0;
    assert_eq!(sent.number.as_deref(), Some("EST-2023-0001"));
    let (one, two) = tokio::join!(
        issue::decide(&billing, &Actor::System, &id, Verdict::Accept),
        issue::decide(&billing, &Actor::System, &id, Verdict::Accept)
    );
    let made = one.unwrap().expect("an invoice");
    assert_eq!(two.unwrap(), Some(made.clone()), "one estimate is one invoice");
    let invoice = now(&billing, &made).await;
    assert_eq!(
        (invoice.kind, invoice.state, invoice.total),
        (Kind::Invoice, State::Draft, 11_600)
    );
    assert!(matches!(
        issue::decide(&billing, &Actor::System, &id, Verdict::Decline).await,
        Err(Error::Conflict(_))
    ));
    let late = write(&billing, &customer, draft(&billing, Kind::Estimate, 10_000)).await;
    issue::send(&billing, &Actor::System, &late, true).await.unwrap();
    bed.clock.advance(20 * DAY);
    assert!(
        issue::decide(&billing, &Actor::System, &late, Verdict::Accept)
            .await
            .is_err()
    );
    let shown = now(&billing, &late).await.status(&billing.today().to_string());
    assert_eq!(shown, Status::Expired);
    bed.check().await;
}

async fn credit_notes_lower_their_invoice(bed: Bed) {
    let billing = billing(&bed);
    let customer = customer(&bed, "Ana", None).await;
    let document = invoice(&billing, &customer).await;
    let mut note = draft(&billing, Kind::CreditNote, 5_000);
    let mut tx = bed.store.begin().await.unwrap();
    assert!(
        documents::create_in(&mut tx, &Actor::System, &customer, note.clone())
            .await
            .is_err()
    );
    drop(tx);
    note.related_id = Some(document.id.clone());
    let note = write(&billing, &customer, note).await;
    assert_eq!(
        now(&billing, &document.id).await.open(),
        11_600,
        "a draft lowers nothing"
    );
    issue::send(&billing, &Actor::System, &note, true).await.unwrap();
    let lowered = now(&billing, &document.id).await;
    assert_eq!((lowered.state, lowered.open()), (State::PartlyPaid, 5_800));
    issue::void(&billing, &Actor::System, &note).await.unwrap();
    let back = now(&billing, &document.id).await;
    assert_eq!((back.state, back.open()), (State::Sent, 11_600));
    bed.check().await;
}

async fn recurring_invoices_come_on_their_day(bed: Bed) {
    let billing = billing(&bed);
    let customer = customer(&bed, "Ana", Some("ana@example.com")).await;
    let mut template = draft(&billing, Kind::Invoice, 10_000);
    template.issued_on = "2023-11-30".parse().unwrap();
    template.due_on = "2023-12-10".parse().unwrap();
    let new = NewRecurring {
        customer: customer.clone(),
        template,
        every: 1,
        unit: Unit::Month,
        ends_on: Some("2024-03-15".parse().unwrap()),
        is_sent: true,
    };
    recurring::create(&billing, &Actor::System, new).await.unwrap();
    assert_eq!(recurring::run(&billing).await.unwrap(), 0, "not before its day");
    bed.clock.advance(100 * DAY);
    let (one, two) = tokio::join!(recurring::run(&billing), recurring::run(&billing));
    assert_eq!(one.unwrap() + two.unwrap(), 4, "each once, whoever makes it");
    let filter = Filter {
        customers: Some(vec![customer]),
        ..Filter::default()
    };
    let mut made: Vec<(String, String, State)> = listing::list(bed.store.db(), &filter, None, 50)
        .await
        .unwrap()
        .into_iter()
        .map(|document| (document.issued_on, document.due_on, document.state))
        .collect();
    made.sort_by(|a, b| a.0.cmp(&b.0));
    let days: Vec<&str> = made.iter().map(|(day, ..)| day.as_str()).collect();
    assert_eq!(days, ["2023-11-30", "2023-12-30", "2024-01-30", "2024-02-29"]);
    assert_eq!(made[3].1, "2024-03-10");
    assert!(made.iter().all(|(.., state)| *state == State::Sent));
    bed.clock.advance(60 * DAY);
    assert_eq!(recurring::run(&billing).await.unwrap(), 0, "it has ended");
    bed.check().await;
}

async fn a_recurrence_that_cannot_be_made_holds_up_no_other(bed: Bed) {
    let billing = billing(&bed);
    let customer = customer(&bed, "Ana", Some("ana@example.com")).await;
    let mut template = draft(&billing, Kind::Invoice, 10_000);
    template.issued_on = "2023-11-30".parse().unwrap();
    template.due_on = "2023-12-10".parse().unwrap();
    let mut made = Vec::new();
    for _ in 0..2 {
        let new = NewRecurring {
            customer: customer.clone(),
            template: template.clone(),
            every: 1,
            unit: Unit::Month,
            ends_on: Some("2023-12-01".parse().unwrap()),
            is_sent: false,
        };
        made.push(recurring::create(&billing, &Actor::System, new).await.unwrap());
    }
    let mut tx = bed.store.begin().await.unwrap();
    sql("UPDATE recurring_documents SET template = '?' WHERE id = $1")
        .bind(made[0].as_str())
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit_silently().await.unwrap();
    bed.clock.advance(10 * DAY);
    assert_eq!(recurring::run(&billing).await.unwrap(), 1);
    assert_eq!(
        recurring::run(&billing).await.unwrap(),
        0,
        "the broken one stays, the other is done"
    );
    bed.check().await;
}

async fn reminders_go_out_once(bed: Bed) {
    bed.inbox(Channel::Email, false).await;
    let billing = billing(&bed);
    let customer = customer(&bed, "Ana", Some("ana@example.com")).await;
    let document = invoice(&billing, &customer).await;
    let mut sent = Vec::new();
    for day in 0..40 {
        let (one, two) = tokio::join!(reminders::run(&billing), reminders::run(&billing));
        let count = one.unwrap() + two.unwrap();
        if count > 0 {
            sent.push((day, count));
        }
        bed.clock.advance(DAY);
    }
    // Due on the 15th day: three days before, then 1, 7 and 14 days after.
    assert_eq!(sent, [(12, 1), (16, 1), (22, 1), (29, 1)]);
    let mails = notices::lease(&bed.store, "test", 50).await.unwrap();
    assert_eq!(mails.len(), 4);
    assert!(mails.iter().all(|mail| mail.subject.contains(document.name())));
    assert!(mails[0].action_url.contains("/l/"), "{}", mails[0].action_url);
    bed.check().await;
}

async fn payments_are_thanked_for_once(bed: Bed) {
    bed.inbox(Channel::Email, false).await;
    let billing = billing(&bed);
    let customer = customer(&bed, "Ana", Some("ana@example.com")).await;
    let mut order = draft(&billing, Kind::Invoice, 10_000);
    order.language = Language::Es;
    let id = write(&billing, &customer, order).await;
    issue::send(&billing, &Actor::System, &id, true).await.unwrap();
    let entry = |amount: i64, state: EntryState, day: &str| NewEntry {
        document: id.clone(),
        kind: EntryKind::Payment,
        amount,
        currency: ::billing::money::Currency::USD,
        method: Method::Transfer,
        state,
        external_id: None,
        intent: None,
        detail: String::new(),
        happened_on: day.to_owned(),
    };
    let old = ::billing::day::plus(billing.today(), -40).to_string();
    for (amount, state, day) in [
        (1_000, EntryState::Pending, ""),
        (1_100, EntryState::Succeeded, old.as_str()),
        (2_000, EntryState::Succeeded, ""),
    ] {
        payments::record(&billing, &Actor::System, entry(amount, state, day))
            .await
            .unwrap();
    }
    let mails = notices::lease(&bed.store, "test", 50).await.unwrap();
    let number = now(&billing, &id).await.number.unwrap();
    assert_eq!(mails.len(), 1, "what is on its way or long ago is no news");
    assert!(mails[0].subject.contains(&number), "{}", mails[0].subject);
    assert!(
        mails[0].text.contains("20.00") && mails[0].text.contains("Gracias"),
        "{}",
        mails[0].text
    );
    // A business that does not want them.
    let mut business = ::billing::settings::business(bed.store.db(), &bed.store).await.unwrap();
    business.send_thanks = false;
    ::billing::settings::set_business(&bed.store, &Actor::System, &business)
        .await
        .unwrap();
    payments::record(&billing, &Actor::System, entry(2_000, EntryState::Succeeded, ""))
        .await
        .unwrap();
    assert!(notices::lease(&bed.store, "test", 50).await.unwrap().is_empty());
    // Years and history of the statement.
    let all = statement::load(
        bed.store.db(),
        std::slice::from_ref(&customer),
        &billing.today().to_string(),
    )
    .await
    .unwrap();
    assert_eq!(all.years.len(), 1);
    let past = statement::history(bed.store.db(), std::slice::from_ref(&customer), None, 10)
        .await
        .unwrap();
    assert_eq!(past.len(), 4);
    bed.check().await;
}

async fn nobody_sees_anothers_documents(bed: Bed) {
    let billing = billing(&bed);
    let (ana, eve) = (
        customer(&bed, "Ana", Some("ana@example.com")).await,
        customer(&bed, "Eve", Some("eve@example.com")).await,
    );
    let document = invoice(&billing, &ana).await;
    let draft = write(&billing, &ana, draft(&billing, Kind::Invoice, 10_000)).await;
    let db = bed.store.db();
    let person = async |email: &str| {
        contacts::by_identity(db, IdentityKind::Email, email)
            .await
            .unwrap()
            .unwrap()
            .0
            .id
    };
    let (ana_id, eve_id) = (person("ana@example.com").await, person("eve@example.com").await);
    assert!(documents::for_contact(db, &ana_id, &document.id).await.is_ok());
    assert!(documents::for_contact(db, &eve_id, &document.id).await.is_err());
    assert!(
        documents::for_contact(db, &ana_id, &draft).await.is_err(),
        "a draft is nobody's yet"
    );
    // Whoever becomes part of Ana brings nothing of hers to anybody else.
    assert_eq!(
        customers::of_contact(db, &eve_id).await.unwrap(),
        std::slice::from_ref(&eve)
    );
    contacts::merge(&bed.store, &Actor::System, &ana_id, &eve_id)
        .await
        .unwrap();
    let mut both = vec![ana, eve];
    both.sort();
    let mut found = customers::of_contact(db, &ana_id).await.unwrap();
    found.sort();
    assert_eq!(found, both, "one person now, with what belonged to both");
    bed.check().await;
}

async fn a_card_turns_to_paid_where_it_stands(bed: Bed) {
    let billing = billing(&bed);
    let customer = customer(&bed, "Ana", Some("ana@example.com")).await;
    let document = invoice(&billing, &customer).await;
    let inbox = bed.inbox(Channel::Email, false).await;
    let mail = crate::core::bed::mail(&inbox, "ana@example.com", "1@x", "How much do I owe?");
    let (place, _) = bed.place(&mail).await;
    let conversation = bed.conversation(&place).await;
    let agent = bed.agent("01AAAAAAAAAAAAAAAAAAAAAAAA").await;
    let message = MessageId::from(bed.store.env().ulid());
    notify::drop_into(
        &billing,
        &agent,
        &conversation,
        &document.id,
        message.clone(),
        "Here it is",
    )
    .await
    .unwrap();
    let card = async || -> Card {
        conversation::access::message(bed.store.db(), &Actor::System, &message)
            .await
            .unwrap()
            .cards
            .remove(0)
    };
    let before = card().await;
    assert_eq!(before.kind, CardKind::Invoice);
    let words = ::billing::words::of(conversation.language);
    let said = |card: &Card, status: Status| {
        card.facts
            .iter()
            .any(|(_, value)| value == words.standing(Kind::Invoice, status))
    };
    assert!(said(&before, Status::Sent), "{before:?}");
    let head = bed.store.head().await.unwrap();
    payments::record(
        &billing,
        &Actor::System,
        entry(&document.id, EntryKind::Payment, 11_600),
    )
    .await
    .unwrap();
    assert!(said(&card().await, Status::Paid));
    let events = conversation::store::events_after(bed.store.db(), head, 50)
        .await
        .unwrap();
    assert!(
        events
            .iter()
            .any(|event| event.conversation_id.as_ref() == Some(&conversation.id)),
        "whoever looks at the conversation is told: {events:?}"
    );
    let owed = ::billing::owed_by(&billing, &conversation.contact_id, Language::En)
        .await
        .unwrap();
    assert!(owed.is_empty());
    // Somebody else's invoice is not put into this conversation.
    let eve = super::customer(&bed, "Eve", Some("eve@example.com")).await;
    let theirs = invoice(&billing, &eve).await;
    let refused = notify::drop_into(
        &billing,
        &agent,
        &conversation,
        &theirs.id,
        MessageId::from(bed.store.env().ulid()),
        "",
    )
    .await;
    assert!(matches!(refused, Err(Error::Conflict(_))));
    bed.check().await;
}

async fn links_are_for_the_customer_s_own_address(bed: Bed) {
    let inbox = bed.inbox(Channel::Email, false).await;
    let mail = crate::core::bed::mail(&inbox, "ana@example.com", "1@x", "Hello");
    let (place, _) = bed.place(&mail).await;
    let link = async |address: &str| {
        doors::for_recipient(&bed.store, &place, IdentityKind::Email, address, "/portal/x")
            .await
            .unwrap()
    };
    assert!(link("eve@example.com").await.is_none(), "a Reply-To of somebody else");
    let path = link("Ana@example.com").await.expect("her own address");
    let secret = path.strip_prefix("/l/").unwrap();
    let mut tx = bed.store.begin().await.unwrap();
    let (contact, target) = doors::follow_in(&mut tx, secret).await.unwrap();
    tx.commit_silently().await.unwrap();
    assert_eq!(target.as_deref(), Some("/portal/x"));
    let again = link("ana@example.com").await.unwrap();
    let mut tx = bed.store.begin().await.unwrap();
    assert_eq!(doors::revoke_in(&mut tx, &contact).await.unwrap(), 1);
    let revoked = doors::follow_in(&mut tx, again.strip_prefix("/l/").unwrap()).await;
    assert!(matches!(revoked, Err(Error::NotFound)), "taken back");
    assert!(
        matches!(doors::follow_in(&mut tx, secret).await, Err(Error::NotFound)),
        "used"
    );
    drop(tx);
    bed.check().await;
}
