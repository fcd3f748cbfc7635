//! The built binary, Chromium, a mailbox and the stand-in for Stripe: from the mail to "paid", on a phone.

use anyhow::Context as _;
use serde_json::{Value, json};
use tests::harness::stripe::{HOOK_SECRET, PUBLISHABLE_KEY, SECRET_KEY, Stripe};
use tests::harness::{Api, App, Browser, FakeSmtp, eventually};
use tests::need;

fn document_number(document: &Value) -> String {
    document["number"].as_str().unwrap_or("no number").to_owned()
}

#[tokio::test]
async fn from_the_mail_to_paid() -> anyhow::Result<()> {
    let customer = need!(Browser::start().await);
    let agent = need!(Browser::start().await);
    let smtp = FakeSmtp::start().await?;
    let stripe = Stripe::start(billing::stripe::API_VERSION).await?;
    let app = App::new()?
        .env("SWITCHBOARD__STRIPE__API_URL", &stripe.url)
        .env("SWITCHBOARD__STRIPE__SCRIPT_URL", format!("{}/v3/", stripe.url))
        .start()
        .await?;
    let api = Api::of(&app).await?;
    api.mailbox(&smtp, false).await?;

    // The administrator enters Stripe's keys; the web hook stays lost at first.
    agent.sign_up(&app.set_up_link().await, Some("Eva")).await?;
    agent.wait_for(".start-steps").await?;
    agent.open(&app.url("/billing/settings")).await?;
    agent.type_into("#f-publishable_key", PUBLISHABLE_KEY).await?;
    agent.type_into("#f-secret_key", SECRET_KEY).await?;
    agent.type_into("#f-hook_secret", HOOK_SECRET).await?;
    agent
        .click("form[action='/billing/settings/stripe'] button[type=submit]")
        .await?;
    agent.wait_for("#stripe:target .toast.good").await?;

    let ana = json!({ "name": "Ana Lima", "email": "ana@customer.test" });
    let ana = api.create("/customers", &ana).await?;
    let line = json!({ "description": "Lease", "quantity": 1000, "unit_price": 10000, "taxes": [{ "name": "IVA", "rate": 1600 }] });
    let draft = json!({ "customer": ana["id"], "kind": "invoice", "currency": "USD", "lines": [line] });
    let mut paid = Vec::new();
    // Each invoice is a mail, and each payment is thanked for.
    for (way, number) in [("embedded", 1), ("hosted", 3)] {
        let document = api.create("/documents", &draft).await?;
        let id = document["id"].as_str().context("no id")?.to_owned();
        let sent = api
            .create(&format!("/documents/{id}/send"), &json!({ "mail": true }))
            .await?;
        assert_eq!(sent["status"], "sent", "{sent}");
        let mails = smtp.wait_for(number).await;
        let mail = mails.last().context("no mail")?.text();
        assert!(mail.contains("application/pdf"), "the PDF goes with it");
        if number == 1 {
            let link = mails[0].door().context("no link in the mail")?;
            customer.resize(390, 844).await?;
            customer.open(&app.url(&link)).await?;
            customer.click("main form button[type=submit]").await?;
        } else {
            // The device is remembered.
            customer.open(&app.url(&format!("/portal/documents/{id}"))).await?;
        }
        customer.wait_for_text("h1", "INV-").await?;
        customer.wait_for_text(".sum-value", "116.00").await?;
        customer.fits("the page").await?;

        agent.open(&app.url(&format!("/billing/documents/{id}"))).await?;
        if way == "hosted" {
            stripe.set_hook(&app.url("/webhooks/stripe"));
        }
        if way == "embedded" {
            customer.open(&app.url(&format!("/portal/documents/{id}/pay"))).await?;
            customer.enter_frame("#checkout iframe").await?;
            customer.click("#pay").await?;
            customer.leave_frames().await?;
        } else {
            // From the statement it is one press to the page to pay.
            customer.open(&app.url("/portal/billing")).await?;
            customer.click(".document-tools .primary").await?;
            customer.click(".pay-hosted button").await?;
            customer.click("#pay").await?;
        }
        customer.wait_for_text(".toast.good", "payment has arrived").await?;
        customer.wait_for_text("#live-head .badge", "Paid").await?;
        let now = api.get(&format!("/documents/{id}")).await?;
        assert_eq!((&now["status"], &now["open"]), (&json!("paid"), &json!(0)), "{way}");
        let mails = smtp.wait_for(number + 1).await;
        let thanks = mails.last().context("no thanks")?.text();
        let number = document_number(&now);
        assert!(thanks.contains(&number) && thanks.contains("116.00"), "{thanks}");
        assert!(!thanks.contains("application/pdf"), "thanks go without the PDF");
        paid.push(id);
    }
    assert!(stripe.refused().is_empty(), "{:?}", stripe.refused());

    // Select all, one ZIP.
    customer.open(&app.url("/portal/billing")).await?;
    let rows = customer.texts(".document-title").await?;
    assert_eq!(rows.len(), paid.len());
    // The list narrows as one chooses, without a button, and the address says so.
    customer.click("select[name=status] option[value=paid]").await?;
    eventually("the address of the paid ones", async || {
        let query = customer.run("return location.search").await.ok()?;
        query.as_str()?.contains("status=paid").then_some(())
    })
    .await;
    assert_eq!(customer.texts(".document-title").await?.len(), paid.len());
    customer.click("select[name=status] option[value=void]").await?;
    customer.wait_until_gone(".document-title").await?;
    let shown = customer
        .run("return getComputedStyle(document.querySelector('form[data-filter] > [type=submit]')).display")
        .await?;
    assert_eq!(shown, "none", "nothing is left to press");
    let script = "const done = arguments[arguments.length - 1]; return fetch('/portal/documents.zip', { method: 'POST', body: new URLSearchParams({ all: '1' }) }).then(async (r) => { const b = new Uint8Array(await r.arrayBuffer()); return [r.status, b[0], b[1], b.length > 20000]; });";
    let zip = customer.run(script).await?;
    assert_eq!(zip, json!([200, 80, 75, true]));
    let said: Vec<_> = customer
        .console()
        .await?
        .into_iter()
        .filter(|(level, _)| level == "SEVERE")
        .collect();
    assert!(said.is_empty(), "{said:?}");
    Ok(())
}
