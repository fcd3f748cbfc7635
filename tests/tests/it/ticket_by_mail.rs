//! A request from the portal's form, answered by mail: what its customer writes from their mail program stands in the ticket,
//! while they look at it.

use anyhow::Context as _;
use conversation::keys::Keys;
use reqwest::multipart::Form;
use serde_json::json;
use tests::harness::{Api, App, Browser, FakeSmtp, eventually, http};
use tests::need;

const CUSTOMER: &str = "ana@customer.test";

/// The value of a header field of a raw mail, unfolded.
fn header(mail: &str, name: &str) -> String {
    let text = mail.replace("\r\n", "\n");
    let head = text.split("\n\n").next().unwrap_or_default();
    let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
    unfolded
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(field, _)| field.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
        .unwrap_or_default()
}

#[tokio::test]
async fn an_answer_by_mail_stands_in_the_ticket() -> anyhow::Result<()> {
    let browser = need!(Browser::start().await);
    let smtp = FakeSmtp::start().await?;
    let app = App::new()?.set("instance.key", "5b".repeat(32)).start().await?;
    let api = Api::of(&app).await?;
    let made = api.mailbox(&smtp, false).await?;
    let inbox = made["inbox"]["id"]
        .as_str()
        .or_else(|| made["id"].as_str())
        .context("no id")?;
    let keys = Keys::new(vec![[0x5b; 32]])?;
    let secret = keys.sign("mail-hook", inbox);

    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let token = keys.sign(
        "ticket form",
        &format!("01HYYYYYYYYYYY000000000001-{}", now.as_millis() - 60_000),
    );
    let form = Form::new()
        .text("token", token)
        .text("language", "es")
        .text("subject", "La bandeja")
        .text("text", "Se traba.")
        .text("name", "Ana")
        .text("email", CUSTOMER);

    let sent = http()
        .post(app.url("/portal/tickets/new"))
        .multipart(form)
        .send()
        .await?;
    assert!(sent.status().is_success(), "{}", sent.status());

    // The mail of the receipt leads to the ticket.
    let mails = smtp.wait_for(1).await;
    let door = mails[0].door().context("no link")?;
    browser.resize(390, 844).await?;
    browser.open(&app.url(&door)).await?;
    browser.click("main form button[type=submit]").await?;
    browser.wait_for_text("h1", "La bandeja").await?;

    // Ana answers it from her mail program, quoting it.
    let receipt = mails[0].text();
    let (id, to) = (header(&receipt, "Message-ID"), header(&receipt, "Reply-To"));
    let answer = format!(
        "From: Ana <{CUSTOMER}>\r\nTo: {to}\r\nSubject: Re: La bandeja\r\nIn-Reply-To: {id}\r\nReferences: {id}\r\n\
         Message-ID: <answer@customer.test>\r\nDate: Mon, 02 Mar 2026 11:00:00 +0000\r\n\r\n\
         También hace ruido.\r\n\r\nEl lun, 2 mar 2026 a las 10:00, Support escribió:\r\n> Gracias por su mensaje.\r\n"
    );
    let taken = http()
        .post(app.url("/webhooks/email/support"))
        .bearer_auth(&secret)
        .body(answer)
        .send()
        .await?;
    assert!(taken.status().is_success(), "{}", taken.status());
    // It comes up in the page that is open, without what she quoted.
    browser.wait_for_text("main", "También hace ruido").await?;
    let page = browser.text("main").await?;
    assert!(!page.contains("escribió:"), "{page}");
    browser.fits("the ticket").await?;

    // The desk answers there; she reads it in the ticket and in her mail.
    let conversations = api.items("/conversations", 1).await;
    let path = format!(
        "/conversations/{}/messages",
        conversations[0]["id"].as_str().context("no id")?
    );
    api.post(&path, "reply", &json!({ "text": "Levante la palanca verde." }))
        .await?;
    browser.wait_for_text("main", "palanca verde").await?;
    let brought = eventually("the mail with the answer", async || {
        let mails = smtp.received();
        mails.into_iter().find(|mail| mail.text().contains("palanca verde"))
    })
    .await;
    assert_eq!(header(&brought.text(), "In-Reply-To"), "<answer@customer.test>");
    Ok(())
}
