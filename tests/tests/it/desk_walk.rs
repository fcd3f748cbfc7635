//! A ticket through the levels, as the people of the desk and their customer see it: N1 takes it in, N2 asks for
//! more, N3 names the defect, the customer confirms and says how it was.

use anyhow::Context as _;
use reqwest::Method;
use serde_json::json;
use tests::harness::{Api, App, Browser, FakeSmtp, Received, Running, eventually};
use tests::need;

/// The mail as its reader sees it, and where its buttons lead.
fn words(mail: &Received) -> String {
    mail.text().replace("=\r\n", "").replace("=3D", "=")
}

/// The value of a header field that stands on one line.
fn header(mail: &Received, name: &str) -> Option<String> {
    let text = mail.text();
    let line = text
        .lines()
        .take_while(|line| !line.trim().is_empty())
        .find(|line| line.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The mail that says this, once it has come.
async fn mail_with(smtp: &FakeSmtp, text: &str) -> Received {
    eventually(&format!("a mail with {text:?}"), async || {
        smtp.received().into_iter().find(|mail| words(mail).contains(text))
    })
    .await
}

/// The path behind the button of a card with these words.
fn button(mail: &Received, label: &str) -> anyhow::Result<String> {
    let text = words(mail);
    let line = text
        .lines()
        .find(|line| line.contains(label) && line.contains("http"))
        .with_context(|| format!("no button {label:?} in {text}"))?;
    let url = line.split_whitespace().last().unwrap_or_default();
    let path = url.splitn(4, '/').nth(3).with_context(|| url.to_owned())?;
    Ok(format!("/{path}"))
}

async fn write(app: &Running, id: &str, answers: &str, text: &str) -> anyhow::Result<()> {
    let thread = match answers {
        "" => String::new(),
        answers => format!("In-Reply-To: {answers}\r\n"),
    };
    let mail = format!(
        "From: Ana Lima <ana@customer.test>\r\nTo: support@example.test\r\nSubject: The tray sticks\r\n\
         Message-ID: <{id}@customer.test>\r\n{thread}Date: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\n{text}\r\n"
    );
    app.command(&["email", "deliver", "--inbox", "support"], mail)
        .await?
        .success()?;
    Ok(())
}

/// What the desk was set up with: two categories, what N2 and N3 want to be told, a question for the end, and a
/// canned reply for printers at N1.
async fn furnish(api: &Api<'_>, smtp: &FakeSmtp) -> anyhow::Result<String> {
    let inbox = api.mailbox(smtp, false).await?;
    let inbox = &inbox["inbox"];
    let hardware = api
        .create("/ticket-categories", &json!({ "names": { "en": "Hardware" } }))
        .await?;
    let printer = json!({ "parent": hardware["id"], "names": { "en": "Printer", "es": "Impresora" } });
    let printer = api.create("/ticket-categories", &printer).await?;
    let printer = printer["id"].as_str().context("no id")?.to_owned();
    for (level, label) in [("N2", "What was tried"), ("N3", "Steps to reproduce")] {
        let point = json!({ "kind": "text", "is_required": true, "labels": { "en": label } });
        let path = format!("/checklists/{level}");
        api.change(Method::PATCH, &path, &json!({ "points": [point] })).await?;
    }
    let asks = json!({ "inboxes": [inbox["id"]], "delay_minutes": 0 });
    api.change(Method::PUT, "/survey-settings/csat", &asks).await?;
    let often = json!({ "shortcut": "a-first", "bodies": { "en": "Good morning." } });
    api.create("/canned-replies", &often).await?;
    let fitting = json!({
        "shortcut": "tray", "title": "A tray sticks", "bodies": { "en": "Please lift the green lever of the tray." },
        "ticket_categories": [printer], "levels": ["N1"],
    });
    api.create("/canned-replies", &fitting).await?;
    Ok(printer)
}

/// N1 opens the ticket, answers with what fits it, and passes it on with what N2 wants to know.
async fn first_level(app: &Running, eva: &Browser, printer: &str) -> anyhow::Result<()> {
    eva.open(&app.url("/inbox")).await?;
    eva.click("#rows a.row-link").await?;
    eva.wait_for_text("#timeline", "Tray two sticks").await?;
    eva.click("[data-do=ticket] > summary").await?;
    eva.click(&format!("#new-ticket-category option[value='{printer}']"))
        .await?;
    eva.click("#new-ticket-kind option[value=incident]").await?;
    eva.click("[data-do=open-ticket] button[type=submit]").await?;
    eva.wait_for_text(".panel-ticket", "T-1").await?;
    let shown = eva.text(".panel-ticket").await?;
    assert!(
        shown.contains("Hardware › Printer") && shown.contains("Incident"),
        "{shown}"
    );

    // What was written for printers at N1 is offered first.
    eva.type_into("#composer-text", "/").await?;
    let first = eva.wait_for_text("#pick-0", "A tray sticks").await?;
    assert!(first.contains("Fits this ticket"), "{first}");
    eva.press("Enter").await?;
    eventually("the words in the composer", async || {
        let words = eva
            .run("return document.querySelector('#composer-text').value")
            .await
            .ok()?;
        words.as_str()?.contains("green lever").then_some(())
    })
    .await;
    eva.click("#composer-send").await?;
    eva.wait_for_text("#timeline", "green lever").await?;

    // N2 does not take over what it knows nothing about; what was written stays on the page.
    eva.type_into("#composer-text", "Half a thought").await?;
    eva.click("[data-do=escalate] > summary").await?;
    eva.wait_for("[data-do=escalate] input[value=N2]:checked").await?;
    eva.type_into("#escalate-reason", "The roller is worn").await?;
    eva.click("[data-do=escalate-to] button[type=submit]").await?;
    eva.wait_for_text("[data-do=escalate][open] .pop-refused", "What was tried")
        .await?;
    let kept = eva
        .run(
            "return [document.querySelector('#composer-text').value, document.querySelector('#escalate-reason').value]",
        )
        .await?;
    assert_eq!(kept, json!(["Half a thought", "The roller is worn"]));
    // What comes in meanwhile takes neither the refusal nor what was written off the page.
    write(app, "again", "<question@customer.test>", "It sticks again.").await?;
    eva.wait_for_text("#timeline", "It sticks again.").await?;
    let refused = eva.text("[data-do=escalate][open] .pop-refused").await?;
    assert!(refused.contains("What was tried"), "{refused}");
    let reason = eva
        .run("return document.querySelector('#escalate-reason').value")
        .await?;
    assert_eq!(reason, json!("The roller is worn"));
    eva.type_into(".check-of.of-N2 textarea", "The lever, and another tray")
        .await?;
    eva.click("[data-do=escalate-to] button[type=submit]").await?;
    eva.wait_for_text("#timeline", "What was tried: The lever, and another tray")
        .await?;
    Ok(())
}

/// Opens the first ticket of a level's queue.
async fn take(app: &Running, browser: &Browser, level: &str) -> anyhow::Result<()> {
    browser.open(&app.url("/tickets")).await?;
    browser.click(&format!(".queues a[href*='level={level}']")).await?;
    browser.click(".ticket-row").await?;
    browser.wait_for_text("h1", "T-1").await?;
    Ok(())
}

/// N2 reads what was tried, asks the customer for more, and passes it on.
async fn second_level(app: &Running, rui: &Browser, smtp: &FakeSmtp) -> anyhow::Result<()> {
    take(app, rui, "N2").await?;
    let told = rui.text(".level-moves").await?;
    assert!(
        told.contains("The roller is worn") && told.contains("another tray"),
        "{told}"
    );
    rui.click("details.action-pop:has([id^=ask_more]) > summary").await?;
    rui.type_into("[id^=ask_more]", "Which serial number does it have?")
        .await?;
    rui.click("form:has([id^=ask_more]) button[type=submit]").await?;
    rui.wait_for_text(".ticket-head", "Waiting").await?;
    let asked = mail_with(smtp, "Which serial number").await;
    let id = header(&asked, "Message-ID").context("a mail without an id")?;
    write(app, "serial", &id, "It is E123.").await?;
    rui.click(".ticket-head a.button.primary").await?;
    rui.wait_for_text("#timeline", "It is E123.").await?;
    take(app, rui, "N2").await?;
    rui.wait_for_text(".ticket-head", "Open").await?;

    rui.click("details.group:has(input[name=level][value=N3]) > summary")
        .await?;
    rui.type_into("#reason-N3", "The firmware stops the tray").await?;
    rui.type_into("[id^=check-N3]", "Print twelve pages from tray two")
        .await?;
    rui.click("form:has(input[name=level][value=N3]) button[type=submit]")
        .await?;
    rui.wait_for_text(".ticket-head", "N3").await?;
    Ok(())
}

/// N3 names the defect in its own tracker and asks whether it is solved.
async fn third_level(app: &Running, ines: &Browser) -> anyhow::Result<()> {
    take(app, ines, "N3").await?;
    let told = ines.text(".level-moves").await?;
    assert!(told.contains("twelve pages") && told.contains("another tray"), "{told}");
    let facts = ines.text(".facts").await?;
    assert!(facts.contains("Impresora"), "in her language: {facts}");
    ines.type_into("#reference-name", "FW-7").await?;
    ines.type_into("#reference-url", "https://tracker.example.test/FW-7")
        .await?;
    ines.click("form:has(#reference-url) button[type=submit]").await?;
    ines.wait_for_text(".ticket-link", "FW-7").await?;
    ines.click("details.action-pop:has([id^=ask_solved]) > summary").await?;
    ines.click("form:has([id^=ask_solved]) button[type=submit]").await?;
    ines.wait_for_text(".ticket-head", "A la espera de confirmación")
        .await?;
    Ok(())
}

/// The customer says yes, and how it was.
async fn customer(app: &Running, ana: &Browser, smtp: &FakeSmtp) -> anyhow::Result<()> {
    ana.resize(390, 844).await?;
    let question = mail_with(smtp, "Yes, it is solved").await;
    ana.open(&app.url(&button(&question, "Yes, it is solved")?)).await?;
    let asked = ana.wait_for_text("main", "Is it solved?").await?;
    assert!(asked.contains("Yes, it is solved"), "{asked}");
    ana.fits("the question").await?;
    ana.click("main form button[type=submit]").await?;
    ana.wait_for_text("h1", "Thank you").await?;

    // The question in the mail: one press on a score leads to the page with that score chosen.
    let survey = mail_with(smtp, "Very good").await;
    ana.open(&app.url(&button(&survey, "Very good")?)).await?;
    ana.wait_for("input[name=score][value='5']:checked").await?;
    ana.fits("the survey").await?;
    ana.type_into("textarea[name=comment]", "Quick and friendly").await?;
    ana.click("main form button[type=submit]").await?;
    ana.wait_for(".toast.good").await?;
    Ok(())
}

#[tokio::test]
async fn from_the_first_level_to_the_survey() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let rui = need!(Browser::start().await);
    let ines = need!(Browser::start().await);
    let ana = need!(Browser::start().await);
    let smtp = FakeSmtp::start().await?;
    let app = App::new()?.start().await?;
    let api = Api::of(&app).await?;
    let printer = furnish(&api, &smtp).await?;
    eva.sign_up(&app.set_up_link().await, Some("Eva")).await?;
    api.invite(&rui, "Rui", "en").await?;
    api.invite(&ines, "Ines", "es").await?;
    write(&app, "question", "", "Tray two sticks.").await?;

    first_level(&app, &eva, &printer).await?;
    second_level(&app, &rui, &smtp).await?;
    third_level(&app, &ines).await?;
    customer(&app, &ana, &smtp).await?;

    // Everybody finds how it ended.
    take_solved(&app, &ines).await?;
    eva.wait_for_text("#timeline", "Quick and friendly").await?;
    eva.wait_for_text("#thread", "Resolved").await?;
    for browser in [&eva, &rui, &ines, &ana] {
        let severe: Vec<_> = browser
            .console()
            .await?
            .into_iter()
            // A refusal that was asked for.
            .filter(|(level, text)| level == "SEVERE" && !text.contains("422"))
            .collect();
        assert!(severe.is_empty(), "{severe:?}");
    }
    Ok(())
}

async fn take_solved(app: &Running, browser: &Browser) -> anyhow::Result<()> {
    browser.open(&app.url("/tickets?state=resolved")).await?;
    browser.click(".ticket-row").await?;
    let history = browser.wait_for_text(".ticket-history", "FW-7").await?;
    assert!(
        history.contains("Ana Lima") || history.contains("cliente"),
        "who confirmed: {history}"
    );
    Ok(())
}
