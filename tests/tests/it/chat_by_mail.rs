//! A conversation by mail: to the visitor who proved an address, and from the agent's keyboard to somebody else.

use anyhow::Context as _;
use tests::harness::{Api, App, Browser, FakeSmtp, eventually};
use tests::need;

use crate::accessible::{axe, look};
use crate::walk::open_widget;

const ANA: &str = "ana@customer.test";

/// The text of a mail to somebody that has these words, once there is one; its lines are not folded.
async fn mail(smtp: &FakeSmtp, to: &str, words: &str) -> String {
    eventually("the mail", async || {
        let all = smtp.received();
        let texts = all
            .iter()
            .filter(|one| one.to == [to])
            .map(|one| one.text().replace("=\r\n", ""));
        texts.into_iter().find(|text| text.contains(words))
    })
    .await
}

/// Where the link of a mail leads that confirms its address.
fn link(mail: &str) -> Option<String> {
    let at = mail.find("/confirm/")?;
    mail[at..].split_whitespace().next().map(str::to_owned)
}

#[tokio::test]
async fn a_conversation_is_sent_to_whom_it_concerns() -> anyhow::Result<()> {
    let visitor = need!(Browser::start().await);
    let agent = need!(Browser::start().await);
    let axe = need!(axe());
    let smtp = FakeSmtp::start().await?;
    let app = App::new()?.start().await?;
    let api = Api::of(&app).await?;
    api.mailbox(&smtp, false).await?;

    visitor.open(&app.url("/sample")).await?;
    open_widget(&visitor).await?;
    visitor.type_into("#chat-input", "Do you rent bicycles?\n").await?;
    visitor.wait_for_text(".say.own", "Do you rent bicycles?").await?;
    let is_hidden = "return document.querySelector('#chat-mail').hidden";
    assert_eq!(visitor.run(is_hidden).await?, true, "nothing is proved yet");
    visitor.wait_for_text("#chat-email-form", "We are away").await?;
    visitor.type_into("#chat-email", &format!("{ANA}\n")).await?;
    let path = link(&mail(&smtp, ANA, "/confirm/").await).context("no link")?;
    agent.open(&app.url(&path)).await?;
    agent.click("main form button[type=submit]").await?;
    agent.wait_for_text("main", "Your address is confirmed").await?;

    visitor.open(&app.url("/sample")).await?;
    open_widget(&visitor).await?;
    visitor.wait_for_text(".say.own", "Do you rent bicycles?").await?;
    assert_eq!(visitor.run(is_hidden).await?, false);
    let seen = look(&visitor, &axe, "a chat that can be sent").await?;
    assert!(seen.is_empty(), "{seen:#?}");
    visitor.click("#chat-mail").await?;
    visitor.wait_for_text(".chat-bar", "on its way").await?;
    let copy = mail(&smtp, ANA, "Here is a copy of the conversation.").await;
    assert!(copy.contains("Do you rent bicycles?"), "{copy}");

    agent.sign_up(&app.set_up_link().await, Some("Eva")).await?;
    let conversations = api.items("/conversations", 1).await;
    let id = conversations[0]["id"].as_str().unwrap_or_default();
    agent.open(&app.url(&format!("/inbox/c/{id}"))).await?;
    agent.wait_for_text("#timeline", "Do you rent bicycles?").await?;
    agent.press("y").await?;
    agent.wait_for_text("details[data-do=transcript][open]", ANA).await?;
    agent.type_into("#transcript-other", "boss@customer.test\n").await?;
    agent
        .wait_for_text("#timeline", "Eva sent the conversation by mail to boss@customer.test")
        .await?;
    mail(&smtp, "boss@customer.test", "Do you rent bicycles?").await;
    Ok(())
}
