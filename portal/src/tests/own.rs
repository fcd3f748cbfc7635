//! What customers change of their own, and what they have sent again.

use billing::{customers, documents, pdf};
use conversation::db::sql;
use conversation::notices;
use conversation::views::Filter;

use super::walk::invoice_of;
use super::*;

fn form(fields: &[(&str, &str)]) -> String {
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", ui::routes::escape(value)));
    fields.collect::<Vec<_>>().join("&")
}

#[tokio::test]
async fn a_customer_changes_the_address_on_new_invoices() {
    let desk = desk().await;
    let portal = test_portal(&desk.store);
    let db = desk.store.db();
    let (invoice, ana) = invoice_of(&desk, &portal, "Ana", "ana@example.com").await;
    let (_, eve) = invoice_of(&desk, &portal, "Eve", "eve@example.com").await;
    let document = documents::load(db, &invoice).await.unwrap();
    let customer = document.customer_id.clone();
    let before = pdf::content(&portal.billing, &document).await.unwrap().bill_to.address;
    let shown = desk.get("/portal/account", &ana).await;
    assert!(shown.text.contains("name=\"address\""), "{}", shown.text);
    let post = async |cookie: &str, address: &str, email: &str| {
        let fields = [("customer", customer.as_str()), ("address", address), ("email", email)];
        desk.post("/portal/account/billing", cookie, &form(&fields)).await
    };
    // Somebody else's is as if it were not there.
    assert_eq!(post(&eve, "Here", "").await.status, StatusCode::NOT_FOUND);
    for (address, email, words) in [
        ("  ", "ana@example.com", "write the address"),
        (&"a\n".repeat(9)[..], "ana@example.com", "at most 8 lines"),
        ("Av. 1", "eve@example.com", "choose one of these addresses"),
    ] {
        let answer = post(&ana, address, email).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains(words), "{}", answer.text);
    }
    assert_eq!(customers::load(db, &customer).await.unwrap().address, "");

    let answer = post(&ana, "Av. Amazonas 1\r\nQuito", "ana@example.com").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let said = desk.get(answer.location(), &ana).await;
    assert!(said.text.contains("New invoices carry it"), "{}", said.text);
    let now = customers::load(db, &customer).await.unwrap();
    assert_eq!(
        (now.address.as_str(), now.email.as_deref()),
        ("Av. Amazonas 1\nQuito", Some("ana@example.com"))
    );
    // What was issued stays as it was.
    let document = documents::load(db, &invoice).await.unwrap();
    let kept = pdf::content(&portal.billing, &document).await.unwrap().bill_to.address;
    assert_eq!(kept, before);
    // The business is told, once; the same again is no change.
    post(&ana, "Av. Amazonas 1\nQuito", "").await;
    let all = views::conversations(db, &Filter::default(), None, 10).await.unwrap();
    let told: Vec<_> = all
        .iter()
        .filter(|one| one.subject.as_deref() == Some("Billing details of Ana"))
        .collect();
    assert_eq!(told.len(), 1);
    let timeline = views::timeline(db, &told[0].id, None, 10).await.unwrap();
    assert!(
        timeline[0]
            .text
            .contains("Billing address: Av. Amazonas 1, Quito (before: none)"),
        "{}",
        timeline[0].text
    );
    let (audited,): (i64,) = sql("SELECT COUNT(*) FROM audit WHERE action = 'customer.edited' AND object = $1")
        .bind(customer.as_str())
        .one(db)
        .await
        .unwrap();
    assert_eq!(audited, 1);
}

#[tokio::test]
async fn an_invoice_is_sent_again_a_few_times() {
    let desk = desk().await;
    let portal = test_portal(&desk.store);
    let (invoice, ana) = invoice_of(&desk, &portal, "Ana", "ana@example.com").await;
    notices::lease(&desk.store, "before", 50).await.unwrap();
    let page = format!("/portal/documents/{invoice}");
    assert!(desk.get(&page, &ana).await.text.contains("Send again"));
    for _ in 0..3 {
        let answer = desk.post(&format!("{page}/again"), &ana, "").await;
        assert!(answer.location().ends_with("said=again"), "{}", answer.location());
    }
    let mails = notices::lease(&desk.store, "test", 50).await.unwrap();
    assert_eq!(mails.len(), 3);
    assert!(mails.iter().all(|mail| mail.recipient == "ana@example.com"));
    let often = desk.post(&format!("{page}/again"), &ana, "").await;
    assert_eq!(often.status, StatusCode::TOO_MANY_REQUESTS);
}
