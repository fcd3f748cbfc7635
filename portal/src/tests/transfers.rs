//! Customers who pay by transfer and say so.

use billing::announced::{self, Found};
use billing::documents;
use billing::payments::{self, EntryState};
use conversation::types::{Actor, Level};
use conversation::views::Filter;

use super::walk::invoice_of;
use super::*;

/// What the form of an invoice's page holds, filled in.
async fn told(desk: &Desk, page: &str, cookie: &str, amount: &str, files: &[(&str, &[u8])]) -> Answer {
    let token = desk.get(page, cookie).await.field("token");
    let fields = [
        ("token", token.as_str()),
        ("amount", amount),
        ("day", "2023-11-14"),
        ("reference", "TR-77"),
    ];
    desk.post_files(&format!("{page}/transfer"), cookie, &fields, files)
        .await
}

async fn conversations(desk: &Desk) -> usize {
    let all = views::conversations(desk.store.db(), &Filter::default(), None, 10).await;
    all.unwrap().len()
}

#[tokio::test]
async fn a_transfer_that_was_told_of_is_on_its_way_until_somebody_looked() {
    let desk = desk().await;
    let inbox = NewInbox {
        channel: Channel::Portal,
        name: "Portal".into(),
        language: Language::En,
        address: "portal".into(),
        bot_enabled: true,
        settings: serde_json::json!({}),
    };
    inboxes::create(&desk.store, &Actor::System, inbox).await.unwrap();
    let portal = test_portal(&desk.store);
    let (invoice, ana) = invoice_of(&desk, &portal, "Ana", "ana@example.com").await;
    let page = format!("/portal/documents/{invoice}");
    let before = conversations(&desk).await;

    let form = desk.get(&page, &ana).await;
    assert!(form.text.contains("name=\"amount\""), "{}", form.text);
    let token = form.field("token");
    let fields = [
        ("token", token.as_str()),
        ("amount", "20.00"),
        ("day", "2023-11-14"),
        ("reference", "TR-77"),
    ];
    let receipt: &[(&str, &[u8])] = &[("receipt.png", b"\x89PNG receipt")];
    for _ in 0..2 {
        // Pressed twice, it is one.
        let answer = desk
            .post_files(&format!("{page}/transfer"), &ana, &fields, receipt)
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        assert!(answer.location().ends_with("said=announced"));
    }
    let entries = payments::of_document(desk.store.db(), &invoice).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].amount, entries[0].state), (2_000, EntryState::Pending));
    let document = documents::load(desk.store.db(), &invoice).await.unwrap();
    assert_eq!((document.paid, document.pending, document.payable()), (0, 2_000, 3_000));
    assert_eq!(announced::waiting(desk.store.db(), 10).await.unwrap().len(), 1);
    assert_eq!(conversations(&desk).await, before + 1, "somebody is told");
    let name = entries[0].announced().unwrap();
    let told_in = crate::client::transfer::conversation_of(desk.store.db(), name)
        .await
        .unwrap();
    let all = views::conversations(desk.store.db(), &Filter::default(), None, 1)
        .await
        .unwrap();
    assert_eq!(all[0].level, Level::N1, "the bot has nothing to say to it");
    let timeline = views::timeline(desk.store.db(), &told_in.unwrap(), None, 10)
        .await
        .unwrap();
    assert!(timeline[0].text.contains("TR-77"), "{}", timeline[0].text);
    let shown = desk.get(&page, &ana).await.text;
    assert!(shown.contains("told by the customer"), "{shown}");

    // Less arrived than was told: the bank kept some.
    let arrived = Found::Arrived(1_950);
    announced::settle(&portal.billing, &Actor::System, &invoice, &entries[0].id, arrived)
        .await
        .unwrap();
    let document = documents::load(desk.store.db(), &invoice).await.unwrap();
    assert_eq!((document.paid, document.pending, document.payable()), (1_950, 0, 3_050));
    let again = announced::settle(
        &portal.billing,
        &Actor::System,
        &invoice,
        &entries[0].id,
        Found::Nothing,
    )
    .await;
    assert!(matches!(again, Err(conversation::Error::Conflict(_))));

    // What never came is asked for again.
    assert_eq!(
        told(&desk, &page, &ana, "30,50", &[]).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(
        !desk.get(&page, &ana).await.text.contains("name=\"amount\""),
        "all of it is on its way"
    );
    let second = payments::of_document(desk.store.db(), &invoice).await.unwrap();
    let second = second.iter().find(|entry| entry.announced().is_some()).unwrap();
    announced::settle(&portal.billing, &Actor::System, &invoice, &second.id, Found::Nothing)
        .await
        .unwrap();
    let document = documents::load(desk.store.db(), &invoice).await.unwrap();
    assert_eq!(document.payable(), 3_050);
    assert!(desk.get(&page, &ana).await.text.contains("did not arrive"));
}

#[tokio::test]
async fn what_cannot_be_a_transfer_comes_back_with_what_was_typed() {
    let desk = desk().await;
    let portal = test_portal(&desk.store);
    let (invoice, ana) = invoice_of(&desk, &portal, "Ana", "ana@example.com").await;
    let (_, eve) = invoice_of(&desk, &portal, "Eve", "eve@example.com").await;
    let page = format!("/portal/documents/{invoice}");
    let before = conversations(&desk).await;
    let token = desk.get(&page, &ana).await.field("token");
    let cases = [
        (token.as_str(), "50.01", "2023-11-14", "no more than is left to pay"),
        (token.as_str(), "0", "2023-11-14", "more than nothing"),
        (token.as_str(), "ten", "2023-11-14", "value=\"ten\""),
        (token.as_str(), "20", "2023-11-16", "still to come"),
        (token.as_str(), "20", "soon", "is not a day"),
        ("forged", "20", "2023-11-14", "name=\"reference\""),
    ];
    for (token, amount, day, why) in cases {
        let fields = [
            ("token", token),
            ("amount", amount),
            ("day", day),
            ("reference", "TR <77>"),
        ];
        let answer = desk.post_files(&format!("{page}/transfer"), &ana, &fields, &[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{amount} {day}");
        assert!(answer.text.contains(why), "{why}: {}", answer.text);
        assert!(answer.text.contains("value=\"TR &lt;77&gt;\""), "{}", answer.text);
    }
    let foreign = told(&desk, &page, &ana, "20", &[]).await.status;
    assert_eq!(foreign, StatusCode::SEE_OTHER);
    let fields = [
        ("token", token.as_str()),
        ("amount", "1"),
        ("day", ""),
        ("reference", ""),
    ];
    let hers = desk.post_files(&format!("{page}/transfer"), &eve, &fields, &[]).await;
    assert_eq!(hers.status, StatusCode::NOT_FOUND);
    let nobody = desk.post_files(&format!("{page}/transfer"), "", &fields, &[]).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    assert_eq!(conversations(&desk).await, before + 1);
    assert_eq!(payments::of_document(desk.store.db(), &invoice).await.unwrap().len(), 1);
}
