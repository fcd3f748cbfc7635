//! The page on which an article is written.

use std::collections::HashMap;

use axum::http::StatusCode;
use axum::response::Response;
use kb::drafts::{Draft, Words};
use kb::files::{self, File};
use kb::{Article, Audience, page as drawn, store};
use maud::{Markup, PreEscaped, html};
use serde_json::json;
use ui::components::{Tone, form, toast};
use ui::i18n;
use ui::icons::{Icon, icon};

use crate::app::App;
use crate::articles::frame::{Part, frame};
use crate::articles::place::{article_path, reads};
use crate::articles::reading::{difference, facts, tabs};
use crate::articles::words::audience_name;
use crate::articles::words::kinds;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::auth::form::Form;
use crate::settings::draw::{Draw, Errors};

/// What is pressed instead of typed, for who has the script.
fn tools(ctx: &ui::Ctx<'_>) -> Markup {
    let tools = [
        ("bold", "**", Icon::Bold, "articles-tool-bold"),
        ("italic", "_", Icon::Italic, "articles-tool-italic"),
        ("heading", "## ", Icon::Heading, "articles-tool-heading"),
        ("list", "- ", Icon::List, "articles-tool-list"),
        ("steps", "1. ", Icon::Steps, "articles-tool-steps"),
        ("link", "", Icon::Link, "articles-tool-link"),
    ];
    html! {
        div.editor-tools role="toolbar" aria-label=(ctx.t("articles-tools")) hidden {
            @for (what, mark, glyph, key) in tools {
                button.button.icon-only.ghost type="button" data-tool=(what) data-mark=(mark) title=(ctx.t(key)) aria-label=(ctx.t(key)) { (icon(glyph)) }
            }
            label.button.icon-only.ghost title=(ctx.t("articles-tool-file")) { (icon(Icon::Attach)) span.visually-hidden { (ctx.t("articles-tool-file")) } input.visually-hidden #editor-file type="file" multiple; }
        }
    }
}

/// Where an article stands, and who reads it: nobody gives it to readers beyond `up_to`.
fn place_fields(draw: &Draw<'_>, tree: &kb::categories::Tree, up_to: Audience) -> Markup {
    let ctx = &draw.ctx;
    let kinds = kinds(ctx);
    let categories: Vec<(String, String)> =
        std::iter::once((String::new(), ctx.t("articles-category-none").into_owned()))
            .chain(
                tree.walk()
                    .into_iter()
                    .map(|(depth, one)| (one.id.clone(), format!("{}{}", "– ".repeat(depth), one.name(ctx.lang)))),
            )
            .collect();
    let audiences: Vec<(&str, String)> = Audience::ALL
        .iter()
        .filter(|one| **one <= up_to)
        .map(|one| (one.as_str(), audience_name(ctx, *one)))
        .collect();
    html! {
        div.row-fields {
            (draw.choice("kind", &ctx.t("articles-kind"), &options(&kinds)))
            (optional_choice(ctx, draw.form, "category", &ctx.t("articles-category"), &options(&categories)))
            (draw.choice("audience", &ctx.t("articles-audience"), &options(&audiences)))
            (draw.text("slug", &ctx.t("articles-slug"), "", true))
        }
    }
}

fn options<V: AsRef<str>>(all: &[(V, String)]) -> Vec<(&str, &str)> {
    all.iter()
        .map(|(value, name)| (value.as_ref(), name.as_str()))
        .collect()
}

/// What the editor shows beside the form.
#[derive(Default)]
pub(super) struct Extra {
    pub(super) errors: Errors,
    pub(super) said: Option<String>,
    pub(super) has_preview: bool,
    /// What somebody else saved meanwhile: who, and the words.
    pub(super) theirs: Option<(String, Words)>,
}

impl Extra {
    pub(super) fn refused(words: String) -> Extra {
        Extra {
            errors: vec![(String::new(), words)],
            ..Extra::default()
        }
    }
}

/// The editor of one article.
pub(super) struct Editor<'a> {
    pub(super) app: &'a App,
    pub(super) me: &'a SignedIn,
    pub(super) article: &'a Article,
    pub(super) draft: Option<&'a Draft>,
    pub(super) form: &'a Form,
}

impl Editor<'_> {
    pub(super) async fn page(&self, extra: &Extra) -> Result<Response, Failure> {
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
        let category = tree.name_of(article.place.category.as_deref(), me.lang);
        let original = match &article.place.source {
            Some((id, _)) => store::load(app.store.db(), id).await.ok(),
            None => None,
        };
        let needs_review = kb::settings::load(app.store.db()).await?.needs_review;
        let base = article_path(&article.id);
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
                        (tools(&ctx))
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
                (place_fields(&draw, &tree, up_to))
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

pub(super) fn preview_of(title: &str, body: &str) -> Markup {
    html! {
        p.article-headline { (title) }
        div.article { (PreEscaped(drawn::draw(body).html)) }
    }
}
