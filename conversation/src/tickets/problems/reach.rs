//! Problems as somebody sees them who does not see everything: by the tickets that they see. What none of those hangs on
//! is not there, and what others hang on as well is theirs to read, not to decide.

use super::{PROBLEM, Problem, ProblemStatus, Row, from_row, load, tickets_of};
use crate::db::{On, composed_sql};
use crate::error::{Error, Result};
use crate::scope::Scope;
use crate::tickets::Ticket;
use crate::types::TicketId;

/// How much of a problem somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All of its tickets.
    Whole,
    /// Only those that they see; others hang on it as well.
    Part,
}

/// The tickets `k` of problem `p` that an agent sees, who is `$1`.
fn theirs(scope: &Scope) -> String {
    let seen = scope.condition("k.contact_id", "c", "$1");
    format!(
        "FROM problem_tickets t JOIN tickets k ON k.id = t.ticket_id JOIN conversations c ON c.id = k.conversation_id WHERE t.problem_id = p.id{seen}"
    )
}

/// As [`super::list`], for who does not see everything: those that a ticket hangs on that they see, with these counted.
pub async fn list(
    on: impl On,
    scope: &Scope,
    status: ProblemStatus,
    before: Option<i64>,
    most: i64,
) -> Result<Vec<Problem>> {
    let mut on = on;
    let rows: Vec<Row> = composed_sql(format!(
        "{PROBLEM} WHERE p.status = $2 AND p.number < $3 AND EXISTS (SELECT 1 {}) ORDER BY p.number DESC LIMIT $4",
        theirs(scope)
    ))
    .bind(&scope.agent)
    .bind(status.as_str())
    .bind(before.unwrap_or(i64::MAX))
    .bind(most)
    .all(&mut on)
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let mut problem = from_row(row)?;
        problem.tickets = count(&mut on, scope, &problem.id).await?;
        found.push(problem);
    }
    Ok(found)
}

async fn count(on: impl On, scope: &Scope, problem: &str) -> Result<i64> {
    let (count,): (i64,) = composed_sql(format!(
        "SELECT (SELECT COUNT(*) {}) FROM problems p WHERE p.id = $2",
        theirs(scope)
    ))
    .bind(&scope.agent)
    .bind(problem)
    .one(on)
    .await?;
    Ok(count)
}

/// A problem with its tickets, oldest first, as somebody sees it, and how much of it that is. With `None` it is
/// seen whole.
///
/// # Errors
/// [`Error::NotFound`], also where they see none of its tickets.
pub async fn seen(on: impl On, scope: Option<&Scope>, id: &str) -> Result<(Problem, Vec<Ticket>, Reach)> {
    let mut on = on;
    let mut problem = load(&mut on, id).await?;
    let mut tickets = tickets_of(&mut on, id).await?;
    let Some(scope) = scope else {
        return Ok((problem, tickets, Reach::Whole));
    };
    let rows: Vec<(TicketId,)> = composed_sql(format!(
        "SELECT k.id FROM problems p, tickets k WHERE p.id = $2 AND k.id IN (SELECT k.id {})",
        theirs(scope)
    ))
    .bind(&scope.agent)
    .bind(id)
    .all(&mut on)
    .await?;
    tickets.retain(|ticket| rows.iter().any(|(seen,)| *seen == ticket.id));
    let theirs = count(&mut on, scope, id).await?;
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
