//! Tickets and help.

use conversation::types::{Level, TicketStatus};
use maud::{Markup, html};

use super::{Frame, framed};
use crate::components::{empty, level_name, ticket_status_chip};
use crate::icons::{Icon, icon};
use crate::{Ctx, routes};

/// One ticket.
#[derive(Debug, Clone)]
pub struct TicketRow {
    /// Its page.
    pub url: String,
    /// `T-1`.
    pub number: String,
    /// What it is about.
    pub subject: String,
    /// Where it stands.
    pub status: TicketStatus,
    /// Who has it.
    pub level: Level,
    /// The person who has it; empty for nobody.
    pub agent: String,
    /// When it changed last, written out.
    pub changed: String,
}

/// The support page.
#[derive(Debug, Clone)]
pub struct SupportView {
    /// What stands around it.
    pub frame: Frame,
    /// The help centre in the reader's language.
    pub help: String,
    /// The tickets, the newest first.
    pub tickets: Vec<TicketRow>,
}

/// The support page: help first, then tickets.
pub fn support(ctx: &Ctx<'_>, view: &SupportView) -> Markup {
    let body = html! {
        h1 { (ctx.t("client-support")) }
        form.help-search method="get" action=(view.help) role="search" {
            label for="f-q" { (ctx.t("client-help-search")) }
            div.row { input.input #f-q type="search" name="q" maxlength="200" autocomplete="off" data-hits="f-hits" aria-describedby="f-hits-said"; button.button type="submit" { (icon(Icon::Search)) span { (ctx.t("client-search")) } } }
            (crate::client_pages::hits(ctx))
        }
        div.list-head { h2 { (ctx.t("client-tickets")) } a.button.primary href=(routes::TICKET_NEW) { (icon(Icon::Plus)) span { (ctx.t("client-new-ticket")) } } }
        div #live-tickets data-live {
            @if view.tickets.is_empty() { (empty(Icon::Ticket, &ctx.t("client-no-tickets"), &ctx.t("client-no-tickets-hint"))) }
            @else { ul.documents {
                @for ticket in &view.tickets {
                    li.document-row {
                        a.document-link href=(ticket.url) {
                            span.document-title { span.mono.muted { (ticket.number) } " " (ticket.subject) }
                            span.document-days { (ticket.changed) " · " @if ticket.agent.is_empty() { (level_name(ctx.lang, ticket.level)) } @else { (ticket.agent) } }
                        }
                        (ticket_status_chip(ctx.lang, ticket.status))
                    }
                }
            } }
        }
    };
    framed(ctx, &view.frame, &ctx.t("client-support"), None, &body)
}
