//! The promises: within which business time a ticket is answered first, answered next, and solved.

use serde::Serialize;
use serde_json::json;

use super::anew::set_anew;
use super::calendar::Calendar;
use super::kind::ClockKind;
use crate::audit;
use crate::conversations::Conversation;
use crate::db::{On, sql};
use crate::desk::{hours, inboxes, name, shift_in};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::store::{Store, Tx};
use crate::tickets::Ticket;
use crate::types::{Actor, InboxId, Level, Millis, Priority, TicketKind};

/// The most policies.
const MOST: usize = 100;

/// A promise, and what it is made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Its id; empty for a new one.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// At this level; `None` is every level. The next three likewise.
    pub level: Option<Level>,
    /// So urgent.
    pub priority: Option<Priority>,
    /// Of this kind.
    pub kind: Option<TicketKind>,
    /// In this inbox.
    pub inbox: Option<InboxId>,
    /// The business hours; `None` are those of the inbox, and without any every minute counts.
    pub schedule: Option<String>,
    /// Minutes until a person's first answer; 0 promises nothing. The next two likewise.
    pub first_minutes: i64,
    /// Minutes until each later answer, while the customer waits.
    pub next_minutes: i64,
    /// Minutes until it is solved; the time that it waits for the customer does not count.
    pub resolve_minutes: i64,
    /// So many percent of the time gone is near the end.
    pub warn_percent: i64,
    /// Whether it counts.
    pub is_enabled: bool,
}

impl Policy {
    pub(super) fn allowed(&self, kind: ClockKind) -> Millis {
        60_000
            * match kind {
                ClockKind::First => self.first_minutes,
                ClockKind::Next => self.next_minutes,
                ClockKind::Resolution => self.resolve_minutes,
            }
    }

    fn fits(&self, ticket: &Ticket, conversation: &Conversation) -> bool {
        self.is_enabled
            && self.level.is_none_or(|level| level == ticket.level)
            && self.priority.is_none_or(|priority| priority == ticket.priority)
            && self.kind.is_none_or(|kind| kind == ticket.kind)
            && self.inbox.as_ref().is_none_or(|inbox| *inbox == conversation.inbox_id)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    level: String,
    priority: String,
    kind: String,
    inbox_id: String,
    schedule_id: String,
    first_minutes: i64,
    next_minutes: i64,
    resolve_minutes: i64,
    warn_percent: i64,
    is_enabled: bool,
}

/// Every policy, in the order in which they are looked at.
pub async fn list(on: impl On) -> Result<Vec<Policy>> {
    let rows: Vec<Row> = sql("SELECT id, name, level, priority, kind, inbox_id, schedule_id, first_minutes, next_minutes, resolve_minutes, warn_percent, is_enabled FROM sla_policies ORDER BY rank, id")
        .all(on)
        .await?;
    let text = |text: String| Some(text).filter(|text| !text.is_empty());
    Ok(rows
        .into_iter()
        .map(|row| Policy {
            id: row.id,
            name: row.name,
            level: row.level.parse().ok(),
            priority: row.priority.parse().ok(),
            kind: row.kind.parse().ok(),
            inbox: text(row.inbox_id).map(InboxId::from),
            schedule: text(row.schedule_id),
            first_minutes: row.first_minutes,
            next_minutes: row.next_minutes,
            resolve_minutes: row.resolve_minutes,
            warn_percent: row.warn_percent,
            is_enabled: row.is_enabled,
        })
        .collect())
}

/// Keeps a policy; one without an id is new and goes last. Clocks that run are set anew by it, with the
/// time that is used up.
///
/// # Errors
/// [`Error::Invalid`] for a promise beyond ninety days, hours or an inbox that are not there;
/// [`Error::NotFound`].
pub async fn save(store: &Store, actor: &Actor, policy: &Policy) -> Result<Policy> {
    let called = name("name", &policy.name, 80)?;
    let minutes = [policy.first_minutes, policy.next_minutes, policy.resolve_minutes];
    if minutes.iter().any(|minutes| !(0..=super::LONGEST).contains(minutes)) {
        return Err(Error::Invalid(format!(
            "a promise is between 1 and {} minutes; 0 promises nothing",
            super::LONGEST
        )));
    }
    if minutes.iter().all(|minutes| *minutes == 0) {
        return Err(Error::Invalid("promise at least one thing".to_owned()));
    }
    if !(1..=99).contains(&policy.warn_percent) {
        return Err(Error::Invalid("warn_percent: from 1 to 99".to_owned()));
    }
    if let Some(id) = &policy.schedule {
        hours::load(store.db(), id).await.map_err(|error| match error {
            Error::NotFound => Error::Invalid("schedule: there are no such hours".to_owned()),
            other => other,
        })?;
    }
    if let Some(id) = &policy.inbox {
        crate::inboxes::load(store.db(), id)
            .await
            .map_err(|error| match error {
                Error::NotFound => Error::Invalid("inbox: there is no such inbox".to_owned()),
                other => other,
            })?;
    }
    let mut tx = store.begin().await?;
    tx.dialect().take_turns(vec!["policies".to_owned()]).await?;
    let all = list(&mut tx).await?;
    let (id, rank) = match all.iter().position(|one| one.id == policy.id) {
        Some(at) => (policy.id.clone(), at),
        None if policy.id.is_empty() && all.len() < MOST => (tx.env().ulid(), all.len()),
        None if policy.id.is_empty() => return Err(Error::Invalid(format!("{MOST} policies are the most"))),
        None => return Err(Error::NotFound),
    };
    let now = tx.now();
    sql("INSERT INTO sla_policies (id, name, rank, level, priority, kind, inbox_id, schedule_id, first_minutes, next_minutes, resolve_minutes, warn_percent, is_enabled, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, level = excluded.level, priority = excluded.priority, kind = excluded.kind, inbox_id = excluded.inbox_id, schedule_id = excluded.schedule_id, first_minutes = excluded.first_minutes, next_minutes = excluded.next_minutes, resolve_minutes = excluded.resolve_minutes, warn_percent = excluded.warn_percent, is_enabled = excluded.is_enabled, updated_at = excluded.updated_at")
        .bind(&id)
        .bind(&called)
        .bind(i64::try_from(rank).unwrap_or(0))
        .bind(policy.level.map_or("", Level::as_str))
        .bind(policy.priority.map_or("", Priority::as_str))
        .bind(policy.kind.map_or("", TicketKind::as_str))
        .bind(policy.inbox.as_ref().map_or("", InboxId::as_str))
        .bind(policy.schedule.clone().unwrap_or_default())
        .bind(policy.first_minutes)
        .bind(policy.next_minutes)
        .bind(policy.resolve_minutes)
        .bind(policy.warn_percent)
        .bind(policy.is_enabled)
        .bind(now)
        .run(&mut tx)
        .await?;
    done(tx, actor, &id, "policy.saved").await?;
    Ok(Policy {
        id,
        name: called,
        ..policy.clone()
    })
}

/// Throws a policy away.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(store: &Store, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    if sql("DELETE FROM sla_policies WHERE id = $1")
        .bind(id)
        .run(&mut tx)
        .await?
        == 0
    {
        return Err(Error::NotFound);
    }
    done(tx, actor, id, "policy.removed").await
}

/// Moves a policy one place forward or back.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn shift(store: &Store, actor: &Actor, id: &str, is_forward: bool) -> Result<()> {
    let mut tx = store.begin().await?;
    let mut order: Vec<String> = list(&mut tx).await?.into_iter().map(|one| one.id).collect();
    shift_in(&mut order, id, is_forward)?;
    for (id, rank) in order.iter().zip(0i64..) {
        sql("UPDATE sla_policies SET rank = $2 WHERE id = $1")
            .bind(id)
            .bind(rank)
            .run(&mut tx)
            .await?;
    }
    done(tx, actor, id, "policy.moved").await
}

async fn done(mut tx: Tx, actor: &Actor, id: &str, action: &str) -> Result<()> {
    set_anew(&mut tx).await?;
    audit::record(&mut tx, actor, action, id, &json!({})).await?;
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

/// What counts for a ticket: the first policy that fits, and its business hours.
pub(super) async fn for_ticket(
    on: impl On,
    ticket: &Ticket,
    conversation: &Conversation,
) -> Result<Option<(Policy, Option<Calendar>)>> {
    let mut on = on;
    let all = list(&mut on).await?;
    let Some(policy) = all.into_iter().find(|one| one.fits(ticket, conversation)) else {
        return Ok(None);
    };
    let schedule = match &policy.schedule {
        Some(id) => match hours::load(&mut on, id).await {
            Ok(schedule) => Some(schedule),
            Err(Error::NotFound) => None,
            Err(error) => return Err(error),
        },
        None => {
            let desk = inboxes::load(&mut on, &conversation.inbox_id).await?;
            inboxes::schedule(&mut on, &desk).await?
        }
    };
    Ok(Some((policy, schedule.as_ref().map(Calendar::of))))
}
