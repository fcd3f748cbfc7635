//! Companies: the organisations that contacts belong to.

use serde_json::json;

use super::changed;
use crate::audit;
use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::types::{Actor, CompanyId, ContactId};

/// The company of this name, made when there is none.
pub async fn company_in(tx: &mut Tx, name: &str) -> Result<CompanyId> {
    tx.dialect().take_turns(vec![format!("company:{name}")]).await?;
    let known: Option<(CompanyId,)> = sql("SELECT id FROM companies WHERE name = $1 ORDER BY id LIMIT 1")
        .bind(name)
        .optional(&mut *tx)
        .await?;
    if let Some((id,)) = known {
        return Ok(id);
    }
    let id = CompanyId::from(tx.env().ulid());
    let now = tx.now();
    sql("INSERT INTO companies (id, name, created_at) VALUES ($1, $2, $3)")
        .bind(&id)
        .bind(name)
        .bind(now)
        .run(tx)
        .await?;
    Ok(id)
}

/// Puts a contact into a company.
///
/// # Errors
/// [`Error::NotFound`] for a contact that is not there or became part of another.
pub async fn join_company_in(tx: &mut Tx, actor: &Actor, id: &ContactId, company: &CompanyId) -> Result<()> {
    let now = tx.now();
    let rows = sql("UPDATE contacts SET company_id = $2, updated_at = $3 WHERE id = $1 AND merged_into IS NULL")
        .bind(id)
        .bind(company)
        .bind(now)
        .run(&mut *tx)
        .await?;
    if rows == 0 {
        return Err(Error::NotFound);
    }
    audit::record(tx, actor, "contact.edited", id.as_str(), &json!({ "company": company })).await?;
    tx.emit(changed(id, actor));
    Ok(())
}

/// The name of a company.
pub async fn company_name(on: impl On, id: &CompanyId) -> Result<Option<String>> {
    let row: Option<(String,)> = sql("SELECT name FROM companies WHERE id = $1")
        .bind(id)
        .optional(on)
        .await?;
    Ok(row.map(|(name,)| name))
}
