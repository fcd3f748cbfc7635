//! Addresses that take forms, opened as pages: out of the history, or from a bookmark.

use tests::harness::{App, http};

#[tokio::test]
async fn an_address_that_takes_a_form_leads_to_its_page() -> anyhow::Result<()> {
    let app = App::new()?.start().await?;
    let get = async |path: &str, accept: &str| -> anyhow::Result<(u16, String)> {
        let answer = http().get(app.url(path)).header("accept", accept).send().await?;
        let to = answer.headers().get("location").and_then(|to| to.to_str().ok());
        Ok((answer.status().as_u16(), to.unwrap_or_default().to_owned()))
    };
    let page = "text/html,application/xhtml+xml";
    for (form, its_page) in [
        ("/settings/surveys/csat", "/settings/surveys"),
        ("/billing/settings/stripe", "/billing/settings"),
        ("/portal/documents/01/decision?x=1", "/portal/documents/01"),
    ] {
        assert_eq!(get(form, page).await?, (303, its_page.to_owned()), "{form}");
        assert_eq!(get(form, "*/*").await?.0, 405, "{form}: a program is told");
    }
    assert_ne!(get("/api/v1/agents/invites", page).await?.0, 303, "programs ask there");
    Ok(())
}
