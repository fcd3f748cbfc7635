//! Documents and payments, for those who bill from elsewhere.

use ::billing::documents::{self, Document, Draft};
use ::billing::listing::{self, Cursor, Filter};
use ::billing::payments::{self, EntryKind, EntryState, Method, NewEntry};
use ::billing::state::{Kind, State as Stage, Status};
use ::billing::totals::{Line, Rounding, Tax};
use ::billing::{CustomerId, DocumentId, customers, day, issue, settings};
use axum::Json as Answer;
use axum::extract::State;
use conversation::access::Permission;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time, at_most, cut, limit};
use super::guard::Caller;
use super::organise::All;
use super::problem::{Outcome, Problem};
use crate::app::App;

/// A tax of a line.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Tax)]
pub(super) struct TaxBody {
    /// As the document names it.
    #[schema(min_length = 1, max_length = 40)]
    name: String,
    /// In hundredths of a per cent: 1600 is 16 %.
    rate: i64,
}

/// A line of a document.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DocumentLine)]
pub(super) struct LineBody {
    /// What it is.
    #[schema(min_length = 1, max_length = 1000)]
    description: String,
    /// In thousandths: 1000 is one.
    quantity: i64,
    /// For one, in minor units of the currency.
    unit_price: i64,
    /// In hundredths of a per cent.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    discount: i64,
    /// Its taxes.
    #[serde(default)]
    taxes: Vec<TaxBody>,
}

/// An invoice, an estimate or a credit note. Amounts are in minor units.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Document)]
pub(super) struct DocumentBodyView {
    /// Its id.
    id: String,
    /// What it is.
    #[schema(value_type = enums::DocumentKind)]
    kind: Kind,
    /// Whose it is.
    customer_id: String,
    /// Its number; null while it is a draft.
    #[schema(required)]
    number: Option<String>,
    /// The number in the system that it came from.
    #[schema(required)]
    external_number: Option<String>,
    /// Where it stands today.
    #[schema(value_type = enums::DocumentStatus)]
    status: Status,
    /// The currency, ISO 4217.
    currency: String,
    /// The day of issue.
    issued_on: String,
    /// The day it is due, or until when it holds.
    due_on: String,
    /// The sum before taxes.
    net: i64,
    /// The taxes.
    tax: i64,
    /// The sum.
    total: i64,
    /// What was paid, refunds off.
    paid: i64,
    /// What credit notes took off.
    credited: i64,
    /// What is still to be paid; negative when too much was.
    open: i64,
    /// What is on its way.
    pending: i64,
    /// The address of its page in the portal.
    url: String,
    /// When it changed last.
    updated_at: Time,
}

pub(super) fn view(app: &App, document: Document) -> DocumentBodyView {
    DocumentBodyView {
        status: document.status(&app.billing.today().to_string()),
        open: document.open(),
        url: format!("{}{}", app.public_url(), ::billing::card::path(&document.id)),
        id: document.id.to_string(),
        kind: document.kind,
        customer_id: document.customer_id.to_string(),
        number: document.number,
        external_number: document.external_number,
        currency: document.currency.to_string(),
        issued_on: document.issued_on,
        due_on: document.due_on,
        net: document.net,
        tax: document.tax,
        total: document.total,
        paid: document.paid,
        credited: document.credited,
        pending: document.pending,
        updated_at: Time(document.updated_at),
    }
}

/// Which documents.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DocumentQuery {
    /// Of this customer.
    customer: Option<String>,
    /// Of this kind.
    #[param(value_type = Option<enums::DocumentKind>)]
    kind: Option<Kind>,
    /// In this status.
    #[param(value_type = Option<enums::DocumentStatus>)]
    status: Option<Status>,
    /// The beginning or the last digits of the number, or a part of the customer’s name.
    q: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// List documents
///
/// The newest day of issue first.
#[utoipa::path(get, path = "/documents", tag = "billing", operation_id = "listDocuments",
    params(DocumentQuery), responses((status = 200, description = "A page of documents.", body = Page<DocumentBodyView>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<DocumentQuery>,
) -> Outcome<Answer<Page<DocumentBodyView>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let filter = Filter {
        customers: query.customer.map(|id| vec![CustomerId::from(id)]),
        kind: query.kind,
        status: query.status,
        today: app.billing.today().to_string(),
        search: query.q.unwrap_or_default(),
        ..Filter::default()
    };
    let after = match query.after.as_deref() {
        Some(text) => Some(
            Cursor::from_text(text)
                .ok_or_else(|| Problem::invalid("after: give the `next` of a page of this list, unchanged"))?,
        ),
        None => None,
    };
    let mut rows = listing::list(app.store.db(), &filter, after.as_ref(), limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows
            .last()
            .filter(|_| has_more)
            .map(|last| Cursor::behind(last, &filter).to_text()),
        items: rows.into_iter().map(|document| view(&app, document)).collect(),
    }))
}

/// Read a document
///
/// By its id.
#[utoipa::path(get, path = "/documents/{id}", tag = "billing", operation_id = "getDocument",
    params(("id" = String, Path, description = "The document.")),
    responses((status = 200, description = "The document.", body = DocumentBodyView)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<DocumentBodyView>> {
    caller.may(Permission::Read)?;
    let document = documents::load(app.store.db(), &DocumentId::from(id)).await?;
    Ok(Answer(view(&app, document)))
}

/// A draft to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentBody {
    /// Whose it is.
    customer: String,
    /// What it is.
    #[schema(value_type = enums::DocumentKind)]
    kind: Kind,
    /// The currency; the business's unless given.
    #[serde(default)]
    currency: Option<String>,
    /// The day of issue, such as 2026-01-31; today unless given.
    #[serde(default)]
    issued_on: Option<String>,
    /// The day it is due, or until when it holds; as the business is used to unless given.
    #[serde(default)]
    due_on: Option<String>,
    /// The lines, at most 500.
    lines: Vec<LineBody>,
    /// What it says below its lines.
    #[serde(default)]
    #[schema(max_length = 4000)]
    notes: String,
    /// The number in the system that it came from; a second document with it is refused.
    #[serde(default)]
    external_number: Option<String>,
    /// The invoice of a credit note.
    #[serde(default)]
    related: Option<String>,
}

/// Write a document
///
/// It is a draft until it is sent.
#[utoipa::path(post, path = "/documents", tag = "billing", operation_id = "writeDocument", request_body = DocumentBody,
    responses((status = 201, description = "The draft.", body = DocumentBodyView, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn write(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<DocumentBody>,
) -> Outcome<Created<DocumentBodyView>> {
    caller.may(Permission::Work)?;
    let business = settings::business(app.store.db(), &app.store).await?;
    let customer = customers::load(app.store.db(), &CustomerId::from(body.customer)).await?;
    let issued_on = match &body.issued_on {
        Some(text) => day::parse(text)?,
        None => app.billing.today(),
    };
    let days = match body.kind {
        Kind::Invoice => business.due_days,
        Kind::Estimate => business.valid_days,
        Kind::CreditNote => 0,
    };
    let due_on = match &body.due_on {
        Some(text) => day::parse(text)?,
        None => day::plus(issued_on, days),
    };
    let currency = match &body.currency {
        Some(code) => code
            .parse()
            .map_err(|error: ::billing::money::UnknownCurrency| Problem::invalid(format!("currency: {error}")))?,
        None => business.currency,
    };
    let lines = body.lines.into_iter().map(|line| Line {
        description: line.description,
        quantity: line.quantity,
        unit_price: line.unit_price,
        discount: line.discount,
        taxes: line
            .taxes
            .into_iter()
            .map(|tax| Tax {
                name: tax.name,
                rate: tax.rate,
            })
            .collect(),
    });
    let draft = Draft {
        kind: body.kind,
        currency,
        language: customer.language,
        issued_on,
        due_on,
        rounding: Rounding::default(),
        notes: body.notes,
        lines: lines.collect(),
        external_number: body.external_number,
        related_id: body.related.map(DocumentId::from),
        is_published: false,
        is_reminded: true,
    };
    let draft = Draft {
        rounding: business.rounding,
        ..draft
    };
    let mut tx = app.store.begin().await?;
    let id = documents::create_in(&mut tx, &caller.actor, &customer.id, draft).await?;
    tx.commit().await?;
    let made = documents::load(app.store.db(), &id).await?;
    Ok(Created(format!("/documents/{id}"), view(&app, made)))
}

/// How to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendBody {
    /// Whether the customer gets a mail.
    mail: bool,
}

/// Send a document
///
/// Issues a draft: it gets its number and does not change any more.
#[utoipa::path(post, path = "/documents/{id}/send", tag = "billing", operation_id = "sendDocument", request_body = SendBody,
    params(("id" = String, Path, description = "The document.")),
    responses((status = 200, description = "The document.", body = DocumentBodyView)))]
pub(super) async fn send(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<SendBody>,
) -> Outcome<Answer<DocumentBodyView>> {
    caller.may(Permission::Work)?;
    let (document, _) = issue::send(&app.billing, &caller.actor, &DocumentId::from(id), !body.mail).await?;
    Ok(Answer(view(&app, document)))
}

/// Void a document
///
/// Takes it back; its number stays used. Not possible once something is paid.
#[utoipa::path(post, path = "/documents/{id}/void", tag = "billing", operation_id = "voidDocument",
    params(("id" = String, Path, description = "The document.")),
    responses((status = 200, description = "The document.", body = DocumentBodyView)))]
pub(super) async fn void(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<DocumentBodyView>> {
    caller.may(Permission::Work)?;
    let id = DocumentId::from(id);
    ::billing::issue::void(&app.billing, &caller.actor, &id).await?;
    if let Err(error) = ::billing::stripe::expire_open(&app.billing, &id).await {
        tracing::warn!(%error, "a payment page of a voided invoice could not be closed yet");
    }
    Ok(Answer(view(&app, documents::load(app.store.db(), &id).await?)))
}

/// A payment that came in, or money that went back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PaymentBody {
    /// In minor units of the invoice's currency, without sign.
    #[schema(minimum = 1)]
    amount: i64,
    /// Whether it went back to the customer.
    #[serde(default)]
    is_refund: bool,
    /// What the other side calls it: the same again changes nothing.
    #[serde(default)]
    external_id: Option<String>,
    /// The day; today unless given.
    #[serde(default)]
    day: Option<String>,
    /// A word about it.
    #[serde(default)]
    #[schema(max_length = 300)]
    detail: String,
}

/// Record a payment
///
/// On an issued invoice.
#[utoipa::path(post, path = "/documents/{id}/payments", tag = "billing", operation_id = "recordPayment", request_body = PaymentBody,
    params(("id" = String, Path, description = "The invoice.")),
    responses((status = 200, description = "The invoice.", body = DocumentBodyView)))]
pub(super) async fn pay(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<PaymentBody>,
) -> Outcome<Answer<DocumentBodyView>> {
    caller.may(Permission::Work)?;
    let document = documents::load(app.store.db(), &DocumentId::from(id)).await?;
    if document.state == Stage::Draft {
        return Err(conversation::Error::Conflict("only an issued invoice takes payments".to_owned()).into());
    }
    let new = NewEntry {
        document: document.id.clone(),
        kind: if body.is_refund {
            EntryKind::Refund
        } else {
            EntryKind::Payment
        },
        amount: body.amount,
        currency: document.currency,
        method: Method::Other,
        state: EntryState::Succeeded,
        external_id: body.external_id.map(|id| format!("api:{id}")),
        intent: None,
        detail: body.detail,
        happened_on: match body.day.as_deref() {
            Some(text) => day::parse(text)?.to_string(),
            None => String::new(),
        },
    };
    payments::record(&app.billing, &caller.actor, new).await?;
    if let Err(error) = ::billing::stripe::expire_open(&app.billing, &document.id).await {
        tracing::warn!(%error, "a payment page with an old amount could not be closed yet");
    }
    Ok(Answer(view(&app, documents::load(app.store.db(), &document.id).await?)))
}

/// One payment for several invoices.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TogetherBody {
    /// The invoices, each with what came for it.
    #[schema(min_items = 1, max_items = 100)]
    payments: Vec<TogetherPart>,
    /// What the other side calls the whole of it: the same again changes nothing, with other invoices or amounts it is
    /// refused (409).
    #[serde(default)]
    #[schema(max_length = 200)]
    external_id: Option<String>,
    /// How it came: `transfer` unless given.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "transfer")]
    method: Option<Method>,
    /// The day; today unless given.
    #[serde(default)]
    day: Option<String>,
    /// A word about it.
    #[serde(default)]
    #[schema(max_length = 300)]
    detail: String,
}

/// A part of a payment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TogetherPart {
    /// The invoice's id.
    document: String,
    /// What came for it, in minor units of its currency.
    #[schema(minimum = 1)]
    amount: i64,
}

/// Record a payment of several invoices
///
/// One transfer, split as you say: an entry on each invoice, all or none. The customer hears of it once.
#[utoipa::path(post, path = "/payments", tag = "billing", operation_id = "recordPayments", request_body = TogetherBody,
    responses((status = 200, description = "The invoices, in the order given.", body = All<DocumentBodyView>)))]
pub(super) async fn pay_together(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<TogetherBody>,
) -> Outcome<Answer<All<DocumentBodyView>>> {
    caller.may(Permission::Work)?;
    if matches!(body.method, Some(Method::Stripe)) {
        return Err(Problem::invalid(
            "method: transfer, cash or other; Stripe tells of its own",
        ));
    }
    at_most(200, "external_id", body.external_id.as_deref().unwrap_or_default())?;
    at_most(300, "detail", &body.detail)?;
    let happened_on = match body.day.as_deref() {
        Some(text) => day::parse(text)?.to_string(),
        None => String::new(),
    };
    let ids: Vec<DocumentId> = body
        .payments
        .iter()
        .map(|part| DocumentId::from(part.document.as_str()))
        .collect();
    let mut parts = Vec::new();
    for (id, part) in ids.iter().zip(&body.payments).take(payments::MOST_TOGETHER + 1) {
        let document = documents::load(app.store.db(), id).await?;
        parts.push(NewEntry {
            document: document.id,
            kind: EntryKind::Payment,
            amount: part.amount,
            currency: document.currency,
            method: body.method.unwrap_or(Method::Transfer),
            state: EntryState::Succeeded,
            external_id: None,
            intent: None,
            detail: body.detail.clone(),
            happened_on: happened_on.clone(),
        });
    }
    let external = body.external_id.unwrap_or_else(|| app.store.env().ulid());
    payments::record_together(&app.billing, &caller.actor, &format!("api:{external}"), parts).await?;
    let mut items = Vec::new();
    for id in &ids {
        if let Err(error) = ::billing::stripe::expire_open(&app.billing, id).await {
            tracing::warn!(%error, "a payment page with an old amount could not be closed yet");
        }
        items.push(view(&app, documents::load(app.store.db(), id).await?));
    }
    Ok(Answer(All { items }))
}
