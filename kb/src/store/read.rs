//! Reading articles, their versions and what changed.

use conversation::db::{On, Value, composed_sql, sql};
use conversation::types::{Actor, Language, Millis};
use conversation::{Error, Result};

use crate::article::{Article, ArticleKind, ArticleStatus, Audience, Place};

/// Which articles.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// By language.
    pub language: Option<Language>,
    /// By status.
    pub status: Option<ArticleStatus>,
    /// By kind.
    pub kind: Option<ArticleKind>,
}

/// One earlier state of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleVersion {
    /// Counts from 1.
    pub version: i64,
    /// The headline.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Example questions.
    pub questions: Vec<String>,
    /// Who saved it.
    pub actor: Actor,
    /// When.
    pub at: Millis,
    /// `published`, or `draft` when it was saved on the way there.
    pub state: String,
}

/// What changes when an article does; cheap to read for all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The article.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// When it was changed last.
    pub updated_at: Millis,
    /// Whether only agents read it.
    pub is_internal: bool,
}

const COLUMNS: &str = "id, kind, slug, language, grp, title, body, questions, status, version, updated_at, category_id, audience, source_id, source_version";
type ArticleRow = (
    String,
    String,
    String,
    Language,
    String,
    String,
    String,
    String,
    String,
    i64,
    i64,
    Option<String>,
    String,
    Option<String>,
    Option<i64>,
);

fn article(row: ArticleRow) -> Result<Article> {
    let (
        id,
        kind,
        slug,
        language,
        group,
        title,
        body,
        questions,
        status,
        version,
        updated_at,
        category,
        audience,
        source,
        followed,
    ) = row;
    let what = format!("article {id}");
    Ok(Article {
        kind: kind.parse().map_err(|error| Error::corrupt(&what, error))?,
        questions: serde_json::from_str(&questions).map_err(|error| Error::corrupt(&what, error))?,
        status: status.parse().map_err(|error| Error::corrupt(&what, error))?,
        place: Place {
            category,
            audience: audience.parse().map_err(|error| Error::corrupt(&what, error))?,
            source: source.map(|id| (id, followed.unwrap_or(0))),
        },
        id,
        slug,
        language,
        group,
        title,
        body,
        version,
        updated_at,
    })
}

/// An article by id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &str) -> Result<Article> {
    let row: Option<ArticleRow> = composed_sql(format!("SELECT {COLUMNS} FROM articles WHERE id = $1"))
        .bind(id)
        .optional(on)
        .await?;
    article(row.ok_or(Error::NotFound)?)
}

/// An article by the parts of its public address, whatever its status.
pub async fn by_slug(on: impl On, language: Language, slug: &str) -> Result<Option<Article>> {
    let row: Option<ArticleRow> = composed_sql(format!(
        "SELECT {COLUMNS} FROM articles WHERE language = $1 AND slug = $2"
    ))
    .bind(language)
    .bind(slug)
    .optional(on)
    .await?;
    row.map(article).transpose()
}

/// Articles by title, at most `most`, after `(title, id)` of the last one seen.
pub async fn list(on: impl On, filter: &Filter, after: Option<(&str, &str)>, most: i64) -> Result<Vec<Article>> {
    let mut text = format!("SELECT {COLUMNS} FROM articles WHERE 1 = 1");
    let mut args: Vec<Value> = Vec::new();
    let mut also = |condition: &str, value: Value| {
        args.push(value);
        text.push_str(&condition.replace('?', &format!("${}", args.len())));
    };
    if let Some(language) = filter.language {
        also(" AND language = ?", language.into());
    }
    if let Some(status) = filter.status {
        also(" AND status = ?", status.as_str().into());
    }
    if let Some(kind) = filter.kind {
        also(" AND kind = ?", kind.as_str().into());
    }
    if let Some((title, id)) = after {
        also(" AND (title, id) > (?, ", title.into());
        also("?)", id.into());
    }
    also(" ORDER BY title, id LIMIT ?", most.into());
    let rows: Vec<ArticleRow> = composed_sql(text).bind_all(args).all(on).await?;
    rows.into_iter().map(article).collect()
}

/// All translations of one article, itself included, by language.
pub async fn translations(on: impl On, group: &str) -> Result<Vec<Article>> {
    let rows: Vec<ArticleRow> = composed_sql(format!(
        "SELECT {COLUMNS} FROM articles WHERE grp = $1 ORDER BY language, id LIMIT 50"
    ))
    .bind(group)
    .all(on)
    .await?;
    rows.into_iter().map(article).collect()
}

/// The versions of an article, newest first.
pub async fn versions(on: impl On, id: &str, most: i64) -> Result<Vec<ArticleVersion>> {
    let rows: Vec<VersionRow> = composed_sql(format!(
        "SELECT {VERSION} FROM article_versions WHERE article_id = $1 ORDER BY version DESC LIMIT $2"
    ))
    .bind(id)
    .bind(most)
    .all(on)
    .await?;
    rows.into_iter().map(|row| version_of(id, row)).collect()
}

/// One version of an article.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn version(on: impl On, id: &str, number: i64) -> Result<ArticleVersion> {
    let row: Option<VersionRow> = composed_sql(format!(
        "SELECT {VERSION} FROM article_versions WHERE article_id = $1 AND version = $2"
    ))
    .bind(id)
    .bind(number)
    .optional(on)
    .await?;
    version_of(id, row.ok_or(Error::NotFound)?)
}

const VERSION: &str = "version, title, body, questions, actor, at, state";
type VersionRow = (i64, String, String, String, String, i64, String);

fn version_of(id: &str, row: VersionRow) -> Result<ArticleVersion> {
    let (version, title, body, questions, actor, at, state) = row;
    let what = format!("version {version} of article {id}");
    Ok(ArticleVersion {
        version,
        title,
        body,
        questions: serde_json::from_str(&questions).map_err(|error| Error::corrupt(&what, error))?,
        actor: serde_json::from_str(&actor).map_err(|error| Error::corrupt(&what, error))?,
        at,
        state,
    })
}

/// The stamps of all published articles, by id.
pub async fn stamps(on: impl On) -> Result<Vec<Stamp>> {
    let rows: Vec<(String, i64, i64, String)> =
        sql("SELECT id, version, updated_at, audience FROM articles WHERE status = 'published' ORDER BY id")
            .all(on)
            .await?;
    Ok(rows
        .into_iter()
        .map(|(id, version, updated_at, audience)| Stamp {
            id,
            version,
            updated_at,
            // What is not known to be for everybody is for agents.
            is_internal: audience != Audience::Public.as_str(),
        })
        .collect())
}

/// Whether there is an article that everybody may read.
///
/// # Errors
/// The database is not to be had.
pub async fn has_public(on: impl On) -> Result<bool> {
    let row: Option<(String,)> = sql("SELECT id FROM articles WHERE status = 'published' AND audience = $1 LIMIT 1")
        .bind(Audience::Public.as_str())
        .optional(on)
        .await?;
    Ok(row.is_some())
}

/// Articles by id. A row that cannot be read is left out and logged: one damaged article must not
/// take the others from the bot.
pub async fn load_many(mut on: impl On, ids: &[String]) -> Result<Vec<Article>> {
    let mut articles = Vec::with_capacity(ids.len());
    for part in ids.chunks(64) {
        let text = format!(
            "SELECT {COLUMNS} FROM articles WHERE id IN {}",
            conversation::db::placeholders(1, part.len(), 0)
        );
        let rows: Vec<ArticleRow> = composed_sql(text).bind_all(part).all(&mut on).await?;
        for row in rows {
            match article(row) {
                Ok(article) => articles.push(article),
                Err(error) => tracing::error!(%error, "an article cannot be read and is left out"),
            }
        }
    }
    Ok(articles)
}
