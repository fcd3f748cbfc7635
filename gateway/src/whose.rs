//! Whose something new is: the page that asks before a form that belongs to a customer. A business has too many
//! customers for a list to choose from.

use billing::CustomerId;
use billing::customers::{self, Customer};
use conversation::Error;
use conversation::access::Permission;
use maud::{Markup, html};
use ui::icons::{Icon, icon};

use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;

/// How many customers a search shows.
const MOST: usize = 50;

/// The customer of an id; a name, or nothing, is a search.
pub(crate) async fn customer_of(app: &App, text: &str) -> conversation::Result<Option<Customer>> {
    match customers::load(app.store.db(), &CustomerId::from(text)).await {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The question, what a search found, and the way to a customer who is not there yet. The answer is the same address
/// with `customer`; `kept` goes along.
pub(crate) async fn ask(app: &App, me: &SignedIn, query: &str, kept: &[(&str, &str)]) -> Result<Markup, Failure> {
    let ctx = me.ctx();
    let found = customers::list(app.store.db(), query, None, MOST as i64 + 1).await?;
    let more: String = kept
        .iter()
        .map(|(name, value)| format!("&{name}={}", ui::routes::escape(value)))
        .collect();
    Ok(html! {
        p.lead { (ctx.t("eq-whose")) }
        form.filters method="get" role="search" {
            @for (name, value) in kept { input type="hidden" name=(name) value=(value); }
            input.input type="search" name="customer" value=(query) aria-label=(ctx.t("billing-find-customer")) placeholder=(ctx.t("billing-find-customer"));
            button.button type="submit" { (ctx.t("client-filter")) }
        }
        @if found.is_empty() { p.muted { (ctx.t("billing-no-customers")) } }
        ul.inboxes { @for one in found.iter().take(MOST) {
            li { a href={ "?customer=" (one.id) (more) } { span.inbox-name { strong { (one.name) } span.muted { (one.email.as_deref().unwrap_or("—")) } } } }
        } }
        @if found.len() > MOST { p.muted { (ctx.t("whose-more")) } }
        @if me.can(Permission::Bill) { p { a.button href="/billing/customers/new" { (icon(Icon::Plus)) span { (ctx.t("billing-new-customer")) } } } }
    })
}
