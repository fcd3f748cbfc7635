//! Transfers that customers told of, looked for by a program.

use billing::DocumentId;
use billing::announced::{Transfer, announce};
use conversation::types::{Actor, Role};
use serde_json::{Value, json};

use crate::testing::TestApp;

#[tokio::test]
async fn a_program_confirms_and_denies_transfers() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Agent).await;
    let customer = json!({ "name": "Rosa Paz", "email": "rosa@paz.example", "language": "es" });
    let customer = client.post("/customers", customer).await.expect(201);
    let draft = json!({
        "customer": customer["id"], "kind": "invoice",
        "lines": [{ "description": "Lease", "quantity": 1000, "unit_price": 10000 }],
    });
    let invoice = client.post("/documents", draft).await.expect(201);
    let path = format!("/documents/{}", invoice["id"].as_str().unwrap());
    client
        .post(&format!("{path}/send"), json!({ "mail": false }))
        .await
        .expect(200);
    for (name, amount) in [("one", 6000), ("two", 4000)] {
        let told = Transfer {
            document: DocumentId::from(invoice["id"].as_str().unwrap()),
            amount,
            happened_on: String::new(),
            reference: format!("TR-{name}"),
            name: name.to_owned(),
        };
        announce(&test.app.billing, &Actor::System, told).await.unwrap();
    }
    let list = client.get(&format!("{path}/transfers")).await.expect(200);
    let waiting = list["items"].as_array().unwrap();
    let told: Vec<(&Value, &Value)> = waiting.iter().map(|one| (&one["amount"], &one["reference"])).collect();
    assert_eq!(
        told,
        [(&json!(6000), &json!("TR-one")), (&json!(4000), &json!("TR-two"))]
    );
    let of = |at: usize| format!("{path}/transfers/{}", waiting[at]["id"].as_str().unwrap());

    client
        .post(&of(0), json!({ "arrived": true, "amount": 0 }))
        .await
        .problem(422, "invalid");
    // The bank kept a fee.
    let now = client
        .post(&of(0), json!({ "arrived": true, "amount": 5900 }))
        .await
        .expect(200);
    assert_eq!((&now["paid"], &now["pending"]), (&json!(5900), &json!(4000)));
    client
        .post(&of(0), json!({ "arrived": true }))
        .await
        .problem(409, "conflict");
    let now = client.post(&of(1), json!({ "arrived": false })).await.expect(200);
    assert_eq!((&now["paid"], &now["pending"]), (&json!(5900), &json!(0)));
    assert_eq!(
        client.get(&format!("{path}/transfers")).await.expect(200)["items"],
        json!([])
    );
    client
        .post(&format!("{path}/transfers/nothing"), json!({ "arrived": true }))
        .await
        .problem(404, "not-found");
    test.with_token(Role::Supervisor)
        .await
        .post(&of(1), json!({ "arrived": true }))
        .await
        .problem(403, "forbidden");
}
