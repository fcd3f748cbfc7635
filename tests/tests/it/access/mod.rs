//! Who may come in: the built binary, Chromium, a real provider of OpenID Connect.

mod addresses;
mod first;
mod passkeys;
mod sso;

use anyhow::Context as _;
use tests::harness::{Browser, Running};

/// Makes the first administrator in this browser, who is signed in then.
async fn set_up(app: &Running, browser: &Browser, base: &str) -> anyhow::Result<()> {
    let link = app.set_up_link().await;
    let at = link.find("/set-up").context("no set-up link")?;
    browser.sign_up(&format!("{base}{}", &link[at..]), Some("Eva")).await
}
