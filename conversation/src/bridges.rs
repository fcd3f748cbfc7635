//! Users of other messengers (a bridge's, Instagram, Messenger): each account has ids of its own for them, and two may use
//! the same.

use crate::types::InboxId;

/// The value of the identity of a user in the messenger behind an inbox.
pub fn identity(inbox: &InboxId, user: &str) -> String {
    format!("{inbox}/{user}")
}

/// The messenger's own id in an identity, where it is one of this inbox.
pub fn user<'a>(inbox: &InboxId, identity: &'a str) -> Option<&'a str> {
    identity.strip_prefix(inbox.as_str())?.strip_prefix('/')
}

/// The messenger's own id in an identity of any inbox.
pub fn user_of_any(identity: &str) -> &str {
    identity.split_once('/').map_or(identity, |(_, user)| user)
}
