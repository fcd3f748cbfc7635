//! A client of the JSON API.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Browser, FakeSmtp, Running, eventually, http};

/// The JSON API, as an administrator.
#[derive(Debug)]
pub struct Api<'a> {
    app: &'a Running,
    token: String,
    made: AtomicUsize,
}

impl<'a> Api<'a> {
    /// With a new token.
    ///
    /// # Errors
    /// When the command that makes one fails.
    pub async fn of(app: &'a Running) -> anyhow::Result<Self> {
        let printed = app
            .command(&["token", "create", "--role", "administrator"], "")
            .await?
            .success()?;
        let token = printed.split_whitespace().last().context("no token")?.to_owned();
        Ok(Self {
            app,
            token,
            made: AtomicUsize::new(0),
        })
    }

    /// The token, for requests of the test's own.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What a GET answers.
    ///
    /// # Errors
    /// With the answer's words when it is no success.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let request = http().get(self.app.url(&format!("/api/v1{path}")));
        let answer = request.bearer_auth(&self.token).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        anyhow::ensure!(status.is_success(), "GET {path}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// The bytes that a GET answers.
    ///
    /// # Errors
    /// When it is no success.
    pub async fn bytes(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let request = http().get(self.app.url(&format!("/api/v1{path}")));
        let answer = request.bearer_auth(&self.token).send().await?;
        Ok(answer.error_for_status()?.bytes().await?.to_vec())
    }

    /// What a POST answers.
    ///
    /// # Errors
    /// With the answer's words when it is no success.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> anyhow::Result<Value> {
        let request = http().post(self.app.url(&format!("/api/v1{path}")));
        let answer = request
            .bearer_auth(&self.token)
            .header("Idempotency-Key", key)
            .json(body)
            .send()
            .await?;
        let status = answer.status();
        let text = answer.text().await?;
        anyhow::ensure!(status.is_success(), "POST {path}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// What a POST answers that is sent once, under a key of its own.
    ///
    /// # Errors
    /// As [`Api::post`].
    pub async fn create(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        self.post(path, &format!("create-{number}"), body).await
    }

    /// What a PUT or PATCH answers.
    ///
    /// # Errors
    /// With the answer's words when it is no success.
    pub async fn change(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = http().request(method.clone(), self.app.url(&format!("/api/v1{path}")));
        let answer = request.bearer_auth(&self.token).json(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        anyhow::ensure!(status.is_success(), "{method} {path}: {status} {text}");
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Invites an agent, who comes in with `browser`.
    ///
    /// # Errors
    /// As [`Api::post`] and [`Browser::sign_up`].
    pub async fn invite(&self, browser: &Browser, name: &str, language: &str) -> anyhow::Result<()> {
        self.invite_as(browser, name, language, "agent").await
    }

    /// As [`Api::invite`], with a role.
    ///
    /// # Errors
    /// As [`Api::invite`].
    pub async fn invite_as(&self, browser: &Browser, name: &str, language: &str, role: &str) -> anyhow::Result<()> {
        let email = format!("{}@example.test", name.to_lowercase());
        let body = json!({ "email": email, "name": name, "role": role, "language": language });
        let invited = self.create("/agents/invites", &body).await?;
        // The address that the configuration names; the test knows the one that listens.
        let link = invited["url"].as_str().context("no link")?;
        let path = link.splitn(4, '/').nth(3).unwrap_or_default();
        browser.sign_up(&self.app.url(&format!("/{path}")), None).await
    }

    /// An inbox `support` whose mails leave by `smtp`.
    ///
    /// # Errors
    /// As [`Api::post`].
    pub async fn mailbox(&self, smtp: &FakeSmtp, has_bot: bool) -> anyhow::Result<Value> {
        let inbox = json!({
            "channel": "email", "name": "support", "language": "en", "bot_enabled": has_bot,
            "settings": { "address": "support@example.test", "name": "Support", "smtp": { "host": "127.0.0.1", "port": smtp.port(), "tls": "none" } },
        });
        self.create("/inboxes", &inbox).await
    }

    /// The items of a list, once there are at least `count`.
    pub async fn items(&self, path: &str, count: usize) -> Vec<Value> {
        eventually(&format!("{count} items in {path}"), async || {
            let list = self.get(path).await.ok()?;
            let items = list["items"].as_array()?;
            (items.len() >= count).then(|| items.clone())
        })
        .await
    }
}
