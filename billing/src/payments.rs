//! Entries of money on an invoice: payments, refunds, disputes. An entry of the other side's has its
//! name and is written once, whoever brings it and however often; it only goes forward.

use conversation::db::{On, composed_sql, sql};
use conversation::types::{Actor, Millis};
use conversation::{Error, Result, Tx, audit};
use serde_json::json;

use crate::documents::{self, changed};
pub use crate::entries::{EntryKind, EntryState, Method};
use crate::ids::DocumentId;
use crate::money::{Currency, LARGEST, Minor};
use crate::state::{Kind, State, Step, next};
use crate::{Billing, card, notify};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// The invoice.
    pub document_id: DocumentId,
    /// What it is.
    pub kind: EntryKind,
    /// Signed: what comes in is positive.
    pub amount: Minor,
    /// The currency, the invoice's.
    pub currency: Currency,
    /// How it came.
    pub method: Method,
    /// How far it has come.
    pub state: EntryState,
    /// What the other side calls it.
    pub external_id: Option<String>,
    /// What the entries of one payment share: Stripe's payment intent, or what another side calls the whole of it.
    pub intent: Option<String>,
    /// A word about it: the method of payment, a reference.
    pub detail: String,
    /// The day, ISO.
    pub happened_on: String,
    /// When it was written.
    pub created_at: Millis,
}

impl Entry {
    /// Whether somebody wrote it down, or confirmed it, by hand, and it counts.
    pub fn can_be_taken_back(&self) -> bool {
        let is_by_hand = self.external_id.is_none() || self.is_announced();
        self.method != Method::Stripe && is_by_hand && self.state == EntryState::Succeeded
    }
}

const ENTRY: &str =
    "id, document_id, kind, amount, currency, method, state, external_id, intent, detail, happened_on, created_at";

/// What to write.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// The invoice.
    pub document: DocumentId,
    /// What it is.
    pub kind: EntryKind,
    /// Without sign, in minor units of `currency`.
    pub amount: Minor,
    /// The currency that it came in.
    pub currency: Currency,
    /// How it came.
    pub method: Method,
    /// How far it has come.
    pub state: EntryState,
    /// What the other side calls it.
    pub external_id: Option<String>,
    /// What the entries of one payment share; see [`Entry::intent`].
    pub intent: Option<String>,
    /// A word about it.
    pub detail: String,
    /// The day, ISO; empty is today.
    pub happened_on: String,
}

/// The entries of an invoice, oldest first.
pub async fn of_document(on: impl On, id: &DocumentId) -> Result<Vec<Entry>> {
    composed_sql(format!(
        "SELECT {ENTRY} FROM payments WHERE document_id = $1 ORDER BY happened_on, id"
    ))
    .bind(id.as_str())
    .all(on)
    .await
}

/// An entry of an invoice.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, document: &DocumentId, entry: &str) -> Result<Entry> {
    composed_sql(format!(
        "SELECT {ENTRY} FROM payments WHERE id = $1 AND document_id = $2"
    ))
    .bind(entry)
    .bind(document.as_str())
    .optional(on)
    .await?
    .ok_or(Error::NotFound)
}

/// The payments with this intent, one for each invoice, in the order of the invoices.
pub async fn by_intent(on: impl On, intent: &str) -> Result<Vec<Entry>> {
    composed_sql(format!(
        "SELECT {ENTRY} FROM payments WHERE intent = $1 AND kind = 'payment' ORDER BY document_id, id"
    ))
    .bind(intent)
    .all(on)
    .await
}

/// Another invoice that a payment was of, too.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Beside {
    /// What both share; see [`Entry::intent`].
    pub intent: String,
    /// The other invoice.
    pub document_id: DocumentId,
    /// Its number.
    pub number: Option<String>,
}

/// The other invoices that the payments of this one were of, too.
pub async fn beside(on: impl On, id: &DocumentId) -> Result<Vec<Beside>> {
    sql("SELECT p.intent, p.document_id, d.number FROM payments p JOIN documents d ON d.id = p.document_id
         WHERE p.kind = 'payment' AND p.document_id <> $1 AND p.intent IN (SELECT intent FROM payments WHERE document_id = $1 AND kind = 'payment')
         ORDER BY p.document_id")
        .bind(id.as_str())
        .all(on)
        .await
}

/// Whether one state may follow another: what is done stays done, except that a payment which failed
/// may succeed after all, and a refund that succeeded may fail at the bank.
fn goes_on(kind: EntryKind, from: EntryState, to: EntryState) -> bool {
    use EntryState::{Failed, Pending, Succeeded};
    match (from, to) {
        (Pending, Succeeded | Failed) => true,
        (Failed, Succeeded) => kind == EntryKind::Payment,
        (Succeeded, Failed) => kind == EntryKind::Refund,
        _ => false,
    }
}

/// Writes an entry and brings its invoice up to date. Says whether anything changed: the same news
/// again, or older news, changes nothing.
///
/// # Errors
/// [`Error::Invalid`] for another currency than the invoice's or an amount that cannot be;
/// [`Error::Conflict`] for a document that takes no money.
pub async fn record_in(tx: &mut Tx, billing: &Billing, actor: &Actor, new: NewEntry) -> Result<bool> {
    let document = documents::lock(tx, &new.document).await?;
    if document.kind != Kind::Invoice || document.state == State::Draft {
        return Err(Error::Conflict("only an issued invoice takes payments".to_owned()));
    }
    if new.currency != document.currency {
        return Err(Error::Invalid(format!(
            "currency: the invoice is in {}, the payment in {}",
            document.currency, new.currency
        )));
    }
    if !(1..=LARGEST).contains(&new.amount) {
        return Err(Error::Invalid("amount: more than nothing".to_owned()));
    }
    let amount = match new.kind {
        EntryKind::Payment => new.amount,
        EntryKind::Refund | EntryKind::Dispute => -new.amount,
    };
    let now = tx.now();
    let id = tx.env().ulid();
    let happened_on = if new.happened_on.is_empty() {
        billing.today().to_string()
    } else {
        new.happened_on
    };
    let written = sql("INSERT INTO payments (id, document_id, kind, amount, currency, method, state, external_id, intent, detail, happened_on, actor, created_at, updated_at, customer_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14) ON CONFLICT (external_id) WHERE external_id IS NOT NULL DO NOTHING")
        .bind(id)
        .bind(document.id.as_str())
        .bind(new.kind.as_str())
        .bind(amount)
        .bind(new.currency.as_str())
        .bind(new.method.as_str())
        .bind(new.state.as_str())
        .bind(new.external_id.as_deref())
        .bind(new.intent)
        .bind(new.detail.chars().filter(|c| !c.is_control()).take(300).collect::<String>())
        .bind(happened_on.as_str())
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .bind(now)
        .bind(document.customer_id.as_str())
        .run(&mut *tx)
        .await?;
    if written == 0 {
        let external = new.external_id.unwrap_or_default();
        let known: Entry = composed_sql(format!("SELECT {ENTRY} FROM payments WHERE external_id = $1"))
            .bind(external.as_str())
            .one(&mut *tx)
            .await?;
        if known.document_id != document.id {
            return Err(Error::Conflict("this payment is another invoice's".to_owned()));
        }
        if !goes_on(known.kind, known.state, new.state) {
            return Ok(false);
        }
        sql("UPDATE payments SET state = $2, amount = $3, happened_on = $4, updated_at = $5 WHERE id = $1")
            .bind(known.id)
            .bind(new.state.as_str())
            .bind(amount)
            .bind(happened_on)
            .bind(now)
            .run(&mut *tx)
            .await?;
    }
    let detail = json!({ "kind": new.kind, "amount": amount, "state": new.state });
    audit::record(tx, actor, "payment.recorded", document.id.as_str(), &detail).await?;
    settle_in(tx, billing, actor, &document.id).await?;
    Ok(true)
}

/// Sums the entries of an invoice again and says where it stands now, everywhere it is shown.
pub(crate) async fn settle_in(tx: &mut Tx, billing: &Billing, actor: &Actor, id: &DocumentId) -> Result<()> {
    let document = documents::lock(tx, id).await?;
    let (paid, pending, disputed): (i64, i64, i64) = sql(
        "SELECT CAST(COALESCE(SUM(CASE WHEN state = 'succeeded' THEN amount ELSE 0 END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN state = 'pending' AND kind = 'payment' THEN amount ELSE 0 END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN state = 'pending' AND kind = 'dispute' THEN -amount ELSE 0 END), 0) AS BIGINT)
         FROM payments WHERE document_id = $1",
    )
    .bind(id.as_str())
    .one(&mut *tx)
    .await?;
    let (credited,): (i64,) = sql("SELECT CAST(COALESCE(SUM(total), 0) AS BIGINT) FROM documents WHERE related_id = $1 AND kind = 'credit_note' AND state IN ('sent', 'viewed')")
        .bind(id.as_str())
        .one(&mut *tx)
        .await?;
    let step = Step::Settle {
        has_any: paid != 0 || credited != 0,
        is_whole: paid + credited >= document.total,
        was_viewed: document.viewed_at.is_some(),
    };
    let to = next(document.kind, document.state, step).map_err(|error| Error::Conflict(error.to_string()))?;
    let now = tx.now();
    let settled_at = match to {
        State::Paid => Some(document.settled_at.unwrap_or(now)),
        _ => None,
    };
    sql("UPDATE documents SET state = $2, paid = $3, credited = $4, pending = $5, disputed = $6, settled_at = $7, updated_at = $8 WHERE id = $1")
        .bind(id.as_str())
        .bind(to.as_str())
        .bind(paid)
        .bind(credited)
        .bind(pending)
        .bind(disputed)
        .bind(settled_at)
        .bind(now)
        .run(&mut *tx)
        .await?;
    changed(tx, actor, id, &document.customer_id, to.as_str());
    card::refresh_in(tx, billing, actor, id).await
}

/// Writes a payment or a refund that an agent tells of.
///
/// # Errors
/// As [`record_in`]; [`Error::Invalid`] for a refund of more than was paid, and for a day that is still to come.
pub async fn record(billing: &Billing, actor: &Actor, new: NewEntry) -> Result<()> {
    has_come(billing, &new)?;
    let mut tx = billing.store.begin().await?;
    let document = documents::lock(&mut tx, &new.document).await?;
    if new.kind == EntryKind::Refund && new.amount > document.paid {
        return Err(Error::Invalid("amount: no more than was paid".to_owned()));
    }
    let (amount, is_news) = (new.amount, is_news(billing, &new));
    if record_in(&mut tx, billing, actor, new).await? {
        if is_news {
            notify::thank_in(&mut tx, billing, &[(document.id.clone(), amount)]).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Takes back an entry that somebody wrote down by hand, for one that was mistyped: it stays in the list and counts no
/// more. What Stripe brought is refunded instead, and what another side brought is corrected there.
///
/// # Errors
/// [`Error::NotFound`] for an entry that is not this invoice's; [`Error::Conflict`] for one that is Stripe's, counts no
/// more, or without which more would have gone back than came.
pub async fn take_back(billing: &Billing, actor: &Actor, document: &DocumentId, entry: &str) -> Result<()> {
    let mut tx = billing.store.begin().await?;
    let invoice = documents::lock(&mut tx, document).await?;
    let found = load(&mut tx, document, entry).await?;
    if !found.can_be_taken_back() {
        return Err(Error::Conflict("this entry cannot be taken back".to_owned()));
    }
    if invoice.paid - found.amount < 0 {
        let words = "more went back than would be left; take the refund back first";
        return Err(Error::Conflict(words.to_owned()));
    }
    let now = tx.now();
    sql("UPDATE payments SET state = $2, updated_at = $3 WHERE id = $1")
        .bind(found.id)
        .bind(EntryState::Failed.as_str())
        .bind(now)
        .run(&mut tx)
        .await?;
    let detail = json!({ "kind": found.kind, "amount": found.amount });
    audit::record(&mut tx, actor, "payment.taken_back", document.as_str(), &detail).await?;
    settle_in(&mut tx, billing, actor, document).await?;
    tx.commit().await?;
    Ok(())
}

/// The most invoices of one payment.
pub const MOST_TOGETHER: usize = 100;

/// Writes one payment that came for several invoices: an entry on each, all or none. `external_id` is what the other side
/// calls the whole of it; the entries share it, so that each invoice's page names the others, and the same again changes nothing. Says whether
/// anything was written.
///
/// # Errors
/// As [`record_in`], of the first invoice that cannot take its part; [`Error::Invalid`] without invoices, with too many, with
/// one twice, or on a day that is still to come; [`Error::Conflict`] where this payment was of other invoices or amounts before.
pub async fn record_together(
    billing: &Billing,
    actor: &Actor,
    external_id: &str,
    parts: Vec<NewEntry>,
) -> Result<bool> {
    if parts.is_empty() || parts.len() > MOST_TOGETHER {
        return Err(Error::Invalid(format!("payments: of 1 to {MOST_TOGETHER} invoices")));
    }
    let mut parts = parts;
    // As everybody takes them, so that nobody waits in a circle.
    parts.sort_by(|one, other| one.document.cmp(&other.document));
    if parts.windows(2).any(|two| two[0].document == two[1].document) {
        return Err(Error::Invalid("payments: an invoice stands there twice".to_owned()));
    }
    if parts.windows(2).any(|two| two[0].currency != two[1].currency) {
        return Err(Error::Invalid("one payment is of one currency".to_owned()));
    }
    parts.iter().try_for_each(|part| has_come(billing, part))?;
    let mut tx = billing.store.begin().await?;
    // The same payment brought twice at once waits here for itself, also where the other one is of other invoices.
    tx.take_turns(vec![format!("payment:{external_id}")]).await?;
    for part in &parts {
        documents::lock(&mut tx, &part.document).await?;
    }
    let known = by_intent(&mut tx, external_id).await?;
    if !known.is_empty() {
        let is_same = known.len() == parts.len()
            && known
                .iter()
                .zip(&parts)
                .all(|(entry, part)| entry.document_id == part.document && entry.amount == part.amount);
        return match is_same {
            true => Ok(false),
            false => Err(Error::Conflict(
                "this payment was of other invoices or amounts".to_owned(),
            )),
        };
    }
    let mut news = Vec::new();
    for part in parts {
        let told = (part.document.clone(), part.amount);
        let is_news = is_news(billing, &part);
        let entry = NewEntry {
            external_id: Some(format!("{external_id}:{}", part.document)),
            intent: Some(external_id.to_owned()),
            ..part
        };
        if record_in(&mut tx, billing, actor, entry).await? && is_news {
            news.push(told);
        }
    }
    if !news.is_empty() {
        notify::thank_in(&mut tx, billing, &news).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Money moves today or moved before.
pub(crate) fn has_come(billing: &Billing, new: &NewEntry) -> Result<()> {
    if new.happened_on > billing.today().to_string() {
        return Err(Error::Invalid("happened_on: that day is still to come".to_owned()));
    }
    Ok(())
}

/// For how many days a payment that an agent writes down is still news to the customer.
const NEWS: i64 = 7;

/// Whether the customer should hear of it: money that arrived, and not years ago.
fn is_news(billing: &Billing, new: &NewEntry) -> bool {
    let oldest = crate::day::plus(billing.today(), -NEWS).to_string();
    new.kind == EntryKind::Payment
        && new.state == EntryState::Succeeded
        && (new.happened_on.is_empty() || new.happened_on >= oldest)
}
