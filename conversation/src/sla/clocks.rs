//! The clocks of tickets. Each is a row that says how much time is used up, since when it runs, and
//! when it runs out, so that lists sort by an index and nothing has to be counted to show them.
//!
//! A clock is never told what happened: [`refresh_in`] compares what it should be, given ticket and
//! conversation, with what it is. Doing it twice changes nothing.

use serde::Serialize;
use serde_json::json;

use super::calendar::{self, Calendar};
use super::policies::{self, Policy};
use crate::conversations::{self, Conversation};
use crate::db::{On, composed_sql, sql};
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::lifecycle::UNTIL_REPLY;
use crate::store::{Store, Tx, event};
use crate::tickets::{self, TICKET, Ticket, history};
use crate::types::{Actor, ConversationId, Millis, TicketId, TicketStatus};

/// What a clock measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// Until a person answers first.
    First,
    /// Until the customer who waits is answered.
    Next,
    /// Until it is solved.
    Resolution,
}

impl ClockKind {
    /// Every clock.
    pub const ALL: [ClockKind; 3] = [ClockKind::First, ClockKind::Next, ClockKind::Resolution];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            ClockKind::First => "first",
            ClockKind::Next => "next",
            ClockKind::Resolution => "resolution",
        }
    }

    fn from_text(text: &str) -> Result<ClockKind> {
        ClockKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Error::corrupt("clock", text))
    }
}

/// One clock of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clock {
    /// What it measures.
    pub kind: ClockKind,
    /// The policy that it follows.
    pub policy: String,
    /// Business time that is allowed, in milliseconds.
    pub allowed: Millis,
    /// Business time that was used up before it runs now.
    pub spent: Millis,
    /// When it began.
    pub started_at: Millis,
    /// Since when it runs; `None` while it is held or over.
    pub running_since: Option<Millis>,
    /// When it was stopped: answered, solved.
    pub stopped_at: Option<Millis>,
    /// When it runs out, while it runs.
    pub due_at: Option<Millis>,
    /// When it is near its end, while it runs.
    pub warn_at: Option<Millis>,
    /// When somebody was told that it is near.
    pub warned_at: Option<Millis>,
    /// When it was found to have run out.
    pub breached_at: Option<Millis>,
    /// How often it was kept.
    pub kept: i64,
    /// How often it was broken.
    pub broken: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    policy_id: String,
    allowed: Millis,
    spent: Millis,
    started_at: Millis,
    running_since: Option<Millis>,
    stopped_at: Option<Millis>,
    due_at: Option<Millis>,
    warn_at: Option<Millis>,
    warned_at: Option<Millis>,
    breached_at: Option<Millis>,
    kept: i64,
    broken: i64,
}

/// The clocks of a ticket, in the order of [`ClockKind::ALL`].
pub async fn of(on: impl On, ticket: &TicketId) -> Result<Vec<Clock>> {
    let rows: Vec<Row> = sql("SELECT kind, policy_id, allowed, spent, started_at, running_since, stopped_at, due_at, warn_at, warned_at, breached_at, kept, broken FROM ticket_clocks WHERE ticket_id = $1")
        .bind(ticket)
        .all(on)
        .await?;
    let mut clocks = rows
        .into_iter()
        .map(|row| {
            Ok(Clock {
                kind: ClockKind::from_text(&row.kind)?,
                policy: row.policy_id,
                allowed: row.allowed,
                spent: row.spent,
                started_at: row.started_at,
                running_since: row.running_since,
                stopped_at: row.stopped_at,
                due_at: row.due_at,
                warn_at: row.warn_at,
                warned_at: row.warned_at,
                breached_at: row.breached_at,
                kept: row.kept,
                broken: row.broken,
            })
        })
        .collect::<Result<Vec<Clock>>>()?;
    clocks.sort_by_key(|clock| clock.kind);
    Ok(clocks)
}

/// What a ticket's life says about its clocks.
struct Facts {
    /// When a person answered first since the ticket was opened.
    answered_at: Option<Millis>,
    /// Since when the customer waits.
    waiting_since: Option<Millis>,
    /// The customer has to act: nothing counts.
    is_held: bool,
    resolved_at: Option<Millis>,
    created_at: Millis,
}

async fn facts(on: impl On, ticket: &Ticket, conversation: &Conversation) -> Result<Facts> {
    let answered: Option<(i64,)> = sql("SELECT at FROM messages WHERE conversation_id = $1 AND at >= $2 AND kind = 'outbound' AND author_kind IN ('agent', 'api') ORDER BY at, id LIMIT 1")
        .bind(&conversation.id)
        .bind(ticket.created_at)
        .optional(on)
        .await?;
    let is_held = match ticket.status {
        TicketStatus::Confirming => true,
        TicketStatus::Waiting => conversation.snoozed_until.is_none_or(|until| until == UNTIL_REPLY),
        _ => false,
    };
    Ok(Facts {
        answered_at: answered.map(|(at,)| at),
        waiting_since: conversation.waiting_since,
        is_held,
        resolved_at: ticket.resolved_at,
        created_at: ticket.created_at,
    })
}

/// Where a clock should stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Should {
    /// It has nothing to measure yet.
    NotBe,
    /// It runs, for what began then.
    Run(Millis),
    /// It waits for the customer.
    Hold,
    /// It is over since then.
    Stop(Millis),
}

fn should(kind: ClockKind, facts: &Facts, at: Millis) -> Should {
    if let Some(resolved) = facts.resolved_at {
        return Should::Stop(resolved);
    }
    match kind {
        ClockKind::First => match (facts.answered_at, facts.waiting_since) {
            (Some(answered), _) => Should::Stop(answered),
            (None, _) if facts.is_held => Should::Hold,
            (None, Some(_)) => Should::Run(facts.created_at),
            // Nobody waits for a first answer: an agent opened it while talking.
            (None, None) => Should::NotBe,
        },
        ClockKind::Next => match (facts.answered_at, facts.waiting_since) {
            (None, _) => Should::NotBe,
            (Some(_), _) if facts.is_held => Should::Hold,
            (Some(_), Some(since)) => Should::Run(since.max(facts.created_at)),
            (Some(_), None) => Should::Stop(at),
        },
        ClockKind::Resolution if facts.is_held => Should::Hold,
        ClockKind::Resolution => Should::Run(facts.created_at),
    }
}

impl Clock {
    fn begun(kind: ClockKind, at: Millis) -> Clock {
        Clock {
            kind,
            policy: String::new(),
            allowed: 0,
            spent: 0,
            started_at: at,
            running_since: None,
            stopped_at: None,
            due_at: None,
            warn_at: None,
            warned_at: None,
            breached_at: None,
            kept: 0,
            broken: 0,
        }
    }

    /// Stops counting at a moment.
    fn hold(&mut self, calendar: Option<&Calendar>, at: Millis) {
        if let Some(since) = self.running_since.take() {
            self.spent += calendar::between(calendar, since, at);
        }
        (self.due_at, self.warn_at) = (None, None);
    }

    /// Counts from a moment on.
    fn run(&mut self, policy: &Policy, calendar: Option<&Calendar>, from: Millis) {
        self.running_since = Some(from);
        self.due_at = calendar::after(calendar, from, self.allowed - self.spent);
        let near = self.allowed / 100 * policy.warn_percent;
        self.warn_at = calendar::after(calendar, from, near - self.spent).filter(|at| Some(*at) < self.due_at);
    }

    fn stop(&mut self, calendar: Option<&Calendar>, at: Millis) {
        if self.stopped_at.is_some() {
            return;
        }
        self.hold(calendar, at);
        self.stopped_at = Some(at);
        match self.breached_at {
            Some(_) => {}
            // It ran out, and nobody looked before it was stopped: it is broken all the same.
            None if self.spent > self.allowed => {
                self.breached_at = Some(at);
                self.broken += 1;
            }
            None => self.kept += 1,
        }
    }

    /// What it is after an event at a moment; `None` when there is nothing to measure.
    fn moved(
        was: Option<&Clock>,
        kind: ClockKind,
        facts: &Facts,
        policy: &Policy,
        calendar: Option<&Calendar>,
        at: Millis,
    ) -> Option<Clock> {
        let allowed = policy.allowed(kind);
        let should = should(kind, facts, at);
        if was.is_none() && (allowed == 0 || !matches!(should, Should::Run(_) | Should::Hold)) {
            return None;
        }
        let mut clock = was.cloned().unwrap_or_else(|| {
            let started = match should {
                Should::Run(from) => from,
                _ => facts.created_at,
            };
            Clock::begun(kind, started)
        });
        match should {
            Should::NotBe | Should::Hold => clock.hold(calendar, at),
            Should::Stop(when) => clock.stop(calendar, when),
            Should::Run(from) => {
                let mut is_fresh = was.is_none();
                if let Some(stopped) = clock.stopped_at {
                    if kind == ClockKind::Next && from > stopped {
                        // The customer wrote again: it is promised again.
                        clock = Clock {
                            kept: clock.kept,
                            broken: clock.broken,
                            ..Clock::begun(kind, from)
                        };
                        is_fresh = true;
                    } else {
                        // Opened again: what was used up stays used up.
                        clock.stopped_at = None;
                        if clock.breached_at.is_none() {
                            clock.kept -= 1;
                        }
                    }
                }
                let is_changed = clock.policy != policy.id || clock.allowed != allowed;
                if is_changed {
                    clock.hold(calendar, at);
                    clock.policy.clone_from(&policy.id);
                    clock.allowed = allowed;
                }
                if allowed == 0 {
                    clock.hold(calendar, at);
                } else {
                    // A new clock counts from its beginning, one that was held from now, and one that
                    // runs goes on by the hours as they are now.
                    let fallback = if is_fresh { from } else { at };
                    let since = clock.running_since.unwrap_or(fallback);
                    clock.run(policy, calendar, since);
                }
                let is_ahead = |moment: Option<Millis>| moment.is_some_and(|moment| moment > at);
                if is_changed && is_ahead(clock.due_at) {
                    // More time than before: it is not broken any more, and may come near again.
                    if clock.breached_at.take().is_some() {
                        clock.broken -= 1;
                    }
                    if is_ahead(clock.warn_at) {
                        clock.warned_at = None;
                    }
                }
            }
        }
        Some(clock)
    }
}

/// Brings the clocks of a ticket up to what they should be since an event at `at`. The transaction
/// holds the conversation. Returns whether anything changed that lists show.
pub(crate) async fn refresh_in(tx: &mut Tx, ticket: &Ticket, conversation: &Conversation, at: Millis) -> Result<bool> {
    let before = of(&mut *tx, &ticket.id).await?;
    let found = policies::for_ticket(&mut *tx, ticket, conversation).await?;
    if before.is_empty() && (found.is_none() || ticket.status == TicketStatus::Resolved) {
        return Ok(false);
    }
    let facts = facts(&mut *tx, ticket, conversation).await?;
    let mut due: Option<Millis> = None;
    let mut has_changed = false;
    for kind in ClockKind::ALL {
        let was = before.iter().find(|clock| clock.kind == kind);
        let now = match &found {
            Some((policy, calendar)) => Clock::moved(was, kind, &facts, policy, calendar.as_ref(), at),
            // No promise any more.
            None => was.cloned().map(|mut clock| {
                clock.hold(None, at);
                clock
            }),
        };
        let Some(clock) = now else { continue };
        due = [due, clock.due_at].into_iter().flatten().min();
        if was != Some(&clock) {
            write(tx, &ticket.id, &clock).await?;
            has_changed = true;
        }
    }
    let breached = ticket.breached_at;
    if due != ticket.due_at {
        has_changed = true;
        sql("UPDATE tickets SET due_at = $2 WHERE id = $1")
            .bind(&ticket.id)
            .bind(due)
            .run(&mut *tx)
            .await?;
    }
    let broken: Option<(i64,)> =
        sql("SELECT breached_at FROM ticket_clocks WHERE ticket_id = $1 AND breached_at IS NOT NULL ORDER BY breached_at LIMIT 1")
            .bind(&ticket.id)
            .optional(&mut *tx)
            .await?;
    if breached.is_none()
        && let Some((first,)) = broken
    {
        sql("UPDATE tickets SET breached_at = $2 WHERE id = $1")
            .bind(&ticket.id)
            .bind(first)
            .run(&mut *tx)
            .await?;
    }
    if has_changed {
        tx.emit(event(
            EventKind::TicketUpdated,
            &conversation.id,
            ticket.id.as_str(),
            &Actor::System,
            json!({ "number": ticket.number, "action": "clocks" }),
        ));
    }
    Ok(has_changed)
}

async fn write(tx: &mut Tx, ticket: &TicketId, clock: &Clock) -> Result<()> {
    sql("INSERT INTO ticket_clocks (ticket_id, kind, policy_id, allowed, spent, started_at, running_since, stopped_at, due_at, warn_at, warned_at, breached_at, kept, broken) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (ticket_id, kind) DO UPDATE SET policy_id = excluded.policy_id, allowed = excluded.allowed, spent = excluded.spent, started_at = excluded.started_at, running_since = excluded.running_since, stopped_at = excluded.stopped_at, due_at = excluded.due_at, warn_at = excluded.warn_at, warned_at = excluded.warned_at, breached_at = excluded.breached_at, kept = excluded.kept, broken = excluded.broken")
        .bind(ticket)
        .bind(clock.kind.as_str())
        .bind(&clock.policy)
        .bind(clock.allowed)
        .bind(clock.spent)
        .bind(clock.started_at)
        .bind(clock.running_since)
        .bind(clock.stopped_at)
        .bind(clock.due_at)
        .bind(clock.warn_at)
        .bind(clock.warned_at)
        .bind(clock.breached_at)
        .bind(clock.kept)
        .bind(clock.broken)
        .run(tx)
        .await?;
    Ok(())
}

/// What one look at the clocks came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Looked {
    /// How many were found near their end.
    pub near: usize,
    /// How many were found broken.
    pub breached: usize,
    /// How many tickets had their clocks set anew after a policy changed.
    pub anew: usize,
}

/// Marks what has come near its end, and what has run out, each once. A few at a time; call it again.
pub async fn look(store: &Store) -> Result<Looked> {
    let mut looked = Looked {
        anew: rework(store).await?,
        ..Looked::default()
    };
    let now = store.now();
    let due: Vec<(TicketId, String)> = sql("SELECT ticket_id, kind FROM ticket_clocks WHERE due_at <= $1 AND breached_at IS NULL ORDER BY due_at LIMIT 100")
        .bind(now)
        .all(store.db())
        .await?;
    for (ticket, kind) in due {
        looked.breached += usize::from(mark(store, &ticket, ClockKind::from_text(&kind)?, "breached").await?);
    }
    let near: Vec<(TicketId, String)> = sql("SELECT ticket_id, kind FROM ticket_clocks WHERE warn_at <= $1 AND warned_at IS NULL AND due_at > $1 ORDER BY warn_at LIMIT 100")
        .bind(now)
        .all(store.db())
        .await?;
    for (ticket, kind) in near {
        looked.near += usize::from(mark(store, &ticket, ClockKind::from_text(&kind)?, "near").await?);
    }
    Ok(looked)
}

/// Marks one clock, if it is still so with the conversation held.
async fn mark(store: &Store, id: &TicketId, kind: ClockKind, what: &'static str) -> Result<bool> {
    let mut tx = store.begin().await?;
    let seen = tickets::load(&mut tx, id).await?;
    let conversation = conversations::lock_current(&mut tx, &seen.conversation_id).await?;
    let now = tx.now();
    let text = if what == "breached" {
        "UPDATE ticket_clocks SET breached_at = $3, warned_at = COALESCE(warned_at, $3), broken = broken + 1 WHERE ticket_id = $1 AND kind = $2 AND due_at <= $3 AND breached_at IS NULL"
    } else {
        "UPDATE ticket_clocks SET warned_at = $3 WHERE ticket_id = $1 AND kind = $2 AND warn_at <= $3 AND warned_at IS NULL"
    };
    let marked = sql(text).bind(id).bind(kind.as_str()).bind(now).run(&mut tx).await?;
    if marked == 0 {
        return Ok(false);
    }
    if what == "breached" {
        sql("UPDATE tickets SET breached_at = COALESCE(breached_at, $2) WHERE id = $1")
            .bind(id)
            .bind(now)
            .run(&mut tx)
            .await?;
    }
    history::record(&mut tx, &Actor::System, id, what, &json!({ "clock": kind })).await?;
    tx.emit(event(
        EventKind::TicketUpdated,
        &conversation.id,
        id.as_str(),
        &Actor::System,
        json!({ "number": seen.number, "action": what, "clock": kind }),
    ));
    tx.commit().await?;
    Ok(true)
}

/// Has every open ticket's clocks looked at again, a few at a time, by [`look`].
pub(crate) async fn set_anew(tx: &mut Tx) -> Result<()> {
    sql("INSERT INTO sla_rework (id, after) VALUES ('open', 0) ON CONFLICT (id) DO UPDATE SET after = 0")
        .run(tx)
        .await?;
    Ok(())
}

async fn rework(store: &Store) -> Result<usize> {
    const AT_ONCE: i64 = 50;
    let row: Option<(i64,)> = sql("SELECT after FROM sla_rework WHERE id = 'open'")
        .optional(store.db())
        .await?;
    let Some((after,)) = row else {
        return Ok(0);
    };
    let some: Vec<Ticket> = composed_sql(format!(
        "SELECT {TICKET} FROM tickets WHERE status <> 'resolved' AND number > $1 ORDER BY number LIMIT {AT_ONCE}"
    ))
    .bind(after)
    .all(store.db())
    .await?;
    for ticket in &some {
        let mut tx = store.begin().await?;
        let conversation = conversations::lock_current(&mut tx, &ticket.conversation_id).await?;
        let ticket = tickets::load(&mut tx, &ticket.id).await?;
        let now = tx.now();
        if refresh_in(&mut tx, &ticket, &conversation, now).await? {
            tx.commit().await?;
        }
    }
    let mut tx = store.begin().await?;
    match some.last() {
        // Only from where this look began: another change may have begun anew.
        Some(last) => {
            sql("UPDATE sla_rework SET after = $2 WHERE id = 'open' AND after = $1")
                .bind(after)
                .bind(last.number)
                .run(&mut tx)
                .await?
        }
        None => {
            sql("DELETE FROM sla_rework WHERE id = 'open' AND after = $1")
                .bind(after)
                .run(&mut tx)
                .await?
        }
    };
    tx.commit_silently().await?;
    Ok(some.len())
}

/// The clock of each conversation's tickets that runs out first, for lists: (conversation, due, broken).
pub async fn of_conversations(
    on: impl On,
    ids: &[ConversationId],
) -> Result<Vec<(ConversationId, Option<Millis>, Option<Millis>)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    composed_sql(format!(
        "SELECT conversation_id, MIN(due_at), MIN(breached_at) FROM tickets WHERE conversation_id IN {} AND status <> 'resolved' GROUP BY conversation_id",
        crate::db::placeholders(1, ids.len(), 0)
    ))
    .bind_all(ids)
    .all(on)
    .await
}
