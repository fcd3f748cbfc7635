//! Who is billed, and what they owe, for those who bill from elsewhere.

use ::billing::customers::{self, Customer, CustomerData, Preferred};
use ::billing::{CustomerId, settings, statement};
use axum::Json as Answer;
use axum::extract::State;
use conversation::access::Permission;
use conversation::{Error, types};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time, at_most, cut, given, limit};
use super::guard::Caller;
use super::problem::Outcome;
use crate::app::App;

/// Who is billed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Customer)]
pub(super) struct CustomerView {
    /// Its id.
    id: String,
    /// The name on documents.
    name: String,
    /// Where documents go.
    #[schema(required)]
    email: Option<String>,
    /// The telephone that they write from by WhatsApp or call from, with its country code.
    #[schema(required)]
    phone: Option<String>,
    /// Whether it is a company, whose people all see its documents.
    is_company: bool,
    /// The language of documents and mails.
    #[schema(value_type = enums::Language)]
    language: types::Language,
    /// The tax number.
    tax_id: String,
    /// The postal address, of several lines.
    address: String,
    /// Since when.
    created_at: Time,
}

/// Customers as they are shown, in their order.
async fn views(app: &App, all: Vec<Customer>) -> Outcome<Vec<CustomerView>> {
    let mut phones = customers::phones(app.store.db(), &all).await?;
    Ok(all
        .into_iter()
        .map(|customer| CustomerView {
            phone: phones.remove(&customer.id),
            id: customer.id.to_string(),
            name: customer.name,
            email: customer.email,
            is_company: customer.company_id.is_some(),
            language: customer.language,
            tax_id: customer.tax_id,
            address: customer.address,
            created_at: Time(customer.created_at),
        })
        .collect())
}

/// One by its id.
async fn view(app: &App, id: &CustomerId) -> Outcome<CustomerView> {
    let one = customers::load(app.store.db(), id).await?;
    let mut shown = views(app, vec![one]).await?;
    shown.pop().ok_or_else(|| Error::NotFound.into())
}

/// Which customers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CustomerQuery {
    /// A part of the name, the address for mails or the tax number.
    q: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// List customers
///
/// By name.
#[utoipa::path(get, path = "/customers", tag = "billing", operation_id = "listCustomers",
    params(CustomerQuery), responses((status = 200, description = "A page of customers.", body = Page<CustomerView>)))]
pub(super) async fn customers_list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<CustomerQuery>,
) -> Outcome<Answer<Page<CustomerView>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let after = query.after.map(CustomerId::from);
    let search = query.q.unwrap_or_default();
    let mut rows = customers::list(app.store.db(), &search, after.as_ref(), limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows.last().filter(|_| has_more).map(|last| last.id.to_string()),
        items: views(&app, rows).await?,
    }))
}

/// Read a customer
///
/// By its id.
#[utoipa::path(get, path = "/customers/{id}", tag = "billing", operation_id = "getCustomer",
    params(("id" = String, Path, description = "The customer.")),
    responses((status = 200, description = "The customer.", body = CustomerView)))]
pub(super) async fn customer_read(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<CustomerView>> {
    caller.may(Permission::Read)?;
    Ok(Answer(view(&app, &CustomerId::from(id)).await?))
}

/// A customer to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomerBody {
    /// The name on documents.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Where documents go; whoever reads mail there sees them.
    #[serde(default)]
    email: Option<String>,
    /// The telephone that they write from by WhatsApp or call from, with its country code (`+593 …`) or as it is dialled in
    /// the country of the business: what comes from
    /// there is theirs. Who wrote from there before and is known by nothing else becomes this customer.
    #[serde(default)]
    #[schema(max_length = 40)]
    phone: Option<String>,
    /// Whether it is a company.
    #[serde(default)]
    is_company: bool,
    /// The language; the business's unless given.
    #[serde(default)]
    #[schema(value_type = Option<enums::Language>)]
    language: Option<types::Language>,
    /// The tax number.
    #[serde(default)]
    #[schema(max_length = 60)]
    tax_id: String,
    /// The postal address.
    #[serde(default)]
    #[schema(max_length = 500)]
    address: String,
}

/// Add a customer
///
/// An address or a company can be one customer's only.
#[utoipa::path(post, path = "/customers", tag = "billing", operation_id = "addCustomer", request_body = CustomerBody,
    responses((status = 201, description = "The customer.", body = CustomerView, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn customer_add(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CustomerBody>,
) -> Outcome<Created<CustomerView>> {
    caller.may(Permission::Work)?;
    at_most(200, "name", &body.name)?;
    at_most(40, "phone", body.phone.as_deref().unwrap_or_default())?;
    at_most(60, "tax_id", &body.tax_id)?;
    at_most(500, "address", &body.address)?;
    let business = settings::business(app.store.db(), &app.store).await?;
    let data = CustomerData {
        name: body.name,
        email: body.email,
        phone: body.phone,
        is_company: body.is_company,
        language: body.language.unwrap_or(business.language),
        channel: Preferred::Email,
        tax_id: body.tax_id,
        address: body.address,
    };
    let mut tx = app.store.begin().await?;
    let id = customers::create_in(&mut tx, &caller.actor, data).await?;
    tx.commit().await?;
    let made = view(&app, &id).await?;
    Ok(Created(format!("/customers/{id}"), made))
}

/// What to change; a field that is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomerPatch {
    /// The name on documents.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Where documents go; null for nowhere.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// A telephone that they write from by WhatsApp or call from; those that are known stay theirs.
    #[schema(max_length = 40)]
    phone: Option<String>,
    /// Whether it is a company.
    is_company: Option<bool>,
    /// The language.
    #[schema(value_type = Option<enums::Language>)]
    language: Option<types::Language>,
    /// The tax number.
    #[schema(max_length = 60)]
    tax_id: Option<String>,
    /// The postal address.
    #[schema(max_length = 500)]
    address: Option<String>,
}

/// Change a customer
///
/// Documents that were issued keep the name and the address that they had.
#[utoipa::path(patch, path = "/customers/{id}", tag = "billing", operation_id = "updateCustomer",
    params(("id" = String, Path, description = "The customer.")), request_body = CustomerPatch,
    responses((status = 200, description = "The customer as it is now.", body = CustomerView)))]
pub(super) async fn customer_change(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(patch): Json<CustomerPatch>,
) -> Outcome<Answer<CustomerView>> {
    caller.may(Permission::Work)?;
    at_most(200, "name", patch.name.as_deref().unwrap_or_default())?;
    at_most(40, "phone", patch.phone.as_deref().unwrap_or_default())?;
    at_most(60, "tax_id", patch.tax_id.as_deref().unwrap_or_default())?;
    at_most(500, "address", patch.address.as_deref().unwrap_or_default())?;
    let old = customers::load(app.store.db(), &CustomerId::from(id)).await?;
    let data = CustomerData {
        name: patch.name.unwrap_or(old.name),
        email: patch.email.unwrap_or(old.email),
        phone: patch.phone,
        is_company: patch.is_company.unwrap_or(old.company_id.is_some()),
        language: patch.language.unwrap_or(old.language),
        channel: old.channel,
        tax_id: patch.tax_id.unwrap_or(old.tax_id),
        address: patch.address.unwrap_or(old.address),
    };
    let mut tx = app.store.begin().await?;
    customers::edit_in(&mut tx, &caller.actor, &old.id, data).await?;
    tx.commit().await?;
    Ok(Answer(view(&app, &old.id).await?))
}

/// What a customer paid and owes in one currency. Amounts are in minor units.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatementSums)]
pub(super) struct SumsView {
    /// The currency, ISO 4217.
    currency: String,
    /// What was paid, refunds off.
    paid: i64,
    /// What is owed now.
    owed: i64,
    /// What of it is overdue.
    overdue: i64,
    /// What is on its way.
    pending: i64,
}

/// Read a statement
///
/// What a customer paid in a lifetime and owes now, per currency.
#[utoipa::path(get, path = "/customers/{id}/statement", tag = "billing", operation_id = "getStatement",
    params(("id" = String, Path, description = "The customer.")),
    responses((status = 200, description = "The sums of each currency.", body = Vec<SumsView>)))]
pub(super) async fn statement_read(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
) -> Outcome<Answer<Vec<SumsView>>> {
    caller.may(Permission::Read)?;
    let customer = customers::load(app.store.db(), &CustomerId::from(id)).await?;
    let today = app.billing.today().to_string();
    let found = statement::load(app.store.db(), &[customer.id], &today).await?;
    let sums = found.currencies.into_iter().map(|sums| SumsView {
        currency: sums.currency.to_string(),
        paid: sums.paid,
        owed: sums.owed,
        overdue: sums.overdue,
        pending: sums.pending,
    });
    Ok(Answer(sums.collect()))
}
