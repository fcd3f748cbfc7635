//! Rules: in order, each tried on the past before it is switched on; and what they did.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::desk::rules::dry_run::{DryRun, dry_run};
use conversation::desk::rules::{self, Condition, Field, Occasion, Operator, Rule};
use maud::{Markup, html};
use ui::components::{Tone, badge, button, empty, form, time_tag};
use ui::icons::Icon;
use ui::{Ctx, desk_words, i18n, routes};

use super::draw::{self, Draw, Errors, with_status};
use super::frame::{Part, frame};
use super::meanwhile;
use super::steps::{self, Names};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

const HERE: &str = "/settings/rules";
/// How many conditions the form offers.
const ROWS: usize = 5;
/// How many days a rule is tried on.
const DAYS: i64 = 14;

pub(super) async fn list(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let ctx = me.ctx();
    let names = Names::of(app.store.db()).await?;
    let all = rules::list(app.store.db()).await?;
    let log = rules::log(app.store.db(), None, 30).await?;
    let body = html! {
        p.lead { (ctx.t("rules-lead")) }
        @if all.is_empty() { (empty(Icon::Rules, &ctx.t("rules-none"), "")) }
        ol.people {
            @for rule in &all {
                li.person {
                    span.inbox-name {
                        a href={ (HERE) "/" (rule.id) } { strong { (rule.name) } }
                        span.muted { (ctx.t(desk_words::occasion(rule.occasion))) " → " (rule.steps.iter().map(|step| names.words(&ctx, step)).collect::<Vec<_>>().join(" · ")) }
                    }
                    @if rule.is_enabled { (badge(Tone::Good, &ctx.t("rules-on"))) } @else { (badge(Tone::Neutral, &ctx.t("rules-off"))) }
                    form method="post" action={ (HERE) "/" (rule.id) "/move" } {
                        (form::csrf(&ctx))
                        button.button.ghost type="submit" name="to" value="up" aria-label=(i18n::t_args(me.lang, "rules-up", &[("name", rule.name.as_str().into())])) { "↑" }
                        button.button.ghost type="submit" name="to" value="down" aria-label=(i18n::t_args(me.lang, "rules-down", &[("name", rule.name.as_str().into())])) { "↓" }
                    }
                }
            }
        }
        div.settings-actions { a.button.primary href={ (HERE) "/new" } { (ctx.t("rules-new")) } }
        h2 { (ctx.t("rules-log")) }
        @if log.is_empty() { p.muted { (ctx.t("rules-log-none")) } }
        ul.people {
            @for run in &log {
                li.person {
                    span.inbox-name { strong { (run.rule_name) } span.muted { (desk_words::done(me.lang, &run.detail)) } }
                    (badge(match run.outcome.as_str() { "done" => Tone::Good, "failed" => Tone::Bad, _ => Tone::Warn }, &ctx.t(desk_words::outcome(&run.outcome))))
                    a href=(routes::path(routes::CONVERSATION, run.conversation_id.as_str())) { (time_tag(&ctx, run.at, &i18n::relative(me.lang, me.now, run.at, &me.tz))) }
                }
            }
        }
    };
    Ok(frame(&me, Part::Rules, &ctx.t("settings-rules"), None, &body))
}

pub(super) async fn new(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    page(
        &app,
        &me,
        "new",
        &Form::of([("occasion", "received".to_owned())]),
        &Errors::new(),
        None,
    )
    .await
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let mut form = filled(&rules::load(app.store.db(), &id).await?);
    meanwhile::stamp(&mut form);
    page(&app, &me, &id, &form, &Errors::new(), None).await
}

fn filled(rule: &Rule) -> Form {
    let mut form = Form::of([
        ("name", rule.name.clone()),
        ("occasion", rule.occasion.as_str().to_owned()),
        ("is_last", if rule.is_last { "on" } else { "" }.to_owned()),
        ("is_enabled", if rule.is_enabled { "on" } else { "" }.to_owned()),
    ]);
    for (row, condition) in rule.conditions.iter().enumerate() {
        form.push(format!("field_{row}"), condition.field.as_str());
        form.push(format!("operator_{row}"), condition.operator.as_str());
        form.push(format!("value_{row}"), condition.value.as_str());
    }
    steps::fill(&mut form, &rule.steps);
    form
}

async fn page(
    app: &App,
    me: &SignedIn,
    id: &str,
    sent: &Form,
    errors: &Errors,
    tried: Option<DryRun>,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let names = Names::of(app.store.db()).await?;
    let occasions: Vec<(&str, String)> = Occasion::ALL
        .iter()
        .map(|one| (one.as_str(), ctx.t(desk_words::occasion(*one)).into_owned()))
        .collect();
    let occasions: Vec<(&str, &str)> = occasions
        .iter()
        .map(|(value, words)| (*value, words.as_str()))
        .collect();
    let body = html! {
        (draw.summary())
        @if let Some(tried) = &tried { (drawn(me, &ctx, tried)) }
        form.settings-form method="post" action={ (HERE) "/" (id) } {
            (draw.begin())
            div.row-fields { (draw.text("name", &ctx.t("macros-name"), "", true)) (draw.choice("occasion", &ctx.t("rules-when"), &occasions)) }
            fieldset.group {
                legend { (ctx.t("rules-if")) }
                p.hint { (ctx.t("rules-if-hint")) }
                @for row in 0..ROWS { (condition_row(&draw, row)) }
            }
            (steps::rows(&draw, &names, false))
            div.checks { (draw.check("is_last", &ctx.t("rules-last"))) (draw.check("is_enabled", &ctx.t("rules-enabled"))) }
            div.settings-actions {
                button.button.ghost type="submit" name="try" value="1" { (i18n::t_args(me.lang, "rules-try", &[("days", DAYS.into())])) }
                (button(&ctx.t("settings-save")))
                @if id != "new" { (draw::removal(&ctx)) }
                a.button.ghost href=(HERE) { (ctx.t("desk-back")) }
            }
        }
    };
    let page = frame(me, Part::Rules, &ctx.t("settings-rules"), None, &body);
    Ok(with_status(page, errors))
}

fn condition_row(draw: &Draw<'_>, row: usize) -> Markup {
    let ctx = &draw.ctx;
    let now = |name: &str| draw.form.get(&format!("{name}_{row}")).to_owned();
    let (field, operator) = (now("field"), now("operator"));
    html! {
        div.step-row.three {
            select.input name={ "field_" (row) } aria-label=(ctx.t("rules-field")) {
                option value="" { (ctx.t("steps-none")) }
                @for one in Field::ALL { option value=(one.as_str()) selected[one.as_str() == field] { (ctx.t(desk_words::field(one))) } }
            }
            select.input name={ "operator_" (row) } aria-label=(ctx.t("rules-operator")) {
                @for one in Operator::ALL { option value=(one.as_str()) selected[one.as_str() == operator] { (ctx.t(desk_words::operator(one))) } }
            }
            input.input name={ "value_" (row) } value=(now("value")) aria-label=(ctx.t("rules-value")) maxlength="500";
        }
    }
}

/// What the rule would have done.
fn drawn(me: &SignedIn, ctx: &Ctx<'_>, tried: &DryRun) -> Markup {
    let args = [
        ("matched", tried.matched.into()),
        ("occasions", tried.occasions.into()),
        ("conversations", tried.conversations.into()),
    ];
    html! {
        section.group.dry-run role="status" {
            strong { (i18n::t_args(me.lang, "rules-tried", &args)) }
            p.hint { (ctx.t("rules-tried-hint")) @if tried.is_cut { " " (ctx.t("rules-tried-cut")) } }
            ul {
                @for one in tried.examples.iter().take(20) {
                    li { a href=(routes::path(routes::CONVERSATION, one.conversation.as_str())) { "#" (one.number) " " (one.about) } " "
                        span.muted { (time_tag(ctx, one.at, &i18n::relative(me.lang, me.now, one.at, &me.tz))) } }
                }
            }
        }
    }
}

pub(super) async fn create(state: State<App>, posted: Posted) -> Result<Response, Failure> {
    save(state, Path("new".to_owned()), posted).await
}

pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    if form.is_on("remove") {
        rules::remove(&app.store, &me.actor(), &id).await?;
        return Ok(see_other(HERE));
    }
    if id != "new" && !form.is_on("try") {
        let kept = filled(&rules::load(app.store.db(), &id).await?);
        if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &[&id]).await? {
            return page(&app, &me, &id, &form, &errors, None).await;
        }
    }
    let rule = read(&app, &id, &form).await?;
    let done = if form.is_on("try") {
        match dry_run(&app.store, &rule, DAYS).await {
            Ok(tried) => return page(&app, &me, &id, &form, &Errors::new(), Some(tried)).await,
            Err(error) => Err(error),
        }
    } else {
        rules::save(&app.store, &me.actor(), &rule).await.map(|_| ())
    };
    match done {
        Ok(()) => Ok(see_other(HERE)),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let errors = draw::refused(me.lang, &form, &error);
            page(&app, &me, &id, &form, &errors, None).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn read(app: &App, id: &str, form: &Form) -> Result<Rule, Failure> {
    let conditions = (0..ROWS)
        .filter_map(|row| {
            Some(Condition {
                field: Field::from_text(form.get(&format!("field_{row}")))?,
                operator: Operator::from_text(form.get(&format!("operator_{row}")))?,
                value: form.get(&format!("value_{row}")).trim().to_owned(),
            })
        })
        .collect();
    let rank = if id == "new" {
        0
    } else {
        rules::load(app.store.db(), id).await?.rank
    };
    Ok(Rule {
        id: if id == "new" { String::new() } else { id.to_owned() },
        name: form.get("name").to_owned(),
        rank,
        occasion: Occasion::from_text(form.get("occasion")).ok_or(Failure::Unreadable)?,
        conditions,
        steps: steps::read(form),
        is_last: form.is_on("is_last"),
        is_enabled: form.is_on("is_enabled"),
        enabled_at: None,
        updated_at: 0,
    })
}

pub(super) async fn shift(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    posted.me.must(Permission::Administer)?;
    rules::shift(&app.store, &posted.me.actor(), &id, posted.form.get("to") == "up").await?;
    Ok(see_other(HERE))
}
