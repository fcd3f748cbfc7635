//! Chromium, driven by chromedriver.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use base64::Engine as _;
use fantoccini::wd::TimeoutConfiguration;
use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::process::{Launch, Process, WorkDir};
use super::{DEADLINE, Missing, Port, eventually_within, program};

/// One browser with one window and a profile of its own.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    url: String,
    // In this order: the browser is killed before its folder is removed.
    _driver: Process,
    _folder: WorkDir,
}

impl Browser {
    /// Starts one, without a window on the screen, 1280 by 900.
    ///
    /// # Errors
    /// [`Missing`] when Chromium or chromedriver is not installed; else what went wrong.
    pub async fn start() -> anyhow::Result<Self> {
        let driver = named("CHROMEDRIVER", &["chromedriver"], "chromium-driver")?;
        let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
        let browser = named("CHROMIUM", &names, "chromium")?;
        super::process::with_retry(async || Self::start_with(&driver, &browser).await).await
    }

    async fn start_with(driver: &Path, browser: &Path) -> anyhow::Result<Self> {
        let folder = WorkDir::new("web")?;
        let port = Port::reserve()?;
        let mut process = Process::start(Launch {
            program: driver,
            arguments: vec![format!("--port={}", port.number())],
            folder: folder.path(),
            log: folder.path().join("log"),
            // Fonts are looked up again for every profile when the cache has nowhere to stay.
            environment: vec![("TMPDIR".to_owned(), folder.path().display().to_string())],
            account: None,
            last_signal: "TERM",
        })?;
        let url = format!("http://{}", port.address());
        let status = format!("{url}/status");
        let http = super::http();
        process
            .ready("chromedriver", async || {
                let answer: Value = http.get(&status).send().await.ok()?.json().await.ok()?;
                (answer["value"]["ready"] == true).then_some(())
            })
            .await?;
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-default-browser-check",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-default-apps",
            "--disable-extensions",
            "--disable-sync",
            "--window-size=1280,900",
            &format!("--user-data-dir={}", folder.path().join("profile").display()),
        ]
        .map(str::to_owned);
        let capabilities = json!({
            "goog:chromeOptions": { "binary": browser, "args": flags },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("written as an object")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&url)
            .await
            .with_context(|| format!("chromedriver did not open {}: {}", browser.display(), process.output()))?;
        // A machine with more to do than processors is slow, not broken: axe-core alone took 7 s of the usual 30.
        let patience = Some(Duration::from_secs(300));
        let timeouts = TimeoutConfiguration::new(patience, patience, Some(Duration::ZERO));
        client.update_timeouts(timeouts).await?;
        Ok(Self {
            client,
            url,
            _driver: process,
            _folder: folder,
        })
    }

    /// The fantoccini client, for what the other functions do not do.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens a page and waits until it is loaded.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn open(&self, url: &str) -> anyhow::Result<()> {
        self.client.goto(url).await.with_context(|| format!("opening {url}"))
    }

    /// Gives the browser an authenticator of its own that says yes by itself: it keeps passkeys and
    /// verifies its user. <https://www.w3.org/TR/webauthn-3/#sctn-automation>
    ///
    /// # Errors
    /// When the driver refuses.
    pub async fn add_authenticator(&self) -> anyhow::Result<()> {
        let session = self.client.session_id().await?.context("no session")?;
        let url = format!("{}/session/{session}/webauthn/authenticator", self.url);
        let wish = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true, "isUserConsenting": true,
        });
        let answer = super::http().post(url).json(&wish).send().await?;
        let status = answer.status();
        anyhow::ensure!(status.is_success(), "{status}: {}", answer.text().await?);
        Ok(())
    }

    /// Waits for the first element that matches `css`.
    ///
    /// # Errors
    /// When none is there in time; the message has the page.
    pub async fn wait_for(&self, css: &str) -> anyhow::Result<Element> {
        match eventually_within(DEADLINE, async || self.client.find(Locator::Css(css)).await.ok()).await {
            Some(element) => Ok(element),
            None => anyhow::bail!("no {css} on {}", self.page().await),
        }
    }

    /// Waits until an element that matches `css` shows `text`, and gives its whole text.
    ///
    /// # Errors
    /// When that does not happen in time; the message has the page.
    pub async fn wait_for_text(&self, css: &str, text: &str) -> anyhow::Result<String> {
        let found = eventually_within(DEADLINE, async || {
            let shown = self.texts(css).await.ok()?;
            shown.into_iter().find(|shown| shown.contains(text))
        })
        .await;
        match found {
            Some(shown) => Ok(shown),
            None => anyhow::bail!("no {css} with {text:?} on {}", self.page().await),
        }
    }

    /// Waits until nothing matches `css`.
    ///
    /// # Errors
    /// When something stays.
    pub async fn wait_until_gone(&self, css: &str) -> anyhow::Result<()> {
        eventually_within(DEADLINE, async || {
            self.client.find_all(Locator::Css(css)).await.ok().filter(Vec::is_empty)
        })
        .await
        .map(drop)
        .with_context(|| format!("{css} stays"))
    }

    /// What the first element that matches `css` shows.
    ///
    /// # Errors
    /// As [`Browser::wait_for`].
    pub async fn text(&self, css: &str) -> anyhow::Result<String> {
        let first = eventually_within(DEADLINE, async || self.texts(css).await.ok()?.into_iter().next());
        match first.await {
            Some(text) => Ok(text),
            None => anyhow::bail!("no {css} on {}", self.page().await),
        }
    }

    /// What all elements that match `css` show, now.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn texts(&self, css: &str) -> anyhow::Result<Vec<String>> {
        // In one go: between finding an element and reading it, the page may have drawn it anew.
        // As a driver reads it: what is not shown has no text, and a space is a space.
        let read = "return Array.from(document.querySelectorAll(arguments[0]), element => element.getClientRects().length > 0 ? element.innerText.replaceAll('\\u00a0', ' ').trim() : '')";
        let texts = self.client.execute(read, vec![json!(css)]).await?;
        Ok(serde_json::from_value(texts)?)
    }

    /// An attribute of the first element that matches `css` and has it.
    ///
    /// # Errors
    /// As [`Browser::wait_for`].
    pub async fn attribute(&self, css: &str, name: &str) -> anyhow::Result<String> {
        // In one go, as in `texts`.
        let read = "return document.querySelector(arguments[0])?.getAttribute(arguments[1])";
        let value = eventually_within(DEADLINE, async || {
            let value = self.client.execute(read, vec![json!(css), json!(name)]).await.ok()?;
            value.as_str().map(str::to_owned)
        });
        match value.await {
            Some(value) => Ok(value),
            None => anyhow::bail!("no {css} with {name} on {}", self.page().await),
        }
    }

    /// Clicks the first element that matches `css`, as soon as it can be clicked.
    ///
    /// # Errors
    /// When it is not there or stays covered.
    pub async fn click(&self, css: &str) -> anyhow::Result<()> {
        let mut last = None;
        let clicked = eventually_within(DEADLINE, async || {
            let element = self
                .client
                .find(Locator::Css(css))
                .await
                .map_err(|error| last = Some(error))
                .ok()?;
            // To the middle, where no bar at an edge is above it.
            let middle = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
            let target = serde_json::to_value(&element).ok()?;
            self.client
                .execute(middle, vec![target])
                .await
                .map_err(|error| last = Some(error))
                .ok()?;
            element.click().await.map_err(|error| last = Some(error)).ok()
        })
        .await;
        match (clicked, last) {
            (Some(()), _) => Ok(()),
            (None, last) => anyhow::bail!("cannot click {css} ({last:?}) on {}", self.page().await),
        }
    }

    /// Whether the page is no wider than the screen.
    ///
    /// # Errors
    /// When it is wider.
    pub async fn fits(&self, page: &str) -> anyhow::Result<()> {
        let width = self
            // Not `innerWidth`: a phone shows a page that is too wide smaller, and that grows with it.
            .run("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
            .await?;
        anyhow::ensure!(width.as_i64().unwrap_or(1) <= 0, "{page} is wider than the screen");
        Ok(())
    }

    /// Types into the first element that matches `css`, as a person does, key by key.
    ///
    /// # Errors
    /// When it is not there or takes no text.
    pub async fn type_into(&self, css: &str, text: &str) -> anyhow::Result<()> {
        let element = self.wait_for(css).await?;
        element
            .send_keys(text)
            .await
            .with_context(|| format!("typing into {css}"))
    }

    /// Goes into the frame that matches `css`; what follows happens in it.
    ///
    /// # Errors
    /// When there is no such frame.
    pub async fn enter_frame(&self, css: &str) -> anyhow::Result<()> {
        let frame = self.wait_for(css).await?;
        frame.enter_frame().await.with_context(|| format!("frame {css}"))
    }

    /// Goes back to the page itself.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn leave_frames(&self) -> anyhow::Result<()> {
        // Going to a window, also to the same one, goes to its top.
        let window = self.client.window().await?;
        self.client.switch_to_window(window).await.context("leaving the frames")
    }

    /// Runs JavaScript (the body of a function) and gives what it returns.
    ///
    /// # Errors
    /// When it throws.
    pub async fn run(&self, script: &str) -> anyhow::Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Sets the size of the window, in CSS pixels.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn resize(&self, width: u32, height: u32) -> anyhow::Result<()> {
        Ok(self.client.set_window_size(width, height).await?)
    }

    /// Gives a command of the DevTools protocol.
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn devtools(&self, command: &str, parameters: Value) -> anyhow::Result<Value> {
        let session = self.client.session_id().await?.context("no session")?;
        let url = format!("{}/session/{session}/goog/cdp/execute", self.url);
        let body = json!({ "cmd": command, "params": parameters });
        let answer = super::http().post(url).json(&body).send().await?;
        anyhow::ensure!(answer.status().is_success(), "{command}: {}", answer.text().await?);
        let mut answer: Value = answer.json().await.context("devtools")?;
        Ok(answer["value"].take())
    }

    /// Shows pages as on a screen of this width, in the light or the dark scheme, without movement.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn screen(&self, width: u32, is_dark: bool) -> anyhow::Result<()> {
        let metrics = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
        let scheme = if is_dark { "dark" } else { "light" };
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.devtools("Emulation.setEmulatedMedia", features).await.map(drop)
    }

    /// Presses keys as a person does, whatever has the focus. `Enter`, `Tab`, `Escape` and such are pressed by name, one
    /// character as itself; `Control+k` holds the first while it presses the second.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn press(&self, keys: &str) -> anyhow::Result<()> {
        const CONTROL: u8 = 2;
        const SHIFT: u8 = 8;
        let (held, key) = match keys.rsplit_once('+') {
            Some((held, key)) if !key.is_empty() => (held, key),
            _ => ("", keys),
        };
        let mut modifiers = 0;
        for one in held.split('+').filter(|one| !one.is_empty()) {
            modifiers |= match one {
                "Control" => CONTROL,
                "Shift" => SHIFT,
                other => anyhow::bail!("unknown modifier {other}"),
            };
        }
        let code = match key {
            "Enter" => 13,
            "Tab" => 9,
            "Escape" => 27,
            "ArrowDown" => 40,
            _ => key
                .bytes()
                .next()
                .map_or(0, |byte| u32::from(byte.to_ascii_uppercase())),
        };
        let text = match key {
            "Enter" => "\r",
            one if one.chars().count() == 1 && modifiers & CONTROL == 0 => one,
            _ => "",
        };
        let event = |kind: &str, text: &str| json!({ "type": kind, "key": key, "text": text, "modifiers": modifiers, "windowsVirtualKeyCode": code });
        let kind = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        self.devtools("Input.dispatchKeyEvent", event(kind, text)).await?;
        self.devtools("Input.dispatchKeyEvent", event("keyUp", ""))
            .await
            .map(drop)
    }

    /// Presses letters one after the other, whatever has the focus. (The driver's own sequence of keys waits a minute for
    /// a page that changes its address meanwhile.)
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn types(&self, letters: &str) -> anyhow::Result<()> {
        for letter in letters.chars() {
            self.press(letter.encode_utf8(&mut [0; 4])).await?;
        }
        Ok(())
    }

    /// Writes a picture (PNG) of the window to `path`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn screenshot(&self, path: &Path) -> anyhow::Result<()> {
        let png = self.client.screenshot().await?;
        std::fs::write(path, png).with_context(|| path.display().to_string())
    }

    /// Writes a small picture (WebP) of the window to `path`, for documentation.
    ///
    /// # Errors
    /// When it cannot be taken or written.
    pub async fn picture(&self, path: &Path) -> anyhow::Result<()> {
        let answer = self
            .devtools("Page.captureScreenshot", json!({ "format": "webp", "quality": 75 }))
            .await?;
        let data = answer["data"].as_str().context("a picture is text in base64")?;
        let picture = base64::engine::general_purpose::STANDARD.decode(data)?;
        std::fs::write(path, picture).with_context(|| path.display().to_string())
    }

    /// What the pages wrote to the console since the last call, with uncaught errors and refused
    /// requests; `(level, text)`, `SEVERE` for an error.
    ///
    /// # Errors
    /// When the driver does not answer.
    pub async fn console(&self) -> anyhow::Result<Vec<(String, String)>> {
        let session = self.client.session_id().await?.context("no session")?;
        let url = format!("{}/session/{session}/se/log", self.url);
        let answer = super::http()
            .post(url)
            .json(&json!({ "type": "browser" }))
            .send()
            .await?;
        let answer: Value = answer.json().await.context("console")?;
        let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let entries = answer["value"].as_array().cloned().context("no console log")?;
        Ok(entries
            .iter()
            .map(|entry| (text(entry, "level"), text(entry, "message")))
            .collect())
    }

    /// The address and the beginning of the page, for a message.
    async fn page(&self) -> String {
        let url = self
            .client
            .current_url()
            .await
            .map(|url| url.to_string())
            .unwrap_or_default();
        let source = self.client.source().await.unwrap_or_else(|error| error.to_string());
        // What comes before is the same on every page.
        let from = source.find("<main").unwrap_or_default();
        let start: String = source[from..].chars().take(2_000).collect();
        let words = self.run("return document.querySelector('main')?.innerText ?? ''").await;
        let words = words.unwrap_or_default();
        let words: String = words.as_str().unwrap_or_default().chars().take(2_000).collect();
        format!("{url}:\n{words}\n{start}")
    }

    /// A page made of `html`, for [`Browser::open`].
    #[must_use]
    pub fn data_url(html: &str) -> String {
        format!(
            "data:text/html;charset=utf-8;base64,{}",
            base64::engine::general_purpose::STANDARD.encode(html)
        )
    }

    /// Ends the session in good order. Dropping it does as well, less politely.
    ///
    /// # Errors
    /// When the driver does not answer in time.
    pub async fn close(self) -> anyhow::Result<()> {
        tokio::time::timeout(Duration::from_secs(10), self.client.clone().close())
            .await
            .context("closing")??;
        Ok(())
    }
}

fn named(variable: &str, names: &[&str], package: &'static str) -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Ok(path.into());
    }
    let folders = ["/usr/bin", "/usr/lib/chromium", "/usr/lib/chromium-browser"];
    names
        .iter()
        .find_map(|name| program(name, &folders, package).ok())
        .ok_or_else(|| {
            Missing {
                program: names.join(" or "),
                package,
            }
            .into()
        })
}
