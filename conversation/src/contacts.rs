//! Contacts and their identities: claims, proofs, merging and undoing a merge.

mod address;
mod company;
mod merging;
mod parting;
mod phone;
mod said;
mod unproved;

pub use address::normal_email;
pub use company::{company_in, company_name, join_company_in};
use merging::merge_in;
pub use merging::{merge, merges, unmerge};
pub use parting::{Apart, Parting, parting};
pub use phone::{canonical_phone, is_phone, reached_by_in};
pub use said::said;
use serde::Serialize;
use serde_json::json;
pub(crate) use unproved::add_unproved_in;

use crate::audit;
use crate::db::{On, composed_sql, insert_rows, sql};
use crate::env::hash_secret;
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::store::{Store, Tx};
use crate::types::{Actor, CompanyId, ContactId, IdentityId, IdentityKind, Language, Millis};

/// How long a confirmation link is good for, in milliseconds.
pub const CLAIM_LASTS: Millis = 7 * 24 * 60 * 60 * 1000;

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// The name; empty when nobody said one.
    pub name: String,
    /// The language they use.
    pub language: Option<Language>,
    /// The organisation.
    pub company_id: Option<CompanyId>,
    /// The contact it became part of.
    pub merged_into: Option<ContactId>,
    /// When it was first seen.
    pub created_at: Millis,
    /// When it changed last.
    pub updated_at: Millis,
}

/// One way a channel knows a contact.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// Whose it is.
    pub contact_id: ContactId,
    /// The kind.
    pub kind: IdentityKind,
    /// The normalised value.
    pub value: String,
    /// Whether it was proved.
    pub is_verified: bool,
    /// Since when it is proved; unknown where that was before this was kept.
    pub verified_at: Option<Millis>,
    /// Where it came from.
    pub source: String,
    /// Since when.
    pub created_at: Millis,
}

const CONTACT: &str = "id, name, language, company_id, merged_into, created_at, updated_at";
const IDENTITY: &str = "id, contact_id, kind, value, is_verified, verified_at, source, created_at";

/// A contact by id, following merges.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &ContactId) -> Result<Contact> {
    let mut on = on;
    let mut id = id.clone();
    for _ in 0..16 {
        let contact: Contact = composed_sql(format!("SELECT {CONTACT} FROM contacts WHERE id = $1"))
            .bind(&id)
            .optional(&mut on)
            .await?
            .ok_or(Error::NotFound)?;
        match contact.merged_into.clone() {
            Some(into) => id = into,
            None => return Ok(contact),
        }
    }
    Err(Error::corrupt("contact", "merged in a circle"))
}

/// The identities of a contact.
pub async fn identities(on: impl On, id: &ContactId) -> Result<Vec<Identity>> {
    composed_sql(format!(
        "SELECT {IDENTITY} FROM identities WHERE contact_id = $1 ORDER BY id"
    ))
    .bind(id)
    .all(on)
    .await
}

/// The contact that an identity belongs to.
pub async fn by_identity(on: impl On, kind: IdentityKind, value: &str) -> Result<Option<(Contact, Identity)>> {
    let mut on = on;
    let identity: Option<Identity> = composed_sql(format!(
        "SELECT {IDENTITY} FROM identities WHERE kind = $1 AND value = $2"
    ))
    .bind(kind)
    .bind(value)
    .optional(&mut on)
    .await?;
    match identity {
        Some(identity) => Ok(Some((load(on, &identity.contact_id).await?, identity))),
        None => Ok(None),
    }
}

/// Contacts, newest first, before an id; at most `most`.
pub async fn list(on: impl On, before: Option<&ContactId>, most: i64) -> Result<Vec<Contact>> {
    composed_sql(format!(
        "SELECT {CONTACT} FROM contacts WHERE merged_into IS NULL AND id < $1 ORDER BY id DESC LIMIT $2"
    ))
    .bind(before.map_or("~", |id| id.as_str()))
    .bind(most)
    .all(on)
    .await
}

fn changed(id: &ContactId, actor: &Actor) -> NewEvent {
    NewEvent {
        kind: EventKind::ContactUpdated,
        conversation: None,
        subject: id.to_string(),
        actor: actor.clone(),
        data: json!({}),
    }
}

/// Makes a contact without a message: a portal user, a signed visitor.
pub async fn create_in(tx: &mut Tx, actor: &Actor, name: &str, language: Option<Language>) -> Result<ContactId> {
    let id = ContactId::from(tx.env().ulid());
    let now = tx.now();
    sql("INSERT INTO contacts (id, name, language, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)")
        .bind(&id)
        .bind(name.trim())
        .bind(language)
        .bind(now)
        .run(&mut *tx)
        .await?;
    tx.emit(changed(&id, actor));
    Ok(id)
}

/// Records that somebody *says* an address is theirs and returns the secret of the confirmation
/// link. Nothing of the address's owner is opened by it, and the answer is the same whether the
/// address is known or not.
pub async fn claim(store: &Store, contact: &ContactId, kind: IdentityKind, value: &str) -> Result<String> {
    let secret = store.env().secret();
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("INSERT INTO claims (contact_id, kind, value, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (contact_id, kind, value) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at, expires_at = excluded.expires_at, confirmed_at = NULL")
        .bind(contact)
        .bind(kind)
        .bind(value)
        .bind(hash_secret(&secret))
        .bind(now)
        .bind(now + CLAIM_LASTS)
        .run(&mut tx)
        .await?;
    tx.emit(changed(contact, &Actor::Contact(contact.clone())));
    tx.commit().await?;
    Ok(secret)
}

/// The address behind a confirmation link that is still good, for the page that asks.
pub async fn claimed(on: impl On, secret: &str, now: Millis) -> Result<Option<(ContactId, IdentityKind, String)>> {
    sql("SELECT contact_id, kind, value FROM claims WHERE token_hash = $1 AND expires_at > $2 AND confirmed_at IS NULL")
        .bind(hash_secret(secret))
        .bind(now)
        .optional(on)
        .await
}

/// Confirms a claim: the address now belongs to the contact that claimed it, and if it belonged to
/// somebody before, the two are one person.
///
/// # Errors
/// [`Error::NotFound`] when the link is unknown, used or expired.
pub async fn confirm(store: &Store, secret: &str) -> Result<ContactId> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let row: Option<(ContactId, IdentityKind, String)> =
        sql("UPDATE claims SET confirmed_at = $2 WHERE token_hash = $1 AND expires_at > $2 AND confirmed_at IS NULL RETURNING contact_id, kind, value")
            .bind(hash_secret(secret))
            .bind(now)
            .optional(&mut tx)
            .await?;
    let Some((contact, kind, value)) = row else {
        return Err(Error::NotFound);
    };
    let contact = load(&mut tx, &contact).await?.id;
    let winner = prove_in(
        &mut tx,
        &Actor::Contact(contact.clone()),
        &contact,
        kind,
        &value,
        "confirmed",
    )
    .await?;
    tx.emit(changed(&winner, &Actor::Contact(winner.clone())));
    tx.commit().await?;
    Ok(winner)
}

/// Records a proved identity of a contact. If it belonged to another contact, the two are merged
/// into the older one. Returns the contact that remains.
pub async fn prove_in(
    tx: &mut Tx,
    actor: &Actor,
    contact: &ContactId,
    kind: IdentityKind,
    value: &str,
    source: &str,
) -> Result<ContactId> {
    tx.dialect()
        .take_turns(vec![format!("identity:{kind}:{value}")])
        .await?;
    let known: Option<Identity> = composed_sql(format!(
        "SELECT {IDENTITY} FROM identities WHERE kind = $1 AND value = $2"
    ))
    .bind(kind)
    .bind(value)
    .optional(&mut *tx)
    .await?;
    match known {
        None => {
            let id = IdentityId::from(tx.env().ulid());
            let now = tx.now();
            let row = vec![
                (&id).into(),
                contact.into(),
                kind.into(),
                value.into(),
                true.into(),
                now.into(),
                source.into(),
                now.into(),
            ];
            insert_rows(
                &mut *tx,
                "INSERT INTO identities (id, contact_id, kind, value, is_verified, verified_at, source, created_at) VALUES",
                "",
                vec![row],
            )
            .await?;
            tx.emit(changed(contact, actor));
            Ok(contact.clone())
        }
        Some(identity) => {
            if !identity.is_verified {
                let now = tx.now();
                sql("UPDATE identities SET is_verified = $2, verified_at = $3 WHERE id = $1")
                    .bind(&identity.id)
                    .bind(true)
                    .bind(now)
                    .run(&mut *tx)
                    .await?;
            }
            if identity.contact_id == *contact {
                return Ok(contact.clone());
            }
            let (winner, loser) = if identity.contact_id < *contact {
                (&identity.contact_id, contact)
            } else {
                (contact, &identity.contact_id)
            };
            merge_in(tx, actor, winner, loser, &format!("{source}: {kind} {value}")).await?;
            Ok(winner.clone())
        }
    }
}

/// Changes a contact's name, language or company.
pub async fn edit(
    store: &Store,
    actor: &Actor,
    id: &ContactId,
    name: &str,
    language: Option<Language>,
    company: Option<&str>,
) -> Result<()> {
    let mut tx = store.begin().await?;
    edit_in(&mut tx, id, name, language, company).await?;
    audit::record(&mut tx, actor, "contact.edited", id.as_str(), &json!({})).await?;
    tx.emit(changed(id, actor));
    tx.commit().await?;
    Ok(())
}

/// As [`edit`], as part of a transaction of the caller's, who names the event; returns the company.
pub(crate) async fn edit_in(
    tx: &mut Tx,
    id: &ContactId,
    name: &str,
    language: Option<Language>,
    company: Option<&str>,
) -> Result<Option<CompanyId>> {
    let now = tx.now();
    let company_id = match company.map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => Some(company_in(tx, name).await?),
        None => None,
    };
    let rows = sql("UPDATE contacts SET name = $2, language = $3, company_id = $4, updated_at = $5 WHERE id = $1 AND merged_into IS NULL")
        .bind(id)
        .bind(name.trim().chars().take(200).collect::<String>())
        .bind(language)
        .bind(company_id.as_ref())
        .bind(now)
        .run(tx)
        .await?;
    if rows == 0 {
        return Err(Error::NotFound);
    }
    Ok(company_id)
}
