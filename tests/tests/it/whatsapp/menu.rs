//! A menu on WhatsApp, from the greeting to people: what Meta takes as a list and as buttons is pressed and typed.

use anyhow::Context as _;
use channels::whatsapp::standin::{Accepted, Incoming, User};
use serde_json::{Value, json};
use tests::harness::eventually;

use super::broadcast::ask;
use super::crash::World;

/// The message that the customer got as their `count`th.
async fn got(world: &World, count: usize) -> Accepted {
    eventually("the customer gets an answer", async || {
        world.standin.accepted().into_iter().nth(count - 1)
    })
    .await
}

fn titles(message: &Accepted) -> Vec<String> {
    message.choices().into_iter().map(|(_, title)| title).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_customer_goes_through_the_menu_to_the_right_people() -> anyhow::Result<()> {
    let world = World::new().await?;
    ask(
        &world,
        "PATCH",
        &format!("/inboxes/{}", world.inbox),
        &json!({ "bot_enabled": true }),
    )
    .await?;
    let team = ask(&world, "POST", "/teams", &json!({ "name": "Workshop" })).await?;
    let team = team["id"].as_str().context("a team")?;
    let path = format!("/inboxes/{}/menu", world.inbox);
    let title = |en: &str, es: &str| json!({ "en": en, "es": es });
    let menu = json!({
        "greeting": title("Hello! This is the copier shop.\nWhat is it about?", "¡Hola!"),
        "entries": [
            { "id": "bills", "title": title("Invoices", "Facturas"), "description": { "en": "See and pay them" }, "does": "answer", "about": "invoices" },
            { "id": "support", "title": title("Technical support", "Soporte técnico"), "does": "submenu", "entries": [
                { "id": "jam", "title": title("Paper jam", "Atasco de papel"), "does": "article", "article": "en/clear-paper-jam" },
                { "id": "toner", "title": title("Order toner", "Pedir tóner"), "does": "people", "team": team, "level": "N2" },
            ] },
            { "id": "portal", "title": title("Customer portal", "Portal de clientes"), "does": "portal" },
        ],
    });
    let kept = ask(&world, "PUT", &path, &menu).await?;
    assert_eq!(kept["entries"][1]["entries"][1]["team"], team);

    let rosa = User::new("5511987650001", "Rosa");
    world.standin.inbound(&rosa, Incoming::Text("hello".into())).await?;
    let first = got(&world, 1).await;
    assert_eq!(first.body["interactive"]["type"], "list");
    assert_eq!(
        titles(&first),
        ["Invoices", "Technical support", "Customer portal", "Talk to a person"]
    );
    let rows = &first.body["interactive"]["action"]["sections"][0]["rows"];
    assert_eq!(rows[0]["description"], "See and pay them");
    let words = first.body["interactive"]["body"]["text"].as_str().context("words")?;
    assert!(
        words.starts_with("*Hello! This is the copier shop.*\nWhat is it about?\n"),
        "{words}"
    );
    assert!(!words.contains("See and pay"), "it stands in its row: {words}");

    world.standin.press(&rosa, &first.wamid, 1).await?;
    let second = got(&world, 2).await;
    assert_eq!(second.body["interactive"]["type"], "button");
    assert_eq!(titles(&second), ["Paper jam", "Order toner", "Back"]);

    world.standin.inbound(&rosa, Incoming::Text("1.".into())).await?;
    // An answer's words go ahead of its card.
    let card = eventually("the article", async || {
        let all = world.standin.accepted();
        all.into_iter().skip(2).find(|one| !one.choices().is_empty())
    })
    .await;
    assert_eq!(titles(&card), ["Yes, thanks", "No, not yet", "See the menu"]);
    let count = world.standin.accepted().len();
    world.standin.press(&rosa, &card.wamid, 2).await?;
    assert_eq!(titles(&got(&world, count + 1).await), titles(&first));

    // The menu before it still works.
    world.standin.press(&rosa, &second.wamid, 1).await?;
    let told = got(&world, count + 2).await;
    assert!(told.text().starts_with("Thank you. A colleague"), "{}", told.text());
    let of_team = ask(&world, "GET", &format!("/conversations?team={team}"), &Value::Null).await?;
    assert_eq!(of_team["items"][0]["level"], "N2");
    let entries = ask(&world, "GET", &path, &Value::Null).await?["entries"].take();
    let figures = |entry: &Value| {
        ["shown", "chosen", "answered", "handed_over"].map(|what| entry["figures"][what].as_i64().unwrap_or(-1))
    };
    assert_eq!(figures(&entries[0]), [2, 0, 0, 0]);
    assert_eq!(figures(&entries[1]), [2, 1, 0, 0]);
    assert_eq!(figures(&entries[1]["entries"][0]), [1, 1, 1, 0]);
    assert_eq!(figures(&entries[1]["entries"][1]), [1, 1, 0, 1]);
    Ok(())
}
