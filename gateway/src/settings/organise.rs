//! Teams, labels, limits of waiting and custom fields.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use conversation::Error;
use conversation::access::Permission;
use conversation::db::Db;
use conversation::fields::{self, FieldKind, Target};
use conversation::labels;
use conversation::sla;
use conversation::teams;
use conversation::types::{FieldId, LabelId, Priority};
use maud::{Markup, html};
use ui::Ctx;
use ui::components::{Tone, button, form, priority_name};

use super::draw::{Draw, Errors, removal};
use super::frame::{Part, frame};
use super::late::{self, Small};
use crate::app::App;
use crate::auth::failure::{self, Failure};
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

const HERE: &str = "/settings/organise";

/// The page.
pub(super) async fn show(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    page(&app, &me, None).await
}

/// Says what became of it: the page again, or what is wrong.
async fn done(app: &App, me: &SignedIn, outcome: conversation::Result<()>) -> Result<Response, Failure> {
    match outcome {
        Ok(()) => Ok(see_other(HERE)),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let body = page(app, me, Some(&failure::words(me.lang, &error))).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, body).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Adds a team.
pub(super) async fn team(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let me = &posted.me;
    me.must(Permission::Administer)?;
    let (name, members) = (posted.form.get("name"), super::teams::named(&posted.form));
    let outcome = teams::create(&app.store, &me.actor(), name, &members).await;
    done(&app, me, outcome.map(|_| ())).await
}

/// Adds a label.
pub(super) async fn label(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let me = &posted.me;
    me.must(Permission::Administer)?;
    let added = labels::create(&app.store, &me.actor(), posted.form.get("name"), None).await;
    done(&app, me, added.map(|_| ())).await
}

/// Changes or removes a label.
pub(super) async fn change_label(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let me = &posted.me;
    me.must(Permission::Administer)?;
    let id = LabelId::from(id);
    let outcome = if posted.form.is_on("remove") {
        labels::remove(&app.store, &me.actor(), &id).await
    } else {
        let known = labels::list(app.store.db()).await?;
        if let Some(known) = known.iter().find(|label| label.id == id) {
            let action = format!("{HERE}/labels/{id}");
            let said = |name: &str, value: &str| match (name, value.parse::<i64>()) {
                ("tint", Ok(tint)) => (me.ctx().t("organise-tint").into_owned(), (tint + 1).to_string()),
                ("tint", Err(_)) => (me.ctx().t("organise-tint").into_owned(), String::new()),
                _ => (me.ctx().t("organise-name").into_owned(), value.to_owned()),
            };
            let small = Small {
                part: Part::Organise,
                action: &action,
                back: HERE,
                objects: &[],
                said: &said,
            };
            if let Some(page) = late::held(&app, me, &posted.form, filled(known), small).await? {
                return Ok(page);
            }
        }
        let tint = posted.form.get("tint").parse().unwrap_or(0);
        labels::change(&app.store, &me.actor(), &id, posted.form.get("name"), tint).await
    };
    done(&app, me, outcome).await
}

/// What the form of a label is filled with.
fn filled(label: &labels::Label) -> Form {
    Form::of([("name", label.name.clone()), ("tint", label.tint.to_string())])
}

/// What the form of the limits is filled with.
async fn limits_kept(db: &Db) -> conversation::Result<Form> {
    let mut form = Form::default();
    for (priority, minutes) in sla::targets(db).await? {
        form.push(priority.as_str(), minutes.to_string());
    }
    Ok(form)
}

/// Sets the limits of waiting.
pub(super) async fn limits(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let me = &posted.me;
    me.must(Permission::Administer)?;
    let action = format!("{HERE}/limits");
    let said = |name: &str, value: &str| {
        let priority = Priority::ALL.iter().find(|one| one.as_str() == name);
        let label = priority.map_or_else(|| name.to_owned(), |one| priority_name(me.lang, *one).to_string());
        (label, value.to_owned())
    };
    let kept = limits_kept(app.store.db()).await?;
    let small = Small {
        part: Part::Organise,
        action: &action,
        back: HERE,
        objects: &["sla"],
        said: &said,
    };
    if let Some(page) = late::held(&app, me, &posted.form, kept, small).await? {
        return Ok(page);
    }
    let mut targets = Vec::new();
    for priority in Priority::ALL {
        let text = posted.form.get(priority.as_str()).trim();
        if text.is_empty() {
            continue;
        }
        let Ok(minutes) = text.parse::<i64>() else {
            let error = Error::Invalid(format!(
                "`{}` is no number of minutes",
                text.chars().take(20).collect::<String>()
            ));
            return done(&app, me, Err(error)).await;
        };
        targets.push((*priority, minutes));
    }
    done(&app, me, sla::set(&app.store, &me.actor(), &targets).await).await
}

/// Defines a field.
pub(super) async fn field(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let (me, form) = (&posted.me, &posted.form);
    me.must(Permission::Administer)?;
    let target = Target::from_text(form.get("target")).ok_or(Failure::Unreadable)?;
    let kind = FieldKind::from_text(form.get("kind")).ok_or(Failure::Unreadable)?;
    let choices: Vec<String> = form.get("choices").lines().map(str::to_owned).collect();
    let made = fields::define(&app.store, &me.actor(), target, form.get("name"), kind, &choices).await;
    done(&app, me, made.map(|_| ())).await
}

/// Takes a field out of use.
pub(super) async fn remove_field(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let me = &posted.me;
    me.must(Permission::Administer)?;
    done(
        &app,
        me,
        fields::remove(&app.store, &me.actor(), &FieldId::from(id)).await,
    )
    .await
}

async fn page(app: &App, me: &SignedIn, problem: Option<&str>) -> Result<Response, Failure> {
    let (db, ctx) = (app.store.db(), me.ctx());
    let body = html! {
        section.block { (team_forms(app, &ctx).await?) }
        section.block { (label_forms(db, &ctx).await?) }
        section.block { (limit_form(db, &ctx).await?) }
        section.block { (field_forms(db, &ctx).await?) }
    };
    let said = problem.map(|words| (Tone::Bad, words));
    Ok(frame(me, Part::Organise, &ctx.t("settings-organise"), said, &body))
}

async fn team_forms(app: &App, ctx: &Ctx<'_>) -> conversation::Result<Markup> {
    let db = app.store.db();
    let people = super::teams::people(app).await?;
    let members = teams::members(db).await?;
    let draw = Draw {
        ctx: *ctx,
        form: &Form::default(),
        errors: &Errors::new(),
    };
    Ok(html! {
        h2 { (ctx.t("organise-teams")) }
        p.hint { (ctx.t("organise-teams-hint")) }
        ul.inboxes {
            @for team in teams::list(db).await? {
                @let of: Vec<&str> = people.iter().filter(|(agent, _)| members.iter().any(|(id, one)| *id == team.id && one == agent)).map(|(_, name)| name.as_str()).collect();
                li { a href={ (HERE) "/teams/" (team.id) } { span.inbox-name { strong { (team.name) } span.muted { (of.join(", ")) } } } }
            }
        }
        details.group {
            summary { (ctx.t("organise-team-new")) }
            form.settings-form method="post" action={ (HERE) "/teams" } {
                (form::csrf(ctx))
                (draw.text("name", &ctx.t("organise-name"), "", true))
                (super::teams::members(&draw, &people))
                (button(&ctx.t("organise-add")))
            }
        }
    })
}

async fn label_forms(db: &Db, ctx: &Ctx<'_>) -> conversation::Result<Markup> {
    Ok(html! {
        h2 { (ctx.t("organise-labels")) }
        p.hint { (ctx.t("organise-labels-hint")) }
        @for label in labels::list(db).await? {
            form.row-form method="post" action={ (HERE) "/labels/" (label.id) } {
                (form::csrf(ctx)) (late::seen(filled(&label)))
                span class={ "label tint-" (label.tint) } { (label.name) }
                label.visually-hidden for={ "label-" (label.id) } { (ctx.t("organise-name")) }
                input.input id={ "label-" (label.id) } name="name" value=(label.name) required maxlength="60" autocomplete="off";
                label.visually-hidden for={ "tint-" (label.id) } { (ctx.t("organise-tint")) }
                select.input id={ "tint-" (label.id) } name="tint" {
                    @for tint in 0..labels::TINTS { option value=(tint) selected[tint == label.tint] { (ctx.t("organise-tint")) " " (tint + 1) } }
                }
                button.button.ghost type="submit" { (ctx.t("organise-save")) }
                (removal(ctx))
            }
        }
        form.row-form method="post" action={ (HERE) "/labels" } {
            (form::csrf(ctx))
            label.visually-hidden for="label-add" { (ctx.t("organise-label-new")) }
            input.input #label-add name="name" required maxlength="60" autocomplete="off" placeholder=(ctx.t("organise-label-new"));
            button.button.ghost type="submit" { (ctx.t("organise-add")) }
        }
    })
}

async fn limit_form(db: &Db, ctx: &Ctx<'_>) -> conversation::Result<Markup> {
    let limits = sla::targets(db).await?;
    let kept = limits_kept(db).await?;
    Ok(html! {
        h2 { (ctx.t("organise-limits")) }
        p.hint { (ctx.t("organise-limits-hint")) }
        form method="post" action={ (HERE) "/limits" } {
            (form::csrf(ctx)) (late::seen(kept))
            @for priority in Priority::ALL.iter().rev() {
                @let minutes = limits.iter().find(|(one, _)| one == priority).map(|(_, minutes)| *minutes);
                div.field {
                    label for={ "limit-" (priority) } { (priority_name(ctx.lang, *priority)) }
                    input.input id={ "limit-" (priority) } name=(priority) inputmode="numeric" value=[minutes] maxlength="6" autocomplete="off";
                }
            }
            (button(&ctx.t("organise-save")))
        }
    })
}

async fn field_forms(db: &Db, ctx: &Ctx<'_>) -> conversation::Result<Markup> {
    Ok(html! {
        h2 { (ctx.t("organise-fields")) }
        p.hint { (ctx.t("organise-fields-hint")) }
        ul.plain-list {
            @for field in fields::list(db).await? {
                li {
                    form.row-form method="post" action={ (HERE) "/fields/" (field.id) "/remove" } {
                        (form::csrf(ctx))
                        span { strong { (field.name) } " · " (target_name(ctx, field.target)) " · " (kind_name(ctx, field.kind)) }
                        (removal(ctx))
                    }
                }
            }
        }
        details.group {
            summary { (ctx.t("organise-field-new")) }
            form method="post" action={ (HERE) "/fields" } {
                (form::csrf(ctx))
                div.field { label for="field-name" { (ctx.t("organise-name")) } input.input #field-name name="name" required maxlength="60" autocomplete="off"; }
                div.field { label for="field-target" { (ctx.t("organise-target")) } select.input #field-target name="target" { @for target in Target::ALL { option value=(target.as_str()) { (target_name(ctx, *target)) } } } }
                div.field { label for="field-kind" { (ctx.t("organise-kind")) } select.input #field-kind name="kind" { @for kind in FieldKind::ALL { option value=(kind.as_str()) { (kind_name(ctx, *kind)) } } } }
                div.field { label for="field-choices" { (ctx.t("organise-choices")) } textarea.input #field-choices name="choices" rows="3" maxlength="6000" {} }
                (button(&ctx.t("organise-add")))
            }
        }
    })
}

fn target_name(ctx: &Ctx<'_>, target: Target) -> std::borrow::Cow<'static, str> {
    match target {
        Target::Contact => ctx.t("target-contact"),
        Target::Company => ctx.t("target-company"),
        Target::Conversation => ctx.t("target-conversation"),
        Target::Ticket => ctx.t("target-ticket"),
    }
}

fn kind_name(ctx: &Ctx<'_>, kind: FieldKind) -> std::borrow::Cow<'static, str> {
    match kind {
        FieldKind::Text => ctx.t("kind-text"),
        FieldKind::Number => ctx.t("kind-number"),
        FieldKind::Date => ctx.t("kind-date"),
        FieldKind::Choice => ctx.t("kind-choice"),
        FieldKind::YesNo => ctx.t("kind-yes-no"),
        FieldKind::Link => ctx.t("kind-link"),
    }
}
