//! What no article answered: the questions that the bot gave to people, those of one matter together. Each is an
//! article to write.
//!
//! [`collect`] goes through the bot's decisions; whatever is run twice changes nothing, because a question keeps
//! the id of its decision.

use std::collections::HashMap;

use conversation::audit;
use conversation::db::{On, sql};
use conversation::events::{EventKind, NewEvent};
use conversation::types::{Actor, Language, Millis, UnknownValue};
use conversation::{Error, Result, Store, Tx};
use serde_json::json;

use crate::article::{Article, ArticleKind, Audience};
use crate::drafts::{self, NewArticle};
use crate::redact::redact;
use crate::settings::Settings;

mod likeness;

use likeness::{FEWEST, Known, Reader};

/// Days of decisions that are looked through.
const DAYS: Millis = 90 * 24 * 60 * 60 * 1000;
/// How much later than it says a decision may be committed.
const LATE: Millis = 24 * 60 * 60 * 1000;
/// Decisions of one round.
const ROUND: i64 = 500;
/// The newest questions that a new one is compared with.
const COMPARED: i64 = 5_000;
/// What is kept of a question, in characters.
const QUESTION: usize = 500;
/// Questions that an article drafted from a matter begins with.
const EXAMPLES: usize = 20;

/// How far a matter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody wrote an article.
    Open,
    /// Somebody writes.
    Drafted,
    /// No article is wanted.
    Dismissed,
    /// The article is published.
    Answered,
}

impl State {
    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Drafted => "drafted",
            State::Dismissed => "dismissed",
            State::Answered => "answered",
        }
    }
}

impl std::str::FromStr for State {
    type Err = UnknownValue;
    fn from_str(text: &str) -> std::result::Result<State, UnknownValue> {
        match text {
            "open" => Ok(State::Open),
            "drafted" => Ok(State::Drafted),
            "dismissed" => Ok(State::Dismissed),
            "answered" => Ok(State::Answered),
            other => Err(UnknownValue {
                what: "state of an open question",
                value: other.to_owned(),
                expected: "open, drafted, dismissed, answered".to_owned(),
            }),
        }
    }
}

/// A matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Its id.
    pub id: String,
    /// How far it is.
    pub state: State,
    /// The question that stands for all.
    pub question: String,
    /// How often it was asked.
    pub asked: i64,
    /// The languages that it was asked in.
    pub languages: Vec<Language>,
    /// When it was asked first.
    pub first_at: Millis,
    /// When it was asked last.
    pub last_at: Millis,
    /// The article that was begun for it.
    pub article_id: Option<String>,
}

/// One question of a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What was asked, without what names a person.
    pub question: String,
    /// Its language.
    pub language: Language,
    /// Where.
    pub conversation_id: Option<String>,
    /// When.
    pub at: Millis,
}

type Row = (String, String, String, i64, String, i64, i64, Option<String>);
const COLUMNS: &str = "id, state, question, asked, languages, first_at, last_at, article_id";

fn gap((id, state, question, asked, languages, first_at, last_at, article_id): Row) -> Result<Gap> {
    Ok(Gap {
        state: state
            .parse()
            .map_err(|error| Error::corrupt(format!("open question {id}"), error))?,
        // A language that a newer program knows is nobody's here.
        languages: languages.split(' ').filter_map(|tag| tag.parse().ok()).collect(),
        id,
        question,
        asked,
        first_at,
        last_at,
        article_id,
    })
}

/// The matters of a state, the most asked first, after `(asked, id)` of the last one seen.
///
/// # Errors
/// The database is not to be had, or a row is damaged.
pub async fn list(on: impl On, state: State, after: Option<(i64, &str)>, most: i64) -> Result<Vec<Gap>> {
    // The order of the index, backwards; no id is greater than this.
    let (asked, id) = after.unwrap_or((i64::MAX, "~"));
    let rows: Vec<Row> = conversation::db::composed_sql(format!(
        "SELECT {COLUMNS} FROM knowledge_gaps WHERE state = $1 AND (asked, id) < ($2, $3) ORDER BY asked DESC, id DESC LIMIT $4"
    ))
    .bind(state.as_str())
    .bind(asked)
    .bind(id)
    .bind(most)
    .all(on)
    .await?;
    rows.into_iter().map(gap).collect()
}

/// How many matters wait for an article.
///
/// # Errors
/// The database is not to be had.
pub async fn open(on: impl On) -> Result<i64> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM knowledge_gaps WHERE state = 'open'")
        .one(on)
        .await?;
    Ok(count)
}

/// A matter by its id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &str) -> Result<Gap> {
    let row: Option<Row> =
        conversation::db::composed_sql(format!("SELECT {COLUMNS} FROM knowledge_gaps WHERE id = $1"))
            .bind(id)
            .optional(on)
            .await?;
    gap(row.ok_or(Error::NotFound)?)
}

/// The questions of a matter, the newest first.
///
/// # Errors
/// The database is not to be had.
pub async fn questions(on: impl On, id: &str, most: i64) -> Result<Vec<Asked>> {
    let rows: Vec<(String, Language, Option<String>, i64)> = sql(
        "SELECT question, language, conversation_id, at FROM gap_questions WHERE gap_id = $1 ORDER BY at DESC, id DESC LIMIT $2",
    )
    .bind(id)
    .bind(most)
    .all(on)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(question, language, conversation_id, at)| Asked {
            question,
            language,
            conversation_id,
            at,
        })
        .collect())
}

/// Files the questions that the bot gave to people, or answered with a menu, because no article fitted. Returns how many were new; to be
/// called until that is 0.
///
/// # Errors
/// The database is not to be had.
pub async fn collect(store: &Store, settings: &Settings) -> Result<usize> {
    // From a day before the last one that was seen: a decision may be committed after a later one. Ids are in the
    // order of time.
    let last: Option<(i64,)> = sql("SELECT at FROM gap_questions ORDER BY id DESC LIMIT 1")
        .optional(store.db())
        .await?;
    let since = last.map_or(0, |(at,)| at - LATE).max(store.now() - DAYS);
    let new: Vec<(String, String, String, Language, i64)> = sql(
        "SELECT d.id, d.conversation_id, d.question, d.language, d.at FROM bot_decisions d
         WHERE d.at >= $1 AND d.outcome IN ('handed_over', 'menu') AND d.reason IN ('unsure', 'still_unclear', 'several_questions')
         AND NOT EXISTS (SELECT 1 FROM gap_questions q WHERE q.id = d.id) ORDER BY d.at, d.id LIMIT $2",
    )
    .bind(since)
    .bind(ROUND)
    .all(store.db())
    .await?;
    if new.is_empty() {
        return Ok(0);
    }
    let reader = Reader::new(settings);
    let mut known = Known::default();
    let mut old: Vec<(String, String, Language)> =
        sql("SELECT gap_id, question, language FROM gap_questions WHERE gap_id <> '' ORDER BY id DESC LIMIT $1")
            .bind(COMPARED)
            .all(store.db())
            .await?;
    old.reverse();
    for (gap, question, language) in &old {
        known.add(gap, *language, &reader.terms(*language, question));
    }
    let mut tx = store.begin().await?;
    let count = new.len();
    for (id, conversation, question, language, at) in new {
        let question: String = redact(&question, &[]).text.chars().take(QUESTION).collect();
        let terms = reader.terms(language, &question);
        let gap = if terms.len() < FEWEST {
            // Seen, and nothing to write about.
            String::new()
        } else {
            let gap = match known.most_like(language, &terms).map(str::to_owned) {
                Some(gap) => {
                    again(&mut tx, &gap, language, at).await?;
                    gap
                }
                None => first(&mut tx, &question, language, at).await?,
            };
            known.add(&gap, language, &terms);
            gap
        };
        sql("INSERT INTO gap_questions (id, gap_id, conversation_id, question, language, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING")
            .bind(id)
            .bind(gap)
            .bind(conversation)
            .bind(question)
            .bind(language)
            .bind(at)
            .run(&mut tx)
            .await?;
    }
    tx.commit_silently().await?;
    Ok(count)
}

async fn first(tx: &mut Tx, question: &str, language: Language, at: Millis) -> Result<String> {
    let id = tx.env().ulid();
    sql("INSERT INTO knowledge_gaps (id, state, question, asked, languages, first_at, last_at) VALUES ($1, 'open', $2, 1, $3, $4, $4)")
        .bind(id.as_str())
        .bind(question)
        .bind(language.as_str())
        .bind(at)
        .run(tx)
        .await?;
    Ok(id)
}

/// Asked once more. What was answered and is asked again is open again: the article does not reach it.
async fn again(tx: &mut Tx, id: &str, language: Language, at: Millis) -> Result<()> {
    let gap = load(&mut *tx, id).await?;
    let state = if gap.state == State::Answered {
        State::Open
    } else {
        gap.state
    };
    sql("UPDATE knowledge_gaps SET asked = asked + 1, languages = $2, first_at = CASE WHEN first_at < $3 THEN first_at ELSE $3 END, last_at = CASE WHEN last_at > $3 THEN last_at ELSE $3 END, state = $4 WHERE id = $1")
        .bind(id)
        .bind(joined(&gap.languages, &[language]))
        .bind(at)
        .bind(state.as_str())
        .run(tx)
        .await?;
    Ok(())
}

fn joined(one: &[Language], other: &[Language]) -> String {
    let tags: Vec<&str> = Language::ALL
        .iter()
        .filter(|language| one.contains(language) || other.contains(language))
        .map(|language| language.as_str())
        .collect();
    tags.join(" ")
}

/// Two matters are one: what was asked of `id` counts for `into`.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] for a matter and itself.
pub async fn merge(store: &Store, actor: &Actor, id: &str, into: &str) -> Result<()> {
    if id == into {
        return Err(Error::Invalid("a question cannot be merged with itself".to_owned()));
    }
    let mut tx = store.begin().await?;
    let (from, to) = (load(&mut tx, id).await?, load(&mut tx, into).await?);
    sql("UPDATE gap_questions SET gap_id = $2 WHERE gap_id = $1")
        .bind(id)
        .bind(into)
        .run(&mut tx)
        .await?;
    sql("UPDATE knowledge_gaps SET asked = $2, languages = $3, first_at = $4, last_at = $5 WHERE id = $1")
        .bind(into)
        .bind(from.asked + to.asked)
        .bind(joined(&from.languages, &to.languages))
        .bind(from.first_at.min(to.first_at))
        .bind(from.last_at.max(to.last_at))
        .run(&mut tx)
        .await?;
    sql("DELETE FROM knowledge_gaps WHERE id = $1")
        .bind(id)
        .run(&mut tx)
        .await?;
    told(&mut tx, actor, into, "gap.merged").await?;
    tx.commit().await?;
    Ok(())
}

/// No article is wanted for this matter, or one is after all.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn dismiss(store: &Store, actor: &Actor, id: &str, is_dismissed: bool) -> Result<()> {
    let mut tx = store.begin().await?;
    load(&mut tx, id).await?;
    let state = if is_dismissed { State::Dismissed } else { State::Open };
    sql("UPDATE knowledge_gaps SET state = $2 WHERE id = $1")
        .bind(id)
        .bind(state.as_str())
        .run(&mut tx)
        .await?;
    told(&mut tx, actor, id, "gap.state").await?;
    tx.commit().await?;
    Ok(())
}

/// Begins the article of a matter, with what was asked as its example questions.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it was begun already.
pub async fn draft(store: &Store, actor: &Actor, id: &str) -> Result<Article> {
    let mut tx = store.begin().await?;
    let gap = load(&mut tx, id).await?;
    if gap.state == State::Drafted {
        return Err(Error::Conflict("an article was begun for this already".to_owned()));
    }
    let asked = questions(&mut tx, id, 200).await?;
    let mut by_language: HashMap<Language, usize> = HashMap::new();
    for one in &asked {
        *by_language.entry(one.language).or_default() += 1;
    }
    let language = Language::ALL
        .iter()
        .copied()
        .max_by_key(|language| {
            (
                by_language.get(language).copied().unwrap_or(0),
                std::cmp::Reverse(*language),
            )
        })
        .unwrap_or(Language::En);
    let mut examples: Vec<String> = Vec::new();
    for one in asked.iter().filter(|one| one.language == language) {
        let line = one.question.split_whitespace().collect::<Vec<_>>().join(" ");
        if examples.len() < EXAMPLES && !examples.contains(&line) {
            examples.push(line);
        }
    }
    let title: String = gap.question.split_whitespace().collect::<Vec<_>>().join(" ");
    let new = NewArticle {
        language,
        kind: ArticleKind::Faq,
        title: title.chars().take(120).collect(),
        body: String::new(),
        questions: examples,
        category: None,
        audience: Audience::Public,
        slug: String::new(),
    };
    let article = drafts::create_in(&mut tx, actor, new).await?;
    let changed =
        sql("UPDATE knowledge_gaps SET state = 'drafted', article_id = $2 WHERE id = $1 AND state <> 'drafted'")
            .bind(id)
            .bind(article.id.as_str())
            .run(&mut tx)
            .await?;
    if changed == 0 {
        return Err(Error::Conflict("an article was begun for this already".to_owned()));
    }
    tx.commit().await?;
    Ok(article)
}

/// The article of a matter is published.
pub(crate) async fn answered_in(tx: &mut Tx, article: &str) -> Result<()> {
    sql("UPDATE knowledge_gaps SET state = 'answered' WHERE article_id = $1 AND state = 'drafted'")
        .bind(article)
        .run(tx)
        .await?;
    Ok(())
}

async fn told(tx: &mut Tx, actor: &Actor, id: &str, action: &str) -> Result<()> {
    let facts = json!({ "gap": id });
    audit::record(tx, actor, action, id, &facts).await?;
    tx.emit(NewEvent {
        kind: EventKind::ArticleUpdated,
        conversation: None,
        subject: format!("gap:{id}"),
        actor: actor.clone(),
        data: facts,
    });
    Ok(())
}
