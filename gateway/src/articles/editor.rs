//! Writing an article. The form works by itself; with the script beside it text is kept while it is written, files
//! are pasted, and the preview follows.

mod drawn;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use conversation::Error;
use conversation::access::Permission;
use conversation::types::Language;
use kb::drafts::{self, Draft, NewArticle, Words};
use kb::{Article, ArticleKind, Audience, store};
use maud::html;
use serde_json::json;
use ui::components::form;
use ui::i18n;

use self::drawn::{Editor, Extra, preview_of};
use super::frame::{Part, frame};
use super::place::{article_path, readable, reads};
use super::words::{kinds, languages, name_of, names};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::settings::draw::{Draw, Errors, with_status};

pub(super) async fn new(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Work)?;
    let form = Form::of([("language", me.lang.as_str().to_owned())]);
    begin(&app, &me, &form, &Errors::new()).await
}

async fn begin(app: &App, me: &SignedIn, form: &Form, errors: &Errors) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw { ctx, form, errors };
    let kinds = kinds(&ctx);
    let kinds: Vec<(&str, &str)> = kinds.iter().map(|(value, name)| (*value, name.as_str())).collect();
    let body = html! {
        p.lead { (ctx.t("articles-new-lead")) }
        (draw.summary())
        form.settings-form method="post" action="/knowledge/new" {
            (form::csrf(&ctx))
            (draw.text("title", &ctx.t("articles-title"), "", true))
            div.row-fields {
                (draw.choice("language", &ctx.t("articles-language"), &languages()))
                (draw.choice("kind", &ctx.t("articles-kind"), &kinds))
            }
            div.settings-actions { button.button.primary type="submit" { (ctx.t("articles-begin")) } }
        }
    };
    let page = frame(app, me, Part::Articles, &ctx.t("articles-new"), None, &body).await?;
    Ok(with_status(page, errors))
}

/// POST `title`, `language`, `kind`, and what a draft from elsewhere brings: `body`, `questions`, `reviewed`.
pub(super) async fn create(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Work)?;
    let new = NewArticle {
        language: form.get("language").parse().unwrap_or(Language::En),
        kind: form.get("kind").parse().unwrap_or(ArticleKind::Guide),
        title: form.get("title").trim().to_owned(),
        body: form.get("body").replace("\r\n", "\n"),
        questions: lines(form.get("questions")),
        category: None,
        audience: Audience::Public,
        slug: String::new(),
    };
    match drafts::create(&app.store, &me.actor(), new).await {
        Ok(article) => Ok(see_other(&format!("{}/edit", article_path(&article.id)))),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let words = if form.get("title").trim().is_empty() {
                i18n::t(me.lang, "articles-title-missing").into_owned()
            } else {
                failure::words(me.lang, &error)
            };
            begin(&app, &me, &form, &vec![("title".to_owned(), words)]).await
        }
        Err(error) => Err(error.into()),
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

fn form_of(words: &Words, revision: i64, base: i64) -> Form {
    Form::of([
        ("title", words.title.clone()),
        ("body", words.body.clone()),
        ("slug", words.slug.clone()),
        ("kind", words.kind.as_str().to_owned()),
        ("category", words.category.clone().unwrap_or_default()),
        ("audience", words.audience.as_str().to_owned()),
        ("questions", words.questions.join("\n")),
        ("revision", revision.to_string()),
        ("base", base.to_string()),
        (
            "source_version",
            words
                .source_version
                .map(|version| version.to_string())
                .unwrap_or_default(),
        ),
    ])
}

fn words_of(form: &Form, article: &Article) -> Words {
    let source: Option<i64> = form.get("source_version").parse().ok();
    let current: Option<i64> = form.get("current_version").parse().ok();
    Words {
        kind: form.get("kind").parse().unwrap_or(article.kind),
        slug: form.get("slug").trim().to_owned(),
        title: form.get("title").trim().to_owned(),
        body: form.get("body").replace("\r\n", "\n"),
        questions: lines(form.get("questions")),
        category: Some(form.get("category").to_owned()).filter(|id| !id.is_empty()),
        audience: form.get("audience").parse().unwrap_or(article.place.audience),
        // "It says what the original says now."
        source_version: if form.is_on("is_current") {
            current.or(source)
        } else {
            source
        },
    }
}

pub(super) async fn edit(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Work)?;
    let (article, draft) = readable(&app, &me, &id).await?;
    let (words, revision) = match &draft {
        Some(draft) => (draft.words.clone(), draft.revision),
        None => (Words::of(&article), 0),
    };
    let form = form_of(&words, revision, article.version);
    Editor {
        app: &app,
        me: &me,
        article: &article,
        draft: draft.as_ref(),
        form: &form,
    }
    .page(&Extra::default())
    .await
}

/// POST `title`, `body`: how it will look.
pub(super) async fn preview(posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Work)?;
    let body = form.get("body");
    if body.len() > store::LONGEST_BODY {
        return Err(Failure::TooLarge);
    }
    Ok(crate::auth::html(preview_of(form.get("title"), body)))
}

/// What somebody writes may not be for others than they may read themselves.
fn check_audience(words: &Words, up_to: Audience) -> Result<(), Failure> {
    if words.audience > up_to {
        return Err(Failure::Forbidden);
    }
    Ok(())
}

/// POST: the whole form, while somebody writes. Answers JSON `{revision}`, or 409 `{name}`.
pub(super) async fn keep(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Work)?;
    let (article, _) = readable(&app, &me, &id).await?;
    let words = words_of(&form, &article);
    check_audience(&words, reads(&app, &me).await?)?;
    let seen = form.get("revision").parse().unwrap_or(0);
    let base = form.get("base").parse().unwrap_or(0);
    match drafts::keep(&app.store, &me.actor(), &article.id, &words, seen, base).await {
        Ok(draft) => Ok(Json(json!({ "revision": draft.revision })).into_response()),
        Err(Error::Conflict(_)) => {
            let theirs = drafts::load(app.store.db(), &article.id).await?;
            let names = names(app.store.db()).await?;
            let name = theirs.map(|draft| name_of(&names, &draft.author)).unwrap_or_default();
            Ok((StatusCode::CONFLICT, Json(json!({ "name": name }))).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// POST: the whole form, and `do` = `save|preview|review|publish`.
pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Work)?;
    let (article, draft) = readable(&app, &me, &id).await?;
    let words = words_of(&form, &article);
    check_audience(&words, reads(&app, &me).await?)?;
    let editor = |form: Form, extra: Extra, draft: Option<Draft>| {
        let (app, me, article) = (&app, &me, &article);
        async move {
            Editor {
                app,
                me,
                article,
                draft: draft.as_ref(),
                form: &form,
            }
            .page(&extra)
            .await
        }
    };
    if form.get("do") == "preview" {
        let extra = Extra {
            has_preview: true,
            ..Extra::default()
        };
        return editor(form, extra, draft).await;
    }
    let seen = form.get("revision").parse().unwrap_or(0);
    let base = form.get("base").parse().unwrap_or(0);
    let saved = match drafts::save(&app.store, &me.actor(), &article.id, &words, seen, base).await {
        Ok(saved) => saved,
        Err(Error::Conflict(_)) => {
            let (again, extra, theirs) = beside_theirs(&app, &article, &form).await?;
            return editor(again, extra, theirs).await;
        }
        Err(error @ Error::Invalid(_)) => {
            let extra = Extra::refused(failure::words(me.lang, &error));
            return editor(form, extra, draft).await;
        }
        Err(error) => return Err(error.into()),
    };
    let extra = match then(&app, &me, &article, form.get("do")).await {
        Ok(true) => {
            app.knowledge.refresh(&app.store).await?;
            return Ok(see_other(&article_path(&article.id)));
        }
        Ok(false) => Extra {
            said: Some(i18n::t(me.lang, "articles-saved").into_owned()),
            ..Extra::default()
        },
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => Extra::refused(trouble(me.lang, &error)),
        Err(error) => return Err(error.into()),
    };
    let form = form_of(&saved.words, saved.revision, article.version);
    editor(form, extra, Some(saved)).await
}

/// What is done with an article once it is saved; whether its writer is through with it.
async fn then(app: &App, me: &SignedIn, article: &Article, what: &str) -> Result<bool, Error> {
    match what {
        "review" => {
            drafts::ask_review(&app.store, &me.actor(), &article.id).await?;
            Ok(true)
        }
        "publish" => {
            let needs_review = kb::settings::load(app.store.db()).await?.needs_review;
            drafts::publish(&app.store, &me.actor(), &article.id, needs_review).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// The same form again, beside what somebody else saved meanwhile.
async fn beside_theirs(app: &App, article: &Article, form: &Form) -> Result<(Form, Extra, Option<Draft>), Failure> {
    // Theirs is a version from here on: saving again loses neither.
    drafts::put_aside(&app.store, &article.id).await?;
    let theirs = drafts::load(app.store.db(), &article.id).await?;
    let names = names(app.store.db()).await?;
    let revision = theirs.as_ref().map_or(0, |draft| draft.revision);
    let mut again = Form::of([("revision", revision.to_string())]);
    for (name, value) in form.pairs() {
        again.push(name, value);
    }
    let extra = Extra {
        theirs: Some(theirs.as_ref().map_or_else(
            || (String::new(), Words::of(article)),
            |draft| (name_of(&names, &draft.author), draft.words.clone()),
        )),
        ..Extra::default()
    };
    Ok((again, extra, theirs))
}

/// What keeps an article from its next step, in the reader's language.
pub(super) fn trouble(lang: Language, error: &Error) -> String {
    let text = error.to_string();
    let key = if text.contains("another person reviews") {
        "articles-error-own"
    } else if text.contains("waits for a review") {
        "articles-error-review"
    } else if text.contains("belongs to another article") {
        "articles-error-slug"
    } else if text.contains("published text changed") {
        "articles-base-moved"
    } else if text.contains("no text yet") {
        "articles-error-empty"
    } else if text.contains("a-z, 0-9") || text.contains("help centre itself") {
        "articles-error-slug-signs"
    } else {
        return failure::words(lang, error);
    };
    i18n::t(lang, key).into_owned()
}
