//! The list of documents.

use axum::extract::{Query, State};
use axum::response::Response;
use billing::announced;
use billing::customers::{self, Customer};
use billing::documents::Document;
use billing::listing::{self, Cursor, Filter};
use billing::state::{Kind, Status};
use billing::words;
use conversation::access::Permission;
use maud::html;
use portal::client::view;
use serde::Deserialize;
use ui::components::empty;
use ui::icons::{Icon, icon};
use ui::{i18n, routes};

use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::whose;

const SHOWN: usize = 50;
/// How many transfers that customers told of stand above the list.
const WAITING: i64 = 20;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    q: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    kind: String,
    /// The customer whose documents alone are shown.
    #[serde(default)]
    customer: String,
    #[serde(default)]
    after: String,
}

impl Choice {
    /// The same as a question, and the customer whose documents alone are meant.
    pub(super) async fn filter(&self, app: &App) -> conversation::Result<(Filter, Option<Customer>)> {
        let whose = match self.customer.as_str() {
            "" => None,
            id => whose::customer_of(app, id).await?,
        };
        let filter = Filter {
            // Whoever is gone has no documents: the list must not become everybody's.
            customers: (!self.customer.is_empty()).then(|| whose.iter().map(|one| one.id.clone()).collect()),
            kind: self.kind.parse::<Kind>().ok(),
            status: self.status.parse::<Status>().ok(),
            today: app.billing.today().to_string(),
            search: self.q.chars().take(100).collect(),
            ..Filter::default()
        };
        Ok((filter, whose))
    }

    /// Whether nothing narrows the list, and it is its beginning.
    fn is_plain(&self) -> bool {
        [&self.q, &self.status, &self.kind, &self.customer, &self.after]
            .iter()
            .all(|value| value.is_empty())
    }

    /// What narrows the list, for an address.
    pub(super) fn query(&self) -> String {
        format!(
            "q={}&status={}&kind={}&customer={}",
            routes::escape(&self.q),
            routes::escape(&self.status),
            routes::escape(&self.kind),
            routes::escape(&self.customer),
        )
    }
}

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Query(choice): Query<Choice>,
) -> Result<Response, Failure> {
    me.must(Permission::Books)?;
    let (ctx, lang) = (me.ctx(), me.lang);
    let db = app.store.db();
    let (filter, whose) = choice.filter(&app).await?;
    let after = Cursor::from_text(&choice.after);
    let mut found = listing::list(db, &filter, after.as_ref(), 51).await?;
    let has_more = found.len() > SHOWN;
    found.truncate(SHOWN);
    // Above the list as it is first seen, narrowed by nothing.
    let told = match choice.is_plain() {
        true => announced::waiting(db, WAITING).await?,
        false => Vec::new(),
    };
    let both = found.iter().chain(&told);
    let names = customers::names(db, both.map(|document| &document.customer_id)).await?;
    let row = |document: &Document| {
        let mut row = view::row(document, lang, &filter.today, "/billing/documents");
        row.customer = names.get(&document.customer_id).cloned().unwrap_or_default();
        row
    };
    let rows: Vec<_> = found.iter().map(row).collect();
    let waiting: Vec<_> = told.iter().map(row).collect();
    let next = found.last().filter(|_| has_more).map(|last| {
        let place = Cursor::behind(last, &filter).to_text();
        format!("{}?{}&after={place}", routes::BILLING, choice.query())
    });
    let said = words::of(lang);
    let body = html! {
        div.list-head {
            form.filters method="get" action=(routes::BILLING) role="search" data-filter=(ctx.t("filters-renewed")) {
                input.input type="search" name="q" value=(choice.q) placeholder=(ctx.t("billing-search")) aria-label=(ctx.t("billing-search"));
                select.input name="kind" aria-label=(ctx.t("billing-kind")) {
                    option value="" { (ctx.t("billing-any-kind")) }
                    @for kind in Kind::ALL { option value=(kind) selected[choice.kind == kind.as_str()] { (said.kind(*kind)) } }
                }
                select.input name="status" aria-label=(ctx.t("client-status")) {
                    option value="" { (ctx.t("client-all-statuses")) }
                    @for (status, words) in &said.statuses { option value=(status) selected[choice.status == status.as_str()] { (words) } }
                }
                @if let Some(customer) = &whose { input type="hidden" name="customer" value=(customer.id); }
                button.button type="submit" { (ctx.t("client-filter")) }
                @if let Some(customer) = &whose { a.button.ghost href=(routes::BILLING) { (i18n::t_args(lang, "billing-of-all", &[("name", customer.name.clone().into())])) } }
            }
            div.settings-actions {
                @if me.can(Permission::Bill) {
                    a.button.primary href="/billing/new?kind=invoice" { (icon(Icon::Plus)) span { (said.invoice) } }
                    a.button href="/billing/new?kind=estimate" { (icon(Icon::Plus)) span { (said.estimate) } }
                }
                @if !rows.is_empty() { a.button.ghost href={ "/billing/export?" (choice.query()) } download { (icon(Icon::Download)) span { (ctx.t("audit-export")) } } }
            }
        }
        @if !waiting.is_empty() {
            section.group aria-labelledby="transfers" {
                h2 #transfers { (ctx.t("billing-transfers")) }
                p.muted { (ctx.t("billing-transfers-hint")) }
                ul.eq-list { @for one in &waiting { li.eq-row {
                    a.eq-main href=(one.url) { span.eq-glyph { (icon(Icon::Invoice)) } span.eq-words { strong { (one.title) } span.muted { (one.customer) } } }
                    strong { (one.open.as_deref().unwrap_or(&one.total)) }
                } } }
            }
        }
        @if rows.is_empty() { (empty(Icon::Invoice, &ctx.t("client-no-documents"), &ctx.t("billing-none-hint"))) }
        @else { (ui::client_pages::document_rows(&ctx, &rows, false)) }
        @if let Some(next) = next { p { a.button.ghost href=(next) { (ctx.t("client-more")) } } }
    };
    Ok(frame(&me, Part::Documents, &ctx.t("billing-documents"), None, &body))
}
