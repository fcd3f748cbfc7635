//! What is kept of an article: its versions, and what its readers said.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::Permission;
use kb::feedback;
use kb::store::{self, ArticleVersion};
use serde::Serialize;
use utoipa::ToSchema;

use super::articles::place;
use super::extract::{Id, Query, Time, cut, limit};
use super::guard::Caller;
use super::problem::Outcome;
use super::tickets::PageQuery;
use crate::app::App;
use crate::articles::place::id_of;
use crate::knowledge::counted::counted_since;

/// A state that an article had.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArticleVersion)]
pub(super) struct VersionView {
    /// Counts from 1.
    version: i64,
    /// `published`, or `draft` when it was saved on the way there.
    state: String,
    /// The headline.
    title: String,
    /// Markdown.
    body: String,
    /// Example questions.
    questions: Vec<String>,
    /// When.
    at: Time,
}

impl From<ArticleVersion> for VersionView {
    fn from(version: ArticleVersion) -> VersionView {
        VersionView {
            version: version.version,
            state: version.state,
            title: version.title,
            body: version.body,
            questions: version.questions,
            at: Time(version.at),
        }
    }
}

/// The versions of an article.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VersionList {
    /// The newest first, at most a hundred.
    items: Vec<VersionView>,
}

/// List the versions of an article
///
/// The newest first.
#[utoipa::path(get, path = "/articles/{id}/versions", tag = "knowledge", operation_id = "listArticleVersions",
    params(("id" = String, Path, description = "The article.")),
    responses((status = 200, description = "The versions.", body = VersionList)))]
pub(super) async fn versions(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<VersionList>> {
    caller.may(Permission::Read)?;
    let id = id_of(&id);
    store::load(app.store.db(), &id).await?;
    let found = store::versions(app.store.db(), &id, 100).await?;
    Ok(Answer(VersionList {
        items: found.into_iter().map(VersionView::from).collect(),
    }))
}

/// What a reader wrote.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReaderComment {
    /// Its id.
    id: String,
    /// Whether the article helped.
    has_helped: bool,
    /// The words.
    text: String,
    /// When.
    at: Time,
}

/// How an article did in the last 90 days, and what readers wrote.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleFeedback {
    /// Its page was looked at.
    views: i64,
    /// Readers and customers said that it helped.
    helped: i64,
    /// They said that it did not.
    not_helped: i64,
    /// The bot answered with it.
    answered: i64,
    /// Of these, conversations that went to people afterwards.
    escalated: i64,
    /// The newest first.
    comments: Vec<ReaderComment>,
    /// Give it as `after` to get the next comments; null on the last page.
    #[schema(required)]
    next: Option<String>,
}

/// Read the feedback of an article
///
/// Figures of the last 90 days and a page of comments.
#[utoipa::path(get, path = "/articles/{id}/feedback", tag = "knowledge", operation_id = "readArticleFeedback",
    params(("id" = String, Path, description = "The article."), PageQuery),
    responses((status = 200, description = "Figures and comments.", body = ArticleFeedback)))]
pub(super) async fn said(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Outcome<Answer<ArticleFeedback>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let id = id_of(&id);
    store::load(app.store.db(), &id).await?;
    let after = place(query.after.as_deref())?;
    let before = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let mut comments = feedback::comments(app.store.db(), &id, before, limit + 1).await?;
    let has_more = cut(&mut comments, limit);
    let reach = feedback::reach(app.store.db(), std::slice::from_ref(&id), counted_since(&app)).await?;
    let reach = reach.get(&id).copied().unwrap_or_default();
    Ok(Answer(ArticleFeedback {
        views: reach.views,
        helped: reach.helped,
        not_helped: reach.not_helped,
        answered: reach.answered,
        escalated: reach.escalated,
        next: comments
            .last()
            .filter(|_| has_more)
            .map(|last| format!("{}.{}", last.at, last.id)),
        comments: comments
            .into_iter()
            .map(|one| ReaderComment {
                id: one.id,
                has_helped: one.has_helped,
                text: one.text,
                at: Time(one.at),
            })
            .collect(),
    }))
}
