//! Whose figures somebody sees.

use conversation::reports::Question;
use conversation::types::{AgentId, Role};

use crate::auth::SignedIn;

/// Whether a role sees the figures of everybody; others see their own.
pub(crate) const fn sees_all(role: Role) -> bool {
    matches!(role, Role::Administrator | Role::Supervisor)
}

pub(super) fn may_all(me: &SignedIn) -> bool {
    sees_all(me.agent.role)
}

/// What somebody's reports are about, within these days: everything, a coordinator's companies, an agent's own work.
pub(super) fn question_of(role: Role, agent: &AgentId, from: &str, to: &str) -> Question {
    match role {
        Role::Administrator | Role::Supervisor => Question::all(from, to),
        Role::Coordinator => Question::of_companies(agent, from, to),
        Role::Agent => Question::of_agent(agent, from, to),
    }
}
