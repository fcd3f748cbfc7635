//! One answer to all tickets of a problem. Each ticket is a row, answered in a commit of its own, so that a restart
//! goes on where it was.

use serde::Serialize;
use serde_json::json;

use super::{MOST, ProblemStatus, finish, load, tickets_of};
use crate::audit;
use crate::conversations;
use crate::db::{On, sql};
use crate::desk::{Texts, from_json};
use crate::error::{Error, Result};
use crate::reply::{NewReply, ReplyKind, reply_in};
use crate::store::Store;
use crate::tickets::{Ticket, load as load_ticket, notices, solve};
use crate::types::{Actor, MessageId, Millis, TicketId, TicketStatus};

/// One answer to all tickets of a problem, as it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Its id.
    pub id: String,
    /// Whether it solves the tickets.
    pub is_solution: bool,
    /// How many tickets.
    pub total: i64,
    /// How many are answered.
    pub done: i64,
    /// How many could not be answered: the customer cannot be reached.
    pub failed: i64,
    /// When it was begun.
    pub created_at: Millis,
    /// When the last one was done.
    pub finished_at: Option<Millis>,
}

/// The answers of a problem, the newest first; at most ten.
pub async fn answers(on: impl On, id: &str) -> Result<Vec<Progress>> {
    let rows: Vec<(String, bool, i64, i64, i64, i64, Option<i64>)> = sql("SELECT a.id, a.is_solution, a.total, (SELECT COUNT(*) FROM problem_answer_items i WHERE i.answer_id = a.id AND i.state = 'done'), (SELECT COUNT(*) FROM problem_answer_items i WHERE i.answer_id = a.id AND i.state = 'failed'), a.created_at, a.finished_at FROM problem_answers a WHERE a.problem_id = $1 ORDER BY a.id DESC LIMIT 10")
        .bind(id)
        .all(on)
        .await?;
    Ok(rows
        .into_iter()
        .map(
            |(id, is_solution, total, done, failed, created_at, finished_at)| Progress {
                id,
                is_solution,
                total,
                done,
                failed,
                created_at,
                finished_at,
            },
        )
        .collect())
}

/// Answers every unsolved ticket of a problem, each on its customer's channel and in their language, and
/// closes them where it is the solution. [`work`] carries it out.
///
/// # Errors
/// [`Error::Invalid`] without words; [`Error::Conflict`] when the problem is not worked on or is being
/// answered; [`Error::NotFound`].
pub async fn answer(store: &Store, actor: &Actor, id: &str, texts: &Texts, is_solution: bool) -> Result<()> {
    texts.check("texts")?;
    if texts.is_empty() {
        return Err(Error::Invalid("write the answer in one language at least".to_owned()));
    }
    let mut tx = store.begin().await?;
    tx.dialect().take_turns(vec![format!("problem {id}")]).await?;
    let problem = load(&mut tx, id).await?;
    if problem.status != ProblemStatus::Open {
        return Err(Error::Conflict("the problem is not worked on".to_owned()));
    }
    if answers(&mut tx, id).await?.iter().any(|one| one.finished_at.is_none()) {
        return Err(Error::Conflict("the tickets are being answered already".to_owned()));
    }
    let tickets: Vec<Ticket> = tickets_of(&mut tx, id)
        .await?
        .into_iter()
        .filter(|ticket| ticket.status != TicketStatus::Resolved)
        .collect();
    let (answer, now) = (tx.env().ulid(), tx.now());
    sql("INSERT INTO problem_answers (id, problem_id, texts, is_solution, actor, total, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(&answer)
        .bind(id)
        .bind(texts.to_json())
        .bind(is_solution)
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .bind(i64::try_from(tickets.len()).unwrap_or(MOST))
        .bind(now)
        .run(&mut tx)
        .await?;
    for ticket in tickets {
        let message = tx.env().ulid();
        sql("INSERT INTO problem_answer_items (answer_id, ticket_id, message_id, state, error) VALUES ($1, $2, $3, 'waiting', '')")
            .bind(&answer)
            .bind(&ticket.id)
            .bind(message)
            .run(&mut tx)
            .await?;
    }
    audit::record(
        &mut tx,
        actor,
        "problem.answered",
        id,
        &json!({ "is_solution": is_solution }),
    )
    .await?;
    tx.commit_silently().await
}

/// Carries answers on, a few tickets at a time; returns how many. Call it again.
pub async fn work(store: &Store) -> Result<usize> {
    const AT_ONCE: i64 = 20;
    let open: Vec<(String, String, String, bool, String)> =
        sql("SELECT id, problem_id, texts, is_solution, actor FROM problem_answers WHERE finished_at IS NULL ORDER BY id LIMIT 5")
            .all(store.db())
            .await?;
    let mut count = 0;
    for (id, problem, texts, is_solution, actor) in open {
        let texts = Texts::from_json("answer of a problem", &texts)?;
        let actor: Actor = from_json("answer of a problem", &actor)?;
        let items: Vec<(TicketId, MessageId)> = sql("SELECT ticket_id, message_id FROM problem_answer_items WHERE answer_id = $1 AND state = 'waiting' ORDER BY ticket_id LIMIT $2")
            .bind(&id)
            .bind(AT_ONCE)
            .all(store.db())
            .await?;
        if items.is_empty() {
            over(store, &id, &problem, is_solution).await?;
        }
        for (ticket, message) in items {
            if one(store, &actor, &id, &ticket, message, &texts, is_solution).await? {
                count += 1;
            }
        }
    }
    Ok(count)
}

/// Answers one ticket, if nobody else did.
async fn one(
    store: &Store,
    actor: &Actor,
    answer: &str,
    id: &TicketId,
    message: MessageId,
    texts: &Texts,
    is_solution: bool,
) -> Result<bool> {
    let mut tx = store.begin().await?;
    let (ticket, conversation) = solve::hold(&mut tx, id).await?;
    let taken = sql(
        "UPDATE problem_answer_items SET state = 'done' WHERE answer_id = $1 AND ticket_id = $2 AND state = 'waiting'",
    )
    .bind(answer)
    .bind(id)
    .run(&mut tx)
    .await?;
    if taken == 0 {
        return Ok(false);
    }
    let mut error = String::new();
    // Somebody may have solved it meanwhile: then there is nothing to say.
    if ticket.status != TicketStatus::Resolved
        && let Some((_, words)) = texts.pick(conversation.language)
    {
        let text = notices::filled(&mut tx, &conversation, &ticket, words).await?;
        let new = NewReply::of(message, &conversation.id, ReplyKind::Customer, text);
        let mark = tx.mark().await?;
        match reply_in(&mut tx, actor, new).await {
            Ok(_) => tx.keep(mark).await?,
            Err(Error::Invalid(why)) => {
                tx.back_to(mark).await?;
                error = why;
            }
            Err(other) => return Err(other),
        }
        if is_solution {
            let conversation = conversations::lock(&mut tx, &conversation.id).await?;
            let ticket = load_ticket(&mut tx, id).await?;
            solve::close_in(&mut tx, actor, &ticket, &conversation).await?;
        }
    }
    if !error.is_empty() {
        sql("UPDATE problem_answer_items SET state = 'failed', error = $3 WHERE answer_id = $1 AND ticket_id = $2")
            .bind(answer)
            .bind(id)
            .bind(error)
            .run(&mut tx)
            .await?;
    }
    finish(tx).await?;
    Ok(true)
}

async fn over(store: &Store, answer: &str, problem: &str, is_solution: bool) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let changed = sql("UPDATE problem_answers SET finished_at = $2 WHERE id = $1 AND finished_at IS NULL")
        .bind(answer)
        .bind(now)
        .run(&mut tx)
        .await?;
    if changed > 0 && is_solution {
        sql("UPDATE problems SET status = 'resolved', resolved_at = $2, updated_at = $2 WHERE id = $1 AND status = 'open'")
            .bind(problem)
            .bind(now)
            .run(&mut tx)
            .await?;
    }
    tx.commit_silently().await
}
