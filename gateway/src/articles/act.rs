//! What is done with an article as a whole.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::types::Language;
use kb::{drafts, settings, store};
use ui::components::Tone;

use super::editor::trouble;
use super::place::{article_path, id_of, readable};
use super::reading;
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::see_other;

/// POST `do` = `review|back|publish|withdraw|discard|link`, `remark`, `original`; or `translate` = a language.
pub(super) async fn act(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Work)?;
    let (article, _) = readable(&app, &me, &id).await?;
    let (store, actor, id) = (&app.store, me.actor(), article.id.as_str());
    let here = article_path(id);
    if let Ok(language) = form.get("translate").parse::<Language>() {
        return match drafts::translate(store, &actor, id, language).await {
            Ok(made) => Ok(see_other(&format!("{}/edit", article_path(&made.id)))),
            Err(Error::Conflict(_)) => Ok(see_other(&here)),
            Err(error) => Err(error.into()),
        };
    }
    let done = match form.get("do") {
        "review" => drafts::ask_review(store, &actor, id).await.map(drop),
        "back" => drafts::send_back(store, &actor, id, form.get("remark")).await.map(drop),
        "publish" => {
            let needs_review = settings::load(store.db()).await?.needs_review;
            drafts::publish(store, &actor, id, needs_review).await.map(drop)
        }
        "withdraw" => drafts::withdraw(store, &actor, id).await.map(drop),
        "discard" => drafts::discard(store, &actor, id).await,
        "link" => match named(&app, form.get("original")).await {
            // What one may not read cannot be linked either.
            Some(original) if readable(&app, &me, &original).await.is_ok() => {
                drafts::link(store, &actor, id, &original).await.map(drop)
            }
            _ => Err(Error::NotFound),
        },
        _ => Ok(()),
    };
    match done {
        Ok(()) => {
            app.knowledge.refresh(store).await?;
            Ok(see_other(&here))
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict(_) | Error::NotFound)) => {
            let (article, draft) = readable(&app, &me, &article.id).await?;
            let words = match error {
                Error::NotFound => ui::i18n::t(me.lang, "articles-error-missing").into_owned(),
                error => trouble(me.lang, &error),
            };
            let mut response = reading::page(&app, &me, &article, draft.as_ref(), Some((Tone::Bad, &words))).await?;
            *response.status_mut() = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// The article of an address, an id, or a page of these.
async fn named(app: &App, text: &str) -> Option<String> {
    let text = text.trim().split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = text.rsplit('/').take(2).collect();
    let [slug, before] = parts.as_slice() else {
        return Some(id_of(text)).filter(|id| !id.is_empty());
    };
    match before.parse::<Language>() {
        Ok(language) => {
            let by_address = store::by_slug(app.store.db(), language, slug).await.ok().flatten();
            Some(by_address.map_or_else(|| format!("{language}/{slug}"), |article| article.id))
        }
        Err(_) => Some(id_of(slug)),
    }
}
