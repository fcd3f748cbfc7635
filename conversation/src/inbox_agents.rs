//! Who works in which inbox: in all of them, also in those that come later, unless somebody chose which.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;

use crate::audit;
use crate::db::{On, insert_rows, sql};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::store::Tx;
use crate::types::{Actor, AgentId, InboxId};

/// Where an agent works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorksIn {
    /// In every inbox, also in those that come later.
    All,
    /// In these, by name; in none of those that come later.
    Only(Vec<InboxId>),
}

impl WorksIn {
    /// Whether it includes an inbox.
    pub fn includes(&self, inbox: &InboxId) -> bool {
        match self {
            WorksIn::All => true,
            WorksIn::Only(inboxes) => inboxes.contains(inbox),
        }
    }
}

/// Where an agent works.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn of_agent(on: impl On, agent: &AgentId) -> Result<WorksIn> {
    let mut on = on;
    let row: Option<(bool,)> = sql("SELECT in_all_inboxes FROM agents WHERE id = $1")
        .bind(agent)
        .optional(&mut on)
        .await?;
    match row {
        None => Err(Error::NotFound),
        Some((true,)) => Ok(WorksIn::All),
        Some((false,)) => {
            let rows: Vec<(InboxId,)> = sql("SELECT i.id FROM agent_inboxes w JOIN inboxes i ON i.id = w.inbox_id WHERE w.agent_id = $1 ORDER BY i.name, i.id")
                .bind(agent)
                .all(&mut on)
                .await?;
            Ok(WorksIn::Only(rows.into_iter().map(|(id,)| id).collect()))
        }
    }
}

/// Where everybody works.
pub async fn of_everybody(on: impl On) -> Result<HashMap<AgentId, WorksIn>> {
    let mut on = on;
    let agents: Vec<(AgentId, bool)> = sql("SELECT id, in_all_inboxes FROM agents").all(&mut on).await?;
    let rows: Vec<(AgentId, InboxId)> =
        sql("SELECT w.agent_id, i.id FROM agent_inboxes w JOIN inboxes i ON i.id = w.inbox_id ORDER BY i.name, i.id")
            .all(&mut on)
            .await?;
    let mut chosen: HashMap<AgentId, Vec<InboxId>> = HashMap::new();
    for (agent, inbox) in rows {
        chosen.entry(agent).or_default().push(inbox);
    }
    Ok(agents
        .into_iter()
        .map(|(agent, is_in_all)| {
            let works = if is_in_all {
                WorksIn::All
            } else {
                WorksIn::Only(chosen.remove(&agent).unwrap_or_default())
            };
            (agent, works)
        })
        .collect())
}

/// Says where an agent works from now on; tells whether that is something else than before. What they have stays
/// theirs.
///
/// # Errors
/// [`Error::NotFound`] without the agent; [`Error::Invalid`] for what is no inbox.
pub async fn set_in(tx: &mut Tx, actor: &Actor, agent: &AgentId, works: &WorksIn) -> Result<bool> {
    // Held, so that of two who say it the later one counts whole.
    let held = sql("UPDATE agents SET in_all_inboxes = in_all_inboxes WHERE id = $1")
        .bind(agent)
        .run(&mut *tx)
        .await?;
    if held == 0 {
        return Err(Error::NotFound);
    }
    let before = of_agent(&mut *tx, agent).await?;
    let mut names = BTreeMap::new();
    if let WorksIn::Only(inboxes) = works {
        let rows: Vec<(InboxId, String)> = sql("SELECT id, name FROM inboxes").all(&mut *tx).await?;
        let known: HashMap<InboxId, String> = rows.into_iter().collect();
        for inbox in inboxes {
            let name = known.get(inbox).ok_or_else(|| {
                let shown: String = inbox.as_str().chars().take(60).collect();
                Error::Invalid(format!("inboxes: there is no inbox `{shown}`"))
            })?;
            names.insert(name.clone(), inbox.clone());
        }
    }
    let is_same = match (&before, works) {
        (WorksIn::All, WorksIn::All) => true,
        (WorksIn::Only(before), WorksIn::Only(_)) => {
            before.len() == names.len() && names.values().all(|inbox| before.contains(inbox))
        }
        _ => false,
    };
    if is_same {
        return Ok(false);
    }
    let now = tx.now();
    sql("UPDATE agents SET in_all_inboxes = $2 WHERE id = $1")
        .bind(agent)
        .bind(*works == WorksIn::All)
        .run(&mut *tx)
        .await?;
    sql("DELETE FROM agent_inboxes WHERE agent_id = $1")
        .bind(agent)
        .run(&mut *tx)
        .await?;
    let rows = names
        .values()
        .map(|inbox| vec![agent.into(), inbox.into(), now.into()])
        .collect();
    insert_rows(
        &mut *tx,
        "INSERT INTO agent_inboxes (agent_id, inbox_id, created_at) VALUES",
        "",
        rows,
    )
    .await?;
    let said = match works {
        WorksIn::All => json!({ "inboxes": "all" }),
        WorksIn::Only(_) => json!({ "inboxes": names.keys().collect::<Vec<_>>() }),
    };
    audit::record(tx, actor, "agent.inboxes", agent.as_str(), &said).await?;
    tx.emit(NewEvent {
        kind: EventKind::AgentUpdated,
        conversation: None,
        subject: agent.to_string(),
        actor: actor.clone(),
        data: json!({ "action": "inboxes" }),
    });
    Ok(true)
}

/// Puts an agent who works in some inboxes into one, or takes them out of it; tells whether that changed anything. Of
/// who works in all of them nothing changes.
///
/// # Errors
/// As [`set_in`].
pub async fn put_in(tx: &mut Tx, actor: &Actor, agent: &AgentId, inbox: &InboxId, is_on: bool) -> Result<bool> {
    let WorksIn::Only(mut inboxes) = of_agent(&mut *tx, agent).await? else {
        return Ok(false);
    };
    inboxes.retain(|one| one != inbox);
    if is_on {
        inboxes.push(inbox.clone());
    }
    set_in(tx, actor, agent, &WorksIn::Only(inboxes)).await
}
