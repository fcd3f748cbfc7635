//! An agent writes first, and passes on what a customer sent.

use serde_json::json;
use tests::harness::{Api, App, Browser, FakeSmtp, eventually};
use tests::need;

#[tokio::test]
async fn an_agent_writes_first_and_passes_a_mail_on() -> anyhow::Result<()> {
    let eva = need!(Browser::start().await);
    let smtp = FakeSmtp::start().await?;
    let app = App::new()?.start().await?;
    eva.sign_up(&app.set_up_link().await, Some("Eva")).await?;
    let api = Api::of(&app).await?;

    // Without a mailbox the page says so.
    eva.open(&app.url("/inbox/new")).await?;
    eva.wait_for_text("main", "no mailbox").await?;
    api.mailbox(&smtp, false).await?;

    eva.open(&app.url("/inbox")).await?;
    eva.press("C").await?;
    eva.type_into("#begin-to", "ana@customer").await?;
    eva.type_into("#begin-name", "Ana Lima").await?;
    eva.type_into("#begin-subject", "Your contract").await?;
    eva.type_into("#begin-text", "It ends in May.").await?;
    eva.click(".begin-form button[type=submit]").await?;
    // What was refused keeps what was typed.
    let said = eva.wait_for_text(".toast", "address").await?;
    assert!(said.starts_with(char::is_uppercase), "{said}");
    eva.run("document.getElementById('begin-to').value = 'ana@customer.test'")
        .await?;
    eva.click(".begin-form button[type=submit]").await?;
    eva.wait_for_text("#timeline", "It ends in May.").await?;
    eva.wait_for_text(".thread-assignee", "Yours").await?;
    // It can be taken back as every mail can; then it leaves.
    eva.wait_for("#undo-bar").await?;
    let first = smtp.wait_for(1).await.remove(0);
    let text = first.text();
    assert!(
        text.contains("Subject: Your contract\r\n"),
        "no answer to anything: {text}"
    );
    assert!(!text.contains("In-Reply-To"), "{text}");

    // The answer comes back to it.
    let id = text
        .lines()
        .find_map(|line| line.strip_prefix("Message-ID: "))
        .unwrap_or_default()
        .trim();
    let mail = format!(
        "From: Ana Lima <ana@customer.test>\r\nTo: support@example.test\r\nSubject: Re: Your contract\r\nMessage-ID: <a@customer.test>\r\n\
         In-Reply-To: {id}\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nPlease renew it.\r\n--b\r\nContent-Type: application/pdf\r\n\
         Content-Disposition: attachment; filename=signed.pdf\r\n\r\n%PDF-1.4 signed\r\n--b--\r\n"
    );
    app.command(&["email", "deliver", "--inbox", "support"], mail)
        .await?
        .success()?;
    eva.wait_for_text("#timeline", "Please renew it.").await?;
    assert_eq!(api.items("/conversations", 1).await.len(), 1);

    // It is passed on to the lessor, with its file, as a matter of its own.
    // Its tools show themselves when it is pointed at.
    eva.run("document.querySelector(`.m-inbound a.tool[href*='/inbox/new?forward=']`).click()")
        .await?;
    eva.wait_for_text("h1", "Forward").await?;
    let filled = eva
        .run("return ['subject', 'text'].map((name) => document.getElementById(`begin-${name}`).value)")
        .await?;
    assert_eq!(filled[0], "Fwd: Re: Your contract");
    let words = filled[1].as_str().unwrap_or_default();
    assert!(
        words.contains("Ana Lima ana@customer.test wrote on") && words.contains("Please renew it."),
        "{words}"
    );
    eva.type_into("#begin-to", "lessor@bank.test").await?;
    eva.click(".begin-form button[type=submit]").await?;
    eva.wait_for_text("#timeline", "signed.pdf").await?;
    let passed = eventually("the mail to the lessor", async || {
        smtp.received()
            .into_iter()
            .find(|mail| mail.text().contains("lessor@bank.test"))
    })
    .await;
    assert!(passed.text().contains("signed.pdf"), "{}", passed.text());
    let all = api.items("/conversations", 2).await;
    let first = all
        .iter()
        .find(|one| one["subject"] == "Your contract")
        .cloned()
        .unwrap_or_default();
    eva.open(&app.url(&format!("/inbox/c/{}", first["id"].as_str().unwrap_or_default())))
        .await?;
    eva.wait_for_text("#timeline", "Forwarded to lessor@bank.test").await?;
    eva.fits("the conversation").await?;
    for (width, is_dark) in [(390, true), (1280, false)] {
        eva.screen(width, is_dark).await?;
        eva.open(&app.url("/inbox/new")).await?;
        eva.fits("writing first").await?;
    }
    assert_eq!(all.iter().filter(|one| one["status"] == json!("open")).count(), 2);
    Ok(())
}
