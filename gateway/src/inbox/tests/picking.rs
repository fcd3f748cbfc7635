//! What an agent picks while they write: cards of the customer's things, canned replies, what to merge with.

use billing::customers::{self, CustomerData, Preferred};
use billing::documents::{self, Draft};
use billing::money::Currency;
use billing::state::Kind;
use billing::totals::{Line, Rounding};
use billing::{day, issue};
use conversation::desk::Texts;
use conversation::desk::canned::{self, NewCannedReply};
use conversation::types::{Actor, Language, MessageKind, Role};
use conversation::{surveys, views};

use super::Desk;
use crate::auth::testing::{Browser, agent};

/// An invoice of whoever reads mail there; returns its id and number.
async fn invoice(desk: &Desk, email: &str) -> (String, String) {
    document(desk, email, Kind::Invoice).await
}

async fn document(desk: &Desk, email: &str, kind: Kind) -> (String, String) {
    let billing = &desk.test.app.billing;
    let mut tx = desk.test.store().begin().await.unwrap();
    let data = CustomerData {
        phone: None,
        name: format!("Customer {email}"),
        email: Some(email.to_owned()),
        is_company: false,
        language: Language::En,
        channel: Preferred::Email,
        tax_id: String::new(),
        address: String::new(),
    };
    let customer = customers::create_in(&mut tx, &Actor::System, data).await.unwrap();
    let today = billing.today();
    let draft = Draft {
        kind,
        currency: Currency::USD,
        language: Language::En,
        issued_on: today,
        due_on: day::plus(today, 15),
        rounding: Rounding::Total,
        notes: String::new(),
        lines: vec![Line {
            description: "Lease".to_owned(),
            quantity: 1_000,
            unit_price: 12_500,
            discount: 0,
            taxes: Vec::new(),
        }],
        external_number: None,
        related_id: None,
        is_published: false,
        is_reminded: false,
    };
    let id = documents::create_in(&mut tx, &Actor::System, &customer, draft)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (document, _) = issue::send(billing, &Actor::System, &id, true).await.unwrap();
    (document.id.to_string(), document.number.unwrap())
}

#[tokio::test]
async fn an_estimate_is_not_called_an_invoice() {
    let desk = Desk::new().await;
    let (_, number) = document(&desk, "joana@example.org", Kind::Estimate).await;
    let mut ana = desk.ana().await;
    ana.get(&desk.path("cards?q="))
        .await
        .expect(200)
        .has(&format!("Estimate {number}"))
        .has("<span class=\"muted\">Estimate</span>")
        .lacks("Invoice");
}

#[tokio::test]
async fn an_agent_sends_the_customers_invoice_as_a_card() {
    let desk = Desk::new().await;
    let (id, number) = invoice(&desk, "joana@example.org").await;
    let (foreign, foreign_number) = invoice(&desk, "eva@example.org").await;
    let mut ana = desk.ana().await;
    for path in [
        "cards?q=".to_owned(),
        "cards?kind=invoice".to_owned(),
        format!("cards?q={number}"),
    ] {
        ana.get(&desk.path(&path))
            .await
            .expect(200)
            .has(&number)
            .has("125.00")
            .lacks(&foreign_number);
    }
    let card = format!("invoice:{id}");
    let head = desk.head().await;
    let fields = [
        ("kind", "reply"),
        ("text", "Here it is."),
        ("card", card.as_str()),
        ("seen_position", head.as_str()),
    ];
    ana.post(&desk.path("reply"), &fields).await.expect(200);
    let all = views::timeline(desk.test.store().db(), &desk.id, None, 100)
        .await
        .unwrap();
    let sent: Vec<_> = all
        .iter()
        .filter(|message| message.kind == MessageKind::Outbound)
        .flat_map(|message| &message.cards)
        .collect();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].kind.as_str(), sent[0].reference.as_str()),
        ("invoice", id.as_str())
    );
    // Somebody else's is no card here.
    let foreign = format!("invoice:{foreign}");
    let head = desk.head().await;
    let fields = [
        ("kind", "reply"),
        ("text", "And this."),
        ("card", foreign.as_str()),
        ("seen_position", head.as_str()),
    ];
    ana.post(&desk.path("reply"), &fields)
        .await
        .expect(422)
        .has("no longer there");
    assert_eq!(desk.count(MessageKind::Outbound).await, 1);
}

#[tokio::test]
async fn who_may_not_see_the_books_is_offered_no_invoices() {
    let desk = Desk::new().await;
    let (id, number) = invoice(&desk, "joana@example.org").await;
    let carla = agent(&desk.test, "Carla", Role::Coordinator).await;
    let mut tx = desk.test.store().begin().await.unwrap();
    let contact = desk.now().await.contact_id;
    let company = conversation::contacts::company_in(&mut tx, "Acme").await.unwrap();
    conversation::contacts::join_company_in(&mut tx, &Actor::System, &contact, &company)
        .await
        .unwrap();
    conversation::memberships::look_after_in(&mut tx, &Actor::System, &carla.id, &company, true)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut carla = Browser::of(&desk.test, &carla).await.scripted();
    carla
        .get(&format!("/inbox/c/{}", desk.id))
        .await
        .expect(200)
        .has("The printer is jammed")
        .lacks(&number)
        .lacks("data-kind=\"invoice\"");
    carla.get(&desk.path("cards?q=")).await.expect(200).lacks(&number);
    let card = format!("invoice:{id}");
    let head = desk.head().await;
    let fields = [
        ("kind", "reply"),
        ("text", "Here."),
        ("card", card.as_str()),
        ("seen_position", head.as_str()),
    ];
    carla.post(&desk.path("reply"), &fields).await.expect(422);
    assert_eq!(desk.count(MessageKind::Outbound).await, 0);
}

#[tokio::test]
async fn a_canned_reply_is_shown_filled_with_a_mark_where_a_value_is_missing() {
    let desk = Desk::new().await;
    let reply = NewCannedReply {
        owner: None,
        shortcut: "hi".to_owned(),
        title: "Greeting".to_owned(),
        category: String::new(),
        bodies: Texts::of([(
            Language::Es,
            "Hola {{contact.first_name}}, de {{company.name}}: soy {{agent.first_name}}.".to_owned(),
        )]),
        fits: None,
    };
    canned::create(desk.test.store(), &Actor::System, reply).await.unwrap();
    let mut ana = desk.ana().await;
    ana.get(&desk.path("canned?q=hi"))
        .await
        .expect(200)
        .has("Hola Ana, de <mark class=\"hole\">company: missing</mark>: soy Ana.")
        .lacks("{{");
}

#[tokio::test]
async fn a_conversation_becomes_part_of_another_of_the_same_customer_by_a_press() {
    let desk = Desk::new().await;
    let other = desk
        .test
        .mail(
            &desk.inbox,
            "joana@example.org",
            "b@example.org",
            "And the toner is empty",
        )
        .await
        .conversation
        .unwrap();
    let stranger = desk
        .test
        .mail(&desk.inbox, "eva@example.org", "c@example.org", "Mine is on fire")
        .await
        .conversation
        .unwrap();
    let load = async |id| {
        conversation::access::conversation(desk.test.store().db(), &Actor::System, id)
            .await
            .unwrap()
    };
    let (number, foreign) = (load(&other).await.number, load(&stranger).await.number);
    let mut ana = desk.ana().await;
    ana.get(&format!("/inbox/c/{}", desk.id))
        .await
        .expect(200)
        .has(&format!("name=\"chosen\" value=\"{number}\""))
        .lacks(&format!("name=\"chosen\" value=\"{foreign}\""));
    // Two customers' never become one: each would read the other.
    let typed = foreign.to_string();
    ana.post(&desk.path("merge"), &[("number", typed.as_str())])
        .await
        .expect(422);
    let chosen = number.to_string();
    ana.post(&desk.path("merge"), &[("number", ""), ("chosen", chosen.as_str())])
        .await;
    assert_eq!(load(&desk.id).await.id, other);
    assert_eq!(load(&stranger).await.id, stranger);
}

#[tokio::test]
async fn before_two_customers_become_one_it_is_said_what_each_will_read() {
    let desk = Desk::new().await;
    desk.test
        .mail(&desk.inbox, "eva@example.org", "c@example.org", "Mine is on fire")
        .await;
    let mut ana = desk.ana().await;
    ana.get(&desk.path("merge-preview?identity=eva@example.org"))
        .await
        .expect(200)
        .has("each reads what the other wrote");
}

#[tokio::test]
async fn an_agent_asks_how_it_was_and_takes_it_back() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let page = format!("/inbox/c/{}", desk.id);
    ana.get(&page).await.expect(200).lacks("data-kind=\"survey\"");
    ana.get(&desk.path("cards?kind=survey"))
        .await
        .expect(200)
        .lacks("survey:new");
    let asks = surveys::Settings {
        inboxes: vec![desk.inbox.clone()],
        ..surveys::Settings::usual(surveys::Kind::Csat)
    };
    surveys::save_settings(desk.test.store(), &Actor::System, &asks)
        .await
        .unwrap();
    ana.get(&page).await.expect(200).has("data-kind=\"survey\"");
    ana.get(&desk.path("cards?kind=survey"))
        .await
        .expect(200)
        .has("survey:new");
    let head = desk.head().await;
    let note = [
        ("kind", "note"),
        ("text", "For us."),
        ("card", "survey:new"),
        ("seen_position", head.as_str()),
    ];
    ana.post(&desk.path("reply"), &note).await.expect(422);
    let fields = [
        ("kind", "reply"),
        ("text", "All done."),
        ("card", "survey:new"),
        ("undo", "1"),
        ("seen_position", head.as_str()),
    ];
    ana.post(&desk.path("reply"), &fields).await.expect(200);
    let contact = desk.now().await.contact_id;
    let all = async || surveys::of_contact(desk.test.store().db(), &contact, 10).await.unwrap();
    let asked = all().await;
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].state, surveys::State::Asked);
    let message = asked[0].message.clone().unwrap();
    ana.post(&desk.path("undo"), &[("message", message.as_str())])
        .await
        .expect(200)
        .has("survey:");
    assert!(
        all().await.iter().all(|one| one.state == surveys::State::Skipped),
        "nobody was asked"
    );
    // The words are written again, with the card as the draft kept it.
    let again = format!("survey:{}", asked[0].id);
    let head = desk.head().await;
    let fields = [
        ("kind", "reply"),
        ("text", "All done."),
        ("card", again.as_str()),
        ("seen_position", head.as_str()),
    ];
    ana.post(&desk.path("reply"), &fields).await.expect(200);
    let now = all().await;
    let asked: Vec<_> = now.iter().filter(|one| one.state == surveys::State::Asked).collect();
    assert_eq!(asked.len(), 1);
    surveys::answer(desk.test.store(), &asked[0].id, 5, None).await.unwrap();
    assert!(all().await.iter().any(|one| one.score == Some(5)));
}
