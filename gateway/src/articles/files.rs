//! Files of articles: taken by the form, by paste and by drop.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use conversation::access::Permission;
use kb::files;
use serde_json::json;

use super::place::{article_path, readable};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Posted, PostedFiles};
use crate::auth::see_other;

/// POST multipart `files`: answers JSON `[{id, name, markdown}]` to a script, and the editor otherwise.
pub(super) async fn upload(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: PostedFiles,
) -> Result<Response, Failure> {
    let PostedFiles { me, files, .. } = posted;
    me.must(Permission::Work)?;
    let (article, _) = readable(&app, &me, &id).await?;
    let mut kept = Vec::new();
    for file in &files {
        kept.push(files::add(&app.store, &me.actor(), &article.id, &file.name, &file.bytes).await?);
    }
    if me.is_fragment {
        let told: Vec<_> = kept
            .iter()
            .map(|file| json!({ "id": file.id, "name": file.name, "markdown": file.markdown() }))
            .collect();
        return Ok(Json(told).into_response());
    }
    Ok(see_other(&format!("{}/edit#files", article_path(&article.id))))
}

/// POST: takes the file out.
pub(super) async fn remove(
    State(app): State<App>,
    Path((id, file)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Failure> {
    let me = posted.me;
    me.must(Permission::Work)?;
    let (article, _) = readable(&app, &me, &id).await?;
    files::remove(&app.store, &article.id, &file).await?;
    Ok(see_other(&format!("{}/edit#files", article_path(&article.id))))
}
