//! Menus of inboxes.

use conversation::inboxes::{self, NewInbox};
use conversation::labels;
use conversation::types::{Actor, Channel, LabelId, Language, Role};
use serde_json::{Value, json};

use super::NOTHING;
use crate::testing::TestApp;

async fn whatsapp(test: &TestApp) -> String {
    let new = NewInbox {
        channel: Channel::Whatsapp,
        name: "WhatsApp".to_owned(),
        language: Language::Es,
        address: "1".to_owned(),
        bot_enabled: true,
        settings: json!({}),
    };
    let id = inboxes::create(test.store(), &Actor::System, new).await.unwrap();
    format!("/inboxes/{id}/menu")
}

fn menu(entries: Value) -> Value {
    json!({ "greeting": { "es": "¡Hola!" }, "entries": entries })
}

#[tokio::test]
async fn a_menu_is_written_read_and_removed() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Administrator).await;
    let path = whatsapp(&test).await;
    client.get(&path).await.problem(404, "not-found");
    let label = client.post("/labels", json!({ "name": "toner" })).await.expect(201)["id"].take();
    let written = menu(json!([
        { "id": "bills", "title": { "es": "Facturas" }, "does": "answer", "about": "invoices" },
        { "title": { "es": "Soporte" }, "description": { "es": "Si algo no anda" }, "does": "submenu", "entries": [
            { "title": { "es": "Preguntar" }, "does": "ask", "words": { "es": "Diga." } },
            { "title": { "es": "Tóner" }, "does": "people", "label": label, "level": "N2" },
        ] },
        { "title": { "es": "Portal" }, "does": "portal" },
    ]));
    let kept = client.put(&path, written).await.expect(200);
    assert_eq!((&kept["is_on"], &kept["appears"]), (&json!(true), &json!("unanswered")));
    assert_eq!(kept["entries"][0]["id"], "bills");
    let inside = &kept["entries"][1]["entries"];
    assert_eq!((&inside[1]["level"], &inside[1]["label"]), (&json!("N2"), &label));
    assert_eq!(inside[0]["words"]["es"], "Diga.");
    assert_eq!(
        kept["entries"][2],
        json!({
            "id": kept["entries"][2]["id"], "title": { "es": "Portal" }, "description": {}, "does": "portal",
            "figures": { "shown": 0, "chosen": 0, "answered": 0, "handed_over": 0 }, "gone": [],
        })
    );
    let label = LabelId::from(label.as_str().unwrap());
    labels::remove(test.store(), &Actor::System, &label).await.unwrap();
    let read = test.with_token(Role::Supervisor).await.get(&path).await.expect(200);
    assert_eq!(read["entries"][1]["entries"][1]["gone"], json!(["label"]));
    client.send("DELETE", &path, &[], Vec::new()).await.expect(204);
    client.get(&path).await.problem(404, "not-found");
    client
        .send("DELETE", &path, &[], Vec::new())
        .await
        .problem(404, "not-found");

    let mail = format!("/inboxes/{}/menu", test.inbox().await);
    client.put(&mail, menu(json!([]))).await.problem(404, "not-found");
    client
        .get(&format!("/inboxes/{NOTHING}/menu"))
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn what_is_wrong_with_an_entry_is_said_with_its_place() {
    let test = TestApp::new().await;
    let client = test.with_token(Role::Administrator).await;
    let path = whatsapp(&test).await;
    let titled = |more: Value| {
        let mut entry = json!({ "title": { "es": "A" } });
        for (name, value) in more.as_object().unwrap() {
            entry[name] = value.clone();
        }
        menu(json!([entry]))
    };
    for (body, words) in [
        (titled(json!({ "does": "dance" })), "`does` is `dance`"),
        (titled(json!({ "does": "article" })), "wants `article`"),
        (titled(json!({ "does": "answer" })), "wants `about`"),
        (titled(json!({ "does": "submenu" })), "wants `entries`"),
        (titled(json!({ "does": "portal", "team": "x" })), "has no `team`"),
        (titled(json!({ "does": "ask", "about": "tickets" })), "has no `about`"),
        (
            titled(json!({ "does": "people", "team": NOTHING })),
            "that team is gone",
        ),
        (
            titled(json!({ "does": "answer", "about": "weather" })),
            "unknown variant",
        ),
        (
            titled(json!({ "does": "portal", "title": { "es": "x".repeat(25) } })),
            "entries 1: title_es: at most 24 characters",
        ),
        (
            titled(json!({ "does": "submenu", "entries": [{ "title": {}, "does": "portal" }] })),
            "entries 1.1: title: write the words",
        ),
        (menu(json!([])), "a menu that is shown needs one"),
        (json!({ "entries": [] }), "greeting"),
        (json!({ "greeting": {}, "entries": [], "color": "red" }), "color"),
    ] {
        let problem = client.put(&path, body.clone()).await.problem(422, "invalid");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{body}: {problem}");
    }
}
