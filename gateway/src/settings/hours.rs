//! Business hours, and how the work of each inbox is done.

use axum::extract::{Path, State};
use axum::response::Response;
use conversation::access::Permission;
use conversation::desk::hours::{self, Schedule, read_holidays, read_spans, write_spans};
use conversation::desk::inboxes::{self as inbox_desks, InboxDesk};
use conversation::types::InboxId;
use conversation::{Error, inboxes};
use maud::html;
use ui::components::{channel_icon, empty};
use ui::i18n;
use ui::icons::Icon;

use super::draw::{self, Draw, Errors, with_status};
use super::frame::{Part, frame};
use super::meanwhile;
use super::steps::{text_fields, texts};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::{Form, Posted};
use crate::auth::{SignedIn, see_other};

const HERE: &str = "/settings/hours";
const DAYS: [&str; 7] = [
    "day-mon", "day-tue", "day-wed", "day-thu", "day-fri", "day-sat", "day-sun",
];
const HOUR: i64 = 3_600_000;

pub(super) async fn list(State(app): State<App>, me: SignedIn) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let ctx = me.ctx();
    let all = hours::list(app.store.db()).await?;
    let inboxes = inboxes::list(app.store.db()).await?;
    let body = html! {
        p.lead { (ctx.t("hours-lead")) }
        @if all.is_empty() { (empty(Icon::Clock, &ctx.t("hours-none"), "")) }
        ul.people {
            @for schedule in &all {
                li.person {
                    span.inbox-name { a href={ (HERE) "/" (schedule.id) } { strong { (schedule.name) } } span.muted { (schedule.time_zone) } }
                    span.muted { (ctx.t(if schedule.is_open(me.now) { "hours-open" } else { "hours-closed" })) }
                }
            }
        }
        div.settings-actions { a.button.primary href={ (HERE) "/new" } { (ctx.t("hours-new")) } }
        h2 { (ctx.t("work-title")) }
        p.hint { (ctx.t("work-lead")) }
        ul.people {
            @for inbox in &inboxes {
                li.person { (channel_icon(me.lang, inbox.channel)) span.inbox-name { a href={ (HERE) "/inbox/" (inbox.id) } { strong { (inbox.name) } } span.muted { (inbox.address) } } }
            }
        }
    };
    Ok(frame(&me, Part::Hours, &ctx.t("settings-hours"), None, &body))
}

pub(super) async fn show(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let mut form = Form::default();
    if id == "new" {
        form.push("time_zone", me.tz.iana_name().unwrap_or("UTC"));
        for (day, _) in DAYS.iter().enumerate() {
            form.push(format!("day_{day}"), if day < 5 { "09:00-18:00" } else { "" });
        }
    } else {
        form = filled(hours::load(app.store.db(), &id).await?);
        meanwhile::stamp(&mut form);
    }
    page(&me, &id, &form, &Errors::new())
}

fn filled(schedule: Schedule) -> Form {
    let mut form = Form::default();
    for (day, spans) in schedule.week.iter().enumerate() {
        form.push(format!("day_{day}"), write_spans(spans));
    }
    let holidays: Vec<String> = schedule
        .holidays
        .iter()
        .map(|day| format!("{} {}", day.date, day.name))
        .collect();
    form.push("holidays", holidays.join("\n"));
    form.push("name", schedule.name);
    form.push("time_zone", schedule.time_zone);
    form
}

fn page(me: &SignedIn, id: &str, sent: &Form, errors: &Errors) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let body = html! {
        (draw.summary())
        form.settings-form method="post" action={ (HERE) "/" (id) } {
            (draw.begin())
            div.row-fields { (draw.text("name", &ctx.t("macros-name"), "", true)) (draw.text("time_zone", &ctx.t("hours-zone"), "", true)) }
            fieldset.group {
                legend { (ctx.t("hours-week")) }
                p.hint { (ctx.t("hours-week-hint")) }
                div.row-fields { @for (day, key) in DAYS.iter().enumerate() { (draw.text(&format!("day_{day}"), &ctx.t(key), "", false)) } }
            }
            (draw.lines("holidays", &ctx.t("hours-holidays"), &ctx.t("hours-holidays-hint"), 6))
            (draw.actions(id != "new", Some(HERE)))
        }
    };
    let page = frame(me, Part::Hours, &ctx.t("settings-hours"), None, &body);
    Ok(with_status(page, errors))
}

pub(super) async fn save(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    if form.is_on("remove") {
        hours::remove(&app.store, &me.actor(), &id).await?;
        return Ok(see_other(HERE));
    }
    if id != "new" {
        let kept = filled(hours::load(app.store.db(), &id).await?);
        if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &[&id]).await? {
            return page(&me, &id, &form, &errors);
        }
    }
    let mut errors = Errors::new();
    let mut week = Vec::new();
    for day in 0..DAYS.len() {
        let name = format!("day_{day}");
        match read_spans(form.get(&name)) {
            Ok(spans) => week.push(spans),
            Err(_) => errors.push((name, i18n::t(me.lang, "hours-wrong").into_owned())),
        }
    }
    let holidays = read_holidays(form.get("holidays"));
    if holidays.is_err() {
        errors.push((
            "holidays".to_owned(),
            i18n::t(me.lang, "hours-holidays-wrong").into_owned(),
        ));
    }
    if !errors.is_empty() {
        return page(&me, &id, &form, &errors);
    }
    let schedule = Schedule {
        id: if id == "new" { String::new() } else { id.clone() },
        name: form.get("name").to_owned(),
        time_zone: form.get("time_zone").to_owned(),
        week,
        holidays: holidays.unwrap_or_default(),
    };
    match hours::save(&app.store, &me.actor(), schedule).await {
        Ok(_) => Ok(see_other(HERE)),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let mut errors = draw::refused(me.lang, &form, &error);
            // Whatever it does not name is about the name: there is one like it.
            for (field, _) in errors.iter_mut().filter(|(field, _)| field.is_empty()) {
                "name".clone_into(field);
            }
            page(&me, &id, &form, &errors)
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn inbox(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    me.must(Permission::Administer)?;
    let id = InboxId::from(id);
    let mut form = filled_inbox(&inbox_desks::load(app.store.db(), &id).await?);
    meanwhile::stamp(&mut form);
    inbox_page(&app, &me, &id, &form, &Errors::new()).await
}

fn filled_inbox(desk: &InboxDesk) -> Form {
    let mut form = Form::of([
        ("schedule", desk.schedule.clone().unwrap_or_default()),
        ("is_shared_out", if desk.is_shared_out { "on" } else { "" }.to_owned()),
        (
            "warn_hours",
            if desk.warn_after == 0 {
                String::new()
            } else {
                (desk.warn_after / HOUR).to_string()
            },
        ),
        (
            "close_hours",
            if desk.warn_after == 0 {
                String::new()
            } else {
                (desk.close_after / HOUR).to_string()
            },
        ),
    ]);
    for (name, texts) in [
        ("signature", &desk.signature),
        ("autoreply", &desk.autoreply),
        ("warning", &desk.warning),
    ] {
        for (language, words) in texts.iter() {
            form.push(format!("{name}_{language}"), words);
        }
    }
    form
}

async fn inbox_page(app: &App, me: &SignedIn, id: &InboxId, sent: &Form, errors: &Errors) -> Result<Response, Failure> {
    let ctx = me.ctx();
    let draw = Draw {
        ctx,
        form: sent,
        errors,
    };
    let inbox = inboxes::load(app.store.db(), id).await?;
    let schedules = hours::list(app.store.db()).await?;
    let always = ctx.t("work-always");
    let mut choices: Vec<(&str, &str)> = vec![("", &always)];
    choices.extend(
        schedules
            .iter()
            .map(|schedule| (schedule.id.as_str(), schedule.name.as_str())),
    );
    let body = html! {
        p.lead { (inbox.name) }
        (draw.summary())
        form.settings-form method="post" action={ (HERE) "/inbox/" (id) } {
            (draw.begin())
            fieldset.group { legend { (ctx.t("work-share")) } p.hint { (ctx.t("work-share-hint")) } (draw.check("is_shared_out", &ctx.t("work-share-on"))) }
            fieldset.group {
                legend { (ctx.t("work-hours")) }
                (draw.choice("schedule", &ctx.t("settings-hours"), &choices))
                (text_fields(&draw, "autoreply", &ctx.t("work-autoreply"), 2))
            }
            fieldset.group {
                legend { (ctx.t("work-silence")) }
                p.hint { (ctx.t("work-silence-hint")) }
                div.row-fields { (draw.text("warn_hours", &ctx.t("work-warn"), "", false)) (draw.text("close_hours", &ctx.t("work-close"), "", false)) }
                (text_fields(&draw, "warning", &ctx.t("work-warning"), 2))
            }
            fieldset.group { legend { (ctx.t("compose-signature")) } (text_fields(&draw, "signature", &ctx.t("work-signature"), 2)) }
            (draw.actions(false, Some(HERE)))
        }
    };
    let page = frame(me, Part::Hours, &ctx.t("work-title"), None, &body);
    Ok(with_status(page, errors))
}

pub(super) async fn save_inbox(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let Posted { me, mut form } = posted;
    me.must(Permission::Administer)?;
    let id = InboxId::from(id);
    let kept = filled_inbox(&inbox_desks::load(app.store.db(), &id).await?);
    if let Some(errors) = meanwhile::changed(&app, &me, &mut form, kept, &[id.as_str()]).await? {
        return inbox_page(&app, &me, &id, &form, &errors).await;
    }
    let in_hours = |name: &str| match form.get(name).trim() {
        "" => Some(0),
        text => text.parse::<i64>().ok().and_then(|hours| hours.checked_mul(HOUR)),
    };
    let (Some(warn_after), Some(close_after)) = (in_hours("warn_hours"), in_hours("close_hours")) else {
        let errors = vec![(
            "warn_hours".to_owned(),
            i18n::t(me.lang, "work-hours-wrong").into_owned(),
        )];
        return inbox_page(&app, &me, &id, &form, &errors).await;
    };
    let desk = InboxDesk {
        signature: texts(&form, "signature"),
        is_shared_out: form.is_on("is_shared_out"),
        schedule: Some(form.get("schedule").to_owned()).filter(|id| !id.is_empty()),
        autoreply: texts(&form, "autoreply"),
        warn_after,
        close_after,
        warning: texts(&form, "warning"),
    };
    match inbox_desks::save(&app.store, &me.actor(), &id, &desk).await {
        Ok(()) => Ok(see_other(HERE)),
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            let errors = draw::refused(me.lang, &form, &error);
            inbox_page(&app, &me, &id, &form, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}
