//! Work that is done once under a key: what it changes and the word that it was changed are one commit, and whoever
//! lost the key commits nothing any more. The keys themselves belong to whoever takes requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::db::sql;
use crate::error::{Error, Result};
use crate::store::Tx;

/// A key as one process holds it.
#[derive(Debug)]
pub struct Work {
    /// Whose key it is.
    pub scope: String,
    /// The key.
    pub key: String,
    /// Who holds it now; another process that takes the key over is another owner.
    pub owner: String,
    is_repeatable: AtomicBool,
}

tokio::task_local! {
    static WORK: Arc<Work>;
}

impl Work {
    /// The work of an owner under a key.
    pub fn new(scope: impl Into<String>, key: impl Into<String>, owner: impl Into<String>) -> Arc<Work> {
        Arc::new(Work {
            scope: scope.into(),
            key: key.into(),
            owner: owner.into(),
            is_repeatable: AtomicBool::new(false),
        })
    }
}

/// Does the work: every transaction that this task commits belongs to it.
pub async fn within<T>(work: Arc<Work>, doing: impl Future<Output = T>) -> T {
    WORK.scope(work, doing).await
}

/// Says that the work of this task names what it makes by the key itself, so that doing it again changes nothing:
/// it may be begun anew whatever was done before.
pub fn is_repeatable() {
    let _ = WORK.try_with(|work| work.is_repeatable.store(true, Ordering::Relaxed));
}

/// Writes down, as part of a transaction, that the work of this task has an effect.
///
/// # Errors
/// [`Error::Conflict`] when another process took the key over meanwhile: this one must not do it, too.
pub(crate) async fn mark(tx: &mut Tx) -> Result<()> {
    let Ok(work) = WORK.try_with(Arc::clone) else {
        return Ok(());
    };
    let now = tx.now();
    let held = sql("UPDATE idempotency SET done_at = CASE WHEN $5 THEN done_at ELSE $4 END WHERE scope = $1 AND key = $2 AND owner = $3 AND status IS NULL")
        .bind(&work.scope)
        .bind(&work.key)
        .bind(&work.owner)
        .bind(now)
        .bind(work.is_repeatable.load(Ordering::Relaxed))
        .run(tx)
        .await?;
    if held == 0 {
        return Err(Error::Conflict(
            "the request was taken over by another process".to_owned(),
        ));
    }
    Ok(())
}
