//! Writing an article. The form works by itself; with the script beside it text is kept while it is written, files
//! are pasted, and the preview follows.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use conversation::Error;
use conversation::access::Permission;
use conversation::types::Language;
use kb::drafts::{self, Draft, NewArticle, Words};
use kb::files::{self, File};
use kb::{Article, ArticleKind, Audience, page as drawn, store};
use maud::{Markup, PreEscaped, html};
use serde_json::json;
use ui::components::{Tone, form, toast};
use ui::i18n;
use ui::icons::{Icon, icon};

use super::reading::{difference, facts, tabs};
use super::{Part, article_path, audience_name, frame, kind_name, languages, name_of, names, readable, reads};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::settings::draw::{Draw, Errors};

const KINDS: [ArticleKind; 3] = [ArticleKind::Guide, ArticleKind::Faq, ArticleKind::Manual];

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
    let mut response = frame(app, me, Part::Articles, &ctx.t("articles-new"), None, &body).await?;
    if !errors.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn kinds(ctx: &ui::Ctx<'_>) -> Vec<(&'static str, String)> {
    KINDS
        .iter()
        .map(|kind| (kind.as_str(), kind_name(ctx, *kind).into_owned()))
        .collect()
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

/// What the editor shows beside the form.
#[derive(Default)]
struct Extra {
    errors: Errors,
    said: Option<String>,
    has_preview: bool,
    /// What somebody else saved meanwhile: who, and the words.
    theirs: Option<(String, Words)>,
}

struct Editor<'a> {
    app: &'a App,
    me: &'a SignedIn,
    article: &'a Article,
    draft: Option<&'a Draft>,
    form: &'a Form,
}

impl Editor<'_> {
    async fn page(&self, extra: &Extra) -> Result<Response, Failure> {
        let Editor {
            app,
            me,
            article,
            draft,
            form: sent,
        } = *self;
        let ctx = me.ctx();
        let draw = Draw {
            ctx,
            form: sent,
            errors: &extra.errors,
        };
        let tree = kb::categories::load(app.store.db()).await?;
        let uploaded = files::of_article(app.store.db(), &article.id).await?;
        let up_to = reads(app, me).await?;
        let category = article
            .place
            .category
            .as_deref()
            .and_then(|id| tree.get(id))
            .map(|one| one.name(me.lang));
        let kinds = kinds(&ctx);
        let kinds: Vec<(&str, &str)> = kinds.iter().map(|(value, name)| (*value, name.as_str())).collect();
        let mut categories = vec![(String::new(), ctx.t("articles-category-none").into_owned())];
        categories.extend(
            tree.walk()
                .into_iter()
                .map(|(depth, one)| (one.id.clone(), format!("{}{}", "– ".repeat(depth), one.name(me.lang)))),
        );
        let categories: Vec<(&str, &str)> = categories
            .iter()
            .map(|(id, name)| (id.as_str(), name.as_str()))
            .collect();
        let audiences: Vec<(&str, String)> = Audience::ALL
            .iter()
            .filter(|one| **one <= up_to)
            .map(|one| (one.as_str(), audience_name(&ctx, *one)))
            .collect();
        let audiences: Vec<(&str, &str)> = audiences.iter().map(|(value, name)| (*value, name.as_str())).collect();
        let original = match &article.place.source {
            Some((id, _)) => store::load(app.store.db(), id).await.ok(),
            None => None,
        };
        let needs_review = kb::settings::load(app.store.db()).await?.needs_review;
        let base = article_path(&article.id);
        let tools = [
            ("bold", "**", Icon::Bold, "articles-tool-bold"),
            ("italic", "_", Icon::Italic, "articles-tool-italic"),
            ("heading", "## ", Icon::Heading, "articles-tool-heading"),
            ("list", "- ", Icon::List, "articles-tool-list"),
            ("steps", "1. ", Icon::Steps, "articles-tool-steps"),
            ("link", "", Icon::Link, "articles-tool-link"),
        ];
        let body = html! {
            (tabs(me, article, "/edit"))
            (facts(me, article, draft, category))
            @if let Some(draft) = draft { @if !draft.remark.is_empty() { div.draft-bar { p { (ctx.t("articles-remark-said")) } blockquote { (draft.remark) } } } }
            @if let Some((who, theirs)) = &extra.theirs { (self.conflict(who, theirs)) }
            @if draft.is_some_and(|draft| draft.base_version != article.version) { (toast(Tone::Warn, &ctx.t("articles-base-moved"))) }
            (draw.summary())
            form.editor #editor method="post" action={ (base) "/edit" } data-keep={ (base) "/keep" } data-files={ (base) "/files" } data-preview="/knowledge/preview" data-article=(article.id)
                data-words=(script_words(&ctx)) {
                (form::csrf(&ctx))
                input type="hidden" name="revision" value=(sent.get("revision"));
                input type="hidden" name="base" value=(article.version);
                input type="hidden" name="source_version" value=(sent.get("source_version"));
                (draw.text("title", &ctx.t("articles-title"), "", true))
                div.editor-columns {
                    div.editor-write {
                        div.editor-tools role="toolbar" aria-label=(ctx.t("articles-tools")) hidden {
                            @for (what, mark, glyph, key) in tools {
                                button.button.icon-only.ghost type="button" data-tool=(what) data-mark=(mark) title=(ctx.t(key)) aria-label=(ctx.t(key)) { (icon(glyph)) }
                            }
                            label.button.icon-only.ghost title=(ctx.t("articles-tool-file")) { (icon(Icon::Attach)) span.visually-hidden { (ctx.t("articles-tool-file")) } input.visually-hidden #editor-file type="file" multiple; }
                        }
                        label for="f-body" { (ctx.t("articles-body")) }
                        textarea.input.mono #f-body name="body" rows="22" maxlength="500000" lang=(article.language) spellcheck="true" aria-describedby="h-body" { (sent.get("body")) }
                        p.hint #h-body { (ctx.t("articles-body-hint")) }
                    }
                    section.editor-preview #preview tabindex="0" aria-label=(ctx.t("articles-preview")) aria-live="off" hidden[!extra.has_preview] {
                        @if extra.has_preview { (preview_of(sent.get("title"), sent.get("body"))) }
                    }
                }
                @if let Some(original) = &original { (self.original(original)) }
                (draw.lines("questions", &ctx.t("articles-questions"), &ctx.t("articles-questions-hint"), 4))
                div.row-fields {
                    (draw.choice("kind", &ctx.t("articles-kind"), &kinds))
                    (optional_choice(&ctx, sent, "category", &ctx.t("articles-category"), &categories))
                    (draw.choice("audience", &ctx.t("articles-audience"), &audiences))
                    (draw.text("slug", &ctx.t("articles-slug"), "", true))
                }
                div.editor-foot {
                    button.button.primary type="submit" name="do" value="save" { (ctx.t("articles-save")) }
                    button.button.ghost type="submit" name="do" value="preview" { (ctx.t("articles-preview")) }
                    button.button.ghost type="submit" name="do" value="review" { (ctx.t("articles-do-review")) }
                    @if !needs_review { button.button.ghost type="submit" name="do" value="publish" { (ctx.t("articles-do-publish")) } }
                    span.muted.small #keep-state role="status" {}
                }
            }
            (self.files(&uploaded))
        };
        let said = extra.said.as_deref().map(|words| (Tone::Good, words));
        let mut response = frame(app, me, Part::Articles, &article.title, said, &body).await?;
        if extra.theirs.is_some() {
            *response.status_mut() = StatusCode::CONFLICT;
        } else if !extra.errors.is_empty() {
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        Ok(response)
    }

    /// Both texts, before the one goes over the other.
    fn conflict(&self, who: &str, theirs: &Words) -> Markup {
        let me = self.me;
        html! {
            div.draft-bar.is-conflict role="alert" {
                p { strong { (i18n::t_args(me.lang, "articles-conflict", &[("name", who.into())])) } }
                p { (i18n::t(me.lang, "articles-conflict-how")) }
                (difference(me, &format!("{}\n\n{}", theirs.title, theirs.body), &format!("{}\n\n{}", self.form.get("title").trim(), self.form.get("body").replace("\r\n", "\n"))))
                p { a.button.ghost href={ (article_path(&self.article.id)) "/edit" } { (i18n::t_args(me.lang, "articles-conflict-theirs", &[("name", who.into())])) } }
            }
        }
    }

    /// What this was translated from, and whether it went on since.
    fn original(&self, original: &Article) -> Markup {
        let (me, ctx) = (self.me, self.me.ctx());
        let follows: i64 = self.form.get("source_version").parse().unwrap_or(0);
        let has_moved = original.version > follows;
        html! {
            div.draft-bar {
                p { (ctx.t("articles-original")) " " a href=(article_path(&original.id)) lang=(original.language) { (original.title) }
                    @if has_moved { " · " a href={ (article_path(&original.id)) "/versions?a=" (follows) "&b=" (original.version) } { (ctx.t("articles-what-changed")) } } }
                @if has_moved {
                    p { strong { (i18n::t_args(me.lang, "articles-older", &[("language", i18n::own_name(original.language).into())])) } }
                    input type="hidden" name="current_version" value=(original.version);
                    label.check { input type="checkbox" name="is_current" value="on" checked[self.form.is_on("is_current")]; span { (ctx.t("articles-is-current")) } }
                }
            }
        }
    }

    fn files(&self, uploaded: &[File]) -> Markup {
        let ctx = self.me.ctx();
        let base = format!("{}/files", article_path(&self.article.id));
        html! {
            section.article-files aria-labelledby="files" {
                h2 #files { (ctx.t("articles-files")) }
                p.muted.small { (ctx.t("articles-files-hint")) }
                ul.people #article-files {
                    @for file in uploaded {
                        li.person {
                            @if file.is_picture() { img.file-small src=(file.path()) alt="" loading="lazy"; } @else { span.channel { (icon(Icon::File)) } }
                            span.inbox-name { a href=(file.path()) { (file.name) } input.input.mono.small readonly value=(file.markdown()) aria-label=(ctx.t("articles-files-mark")); }
                            span.muted.small { (i18n::bytes(self.me.lang, file.size)) }
                            form method="post" action={ (base) "/" (file.id) } { (form::csrf(&ctx)) button.button.ghost type="submit" { (ctx.t("knowledge-remove")) } }
                        }
                    }
                }
                form.article-upload method="post" action=(base) enctype="multipart/form-data" {
                    (form::csrf(&ctx))
                    input.input.file-input type="file" name="files" multiple aria-label=(ctx.t("articles-tool-file"));
                    button.button.ghost type="submit" { (ctx.t("articles-files-add")) }
                }
            }
        }
    }
}

fn optional_choice(ctx: &ui::Ctx<'_>, sent: &Form, name: &str, label: &str, options: &[(&str, &str)]) -> Markup {
    let field = form::Field {
        name,
        label,
        value: sent.get(name),
        ..form::Field::default()
    };
    form::select(ctx, options, &field)
}

/// What the script says, in the reader's language.
fn script_words(ctx: &ui::Ctx<'_>) -> String {
    let keys = [
        ("saving", "articles-keep-saving"),
        ("saved", "articles-keep-saved"),
        ("failed", "articles-keep-failed"),
        ("conflict", "articles-keep-conflict"),
        ("found", "articles-keep-found"),
        ("restore", "articles-keep-restore"),
        ("forget", "articles-keep-forget"),
        ("uploading", "articles-keep-uploading"),
        ("uploadFailed", "articles-keep-upload-failed"),
    ];
    let words: HashMap<&str, String> = keys
        .into_iter()
        .map(|(name, key)| (name, ctx.t(key).into_owned()))
        .collect();
    json!(words).to_string()
}

fn preview_of(title: &str, body: &str) -> Markup {
    html! {
        p.article-headline { (title) }
        div.article { (PreEscaped(drawn::draw(body).html)) }
    }
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
    let editor = |form: &Form, extra: Extra, draft: Option<Draft>| {
        let (app, me, article, form) = (app.clone(), me.clone(), article.clone(), form.clone());
        async move {
            Editor {
                app: &app,
                me: &me,
                article: &article,
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
        return editor(&form, extra, draft).await;
    }
    let seen = form.get("revision").parse().unwrap_or(0);
    let base = form.get("base").parse().unwrap_or(0);
    let saved = match drafts::save(&app.store, &me.actor(), &article.id, &words, seen, base).await {
        Ok(saved) => saved,
        Err(Error::Conflict(_)) => {
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
                    || (String::new(), Words::of(&article)),
                    |draft| (name_of(&names, &draft.author), draft.words.clone()),
                )),
                ..Extra::default()
            };
            return editor(&again, extra, theirs).await;
        }
        Err(error @ Error::Invalid(_)) => {
            let errors = vec![(String::new(), failure::words(me.lang, &error))];
            let extra = Extra {
                errors,
                ..Extra::default()
            };
            return editor(&form, extra, draft).await;
        }
        Err(error) => return Err(error.into()),
    };
    let done = match form.get("do") {
        "review" => drafts::ask_review(&app.store, &me.actor(), &article.id)
            .await
            .map(|_| true),
        "publish" => {
            let needs_review = kb::settings::load(app.store.db()).await?.needs_review;
            let published = drafts::publish(&app.store, &me.actor(), &article.id, needs_review).await;
            published.map(|_| true)
        }
        _ => Ok(false),
    };
    match done {
        Ok(true) => {
            app.knowledge.refresh(&app.store).await?;
            Ok(see_other(&article_path(&article.id)))
        }
        Ok(false) => {
            let form = form_of(&saved.words, saved.revision, article.version);
            let extra = Extra {
                said: Some(i18n::t(me.lang, "articles-saved").into_owned()),
                ..Extra::default()
            };
            editor(&form, extra, Some(saved)).await
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let form = form_of(&saved.words, saved.revision, article.version);
            let extra = Extra {
                errors: vec![(String::new(), trouble(me.lang, &error))],
                ..Extra::default()
            };
            editor(&form, extra, Some(saved)).await
        }
        Err(error) => Err(error.into()),
    }
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
