//! The charts of the reports.

use conversation::reports::Sums;
use conversation::types::Language;
use ui::charts::{Chart, Series, Shape, Steps};
use ui::report_pages::{self, duration};
use ui::{Ctx, i18n, routes};

use super::choice::{Choice, Period};
use super::page::{Drawn, short_day};

fn counted(lang: Language, value: f64) -> String {
    i18n::number(lang, value.round() as i64)
}

fn hours(_: Language, value: f64) -> String {
    duration(value as i64)
}

fn percents(lang: Language, value: f64) -> String {
    report_pages::percent(lang, value / 100.0)
}

/// Every chart of a period.
pub(super) fn charts(
    ctx: &Ctx<'_>,
    choice: &Choice,
    period: &Period,
    drawn: &Drawn,
    all: &Sums,
    is_all: bool,
) -> Vec<Chart> {
    let lang = ctx.lang;
    let work = choice.is_work_time();
    let labels: Vec<String> = drawn.slots.iter().map(|(day, _)| short_day(lang, *day)).collect();
    let label = ctx
        .t(match period.days() {
            ..=92 => "reports-day",
            93..=400 => "reports-week",
            _ => "reports-month-of",
        })
        .into_owned();
    let csv = |table: &str| format!("{}?{}", routes::REPORTS_CSV, choice.query(table));
    let counts = |of: fn(&Sums) -> i64| -> Vec<Option<f64>> {
        drawn.slots.iter().map(|(_, sums)| Some(of(sums) as f64)).collect()
    };
    let number = |n: i64| i18n::number(lang, n);
    let busiest = drawn.slots.iter().max_by_key(|(_, sums)| sums.created);
    let mut charts = vec![Chart {
        id: "volume",
        title: ctx.t("reports-volume").into_owned(),
        description: i18n::t_args(
            lang,
            "reports-volume-desc",
            &[
                ("created", number(all.created).into()),
                ("resolved", number(all.resolved).into()),
                (
                    "day",
                    busiest
                        .map_or_else(String::new, |(day, _)| short_day(lang, *day))
                        .into(),
                ),
                ("most", number(busiest.map_or(0, |(_, sums)| sums.created)).into()),
            ],
        ),
        label: label.clone(),
        labels: labels.clone(),
        series: vec![
            Series {
                name: ctx.t("reports-created").into_owned(),
                values: counts(|sums| sums.created),
            },
            Series {
                name: ctx.t("reports-resolved").into_owned(),
                values: counts(|sums| sums.resolved),
            },
        ],
        // Many narrow bars beside each other are a wall.
        shape: if drawn.slots.len() > 40 {
            Shape::Lines
        } else {
            Shape::Bars
        },
        words: counted,
        steps: Steps::Count,
        csv: Some(csv("days")),
    }];
    if is_all {
        charts.push(Chart {
            id: "backlog",
            title: ctx.t("reports-backlog-title").into_owned(),
            description: i18n::t_args(
                lang,
                "reports-backlog-desc",
                &[
                    ("first", number(drawn.open.first().copied().unwrap_or(0)).into()),
                    ("last", number(drawn.open.last().copied().unwrap_or(0)).into()),
                    ("most", number(drawn.open.iter().copied().max().unwrap_or(0)).into()),
                ],
            ),
            label: label.clone(),
            labels: labels.clone(),
            series: vec![Series {
                name: ctx.t("reports-backlog").into_owned(),
                values: drawn.open.iter().map(|open| Some(*open as f64)).collect(),
            }],
            shape: Shape::Lines,
            words: counted,
            steps: Steps::Count,
            csv: Some(csv("days")),
        });
    }
    let mean = |of: fn(&Sums, bool) -> Option<i64>| -> Vec<Option<f64>> {
        drawn
            .slots
            .iter()
            .map(|(_, sums)| of(sums, work).map(|time| time as f64))
            .collect()
    };
    charts.push(Chart {
        id: "first",
        title: ctx.t("reports-first-title").into_owned(),
        description: i18n::t_args(
            lang,
            "reports-first-desc",
            &[(
                "mean",
                all.first_answer(work).map_or_else(|| "–".to_owned(), duration).into(),
            )],
        ),
        label: label.clone(),
        labels: labels.clone(),
        series: vec![Series {
            name: ctx.t("reports-first").into_owned(),
            values: mean(|sums, work| sums.first_answer(work)),
        }],
        shape: Shape::Lines,
        words: hours,
        steps: Steps::Time,
        csv: Some(csv("days")),
    });
    let waits = waits(ctx, all);
    charts.push(Chart {
        id: "waits",
        title: ctx.t("reports-waits").into_owned(),
        description: i18n::t_args(
            lang,
            "reports-waits-desc",
            &[
                ("all", number(all.first_answers).into()),
                ("fast", number(all.first_5m + all.first_30m).into()),
            ],
        ),
        label: ctx.t("reports-wait").into_owned(),
        labels: waits.iter().map(|(words, _)| words.clone()).collect(),
        series: vec![Series {
            name: ctx.t("reports-first-answers").into_owned(),
            values: waits.iter().map(|(_, n)| Some(*n as f64)).collect(),
        }],
        shape: Shape::Bars,
        words: counted,
        steps: Steps::Count,
        csv: Some(csv("waits")),
    });
    if all.csat_asked > 0 || all.csat_answered > 0 {
        charts.push(Chart {
            id: "scores",
            title: ctx.t("reports-scores-title").into_owned(),
            description: i18n::t_args(
                lang,
                "reports-scores-desc",
                &[
                    ("answered", number(all.csat_answered).into()),
                    ("asked", number(all.csat_asked).into()),
                    ("good", number(all.csat_good).into()),
                ],
            ),
            label,
            labels,
            series: vec![Series {
                name: ctx.t("reports-csat").into_owned(),
                values: drawn
                    .slots
                    .iter()
                    .map(|(_, sums)| sums.csat_share().map(|share| share * 100.0))
                    .collect(),
            }],
            shape: Shape::Lines,
            words: percents,
            steps: Steps::Percent,
            csv: Some(csv("days")),
        });
    }
    charts
}

/// How long customers waited, and how many of them.
pub(super) fn waits(ctx: &Ctx<'_>, all: &Sums) -> Vec<(String, i64)> {
    let rest = all.first_answers - all.first_5m - all.first_30m - all.first_2h - all.first_8h - all.first_24h;
    [
        (ctx.t("reports-wait-5m"), all.first_5m),
        (ctx.t("reports-wait-30m"), all.first_30m),
        (ctx.t("reports-wait-2h"), all.first_2h),
        (ctx.t("reports-wait-8h"), all.first_8h),
        (ctx.t("reports-wait-24h"), all.first_24h),
        (ctx.t("reports-wait-more"), rest),
    ]
    .into_iter()
    .map(|(words, n)| (words.into_owned(), n))
    .collect()
}
