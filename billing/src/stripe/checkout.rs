//! Checkout sessions of one invoice or of several: no invoice is in two open ones, so that two people who pay at once
//! share a session, or one of them closes the other's, and only one of them pays.

use conversation::db::{On, Value as Arg, sql};
use conversation::types::{Actor, Millis};
use conversation::{Error, Result, Tx};
use serde_json::{Value, json};

use super::client::StripeError;
use super::form::form;
use super::parts::{self, Part};
use super::{odd, settle};
use crate::Billing;
use crate::documents;
use crate::ids::DocumentId;
use crate::money::Currency;
use crate::settings::{self, StripeKeys};
use crate::state::State;

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

/// The most invoices of one payment: Stripe takes no more line items.
/// <https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-line_items>
pub const MOST: usize = 100;

/// An attempt to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// Its id, the idempotency key of the session's creation.
    pub id: String,
    /// The invoices and what is asked for each, in the order of their ids; never none.
    pub parts: Vec<Part>,
    /// Stripe's id.
    pub session_id: Option<String>,
    /// `embedded` or `hosted`.
    pub surface: String,
    /// In which currency.
    pub currency: Currency,
    /// `new`, `open`, `processing`, `paid`, `expired`, `failed`; `odd` when something else was paid than was asked for.
    pub state: String,
    /// When it was begun.
    pub created_at: Millis,
}

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
    let args = vec![Arg::from(session), Arg::from(reference)];
    let found = parts::load(on, "session_id = $1 OR (session_id IS NULL AND id = $2)", args, 1).await?;
    Ok(found.into_iter().next())
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

/// Begins to pay what is open on these invoices, or goes on where somebody began. Those that cannot be paid (any more) are
/// left out.
///
/// # Errors
/// [`StripeError`]; in it [`Error::Conflict`] when Stripe is not set up or has no such amount, and [`Error::Invalid`] for
/// invoices of several currencies or for more than [`MOST`].
pub async fn start(billing: &Billing, documents: &[DocumentId], surface: Surface) -> Result<Started, StripeError> {
    let keys = keys(billing).await?;
    // A second round when old attempts had to be closed first.
    for _ in 0..3 {
        let attempt = match claim(billing, documents, surface).await? {
            Claimed::Nothing => return Ok(Started::Nothing),
            Claimed::Stale(old) => {
                for old in &old {
                    close(billing, &keys, old).await?;
                }
                continue;
            }
            Claimed::Attempt(attempt) => attempt,
        };
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
                let form = form(billing, &attempt).await?;
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

/// What there is to go on with.
enum Claimed {
    /// There is nothing to pay.
    Nothing,
    /// These must be closed first: they ask for something else of the same invoices.
    Stale(Vec<Checkout>),
    /// This one, made where there was none.
    Attempt(Checkout),
}

async fn claim(billing: &Billing, ids: &[DocumentId], surface: Surface) -> Result<Claimed> {
    let mut ids: Vec<&DocumentId> = ids.iter().collect();
    // Whoever holds several invoices takes them in this order.
    ids.sort();
    ids.dedup();
    if ids.len() > MOST {
        return Err(Error::Invalid(format!("at most {MOST} invoices in one payment")));
    }
    let mut tx = billing.store.begin().await?;
    let mut asked: Vec<Part> = Vec::with_capacity(ids.len());
    let mut currencies: Vec<Currency> = Vec::new();
    for id in ids {
        let document = documents::lock(&mut tx, id).await?;
        // Whoever paid something else is not asked to pay it all again.
        if !document.is_payable() || odd::is_open(&mut tx, id).await? {
            continue;
        }
        currencies.push(document.currency);
        asked.push(Part {
            amount: document.payable(),
            document: document.id,
        });
    }
    let Some(&currency) = currencies.first() else {
        return Ok(Claimed::Nothing);
    };
    if currencies.iter().any(|other| *other != currency) {
        return Err(Error::Invalid("one payment is of one currency".to_owned()));
    }
    let now = tx.now();
    let chosen: Vec<&DocumentId> = asked.iter().map(|part| &part.document).collect();
    let open = parts::open(&mut tx, &chosen).await?;
    let fits =
        |open: &Checkout| open.parts == asked && open.surface == surface.as_str() && now - open.created_at < LASTS;
    match open.as_slice() {
        [] => {}
        [one] if fits(one) => return Ok(Claimed::Attempt(one.clone())),
        _ => return Ok(Claimed::Stale(open.into_iter().filter(|one| !fits(one)).collect())),
    }
    let checkout = Checkout {
        id: tx.env().ulid(),
        parts: asked,
        session_id: None,
        surface: surface.as_str().to_owned(),
        currency,
        state: "new".to_owned(),
        created_at: now,
    };
    parts::write(&mut tx, &checkout, now + 2 * MINUTE).await?;
    tx.commit_silently().await?;
    Ok(Claimed::Attempt(checkout))
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
            let form = form(billing, old).await?;
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
    let open = parts::open(billing.store.db(), &[id]).await?;
    if open.is_empty() {
        return Ok(());
    }
    let keys = keys(billing).await?;
    for old in open {
        close(billing, &keys, &old).await?;
    }
    Ok(())
}

/// The invoices that a session is for; none where it is not one of ours.
pub async fn covered(on: impl On, session: &str) -> Result<Vec<DocumentId>> {
    let found = by_session(on, session, "").await?;
    Ok(found.map_or_else(Vec::new, |found| {
        found.parts.into_iter().map(|part| part.document).collect()
    }))
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
        Some(found) if found.covers(document) => check(billing, actor, &found).await,
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
    let due = "id IN (SELECT id FROM checkouts WHERE next_check_at IS NOT NULL AND next_check_at <= $1 ORDER BY next_check_at LIMIT 100)";
    let due = parts::load(billing.store.db(), due, vec![Arg::from(now)], 100).await?;
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
        let documents = checkout.documents(billing.store.db()).await?;
        let has_settled = documents
            .iter()
            .any(|document| matches!(document.state, State::Void | State::Paid));
        let is_over = now - checkout.created_at > LASTS + 60 * MINUTE && checkout.state == "new"
            || checkout.state != "processing" && has_settled;
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
