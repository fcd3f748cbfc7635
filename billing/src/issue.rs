//! Issuing documents and what their customers and the business do with them afterwards.

use conversation::db::{On, sql};
use conversation::types::Actor;
use conversation::{Error, Result, Tx, audit};
use serde_json::json;

use crate::documents::{self, Document, Draft, changed};
use crate::ids::DocumentId;
use crate::notify::{self, News};
use crate::parties::{BillTo, issuer};
use crate::settings::{self, Business};
use crate::state::{Kind, Refused, State, Step, next};
use crate::{Billing, customers, day, numbers, payments};

fn refused(error: Refused) -> Error {
    Error::Conflict(error.to_string())
}

/// The next number of a series. The row is held to the commit: numbers have no gaps, and two
/// transactions never get the same one.
pub(crate) async fn next_number(tx: &mut Tx, kind: Kind, issued_on: &str, business: &Business) -> Result<String> {
    let (series, prefix) = match kind {
        Kind::Invoice => ("invoice", &business.invoice_prefix),
        Kind::Estimate => ("estimate", &business.estimate_prefix),
        Kind::CreditNote => ("credit_note", &business.credit_prefix),
    };
    let year = if business.is_yearly {
        issued_on.get(..4).unwrap_or_default()
    } else {
        ""
    };
    loop {
        let (last,): (i64,) = sql("INSERT INTO number_series (series, year, last) VALUES ($1, $2, 1) ON CONFLICT (series, year) DO UPDATE SET last = number_series.last + 1 RETURNING last")
            .bind(series)
            .bind(year)
            .one(&mut *tx)
            .await?;
        let digits = business.number_digits.clamp(1, 10);
        let number = if year.is_empty() {
            format!("{prefix}{last:0digits$}")
        } else {
            format!("{prefix}{year}-{last:0digits$}")
        };
        // An imported document may have taken a number of this form.
        let taken: Option<(String,)> = sql("SELECT id FROM documents WHERE kind = $1 AND number = $2")
            .bind(kind.as_str())
            .bind(number.as_str())
            .optional(&mut *tx)
            .await?;
        if taken.is_none() {
            return Ok(number);
        }
    }
}

/// Issues a draft and tells its customer; with `is_quiet` it is issued only. Returns the document and
/// whether somebody was told.
///
/// # Errors
/// As [`send_in`].
pub async fn send(billing: &Billing, actor: &Actor, id: &DocumentId, is_quiet: bool) -> Result<(Document, bool)> {
    let mut tx = billing.store.begin().await?;
    let document = send_in(&mut tx, billing, actor, id).await?;
    tx.commit().await?;
    if is_quiet {
        return Ok((document, false));
    }
    let is_told = notify::tell(billing, &document, News::Sent).await?;
    Ok((document, is_told))
}

/// Issues a draft: it gets its number and does not change any more. Nobody is told.
///
/// # Errors
/// [`Error::Conflict`] when it is no draft; [`Error::NotFound`].
pub async fn send_in(tx: &mut Tx, billing: &Billing, actor: &Actor, id: &DocumentId) -> Result<Document> {
    let document = documents::lock(tx, id).await?;
    let to = next(document.kind, document.state, Step::Send).map_err(refused)?;
    let business = settings::business(&mut *tx, &billing.store).await?;
    let customer = customers::load(&mut *tx, &document.customer_id).await?;
    let bill_to = BillTo {
        name: customer.name,
        address: customer.address,
        tax_id: customer.tax_id,
        email: customer.email,
    };
    let frozen = |error| Error::corrupt("document", error);
    let issuer = serde_json::to_string(&issuer(billing, &business)).map_err(frozen)?;
    let bill_to = serde_json::to_string(&bill_to).map_err(frozen)?;
    let now = tx.now();
    let number = match document.number.clone() {
        Some(number) => number,
        None => next_number(tx, document.kind, &document.issued_on, &business).await?,
    };
    numbers::remember_in(tx, id, &number).await?;
    sql("UPDATE documents SET state = $2, number = $3, issuer = $4, bill_to = $5, sent_at = $6, updated_at = $6 WHERE id = $1")
        .bind(id.as_str())
        .bind(to.as_str())
        .bind(number)
        .bind(issuer)
        .bind(bill_to)
        .bind(now)
        .run(&mut *tx)
        .await?;
    audit::record(tx, actor, "document.sent", id.as_str(), &json!({})).await?;
    changed(tx, actor, id, &document.customer_id, "sent");
    // An invoice of nothing is paid; a credit note lowers its invoice.
    match (document.kind, &document.related_id) {
        (Kind::Invoice, _) => payments::settle_in(tx, billing, actor, id).await?,
        (Kind::CreditNote, Some(invoice)) => payments::settle_in(tx, billing, actor, invoice).await?,
        _ => {}
    }
    documents::load(tx, id).await
}

/// Its customer opened it. Only the first time changes something.
pub async fn view(billing: &Billing, actor: &Actor, document: &Document) -> Result<()> {
    if document.viewed_at.is_some() || document.state == State::Draft {
        return Ok(());
    }
    let mut tx = billing.store.begin().await?;
    let document = documents::lock(&mut tx, &document.id).await?;
    let to = next(document.kind, document.state, Step::View).map_err(refused)?;
    let now = tx.now();
    sql("UPDATE documents SET state = $2, viewed_at = COALESCE(viewed_at, $3) WHERE id = $1")
        .bind(document.id.as_str())
        .bind(to.as_str())
        .bind(now)
        .run(&mut tx)
        .await?;
    changed(&mut tx, actor, &document.id, &document.customer_id, "viewed");
    tx.commit().await?;
    Ok(())
}

/// Takes a document back; its number stays used.
///
/// # Errors
/// [`Error::Conflict`] when something is paid, or it is no issued one.
pub async fn void(billing: &Billing, actor: &Actor, id: &DocumentId) -> Result<()> {
    let mut tx = billing.store.begin().await?;
    let document = documents::lock(&mut tx, id).await?;
    let to = next(document.kind, document.state, Step::Void).map_err(refused)?;
    if document.pending > 0 {
        return Err(Error::Conflict(
            "a payment is on its way; wait for it, then refund it or write a credit note".to_owned(),
        ));
    }
    let now = tx.now();
    sql("UPDATE documents SET state = $2, voided_at = $3, updated_at = $3 WHERE id = $1")
        .bind(id.as_str())
        .bind(to.as_str())
        .bind(now)
        .run(&mut tx)
        .await?;
    audit::record(&mut tx, actor, "document.voided", id.as_str(), &json!({})).await?;
    changed(&mut tx, actor, id, &document.customer_id, "void");
    if let (Kind::CreditNote, Some(invoice)) = (document.kind, &document.related_id) {
        payments::settle_in(&mut tx, billing, actor, invoice).await?;
    }
    crate::card::refresh_in(&mut tx, billing, actor, id).await?;
    tx.commit().await?;
    Ok(())
}

/// What a customer says to an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They want it.
    Accept,
    /// They do not.
    Decline,
}

/// Records what a customer says to an estimate. An accepted one becomes a draft of an invoice, whose id is
/// returned. Said twice, it is said once.
///
/// # Errors
/// [`Error::Conflict`] when it was decided otherwise, taken back, or is past its day.
pub async fn decide(billing: &Billing, actor: &Actor, id: &DocumentId, verdict: Verdict) -> Result<Option<DocumentId>> {
    let mut tx = billing.store.begin().await?;
    let document = documents::lock(&mut tx, id).await?;
    let (step, wanted) = match verdict {
        Verdict::Accept => (Step::Accept, State::Accepted),
        Verdict::Decline => (Step::Decline, State::Declined),
    };
    if document.state == wanted && document.kind == Kind::Estimate {
        return invoice_of(&mut tx, id).await;
    }
    let to = next(document.kind, document.state, step).map_err(refused)?;
    let today = billing.today();
    if document.due_on < today.to_string() {
        return Err(Error::Conflict("the offer is past its day".to_owned()));
    }
    let now = tx.now();
    sql("UPDATE documents SET state = $2, settled_at = $3, updated_at = $3 WHERE id = $1")
        .bind(id.as_str())
        .bind(to.as_str())
        .bind(now)
        .run(&mut tx)
        .await?;
    audit::record(&mut tx, actor, "estimate.decided", id.as_str(), &json!({ "state": to })).await?;
    changed(&mut tx, actor, id, &document.customer_id, to.as_str());
    let made = match verdict {
        Verdict::Decline => None,
        Verdict::Accept => {
            let business = settings::business(&mut tx, &billing.store).await?;
            let draft = Draft {
                kind: Kind::Invoice,
                currency: document.currency,
                language: document.language,
                issued_on: today,
                due_on: day::plus(today, business.due_days),
                rounding: document.rounding,
                notes: document.notes.clone(),
                lines: documents::lines(&mut tx, id).await?,
                external_number: None,
                related_id: Some(id.clone()),
                is_published: false,
                is_reminded: true,
            };
            Some(documents::create_in(&mut tx, actor, &document.customer_id, draft).await?)
        }
    };
    crate::card::refresh_in(&mut tx, billing, actor, id).await?;
    tx.commit().await?;
    Ok(made)
}

/// The invoice that an estimate became.
pub async fn invoice_of(on: impl On, estimate: &DocumentId) -> Result<Option<DocumentId>> {
    let row: Option<(DocumentId,)> =
        sql("SELECT id FROM documents WHERE related_id = $1 AND kind = 'invoice' ORDER BY id LIMIT 1")
            .bind(estimate.as_str())
            .optional(on)
            .await?;
    Ok(row.map(|(id,)| id))
}
