//! The charts of the reports.

use conversation::reports::Sums;
use conversation::types::Language;
use jiff::civil::Date;
use ui::charts::{Chart, Series, Shape, Steps};
use ui::report_pages::{self, duration};
use ui::{Ctx, i18n, routes};

use super::choice::{Choice, Period};

/// Everything that is drawn, summed.
pub(super) struct Drawn {
    /// What happened in each day, week or month.
    pub(super) slots: Vec<(Date, Sums)>,
    /// Open conversations at the end of each.
    pub(super) open: Vec<i64>,
}

/// A day in few letters, for an axis.
fn short_day(lang: Language, day: Date) -> String {
    match lang {
        Language::En => format!("{} {}", day.day(), day.strftime("%b")),
        Language::Es | Language::Pt => format!("{:02}/{:02}", day.day(), day.month()),
    }
}

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
    let label = match period.days() {
        ..=92 => "reports-day",
        93..=400 => "reports-week",
        _ => "reports-month-of",
    };
    let page = Page {
        ctx,
        choice,
        drawn,
        all,
        label: ctx.t(label).into_owned(),
        labels: drawn.slots.iter().map(|(day, _)| short_day(ctx.lang, *day)).collect(),
    };
    let mut charts = vec![page.volume()];
    if is_all {
        charts.push(page.backlog());
    }
    charts.push(page.first_answers());
    charts.push(page.waits());
    if all.csat_asked > 0 || all.csat_answered > 0 {
        charts.push(page.scores());
    }
    charts
}

/// What the charts of a period have in common.
struct Page<'a> {
    ctx: &'a Ctx<'a>,
    choice: &'a Choice,
    drawn: &'a Drawn,
    all: &'a Sums,
    /// What a step of the axis is, and the name of each.
    label: String,
    labels: Vec<String>,
}

impl Page<'_> {
    fn csv(&self, table: &str) -> String {
        format!("{}?{}", routes::REPORTS_CSV, self.choice.query(table))
    }

    fn counts(&self, of: fn(&Sums) -> i64) -> Vec<Option<f64>> {
        self.drawn.slots.iter().map(|(_, sums)| Some(of(sums) as f64)).collect()
    }

    fn number(&self, n: i64) -> String {
        i18n::number(self.ctx.lang, n)
    }

    fn volume(&self) -> Chart {
        let busiest = self.drawn.slots.iter().max_by_key(|(_, sums)| sums.created);
        Chart {
            id: "volume",
            title: self.ctx.t("reports-volume").into_owned(),
            description: i18n::t_args(
                self.ctx.lang,
                "reports-volume-desc",
                &[
                    ("created", self.number(self.all.created).into()),
                    ("resolved", self.number(self.all.resolved).into()),
                    (
                        "day",
                        busiest
                            .map_or_else(String::new, |(day, _)| short_day(self.ctx.lang, *day))
                            .into(),
                    ),
                    ("most", self.number(busiest.map_or(0, |(_, sums)| sums.created)).into()),
                ],
            ),
            label: self.label.clone(),
            labels: self.labels.clone(),
            series: vec![
                Series {
                    name: self.ctx.t("reports-created").into_owned(),
                    values: self.counts(|sums| sums.created),
                },
                Series {
                    name: self.ctx.t("reports-resolved").into_owned(),
                    values: self.counts(|sums| sums.resolved),
                },
            ],
            // Many narrow bars beside each other are a wall.
            shape: if self.drawn.slots.len() > 40 {
                Shape::Lines
            } else {
                Shape::Bars
            },
            words: counted,
            steps: Steps::Count,
            csv: Some(self.csv("days")),
        }
    }

    fn backlog(&self) -> Chart {
        Chart {
            id: "backlog",
            title: self.ctx.t("reports-backlog-title").into_owned(),
            description: i18n::t_args(
                self.ctx.lang,
                "reports-backlog-desc",
                &[
                    (
                        "first",
                        self.number(self.drawn.open.first().copied().unwrap_or(0)).into(),
                    ),
                    ("last", self.number(self.drawn.open.last().copied().unwrap_or(0)).into()),
                    (
                        "most",
                        self.number(self.drawn.open.iter().copied().max().unwrap_or(0)).into(),
                    ),
                ],
            ),
            label: self.label.clone(),
            labels: self.labels.clone(),
            series: vec![Series {
                name: self.ctx.t("reports-backlog").into_owned(),
                values: self.drawn.open.iter().map(|open| Some(*open as f64)).collect(),
            }],
            shape: Shape::Lines,
            words: counted,
            steps: Steps::Count,
            csv: Some(self.csv("days")),
        }
    }

    fn first_answers(&self) -> Chart {
        let work = self.choice.is_work_time();
        let means = self.drawn.slots.iter().map(|(_, sums)| sums.first_answer(work));
        Chart {
            id: "first",
            title: self.ctx.t("reports-first-title").into_owned(),
            description: i18n::t_args(
                self.ctx.lang,
                "reports-first-desc",
                &[(
                    "mean",
                    self.all
                        .first_answer(work)
                        .map_or_else(|| "–".to_owned(), duration)
                        .into(),
                )],
            ),
            label: self.label.clone(),
            labels: self.labels.clone(),
            series: vec![Series {
                name: self.ctx.t("reports-first").into_owned(),
                values: means.map(|mean| mean.map(|time| time as f64)).collect(),
            }],
            shape: Shape::Lines,
            words: hours,
            steps: Steps::Time,
            csv: Some(self.csv("days")),
        }
    }

    fn waits(&self) -> Chart {
        let waits = waits(self.ctx, self.all);
        Chart {
            id: "waits",
            title: self.ctx.t("reports-waits").into_owned(),
            description: i18n::t_args(
                self.ctx.lang,
                "reports-waits-desc",
                &[
                    ("all", self.number(self.all.first_answers).into()),
                    ("fast", self.number(self.all.first_5m + self.all.first_30m).into()),
                ],
            ),
            label: self.ctx.t("reports-wait").into_owned(),
            labels: waits.iter().map(|(words, _)| words.clone()).collect(),
            series: vec![Series {
                name: self.ctx.t("reports-first-answers").into_owned(),
                values: waits.iter().map(|(_, n)| Some(*n as f64)).collect(),
            }],
            shape: Shape::Bars,
            words: counted,
            steps: Steps::Count,
            csv: Some(self.csv("waits")),
        }
    }

    fn scores(&self) -> Chart {
        Chart {
            id: "scores",
            title: self.ctx.t("reports-scores-title").into_owned(),
            description: i18n::t_args(
                self.ctx.lang,
                "reports-scores-desc",
                &[
                    ("answered", self.number(self.all.csat_answered).into()),
                    ("asked", self.number(self.all.csat_asked).into()),
                    ("good", self.number(self.all.csat_good).into()),
                ],
            ),
            label: self.label.clone(),
            labels: self.labels.clone(),
            series: vec![Series {
                name: self.ctx.t("reports-csat").into_owned(),
                values: self
                    .drawn
                    .slots
                    .iter()
                    .map(|(_, sums)| sums.csat_share().map(|share| share * 100.0))
                    .collect(),
            }],
            shape: Shape::Lines,
            words: percents,
            steps: Steps::Percent,
            csv: Some(self.csv("days")),
        }
    }
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
