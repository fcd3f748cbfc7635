//! What readers and customers say of an article, and how often it was looked at. Nobody is remembered:
//! a reader is a code that is another one for each article, and views are a number for each day.

use std::collections::HashMap;

use conversation::db::{On, composed_sql, placeholders, sql};
use conversation::types::{ConversationId, Millis};
use conversation::{Result, Store, Tx};

use crate::days::{self, Added};

/// What is kept of the question behind a verdict, in characters.
const FEEDBACK_QUESTION: usize = 500;
/// What is kept of a comment, in characters.
pub const LONGEST_COMMENT: usize = 2_000;
/// Milliseconds of a day.
const DAY: Millis = 24 * 60 * 60 * 1000;

/// What a customer said about an answer, or that one was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The bot showed the article.
    Answered,
    /// It helped.
    Helped,
    /// It did not help.
    NotHelped,
}

impl Verdict {
    /// The verdict as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Answered => "answered",
            Verdict::Helped => "helped",
            Verdict::NotHelped => "not_helped",
        }
    }
}

/// What a verdict adds, `times` it.
fn added(verdict: Verdict, times: i64) -> Added {
    match verdict {
        Verdict::Answered => Added::default(),
        Verdict::Helped => Added {
            confirmed: times,
            ..Added::default()
        },
        Verdict::NotHelped => Added {
            denied: times,
            ..Added::default()
        },
    }
}

/// How often an article was shown and what was said about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FeedbackCounts {
    /// Shown by the bot.
    pub answered: i64,
    /// It helped.
    pub helped: i64,
    /// It did not help.
    pub not_helped: i64,
}

/// Keeps a verdict about an article, in the transaction that it belongs to.
pub async fn record_feedback(
    tx: &mut Tx,
    article: &str,
    conversation: Option<&ConversationId>,
    question: &str,
    verdict: Verdict,
) -> Result<()> {
    let id = tx.env().ulid();
    let now = tx.now();
    sql("INSERT INTO article_feedback (id, article_id, conversation_id, question, verdict, at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id)
        .bind(article)
        .bind(conversation)
        .bind(question.chars().take(FEEDBACK_QUESTION).collect::<String>())
        .bind(verdict.as_str())
        .bind(now)
        .run(&mut *tx)
        .await?;
    days::add_in(tx, vec![(article.to_owned(), now, added(verdict, 1))]).await
}

/// How often an article was shown and what was said about it.
pub async fn feedback_counts(on: impl On, article: &str) -> Result<FeedbackCounts> {
    let rows: Vec<(String, i64)> =
        sql("SELECT verdict, COUNT(*) FROM article_feedback WHERE article_id = $1 GROUP BY verdict")
            .bind(article)
            .all(on)
            .await?;
    let count = |verdict: Verdict| {
        rows.iter()
            .find(|(stored, _)| stored == verdict.as_str())
            .map_or(0, |(_, count)| *count)
    };
    Ok(FeedbackCounts {
        answered: count(Verdict::Answered),
        helped: count(Verdict::Helped),
        not_helped: count(Verdict::NotHelped),
    })
}

/// Keeps what a reader without a name says; saying something else later replaces it.
///
/// # Errors
/// The database is not to be had.
pub async fn say(store: &Store, article: &str, visitor: &str, verdict: Verdict, comment: &str) -> Result<()> {
    let comment: String = comment.trim().chars().take(LONGEST_COMMENT).collect();
    let comment = (!comment.is_empty()).then_some(comment);
    let mut tx = store.begin().await?;
    let (id, now) = (tx.env().ulid(), tx.now());
    // Two words of one reader's come one after the other: the second takes back what the first added.
    tx.take_turns(vec![format!("article-visitor:{article}:{visitor}")])
        .await?;
    let before: Option<(String, Millis)> =
        sql("SELECT verdict, at FROM article_feedback WHERE article_id = $1 AND visitor = $2")
            .bind(article)
            .bind(visitor)
            .optional(&mut tx)
            .await?;
    let mut sums = vec![(article.to_owned(), now, added(verdict, 1))];
    if let Some((before, at)) = before {
        let was_helped = before == Verdict::Helped.as_str();
        let before = if was_helped {
            Verdict::Helped
        } else {
            Verdict::NotHelped
        };
        sums.push((article.to_owned(), at, added(before, -1)));
    }
    sql(
        "INSERT INTO article_feedback (id, article_id, question, verdict, at, visitor, comment) VALUES ($1, $2, '', $3, $4, $5, $6)
         ON CONFLICT (article_id, visitor) DO UPDATE SET verdict = excluded.verdict, at = excluded.at, comment = COALESCE(excluded.comment, article_feedback.comment)",
    )
    .bind(id)
    .bind(article)
    .bind(verdict.as_str())
    .bind(now)
    .bind(visitor)
    .bind(comment)
    .run(&mut tx)
    .await?;
    days::add_in(&mut tx, sums).await?;
    tx.commit_silently().await
}

/// What somebody wrote about an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: String,
    /// Whether the article helped.
    pub has_helped: bool,
    /// The words.
    pub text: String,
    /// When.
    pub at: Millis,
}

/// The comments about an article, the newest first, before `(at, id)` of the last one seen.
///
/// # Errors
/// The database is not to be had.
pub async fn comments(on: impl On, article: &str, before: Option<(Millis, &str)>, most: i64) -> Result<Vec<Comment>> {
    let (at, id) = before.unwrap_or((i64::MAX, ""));
    let rows: Vec<(String, String, String, i64)> = sql(
        "SELECT id, verdict, comment, at FROM article_feedback WHERE article_id = $1 AND comment IS NOT NULL AND (at, id) < ($2, $3) ORDER BY at DESC, id DESC LIMIT $4",
    )
    .bind(article)
    .bind(at)
    .bind(id)
    .bind(most)
    .all(on)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, verdict, text, at)| Comment {
            id,
            has_helped: verdict == Verdict::Helped.as_str(),
            text,
            at,
        })
        .collect())
}

/// The day of a moment, counted from 1970.
pub const fn day(at: Millis) -> i64 {
    at.div_euclid(DAY)
}

/// Adds views, by article and day.
///
/// # Errors
/// The database is not to be had.
pub async fn add_views(store: &Store, views: &HashMap<(String, i64), i64>) -> Result<()> {
    if views.is_empty() {
        return Ok(());
    }
    // In one order, so that two processes cannot wait for each other in a circle.
    let mut sorted: Vec<_> = views.iter().collect();
    sorted.sort();
    let mut tx = store.begin().await?;
    for ((article, day), count) in sorted {
        sql("INSERT INTO article_views (article_id, day, views) VALUES ($1, $2, $3)
             ON CONFLICT (article_id, day) DO UPDATE SET views = article_views.views + excluded.views")
        .bind(article.as_str())
        .bind(*day)
        .bind(*count)
        .run(&mut tx)
        .await?;
    }
    tx.commit_silently().await
}

/// How much more one word of a reader's counts than one look at the page.
const WORD: i64 = 5;

/// The ids of the articles that were read, answered with and said to have helped most since a moment, the best first,
/// published or not.
///
/// # Errors
/// The database is not to be had.
pub async fn most_helpful(on: impl On, since: Millis, most: i64) -> Result<Vec<String>> {
    let rows: Vec<(String, i64)> = sql("SELECT article_id, CAST(SUM(worth) AS BIGINT) FROM (
             SELECT article_id, answered + $2 * (confirmed - denied) AS worth FROM article_days WHERE day >= $1
             UNION ALL
             SELECT article_id, views FROM article_views WHERE day >= $1
         ) counted GROUP BY article_id HAVING SUM(worth) > 0 ORDER BY 2 DESC, 1 LIMIT $3")
    .bind(day(since))
    .bind(WORD)
    .bind(most)
    .all(on)
    .await?;
    Ok(rows.into_iter().map(|(id, _)| id).collect())
}

/// How an article did since a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// Its page was looked at.
    pub views: i64,
    /// Readers and customers said that it helped.
    pub helped: i64,
    /// They said that it did not.
    pub not_helped: i64,
    /// The bot answered with it.
    pub answered: i64,
    /// Of these, conversations that went to people afterwards.
    pub escalated: i64,
}

/// How these articles did since a moment.
///
/// # Errors
/// The database is not to be had.
pub async fn reach(mut on: impl On, articles: &[String], since: Millis) -> Result<HashMap<String, Reach>> {
    let mut found: HashMap<String, Reach> = HashMap::new();
    for part in articles.chunks(64) {
        let ids = placeholders(1, part.len(), 1);
        let views: Vec<(String, i64)> = composed_sql(format!(
            "SELECT article_id, CAST(SUM(views) AS BIGINT) FROM article_views WHERE day >= $1 AND article_id IN {ids} GROUP BY article_id"
        ))
        .bind(day(since))
        .bind_all(part)
        .all(&mut on)
        .await?;
        for (id, views) in views {
            found.entry(id).or_default().views = views;
        }
        let verdicts: Vec<(String, String, i64)> = composed_sql(format!(
            "SELECT article_id, verdict, COUNT(*) FROM article_feedback WHERE at >= $1 AND verdict <> 'answered' AND article_id IN {ids} GROUP BY article_id, verdict"
        ))
        .bind(since)
        .bind_all(part)
        .all(&mut on)
        .await?;
        for (id, verdict, count) in verdicts {
            let reach = found.entry(id).or_default();
            if verdict == Verdict::Helped.as_str() {
                reach.helped = count;
            } else {
                reach.not_helped = count;
            }
        }
        let answers: Vec<(String, i64, i64)> = composed_sql(format!(
            "SELECT d.article_id, COUNT(*), CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM bot_decisions l WHERE l.conversation_id = d.conversation_id AND l.at >= d.at AND l.outcome = 'handed_over') THEN 1 ELSE 0 END) AS BIGINT)
             FROM bot_decisions d WHERE d.at >= $1 AND d.outcome = 'answered' AND d.article_id IN {ids} GROUP BY d.article_id"
        ))
        .bind(since)
        .bind_all(part)
        .all(&mut on)
        .await?;
        for (id, answered, escalated) in answers {
            let reach = found.entry(id).or_default();
            (reach.answered, reach.escalated) = (answered, escalated);
        }
    }
    Ok(found)
}
