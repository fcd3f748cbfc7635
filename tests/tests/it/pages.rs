//! Every page there is, by the table of rights: whoever looks at all of them learns of a new one by itself.
//!
//! A page whose address holds an id is found as a person finds it: by a link on another page.
//!
//! With `SCREENSHOTS=1` a picture of each is kept in the documentation, and the pages that show them are written
//! (`make screenshots`).

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tests::harness::{Browser, Running};

/// Who sees a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Agents,
    Customers,
    Anybody,
}

/// What a GET answers that is no page of its own: data, files, parts of pages, ways to elsewhere.
const NO_PAGES: &[&str] = &[
    "/",
    "/api/v1/openapi.json",
    "/assets/{*path}",
    "/billing/customers/export",
    "/billing/documents/{id}/pdf",
    "/billing/export",
    "/billing/files/{id}",
    "/billing/import/example/{kind}",
    "/billing/settings/preview",
    "/broadcasts/{id}/live",
    "/broadcasts/{id}/recipients.csv",
    "/equipment/code/{code}",
    "/equipment/contracts/{id}/files/{file}",
    "/equipment/export",
    "/equipment/import/example/{kind}",
    "/equipment/labels",
    "/equipment/machines/{id}/photo",
    "/equipment/readings/{id}/photo",
    "/events",
    "/f/{signed}",
    "/files/{id}",
    "/healthz",
    "/healthz/stream",
    "/help",
    "/help/files/{id}",
    "/help/{language}/suggest",
    "/icon-192.png",
    "/icon-512.png",
    "/inbox/c/{id}/canned",
    "/inbox/c/{id}/cards",
    "/inbox/c/{id}/merge-preview",
    "/inbox/c/{id}/messages",
    "/inbox/c/{id}/suggest",
    "/inbox/c/{id}/templates",
    "/inbox/c/{id}/thread",
    "/inbox/c/{id}/within",
    "/inbox/find",
    "/inbox/go/{number}",
    "/inbox/list",
    "/inbox/m/{id}/contact.vcf",
    "/inbox/m/{id}/headers",
    "/inbox/m/{id}/html",
    "/inbox/m/{id}/image",
    "/inbox/m/{id}/raw",
    "/inbox/people",
    "/knowledge/export",
    "/language",
    "/manifest.webmanifest",
    "/portal/again",
    "/portal/billing.csv",
    "/portal/brand.css",
    "/portal/contracts/{id}/files/{file}",
    "/portal/documents/{id}/files/{file}",
    "/portal/documents/{id}/pdf",
    "/portal/events",
    "/portal/files/{id}",
    "/portal/logo",
    "/portal/machines/{id}/photo",
    "/portal/notifications/open/{id}",
    // Of what was chosen in the list; `billing/walk.rs` looks at it.
    "/portal/paid",
    "/portal/pay",
    "/portal/privacy/export",
    "/portal/push",
    "/portal/readings/{id}/photo",
    "/portal/sign-in",
    "/portal/sw.js",
    "/portal/visits/{id}/report",
    "/push",
    "/readyz",
    "/reports.csv",
    "/robots.txt",
    "/settings/audit/export",
    "/settings/oauth/callback",
    "/settings/oauth/{provider}",
    "/settings/oauth/{provider}/connect",
    "/settings/privacy/contacts/{id}/export",
    "/settings/quarantine/{id}/raw",
    "/sign-in/again",
    "/sign-in/second",
    "/sign-in/sso",
    "/sign-in/sso/callback",
    "/sitemap.xml",
    "/sitemaps/{name}",
    "/sw.js",
    "/tickets/export",
    "/visits/{id}/report",
    "/widget.js",
    // A frame of other pages; looked at there.
    "/widget/frame",
    "/widget/proactive/{inbox}",
];

/// Pages that only a mail, another service, a file of theirs or what the sample business has not done leads to,
/// and the address at which each is looked at: most say that their link is not right.
const WITHOUT_A_LINK: &[(&str, &str)] = &[
    ("/billing/import/{id}", "/billing/import/none"),
    ("/c/{signed}", "/c/none"),
    ("/confirm/{token}", "/confirm/none"),
    ("/equipment/import/{id}", "/equipment/import/none"),
    ("/inbox/c/{id}/unmerge-contact", "/inbox/c/none/unmerge-contact"),
    ("/l/{token}", "/l/none"),
    ("/m/{code}", "/m/none"),
    ("/portal/documents/{id}/paid", "/portal/documents/none/paid"),
    ("/portal/documents/{id}/pay", "/portal/documents/none/pay"),
    ("/portal/notifications/stop/{signed}", "/portal/notifications/stop/none"),
    ("/s/{signed}", "/s/none"),
    ("/u/{signed}", "/u/none"),
    ("/welcome/{token}", "/welcome/none"),
];

/// A page to look at.
#[derive(Debug)]
pub(crate) struct Page {
    /// As the table of rights writes it.
    pub(crate) route: String,
    pub(crate) url: String,
}

/// The pages of a group, those that were not looked at yet.
#[derive(Debug)]
pub(crate) struct Pages {
    base: String,
    group: Group,
    /// Routes without an id.
    plain: BTreeSet<String>,
    /// Those that no link was found to yet.
    wanted: BTreeSet<String>,
    queue: VecDeque<Page>,
    /// The title and the picture of each page that was seen, if pictures are wanted.
    pictures: Option<Vec<(String, String)>>,
}

impl Pages {
    /// Those of one group in one installation.
    pub(crate) fn of(app: &Running, group: Group) -> anyhow::Result<Self> {
        let (wanted, plain) = routes(group)?.into_iter().partition(|route| route.contains('{'));
        let mut pages = Self {
            base: app.url(""),
            group,
            plain,
            wanted,
            queue: VecDeque::new(),
            pictures: std::env::var_os("SCREENSHOTS").map(|_| Vec::new()),
        };
        for (route, path) in WITHOUT_A_LINK {
            if pages.wanted.remove(*route) {
                pages.push((*route).to_owned(), path);
            }
        }
        for route in pages.plain.clone() {
            pages.push(route.clone(), &route);
        }
        Ok(pages)
    }

    fn push(&mut self, route: String, path: &str) {
        let url = format!("{}{path}", self.base);
        self.queue.push_back(Page { route, url });
    }

    /// Also looks at a page of that route at this address, for what it shows and where it leads.
    pub(crate) fn also(&mut self, route: &str, path: &str) {
        self.wanted.remove(route);
        self.push(route.to_owned(), path);
    }

    /// The next to look at.
    pub(crate) fn next(&mut self) -> Option<Page> {
        self.queue.pop_front()
    }

    /// Follows the links of the page that is open, and keeps its picture if pictures are wanted.
    pub(crate) async fn see(&mut self, browser: &Browser, page: &Page) -> anyhow::Result<()> {
        let links = "return [...document.querySelectorAll('a[href], iframe[src]')]
            .map((one) => new URL(one.href || one.src, location.href))
            .filter((one) => one.origin === location.origin)
            .map((one) => one.pathname + one.search)";
        let links = browser.run(links).await?;
        for link in links.as_array().into_iter().flatten().filter_map(|link| link.as_str()) {
            let path = link.split('?').next().unwrap_or_default();
            if self.plain.contains(path) {
                continue;
            }
            let Some(route) = self.wanted.iter().find(|route| leads_to(route, path)).cloned() else {
                continue;
            };
            self.wanted.remove(&route);
            self.push(route, link);
        }
        let is_shown = !WITHOUT_A_LINK.iter().any(|(route, _)| *route == page.route);
        if let Some(pictures) = self.pictures.as_mut().filter(|_| is_shown) {
            let width = if self.group == Group::Customers { 390 } else { 1280 };
            browser.screen(width, false).await?;
            let title = browser
                .run("return document.querySelector('h1')?.innerText || document.title")
                .await?;
            let name = name(&page.route);
            std::fs::create_dir_all(docs().join(PICTURES))?;
            browser.picture(&docs().join(PICTURES).join(&name)).await?;
            pictures.push((title.as_str().unwrap_or_default().replace('\n', " "), name));
        }
        Ok(())
    }

    /// Ends the walk; with pictures, writes the page of the documentation that shows them.
    ///
    /// # Panics
    /// When there are pages that no link led to.
    pub(crate) fn all_were_seen(self) -> anyhow::Result<()> {
        assert!(self.wanted.is_empty(), "no link leads to {:?}", self.wanted);
        let Some(mut pictures) = self.pictures else {
            return Ok(());
        };
        pictures.sort_by(|a, b| a.1.cmp(&b.1));
        pictures.dedup_by(|a, b| a.1 == b.1);
        let (heading, words) = self.group.words();
        let mut page = format!("# {heading}\n\n{words}\n");
        for (title, name) in pictures {
            write!(page, "\n## {title}\n\n![{title}](../{PICTURES}/{name})\n")?;
        }
        let path = docs().join("tour").join(self.group.file());
        std::fs::create_dir_all(path.parent().context("a folder")?)?;
        std::fs::write(&path, page).with_context(|| path.display().to_string())
    }
}

impl Group {
    /// The page of the documentation that shows its pictures.
    fn file(self) -> &'static str {
        match self {
            Group::Agents => "agents.md",
            Group::Customers => "customers.md",
            Group::Anybody => "anybody.md",
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Group::Agents => (
                "The agents' pages in pictures",
                "Every page that people of the business work with, from the demonstration (`make demo`). `make screenshots` takes them anew.",
            ),
            Group::Customers => (
                "The portal in pictures",
                "Every page that a customer has, on a phone, from the demonstration (`make demo`). `make screenshots` takes them anew.",
            ),
            Group::Anybody => (
                "The public pages in pictures",
                "Every page that needs no sign-in, from the demonstration (`make demo`). `make screenshots` takes them anew.",
            ),
        }
    }
}

/// Where the pictures are, in the documentation.
const PICTURES: &str = "images/pages";

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

#[test]
fn the_documentation_shows_every_page() -> anyhow::Result<()> {
    for group in [Group::Agents, Group::Customers, Group::Anybody] {
        let path = docs().join("tour").join(group.file());
        let page = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        for route in routes(group)? {
            let name = name(&route);
            let is_shown =
                page.contains(&format!("](../{PICTURES}/{name})")) && docs().join(PICTURES).join(&name).exists();
            let has_no_link = WITHOUT_A_LINK.iter().any(|(known, _)| *known == route);
            assert!(
                is_shown || has_no_link,
                "{} does not show {route}; call: make screenshots",
                path.display()
            );
        }
    }
    Ok(())
}

/// The routes of a group's pages.
fn routes(group: Group) -> anyhow::Result<Vec<String>> {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../gateway/src/rights/table.txt");
    let table = std::fs::read_to_string(&table).with_context(|| table.display().to_string())?;
    Ok(table.lines().filter_map(|row| route(row, group)).collect())
}

/// The route of a row of the table, if it is a page of that group.
fn route(row: &str, group: Group) -> Option<String> {
    let mut words = row.split('#').next()?.split_whitespace();
    let (who, methods, route) = (words.next()?, words.next()?, words.next()?);
    let its = match who {
        "anybody" => Group::Anybody,
        "customers" | "managers" => Group::Customers,
        "tokens" | "machines" => return None,
        _ => Group::Agents,
    };
    let is_page = methods.split(',').any(|method| method == "GET") && !NO_PAGES.contains(&route);
    (its == group && is_page).then(|| route.to_owned())
}

/// Whether an address is one of a route.
fn leads_to(route: &str, path: &str) -> bool {
    let (mut route, mut path) = (route.split('/'), path.split('/'));
    loop {
        match (route.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(_)) if wanted.starts_with("{*") => return true,
            (Some(wanted), Some(_)) if wanted.starts_with('{') => {}
            (Some(wanted), Some(there)) if wanted == there => {}
            _ => return false,
        }
    }
}

/// The file of a page's picture: that of `/billing/documents/{id}/edit` is `billing-documents-id-edit.webp`.
fn name(route: &str) -> String {
    let name = route.trim_start_matches('/').replace(['{', '}', '*'], "");
    format!("{}.webp", name.replace('/', "-"))
}
