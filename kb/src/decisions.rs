//! What the bot decided, with its candidates and scores: shown to agents, counted by article, and
//! asked again when somebody tries other settings.

use conversation::db::{On, sql};
use conversation::types::{ConversationId, Language, MessageId, Millis};
use conversation::{Error, Result, Tx};
use serde::{Deserialize, Serialize};

use crate::answerer::{Answerer, Candidate};
pub use crate::days::Figures;
use crate::days::{self, Added};
use crate::settings::Settings;

/// What is kept of a question, in characters.
const QUESTION: usize = 1_000;
/// Candidates that are kept.
const CANDIDATES: usize = 5;
/// Questions that a trial asks.
const MOST_TRIED: i64 = 2_000;

/// An article that was considered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Considered {
    /// The article.
    pub article_id: String,
    /// Its headline.
    pub title: String,
    /// Its confidence, 0 to 1.
    pub confidence: f32,
}

/// One decision of the bot.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The message that it answers.
    pub message_id: MessageId,
    /// When.
    pub at: Millis,
    /// What was read.
    pub question: String,
    /// In which language it was answered.
    pub language: Language,
    /// `answered`, `clarified`, `handed_over`, `small_talk`, `from_data` or `menu`.
    pub outcome: String,
    /// Why it was handed over.
    pub reason: Option<String>,
    /// The confidence that an answer needed.
    pub answer_at: f32,
    /// What was considered, most probable first.
    pub candidates: Vec<Considered>,
}

impl Decided {
    /// The candidates as they are kept.
    pub fn considered(candidates: &[Candidate]) -> Vec<Considered> {
        candidates
            .iter()
            .take(CANDIDATES)
            .map(|candidate| Considered {
                article_id: candidate.article_id.clone(),
                title: candidate.title.clone(),
                confidence: candidate.confidence,
            })
            .collect()
    }
}

/// Keeps a decision, in the transaction that carries it out.
///
/// # Errors
/// The database is not to be had.
pub async fn record_in(tx: &mut Tx, decided: &Decided) -> Result<()> {
    let id = tx.env().ulid();
    let best = decided.candidates.first();
    let mut added = match decided.outcome.as_str() {
        "handed_over" => days::followed_by_hand_over(tx, &decided.conversation_id).await?,
        _ => Vec::new(),
    };
    if let Some(best) = best
        && matches!(decided.outcome.as_str(), "answered" | "clarified" | "handed_over")
    {
        let asked = Added {
            asked: 1,
            answered: i64::from(decided.outcome == "answered"),
            ..Added::default()
        };
        added.push((best.article_id.clone(), decided.at, asked));
    }
    sql("INSERT INTO bot_decisions (id, conversation_id, message_id, at, question, language, outcome, reason, article_id, confidence, answer_at, candidates) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
        .bind(id)
        .bind(&decided.conversation_id)
        .bind(&decided.message_id)
        .bind(decided.at)
        .bind(decided.question.chars().take(QUESTION).collect::<String>())
        .bind(decided.language)
        .bind(decided.outcome.as_str())
        .bind(decided.reason.clone())
        .bind(best.map(|best| best.article_id.clone()))
        .bind(best.map_or(0.0, |best| f64::from(best.confidence)))
        .bind(f64::from(decided.answer_at))
        .bind(serde_json::to_string(&decided.candidates).map_err(|error| Error::Invalid(error.to_string()))?)
        .run(&mut *tx)
        .await?;
    days::add_in(tx, added).await
}

type Row = (
    String,
    String,
    i64,
    String,
    Language,
    String,
    Option<String>,
    f64,
    String,
);
const COLUMNS: &str = "conversation_id, message_id, at, question, language, outcome, reason, answer_at, candidates";

fn decided(row: Row) -> Result<Decided> {
    let (conversation, message, at, question, language, outcome, reason, answer_at, candidates) = row;
    Ok(Decided {
        conversation_id: ConversationId::from(conversation),
        message_id: MessageId::from(message),
        at,
        question,
        language,
        outcome,
        reason,
        answer_at: answer_at as f32,
        candidates: serde_json::from_str(&candidates)
            .map_err(|error| Error::corrupt("a decision of the bot", error))?,
    })
}

/// The decisions about a conversation, newest first.
///
/// # Errors
/// The database is not to be had.
pub async fn of_conversation(on: impl On, conversation: &ConversationId, most: i64) -> Result<Vec<Decided>> {
    let rows: Vec<Row> = conversation::db::composed_sql(format!(
        "SELECT {COLUMNS} FROM bot_decisions WHERE conversation_id = $1 ORDER BY at DESC, id DESC LIMIT $2"
    ))
    .bind(conversation)
    .bind(most)
    .all(on)
    .await?;
    rows.into_iter().map(decided).collect()
}

/// How the articles did since the day (UTC) of a moment, the most asked first.
///
/// # Errors
/// The database is not to be had.
pub async fn figures(on: impl On, since: Millis, most: i64) -> Result<Vec<Figures>> {
    days::figures(on, since, most).await
}

/// What would become of one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// What was asked.
    pub question: String,
    /// The article that would answer now; `None`: people.
    pub now: Option<Considered>,
    /// The article that would answer then; `None`: people.
    pub then: Option<Considered>,
}

/// What other settings or articles would have made of the last days' questions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trial {
    /// Questions asked again.
    pub questions: usize,
    /// Answered as things are.
    pub answered_now: usize,
    /// Answered with what is tried.
    pub answered_then: usize,
    /// The questions whose outcome differs, newest first.
    pub changed: Vec<Changed>,
}

/// The distinct questions since a moment, newest first: what a trial asks again.
///
/// # Errors
/// The database is not to be had.
pub async fn asked_since(on: impl On, since: Millis) -> Result<Vec<(String, Language)>> {
    let rows: Vec<(String, Language)> = sql(
        "SELECT question, language FROM bot_decisions WHERE at >= $1 AND outcome IN ('answered', 'clarified', 'handed_over') AND candidates <> '[]'
         ORDER BY at DESC, id DESC LIMIT $2",
    )
    .bind(since)
    .bind(MOST_TRIED)
    .all(on)
    .await?;
    let mut seen = std::collections::HashSet::new();
    Ok(rows.into_iter().filter(|row| seen.insert(row.clone())).collect())
}

/// Asks questions of two answerers and compares. Blocks: a few milliseconds a question.
pub fn compare(questions: &[(String, Language)], now: (&Answerer, &Settings), then: (&Answerer, &Settings)) -> Trial {
    let outcome = |(answerer, settings): (&Answerer, &Settings), question: &str, language: Language| {
        answerer
            .candidates(None, language, question, 1)
            .into_iter()
            .find(|best| best.confidence >= settings.answer_at)
            .map(|best| Considered {
                article_id: best.article_id,
                title: best.title,
                confidence: best.confidence,
            })
    };
    let mut trial = Trial {
        questions: questions.len(),
        ..Trial::default()
    };
    for (question, language) in questions {
        let (before, after) = (outcome(now, question, *language), outcome(then, question, *language));
        trial.answered_now += usize::from(before.is_some());
        trial.answered_then += usize::from(after.is_some());
        let same = before.as_ref().map(|one| &one.article_id) == after.as_ref().map(|one| &one.article_id);
        if !same {
            trial.changed.push(Changed {
                question: question.clone(),
                now: before,
                then: after,
            });
        }
    }
    trial
}
