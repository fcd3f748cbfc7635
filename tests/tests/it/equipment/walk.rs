//! The built binary and Chromium, on phones: a customer asks for service, the technician comes and signs.

use anyhow::Context as _;
use serde_json::json;
use tests::harness::{Api, App, Browser, FakeSmtp, Running, eventually};
use tests::need;

#[tokio::test]
async fn from_the_request_to_the_signature() -> anyhow::Result<()> {
    let customer = need!(Browser::start().await);
    let technician = need!(Browser::start().await);
    let smtp = FakeSmtp::start().await?;
    let app = App::new()?.start().await?;
    let api = Api::of(&app).await?;
    api.mailbox(&smtp, true).await?;
    technician.sign_up(&app.set_up_link().await, Some("Eva Diaz")).await?;

    let ana = json!({ "name": "Ana Lima", "email": "ana@customer.test" });
    let ana = api.create("/customers", &ana).await?;
    let site = json!({ "customer": ana["id"], "name": "Head office", "address": "Main street 1", "position": "-0.2039, -78.4904" });
    let site = api.create("/sites", &site).await?;
    let machine = json!({ "customer": ana["id"], "site": site["id"], "model": "Ricoh IM C3000", "serial": "E123", "place": "3rd floor" });
    let machine = api.create("/machines", &machine).await?;
    let id = machine["id"].as_str().context("no id")?.to_owned();
    let counter = json!({ "kind": "mono", "value": 1000, "on": "2026-01-01" });
    api.create(&format!("/machines/{id}/counters"), &counter).await?;
    let line = json!({ "description": "Lease", "quantity": 1000, "unit_price": 10000 });
    let draft = json!({ "customer": ana["id"], "kind": "invoice", "currency": "USD", "lines": [line] });
    let document = api.create("/documents", &draft).await?;
    let document = document["id"].as_str().context("no id")?;
    api.create(&format!("/documents/{document}/send"), &json!({ "mail": true }))
        .await?;
    let mails = smtp.wait_for(1).await;
    let link = mails[0].door().context("no link in the mail")?;
    customer.resize(390, 844).await?;
    customer.open(&app.url(&link)).await?;
    customer.click("main form button[type=submit]").await?;
    customer.wait_for_text("h1", "INV-").await?;

    // Home, then the machine, then what is wrong with it.
    customer.open(&app.url("/portal")).await?;
    customer.wait_for_text(".eq-tiles", "Machines").await?;
    customer.fits("home").await?;
    customer.open(&app.url("/portal/machines?q=ric")).await?;
    customer.fits("the list").await?;
    customer.click(".eq-list a").await?;
    customer.wait_for_text("h1", "Ricoh IM C3000").await?;
    customer.fits("the machine").await?;
    customer.click(".eq-actions a").await?;
    customer.type_into("#f-problem", "It makes a noise").await?;
    customer.click(".eq-form button[type=submit]").await?;
    customer.wait_for_text("h1", "Service").await?;
    let requests = api.get("/machine-requests").await?;
    let request = &requests["items"][0];
    assert_eq!(
        (&request["machine_id"], &request["kind"]),
        (&json!(id), &json!("service"))
    );

    // The bot says where it stands: what was asked for, and the visit once it has a day.
    let told = ask(&app, &smtp, "When does the technician come?").await?;
    assert!(
        told.contains("No visit has a day yet") && told.contains("Service: "),
        "{told}"
    );

    // A visit is planned, and its customer follows it.
    let agents = api.get("/agents").await?;
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)?
        .as_secs();
    let at = |seconds: u64| jiff::Timestamp::from_second(i64::try_from(seconds).unwrap_or(0)).map(|at| at.to_string());
    let visit = json!({ "machine": id, "agent": agents["items"][0]["id"], "starts_at": at(now)?, "ends_at": at(now + 3600)?, "request": request["id"] });
    let visit = api.create("/visits", &visit).await?;
    let visit = visit["id"].as_str().context("no visit")?.to_owned();
    customer.open(&app.url(&format!("/portal/visits/{visit}"))).await?;
    customer.wait_for_text("#live-visit .badge", "Planned").await?;
    customer.fits("the visit").await?;
    let told = ask(&app, &smtp, "dnd esta mi tecnico?").await?;
    assert!(
        told.contains("Estas visitas") && told.contains("Ricoh IM C3000"),
        "{told}"
    );
    technician.resize(390, 844).await?;
    technician.open(&app.url(&format!("/visits/{visit}"))).await?;
    technician.click("button[value=on_way]").await?;
    customer.wait_for_text("#live-visit .badge", "On the way").await?;
    technician.click("button[value=there]").await?;
    technician.wait_for("#f-work").await?;
    technician.fits("the technician's page").await?;
    technician.type_into("#f-work", "Rollers changed").await?;
    technician.type_into("#f-signed", "Ana Lima").await?;
    let script = "const c = document.querySelector('[data-sign] canvas'); c.scrollIntoView(); const b = c.getBoundingClientRect(); \
        const at = (kind, x, y) => c.dispatchEvent(new PointerEvent(kind, { pointerId: 1, isPrimary: true, bubbles: true, clientX: b.left + x * b.width, clientY: b.top + y * b.height })); \
        c.setPointerCapture = () => {}; at('pointerdown', .2, .5); at('pointermove', .4, .2); at('pointermove', .6, .8); at('pointerup', .6, .8); \
        return document.querySelector('input[name=signature]').value;";
    let drawn = technician.run(script).await?;
    assert_eq!(drawn, json!("200,200 400,80 600,320"));
    technician.click("[action$='/done'] button[type=submit]").await?;
    technician.wait_for(".eq-signature path").await?;
    customer.wait_for_text("#live-visit .badge", "Done").await?;
    customer.open(&app.url(&format!("/portal/visits/{visit}"))).await?;
    let script = "const done = arguments[arguments.length - 1]; return fetch(location.pathname + '/report').then(async (r) => { const b = new Uint8Array(await r.arrayBuffer()); return [r.status, r.headers.get('content-type'), b[1], b.length > 5000]; });";
    let report = customer.run(script).await?;
    assert_eq!(report, json!([200, "application/pdf", 80, true]));
    let said: Vec<_> = customer
        .console()
        .await?
        .into_iter()
        .chain(technician.console().await?)
        .filter(|(level, _)| level == "SEVERE")
        .collect();
    assert!(said.is_empty(), "{said:?}");
    Ok(())
}

/// What the bot answers Ana, who asks by mail.
async fn ask(app: &Running, smtp: &FakeSmtp, question: &str) -> anyhow::Result<String> {
    let before = smtp.received().len();
    let raw = format!(
        "From: Ana <ana@customer.test>\r\nTo: support@example.test\r\nSubject: {question}\r\nMessage-ID: <{before}@customer.test>\r\n\r\n{question}\r\n"
    );
    app.command(&["email", "deliver", "--inbox", "support"], raw)
        .await?
        .json()?;
    // Notices of the visit may leave meanwhile.
    let answer = eventually("the bot's answer", async || {
        let mails = smtp.received();
        mails[before..]
            .iter()
            .map(|mail| mail.text().replace("=\r\n", ""))
            .find(|text| text.contains(question))
    })
    .await;
    Ok(answer)
}
