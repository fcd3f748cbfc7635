//! What happened to a ticket, for those who have to know later.

use serde::Serialize;
use serde_json::{Value, json};

use super::Ticket;
use crate::conversations::Conversation;
use crate::db::{On, sql};
use crate::error::Result;
use crate::store::Tx;
use crate::types::{Actor, Millis, TicketId, TicketStatus};

/// The most that is shown of it.
pub const MOST: i64 = 200;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Who did it.
    pub actor: Actor,
    /// What: `opened`, `status`, `level`, `assignee`, `priority`, `kind`, `category`, `subject`, `field`, `linked`,
    /// `unlinked`, `reference`, `problem`, `asked`, `confirmed`, `denied`, `near`, `breached`, `diagnosed`.
    pub what: String,
    /// Small facts: `from` and `to` where something changed.
    pub data: Value,
    /// When.
    pub at: Millis,
}

/// Writes it down.
pub(crate) async fn record(tx: &mut Tx, actor: &Actor, ticket: &TicketId, what: &str, data: &Value) -> Result<()> {
    let (id, now) = (tx.env().ulid(), tx.now());
    sql("INSERT INTO ticket_history (id, ticket_id, actor, what, data, at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id)
        .bind(ticket)
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .bind(what)
        .bind(data.to_string())
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Writes down what a ticket took over from its conversation.
pub(super) async fn followed(
    tx: &mut Tx,
    actor: &Actor,
    was: &Ticket,
    now: &Conversation,
    status: TicketStatus,
) -> Result<()> {
    let changes = [
        ("status", json!(was.status), json!(status)),
        ("level", json!(was.level), json!(now.level)),
        ("assignee", json!(was.assignee_id), json!(now.assignee_id)),
        ("priority", json!(was.priority), json!(now.priority)),
    ];
    for (what, from, to) in changes {
        if from != to {
            record(tx, actor, &was.id, what, &json!({ "from": from, "to": to })).await?;
        }
    }
    Ok(())
}

/// What happened to a ticket, the newest first.
pub async fn of(on: impl On, ticket: &TicketId) -> Result<Vec<Entry>> {
    let rows: Vec<(String, String, String, i64)> =
        sql("SELECT actor, what, data, at FROM ticket_history WHERE ticket_id = $1 ORDER BY id DESC LIMIT $2")
            .bind(ticket)
            .bind(MOST)
            .all(on)
            .await?;
    rows.into_iter()
        .map(|(actor, what, data, at)| {
            let of = format!("history of ticket {ticket}");
            Ok(Entry {
                actor: crate::desk::from_json(&of, &actor)?,
                data: crate::desk::from_json(&of, &data)?,
                what,
                at,
            })
        })
        .collect()
}
