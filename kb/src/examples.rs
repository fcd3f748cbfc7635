//! Questions that the bot learned: a customer said that the answer helped, or an agent picked the
//! article. They can be looked through and removed; a removed one is not learned again.

use conversation::audit;
use conversation::db::{On, sql};
use conversation::events::{EventKind, NewEvent};
use conversation::types::{Actor, ConversationId, Millis, UnknownValue};
use conversation::{Error, Result, Store, Tx};
use serde_json::json;

use crate::analysis::folded_words;
use crate::store::{self, LONGEST_QUESTION};

/// Learned questions that one article trains with, the newest.
const MOST_OF_ARTICLE: usize = 200;
/// A question of fewer words says too little to learn from.
const FEWEST_WORDS: usize = 2;

/// Where a question was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The customer said that the answer helped.
    Confirmed,
    /// An agent picked the article.
    Agent,
}

impl Source {
    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Source::Confirmed => "confirmed",
            Source::Agent => "agent",
        }
    }
}

impl std::str::FromStr for Source {
    type Err = UnknownValue;
    fn from_str(text: &str) -> std::result::Result<Source, UnknownValue> {
        match text {
            "confirmed" => Ok(Source::Confirmed),
            "agent" => Ok(Source::Agent),
            other => Err(UnknownValue {
                what: "source of an example",
                value: other.to_owned(),
                expected: "confirmed, agent".to_owned(),
            }),
        }
    }
}

/// A learned question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// Its id.
    pub id: String,
    /// The article that answers it.
    pub article_id: String,
    /// The question.
    pub question: String,
    /// Where it was learned.
    pub source: Source,
    /// Where it was asked.
    pub conversation_id: Option<String>,
    /// When it was learned.
    pub at: Millis,
}

/// Learns a question in the transaction that it belongs to; returns whether it is new. What is too
/// short to mean anything, and what somebody removed, is not learned.
///
/// # Errors
/// The database is not to be had.
pub async fn learn_in(
    tx: &mut Tx,
    actor: &Actor,
    article: &str,
    question: &str,
    source: Source,
    conversation: Option<&ConversationId>,
) -> Result<bool> {
    let line = question
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('\0', "");
    if line.chars().count() > LONGEST_QUESTION || folded_words(&line, FEWEST_WORDS).len() < FEWEST_WORDS {
        return Ok(false);
    }
    let id = tx.env().ulid();
    let now = tx.now();
    let added = sql(
        "INSERT INTO learned_examples (id, article_id, question, source, conversation_id, at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (article_id, question) DO NOTHING",
    )
    .bind(&id)
    .bind(article)
    .bind(&line)
    .bind(source.as_str())
    .bind(conversation)
    .bind(now)
    .run(&mut *tx)
    .await?;
    if added == 0 {
        return Ok(false);
    }
    tell(tx, actor, article, json!({ "example": id, "source": source.as_str() }));
    Ok(true)
}

/// An agent says which article answers a question.
///
/// # Errors
/// [`Error::NotFound`] without the article; [`Error::Invalid`] for a question that says too little;
/// [`Error::Conflict`] when the article has it already, or had it and it was removed.
pub async fn teach(
    store: &Store,
    actor: &Actor,
    article: &str,
    question: &str,
    conversation: Option<&ConversationId>,
) -> Result<()> {
    let mut tx = store.begin().await?;
    store::load(&mut tx, article).await?;
    if folded_words(question, FEWEST_WORDS).len() < FEWEST_WORDS || question.chars().count() > LONGEST_QUESTION {
        return Err(Error::Invalid(format!(
            "a question to learn has at least {FEWEST_WORDS} words and at most {LONGEST_QUESTION} characters"
        )));
    }
    // What was removed by mistake comes back when a person says so.
    let line = question.split_whitespace().collect::<Vec<_>>().join(" ");
    sql("DELETE FROM learned_examples WHERE article_id = $1 AND question = $2 AND removed_at IS NOT NULL")
        .bind(article)
        .bind(&line)
        .run(&mut tx)
        .await?;
    if !learn_in(&mut tx, actor, article, &line, Source::Agent, conversation).await? {
        return Err(Error::Conflict("the article knows this question already".to_owned()));
    }
    audit::record(
        &mut tx,
        actor,
        "knowledge.taught",
        article,
        &json!({ "question": line }),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Unlearns a question.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(store: &Store, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let now = tx.now();
    let row: Option<(String, String)> = sql(
        "UPDATE learned_examples SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL RETURNING article_id, question",
    )
    .bind(id)
    .bind(now)
    .optional(&mut tx)
    .await?;
    let (article, question) = row.ok_or(Error::NotFound)?;
    audit::record(
        &mut tx,
        actor,
        "knowledge.unlearned",
        &article,
        &json!({ "question": question }),
    )
    .await?;
    tell(&mut tx, actor, &article, json!({ "unlearned": id }));
    tx.commit().await?;
    Ok(())
}

fn tell(tx: &mut Tx, actor: &Actor, article: &str, data: serde_json::Value) {
    tx.emit(NewEvent {
        kind: EventKind::ArticleUpdated,
        conversation: None,
        subject: article.to_owned(),
        actor: actor.clone(),
        data,
    });
}

/// Learned questions, the newest first, below `before` (time and id of the last one seen).
///
/// # Errors
/// The database is not to be had.
pub async fn list(on: impl On, before: Option<(Millis, &str)>, most: i64) -> Result<Vec<Learned>> {
    let (at, id) = before.unwrap_or((Millis::MAX, ""));
    let rows: Vec<(String, String, String, String, Option<String>, i64)> = sql(
        "SELECT id, article_id, question, source, conversation_id, at FROM learned_examples
         WHERE removed_at IS NULL AND (at, id) < ($1, $2) ORDER BY at DESC, id DESC LIMIT $3",
    )
    .bind(at)
    .bind(id)
    .bind(most)
    .all(on)
    .await?;
    rows.into_iter()
        .map(|(id, article_id, question, source, conversation_id, at)| {
            Ok(Learned {
                source: source
                    .parse()
                    .map_err(|error| Error::corrupt("a learned example", error))?,
                id,
                article_id,
                question,
                conversation_id,
                at,
            })
        })
        .collect()
}

/// What changes when the learned questions do: how many there were, how many were
/// removed, and the last change.
pub(crate) async fn stamp(on: impl On) -> Result<(i64, i64, i64)> {
    let row: Option<(i64, i64, i64)> = sql(
        "SELECT COUNT(*), COUNT(removed_at), CAST(COALESCE(MAX(CASE WHEN removed_at > at THEN removed_at ELSE at END), 0) AS BIGINT) FROM learned_examples",
    )
    .optional(on)
    .await?;
    Ok(row.unwrap_or_default())
}

/// All that is learned from, by article, the newest of each.
pub(crate) async fn all(on: impl On) -> Result<std::collections::HashMap<String, Vec<String>>> {
    let rows: Vec<(String, String)> = sql(
        "SELECT article_id, question FROM learned_examples WHERE removed_at IS NULL ORDER BY at DESC, id DESC LIMIT 100000",
    )
    .all(on)
    .await?;
    let mut by_article = std::collections::HashMap::<String, Vec<String>>::new();
    for (article, question) in rows {
        let questions = by_article.entry(article).or_default();
        if questions.len() < MOST_OF_ARTICLE {
            questions.push(question);
        }
    }
    Ok(by_article)
}
