//! People whom another desk or an address book knew.

use serde_json::json;

use crate::db::sql;
use crate::error::Result;
use crate::events::{EventKind, NewEvent};
use crate::store::Store;
use crate::types::{Actor, ContactId, IdentityKind, Language};

/// A person whom another desk knew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastContact {
    /// How channels know them, the best known first; nothing of it is proved.
    pub identities: Vec<(IdentityKind, String)>,
    /// The name; empty when nobody said one.
    pub name: String,
    /// The language, where the desk knew it.
    pub language: Option<Language>,
    /// The name of the company.
    pub company: Option<String>,
}

/// Files people, in one commit. Whoever is known by one of their identities stays as they are, and gets the
/// others, and a name and a company where there was none. Returns how many are new.
///
/// # Errors
/// When the database refuses.
pub async fn contacts(store: &Store, batch: &[PastContact], source: &str) -> Result<usize> {
    let mut tx = store.begin().await?;
    let claims = batch.iter().flat_map(|one| &one.identities);
    let turns = claims.map(|(kind, value)| format!("identity:{kind}:{value}")).collect();
    tx.dialect().take_turns(turns).await?;
    let mut new = 0;
    for one in batch.iter().filter(|one| !one.identities.is_empty()) {
        let mut found = None;
        for (kind, value) in &one.identities {
            found = crate::contacts::by_identity(&mut tx, *kind, value).await?;
            if found.is_some() {
                break;
            }
        }
        let known = found.map(|(contact, _)| contact);
        let now = tx.now();
        let id = match &known {
            Some(contact) => contact.id.clone(),
            None => ContactId::from(tx.env().ulid()),
        };
        let name = one.name.trim();
        if known.is_none() {
            sql("INSERT INTO contacts (id, name, language, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)")
                .bind(&id)
                .bind(name)
                .bind(one.language)
                .bind(now)
                .run(&mut tx)
                .await?;
            new += 1;
        }
        let mut is_changed = known.is_none();
        if known.as_ref().is_some_and(|contact| contact.name.is_empty()) && !name.is_empty() {
            sql("UPDATE contacts SET name = $2, updated_at = $3 WHERE id = $1 AND name = ''")
                .bind(&id)
                .bind(name)
                .bind(now)
                .run(&mut tx)
                .await?;
            is_changed = true;
        }
        for (kind, value) in &one.identities {
            is_changed |= crate::contacts::add_unproved_in(&mut tx, &id, *kind, value, source).await?;
        }
        if let Some(company) = one.company.as_deref().map(str::trim).filter(|name| !name.is_empty())
            && known.is_none_or(|contact| contact.company_id.is_none())
        {
            let company = crate::contacts::company_in(&mut tx, company).await?;
            sql("UPDATE contacts SET company_id = $2, updated_at = $3 WHERE id = $1 AND company_id IS NULL")
                .bind(&id)
                .bind(&company)
                .bind(now)
                .run(&mut tx)
                .await?;
            is_changed = true;
        }
        if !is_changed {
            continue;
        }
        tx.emit(NewEvent {
            kind: EventKind::ContactImported,
            conversation: None,
            subject: id.to_string(),
            actor: Actor::System,
            data: json!({}),
        });
    }
    if tx.has_events() {
        tx.commit().await?;
    }
    Ok(new)
}
