//! Two agents on one conversation, each in a browser of their own.

use serde_json::json;
use tests::harness::{Api, App, Browser, eventually};
use tests::need;

#[tokio::test]
async fn two_agents_share_an_afternoon() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let rui = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    let link = app.set_up_link().await;
    let api = Api::of(&app).await?;
    eva.sign_up(&link, Some("Eva")).await?;
    let invitation = json!({ "email": "rui@example.test", "name": "Rui", "role": "agent", "language": "en" });
    let invited = api.post("/agents/invites", "rui", &invitation).await?;
    let link = invited["url"].as_str().unwrap_or_default().to_owned();
    // The address that the configuration names; the test knows the one that listens.
    let path = link
        .splitn(4, '/')
        .nth(3)
        .map(|rest| format!("/{rest}"))
        .unwrap_or_default();
    rui.sign_up(&app.url(&path), None).await?;

    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
        "settings": { "address": "support@example.test", "name": "Support" },
    });
    api.post("/inboxes", "inbox", &inbox).await?;
    let mail = "From: Ana Lima <ana@customer.test>\r\nTo: support@example.test\r\nSubject: The tray sticks\r\n\
                Message-ID: <q@customer.test>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nTray two sticks.\r\n";
    app.command(&["email", "deliver", "--inbox", "support"], mail)
        .await?
        .success()?;
    let conversations = api.items("/conversations", 1).await;
    let id = conversations[0]["id"].as_str().unwrap_or_default().to_owned();
    let page = app.url(&format!("/inbox/c/{id}"));

    // Each sees that the other looks.
    eva.open(&page).await?;
    rui.open(&page).await?;
    eva.wait_for_text("#viewers", "Rui").await?;
    rui.wait_for_text("#viewers", "Eva").await?;

    // What Eva has begun survives a reload.
    eva.type_into("#composer-text", "Please lift the *green*").await?;
    eva.wait_for_text("#draft-state", "Draft kept").await?;
    eva.open(&page).await?;
    let kept = eva.run("return document.querySelector('#composer-text').value").await?;
    assert_eq!(kept, "Please lift the *green*");

    // Rui hands it to Eva, who is elsewhere and hears the bell.
    eva.open(&app.url("/inbox")).await?;
    eva.wait_for("#bell-body [data-unread]").await?;
    rui.click("[data-do=hand-over] > summary").await?;
    rui.type_into("#hand-note", "@Eva knows this copier").await?;
    rui.click("[data-do=hand-over] button[type=submit]").await?;
    rui.wait_for_text("#timeline", "gave it to Eva").await?;
    eva.wait_for_text("#bell-count", "2").await?;

    // Eva answers, thinks better of it, and answers again: one mail leaves.
    eva.open(&page).await?;
    let listen = "window.told = []; const plain = window.fetch;
        window.fetch = (to, how) => { if (String(to).endsWith('/typing')) told.push(how.body.get('is_typing')); return plain(to, how); };";
    eva.run(listen).await?;
    eva.type_into("#composer-text", " lever").await?;
    rui.wait_for_text("#typing", "Eva").await?;
    eva.click("#composer-send").await?;
    eva.wait_for("#undo-bar").await?;
    // Whoever has sent writes no more, and says so.
    assert_eq!(
        eva.run("return [told.at(0), told.at(-1)]").await?,
        json!(["true", "false"])
    );
    eva.click("#undo-bar [data-tool=undo]").await?;
    eva.wait_until_gone("#undo-bar").await?;
    let back = eventually("the words back in the composer", async || {
        let value = eva
            .run("return document.querySelector('#composer-text').value")
            .await
            .ok()?;
        value.as_str().filter(|text| text.contains("lever")).map(str::to_owned)
    })
    .await;
    assert!(back.starts_with("Please lift"), "{back}");
    eva.click("[data-do=send] > summary").await?;
    eva.click("[data-key=send-resolve]").await?;
    rui.wait_for_text("#timeline", "Eva resolved it").await?;
    let path = format!("/conversations/{id}/messages");
    let sent = eventually("the reply that left", async || {
        let list = api.get(&path).await.ok()?;
        let all = list["items"].as_array()?.clone();
        let sent: Vec<_> = all
            .into_iter()
            .filter(|message| message["kind"] == "outbound")
            .collect();
        (!sent.is_empty()).then_some(sent)
    })
    .await;
    assert_eq!(sent.len(), 1);
    assert!(
        sent[0]["text"].as_str().is_some_and(|text| text.ends_with("lever")),
        "{sent:?}"
    );
    for browser in [&eva, &rui] {
        let severe: Vec<_> = browser
            .console()
            .await?
            .into_iter()
            .filter(|(level, _)| level == "SEVERE")
            .collect();
        assert!(severe.is_empty(), "{severe:?}");
    }
    Ok(())
}
