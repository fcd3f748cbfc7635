//! The built binary, Chromium and a mailbox: a customer turns the mails of a kind off, and finds the next one in the
//! portal, while its page is open.

use anyhow::Context as _;
use serde_json::json;
use tests::harness::{Api, App, Browser, FakeSmtp};
use tests::need;

#[tokio::test]
async fn mail_is_turned_off_and_the_portal_tells() -> anyhow::Result<()> {
    let customer = need!(Browser::start().await);
    let smtp = FakeSmtp::start().await?;
    let app = App::new()?.start().await?;
    let api = Api::of(&app).await?;
    api.mailbox(&smtp, false).await?;
    let ana = json!({ "name": "Ana Lima", "email": "ana@customer.test" });
    let ana = api.create("/customers", &ana).await?;
    let line = json!({ "description": "Lease", "quantity": 1000, "unit_price": 10000 });
    let draft = json!({ "customer": ana["id"], "kind": "invoice", "currency": "USD", "lines": [line] });
    let send = async || -> anyhow::Result<String> {
        let document = api.create("/documents", &draft).await?;
        let id = document["id"].as_str().context("no id")?.to_owned();
        api.create(&format!("/documents/{id}/send"), &json!({ "mail": true }))
            .await?;
        Ok(id)
    };
    send().await?;
    let mails = smtp.wait_for(1).await;
    let link = mails[0].door().context("no link in the mail")?;
    customer.resize(390, 844).await?;
    customer.open(&app.url(&link)).await?;
    customer.click("main form button[type=submit]").await?;
    customer.wait_for_text("h1", "INV-").await?;

    customer.open(&app.url("/portal/notifications/settings")).await?;
    customer.wait_for("input[name=invoice_mail]:checked").await?;
    customer.click("input[name=invoice_mail]").await?;
    customer.click("main form button[type=submit]").await?;
    customer.wait_for_text(".toast.good", "Saved").await?;
    customer.wait_for("input[name=invoice_mail]:not(:checked)").await?;
    customer.fits("the page").await?;

    // The page is open while the second invoice comes.
    customer.open(&app.url("/portal/notifications")).await?;
    customer.wait_for(".client-bell").await?;
    let second = send().await?;
    customer.wait_for_text(".client-bell-count", "1").await?;
    customer.wait_for_text(".note-row.unread", "INV-").await?;
    // A receipt is another kind: it is a mail as ever, and the only one since the first.
    let paid = json!({ "amount": 1000 });
    api.create(&format!("/documents/{second}/payments"), &paid).await?;
    let mails = smtp.wait_for(2).await;
    assert_eq!(mails.len(), 2);
    let receipt = mails[1].text();
    assert!(
        receipt.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
        "{receipt}"
    );
    customer.wait_for_text(".client-bell-count", "2").await?;
    // Opening one reads what leads to the same invoice.
    customer.click(".note-row a").await?;
    customer.wait_for_text("h1", "INV-").await?;
    customer.open(&app.url("/portal/notifications")).await?;
    customer.wait_for(".note-row:not(.unread)").await?;
    let left = customer
        .run("return document.querySelectorAll('.client-bell-count').length")
        .await?;
    assert_eq!(left, json!(0));
    let said: Vec<_> = customer
        .console()
        .await?
        .into_iter()
        .filter(|(level, _)| level == "SEVERE")
        .collect();
    assert!(said.is_empty(), "{said:?}");
    Ok(())
}
