//! How long a customer may wait: a plain limit by urgency for every conversation, and policies for
//! tickets, whose clocks count business hours ([`policies`], [`clocks`]).
//!
//! A conversation is due when the first of them runs out. Every commit that touches it writes that
//! down (`stamp_positions`).

pub(crate) mod anew;
pub mod calendar;
pub mod clocks;
mod kind;
pub mod policies;

use serde_json::json;

use crate::audit;
use crate::db::{On, composed_sql, sql};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::store::Store;
use crate::types::{Actor, Priority};

/// The longest limit, in minutes: ninety days.
pub const LONGEST: i64 = 90 * 24 * 60;

/// When a conversation is due, in terms of its row: the plain limit, or the earliest clock of its tickets.
pub(crate) const DUE: &str = "(SELECT MIN(d.at) FROM (SELECT conversations.waiting_since + (SELECT s.minutes * 60000 FROM sla_targets s WHERE s.priority = conversations.priority) AS at UNION ALL SELECT t.due_at FROM tickets t WHERE t.conversation_id = conversations.id AND t.status <> 'resolved') AS d)";

/// The limits in minutes; an urgency without a row has none.
pub async fn targets(on: impl On) -> Result<Vec<(Priority, i64)>> {
    sql("SELECT priority, minutes FROM sla_targets ORDER BY minutes, priority")
        .all(on)
        .await
}

/// Sets all limits at once; what waits already is measured by them from now on.
///
/// # Errors
/// [`Error::Invalid`] for less than a minute or more than [`LONGEST`].
pub async fn set(store: &Store, actor: &Actor, targets: &[(Priority, i64)]) -> Result<()> {
    if targets.iter().any(|(_, minutes)| !(1..=LONGEST).contains(minutes)) {
        return Err(Error::Invalid(format!("a limit is between 1 and {LONGEST} minutes")));
    }
    let mut tx = store.begin().await?;
    sql("DELETE FROM sla_targets WHERE minutes > 0").run(&mut tx).await?;
    for (priority, minutes) in targets {
        sql("INSERT INTO sla_targets (priority, minutes) VALUES ($1, $2) ON CONFLICT (priority) DO UPDATE SET minutes = excluded.minutes")
            .bind(*priority)
            .bind(*minutes)
            .run(&mut tx)
            .await?;
    }
    composed_sql(format!(
        "UPDATE conversations SET due_at = {DUE} WHERE waiting_since IS NOT NULL AND merged_into IS NULL"
    ))
    .run(&mut tx)
    .await?;
    audit::record(&mut tx, actor, "sla.changed", "sla", &json!({ "targets": targets })).await?;
    tx.emit(NewEvent {
        kind: EventKind::SlaUpdated,
        conversation: None,
        subject: "sla".to_owned(),
        actor: actor.clone(),
        data: json!({}),
    });
    tx.commit().await?;
    Ok(())
}
