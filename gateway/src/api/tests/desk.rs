use conversation::types::Role;
use serde_json::json;

use crate::testing::TestApp;

#[tokio::test]
async fn canned_replies_and_macros_are_kept_and_run() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let admin = test.with_token(Role::Administrator).await;
    let body = json!({ "shortcut": "/hi", "bodies": { "en": "Hi {{contact.name}}", "pt": "Olá" } });
    let reply = admin.post("/canned-replies", body.clone()).await.expect(201);
    assert_eq!(reply["shortcut"], "hi");
    admin.post("/canned-replies", body).await.problem(409, "conflict");
    admin
        .post(
            "/canned-replies",
            json!({ "shortcut": "x", "bodies": { "de": "Hallo" } }),
        )
        .await
        .problem(422, "invalid");
    let path = format!("/canned-replies/{}", reply["id"].as_str().unwrap());
    let changed = admin
        .patch(&path, json!({ "shortcut": "hello", "bodies": { "en": "Hello" } }))
        .await
        .expect(200);
    assert_eq!(
        (changed["title"].as_str(), changed["bodies"].get("pt")),
        (Some("hello"), None)
    );
    assert_eq!(
        admin.get("/canned-replies").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    admin.send("DELETE", &path, &[], Vec::new()).await.expect(204);

    let filed = test.mail(&inbox, "joana@example.org", "a@x", "Jam").await;
    let id = filed.conversation.unwrap();
    admin
        .post("/macros", json!({ "name": "x", "steps": [{ "do": "fly" }] }))
        .await
        .problem(422, "invalid");
    let steps = json!([{ "do": "priority", "priority": "high" }, { "do": "resolve" }]);
    let done = admin
        .post("/macros", json!({ "name": "Close", "steps": steps }))
        .await
        .expect(201);
    let run = format!("/macros/{}/run", done["id"].as_str().unwrap());
    let ran = admin
        .post_once(&run, "k", json!({ "conversation": id }))
        .await
        .expect(200);
    assert_eq!(ran["done"], json!(["priority", "resolve"]));
    let again = admin
        .post_once(&run, "k", json!({ "conversation": id }))
        .await
        .expect(200);
    assert_eq!(again, ran);
    assert_eq!(
        admin.get(&format!("/conversations/{id}")).await.expect(200)["conversation"]["status"],
        "resolved"
    );
}

#[tokio::test]
async fn rules_are_tried_kept_and_changed() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    test.mail(&inbox, "joana@example.org", "a@x", "a refund please").await;
    let admin = test.with_token(Role::Administrator).await;
    let rule = json!({
        "name": "Refunds", "when": "received",
        "conditions": [{ "field": "message", "operator": "has", "value": "refund" }],
        "steps": [{ "do": "priority", "priority": "urgent" }],
    });
    let tried = admin
        .post("/rules/try", json!({ "rule": rule, "days": 7 }))
        .await
        .expect(200);
    assert_eq!(
        (tried["occasions"].as_i64(), tried["matched"].as_i64()),
        (Some(1), Some(1))
    );
    let kept = admin.post("/rules", rule.clone()).await.expect(201);
    assert_eq!(kept["rule"]["is_enabled"], false);
    let path = format!("/rules/{}", kept["id"].as_str().unwrap());
    let mut wrong = rule.clone();
    wrong["when"] = json!("someday");
    admin.patch(&path, wrong).await.problem(422, "invalid");
    let mut on = rule;
    on["is_enabled"] = json!(true);
    assert_eq!(admin.patch(&path, on).await.expect(200)["rule"]["is_enabled"], true);
    assert_eq!(admin.get("/rules/log?limit=5").await.expect(200)["items"], json!([]));
    admin.send("DELETE", &path, &[], Vec::new()).await.expect(204);
    admin
        .send("DELETE", &path, &[], Vec::new())
        .await
        .problem(404, "not-found");
}
