//! The customer beside the conversation: edited, merged, parted again.

use conversation::contacts;
use conversation::fields::{self, FieldKind, Target};
use conversation::types::{Actor, Role};

use super::Desk;
use crate::auth::testing::{Browser, agent};

#[tokio::test]
async fn the_customer_is_edited_and_merged_beside_the_conversation() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let store = desk.test.store();
    let plan = fields::define(
        store,
        &Actor::System,
        Target::Contact,
        "Plan",
        FieldKind::Choice,
        &["Gold".to_owned()],
    )
    .await
    .unwrap();
    let field = format!("field_{plan}");
    let edit = [
        ("name", "Joana Prado"),
        ("company", "Padaria Estrela"),
        ("language", "pt"),
        ("tz", "America/Sao_Paulo"),
        (field.as_str(), "Gold"),
    ];
    ana.post(&desk.path("customer"), &edit)
        .await
        .expect(200)
        .has("Joana Prado")
        .has("Padaria Estrela")
        .has("07:00 (−3 h)")
        .has("<dd>Gold</dd>")
        .has("Verified since");
    let wrong = [("name", "X"), (field.as_str(), "Silver")];
    ana.post(&desk.path("customer"), &wrong)
        .await
        .expect(422)
        .has("Joana Prado");
    desk.test
        .mail(&desk.inbox, "jo@private.example", "z@example.org", "Hello")
        .await;
    let preview = desk.path("merge-preview");
    ana.get(&format!("{preview}?identity=jo@private.example"))
        .await
        .expect(200)
        .has("addresses 1, conversations 1")
        .has("/merge-contact");
    ana.get(&format!("{preview}?identity=nobody@x.example"))
        .await
        .expect(200)
        .has("Nobody with this address");
    ana.get(&format!("{preview}?identity=joana@example.org"))
        .await
        .expect(200)
        .has("one and the same");
    let contact = desk.now().await.contact_id;
    assert_eq!(contacts::load(store.db(), &contact).await.unwrap().name, "Joana Prado");
}

#[tokio::test]
async fn a_merge_is_taken_back_from_its_line_in_the_thread() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let filed = desk
        .test
        .mail(&desk.inbox, "joana@example.org", "late@example.org", "A second matter")
        .await;
    let second = filed.conversation.unwrap();
    let number = desk.now().await.number.to_string();
    let merged = ana
        .post(&format!("/inbox/c/{second}/merge"), &[("number", number.as_str())])
        .await
        .expect(200);
    let offered = merged.headers["hx-trigger"].to_str().unwrap();
    let offered: serde_json::Value = serde_json::from_str(offered).unwrap();
    assert_eq!(offered["inbox:merged"]["from"][0], second.as_str());
    assert_eq!(offered["inbox:merged"]["url"], desk.path("unmerge").as_str());
    let from = format!("name=\"from\" value=\"{second}\"");
    merged.has("merged conversation").has(&desk.path("unmerge")).has(&from);
    // Who may only look sees who merged what, and cannot undo it.
    let sam = agent(&desk.test, "Sam", Role::Supervisor).await;
    let mut sam = Browser::of(&desk.test, &sam).await.scripted();
    sam.get(&desk.path("thread"))
        .await
        .expect(200)
        .has("merged conversation")
        .lacks("name=\"from\"");
    sam.post(&desk.path("unmerge"), &[("from", second.as_str())])
        .await
        .expect(403);
    ana.post(&desk.path("unmerge"), &[("from", second.as_str())])
        .await
        .expect(200)
        .lacks("name=\"from\"")
        .lacks("A second matter");
    ana.post(&desk.path("unmerge"), &[("from", second.as_str())])
        .await
        .expect(422)
        .has("undone before");
    ana.post(&desk.path("unmerge"), &[]).await.expect(404);
    ana.get(&format!("/inbox/c/{second}"))
        .await
        .expect(200)
        .has("A second matter")
        .has("it was part of");
}

#[tokio::test]
async fn a_move_is_taken_back_at_once_or_from_its_line_in_the_thread() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let filed = desk
        .test
        .mail(&desk.inbox, "joana@example.org", "late@example.org", "A second matter")
        .await;
    let second = filed.conversation.unwrap();
    let there = format!("/inbox/c/{second}");
    let moved = filed.message.unwrap().to_string();
    let first = desk.now().await.number.to_string();
    let number =
        conversation::access::conversation(desk.test.store().db(), &conversation::types::Actor::System, &second)
            .await
            .unwrap()
            .number
            .to_string();
    let away = [("number", first.as_str()), ("message", moved.as_str())];
    let done = ana.post(&format!("{there}/move"), &away).await.expect(200);
    let offered: serde_json::Value = serde_json::from_str(done.headers["hx-trigger"].to_str().unwrap()).unwrap();
    let offered = &offered["inbox:merged"];
    assert_eq!(offered["url"], desk.path("move").as_str());
    assert_eq!(offered["words"], format!("Moved to #{first}."));
    assert_eq!(
        offered["fields"],
        serde_json::json!([["number", number], ["message", moved]])
    );
    // Where it is now its line moves it back; who may only look cannot.
    let form = format!(
        "<input type=\"hidden\" name=\"message\" value=\"{moved}\"><button class=\"link\" type=\"submit\">Move back"
    );
    ana.get(&desk.path("thread")).await.expect(200).has(&form);
    let sam = agent(&desk.test, "Sam", Role::Supervisor).await;
    let mut sam = Browser::of(&desk.test, &sam).await.scripted();
    sam.get(&desk.path("thread")).await.expect(200).lacks("Move back");
    let back = [("number", number.as_str()), ("message", moved.as_str())];
    ana.post(&desk.path("move"), &back).await.expect(200).lacks("Move back");
    // At home nothing offers to move it.
    ana.get(&format!("{there}/thread"))
        .await
        .expect(200)
        .has("A second matter")
        .lacks("Move back");
    // Moved once more it can go back once more.
    ana.post(&format!("{there}/move"), &away).await.expect(200);
    ana.get(&desk.path("thread")).await.expect(200).has(&form);
}

#[tokio::test]
async fn a_split_is_taken_back_at_once_or_from_its_line_in_the_thread() {
    let desk = Desk::new().await;
    let mut ana = desk.ana().await;
    let head = desk.head().await;
    ana.upload(&desk.path("reply"), &[("text", "Hello"), ("seen_position", &head)], &[])
        .await
        .expect(200);
    let message = conversation::views::newest_inbound(desk.test.store().db(), &desk.id)
        .await
        .unwrap()
        .unwrap();
    for at_once in [true, false] {
        let out = [("message", message.as_str())];
        let done = ana.post(&desk.path("split"), &out).await.expect(200);
        let offered: serde_json::Value = serde_json::from_str(done.headers["hx-trigger"].to_str().unwrap()).unwrap();
        let offered = &offered["inbox:merged"];
        assert!(offered["words"].as_str().unwrap().contains("by itself"), "{offered}");
        let url = offered["url"].as_str().unwrap();
        if !at_once {
            // The line says the same, unless one may only look.
            let there = url.replace("/merge", "/thread");
            ana.get(&there)
                .await
                .expect(200)
                .has("Put back")
                .has("name=\"back\" value=\"on\"");
            let sam = agent(&desk.test, "Sam", Role::Supervisor).await;
            let mut sam = Browser::of(&desk.test, &sam).await.scripted();
            sam.get(&there).await.expect(200).lacks("Put back");
        }
        let fields: Vec<(&str, &str)> = offered["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
            .collect();
        ana.post(url, &fields).await.expect(200).has("The printer is jammed");
        ana.get(&desk.path("thread"))
            .await
            .expect(200)
            .has("The printer is jammed");
    }
}
