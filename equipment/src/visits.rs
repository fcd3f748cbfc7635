//! Visits: a technician, a window of time, and what was done at the machine. Every step is told in the
//! conversation that asked for it; its card and the portal follow.

use std::collections::HashMap;

use billing::{CustomerId, customers};
use conversation::db::{On, composed_sql, placeholders, rows_in, sql};
use conversation::types::{Actor, AgentId, ContactId, ConversationId, Millis};
use conversation::{Error, Result, Tx, access, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

mod finish;
mod telling;
mod when;

pub use finish::{Done, finish};
use telling::{Said, say_in};
pub use when::{Window, in_the_way};

use crate::ids::{MachineId, RequestId, SiteId, VisitId, VisitState};
use crate::{Equipment, card, changed, lines, machines, requests};

/// A visit.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Visit {
    /// Its id.
    pub id: VisitId,
    /// At whose machine.
    pub customer_id: CustomerId,
    /// At which machine.
    pub machine_id: MachineId,
    /// Where that stood when it was planned.
    pub site_id: Option<SiteId>,
    /// What asked for it.
    pub request_id: Option<RequestId>,
    /// Where the customer is told how it goes on.
    pub conversation_id: Option<ConversationId>,
    /// Who comes.
    pub agent_id: AgentId,
    /// What for.
    pub purpose: String,
    /// The window's beginning.
    pub starts_at: Millis,
    /// The window's end.
    pub ends_at: Millis,
    /// Where it stands.
    pub state: VisitState,
    /// When the technician came.
    pub arrived_at: Option<Millis>,
    /// When it was done.
    pub done_at: Option<Millis>,
    /// What was done.
    pub work: String,
    /// JSON of [`Part`]s.
    pub parts: String,
    /// Who signed.
    pub signed_by: String,
    /// Strokes of a pen in a box of 1000 × 400; empty where the name was typed only.
    pub signature: String,
    /// The report's bytes.
    pub report_sha256: Option<String>,
    /// When it was written down.
    pub created_at: Millis,
    /// Counts its changes.
    pub version: i64,
}

const VISIT: &str = "id, customer_id, machine_id, site_id, request_id, conversation_id, agent_id, purpose, starts_at, ends_at, state, arrived_at, done_at, work, parts, signed_by, signature, report_sha256, created_at, version";

/// A part that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// What it is.
    pub name: String,
    /// How many.
    pub quantity: i64,
}

impl Visit {
    /// What was used.
    pub fn parts(&self) -> Vec<Part> {
        serde_json::from_str(&self.parts).unwrap_or_default()
    }

    /// Whether it was written down when it was over.
    pub const fn is_from_before(&self) -> bool {
        self.created_at >= self.ends_at
    }

    /// The strokes of the signature.
    pub fn strokes(&self) -> Vec<Vec<(i64, i64)>> {
        strokes(&self.signature).unwrap_or_default()
    }
}

/// The most points of a signature.
const MOST_POINTS: usize = 6_000;

/// Reads the strokes of a pen: points `x,y` parted by spaces, strokes by semicolons; x to 1000, y to 400.
///
/// # Errors
/// [`Error::Invalid`] for anything else.
pub fn strokes(text: &str) -> Result<Vec<Vec<(i64, i64)>>> {
    let odd = || Error::Invalid("signature: it cannot be read; sign again, or type the name".to_owned());
    if text.len() > MOST_POINTS * 9 {
        return Err(odd());
    }
    let mut found = Vec::new();
    let mut points = 0;
    for stroke in text.split(';').map(str::trim).filter(|stroke| !stroke.is_empty()) {
        let mut line = Vec::new();
        for point in stroke.split_whitespace() {
            let (x, y) = point.split_once(',').ok_or_else(odd)?;
            let (x, y): (i64, i64) = (x.parse().map_err(|_| odd())?, y.parse().map_err(|_| odd())?);
            if !(0..=1_000).contains(&x) || !(0..=400).contains(&y) {
                return Err(odd());
            }
            line.push((x, y));
            points += 1;
        }
        if points > MOST_POINTS {
            return Err(odd());
        }
        found.push(line);
    }
    Ok(found)
}

/// What to plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVisit {
    /// At which machine.
    pub machine: MachineId,
    /// Who comes.
    pub agent: AgentId,
    /// What for.
    pub purpose: String,
    /// The window's beginning.
    pub starts_at: Millis,
    /// The window's end.
    pub ends_at: Millis,
    /// What asked for it.
    pub request: Option<RequestId>,
    /// Where the customer is told; a request's own unless given.
    pub conversation: Option<ConversationId>,
    /// It has taken place and is only written down: nobody is told that somebody comes.
    pub has_happened: bool,
}

/// A visit by id, for the business.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &VisitId) -> Result<Visit> {
    composed_sql(format!("SELECT {VISIT} FROM visits WHERE id = $1"))
        .bind(id.as_str())
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// A visit that a contact may see.
///
/// # Errors
/// [`Error::NotFound`], whether it is missing or at another customer's.
pub async fn for_contact(on: impl On, contact: &ContactId, id: &VisitId) -> Result<Visit> {
    let mut on = on;
    let visit = load(&mut on, id).await?;
    if customers::may_see(&mut on, contact, &visit.customer_id).await? {
        Ok(visit)
    } else {
        Err(Error::NotFound)
    }
}

/// The visits between two moments, in order; of one technician or of all. At most five hundred.
pub async fn between(on: impl On, agent: Option<&AgentId>, from: Millis, to: Millis) -> Result<Vec<Visit>> {
    match agent {
        Some(agent) => {
            composed_sql(format!("SELECT {VISIT} FROM visits WHERE agent_id = $1 AND starts_at >= $2 AND starts_at < $3 ORDER BY starts_at, id LIMIT 500"))
                .bind(agent)
                .bind(from)
                .bind(to)
                .all(on)
                .await
        }
        None => {
            composed_sql(format!("SELECT {VISIT} FROM visits WHERE starts_at >= $1 AND starts_at < $2 ORDER BY starts_at, id LIMIT 500"))
                .bind(from)
                .bind(to)
                .all(on)
                .await
        }
    }
}

/// The visits of these customers from a moment on that are still to come or going on, in order.
pub async fn coming(on: impl On, customers: &[CustomerId], from: Millis, most: i64) -> Result<Vec<Visit>> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, customers.len(), 2);
    composed_sql(format!(
        "SELECT {VISIT} FROM visits WHERE starts_at >= $1 AND state IN ('planned', 'on_way', 'there') AND customer_id IN {list} ORDER BY starts_at, id LIMIT $2"
    ))
    .bind(from)
    .bind(most)
    .bind_all(customers.iter().map(CustomerId::as_str))
    .all(on)
    .await
}

/// The visits of these customers, the newest first.
pub async fn of_customers(on: impl On, customers: &[CustomerId], most: i64) -> Result<Vec<Visit>> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, customers.len(), 1);
    composed_sql(format!(
        "SELECT {VISIT} FROM visits WHERE customer_id IN {list} ORDER BY starts_at DESC, id DESC LIMIT $1"
    ))
    .bind(most)
    .bind_all(customers.iter().map(CustomerId::as_str))
    .all(on)
    .await
}

/// The visits at a machine, the newest first.
pub async fn of_machine(on: impl On, machine: &MachineId, most: i64) -> Result<Vec<Visit>> {
    composed_sql(format!(
        "SELECT {VISIT} FROM visits WHERE machine_id = $1 ORDER BY starts_at DESC, id DESC LIMIT $2"
    ))
    .bind(machine.as_str())
    .bind(most)
    .all(on)
    .await
}

/// The names of everybody who comes.
pub async fn technicians(on: impl On, visits: &[Visit]) -> Result<HashMap<AgentId, String>> {
    let ids = visits.iter().map(|visit| visit.agent_id.as_str());
    let rows = rows_in(on, "SELECT id, name FROM agents WHERE id IN", ids).await?;
    Ok(rows.into_iter().collect())
}

/// The name of whoever comes.
pub async fn technician(on: impl On, agent: &AgentId) -> Result<String> {
    let row: Option<(String,)> = sql("SELECT name FROM agents WHERE id = $1")
        .bind(agent)
        .optional(on)
        .await?;
    Ok(row.map(|(name,)| name).unwrap_or_default())
}

/// Plans a visit and tells the customer; one that has taken place waits for its report, and tells the customer then.
///
/// # Errors
/// [`Error::Invalid`] says what is wrong; [`Error::NotFound`].
pub async fn plan_in(tx: &mut Tx, equipment: &Equipment, actor: &Actor, new: NewVisit) -> Result<VisitId> {
    let window = (new.starts_at, new.ends_at);
    when::has_a_length(window)?;
    when::is_told_rightly(tx.now(), window, new.has_happened)?;
    let machine = machines::load(&mut *tx, &new.machine).await?;
    when::is_in_use(&machine)?;
    if technician(&mut *tx, &new.agent).await?.is_empty() {
        return Err(Error::Invalid("agent: choose who comes".to_owned()));
    }
    let request = match &new.request {
        Some(id) => Some(requests::load(&mut *tx, id).await?),
        None => None,
    };
    if request
        .as_ref()
        .is_some_and(|one| one.machine_id.as_ref() != Some(&machine.id))
    {
        return Err(Error::Invalid("request: it is about another machine".to_owned()));
    }
    let conversation = new.conversation.or(request.map(|request| request.conversation_id));
    if let Some(id) = &conversation {
        access::conversation(&mut *tx, actor, id).await?;
    }
    let id = VisitId::from(tx.env().ulid());
    let now = tx.now();
    let (state, arrived) = match new.has_happened {
        true => (VisitState::There, Some(new.starts_at)),
        false => (VisitState::Planned, None),
    };
    sql("INSERT INTO visits (id, customer_id, machine_id, site_id, request_id, conversation_id, agent_id, purpose, starts_at, ends_at, state, arrived_at, work, parts, signed_by, signature, created_at, updated_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', '[]', '', '', $13, $13, 1)")
        .bind(id.as_str())
        .bind(machine.customer_id.as_str())
        .bind(machine.id.as_str())
        .bind(machine.site_id.as_ref().map(SiteId::as_str))
        .bind(new.request.as_ref().map(RequestId::as_str))
        .bind(conversation.as_ref())
        .bind(&new.agent)
        .bind(lines(&new.purpose, 1_000))
        .bind(new.starts_at)
        .bind(new.ends_at)
        .bind(state.as_str())
        .bind(arrived)
        .bind(now)
        .run(&mut *tx)
        .await?;
    audit::record(tx, actor, "visit.planned", id.as_str(), &json!({})).await?;
    changed(tx, actor, id.as_str(), &machine.customer_id, "visit");
    if !new.has_happened {
        let visit = load(&mut *tx, &id).await?;
        say_in(tx, equipment, actor, &visit, &machine, Said::Planned).await?;
    }
    Ok(id)
}

/// Gives a visit another time or technician, and tells the customer.
///
/// # Errors
/// [`Error::Conflict`] once it is done or cancelled; otherwise as [`plan_in`].
pub async fn move_in(
    tx: &mut Tx,
    equipment: &Equipment,
    actor: &Actor,
    id: &VisitId,
    agent: &AgentId,
    window: Window,
) -> Result<()> {
    when::has_a_length(window)?;
    when::is_to_come(tx.now(), window)?;
    if technician(&mut *tx, agent).await?.is_empty() {
        return Err(Error::Invalid("agent: choose who comes".to_owned()));
    }
    let visit = lock(tx, id).await?;
    if matches!(visit.state, VisitState::Done | VisitState::Cancelled) {
        return Err(Error::Conflict("this visit is over".to_owned()));
    }
    when::is_in_use(&machines::load(&mut *tx, &visit.machine_id).await?)?;
    let (starts_at, ends_at) = window;
    sql("UPDATE visits SET agent_id = $2, starts_at = $3, ends_at = $4, state = 'planned', arrived_at = NULL WHERE id = $1")
        .bind(id.as_str())
        .bind(agent)
        .bind(starts_at)
        .bind(ends_at)
        .run(&mut *tx)
        .await?;
    changed(tx, actor, id.as_str(), &visit.customer_id, "visit");
    let (visit, machine) = (
        load(&mut *tx, id).await?,
        machines::load(&mut *tx, &visit.machine_id).await?,
    );
    card::refresh_visit_in(tx, equipment, actor, id).await?;
    say_in(tx, equipment, actor, &visit, &machine, Said::Planned).await
}

async fn lock(tx: &mut Tx, id: &VisitId) -> Result<Visit> {
    let now = tx.now();
    composed_sql(format!(
        "UPDATE visits SET version = version + 1, updated_at = $2 WHERE id = $1 RETURNING {VISIT}"
    ))
    .bind(id.as_str())
    .bind(now)
    .optional(tx)
    .await?
    .ok_or(Error::NotFound)
}

/// Moves a visit on: to the way, to the machine, or away. Doing it twice is harmless; [`finish`] ends it.
///
/// # Errors
/// [`Error::Conflict`] for a step that does not follow.
pub async fn step_in(tx: &mut Tx, equipment: &Equipment, actor: &Actor, id: &VisitId, to: VisitState) -> Result<()> {
    let visit = lock(tx, id).await?;
    if visit.state == to {
        return Ok(());
    }
    let follows = match to {
        VisitState::OnWay => visit.state == VisitState::Planned,
        VisitState::There => matches!(visit.state, VisitState::Planned | VisitState::OnWay),
        VisitState::Cancelled => visit.state != VisitState::Done,
        VisitState::Planned | VisitState::Done => false,
    };
    if !follows {
        return Err(Error::Conflict(format!(
            "a visit that is `{}` cannot become `{to}`",
            visit.state
        )));
    }
    let now = tx.now();
    let arrived = (to == VisitState::There).then_some(now).or(visit.arrived_at);
    sql("UPDATE visits SET state = $2, arrived_at = $3 WHERE id = $1")
        .bind(id.as_str())
        .bind(to.as_str())
        .bind(arrived)
        .run(&mut *tx)
        .await?;
    audit::record(tx, actor, "visit.step", id.as_str(), &json!({ "state": to })).await?;
    changed(tx, actor, id.as_str(), &visit.customer_id, "visit");
    card::refresh_visit_in(tx, equipment, actor, id).await?;
    let machine = machines::load(&mut *tx, &visit.machine_id).await?;
    let said = match to {
        VisitState::OnWay => Said::OnWay,
        VisitState::Cancelled => Said::Cancelled,
        _ => return Ok(()),
    };
    say_in(tx, equipment, actor, &visit, &machine, said).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_stay_in_their_box() {
        for (text, expected) in [
            ("", Some(0)),
            ("10,20 14,22;30,40", Some(2)),
            (" 0,0 1000,400 ; ", Some(1)),
            ("1001,0", None),
            ("0,401", None),
            ("-1,0", None),
            ("1", None),
            ("a,b", None),
            ("1,2,3", None),
        ] {
            assert_eq!(strokes(text).ok().map(|found| found.len()), expected, "{text}");
        }
        assert!(strokes(&"1,1 ".repeat(MOST_POINTS + 1)).is_err());
    }
}
