//! The built binary, Chromium, a mailbox and the stand-in for Stripe: from the mail to "paid", on a phone.

use anyhow::Context as _;
use serde_json::{Value, json};
use tests::harness::stripe::{HOOK_SECRET, PUBLISHABLE_KEY, SECRET_KEY, Stripe};
use tests::harness::{Api, App, Browser, FakeSmtp, Running, eventually};
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
    paid.extend(several_at_once(&app, &api, &customer, &agent, (&draft, &stripe, &smtp)).await?);
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
        // Stripe was silent once.
        .filter(|(level, text)| level == "SEVERE" && !text.contains("502 (Bad Gateway)"))
        .collect();
    assert!(said.is_empty(), "{said:?}");
    Ok(())
}

/// From the list on a phone, by the keyboard: some of what is open, then all that is left.
async fn several_at_once(
    app: &Running,
    api: &Api<'_>,
    customer: &Browser,
    agent: &Browser,
    (draft, stripe, smtp): (&Value, &Stripe, &FakeSmtp),
) -> anyhow::Result<Vec<String>> {
    let mut ids = Vec::new();
    let mut numbers = Vec::new();
    for _ in 0..4 {
        let document = api.create("/documents", draft).await?;
        let id = document["id"].as_str().context("no id")?.to_owned();
        let sent = api
            .create(&format!("/documents/{id}/send"), &json!({ "mail": false }))
            .await?;
        numbers.push(document_number(&sent));
        ids.push(id);
    }
    customer.open(&app.url("/portal/billing")).await?;
    customer
        .wait_for_text(".pay-bar [role=status]", "Select invoices")
        .await?;
    customer.wait_for_text(".sum-pay a", "464.00").await?;
    for (place, said) in [(0, "To pay (1): US$ 116.00"), (1, "To pay (2): US$ 232.00")] {
        customer
            .run(&format!(
                "document.querySelector('.pick input[value=\"{}\"]').focus()",
                ids[place]
            ))
            .await?;
        customer.press(" ").await?;
        customer.wait_for_text(".pay-bar [role=status]", said).await?;
    }
    customer.fits("the list with a choice").await?;
    // A change elsewhere keeps what is chosen, and its sum.
    api.create(&format!("/documents/{}/payments", ids[2]), &json!({ "amount": 1600 }))
        .await?;
    customer.wait_for_text(".sum-pay a", "448.00").await?;
    customer
        .wait_for_text(".pay-bar [role=status]", "To pay (2): US$ 232.00")
        .await?;
    customer.click(".pay-bar button").await?;
    customer.wait_for_text(".sum-value", "232.00").await?;
    let lines = customer.texts(".pay-lines li").await?;
    assert!(lines.len() == 2 && lines[0].contains(&numbers[0]), "{lines:?}");
    customer.fits("the page to pay").await?;
    customer.enter_frame("#checkout iframe").await?;
    customer.click("#pay").await?;
    customer.leave_frames().await?;
    customer.wait_for_text(".toast.good", "payment has arrived").await?;
    for id in &ids[..2] {
        let now = api.get(&format!("/documents/{id}")).await?;
        assert_eq!((&now["status"], &now["open"]), (&json!("paid"), &json!(0)));
    }
    // Both sides see what the payment was of.
    for (browser, page) in [(customer, "/portal/documents"), (agent, "/billing/documents")] {
        browser.open(&app.url(&format!("{page}/{}", ids[0]))).await?;
        browser.wait_for_text(".paid-beside", &numbers[1]).await?;
    }
    // All that is left, on Stripe's own page.
    customer.open(&app.url("/portal/billing")).await?;
    customer.click(".sum-pay a").await?;
    customer.wait_for_text(".sum-value", "216.00").await?;
    // Stripe is silent for a moment: that is said, and the choice stays.
    stripe.set_silent(true);
    customer.click(".pay-hosted button").await?;
    customer.wait_for_text(".form-summary", "could not begin").await?;
    customer.wait_for_text(".sum-value", "216.00").await?;
    stripe.set_silent(false);
    customer.click(".pay-hosted button").await?;
    customer.click("#pay").await?;
    customer.wait_for_text(".toast.good", "payment has arrived").await?;
    customer.wait_until_gone(".sum-pay").await?;
    // A payment each, and a part of one by transfer: three mails, in whatever order they were handed over.
    let mails = smtp.wait_for(7).await;
    let thanks: Vec<String> = mails[4..].iter().map(|mail| mail.text()).collect();
    for number in [&numbers[1], &numbers[3]] {
        let of_it = |mail: &&String| mail.contains("2 invoices") && mail.contains(number.as_str());
        assert_eq!(thanks.iter().filter(of_it).count(), 1, "{number}: {thanks:?}");
    }
    Ok(ids)
}
