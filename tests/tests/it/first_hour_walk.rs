//! The first hour of an installation, from an empty folder, in the browser of whoever sets it up: each channel is
//! connected, tried, and used once while the page looks on.

use anyhow::Context as _;
use channels::whatsapp::standin::{Incoming, Standin, User};
use serde_json::json;
use tests::harness::{Api, App, Browser, Dovecot, FakeSmtp, PASSWORD};
use tests::need;

use crate::walk::open_widget;

const SUPPORT: &str = "support@example.test";

/// Puts values into the fields of a form as a person leaves them, whatever kind they are.
async fn fill(browser: &Browser, fields: &[(&str, &str)]) -> anyhow::Result<()> {
    for (name, value) in fields {
        browser.wait_for(&format!("#f-{name}")).await?;
        let script = format!(
            "const field = document.getElementById('f-{name}'); field.value = {}; return field.value;",
            json!(value)
        );
        let now = browser.run(&script).await?;
        anyhow::ensure!(now == *value, "{name} became {now}");
    }
    Ok(())
}

#[tokio::test]
async fn the_first_hour_connects_and_tries_every_channel() -> anyhow::Result<()> {
    let admin = need!(Browser::start().await);
    let visitor = need!(Browser::start().await);
    let dovecot = need!(Dovecot::start().await);
    let smtp = FakeSmtp::start().await?;
    let standin = Standin::start().await?;
    dovecot.add_user(SUPPORT).await?;
    let app = App::new()?.start().await?;

    // Whoever installed it comes by the link of the terminal, and sees what there is to do.
    admin.sign_up(&app.set_up_link().await, Some("Eva")).await?;
    admin.wait_for_text(".lead", "of 9 done").await?;
    // The browser said its time zone with the form before.
    let own = admin
        .run("return Intl.DateTimeFormat().resolvedOptions().timeZone")
        .await?;
    assert_eq!(
        Some(admin.attribute("#f-time_zone", "value").await?.as_str()),
        own.as_str()
    );
    admin.type_into("#f-business", "Casa Verde").await?;
    admin.click("button[value=name]").await?;
    // A name is a word about the business: its language is asked for below and may stay.
    admin
        .wait_for_text(".start-steps li.is-done", "Say who you are")
        .await?;
    fill(&admin, &[("language", "es")]).await?;
    admin.click("button[value=language]").await?;
    admin
        .wait_for_text(".start-steps li.is-done", "which language your customers speak")
        .await?;
    // The country is that of the browser's time zone, where it lies in one; here it is said.
    fill(&admin, &[("country", "EC")]).await?;
    admin.click("button[value=country]").await?;
    admin
        .wait_for_text(".start-steps", "099 123 4567 is read as +593991234567")
        .await?;
    let api = Api::of(&app).await?;
    let inboxes = api.get("/inboxes").await?;
    for inbox in inboxes["items"].as_array().context("no inboxes")? {
        assert_eq!(
            inbox["language"], "es",
            "what it begins with speaks as its customers do"
        );
    }

    // The mailbox: a wrong password is told apart from a good one before anything is kept.
    admin.open(&app.url("/settings/inboxes/new/email")).await?;
    assert_eq!(
        admin.run("return document.getElementById('f-language').value").await?,
        "es",
        "it begins with the language of its customers, not with the administrator's"
    );
    let (imap, port) = (dovecot.imaps_port().to_string(), smtp.port().to_string());
    let fields = [
        ("name", "Correo"),
        ("address", SUPPORT),
        ("imap_host", "127.0.0.1"),
        ("imap_port", &imap),
        ("imap_tls", "tls"),
        ("imap_user", SUPPORT),
        ("imap_password", "wrong"),
        ("smtp_host", "127.0.0.1"),
        ("smtp_port", &port),
        ("smtp_tls", "none"),
    ];
    fill(&admin, &fields).await?;
    admin.click(".settings-actions button[value=test]").await?;
    admin.wait_for_text(".toast.bad", "IMAP: Nobody whom we trust").await?;
    // Its certificate is nobody's whom we know: it is shown, and trusted by a press.
    let pem = "return document.getElementById('f-imap_ca')?.value ?? ''";
    assert_eq!(admin.run(pem).await?, "", "nothing is trusted by itself");
    admin.wait_for_text(".certificate dl", "CN=harness").await?;
    admin.click("button[value=trust_imap]").await?;
    let said = admin.wait_for_text(".toast.bad", "refuses user or password").await?;
    assert!(!said.contains("Nobody whom we trust"), "{said}");
    let trusted = admin.run(pem).await?;
    assert!(
        trusted.as_str().is_some_and(|pem| pem.contains("BEGIN CERTIFICATE")),
        "{trusted}"
    );
    fill(&admin, &[("imap_password", PASSWORD)]).await?;
    admin.click(".settings-actions button[value=test]").await?;
    let said = admin.wait_for_text(".toast.good", "IMAP works").await?;
    assert!(said.contains("SMTP works"), "{said}");
    fill(&admin, &[("imap_password", PASSWORD)]).await?;
    admin.click(".settings-actions button[value=save]").await?;
    admin.wait_for(".inbox-state").await?;

    // WhatsApp, with the values that Meta shows.
    admin.open(&app.url("/settings/inboxes/new/whatsapp")).await?;
    let settings = standin.settings();
    let account = settings.business_account_id.clone().unwrap_or_default();
    let fields = [
        ("name", "WhatsApp"),
        ("phone_number_id", settings.phone_number_id.as_str()),
        ("business_account_id", account.as_str()),
        ("access_token", settings.access_token.as_str()),
        ("app_secret", settings.app_secret.as_str()),
        ("graph_url", settings.graph_url.as_str()),
    ];
    fill(&admin, &fields).await?;
    admin.click(".settings-actions button[value=test]").await?;
    admin.wait_for_text(".toast.good", "WhatsApp answers").await?;
    let secrets = [
        ("access_token", settings.access_token.as_str()),
        ("app_secret", settings.app_secret.as_str()),
    ];
    fill(&admin, &secrets).await?;
    admin.click(".settings-actions button[value=save]").await?;
    let hook = admin.wait_for("#hook-url").await?;
    let hook = hook.prop("value").await?.context("the address for Meta")?;

    // Back on the first steps: the line for the web page is there to copy, and every channel waits to be tried.
    admin.open(&app.url("/settings/start")).await?;
    admin.wait_for_text(".lead", "6 of 9").await?;
    let snippet = admin.wait_for("#start-snippet").await?.prop("value").await?;
    assert!(snippet.is_some_and(|line| line.contains("/widget.js") && line.contains("data-inbox=\"website\"")));
    let waits = admin.texts("#start-tries .start-waits").await?;
    assert_eq!(waits.len(), 4, "mail, WhatsApp, chat and form: {waits:?}");
    admin
        .click("#start-tries li:has(input[name=inbox]) button[value=test]")
        .await?;
    admin.wait_for_text(".toast.good", "works").await?;

    // Each is used once, from outside; the page is not touched and says what came in.
    let mail = format!(
        "From: Ana <ana@customer.test>\r\nTo: {SUPPORT}\r\nSubject: La bandeja\r\nMessage-ID: <1@customer.test>\r\n\
         Date: Mon, 02 Mar 2026 10:00:00 +0000\r\n\r\nLa bandeja dos se atasca.\r\n"
    );
    // It is of an earlier day; mail of the last thirty days is taken in by the day on which it arrived.
    dovecot.append(SUPPORT, mail).await?;
    admin
        .wait_for_text("#start-tries .start-came", "La bandeja dos se atasca")
        .await?;

    let path = hook.splitn(4, '/').nth(3).unwrap_or_default();
    standin.set_target(app.url(&format!("/{path}")));
    let posted = standin
        .inbound(
            &User::new("34600000001", "Ana"),
            Incoming::Text("No imprime nada".to_owned()),
        )
        .await?;
    assert_eq!(posted.status, 200);
    admin
        .wait_for_text("#start-tries .start-came", "No imprime nada")
        .await?;

    visitor.open(&app.url("/sample")).await?;
    open_widget(&visitor).await?;
    visitor
        .type_into("#chat-input", "Quiero hablar con una persona\n")
        .await?;
    admin
        .wait_for_text("#start-tries .start-came", "Quiero hablar con una persona")
        .await?;

    // An answer that left stands there, too.
    let all = api.items("/conversations", 3).await;
    let conversation = all.iter().find(|one| one["channel"] == "email").context("no mail")?;
    let id = conversation["id"].as_str().context("no id")?;
    let answer = json!({ "text": "Levante la palanca verde." });
    api.create(&format!("/conversations/{id}/messages"), &answer).await?;
    let to_ana = tests::harness::eventually("the answer leaves", async || {
        let sent = smtp.received();
        sent.into_iter().find(|mail| mail.text().contains("palanca verde"))
    })
    .await;
    assert_eq!(to_ana.to, ["ana@customer.test"]);
    admin
        .wait_for_text("#start-tries .start-answered", "The answer left")
        .await?;

    // On a telephone, too.
    admin.screen(390, true).await?;
    admin.open(&app.url("/settings/start")).await?;
    admin.wait_for(".start-came").await?;
    admin.fits("/settings/start").await?;
    let wider = "const body = document.querySelector('.settings-body'); return body.scrollWidth - body.clientWidth";
    assert_eq!(admin.run(wider).await?, 0, "nothing of it is wider than the telephone");
    if let Some(folder) = std::env::var_os("SCREENSHOTS") {
        admin
            .screenshot(&std::path::Path::new(&folder).join("start-390.png"))
            .await?;
    }
    Ok(())
}
