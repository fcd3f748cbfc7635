//! The walks of a customer and an agent through the built binary, from end to end.

use anyhow::Context as _;
use fantoccini::elements::{Element, ElementRef};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use serde_json::json;
use tests::harness::{Api, App, Browser, Dovecot, Exim, PASSWORD, Stored, eventually};
use tests::need;

const SUPPORT: &str = "support@example.test";
const CUSTOMER: &str = "ana@customer.test";

/// The value of a header field, unfolded; empty when the mail does not have it.
fn header(mail: &Stored, name: &str) -> String {
    let text = mail.text().replace("\r\n", "\n");
    let head = text.split("\n\n").next().unwrap_or_default();
    let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
    unfolded
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(field, _)| field.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
        .unwrap_or_default()
}

/// The bare address of `Name <address>`.
fn bare(address: &str) -> &str {
    address
        .rsplit_once('<')
        .map_or(address, |(_, rest)| rest.trim_end_matches('>'))
}

/// Sends a mail of the customer through Exim.
async fn send(exim: &Exim, to: &str, raw: String) -> anyhow::Result<()> {
    let envelope = lettre::address::Envelope::new(Some(CUSTOMER.parse()?), vec![to.parse()?])?;
    let smtp = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(exim.port())
        .build();
    smtp.send_raw(&envelope, raw.as_bytes()).await?;
    Ok(())
}

#[tokio::test]
async fn a_mail_goes_round() -> anyhow::Result<()> {
    let dovecot = need!(Dovecot::start().await);
    let exim = need!(Exim::start(&dovecot).await);
    dovecot.add_user(SUPPORT).await?;
    dovecot.add_user(CUSTOMER).await?;
    let app = App::new()?.start().await?;
    let api = Api::of(&app).await?;
    let inbox = json!({
        "channel": "email",
        "name": "support",
        "language": "en",
        "bot_enabled": false,
        "settings": {
            "address": SUPPORT,
            "name": "Support",
            "imap": {
                "host": "127.0.0.1", "port": dovecot.imap_port(), "tls": "none", "user": SUPPORT,
                "auth": { "type": "password", "password": PASSWORD },
            },
            "smtp": { "host": "127.0.0.1", "port": exim.port(), "tls": "none" },
        },
    });
    api.post("/inboxes", "inbox", &inbox).await?;

    let question = format!(
        "From: Ana <{CUSTOMER}>\r\nTo: {SUPPORT}\r\nSubject: The tray sticks\r\n\
         Message-ID: <question@customer.test>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\n\
         Tray two of our copier sticks.\r\n"
    );
    send(&exim, SUPPORT, question).await?;
    let conversations = api.items("/conversations", 1).await;
    let id = conversations[0]["id"].as_str().context("no id")?;
    let path = format!("/conversations/{id}/messages");
    let reply = json!({ "text": "Please lift its green lever." });
    let sent = api.post(&path, "reply", &reply).await?;
    let again = api.post(&path, "reply", &reply).await?;
    assert_eq!(sent["id"], again["id"], "the same request twice is one message");

    let received = dovecot.wait_for(CUSTOMER, 1).await;
    let mail = &received[0];
    assert!(mail.text().contains("green lever"), "{}", mail.text());
    assert_eq!(header(mail, "In-Reply-To"), "<question@customer.test>");
    let reply_to = header(mail, "Reply-To");
    let address = bare(&reply_to);
    assert!(
        address.starts_with("support+") && address.ends_with("@example.test"),
        "a Reply-To with a token: {reply_to}"
    );

    // A program that keeps neither In-Reply-To nor References nor the subject: only the address tells.
    let answer = format!(
        "From: Ana <{CUSTOMER}>\r\nTo: {address}\r\nSubject: Thanks\r\n\
         Message-ID: <answer@customer.test>\r\nDate: Mon, 02 Mar 2026 11:00:00 +0000\r\n\r\n\
         It works again.\r\n"
    );
    send(&exim, address, answer).await?;
    let joined = eventually("the answer in the conversation", async || {
        let list = api.get(&path).await.ok()?;
        let messages = list["items"].as_array()?;
        messages
            .iter()
            .find(|message| {
                message["text"]
                    .as_str()
                    .is_some_and(|text| text.contains("works again"))
            })
            .cloned()
    })
    .await;
    assert_eq!(joined["matched_by"], "reply_token");
    assert_eq!(api.items("/conversations", 1).await.len(), 1, "one conversation");
    assert_eq!(dovecot.mailbox(CUSTOMER).await?.len(), 1, "one reply");
    Ok(())
}

/// Opens the chat widget of the page and goes into its frame, which is in a shadow root.
pub(crate) async fn open_widget(browser: &Browser) -> anyhow::Result<()> {
    let frame = eventually("the frame of the widget", async || {
        let script = "const root = [...document.querySelectorAll('div')].find((one) => one.shadowRoot)?.shadowRoot;\
                      if (root && !root.querySelector('iframe')) root.querySelector('button').click();\
                      return root?.querySelector('iframe') ?? null;";
        let found = browser.run(script).await.ok()?;
        let id = found.as_object()?.values().next()?.as_str()?.to_owned();
        Some(Element::from_element_id(browser.client().clone(), ElementRef::from(id)))
    })
    .await;
    frame.enter_frame().await.context("the frame of the widget")
}

#[tokio::test]
async fn a_customer_is_answered_in_chat() -> anyhow::Result<()> {
    let customer = need!(Browser::start().await);
    let agent = need!(Browser::start().await);
    let app = App::new()?;
    let articles = concat!(env!("CARGO_MANIFEST_DIR"), "/../kb/sample");
    app.command(&["kb", "import", articles], "").await?.success()?;
    let app = app.start().await?;

    // The first administrator comes by the link in the terminal.
    agent.sign_up(&app.set_up_link().await, Some("Eva")).await?;
    agent.wait_for(".start-steps").await?;
    agent.click(".settings-sheet > p > a.button").await?;
    agent.wait_for("#search").await?;

    customer.open(&app.url("/sample")).await?;
    open_widget(&customer).await?;
    let input = "#chat-input";
    customer
        .type_into(input, "how do I change the toner cartridge?\n")
        .await?;
    customer
        .wait_for_text(".say.a-bot .card.k-article .card-title", "toner")
        .await?;
    customer.type_into(input, "I want to talk to a person\n").await?;
    let told = customer.wait_for_text(".say.a-bot, .say.a-system", "T-").await?;
    let number = told
        .split_once("T-")
        .map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect::<String>())
        .unwrap_or_default();
    assert!(!number.is_empty(), "the number of the ticket: {told}");

    agent.open(&app.url("/inbox")).await?;
    agent.click("#rows a.row-link").await?;
    agent.wait_for_text("#timeline", "I want to talk to a person").await?;
    agent.wait_for_text("#thread", &format!("T-{number}")).await?;
    agent.type_into("#composer-text", "Eva here, I am on it.").await?;
    agent.click("#composer-send").await?;
    agent.wait_for_text("#timeline", "Eva here, I am on it.").await?;
    customer.wait_for_text(".say.a-agent", "Eva here, I am on it.").await?;
    Ok(())
}
