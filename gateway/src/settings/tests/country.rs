//! The country of the business, and what is read by it.

use conversation::telephone::{self, Country};
use conversation::types::{Actor, IdentityKind, Language};
use conversation::{contacts, db::sql};
use serde_json::json;

use super::administrator;
use crate::auth::testing::Browser;
use crate::people::agents::{self, AgentEdit};
use crate::testing::TestApp;

async fn home(test: &TestApp) -> Option<&'static str> {
    telephone::home(test.store().db()).await.unwrap().map(Country::code)
}

async fn says(ana: &mut Browser, code: &str) {
    ana.post("/settings/start", &[("do", "country"), ("country", code)])
        .await
        .expect(303);
}

#[tokio::test]
async fn the_first_steps_suggest_the_country_of_the_time_zone_and_keep_what_is_chosen() {
    let (test, mut ana) = administrator().await;
    // Of UTC nothing is known.
    ana.get("/settings/start")
        .await
        .expect(200)
        .has("value=\"other\" selected")
        .lacks("is read as");
    ana.post("/settings/start", &[("do", "zone"), ("time_zone", "America/Sao_Paulo")])
        .await
        .expect(303);
    ana.get("/settings/start")
        .await
        .expect(200)
        .has("value=\"BR\" selected")
        .lacks("is read as");
    assert_eq!(home(&test).await, None, "only suggested");
    ana.post("/settings/start", &[("do", "country"), ("country", "XX")])
        .await
        .expect(200)
        .has("None of the list");
    for (said, kept) in [("AR", Some("AR")), ("other", None), ("BR", Some("BR"))] {
        says(&mut ana, said).await;
        assert_eq!(home(&test).await, kept);
    }
    ana.get("/settings/start")
        .await
        .expect(200)
        .has("(11) 98765-4321 is read as +5511987654321.");
    // The same stands beside the name of the business, and in the audit.
    ana.get("/billing/settings")
        .await
        .expect(200)
        .has("value=\"BR\" selected");
    ana.get("/settings/audit")
        .await
        .expect(200)
        .has("said the country of the business");
    let said: (i64,) = sql("SELECT COUNT(*) FROM audit WHERE action = 'home.country'")
        .one(test.store().db())
        .await
        .unwrap();
    assert_eq!(said.0, 3);
    says(&mut ana, "BR").await;
    let again: (i64,) = sql("SELECT COUNT(*) FROM audit WHERE action = 'home.country'")
        .one(test.store().db())
        .await
        .unwrap();
    assert_eq!(again, said, "the same once more is no change");
}

#[tokio::test]
async fn numbers_are_typed_as_they_are_dialled_at_home() {
    let (test, mut ana) = administrator().await;
    let me = agents::by_email(test.store().db(), "ana@example.com")
        .await
        .unwrap()
        .unwrap();
    let portuguese = AgentEdit {
        language: Some(Language::Pt),
        ..AgentEdit::default()
    };
    agents::edit(test.store(), &Actor::System, &me.id, portuguese)
        .await
        .unwrap();
    let customer = [
        ("name", "Rosa"),
        ("phone", "11 98765-4321"),
        ("language", "pt"),
        ("channel", "email"),
    ];
    ana.post("/billing/customers/new", &customer)
        .await
        .expect(422)
        .has("com o código do país");
    says(&mut ana, "BR").await;
    ana.get("/billing/customers/new")
        .await
        .expect(200)
        .has("Com o DDD, como (11) 98765-4321");
    ana.post("/billing/customers/new", &customer).await.expect(303);
    let rosa = contacts::by_identity(test.store().db(), IdentityKind::Phone, "+5511987654321")
        .await
        .unwrap();
    assert!(rosa.is_some());
    // Found by the number in whichever form, and by the one of another country with its code only.
    for (typed, is_there) in [
        ("11 98765-4321", true),
        ("(11) 8765-4321", true),
        ("+55 11 98765 4321", true),
        ("11 98765-4322", false),
    ] {
        let path = format!("/billing/customers?q={}", ui::routes::escape(typed));
        let page = ana.get(&path).await.expect(200);
        assert_eq!(page.text.contains("<strong>Rosa</strong>"), is_there, "{typed}");
    }
    // A call of hers, without the country code, is hers; one that is not whole is refused with an example.
    let call = |id: &'static str, number: &'static str| {
        [
            ("id", id),
            ("number", number),
            ("way", "in"),
            ("outcome", "answered"),
            ("notes", "Ligou"),
        ]
    };
    ana.post("/calls", &call("01JZZZZZZZZZZZZZZZZZZZZZZ1", "98765-4321"))
        .await
        .expect(422)
        .has("com o DDD, como (11) 98765-4321, ou com o código do país, como +55 11 98765-4321");
    let filed = ana
        .post("/calls", &call("01JZZZZZZZZZZZZZZZZZZZZZZ2", "011 98765-4321"))
        .await
        .expect(303);
    let conversation = filed.header("location").rsplit('/').next().unwrap().to_owned();
    let owner: (String,) = sql("SELECT contact_id FROM conversations WHERE id = $1")
        .bind(conversation.as_str())
        .one(test.store().db())
        .await
        .unwrap();
    assert_eq!(owner.0, rosa.unwrap().0.id.to_string());
    // The search of the inbox finds her conversation by the number.
    for path in [
        "/inbox/list?tab=all&q=11%2098765-4321",
        "/inbox/find?q=(11)%2098765-4321",
    ] {
        ana.get(path).await.expect(200).has("Rosa");
    }
}

#[tokio::test]
async fn programs_may_write_numbers_as_they_are_dialled_at_home_too() {
    let test = TestApp::new().await;
    telephone::set_home(test.store(), &Actor::System, "ar").await.unwrap();
    let client = test.with_token(conversation::types::Role::Agent).await;
    let made = client
        .post("/customers", json!({ "name": "Juan", "phone": "0351 155 123456" }))
        .await
        .expect(201);
    assert_eq!(made["phone"], "+5493515123456");
    let found = client.get("/contacts?identity=phone:351%205123456").await.expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let found = client
        .get("/contacts?identity=whatsapp:%2B54%20351%2015%205123456")
        .await
        .expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    client
        .post("/customers", json!({ "name": "Mal", "phone": "15 5123-456" }))
        .await
        .problem(422, "invalid");
}
