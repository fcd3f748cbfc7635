//! The frame of every page, and the agents' shell with its rail.

use conversation::types::{Language, Position};
use maud::{DOCTYPE, Markup, html};

use crate::i18n::{own_name, t};
use crate::icons::{Icon, icon, sprite};
use crate::{Ctx, assets, routes};

/// Where something is drawn; decides styles, scripts and what a card lets its reader do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// The agents' pages.
    Inbox,
    /// The frame of the chat widget.
    Widget,
    /// The customers' pages, sign-in and set-up; they work without scripts.
    Portal,
    /// The help centre; it works without scripts.
    Help,
    /// The sample page that shows the widget.
    Sample,
}

impl Surface {
    const fn name(self) -> &'static str {
        match self {
            Surface::Inbox => "inbox",
            Surface::Widget => "frame",
            Surface::Portal => "portal",
            Surface::Help => "help",
            Surface::Sample => "sample",
        }
    }
}

/// One page.
#[derive(Debug, Clone)]
pub struct Page<'a> {
    /// The language of the page.
    pub lang: Language,
    /// The title, without the product's name.
    pub title: &'a str,
    /// Decides styles and scripts.
    pub surface: Surface,
    /// The anti-forgery token for requests that the modules make; empty where there is no session.
    pub csrf: &'a str,
    /// The stream position read before the page's queries; live pages continue from it.
    pub position: Option<Position>,
    /// More for the head: `meta`, `link`. Never an inline script or style.
    pub head: Option<Markup>,
}

impl<'a> Page<'a> {
    /// A page without session, position and extra head.
    pub fn new(lang: Language, title: &'a str, surface: Surface) -> Self {
        Page {
            lang,
            title,
            surface,
            csrf: "",
            position: None,
            head: None,
        }
    }
}

/// The whole document. `body` brings its own `main` with the id `main`, which the skip link names where there is one.
pub fn page(page: &Page<'_>, body: &Markup) -> Markup {
    let name = page.surface.name();
    let has_script = page.surface != Surface::Sample;
    html! {
        (DOCTYPE)
        html lang=(page.lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content";
                meta name="color-scheme" content="light dark";
                meta name="theme-color" media="(prefers-color-scheme: light)" content="#f4f5f6";
                meta name="theme-color" media="(prefers-color-scheme: dark)" content="#111416";
                @if page.surface == Surface::Inbox {
                    link rel="manifest" href=(routes::MANIFEST);
                    link rel="apple-touch-icon" href="/icon-192.png";
                }
                @if !matches!(page.surface, Surface::Portal | Surface::Help | Surface::Sample) { meta name="robots" content="noindex"; }
                meta name="referrer" content="same-origin";
                title { (page.title) @if page.surface == Surface::Inbox { " · Switchboard" } }
                link rel="icon" href="data:,";
                link rel="stylesheet" href=(assets::url(&format!("{name}.css")));
                @if has_script { script src=(assets::url(&format!("{name}.js"))) defer {} }
                @if let Some(head) = &page.head { (head) }
            }
            body class={ "s-" (name) } data-csrf=[(!page.csrf.is_empty()).then_some(page.csrf)] data-position=[page.position] {
                // The chat's frame has one button before its log: nothing to skip.
                @if page.surface != Surface::Widget { a.skip href="#main" { (t(page.lang, "skip-to-content")) } }
                (sprite())
                @if !assets::is_built() { p.unbuilt role="status" { (t(page.lang, "assets-missing")) } }
                (body)
            }
        }
    }
}

/// The sections of the agents' rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Conversations.
    Inbox,
    /// Tickets.
    Tickets,
    /// Articles.
    Knowledge,
    /// Invoices and payments.
    Billing,
    /// Machines, readings, contracts, visits.
    Equipment,
    /// One message to many.
    Broadcasts,
    /// Figures, and the live board.
    Reports,
    /// Settings.
    Settings,
}

/// What the agents' shell shows around a page.
#[derive(Debug, Clone)]
pub struct Shell<'a> {
    /// The section that is open.
    pub active: Section,
    /// The name of the agent.
    pub agent_name: &'a str,
    /// The sections that this agent may open and that exist; the inbox should be one.
    pub sections: &'a [Section],
    /// Conversations that wait for this agent, shown on the rail as a badge; 0 shows nothing.
    pub waiting: i64,
}

/// The agents' rail and, beside it, the page. On a phone the rail lies at the bottom.
pub fn shell(ctx: &Ctx<'_>, shell: &Shell<'_>, main: &Markup) -> Markup {
    html! {
        div.shell {
            nav.rail aria-label=(ctx.t("rail-label")) {
                span.rail-mark { (icon(Icon::Mark)) }
                @for section in shell.sections {
                    (rail_link(ctx, shell, *section))
                }
                span.rail-gap {}
                details.bell #bell {
                    summary.rail-item title=(ctx.t("bell-title")) { (icon(Icon::Bell)) span.rail-word { (ctx.t("bell-rail")) } span.rail-count #bell-count hidden {} }
                    div.bell-body #bell-body { a href=(routes::BELL) { (ctx.t("bell-title")) } }
                }
                a.rail-agent href={ (routes::SETTINGS) "/desk" } title=(shell.agent_name) { span.avatar.small aria-hidden="true" { (initials(shell.agent_name)) } span.rail-word { (shell.agent_name) } }
                form method="post" action=(routes::SIGN_OUT) {
                    (crate::components::form::csrf(ctx))
                    button.rail-item type="submit" { (icon(Icon::SignOut)) span.rail-word { (ctx.t("rail-sign-out")) } }
                }
            }
            (main)
        }
    }
}

fn rail_link(ctx: &Ctx<'_>, shell: &Shell<'_>, section: Section) -> Markup {
    let (href, glyph, word) = match section {
        Section::Inbox => (routes::INBOX, Icon::Inbox, ctx.t("rail-inbox")),
        Section::Tickets => (routes::TICKETS, Icon::Ticket, ctx.t("rail-tickets")),
        Section::Knowledge => (routes::KNOWLEDGE, Icon::Book, ctx.t("rail-knowledge")),
        Section::Billing => (routes::BILLING, Icon::Invoice, ctx.t("rail-billing")),
        Section::Equipment => (routes::EQUIPMENT, Icon::Machine, ctx.t("rail-equipment")),
        Section::Broadcasts => (routes::BROADCASTS, Icon::Broadcast, ctx.t("rail-broadcasts")),
        Section::Reports => (routes::REPORTS, Icon::Chart, ctx.t("rail-reports")),
        Section::Settings => (routes::SETTINGS, Icon::Settings, ctx.t("rail-settings")),
    };
    html! {
        a.rail-item href=(href) aria-current=[(shell.active == section).then_some("page")] {
            (icon(glyph))
            span.rail-word { (word) }
            @if section == Section::Inbox {
                span.rail-count #rail-waiting hidden[shell.waiting == 0] { (crate::i18n::badge(ctx.lang, shell.waiting)) }
            }
        }
    }
}

/// Links to the same page in the other languages. `next` is the page to come back to.
pub fn language_switch(ctx: &Ctx<'_>, next: &str) -> Markup {
    html! {
        nav.languages aria-label=(ctx.t("language-label")) {
            (icon(Icon::Globe))
            @for lang in Language::ALL {
                a href={ (routes::LANGUAGE) "?language=" (lang) "&next=" (routes::escape(next)) } lang=(lang) hreflang=(lang)
                    aria-current=[(*lang == ctx.lang).then_some("true")] { (own_name(*lang)) }
            }
        }
    }
}

/// Up to two letters for a round picture: the first of the first and of the last word.
pub fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}
