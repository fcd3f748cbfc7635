//! Problems as a coordinator sees them: by the tickets of their companies. What none of those hangs on is not
//! there, and what others hang on as well is theirs to read, not to decide.

use super::{PROBLEM, Problem, ProblemStatus, Row, from_row, load, tickets_of};
use crate::db::{On, composed_sql, sql};
use crate::error::{Error, Result};
use crate::tickets::Ticket;
use crate::types::{AgentId, ContactId};

/// How much of a problem somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All of its tickets.
    Whole,
    /// Only tickets of a coordinator's companies; others hang on it as well.
    Part,
}

/// The tickets of problem `p` whose customers are of a coordinator's companies; the coordinator is `$1`.
const THEIRS: &str = "FROM problem_tickets t JOIN tickets k ON k.id = t.ticket_id JOIN contacts c ON c.id = k.contact_id JOIN agent_companies a ON a.company_id = c.company_id WHERE t.problem_id = p.id AND a.agent_id = $1";

/// As [`super::list`], for a coordinator: those that a ticket of their companies hangs on, with these counted.
pub async fn list(
    on: impl On,
    coordinator: &AgentId,
    status: ProblemStatus,
    before: Option<i64>,
    most: i64,
) -> Result<Vec<Problem>> {
    let mut on = on;
    let rows: Vec<Row> = composed_sql(format!(
        "{PROBLEM} WHERE p.status = $2 AND p.number < $3 AND EXISTS (SELECT 1 {THEIRS}) ORDER BY p.number DESC LIMIT $4"
    ))
    .bind(coordinator)
    .bind(status.as_str())
    .bind(before.unwrap_or(i64::MAX))
    .bind(most)
    .all(&mut on)
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let mut problem = from_row(row)?;
        problem.tickets = count(&mut on, coordinator, &problem.id).await?;
        found.push(problem);
    }
    Ok(found)
}

async fn count(on: impl On, coordinator: &AgentId, problem: &str) -> Result<i64> {
    let (count,): (i64,) = composed_sql(format!(
        "SELECT (SELECT COUNT(*) {THEIRS}) FROM problems p WHERE p.id = $2"
    ))
    .bind(coordinator)
    .bind(problem)
    .one(on)
    .await?;
    Ok(count)
}

/// A problem with its tickets, oldest first, as somebody sees it, and how much of it that is. With `None` it is
/// seen whole.
///
/// # Errors
/// [`Error::NotFound`], also where none of its tickets is in the coordinator's reach.
pub async fn seen(on: impl On, coordinator: Option<&AgentId>, id: &str) -> Result<(Problem, Vec<Ticket>, Reach)> {
    let mut on = on;
    let mut problem = load(&mut on, id).await?;
    let mut tickets = tickets_of(&mut on, id).await?;
    let Some(coordinator) = coordinator else {
        return Ok((problem, tickets, Reach::Whole));
    };
    let rows: Vec<(ContactId,)> = sql("SELECT DISTINCT k.contact_id FROM problem_tickets t JOIN tickets k ON k.id = t.ticket_id JOIN contacts c ON c.id = k.contact_id JOIN agent_companies a ON a.company_id = c.company_id WHERE t.problem_id = $1 AND a.agent_id = $2")
        .bind(id)
        .bind(coordinator)
        .all(&mut on)
        .await?;
    tickets.retain(|ticket| rows.iter().any(|(contact,)| *contact == ticket.contact_id));
    let theirs = count(&mut on, coordinator, id).await?;
    if theirs == 0 {
        return Err(Error::NotFound);
    }
    let reach = if theirs == problem.tickets {
        Reach::Whole
    } else {
        Reach::Part
    };
    problem.tickets = theirs;
    Ok((problem, tickets, reach))
}
