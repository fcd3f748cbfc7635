//! The people of the business and what lets them in: agents and their passwords, one-time links,
//! sessions, API tokens; and the small tables around them.

pub mod agents;
pub mod idempotency;
pub mod links;
pub mod reads;
mod revoke;
pub mod sessions;
pub mod settings;
pub mod tokens;

pub use identity::password;

#[cfg(test)]
mod tests;

use conversation::events::{EventKind, NewEvent};
use conversation::types::Actor;
use serde_json::json;

/// The event that says that an agent, or what lets it in, changed.
fn changed(subject: &str, actor: &Actor, what: &str) -> NewEvent {
    NewEvent {
        kind: EventKind::AgentUpdated,
        conversation: None,
        subject: subject.to_owned(),
        actor: actor.clone(),
        data: json!({ "action": what }),
    }
}
