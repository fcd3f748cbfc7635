//! Figures of a span of days.

use axum::Json as Answer;
use axum::extract::State;
use conversation::reports::{self, Dimension, Question, Sums};
use conversation::types::Language;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::Query;
use super::guard::Caller;
use super::problem::{Outcome, Problem};
use crate::app::App;
use crate::reports::figures::{FIGURES, Value};
use crate::reports::{Choice, Period, by};

/// What happened. Times are milliseconds, shares from 0 to 1; null where there is nothing to compute from.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportFigures {
    /// Conversations that began.
    created: i64,
    /// Conversations that were resolved.
    resolved: i64,
    /// Conversations that were opened again.
    reopened: i64,
    /// The mean wait for a person's first answer.
    #[schema(required)]
    first_answer: Option<i64>,
    /// The mean time to the resolution.
    #[schema(required)]
    resolution: Option<i64>,
    /// The share of first answers within the limit.
    #[schema(required)]
    within_limit: Option<f64>,
    /// The share of resolutions without a person's word.
    #[schema(required)]
    bot_solved: Option<f64>,
    /// The share of scores of 4 and 5.
    #[schema(required)]
    csat: Option<f64>,
    /// How many scores were given.
    csat_answers: i64,
    /// Net promoter score, -100 to 100.
    #[schema(required)]
    nps: Option<f64>,
    /// Messages of customers.
    messages_in: i64,
    /// Messages of people of the business.
    answers: i64,
    /// Messages of the bot.
    bot_answers: i64,
    /// First answers.
    first_answers: i64,
}

impl ReportFigures {
    fn of(sums: &Sums, is_work_time: bool) -> ReportFigures {
        let value = |name: &str| {
            FIGURES
                .iter()
                .find(|figure| figure.name == name)
                .map_or(Value::None, |figure| figure.value(sums, is_work_time))
        };
        let count = |name: &str| match value(name) {
            Value::Count(n) => n,
            _ => 0,
        };
        let time = |name: &str| match value(name) {
            Value::Time(ms) => Some(ms),
            _ => None,
        };
        let share = |name: &str| match value(name) {
            Value::Share(share) | Value::Score(share) => Some(share),
            _ => None,
        };
        ReportFigures {
            created: count("created"),
            resolved: count("resolved"),
            reopened: count("reopened"),
            first_answer: time("first_answer"),
            resolution: time("resolution"),
            within_limit: share("within_limit"),
            bot_solved: share("bot_solved"),
            csat: share("csat"),
            csat_answers: count("csat_answers"),
            nps: share("nps"),
            messages_in: count("messages_in"),
            answers: count("answers"),
            bot_answers: count("bot_answers"),
            first_answers: count("first_answers"),
        }
    }
}

/// One day.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportDay {
    /// `2026-01-31`.
    day: String,
    /// Conversations that were open at its end.
    open: i64,
    /// What happened.
    #[serde(flatten)]
    figures: ReportFigures,
}

/// One value of what the report is broken down by.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportRow {
    /// The value or id; empty for none.
    key: String,
    /// Its name, in English.
    name: String,
    /// What happened.
    #[serde(flatten)]
    figures: ReportFigures,
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Report {
    /// The first day.
    from: String,
    /// The last day.
    to: String,
    /// Whether everything that is committed is counted; `false` while figures are counted anew.
    is_complete: bool,
    /// All of it.
    total: ReportFigures,
    /// As many days before.
    before: ReportFigures,
    /// Day by day, without those on which nothing happened.
    days: Vec<ReportDay>,
    /// Broken down, whoever has most to do first; at most 200.
    rows: Vec<ReportRow>,
}

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ReportQuery {
    /// The first day, such as `2026-01-01`, in the installation's time zone; 30 days ago unless given.
    from: Option<String>,
    /// The last day; today unless given.
    to: Option<String>,
    /// `channel` (unless given), `inbox`, `level`, `label`, `category`, `agent`, `team`, `company` or `language`.
    by: Option<String>,
    /// `calendar` (unless given) or `work`: times within business hours.
    times: Option<String>,
}

/// Read the figures of some days
///
/// For administrators and supervisors: volume, times, shares, scores, by day and broken down.
#[utoipa::path(get, path = "/reports", tag = "reports", operation_id = "getReport",
    params(ReportQuery), responses((status = 200, description = "The report.", body = Report)))]
pub(super) async fn read(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ReportQuery>,
) -> Outcome<Answer<Report>> {
    if !crate::reports::question::sees_all(caller.role) {
        return Err(Problem::forbidden(
            "reports are for tokens with the role administrator or supervisor",
        ));
    }
    let db = app.store.db();
    let choice = Choice {
        period: if query.from.is_some() || query.to.is_some() {
            "custom"
        } else {
            "30d"
        }
        .to_owned(),
        from: query.from.unwrap_or_default(),
        to: query.to.unwrap_or_default(),
        ..Choice::default()
    };
    let period = choice
        .period(app.store.now(), app.tz())
        .map_err(|_| Problem::invalid("from, to: two days such as 2026-01-31, in order, at most three years apart"))?;
    let dimension = match query.by.as_deref() {
        None => Dimension::Channel,
        Some(text) => Dimension::from_text(text)
            .filter(|one| *one != Dimension::All)
            .ok_or_else(|| {
                Problem::invalid("by: channel, inbox, level, label, category, agent, team, company or language")
            })?,
    };
    let work = match query.times.as_deref() {
        None | Some("calendar") => false,
        Some("work") => true,
        Some(_) => return Err(Problem::invalid("times: calendar or work")),
    };
    let all = |from: Date, to: Date| Question::all(&from.to_string(), &to.to_string());
    let of = all(period.from, period.to);
    let total = reports::total(db, &of).await?;
    let before = reports::total(db, &all(period.before_from, period.before_to)).await?;
    let mut open = reports::open_before(db, &of).await?;
    let days = reports::by_day(db, &of)
        .await?
        .into_iter()
        .map(|one| {
            open += one.sums.opened - one.sums.closed;
            ReportDay {
                day: one.key,
                open,
                figures: ReportFigures::of(&one.sums, work),
            }
        })
        .collect();
    let rows = by(&app, Language::En, dimension, &period, None)
        .await?
        .into_iter()
        .map(|(name, key, sums)| ReportRow {
            key,
            name,
            figures: ReportFigures::of(&sums, work),
        })
        .collect();
    let state = reports::progress(db).await?;
    let Period { from, to, .. } = period;
    Ok(Answer(Report {
        from: from.to_string(),
        to: to.to_string(),
        is_complete: state.is_some_and(|state| state.counted_after.is_none()),
        total: ReportFigures::of(&total, work),
        before: ReportFigures::of(&before, work),
        days,
        rows,
    }))
}
