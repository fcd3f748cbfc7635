//! How an agent finds their way: lists that narrow while one chooses, the command bar that offers what can be done.

use serde_json::json;
use tests::harness::{Api, App, Browser, eventually};
use tests::need;

#[tokio::test]
async fn lists_narrow_at_once_and_the_bar_offers_what_can_be_done() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    let link = app.set_up_link().await;
    let api = Api::of(&app).await?;
    eva.sign_up(&link, Some("Eva")).await?;
    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
        "settings": { "address": "support@example.test", "name": "Support" },
    });
    api.post("/inboxes", "inbox", &inbox).await?;
    for (name, subject) in [("ana", "The tray sticks"), ("rui", "Black screen")] {
        let mail = format!(
            "From: {name} <{name}@customer.test>\r\nTo: support@example.test\r\nSubject: {subject}\r\n\
             Message-ID: <{name}@customer.test>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nPlease help.\r\n"
        );
        app.command(&["email", "deliver", "--inbox", "support"], mail)
            .await?
            .success()?;
    }
    for conversation in api.items("/conversations", 2).await {
        let ticket =
            json!({ "conversation": conversation["id"], "subject": conversation["subject"], "kind": "incident" });
        api.create("/tickets", &ticket).await?;
    }

    // A word narrows the list while it is typed, a choice when it is made; the address can be shared.
    eva.open(&app.url("/tickets")).await?;
    eva.wait_for_text(".ticket-rows", "Black screen").await?;
    eva.type_into("input[name=q]", "tray").await?;
    eventually("the list of what was typed", async || {
        let rows = eva.texts(".ticket-row strong").await.ok()?;
        (rows == ["The tray sticks"]).then_some(())
    })
    .await;
    let typed = eva
        .run("return [document.querySelector('input[name=q]').value, document.activeElement.name, location.search]")
        .await?;
    assert_eq!(typed[0], "tray");
    assert_eq!(typed[1], "q", "the field keeps the focus");
    assert!(
        typed[2].as_str().is_some_and(|query| query.contains("q=tray")),
        "{typed}"
    );
    eva.click("select[name=state] option[value=resolved]").await?;
    eva.wait_for_text("#main", "Nothing fits").await?;
    eva.click("a[href*='state=any']").await?;
    eva.wait_for_text(".ticket-rows", "The tray sticks").await?;
    let shown = eva
        .run("return getComputedStyle(document.querySelector('form[data-filter] > [type=submit]')).display")
        .await?;
    assert_eq!(shown, "none", "nothing is left to press");

    // With nothing open there is nothing to snooze.
    eva.open(&app.url("/inbox")).await?;
    eva.wait_for("a.row-link").await?;
    let offered = async |letters: &str| -> anyhow::Result<Vec<String>> {
        eva.press("Control+k").await?;
        eva.wait_for("#commands[open]").await?;
        eva.type_into("#commands-input", letters).await?;
        // The search for the words stands last, whatever else fits.
        eva.wait_for_text("#commands-list .k-place", letters).await?;
        let actions = eva.texts("#commands-list .k-action .command-words").await?;
        eva.press("Escape").await?;
        eva.wait_until_gone("#commands[open]").await?;
        Ok(actions)
    };
    let actions = offered("Snooze").await?;
    assert!(
        !actions.iter().any(|one| one.contains("Snooze")),
        "nothing is open: {actions:?}"
    );
    eva.click("a.row-link").await?;
    eva.wait_for("[data-do=snooze]").await?;
    let actions = offered("Snooze").await?;
    assert!(actions.iter().any(|one| one == "Snooze"), "{actions:?}");
    Ok(())
}

#[tokio::test]
async fn on_a_phone_a_conversation_opens_where_it_ends() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    eva.sign_up(&app.set_up_link().await, Some("Eva")).await?;
    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
        "settings": { "address": "support@example.test", "name": "Support" },
    });
    Api::of(&app).await?.post("/inboxes", "inbox", &inbox).await?;
    let mail = format!(
        "From: Ana <ana@customer.test>\r\nTo: support@example.test\r\nSubject: A long story\r\n\
         Message-ID: <story@customer.test>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\n{}the end\r\n",
        "and then\r\n".repeat(80)
    );
    app.command(&["email", "deliver", "--inbox", "support"], mail)
        .await?
        .success()?;

    eva.resize(390, 844).await?;
    eva.open(&app.url("/inbox")).await?;
    // The first time it opens at what is unread, from then on at its end.
    for _ in 0..2 {
        eva.click("a.row-link").await?;
        eva.wait_for_text("#timeline", "the end").await?;
        eva.click("a.back").await?;
        eva.wait_for("a.row-link").await?;
    }
    eva.click("a.row-link").await?;
    eva.wait_for_text("#timeline", "the end").await?;
    let below = "const t = document.querySelector('#timeline');
        return [t.scrollTop, t.scrollHeight - t.scrollTop - t.clientHeight]";
    let below = eva.run(below).await?;
    assert!(below[0].as_f64() > Some(100.0), "longer than the screen: {below}");
    assert!(below[1].as_f64() < Some(90.0), "at its end: {below}");
    Ok(())
}
