//! Who may come in: the built binary, Chromium, a real provider of OpenID Connect.

mod passkeys;
mod sso;

use anyhow::Context as _;
use tests::harness::{Browser, Running, eventually};

/// Makes the first administrator in this browser, who is signed in then.
async fn set_up(app: &Running, browser: &Browser, base: &str) -> anyhow::Result<()> {
    let link = eventually("the set-up link", async || {
        let log = app.log();
        let mut lines = log.lines().skip_while(|line| !line.contains("first administrator"));
        lines.nth(1).map(|line| line.trim().to_owned())
    })
    .await;
    let at = link.find("/set-up").context("no set-up link")?;
    browser.open(&format!("{base}{}", &link[at..])).await?;
    browser.type_into("#f-name", "Eva").await?;
    browser.type_into("#f-email", "eva@example.test").await?;
    browser.type_into("#f-password", "three tired pelicans").await?;
    browser.click("main form button[type=submit]").await?;
    browser.wait_for("#search").await?;
    Ok(())
}
