//! How articles did, summed by day: written beside what is counted, in its transaction, so that the figures of months
//! cost as much as those of a week, however often the bot was asked.

use conversation::db::{On, Value, insert_rows, sql};
use conversation::types::{ConversationId, Millis};
use conversation::{Result, Tx};

/// A day of the sums, in milliseconds; they begin at midnight UTC.
const DAY: Millis = 24 * 60 * 60 * 1000;

/// What is added to an article's day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Added {
    pub(crate) asked: i64,
    pub(crate) answered: i64,
    pub(crate) confirmed: i64,
    pub(crate) denied: i64,
    pub(crate) escalated_after: i64,
}

/// Adds to the days of articles: (article, moment, what).
pub(crate) async fn add_in(tx: &mut Tx, all: Vec<(String, Millis, Added)>) -> Result<()> {
    let mut rows: Vec<(i64, String, Added)> = all
        .into_iter()
        .filter(|(.., added)| *added != Added::default())
        .map(|(article, at, added)| (at.div_euclid(DAY), article, added))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    rows.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    // A transaction may come here more than once, for articles in any order: the days are one turn.
    tx.take_turns(vec!["article-days".to_owned()]).await?;
    for (day, article, added) in rows {
        let row: Vec<Value> = vec![
            day.into(),
            article.into(),
            added.asked.into(),
            added.answered.into(),
            added.confirmed.into(),
            added.denied.into(),
            added.escalated_after.into(),
        ];
        insert_rows(
            &mut *tx,
            "INSERT INTO article_days (day, article_id, asked, answered, confirmed, denied, escalated_after) VALUES",
            "ON CONFLICT (day, article_id) DO UPDATE SET asked = article_days.asked + excluded.asked, answered = article_days.answered + excluded.answered,
             confirmed = article_days.confirmed + excluded.confirmed, denied = article_days.denied + excluded.denied, escalated_after = article_days.escalated_after + excluded.escalated_after",
            vec![row],
        )
        .await?;
    }
    Ok(())
}

/// The answers of a conversation that no hand-over has followed yet, as what a hand-over now adds to their days.
pub(crate) async fn followed_by_hand_over(
    tx: &mut Tx,
    conversation: &ConversationId,
) -> Result<Vec<(String, Millis, Added)>> {
    let answered: Vec<(String, Millis)> = sql(
        "SELECT d.article_id, d.at FROM bot_decisions d WHERE d.conversation_id = $1 AND d.outcome = 'answered' AND d.article_id IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM bot_decisions l WHERE l.conversation_id = $1 AND l.outcome = 'handed_over' AND l.at >= d.at)",
    )
    .bind(conversation)
    .all(tx)
    .await?;
    let added = Added {
        escalated_after: 1,
        ..Added::default()
    };
    Ok(answered.into_iter().map(|(article, at)| (article, at, added)).collect())
}

/// How an article did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// The article.
    pub article_id: String,
    /// Questions that it was the best candidate for.
    pub asked: i64,
    /// Of these, answered with it.
    pub answered: i64,
    /// Customers said that it helped.
    pub confirmed: i64,
    /// Customers said that it did not.
    pub denied: i64,
    /// Conversations that were handed over after it was shown.
    pub escalated_after: i64,
}

/// The figures of the articles since the day of `$1`; at most `$2`.
pub const FIGURES: &str = "SELECT article_id, CAST(SUM(asked) AS BIGINT), CAST(SUM(answered) AS BIGINT), CAST(SUM(confirmed) AS BIGINT), CAST(SUM(denied) AS BIGINT), CAST(SUM(escalated_after) AS BIGINT)
     FROM article_days WHERE day >= $1 GROUP BY article_id HAVING SUM(asked) > 0 ORDER BY 2 DESC, 1 LIMIT $2";

/// How the articles did since the day of a moment, the most asked first.
pub(crate) async fn figures(on: impl On, since: Millis, most: i64) -> Result<Vec<Figures>> {
    let rows: Vec<(String, i64, i64, i64, i64, i64)> =
        sql(FIGURES).bind(since.div_euclid(DAY)).bind(most).all(on).await?;
    Ok(rows
        .into_iter()
        .map(
            |(article_id, asked, answered, confirmed, denied, escalated_after)| Figures {
                article_id,
                asked,
                answered,
                confirmed,
                denied,
                escalated_after,
            },
        )
        .collect())
}
