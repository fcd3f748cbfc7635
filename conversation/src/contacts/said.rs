//! What somebody says is theirs and nobody has proved.

use crate::db::{On, sql};
use crate::error::Result;
use crate::types::{ContactId, IdentityKind};

/// The most that is looked at.
const MOST: i64 = 20;

/// Addresses and numbers that a contact named and that were not confirmed, the last one first. They open nothing and may
/// be somebody else's.
///
/// # Errors
/// When the database cannot be reached.
pub async fn said(on: impl On, contact: &ContactId) -> Result<Vec<(IdentityKind, String)>> {
    sql("SELECT kind, value FROM claims c WHERE contact_id = $1 AND confirmed_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.contact_id = c.contact_id AND i.kind = c.kind AND i.value = c.value)
         ORDER BY created_at DESC, value LIMIT $2")
        .bind(contact)
        .bind(MOST)
        .all(on)
        .await
}
