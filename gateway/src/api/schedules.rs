//! When the business works, when silence closes a ticket, and what each agent knows about.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::Permission;
use conversation::desk::hours::{self, Holiday, Schedule, Span};
use conversation::tickets::notices::{self, Closing};
use conversation::tickets::skills;
use conversation::types::AgentId;
use http::StatusCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Created, Id, Json, Page};
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use crate::app::App;
use crate::people::agents;

/// From and to on one day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OpenHours)]
pub(super) struct SpanView {
    /// The first minute, as `08:30`.
    from: String,
    /// The minute behind the last, up to `24:00`.
    to: String,
}

/// A day that is closed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Holiday)]
pub(super) struct HolidayView {
    /// The day, as `2026-12-25`.
    date: String,
    /// What it is called.
    #[serde(default)]
    name: String,
}

/// When the business works.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleBody {
    /// What it is called.
    name: String,
    /// An IANA time zone, such as `America/Sao_Paulo`.
    time_zone: String,
    /// Seven lists of hours, Monday first; an empty list is a closed day.
    week: Vec<Vec<SpanView>>,
    /// Days that are closed.
    #[serde(default)]
    holidays: Vec<HolidayView>,
}

/// Business hours as they are kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Schedule)]
pub(super) struct ScheduleView {
    /// Its id; promises and inboxes name it.
    id: String,
    /// What it is called.
    name: String,
    /// An IANA time zone.
    time_zone: String,
    /// Seven lists of hours, Monday first.
    week: Vec<Vec<SpanView>>,
    /// Days that are closed.
    holidays: Vec<HolidayView>,
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Minutes after midnight of `08:30`; up to `24:00`.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let is_plain = hours.len() == 2 && minutes.len() == 2;
    let read = |part: &str| {
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse::<u16>().ok())?
    };
    let (hours, minutes) = (read(hours)?, read(minutes)?);
    (is_plain && minutes < 60 && hours * 60 + minutes <= 1_440).then_some(hours * 60 + minutes)
}

impl From<Schedule> for ScheduleView {
    fn from(schedule: Schedule) -> ScheduleView {
        let span = |span: Span| SpanView {
            from: clock(span.from),
            to: clock(span.to),
        };
        ScheduleView {
            id: schedule.id,
            name: schedule.name,
            time_zone: schedule.time_zone,
            week: schedule
                .week
                .into_iter()
                .map(|day| day.into_iter().map(span).collect())
                .collect(),
            holidays: schedule
                .holidays
                .into_iter()
                .map(|one| HolidayView {
                    date: one.date.to_string(),
                    name: one.name,
                })
                .collect(),
        }
    }
}

impl ScheduleBody {
    fn schedule(self, id: String) -> Outcome<Schedule> {
        let mut week = Vec::with_capacity(7);
        for (number, day) in self.week.into_iter().enumerate() {
            let mut spans = Vec::with_capacity(day.len());
            for span in day {
                match (minutes(&span.from), minutes(&span.to)) {
                    (Some(from), Some(to)) => spans.push(Span { from, to }),
                    _ => {
                        return Err(Problem::invalid(format!(
                            "week[{number}]: hours such as 08:30 to 18:00, up to 24:00"
                        )));
                    }
                }
            }
            week.push(spans);
        }
        let mut holidays = Vec::with_capacity(self.holidays.len());
        for (number, one) in self.holidays.into_iter().enumerate() {
            let date: Date = one
                .date
                .parse()
                .map_err(|_| Problem::invalid(format!("holidays[{number}]: a day such as 2026-12-25")))?;
            holidays.push(Holiday { date, name: one.name });
        }
        Ok(Schedule {
            id,
            name: self.name,
            time_zone: self.time_zone,
            week,
            holidays,
        })
    }
}

/// List business hours
///
/// By name, on one page.
#[utoipa::path(get, path = "/schedules", tag = "tickets", operation_id = "listSchedules",
    responses((status = 200, description = "All of them.", body = Page<ScheduleView>)))]
pub(super) async fn list(State(app): State<App>, caller: Caller) -> Outcome<Answer<Page<ScheduleView>>> {
    caller.may(Permission::Read)?;
    let all = hours::list(app.store.db()).await?;
    Ok(Answer(Page {
        items: all.into_iter().map(ScheduleView::from).collect(),
        next: None,
    }))
}

/// Add business hours
///
/// With the days that are closed.
#[utoipa::path(post, path = "/schedules", tag = "tickets", operation_id = "createSchedule", request_body = ScheduleBody,
    responses((status = 201, description = "They are kept.", body = ScheduleView, headers(("Location" = String, description = "Their path.")))))]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<ScheduleBody>,
) -> Outcome<Created<ScheduleView>> {
    caller.may(Permission::Administer)?;
    let made = hours::save(&app.store, &caller.actor, body.schedule(String::new())?).await?;
    Ok(Created(format!("/schedules/{}", made.id), made.into()))
}

/// Read business hours
///
/// By their id.
#[utoipa::path(get, path = "/schedules/{id}", tag = "tickets", operation_id = "getSchedule",
    params(("id" = String, Path, description = "The business hours.")),
    responses((status = 200, description = "The business hours.", body = ScheduleView)))]
pub(super) async fn read(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<ScheduleView>> {
    caller.may(Permission::Read)?;
    Ok(Answer(hours::load(app.store.db(), &id).await?.into()))
}

/// Change business hours
///
/// Replaces all of them. Clocks that run are set anew.
#[utoipa::path(put, path = "/schedules/{id}", tag = "tickets", operation_id = "changeSchedule", request_body = ScheduleBody,
    params(("id" = String, Path, description = "The business hours.")),
    responses((status = 200, description = "The business hours as they are now.", body = ScheduleView)))]
pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<ScheduleBody>,
) -> Outcome<Answer<ScheduleView>> {
    caller.may(Permission::Administer)?;
    Ok(Answer(
        hours::save(&app.store, &caller.actor, body.schedule(id)?).await?.into(),
    ))
}

/// Remove business hours
///
/// Inboxes and promises that name them go on without hours.
#[utoipa::path(delete, path = "/schedules/{id}", tag = "tickets", operation_id = "removeSchedule",
    params(("id" = String, Path, description = "The business hours.")),
    responses((status = 204, description = "They are removed.")))]
pub(super) async fn remove(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<StatusCode> {
    caller.may(Permission::Administer)?;
    hours::remove(&app.store, &caller.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How tickets close by themselves.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TicketClosing {
    /// So many hours after the customer was asked, silence means yes; 0 waits for ever, 8784 is the most.
    hours: i64,
}

/// Read how tickets close
///
/// What the customer's silence means.
#[utoipa::path(get, path = "/ticket-closing", tag = "tickets", operation_id = "getTicketClosing",
    responses((status = 200, description = "How tickets close.", body = TicketClosing)))]
pub(super) async fn read_closing(State(app): State<App>, caller: Caller) -> Outcome<Answer<TicketClosing>> {
    caller.may(Permission::Read)?;
    let Closing { hours } = notices::closing(app.store.db()).await?;
    Ok(Answer(TicketClosing { hours }))
}

/// Say how tickets close
///
/// For questions that are asked from now on.
#[utoipa::path(put, path = "/ticket-closing", tag = "tickets", operation_id = "setTicketClosing", request_body = TicketClosing,
    responses((status = 200, description = "What counts now.", body = TicketClosing)))]
pub(super) async fn write_closing(
    State(app): State<App>,
    caller: Caller,
    Json(TicketClosing { hours }): Json<TicketClosing>,
) -> Outcome<Answer<TicketClosing>> {
    caller.may(Permission::Administer)?;
    notices::set_closing(&app.store, &caller.actor, Closing { hours }).await?;
    Ok(Answer(TicketClosing { hours }))
}

/// What an agent knows about.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Skills {
    /// Ids of ticket categories; who knows one knows what is below it.
    ticket_categories: Vec<String>,
}

/// Read an agent's skills
///
/// New work about these categories is shared out to those who know them first.
#[utoipa::path(get, path = "/agents/{id}/skills", tag = "agents", operation_id = "getSkills",
    params(("id" = String, Path, description = "The agent.")),
    responses((status = 200, description = "What they know about.", body = Skills)))]
pub(super) async fn read_skills(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<Answer<Skills>> {
    caller.may(Permission::Read)?;
    let agent = agents::load(app.store.db(), &AgentId::from(id)).await?;
    let ticket_categories = skills::of_agent(app.store.db(), &agent.id).await?;
    Ok(Answer(Skills { ticket_categories }))
}

/// Say what an agent knows about
///
/// Replaces what was said before.
#[utoipa::path(put, path = "/agents/{id}/skills", tag = "agents", operation_id = "setSkills", request_body = Skills,
    params(("id" = String, Path, description = "The agent.")),
    responses((status = 200, description = "What they know about now.", body = Skills)))]
pub(super) async fn write_skills(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    Json(body): Json<Skills>,
) -> Outcome<Answer<Skills>> {
    caller.may(Permission::Administer)?;
    let agent = AgentId::from(id);
    skills::set(&app.store, &agent, &body.ticket_categories).await?;
    let ticket_categories = skills::of_agent(app.store.db(), &agent).await?;
    Ok(Answer(Skills { ticket_categories }))
}
