//! The statement: what was paid, what is owed, every document.

use maud::{Markup, html};

use super::{Frame, framed};
use crate::components::{Tone, badge, empty};
use crate::icons::{Icon, icon};
use crate::{Ctx, i18n, routes};

/// The sums of one currency, written out.
#[derive(Debug, Clone, Default)]
pub struct SumsCard {
    /// The code of the currency.
    pub currency: String,
    /// What is owed now.
    pub owed: String,
    /// Whether anything is.
    pub has_owed: bool,
    /// What of it is overdue, if anything.
    pub overdue: Option<String>,
    /// What is on its way, if anything.
    pub pending: Option<String>,
    /// What was paid in a lifetime.
    pub paid: String,
    /// Where all that is open is paid at once, and the words on that button.
    pub pay: Option<(String, String)>,
}

/// One document of the list.
#[derive(Debug, Clone)]
pub struct DocumentRow {
    /// Its id.
    pub id: String,
    /// Its page.
    pub url: String,
    /// Its PDF.
    pub pdf: String,
    /// What it is and its number.
    pub title: String,
    /// The day of issue, written out.
    pub issued: String,
    /// The day it is due; empty where there is none.
    pub due: String,
    /// The sum, written out.
    pub total: String,
    /// What is on its way, else what is still to pay, where that is less than the sum and more than nothing.
    pub open: Option<String>,
    /// Where it stands, in words.
    pub status: String,
    /// How that is coloured.
    pub tone: Tone,
    /// Where its customer pays it, if they can now.
    pub pay: Option<String>,
    /// What its customer can pay now: the code of the currency and minor units.
    pub owed: Option<(String, i64)>,
    /// Whose it is; empty on the customer's own pages.
    pub customer: String,
}

/// What the list is filtered by.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    /// The years there are.
    pub years: Vec<String>,
    /// The chosen one; empty is all.
    pub year: String,
    /// The statuses that can be chosen: value and words.
    pub statuses: Vec<(String, String)>,
    /// The chosen one; empty is all.
    pub status: String,
    /// The chosen days, ISO; empty where none is chosen.
    pub from: String,
    /// As `from`.
    pub to: String,
    /// `date` or `status`.
    pub sort: String,
}

/// The statement.
#[derive(Debug, Clone)]
pub struct HomeView {
    /// What stands around it.
    pub frame: Frame,
    /// The sums of each currency.
    pub sums: Vec<SumsCard>,
    /// The sums of the chosen period, for each currency: words and amounts.
    pub periods: Vec<Vec<(String, String)>>,
    /// Where the movements of that period are downloaded.
    pub csv: String,
    /// The filters.
    pub filters: Filters,
    /// How money is written, for the sum of what is chosen: JSON by the code of a currency, each with `sign`, `digits`, `group` and `point`;
    /// empty where several cannot be paid at once.
    pub money: String,
    /// The documents of this page.
    pub documents: Vec<DocumentRow>,
    /// The address of the next page.
    pub next: Option<String>,
    /// The payment history: day, number, words, sum, tone.
    pub history: Vec<(String, String, String, String, Tone)>,
}

/// The statement's page.
pub fn home(ctx: &Ctx<'_>, view: &HomeView) -> Markup {
    let filters = &view.filters;
    let body = html! {
        h1 { (ctx.t("client-hello")) }
        div #live-sums data-live {
            @if view.sums.is_empty() { p.lead.flush { (ctx.t("client-nothing-yet")) } }
            div.sums {
                @for sums in &view.sums {
                    section class={ "sum" @if sums.overdue.is_some() { " late" } } aria-label=(sums.currency) {
                        p.sum-label { (ctx.t("client-owed")) }
                        p.sum-value { @if sums.has_owed { (sums.owed) } @else { (ctx.t("client-owed-nothing")) } }
                        @if let Some(overdue) = &sums.overdue { p.sum-note.bad { (i18n::t_args(ctx.lang, "client-overdue", &[("amount", overdue.as_str().into())])) } }
                        @if let Some(pending) = &sums.pending { p.sum-note { (i18n::t_args(ctx.lang, "client-pending", &[("amount", pending.as_str().into())])) } }
                        p.sum-note { (i18n::t_args(ctx.lang, "client-paid-ever", &[("amount", sums.paid.as_str().into())])) }
                        @if let Some((url, words)) = &sums.pay { p.sum-pay { a.button.primary href=(url) { (words) } } }
                    }
                }
            }
        }
        section aria-labelledby="documents-title" {
            div.list-head {
                h2 #documents-title { (ctx.t("client-documents")) }
                form.filters method="get" action=(routes::STATEMENT) data-filter=(ctx.t("filters-renewed")) {
                    label { span.visually-hidden { (ctx.t("client-year")) }
                        select.input name="year" { option value="" { (ctx.t("client-all-years")) } @for year in &filters.years { option value=(year) selected[*year == filters.year] { (year) } } } }
                    label { span.visually-hidden { (ctx.t("client-status")) }
                        select.input name="status" { option value="" { (ctx.t("client-all-statuses")) } @for (value, words) in &filters.statuses { option value=(value) selected[*value == filters.status] { (words) } } } }
                    label { span.visually-hidden { (ctx.t("client-sort")) }
                        select.input name="sort" { option value="date" { (ctx.t("client-by-date")) } option value="status" selected[filters.sort == "status"] { (ctx.t("client-by-status")) } } }
                    button.button type="submit" { (ctx.t("client-filter")) }
                    details.filter-days open[!filters.from.is_empty() || !filters.to.is_empty()] {
                        summary { (ctx.t("client-days")) }
                        div.row {
                            label { (ctx.t("client-from")) input.input type="date" name="from" value=(filters.from); }
                            label { (ctx.t("client-to")) input.input type="date" name="to" value=(filters.to); }
                        }
                    }
                }
            }
            div #narrowed data-filtered {
            @for period in &view.periods {
                dl.sum.period aria-label=(ctx.t("client-period")) { @for (words, amount) in period { div { dt { (words) } dd { (amount) } } } }
            }
            @if view.documents.is_empty() { (empty(Icon::Invoice, &ctx.t("client-no-documents"), "")) }
            @else {
                form.bulk method="post" action=(routes::DOWNLOAD) {
                    input type="hidden" name="year" value=(filters.year);
                    input type="hidden" name="from" value=(filters.from);
                    input type="hidden" name="to" value=(filters.to);
                    input type="hidden" name="status" value=(filters.status);
                    (document_rows(ctx, &view.documents, true))
                    @if !view.money.is_empty() { (pay_bar(ctx, &view.money)) }
                    div.bulk-bar {
                        label.check.all { input type="checkbox" data-all; span { (ctx.t("client-select-all")) } }
                        button.button type="submit" name="all" value="1" { (icon(Icon::Download)) span { (ctx.t("client-download-all")) } }
                        button.button type="submit" { (icon(Icon::Download)) span { (ctx.t("client-download-selected")) } }
                        a.button href=(view.csv) download { (icon(Icon::Download)) span { (ctx.t("client-movements")) } }
                        @if let Some(next) = &view.next { a.button.ghost href=(next) { (ctx.t("client-more")) } }
                    }
                }
            }
            }
        }
        @if !view.history.is_empty() {
            section aria-labelledby="history-title" {
                h2 #history-title { (ctx.t("client-history")) }
                ul.history #live-history data-live {
                    @for (day, number, words, sum, tone) in &view.history {
                        li { span.muted { (day) } span.mono { (number) } span class={ "history-words " (tone.class()) } { (words) } strong { (sum) } }
                    }
                }
            }
        }
    };
    framed(ctx, &view.frame, &ctx.t("client-billing"), None, &body)
}

/// What is chosen is paid at once. The sum is said as one chooses; without scripts the page behind the button says it.
fn pay_bar(ctx: &Ctx<'_>, money: &str) -> Markup {
    let chosen = [("count", "{count}".into()), ("amount", "{amount}".into())];
    html! {
        div.pay-bar data-money=(money) data-chosen=(i18n::t_args(ctx.lang, "client-chosen", &chosen)) data-none=(ctx.t("client-chosen-none")) {
            p role="status" { (ctx.t("client-chosen-none")) }
            button.button.primary type="submit" formaction=(routes::PAY) formmethod="get" { (ctx.t("client-pay-chosen")) }
        }
    }
}

/// What a document is and its number; the number stays whole where a line ends.
fn unbroken(title: &str) -> Markup {
    let (kind, number) = title.rsplit_once(' ').unwrap_or(("", title));
    html! { (kind) " " span.unbroken { (number) } }
}

/// Documents as rows that become cards on a phone.
pub fn document_rows(ctx: &Ctx<'_>, rows: &[DocumentRow], is_selectable: bool) -> Markup {
    html! {
        ul.documents #live-documents data-live {
            @for row in rows {
                li.document-row {
                    @if is_selectable {
                        label.pick { input type="checkbox" name="id" value=(row.id) data-owed=[row.owed.as_ref().map(|(_, amount)| amount)] data-currency=[row.owed.as_ref().map(|(code, _)| code)]; span.visually-hidden { (ctx.t("client-select")) " " (row.title) } }
                    }
                    a.document-link href=(row.url) {
                        span.document-title { (unbroken(&row.title)) }
                        span.document-days { @if !row.customer.is_empty() { (row.customer) " · " } (row.issued) @if !row.due.is_empty() { " · " (row.due) } }
                    }
                    (badge(row.tone, &row.status))
                    span.document-sum { strong { (row.total) } @if let Some(open) = &row.open { span.muted { (open) } } }
                    span.document-tools {
                        @if let Some(pay) = &row.pay { a.button.primary href=(pay) { (ctx.t("client-pay-title")) span.visually-hidden { " " (row.title) } } }
                        a.button.ghost.icon-only href=(row.pdf) aria-label={ "PDF " (row.title) } { (icon(Icon::Download)) }
                    }
                }
            }
        }
    }
}
