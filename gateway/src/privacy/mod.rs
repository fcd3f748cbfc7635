//! Privacy: erasing a person's data, and forgetting by age. Taking it along is `portal::archive`.

pub mod retention;

use conversation::db::sql;
use conversation::lifecycle::{self, Action};
use conversation::privacy::{self, Erased};
use conversation::types::{Actor, ContactId};
use conversation::{Error, Result, Store, broadcasts, contacts};
use identity::Owner;

/// Erases a person here, too: what proves who they are, and what billing keeps beside its books. Issued
/// documents stay as they were issued, because the law wants them; a customer without any goes. What was open is resolved.
///
/// # Errors
/// [`conversation::Error::NotFound`].
pub async fn erase(store: &Store, actor: &Actor, contact: &ContactId) -> Result<Erased> {
    let known = equipment::privacy::known(store.db(), contact).await?;
    let conversations = privacy::conversations_of(store.db(), contact).await?;
    let addresses: Vec<String> = contacts::identities(store.db(), contact)
        .await?
        .into_iter()
        .map(|one| one.value)
        .collect();
    let erased = privacy::erase(store, actor, contact, async |tx, people| {
        broadcasts::forget_in(tx, &addresses).await?;
        for one in people {
            identity::forget_in(tx, &Owner::Contact(one.clone())).await?;
            let now = tx.now();
            sql("UPDATE customers SET email = NULL, name = CASE WHEN EXISTS (SELECT 1 FROM documents d WHERE d.customer_id = customers.id AND d.number IS NOT NULL) THEN name ELSE '' END,
                 tax_id = CASE WHEN EXISTS (SELECT 1 FROM documents d WHERE d.customer_id = customers.id AND d.number IS NOT NULL) THEN tax_id ELSE '' END,
                 address = CASE WHEN EXISTS (SELECT 1 FROM documents d WHERE d.customer_id = customers.id AND d.number IS NOT NULL) THEN address ELSE '' END,
                 updated_at = $2 WHERE contact_id = $1")
                .bind(one)
                .bind(now)
                .run(&mut *tx)
                .await?;
            equipment::privacy::erase_in(tx, one, &known).await?;
        }
        Ok(())
    })
    .await?;
    for id in conversations {
        // Nobody is there any more to be answered.
        match lifecycle::act(store, actor, &id, Action::Resolve).await {
            // It is part of another one, or spam: in no list either way.
            Ok(_) | Err(Error::Conflict(_) | Error::Invalid(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(erased)
}
