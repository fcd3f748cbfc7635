//! How often the entries of a menu were used.

use std::collections::HashMap;

use super::{Entry, all};
use crate::db::{On, composed_sql, placeholders, sql};
use crate::error::Result;
use crate::store::Tx;
use crate::types::InboxId;

/// How often one entry was used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// It stood in a menu that was sent.
    pub shown: i64,
    /// Somebody chose it.
    pub chosen: i64,
    /// What it says was said.
    pub answered: i64,
    /// People took over after it, by itself or because it did not help.
    pub handed_over: i64,
}

/// The figures of a menu's entries, by their ids; those that nobody saw are missing.
///
/// # Errors
/// When the database cannot be reached.
pub async fn figures(on: impl On, inbox: &InboxId) -> Result<HashMap<String, Figures>> {
    let rows: Vec<(String, i64, i64, i64, i64)> =
        sql("SELECT entry_id, shown, chosen, answered, handed_over FROM menu_figures WHERE inbox_id = $1")
            .bind(inbox)
            .all(on)
            .await?;
    Ok(rows
        .into_iter()
        .map(|(id, shown, chosen, answered, handed_over)| {
            let figures = Figures {
                shown,
                chosen,
                answered,
                handed_over,
            };
            (id, figures)
        })
        .collect())
}

/// Adds to the figures of entries, in the transaction that does what is counted.
///
/// # Errors
/// When the database cannot be reached.
pub async fn count_in(tx: &mut Tx, inbox: &InboxId, added: &[(String, Figures)]) -> Result<()> {
    // In the order of their ids, as others lock them.
    let mut added: Vec<&(String, Figures)> = added.iter().collect();
    added.sort_by(|a, b| a.0.cmp(&b.0));
    for (id, one) in added {
        sql("INSERT INTO menu_figures (inbox_id, entry_id, shown, chosen, answered, handed_over) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (inbox_id, entry_id) DO UPDATE SET shown = menu_figures.shown + excluded.shown, chosen = menu_figures.chosen + excluded.chosen, answered = menu_figures.answered + excluded.answered, handed_over = menu_figures.handed_over + excluded.handed_over")
            .bind(inbox)
            .bind(id.as_str())
            .bind(one.shown)
            .bind(one.chosen)
            .bind(one.answered)
            .bind(one.handed_over)
            .run(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Entries that are gone take their figures with them.
pub(super) async fn forget_gone(tx: &mut Tx, inbox: &InboxId, entries: &[Entry]) -> Result<()> {
    let kept: Vec<&str> = all(entries).into_iter().map(|(_, entry)| entry.id.as_str()).collect();
    if kept.is_empty() {
        sql("DELETE FROM menu_figures WHERE inbox_id = $1")
            .bind(inbox)
            .run(tx)
            .await?;
        return Ok(());
    }
    composed_sql(format!(
        "DELETE FROM menu_figures WHERE inbox_id = $1 AND entry_id NOT IN {}",
        placeholders(1, kept.len(), 1)
    ))
    .bind(inbox)
    .bind_all(kept)
    .run(tx)
    .await?;
    Ok(())
}
