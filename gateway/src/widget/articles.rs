//! Help articles inside the chat's window: those that everybody reads, looked for, read and judged without leaving it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{Extensions, HeaderMap, StatusCode};
use conversation::inboxes::{self, Inbox};
use conversation::types::{Language, Millis};
use conversation::{Result as Known, Store};
use kb::store::Verdict;
use kb::{Article, page};
use serde::Deserialize;
use serde_json::{Value, json};
use ui::i18n;

use super::Widget;
use super::error::{Answer, Refused, json};
use super::session::{self, NOTHING};
use super::settings::WidgetSettings;
use super::store::{self, Visitor};
use crate::app::App;
use crate::readers::{self, cut_query};

/// Articles that stand there before anything is asked.
const FIRST: usize = 5;
/// Results of one search.
const RESULTS: usize = 8;
/// For how long the order of the first ones stands, in milliseconds.
const RANKED_FOR: Millis = 5 * 60 * 1000;

/// What helped most lately, asked of the database once in a while.
#[derive(Default)]
pub(super) struct Ranked(Mutex<Option<(Millis, Arc<[String]>)>>);

impl Ranked {
    async fn ids(&self, app: &App) -> Known<Arc<[String]>> {
        let now = app.store.env().steady();
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((at, ids)) = known
            && now - at < RANKED_FOR
        {
            return Ok(ids);
        }
        let ids: Arc<[String]> = readers::ranked(app).await?.into();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, ids.clone()));
        Ok(ids)
    }
}

/// Whether the chat shows articles: it is set to, and there are some.
pub(super) async fn are_shown(store: &Store, settings: &WidgetSettings) -> Known<bool> {
    Ok(settings.articles && kb::store::has_public(store.db()).await?)
}

/// The inbox and the visitor of a request about articles, where its chat shows them.
async fn admitted(
    widget: &Widget,
    key: &str,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Answer<(Inbox, Visitor)> {
    let store = &widget.app.store;
    let (inbox, visitor) = session::visitor(widget, key, headers).await?;
    let settings: WidgetSettings = inboxes::settings(store, &inbox.id).await?;
    if !settings.articles {
        return Err(Refused::missing());
    }
    widget.limits.articles.check(&visitor.visitor)?;
    let address = portal::request::address_of(extensions);
    widget.limits.articles_by_address.check(&address)?;
    widget.app.knowledge.ready().await;
    Ok((inbox, visitor))
}

/// An id as a part of a path, which a slash would end.
fn path_id(id: &str) -> String {
    id.replace('/', "~")
}

/// An article that everybody may read; drafts and those for agents are as if they were not.
fn article(widget: &Widget, id: &str) -> Answer<Arc<Article>> {
    let id = id.replace('~', "/");
    widget.app.knowledge.article(&id).ok_or_else(Refused::missing)
}

/// Says that an article is in another language than the visitor's.
fn note(visitor: &Visitor, language: Language) -> Option<String> {
    let args = [("language", i18n::own_name(language).into())];
    (language != visitor.language).then(|| i18n::t_args(visitor.language, "help-other-language", &args))
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
}

/// GET `articles?q=…`: what was found; without a question, what helps most.
pub(super) async fn list(
    State(widget): State<Widget>,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Answer<Json<Value>> {
    let app = &widget.app;
    let (inbox, visitor) = admitted(&widget, &key, &headers, &extensions).await?;
    let listed = |id: &str, title: &str, path: String, language: Language, passage: &[(String, bool)]| {
        json!({
            "id": path_id(id),
            "title": title,
            "path": path,
            "language": language,
            "note": note(&visitor, language),
            "passage": passage,
        })
    };
    let query = cut_query(&asked.q);
    let items: Vec<Value> = if query.is_empty() {
        let languages: Vec<Language> = [visitor.language, inbox.language]
            .iter()
            .chain(Language::ALL)
            .copied()
            .collect();
        let ranked = widget.ranked.ids(app).await?;
        readers::first_of(app, &languages, &ranked, FIRST)
            .iter()
            .map(|one| listed(&one.id, &one.title, one.path(), one.language, &[]))
            .collect()
    } else {
        readers::searched(app, visitor.language, &query, RESULTS)
            .await
            .iter()
            .map(|hit| {
                let passage = readers::snippet(hit);
                listed(&hit.article_id, &hit.title, hit.path(), hit.language, &passage)
            })
            .collect()
    };
    Ok(Json(json!({ "items": items })))
}

/// GET `articles/{id}`: one to read, as the help centre draws it. Agents see it among the pages that the visitor saw.
pub(super) async fn read(
    State(widget): State<Widget>,
    Path((key, id)): Path<(String, String)>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Answer<Json<Value>> {
    let app = &widget.app;
    let (_, visitor) = admitted(&widget, &key, &headers, &extensions).await?;
    let article = article(&widget, &id)?;
    app.knowledge.viewed(&article.id, app.store.now());
    let url = format!("{}{}", app.public_url(), article.path());
    store::saw(&app.store, &visitor, (&url, &article.title)).await?;
    Ok(Json(json!({
        "id": path_id(&article.id),
        "title": article.title,
        "path": article.path(),
        "language": article.language,
        "note": note(&visitor, article.language),
        "html": page::draw(&article.body).html,
    })))
}

#[derive(Deserialize)]
struct Judged {
    helped: bool,
}

/// POST `articles/{id}/verdict`: whether it helped.
pub(super) async fn verdict(
    State(widget): State<Widget>,
    Path((key, id)): Path<(String, String)>,
    headers: HeaderMap,
    extensions: Extensions,
    body: Bytes,
) -> Answer<StatusCode> {
    let (_, visitor) = admitted(&widget, &key, &headers, &extensions).await?;
    let judged: Judged = json(&body)?;
    let article = article(&widget, &id)?;
    let verdict = if judged.helped {
        Verdict::Helped
    } else {
        Verdict::NotHelped
    };
    readers::judge(&widget.app, &article, &visitor.visitor, verdict, "").await;
    Ok(NOTHING)
}
