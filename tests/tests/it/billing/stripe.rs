//! Payments by Stripe, against the stand-in: whatever happens to the web hook, each is written once.

use ::billing::issue;
use ::billing::payments::{self, EntryState};
use ::billing::settings::{self, StripeKeys};
use ::billing::state::State;
use ::billing::stripe::{self, HookError, Started, Surface, Taken};
use ::billing::{Billing, DocumentId};
use conversation::notices;
use conversation::types::Actor;
use serde_json::{Value, json};
use tests::harness::stripe::{HOOK_SECRET, PUBLISHABLE_KEY, SECRET_KEY, Stripe};

use super::{billing_at, customer, invoice, now};
use crate::core::bed::{Bed, HOUR, both};

both!(
    every_way_ends_in_one_step,
    two_people_pay_at_once,
    delayed_methods_are_shown_as_they_are,
    refunds_and_disputes_come_in_any_order,
    a_voided_invoice_is_closed_at_stripe,
    web_hooks_are_stripe_s_own,
    stripe_is_silent_for_a_while,
    what_does_not_fit_its_invoice_waits_for_a_person,
);

pub(super) async fn desk(bed: &Bed) -> (Billing, Stripe) {
    let stripe = Stripe::start(::billing::stripe::API_VERSION)
        .await
        .expect("the stand-in");
    let billing = billing_at(bed, &stripe.url);
    let keys = StripeKeys {
        secret_key: SECRET_KEY.to_owned(),
        publishable_key: PUBLISHABLE_KEY.to_owned(),
        hook_secret: HOOK_SECRET.to_owned(),
    };
    settings::set_stripe(&bed.store, &Actor::System, &keys)
        .await
        .expect("keys");
    (billing, stripe)
}

/// A web hook with this object, signed now.
pub(super) async fn hook(billing: &Billing, id: &str, kind: &str, object: &Value) -> Result<Taken, HookError> {
    let body = json!({ "id": id, "type": kind, "data": { "object": object } }).to_string();
    let header = stripe::sign(HOOK_SECRET, billing.store.now() / 1_000, body.as_bytes());
    stripe::receive(billing, Some(&header), body.as_bytes()).await
}

pub(super) async fn entries(billing: &Billing, id: &DocumentId) -> Vec<(i64, EntryState)> {
    payments::of_document(billing.store.db(), id)
        .await
        .unwrap()
        .into_iter()
        .map(|entry| (entry.amount, entry.state))
        .collect()
}

async fn begin(billing: &Billing, stripe: &Stripe, id: &DocumentId) -> String {
    let started = stripe::start(billing, std::slice::from_ref(id), Surface::Embedded)
        .await
        .unwrap();
    assert!(
        matches!(started, Started::Embedded { .. }),
        "{started:?}; {:?}",
        stripe.refused()
    );
    let sessions = stripe.sessions();
    sessions.last().unwrap()["id"].as_str().unwrap().to_owned()
}

pub(super) fn session(stripe: &Stripe, id: &str) -> Value {
    stripe
        .sessions()
        .into_iter()
        .find(|session| session["id"] == *id)
        .unwrap()
}

async fn every_way_ends_in_one_step(bed: Bed) {
    let (billing, stripe) = desk(&bed).await;
    let customer = customer(&bed, "Ana", None).await;
    // By web hook, by the way back, by the sweep; each alone is enough.
    for way in ["hook", "back", "sweep"] {
        let document = invoice(&billing, &customer).await;
        let id = begin(&billing, &stripe, &document.id).await;
        stripe.pay(&id, "card").await.unwrap();
        match way {
            "hook" => {
                let event = format!("evt_{way}");
                hook(&billing, &event, "checkout.session.completed", &session(&stripe, &id))
                    .await
                    .unwrap();
            }
            "back" => stripe::returned(&billing, &Actor::System, &document.id, &id)
                .await
                .unwrap(),
            _ => {
                bed.clock.advance(HOUR);
                stripe::sweep(&billing).await.unwrap();
            }
        }
        assert_eq!(now(&billing, &document.id).await.state, State::Paid, "{way}");
        assert_eq!(
            entries(&billing, &document.id).await,
            [(11_600, EntryState::Succeeded)],
            "{way}"
        );
    }
    // All of them at once, and twice.
    let document = invoice(&billing, &customer).await;
    let id = begin(&billing, &stripe, &document.id).await;
    stripe.pay(&id, "card").await.unwrap();
    bed.clock.advance(HOUR);
    let object = session(&stripe, &id);
    let (a, b, c, d, e) = tokio::join!(
        hook(&billing, "evt_x", "checkout.session.completed", &object),
        hook(&billing, "evt_x", "checkout.session.completed", &object),
        hook(&billing, "evt_y", "checkout.session.async_payment_succeeded", &object),
        stripe::returned(&billing, &Actor::System, &document.id, &id),
        stripe::sweep(&billing),
    );
    a.unwrap();
    b.unwrap();
    c.unwrap();
    d.unwrap();
    e.unwrap();
    assert_eq!(entries(&billing, &document.id).await, [(11_600, EntryState::Succeeded)]);
    assert!(stripe.refused().is_empty(), "{:?}", stripe.refused());
    // A session of another invoice opens nothing here.
    let other = invoice(&billing, &customer).await;
    assert!(
        stripe::returned(&billing, &Actor::System, &other.id, &id)
            .await
            .is_err()
    );
    bed.check().await;
}

async fn two_people_pay_at_once(bed: Bed) {
    let (billing, stripe) = desk(&bed).await;
    let customer = customer(&bed, "Ana", None).await;
    let document = invoice(&billing, &customer).await;
    // The second one comes while the first is being answered.
    stripe.hold_next();
    let (one, two) = tokio::join!(
        stripe::start(&billing, std::slice::from_ref(&document.id), Surface::Embedded),
        stripe::start(&billing, std::slice::from_ref(&document.id), Surface::Embedded)
    );
    assert_eq!(one.unwrap(), two.unwrap(), "one session for both");
    assert_eq!(stripe.sessions().len(), 1);
    // A third one without scripts: the first session is closed, so that it cannot be paid, too.
    stripe::start(&billing, std::slice::from_ref(&document.id), Surface::Hosted)
        .await
        .unwrap();
    let sessions = stripe.sessions();
    assert_eq!(sessions[0]["status"], "expired");
    let id = sessions[1]["id"].as_str().unwrap().to_owned();
    assert!(!stripe.pay(sessions[0]["id"].as_str().unwrap(), "card").await.unwrap());
    assert!(stripe.pay(&id, "card").await.unwrap());
    assert!(!stripe.pay(&id, "card").await.unwrap(), "a session is paid once");
    // Whoever begins now hears that it is paid.
    let late = stripe::start(&billing, std::slice::from_ref(&document.id), Surface::Hosted)
        .await
        .unwrap();
    assert_eq!(late, Started::Nothing);
    assert_eq!(now(&billing, &document.id).await.state, State::Paid);
    // A part was paid by transfer meanwhile: the old amount cannot be paid any more.
    let document = invoice(&billing, &customer).await;
    let old = begin(&billing, &stripe, &document.id).await;
    let part = payments::NewEntry {
        document: document.id.clone(),
        kind: payments::EntryKind::Payment,
        amount: 1_600,
        currency: document.currency,
        method: payments::Method::Transfer,
        state: EntryState::Succeeded,
        external_id: None,
        intent: None,
        detail: String::new(),
        happened_on: String::new(),
    };
    payments::record(&billing, &Actor::System, part).await.unwrap();
    let new = begin(&billing, &stripe, &document.id).await;
    assert_ne!(old, new);
    assert_eq!(session(&stripe, &old)["status"], "expired");
    assert_eq!(session(&stripe, &new)["amount_total"], 10_000);
    bed.check().await;
}

async fn delayed_methods_are_shown_as_they_are(bed: Bed) {
    let (billing, stripe) = desk(&bed).await;
    bed.inbox(conversation::types::Channel::Email, false).await;
    let customer = customer(&bed, "Ana", Some("ana@example.com")).await;
    for (arrives, state, paid) in [(true, State::Paid, 11_600), (false, State::Sent, 0)] {
        let document = invoice(&billing, &customer).await;
        let id = begin(&billing, &stripe, &document.id).await;
        stripe.pay(&id, "boleto").await.unwrap();
        let first = format!("evt_done_{arrives}");
        hook(&billing, &first, "checkout.session.completed", &session(&stripe, &id))
            .await
            .unwrap();
        let waiting = now(&billing, &document.id).await;
        assert_eq!((waiting.state, waiting.pending, waiting.paid), (State::Sent, 11_600, 0));
        assert!(!waiting.is_payable(), "nobody pays it a second time meanwhile");
        assert!(issue::void(&billing, &Actor::System, &document.id).await.is_err());
        stripe.settle(&id, arrives).await.unwrap();
        let (event, kind) = if arrives {
            ("evt_ok", "checkout.session.async_payment_succeeded")
        } else {
            ("evt_no", "checkout.session.async_payment_failed")
        };
        hook(&billing, event, kind, &session(&stripe, &id)).await.unwrap();
        // Old news after new ones change nothing.
        let mut old = session(&stripe, &id);
        old["payment_status"] = json!("unpaid");
        let again = format!("evt_late_{arrives}");
        hook(&billing, &again, "checkout.session.completed", &old)
            .await
            .unwrap();
        let settled = now(&billing, &document.id).await;
        assert_eq!((settled.state, settled.pending, settled.paid), (state, 0, paid));
        // Whoever paid by a slip hears either way, once.
        let mails = notices::lease(&bed.store, "test", 50).await.unwrap();
        let subjects: Vec<&str> = mails.iter().map(|mail| mail.subject.as_str()).collect();
        let said = if arrives {
            "Payment received"
        } else {
            "Payment not completed"
        };
        assert!(
            subjects.len() == 1 && subjects[0].starts_with(said),
            "{said}: {subjects:?}"
        );
    }
    bed.check().await;
}

async fn refunds_and_disputes_come_in_any_order(bed: Bed) {
    let (billing, stripe) = desk(&bed).await;
    let customer = customer(&bed, "Ana", None).await;
    let document = invoice(&billing, &customer).await;
    let id = begin(&billing, &stripe, &document.id).await;
    stripe.pay(&id, "card").await.unwrap();
    let intent = format!("pi_{id}");
    let refund = json!({ "id": "re_1", "object": "refund", "amount": 1_600, "currency": "usd", "payment_intent": intent, "status": "succeeded" });
    // The refund is heard of before its payment: it waits.
    let early = hook(&billing, "evt_r", "refund.created", &refund).await.unwrap();
    assert_eq!(early, Taken::Nothing);
    hook(&billing, "evt_p", "checkout.session.completed", &session(&stripe, &id))
        .await
        .unwrap();
    assert_eq!(
        entries(&billing, &document.id).await,
        [(11_600, EntryState::Succeeded), (-1_600, EntryState::Succeeded)]
    );
    assert_eq!(now(&billing, &document.id).await.open(), 1_600);
    hook(&billing, "evt_r2", "refund.updated", &refund).await.unwrap();
    assert_eq!(entries(&billing, &document.id).await.len(), 2);

    let dispute = |status: &str| json!({ "id": "dp_1", "object": "dispute", "amount": 10_000, "currency": "usd", "payment_intent": intent, "status": status, "reason": "fraudulent" });
    hook(&billing, "evt_d1", "charge.dispute.created", &dispute("needs_response"))
        .await
        .unwrap();
    let open = now(&billing, &document.id).await;
    assert_eq!((open.disputed, open.paid), (10_000, 10_000), "the bank has not decided");
    hook(&billing, "evt_d2", "charge.dispute.closed", &dispute("lost"))
        .await
        .unwrap();
    let lost = now(&billing, &document.id).await;
    assert_eq!((lost.disputed, lost.paid, lost.open()), (0, 0, 11_600));

    // What the business sends back by itself, pressed twice.
    let document = invoice(&billing, &customer).await;
    let id = begin(&billing, &stripe, &document.id).await;
    stripe.pay(&id, "card").await.unwrap();
    stripe::returned(&billing, &Actor::System, &document.id, &id)
        .await
        .unwrap();
    let payment = payments::of_document(bed.store.db(), &document.id)
        .await
        .unwrap()
        .remove(0);
    for _ in 0..2 {
        stripe::refund(&billing, &Actor::System, &document.id, &payment.id, 600, "press-1")
            .await
            .unwrap();
    }
    assert_eq!(now(&billing, &document.id).await.paid, 11_000);
    let too_much = stripe::refund(&billing, &Actor::System, &document.id, &payment.id, 11_001, "press-2").await;
    assert!(too_much.is_err());
    bed.check().await;
}

async fn a_voided_invoice_is_closed_at_stripe(bed: Bed) {
    let (billing, stripe) = desk(&bed).await;
    let customer = customer(&bed, "Ana", None).await;
    let document = invoice(&billing, &customer).await;
    let id = begin(&billing, &stripe, &document.id).await;
    issue::void(&billing, &Actor::System, &document.id).await.unwrap();
    stripe::expire_open(&billing, &document.id).await.unwrap();
    assert_eq!(session(&stripe, &id)["status"], "expired");
    assert_eq!(
        stripe::start(&billing, std::slice::from_ref(&document.id), Surface::Embedded)
            .await
            .unwrap(),
        Started::Nothing
    );
    // Paid in the moment of the void: the money is kept in the books and is to be sent back.
    let document = invoice(&billing, &customer).await;
    let id = begin(&billing, &stripe, &document.id).await;
    issue::void(&billing, &Actor::System, &document.id).await.unwrap();
    stripe.pay(&id, "card").await.unwrap();
    stripe::expire_open(&billing, &document.id).await.unwrap();
    let void = now(&billing, &document.id).await;
    assert_eq!((void.state, void.paid, void.open()), (State::Void, 11_600, -11_600));
    bed.check().await;
}

async fn web_hooks_are_stripe_s_own(bed: Bed) {
    let (billing, stripe) = desk(&bed).await;
    let customer = customer(&bed, "Ana", None).await;
    let document = invoice(&billing, &customer).await;
    let id = begin(&billing, &stripe, &document.id).await;
    stripe.pay(&id, "card").await.unwrap();
    let object = session(&stripe, &id);
    let body = json!({ "id": "evt_f", "type": "checkout.session.completed", "data": { "object": object } }).to_string();
    let at = bed.store.now() / 1_000;
    for header in [
        None,
        Some(String::new()),
        Some(stripe::sign("whsec_other", at, body.as_bytes())),
        Some(stripe::sign(HOOK_SECRET, at - 301, body.as_bytes())),
        Some(stripe::sign(HOOK_SECRET, at, b"{}")),
    ] {
        let refused = stripe::receive(&billing, header.as_deref(), body.as_bytes()).await;
        assert!(matches!(refused, Err(HookError::Signature(_))), "{header:?}");
    }
    for odd in ["", "[]", "{", "{\"id\":1}", "null"] {
        let header = stripe::sign(HOOK_SECRET, at, odd.as_bytes());
        let refused = stripe::receive(&billing, Some(&header), odd.as_bytes()).await;
        assert!(matches!(refused, Err(HookError::Unreadable)), "{odd}");
    }
    // Signed, but not what was asked for: nothing is believed.
    for (field, value) in [
        ("amount_total", json!(1)),
        ("currency", json!("eur")),
        ("currency", json!("xxx")),
    ] {
        let mut changed = object.clone();
        changed[field] = value;
        let event = format!("evt_{field}_{changed}").chars().take(60).collect::<String>();
        hook(&billing, &event, "checkout.session.completed", &changed)
            .await
            .unwrap();
        assert!(entries(&billing, &document.id).await.is_empty(), "{field}");
    }
    let mut unknown = object.clone();
    unknown["id"] = json!("cs_of_somebody_else");
    unknown["client_reference_id"] = json!("x");
    assert_eq!(
        hook(&billing, "evt_u", "checkout.session.completed", &unknown)
            .await
            .unwrap(),
        Taken::Nothing
    );
    assert_eq!(now(&billing, &document.id).await.paid, 0);
    bed.check().await;
}

async fn stripe_is_silent_for_a_while(bed: Bed) {
    let (billing, stripe) = desk(&bed).await;
    let customer = customer(&bed, "Ana", None).await;
    let document = invoice(&billing, &customer).await;
    stripe.set_silent(true);
    assert!(
        stripe::start(&billing, std::slice::from_ref(&document.id), Surface::Embedded)
            .await
            .is_err()
    );
    stripe.set_silent(false);
    let id = begin(&billing, &stripe, &document.id).await;
    assert_eq!(stripe.sessions().len(), 1, "the same attempt goes on");
    stripe.pay(&id, "card").await.unwrap();
    stripe.set_silent(true);
    bed.clock.advance(HOUR);
    assert_eq!(stripe::sweep(&billing).await.unwrap(), 1);
    assert_eq!(now(&billing, &document.id).await.paid, 0);
    stripe.set_silent(false);
    bed.clock.advance(7 * HOUR);
    stripe::sweep(&billing).await.unwrap();
    assert_eq!(now(&billing, &document.id).await.state, State::Paid);
    // With another key Stripe refuses, and the customer is told that it could not begin.
    let keys = StripeKeys {
        secret_key: "sk_wrong".to_owned(),
        ..settings::stripe(bed.store.db(), &bed.store).await.unwrap()
    };
    settings::set_stripe(&bed.store, &Actor::System, &keys).await.unwrap();
    let other = invoice(&billing, &customer).await;
    let refused = stripe::start(&billing, std::slice::from_ref(&other.id), Surface::Embedded)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("401"), "{refused}");
    bed.check().await;
}

async fn what_does_not_fit_its_invoice_waits_for_a_person(bed: Bed) {
    let (billing, stripe) = desk(&bed).await;
    let customer = customer(&bed, "Ana", None).await;
    let odd = async || {
        let all = stripe::odd(bed.store.db(), 10).await.unwrap();
        all.into_iter().map(|document| document.id).collect::<Vec<_>>()
    };
    for (kind, field, value) in [
        ("amount", "amount_total", json!(5_000)),
        ("currency", "currency", json!("jpy")),
        ("unknown", "currency", json!("xxx")),
    ] {
        let document = invoice(&billing, &customer).await;
        let id = begin(&billing, &stripe, &document.id).await;
        stripe.pay(&id, "card").await.unwrap();
        let mut object = session(&stripe, &id);
        object[field] = value;
        let events = [format!("evt_{kind}1"), format!("evt_{kind}2")];
        let taken = hook(&billing, &events[0], "checkout.session.completed", &object).await;
        assert_eq!(taken.unwrap(), Taken::Changed, "{kind}");
        let again = hook(
            &billing,
            &events[1],
            "checkout.session.async_payment_succeeded",
            &object,
        )
        .await;
        assert_eq!(again.unwrap(), Taken::Nothing, "{kind}: told once");
        assert!(
            entries(&billing, &document.id).await.is_empty(),
            "{kind}: nobody knows what it settles"
        );
        assert_eq!(odd().await, std::slice::from_ref(&document.id), "{kind}");
        let started = stripe::start(&billing, std::slice::from_ref(&document.id), Surface::Hosted).await;
        assert_eq!(started.unwrap(), Started::Nothing, "{kind}: not paid twice");
        // A person looks, and writes down what came.
        bed.clock.advance(HOUR);
        let entry = payments::NewEntry {
            document: document.id.clone(),
            kind: payments::EntryKind::Payment,
            amount: 5_000,
            currency: now(&billing, &document.id).await.currency,
            method: payments::Method::Other,
            state: EntryState::Succeeded,
            external_id: None,
            intent: None,
            detail: "Stripe".to_owned(),
            happened_on: String::new(),
        };
        payments::record(&billing, &Actor::System, entry).await.unwrap();
        assert!(odd().await.is_empty(), "{kind}");
        let rest = stripe::start(&billing, std::slice::from_ref(&document.id), Surface::Hosted).await;
        assert!(
            matches!(rest.unwrap(), Started::Hosted(_)),
            "{kind}: the rest can be paid"
        );
    }
    // Or takes the invoice back.
    let document = invoice(&billing, &customer).await;
    let id = begin(&billing, &stripe, &document.id).await;
    stripe.pay(&id, "card").await.unwrap();
    let mut object = session(&stripe, &id);
    object["amount_total"] = json!(5_000);
    let taken = hook(&billing, "evt_void", "checkout.session.completed", &object).await;
    assert_eq!(taken.unwrap(), Taken::Changed);
    assert_eq!(odd().await, std::slice::from_ref(&document.id));
    bed.clock.advance(HOUR);
    billing::issue::void(&billing, &Actor::System, &document.id)
        .await
        .unwrap();
    assert!(odd().await.is_empty());
    bed.check().await;
}
