//! Passkeys in Chromium, with its own authenticator.

use tests::harness::{App, Browser};
use tests::need;

use super::set_up;

#[tokio::test]
async fn a_passkey_takes_the_place_of_the_password() -> anyhow::Result<()> {
    let browser = need!(Browser::start().await);
    let app = App::new()?;
    let base = app.url("").replace("127.0.0.1", "localhost");
    let app = app.set("server.public_url", &base).start().await?;
    browser.add_authenticator().await?;
    set_up(&app, &browser, &base).await?;

    browser.open(&format!("{base}/settings/security")).await?;
    browser
        .type_into("form[data-passkey=create] #f-name", "My laptop")
        .await?;
    browser.click("form[data-passkey=create] button").await?;
    browser.wait_for_text(".toast.good", "passkey works").await?;
    browser.wait_for_text(".people", "My laptop").await?;
    let codes = browser.texts(".recovery-codes li").await?;
    assert_eq!(codes.len(), 10, "{codes:?}");

    // The password alone asks for the second step now, which the passkey takes.
    browser.client().delete_all_cookies().await?;
    browser.open(&format!("{base}/sign-in")).await?;
    browser.type_into("#f-email", "eva@example.test").await?;
    browser.type_into("#f-password", "correct horse battery").await?;
    browser
        .click("main form[action='/sign-in'] button[type=submit]")
        .await?;
    browser.wait_for_text("h1", "Second step").await?;
    browser.click("form[data-passkey=get] button").await?;
    browser.wait_for("#search").await?;

    // And the passkey alone is enough.
    browser.client().delete_all_cookies().await?;
    browser.open(&format!("{base}/sign-in")).await?;
    browser.click("form[data-passkey=get] button").await?;
    browser.wait_for("#search").await?;

    // A recovery code works once.
    for is_good in [true, false] {
        browser.client().delete_all_cookies().await?;
        browser.open(&format!("{base}/sign-in")).await?;
        browser.type_into("#f-email", "eva@example.test").await?;
        browser.type_into("#f-password", "correct horse battery").await?;
        browser
            .click("main form[action='/sign-in'] button[type=submit]")
            .await?;
        browser.type_into("#f-code", &codes[0]).await?;
        browser
            .click("main form[action='/sign-in/second'] button[type=submit]")
            .await?;
        if is_good {
            browser.wait_for("#search").await?;
        } else {
            browser.wait_for(".form-summary").await?;
        }
    }
    // All of it stands in the audit, whose chain is whole.
    let said = app.command(&["doctor"], "").await?.text();
    assert!(said.contains("ok    audit"), "{said}");
    Ok(())
}
