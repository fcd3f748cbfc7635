//! The articles as those who write them see them: with what is being written, and translations that are older
//! than their original.

use conversation::db::{On, Value, composed_sql, placeholders};
use conversation::types::{Language, Millis};
use conversation::{Error, Result};

use crate::article::{ArticleKind, ArticleStatus, Audience};
use crate::drafts::State;

/// Which articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    /// All of them.
    #[default]
    All,
    /// Somebody writes on them: not published, or with a working copy.
    Drafts,
    /// They wait for a review.
    Review,
    /// Their audience sees them.
    Published,
    /// Translations that are older than their original.
    Outdated,
}

impl Shown {
    /// All of them, in order.
    pub const ALL: &'static [Shown] = &[
        Shown::All,
        Shown::Drafts,
        Shown::Review,
        Shown::Published,
        Shown::Outdated,
    ];

    /// As it stands in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Shown::All => "all",
            Shown::Drafts => "drafts",
            Shown::Review => "review",
            Shown::Published => "published",
            Shown::Outdated => "outdated",
        }
    }

    /// From an address; anything else is all of them.
    pub fn of(text: &str) -> Shown {
        Shown::ALL
            .iter()
            .find(|one| one.as_str() == text)
            .copied()
            .unwrap_or_default()
    }
}

/// What narrows the list.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// By state.
    pub shown: Shown,
    /// By language.
    pub language: Option<Language>,
    /// By kind.
    pub kind: Option<ArticleKind>,
    /// By category: any of these.
    pub categories: Option<Vec<String>>,
    /// What the reader may see at most.
    pub up_to: Audience,
    /// Words of the title; any text.
    pub words: String,
    /// Articles that were found by their text, beside those with the words in the title.
    pub found: Vec<String>,
}

/// One article of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The article.
    pub id: String,
    /// Its language.
    pub language: Language,
    /// What it is for.
    pub kind: ArticleKind,
    /// The headline: of the working copy, where there is one.
    pub title: String,
    /// The last part of its address.
    pub slug: String,
    /// The category.
    pub category: Option<String>,
    /// Who reads it.
    pub audience: Audience,
    /// Whether they see it.
    pub status: ArticleStatus,
    /// How far a working copy is.
    pub draft: Option<State>,
    /// The version that is published.
    pub version: i64,
    /// When the article changed last.
    pub updated_at: Millis,
    /// It is a translation that is older than its original.
    pub is_outdated: bool,
}

/// A translation that names its original follows a version of it. One that does not (files that were imported
/// together) is older when the first language's article changed after it.
const OUTDATED: &str = "CAST(CASE WHEN a.source_id IS NOT NULL THEN
        (CASE WHEN EXISTS (SELECT 1 FROM articles s WHERE s.id = a.source_id AND s.status = 'published' AND s.version > COALESCE(a.source_version, 0)) THEN 1 ELSE 0 END)
    ELSE (CASE WHEN EXISTS (SELECT 1 FROM articles s WHERE s.grp = a.grp AND s.language < a.language AND s.source_id IS NULL AND s.status = 'published' AND s.updated_at > a.updated_at) THEN 1 ELSE 0 END) END AS BIGINT)";

type Row = (
    String,
    String,
    String,
    String,
    String,
    Option<String>,
    String,
    String,
    Option<String>,
    i64,
    i64,
    i64,
);

/// The articles, the last changed first, before `(updated_at, id)` of the last one seen.
///
/// # Errors
/// The database is not to be had, or a row is damaged.
pub async fn list(on: impl On, which: &Which, before: Option<(Millis, &str)>, most: i64) -> Result<Vec<Line>> {
    let mut args: Vec<Value> = Vec::new();
    let mut text = format!(
        "SELECT a.id, a.language, COALESCE(d.kind, a.kind), COALESCE(d.title, a.title), a.slug, COALESCE(d.category_id, a.category_id), a.audience, a.status, d.state, a.version, a.updated_at, {OUTDATED}
         FROM articles a LEFT JOIN article_drafts d ON d.article_id = a.id WHERE 1 = 1"
    );
    let mut also = |condition: &str, values: Vec<Value>| {
        let mut condition = condition.to_owned();
        for value in values {
            args.push(value);
            condition = condition.replacen('?', &format!("${}", args.len()), 1);
        }
        text.push_str(&condition);
    };
    match which.shown {
        Shown::All => {}
        Shown::Drafts => also(" AND (a.status = 'draft' OR d.state IS NOT NULL)", vec![]),
        Shown::Review => also(" AND d.state = 'review'", vec![]),
        Shown::Published => also(" AND a.status = 'published'", vec![]),
        Shown::Outdated => also(&format!(" AND {OUTDATED} = 1"), vec![]),
    }
    if let Some(language) = which.language {
        also(" AND a.language = ?", vec![language.into()]);
    }
    if let Some(kind) = which.kind {
        also(" AND COALESCE(d.kind, a.kind) = ?", vec![kind.as_str().into()]);
    }
    if let Some(categories) = &which.categories {
        let marks = vec!["?"; categories.len().max(1)].join(", ");
        let mut values: Vec<Value> = categories.iter().map(Into::into).collect();
        if values.is_empty() {
            values.push("".into());
        }
        also(
            &format!(" AND COALESCE(d.category_id, a.category_id) IN ({marks})"),
            values,
        );
    }
    let readable: Vec<Value> = Audience::ALL
        .iter()
        .filter(|one| **one <= which.up_to)
        .map(|one| one.as_str().into())
        .collect();
    let marks = vec!["?"; readable.len()].join(", ");
    also(&format!(" AND a.audience IN ({marks})"), readable.clone());
    // What is being written may be meant for fewer than what is published.
    also(
        &format!(" AND (d.audience IS NULL OR d.audience IN ({marks}))"),
        readable,
    );
    if let Some((condition, values)) = by_words(which) {
        also(&condition, values);
    }
    if let Some((at, id)) = before {
        also(" AND (a.updated_at, a.id) < (?, ?)", vec![at.into(), id.into()]);
    }
    also(" ORDER BY a.updated_at DESC, a.id DESC LIMIT ?", vec![most.into()]);
    let rows: Vec<Row> = composed_sql(text).bind_all(args).all(on).await?;
    rows.into_iter().map(line).collect()
}

/// That an article has the words in its title or address, or was found by them in its text; `None` without words.
fn by_words(which: &Which) -> Option<(String, Vec<Value>)> {
    let words = which.words.trim().to_lowercase();
    if words.is_empty() {
        return None;
    }
    let pattern: String = words
        .chars()
        .take(200)
        .flat_map(|c| match c {
            '%' | '_' | '\\' => vec!['\\', c],
            c => vec![c],
        })
        .collect();
    let pattern = format!("%{pattern}%");
    let found: Vec<Value> = which.found.iter().take(100).map(Into::into).collect();
    let by_id = if found.is_empty() {
        String::new()
    } else {
        format!(" OR a.id IN ({})", vec!["?"; found.len()].join(", "))
    };
    let mut values: Vec<Value> = vec![
        pattern.as_str().into(),
        pattern.as_str().into(),
        pattern.as_str().into(),
    ];
    values.extend(found);
    let condition = format!(
        " AND (LOWER(a.title) LIKE ? ESCAPE '\\' OR LOWER(d.title) LIKE ? ESCAPE '\\' OR a.slug LIKE ? ESCAPE '\\'{by_id})"
    );
    Some((condition, values))
}

fn line(row: Row) -> Result<Line> {
    let (id, language, kind, title, slug, category, audience, status, draft, version, updated_at, outdated) = row;
    let what = format!("article {id}");
    let corrupt = |error: conversation::types::UnknownValue| Error::corrupt(&what, error);
    Ok(Line {
        language: language.parse().map_err(corrupt)?,
        kind: kind.parse().map_err(corrupt)?,
        audience: audience.parse().map_err(corrupt)?,
        status: status.parse().map_err(corrupt)?,
        draft: draft.map(|state| state.parse()).transpose().map_err(corrupt)?,
        is_outdated: outdated == 1,
        id,
        title,
        slug,
        category,
        version,
        updated_at,
    })
}

/// How many wait for a review, for those who may read them.
///
/// # Errors
/// The database is not to be had.
pub async fn waiting(on: impl On, up_to: Audience) -> Result<i64> {
    let readable: Vec<&str> = Audience::ALL
        .iter()
        .filter(|one| **one <= up_to)
        .map(|one| one.as_str())
        .collect();
    let (count,): (i64,) = composed_sql(format!(
        "SELECT COUNT(*) FROM article_drafts WHERE state = 'review' AND audience IN {}",
        placeholders(1, readable.len(), 0)
    ))
    .bind_all(readable)
    .one(on)
    .await?;
    Ok(count)
}
