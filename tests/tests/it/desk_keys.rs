//! What an agent does with single keys to whole conversations: one mail gets a conversation of its own, two become one,
//! and that is taken back. The rail counts along.

use serde_json::json;
use tests::harness::{Api, App, Browser, Running, eventually};
use tests::need;

const ANA: &str = "Ana <ana@customer.test>";

async fn deliver(app: &Running, id: &str, subject: &str, answers: &str, text: &str) -> anyhow::Result<()> {
    let answers = match answers {
        "" => String::new(),
        id => format!("In-Reply-To: <{id}@customer.test>\r\nReferences: <{id}@customer.test>\r\n"),
    };
    let mail = format!(
        "From: {ANA}\r\nTo: support@example.test\r\nSubject: {subject}\r\nMessage-ID: <{id}@customer.test>\r\n{answers}\
         Date: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\n{text}\r\n"
    );
    app.command(&["email", "deliver", "--inbox", "support"], mail)
        .await?
        .success()?;
    Ok(())
}

/// What the rail counts as waiting for this agent; empty where it shows nothing.
async fn counted(eva: &Browser, wanted: &str) {
    eventually(&format!("the rail counts {wanted:?}"), async || {
        let script =
            "const count = document.getElementById('rail-waiting'); return count.hidden ? '' : count.textContent";
        (eva.run(script).await.ok()? == wanted).then_some(())
    })
    .await;
}

async fn rows(eva: &Browser, wanted: &[&str]) {
    eventually(&format!("the rows {wanted:?}"), async || {
        let mut subjects = eva.texts("#rows .row-subject").await.ok()?;
        subjects.sort();
        (subjects == wanted).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_key_splits_a_mail_off_and_another_takes_a_merge_back() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    eva.sign_up(&app.set_up_link().await, Some("Eva")).await?;
    let api = Api::of(&app).await?;
    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
        "settings": { "address": "support@example.test", "name": "Support" },
    });
    api.post("/inboxes", "inbox", &inbox).await?;
    deliver(&app, "tray", "The tray sticks", "", "Tray two, since this morning.").await?;
    // Who wants to write again often answers the last mail they have.
    deliver(&app, "bill", "Invoice 7 is wrong", "tray", "You charged us twice.").await?;

    eva.open(&app.url("/inbox")).await?;
    rows(&eva, &["The tray sticks"]).await;
    counted(&eva, "").await;
    eva.click("a.row-link").await?;
    eva.wait_for_text(".mail-who", "Invoice 7 is wrong").await?;
    eva.press("N").await?;
    rows(&eva, &["Invoice 7 is wrong", "The tray sticks"]).await;
    eva.wait_until_gone(".mail-who").await?;
    for conversation in api.items("/conversations", 2).await {
        let id = conversation["id"].as_str().unwrap_or_default();
        let messages = api.get(&format!("/conversations/{id}/messages")).await?;
        let items = messages["items"].as_array().cloned().unwrap_or_default();
        let mails = items.iter().filter(|one| one["kind"] == "inbound").count();
        assert_eq!(mails, 1, "each has its own mail: {items:?}");
    }

    // Both are taken, and the rail counts them without the page being loaded anew.
    eva.press("*").await?;
    eva.wait_for("#bulk:not([hidden])").await?;
    eva.press("a").await?;
    eva.click("#bulk [data-bulk=assign] .pop-body button").await?;
    counted(&eva, "2").await;
    eva.click("[data-tab=mine]").await?;
    rows(&eva, &["Invoice 7 is wrong", "The tray sticks"]).await;

    eva.press("*").await?;
    eva.wait_for("#bulk:not([hidden])").await?;
    eva.press("M").await?;
    eva.click("#bulk [data-bulk=merge] .pop-body button").await?;
    rows(&eva, &["The tray sticks"]).await;
    counted(&eva, "1").await;
    eva.wait_for("#offer-bar:not([hidden])").await?;
    eva.press("z").await?;
    rows(&eva, &["Invoice 7 is wrong", "The tray sticks"]).await;
    counted(&eva, "2").await;
    eva.wait_until_gone("#offer-bar:not([hidden])").await?;

    // One key resolves what is open and opens the next; without a next it only resolves.
    let opened = async |id: &str| {
        eva.run("return document.getElementById('thread').dataset.id")
            .await
            .is_ok_and(|now| now == id)
    };
    eva.click("#rows li:first-child a.row-link").await?;
    let ids = eva
        .run("return [...document.querySelectorAll('#rows > .row')].map(row => row.dataset.id)")
        .await?;
    let id = |at: usize| ids[at].as_str().unwrap_or_default().to_owned();
    eventually("the first is open", async || opened(&id(0)).await.then_some(())).await;
    eva.press("D").await?;
    eventually("the next is open", async || opened(&id(1)).await.then_some(())).await;
    counted(&eva, "1").await;
    eva.press("D").await?;
    counted(&eva, "").await;
    rows(&eva, &[]).await;
    Ok(())
}

#[tokio::test]
async fn the_way_back_leads_to_the_list_that_was_chosen_last() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    eva.sign_up(&app.set_up_link().await, Some("Eva")).await?;
    let api = Api::of(&app).await?;
    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
        "settings": { "address": "support@example.test", "name": "Support" },
    });
    api.post("/inboxes", "inbox", &inbox).await?;
    deliver(&app, "tray", "The tray sticks", "", "Tray two, since this morning.").await?;

    let chosen = async |tab: &str| {
        eva.wait_for(&format!(
            "#main[data-pane=list] .tab[data-tab={tab}][aria-current=page]"
        ))
        .await
    };
    eva.open(&app.url("/inbox?tab=all")).await?;
    eva.click("a.row-link").await?;
    eva.wait_for("#thread [data-do=claim]").await?;
    // Taking it draws the conversation anew, and the list stays the one that was chosen.
    eva.press("c").await?;
    eva.wait_until_gone("#thread [data-do=claim]").await?;
    eva.press("u").await?;
    chosen("all").await?;

    // So does what the customer writes, after another list was chosen beside the open conversation.
    eva.click("a.row-link").await?;
    eva.wait_for_text("#timeline", "since this morning").await?;
    eva.press("2").await?;
    eva.wait_for("#main[data-pane=thread] .tab[data-tab=mine][aria-current=page]")
        .await?;
    deliver(&app, "again", "Re: The tray sticks", "tray", "Now tray three, too.").await?;
    eva.wait_for_text("#timeline", "Now tray three").await?;
    eva.press("u").await?;
    chosen("mine").await?;
    Ok(())
}

#[tokio::test]
async fn what_is_said_and_what_can_be_done_do_not_cover_each_other() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let app = App::new()?.start().await?;
    eva.sign_up(&app.set_up_link().await, Some("Eva")).await?;
    let api = Api::of(&app).await?;
    let inbox = json!({
        "channel": "email", "name": "support", "language": "en", "bot_enabled": false,
        "settings": { "address": "support@example.test", "name": "Support" },
    });
    api.post("/inboxes", "inbox", &inbox).await?;
    deliver(&app, "tray", "The tray sticks", "", "Tray two, since this morning.").await?;

    for (width, height) in [(390, 844), (900, 700), (1280, 800)] {
        eva.resize(width, height).await?;
        eva.open(&app.url("/inbox?tab=all")).await?;
        eva.press("*").await?;
        eva.wait_for("#bulk:not([hidden])").await?;
        let apart = "const said = document.getElementById('live-bar');
            said.hidden = false;
            said.textContent = 'Done: 1';
            const box = (id) => document.getElementById(id).getBoundingClientRect();
            const end = getComputedStyle(document.querySelector('.rows')).paddingBottom;
            return box('live-bar').bottom <= box('bulk').top && parseFloat(end) >= box('bulk').height;";
        eventually(&format!("both can be seen at {width} px"), async || {
            (eva.run(apart).await.ok()? == true).then_some(())
        })
        .await;
        eva.fits(&format!("the bar at {width} px")).await?;
    }
    Ok(())
}
