//! How an article begins: new, or as the translation of another.

use conversation::db::On;
use conversation::types::{Actor, Language};
use conversation::{Error, Result, Store, Tx};

use super::check_category;
use crate::article::{Article, ArticleKind, ArticleStatus, Audience, Place};
use crate::import::slugify;
use crate::{slugs, store};

/// How much of a title becomes an address, in characters.
const SLUG_CHARS: usize = 80;

/// What an article begins with.
#[derive(Debug, Clone)]
pub struct NewArticle {
    /// The language.
    pub language: Language,
    /// What it is for.
    pub kind: ArticleKind,
    /// The headline.
    pub title: String,
    /// Markdown; may be empty.
    pub body: String,
    /// Example questions.
    pub questions: Vec<String>,
    /// The category.
    pub category: Option<String>,
    /// Who will read it.
    pub audience: Audience,
    /// The last part of its address; made of the title when empty.
    pub slug: String,
}

/// Begins an article: nobody but those who write sees it.
///
/// # Errors
/// [`Error::Invalid`] names what does not fit.
pub async fn create(store: &Store, actor: &Actor, new: NewArticle) -> Result<Article> {
    let mut tx = store.begin().await?;
    let article = create_in(&mut tx, actor, new).await?;
    tx.commit().await?;
    Ok(article)
}

/// As [`create`], in a transaction of the caller's.
///
/// # Errors
/// As [`create`].
pub async fn create_in(tx: &mut Tx, actor: &Actor, new: NewArticle) -> Result<Article> {
    let place = Place {
        category: new.category.clone(),
        audience: new.audience,
        source: None,
    };
    begin(tx, actor, new, None, place).await
}

/// Begins the translation of an article into another language, with the words of the original.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when there is one in that language.
pub async fn translate(store: &Store, actor: &Actor, id: &str, language: Language) -> Result<Article> {
    let mut tx = store.begin().await?;
    let original = store::load(&mut tx, id).await?;
    let known = store::translations(&mut tx, &original.group).await?;
    if known.iter().any(|one| one.language == language) {
        return Err(Error::Conflict(format!(
            "the article has a translation into `{language}` already"
        )));
    }
    let new = NewArticle {
        language,
        kind: original.kind,
        title: original.title.clone(),
        body: original.body.clone(),
        questions: Vec::new(),
        category: original.place.category.clone(),
        audience: original.place.audience,
        slug: String::new(),
    };
    let place = Place {
        category: original.place.category.clone(),
        audience: original.place.audience,
        source: Some((original.id.clone(), original.version)),
    };
    let article = begin(&mut tx, actor, new, Some(original.group), place).await?;
    tx.commit().await?;
    Ok(article)
}

async fn begin(tx: &mut Tx, actor: &Actor, new: NewArticle, group: Option<String>, place: Place) -> Result<Article> {
    check_category(&mut *tx, place.category.as_deref()).await?;
    let slug = free_slug(&mut *tx, new.language, &new.slug, &new.title).await?;
    let mut id = format!("{}/{slug}", new.language);
    if store::load(&mut *tx, &id).await.is_ok() {
        // An article that moved away keeps its id.
        id = format!("{}/{}", new.language, tx.env().ulid().to_lowercase());
    }
    let article = Article {
        kind: new.kind,
        slug,
        language: new.language,
        // Not the slug alone: an article of another language may have the same by chance.
        group: group.unwrap_or_else(|| id.clone()),
        title: new.title,
        body: new.body,
        questions: new.questions,
        status: ArticleStatus::Draft,
        place,
        version: 1,
        updated_at: tx.now(),
        id,
    };
    let (article, _) = store::upsert_in(tx, actor, &article).await?;
    Ok(article)
}

/// An address that is free: the one that was asked for, or one made of the title.
async fn free_slug(mut on: impl On, language: Language, asked: &str, title: &str) -> Result<String> {
    let base: String = match slugify(if asked.trim().is_empty() { title } else { asked }) {
        made if made.is_empty() => "article".to_owned(),
        made => made.chars().take(SLUG_CHARS).collect(),
    };
    let base = base.trim_matches('-');
    for number in 1..200 {
        let slug = if number == 1 {
            base.to_owned()
        } else {
            format!("{base}-{number}")
        };
        let is_taken = store::RESERVED_SLUGS.contains(&slug.as_str())
            || store::by_slug(&mut on, language, &slug).await?.is_some()
            || slugs::former(&mut on, language, &slug).await?.is_some();
        if !is_taken {
            return Ok(slug);
        }
    }
    Err(Error::Conflict(
        "too many articles have this title; choose another".to_owned(),
    ))
}
