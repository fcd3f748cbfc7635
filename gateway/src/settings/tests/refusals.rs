//! What is wrong in a form of the settings, and what removing asks.

use conversation::contacts;
use conversation::db::sql;
use conversation::types::{Actor, IdentityKind, Language};

use super::{Browser, administrator};
use crate::people::agents::{self, AgentEdit};

#[tokio::test]
async fn a_refusal_stands_beside_its_field_in_the_readers_language() {
    let (test, mut ana) = administrator().await;
    let cases: &[(&str, &[(&str, &str)], &str)] = &[
        (
            "/settings/macros",
            &[("name", "  ")],
            "id=\"e-name\">Complete este campo.",
        ),
        (
            "/settings/rules/new",
            &[("name", ""), ("occasion", "received")],
            "id=\"e-name\">Complete este campo.",
        ),
        (
            "/settings/hours/new",
            &[("name", " "), ("time_zone", "UTC")],
            "id=\"e-name\">Complete este campo.",
        ),
        (
            "/settings/canned",
            &[("shortcut", "dos palabras")],
            "id=\"e-shortcut\">De 1 a 40 letras",
        ),
        (
            "/settings/sla/new",
            &[("name", "Oro"), ("first_minutes", "60"), ("warn_percent", "140")],
            "id=\"e-warn_percent\">De 1 a 99",
        ),
        (
            "/settings/sla/new",
            &[("name", "Oro"), ("warn_percent", "75")],
            "Prometa al menos un plazo",
        ),
    ];
    let me = agents::by_email(test.store().db(), "ana@example.com")
        .await
        .unwrap()
        .unwrap();
    let spanish = AgentEdit {
        language: Some(Language::Es),
        ..AgentEdit::default()
    };
    agents::edit(test.store(), &Actor::System, &me.id, spanish)
        .await
        .unwrap();
    for (path, form, expected) in cases {
        ana.post(path, form)
            .await
            .expect(422)
            .has(expected)
            .lacks("name está vacío")
            .lacks("Eso no es posible");
    }
}

#[tokio::test]
async fn removing_asks_once_more() {
    let (_test, mut ana) = administrator().await;
    let policy = [("name", "Gold"), ("first_minutes", "60"), ("warn_percent", "75")];
    ana.post("/settings/sla/new", &policy).await.expect(303);
    let page = ana.get("/settings/sla").await.expect(200);
    let id = page.text.split("/settings/sla/").find_map(|rest| {
        let id = rest.split('"').next()?;
        (id.len() == 26 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| id.to_owned())
    });
    ana.get(&format!("/settings/sla/{}", id.unwrap()))
        .await
        .expect(200)
        .has("<summary class=\"button ghost\">Remove</summary>")
        .has("This cannot be undone.");
}

/// The addresses of the people that the page lists for a search.
async fn listed(browser: &mut Browser, query: &str) -> Vec<String> {
    let page = browser.get(&format!("/settings/privacy?{query}")).await.expect(200);
    let rows = page.text.split("action=\"/settings/privacy/contacts/").skip(1);
    rows.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_person_is_erased_after_a_second_look() {
    let (test, mut ana) = administrator().await;
    let inbox = test.inbox().await;
    test.mail(&inbox, "joana@example.org", "<1@example.org>", "Olá").await;
    let found = listed(&mut ana, "q=Joana%40example.org").await;
    let [id] = found.as_slice() else { panic!("{found:?}") };
    let act = format!("/settings/privacy/contacts/{id}");
    let erase = [("do", "erase")];
    ana.post(&act, &erase)
        .await
        .expect(200)
        .has("Erase this person?")
        .has("joana@example.org")
        .has("One conversation");
    let of_another = [erase[0], ("sure", "01")];
    ana.post(&act, &of_another).await.expect(200).has("Erase this person?");
    ana.post(&act, &[("do", "nothing")]).await.expect(422);
    let yes = [erase[0], ("sure", id.as_str())];
    ana.post(&act, &yes)
        .await
        .expect(200)
        .has("Erased: 1 conversation, 1 message.");
    assert!(listed(&mut ana, "q=joana%40example.org").await.is_empty());
    // Nothing of it waits for anybody.
    let (place, status): (String, String) = sql("SELECT id, status FROM conversations")
        .one(test.store().db())
        .await
        .unwrap();
    assert_eq!(status, "resolved");
    let (waiting,): (i64,) = sql("SELECT COUNT(*) FROM deliveries")
        .one(test.store().db())
        .await
        .unwrap();
    assert_eq!(waiting, 0);
    ana.get(&format!("/inbox/c/{place}"))
        .await
        .expect(200)
        .has("<p class=\"chat-mark\">Erased</p>");
}

#[tokio::test]
async fn a_person_is_found_in_whichever_way_they_ask() {
    let (test, mut ana) = administrator().await;
    let mut tx = test.store().begin().await.unwrap();
    let rosa = contacts::create_in(&mut tx, &Actor::System, "Rosa Prado", None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = test.store().begin().await.unwrap();
    for (kind, value) in [
        (IdentityKind::Whatsapp, "5511987654321"),
        (IdentityKind::Email, "rosa@example.org"),
    ] {
        contacts::prove_in(&mut tx, &Actor::System, &rosa, kind, value, "test")
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    conversation::telephone::set_home(test.store(), &Actor::System, "BR")
        .await
        .unwrap();
    test.app.search.catch_up(test.store()).await.unwrap();
    let one = vec![rosa.to_string()];
    for query in [
        "q=+rosa%40example.org+",
        "q=%2B55+11+98765-4321",
        "q=(11)+98765-4321",
        "q=rosa+prado",
        &format!("person={rosa}"),
    ] {
        assert_eq!(listed(&mut ana, query).await, one, "{query}");
    }
    for query in ["q=", "q=nadie%40example.org", "q=%2B55+11+91111-1111", "person=01"] {
        assert!(listed(&mut ana, query).await.is_empty(), "{query}");
    }
    ana.get("/settings/privacy?q=nadie%40example.org")
        .await
        .expect(200)
        .has("Nobody is known by that.")
        .has("value=\"nadie@example.org\"");
}
