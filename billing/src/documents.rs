//! Documents: invoices, estimates and credit notes, their lines and files. What changes where they
//! stand is in `issue` and `payments`.

use conversation::db::{On, composed_sql, insert_rows, sql};
use conversation::events::{EventKind, NewEvent};
use conversation::types::{Actor, ContactId, Language, Millis};
use conversation::{Error, Result, Tx, audit};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::customers;
use crate::ids::{CustomerId, DocumentId};
use crate::money::{Currency, Minor};
use crate::numbers;
use crate::state::{self, Kind, State, Status};
use crate::totals::{Line, Rounding, Tax, Totals, totals};

mod files;

pub use files::{DocumentFile, attach_in, file, files};

/// The most lines of one document.
pub const MOST_LINES: usize = 500;
/// The longest description of a line, in characters.
const LONGEST_DESCRIPTION: usize = 1_000;
/// The longest notes, in characters.
const LONGEST_NOTES: usize = 4_000;

/// An invoice, an estimate or a credit note.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// What it is.
    pub kind: Kind,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// Its number; a draft has none.
    pub number: Option<String>,
    /// The number in the system that it came from.
    pub external_number: Option<String>,
    /// Where it stands.
    pub state: State,
    /// Its currency.
    pub currency: Currency,
    /// Its language.
    pub language: Language,
    /// The day of its issue, ISO.
    pub issued_on: String,
    /// The day it is due, or until when it holds, ISO.
    pub due_on: String,
    /// How taxes are rounded.
    pub rounding: Rounding,
    /// What it says below its lines.
    pub notes: String,
    /// The sum of the lines.
    pub net: Minor,
    /// The sum of the taxes.
    pub tax: Minor,
    /// What is to be paid.
    pub total: Minor,
    /// What was paid, refunds off.
    pub paid: Minor,
    /// What credit notes took off.
    pub credited: Minor,
    /// What is on its way.
    pub pending: Minor,
    /// What the customer's bank disputes.
    pub disputed: Minor,
    /// The business, frozen at the issue: JSON.
    pub issuer: Option<String>,
    /// The customer, frozen at the issue: JSON.
    pub bill_to: Option<String>,
    /// The invoice of a credit note; the estimate that an invoice came from.
    pub related_id: Option<DocumentId>,
    /// The recurrence that made it.
    pub recurring_id: Option<String>,
    /// Whether the customer may see it while it is a draft.
    pub is_published: bool,
    /// Whether reminders go out.
    pub is_reminded: bool,
    /// When it was issued.
    pub sent_at: Option<Millis>,
    /// When its customer first opened it.
    pub viewed_at: Option<Millis>,
    /// When nothing was left to pay.
    pub settled_at: Option<Millis>,
    /// When it was made.
    pub created_at: Millis,
    /// When it changed last.
    pub updated_at: Millis,
    /// Counts its changes.
    pub version: i64,
}

pub(crate) const DOCUMENT: &str = "id, kind, customer_id, number, external_number, state, currency, language, issued_on, due_on, rounding, notes, net, tax, total, paid, credited, pending, disputed, issuer, bill_to, related_id, recurring_id, is_published, is_reminded, sent_at, viewed_at, settled_at, created_at, updated_at, version";

impl Document {
    /// What is still to be paid; negative where too much was.
    pub fn open(&self) -> Minor {
        match (self.kind, self.state) {
            (Kind::Invoice, State::Sent | State::Viewed | State::PartlyPaid | State::Paid) => {
                self.total - self.paid - self.credited
            }
            (Kind::Invoice, State::Void) => -self.paid,
            _ => 0,
        }
    }

    /// Where it stands on a day.
    pub fn status(&self, today: &str) -> Status {
        state::status(self.kind, self.state, &self.due_on, today)
    }

    /// The number, or how a draft is called.
    pub fn name(&self) -> &str {
        self.number.as_deref().unwrap_or("—")
    }

    /// Whether its customer may see it.
    pub fn is_visible(&self) -> bool {
        self.state != State::Draft || self.is_published
    }

    /// What a customer is asked to pay: what is open and not on its way.
    pub fn payable(&self) -> Minor {
        self.open() - self.pending
    }

    /// Whether a customer can pay it now.
    pub fn is_payable(&self) -> bool {
        matches!(self.state, State::Sent | State::Viewed | State::PartlyPaid) && self.payable() > 0
    }
}

/// What a document is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// What it is.
    pub kind: Kind,
    /// The currency.
    pub currency: Currency,
    /// The language.
    pub language: Language,
    /// The day of issue.
    pub issued_on: Date,
    /// The day it is due, or until when it holds.
    pub due_on: Date,
    /// How taxes are rounded.
    #[serde(default)]
    pub rounding: Rounding,
    /// What it says below its lines.
    #[serde(default)]
    pub notes: String,
    /// The lines.
    pub lines: Vec<Line>,
    /// The number in the system that it came from.
    #[serde(default)]
    pub external_number: Option<String>,
    /// The invoice of a credit note, the estimate of an invoice.
    #[serde(default)]
    pub related_id: Option<DocumentId>,
    /// Whether the customer may see the draft.
    #[serde(default)]
    pub is_published: bool,
    /// Whether reminders go out.
    #[serde(default = "yes")]
    pub is_reminded: bool,
}

fn yes() -> bool {
    true
}

impl Draft {
    /// Sums the draft and checks everything that can be wrong with it.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the line and the field.
    pub fn checked(&mut self) -> Result<Totals> {
        let bad = |words: String| Err(Error::Invalid(words));
        if self.lines.is_empty() {
            return bad("lines: at least one line".to_owned());
        }
        if self.lines.len() > MOST_LINES {
            return bad(format!("lines: at most {MOST_LINES} lines"));
        }
        self.notes = self.notes.trim().to_owned();
        if self.notes.chars().count() > LONGEST_NOTES {
            return bad(format!("notes: at most {LONGEST_NOTES} characters"));
        }
        for (index, line) in self.lines.iter_mut().enumerate() {
            line.description = line.description.trim().to_owned();
            if line.description.is_empty() {
                return bad(format!("line {}: say what it is", index + 1));
            }
            if line.description.chars().count() > LONGEST_DESCRIPTION {
                return bad(format!("line {}: at most {LONGEST_DESCRIPTION} characters", index + 1));
            }
            if line.taxes.len() > 6
                || line
                    .taxes
                    .iter()
                    .any(|tax| tax.name.trim().is_empty() || tax.name.len() > 40)
            {
                return bad(format!("line {}: at most six taxes, each with a short name", index + 1));
            }
        }
        if self.due_on < self.issued_on {
            return bad("due_on: not before the day of issue".to_owned());
        }
        let totals = totals(&self.lines, self.rounding).map_err(|error| Error::Invalid(error.to_string()))?;
        if totals.total < 0 {
            return bad("the total is negative; write a credit note instead".to_owned());
        }
        Ok(totals)
    }
}

#[derive(sqlx::FromRow)]
struct LineRow {
    description: String,
    quantity: i64,
    unit_price: i64,
    discount: i64,
    taxes: String,
}

/// A document by id, for the business.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &DocumentId) -> Result<Document> {
    composed_sql(format!("SELECT {DOCUMENT} FROM documents WHERE id = $1"))
        .bind(id.as_str())
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// A document that a contact may see: theirs or their company's, and not a draft unless it is published.
///
/// # Errors
/// [`Error::NotFound`], whether it is missing or another customer's.
pub async fn for_contact(on: impl On, contact: &ContactId, id: &DocumentId) -> Result<Document> {
    let mut on = on;
    let document = load(&mut on, id).await?;
    if document.is_visible() && customers::may_see(&mut on, contact, &document.customer_id).await? {
        Ok(document)
    } else {
        Err(Error::NotFound)
    }
}

/// A document, held until the commit.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn lock(tx: &mut Tx, id: &DocumentId) -> Result<Document> {
    // An update takes the row on either database; a document is never without one.
    composed_sql(format!(
        "UPDATE documents SET version = version + 1 WHERE id = $1 RETURNING {DOCUMENT}"
    ))
    .bind(id.as_str())
    .optional(tx)
    .await?
    .ok_or(Error::NotFound)
}

/// The lines of a document, in order.
pub async fn lines(on: impl On, id: &DocumentId) -> Result<Vec<Line>> {
    let rows: Vec<LineRow> = sql("SELECT description, quantity, unit_price, discount, taxes FROM document_lines WHERE document_id = $1 ORDER BY place")
        .bind(id.as_str())
        .all(on)
        .await?;
    rows.into_iter()
        .map(|row| {
            let taxes: Vec<Tax> = serde_json::from_str(&row.taxes)
                .map_err(|error| Error::corrupt(format!("taxes of document {id}"), error))?;
            Ok(Line {
                description: row.description,
                quantity: row.quantity,
                unit_price: row.unit_price,
                discount: row.discount,
                taxes,
            })
        })
        .collect()
}

/// Writes a draft.
///
/// # Errors
/// [`Error::Invalid`] says what is wrong with it; [`Error::NotFound`] without the customer.
pub async fn create_in(tx: &mut Tx, actor: &Actor, customer: &CustomerId, mut draft: Draft) -> Result<DocumentId> {
    let totals = draft.checked()?;
    customers::load(&mut *tx, customer).await?;
    relation(tx, customer, &draft).await?;
    let id = DocumentId::from(tx.env().ulid());
    let now = tx.now();
    let rows = sql("INSERT INTO documents (id, kind, customer_id, external_number, state, currency, language, issued_on, due_on, rounding, notes, net, tax, total, paid, credited, pending, disputed, related_id, is_published, is_reminded, created_by, created_at, updated_at, version)
         VALUES ($1, $2, $3, $4, 'draft', $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, 0, 0, $14, $15, $16, $17, $18, $18, 1) ON CONFLICT (external_number) WHERE external_number IS NOT NULL DO NOTHING")
        .bind(id.as_str())
        .bind(draft.kind.as_str())
        .bind(customer.as_str())
        .bind(draft.external_number.clone())
        .bind(draft.currency.as_str())
        .bind(draft.language)
        .bind(draft.issued_on.to_string())
        .bind(draft.due_on.to_string())
        .bind(draft.rounding.as_str())
        .bind(draft.notes.as_str())
        .bind(totals.net)
        .bind(totals.tax)
        .bind(totals.total)
        .bind(draft.related_id.as_ref().map(DocumentId::as_str))
        .bind(draft.is_published)
        .bind(draft.is_reminded)
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .bind(now)
        .run(&mut *tx)
        .await?;
    if rows == 0 {
        return Err(Error::Conflict(
            "external_number: a document with this number is there already".to_owned(),
        ));
    }
    if let Some(number) = &draft.external_number {
        numbers::remember_in(tx, &id, number).await?;
    }
    write_lines(tx, &id, &draft.lines, &totals).await?;
    changed(tx, actor, &id, customer, "created");
    Ok(id)
}

/// A credit note belongs to an invoice of the same customer and currency.
async fn relation(tx: &mut Tx, customer: &CustomerId, draft: &Draft) -> Result<()> {
    let Some(id) = &draft.related_id else {
        return match draft.kind {
            Kind::CreditNote => Err(Error::Invalid(
                "related_id: a credit note names the invoice that it lowers".to_owned(),
            )),
            Kind::Invoice | Kind::Estimate => Ok(()),
        };
    };
    let other = load(&mut *tx, id).await?;
    let fits = other.customer_id == *customer
        && other.currency == draft.currency
        && match draft.kind {
            Kind::CreditNote => other.kind == Kind::Invoice && !matches!(other.state, State::Draft | State::Void),
            Kind::Invoice => other.kind == Kind::Estimate,
            Kind::Estimate => false,
        };
    if fits {
        Ok(())
    } else {
        Err(Error::Invalid(
            "related_id: that document is not an issued one of this customer in this currency".to_owned(),
        ))
    }
}

async fn write_lines(tx: &mut Tx, id: &DocumentId, lines: &[Line], totals: &Totals) -> Result<()> {
    let mut rows = Vec::with_capacity(lines.len());
    for (place, (line, net)) in lines.iter().zip(&totals.lines).enumerate() {
        let taxes = serde_json::to_string(&line.taxes).map_err(|error| Error::corrupt("taxes", error))?;
        rows.push(vec![
            id.as_str().into(),
            i64::try_from(place).unwrap_or(i64::MAX).into(),
            line.description.as_str().into(),
            line.quantity.into(),
            line.unit_price.into(),
            line.discount.into(),
            taxes.into(),
            (*net).into(),
        ]);
    }
    insert_rows(
        &mut *tx,
        "INSERT INTO document_lines (document_id, place, description, quantity, unit_price, discount, taxes, net) VALUES",
        "",
        rows,
    )
    .await
}

/// Changes a draft.
///
/// # Errors
/// [`Error::Conflict`] once it is issued; otherwise as [`create_in`].
pub async fn edit_in(tx: &mut Tx, actor: &Actor, id: &DocumentId, mut draft: Draft) -> Result<()> {
    let totals = draft.checked()?;
    let document = lock(tx, id).await?;
    if document.state != State::Draft {
        return Err(Error::Conflict(
            "an issued document does not change any more; void it or write a credit note".to_owned(),
        ));
    }
    draft.kind = document.kind;
    relation(tx, &document.customer_id, &draft).await?;
    let now = tx.now();
    sql("UPDATE documents SET currency = $2, language = $3, issued_on = $4, due_on = $5, rounding = $6, notes = $7, net = $8, tax = $9, total = $10, is_published = $11, is_reminded = $12, updated_at = $13 WHERE id = $1")
        .bind(id.as_str())
        .bind(draft.currency.as_str())
        .bind(draft.language)
        .bind(draft.issued_on.to_string())
        .bind(draft.due_on.to_string())
        .bind(draft.rounding.as_str())
        .bind(draft.notes.as_str())
        .bind(totals.net)
        .bind(totals.tax)
        .bind(totals.total)
        .bind(draft.is_published)
        .bind(draft.is_reminded)
        .bind(now)
        .run(&mut *tx)
        .await?;
    sql("DELETE FROM document_lines WHERE document_id = $1")
        .bind(id.as_str())
        .run(&mut *tx)
        .await?;
    write_lines(tx, id, &draft.lines, &totals).await?;
    changed(tx, actor, id, &document.customer_id, "edited");
    Ok(())
}

/// Throws a draft away.
///
/// # Errors
/// [`Error::Conflict`] once it is issued.
pub async fn delete_in(tx: &mut Tx, actor: &Actor, id: &DocumentId) -> Result<()> {
    let document = lock(tx, id).await?;
    if document.state != State::Draft {
        return Err(Error::Conflict("only a draft can be thrown away".to_owned()));
    }
    for text in [
        "DELETE FROM document_lines WHERE document_id = $1",
        "DELETE FROM document_files WHERE document_id = $1",
        "DELETE FROM documents WHERE id = $1",
    ] {
        sql(text).bind(id.as_str()).run(&mut *tx).await?;
    }
    numbers::forget_in(tx, id).await?;
    audit::record(tx, actor, "document.deleted", id.as_str(), &json!({})).await?;
    changed(tx, actor, id, &document.customer_id, "deleted");
    Ok(())
}

/// Names the event of a change; `what` is for people who read the log.
pub(crate) fn changed(tx: &mut Tx, actor: &Actor, id: &DocumentId, customer: &CustomerId, what: &str) {
    tx.emit(NewEvent {
        kind: EventKind::InvoiceUpdated,
        conversation: None,
        subject: id.to_string(),
        actor: actor.clone(),
        data: json!({ "customer": customer.as_str(), "what": what }),
    });
}
