//! Customers: added, listed and changed by programs.

use conversation::contacts;
use conversation::types::{IdentityKind, Role};
use serde_json::{Value, json};

use crate::testing::TestApp;

#[tokio::test]
async fn a_customer_is_added_once_listed_and_changed() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Agent).await;
    let body = json!({
        "name": "Rosa Paz", "email": "Rosa@Paz.example", "phone": "+52 1 55 1234 5678", "language": "es",
        "tax_id": "179001", "address": "Av. 1",
    });
    let made = client.post_once("/customers", "key-1", body.clone()).await.expect(201);
    let again = client.post_once("/customers", "key-1", body).await.expect(201);
    assert_eq!(made, again);
    assert_eq!(made["phone"], "+525512345678", "one form for one telephone");
    let path = format!("/customers/{}", made["id"].as_str().unwrap());
    let list = client.get("/customers?q=rosa").await.expect(200);
    assert_eq!(list["items"], json!([made]));

    let changed = client
        .patch(&path, json!({ "name": "Rosa Paz Ruiz", "phone": "+525587654321" }))
        .await
        .expect(200);
    assert_eq!(changed["name"], "Rosa Paz Ruiz");
    for (field, value) in [("email", "rosa@paz.example"), ("tax_id", "179001"), ("language", "es")] {
        assert_eq!(changed[field], value, "{field} stays");
    }
    // Both numbers are hers now.
    for number in ["525512345678", "525587654321"] {
        let (one, _) = contacts::by_identity(test.store().db(), IdentityKind::Whatsapp, number)
            .await
            .unwrap()
            .unwrap();
        let (other, _) = contacts::by_identity(test.store().db(), IdentityKind::Email, "rosa@paz.example")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(one.id, other.id);
    }
    let none = client.patch(&path, json!({ "email": null })).await.expect(200);
    assert_eq!(none["email"], Value::Null);

    client
        .patch(&path, json!({ "phone": "55 1234" }))
        .await
        .problem(422, "invalid");
    client.patch(&path, json!({ "name": "" })).await.problem(422, "invalid");
    client
        .patch("/customers/nobody", json!({ "name": "X" }))
        .await
        .problem(404, "not-found");
    let taken = json!({ "name": "Somebody", "email": "else@paz.example", "phone": "+525587654321" });
    client.post("/customers", taken).await.problem(409, "conflict");
    test.with_token(Role::Supervisor)
        .await
        .patch(&path, json!({ "name": "X" }))
        .await
        .problem(403, "forbidden");
}
