//! Categories, and the questions that no article answers.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::Permission;
use conversation::types::Language;
use http::StatusCode;
use kb::categories::{self, Category, NewCategory};
use kb::gaps::{self, Gap};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Created, Id, Json, Page, Query, Time, cut, limit};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use crate::app::App;
use crate::articles::place::path_id;

/// A category of articles.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleCategory {
    /// Names it in addresses; it never changes.
    id: String,
    /// The category that it stands in.
    #[schema(required)]
    parent: Option<String>,
    /// Its name by language (`en`, `es`, `pt`).
    names: BTreeMap<String, String>,
    /// Its place among its neighbours, the smallest first.
    place: i64,
}

impl From<Category> for ArticleCategory {
    fn from(category: Category) -> ArticleCategory {
        ArticleCategory {
            id: category.id,
            parent: category.parent,
            names: category
                .names
                .into_iter()
                .map(|(language, name)| (language.to_string(), name))
                .collect(),
            place: category.place,
        }
    }
}

/// What is written of a category.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CategoryBody {
    /// The category that it stands in.
    parent: Option<String>,
    /// Its name by language (`en`, `es`, `pt`); one at least.
    names: BTreeMap<String, String>,
    /// Its place among its neighbours.
    #[serde(default)]
    place: i64,
}

impl CategoryBody {
    fn read(self) -> Outcome<NewCategory> {
        let mut names = BTreeMap::new();
        for (language, name) in self.names {
            let language: Language = language
                .parse()
                .map_err(|error| Problem::invalid(format!("names: {error}")))?;
            names.insert(language, name);
        }
        Ok(NewCategory {
            parent: self.parent,
            names,
            place: self.place,
        })
    }
}

/// All categories.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CategoryList {
    /// By place.
    items: Vec<ArticleCategory>,
}

/// List categories
///
/// All of them; `parent` makes the tree.
#[utoipa::path(get, path = "/article-categories", tag = "knowledge", operation_id = "listArticleCategories",
    responses((status = 200, description = "The categories.", body = CategoryList)))]
pub(super) async fn list_categories(State(app): State<App>, caller: Caller) -> Outcome<Answer<CategoryList>> {
    caller.may(Permission::Read)?;
    let tree = categories::load(app.store.db()).await?;
    Ok(Answer(CategoryList {
        items: tree.all().iter().cloned().map(ArticleCategory::from).collect(),
    }))
}

/// Make a category
///
/// Its id is made of its first name.
#[utoipa::path(post, path = "/article-categories", tag = "knowledge", operation_id = "createArticleCategory", request_body = CategoryBody,
    responses((status = 201, description = "The category.", body = ArticleCategory)))]
pub(super) async fn create_category(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CategoryBody>,
) -> Outcome<Created<ArticleCategory>> {
    caller.may(Permission::Work)?;
    let made = categories::create(&app.store, &caller.actor, body.read()?).await?;
    Ok(Created(format!("/article-categories/{}", made.id), made.into()))
}

/// Change a category
///
/// Name, parent and place.
#[utoipa::path(put, path = "/article-categories/{id}", tag = "knowledge", operation_id = "changeArticleCategory",
    params(("id" = String, Path, description = "The category.")), request_body = CategoryBody,
    responses((status = 200, description = "The category.", body = ArticleCategory)))]
pub(super) async fn change_category(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<CategoryBody>,
) -> Outcome<Answer<ArticleCategory>> {
    caller.may(Permission::Work)?;
    let changed = categories::change(&app.store, &caller.actor, &id, body.read()?).await?;
    Ok(Answer(changed.into()))
}

/// Remove a category
///
/// What stood in it moves one up.
#[utoipa::path(delete, path = "/article-categories/{id}", tag = "knowledge", operation_id = "removeArticleCategory",
    params(("id" = String, Path, description = "The category.")),
    responses((status = 204, description = "It is gone.")))]
pub(super) async fn remove_category(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<StatusCode> {
    caller.may(Permission::Work)?;
    categories::remove(&app.store, &caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Questions of one matter that no article answers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OpenQuestion {
    /// Its id.
    id: String,
    /// `open`, `drafted`, `dismissed` or `answered`.
    state: String,
    /// The question that stands for all.
    question: String,
    /// How often it was asked.
    asked: i64,
    /// The languages that it was asked in.
    languages: Vec<String>,
    /// When it was asked first.
    first_at: Time,
    /// When it was asked last.
    last_at: Time,
    /// The article that was begun for it.
    #[schema(required)]
    article_id: Option<String>,
}

impl From<Gap> for OpenQuestion {
    fn from(gap: Gap) -> OpenQuestion {
        OpenQuestion {
            id: gap.id,
            state: gap.state.as_str().to_owned(),
            question: gap.question,
            asked: gap.asked,
            languages: gap.languages.iter().map(ToString::to_string).collect(),
            first_at: Time(gap.first_at),
            last_at: Time(gap.last_at),
            article_id: gap.article_id,
        }
    }
}

/// Which open questions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct GapQuery {
    /// `open` (unless given), `drafted`, `dismissed` or `answered`.
    state: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// List open questions
///
/// What the bot gave to people because no article answers it, similar questions together; the most asked first.
#[utoipa::path(get, path = "/knowledge/gaps", tag = "knowledge", operation_id = "listOpenQuestions", params(GapQuery),
    responses((status = 200, description = "A page of them.", body = Page<OpenQuestion>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<GapQuery>,
) -> Outcome<Answer<Page<OpenQuestion>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let state: gaps::State = query
        .state
        .as_deref()
        .unwrap_or("open")
        .parse()
        .map_err(|error| Problem::invalid(format!("state: {error}")))?;
    let after = query
        .after
        .as_deref()
        .map(|text| {
            text.split_once('.')
                .and_then(|(asked, id)| Some((asked.parse::<i64>().ok()?, id)))
                .ok_or_else(|| Problem::invalid("after: give the `next` of a page of this list, unchanged"))
        })
        .transpose()?;
    let mut rows = gaps::list(app.store.db(), state, after, limit + 1).await?;
    let has_more = cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows
            .last()
            .filter(|_| has_more)
            .map(|last| format!("{}.{}", last.asked, last.id)),
        items: rows.into_iter().map(OpenQuestion::from).collect(),
    }))
}

/// What to do with an open question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GapAction {
    /// `draft` begins an article, `dismiss` wants none, `reopen` wants one after all, `merge` makes it one with another.
    action: String,
    /// To merge: the other one.
    #[serde(default)]
    into: String,
}

/// The article that was begun.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BegunArticle {
    /// Its id.
    article_id: String,
}

/// Do something with an open question
///
/// `draft` answers 201 with the place of the article; the others answer 204.
#[utoipa::path(post, path = "/knowledge/gaps/{id}/actions", tag = "knowledge", operation_id = "actOnOpenQuestion",
    params(("id" = String, Path, description = "The open question.")), request_body = GapAction,
    responses((status = 201, description = "An article was begun.", body = BegunArticle), (status = 204, description = "It is done.")))]
pub(super) async fn act(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<GapAction>,
) -> Outcome<axum::response::Response> {
    use axum::response::IntoResponse;
    caller.may(Permission::Work)?;
    match body.action.as_str() {
        "draft" => {
            let made = gaps::draft(&app.store, &caller.actor, &id).await?;
            let place = format!("/articles/{}", path_id(&made.id));
            return Ok(Created(place, BegunArticle { article_id: made.id }).into_response());
        }
        "dismiss" => gaps::dismiss(&app.store, &caller.actor, &id, true).await?,
        "reopen" => gaps::dismiss(&app.store, &caller.actor, &id, false).await?,
        "merge" => gaps::merge(&app.store, &caller.actor, &id, &body.into).await?,
        other => {
            return Err(Problem::invalid(format!(
                "action: `{other}` is not one of draft, dismiss, reopen, merge"
            )));
        }
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
