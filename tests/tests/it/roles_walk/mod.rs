//! The built binary, Chromium and a mailbox: each role on a phone, for what people of that role come for. Whatever
//! page they pass is looked at as they would: does it fit, can it be tapped, does it speak their language.

mod business;
mod customers;
mod map;

use std::cell::RefCell;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};
use tests::harness::{Api, App, Browser, FakeSmtp, Received, Running, eventually};

/// What is not as it should be on the page that is open, for a phone of 390 pixels.
const WRONG: &str = r"
    const wrong = [];
    const named = (one) => `${one.tagName} ${one.id || one.name || one.className} ${(one.textContent || '').trim().slice(0, 40)}`;
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) wrong.push(`${root.scrollWidth} pixels wide`);
    if (root.lang !== arguments[0]) wrong.push(`speaks ${root.lang}`);
    if (!document.title) wrong.push('no title');
    if (!document.querySelector('h1')) wrong.push('no heading');
    const text = document.body.innerText;
    for (const found of text.match(/\b[a-z]+(-[a-z]+)+:? \{|\{ ?\$\w+ ?\}|\bundefined\b|\bNaN\b/g) ?? []) wrong.push(`says ${found}`);
    for (const one of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
        if (!one.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
        const target = one.closest('label') ?? one.labels?.[0] ?? one;
        const box = (one.matches('[type=checkbox], [type=radio]') ? target : one).getBoundingClientRect();
        // For the eyes of a screen reader alone, or beside the screen until it is called.
        if (box.width <= 1 || box.height <= 1) continue;
        // A word in a sentence is as high as its line.
        const isWord = one instanceof HTMLElement && getComputedStyle(one).display === 'inline' && one.parentElement.innerText.trim() !== one.innerText.trim();
        if (!isWord && (box.width < 24 || box.height < 24)) wrong.push(`${Math.round(box.width)} by ${Math.round(box.height)}: ${named(one)}`);
        const scrolls = (above) => above && (/auto|scroll/.test(getComputedStyle(above).overflowX) && above.scrollWidth > above.clientWidth || scrolls(above.parentElement));
        if ((box.right > root.clientWidth + 1 || box.left < -1) && !scrolls(one.parentElement)) wrong.push(`beside the screen: ${named(one)}`);
    }
    // Where one is now is seen without a search.
    for (const one of document.querySelectorAll('nav [aria-current=page]')) {
        if (!one.checkVisibility({ visibilityProperty: true })) continue;
        const here = one.getBoundingClientRect();
        if (here.width === 0) continue;
        if (here.right < 8 || here.left > root.clientWidth - 8) wrong.push('the mark of where one is stands beside the screen');
    }
    return wrong;";

/// Somebody's phone, in their language.
pub(crate) struct Phone {
    browser: Browser,
    language: &'static str,
    wrong: RefCell<Vec<String>>,
}

impl std::ops::Deref for Phone {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}

impl Phone {
    pub(crate) async fn start(language: &'static str) -> anyhow::Result<Self> {
        let browser = Browser::start().await?;
        browser.screen(390, language == "es").await?;
        let speaks = json!({ "userAgent": "Mozilla/5.0 (Linux; Android 15) Mobile", "acceptLanguage": language });
        browser.devtools("Emulation.setUserAgentOverride", speaks).await?;
        Ok(Self {
            browser,
            language,
            wrong: RefCell::default(),
        })
    }

    /// Looks at the page that is open. With a folder in `ROLE_PICTURES`, its picture is kept there.
    pub(crate) async fn look(&self, page: &str) -> anyhow::Result<()> {
        let found = self.client().execute(WRONG, vec![self.language.into()]).await?;
        let found = found.as_array().context("a list")?;
        let found = found
            .iter()
            .filter_map(Value::as_str)
            .map(|one| format!("{page}: {one}"));
        self.wrong.borrow_mut().extend(found);
        if let Some(folder) = std::env::var_os("ROLE_PICTURES") {
            std::fs::create_dir_all(&folder)?;
            let name = format!("{} {page}.png", self.language).replace(' ', "-");
            self.screenshot(&Path::new(&folder).join(name)).await?;
        }
        Ok(())
    }

    /// Opens a page that has this heading, and looks at it.
    pub(crate) async fn visit(&self, app: &Running, path: &str, heading: &str) -> anyhow::Result<()> {
        self.open(&app.url(path)).await?;
        self.wait_for_text("h1", heading).await?;
        self.look(path.trim_start_matches('/').replace(['/', '?', '='], " ").trim())
            .await
    }

    /// A page that is refused says why, in words, and leads on.
    pub(crate) async fn refused(&self, app: &Running, path: &str, words: &str) -> anyhow::Result<()> {
        self.open(&app.url(path)).await?;
        self.is_refused(path, words).await
    }

    /// As [`Phone::refused`], of the page that is open.
    pub(crate) async fn is_refused(&self, path: &str, words: &str) -> anyhow::Result<()> {
        self.wait_for_text(".lead", words).await?;
        self.look(&format!("refused {}", path.trim_start_matches('/').replace('/', " ")))
            .await?;
        let ways = self.run("return [...document.querySelectorAll('main a[href]')].map((one) => one.getAttribute('href')).filter((href) => href !== location.pathname)").await?;
        anyhow::ensure!(
            ways.as_array().is_some_and(|ways| !ways.is_empty()),
            "{path}: a dead end"
        );
        Ok(())
    }

    /// Posts a form that no page of theirs has, with the mark of a page that they do have, and gives the status and
    /// what the answer says.
    pub(crate) async fn forge(&self, path: &str, fields: &str) -> anyhow::Result<(i64, String)> {
        let script = "const done = arguments[arguments.length - 1];
            (async () => {
                const csrf = document.body.dataset.csrf ?? '';
                const answer = await fetch(arguments[0], { method: 'POST', body: new URLSearchParams(`csrf=${encodeURIComponent(csrf)}&${arguments[1]}`), headers: { accept: 'text/html' } });
                const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
                done([answer.status, page.body.textContent]);
            })().catch((error) => done([0, String(error)]));";
        let answer = self
            .client()
            .execute_async(script, vec![path.into(), fields.into()])
            .await?;
        Ok((
            answer[0].as_i64().unwrap_or_default(),
            answer[1].as_str().unwrap_or_default().to_owned(),
        ))
    }

    /// The three things people come for: on the first screen, and each leads to a page.
    pub(crate) async fn one_tap_away(&self, app: &Running, home: &str, css: &str) -> anyhow::Result<()> {
        let script = "return [...document.querySelectorAll(arguments[0])].filter((one) => one.getBoundingClientRect().bottom < 844).map((one) => one.getAttribute('href'))";
        self.open(&app.url(home)).await?;
        self.wait_for(css).await?;
        let ways = self.client().execute(script, vec![css.into()]).await?;
        let ways: Vec<&str> = ways
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(ways.len(), 3, "on the first screen: {ways:?}");
        for way in ways {
            self.open(&app.url(way)).await?;
            self.wait_for("#main h1").await?;
            self.look(way.trim_start_matches('/').replace('/', " ").trim()).await?;
        }
        Ok(())
    }

    /// Ends the walk: nothing that was seen was wrong, and nothing went wrong behind.
    pub(crate) async fn all_was_well(&self) -> anyhow::Result<()> {
        let mut wrong = self.wrong.take();
        wrong.dedup();
        assert!(wrong.is_empty(), "{}:\n{}", self.language, wrong.join("\n"));
        // A refusal that was asked for is written there, too.
        let expected = ["401", "403", "404", "422"];
        let severe: Vec<_> = self
            .console()
            .await?
            .into_iter()
            .filter(|(level, text)| {
                level == "SEVERE"
                    && !expected
                        .iter()
                        .any(|status| text.contains(&format!("status of {status}")))
            })
            .collect();
        assert!(severe.is_empty(), "{severe:?}");
        Ok(())
    }
}

/// A business with two customers, each a company with a machine at a place of its own.
pub(crate) struct World {
    pub(crate) app: Running,
    smtp: FakeSmtp,
}

/// A customer of the business.
pub(crate) struct Company {
    pub(crate) id: String,
    pub(crate) person: String,
    pub(crate) machine: String,
}

impl World {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let app = App::new()?;
        // A passkey needs a name instead of an address.
        let base = app.url("").replace("127.0.0.1", "localhost");
        let app = app.set("server.public_url", base).start().await?;
        let world = Self {
            app,
            smtp: FakeSmtp::start().await?,
        };
        world.api().await?.mailbox(&world.smtp, false).await?;
        Ok(world)
    }

    pub(crate) async fn api(&self) -> anyhow::Result<Api<'_>> {
        Api::of(&self.app).await
    }

    /// A company with one person, a site, and a machine that stands there.
    pub(crate) async fn company(
        &self,
        api: &Api<'_>,
        name: &str,
        email: &str,
        machine: &str,
        at: &str,
    ) -> anyhow::Result<Company> {
        let customer = json!({ "name": name, "email": email, "is_company": true });
        let customer = api.create("/customers", &customer).await?;
        let site = json!({ "customer": customer["id"], "name": format!("{name} 1"), "address": "Av. Amazonas 1", "position": at });
        let site = api.create("/sites", &site).await?;
        let serial = format!("SN-{at}");
        let machine =
            json!({ "customer": customer["id"], "site": site["id"], "model": machine, "serial": serial, "place": "3" });
        let machine = api.create("/machines", &machine).await?;
        let machine = machine["id"].as_str().context("no machine")?.to_owned();
        let counter = json!({ "kind": "mono", "value": 1000, "on": "2026-01-01" });
        api.create(&format!("/machines/{machine}/counters"), &counter).await?;
        let companies = api.get("/companies").await?;
        let of_name = |one: &&Value| one["name"] == name;
        let id = companies["items"]
            .as_array()
            .into_iter()
            .flatten()
            .find(of_name)
            .context("no company")?;
        let id = id["id"].as_str().context("no id")?.to_owned();
        let people = api.get(&format!("/companies/{id}/people")).await?;
        let person = people["items"][0]["contact_id"]
            .as_str()
            .context("no person")?
            .to_owned();
        Ok(Company { id, person, machine })
    }

    /// Papelera Sur, where Ana is, with a Ricoh.
    pub(crate) async fn papelera(&self, api: &Api<'_>) -> anyhow::Result<Company> {
        let (machine, at) = ("Ricoh IM C3000", "-0.2039, -78.4904");
        self.company(api, "Papelera Sur", "ana@papelera.test", machine, at)
            .await
    }

    /// Gráfica Norte, where Bruno is, with a Canon, elsewhere.
    pub(crate) async fn grafica(&self, api: &Api<'_>) -> anyhow::Result<Company> {
        let (machine, at) = ("Canon iR C3530", "-0.1807, -78.4678");
        self.company(api, "Gráfica Norte", "bruno@grafica.test", machine, at)
            .await
    }

    /// Makes somebody an administrator of a company.
    pub(crate) async fn administers(
        &self,
        api: &Api<'_>,
        company: &Company,
        person: &str,
        is_administrator: bool,
    ) -> anyhow::Result<()> {
        let rights =
            json!({ "is_administrator": is_administrator, "sees_documents": true, "sees_tickets": is_administrator });
        let body = json!({ "contact_id": person, "rights": rights });
        api.create(&format!("/companies/{}/people", company.id), &body)
            .await
            .map(drop)
    }

    /// The link of the last mail to an address that has one with these words.
    pub(crate) async fn link(&self, email: &str, count: usize) -> String {
        eventually(&format!("mail {count} with a link to {email}"), async || {
            let mails = self.smtp.received();
            let mut doors = mails
                .iter()
                .filter(|mail| mail.to == [email])
                .filter_map(Received::door);
            doors.nth(count - 1)
        })
        .await
    }

    /// Asks for a link on the phone, and signs in by it.
    pub(crate) async fn sign_in(&self, phone: &Phone, email: &str, heading: &str) -> anyhow::Result<()> {
        phone.open(&self.app.url("/portal")).await?;
        phone.look("sign in").await?;
        phone
            .type_into("form[action='/portal/link'] input[name=email]", email)
            .await?;
        phone.click("form[action='/portal/link'] button[type=submit]").await?;
        let door = self.link(email, 1).await;
        phone.open(&self.app.url(&door)).await?;
        phone.look("the link").await?;
        phone.click("main form button[type=submit]").await?;
        phone.wait_for_text("h1", heading).await?;
        phone.look("home").await
    }

    /// Asks for service of the one machine that there is, from the home page on; gives the path of the request.
    pub(crate) async fn ask_for_service(&self, phone: &Phone, problem: &str) -> anyhow::Result<String> {
        phone.open(&self.app.url("/portal")).await?;
        phone.click(".eq-quick a").await?;
        phone.wait_for(".eq-list").await?;
        phone.click(".eq-list a").await?;
        phone.wait_for(".eq-actions").await?;
        phone.look("the machine").await?;
        phone.click(".eq-actions a").await?;
        phone.wait_for("#f-problem").await?;
        phone.look("the request").await?;
        phone.type_into("#f-problem", problem).await?;
        phone.click(".eq-form button[type=submit]").await?;
        phone.wait_for_text("main", problem).await?;
        phone.look("the ticket").await?;
        Ok(phone.client().current_url().await?.path().to_owned())
    }
}

/// What everybody did and was refused, as the audit has it: the newest first.
pub(crate) async fn audited(api: &Api<'_>, action: &str) -> anyhow::Result<Vec<Value>> {
    let list = api.get(&format!("/audit?action={action}")).await?;
    Ok(list["items"].as_array().cloned().unwrap_or_default())
}
