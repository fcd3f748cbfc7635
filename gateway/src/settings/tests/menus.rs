//! The menu of an inbox: its form, its entries and their order, and what is refused.

use conversation::menus::{self, Does};
use conversation::types::{Actor, InboxId, Language, Role};
use conversation::{labels, teams};

use super::administrator;
use crate::auth::testing::{Browser, agent};
use crate::people::agents::{self, AgentEdit};

/// A web chat; its menu's page, and its id.
async fn chat(ana: &mut Browser, name: &str) -> (String, InboxId) {
    let fields = [("name", name), ("language", "es"), ("bot", "on")];
    let made = ana.post("/settings/inboxes/new/webchat", &fields).await.expect(303);
    let inbox = made.header("location").to_owned();
    ana.get(&inbox).await.expect(200).has(&format!("href=\"{inbox}/menu\""));
    let id = InboxId::from(inbox.rsplit('/').next().unwrap_or_default());
    (format!("{inbox}/menu"), id)
}

/// The id of the entry that a page of the list links to with these words.
fn id_of(text: &str, here: &str, title: &str) -> String {
    let before = text.split(&format!("<strong>{title}</strong>")).next().unwrap();
    let id = before.rsplit(&format!("href=\"{here}/")).next().unwrap();
    id.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_menu_is_written_entry_by_entry_ordered_and_removed() {
    let (test, mut ana) = administrator().await;
    let (here, inbox) = chat(&mut ana, "Website").await;
    let store = test.store();
    let team = teams::create(store, &Actor::System, "Workshop", &[]).await.unwrap();
    let label = labels::create(store, &Actor::System, "toner", None).await.unwrap().id;

    // A new one begins with words, and shows its entries once it is there.
    ana.get(&here)
        .await
        .expect(200)
        .has("¡Hola! ¿En qué le podemos ayudar?")
        .lacks("menu-preview");
    ana.get(&format!("{here}/new")).await.expect(404);
    let mut form = vec![
        ("appears", "unanswered"),
        ("greeting_en", ""),
        ("greeting_es", ""),
        ("greeting_pt", ""),
    ];
    ana.post(&here, &form)
        .await
        .expect(422)
        .has("Write the words in one language at least");
    form[2].1 = "¡Hola!\r\nSomos la tienda.";
    ana.post(&here, &form).await.expect(303);
    form.push(("is_on", "on"));
    ana.post(&here, &form)
        .await
        .expect(422)
        .has("A menu that is shown needs one");

    let new = format!("{here}/new");
    ana.get(&new)
        .await
        .expect(200)
        .has("0 / 24")
        .has("Hands over to people");
    let mut entry = vec![
        ("title_es", "Un título que es más largo que una fila"),
        ("does", "people"),
        ("team", team.as_str()),
        ("level", "N2"),
        ("label", label.as_str()),
    ];
    ana.post(&new, &entry)
        .await
        .expect(422)
        .has("At most 24 characters")
        .has("39 / 24");
    entry[0].1 = "Pedir tóner";
    ana.post(&new, &entry).await.expect(303);
    ana.post(&new, &entry)
        .await
        .expect(422)
        .has("Another entry beside it is called “Pedir tóner”");
    ana.post(&new, &[("title_es", "Artículo"), ("does", "article"), ("article", "")])
        .await
        .expect(422)
        .has("Choose one");
    ana.post(
        &new,
        &[("title_es", "Soporte"), ("title_pt", "Suporte"), ("does", "submenu")],
    )
    .await
    .expect(303);
    let list = ana.get(&here).await.expect(200).has("Workshop").has("toner");
    let support = id_of(&list.text, &here, "Soporte");
    let toner = id_of(&list.text, &here, "Pedir tóner");
    let below = format!("{here}/new?in={support}");
    ana.get(&below)
        .await
        .expect(200)
        .has(&format!("name=\"in\" value=\"{support}\""));
    ana.get(&format!("{here}/new?in=none")).await.expect(404);
    let portal = [("title_es", "Portal"), ("does", "portal"), ("in", support.as_str())];
    ana.post(&new, &portal).await.expect(303);

    // As the customer sees it: the way to a person is added where it is missing, and the way back.
    ana.post(&here, &form).await.expect(303);
    let page = ana.get(&here).await.expect(200).has("¡Hola!").has("Somos la tienda.");
    assert!(page.text.contains("<span>Volver</span>") && page.text.contains("<span>Talk to a person</span>"));
    assert_eq!(page.text.matches("<span>Portal</span>").count(), 3, "in each language");

    ana.post(&format!("{here}/{support}/move"), &[("way", "up")])
        .await
        .expect(303);
    let menu = menus::load(store.db(), &inbox).await.unwrap().unwrap();
    assert_eq!(menu.entries[0].id, support);
    assert!(menu.is_on);
    let Does::People(route) = &menu.entries[1].does else {
        panic!("{menu:?}")
    };
    assert_eq!((route.team.as_ref(), route.label.as_ref()), (Some(&team), Some(&label)));

    // What holds entries stays what it is; what is gone is said, and the rest can be changed.
    let to_ask = [("title_es", "Soporte"), ("does", "ask")];
    ana.post(&format!("{here}/{support}"), &to_ask)
        .await
        .expect(422)
        .has("It holds entries");
    labels::remove(store, &Actor::System, &label).await.unwrap();
    ana.get(&here).await.expect(200).has("Gone: goes to people");
    let one = format!("{here}/{toner}");
    ana.get(&one)
        .await
        .expect(200)
        .has("Gone: goes to people")
        .has("11 / 24");
    entry[0].1 = "Comprar tóner";
    entry.push(("title_pt", "Comprar toner"));
    ana.post(&one, &entry).await.expect(303);
    let menu = menus::load(store.db(), &inbox).await.unwrap().unwrap();
    assert_eq!(menu.entries[1].title.get(Language::Pt), Some("Comprar toner"));
    assert_eq!(menu.entries[1].id, toner, "it is still the same one");

    ana.get("/settings/audit")
        .await
        .expect(200)
        .has("changed the menu of the inbox");
    ana.post(&one, &[("remove", "1")]).await.expect(303);
    ana.get(&one).await.expect(404);
    // The last one of a menu that is shown stays.
    ana.post(&format!("{here}/{support}"), &[("remove", "1")])
        .await
        .expect(422)
        .has("A menu that is shown needs one");
    ana.post(&here, &[("remove", "1")]).await.expect(303);
    assert_eq!(menus::load(store.db(), &inbox).await.unwrap(), None);

    let mut eva = Browser::of(&test, &agent(&test, "Eva", Role::Agent).await).await;
    eva.get(&here).await.expect(403);
    eva.post(&here, &form).await.expect(403);
    let mail = test.inbox().await;
    ana.get(&format!("/settings/inboxes/{mail}/menu")).await.expect(404);
}

#[tokio::test]
async fn whoever_has_the_bot_switched_off_is_told_that_nobody_sees_it() {
    let (_test, mut ana) = administrator().await;
    let made = ana
        .post(
            "/settings/inboxes/new/webchat",
            &[("name", "Quiet"), ("language", "en")],
        )
        .await
        .expect(303);
    let here = format!("{}/menu", made.header("location"));
    ana.get(&here)
        .await
        .expect(200)
        .has("The bot is switched off for this inbox");
}

#[tokio::test]
async fn what_is_refused_is_said_in_the_readers_language() {
    let (test, mut ana) = administrator().await;
    let (here, _) = chat(&mut ana, "Website").await;
    ana.post(&here, &[("appears", "first"), ("greeting_es", "¡Hola!")])
        .await
        .expect(303);
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
    let long = [
        ("title_es", "Un título que es más largo que una fila"),
        ("does", "portal"),
    ];
    ana.post(&format!("{here}/new"), &long)
        .await
        .expect(422)
        .has("Como mucho 24 caracteres");
}
