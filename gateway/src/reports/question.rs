//! Whose figures somebody sees.

use conversation::reports::{Question, Theirs};
use conversation::types::Role;

use crate::auth::SignedIn;
use crate::people::agents::Agent;

/// Whether a role sees the figures of everybody; others see their own.
pub(crate) const fn sees_all(role: Role) -> bool {
    matches!(role, Role::Administrator | Role::Supervisor)
}

pub(super) fn may_all(me: &SignedIn) -> bool {
    sees_all(me.agent.role)
}

/// Whose figures somebody sees who sees neither everybody's nor only their own: a coordinator those of their companies, a
/// supervisor who works in some inboxes those of these.
pub(super) fn theirs(agent: &Agent) -> Option<Theirs> {
    match (agent.role, agent.scope()) {
        (Role::Coordinator, _) => Some(Theirs::Companies),
        (Role::Supervisor, Some(_)) => Some(Theirs::Inboxes),
        _ => None,
    }
}

/// What somebody's reports are about, within these days: everything, a coordinator's companies, a supervisor's inboxes,
/// an agent's own work.
pub(super) fn question_of(agent: &Agent, from: &str, to: &str) -> Question {
    match (theirs(agent), agent.role) {
        (Some(Theirs::Companies), _) => Question::of_companies(&agent.id, from, to),
        (Some(Theirs::Inboxes), _) => Question::of_inboxes(&agent.id, from, to),
        (None, Role::Agent) => Question::of_agent(&agent.id, from, to),
        (None, _) => Question::all(from, to),
    }
}
