//! Checkout sessions: one open one for each invoice, so that two people who pay at once share it and only one
//! of them pays.

use conversation::db::{On, composed_sql, sql};
use conversation::types::{Actor, Language, Millis};
use conversation::{Error, Result, Tx};
use serde_json::{Value, json};

use super::client::StripeError;
use super::{odd, settle};
use crate::documents::{self, Document};
use crate::ids::DocumentId;
use crate::money::{Currency, Minor};
use crate::settings::{self, StripeKeys};
use crate::state::State;
use crate::{Billing, words};

/// Where the customer pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// In a frame of the pay page.
    Embedded,
    /// On Stripe's own page, which works without scripts.
    Hosted,
}

impl Surface {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Surface::Embedded => "embedded",
            Surface::Hosted => "hosted",
        }
    }
}

/// An attempt to pay.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Checkout {
    /// Its id, the idempotency key of the session's creation.
    pub id: String,
    /// The invoice.
    pub document_id: DocumentId,
    /// Stripe's id.
    pub session_id: Option<String>,
    /// `embedded` or `hosted`.
    pub surface: String,
    /// What was asked for.
    pub amount: Minor,
    /// In which currency.
    pub currency: Currency,
    /// `new`, `open`, `processing`, `paid`, `expired`, `failed`; `odd` when something else was paid than was asked for.
    pub state: String,
    /// When it was begun.
    pub created_at: Millis,
}

const CHECKOUT: &str = "id, document_id, session_id, surface, amount, currency, state, created_at";
/// Stripe keeps a session for a day; a little less.
const LASTS: Millis = 23 * 60 * 60 * 1000;
const MINUTE: Millis = 60 * 1000;

/// What the customer's browser needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// For Stripe's script.
    Embedded {
        /// The session's secret.
        client_secret: String,
        /// The key that pages may know.
        publishable_key: String,
    },
    /// Where to go.
    Hosted(String),
    /// There is nothing to pay (any more): somebody else paid, or it was taken back.
    Nothing,
}

/// The attempt with this session, or with this id (our `client_reference_id`).
pub(super) async fn by_session(on: impl On, session: &str, reference: &str) -> Result<Option<Checkout>> {
    composed_sql(format!(
        "SELECT {CHECKOUT} FROM checkouts WHERE session_id = $1 OR (session_id IS NULL AND id = $2) LIMIT 1"
    ))
    .bind(session)
    .bind(reference)
    .optional(on)
    .await
}

/// Keeps what Stripe says about an attempt; it only goes forward.
pub(super) async fn keep(tx: &mut Tx, checkout: &Checkout, session: &str, state: &str) -> Result<()> {
    let now = tx.now();
    let age = now - checkout.created_at;
    let next_check_at = match state {
        "open" => Some(now + (age / 4).clamp(2 * MINUTE, 60 * MINUTE)),
        // Boleto takes days; SEPA may take two weeks.
        "processing" => Some(now + (age / 8).clamp(5 * MINUTE, 6 * 60 * MINUTE)),
        _ => None,
    };
    // What is paid, expired or failed is over, except that a failed one may be paid after all.
    sql(
        "UPDATE checkouts SET session_id = COALESCE(session_id, $2), state = $3, checked_at = $4, next_check_at = $5
         WHERE id = $1 AND (state IN ('new', 'open', 'processing') OR (state = 'failed' AND $3 = 'paid'))",
    )
    .bind(checkout.id.as_str())
    .bind(session)
    .bind(state)
    .bind(now)
    .bind(next_check_at)
    .run(tx)
    .await?;
    Ok(())
}

pub(super) async fn keys(billing: &Billing) -> Result<StripeKeys> {
    let keys = settings::stripe(billing.store.db(), &billing.store).await?;
    if keys.is_set() {
        Ok(keys)
    } else {
        Err(Error::Conflict("Stripe is not set up here".to_owned()))
    }
}

/// Begins to pay what is open on an invoice, or goes on where somebody began.
///
/// # Errors
/// [`StripeError`]; [`Error::Conflict`] in it when Stripe is not set up or has no such amount.
pub async fn start(billing: &Billing, document: &Document, surface: Surface) -> Result<Started, StripeError> {
    let keys = keys(billing).await?;
    // A second round when an old attempt had to be closed first.
    for _ in 0..3 {
        let (attempt, stale) = match claim(billing, &document.id, surface).await? {
            Some(claimed) => claimed,
            None => return Ok(Started::Nothing),
        };
        if let Some(old) = stale {
            close(billing, &keys, &old).await?;
            continue;
        }
        let session = match &attempt.session_id {
            Some(session) => {
                let session = billing
                    .stripe
                    .get(&keys.secret_key, &format!("/v1/checkout/sessions/{session}"))
                    .await?;
                settle::session(billing, &Actor::System, &session).await?;
                if session["status"].as_str() != Some("open") {
                    continue;
                }
                session
            }
            None => {
                let form = form(billing, document, &attempt, surface)?;
                let session = billing
                    .stripe
                    .post(&keys.secret_key, "/v1/checkout/sessions", &form, Some(&attempt.id))
                    .await?;
                let mut tx = billing.store.begin().await?;
                keep(&mut tx, &attempt, session["id"].as_str().unwrap_or_default(), "open").await?;
                tx.commit_silently().await?;
                session
            }
        };
        let text = |name: &str| session[name].as_str().map(str::to_owned);
        return match surface {
            Surface::Embedded => Ok(Started::Embedded {
                client_secret: text("client_secret")
                    .ok_or_else(|| StripeError::Unreachable("the session has no client_secret".to_owned()))?,
                publishable_key: keys.publishable_key,
            }),
            Surface::Hosted => {
                Ok(Started::Hosted(text("url").ok_or_else(|| {
                    StripeError::Unreachable("the session has no url".to_owned())
                })?))
            }
        };
    }
    Ok(Started::Nothing)
}

/// The attempt to go on with, made where there is none; or an old one that must be closed first. `None` when
/// there is nothing to pay.
async fn claim(billing: &Billing, id: &DocumentId, surface: Surface) -> Result<Option<(Checkout, Option<Checkout>)>> {
    let mut tx = billing.store.begin().await?;
    let document = documents::lock(&mut tx, id).await?;
    if !document.is_payable() {
        return Ok(None);
    }
    // Whoever paid something else is not asked to pay it all again.
    if odd::is_open(&mut tx, id).await? {
        return Ok(None);
    }
    let amount = document.open() - document.pending;
    let now = tx.now();
    let open: Option<Checkout> = composed_sql(format!(
        "SELECT {CHECKOUT} FROM checkouts WHERE document_id = $1 AND state IN ('new', 'open') ORDER BY id DESC LIMIT 1"
    ))
    .bind(id.as_str())
    .optional(&mut tx)
    .await?;
    if let Some(open) = open {
        let fits = open.amount == amount && open.surface == surface.as_str() && now - open.created_at < LASTS;
        return Ok(Some(if fits { (open, None) } else { (open.clone(), Some(open)) }));
    }
    let checkout = Checkout {
        id: tx.env().ulid(),
        document_id: id.clone(),
        session_id: None,
        surface: surface.as_str().to_owned(),
        amount,
        currency: document.currency,
        state: "new".to_owned(),
        created_at: now,
    };
    sql("INSERT INTO checkouts (id, document_id, surface, amount, currency, state, checked_at, next_check_at, created_at) VALUES ($1, $2, $3, $4, $5, 'new', $6, $7, $6)")
        .bind(checkout.id.as_str())
        .bind(id.as_str())
        .bind(surface.as_str())
        .bind(amount)
        .bind(document.currency.as_str())
        .bind(now)
        .bind(now + 2 * MINUTE)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(Some((checkout, None)))
}

fn form(
    billing: &Billing,
    document: &Document,
    attempt: &Checkout,
    surface: Surface,
) -> Result<Vec<(String, String)>, StripeError> {
    let amount = attempt.currency.to_stripe(attempt.amount).ok_or_else(|| {
        Error::Conflict(format!(
            "Stripe cannot take {} {}",
            attempt.currency,
            attempt.currency.bare(attempt.amount)
        ))
    })?;
    let words = words::of(document.language);
    let page = format!("{}{}", billing.public_url, crate::card::path(&document.id));
    let back = format!("{page}/paid?session_id={{CHECKOUT_SESSION_ID}}");
    let name = format!("{} {}", words.kind(document.kind), document.name());
    let locale = match document.language {
        Language::En => "en",
        Language::Es => "es",
        Language::Pt => "pt-BR",
    };
    let mut form = vec![
        ("mode", "payment".to_owned()),
        ("client_reference_id", attempt.id.clone()),
        ("locale", locale.to_owned()),
        ("line_items[0][quantity]", "1".to_owned()),
        (
            "line_items[0][price_data][currency]",
            attempt.currency.as_str().to_ascii_lowercase(),
        ),
        ("line_items[0][price_data][unit_amount]", amount.to_string()),
        ("line_items[0][price_data][product_data][name]", name.clone()),
        ("metadata[document]", document.id.to_string()),
        ("metadata[checkout]", attempt.id.clone()),
        ("payment_intent_data[description]", name),
        ("payment_intent_data[metadata][document]", document.id.to_string()),
        ("expand[0]", "payment_intent".to_owned()),
    ];
    match surface {
        Surface::Embedded => {
            form.push(("ui_mode", "embedded".to_owned()));
            form.push(("return_url", back));
        }
        Surface::Hosted => {
            form.push(("ui_mode", "hosted".to_owned()));
            form.push(("success_url", back));
            form.push(("cancel_url", page));
        }
    }
    Ok(form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Closes an attempt at Stripe, so that nobody can pay by it any more; if it was paid meanwhile, that counts.
async fn close(billing: &Billing, keys: &StripeKeys, old: &Checkout) -> Result<(), StripeError> {
    let session = match &old.session_id {
        Some(id) => {
            let path = format!("/v1/checkout/sessions/{id}");
            match billing
                .stripe
                .post(&keys.secret_key, &format!("{path}/expire"), &[], None)
                .await
            {
                Ok(session) => session,
                // It is no longer open: whatever it is now counts.
                Err(StripeError::Refused { .. }) => billing.stripe.get(&keys.secret_key, &path).await?,
                Err(error) => return Err(error),
            }
        }
        // Its creation may still be under way, or its answer was lost. It stands in nobody's browser; the
        // same key gives the same session, which is then closed.
        None => {
            let document = documents::load(billing.store.db(), &old.document_id).await?;
            let surface = if old.surface == "hosted" {
                Surface::Hosted
            } else {
                Surface::Embedded
            };
            let form = form(billing, &document, old, surface)?;
            let made = billing
                .stripe
                .post(&keys.secret_key, "/v1/checkout/sessions", &form, Some(&old.id))
                .await;
            match made {
                Ok(made) => {
                    let path = format!(
                        "/v1/checkout/sessions/{}/expire",
                        made["id"].as_str().unwrap_or_default()
                    );
                    billing.stripe.post(&keys.secret_key, &path, &[], None).await?
                }
                // It was never made and cannot be.
                Err(StripeError::Refused { .. }) => json!({ "status": "expired", "id": null }),
                Err(error) => return Err(error),
            }
        }
    };
    if session["id"].is_null() {
        let mut tx = billing.store.begin().await?;
        sql("UPDATE checkouts SET state = 'failed', next_check_at = NULL WHERE id = $1 AND state = 'new'")
            .bind(old.id.as_str())
            .run(&mut tx)
            .await?;
        tx.commit_silently().await?;
        return Ok(());
    }
    settle::session(billing, &Actor::System, &with_reference(session, old)).await?;
    Ok(())
}

/// A session as Stripe gives it, found by our reference even where its id was never kept.
fn with_reference(mut session: Value, checkout: &Checkout) -> Value {
    session["client_reference_id"] = Value::String(checkout.id.clone());
    session
}

/// Closes what is open at Stripe for a document that was taken back or changed.
pub async fn expire_open(billing: &Billing, id: &DocumentId) -> Result<(), StripeError> {
    let open: Vec<Checkout> = composed_sql(format!(
        "SELECT {CHECKOUT} FROM checkouts WHERE document_id = $1 AND state IN ('new', 'open')"
    ))
    .bind(id.as_str())
    .all(billing.store.db())
    .await?;
    if open.is_empty() {
        return Ok(());
    }
    let keys = keys(billing).await?;
    for old in open {
        close(billing, &keys, &old).await?;
    }
    Ok(())
}

/// The page that the customer comes back to asks Stripe itself, once; the web hook may be late or lost.
///
/// # Errors
/// [`Error::NotFound`] for a session that is not this document's.
pub async fn returned(
    billing: &Billing,
    actor: &Actor,
    document: &DocumentId,
    session: &str,
) -> Result<(), StripeError> {
    let found = by_session(billing.store.db(), session, "").await?;
    match found {
        Some(found) if found.document_id == *document => check(billing, actor, &found).await,
        _ => Err(Error::NotFound.into()),
    }
}

async fn check(billing: &Billing, actor: &Actor, checkout: &Checkout) -> Result<(), StripeError> {
    let Some(id) = &checkout.session_id else {
        return Ok(());
    };
    let keys = keys(billing).await?;
    let path = format!("/v1/checkout/sessions/{id}?expand[]=payment_intent.latest_charge");
    let session = billing.stripe.get(&keys.secret_key, &path).await?;
    // A delayed method that came to nothing leaves the session complete and the intent without payment.
    let is_failed = session["status"] == "complete"
        && session["payment_status"] == "unpaid"
        && matches!(
            session["payment_intent"]["status"].as_str(),
            Some("requires_payment_method" | "canceled")
        );
    if is_failed {
        let mut tx = billing.store.begin().await?;
        if settle::session_failed_in(&mut tx, billing, actor, &session).await? {
            tx.commit().await?;
        } else {
            tx.commit_silently().await?;
        }
    } else {
        settle::session(billing, actor, &session).await?;
    }
    Ok(())
}

/// Asks Stripe about attempts whose news did not come; returns how many were asked about.
///
/// # Errors
/// What the store says; Stripe's silence is tried again later.
pub async fn sweep(billing: &Billing) -> Result<usize> {
    let now = billing.store.now();
    let due: Vec<Checkout> = composed_sql(format!(
        "SELECT {CHECKOUT} FROM checkouts WHERE next_check_at IS NOT NULL AND next_check_at <= $1 ORDER BY next_check_at LIMIT 100"
    ))
    .bind(now)
    .all(billing.store.db())
    .await?;
    let count = due.len();
    for checkout in due {
        // Later, whatever comes of it now.
        let mut tx = billing.store.begin().await?;
        sql("UPDATE checkouts SET next_check_at = $2 WHERE id = $1 AND next_check_at IS NOT NULL")
            .bind(checkout.id.as_str())
            .bind(now + (now - checkout.created_at).clamp(2 * MINUTE, 6 * 60 * MINUTE))
            .run(&mut tx)
            .await?;
        tx.commit_silently().await?;
        let document = documents::load(billing.store.db(), &checkout.document_id).await?;
        let is_over = now - checkout.created_at > LASTS + 60 * MINUTE && checkout.state == "new"
            || checkout.state != "processing" && matches!(document.state, State::Void | State::Paid);
        let outcome = if is_over {
            match keys(billing).await {
                Ok(keys) => close(billing, &keys, &checkout).await,
                Err(error) => Err(error.into()),
            }
        } else {
            check(billing, &Actor::System, &checkout).await
        };
        match outcome {
            Ok(()) => {}
            Err(StripeError::Store(error)) if error.is_transient() => return Err(error),
            Err(error) => tracing::warn!(checkout = checkout.id, %error, "a payment could not be asked about"),
        }
    }
    Ok(count)
}

/// Forgets web hooks of long ago: Stripe comes again for three days at most.
pub async fn prune(billing: &Billing) -> Result<()> {
    let mut tx = billing.store.begin().await?;
    let before = tx.now() - 60 * 24 * 60 * MINUTE;
    sql("DELETE FROM stripe_events WHERE received_at < $1")
        .bind(before)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await
}
