//! Reminders before and after the due day, each once.

use conversation::Result;
use conversation::db::{composed_sql, sql};

use crate::documents::{DOCUMENT, Document};
use crate::notify::{self, News};
use crate::{Billing, day, settings};

/// Sends the reminders that are due today; returns how many. The mark is written first: a reminder that is
/// lost in a crash is better than one that comes twice.
pub async fn run(billing: &Billing) -> Result<usize> {
    let store = &billing.store;
    let business = settings::business(store.db(), store).await?;
    let today = billing.today();
    let mut sent = 0;
    for days in &business.reminders {
        let due = day::plus(today, -days).to_string();
        // Only exactly today's: an installation that was off for a week does not flood its customers.
        let documents: Vec<Document> = composed_sql(format!(
            "SELECT {DOCUMENT} FROM documents d WHERE state IN ('sent', 'viewed', 'partly_paid') AND due_on = $1 AND kind = 'invoice' AND is_reminded
             AND NOT EXISTS (SELECT 1 FROM reminders r WHERE r.document_id = d.id AND r.days = $2) ORDER BY id LIMIT 500"
        ))
        .bind(due)
        .bind(*days)
        .all(store.db())
        .await?;
        for document in documents {
            // What was sent just now needs no reminder, nor what is on its way.
            let is_fresh = document
                .sent_at
                .is_some_and(|at| store.now() - at < 24 * 60 * 60 * 1000);
            let mut tx = store.begin().await?;
            let now = tx.now();
            let marked = sql("INSERT INTO reminders (document_id, days, at) VALUES ($1, $2, $3) ON CONFLICT (document_id, days) DO NOTHING")
                .bind(document.id.as_str())
                .bind(*days)
                .bind(now)
                .run(&mut tx)
                .await?;
            tx.commit_silently().await?;
            let is_wanted = !is_fresh && document.is_payable();
            if marked == 1 && is_wanted && notify::tell(billing, &document, News::Reminder(*days)).await? {
                sent += 1;
            }
        }
    }
    Ok(sent)
}
