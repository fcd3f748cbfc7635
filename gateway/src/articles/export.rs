//! All articles as Markdown files in one archive; `switchboard kb import` takes them in again.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use conversation::Error;
use conversation::access::Permission;
use conversation::db::Db;
use flate2::Compression;
use flate2::write::GzEncoder;
use kb::{Article, Audience, export, store};

use super::place::reads;
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;

/// Articles that are read at once.
const PART: i64 = 500;

/// Every article that somebody of this audience may read, in parts.
pub(crate) async fn all(db: &Db, up_to: Audience) -> conversation::Result<Vec<Article>> {
    let mut found: Vec<Article> = Vec::new();
    let mut after: Option<(String, String)> = None;
    loop {
        let from = after.as_ref().map(|(title, id)| (title.as_str(), id.as_str()));
        let part = store::list(db, &store::Filter::default(), from, PART).await?;
        let Some(last) = part.last() else {
            return Ok(found);
        };
        after = Some((last.title.clone(), last.id.clone()));
        found.extend(part.into_iter().filter(|article| article.place.audience <= up_to));
    }
}

pub(super) async fn download(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Read)?;
    let articles = all(app.store.db(), reads(&app, &me).await?).await?;
    let at = u64::try_from(me.now / 1000).unwrap_or(0);
    let bytes = tokio::task::spawn_blocking(move || archive(&articles, at))
        .await
        .map_err(|error| Error::corrupt("the export", error))?
        .map_err(|error| Error::corrupt("the export", error))?;
    let mut response = bytes.into_response();
    for (name, value) in [
        (header::CONTENT_TYPE, "application/gzip"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"articles.tar.gz\""),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

fn archive(articles: &[Article], at: u64) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for article in articles {
        let text = export::file(article);
        let mut head = tar::Header::new_gnu();
        head.set_size(text.len() as u64);
        head.set_mode(0o644);
        head.set_mtime(at);
        head.set_cksum();
        archive.append_data(&mut head, export::path(article), text.as_bytes())?;
    }
    archive.into_inner()?.finish()
}
