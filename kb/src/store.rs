//! Articles in the database: the truth that indexes and answerers are built from.
//!
//! Every change is a version with an event in the same transaction; saving what is already there
//! changes nothing, so that an import can be repeated.

use conversation::audit;
use conversation::db::{On, Value, sql};
use conversation::events::{EventKind, NewEvent};
use conversation::types::Actor;
use conversation::{Error, Result, Store, Tx};
use serde_json::json;

use crate::article::{Article, ArticleStatus};
pub use crate::feedback::{FeedbackCounts, Verdict, feedback_counts, record_feedback};
use crate::{categories, slugs};

mod read;
pub use read::{
    ArticleVersion, Filter, Stamp, by_slug, has_public, list, load, load_many, stamps, translations, version, versions,
};

/// The longest headline, in characters.
pub const LONGEST_TITLE: usize = 300;
/// The longest slug, in characters: ids made of it travel in the buttons of chat channels.
pub const LONGEST_SLUG: usize = 100;
/// Addresses below `/help/{language}` that are no articles.
pub const RESERVED_SLUGS: [&str; 2] = ["topics", "suggest"];
/// The longest body, in bytes.
pub const LONGEST_BODY: usize = 2 * 1024 * 1024;
/// The most example questions of one article.
pub const MOST_QUESTIONS: usize = 1_000;
/// The longest example question, in characters.
pub const LONGEST_QUESTION: usize = 1_000;

/// What saving did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It is new.
    Created,
    /// It was there and has a new version.
    Changed,
    /// It was there just so.
    Unchanged,
}

/// What an import did, article by article.
#[derive(Debug, Default)]
pub struct ImportReport {
    /// New articles.
    pub created: usize,
    /// Articles with a new version.
    pub changed: usize,
    /// Articles that were there just so.
    pub unchanged: usize,
    /// Articles that the database would not take, by id, and why.
    pub refused: Vec<(String, String)>,
}

/// Saves an article in a transaction of its own.
///
/// # Errors
/// As [`upsert_in`].
pub async fn upsert(store: &Store, actor: &Actor, article: &Article) -> Result<(Article, Saved)> {
    let mut tx = store.begin().await?;
    let (article, saved) = upsert_in(&mut tx, actor, article).await?;
    if saved != Saved::Unchanged {
        tx.commit().await?;
    }
    Ok((article, saved))
}

/// Saves an article, found again by its id or else by language and slug. `version` and `updated_at`
/// of what is given do not matter; those of what is stored are in the answer.
///
/// # Errors
/// [`Error::Invalid`] when something is missing or too long; [`Error::Conflict`] when the slug
/// belongs to another article, or somebody else saved at the same moment.
pub async fn upsert_in(tx: &mut Tx, actor: &Actor, article: &Article) -> Result<(Article, Saved)> {
    let mut article = checked(article)?;
    article.updated_at = tx.now();
    let by_slug = by_slug(&mut *tx, article.language, &article.slug).await?;
    let by_id = load(&mut *tx, &article.id).await.map(Some).or_else(missing)?;
    let taken = || {
        Error::Conflict(format!(
            "the slug `{}` belongs to another article in `{}`",
            article.slug, article.language
        ))
    };
    let known = match (by_id, by_slug) {
        (Some(by_id), Some(by_slug)) if by_id.id != by_slug.id => return Err(taken()),
        (Some(known), _) | (None, Some(known)) => known,
        (None, None) => {
            article.version = 1;
            let added = sql("INSERT INTO articles (id, kind, slug, language, grp, title, body, questions, status, version, updated_at, category_id, audience, source_id, source_version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING")
                .bind_all(row(&article))
                .run(&mut *tx)
                .await?;
            if added == 0 {
                return Err(taken());
            }
            saved(tx, actor, &article, "article.created").await?;
            return Ok((article, Saved::Created));
        }
    };
    article.id.clone_from(&known.id);
    article.version = known.version;
    if article
        == (Article {
            updated_at: article.updated_at,
            ..known.clone()
        })
    {
        return Ok((known, Saved::Unchanged));
    }
    // Drafts that somebody saved on the way have numbers of the same row.
    article.version = last_version(&mut *tx, &known.id).await?.max(known.version) + 1;
    if (known.language, &known.slug) != (article.language, &article.slug) {
        slugs::moved(tx, &known).await?;
    }
    let changed = sql("UPDATE articles SET kind = $2, slug = $3, language = $4, grp = $5, title = $6, body = $7, questions = $8, status = $9, version = $10, updated_at = $11, category_id = $12, audience = $13, source_id = $14, source_version = $15 WHERE id = $1 AND version = $16")
        .bind_all(row(&article))
        .bind(known.version)
        .run(&mut *tx)
        .await?;
    if changed == 0 {
        return Err(Error::Conflict(format!(
            "somebody else saved the article `{}` at the same moment; look at it and save again",
            article.id
        )));
    }
    saved(tx, actor, &article, "article.changed").await?;
    Ok((article, Saved::Changed))
}

/// The columns of an article as both statements write them.
fn row(article: &Article) -> [Value; 15] {
    let (source, source_version) = article.place.source.clone().unzip();
    [
        article.id.as_str().into(),
        article.kind.as_str().into(),
        article.slug.as_str().into(),
        article.language.into(),
        article.group.as_str().into(),
        article.title.as_str().into(),
        article.body.as_str().into(),
        json!(article.questions).to_string().into(),
        article.status.as_str().into(),
        article.version.into(),
        article.updated_at.into(),
        article.place.category.clone().into(),
        article.place.audience.as_str().into(),
        source.into(),
        source_version.into(),
    ]
}

/// The version, the audit line and the event of a change.
async fn saved(tx: &mut Tx, actor: &Actor, article: &Article, action: &str) -> Result<()> {
    keep_version(tx, actor, article, article.status.as_str()).await?;
    let facts = json!({ "language": article.language, "slug": article.slug, "status": article.status, "version": article.version });
    audit::record(tx, actor, action, &article.id, &facts).await?;
    tx.emit(NewEvent {
        kind: EventKind::ArticleUpdated,
        conversation: None,
        subject: article.id.clone(),
        actor: actor.clone(),
        data: facts,
    });
    Ok(())
}

/// The number of the last version, drafts among them; 0 when there is none.
pub(crate) async fn last_version(on: impl On, id: &str) -> Result<i64> {
    let row: Option<(i64,)> =
        sql("SELECT version FROM article_versions WHERE article_id = $1 ORDER BY version DESC LIMIT 1")
            .bind(id)
            .optional(on)
            .await?;
    Ok(row.map_or(0, |(version,)| version))
}

/// Keeps a state of an article under the number that it has.
pub(crate) async fn keep_version(tx: &mut Tx, actor: &Actor, article: &Article, state: &str) -> Result<()> {
    sql("INSERT INTO article_versions (article_id, version, title, body, questions, actor, at, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(article.id.as_str())
        .bind(article.version)
        .bind(article.title.as_str())
        .bind(article.body.as_str())
        .bind(json!(article.questions).to_string())
        .bind(json!(actor).to_string())
        .bind(article.updated_at)
        .bind(state)
        .run(&mut *tx)
        .await?;
    Ok(())
}

/// The article as it can be stored.
///
/// # Errors
/// [`Error::Invalid`] when something is missing or too long.
pub(crate) fn checked(article: &Article) -> Result<Article> {
    let invalid = |what: String| Err(Error::Invalid(what));
    let mut article = Article {
        title: article.title.trim().to_owned(),
        group: article.group.trim().to_owned(),
        ..article.clone()
    };
    article.questions.retain(|question| !question.trim().is_empty());
    if article.id.is_empty() || article.id.len() > LONGEST_SLUG + 3 {
        return invalid(format!(
            "an article's id has 1 to {} characters; shorten the slug",
            LONGEST_SLUG + 3
        ));
    }
    let is_slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if article.slug.is_empty() || article.slug.len() > LONGEST_SLUG || !article.slug.chars().all(is_slug) {
        return invalid(format!(
            "the slug `{}` is not 1 to {LONGEST_SLUG} of a-z, 0-9 and -",
            article.slug.chars().take(40).collect::<String>()
        ));
    }
    if RESERVED_SLUGS.contains(&article.slug.as_str()) {
        return invalid(format!(
            "the slug `{}` is an address of the help centre itself; choose another",
            article.slug
        ));
    }
    if article.title.is_empty() || article.title.chars().count() > LONGEST_TITLE {
        return invalid(format!("the title has 1 to {LONGEST_TITLE} characters"));
    }
    if article.body.len() > LONGEST_BODY {
        return invalid(format!(
            "the text has more than {LONGEST_BODY} bytes; split the article"
        ));
    }
    if article.questions.len() > MOST_QUESTIONS
        || article
            .questions
            .iter()
            .any(|question| question.chars().count() > LONGEST_QUESTION)
    {
        return invalid(format!(
            "an article has at most {MOST_QUESTIONS} example questions of at most {LONGEST_QUESTION} characters"
        ));
    }
    if article.group.is_empty() {
        article.group.clone_from(&article.slug);
    }
    // What the database stores is what is compared with it.
    for text in [&mut article.title, &mut article.body, &mut article.group]
        .into_iter()
        .chain(article.questions.iter_mut())
    {
        if text.contains('\0') {
            *text = text.replace('\0', "\u{FFFD}");
        }
    }
    Ok(article)
}

fn missing(error: Error) -> Result<Option<Article>> {
    match error {
        Error::NotFound => Ok(None),
        other => Err(other),
    }
}

/// Saves many articles, each on its own, so that one that is refused does not take the others with
/// it.
///
/// # Errors
/// The database is not to be had.
pub async fn import(store: &Store, actor: &Actor, articles: &[Article]) -> Result<ImportReport> {
    let mut report = ImportReport::default();
    for article in articles {
        match import_one(store, actor, article).await {
            Ok((_, Saved::Created)) => report.created += 1,
            Ok((_, Saved::Changed)) => report.changed += 1,
            Ok((_, Saved::Unchanged)) => report.unchanged += 1,
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => report.refused.push((article.id.clone(), error.to_string())),
        }
    }
    Ok(report)
}

/// A file says less than the database holds: what it does not name stays, and no file makes an internal
/// article public. A category that is named for the first time is made.
async fn import_one(store: &Store, actor: &Actor, article: &Article) -> Result<(Article, Saved)> {
    let mut tx = store.begin().await?;
    let mut article = article.clone();
    let known = match load(&mut tx, &article.id).await.map(Some).or_else(missing)? {
        Some(known) => Some(known),
        None => by_slug(&mut tx, article.language, &article.slug).await?,
    };
    if let Some(category) = &article.place.category {
        categories::ensure_in(&mut tx, actor, category, article.language).await?;
    }
    if let Some(known) = known {
        let place = &mut article.place;
        place.category = place.category.take().or(known.place.category);
        place.source = known.place.source;
        if !place.audience.is_internal() {
            place.audience = known.place.audience;
        }
    }
    let (article, saved) = upsert_in(&mut tx, actor, &article).await?;
    if saved != Saved::Unchanged {
        tx.commit().await?;
    }
    Ok((article, saved))
}

/// Shows an article to customers and the bot, or hides it from them.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when somebody else saved at the same moment.
pub async fn set_status(store: &Store, actor: &Actor, id: &str, status: ArticleStatus) -> Result<Article> {
    let mut tx = store.begin().await?;
    let known = load(&mut tx, id).await?;
    let (article, saved) = upsert_in(&mut tx, actor, &Article { status, ..known }).await?;
    if saved != Saved::Unchanged {
        tx.commit().await?;
    }
    Ok(article)
}

#[cfg(test)]
mod tests;
