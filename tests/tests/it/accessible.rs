//! Everybody can use it: axe-core finds nothing serious on any page, light and dark, wide and on a phone; and an agent's
//! work is done from the keyboard alone.

use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;
use tests::harness::{App, Browser, Missing, Running, eventually};
use tests::need;

const AGENTS: &[&str] = &[
    "/inbox?tab=all",
    "/inbox?tab=mentioned",
    "/bell",
    "/billing",
    "/billing/customers",
    "/billing/customers/new",
    "/billing/new",
    "/billing/import",
    "/billing/recurring",
    "/billing/settings",
    "/settings/inboxes",
    "/settings/inboxes/new/email",
    "/settings/inboxes/new/whatsapp",
    "/settings/people",
    "/settings/knowledge",
    "/settings/organise",
    "/settings/tokens",
    "/settings/webhooks",
    "/settings/health",
    "/settings/quarantine",
    "/settings/rules",
    "/settings/rules/new",
    "/settings/hours",
    "/settings/canned",
    "/settings/macros",
    "/settings/desk",
    "/settings/start",
    "/settings/tickets",
    "/settings/sla",
    "/tickets",
    "/problems",
    "/board",
    "/equipment/map",
    "/settings/account",
];
const CUSTOMERS: &[&str] = &[
    "/portal",
    "/portal/billing",
    "/portal/machines",
    "/portal/support",
    "/portal/account",
    "/portal/notifications",
    "/portal/notifications/settings",
    "/portal/tickets/new",
];
const ANYBODYS: &[&str] = &[
    "/sign-in",
    "/portal/link",
    "/portal/tickets/new?lang=pt",
    "/help/es",
    "/help/pt?q=toner",
    "/sample",
    "/portal/documents/none",
];

/// axe-core, which `npm ci` in `ui` installs.
fn axe() -> Result<String, Missing> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&path).map_err(|_| Missing {
        program: "axe-core".to_owned(),
        package: "ui/node_modules (npm ci in ui)",
    })
}

/// What axe finds on the page that is open: `page: rule on element: what to do`.
async fn look(browser: &Browser, axe: &str, page: &str) -> anyhow::Result<Vec<String>> {
    browser.run(axe).await?;
    let script = "const done = arguments[arguments.length - 1];
        axe.run(document, { resultTypes: ['violations'] }).then(
            (result) => done(result.violations.filter((one) => one.impact === 'serious' || one.impact === 'critical')
                .flatMap((one) => one.nodes.map((node) => `${one.id} on ${node.target.join(' ')}: ${node.failureSummary}`))),
            (error) => done([`axe: ${error}`]));";
    let found = browser.client().execute_async(script, Vec::new()).await?;
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

#[tokio::test]
async fn nothing_serious_is_in_anybodys_way() -> anyhow::Result<()> {
    let browser = need!(Browser::start().await);
    let axe = need!(axe());
    let (app, door) = begin(&browser).await?;
    // One conversation of each channel.
    let mut conversations = Vec::new();
    for channel in ["email", "whatsapp", "webchat", "portal"] {
        browser
            .open(&app.url(&format!("/inbox?tab=all&channel={channel}")))
            .await?;
        let row = browser.wait_for("#rows a.row-link").await?;
        conversations.push(row.attr("href").await?.context("a row leads somewhere")?);
    }
    let mut found = Vec::new();
    let screens = [(1440, false), (390, true)];
    for (width, is_dark) in screens {
        browser.screen(width, is_dark).await?;
        let at = format!("{width} px{}", if is_dark { ", dark" } else { "" });
        let pages = AGENTS
            .iter()
            .map(|page| (*page).to_owned())
            .chain(conversations.iter().cloned());
        for page in pages {
            browser.open(&app.url(&page)).await?;
            found.extend(look(&browser, &axe, &format!("{page} ({at})")).await?);
        }
        // What opens above a page.
        for (name, script) in [
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
        ] {
            browser.open(&app.url(&conversations[0])).await?;
            browser.run(script).await?;
            found.extend(look(&browser, &axe, &format!("{name} ({at})")).await?);
        }
    }
    for (width, is_dark) in [(1440, true), (390, false)] {
        browser.screen(width, is_dark).await?;
        for page in [
            "/inbox?tab=all",
            conversations[0].as_str(),
            conversations[1].as_str(),
            "/billing",
            "/settings/rules",
        ] {
            browser.open(&app.url(page)).await?;
            found.extend(look(&browser, &axe, &format!("{page} ({width} px, dark: {is_dark})")).await?);
        }
    }
    browser.open(&app.url(&door)).await?;
    found.extend(look(&browser, &axe, "the link of a mail").await?);
    browser.click("main form button[type=submit]").await?;
    browser.wait_for("#main h1").await?;
    browser.open(&app.url("/portal/billing")).await?;
    let document = browser
        .wait_for("a.document-link")
        .await?
        .attr("href")
        .await?
        .context("a document")?;
    for (width, is_dark) in [(1440, false), (1440, true), (390, false), (390, true)] {
        browser.screen(width, is_dark).await?;
        for page in CUSTOMERS.iter().copied().chain([document.as_str()]) {
            browser.open(&app.url(page)).await?;
            found.extend(look(&browser, &axe, &format!("{page} ({width} px, dark: {is_dark})")).await?);
            let wider = browser
                .run("return document.documentElement.scrollWidth - innerWidth")
                .await?;
            assert!(wider.as_i64().unwrap_or(1) <= 0, "{page} is wider than {width} px");
        }
    }
    browser.client().delete_all_cookies().await?;
    for (width, is_dark) in screens {
        browser.screen(width, is_dark).await?;
        for page in ANYBODYS {
            browser.open(&app.url(page)).await?;
            found.extend(look(&browser, &axe, &format!("{page} ({width} px, dark: {is_dark})")).await?);
        }
    }
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n"));
    Ok(())
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
