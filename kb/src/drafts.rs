//! Working copies: what somebody is writing while customers go on reading what was published.
//!
//! An article has at most one. Whoever saves names the revision that they saw, so that two who write at
//! once see each other; every text that is replaced or put away becomes a version first, so that none is
//! lost. Publishing puts the working copy in the article's place.

use conversation::db::{On, sql};
use conversation::types::{Actor, Millis, UnknownValue};
use conversation::{Error, Result, Store, Tx};
use serde_json::json;

use crate::article::{Article, ArticleKind, Audience, Place};
use crate::categories;
use crate::store::{self, LONGEST_BODY, LONGEST_QUESTION, LONGEST_TITLE, MOST_QUESTIONS};

mod begin;
mod flow;

pub use begin::{NewArticle, create, create_in, translate};
pub use flow::{ask_review, discard, link, publish, put_aside, restore, send_back, withdraw};

/// The longest remark of a reviewer, in characters.
pub const LONGEST_REMARK: usize = 2_000;

/// How far a working copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Somebody writes.
    Draft,
    /// Somebody else should read it.
    Review,
}

impl State {
    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Review => "review",
        }
    }
}

impl std::str::FromStr for State {
    type Err = UnknownValue;
    fn from_str(text: &str) -> std::result::Result<State, UnknownValue> {
        match text {
            "draft" => Ok(State::Draft),
            "review" => Ok(State::Review),
            other => Err(UnknownValue {
                what: "state of a draft",
                value: other.to_owned(),
                expected: "draft, review".to_owned(),
            }),
        }
    }
}

/// What an editor writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// What it is for.
    pub kind: ArticleKind,
    /// The last part of its public address.
    pub slug: String,
    /// The headline.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Example questions.
    pub questions: Vec<String>,
    /// The category.
    pub category: Option<String>,
    /// Who will read it.
    pub audience: Audience,
    /// The version of its original that a translation follows.
    pub source_version: Option<i64>,
}

impl Words {
    /// What an article says now.
    pub fn of(article: &Article) -> Words {
        Words {
            kind: article.kind,
            slug: article.slug.clone(),
            title: article.title.clone(),
            body: article.body.clone(),
            questions: article.questions.clone(),
            category: article.place.category.clone(),
            audience: article.place.audience,
            source_version: article.place.source.as_ref().map(|(_, version)| *version),
        }
    }

    /// The words on top of an article.
    fn over(&self, article: &Article) -> Article {
        Article {
            kind: self.kind,
            slug: self.slug.trim().to_owned(),
            title: self.title.clone(),
            body: self.body.clone(),
            questions: self.questions.clone(),
            place: Place {
                category: self.category.clone(),
                audience: self.audience,
                source: article
                    .place
                    .source
                    .as_ref()
                    .map(|(id, version)| (id.clone(), self.source_version.unwrap_or(*version))),
            },
            ..article.clone()
        }
    }

    /// Any text is kept while somebody writes; only what has no end is refused.
    fn bounded(&self) -> Result<()> {
        if self.title.chars().count() > LONGEST_TITLE {
            return Err(Error::Invalid(format!(
                "the title has at most {LONGEST_TITLE} characters"
            )));
        }
        if self.body.len() > LONGEST_BODY {
            return Err(Error::Invalid(format!(
                "the text has more than {LONGEST_BODY} bytes; split the article"
            )));
        }
        if self.slug.len() > 300
            || self.questions.len() > MOST_QUESTIONS
            || self.questions.iter().any(|one| one.chars().count() > LONGEST_QUESTION)
        {
            return Err(Error::Invalid(format!(
                "an article has at most {MOST_QUESTIONS} example questions of at most {LONGEST_QUESTION} characters"
            )));
        }
        Ok(())
    }
}

/// A working copy.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The article.
    pub article_id: String,
    /// How far it is.
    pub state: State,
    /// What it says.
    pub words: Words,
    /// The version of the article that it was begun from.
    pub base_version: i64,
    /// Counts the savings, from 1.
    pub revision: i64,
    /// Who saved last.
    pub author: Actor,
    /// Who asked for a review.
    pub asked_by: Option<Actor>,
    /// What the reviewer said.
    pub remark: String,
    /// When it was saved last.
    pub updated_at: Millis,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    article_id: String,
    state: String,
    kind: String,
    slug: String,
    title: String,
    body: String,
    questions: String,
    category_id: Option<String>,
    audience: String,
    source_version: Option<i64>,
    base_version: i64,
    revision: i64,
    author: String,
    asked_by: Option<String>,
    remark: String,
    updated_at: i64,
}

impl TryFrom<Row> for Draft {
    type Error = Error;
    fn try_from(row: Row) -> Result<Draft> {
        let what = format!("the draft of {}", row.article_id);
        Ok(Draft {
            state: row.state.parse().map_err(|error| Error::corrupt(&what, error))?,
            words: Words {
                kind: row.kind.parse().map_err(|error| Error::corrupt(&what, error))?,
                slug: row.slug,
                title: row.title,
                body: row.body,
                questions: serde_json::from_str(&row.questions).map_err(|error| Error::corrupt(&what, error))?,
                category: row.category_id,
                audience: row.audience.parse().map_err(|error| Error::corrupt(&what, error))?,
                source_version: row.source_version,
            },
            base_version: row.base_version,
            revision: row.revision,
            author: serde_json::from_str(&row.author).map_err(|error| Error::corrupt(&what, error))?,
            asked_by: row
                .asked_by
                .map(|text| serde_json::from_str(&text))
                .transpose()
                .map_err(|error| Error::corrupt(&what, error))?,
            remark: row.remark,
            updated_at: row.updated_at,
            article_id: row.article_id,
        })
    }
}

/// The working copy of an article.
///
/// # Errors
/// The database is not to be had, or the row is damaged.
pub async fn load(on: impl On, article: &str) -> Result<Option<Draft>> {
    let row: Option<Row> = sql("SELECT * FROM article_drafts WHERE article_id = $1")
        .bind(article)
        .optional(on)
        .await?;
    row.map(Draft::try_from).transpose()
}

async fn check_category(on: impl On, category: Option<&str>) -> Result<()> {
    match category {
        Some(id) if categories::load(on).await?.get(id).is_none() => {
            Err(Error::Invalid("the category does not exist".to_owned()))
        }
        _ => Ok(()),
    }
}

/// Keeps what somebody writes. `seen` is the revision that they began with, 0 for none; `base` the version
/// of the article that they had before their eyes. Nothing is kept where nothing changed.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when somebody else saved since `seen`; [`Error::Invalid`] when it
/// has no end.
pub async fn keep(store: &Store, actor: &Actor, id: &str, words: &Words, seen: i64, base: i64) -> Result<Draft> {
    let mut tx = store.begin().await?;
    let (draft, has_changed) = keep_in(&mut tx, actor, id, words, seen, base).await?;
    if has_changed {
        tx.commit_silently().await?;
    }
    Ok(draft)
}

/// As [`keep`], and a version is made of it.
///
/// # Errors
/// As [`keep`].
pub async fn save(store: &Store, actor: &Actor, id: &str, words: &Words, seen: i64, base: i64) -> Result<Draft> {
    let mut tx = store.begin().await?;
    let (draft, _) = keep_in(&mut tx, actor, id, words, seen, base).await?;
    let article = store::load(&mut tx, id).await?;
    snapshot(&mut tx, actor, &article, words).await?;
    tx.commit_silently().await?;
    Ok(draft)
}

async fn keep_in(tx: &mut Tx, actor: &Actor, id: &str, words: &Words, seen: i64, base: i64) -> Result<(Draft, bool)> {
    words.bounded()?;
    let article = store::load(&mut *tx, id).await?;
    let known = load(&mut *tx, id).await?;
    let has = known.as_ref().map_or(0, |draft| draft.revision);
    if has != seen {
        return Err(Error::Conflict(
            "somebody else saved this article in the meantime".to_owned(),
        ));
    }
    let base_version = if base > 0 {
        base.min(article.version)
    } else {
        article.version
    };
    if let Some(known) = &known
        && known.words == *words
        && known.base_version == base_version
    {
        return Ok((known.clone(), false));
    }
    let draft = Draft {
        article_id: id.to_owned(),
        // What changes after somebody asked is asked again.
        state: State::Draft,
        words: words.clone(),
        base_version,
        revision: seen + 1,
        author: actor.clone(),
        asked_by: None,
        remark: known.map(|draft| draft.remark).unwrap_or_default(),
        updated_at: tx.now(),
    };
    if write(tx, &draft, seen).await? == 0 {
        return Err(Error::Conflict(
            "somebody else saved this article in the meantime".to_owned(),
        ));
    }
    Ok((draft, true))
}

/// Writes a working copy over the revision `seen`; returns how many rows that was.
async fn write(tx: &mut Tx, draft: &Draft, seen: i64) -> Result<u64> {
    let words = &draft.words;
    let statement = if seen == 0 {
        "INSERT INTO article_drafts (article_id, state, kind, slug, title, body, questions, category_id, audience, source_version, base_version, revision, author, asked_by, remark, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (article_id) DO NOTHING"
    } else {
        "UPDATE article_drafts SET state = $2, kind = $3, slug = $4, title = $5, body = $6, questions = $7, category_id = $8, audience = $9, source_version = $10,
         base_version = $11, revision = $12, author = $13, asked_by = $14, remark = $15, updated_at = $16 WHERE article_id = $1 AND revision = $17"
    };
    let mut query = sql(statement)
        .bind(draft.article_id.as_str())
        .bind(draft.state.as_str())
        .bind(words.kind.as_str())
        .bind(words.slug.as_str())
        .bind(words.title.as_str())
        .bind(words.body.as_str())
        .bind(json!(words.questions).to_string())
        .bind(words.category.clone())
        .bind(words.audience.as_str())
        .bind(words.source_version)
        .bind(draft.base_version)
        .bind(draft.revision)
        .bind(json!(draft.author).to_string())
        .bind(draft.asked_by.as_ref().map(|actor| json!(actor).to_string()))
        .bind(draft.remark.as_str())
        .bind(draft.updated_at);
    if seen > 0 {
        query = query.bind(seen);
    }
    query.run(tx).await
}

/// Makes a version of these words, unless the last version says the same.
async fn snapshot(tx: &mut Tx, actor: &Actor, article: &Article, words: &Words) -> Result<()> {
    let last = store::versions(&mut *tx, &article.id, 1).await?.into_iter().next();
    if last
        .as_ref()
        .is_some_and(|last| (&last.title, &last.body, &last.questions) == (&words.title, &words.body, &words.questions))
    {
        return Ok(());
    }
    let kept = Article {
        title: words.title.clone(),
        body: words.body.clone(),
        questions: words.questions.clone(),
        version: last.map_or(0, |last| last.version).max(article.version) + 1,
        updated_at: tx.now(),
        ..article.clone()
    };
    store::keep_version(tx, actor, &kept, "draft").await
}
