//! Several invoices in one payment: each is settled by an entry of its own, once, however the news come.

use ::billing::payments::{self, EntryKind, EntryState};
use ::billing::state::State;
use ::billing::stripe::{self, MOST, Started, StripeError, Surface};
use ::billing::{Billing, DocumentId};
use conversation::notices;
use conversation::types::Actor;
use serde_json::{Value, json};
use tests::harness::stripe::Stripe;

use super::stripe::{desk, entries, hook, session};
use super::{customer, draft, entry, invoice, now, write};
use crate::core::bed::{Bed, HOUR, both};

both!(
    each_invoice_has_its_own_entry,
    no_invoice_is_in_two_open_payments,
    what_cannot_be_paid_is_left_out_and_limits_are_kept,
    a_slip_for_several_is_on_its_way_on_each,
    money_that_goes_back_finds_its_invoice,
    another_sum_than_all_asked_for_waits_for_a_person,
    what_was_paid_otherwise_meanwhile,
);

/// Begins to pay these together; the session's id.
async fn begin(billing: &Billing, stripe: &Stripe, ids: &[DocumentId]) -> String {
    let started = stripe::start(billing, ids, Surface::Hosted).await.unwrap();
    assert!(
        matches!(started, Started::Hosted(_)),
        "{started:?}; {:?}",
        stripe.refused()
    );
    let sessions = stripe.sessions();
    sessions.last().unwrap()["id"].as_str().unwrap().to_owned()
}

async fn invoices(billing: &Billing, bed: &Bed, count: usize) -> Vec<DocumentId> {
    let customer = customer(bed, "Ana", Some("ana@example.com")).await;
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(invoice(billing, &customer).await.id);
    }
    ids
}

async fn states(billing: &Billing, ids: &[DocumentId]) -> Vec<State> {
    let mut states = Vec::new();
    for id in ids {
        states.push(now(billing, id).await.state);
    }
    states
}

async fn each_invoice_has_its_own_entry(bed: Bed) {
    let (billing, stripe) = desk(&bed).await;
    bed.inbox(conversation::types::Channel::Email, false).await;
    let customer = customer(&bed, "Ana", Some("ana@example.com")).await;
    let mut seen: Vec<String> = Vec::new();
    for (number, way) in ["hook", "back", "sweep"].into_iter().enumerate() {
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(invoice(&billing, &customer).await.id);
        }
        let id = begin(&billing, &stripe, &ids).await;
        let made = session(&stripe, &id);
        let items = made["line_items"]["data"].as_array().unwrap();
        assert_eq!((items.len(), made["amount_total"].as_i64()), (3, Some(34_800)));
        for (item, invoice) in items.iter().zip(&ids) {
            let number = now(&billing, invoice).await.name().to_owned();
            assert_eq!(item["amount_total"], 11_600);
            assert_eq!(item["description"], format!("Invoice {number}"));
        }
        assert!(
            made["standin_back"]
                .as_str()
                .unwrap()
                .contains("/portal/paid?session_id=")
        );
        stripe.pay(&id, "card").await.unwrap();
        let event = format!("evt_{way}");
        // Each way alone is enough, and the others after it change nothing.
        let mut ways = ["hook", "back", "sweep"];
        ways.rotate_left(number);
        for one in ways {
            match one {
                "hook" => {
                    hook(&billing, &event, "checkout.session.completed", &session(&stripe, &id))
                        .await
                        .unwrap();
                }
                "back" => {
                    assert_eq!(stripe::covered(bed.store.db(), &id).await.unwrap(), ids);
                    for invoice in &ids {
                        stripe::returned(&billing, &Actor::System, invoice, &id).await.unwrap();
                    }
                }
                _ => {
                    bed.clock.advance(HOUR);
                    stripe::sweep(&billing).await.unwrap();
                }
            }
            assert_eq!(states(&billing, &ids).await, [State::Paid; 3], "{way}: {one}");
            for invoice in &ids {
                let written = entries(&billing, invoice).await;
                assert_eq!(written, [(11_600, EntryState::Succeeded)], "{way}: {one}");
            }
        }
        // Whoever looks at one of them sees the others.
        let beside = payments::beside(bed.store.db(), &ids[1]).await.unwrap();
        let others: Vec<_> = beside.into_iter().map(|one| one.document_id).collect();
        assert_eq!(others, [ids[0].clone(), ids[2].clone()]);
        // One payment is one mail, which names each invoice.
        let mut mails = notices::lease(&bed.store, "test", 50).await.unwrap();
        mails.retain(|mail| !seen.contains(&mail.id));
        assert_eq!(mails.len(), 1, "{way}");
        seen.push(mails[0].id.clone());
        assert_eq!(mails[0].subject, "Payment received: 3 invoices");
        assert!(mails[0].text.contains("348.00"), "{}", mails[0].text);
        let look = mails[0].look.as_deref().unwrap_or_default();
        for invoice in &ids {
            assert!(look.contains(now(&billing, invoice).await.name()), "{look}");
        }
    }
    assert!(stripe.refused().is_empty(), "{:?}", stripe.refused());
    bed.check().await;
}

async fn no_invoice_is_in_two_open_payments(bed: Bed) {
    let (billing, stripe) = desk(&bed).await;
    let ids = invoices(&billing, &bed, 3).await;
    // In any order, however often, it is one session.
    let both = begin(&billing, &stripe, &ids[..2]).await;
    let turned = [ids[1].clone(), ids[0].clone(), ids[1].clone()];
    assert_eq!(begin(&billing, &stripe, &turned).await, both);
    assert_eq!(stripe.sessions().len(), 1);
    // A colleague pays one of them alone: what was open for both is closed.
    let alone = begin(&billing, &stripe, &ids[1..2]).await;
    assert_eq!(session(&stripe, &both)["status"], "expired");
    assert!(
        session(&stripe, &alone)["standin_back"]
            .as_str()
            .unwrap()
            .contains(ids[1].as_str())
    );
    // And the other way round, over several at once.
    let first = begin(&billing, &stripe, &ids[..1]).await;
    let all = begin(&billing, &stripe, &ids).await;
    for old in [&alone, &first] {
        assert_eq!(session(&stripe, old)["status"], "expired");
    }
    // Two at once end in one open session at most.
    let (one, two) = tokio::join!(
        stripe::start(&billing, &ids[..2], Surface::Hosted),
        stripe::start(&billing, &ids[1..], Surface::Hosted)
    );
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    assert_eq!(session(&stripe, &all)["status"], "expired");
    let open = stripe.sessions().iter().filter(|one| one["status"] == "open").count();
    assert!(open <= 1, "{open} are open");
    // A document that changes closes the session of all.
    let again = begin(&billing, &stripe, &ids).await;
    stripe::expire_open(&billing, &ids[2]).await.unwrap();
    assert_eq!(session(&stripe, &again)["status"], "expired");
    bed.check().await;
}

async fn what_cannot_be_paid_is_left_out_and_limits_are_kept(bed: Bed) {
    let (billing, stripe) = desk(&bed).await;
    let ids = invoices(&billing, &bed, 3).await;
    payments::record(&billing, &Actor::System, entry(&ids[0], EntryKind::Payment, 11_600))
        .await
        .unwrap();
    payments::record(&billing, &Actor::System, entry(&ids[1], EntryKind::Payment, 1_600))
        .await
        .unwrap();
    let id = begin(&billing, &stripe, &ids).await;
    let amounts: Vec<Value> = session(&stripe, &id)["line_items"]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["amount_total"].clone())
        .collect();
    assert_eq!(amounts, [json!(10_000), json!(11_600)], "the paid one is left out");
    let none = stripe::start(&billing, &ids[..1], Surface::Hosted).await.unwrap();
    assert_eq!(none, Started::Nothing);
    assert_eq!(
        stripe::start(&billing, &[], Surface::Hosted).await.unwrap(),
        Started::Nothing
    );
    // One payment is of one currency.
    let who = customer(&bed, "Eva", None).await;
    let mut other = draft(&billing, ::billing::state::Kind::Invoice, 10_000);
    other.currency = "MXN".parse().unwrap();
    let other = write(&billing, &who, other).await;
    ::billing::issue::send(&billing, &Actor::System, &other, true)
        .await
        .unwrap();
    let mixed = stripe::start(&billing, &[ids[2].clone(), other], Surface::Hosted).await;
    assert!(
        matches!(mixed, Err(StripeError::Store(conversation::Error::Invalid(_)))),
        "{mixed:?}"
    );
    // As many as Stripe takes, and no more.
    let mut many = Vec::new();
    for _ in 0..=MOST {
        many.push(invoice(&billing, &who).await.id);
    }
    let too_many = stripe::start(&billing, &many, Surface::Hosted).await;
    assert!(matches!(
        too_many,
        Err(StripeError::Store(conversation::Error::Invalid(_)))
    ));
    let id = begin(&billing, &stripe, &many[..MOST]).await;
    assert_eq!(session(&stripe, &id)["amount_total"], 1_160_000);
    assert!(stripe.refused().is_empty(), "{:?}", stripe.refused());
    bed.check().await;
}

async fn a_slip_for_several_is_on_its_way_on_each(bed: Bed) {
    let (billing, stripe) = desk(&bed).await;
    bed.inbox(conversation::types::Channel::Email, false).await;
    let customer = customer(&bed, "Ana", Some("ana@example.com")).await;
    for arrives in [true, false] {
        let ids = [
            invoice(&billing, &customer).await.id,
            invoice(&billing, &customer).await.id,
        ];
        let id = begin(&billing, &stripe, &ids).await;
        stripe.pay(&id, "oxxo").await.unwrap();
        let done = format!("evt_done_{arrives}");
        hook(&billing, &done, "checkout.session.completed", &session(&stripe, &id))
            .await
            .unwrap();
        for one in &ids {
            let waiting = now(&billing, one).await;
            assert_eq!((waiting.state, waiting.pending, waiting.paid), (State::Sent, 11_600, 0));
            assert!(!waiting.is_payable());
        }
        assert_eq!(
            stripe::start(&billing, &ids, Surface::Hosted).await.unwrap(),
            Started::Nothing
        );
        stripe.settle(&id, arrives).await.unwrap();
        let kind = if arrives {
            "checkout.session.async_payment_succeeded"
        } else {
            "checkout.session.async_payment_failed"
        };
        hook(&billing, &format!("evt_end_{arrives}"), kind, &session(&stripe, &id))
            .await
            .unwrap();
        let expected = if arrives {
            (State::Paid, 0, 11_600)
        } else {
            (State::Sent, 0, 0)
        };
        for one in &ids {
            let settled = now(&billing, one).await;
            assert_eq!((settled.state, settled.pending, settled.paid), expected);
        }
        let mails = notices::lease(&bed.store, "test", 50).await.unwrap();
        let subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
        let said = if arrives {
            "Payment received: 2 invoices"
        } else {
            "Payment not completed: 2 invoices"
        };
        assert_eq!(subjects, [said]);
        if !arrives {
            begin(&billing, &stripe, &ids).await;
        }
    }
    bed.check().await;
}

async fn money_that_goes_back_finds_its_invoice(bed: Bed) {
    let (billing, stripe) = desk(&bed).await;
    let ids = invoices(&billing, &bed, 3).await;
    payments::record(&billing, &Actor::System, entry(&ids[2], EntryKind::Payment, 1_600))
        .await
        .unwrap();
    let id = begin(&billing, &stripe, &ids).await;
    stripe.pay(&id, "card").await.unwrap();
    stripe::returned(&billing, &Actor::System, &ids[0], &id).await.unwrap();
    let intent = format!("pi_{id}");
    let paid = async || {
        let mut paid = Vec::new();
        for id in &ids {
            paid.push(now(&billing, id).await.paid);
        }
        paid
    };
    assert_eq!(paid().await, [11_600, 11_600, 11_600]);
    // Begun on the second invoice's page: it is of that one, also when the web hook tells of it again.
    let own = payments::of_document(bed.store.db(), &ids[1]).await.unwrap().remove(0);
    stripe::refund(&billing, &Actor::System, &ids[1], &own.id, 600, "press-1")
        .await
        .unwrap();
    assert_eq!(paid().await, [11_600, 11_000, 11_600]);
    let too_much = stripe::refund(&billing, &Actor::System, &ids[1], &own.id, 11_001, "press-2").await;
    assert!(too_much.is_err(), "no more than is left of this invoice's part");
    // Begun at Stripe: what is left of one of them is that one's.
    let object = |kind: &str, id: &str, amount: i64, status: &str| json!({ "id": id, "object": kind, "amount": amount, "currency": "usd", "payment_intent": intent, "status": status });
    let refund = object("refund", "re_x", 10_000, "succeeded");
    for event in ["evt_1", "evt_2"] {
        hook(&billing, event, "refund.created", &refund).await.unwrap();
        assert_eq!(paid().await, [11_600, 11_000, 1_600], "{event}");
    }
    // A dispute of more than one invoice's: from the first on, and when it is lost it is the same ones.
    hook(
        &billing,
        "evt_3",
        "charge.dispute.created",
        &object("dispute", "dp_x", 15_000, "needs_response"),
    )
    .await
    .unwrap();
    let mut disputed = Vec::new();
    for id in &ids {
        disputed.push(now(&billing, id).await.disputed);
    }
    assert_eq!(disputed, [11_600, 3_400, 0]);
    hook(
        &billing,
        "evt_4",
        "charge.dispute.closed",
        &object("dispute", "dp_x", 15_000, "lost"),
    )
    .await
    .unwrap();
    assert_eq!(paid().await, [0, 7_600, 1_600]);
    bed.check().await;
}

async fn another_sum_than_all_asked_for_waits_for_a_person(bed: Bed) {
    let (billing, stripe) = desk(&bed).await;
    let ids = invoices(&billing, &bed, 2).await;
    let id = begin(&billing, &stripe, &ids).await;
    stripe.pay(&id, "card").await.unwrap();
    let mut object = session(&stripe, &id);
    // What the first one asks, not what both do.
    object["amount_total"] = json!(11_600);
    hook(&billing, "evt_odd", "checkout.session.completed", &object)
        .await
        .unwrap();
    let odd = async || -> Vec<DocumentId> {
        let found = stripe::odd(bed.store.db(), 10).await.unwrap();
        found.into_iter().rev().map(|document| document.id).collect()
    };
    assert_eq!(odd().await, ids);
    for one in &ids {
        assert!(entries(&billing, one).await.is_empty());
    }
    assert_eq!(
        stripe::start(&billing, &ids, Surface::Hosted).await.unwrap(),
        Started::Nothing
    );
    bed.clock.advance(HOUR);
    payments::record(&billing, &Actor::System, entry(&ids[0], EntryKind::Payment, 11_600))
        .await
        .unwrap();
    assert_eq!(odd().await, ids[1..], "a person looks at each");
    bed.check().await;
}

async fn what_was_paid_otherwise_meanwhile(bed: Bed) {
    let (billing, stripe) = desk(&bed).await;
    let ids = invoices(&billing, &bed, 2).await;
    // The sweep closes what asks for an invoice that was paid by transfer.
    let id = begin(&billing, &stripe, &ids).await;
    payments::record(&billing, &Actor::System, entry(&ids[0], EntryKind::Payment, 11_600))
        .await
        .unwrap();
    bed.clock.advance(HOUR);
    stripe::sweep(&billing).await.unwrap();
    assert_eq!(session(&stripe, &id)["status"], "expired");
    assert_eq!(states(&billing, &ids).await, [State::Paid, State::Sent]);
    // Paid before that: the money stands on each, and the first has too much.
    let customer = now(&billing, &ids[1]).await.customer_id;
    let fresh = [invoice(&billing, &customer).await.id, ids[1].clone()];
    let id = begin(&billing, &stripe, &fresh).await;
    payments::record(&billing, &Actor::System, entry(&fresh[0], EntryKind::Payment, 11_600))
        .await
        .unwrap();
    stripe.pay(&id, "card").await.unwrap();
    bed.clock.advance(HOUR);
    stripe::sweep(&billing).await.unwrap();
    assert_eq!(now(&billing, &fresh[0]).await.open(), -11_600, "to be sent back");
    assert_eq!(now(&billing, &fresh[1]).await.open(), 0);
    bed.check().await;
}
