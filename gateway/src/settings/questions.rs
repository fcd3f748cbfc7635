//! Question lists: what an agent or the assistant asks a customer, by category.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::desk::Texts;
use conversation::tickets::categories;
use conversation::tickets::questions::{self, MOST_QUESTIONS, Question, QuestionList};
use conversation::types::Language;
use maud::html;
use ui::components::{Tone, badge, empty};
use ui::i18n;
use ui::icons::Icon;

use super::draw::{Draw, Errors, with_status};
use super::frame::{Part, frame};
use super::meanwhile;
use super::steps::texts;
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

const HERE: &str = "/settings/questions";
/// How many questions the form offers beyond those there are.
const MORE: usize = 3;

pub(super) async fn list(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let ctx = me.ctx();
    let all = questions::list(app.store.db()).await?;
    let tree = categories::tree(app.store.db()).await?;
    let body = html! {
        p.lead { (ctx.t("questions-lead")) }
        @if all.is_empty() { (empty(Icon::Note, &ctx.t("questions-none"), "")) }
        ul.people {
            @for one in &all {
                li.person {
                    span.inbox-name {
                        a href={ (HERE) "/" (one.id) } { strong { (one.name) } }
                        span.muted { (one.category.as_deref().map_or_else(|| ctx.t("tickets-any-category").into_owned(), |id| tree.name(id, me.lang))) }
                    }
                    @if one.is_automatic { (badge(Tone::Accent, &ctx.t("questions-automatic-short"))) }
                    span.muted { (i18n::t_args(me.lang, "canned-uses", &[("count", one.uses.into())])) }
                }
            }
        }
        div.settings-actions { a.button.primary href={ (HERE) "/new" } { (ctx.t("questions-new")) } }
    };
    Ok(frame(&me, Part::Questions, &ctx.t("settings-questions"), None, &body))
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let mut form = Form::default();
    if id != "new" {
        form = filled(questions::load(app.store.db(), &id).await?);
        meanwhile::stamp(&mut form);
    }
    page(&app, &me, &id, &form, &Errors::new()).await
}

fn filled(list: QuestionList) -> Form {
    let mut form = Form::default();
    form.push("name", list.name);
    form.push("category", list.category.unwrap_or_default());
    form.push("is_automatic", if list.is_automatic { "on" } else { "" });
    for (row, question) in list.questions.iter().enumerate() {
        for (language, words) in question.texts.iter() {
            form.push(format!("text_{row}_{language}"), words);
        }
        for language in Language::ALL {
            let lines: Vec<&str> = question
                .choices
                .iter()
                .map(|choice| choice.get(*language).unwrap_or_default())
                .collect();
            form.push(
                format!("choices_{row}_{language}"),
                lines.join("\n").trim_end().to_owned(),
            );
        }
    }
    form
}

fn rows(form: &Form) -> Vec<usize> {
    (0..MOST_QUESTIONS)
        .filter(|row| {
            Language::ALL
                .iter()
                .any(|language| form.is_on(&format!("text_{row}_{language}")))
        })
        .collect()
}

async fn page(app: &App, me: &SignedIn, id: &str, sent: &Form, errors: &Errors) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let tree = categories::tree(app.store.db()).await?;
    let names: Vec<(String, String)> = tree
        .all()
        .iter()
        .map(|one| (one.id.clone(), tree.name(&one.id, me.lang)))
        .collect();
    let every = ctx.t("tickets-any-category");
    let mut choices: Vec<(&str, &str)> = vec![("", &every)];
    choices.extend(names.iter().map(|(id, name)| (id.as_str(), name.as_str())));
    let shown = (rows(sent).last().map_or(0, |last| last + 1) + MORE).min(MOST_QUESTIONS);
    let body = html! {
        (draw.summary())
        form.settings-form method="post" action={ (HERE) "/" (id) } {
            (draw.begin())
            div.row-fields { (draw.text("name", &ctx.t("macros-name"), "", true)) (draw.choice("category", &ctx.t("ticket-category"), &choices)) }
            (draw.check("is_automatic", &ctx.t("questions-automatic")))
            p.hint { (ctx.t("questions-hint")) }
            @for row in 0..shown {
                fieldset.group {
                    legend { (i18n::t_args(me.lang, "questions-row", &[("n", i64::try_from(row + 1).unwrap_or(0).into())])) }
                    div.row-fields { @for language in Language::ALL { (draw.text(&format!("text_{row}_{language}"), i18n::own_name(*language), "", false)) } }
                    div.row-fields { @for language in Language::ALL { (draw.lines(&format!("choices_{row}_{language}"), &i18n::t_args(me.lang, "questions-choices", &[("language", i18n::own_name(*language).into())]), "", 2)) } }
                }
            }
            (draw.actions(id != "new", Some(HERE)))
        }
    };
    let page = frame(me, Part::Questions, &ctx.t("settings-questions"), None, &body);
    Ok(with_status(page, errors))
}

fn read(form: &Form) -> Vec<Question> {
    rows(form)
        .into_iter()
        .map(|row| {
            let lines = |language: &Language| -> Vec<String> {
                let text = form.get(&format!("choices_{row}_{language}"));
                text.lines().map(|line| line.trim().to_owned()).collect()
            };
            let by_language: Vec<(Language, Vec<String>)> = Language::ALL
                .iter()
                .map(|language| (*language, lines(language)))
                .collect();
            let count = by_language.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0);
            Question {
                texts: texts(form, &format!("text_{row}")),
                choices: (0..count)
                    .map(|at| {
                        Texts::of(
                            by_language
                                .iter()
                                .filter_map(|(language, lines)| Some((*language, lines.get(at)?.clone()))),
                        )
                    })
                    .filter(|choice| !choice.is_empty())
                    .collect(),
            }
        })
        .collect()
}

pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    if form.is_on("remove") {
        questions::remove(&app.store, &me.actor(), &id).await?;
        return Ok(see_other(HERE));
    }
    if id != "new" {
        let kept = filled(questions::load(app.store.db(), &id).await?);
        if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &[&id]).await? {
            return page(&app, &me, &id, &form, &errors).await;
        }
    }
    let list = QuestionList {
        id: if id == "new" { String::new() } else { id.clone() },
        name: form.get("name").to_owned(),
        category: Some(form.get("category").to_owned()).filter(|id| !id.is_empty()),
        is_automatic: form.is_on("is_automatic"),
        questions: read(&form),
        uses: 0,
    };
    match questions::save(&app.store, &me.actor(), &list).await {
        Ok(_) => Ok(see_other(HERE)),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let errors = vec![(String::new(), failure::words(me.lang, &error))];
            page(&app, &me, &id, &form, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}
