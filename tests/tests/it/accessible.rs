//! Everybody can use it: axe-core finds nothing on any page, light and dark, wide and on a phone, and none is wider than
//! its screen; and an agent's work is done from the keyboard alone.

use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;
use tests::harness::{App, Browser, Missing, Running, eventually};
use tests::need;

use crate::pages::{Group, Pages};
use crate::walk::open_widget;

/// axe-core, which `npm ci` in `ui` installs.
pub(crate) fn axe() -> Result<String, Missing> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&path).map_err(|_| Missing {
        program: "axe-core".to_owned(),
        package: "ui/node_modules (npm ci in ui)",
    })
}

/// What axe finds on the page that is open: `page: rule on element: what to do`.
pub(crate) async fn look(browser: &Browser, axe: &str, page: &str) -> anyhow::Result<Vec<String>> {
    browser.run(axe).await?;
    let script = "const done = arguments[arguments.length - 1];
        axe.run(document, { resultTypes: ['violations'] }).then(
            (result) => done(result.violations
                .flatMap((one) => one.nodes.map((node) => `${one.id} on ${node.target.join(' ')}: ${node.failureSummary}`))),
            (error) => done([`axe: ${error}`]));";
    let found = browser.client().execute_async(script, Vec::new()).await;
    let found = found.with_context(|| format!("axe on {page}"))?;
    let found = found.as_array().context("axe answers a list")?;
    Ok(found
        .iter()
        .filter_map(Value::as_str)
        .map(|one| format!("{page}: {one}"))
        .collect())
}

/// The sample business with an agent signed in; and the customer's link.
async fn begin(browser: &Browser) -> anyhow::Result<(Running, String)> {
    let app = App::demo()?.start().await?;
    let door = eventually("the customer's link", async || {
        let log = app.log();
        let at = log.find("/l/")?;
        log[at..]
            .split_whitespace()
            .next()
            .filter(|link| link.len() > 40)
            .map(str::to_owned)
    })
    .await;
    browser.open(&app.url("/sign-in")).await?;
    browser.type_into("#f-email", "ana@andinas.example").await?;
    browser.type_into("#f-password", "switchboard demo").await?;
    browser.click("main form button[type=submit]").await?;
    browser.wait_for("#search").await?;
    Ok((app, door))
}

/// What the sample business has none of: a problem of several tickets, a web hook, a company.
const REST: &str = "const page = async (path) => new DOMParser().parseFromString(await (await fetch(path)).text(), 'text/html');
    const csrf = (await page('/settings/webhooks')).querySelector('input[name=csrf]').value;
    const post = async (path, fields) => {
        const answer = await fetch(path, { method: 'POST', body: new URLSearchParams([['csrf', csrf], ...fields]) });
        if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    };
    const mailbox = (await page('/broadcasts/new')).querySelector('select[name=inbox] option').value;
    const form = await page(`/broadcasts/new?inbox=${mailbox}`);
    await post('/broadcasts', [['id', form.querySelector('form.settings-form input[name=id]').value], ['inbox', mailbox], ['name', 'Spring'],
        ['subject', 'News'], ['text', 'Hello {{contact.first_name}}'], ['whom', 'all'], ['pace', '60']]);
    const tickets = [...(await page('/tickets?status=all')).querySelectorAll('a[href^=\"/tickets/\"]')]
        .map((one) => one.getAttribute('href').split('/')[2]).filter((id) => /^[0-9A-Z]{26}$/.test(id));
    await post('/problems', [['subject', 'Paper jams since the last delivery'], ...[...new Set(tickets)].slice(0, 3).map((id) => ['ticket', id])]);
    await post('/settings/webhooks', [['name', 'ERP'], ['url', 'https://erp.example.com/in'], ['message.created', 'on']]);
    const name = (await page(first)).querySelector('input[name=name]')?.value || 'A customer';
    await post(`${first}/customer`, [['name', name], ['company', 'Papelera del Sur']]);
    const draft = (await page('/billing?status=draft')).querySelector('a[href^=\"/billing/documents/\"]');
    return draft.getAttribute('href');";

/// The page of what the chat says first: that of an inbox of another kind does not lead there.
const CHAT: &str = "return (async () => {
    const page = async (path) => new DOMParser().parseFromString(await (await fetch(path)).text(), 'text/html');
    for (const inbox of (await page('/settings/inboxes')).querySelectorAll('.inboxes a')) {
        const link = (await page(inbox.getAttribute('href'))).querySelector('a[href$=\"/proactive\"]');
        if (link) return link.getAttribute('href');
    }
})()";

/// The page of a menu that has entries.
const MENU: &str = "return (async () => {
    const page = async (path) => new DOMParser().parseFromString(await (await fetch(path)).text(), 'text/html');
    for (const inbox of (await page('/settings/inboxes')).querySelectorAll('.inboxes a')) {
        const link = (await page(inbox.getAttribute('href'))).querySelector('a[href$=\"/menu\"]')?.getAttribute('href');
        if (link && (await page(link)).querySelector('.menu-rows')) return link;
    }
})()";

/// What opens above a conversation.
const ABOVE: &[(&str, &str)] = &[
    (
        "reasons",
        "for (const one of document.querySelectorAll('details.side-fold, details.why')) one.open = true",
    ),
    ("canned replies", "document.querySelector('[data-tool=canned]').click()"),
    (
        "ways of sending",
        "document.querySelector('[data-do=send]').open = true",
    ),
    (
        "handing over",
        "document.querySelector('[data-do=hand-over]').open = true",
    ),
    ("keys", "document.querySelector('#help').showModal()"),
];

/// Looks at a page on two screens: wide and as on a phone, the one light and the other dark.
async fn both_screens(browser: &Browser, axe: &str, page: &str, is_dark: bool) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for (width, is_dark) in [(1440, is_dark), (390, !is_dark)] {
        browser.screen(width, is_dark).await?;
        let at = format!("{page} ({width} px, {})", if is_dark { "dark" } else { "light" });
        found.extend(look(browser, axe, &at).await?);
        if let Err(wider) = browser.fits(&at).await {
            found.push(wider.to_string());
        }
    }
    Ok(found)
}

/// Another browser that is signed in as the first one is.
async fn beside(first: &Browser, app: &Running) -> anyhow::Result<Browser> {
    let other = Browser::start().await?;
    // A cookie is taken only on a page of its own site.
    other.open(&app.url("/robots.txt")).await?;
    for cookie in first.client().get_all_cookies().await? {
        other.client().add_cookie(cookie).await?;
    }
    Ok(other)
}

/// Looks at every page that a group of people has, as many at once as there are browsers: the walk is the longest of
/// all tests, and mostly waits for a browser.
async fn every_page(browsers: &[&Browser], axe: &str, pages: &mut Pages) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut is_dark = false;
    loop {
        let round: Vec<_> = browsers
            .iter()
            .filter_map(|browser| {
                is_dark = !is_dark;
                Some((*browser, pages.next()?, !is_dark))
            })
            .collect();
        if round.is_empty() {
            return Ok(found);
        }
        let shared = tokio::sync::Mutex::new(&mut *pages);
        let looks = round.into_iter().map(async |(browser, page, is_dark)| {
            browser.screen(1440, is_dark).await?;
            browser.open(&page.url).await?;
            shared.lock().await.see(browser, &page).await?;
            both_screens(browser, axe, &page.route, is_dark).await
        });
        found.extend(futures::future::try_join_all(looks).await?.into_iter().flatten());
    }
}

fn nothing(found: &[String]) {
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n"));
}

#[tokio::test]
async fn nothing_is_in_an_agents_way() -> anyhow::Result<()> {
    let browser = need!(Browser::start().await);
    let axe = need!(axe());
    let (app, _door) = begin(&browser).await?;
    let mut pages = Pages::of(&app, Group::Agents)?;
    // One conversation of each channel.
    let mut conversations = Vec::new();
    for channel in ["email", "whatsapp", "webchat", "portal"] {
        browser
            .open(&app.url(&format!("/inbox?tab=all&channel={channel}")))
            .await?;
        conversations.push(browser.attribute("#rows a.row-link", "href").await?);
    }
    let first = conversations[0].split('?').next().unwrap_or_default();
    let script = format!("const first = arguments[0]; return (async () => {{ {REST} }})()");
    let draft = browser.client().execute(&script, vec![first.into()]).await?;
    let draft = draft.as_str().context("a draft of an invoice")?.to_owned();
    pages.also("/billing/documents/{id}", &draft);
    let chat = browser.run(CHAT).await?;
    let chat = chat.as_str().context("a chat")?.to_owned();
    pages.also("/settings/inboxes/{id}/proactive", &chat);
    let menu = browser.run(MENU).await?;
    pages.also("/settings/inboxes/{id}/menu", menu.as_str().context("a menu")?);
    // What is planned for the next hours may be tomorrow's.
    let tomorrow = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    let tomorrow = tomorrow.strftime("%Y-%m-%d");
    pages.also("/visits", "/visits?all=1");
    pages.also("/visits", &format!("/visits?all=1&day={tomorrow}"));
    let id = first.rsplit('/').next().unwrap_or_default();
    pages.also("/knowledge/from/{conversation}", &format!("/knowledge/from/{id}"));
    let (second, third) = (beside(&browser, &app).await?, beside(&browser, &app).await?);
    let mut found = every_page(&[&browser, &second, &third], &axe, &mut pages).await?;
    drop((second, third));
    for (number, page) in conversations.iter().enumerate() {
        browser.open(&app.url(page)).await?;
        found.extend(both_screens(&browser, &axe, page, number % 2 == 0).await?);
    }
    for (name, script) in ABOVE {
        for (width, is_dark) in [(1440, false), (390, true)] {
            browser.screen(width, is_dark).await?;
            browser.open(&app.url(&conversations[0])).await?;
            browser.run(script).await?;
            found.extend(look(&browser, &axe, &format!("{name} ({width} px)")).await?);
        }
    }
    nothing(&found);
    pages.all_were_seen()
}

#[tokio::test]
async fn nothing_is_in_a_customers_way() -> anyhow::Result<()> {
    let browser = need!(Browser::start().await);
    let axe = need!(axe());
    let (app, door) = begin(&browser).await?;
    browser.open(&app.url(&door)).await?;
    let mut found = both_screens(&browser, &axe, "the link of a mail", false).await?;
    browser.click("main form button[type=submit]").await?;
    browser.wait_for("#main h1").await?;
    let mut pages = Pages::of(&app, Group::Customers)?;
    let second = beside(&browser, &app).await?;
    found.extend(every_page(&[&browser, &second], &axe, &mut pages).await?);
    browser.client().delete_all_cookies().await?;
    second.client().delete_all_cookies().await?;
    let mut anybodys = Pages::of(&app, Group::Anybody)?;
    anybodys.also("/help/{language}", "/help/es");
    found.extend(every_page(&[&browser, &second], &axe, &mut anybodys).await?);
    drop(second);
    for (width, is_dark) in [(1440, false), (390, true)] {
        browser.screen(width, is_dark).await?;
        browser.open(&app.url("/sample")).await?;
        open_widget(&browser).await?;
        browser.wait_for("#chat-input").await?;
        // From its head to the field, and nothing beside them.
        let fills = "const edge = (one) => document.querySelector(one).getBoundingClientRect();
                     return edge('.chat-head').top === 0 && edge('.chat-form').bottom <= innerHeight";
        assert_eq!(browser.run(fills).await?, true, "the chat fills its frame ({width} px)");
        found.extend(look(&browser, &axe, &format!("the widget ({width} px)")).await?);
        browser.leave_frames().await?;
    }
    nothing(&found);
    pages.all_were_seen()?;
    anybodys.all_were_seen()
}

/// The element with the focus: its tag, id and text.
async fn focused(browser: &Browser) -> anyhow::Result<String> {
    let script =
        "const one = document.activeElement; return `${one.tagName} ${one.id} ${one.textContent.trim().slice(0, 60)}`";
    Ok(browser.run(script).await?.as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn an_agent_needs_no_mouse() -> anyhow::Result<()> {
    let browser = need!(Browser::start().await);
    let (app, _door) = begin(&browser).await?;
    eventually("somebody who waits by mail", async || {
        browser
            .open(&app.url("/inbox?tab=unassigned&channel=email"))
            .await
            .ok()?;
        browser.texts("#rows .row-name").await.ok()?.into_iter().next()
    })
    .await;

    // The first Tab leads past the rail, and every stop after it is seen and has a name.
    browser.press("Tab").await?;
    assert!(focused(&browser).await?.contains("#main") || focused(&browser).await?.starts_with('A'));
    let seen = "const one = document.activeElement; const box = one.getBoundingClientRect();
        const name = one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.[0]?.textContent.trim() || one.title || one.placeholder;
        return one === document.body || (box.width > 0 && box.height > 0 && Boolean(name)) || one.outerHTML.slice(0, 200)";
    for _ in 0..25 {
        browser.press("Tab").await?;
        assert_eq!(browser.run(seen).await?, Value::Bool(true));
    }

    // Through the list, into a conversation, an answer, done.
    browser.open(&app.url("/inbox?tab=unassigned&channel=email")).await?;
    browser.wait_for("#rows a.row-link").await?;
    browser.press("j").await?;
    // Customers go on writing: whoever is first now.
    let first = "return document.activeElement.closest('.row')?.querySelector('.row-name')?.textContent.trim() ?? ''";
    let waiting = browser.run(first).await?;
    let waiting = waiting.as_str().unwrap_or_default().to_owned();
    assert!(!waiting.is_empty(), "{}", focused(&browser).await?);
    browser.press("o").await?;
    browser
        .wait_for_text("#thread .contact-name, #thread .thread-contact", &waiting)
        .await?;
    browser.press("c").await?;
    browser.wait_until_gone("[data-do=claim]").await?;
    browser.press("w").await?;
    browser.wait_for(".message-tools details.why[open]").await?;
    browser.press("Escape").await?;
    browser.wait_until_gone(".message-tools details.why[open]").await?;
    browser.press("r").await?;
    assert!(focused(&browser).await?.starts_with("TEXTAREA composer-text"));
    for letter in "ok".chars() {
        browser.press(&letter.to_string()).await?;
    }
    browser.press("Control+Enter").await?;
    browser.wait_for_text("#timeline .m-outbound .prose", "ok").await?;

    // The command bar finds places by their words.
    browser.press("Escape").await?;
    browser.press("Control+k").await?;
    browser.wait_for("#commands[open]").await?;
    for letter in "macros".chars() {
        browser.press(&letter.to_string()).await?;
    }
    browser
        .wait_for_text("#commands-list li[aria-selected=true]", "Macros")
        .await?;
    browser.press("Escape").await?;
    browser.wait_until_gone("#commands[open]").await?;
    browser.press("?").await?;
    browser.wait_for("#help[open]").await?;
    browser.press("Escape").await?;
    browser.wait_until_gone("#help[open]").await?;
    browser.press("e").await?;
    browser.wait_for_text("#timeline .activity", "Ana Salazar").await?;
    browser.wait_for("[data-do=resolve] button").await?;
    Ok(())
}
