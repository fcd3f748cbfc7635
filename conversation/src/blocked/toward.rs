//! Writing to somebody who is shut out: what they answer would go to spam without a word, so it is said before.

use super::{Blocked, among, keys_of, load, remove_in, shown};
use crate::contacts;
use crate::db::On;
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::types::{Actor, IdentityKind};

/// What becomes of a message that we begin with where its recipient is blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IfBlocked {
    /// Nothing is written; the error says who is blocked.
    #[default]
    Refuse,
    /// It is written, and what they answer goes to spam.
    Keep,
    /// They are let in again, and it is written.
    LetIn,
}

/// What is blocked of the way that a message to an address or number takes, domains and WhatsApp's own id of a number included.
///
/// # Errors
/// When the database cannot be reached.
pub async fn toward(on: impl On, kind: IdentityKind, value: &str) -> Result<Vec<Blocked>> {
    let mut on = on;
    let mut keys = keys_of(kind, value);
    if kind == IdentityKind::Whatsapp {
        let known = contacts::by_identity(&mut on, kind, value).await?;
        if let Some((contact, _)) = known {
            // Number and user id are the same person there; another number of theirs is another way.
            let ids = contacts::identities(&mut on, &contact.id).await?;
            let ids = ids
                .iter()
                .filter(|one| one.kind == kind && !contacts::is_phone(&one.value));
            keys.extend(ids.flat_map(|one| keys_of(one.kind, &one.value)));
        }
    }
    let mut found = Vec::new();
    for (_, id) in among(&mut on, keys).await? {
        found.push(load(&mut on, &id).await?);
    }
    Ok(found)
}

/// Does what its writer chose where the recipient of a first message is blocked.
///
/// # Errors
/// [`Error::Conflict`] where they chose nothing.
pub(crate) async fn heed(tx: &mut Tx, actor: &Actor, kind: IdentityKind, value: &str, chosen: IfBlocked) -> Result<()> {
    if chosen == IfBlocked::Keep {
        return Ok(());
    }
    let blocked = toward(&mut *tx, kind, value).await?;
    if chosen == IfBlocked::LetIn {
        for one in &blocked {
            remove_in(tx, actor, &one.id).await?;
        }
        return Ok(());
    }
    if blocked.is_empty() {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "{} is blocked, and what they answer goes to spam; say that you mean it, and send it again",
        names(&blocked)
    )))
}

/// Blocked senders as people write them.
pub fn names(blocked: &[Blocked]) -> String {
    let names: Vec<String> = blocked
        .iter()
        .map(|one| shown(&(one.kind, one.value.clone())))
        .collect();
    names.join(", ")
}
