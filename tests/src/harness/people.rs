//! Agents who come by their link, in a browser of their own.

use super::{Browser, Running, eventually};

impl Running {
    /// The link in the terminal that makes the first administrator.
    pub async fn set_up_link(&self) -> String {
        eventually("the set-up link", async || {
            let log = self.log();
            let mut lines = log.lines().skip_while(|line| !line.contains("first administrator"));
            lines.nth(1).map(|line| line.trim().to_owned())
        })
        .await
    }
}

impl Browser {
    /// Follows the link of the set-up or of an invitation and chooses a password; the browser is signed in
    /// then. The first administrator also gives a name, and has the address `eva@example.test`.
    ///
    /// # Errors
    /// When the page is not as it should be.
    pub async fn sign_up(&self, link: &str, name: Option<&str>) -> anyhow::Result<()> {
        self.open(link).await?;
        if let Some(name) = name {
            self.type_into("#f-name", name).await?;
            self.type_into("#f-email", "eva@example.test").await?;
        }
        self.type_into("#f-password", "correct horse battery").await?;
        self.click("main form button[type=submit]").await?;
        self.wait_for(".shell").await?;
        Ok(())
    }
}
