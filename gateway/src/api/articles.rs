//! Articles: what is published, what is being written, their versions and what readers say.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::Permission;
use conversation::types::{self, Actor};
use kb::drafts::{self, Draft, NewArticle, Words};
use kb::overview::{self, Line, Shown, Which};
use kb::{Article, ArticleKind, Audience, settings, store};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time, cut, limit};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use crate::app::App;
use crate::articles::place::{id_of, path_id};

/// What somebody is writing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleDraft {
    /// `draft` or `review`.
    state: String,
    /// Counts the savings; name it when you save.
    revision: i64,
    /// The headline.
    title: String,
    /// Markdown.
    body: String,
    /// Example questions.
    questions: Vec<String>,
    /// `guide`, `faq` or `manual`.
    kind: String,
    /// The last part of its public address.
    slug: String,
    /// The category.
    #[schema(required)]
    category: Option<String>,
    /// `public`, or the level from which on agents read it: `N1`, `N2`, `N3`.
    audience: String,
    /// What the reviewer said.
    remark: String,
    /// When it was saved last.
    updated_at: Time,
}

impl From<Draft> for ArticleDraft {
    fn from(draft: Draft) -> ArticleDraft {
        ArticleDraft {
            state: draft.state.as_str().to_owned(),
            revision: draft.revision,
            title: draft.words.title,
            body: draft.words.body,
            questions: draft.words.questions,
            kind: draft.words.kind.to_string(),
            slug: draft.words.slug,
            category: draft.words.category,
            audience: draft.words.audience.to_string(),
            remark: draft.remark,
            updated_at: Time(draft.updated_at),
        }
    }
}

/// An article in one language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Article)]
pub(super) struct ArticleView {
    /// Its id.
    id: String,
    /// The language that it is written in.
    #[schema(value_type = enums::Language)]
    language: types::Language,
    /// `guide`, `faq` or `manual`.
    kind: String,
    /// `draft` or `published`.
    status: String,
    /// The headline that is published, or the first one.
    title: String,
    /// Markdown.
    body: String,
    /// Example questions.
    questions: Vec<String>,
    /// The last part of its public address.
    slug: String,
    /// The path of its public page.
    path: String,
    /// Shared by the translations of one article.
    group: String,
    /// The category.
    #[schema(required)]
    category: Option<String>,
    /// `public`, or the level from which on agents read it: `N1`, `N2`, `N3`.
    audience: String,
    /// The article that this one was translated from.
    #[schema(required)]
    source: Option<String>,
    /// The version of that article that this one follows.
    #[schema(required)]
    source_version: Option<i64>,
    /// Counts the changes.
    version: i64,
    /// When it changed last.
    updated_at: Time,
    /// What somebody is writing.
    #[schema(required)]
    draft: Option<ArticleDraft>,
}

fn view(article: Article, draft: Option<Draft>) -> ArticleView {
    let path = article.path();
    let (source, source_version) = match article.place.source {
        Some((id, version)) => (Some(id), Some(version)),
        None => (None, None),
    };
    ArticleView {
        id: article.id,
        language: article.language,
        kind: article.kind.to_string(),
        status: article.status.to_string(),
        title: article.title,
        body: article.body,
        questions: article.questions,
        slug: article.slug,
        path,
        group: article.group,
        category: article.place.category,
        audience: article.place.audience.to_string(),
        source,
        source_version,
        version: article.version,
        updated_at: Time(article.updated_at),
        draft: draft.map(ArticleDraft::from),
    }
}

/// What a caller may read: a token works for the whole business.
const READS: Audience = Audience::N3;

/// An article of the list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleLine {
    /// Its id.
    id: String,
    /// The language.
    #[schema(value_type = enums::Language)]
    language: types::Language,
    /// `guide`, `faq` or `manual`.
    kind: String,
    /// The headline.
    title: String,
    /// The last part of its public address.
    slug: String,
    /// `draft` or `published`.
    status: String,
    /// `draft` or `review` where somebody is writing.
    #[schema(required)]
    draft: Option<String>,
    /// The category.
    #[schema(required)]
    category: Option<String>,
    /// Who reads it.
    audience: String,
    /// It is a translation that is older than its original.
    is_outdated: bool,
    /// When it changed last.
    updated_at: Time,
}

impl From<Line> for ArticleLine {
    fn from(line: Line) -> ArticleLine {
        ArticleLine {
            id: line.id,
            language: line.language,
            kind: line.kind.to_string(),
            title: line.title,
            slug: line.slug,
            status: line.status.to_string(),
            draft: line.draft.map(|state| state.as_str().to_owned()),
            category: line.category,
            audience: line.audience.to_string(),
            is_outdated: line.is_outdated,
            updated_at: Time(line.updated_at),
        }
    }
}

/// Which articles.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ArticleQuery {
    /// `all`, `drafts`, `review`, `published` or `outdated`.
    shown: Option<String>,
    /// `en`, `es` or `pt`.
    language: Option<String>,
    /// `guide`, `faq` or `manual`.
    kind: Option<String>,
    /// A category; those in it are meant, too.
    category: Option<String>,
    /// Words of the headline.
    q: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// How many: 1 to 200, 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

fn parsed<T: std::str::FromStr<Err = types::UnknownValue>>(name: &str, text: Option<&str>) -> Outcome<Option<T>> {
    text.map(|text| {
        text.parse()
            .map_err(|error: T::Err| Problem::invalid(format!("{name}: {error}")))
    })
    .transpose()
}

pub(super) fn place(after: Option<&str>) -> Outcome<Option<(i64, String)>> {
    after
        .map(|text| {
            text.split_once('.')
                .and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned())))
                .ok_or_else(|| Problem::invalid("after: give the `next` of a page of this list, unchanged"))
        })
        .transpose()
}

/// List articles
///
/// With what is being written; the last changed first.
#[utoipa::path(get, path = "/articles", tag = "knowledge", operation_id = "listArticles", params(ArticleQuery),
    responses((status = 200, description = "A page of articles.", body = Page<ArticleLine>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ArticleQuery>,
) -> Outcome<Answer<Page<ArticleLine>>> {
    caller.may(Permission::Read)?;
    let limit = limit(query.limit)?;
    let tree = kb::categories::load(app.store.db()).await?;
    let which = Which {
        shown: Shown::of(query.shown.as_deref().unwrap_or_default()),
        language: parsed("language", query.language.as_deref())?,
        kind: parsed("kind", query.kind.as_deref())?,
        categories: query.category.map(|id| tree.within(&id).into_iter().collect()),
        up_to: READS,
        words: query.q.unwrap_or_default(),
        found: Vec::new(),
    };
    let after = place(query.after.as_deref())?;
    let before = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let mut lines = overview::list(app.store.db(), &which, before, limit + 1).await?;
    let has_more = cut(&mut lines, limit);
    Ok(Answer(Page {
        next: lines
            .last()
            .filter(|_| has_more)
            .map(|last| format!("{}.{}", last.updated_at, last.id)),
        items: lines.into_iter().map(ArticleLine::from).collect(),
    }))
}

/// What an article begins with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewArticleBody {
    /// The language.
    #[schema(value_type = enums::Language)]
    language: types::Language,
    /// The headline.
    title: String,
    /// `guide` (unless given), `faq` or `manual`.
    kind: Option<String>,
    /// Markdown.
    #[serde(default)]
    body: String,
    /// Example questions.
    #[serde(default)]
    questions: Vec<String>,
    /// The last part of its address; made of the headline unless given.
    #[serde(default)]
    slug: String,
    /// The category.
    category: Option<String>,
    /// `public` (unless given), `N1`, `N2` or `N3`.
    audience: Option<String>,
    /// The article that this is a translation of; its words are taken where none are given.
    translation_of: Option<String>,
}

/// Begin an article
///
/// Nobody but those who write sees it until it is published.
#[utoipa::path(post, path = "/articles", tag = "knowledge", operation_id = "createArticle", request_body = NewArticleBody,
    responses((status = 201, description = "The article.", body = ArticleView)))]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<NewArticleBody>,
) -> Outcome<Created<ArticleView>> {
    caller.may(Permission::Work)?;
    let new = NewArticle {
        language: body.language,
        kind: parsed("kind", body.kind.as_deref())?.unwrap_or(ArticleKind::Guide),
        title: body.title.trim().to_owned(),
        body: body.body,
        questions: body.questions,
        category: body.category,
        audience: parsed("audience", body.audience.as_deref())?.unwrap_or_default(),
        slug: body.slug,
    };
    let made = match body.translation_of {
        None => drafts::create(&app.store, &caller.actor, new).await?,
        Some(original) => {
            let made = drafts::translate(&app.store, &caller.actor, &id_of(&original), new.language).await?;
            let mut words = Words::of(&made);
            for (mine, theirs) in [(&new.title, &mut words.title), (&new.body, &mut words.body)] {
                if !mine.is_empty() {
                    theirs.clone_from(mine);
                }
            }
            words.questions = new.questions;
            drafts::save(&app.store, &caller.actor, &made.id, &words, 0, made.version).await?;
            made
        }
    };
    let draft = drafts::load(app.store.db(), &made.id).await?;
    Ok(Created(format!("/articles/{}", path_id(&made.id)), view(made, draft)))
}

/// Read an article
///
/// With what is being written. The slash of an id may be written as `~`.
#[utoipa::path(get, path = "/articles/{id}", tag = "knowledge", operation_id = "readArticle",
    params(("id" = String, Path, description = "The article.")),
    responses((status = 200, description = "The article.", body = ArticleView)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<ArticleView>> {
    caller.may(Permission::Read)?;
    Ok(Answer(whole(&app, &id_of(&id)).await?))
}

async fn whole(app: &App, id: &str) -> Outcome<ArticleView> {
    let article = store::load(app.store.db(), id).await?;
    let draft = drafts::load(app.store.db(), id).await?;
    Ok(view(article, draft))
}

/// What changes. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ArticleEdit {
    /// The revision of the draft that was read; 0 where there is none.
    revision: i64,
    /// The headline.
    title: Option<String>,
    /// Markdown.
    body: Option<String>,
    /// Example questions, all of them.
    questions: Option<Vec<String>>,
    /// `guide`, `faq` or `manual`.
    kind: Option<String>,
    /// The last part of its address.
    slug: Option<String>,
    /// The category; null for none.
    #[serde(default, deserialize_with = "super::extract::given")]
    category: Option<Option<String>>,
    /// `public`, `N1`, `N2` or `N3`.
    audience: Option<String>,
    /// A translation: the version of its original that it follows.
    source_version: Option<i64>,
}

/// Write an article
///
/// Changes the draft; customers see it when it is published.
#[utoipa::path(patch, path = "/articles/{id}", tag = "knowledge", operation_id = "writeArticle",
    params(("id" = String, Path, description = "The article.")), request_body = ArticleEdit,
    responses((status = 200, description = "The article.", body = ArticleView)))]
pub(super) async fn write(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(edit): Json<ArticleEdit>,
) -> Outcome<Answer<ArticleView>> {
    caller.may(Permission::Work)?;
    let id = id_of(&id);
    let article = store::load(app.store.db(), &id).await?;
    let draft = drafts::load(app.store.db(), &id).await?;
    let mut words = draft.map_or_else(|| Words::of(&article), |draft| draft.words);
    words.title = edit.title.unwrap_or(words.title);
    words.body = edit.body.unwrap_or(words.body);
    words.questions = edit.questions.unwrap_or(words.questions);
    words.kind = parsed("kind", edit.kind.as_deref())?.unwrap_or(words.kind);
    words.slug = edit.slug.unwrap_or(words.slug);
    words.category = edit.category.unwrap_or(words.category);
    words.audience = parsed("audience", edit.audience.as_deref())?.unwrap_or(words.audience);
    words.source_version = edit.source_version.or(words.source_version);
    drafts::save(&app.store, &caller.actor, &id, &words, edit.revision, article.version).await?;
    Ok(Answer(whole(&app, &id).await?))
}

/// What to do with an article.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ArticleAction {
    /// `ask_review`, `send_back`, `publish`, `withdraw`, `discard` or `restore`.
    action: String,
    /// To send back: what should change.
    #[serde(default)]
    remark: String,
    /// To restore: the version.
    version: Option<i64>,
}

/// Do something with an article
///
/// `publish` puts the draft in its place; where a review is wanted, another one asked for it.
#[utoipa::path(post, path = "/articles/{id}/actions", tag = "knowledge", operation_id = "actOnArticle",
    params(("id" = String, Path, description = "The article.")), request_body = ArticleAction,
    responses((status = 200, description = "The article.", body = ArticleView)))]
pub(super) async fn act(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<ArticleAction>,
) -> Outcome<Answer<ArticleView>> {
    caller.may(Permission::Work)?;
    let id = id_of(&id);
    let actor: &Actor = &caller.actor;
    match body.action.as_str() {
        "ask_review" => drop(drafts::ask_review(&app.store, actor, &id).await?),
        "send_back" => drop(drafts::send_back(&app.store, actor, &id, &body.remark).await?),
        "publish" => {
            let needs_review = settings::load(app.store.db()).await?.needs_review;
            drop(drafts::publish(&app.store, actor, &id, needs_review).await?);
        }
        "withdraw" => drop(drafts::withdraw(&app.store, actor, &id).await?),
        "discard" => drafts::discard(&app.store, actor, &id).await?,
        "restore" => {
            let version = body
                .version
                .ok_or_else(|| Problem::invalid("version: name the version to restore"))?;
            drop(drafts::restore(&app.store, actor, &id, version).await?);
        }
        other => {
            return Err(Problem::invalid(format!(
                "action: `{other}` is not one of ask_review, send_back, publish, withdraw, discard, restore"
            )));
        }
    }
    app.knowledge.refresh(&app.store).await?;
    Ok(Answer(whole(&app, &id).await?))
}
