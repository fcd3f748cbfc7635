//! Where an article is, and who may read it.

use conversation::desk::presence;
use conversation::types::Role;
use conversation::{Error, Result};
use kb::drafts::{self, Draft};
use kb::{Article, Audience, store};
use ui::routes;

use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;

/// An article's id in a path: ids hold a slash, which proxies do not like escaped.
pub(crate) fn path_id(id: &str) -> String {
    routes::escape(&id.replace('/', "~")).replace("%7E", "~")
}

/// The id that a path names.
pub(crate) fn id_of(path: &str) -> String {
    path.replace('~', "/")
}

/// The page of an article.
pub(crate) fn article_path(id: &str) -> String {
    format!("/knowledge/a/{}", path_id(id))
}

/// What somebody may read at most: what is meant for the highest level that they work at. Who oversees reads
/// everything.
///
/// # Errors
/// The database is not to be had.
pub(crate) async fn reads(app: &App, me: &SignedIn) -> Result<Audience> {
    Ok(match me.agent.role {
        Role::Administrator | Role::Supervisor => Audience::N3,
        Role::Agent | Role::Coordinator => {
            let desk = presence::load(app.store.db(), &me.agent.id).await?;
            desk.levels
                .iter()
                .map(|level| Audience::of_level(*level))
                .max()
                .unwrap_or(Audience::N1)
        }
    })
}

/// An article and its working copy, for somebody who may read both; what they may not read does not exist.
pub(super) async fn readable(app: &App, me: &SignedIn, path: &str) -> Result<(Article, Option<Draft>), Failure> {
    let id = id_of(path);
    let article = store::load(app.store.db(), &id).await?;
    let draft = drafts::load(app.store.db(), &id).await?;
    let up_to = reads(app, me).await?;
    let is_above = |audience: Audience| audience > up_to;
    if is_above(article.place.audience) || draft.as_ref().is_some_and(|draft| is_above(draft.words.audience)) {
        return Err(Error::NotFound.into());
    }
    Ok((article, draft))
}
