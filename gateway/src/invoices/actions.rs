//! What agents do with a document.

use axum::extract::{Path, State};
use axum::response::Response;
use billing::announced::{self, Found};
use billing::documents::{self, Document, Draft};
use billing::money::Minor;
use billing::notify::{self, News};
use billing::payments::{self, EntryKind, EntryState, Method, NewEntry};
use billing::state::{Kind, State as Stage};
use billing::stripe::{self, StripeError};
use billing::{DocumentId, issue};
use conversation::Error;
use conversation::access::Permission;
use ui::components::Tone;
use ui::i18n;

use super::show::{self, Recorded};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted, PostedFiles};
use crate::auth::{SignedIn, see_other};

fn done(id: &DocumentId, said: &str) -> Response {
    see_other(&format!("/billing/documents/{id}?said={said}"))
}

/// The page again, with why it was not done.
async fn refused(app: &App, me: &SignedIn, id: &DocumentId, error: Error) -> Result<Response, Failure> {
    refused_with(app, me, id, error, Recorded::default()).await
}

/// The page again, with why it was not done and what was typed.
async fn refused_with(
    app: &App,
    me: &SignedIn,
    id: &DocumentId,
    error: Error,
    recorded: Recorded<'_>,
) -> Result<Response, Failure> {
    match error {
        Error::Invalid(_) | Error::Conflict(_) => {
            let said = Some((Tone::Bad, failure::words(me.lang, &error)));
            again(app, me, id, said, recorded).await
        }
        error => Err(error.into()),
    }
}

async fn again(
    app: &App,
    me: &SignedIn,
    id: &DocumentId,
    said: Option<(Tone, String)>,
    recorded: Recorded<'_>,
) -> Result<Response, Failure> {
    let mut response = show::draw(app, me, id, said, recorded).await?;
    *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

pub(super) async fn send(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let id = DocumentId::from(id);
    let is_quiet = form.is_on("quiet");
    match issue::send(&app.billing, &me.actor(), &id, is_quiet).await {
        Ok((_, true)) => Ok(done(&id, "sent")),
        Ok((_, false)) => Ok(done(&id, if is_quiet { "quiet" } else { "untold" })),
        Err(error) => refused(&app, &me, &id, error).await,
    }
}

pub(super) async fn resend(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.me.must(Permission::Bill)?;
    let document = documents::load(app.store.db(), &DocumentId::from(id)).await?;
    if matches!(document.state, Stage::Draft | Stage::Void) {
        let error = Error::Conflict("only an issued document is sent again".to_owned());
        return refused(&app, &posted.me, &document.id, error).await;
    }
    let is_told = notify::tell(&app.billing, &document, News::Sent).await?;
    Ok(done(&document.id, if is_told { "sent" } else { "untold" }))
}

pub(super) async fn void(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let me = posted.me;
    me.must(Permission::Bill)?;
    let id = DocumentId::from(id);
    if let Err(error) = issue::void(&app.billing, &me.actor(), &id).await {
        return refused(&app, &me, &id, error).await;
    }
    // What is open at Stripe is closed; if Stripe is silent, the sweep does it.
    if let Err(error) = stripe::expire_open(&app.billing, &id).await {
        tracing::warn!(%error, "a payment page of a voided invoice could not be closed yet");
    }
    Ok(done(&id, "done"))
}

pub(super) async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let me = posted.me;
    me.must(Permission::Bill)?;
    let id = DocumentId::from(id);
    let mut tx = app.store.begin().await?;
    match documents::delete_in(&mut tx, &me.actor(), &id).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(see_other(ui::routes::BILLING))
        }
        Err(error) => {
            drop(tx);
            refused(&app, &me, &id, error).await
        }
    }
}

/// The amount that was typed, in the document's currency.
fn amount_of(document: &Document, form: &Form) -> conversation::Result<Minor> {
    let amount = document.currency.parse(form.get("amount"));
    amount.map_err(|error| Error::Invalid(error.to_string()))
}

pub(super) async fn payment(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let id = DocumentId::from(id);
    let document = documents::load(app.store.db(), &id).await?;
    let typed = Recorded {
        typed: Some(&form),
        is_over: false,
    };
    let amount = match amount_of(&document, &form) {
        Ok(amount) => amount,
        Err(error) => return refused_with(&app, &me, &id, error, typed).await,
    };
    let happened_on = match form.get("day") {
        "" => String::new(),
        text => match billing::day::parse(text) {
            Ok(day) => day.to_string(),
            Err(error) => return refused_with(&app, &me, &id, error, typed).await,
        },
    };
    let kind = match form.get("kind") {
        "refund" => EntryKind::Refund,
        _ => EntryKind::Payment,
    };
    let over = amount - document.open().max(0);
    if kind == EntryKind::Payment && over > 0 && !form.is_on("over") {
        let amount = document.currency.format(over, me.lang);
        let words = i18n::t_args(me.lang, "billing-over", &[("amount", amount.into())]);
        let recorded = Recorded { is_over: true, ..typed };
        return again(&app, &me, &id, Some((Tone::Warn, words)), recorded).await;
    }
    let new = NewEntry {
        document: id.clone(),
        kind,
        amount,
        currency: document.currency,
        method: match form.get("method") {
            "cash" => Method::Cash,
            "other" => Method::Other,
            _ => Method::Transfer,
        },
        state: EntryState::Succeeded,
        external_id: None,
        intent: None,
        detail: form.get("detail").to_owned(),
        happened_on,
    };
    match payments::record(&app.billing, &me.actor(), new).await {
        Ok(()) => {
            if let Err(error) = stripe::expire_open(&app.billing, &id).await {
                tracing::warn!(%error, "a payment page with an old amount could not be closed yet");
            }
            Ok(done(&id, "done"))
        }
        Err(error) => refused_with(&app, &me, &id, error, typed).await,
    }
}

/// POST `transfer`: what somebody found who looked for a transfer that its customer told of.
pub(super) async fn transfer(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let id = DocumentId::from(id);
    let document = documents::load(app.store.db(), &id).await?;
    let found = match form.get("found") {
        "arrived" => match amount_of(&document, &form) {
            Ok(amount) => Found::Arrived(amount),
            Err(error) => return refused(&app, &me, &id, error).await,
        },
        _ => Found::Nothing,
    };
    match announced::settle(&app.billing, &me.actor(), &id, form.get("payment"), found).await {
        Ok(()) => Ok(done(&id, "done")),
        Err(error) => refused(&app, &me, &id, error).await,
    }
}

/// POST `take-back`: an entry that was written down by hand counts no more.
pub(super) async fn take_back(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let id = DocumentId::from(id);
    match payments::take_back(&app.billing, &me.actor(), &id, form.get("payment")).await {
        Ok(()) => Ok(done(&id, "done")),
        Err(error) => refused(&app, &me, &id, error).await,
    }
}

pub(super) async fn refund(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Bill)?;
    let id = DocumentId::from(id);
    let document = documents::load(app.store.db(), &id).await?;
    let amount = match amount_of(&document, &form) {
        Ok(amount) => amount,
        Err(error) => return refused(&app, &me, &id, error).await,
    };
    let (payment, once) = (form.get("payment"), form.get("once"));
    match stripe::refund(&app.billing, &me.actor(), &id, payment, amount, once).await {
        Ok(()) => Ok(done(&id, "done")),
        Err(StripeError::Store(error)) => refused(&app, &me, &id, error).await,
        Err(error) => refused(&app, &me, &id, Error::Conflict(error.to_string())).await,
    }
}

/// A draft of a credit note over everything that the invoice has.
pub(super) async fn credit(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let me = posted.me;
    me.must(Permission::Bill)?;
    let id = DocumentId::from(id);
    let document = documents::load(app.store.db(), &id).await?;
    let today = app.billing.today();
    let draft = Draft {
        kind: Kind::CreditNote,
        currency: document.currency,
        language: document.language,
        issued_on: today,
        due_on: today,
        rounding: document.rounding,
        notes: String::new(),
        lines: documents::lines(app.store.db(), &id).await?,
        external_number: None,
        related_id: Some(id.clone()),
        is_published: false,
        is_reminded: false,
    };
    let mut tx = app.store.begin().await?;
    match documents::create_in(&mut tx, &me.actor(), &document.customer_id, draft).await {
        Ok(made) => {
            tx.commit().await?;
            Ok(see_other(&format!("/billing/documents/{made}/edit")))
        }
        Err(error) => {
            drop(tx);
            refused(&app, &me, &id, error).await
        }
    }
}

pub(super) async fn attach(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: PostedFiles,
) -> Result<Response, Failure> {
    let me = posted.me;
    me.must(Permission::Bill)?;
    let id = DocumentId::from(id);
    for file in &posted.files {
        let blob = app.store.put_blob(&file.bytes).await?;
        let media_type = portal::files::media_type(&file.media_type);
        let mut tx = app.store.begin().await?;
        documents::attach_in(
            &mut tx,
            &me.actor(),
            &id,
            &portal::files::safe_name(&file.name),
            &media_type,
            &blob,
        )
        .await?;
        tx.commit().await?;
    }
    Ok(done(&id, "done"))
}
