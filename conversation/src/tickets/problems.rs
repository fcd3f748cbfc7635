//! Problems: one cause behind many tickets. What looks alike is suggested; what is accepted is worked
//! on once, and its tickets are answered at once.

mod answering;
pub mod reach;

use std::collections::HashSet;

use serde::Serialize;
use serde_json::json;

use super::{TICKET, Ticket, history, solve};
use crate::audit;
use crate::db::{On, composed_sql, sql};
use crate::desk::name;
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::store::{Store, Tx, event};
use crate::types::{Actor, AgentId, ContactId, Millis, TicketId};

pub use self::answering::{Progress, answer, answers, work};

/// From so many similar open tickets on, a problem is suggested.
pub const SUGGEST_FROM: usize = 5;
/// The most tickets of one problem that are shown or answered at once.
pub const MOST: i64 = 2_000;

/// Where a problem stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemStatus {
    /// Tickets look alike; nobody said yet that they are.
    Suggested,
    /// It is worked on.
    Open,
    /// It is solved.
    Resolved,
    /// They only looked alike.
    Dismissed,
}

impl ProblemStatus {
    /// Every state.
    pub const ALL: [ProblemStatus; 4] = [
        ProblemStatus::Suggested,
        ProblemStatus::Open,
        ProblemStatus::Resolved,
        ProblemStatus::Dismissed,
    ];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            ProblemStatus::Suggested => "suggested",
            ProblemStatus::Open => "open",
            ProblemStatus::Resolved => "resolved",
            ProblemStatus::Dismissed => "dismissed",
        }
    }

    /// Reads it back.
    pub fn from_text(text: &str) -> Option<ProblemStatus> {
        ProblemStatus::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// One cause behind many tickets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Its id.
    pub id: String,
    /// The number that people say, as `P-1`.
    pub number: i64,
    /// The matter.
    pub subject: String,
    /// What is known of it.
    pub description: String,
    /// Where it stands.
    pub status: ProblemStatus,
    /// Who works on it.
    pub assignee: Option<AgentId>,
    /// Since when.
    pub created_at: Millis,
    /// When it was solved.
    pub resolved_at: Option<Millis>,
    /// How many tickets hang on it.
    pub tickets: i64,
}

/// A problem's number as everybody says it.
pub fn number_text(number: i64) -> String {
    format!("P-{number}")
}

type Row = (
    String,
    i64,
    String,
    String,
    String,
    Option<AgentId>,
    i64,
    Option<i64>,
    i64,
);

const PROBLEM: &str = "SELECT p.id, p.number, p.subject, p.description, p.status, p.assignee_id, p.created_at, p.resolved_at, (SELECT COUNT(*) FROM problem_tickets t WHERE t.problem_id = p.id) FROM problems p";

fn from_row(row: Row) -> Result<Problem> {
    let (id, number, subject, description, status, assignee, created_at, resolved_at, tickets) = row;
    Ok(Problem {
        status: ProblemStatus::from_text(&status).ok_or_else(|| Error::corrupt("problem", &status))?,
        id,
        number,
        subject,
        description,
        assignee,
        created_at,
        resolved_at,
        tickets,
    })
}

/// One by id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &str) -> Result<Problem> {
    let row: Option<Row> = composed_sql(format!("{PROBLEM} WHERE p.id = $1"))
        .bind(id)
        .optional(on)
        .await?;
    row.map_or(Err(Error::NotFound), from_row)
}

/// Problems in one state, the newest first, before a number.
pub async fn list(on: impl On, status: ProblemStatus, before: Option<i64>, most: i64) -> Result<Vec<Problem>> {
    let rows: Vec<Row> = composed_sql(format!(
        "{PROBLEM} WHERE p.status = $1 AND p.number < $2 ORDER BY p.number DESC LIMIT $3"
    ))
    .bind(status.as_str())
    .bind(before.unwrap_or(i64::MAX))
    .bind(most)
    .all(on)
    .await?;
    rows.into_iter().map(from_row).collect()
}

/// The tickets that hang on a problem, oldest first.
pub async fn tickets_of(on: impl On, id: &str) -> Result<Vec<Ticket>> {
    composed_sql(format!(
        "SELECT {TICKET} FROM tickets WHERE id IN (SELECT ticket_id FROM problem_tickets WHERE problem_id = $1) ORDER BY number LIMIT {MOST}"
    ))
    .bind(id)
    .all(on)
    .await
}

async fn insert(tx: &mut Tx, actor: &Actor, subject: &str, description: &str, status: ProblemStatus) -> Result<String> {
    let subject = name("subject", subject, 300)?;
    let (id, now) = (tx.env().ulid(), tx.now());
    let number = tx.count("problem", 1).await?;
    sql("INSERT INTO problems (id, number, subject, description, status, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)")
        .bind(&id)
        .bind(number)
        .bind(subject)
        .bind(description.trim())
        .bind(status.as_str())
        .bind(now)
        .run(&mut *tx)
        .await?;
    audit::record(tx, actor, "problem.opened", &id, &json!({ "status": status })).await?;
    Ok(id)
}

/// Hangs a ticket on a problem, in a transaction that holds nothing yet of the ticket.
async fn hang_in(tx: &mut Tx, actor: &Actor, problem: &Problem, ticket: &TicketId) -> Result<()> {
    let (ticket, conversation) = solve::hold(tx, ticket).await?;
    if ticket.problem_id.as_deref() == Some(problem.id.as_str()) {
        return Ok(());
    }
    let now = tx.now();
    // It is a case of one problem at a time.
    sql("DELETE FROM problem_tickets WHERE ticket_id = $1 AND problem_id = $2")
        .bind(&ticket.id)
        .bind(ticket.problem_id.clone())
        .run(&mut *tx)
        .await?;
    sql("INSERT INTO problem_tickets (problem_id, ticket_id, at) VALUES ($1, $2, $3) ON CONFLICT (problem_id, ticket_id) DO NOTHING")
        .bind(&problem.id)
        .bind(&ticket.id)
        .bind(now)
        .run(&mut *tx)
        .await?;
    sql("UPDATE tickets SET problem_id = $2, updated_at = $3, version = version + 1 WHERE id = $1")
        .bind(&ticket.id)
        .bind(&problem.id)
        .bind(now)
        .run(&mut *tx)
        .await?;
    let what = json!({ "problem": number_text(problem.number) });
    history::record(tx, actor, &ticket.id, "problem", &what).await?;
    tx.emit(event(
        EventKind::TicketUpdated,
        &conversation.id,
        ticket.id.as_str(),
        actor,
        json!({ "number": ticket.number }),
    ));
    Ok(())
}

/// Opens a problem with the tickets that are cases of it.
///
/// # Errors
/// [`Error::Invalid`] without a subject; [`Error::NotFound`] for a ticket that is not there.
pub async fn open(
    store: &Store,
    actor: &Actor,
    subject: &str,
    description: &str,
    tickets: &[TicketId],
) -> Result<Problem> {
    if description.chars().count() > 20_000 {
        return Err(Error::Invalid("description: at most 20000 characters".to_owned()));
    }
    let mut tx = store.begin().await?;
    let id = insert(&mut tx, actor, subject, description, ProblemStatus::Open).await?;
    let problem = load(&mut tx, &id).await?;
    let mut tickets = tickets.to_vec();
    tickets.sort();
    tickets.dedup();
    for ticket in &tickets {
        hang_in(&mut tx, actor, &problem, ticket).await?;
    }
    finish(tx).await?;
    load(store.db(), &id).await
}

async fn finish(tx: Tx) -> Result<()> {
    tx.commit_any().await
}

/// Hangs one more ticket on a problem.
///
/// # Errors
/// [`Error::Conflict`] when the problem is over; [`Error::NotFound`].
pub async fn hang(store: &Store, actor: &Actor, id: &str, ticket: &TicketId) -> Result<()> {
    let mut tx = store.begin().await?;
    let problem = load(&mut tx, id).await?;
    if problem.status != ProblemStatus::Open {
        return Err(Error::Conflict("the problem is not worked on".to_owned()));
    }
    hang_in(&mut tx, actor, &problem, ticket).await?;
    finish(tx).await
}

/// Takes a ticket off its problem.
///
/// # Errors
/// [`Error::NotFound`] when it hangs on none.
pub async fn unhang(store: &Store, actor: &Actor, ticket: &TicketId) -> Result<()> {
    let mut tx = store.begin().await?;
    let (ticket, conversation) = solve::hold(&mut tx, ticket).await?;
    let problem = ticket.problem_id.clone().ok_or(Error::NotFound)?;
    sql("DELETE FROM problem_tickets WHERE problem_id = $1 AND ticket_id = $2")
        .bind(problem)
        .bind(&ticket.id)
        .run(&mut tx)
        .await?;
    sql("UPDATE tickets SET problem_id = NULL, version = version + 1 WHERE id = $1")
        .bind(&ticket.id)
        .run(&mut tx)
        .await?;
    history::record(&mut tx, actor, &ticket.id, "problem", &json!({ "problem": "–" })).await?;
    tx.emit(event(
        EventKind::TicketUpdated,
        &conversation.id,
        ticket.id.as_str(),
        actor,
        json!({ "number": ticket.number }),
    ));
    tx.commit().await.map(drop)
}

/// Suggests that tickets have one cause, when customers enough, [`SUGGEST_FROM`], wait for it with tickets that were
/// never part of a problem or a suggestion: who asks five times is one, and a ticket that is marked as a duplicate
/// counts nothing. Where it is suggested already and nobody decided, new ones join it; where it is worked on, nothing
/// is suggested a second time.
pub async fn suggest(store: &Store, subject: &str, tickets: &[TicketId]) -> Result<Option<Problem>> {
    let mut tx = store.begin().await?;
    tx.dialect().take_turns(vec!["problems".to_owned()]).await?;
    let mut seen = tickets.to_vec();
    seen.sort();
    seen.dedup();
    let (mut fresh, mut people) = (Vec::new(), HashSet::new());
    for ticket in &seen {
        let whose: Option<(ContactId,)> = sql("SELECT contact_id FROM tickets WHERE id = $1 AND status <> 'resolved' AND problem_id IS NULL AND NOT EXISTS (SELECT 1 FROM problem_tickets p WHERE p.ticket_id = tickets.id) AND NOT EXISTS (SELECT 1 FROM ticket_links l WHERE l.ticket_id = tickets.id AND l.kind = 'duplicate')")
            .bind(ticket)
            .optional(&mut tx)
            .await?;
        if let Some((contact,)) = whose {
            fresh.push(ticket.clone());
            people.insert(contact);
        }
    }
    let id = match known_already(&mut tx, &seen).await? {
        Some((_, ProblemStatus::Open)) => return Ok(None),
        Some((known, _)) if !fresh.is_empty() => known,
        None if people.len() >= SUGGEST_FROM => {
            insert(&mut tx, &Actor::System, subject, "", ProblemStatus::Suggested).await?
        }
        _ => return Ok(None),
    };
    let now = tx.now();
    for ticket in &fresh {
        sql("INSERT INTO problem_tickets (problem_id, ticket_id, at) VALUES ($1, $2, $3)")
            .bind(&id)
            .bind(ticket)
            .bind(now)
            .run(&mut tx)
            .await?;
    }
    tx.commit_silently().await?;
    load(store.db(), &id).await.map(Some)
}

/// The problem that some of these tickets are part of, or the suggestion that waits for a word; a problem before a
/// suggestion.
async fn known_already(tx: &mut Tx, tickets: &[TicketId]) -> Result<Option<(String, ProblemStatus)>> {
    let mut found: Option<(String, ProblemStatus)> = None;
    for ticket in tickets {
        let known: Vec<(String, String)> = sql("SELECT p.id, p.status FROM problem_tickets t JOIN problems p ON p.id = t.problem_id WHERE t.ticket_id = $1 AND p.status IN ('suggested', 'open') ORDER BY p.number")
            .bind(ticket)
            .all(&mut *tx)
            .await?;
        for (id, status) in known {
            match ProblemStatus::from_text(&status) {
                Some(ProblemStatus::Open) => return Ok(Some((id, ProblemStatus::Open))),
                Some(status) => {
                    found.get_or_insert((id, status));
                }
                None => {}
            }
        }
    }
    Ok(found)
}

/// Whether a suggestion is right: it becomes a problem with its tickets, or is never made again of them.
///
/// # Errors
/// [`Error::Conflict`] when it was decided already; [`Error::NotFound`].
pub async fn decide(store: &Store, actor: &Actor, id: &str, is_right: bool) -> Result<Problem> {
    let mut tx = store.begin().await?;
    let status = if is_right {
        ProblemStatus::Open
    } else {
        ProblemStatus::Dismissed
    };
    let now = tx.now();
    let changed = sql("UPDATE problems SET status = $2, updated_at = $3 WHERE id = $1 AND status = 'suggested'")
        .bind(id)
        .bind(status.as_str())
        .bind(now)
        .run(&mut tx)
        .await?;
    let problem = load(&mut tx, id).await?;
    if changed == 0 {
        return Err(Error::Conflict("the suggestion was decided already".to_owned()));
    }
    if is_right {
        let mut tickets: Vec<TicketId> = tickets_of(&mut tx, id).await?.into_iter().map(|one| one.id).collect();
        tickets.sort();
        for ticket in tickets {
            hang_in(&mut tx, actor, &problem, &ticket).await?;
        }
    }
    audit::record(&mut tx, actor, "problem.decided", id, &json!({ "status": status })).await?;
    finish(tx).await?;
    load(store.db(), id).await
}
