//! What a fast pair of hands meets at the desk: letters in a menu, letters typed before a list is there, a search that
//! follows the typing, a session that ends meanwhile.

use serde_json::json;
use tests::harness::{Api, App, Browser, Running, eventually};
use tests::need;

/// A mail of a customer's to the inbox `support`.
async fn deliver(app: &Running, from: &str, subject: &str, text: &str) -> anyhow::Result<()> {
    let id: String = subject.chars().filter(char::is_ascii_alphanumeric).collect();
    let mail = format!(
        "From: {from}\r\nTo: support@example.test\r\nSubject: {subject}\r\nMessage-ID: <{id}@customer.test>\r\n\
         Date: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\n{text}\r\n"
    );
    app.command(&["email", "deliver", "--inbox", "support"], mail)
        .await?
        .success()?;
    Ok(())
}

/// Eva at a desk whose inbox has no bot.
async fn desk<'a>(app: &'a Running, eva: &Browser) -> anyhow::Result<Api<'a>> {
    eva.sign_up(&app.set_up_link().await, Some("Eva")).await?;
    let api = Api::of(app).await?;
    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
        "settings": { "address": "support@example.test", "name": "Support" },
    });
    api.create("/inboxes", &inbox).await?;
    Ok(api)
}

/// Waits until an expression in the page is true.
async fn holds(eva: &Browser, what: &str, expression: &str) {
    eventually(what, async || {
        (eva.run(&format!("return Boolean({expression})")).await.ok()? == true).then_some(())
    })
    .await;
}

#[tokio::test]
async fn letters_in_an_open_menu_choose_and_do_nothing_else() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let rosa = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    let api = desk(&app, &eva).await?;
    api.invite(&rosa, "Rebecca", "es").await?;
    for (subject, text) in [("The first tray", "It sticks."), ("The second tray", "It rattles.")] {
        deliver(&app, "Ana <ana@customer.test>", subject, text).await?;
    }
    eva.open(&app.url("/inbox")).await?;
    eva.click("#rows li:first-child a.row-link").await?;
    eva.wait_for("#thread [data-do=claim]").await?;

    // Of the letters of her name, "e" resolves and "b" opens something else.
    eva.press("a").await?;
    holds(
        &eva,
        "the menu is open",
        "document.activeElement.closest('[data-do=assign][open]')",
    )
    .await;
    eva.types("reb").await?;
    holds(
        &eva,
        "the colleague is chosen",
        "document.activeElement.textContent.includes('Rebecca')",
    )
    .await;
    eva.press("Enter").await?;
    eva.wait_for_text("#thread .thread-assignee", "Rebecca").await?;
    for conversation in api.items("/conversations", 2).await {
        assert_eq!(conversation["status"], "open", "{conversation}");
    }
    // The focus is where the menu was, and the list goes on with what has not been read.
    holds(
        &eva,
        "the focus is not lost",
        "document.activeElement.matches('[data-do=assign] > summary')",
    )
    .await;
    let left = eva.run("return document.getElementById('thread').dataset.id").await?;
    holds(
        &eva,
        "it left the list",
        "document.querySelectorAll('#rows > .row').length === 1",
    )
    .await;
    eva.press("j").await?;
    let other = format!("document.getElementById('thread').dataset.id !== {left}");
    holds(&eva, "the other one is open", &other).await;

    // Arrows step through a menu, and its end is an end.
    eva.press("p").await?;
    holds(
        &eva,
        "priorities",
        "document.activeElement.closest('[data-do=priority][open]')",
    )
    .await;
    for _ in 0..6 {
        eva.press("ArrowDown").await?;
    }
    holds(&eva, "the last of them", "document.activeElement.value === 'urgent'").await;
    eva.press("Enter").await?;
    let urgent = eventually("it is urgent", async || {
        let all = api.items("/conversations?priority=urgent", 1).await;
        (all.len() == 1).then(|| all[0].clone())
    })
    .await;
    assert_eq!(urgent["priority"], "urgent");
    Ok(())
}

#[tokio::test]
async fn what_is_typed_at_once_is_looked_for_and_not_written() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    desk(&app, &eva).await?;
    deliver(&app, "Ana <ana@customer.test>", "The tray sticks", "Tray two.").await?;
    deliver(
        &app,
        "Rui <rui@customer.test>",
        "The invoice is wrong",
        "Charged twice.",
    )
    .await?;
    eva.open(&app.url("/inbox")).await?;
    holds(
        &eva,
        "both are listed",
        "document.querySelectorAll('#rows > .row').length === 2",
    )
    .await;

    // The list follows what is typed; what is typed meanwhile stays.
    eva.press("/").await?;
    eva.types("invoice").await?;
    holds(
        &eva,
        "one is left",
        "document.querySelectorAll('#rows > .row').length === 1",
    )
    .await;
    eva.types(" wrong").await?;
    holds(
        &eva,
        "the address follows",
        "new URLSearchParams(location.search).get('q') === 'invoice wrong'",
    )
    .await;
    holds(
        &eva,
        "the words are whole",
        "document.activeElement.value === 'invoice wrong'",
    )
    .await;
    // One step leads to what was found, another opens it.
    eva.press("ArrowDown").await?;
    eva.press("Enter").await?;
    eva.wait_for_text("#timeline", "Charged twice.").await?;

    // The field of the cards is there before their list is.
    eva.press("d").await?;
    eva.types("toner").await?;
    holds(
        &eva,
        "it is looked for",
        "document.querySelector('#composer-picker input')?.value === 'toner'",
    )
    .await;
    let reply = eva.run("return document.getElementById('composer-text').value").await?;
    assert_eq!(reply, "", "nothing of it is a reply");
    holds(
        &eva,
        "the field keeps the focus",
        "document.activeElement.matches('#composer-picker input')",
    )
    .await;
    Ok(())
}

#[tokio::test]
async fn the_row_of_the_conversation_that_took_another_in_is_marked() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    let api = desk(&app, &eva).await?;
    deliver(&app, "Ana <ana@customer.test>", "The tray sticks", "Tray two.").await?;
    deliver(&app, "Ana <ana@customer.test>", "The tray sticks again", "Tray three.").await?;
    let all = api.items("/conversations", 2).await;
    let by = |subject: &str| {
        all.iter()
            .find(|one| one["subject"] == subject)
            .cloned()
            .unwrap_or_default()
    };
    let (first, second) = (by("The tray sticks"), by("The tray sticks again"));

    eva.open(&app.url(&format!("/inbox/c/{}", second["id"].as_str().unwrap_or_default())))
        .await?;
    eva.wait_for_text("#timeline", "Tray three.").await?;
    eva.press("M").await?;
    eva.wait_for("[data-do=merge][open]").await?;
    // What the core refuses is said once, where it was asked, as a sentence.
    eva.type_into("#merge-number", "99").await?;
    eva.press("Enter").await?;
    let said = eva.wait_for_text("[data-do=merge] .pop-refused", " ").await?;
    assert!(said.starts_with(char::is_uppercase), "{said}");
    assert_eq!(
        eva.run("return document.querySelectorAll('#composer-problem').length")
            .await?,
        0
    );
    eva.click(&format!("[data-do=merge] button[value='{}']", first["number"]))
        .await?;
    let marked = format!(
        "document.querySelector('#rows a[aria-current=true]')?.closest('.row').dataset.id === {}",
        first["id"]
    );
    holds(&eva, "the remaining row is marked", &marked).await;
    Ok(())
}

#[tokio::test]
async fn enter_in_a_field_means_the_button_beside_it() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    let api = desk(&app, &eva).await?;
    deliver(&app, "Ana <ana@customer.test>", "The tray sticks", "Tray two.").await?;
    eva.open(&app.url("/inbox?tab=all")).await?;
    holds(
        &eva,
        "it is listed",
        "document.querySelectorAll('#rows > .row').length === 1",
    )
    .await;

    // With several chosen, the reason of an escalation is no word to assign them to somebody.
    eva.press("x").await?;
    eva.press("E").await?;
    holds(
        &eva,
        "the reason is asked for",
        "document.activeElement.id === 'bulk-reason'",
    )
    .await;
    eva.types("the roller").await?;
    eva.press("Enter").await?;
    holds(&eva, "the level is next", "document.activeElement.value === 'level:N1'").await;
    eva.press("Escape").await?;
    eva.press("-").await?;

    // In the field of the copies it sends nothing, in that of a time it means the time.
    eva.click("a.row-link").await?;
    eva.type_into("#composer-text", "Please lift the green lever.").await?;
    eva.click("details:has(#composer-cc) > summary").await?;
    eva.type_into("#composer-cc", "rui@customer.test").await?;
    eva.press("Enter").await?;
    eva.click("[data-do=snooze] > summary").await?;
    let time = "const field = document.getElementById('snooze-at'); field.value = '2099-01-02T09:30'; field.focus();";
    eva.run(time).await?;
    eva.press("Enter").await?;
    let snoozed = eventually("it is snoozed", async || {
        let all = api.items("/conversations", 1).await;
        (all[0]["status"] == "snoozed").then(|| all[0].clone())
    })
    .await;
    assert!(
        snoozed["snoozed_until"]
            .as_str()
            .is_some_and(|until| until.starts_with("2099-01-02")),
        "until when it was said: {snoozed}"
    );
    assert_eq!(snoozed["assignee_id"], serde_json::Value::Null, "{snoozed}");
    let id = snoozed["id"].as_str().unwrap_or_default();
    let messages = api.items(&format!("/conversations/{id}/messages"), 1).await;
    let is_ours = |one: &&serde_json::Value| one["kind"] == "outbound" || one["kind"] == "scheduled";
    assert_eq!(
        messages.iter().filter(is_ours).count(),
        0,
        "nothing was sent: {messages:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_session_that_ends_while_somebody_writes_says_so_and_keeps_the_words() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    let api = desk(&app, &eva).await?;
    deliver(&app, "Ana <ana@customer.test>", "The tray sticks", "Tray two.").await?;
    let id = api.items("/conversations", 1).await[0]["id"].clone();
    let page = app.url(&format!("/inbox/c/{}", id.as_str().unwrap_or_default()));
    eva.open(&page).await?;
    eva.devtools("Network.clearBrowserCookies", json!({})).await?;
    eva.type_into("#composer-text", "Please lift the green lever.").await?;
    eva.click("#composer-send").await?;
    eva.wait_for_text("main", "Your session has ended").await?;
    eva.type_into("#f-email", "eva@example.test").await?;
    eva.type_into("#f-password", "correct horse battery").await?;
    eva.click("main form button[type=submit]").await?;
    eva.wait_for_text("#timeline", "Tray two.").await?;
    holds(
        &eva,
        "the words are back",
        "document.getElementById('composer-text').value === 'Please lift the green lever.'",
    )
    .await;
    Ok(())
}
