//! What is wrong in a form of the settings, and what removing asks.

use conversation::types::{Actor, Language};

use super::administrator;
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

#[tokio::test]
async fn a_person_is_erased_after_a_second_look() {
    let (test, mut ana) = administrator().await;
    let inbox = test.inbox().await;
    test.mail(&inbox, "joana@example.org", "<1@example.org>", "Olá").await;
    let erase = [("email", "joana@example.org"), ("do", "erase")];
    let find = "/settings/privacy/find";
    let asked = ana.post(find, &erase).await.expect(200);
    let asked = asked
        .has("Erase this person?")
        .has("joana@example.org")
        .has("One conversation");
    let sure = asked
        .text
        .split("name=\"sure\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next();
    let sure = sure.unwrap().to_owned();
    let of_another = [erase[0], erase[1], ("sure", "01")];
    ana.post(find, &of_another).await.expect(200).has("Erase this person?");
    let yes = [erase[0], erase[1], ("sure", sure.as_str())];
    ana.post(find, &yes)
        .await
        .expect(200)
        .has("Erased: 1 conversation, 1 message.");
    ana.post(find, &yes).await.expect(422);
}
