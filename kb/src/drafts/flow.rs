//! What becomes of a working copy: review, publication, return, restoration.

use conversation::db::sql;
use conversation::events::{EventKind, NewEvent};
use conversation::types::{Actor, Millis};
use conversation::{Error, Result, Store, Tx, audit};
use serde_json::json;

use super::{Draft, LONGEST_REMARK, State, Words, check_category, load, snapshot, write};
use crate::article::{Article, ArticleStatus, Place};
use crate::{gaps, store};

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
    if there
        .iter()
        .any(|one| one.language == article.language && one.id != article.id)
    {
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
