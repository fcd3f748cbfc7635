//! An article as its readers inside the house see it: its text, what may be done with it, and how it did.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::types::Language;
use kb::drafts::{self, Draft};
use kb::{Article, ArticleStatus, diff, feedback, page as drawn, settings, store};
use maud::{Markup, PreEscaped, html};
use ui::components::{Tone, badge, empty, form};
use ui::i18n;
use ui::icons::{Icon, icon};

use super::frame::{Part, frame};
use super::place::{article_path, readable};
use super::words::{audience_name, kind_name, name_of, names, state_badges};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::knowledge::counted::counted_since;

/// Comments of one page.
const COMMENTS: i64 = 100;

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    let (article, draft) = readable(&app, &me, &id).await?;
    page(&app, &me, &article, draft.as_ref(), None).await
}

/// The tabs of an article's pages.
pub(super) fn tabs(me: &SignedIn, article: &Article, here: &str) -> Markup {
    let ctx = me.ctx();
    let base = article_path(&article.id);
    let tabs = [
        ("", "articles-tab-read", true),
        ("/edit", "articles-tab-edit", me.can(Permission::Work)),
        ("/versions", "articles-tab-versions", true),
        ("/feedback", "articles-tab-feedback", true),
    ];
    html! {
        nav.tabs.article-tabs aria-label=(ctx.t("articles-tabs")) {
            @for (end, key, is_there) in tabs {
                @if is_there { a.tab href={ (base) (end) } aria-current=[(end == here).then_some("page")] { (ctx.t(key)) } }
            }
        }
    }
}

/// What stands above every page of an article.
pub(super) fn facts(me: &SignedIn, article: &Article, draft: Option<&Draft>, category: Option<&str>) -> Markup {
    let ctx = me.ctx();
    html! {
        p.article-facts {
            span.states { (state_badges(&ctx, article.status, draft.map(|draft| draft.state), article.place.audience.is_internal())) }
            span { (i18n::own_name(article.language)) }
            span { (kind_name(&ctx, article.kind)) }
            @if let Some(category) = category { span { (category) } }
            span { (audience_name(&ctx, article.place.audience)) }
            @if article.is_public() { a href=(article.path()) { (ctx.t("articles-see")) } }
        }
    }
}

pub(super) async fn page(
    app: &App,
    me: &SignedIn,
    article: &Article,
    draft: Option<&Draft>,
    said: Option<(Tone, &str)>,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let settings = settings::load(app.store.db()).await?;
    let tree = kb::categories::load(app.store.db()).await?;
    let names = names(app.store.db()).await?;
    let translations = store::translations(app.store.db(), &article.group).await?;
    let review = draft.filter(|draft| draft.state == drafts::State::Review);
    let is_published = article.status == ArticleStatus::Published;
    // Who reviews reads what is asked about; others read what is there.
    let words = draft
        .filter(|_| review.is_some() || !is_published)
        .map(|draft| &draft.words);
    let (title, body_text) = words.map_or((&article.title, &article.body), |words| (&words.title, &words.body));
    let may_write = me.can(Permission::Work);
    let is_mine =
        review.is_some_and(|draft| draft.asked_by.as_ref() == Some(&me.actor()) || draft.author == me.actor());
    let may_publish = may_write
        && (review.is_some() || !settings.needs_review)
        && !(settings.needs_review && is_mine)
        && (draft.is_some() || !is_published);
    let category = tree.name_of(article.place.category.as_deref(), me.lang);
    let action = article_path(&article.id);
    let button = |value: &str, key: &str, class: &str| {
        html! { button class={ "button " (class) } type="submit" name="do" value=(value) { (ctx.t(key)) } }
    };
    let body = html! {
        (tabs(me, article, ""))
        (facts(me, article, draft, category))
        @if let Some(draft) = draft { (draft_bar(me, draft, &name_of(&names, draft.asked_by.as_ref().unwrap_or(&draft.author)), settings.needs_review && is_mine)) }
        @if may_write {
            form.article-actions method="post" action=(action) {
                (form::csrf(&ctx))
                @if may_publish { (button("publish", if review.is_some() { "articles-do-approve" } else { "articles-do-publish" }, "primary")) }
                a.button.ghost href={ (action) "/edit" } { (icon(Icon::Note)) span { (ctx.t("articles-do-edit")) } }
                @if review.is_none() && (draft.is_some() || !is_published) { (button("review", "articles-do-review", "ghost")) }
                @if draft.is_some() && is_published { (button("discard", "articles-do-discard", "ghost")) }
                @if is_published { (button("withdraw", "articles-do-withdraw", "ghost")) }
            }
            @if review.is_some() && !is_mine {
                form.article-back method="post" action=(action) {
                    (form::csrf(&ctx))
                    label for="f-remark" { (ctx.t("articles-remark")) }
                    textarea.input #f-remark name="remark" rows="2" maxlength=(drafts::LONGEST_REMARK) {}
                    (button("back", "articles-do-back", "ghost"))
                }
            }
        }
        @if review.is_some() && is_published {
            section aria-labelledby="changes" {
                h2 #changes { (ctx.t("articles-changes")) }
                (difference(me, &format!("# {}\n\n{}", article.title, article.body), &format!("# {title}\n\n{body_text}")))
            }
        }
        article.sheet-article lang=(article.language) {
            p.article-headline { (title) }
            @if body_text.trim().is_empty() { p.muted { (ctx.t("articles-no-text")) } }
            div.article { (PreEscaped(drawn::draw(body_text).html)) }
        }
        (languages(me, article, &translations, may_write))
    };
    frame(app, me, Part::Articles, title, said, &body).await
}

/// What is being written.
fn draft_bar(me: &SignedIn, draft: &Draft, who: &str, is_own_review: bool) -> Markup {
    let ctx = me.ctx();
    let when = i18n::relative(me.lang, me.now, draft.updated_at, &me.tz);
    let key = match draft.state {
        drafts::State::Review => "articles-bar-review",
        drafts::State::Draft => "articles-bar-draft",
    };
    html! {
        div.draft-bar {
            p { (i18n::t_args(me.lang, key, &[("name", who.into()), ("when", when.into())])) }
            @if is_own_review { p { (ctx.t("articles-bar-own")) } }
            @if !draft.remark.is_empty() { blockquote { (draft.remark) } }
        }
    }
}

/// Two texts, what went and what came.
pub(super) fn difference(me: &SignedIn, old: &str, new: &str) -> Markup {
    let ctx = me.ctx();
    let lines = diff::lines(old, new);
    if lines.iter().all(|line| line.side == diff::Side::Both) {
        return html! { p.muted { (ctx.t("articles-same")) } };
    }
    html! {
        div.difference tabindex="0" role="region" aria-label=(ctx.t("articles-changes")) {
            @for line in &lines {
                @let (class, mark, words) = match line.side {
                    diff::Side::Both => ("both", " ", ""),
                    diff::Side::Old => ("went", "−", "articles-went"),
                    diff::Side::New => ("came", "+", "articles-came"),
                };
                div class={ "line " (class) } {
                    span.line-mark aria-hidden="true" { (mark) }
                    @if !words.is_empty() { span.visually-hidden { (ctx.t(words)) ": " } }
                    span.line-text { @for (text, is_changed) in &line.pieces {
                        @if *is_changed && line.side == diff::Side::Old { del { (text) } }
                        @else if *is_changed { ins { (text) } }
                        @else { (text) }
                    } }
                }
            }
        }
    }
}

/// The same article in the other languages.
fn languages(me: &SignedIn, article: &Article, all: &[Article], may_write: bool) -> Markup {
    let ctx = me.ctx();
    let old = |one: &Article| {
        let (id, version) = one.place.source.as_ref()?;
        let original = all.iter().find(|other| other.id == *id)?;
        (original.status == ArticleStatus::Published && original.version > *version).then_some(original)
    };
    let missing: Vec<Language> = Language::ALL
        .iter()
        .filter(|language| !all.iter().any(|one| one.language == **language))
        .copied()
        .collect();
    html! {
        section.article-languages aria-labelledby="languages" {
            h2 #languages { (ctx.t("articles-languages")) }
            ul.people {
                @for one in all {
                    li.person {
                        span.inbox-name {
                            @if one.id == article.id { strong { (one.title) } } @else { a href=(article_path(&one.id)) lang=(one.language) { (one.title) } }
                            span.muted { (i18n::own_name(one.language)) }
                        }
                        @if one.status == ArticleStatus::Draft { (badge(Tone::Neutral, &ctx.t("articles-state-draft"))) }
                        @if let Some(original) = old(one) {
                            (badge(Tone::Warn, &ctx.t("articles-outdated")))
                            a href={ (article_path(&original.id)) "/versions?a=" (one.place.source.as_ref().map_or(0, |source| source.1)) "&b=" (original.version) } { (ctx.t("articles-what-changed")) }
                        }
                    }
                }
            }
            @if may_write {
                form.article-actions method="post" action=(article_path(&article.id)) {
                    (form::csrf(&ctx))
                    @for language in &missing {
                        button.button.ghost type="submit" name="translate" value=(language) { (icon(Icon::Globe)) span { (i18n::t_args(me.lang, "articles-translate", &[("language", language.as_str().into())])) } }
                    }
                }
                details.group {
                    summary { (ctx.t("articles-link")) }
                    form.settings-form method="post" action=(article_path(&article.id)) {
                        (form::csrf(&ctx))
                        div.field { label for="f-original" { (ctx.t("articles-link-field")) } p.hint #h-original { (ctx.t("articles-link-hint")) }
                            input.input #f-original name="original" required aria-describedby="h-original" placeholder="/help/en/change-toner"; }
                        button.button.ghost type="submit" name="do" value="link" { (ctx.t("articles-link-do")) }
                    }
                }
            }
        }
    }
}

/// How an article did, and what was said about it.
pub(super) async fn feedback(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let (article, draft) = readable(&app, &me, &id).await?;
    let ctx = me.ctx();
    let reach = feedback::reach(app.store.db(), std::slice::from_ref(&article.id), counted_since(&app)).await?;
    let reach = reach.get(&article.id).copied().unwrap_or_default();
    let comments = feedback::comments(app.store.db(), &article.id, None, COMMENTS).await?;
    let tree = kb::categories::load(app.store.db()).await?;
    let category = tree.name_of(article.place.category.as_deref(), me.lang);
    let figures = [
        ("articles-head-views", reach.views),
        ("articles-figure-helped", reach.helped),
        ("articles-figure-not-helped", reach.not_helped),
        ("articles-head-answered", reach.answered),
        ("articles-head-escalated", reach.escalated),
    ];
    let body = html! {
        (tabs(&me, &article, "/feedback"))
        (facts(&me, &article, draft.as_ref(), category))
        dl.figures {
            @for (key, value) in figures { div { dt { (ctx.t(key)) } dd { (i18n::number(me.lang, value)) } } }
        }
        p.muted.small { (i18n::t_args(me.lang, "articles-figures-days", &[("days", crate::knowledge::counted::COUNTED_DAYS.into())])) }
        h2 { (ctx.t("articles-comments")) }
        @if comments.is_empty() { (empty(Icon::Question, &ctx.t("articles-comments-none"), "")) }
        ul.people {
            @for comment in &comments {
                li.person.comment {
                    @if comment.has_helped { (badge(Tone::Good, &ctx.t("articles-figure-helped"))) } @else { (badge(Tone::Warn, &ctx.t("articles-figure-not-helped"))) }
                    p { (comment.text) }
                    span.muted.small { (i18n::relative(me.lang, me.now, comment.at, &me.tz)) }
                }
            }
        }
    };
    frame(&app, &me, Part::Articles, &article.title, None, &body).await
}
