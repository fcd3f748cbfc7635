//! How tickets are worked: categories, what each level wants to be told, what customers are told, how
//! closing goes, which fields belong to which kind, and who knows what.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use conversation::access::Permission;
use conversation::fields::{self, Target};
use conversation::tickets::levels::{self, Check, CheckKind};
use conversation::tickets::notices::{self, Closing};
use conversation::tickets::{categories, edit, skills};
use conversation::types::{AgentId, FieldId, Language, Level, TicketKind};
use conversation::{Error, Result};
use maud::{Markup, html};
use ui::components::{Tone, button, form, level_name};
use ui::{Ctx, i18n};

use super::draw::{Draw, Errors, removal, with_status};
use super::frame::{Part, frame};
use super::late::{self, Small};
use super::meanwhile;
use super::steps::{in_forms, in_languages, texts};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};
use crate::people::agents;
use crate::tickets::kind_name;

const HERE: &str = "/settings/tickets";
/// How many points a checklist's form offers beyond those it has.
const MORE: usize = 3;

type Answer = std::result::Result<Response, Failure>;

pub(super) async fn show(State(app): State<App>, me: SignedIn) -> Answer {
    me.must(Permission::Administer)?;
    page(&app, &me, None).await
}

/// A form of these pages.
fn small<'a>(
    action: &'a str,
    objects: &'a [&'a str],
    said: &'a (dyn Fn(&str, &str) -> (String, String) + Sync),
) -> Small<'a> {
    Small {
        part: Part::Tickets,
        action,
        back: HERE,
        objects,
        said,
    }
}

async fn done(app: &App, me: &SignedIn, outcome: Result<()>) -> Answer {
    match outcome {
        Ok(()) => Ok(see_other(HERE)),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let body = page(app, me, Some(&failure::words(me.lang, &error))).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, body).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// One field for each language, on one line.
fn names(ctx: &Ctx<'_>, id: &str, now: Option<&categories::Category>) -> Markup {
    html! {
        @for language in Language::ALL {
            label.visually-hidden for={ "name-" (id) "-" (language) } { (i18n::own_name(*language)) }
            input.input id={ "name-" (id) "-" (language) } name={ "name_" (language) } maxlength="60" autocomplete="off" placeholder=(i18n::own_name(*language)) lang=(language)
                value=(now.and_then(|one| one.names.get(*language)).unwrap_or_default());
        }
        (form::csrf(ctx))
        @if let Some(now) = now { (late::seen(in_forms("name", &now.names))) }
    }
}

async fn page(app: &App, me: &SignedIn, problem: Option<&str>) -> Answer {
    let (db, ctx, lang) = (app.store.db(), me.ctx(), me.lang);
    let tree = categories::tree(db).await?;
    let closing = notices::closing(db).await?;
    let body = html! {
        section.block {
            h2 { (ctx.t("categories-title")) }
            p.hint { (ctx.t("categories-hint")) }
            @for one in tree.all() {
                @let depth = tree.line(&one.id).len();
                form.row-form.category class={ "depth-" (depth) } method="post" action={ (HERE) "/categories/" (one.id) } {
                    (names(&ctx, &one.id, Some(one)))
                    button.button.ghost type="submit" { (ctx.t("settings-save")) }
                    (removal(&ctx))
                }
            }
            form.settings-form method="post" action={ (HERE) "/categories" } {
                div.field {
                    label for="category-parent" { (ctx.t("categories-below")) }
                    select.input #category-parent name="parent" {
                        option value="" { (ctx.t("categories-top")) }
                        @for one in tree.all() { option value=(one.id) { (tree.name(&one.id, lang)) } }
                    }
                }
                div.row-form { (names(&ctx, "new", None)) (button(&ctx.t("organise-add"))) }
            }
        }
        section.block {
            h2 { (ctx.t("checklists-title")) }
            p.hint { (ctx.t("checklists-hint")) }
            ul.people {
                @for level in [Level::N2, Level::N3] {
                    @let count = levels::checklist(db, level).await?.len();
                    li.person { span.inbox-name { a href={ (HERE) "/levels/" (level) } { strong { (level_name(lang, level)) } } span.muted { (i18n::t_args(lang, "checklists-points", &[("count", i64::try_from(count).unwrap_or(0).into())])) } } }
                }
            }
        }
        section.block {
            h2 { (ctx.t("notices-title")) }
            p.hint { (ctx.t("notices-hint")) }
            div.settings-actions { a.button.ghost href="/settings/tickets/notices" { (ctx.t("notices-edit")) } }
            form.row-form method="post" action={ (HERE) "/closing" } {
                (form::csrf(&ctx)) (late::seen(Form::of([("hours", closing.hours.to_string())])))
                label for="closing-hours" { (ctx.t("closing-hours")) }
                input.input.short #closing-hours name="hours" value=(closing.hours) inputmode="numeric" maxlength="5" autocomplete="off";
                button.button.ghost type="submit" { (ctx.t("settings-save")) }
            }
            p.hint { (ctx.t("closing-hint")) }
        }
        (field_kinds(app, me).await?)
        (who_knows(app, me, &tree).await?)
    };
    let said = problem.map(|words| (Tone::Bad, words));
    Ok(frame(me, Part::Tickets, &ctx.t("settings-tickets"), said, &body))
}

async fn field_kinds(app: &App, me: &SignedIn) -> Result<Markup> {
    let (db, ctx) = (app.store.db(), me.ctx());
    let own = edit::kinds(db).await?;
    let all: Vec<_> = fields::list(db)
        .await?
        .into_iter()
        .filter(|field| field.target == Target::Ticket)
        .collect();
    Ok(html! {
        section.block {
            h2 { (ctx.t("field-kinds-title")) }
            p.hint { (ctx.t("field-kinds-hint")) " " a href="/settings/organise" { (ctx.t("settings-organise")) } }
            @for field in &all {
                form.row-form method="post" action={ (HERE) "/fields/" (field.id) } {
                    (form::csrf(&ctx)) (late::seen(kinds_kept(&own, &field.id)))
                    strong { (field.name) }
                    @for kind in TicketKind::ALL {
                        label.check { input type="checkbox" name="kind" value=(kind) checked[own.iter().any(|(id, of)| *id == field.id && of == kind)]; span { (kind_name(me.lang, *kind)) } }
                    }
                    button.button.ghost type="submit" { (ctx.t("settings-save")) }
                }
            }
        }
    })
}

async fn who_knows(app: &App, me: &SignedIn, tree: &categories::Tree) -> Result<Markup> {
    let (db, ctx) = (app.store.db(), me.ctx());
    let mut people = Vec::new();
    if !tree.all().is_empty() {
        let mut known = skills::of_all(db).await?;
        let enabled = agents::list(db).await?.into_iter().filter(|agent| agent.is_enabled);
        people.extend(enabled.map(|agent| (known.remove(&agent.id).unwrap_or_default(), agent)));
    }
    Ok(html! {
        section.block {
            h2 { (ctx.t("skills-title")) }
            p.hint { (ctx.t("skills-hint")) }
            @for (known, agent) in &people {
                details.group {
                    summary { (agent.name) " · " (i18n::number(me.lang, i64::try_from(known.len()).unwrap_or(0))) }
                    form method="post" action={ (HERE) "/skills/" (agent.id) } {
                        (form::csrf(&ctx)) (late::seen(skills_kept(tree, known)))
                        div.checks { @for one in tree.all() { label.check { input type="checkbox" name="category" value=(one.id) checked[known.contains(&one.id)]; span { (tree.name(&one.id, me.lang)) } } } }
                        div.settings-actions { (button(&ctx.t("settings-save"))) }
                    }
                }
            }
        }
    })
}

pub(super) async fn add_category(State(app): State<App>, posted: Posted) -> Answer {
    let (me, form) = (&posted.me, &posted.form);
    me.must(Permission::Administer)?;
    let parent = Some(form.get("parent")).filter(|id| !id.is_empty());
    let made = categories::create(&app.store, &me.actor(), parent, &texts(form, "name")).await;
    done(&app, me, made.map(drop)).await
}

pub(super) async fn change_category(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Answer {
    let (me, form) = (&posted.me, &posted.form);
    me.must(Permission::Administer)?;
    let outcome = if form.is_on("remove") {
        categories::remove(&app.store, &me.actor(), &id).await
    } else {
        if let Some(known) = categories::tree(app.store.db()).await?.get(&id) {
            let action = format!("{HERE}/categories/{id}");
            let objects = [id.as_str()];
            let small = small(&action, &objects, &in_languages);
            if let Some(page) = late::held(&app, me, form, in_forms("name", &known.names), small).await? {
                return Ok(page);
            }
        }
        let renamed = categories::rename(&app.store, &me.actor(), &id, &texts(form, "name")).await;
        renamed.map(drop)
    };
    done(&app, me, outcome).await
}

pub(super) async fn save_closing(State(app): State<App>, posted: Posted) -> Answer {
    let me = &posted.me;
    me.must(Permission::Administer)?;
    let kept = Form::of([("hours", notices::closing(app.store.db()).await?.hours.to_string())]);
    let said = |_: &str, value: &str| (me.ctx().t("closing-hours").into_owned(), value.to_owned());
    let action = format!("{HERE}/closing");
    let small = small(&action, &["closing"], &said);
    if let Some(page) = late::held(&app, me, &posted.form, kept, small).await? {
        return Ok(page);
    }
    let hours = posted.form.get("hours").trim().parse().unwrap_or(-1);
    let outcome = notices::set_closing(&app.store, &me.actor(), Closing { hours }).await;
    done(&app, me, outcome).await
}

pub(super) async fn save_field(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Answer {
    let me = &posted.me;
    me.must(Permission::Administer)?;
    let id = FieldId::from(id);
    let kept = kinds_kept(&edit::kinds(app.store.db()).await?, &id);
    let said = |_: &str, values: &str| {
        let kind = |kind: &str| {
            kind.parse()
                .map_or_else(|_| kind.to_owned(), |kind| kind_name(me.lang, kind).into_owned())
        };
        (me.ctx().t("field-kinds-title").into_owned(), late::each(values, kind))
    };
    let action = format!("{HERE}/fields/{id}");
    let small = small(&action, &[], &said);
    if let Some(page) = late::held(&app, me, &posted.form, kept, small).await? {
        return Ok(page);
    }
    let kinds: Vec<TicketKind> = posted.form.all("kind").filter_map(|kind| kind.parse().ok()).collect();
    let outcome = edit::set_kinds(&app.store, &id, &kinds).await;
    done(&app, me, outcome).await
}

pub(super) async fn save_skills(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Answer {
    let me = &posted.me;
    me.must(Permission::Administer)?;
    let (db, id) = (app.store.db(), AgentId::from(id));
    let tree = categories::tree(db).await?;
    let kept = skills_kept(&tree, &skills::of_all(db).await?.remove(&id).unwrap_or_default());
    let said = |_: &str, values: &str| {
        let words = late::each(values, |one| tree.name(one, me.lang).to_owned());
        (me.ctx().t("skills-title").into_owned(), words)
    };
    let action = format!("{HERE}/skills/{id}");
    let small = small(&action, &[], &said);
    if let Some(page) = late::held(&app, me, &posted.form, kept, small).await? {
        return Ok(page);
    }
    let known: Vec<String> = posted.form.all("category").map(str::to_owned).collect();
    let outcome = skills::set(&app.store, &id, &known).await;
    done(&app, me, outcome).await
}

fn level_of(text: &str) -> std::result::Result<Level, Failure> {
    match text.parse() {
        Ok(level @ (Level::N2 | Level::N3)) => Ok(level),
        _ => Err(Error::NotFound.into()),
    }
}

pub(super) async fn level(State(app): State<App>, me: SignedIn, Path(level): Path<String>) -> Answer {
    me.must(Permission::Administer)?;
    let level = level_of(&level)?;
    let mut form = filled(levels::checklist(app.store.db(), level).await?);
    meanwhile::stamp(&mut form);
    level_page(&me, level, &form, &Errors::new())
}

fn filled(checks: Vec<Check>) -> Form {
    let mut form = Form::default();
    for (row, check) in checks.into_iter().enumerate() {
        form.push(format!("id_{row}"), check.id);
        form.push(format!("kind_{row}"), check.kind.as_str());
        form.push(format!("required_{row}"), if check.is_required { "on" } else { "" });
        for (language, words) in check.labels.iter() {
            form.push(format!("label_{row}_{language}"), words);
        }
    }
    form
}

fn rows(form: &Form) -> usize {
    (0..levels::MOST)
        .take_while(|row| form.is_on(&format!("kind_{row}")))
        .count()
}

fn level_page(me: &SignedIn, level: Level, sent: &Form, errors: &Errors) -> Answer {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let (text, tick) = (ctx.t("check-text"), ctx.t("check-tick"));
    let body = html! {
        p.lead { (ctx.t("checklists-hint")) }
        (draw.summary())
        form.settings-form method="post" action={ (HERE) "/levels/" (level) } {
            (draw.begin())
            @for row in 0..(rows(sent) + MORE).min(levels::MOST) {
                fieldset.group {
                    legend { (i18n::t_args(me.lang, "checklists-point", &[("n", i64::try_from(row + 1).unwrap_or(0).into())])) }
                    input type="hidden" name={ "id_" (row) } value=(sent.get(&format!("id_{row}")));
                    div.row-fields { @for language in Language::ALL { (draw.text(&format!("label_{row}_{language}"), i18n::own_name(*language), "", false)) } }
                    div.row-fields {
                        (draw.choice(&format!("kind_{row}"), &ctx.t("check-kind"), &[("text", &text), ("tick", &tick)]))
                        (draw.check(&format!("required_{row}"), &ctx.t("check-required")))
                    }
                }
            }
            p.hint { (ctx.t("checklists-empty")) }
            div.settings-actions { (button(&ctx.t("settings-save"))) a.button.ghost href=(HERE) { (ctx.t("desk-back")) } }
        }
    };
    let title = level_name(me.lang, level);
    let page = frame(me, Part::Tickets, &title, None, &body);
    Ok(with_status(page, errors))
}

pub(super) async fn save_level(State(app): State<App>, Path(level): Path<String>, posted: Posted) -> Answer {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    let level = level_of(&level)?;
    let kept = filled(levels::checklist(app.store.db(), level).await?);
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &[level.as_str()]).await? {
        return level_page(&me, level, &form, &errors);
    }
    let checks: Vec<Check> = (0..rows(&form))
        .map(|row| Check {
            id: form.get(&format!("id_{row}")).to_owned(),
            kind: if form.get(&format!("kind_{row}")) == "tick" {
                CheckKind::Tick
            } else {
                CheckKind::Text
            },
            is_required: form.is_on(&format!("required_{row}")),
            labels: texts(&form, &format!("label_{row}")),
        })
        .collect();
    match levels::set_checklist(&app.store, &me.actor(), level, &checks).await {
        Ok(()) => Ok(see_other(HERE)),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let errors = vec![(String::new(), failure::words(me.lang, &error))];
            level_page(&me, level, &form, &errors)
        }
        Err(error) => Err(error.into()),
    }
}

/// The kinds that a field is of.
fn kinds_kept(own: &[(FieldId, TicketKind)], id: &FieldId) -> Form {
    let mut form = Form::default();
    for kind in TicketKind::ALL {
        if own.iter().any(|(one, of)| one == id && of == kind) {
            form.push("kind", kind.as_str());
        }
    }
    form
}

/// The categories that somebody knows, as they stand.
fn skills_kept(tree: &categories::Tree, known: &[String]) -> Form {
    let mut form = Form::default();
    for one in tree.all() {
        if known.contains(&one.id) {
            form.push("category", one.id.clone());
        }
    }
    form
}
