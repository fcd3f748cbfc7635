//! Single sign-on against a real provider.

use tests::harness::oidc::{CLIENT, Oidc, SECRET};
use tests::harness::{App, Browser};
use tests::need;

use super::set_up;

/// Signs in at the provider's own pages.
async fn sign_in(browser: &Browser, base: &str, login: &str) -> anyhow::Result<()> {
    browser.client().delete_all_cookies().await?;
    browser.open(&format!("{base}/sign-in?next=/settings/account")).await?;
    browser.click("a.sso-button").await?;
    browser.type_into("input[name=login]", login).await?;
    browser.type_into("input[name=password]", "anything").await?;
    browser.click("button[type=submit]").await?;
    // What is asked for has to be allowed once.
    browser.wait_for("input[name=prompt][value=consent]").await?;
    browser.click("button[type=submit]").await?;
    Ok(())
}

#[tokio::test]
async fn the_provider_says_who_and_which_role() -> anyhow::Result<()> {
    let browser = need!(Browser::start().await);
    let app = App::new()?;
    let base = app.url("");
    let provider = need!(Oidc::start(&format!("{base}/sign-in/sso/callback")).await);
    let app = app.set("server.public_url", &base).start().await?;
    set_up(&app, &browser, &base).await?;

    browser.open(&format!("{base}/settings/sign-in")).await?;
    browser.type_into("#f-issuer", &provider.issuer()).await?;
    browser.type_into("#f-client_id", CLIENT).await?;
    browser.type_into("#f-client_secret", SECRET).await?;
    browser.type_into("#f-label", "Acme sign-in").await?;
    browser.type_into("#f-scopes", "groups").await?;
    browser.type_into("#f-domains", "acme.test").await?;
    browser.type_into("#f-claim", "groups").await?;
    browser
        .type_into("#f-roles", "desk-admins = administrator\ndesk = agent")
        .await?;
    browser.click("input[name=makes_agents]").await?;
    browser.click("button[value=provider]").await?;
    browser.wait_for(".toast.good").await?;

    sign_in(&browser, &base, "boss@acme.test").await?;
    browser.wait_for_text(".settings-sheet", "boss@acme.test").await?;
    browser.open(&format!("{base}/settings/people")).await?;
    browser.wait_for_text(".people", "boss@acme.test").await?;

    sign_in(&browser, &base, "ana@acme.test").await?;
    browser.wait_for_text(".settings-sheet", "ana@acme.test").await?;
    browser.open(&format!("{base}/settings/people")).await?;
    browser.wait_for_text("main", "403").await?;

    for (login, words) in [
        ("ana@elsewhere.test", "domain"),
        ("unchecked@acme.test", "does not say"),
        ("guest@acme.test", "groups"),
    ] {
        sign_in(&browser, &base, login).await?;
        browser.wait_for_text(".form-summary", words).await?;
    }
    Ok(())
}
