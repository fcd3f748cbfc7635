//! Lists of documents: filtered, in order, by pages.

use conversation::Result;
use conversation::db::{On, Value, composed_sql, placeholders, sql};
use conversation::types::is_id;

use crate::customers::escaped;
use crate::documents::{DOCUMENT, Document};
use crate::ids::CustomerId;
use crate::numbers;
use crate::period::Period;
use crate::state::{Kind, State, Status};

/// Which documents.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of these customers only; an empty list finds nothing.
    pub customers: Option<Vec<CustomerId>>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// In this status on `today`.
    pub status: Option<Status>,
    /// The day that decides what is overdue, ISO.
    pub today: String,
    /// Issued in this year.
    pub year: Option<i16>,
    /// Issued between these days.
    pub period: Option<Period>,
    /// With something left to pay.
    pub is_open: bool,
    /// Not drafts, unless they are published.
    pub is_visible: bool,
    /// The beginning or the last digits of the number, or a part of the customer's name.
    pub search: String,
    /// By status, the urgent first, instead of by day.
    pub by_status: bool,
}

/// Where a page begins: behind this (rank, day, id).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    rank: i64,
    day: String,
    id: String,
}

impl Cursor {
    /// For an address.
    pub fn to_text(&self) -> String {
        format!("{}.{}.{}", self.rank, self.day, self.id)
    }

    /// Reads what [`Cursor::to_text`] gave.
    pub fn from_text(text: &str) -> Option<Cursor> {
        let mut parts = text.splitn(3, '.');
        let rank = parts.next()?.parse().ok()?;
        let (day, id) = (parts.next()?, parts.next()?);
        let is_fine = day.len() == 10 && is_id(id);
        is_fine.then(|| Cursor {
            rank,
            day: day.to_owned(),
            id: id.to_owned(),
        })
    }

    /// Behind this document.
    pub fn behind(document: &Document, filter: &Filter) -> Cursor {
        Cursor {
            rank: if filter.by_status {
                rank(document.status(&filter.today))
            } else {
                0
            },
            day: document.issued_on.clone(),
            id: document.id.to_string(),
        }
    }
}

/// Every status, what wants something first.
const BY_RANK: [Status; 10] = [
    Status::Overdue,
    Status::PartlyPaid,
    Status::Sent,
    Status::Viewed,
    Status::Accepted,
    Status::Draft,
    Status::Paid,
    Status::Declined,
    Status::Expired,
    Status::Void,
];

/// The place of a status in this order.
fn rank(status: Status) -> i64 {
    (0..)
        .zip(BY_RANK)
        .find(|(_, one)| *one == status)
        .map_or(0, |(place, _)| place)
}

/// The states that a document in a status is in, and what else holds of it; `$1` is the day.
const fn stored(status: Status) -> (&'static [State], &'static str) {
    const IN_TIME: &str = "NOT (kind IN ('invoice', 'estimate') AND due_on < $1)";
    const ALWAYS: &str = "$1 = $1";
    match status {
        Status::Overdue => (
            &[State::Sent, State::Viewed, State::PartlyPaid],
            "kind = 'invoice' AND due_on < $1",
        ),
        Status::Expired => (&[State::Sent, State::Viewed], "kind = 'estimate' AND due_on < $1"),
        Status::PartlyPaid => (&[State::PartlyPaid], "NOT (kind = 'invoice' AND due_on < $1)"),
        Status::Sent => (&[State::Sent], IN_TIME),
        Status::Viewed => (&[State::Viewed], IN_TIME),
        Status::Accepted => (&[State::Accepted], ALWAYS),
        Status::Draft => (&[State::Draft], ALWAYS),
        Status::Paid => (&[State::Paid], ALWAYS),
        Status::Declined => (&[State::Declined], ALWAYS),
        Status::Void => (&[State::Void], ALWAYS),
    }
}

/// Customers that a search finds up to this many are named to the list; more are looked at on the way through it, which
/// then fills its page soon.
const FEW: i64 = 200;
/// The same of numbers. Gathering so many takes some hundredths of a second; walking by all documents in search of a
/// number that only old ones have would take longer.
const FEW_NUMBERS: i64 = 20_000;

/// `($3, $4)` for these ids, which become arguments.
fn places(args: &mut Vec<Value>, ids: Vec<String>) -> String {
    let places = placeholders(1, ids.len(), args.len());
    args.extend(ids.into_iter().map(Value::from));
    places
}

/// The condition that a document is what a search means: its number begins or ends like this, or its customer's name
/// has it as a part. `None` when there is none.
async fn found(on: &mut impl On, search: &str, args: &mut Vec<Value>) -> Result<Option<String>> {
    let pattern = format!("%{}%", escaped(&search.to_lowercase()));
    let customers: Vec<(String,)> = sql("SELECT id FROM customers WHERE lower(name) LIKE $1 ESCAPE '!' LIMIT $2")
        .bind(pattern.as_str())
        .bind(FEW + 1)
        .all(&mut *on)
        .await?;
    let numbered = numbers::count(&mut *on, search, FEW_NUMBERS + 1).await?;
    if customers.is_empty() && numbered == 0 {
        return Ok(None);
    }
    let (has_many_names, has_many_numbers) = (
        i64::try_from(customers.len()).is_ok_and(|count| count > FEW),
        numbered > FEW_NUMBERS,
    );
    // Few of both are gathered first; else each document is asked whether it is meant.
    let mut gathered: Vec<String> = Vec::new();
    let mut asked: Vec<String> = Vec::new();
    if numbered > 0 {
        let ranges: Vec<String> = numbers::ranges(search)
            .into_iter()
            .flatten()
            .map(|(from, to)| {
                args.extend([from.into(), to.into()]);
                format!("w.word BETWEEN ${} AND ${}", args.len() - 1, args.len())
            })
            .collect();
        let ranges = ranges.join(" OR ");
        gathered.push(format!("SELECT w.document_id FROM document_numbers w WHERE {ranges}"));
        asked.push(if has_many_numbers {
            format!("EXISTS (SELECT 1 FROM document_numbers w WHERE w.document_id = documents.id AND ({ranges}))")
        } else {
            format!("id IN ({})", gathered[0])
        });
    }
    if has_many_names {
        args.push(pattern.into());
        asked.push(format!(
            "EXISTS (SELECT 1 FROM customers c WHERE c.id = documents.customer_id AND lower(c.name) LIKE ${} ESCAPE '!')",
            args.len()
        ));
    } else if !customers.is_empty() {
        let names = format!(
            "customer_id IN {}",
            places(args, customers.into_iter().map(|(id,)| id).collect())
        );
        gathered.push(format!("SELECT id FROM documents WHERE {names}"));
        asked.push(names);
    }
    Ok(Some(if has_many_names || has_many_numbers {
        format!("({})", asked.join(" OR "))
    } else {
        format!("id IN ({})", gathered.join(" UNION "))
    }))
}

/// Documents, the newest first unless by status; at most `most`, behind a cursor.
pub async fn list(mut on: impl On, filter: &Filter, after: Option<&Cursor>, most: i64) -> Result<Vec<Document>> {
    let mut args: Vec<Value> = vec![filter.today.as_str().into()];
    let mut wheres: Vec<String> = vec!["$1 = $1".to_owned()];
    let arg = |args: &mut Vec<Value>, value: Value| {
        args.push(value);
        format!("${}", args.len())
    };
    if let Some(customers) = &filter.customers {
        if customers.is_empty() {
            return Ok(Vec::new());
        }
        let ids = customers.iter().map(|id| id.as_str().to_owned()).collect();
        wheres.push(format!("customer_id IN {}", places(&mut args, ids)));
    }
    if let Some(kind) = filter.kind {
        let place = arg(&mut args, kind.as_str().into());
        wheres.push(format!("kind = {place}"));
    }
    if let Some(year) = filter.year {
        let from = arg(&mut args, format!("{year:04}-01-01").into());
        let to = arg(&mut args, format!("{year:04}-12-31").into());
        wheres.push(format!("issued_on BETWEEN {from} AND {to}"));
    }
    if let Some(period) = &filter.period {
        let from = arg(&mut args, period.from.as_str().into());
        let to = arg(&mut args, period.to.as_str().into());
        wheres.push(format!("issued_on BETWEEN {from} AND {to}"));
    }
    if filter.is_open {
        wheres.push("kind = 'invoice' AND state IN ('sent', 'viewed', 'partly_paid')".to_owned());
    }
    if filter.is_visible {
        wheres.push("(state <> 'draft' OR is_published)".to_owned());
    }
    let search = filter.search.trim();
    if !search.is_empty() {
        match found(&mut on, search, &mut args).await? {
            Some(found) => wheres.push(found),
            None => return Ok(Vec::new()),
        }
    }
    let behind = after.map(|after| {
        let day = arg(&mut args, after.day.as_str().into());
        let id = arg(&mut args, after.id.as_str().into());
        format!("(issued_on < {day} OR (issued_on = {day} AND id < {id}))")
    });
    let limit = arg(&mut args, most.into());
    let newest = format!("ORDER BY issued_on DESC, id DESC LIMIT {limit}");
    let statement = if filter.by_status {
        // A cursor of another list is of no status here; its arguments are named all the same.
        wheres.extend(behind.as_ref().map(|behind| format!("({behind} OR $1 = $1)")));
        let arms = arms(filter, after, &wheres.join(" AND "), behind.as_deref(), &newest);
        if arms.is_empty() {
            return Ok(Vec::new());
        }
        format!(
            "SELECT {DOCUMENT} FROM ({}) AS found JOIN documents ON documents.id = found.found_id ORDER BY found.place, issued_on DESC, id DESC LIMIT {limit}",
            arms.join(" UNION ALL ")
        )
    } else {
        if let Some(status) = filter.status {
            let (states, rest) = stored(status);
            let states: Vec<String> = states.iter().map(|state| format!("'{state}'")).collect();
            wheres.push(format!("state IN ({}) AND {rest}", states.join(", ")));
        }
        wheres.extend(behind);
        format!(
            "SELECT {DOCUMENT} FROM documents WHERE {} {newest}",
            wheres.join(" AND ")
        )
    };
    composed_sql(statement).bind_all(args).all(on).await
}

/// How many invoices of these customers are overdue on a day.
pub async fn count_overdue(on: impl On, customers: &[CustomerId], today: &str) -> Result<i64> {
    if customers.is_empty() {
        return Ok(0);
    }
    let mut args: Vec<Value> = vec![today.into()];
    let ids = customers.iter().map(|id| id.as_str().to_owned()).collect();
    let theirs = places(&mut args, ids);
    let (states, rest) = stored(Status::Overdue);
    let states: Vec<String> = states.iter().map(|state| format!("'{state}'")).collect();
    let statement = format!(
        "SELECT COUNT(*) FROM documents WHERE customer_id IN {theirs} AND state IN ({}) AND {rest}",
        states.join(", ")
    );
    let (count,): (i64,) = composed_sql(statement).bind_all(args).one(on).await?;
    Ok(count)
}

/// For each status and each state of it the first that `wheres` allows, which an index has in this order: so a page
/// costs what it shows, and not what the customer ever had.
fn arms(filter: &Filter, after: Option<&Cursor>, wheres: &str, behind: Option<&str>, newest: &str) -> Vec<String> {
    let from = after.map_or(0, |after| after.rank);
    let mut arms = Vec::new();
    for (place, status) in (0..).zip(BY_RANK) {
        if place < from || filter.status.is_some_and(|only| only != status) {
            continue;
        }
        let (states, rest) = stored(status);
        let behind = behind.filter(|_| place == from).unwrap_or("$1 = $1");
        for state in states {
            arms.push(format!(
                "SELECT * FROM (SELECT id AS found_id, {place} AS place FROM documents WHERE {wheres} AND state = '{state}' AND {rest} AND {behind} {newest}) AS arm{}",
                arms.len()
            ));
        }
    }
    arms
}
