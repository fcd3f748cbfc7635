//! What part of the business an agent sees, where that is not all of it: a coordinator their companies, whoever works
//! in some inboxes only what is in these. Lists, counts, the board and the bell narrow by the same conditions as
//! [`crate::access`] lets through by.

use crate::db::{On, sql};
use crate::error::Result;
use crate::types::{AgentId, InboxId, Role};

/// An agent who does not see everything, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The agent.
    pub agent: AgentId,
    /// They see customers of the companies that were given to them, and no others.
    pub by_company: bool,
    /// They see what is in the inboxes that they work in, and what is theirs.
    pub by_inbox: bool,
}

impl Scope {
    /// The scope of an agent; `None` where they see everything. Administrators always do.
    pub fn new(agent: &AgentId, role: Role, in_all_inboxes: bool) -> Option<Scope> {
        let scope = Scope {
            agent: agent.clone(),
            by_company: role == Role::Coordinator,
            by_inbox: role != Role::Administrator && !in_all_inboxes,
        };
        (scope.by_company || scope.by_inbox).then_some(scope)
    }

    /// The scope of an agent as it stands now; `None` also for whom nobody knows.
    pub async fn of(on: impl On, agent: &AgentId) -> Result<Option<Scope>> {
        let row: Option<(Role, bool)> = sql("SELECT role, in_all_inboxes FROM agents WHERE id = $1")
            .bind(agent)
            .optional(on)
            .await?;
        Ok(row.and_then(|(role, in_all_inboxes)| Scope::new(agent, role, in_all_inboxes)))
    }

    /// The inboxes that they work in, where these narrow what they see.
    pub async fn inboxes(&self, on: impl On) -> Result<Option<Vec<InboxId>>> {
        if !self.by_inbox {
            return Ok(None);
        }
        let rows: Vec<(InboxId,)> = sql("SELECT inbox_id FROM agent_inboxes WHERE agent_id = $1 ORDER BY inbox_id")
            .bind(&self.agent)
            .all(on)
            .await?;
        Ok(Some(rows.into_iter().map(|(id,)| id).collect()))
    }

    /// The condition on rows, beginning with `AND`: `owner` is the column of the contact, `conversation` the name of the
    /// table of conversations, and `agent` stands for the agent's id (`$2`).
    pub fn condition(&self, owner: &str, conversation: &str, agent: &str) -> String {
        let mut text = String::new();
        if self.by_company {
            text.push_str(&of_companies(owner, agent));
        }
        if self.by_inbox {
            text.push_str(&in_inboxes(conversation, agent));
        }
        text
    }
}

/// What a coordinator looks after is little beside the whole, so the set leads.
pub(crate) fn of_companies(owner: &str, agent: &str) -> String {
    format!(
        " AND {owner} IN (SELECT p.id FROM contacts p JOIN agent_companies k ON k.company_id = p.company_id WHERE k.agent_id = {agent})"
    )
}

/// Looked at row by row: what leads is something else, and no database takes this for an index to walk.
pub(crate) fn in_inboxes(conversation: &str, agent: &str) -> String {
    format!(
        " AND CASE WHEN {conversation}.assignee_id = {agent} THEN 1 WHEN {conversation}.inbox_id IN (SELECT w.inbox_id FROM agent_inboxes w WHERE w.agent_id = {agent}) THEN 1 ELSE 0 END = 1"
    )
}

/// Whether agent `a` does not see something: `owner` says its contact, `inbox` its inbox, `assignee` who has it, each a
/// column or an argument. The one text that every look at a single object asks.
pub(crate) fn hidden(owner: &str, inbox: &str, assignee: &str) -> String {
    format!("({} OR {})", is_strangers(owner), is_elsewhere(inbox, assignee))
}

/// The contact is of no company that was given to coordinator `a`.
pub(crate) fn is_strangers(owner: &str) -> String {
    format!(
        "(a.role = 'coordinator' AND NOT EXISTS (SELECT 1 FROM contacts p JOIN agent_companies k ON k.company_id = p.company_id WHERE p.id = {owner} AND k.agent_id = a.id))"
    )
}

/// The inbox is none that agent `a` works in, and it is not theirs.
pub(crate) fn is_elsewhere(inbox: &str, assignee: &str) -> String {
    format!(
        "(a.role <> 'administrator' AND NOT a.in_all_inboxes AND COALESCE({assignee}, '') <> a.id AND NOT EXISTS (SELECT 1 FROM agent_inboxes w WHERE w.agent_id = a.id AND w.inbox_id = {inbox}))"
    )
}
