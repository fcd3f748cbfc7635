//! How the work of an inbox is done: signature, sharing out, hours, silence.

use serde::Serialize;
use serde_json::json;

use super::Texts;
use super::hours::{self, Schedule};
use super::rules::timed;
use crate::audit;
use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::types::{Actor, InboxId, Millis};

/// How the work of an inbox is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct InboxDesk {
    /// What stands under its mails, below the agent's own.
    pub signature: Texts,
    /// New work is given to agents in turn.
    pub is_shared_out: bool,
    /// Its business hours; `None` is always open.
    pub schedule: Option<String>,
    /// What a customer who writes outside the hours is told, once in a conversation.
    pub autoreply: Texts,
    /// A customer who is silent for so long after our answer is warned; milliseconds, 0 is never.
    pub warn_after: Millis,
    /// So long after the warning the conversation is resolved; milliseconds.
    pub close_after: Millis,
    /// The words of the warning.
    pub warning: Texts,
}

type Row = (String, bool, Option<String>, String, i64, i64, String);

/// The desk of an inbox; the defaults when nobody said anything.
pub async fn load(on: impl On, inbox: &InboxId) -> Result<InboxDesk> {
    let row: Option<Row> = sql("SELECT signature, is_shared_out, schedule_id, autoreply, warn_after, close_after, warning FROM inbox_desks WHERE inbox_id = $1")
        .bind(inbox)
        .optional(on)
        .await?;
    let Some((signature, is_shared_out, schedule, autoreply, warn_after, close_after, warning)) = row else {
        return Ok(InboxDesk::default());
    };
    let what = format!("desk of inbox {inbox}");
    Ok(InboxDesk {
        signature: Texts::from_json(&what, &signature)?,
        is_shared_out,
        schedule,
        autoreply: Texts::from_json(&what, &autoreply)?,
        warn_after,
        close_after,
        warning: Texts::from_json(&what, &warning)?,
    })
}

/// The business hours of an inbox.
pub async fn schedule(on: impl On, desk: &InboxDesk) -> Result<Option<Schedule>> {
    match &desk.schedule {
        Some(id) => match hours::load(on, id).await {
            Ok(schedule) => Ok(Some(schedule)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        },
        None => Ok(None),
    }
}

/// Says how the work of an inbox is done.
///
/// # Errors
/// [`Error::Invalid`] for spans of silence outside an hour to a year, a warning without words, or hours
/// that are not there; [`Error::NotFound`].
pub async fn save(store: &Store, actor: &Actor, inbox: &InboxId, desk: &InboxDesk) -> Result<()> {
    const HOUR: Millis = 3_600_000;
    const YEAR: Millis = 366 * 24 * HOUR;
    desk.signature.check("signature")?;
    desk.autoreply.check("autoreply")?;
    desk.warning.check("warning")?;
    if desk.warn_after != 0 {
        if !(HOUR..=YEAR).contains(&desk.warn_after) || !(HOUR..=YEAR).contains(&desk.close_after) {
            return Err(Error::Invalid(
                "silence: from one hour to a year, before the warning and after it".to_owned(),
            ));
        }
        if desk.warning.is_empty() {
            return Err(Error::Invalid(
                "warning: write the words in one language at least".to_owned(),
            ));
        }
    }
    if let Some(id) = &desk.schedule {
        hours::load(store.db(), id).await.map_err(|error| match error {
            Error::NotFound => Error::Invalid("schedule: there are no such hours".to_owned()),
            other => other,
        })?;
    }
    crate::inboxes::load(store.db(), inbox).await?;
    let mut tx = store.begin().await?;
    sql("INSERT INTO inbox_desks (inbox_id, signature, is_shared_out, schedule_id, autoreply, warn_after, close_after, warning) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (inbox_id) DO UPDATE SET signature = excluded.signature, is_shared_out = excluded.is_shared_out, schedule_id = excluded.schedule_id, autoreply = excluded.autoreply, warn_after = excluded.warn_after, close_after = excluded.close_after, warning = excluded.warning")
        .bind(inbox)
        .bind(desk.signature.to_json())
        .bind(desk.is_shared_out)
        .bind(desk.schedule.clone())
        .bind(desk.autoreply.to_json())
        .bind(desk.warn_after)
        .bind(desk.close_after)
        .bind(desk.warning.to_json())
        .run(&mut tx)
        .await?;
    timed::count_again_in(&mut tx).await?;
    audit::record(&mut tx, actor, "inbox.desk_saved", inbox.as_str(), &json!({})).await?;
    tx.commit_silently().await
}
