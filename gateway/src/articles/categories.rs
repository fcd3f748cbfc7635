//! The tree of categories: names in three languages, order, removal.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::types::Language;
use kb::categories::{self, Category, NewCategory, Tree};
use maud::{Markup, html};
use ui::components::{Tone, form};
use ui::i18n;

use super::frame::{Part, frame};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

const HERE: &str = "/knowledge/categories";

pub(super) async fn list(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    page(&app, &me, None).await
}

async fn page(app: &App, me: &SignedIn, wrong: Option<&str>) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let tree = categories::load(app.store.db()).await?;
    let may = me.can(Permission::Work);
    let body = html! {
        p.lead { (ctx.t("articles-categories-lead")) }
        @if tree.all().is_empty() { p.muted { (ctx.t("articles-categories-none")) } }
        ul.people.category-tree {
            @for (depth, category) in tree.walk() {
                li.person data-depth=(depth) {
                    @if may {
                        details.group { summary { (category.name(me.lang)) " " span.muted.small { "/" (category.id) } }
                            (fields(me, &tree, Some(category)))
                        }
                    } @else { span { (category.name(me.lang)) } }
                }
            }
        }
        @if may { h2 { (ctx.t("articles-category-new")) } (fields(me, &tree, None)) }
    };
    let said = wrong.map(|words| (Tone::Bad, words));
    let mut response = frame(
        app,
        me,
        Part::Categories,
        &ctx.t("articles-part-categories"),
        said,
        &body,
    )
    .await?;
    if wrong.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn fields(me: &SignedIn, tree: &Tree, category: Option<&Category>) -> Markup {
    let ctx = me.ctx();
    let id = category.map_or("new", |category| category.id.as_str());
    let action = category.map_or_else(|| HERE.to_owned(), |category| format!("{HERE}/{}", category.id));
    let within = category.map(|category| tree.within(&category.id)).unwrap_or_default();
    html! {
        form.settings-form method="post" action=(action) {
            (form::csrf(&ctx))
            div.row-fields {
                @for language in Language::ALL {
                    div.field { label for={ "f-" (id) "-" (language) } { (i18n::own_name(*language)) }
                        input.input id={ "f-" (id) "-" (language) } name={ "name_" (language) } maxlength=(categories::LONGEST_NAME) lang=(language)
                            value=(category.and_then(|one| one.names.get(language)).map_or("", String::as_str)); }
                }
                div.field { label for={ "f-" (id) "-parent" } { (ctx.t("articles-category-parent")) }
                    select.input id={ "f-" (id) "-parent" } name="parent" {
                        option value="" { (ctx.t("articles-category-top")) }
                        @for (depth, other) in tree.walk() {
                            @if depth + 1 < categories::DEPTH && !within.contains(&other.id) {
                                option value=(other.id) selected[category.is_some_and(|one| one.parent.as_deref() == Some(&other.id))] { @for _ in 0..depth { "– " } (other.name(me.lang)) }
                            }
                        }
                    } }
                div.field { label for={ "f-" (id) "-place" } { (ctx.t("articles-category-place")) }
                    input.input id={ "f-" (id) "-place" } name="place" inputmode="numeric" value=(category.map_or(0, |one| one.place)); }
            }
            div.settings-actions {
                button.button.primary type="submit" { (ctx.t("articles-save")) }
                @if category.is_some() { button.button.ghost type="submit" name="do" value="remove" { (ctx.t("knowledge-remove")) } }
            }
        }
    }
}

fn read(form: &Form) -> NewCategory {
    let names: BTreeMap<Language, String> = Language::ALL
        .iter()
        .map(|language| (*language, form.get(&format!("name_{language}")).to_owned()))
        .collect();
    NewCategory {
        parent: Some(form.get("parent").to_owned()).filter(|id| !id.is_empty()),
        names,
        place: form.get("place").trim().parse().unwrap_or(0),
    }
}

async fn answer(app: &App, me: &SignedIn, done: conversation::Result<()>) -> Result<Response, Failure> {
    match done {
        Ok(()) => {
            app.knowledge.refresh(&app.store).await?;
            Ok(see_other(HERE))
        }
        Err(error @ Error::Invalid(_)) => page(app, me, Some(&trouble(me.lang, &error))).await,
        Err(error) => Err(error.into()),
    }
}

fn trouble(lang: Language, error: &Error) -> String {
    let text = error.to_string();
    let key = if text.contains("needs a name") {
        "articles-error-name"
    } else if text.contains("stand in itself") || text.contains("nest at most") {
        "articles-error-nest"
    } else {
        return failure::words(lang, error);
    };
    i18n::t(lang, key).into_owned()
}

pub(super) async fn create(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Work)?;
    let done = categories::create(&app.store, &me.actor(), read(&form)).await;
    answer(&app, &me, done.map(drop)).await
}

pub(super) async fn change(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Work)?;
    let done = if form.get("do") == "remove" {
        categories::remove(&app.store, &me.actor(), &id).await
    } else {
        let changed = categories::change(&app.store, &me.actor(), &id, read(&form)).await;
        changed.map(drop)
    };
    answer(&app, &me, done).await
}
