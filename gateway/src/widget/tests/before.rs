//! What a chat asks before its first message.

use conversation::contacts::said;

use super::*;
use crate::widget::Ask;

async fn ask(desk: &Desk, before: Before) {
    let store = desk.store();
    let inbox = inboxes::find(store.db(), Channel::Webchat, "website").await.unwrap();
    let old: WidgetSettings = inboxes::settings(store, &inbox.id).await.unwrap();
    let settings = WidgetSettings { before, ..old };
    inboxes::configure(store, &Actor::System, &inbox.id, &settings, false, true)
        .await
        .unwrap();
}

#[tokio::test]
async fn who_is_not_known_is_asked_before_the_first_message() {
    let desk = desk().await;
    let before = Before {
        name: Ask::Required,
        email: Ask::Optional,
        phone: Ask::Optional,
    };
    ask(&desk, before).await;
    let token = desk.visitor().await;
    let asks = async |token: &str| desk.session(token).await["settings"]["asks"].clone();
    assert_eq!(
        asks(&token).await,
        json!({ "name": true, "email": false, "phone": false })
    );
    let message = json!({ "id": desk.store().env().ulid(), "text": "Hello", "attachments": [] });
    let (status, refused) = desk.post("messages", &token, message.clone()).await;
    assert_eq!(
        (status, &refused["error"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("about"))
    );

    for (about, field, words) in [
        (json!({}), "name", "fill this in"),
        (json!({ "name": "  " }), "name", "fill this in"),
        (json!({ "name": "x".repeat(101) }), "name", "100 characters"),
        (json!({ "name": "Eva\nRuiz" }), "name", "one line"),
        (
            json!({ "name": "Eva", "email": "eva" }),
            "email",
            "such as name@example.com",
        ),
        (json!({ "name": "Eva", "phone": "12" }), "phone", "country code"),
    ] {
        let (status, refused) = desk.post("about", &token, about.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{about}");
        assert_eq!(refused["field"], field, "{about}");
        assert!(refused["message"].as_str().unwrap().contains(words), "{refused}");
    }
    assert_eq!(asks(&token).await["name"], true, "nothing of it was kept");

    let about = json!({ "name": " Eva Ruiz ", "email": "Eva@Cliente.example", "phone": "+57 301 234 5678" });
    assert_eq!(desk.post("about", &token, about).await.0, StatusCode::NO_CONTENT);
    assert_eq!(asks(&token).await, Value::Null);
    assert_eq!(desk.post("messages", &token, message).await.0, StatusCode::OK);
    let session = desk.session(&token).await;
    let visitor = session["visitor"].as_str().unwrap();
    let (contact, _) = contacts::by_identity(desk.store().db(), IdentityKind::Visitor, visitor)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(contact.name, "Eva Ruiz");
    let mut kept = said(desk.store().db(), &contact.id).await.unwrap();
    kept.sort_by_key(|(_, value)| value.clone());
    let email = (IdentityKind::Email, "eva@cliente.example".to_owned());
    assert_eq!(kept, [(IdentityKind::Phone, "+573012345678".to_owned()), email]);
    let proved = contacts::identities(desk.store().db(), &contact.id).await.unwrap();
    assert!(
        proved.iter().all(|identity| identity.kind == IdentityKind::Visitor),
        "{proved:?}"
    );
}

#[tokio::test]
async fn only_what_is_asked_is_taken_and_who_wrote_before_is_left_alone() {
    let desk = desk().await;
    let token = desk.visitor().await;
    assert_eq!(desk.session(&token).await["settings"]["asks"], Value::Null);
    let about = json!({ "name": "Mallory", "email": "eva@cliente.example" });
    assert_eq!(desk.post("about", &token, about).await.0, StatusCode::NO_CONTENT);
    assert_eq!(desk.session(&token).await["contact"]["name"], Value::Null);
    desk.write(&token, "Hello").await;
    let before = Before {
        name: Ask::Required,
        ..Before::default()
    };
    ask(&desk, before).await;
    assert_eq!(desk.session(&token).await["settings"]["asks"], Value::Null);
    desk.write(&token, "still here").await;
}
