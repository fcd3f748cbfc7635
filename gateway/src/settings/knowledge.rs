//! What the bot knows: from which confidence it answers, words that mean the same, what goes to people;
//! how the articles do; what was learned; and a trial of all that on the last days' questions.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::types::{Language, Millis};
use kb::decisions::{self, Considered, Trial};
use kb::examples::{self, Source};
use kb::settings::{self, Settings};
use kb::{ArticleStatus, store};
use maud::{Markup, html};
use ui::components::{Tone, button, empty, form};
use ui::icons::Icon;
use ui::{Ctx, i18n};

use super::draw::{Draw, Errors, with_status};
use super::frame::{Part, frame};
use super::meanwhile;
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::knowledge::counted::counted_since;

const DAY: Millis = 24 * 60 * 60 * 1000;
/// Days of questions that a trial asks again.
pub(crate) const TRIED_DAYS: Millis = 14;
const ARTICLES: i64 = 200;
const LEARNED: i64 = 100;
/// Drafts that a trial can read.
const DRAFTS: i64 = 500;
/// Differences that a trial shows.
const DIFFERENCES: usize = 100;

fn form_of(settings: &Settings) -> Form {
    let mut form = Form::of([
        ("version", settings.version.to_string()),
        ("answer_at", format!("{:.0}", settings.answer_at * 100.0)),
        ("sensitive", settings.sensitive.clone()),
    ]);
    if settings.needs_review {
        form.push("needs_review", "on");
    }
    for language in Language::ALL {
        let words = settings.synonyms.get(language).cloned().unwrap_or_default();
        form.push(format!("synonyms-{language}"), words);
    }
    meanwhile::stamp(&mut form);
    form
}

/// The settings that a form holds, or what is wrong with it.
fn read(form: &Form, me: &SignedIn) -> Result<Settings, Errors> {
    let percent: Option<u8> = form.get("answer_at").trim().parse().ok();
    let Some(percent) = percent.filter(|percent| (5..=99).contains(percent)) else {
        let words = i18n::t(me.lang, "knowledge-answer-at-wrong").into_owned();
        return Err(vec![("answer_at".to_owned(), words)]);
    };
    Ok(Settings {
        answer_at: f32::from(percent) / 100.0,
        synonyms: Language::ALL
            .iter()
            .map(|language| (*language, form.get(&format!("synonyms-{language}")).trim().to_owned()))
            .filter(|(_, words)| !words.is_empty())
            .collect(),
        sensitive: form.get("sensitive").trim().to_owned(),
        needs_review: form.is_on("needs_review"),
        version: form.get("version").parse().unwrap_or(0),
    })
}

pub(super) async fn show(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let settings = settings::load(app.store.db()).await?;
    page(&app, &me, &form_of(&settings), &Errors::new(), None, None).await
}

pub(super) async fn save(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    let kept = form_of(&settings::load(app.store.db()).await?);
    let version = kept.get("version").to_owned();
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &["knowledge"]).await? {
        // Saving once more is of the version whose words stand there now.
        form.set("version", version);
        return page(&app, &me, &form, &errors, None, None).await;
    }
    let settings = match read(&form, &me) {
        Ok(settings) => settings,
        Err(errors) => return page(&app, &me, &form, &errors, None, None).await,
    };
    match settings::save(&app.store, &me.actor(), &settings).await {
        Ok(saved) => {
            let said = i18n::t(me.lang, "settings-saved");
            page(&app, &me, &form_of(&saved), &Errors::new(), Some(&said), None).await
        }
        Err(Error::Invalid(words)) => {
            page(
                &app,
                &me,
                &form,
                &vec![(String::new(), crate::auth::failure::known(me.lang, &words))],
                None,
                None,
            )
            .await
        }
        Err(error @ Error::Conflict(_)) => {
            let errors = vec![(String::new(), failure::words(me.lang, &error))];
            page(&app, &me, &form, &errors, None, None).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Asks the last days' questions again, by the settings in the form; nothing is saved.
pub(super) async fn try_out(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, form } = posted;
    me.must(Permission::Administer)?;
    let settings = match read(&form, &me) {
        Ok(settings) => settings,
        Err(errors) => return page(&app, &me, &form, &errors, None, None).await,
    };
    match trial(&app, settings, form.is_on("drafts")).await {
        Ok(trial) => page(&app, &me, &form, &Errors::new(), None, Some(&trial)).await,
        Err(Error::Invalid(words)) => {
            page(
                &app,
                &me,
                &form,
                &vec![(String::new(), crate::auth::failure::known(me.lang, &words))],
                None,
                None,
            )
            .await
        }
        Err(error) => Err(error.into()),
    }
}

/// What these settings, and the drafts if so wished, would have made of the last days' questions.
pub(crate) async fn trial(app: &App, settings: Settings, with_drafts: bool) -> Result<Trial, Error> {
    settings.checked()?;
    let since = app.store.now() - TRIED_DAYS * DAY;
    let questions = decisions::asked_since(app.store.db(), since).await?;
    let drafts = if with_drafts {
        let filter = store::Filter {
            status: Some(ArticleStatus::Draft),
            ..store::Filter::default()
        };
        store::list(app.store.db(), &filter, None, DRAFTS).await?
    } else {
        Vec::new()
    };
    let knowledge = app.knowledge.clone();
    tokio::task::spawn_blocking(move || knowledge.try_out(&questions, &settings, &drafts))
        .await
        .map_err(|error| Error::corrupt("the trial", error))
}

pub(super) async fn unlearn(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    posted.me.must(Permission::Administer)?;
    examples::remove(&app.store, &posted.me.actor(), &id).await?;
    Ok(see_other("/settings/knowledge"))
}

async fn page(
    app: &App,
    me: &SignedIn,
    sent: &Form,
    errors: &Errors,
    said: Option<&str>,
    trial: Option<&Trial>,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let body = html! {
        p.lead { (ctx.t("knowledge-lead")) }
        (draw.summary())
        form.settings-form method="post" action="/settings/knowledge" {
            (draw.begin())
            input type="hidden" name="version" value=(sent.get("version"));
            (draw.text("answer_at", &ctx.t("knowledge-answer-at"), &ctx.t("knowledge-answer-at-hint"), true))
            @for language in Language::ALL {
                (draw.lines(&format!("synonyms-{language}"), &i18n::t_args(me.lang, "knowledge-synonyms", &[("language", i18n::own_name(*language).into())]), &ctx.t("knowledge-synonyms-hint"), 4))
            }
            (draw.lines("sensitive", &ctx.t("knowledge-sensitive"), &ctx.t("knowledge-sensitive-hint"), 4))
            (draw.check("needs_review", &ctx.t("articles-needs-review")))
            (draw.check("drafts", &ctx.t("knowledge-trial-drafts")))
            div.settings-actions {
                (button(&ctx.t("settings-save")))
                button.button.ghost type="submit" formaction="/settings/knowledge/try" { (ctx.t("knowledge-try")) }
            }
        }
        @if let Some(trial) = trial { (tried(me, trial)) }
        (by_article(app, &ctx).await?)
        (learned(app, &ctx).await?)
    };
    let said = said.map(|words| (Tone::Good, words));
    let page = frame(me, Part::Knowledge, &ctx.t("settings-knowledge"), said, &body);
    Ok(with_status(page, errors))
}

/// What an article is called; its id where it is no longer published.
fn title(app: &App, id: &str) -> String {
    app.knowledge
        .article(id)
        .map_or_else(|| id.to_owned(), |article| article.title.clone())
}

/// How each article did.
async fn by_article(app: &App, ctx: &Ctx<'_>) -> conversation::Result<Markup> {
    let figures = decisions::figures(app.store.db(), counted_since(app), ARTICLES).await?;
    let tallies = [
        "knowledge-asked",
        "knowledge-answered",
        "knowledge-confirmed",
        "knowledge-denied",
        "knowledge-escalated",
    ];
    Ok(html! {
        h2 { (ctx.t("knowledge-figures")) }
        @if figures.is_empty() { (empty(Icon::Bot, &ctx.t("knowledge-figures-none"), "")) }
        @else {
            div.knowledge-table tabindex="0" role="region" aria-label=(ctx.t("knowledge-figures")) { table {
                thead { tr {
                    th scope="col" { (ctx.t("knowledge-article")) }
                    @for key in tallies { th.tally scope="col" { (ctx.t(key)) } }
                } }
                tbody { @for one in &figures { tr {
                    td { (title(app, &one.article_id)) }
                    @for count in [one.asked, one.answered, one.confirmed, one.denied, one.escalated_after] { td.tally { (count) } }
                } } }
            } }
        }
    })
}

/// The questions that were learned, each with a way to forget it.
async fn learned(app: &App, ctx: &Ctx<'_>) -> conversation::Result<Markup> {
    let learned = examples::list(app.store.db(), None, LEARNED).await?;
    Ok(html! {
        h2 { (ctx.t("knowledge-learned")) }
        p.lead { (ctx.t("knowledge-learned-lead")) }
        @if learned.is_empty() { p.muted { (ctx.t("knowledge-learned-none")) } }
        ul.people {
            @for one in &learned {
                li.person {
                    span.inbox-name { strong { (one.question) } span.muted { (title(app, &one.article_id)) " · " (ctx.t(match one.source { Source::Confirmed => "knowledge-learned-confirmed", Source::Agent => "knowledge-learned-agent" })) } }
                    form method="post" action={ "/settings/knowledge/learned/" (one.id) "/remove" } {
                        (form::csrf(ctx)) button.button.ghost type="submit" { (ctx.t("knowledge-remove")) }
                    }
                }
            }
        }
    })
}

fn tried(me: &SignedIn, trial: &Trial) -> Markup {
    let ctx = me.ctx();
    let questions = i64::try_from(trial.questions).unwrap_or(i64::MAX);
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let shown = |one: &Option<Considered>| match one {
        Some(found) => format!("{} ({:.0} %)", found.title, found.confidence * 100.0),
        None => ctx.t("knowledge-people").into_owned(),
    };
    html! {
        section aria-labelledby="trial" {
            h2 #trial { (ctx.t("knowledge-trial")) }
            @if trial.questions == 0 { p { (ctx.t("knowledge-trial-none")) } }
            @else if trial.changed.is_empty() { p { (i18n::t_args(me.lang, "knowledge-trial-same", &[("questions", questions.into())])) } }
            @else {
                p { (i18n::t_args(me.lang, "knowledge-trial-figures", &[("questions", questions.into()), ("before", count(trial.answered_now).into()), ("after", count(trial.answered_then).into())])) }
                div.knowledge-table tabindex="0" role="region" aria-labelledby="trial" { table {
                    thead { tr { th scope="col" { (ctx.t("knowledge-question")) } th scope="col" { (ctx.t("knowledge-now")) } th scope="col" { (ctx.t("knowledge-then")) } } }
                    tbody { @for one in trial.changed.iter().take(DIFFERENCES) { tr { td { (one.question) } td { (shown(&one.now)) } td { (shown(&one.then)) } } } }
                } }
            }
        }
    }
}
