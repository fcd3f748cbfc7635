//! The same sums by month: a long report reads whole months, and single days only where a month begins or ends
//! within it.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::facts::Place;
use super::{COLUMNS, Sums};
use crate::db::{On, Value, composed_sql, sql};
use crate::error::Result;
use crate::store::Tx;

/// Days from one to another, both included, as they are written in the tables.
type Days = (String, String);

/// What together makes a span of days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Parts {
    /// Whole months, from the first to the last.
    months: Option<(String, String)>,
    /// Days beside them.
    more: Option<Days>,
    /// Days of these months that are not meant.
    less: Vec<Days>,
}

fn month_of(day: Date) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// Days of one month by their numbers; `None` when there is none.
fn days_of(month: Date, from: i8, to: i8) -> Option<Days> {
    let day = |number: i8| format!("{}-{number:02}", month_of(month));
    (from <= to).then(|| (day(from), day(to)))
}

impl Parts {
    /// What makes `from` to `to`.
    pub(super) async fn of(on: impl On, from: &str, to: &str) -> Result<Parts> {
        Ok(if are_kept(on).await? {
            Parts::span(from, to)
        } else {
            Parts::days(from, to)
        })
    }

    /// What makes everything before a day.
    pub(super) async fn before(on: impl On, day: &str) -> Result<Parts> {
        let Ok(day) = day.parse::<Date>() else {
            return Ok(Parts::days("", ""));
        };
        Ok(if are_kept(on).await? {
            Parts::until(day)
        } else {
            Parts::days("", &day.saturating_sub(1.day()).to_string())
        })
    }

    /// Only days.
    fn days(from: &str, to: &str) -> Parts {
        Parts {
            more: Some((from.to_owned(), to.to_owned())),
            ..Parts::default()
        }
    }

    /// Few rows for `from` to `to`: of the first month its days or, when these are more, the month without the others.
    /// The last month is taken whole: mostly it is this one, whose other days are still to come.
    fn span(from: &str, to: &str) -> Parts {
        let (Ok(first), Ok(last)) = (from.parse::<Date>(), to.parse::<Date>()) else {
            return Parts::days(from, to);
        };
        if first > last {
            return Parts::days(from, to);
        }
        let (begins, has) = (first.day(), first.days_in_month());
        let is_one_month = month_of(first) == month_of(last);
        let ends = if is_one_month { last.day() } else { has };
        let is_first_whole = begins - 1 < ends - begins + 1;
        if is_one_month && !is_first_whole {
            return Parts::days(from, to);
        }
        let (begin, more, head) = if is_first_whole {
            (first, None, days_of(first, 1, begins - 1))
        } else {
            let next = first.last_of_month().tomorrow().unwrap_or(last);
            (next, days_of(first, begins, has), None)
        };
        let tail = days_of(last, last.day() + 1, last.days_in_month());
        Parts {
            months: Some((month_of(begin), month_of(last))),
            more,
            less: head.into_iter().chain(tail).collect(),
        }
    }

    /// Every month before that of a day, and the days before it.
    fn until(day: Date) -> Parts {
        Parts {
            // Texts sort as the months do: `2026-00` is behind December and before January.
            months: Some((String::new(), format!("{:04}-{:02}", day.year(), day.month() - 1))),
            more: days_of(day, 1, day.day() - 1),
            less: Vec::new(),
        }
    }

    /// A table of these columns, and its key, for a query whose `$1` is the dimension. `of_key` narrows the keys.
    pub(super) fn source(&self, columns: &[&str], of_key: &str, args: &mut Vec<Value>) -> String {
        let mut selects = Vec::new();
        let mut select = |table: &str, unit: &str, sign: &str, (from, to): &(String, String)| {
            args.extend([from.as_str().into(), to.as_str().into()]);
            let list: Vec<String> = columns.iter().map(|name| format!("{sign}{name} AS {name}")).collect();
            selects.push(format!(
                "SELECT key, {} FROM {table} WHERE dimension = $1 AND {of_key} AND {unit} BETWEEN ${} AND ${}",
                list.join(", "),
                args.len() - 1,
                args.len()
            ));
        };
        if let Some(months) = &self.months {
            select("report_months", "month", "", months);
        }
        if let Some(days) = &self.more {
            select("report_days", "day", "", days);
        }
        for days in &self.less {
            select("report_days", "day", "-", days);
        }
        format!("({}) AS parts", selects.join(" UNION ALL "))
    }
}

/// Whether the months are the sums of the days. They are not where a process of an earlier version counted last.
async fn are_kept(on: impl On) -> Result<bool> {
    let kept: Option<(String,)> = sql("SELECT id FROM report_state WHERE id = 'all' AND months_version = version")
        .optional(on)
        .await?;
    Ok(kept.is_some())
}

/// Sums all months from the days; once, after the version before counted.
pub(super) async fn fill(tx: &mut Tx) -> Result<()> {
    let sums: Vec<String> = COLUMNS
        .iter()
        .map(|name| format!("CAST(SUM({name}) AS BIGINT)"))
        .collect();
    sql("DELETE FROM report_months WHERE created = created")
        .run(&mut *tx)
        .await?;
    composed_sql(format!(
        "INSERT INTO report_months (dimension, month, key, {}) SELECT dimension, SUBSTR(day, 1, 7), key, {} FROM report_days GROUP BY 1, 2, 3",
        COLUMNS.join(", "),
        sums.join(", ")
    ))
    .run(tx)
    .await?;
    Ok(())
}

/// What was added to days, by their months.
pub(super) fn of_days(days: &BTreeMap<Place, Sums>) -> BTreeMap<Place, Sums> {
    let mut months: BTreeMap<Place, Sums> = BTreeMap::new();
    for ((dimension, day, key), sums) in days {
        let month = day.get(..7).unwrap_or(day).to_owned();
        months.entry((*dimension, month, key.clone())).or_default().add(sums, 1);
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(parts: &Parts) -> String {
        let span = |sign: &str, (from, to): &(String, String)| format!("{sign}{from}..{to}");
        let months = parts.months.iter().map(|months| span("", months));
        let more = parts.more.iter().map(|days| span("+", days));
        let less = parts.less.iter().map(|days| span("-", days));
        months.chain(more).chain(less).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_span_is_months_and_few_days() {
        for (from, to, wanted) in [
            ("2026-01-01", "2026-12-31", "2026-01..2026-12"),
            ("2026-02-01", "2026-02-28", "2026-02..2026-02"),
            (
                "2025-11-23",
                "2026-11-22",
                "2025-12..2026-11 +2025-11-23..2025-11-30 -2026-11-23..2026-11-30",
            ),
            ("2025-11-03", "2026-11-30", "2025-11..2026-11 -2025-11-01..2025-11-02"),
            ("2025-12-30", "2026-01-31", "2026-01..2026-01 +2025-12-30..2025-12-31"),
            (
                "2024-02-10",
                "2024-02-20",
                "2024-02..2024-02 -2024-02-01..2024-02-09 -2024-02-21..2024-02-29",
            ),
            ("2024-02-20", "2024-02-25", "+2024-02-20..2024-02-25"),
            ("2024-02-25", "2024-02-20", "+2024-02-25..2024-02-20"),
            ("0000-01-01", "9999-12-31", "0000-01..9999-12"),
            ("yesterday", "2024-02-20", "+yesterday..2024-02-20"),
        ] {
            assert_eq!(words(&Parts::span(from, to)), wanted, "{from} to {to}");
        }
        for (day, wanted) in [
            ("2026-03-01", "..2026-02"),
            ("2026-01-01", "..2026-00"),
            ("2026-01-15", "..2026-00 +2026-01-01..2026-01-14"),
        ] {
            assert_eq!(
                words(&Parts::until(day.parse().expect("a day"))),
                wanted,
                "before {day}"
            );
        }
    }
}
