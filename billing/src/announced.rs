//! Transfers that a customer says they made. Until somebody has seen the money it is on its way: it is asked for no
//! second time, and counts for nothing else.

use conversation::db::{On, composed_sql, sql};
use conversation::types::Actor;
use conversation::{Error, Result, audit};
use serde_json::json;

use crate::documents::{self, Document};
use crate::ids::DocumentId;
use crate::money::{LARGEST, Minor};
use crate::payments::{self, Entry, EntryKind, EntryState, Method, NewEntry};
use crate::{Billing, notify};

/// What the names of such entries begin with.
const NAMED: &str = "announced:";
/// The most such entries of one invoice that wait at once.
const MOST: i64 = 5;

/// What a customer tells.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// The invoice.
    pub document: DocumentId,
    /// How much, in minor units of the invoice's currency.
    pub amount: Minor,
    /// The day, ISO; empty is today.
    pub happened_on: String,
    /// What the bank calls it.
    pub reference: String,
    /// The same telling has the same name, however often it comes.
    pub name: String,
}

impl Entry {
    fn told(&self) -> Option<&str> {
        self.external_id.as_deref()?.strip_prefix(NAMED)
    }

    /// Whether its customer told of it.
    pub fn is_announced(&self) -> bool {
        self.told().is_some()
    }

    /// What the telling that it came from is named, where somebody has yet to look for the money.
    pub fn announced(&self) -> Option<&str> {
        self.told().filter(|_| self.state == EntryState::Pending)
    }
}

/// Writes down what a customer tells. The same telling again changes nothing.
///
/// # Errors
/// [`Error::Conflict`] for a document that takes no money, and where many wait already; [`Error::Invalid`] for nothing, for
/// more than is left to pay, and for a day that is still to come.
pub async fn announce(billing: &Billing, actor: &Actor, told: Transfer) -> Result<()> {
    let mut tx = billing.store.begin().await?;
    let invoice = documents::lock(&mut tx, &told.document).await?;
    let name = format!("{NAMED}{}", told.name);
    let known: Option<(String,)> = sql("SELECT id FROM payments WHERE external_id = $1")
        .bind(name.as_str())
        .optional(&mut tx)
        .await?;
    if known.is_some() {
        return Ok(());
    }
    let (waiting,): (i64,) =
        sql("SELECT COUNT(*) FROM payments WHERE document_id = $1 AND state = 'pending' AND method = 'transfer'")
            .bind(invoice.id.as_str())
            .one(&mut tx)
            .await?;
    if waiting >= MOST {
        return Err(Error::Conflict(
            "several transfers of this invoice wait to be looked for already".to_owned(),
        ));
    }
    if told.amount > invoice.payable().max(0) {
        return Err(Error::Invalid("amount: no more than is left to pay".to_owned()));
    }
    let new = NewEntry {
        document: told.document,
        kind: EntryKind::Payment,
        amount: told.amount,
        currency: invoice.currency,
        method: Method::Transfer,
        state: EntryState::Pending,
        external_id: Some(name),
        intent: None,
        detail: told.reference,
        happened_on: told.happened_on,
    };
    payments::has_come(billing, &new)?;
    payments::record_in(&mut tx, billing, actor, new).await?;
    tx.commit().await?;
    Ok(())
}

/// What somebody found who looked for the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// So much arrived: banks keep fees, and people mistype.
    Arrived(Minor),
    /// None did.
    Nothing,
}

/// Ends the waiting for a transfer. Its customer is thanked for what arrived.
///
/// # Errors
/// [`Error::NotFound`] for an entry that is not this invoice's; [`Error::Conflict`] for one that nobody waits for;
/// [`Error::Invalid`] for an amount that cannot be.
pub async fn settle(billing: &Billing, actor: &Actor, document: &DocumentId, entry: &str, found: Found) -> Result<()> {
    let mut tx = billing.store.begin().await?;
    documents::lock(&mut tx, document).await?;
    let told = payments::load(&mut tx, document, entry).await?;
    if told.announced().is_none() {
        return Err(Error::Conflict("nobody waits for this transfer".to_owned()));
    }
    let (state, amount) = match found {
        Found::Arrived(amount) if !(1..=LARGEST).contains(&amount) => {
            return Err(Error::Invalid("amount: more than nothing".to_owned()));
        }
        Found::Arrived(amount) => (EntryState::Succeeded, amount),
        Found::Nothing => (EntryState::Failed, told.amount),
    };
    let now = tx.now();
    sql("UPDATE payments SET state = $2, amount = $3, updated_at = $4 WHERE id = $1")
        .bind(told.id)
        .bind(state.as_str())
        .bind(amount)
        .bind(now)
        .run(&mut tx)
        .await?;
    let detail = json!({ "kind": told.kind, "amount": amount, "state": state });
    let action = match found {
        Found::Arrived(_) => "payment.recorded",
        Found::Nothing => "payment.not_arrived",
    };
    audit::record(&mut tx, actor, action, document.as_str(), &detail).await?;
    payments::settle_in(&mut tx, billing, actor, document).await?;
    if state == EntryState::Succeeded {
        notify::thank_in(&mut tx, billing, &[(document.clone(), amount)]).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Invoices with a transfer that somebody has yet to look for, the longest waiting first; at most `most`.
pub async fn waiting(on: impl On, most: i64) -> Result<Vec<Document>> {
    composed_sql(format!(
        "SELECT {} FROM documents WHERE id IN (SELECT document_id FROM payments WHERE state = 'pending' AND external_id LIKE '{NAMED}%' GROUP BY document_id ORDER BY MIN(created_at) LIMIT $1)",
        documents::DOCUMENT
    ))
    .bind(most)
    .all(on)
    .await
}
