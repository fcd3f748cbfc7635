//! The signed-in customer's pages: statement, documents, payment, support, account. All of them work
//! without scripts; with scripts, what is marked `data-live` follows what happens.

mod access;
mod account;
mod document;
mod home;
mod pay;
mod support;

pub use access::{
    AgainView, ColleagueRow, ColleaguesView, PrivacyView, SignInPart, again, colleagues, privacy, sign_in_part,
};
pub use account::{AccessRow, AccountView, BillingRow, DeviceRow, account};
pub use document::{DocumentView, EntryRow, FileRow, LineRow, SumRow, TransferForm, document, paid_beside};
pub use home::{DocumentRow, Filters, HomeView, SumsCard, document_rows, home};
pub use pay::{PayGroup, PayView, pay, pay_groups};
pub use support::{SupportView, TicketRow, support};

use conversation::types::Position;
use maud::{Markup, html};

use crate::components::{Tone, toast};
use crate::icons::{Icon, icon};
use crate::layout::{Page, Surface, initials, language_switch, page};
use crate::{Ctx, routes};

/// The sections of the customer's navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What is going on.
    Home,
    /// Machines, readings, contracts, visits, map.
    Machines,
    /// Statement and documents.
    Billing,
    /// Tickets and help.
    Support,
    /// Colleagues and their rights.
    People,
    /// Devices and sign-out.
    Account,
    /// What they were told.
    Notifications,
}

/// What stands around every signed-in page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The name of the business.
    pub business: String,
    /// Its logo, a path of ours.
    pub logo: Option<String>,
    /// Who is signed in.
    pub name: String,
    /// The section.
    pub part: Part,
    /// The companies to choose from (id, name, whether it is chosen); empty with one only.
    pub companies: Vec<(String, String, bool)>,
    /// Whether they manage the chosen company's people.
    pub is_manager: bool,
    /// This page's address, for the language switch.
    pub here: String,
    /// The stream position read before the page's queries.
    pub position: Position,
    /// The chat widget.
    pub chat: Option<Chat>,
    /// How many notifications are unread, up to 100.
    pub unread: i64,
    /// What just happened.
    pub said: Option<(Tone, String)>,
}

/// The chat widget of a page.
#[derive(Debug, Clone, Default)]
pub struct Chat {
    /// The key of its inbox.
    pub key: String,
    /// The word that says who writes.
    pub identity: Option<String>,
    /// Its colour, `#rrggbb`: the widget learns it only once it is open.
    pub color: Option<String>,
}

/// A signed-in page.
pub fn framed(ctx: &Ctx<'_>, frame: &Frame, title: &str, head: Option<Markup>, body: &Markup) -> Markup {
    let parts = [
        (Part::Home, routes::PORTAL, Icon::Home, ctx.t("eq-home")),
        (Part::Machines, routes::MACHINES, Icon::Machine, ctx.t("eq-machines")),
        (Part::Billing, routes::STATEMENT, Icon::Invoice, ctx.t("client-billing")),
        (Part::Support, routes::SUPPORT, Icon::Ticket, ctx.t("client-support")),
        (Part::People, "/portal/people", Icon::People, ctx.t("client-people")),
        (Part::Account, routes::ACCOUNT, Icon::Person, ctx.t("client-account")),
    ];
    let framed = html! {
        div.client {
            header.client-head {
                a.client-brand href=(routes::PORTAL) {
                    @match &frame.logo {
                        Some(logo) => img.client-logo src=(logo) alt=(frame.business);,
                        None => { span.portal-mark aria-hidden="true" { (initials(&frame.business)) } (frame.business) },
                    }
                }
                span #live-bell data-live { (bell(ctx, frame)) }
                nav.client-nav aria-label=(ctx.t("client-nav")) {
                    @for (part, href, glyph, words) in parts.iter().filter(|(part, ..)| *part != Part::People || frame.is_manager) {
                        a href=(href) aria-current=[(*part == frame.part).then_some("page")] { (icon(*glyph)) span { (words) } }
                    }
                }
            }
            @if !frame.companies.is_empty() {
                form.company-switch method="post" action="/portal/company" {
                    input type="hidden" name="next" value=(frame.here);
                    label for="f-company" { (ctx.t("client-company")) }
                    select.input #f-company name="company" { @for (id, name, is_chosen) in &frame.companies { option value=(id) selected[*is_chosen] { (name) } } }
                    button.button type="submit" { (ctx.t("client-company-turn")) }
                }
            }
            main.client-main #main tabindex="-1" {
                @if let Some((tone, words)) = &frame.said { (toast(*tone, words)) }
                (body)
            }
            footer.client-foot { span { (frame.name) } (language_switch(ctx, &frame.here)) }
        }
        @if let Some(chat) = &frame.chat {
            script src=(routes::WIDGET_SCRIPT) data-inbox=(chat.key) data-language=(ctx.lang) data-color=[chat.color.as_deref()] data-identity=[chat.identity.as_deref()] defer {}
        }
    };
    let head = html! { (crate::portal_pages::brand()) @if let Some(head) = head { (head) } };
    page(
        &Page {
            csrf: ctx.csrf,
            position: Some(frame.position),
            head: Some(head),
            ..Page::new(ctx.lang, title, Surface::Portal)
        },
        &framed,
    )
}

/// What cannot be shown to somebody who is signed in: their way on stands around it.
pub fn error(ctx: &Ctx<'_>, frame: &Frame, status: u16) -> Markup {
    let (title, text) = crate::portal_pages::error_words(ctx, status);
    let body = html! {
        p.error-code { (status) }
        h1 { (title) }
        p.lead { (text) }
        p { a.button href=(routes::PORTAL) { (ctx.t("error-way-on")) } }
    };
    framed(ctx, frame, &title, None, &body)
}

/// The part of the portal that an address is in.
pub fn part_of(path: &str) -> Part {
    let first = path.strip_prefix("/portal/").unwrap_or_default();
    match first.split('/').next().unwrap_or_default() {
        "machines" | "readings" | "contracts" | "visits" | "map" => Part::Machines,
        "billing" | "documents" | "pay" | "paid" => Part::Billing,
        "support" | "tickets" | "files" => Part::Support,
        "people" => Part::People,
        "account" | "privacy" => Part::Account,
        "notifications" => Part::Notifications,
        _ => Part::Home,
    }
}

/// The way to what the reader was told, with how much of it is new.
fn bell(ctx: &Ctx<'_>, frame: &Frame) -> Markup {
    let words = crate::i18n::t_args(ctx.lang, "note-unread", &[("count", frame.unread.into())]);
    html! {
        a.client-bell href=(routes::NOTIFICATIONS) aria-label=(words) title=(words) aria-current=[(frame.part == Part::Notifications).then_some("page")] {
            (icon(Icon::Bell))
            @if frame.unread > 0 { span.client-bell-count aria-hidden="true" { @if frame.unread > 99 { "99+" } @else { (frame.unread) } } }
        }
    }
}

/// Where the articles stand that are found while the reader types (`client/portal/hits.ts`).
pub(crate) fn hits(ctx: &Ctx<'_>) -> Markup {
    html! {
        div #f-hits {}
        p.visually-hidden #f-hits-said role="status" data-some=(crate::i18n::t_args(ctx.lang, "help-hits", &[("n", "{n}".into())])) data-none=(ctx.t("help-hits-none")) {}
    }
}
