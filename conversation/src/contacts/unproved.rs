//! Addresses that somebody says a contact has.

use crate::db::insert_rows_counted;
use crate::error::Result;
use crate::store::Tx;
use crate::types::{ContactId, IdentityId, IdentityKind};

/// Gives a contact an address that nobody proved: it names them, and opens nothing. Says whether it is new.
pub(crate) async fn add_unproved_in(
    tx: &mut Tx,
    contact: &ContactId,
    kind: IdentityKind,
    value: &str,
    source: &str,
) -> Result<bool> {
    let row = vec![
        (&IdentityId::from(tx.env().ulid())).into(),
        contact.into(),
        kind.into(),
        value.into(),
        false.into(),
        source.into(),
        tx.now().into(),
    ];
    let written = insert_rows_counted(
        &mut *tx,
        "INSERT INTO identities (id, contact_id, kind, value, is_verified, source, created_at) VALUES",
        "ON CONFLICT (kind, value) DO NOTHING",
        vec![row],
    )
    .await?;
    Ok(written > 0)
}
