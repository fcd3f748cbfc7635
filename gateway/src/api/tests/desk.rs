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
async fn what_fits_a_ticket_comes_first() {
    let test = TestApp::new().await;
    let inbox = test.inbox().await;
    let admin = test.with_token(Role::Administrator).await;
    let hardware = admin
        .post("/ticket-categories", json!({ "names": { "en": "Hardware" } }))
        .await
        .expect(201);
    let printer = json!({ "parent": hardware["id"], "names": { "en": "Printer" } });
    let printer = admin.post("/ticket-categories", printer).await.expect(201);
    let id = test
        .mail(&inbox, "joana@example.org", "a@x", "Jam")
        .await
        .conversation
        .unwrap();
    let ticket = json!({ "conversation": id, "subject": "Jam", "kind": "incident" });
    let ticket = admin.post("/tickets", ticket).await.expect(201);
    let path = format!("/tickets/{}", ticket["id"].as_str().unwrap());
    admin
        .patch(&path, json!({ "category": printer["id"] }))
        .await
        .expect(200);
    let often = json!({ "shortcut": "a", "bodies": { "en": "A" } });
    admin.post("/canned-replies", often).await.expect(201);
    let wrong = json!({ "shortcut": "b", "bodies": { "en": "B" }, "ticket_categories": ["none"] });
    admin.post("/canned-replies", wrong).await.problem(422, "invalid");
    let other = json!({ "shortcut": "n3", "bodies": { "en": "N3" }, "levels": ["N3"] });
    admin.post("/canned-replies", other).await.expect(201);
    let fits =
        json!({ "shortcut": "z", "bodies": { "en": "Z" }, "ticket_categories": [hardware["id"]], "levels": ["N1"] });
    let fits = admin.post("/canned-replies", fits).await.expect(201);
    assert_eq!(fits["levels"], json!(["N1"]));
    let order = async |path: &str| {
        let list = admin.get(path).await.expect(200);
        let items = list["items"].as_array().unwrap().clone();
        let names = items.iter().map(|one| one["shortcut"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(order("/canned-replies").await, ["a", "n3", "z"]);
    assert_eq!(
        order(&format!("/canned-replies?conversation={id}")).await,
        ["z", "a", "n3"]
    );
    admin
        .get("/canned-replies?conversation=01ARZ3NDEKTSV4RRFFQ69G5FAV")
        .await
        .problem(404, "not-found");
    // What a change does not name stays.
    let here = format!("/canned-replies/{}", fits["id"].as_str().unwrap());
    let changed = admin
        .patch(
            &here,
            json!({ "shortcut": "z", "bodies": { "en": "Zz" }, "levels": [] }),
        )
        .await
        .expect(200);
    assert_eq!(
        (&changed["levels"], &changed["ticket_categories"]),
        (&json!([]), &json!([hardware["id"]]))
    );

    let steps = json!([{ "do": "priority", "priority": "high" }]);
    let made = json!({ "name": "Broken", "steps": steps, "ticket_categories": [printer["id"]] });
    let made = admin.post("/macros", made).await.expect(201);
    admin
        .post("/macros", json!({ "name": "All", "steps": steps }))
        .await
        .expect(201);
    let run = format!("/macros/{}/run", made["id"].as_str().unwrap());
    admin
        .post_once(&run, "k", json!({ "conversation": id }))
        .await
        .expect(200);
    let list = admin.get(&format!("/macros?conversation={id}")).await.expect(200);
    let first = &list["items"][0];
    assert_eq!(
        (&first["name"], &first["uses"], &first["recent_uses"]),
        (&json!("Broken"), &json!(1), &json!(1))
    );
    test.clock.advance(31 * 86_400_000);
    let list = admin.get(&format!("/macros?conversation={id}")).await.expect(200);
    assert_eq!(
        (&list["items"][0]["uses"], &list["items"][0]["recent_uses"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn hours_closing_and_skills_are_set() {
    let test = TestApp::new().await;
    let admin = test.with_token(Role::Administrator).await;
    let day = json!([{ "from": "08:00", "to": "12:30" }, { "from": "14:00", "to": "24:00" }]);
    let week = json!([day, day, day, day, day, [], []]);
    let body = json!({ "name": "Quito", "time_zone": "America/Guayaquil", "week": week, "holidays": [{ "date": "2026-12-25", "name": "Navidad" }] });
    let made = admin.post("/schedules", body.clone()).await.expect(201);
    for name in ["name", "time_zone", "week", "holidays"] {
        assert_eq!(made[name], body[name], "{name}");
    }
    admin.post("/schedules", body.clone()).await.problem(409, "conflict");
    let here = format!("/schedules/{}", made["id"].as_str().unwrap());
    for (name, value) in [
        ("time_zone", json!("Mars/Olympus")),
        ("week", json!([day])),
        ("week", json!([[{ "from": "8", "to": "9:00" }], [], [], [], [], [], []])),
        (
            "week",
            json!([[{ "from": "10:00", "to": "09:00" }], [], [], [], [], [], []]),
        ),
        (
            "week",
            json!([[{ "from": "08:00", "to": "10:00" }, { "from": "09:00", "to": "11:00" }], [], [], [], [], [], []]),
        ),
        (
            "week",
            json!([[{ "from": "08:00", "to": "24:01" }], [], [], [], [], [], []]),
        ),
        ("holidays", json!([{ "date": "2026-02-30" }])),
    ] {
        let mut wrong = body.clone();
        wrong[name] = value;
        admin.put(&here, wrong).await.problem(422, "invalid");
    }
    let mut fewer = body;
    fewer["holidays"] = json!([]);
    assert_eq!(admin.put(&here, fewer).await.expect(200)["holidays"], json!([]));
    assert_eq!(admin.get(&here).await.expect(200)["name"], "Quito");
    admin.send("DELETE", &here, &[], Vec::new()).await.expect(204);
    admin.get(&here).await.problem(404, "not-found");

    assert_eq!(
        admin.put("/ticket-closing", json!({ "hours": 48 })).await.expect(200)["hours"],
        48
    );
    assert_eq!(admin.get("/ticket-closing").await.expect(200)["hours"], 48);
    admin
        .put("/ticket-closing", json!({ "hours": 9_000 }))
        .await
        .problem(422, "invalid");

    let ana = crate::auth::testing::agent(&test, "Ana", Role::Agent).await;
    let printer = admin
        .post("/ticket-categories", json!({ "names": { "en": "Printer" } }))
        .await
        .expect(201);
    let inboxes = format!("/agents/{}/inboxes", ana.id);
    assert_eq!(admin.get(&inboxes).await.expect(200), json!({ "inboxes": null }));
    let inbox = test.inbox().await;
    let some = json!({ "inboxes": [inbox] });
    assert_eq!(admin.put(&inboxes, some.clone()).await.expect(200), some);
    assert_eq!(admin.put(&inboxes, some.clone()).await.expect(200), some);
    let shown = admin.get(&format!("/agents/{}", ana.id)).await.expect(200);
    assert_eq!(shown["inboxes"], some["inboxes"]);
    assert_eq!(
        admin.get("/agents").await.expect(200)["items"][0]["inboxes"],
        some["inboxes"]
    );
    for wrong in [
        json!({ "inboxes": ["nowhere"] }),
        json!({}),
        json!({ "inboxes": "all" }),
    ] {
        admin.put(&inboxes, wrong).await.problem(422, "invalid");
    }
    admin
        .put("/agents/01ARZ3NDEKTSV4RRFFQ69G5FAV/inboxes", some)
        .await
        .problem(404, "not-found");
    let all = json!({ "inboxes": null });
    assert_eq!(admin.put(&inboxes, all.clone()).await.expect(200), all);
    let skills = format!("/agents/{}/skills", ana.id);
    assert_eq!(admin.get(&skills).await.expect(200), json!({ "ticket_categories": [] }));
    let known = json!({ "ticket_categories": [printer["id"]] });
    assert_eq!(admin.put(&skills, known.clone()).await.expect(200), known);
    assert_eq!(admin.get(&skills).await.expect(200), known);
    let wrong = json!({ "ticket_categories": ["none"] });
    admin.put(&skills, wrong).await.problem(422, "invalid");
    admin
        .put("/agents/01ARZ3NDEKTSV4RRFFQ69G5FAV/skills", known)
        .await
        .problem(404, "not-found");
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
