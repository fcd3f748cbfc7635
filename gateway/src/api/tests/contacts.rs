//! Contacts, tickets and the quarantine.

use conversation::quarantine::{self, NewEntry};
use conversation::types::{Channel, Role};
use serde_json::{Value, json};

use super::{contact, conversation, with_mail};
use crate::testing::TestApp;

#[tokio::test]
async fn a_contact_is_found_changed_merged_and_parted() {
    let (test, inbox, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let ana = contact(&filed);
    let path = format!("/contacts/{ana}");
    let found = client.get("/contacts?identity=email:Ana@Example.com").await.expect(200);
    assert_eq!(found["items"][0]["id"], ana.as_str());
    let none = client.get("/contacts?identity=phone:%2B34600").await.expect(200);
    assert_eq!(
        (none["items"].as_array().unwrap().len(), &none["next"]),
        (0, &Value::Null)
    );

    for (patch, name, language, company) in [
        (json!({ "company": "Acme" }), "Ana", json!("es"), json!("Acme")),
        (
            json!({ "name": "Ana Pérez", "language": "pt" }),
            "Ana Pérez",
            json!("pt"),
            json!("Acme"),
        ),
        (json!({ "language": null }), "Ana Pérez", Value::Null, json!("Acme")),
        (json!({ "company": null }), "Ana Pérez", Value::Null, Value::Null),
        (json!({}), "Ana Pérez", Value::Null, Value::Null),
    ] {
        let now = client.patch(&path, patch.clone()).await.expect(200);
        assert_eq!(now["contact"]["name"], name, "{patch}");
        assert_eq!(now["contact"]["language"], language, "{patch}");
        assert_eq!(now["company"], company, "{patch}");
    }
    client
        .patch(&path, json!({ "phone": "1" }))
        .await
        .problem(422, "invalid");

    let eva = contact(&test.mail(&inbox, "eva@example.com", "m2@x", "Second").await);
    let merged = client
        .post(&format!("{path}/merge"), json!({ "from": eva }))
        .await
        .expect(201);
    assert_eq!(merged["contact"]["identities"].as_array().unwrap().len(), 2);
    assert_eq!(merged["contact"]["merges"][0]["id"], merged["merge_id"]);
    let led = client.get(&format!("/contacts/{eva}")).await.expect(200);
    assert_eq!(led["contact"]["id"], ana.as_str());
    client
        .post(&format!("{path}/merge"), json!({ "from": eva }))
        .await
        .problem(409, "conflict");
    client
        .post(&format!("{path}/merge"), json!({ "from": ana }))
        .await
        .problem(422, "invalid");
    let undo = format!("/contacts/merges/{}/undo", merged["merge_id"].as_str().unwrap());
    client.post(&undo, Value::Null).await.expect(204);
    let parted = client.get(&format!("/contacts/{eva}")).await.expect(200);
    assert_eq!(parted["contact"]["id"], eva.as_str());
    client.post(&undo, Value::Null).await.problem(409, "conflict");
}

#[tokio::test]
async fn a_ticket_follows_its_conversation() {
    let (test, _, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let id = conversation(&filed);
    let body = json!({ "conversation": id, "subject": " Toner ", "kind": "incident", "brief": "Tried another one" });
    let answer = client.post("/tickets", body).await;
    let ticket = answer.expect(201);
    assert_eq!(
        (ticket["number"].as_i64(), ticket["status"].as_str()),
        (Some(1), Some("new"))
    );
    assert_eq!(
        (ticket["subject"].as_str(), ticket["brief"].as_str()),
        (Some("Toner"), Some("Tried another one"))
    );
    let path = answer.header("location").strip_prefix("/api/v1").unwrap().to_owned();
    client
        .post(&format!("/conversations/{id}/actions"), json!({ "action": "resolve" }))
        .await
        .expect(200);
    let now = client.get(&path).await.expect(200);
    assert_eq!(now["status"], "resolved");
    assert!(now["resolved_at"].is_string());
    let read = client.get(&format!("/conversations/{id}")).await.expect(200);
    assert_eq!(read["tickets"][0], now);
    let empty = json!({ "conversation": id, "subject": " ", "kind": "incident" });
    client.post("/tickets", empty).await.problem(422, "invalid");
    let long = json!({ "conversation": id, "subject": "x", "kind": "incident", "brief": "x".repeat(20_001) });
    client.post("/tickets", long).await.problem(422, "invalid");
}

#[tokio::test]
async fn the_quarantine_is_paged_and_settled() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Agent).await;
    let mut ids = Vec::new();
    for number in 0..3 {
        let entry = NewEntry {
            inbox: None,
            channel: Channel::Whatsapp,
            external_id: None,
            reason: format!("cannot be read {number}"),
            raw_sha256: None,
        };
        ids.insert(0, quarantine::put(test.store(), entry).await.unwrap().to_string());
    }
    let first = client.get("/quarantine?limit=2").await.expect(200);
    let next = first["next"].as_str().unwrap();
    let second = client
        .get(&format!("/quarantine?limit=2&after={next}"))
        .await
        .expect(200);
    assert_eq!(second["next"], Value::Null);
    let items = [
        first["items"].as_array().unwrap().clone(),
        second["items"].as_array().unwrap().clone(),
    ]
    .concat();
    assert_eq!(
        items
            .iter()
            .map(|entry| entry["id"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ids
    );
    assert_eq!(items[0]["reason"], "cannot be read 2");
    let settle = format!("/quarantine/{}/settle", ids[0]);
    client.post(&settle, Value::Null).await.expect(204);
    client.post(&settle, Value::Null).await.problem(404, "not-found");
    assert_eq!(
        client.get("/quarantine").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn the_words_of_a_consent_are_kept_whole_or_refused() {
    let (test, _, filed) = with_mail().await;
    let client = test.with_token(Role::Agent).await;
    let path = format!("/contacts/{}/consents", contact(&filed));
    let consent = |words: String| json!({ "kind": "news", "is_given": true, "words": words });
    client
        .post(&path, consent("ñ".repeat(1_001)))
        .await
        .problem(422, "invalid");
    let kept = client.post(&path, consent("ñ".repeat(1_000))).await.expect(200);
    assert_eq!(kept["items"].as_array().unwrap().len(), 1);
    assert_eq!(kept["items"][0]["words"], "ñ".repeat(1_000));
}
