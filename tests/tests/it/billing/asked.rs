//! "How much do I owe?" to the built binary, on both databases: whoever proved their address is told, with the
//! invoices; a stranger gets the way in, and not a word of anybody's.

use anyhow::Context as _;
use serde_json::{Value, json};
use tests::harness::{Api, App, FakeSmtp, Received, Running, fresh_database, http};
use tests::need;

const ANA: &str = "ana@customer.test";
const STRANGER: &str = "someone@elsewhere.test";

#[tokio::test]
async fn what_is_owed_is_told_on_sqlite() -> anyhow::Result<()> {
    what_is_owed_is_told(App::new()?).await
}

#[tokio::test]
async fn what_is_owed_is_told_on_postgres() -> anyhow::Result<()> {
    let url = need!(fresh_database().await);
    what_is_owed_is_told(App::new()?.set("database.url", url)).await
}

/// A mail as the customer's program sends it; quoted-printable undone.
fn readable(mail: &Received) -> String {
    mail.text()
        .replace("=\r\n", "")
        .replace("=3D", "=")
        .replace("=C3=A1", "á")
}

async fn ask(app: &Running, number: usize, from: &str, verdict: Option<&str>, text: &str) -> anyhow::Result<()> {
    let verdict = verdict.map_or_else(String::new, |words| {
        format!("Authentication-Results: mx.example.test; {words}\r\n")
    });
    let raw = format!(
        "{verdict}From: Ana <{from}>\r\nTo: support@example.test\r\nSubject: {text}\r\nMessage-ID: <{number}@customer.test>\r\n\
         Date: Mon, 02 Mar 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    );
    let said = app
        .command(&["email", "deliver", "--inbox", "support"], raw)
        .await?
        .json()?;
    anyhow::ensure!(said["outcome"] == "created", "{said}");
    Ok(())
}

async fn what_is_owed_is_told(app: App) -> anyhow::Result<()> {
    let smtp = FakeSmtp::start().await?;
    let app = app.start().await?;
    let api = Api::of(&app).await?;
    api.mailbox(&smtp, true).await?;
    let ana = api
        .post("/customers", "ana", &json!({ "name": "Ana Lima", "email": ANA }))
        .await?;
    let line = json!({ "description": "Lease", "quantity": 1000, "unit_price": 10000, "taxes": [{ "name": "IVA", "rate": 1600 }] });
    let draft = json!({ "customer": ana["id"], "kind": "invoice", "currency": "USD", "lines": [line] });
    for number in ["one", "two"] {
        let document = api.post("/documents", number, &draft).await?;
        let id = document["id"].as_str().context("no id")?;
        api.post(
            &format!("/documents/{id}/send"),
            &format!("send-{number}"),
            &json!({ "mail": false }),
        )
        .await?;
    }

    for (number, (question, told)) in [
        ("How much do I owe?", "You owe US$"),
        ("¿Cuánto debo? Gracias", "En total debe US$"),
        ("Olá, quanto devo para vocês?", "O total em aberto"),
    ]
    .into_iter()
    .enumerate()
    {
        ask(&app, number, ANA, None, question).await?;
        let mails = smtp.wait_for(number + 1).await;
        let mail = &mails[number];
        assert_eq!(mail.to, [ANA]);
        let text = readable(mail);
        assert!(text.contains(told) && text.contains("232"), "{question}: {text}");
        assert_eq!(
            text.matches("INV-").count() / 2,
            2,
            "both invoices, as text and as page: {text}"
        );
        let link = mail.door().context("the link to an invoice signs in")?;
        let page = http().get(app.url(&link)).send().await?;
        assert_eq!(page.status(), 200);
    }

    // An address that gets no invoices: the way in, and nothing else.
    ask(&app, 10, STRANGER, None, "How much do I owe?").await?;
    let mails = smtp.wait_for(4).await;
    let text = readable(&mails[3]);
    assert_eq!(mails[3].to, [STRANGER]);
    assert!(text.contains("I need to know that it is you"), "{text}");
    assert!(
        !text.contains("INV-") && !text.contains("232") && mails[3].door().is_none(),
        "{text}"
    );
    assert!(text.contains("/portal/link"), "{text}");
    assert_eq!(http().get(app.url("/portal/link")).send().await?.status(), 200);

    // Somebody who only says that they are Ana: what is answered goes to her, with a link that signs her in.
    ask(
        &app,
        11,
        ANA,
        Some("spf=fail; dkim=none; dmarc=fail"),
        "How much do I owe?",
    )
    .await?;
    let mails = smtp.wait_for(5).await;
    assert_eq!(
        mails[4].to,
        [ANA],
        "whatever is said of her account goes to her mailbox"
    );
    // And who wants the answer elsewhere gets neither it nor a link that signs in.
    let elsewhere = "spf=pass\r\nReply-To: thief@elsewhere.test";
    ask(&app, 12, ANA, Some(elsewhere), "How much do I owe?").await?;
    let mails = smtp.wait_for(6).await;
    let text = readable(&mails[5]);
    assert_eq!(mails[5].to, ["thief@elsewhere.test"]);
    assert!(
        !text.contains("INV-") && !text.contains("232") && mails[5].door().is_none(),
        "{text}"
    );

    // What was said stands in the inbox with its cards.
    let conversations = api.items("/conversations", 6).await;
    let mut cards = 0;
    for conversation in &conversations {
        let id = conversation["id"].as_str().context("no id")?;
        let messages = api.get(&format!("/conversations/{id}/messages")).await?;
        let all: Vec<&Value> = messages["items"].as_array().context("no list")?.iter().collect();
        cards += all
            .iter()
            .flat_map(|message| message["cards"].as_array().into_iter().flatten())
            .filter(|card| card["kind"] == "invoice")
            .count();
    }
    assert_eq!(cards, 8);
    Ok(())
}
