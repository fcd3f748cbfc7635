//! Working copies: what somebody is writing while customers go on reading what was published.
//!
//! An article has at most one. Whoever saves names the revision that they saw, so that two who write at
//! once see each other; every text that is replaced or put away becomes a version first, so that none is
//! lost. Publishing puts the working copy in the article's place.

use conversation::audit;
use conversation::db::{On, sql};
use conversation::events::{EventKind, NewEvent};
use conversation::types::{Actor, Language, Millis, UnknownValue};
use conversation::{Error, Result, Store, Tx};
use serde_json::json;

use crate::article::{Article, ArticleKind, ArticleStatus, Audience, Place};
use crate::import::slugify;
use crate::store::{self, LONGEST_BODY, LONGEST_QUESTION, LONGEST_TITLE, MOST_QUESTIONS};
use crate::{categories, gaps, slugs};

/// The longest remark of a reviewer, in characters.
pub const LONGEST_REMARK: usize = 2_000;
/// How much of a title becomes an address, in characters.
const SLUG_CHARS: usize = 80;

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
            return Err(Error::Invalid(format!("the title has at most {LONGEST_TITLE} characters")));
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

async fn keep_in(
    tx: &mut Tx,
    actor: &Actor,
    id: &str,
    words: &Words,
    seen: i64,
    base: i64,
) -> Result<(Draft, bool)> {
    words.bounded()?;
    let article = store::load(&mut *tx, id).await?;
    let known = load(&mut *tx, id).await?;
    let has = known.as_ref().map_or(0, |draft| draft.revision);
    if has != seen {
        return Err(Error::Conflict(
            "somebody else saved this article in the meantime".to_owned(),
        ));
    }
    let base_version = if base > 0 { base.min(article.version) } else { article.version };
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
    if last.as_ref().is_some_and(|last| {
        (&last.title, &last.body, &last.questions) == (&words.title, &words.body, &words.questions)
    }) {
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

/// Asks somebody else to read the working copy.
///
/// # Errors
/// [`Error::NotFound`] when there is nothing to read; [`Error::Invalid`] when it could not be published.
pub async fn ask_review(store: &Store, actor: &Actor, id: &str) -> Result<Draft> {
    let mut tx = store.begin().await?;
    let article = store::load(&mut tx, id).await?;
    let (mut draft, seen) = match load(&mut tx, id).await? {
        Some(draft) => {
            let seen = draft.revision;
            (draft, seen)
        }
        None if article.status == ArticleStatus::Draft => (fresh(&article, actor, tx.now()), 0),
        None => return Err(Error::NotFound),
    };
    check(&mut tx, &article, &draft.words).await?;
    snapshot(&mut tx, &draft.author, &article, &draft.words).await?;
    draft.state = State::Review;
    draft.asked_by = Some(actor.clone());
    draft.remark = String::new();
    draft.revision = seen + 1;
    draft.updated_at = tx.now();
    if write(&mut tx, &draft, seen).await? == 0 {
        return Err(elsewhere());
    }
    told(&mut tx, actor, &article, "article.review_asked", "review").await?;
    tx.commit().await?;
    Ok(draft)
}

/// A working copy that says what the article says.
fn fresh(article: &Article, actor: &Actor, now: Millis) -> Draft {
    Draft {
        article_id: article.id.clone(),
        state: State::Draft,
        words: Words::of(article),
        base_version: article.version,
        revision: 0,
        author: actor.clone(),
        asked_by: None,
        remark: String::new(),
        updated_at: now,
    }
}

fn elsewhere() -> Error {
    Error::Conflict("somebody else saved this article in the meantime".to_owned())
}

/// What could not be published is said before somebody reads it.
async fn check(tx: &mut Tx, article: &Article, words: &Words) -> Result<()> {
    check_category(&mut *tx, words.category.as_deref()).await?;
    let checked = store::checked(&words.over(article))?;
    if checked.body.trim().is_empty() {
        return Err(Error::Invalid("the article has no text yet".to_owned()));
    }
    let other = store::by_slug(&mut *tx, checked.language, &checked.slug).await?;
    if other.is_some_and(|other| other.id != article.id) {
        return Err(Error::Conflict(format!(
            "the slug `{}` belongs to another article in `{}`",
            checked.slug, checked.language
        )));
    }
    Ok(())
}

/// Gives a working copy back to who wrote it.
///
/// # Errors
/// [`Error::NotFound`] when none waits for a review.
pub async fn send_back(store: &Store, actor: &Actor, id: &str, remark: &str) -> Result<Draft> {
    let mut tx = store.begin().await?;
    let article = store::load(&mut tx, id).await?;
    let mut draft = load(&mut tx, id)
        .await?
        .filter(|draft| draft.state == State::Review)
        .ok_or(Error::NotFound)?;
    let seen = draft.revision;
    draft.state = State::Draft;
    draft.asked_by = None;
    draft.remark = remark.trim().chars().take(LONGEST_REMARK).collect();
    draft.revision += 1;
    draft.updated_at = tx.now();
    if write(&mut tx, &draft, seen).await? == 0 {
        return Err(elsewhere());
    }
    told(&mut tx, actor, &article, "article.sent_back", "draft").await?;
    tx.commit().await?;
    Ok(draft)
}

/// Puts the working copy in the article's place. With `needs_review` somebody must have asked, and this is
/// somebody else.
///
/// # Errors
/// [`Error::NotFound`] when there is nothing to publish; [`Error::Conflict`] when the review is missing, or the
/// published text changed since the working copy was begun; [`Error::Invalid`] names what does not fit.
pub async fn publish(store: &Store, actor: &Actor, id: &str, needs_review: bool) -> Result<Article> {
    let mut tx = store.begin().await?;
    let article = store::load(&mut tx, id).await?;
    let draft = load(&mut tx, id).await?;
    if needs_review {
        let reviewed = draft.as_ref().filter(|draft| draft.state == State::Review);
        let Some(reviewed) = reviewed else {
            return Err(Error::Conflict("the article waits for a review first".to_owned()));
        };
        if reviewed.asked_by.as_ref() == Some(actor) || reviewed.author == *actor {
            return Err(Error::Conflict("another person reviews the article".to_owned()));
        }
    }
    let words = match &draft {
        Some(draft) if draft.base_version != article.version => {
            return Err(Error::Conflict(
                "the published text changed since this was begun; look at both and save again".to_owned(),
            ));
        }
        Some(draft) => draft.words.clone(),
        None if article.status == ArticleStatus::Draft => Words::of(&article),
        None => return Err(Error::NotFound),
    };
    check(&mut tx, &article, &words).await?;
    let next = Article {
        status: ArticleStatus::Published,
        ..words.over(&article)
    };
    let is_same_text = (&next.title, &next.body) == (&article.title, &article.body);
    let (published, saved) = store::upsert_in(&mut tx, actor, &next).await?;
    if is_same_text && article.status == ArticleStatus::Published {
        // Another place or another question does not make its translations old.
        sql("UPDATE articles SET source_version = $3 WHERE source_id = $1 AND source_version = $2")
            .bind(id)
            .bind(article.version)
            .bind(published.version)
            .run(&mut tx)
            .await?;
    }
    if let Some(draft) = draft {
        drop_draft(&mut tx, id, draft.revision).await?;
    }
    gaps::answered_in(&mut tx, id).await?;
    if saved == store::Saved::Unchanged {
        tx.commit_silently().await?;
    } else {
        tx.commit().await?;
    }
    Ok(published)
}

async fn drop_draft(tx: &mut Tx, id: &str, revision: i64) -> Result<()> {
    let gone = sql("DELETE FROM article_drafts WHERE article_id = $1 AND revision = $2")
        .bind(id)
        .bind(revision)
        .run(tx)
        .await?;
    if gone == 0 { Err(elsewhere()) } else { Ok(()) }
}

/// Puts the working copy away; it stays as a version.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn discard(store: &Store, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let article = store::load(&mut tx, id).await?;
    let draft = load(&mut tx, id).await?.ok_or(Error::NotFound)?;
    snapshot(&mut tx, &draft.author, &article, &draft.words).await?;
    drop_draft(&mut tx, id, draft.revision).await?;
    told(&mut tx, actor, &article, "article.discarded", "").await?;
    tx.commit().await?;
    Ok(())
}

/// Takes an article from its readers; it can be published again.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when somebody else saved at the same moment.
pub async fn withdraw(store: &Store, actor: &Actor, id: &str) -> Result<Article> {
    let article = store::set_status(store, actor, id, ArticleStatus::Draft).await?;
    // What was being written was begun from what is withdrawn now; it stays good.
    let mut tx = store.begin().await?;
    sql("UPDATE article_drafts SET base_version = $2 WHERE article_id = $1")
        .bind(id)
        .bind(article.version)
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(article)
}

/// Makes a version the working copy; what was being written becomes a version first.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn restore(store: &Store, actor: &Actor, id: &str, number: i64) -> Result<Draft> {
    let mut tx = store.begin().await?;
    let article = store::load(&mut tx, id).await?;
    let version = store::version(&mut tx, id, number).await?;
    let known = load(&mut tx, id).await?;
    if let Some(known) = &known {
        snapshot(&mut tx, &known.author, &article, &known.words).await?;
    }
    let seen = known.as_ref().map_or(0, |draft| draft.revision);
    let before = known.unwrap_or_else(|| fresh(&article, actor, 0));
    let draft = Draft {
        state: State::Draft,
        words: Words {
            title: version.title,
            body: version.body,
            questions: version.questions,
            ..before.words
        },
        revision: seen + 1,
        author: actor.clone(),
        asked_by: None,
        updated_at: tx.now(),
        ..before
    };
    if write(&mut tx, &draft, seen).await? == 0 {
        return Err(elsewhere());
    }
    tx.commit_silently().await?;
    Ok(draft)
}

/// Takes what another editor saved over theirs: a version is made of what stood there.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn put_aside(store: &Store, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    let article = store::load(&mut tx, id).await?;
    if let Some(draft) = load(&mut tx, id).await? {
        snapshot(&mut tx, &draft.author, &article, &draft.words).await?;
    }
    tx.commit_silently().await
}

/// Makes two articles translations of each other: `id` follows `original` as it is now.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] for two of one language; [`Error::Conflict`] when the original has a
/// translation into that language.
pub async fn link(store: &Store, actor: &Actor, id: &str, original: &str) -> Result<Article> {
    let mut tx = store.begin().await?;
    let article = store::load(&mut tx, id).await?;
    let original = store::load(&mut tx, original).await?;
    let there = store::translations(&mut tx, &original.group).await?;
    if original.language == article.language {
        return Err(Error::Invalid("both are in the same language".to_owned()));
    }
    if there.iter().any(|one| one.language == article.language && one.id != article.id) {
        return Err(Error::Conflict(format!(
            "the article has a translation into `{}` already",
            article.language
        )));
    }
    let next = Article {
        group: original.group.clone(),
        place: Place {
            source: Some((original.id.clone(), original.version)),
            ..article.place.clone()
        },
        ..article.clone()
    };
    let (linked, saved) = store::upsert_in(&mut tx, actor, &next).await?;
    sql("UPDATE article_drafts SET base_version = $2, source_version = $3 WHERE article_id = $1")
        .bind(id)
        .bind(linked.version)
        .bind(original.version)
        .run(&mut tx)
        .await?;
    if saved == store::Saved::Unchanged {
        tx.commit_silently().await?;
    } else {
        tx.commit().await?;
    }
    Ok(linked)
}

async fn told(tx: &mut Tx, actor: &Actor, article: &Article, action: &str, draft: &str) -> Result<()> {
    let facts = json!({ "language": article.language, "slug": article.slug, "status": article.status, "version": article.version, "draft": draft });
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
