//! What proves who somebody is: passwords, one-time codes, passkeys, recovery codes. Agents and
//! customers prove themselves by the same code; who they are then, and what they may, is for the
//! gateway and the portal to say. Knows no HTTP.
//!
//! Begin reading here (whose proofs there are); [`password`], [`totp`], [`passkeys`] and [`codes`] are one proof each,
//! and [`steps`] keeps what was asked until its answer comes.

pub mod codes;
mod common;
pub mod passkeys;
pub mod password;
pub mod steps;
pub mod totp;

use conversation::Result;
use conversation::db::{On, sql};
use conversation::types::{AgentId, ContactId};

/// Whose proofs these are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A person of the business.
    Agent(AgentId),
    /// A customer.
    Contact(ContactId),
}

impl Owner {
    /// As tables write it.
    pub fn text(&self) -> String {
        match self {
            Owner::Agent(id) => format!("agent:{id}"),
            Owner::Contact(id) => format!("contact:{id}"),
        }
    }

    /// Reads it back.
    pub fn from_text(text: &str) -> Option<Owner> {
        match text.split_once(':')? {
            ("agent", id) => Some(Owner::Agent(AgentId::from(id))),
            ("contact", id) => Some(Owner::Contact(ContactId::from(id))),
            _ => None,
        }
    }
}

/// What somebody has beside a password.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Factors {
    /// An authenticator app that gave a code.
    pub has_totp: bool,
    /// How many passkeys.
    pub passkeys: i64,
    /// How many recovery codes are left.
    pub codes: i64,
}

impl Factors {
    /// Whether a password alone lets nobody in.
    pub const fn has_second(&self) -> bool {
        self.has_totp || self.passkeys > 0
    }
}

/// What somebody has beside a password.
pub async fn factors(on: impl On, owner: &Owner) -> Result<Factors> {
    let (totp, passkeys, codes): (i64, i64, i64) = sql(
        "SELECT (SELECT COUNT(*) FROM totp WHERE owner = $1 AND secret IS NOT NULL),
                (SELECT COUNT(*) FROM passkeys WHERE owner = $1),
                (SELECT COUNT(*) FROM recovery_codes WHERE owner = $1 AND used_at IS NULL)",
    )
    .bind(owner.text())
    .one(on)
    .await?;
    Ok(Factors {
        has_totp: totp > 0,
        passkeys,
        codes,
    })
}

/// Forgets everything that proves who somebody is, but an agent's password. Returns how many rows went.
pub async fn forget_in(tx: &mut conversation::Tx, owner: &Owner) -> Result<u64> {
    let mut gone = 0;
    for statement in [
        "DELETE FROM totp WHERE owner = $1",
        "DELETE FROM recovery_codes WHERE owner = $1",
        "DELETE FROM passkeys WHERE owner = $1",
        "DELETE FROM passwords WHERE owner = $1",
        "DELETE FROM sign_in_steps WHERE owner = $1",
    ] {
        gone += sql(statement).bind(owner.text()).run(&mut *tx).await?;
    }
    Ok(gone)
}

#[cfg(test)]
mod tests;
