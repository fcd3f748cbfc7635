//! The versions of an article: compared, and brought back.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use conversation::access::Permission;
use kb::{drafts, store};
use maud::html;
use serde::Deserialize;
use ui::components::{Tone, badge, form};
use ui::i18n;

use super::frame::{Part, frame};
use super::place::{article_path, readable};
use super::reading::{difference, facts, tabs};
use super::words::{name_of, names};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::auth::see_other;

/// Versions that are listed.
const MOST: i64 = 200;

#[derive(Debug, Deserialize)]
pub(super) struct Compared {
    /// The older one.
    #[serde(default)]
    a: i64,
    /// The newer one.
    #[serde(default)]
    b: i64,
}

pub(super) async fn show(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(compared): Query<Compared>,
) -> Result<Response, Failure> {
    let (article, draft) = readable(&app, &me, &id).await?;
    let ctx = me.ctx();
    let versions = store::versions(app.store.db(), &article.id, MOST).await?;
    let names = names(app.store.db()).await?;
    let tree = kb::categories::load(app.store.db()).await?;
    let category = tree.name_of(article.place.category.as_deref(), me.lang);
    let newest = versions.first().map_or(0, |version| version.version);
    let newer = if compared.b > 0 { compared.b } else { newest };
    let older = if compared.a > 0 {
        compared.a
    } else {
        versions
            .iter()
            .find(|version| version.version < newer)
            .map_or(0, |version| version.version)
    };
    let (before, after) = (
        text_of(&app, &article.id, older).await?,
        text_of(&app, &article.id, newer).await?,
    );
    let body = html! {
        (tabs(&me, &article, "/versions"))
        (facts(&me, &article, draft.as_ref(), category))
        form.version-form method="get" action={ (article_path(&article.id)) "/versions" } {
            @for (name, chosen, key) in [("a", older, "articles-version-older"), ("b", newer, "articles-version-newer")] {
                label { span { (ctx.t(key)) }
                    select.input name=(name) {
                        @for version in &versions { option value=(version.version) selected[version.version == chosen] { (version.version) " · " (i18n::date_time(me.lang, version.at, &me.tz)) } }
                    }
                }
            }
            button.button.ghost type="submit" { (ctx.t("articles-compare")) }
        }
        (difference(&me, &before, &after))
        h2 { (ctx.t("articles-tab-versions")) }
        ul.people {
            @for version in &versions {
                li.person {
                    span.inbox-name {
                        strong { (i18n::t_args(me.lang, "articles-version", &[("number", version.version.into())])) }
                        span.muted { (name_of(&names, &version.actor)) " · " (i18n::date_time(me.lang, version.at, &me.tz)) }
                    }
                    @if version.version == article.version && version.state == "published" { (badge(Tone::Good, &ctx.t("articles-state-published"))) }
                    @else if version.state != "published" { (badge(Tone::Neutral, &ctx.t("articles-state-draft"))) }
                    @if version.version > 1 { a href={ (article_path(&article.id)) "/versions?a=" (version.version - 1) "&b=" (version.version) } { (ctx.t("articles-what-changed")) } }
                    @if me.can(Permission::Work) {
                        form method="post" action={ (article_path(&article.id)) "/versions" } {
                            (form::csrf(&ctx))
                            button.button.ghost type="submit" name="version" value=(version.version) { (ctx.t("articles-restore")) }
                        }
                    }
                }
            }
        }
    };
    frame(&app, &me, Part::Articles, &article.title, None, &body).await
}

/// Headline and text of a version; nothing for the time before the first.
async fn text_of(app: &App, id: &str, number: i64) -> Result<String, Failure> {
    if number == 0 {
        return Ok(String::new());
    }
    let version = store::version(app.store.db(), id, number).await?;
    Ok(format!("# {}\n\n{}", version.title, version.body))
}

/// POST `version`: makes it the working copy.
pub(super) async fn restore(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Work)?;
    let (article, _) = readable(&app, &me, &id).await?;
    let number = form.get("version").parse().unwrap_or(0);
    drafts::restore(&app.store, &me.actor(), &article.id, number).await?;
    Ok(see_other(&format!("{}/edit", article_path(&article.id))))
}
