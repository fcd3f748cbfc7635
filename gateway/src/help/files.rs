//! Pictures and files of articles: to everybody where everybody reads the article, to agents otherwise.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conversation::Error;
use kb::{drafts, files, store};

use crate::app::App;
use crate::articles;
use crate::auth::failure::Failure;
use crate::auth::session::Visitor;

/// GET `/help/files/{id}`.
pub(super) async fn file(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let file = files::load(app.store.db(), &id).await?;
    app.knowledge.ready().await;
    let is_public = app.knowledge.article(&file.article_id).is_some();
    if !is_public {
        let me = visitor.signed_in().map_err(|_| Error::NotFound)?;
        let article = store::load(app.store.db(), &file.article_id).await?;
        let draft = drafts::load(app.store.db(), &file.article_id).await?;
        let up_to = articles::place::reads(&app, &me).await?;
        let widest = draft.map_or(article.place.audience, |draft| {
            draft.words.audience.max(article.place.audience)
        });
        if widest > up_to {
            return Err(Error::NotFound.into());
        }
    }
    let tag = format!("\"{}\"", file.sha256.get(..24).unwrap_or_default());
    let is_known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| known.contains(&tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let bytes = app.store.blobs().get(&file.sha256).await?;
        portal::files::file_response(&file.name, &file.media_type, bytes)
    };
    let kept = if is_public {
        "public, max-age=3600"
    } else {
        "private, max-age=300"
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}
