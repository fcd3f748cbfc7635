//! Rules: in order, each tried on the past before it is switched on; and what they did. One that acts by time is tried on what
//! waits now, and says how much that is before it is switched on.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::Error;
use conversation::access::Permission;
use conversation::desk::rules::dry_run::{DryRun, dry_run};
use conversation::desk::rules::{self, Condition, Field, Occasion, Operator, Rule, timed};
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
/// The units of time, the keys of their names, and how many minutes each is.
const UNITS: [(&str, &str, i64); 3] = [
    ("minutes", "rule-unit-minutes", 1),
    ("hours", "rule-unit-hours", 60),
    ("days", "rule-unit-days", 1440),
];

/// What was found out about a rule before anything of it is kept.
enum Tried {
    /// What it would have done in the last days.
    Past(DryRun),
    /// What it would act on now.
    Now(DryRun),
    /// The same, and somebody has to say whether it shall.
    Asked(DryRun),
}

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
                        span.muted { (desk_words::when(me.lang, rule.occasion, rule.minutes, rule.in_hours)) " → " (rule.steps.iter().map(|step| names.words(&ctx, step)).collect::<Vec<_>>().join(" · ")) }
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
    let lasts = if rule.occasion.is_timed() {
        let (number, unit) = desk_words::in_units(rule.minutes, rule.in_hours);
        (number.to_string(), unit)
    } else {
        (String::new(), "")
    };
    let mut form = Form::of([
        ("name", rule.name.clone()),
        ("occasion", rule.occasion.as_str().to_owned()),
        ("minutes", lasts.0),
        ("unit", lasts.1.to_owned()),
        ("in_hours", if rule.in_hours { "on" } else { "" }.to_owned()),
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
    tried: Option<Tried>,
) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let names = Names::of(app.store.db()).await?;
    let named = |is_timed: bool| -> Vec<(&str, String)> {
        let of = Occasion::ALL.iter().filter(|one| one.is_timed() == is_timed);
        of.map(|one| (one.as_str(), ctx.t(desk_words::occasion(*one)).into_owned()))
            .collect()
    };
    let occasions = [
        (ctx.t("rule-group-happens").into_owned(), named(false)),
        (ctx.t("rule-group-lasts").into_owned(), named(true)),
    ];
    let asks = matches!(tried, Some(Tried::Asked(_)));
    let body = html! {
        (draw.summary())
        @match &tried {
            Some(Tried::Past(past)) => (drawn(me, &ctx, past)),
            Some(Tried::Now(now)) => (drawn_now(me, &ctx, now, false)),
            Some(Tried::Asked(_)) | None => {}
        }
        form.settings-form.rule-form method="post" action={ (HERE) "/" (id) } {
            (draw.begin())
            @if let Some(Tried::Asked(now)) = &tried { (drawn_now(me, &ctx, now, true)) }
            div.row-fields { (draw.text("name", &ctx.t("macros-name"), "", true)) (draw.choice_of("occasion", &ctx.t("rules-when"), &occasions)) }
            (lasting(&draw))
            fieldset.group {
                legend { (ctx.t("rules-if")) }
                p.hint { (ctx.t("rules-if-hint")) }
                @for row in 0..ROWS { (condition_row(&draw, row)) }
            }
            (steps::rows(&draw, &names, false))
            div.checks { div.by-event { (draw.check("is_last", &ctx.t("rules-last"))) } (draw.check("is_enabled", &ctx.t("rules-enabled"))) }
            div.settings-actions {
                button.button.ghost type="submit" name="try" value="1" {
                    span.by-event { (i18n::t_args(me.lang, "rules-try", &[("days", DAYS.into())])) }
                    span.by-time { (ctx.t("rule-try-now")) }
                }
                @if !asks { (button(&ctx.t("settings-save"))) }
                @if id != "new" { (draw::removal(&ctx)) }
                a.button.ghost href=(HERE) { (ctx.t("desk-back")) }
            }
        }
    };
    let page = frame(me, Part::Rules, &ctx.t("settings-rules"), None, &body);
    Ok(with_status(page, errors))
}

/// For how long, of a rule by time; a style hides it for others.
fn lasting(draw: &Draw<'_>) -> Markup {
    let ctx = &draw.ctx;
    let units = UNITS.map(|(unit, key, _)| (unit, ctx.t(key).into_owned()));
    let units: Vec<(&str, &str)> = units.iter().map(|(unit, words)| (*unit, words.as_str())).collect();
    html! {
        fieldset.group.by-time {
            legend { (ctx.t("rule-lasts")) }
            div.row-fields { (draw.text("minutes", &ctx.t("rule-number"), "", false)) (draw.choice("unit", &ctx.t("rule-unit"), &units)) }
            div.checks { (draw.check("in_hours", &ctx.t("rule-in-hours"))) }
            p.hint { (ctx.t("rule-lasts-hint")) }
        }
    }
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

/// What the rule would act on now; `asks` whether it shall.
fn drawn_now(me: &SignedIn, ctx: &Ctx<'_>, now: &DryRun, asks: bool) -> Markup {
    html! {
        section.group.dry-run role="status" {
            strong {
                @if now.matched == 0 { (ctx.t("rule-now-none")) }
                @else { (i18n::t_args(me.lang, "rule-now", &[("matched", now.matched.into())])) }
            }
            @if now.is_cut { p.hint { (i18n::t_args(me.lang, "rule-now-cut", &[("occasions", now.occasions.into())])) } }
            ul {
                @for one in now.examples.iter().take(20) {
                    li { a href=(routes::path(routes::CONVERSATION, one.conversation.as_str())) { "#" (one.number) " " (one.about) } " "
                        span.muted { (time_tag(ctx, one.at, &i18n::relative(me.lang, me.now, one.at, &me.tz))) } }
                }
            }
            @if asks {
                p { (ctx.t("rule-now-ask")) }
                div.settings-actions {
                    button.button.primary type="submit" name="do" value="leave" { (ctx.t("rule-now-leave")) }
                    button.button type="submit" name="do" value="act" { (ctx.t("rule-now-act")) }
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
    let rule = match read(&app, &id, &form).await? {
        Ok(rule) => rule,
        Err(words) => {
            let errors = vec![("minutes".to_owned(), i18n::t(me.lang, words).into_owned())];
            return page(&app, &me, &id, &form, &errors, None).await;
        }
    };
    let tried = if form.is_on("try") {
        dry_run(&app.store, &rule, DAYS).await.map(|tried| {
            Some(if rule.occasion.is_timed() {
                Tried::Now(tried)
            } else {
                Tried::Past(tried)
            })
        })
    } else {
        asked(&app, &rule, form.get("do")).await
    };
    let done = match tried {
        Ok(Some(tried)) => return page(&app, &me, &id, &form, &Errors::new(), Some(tried)).await,
        Ok(None) => rules::save_for(&app.store, &me.actor(), &rule, form.get("do") == "act")
            .await
            .map(drop),
        Err(error) => Err(error),
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

/// Before a rule by time begins: what it would act on, where nobody said yet whether it shall.
async fn asked(app: &App, rule: &Rule, said: &str) -> conversation::Result<Option<Tried>> {
    if !rule.is_enabled || !rule.occasion.is_timed() || matches!(said, "leave" | "act") {
        return Ok(None);
    }
    if !rule.id.is_empty() && rules::load(app.store.db(), &rule.id).await?.goes_on_as(rule) {
        return Ok(None);
    }
    let now = timed::waiting(&app.store, rule).await?;
    Ok((now.matched > 0).then_some(Tried::Asked(now)))
}

/// The rule of a form, or the key of what is wrong with the time.
async fn read(app: &App, id: &str, form: &Form) -> Result<std::result::Result<Rule, &'static str>, Failure> {
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
    let occasion = Occasion::from_text(form.get("occasion")).ok_or(Failure::Unreadable)?;
    let minutes = if occasion.is_timed() {
        let unit = UNITS
            .iter()
            .find(|(unit, ..)| *unit == form.get("unit"))
            .unwrap_or(&UNITS[0]);
        match form.get("minutes").trim().parse::<i64>() {
            Ok(number) => number.saturating_mul(unit.2),
            Err(_) => return Ok(Err("rule-lasts-number")),
        }
    } else {
        0
    };
    Ok(Ok(Rule {
        id: if id == "new" { String::new() } else { id.to_owned() },
        name: form.get("name").to_owned(),
        rank,
        occasion,
        minutes,
        in_hours: form.is_on("in_hours"),
        conditions,
        steps: steps::read(form),
        is_last: form.is_on("is_last"),
        is_enabled: form.is_on("is_enabled"),
        enabled_at: None,
        due_from: 0,
        updated_at: 0,
    }))
}

pub(super) async fn shift(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    posted.me.must(Permission::Administer)?;
    rules::shift(&app.store, &posted.me.actor(), &id, posted.form.get("to") == "up").await?;
    Ok(see_other(HERE))
}
