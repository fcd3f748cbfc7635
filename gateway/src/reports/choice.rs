//! Which days, and what against.

use conversation::reports::Dimension;
use conversation::types::Millis;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

/// The longest report, in days.
const MOST_DAYS: i64 = 1_100;

/// What an address asks for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Choice {
    pub(crate) period: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) times: String,
    pub(crate) by: String,
    /// Which table, for the file.
    pub(crate) table: String,
}

/// Days, and the same number of days before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) before_from: Date,
    pub(crate) before_to: Date,
}

impl Period {
    /// These days, both included, and as many before them.
    pub(crate) fn of(from: Date, to: Date) -> Period {
        let days = days_between(from, to) + 1;
        Period {
            from,
            to,
            before_from: from.saturating_sub(days.days()),
            before_to: from.saturating_sub(1.day()),
        }
    }

    /// How many days.
    pub(crate) fn days(&self) -> i64 {
        days_between(self.from, self.to) + 1
    }

    /// The day, week or month that a day is drawn in: its first day.
    pub(crate) fn slot(&self, day: Date) -> Date {
        match self.days() {
            ..=92 => day,
            93..=400 => {
                let since = i64::from(day.weekday().since(Weekday::Monday));
                day.saturating_sub(since.days()).max(self.from)
            }
            _ => day.first_of_month().max(self.from),
        }
    }

    /// The first days of everything that is drawn, in order.
    pub(crate) fn slots(&self) -> Vec<Date> {
        let mut slots: Vec<Date> = self.each_day().map(|day| self.slot(day)).collect();
        slots.dedup();
        slots
    }

    /// Every day.
    pub(crate) fn each_day(&self) -> impl Iterator<Item = Date> + use<> {
        let (from, to) = (self.from, self.to);
        (0..)
            .map_while(move |ahead: i64| from.checked_add(ahead.days()).ok())
            .take_while(move |day| *day <= to)
    }
}

fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// The day of a moment.
pub(crate) fn today(now: Millis, zone: &TimeZone) -> Date {
    Timestamp::from_millisecond(now)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(zone.clone())
        .date()
}

impl Choice {
    /// The days that are asked for; `Err` has those that are shown instead of days that make no sense.
    pub(crate) fn period(&self, now: Millis, zone: &TimeZone) -> Result<Period, Period> {
        let today = today(now, zone);
        let last = |days: i64| Period::of(today.saturating_sub((days - 1).days()), today);
        Ok(match self.period.as_str() {
            "7d" => last(7),
            "90d" => last(90),
            "365d" => last(365),
            "month" => Period::of(today.first_of_month(), today),
            "last-month" => {
                let to = today.first_of_month().saturating_sub(1.day());
                Period::of(to.first_of_month(), to)
            }
            "custom" => {
                let days = (self.from.parse::<Date>(), self.to.parse::<Date>());
                match days {
                    (Ok(from), Ok(to))
                        if from <= to
                            && days_between(from, to) < MOST_DAYS
                            && from.year() >= 2000
                            && to.year() < 9000 =>
                    {
                        Period::of(from, to)
                    }
                    _ => return Err(last(30)),
                }
            }
            _ => last(30),
        })
    }

    /// The chosen period's name.
    pub(crate) fn name(&self) -> &str {
        match self.period.as_str() {
            known @ ("7d" | "90d" | "365d" | "month" | "last-month" | "custom") => known,
            _ => "30d",
        }
    }

    pub(crate) fn is_work_time(&self) -> bool {
        self.times == "work"
    }

    /// What the table is broken down by.
    pub(crate) fn dimension(&self) -> Dimension {
        Dimension::from_text(&self.by)
            .filter(|by| *by != Dimension::All)
            .unwrap_or(Dimension::Channel)
    }

    /// As an address says it, for the files.
    pub(crate) fn query(&self, table: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("table", table).append_pair("period", self.name());
        if self.name() == "custom" {
            query.append_pair("from", &self.from).append_pair("to", &self.to);
        }
        query.append_pair("times", if self.is_work_time() { "work" } else { "calendar" });
        query.append_pair("by", self.dimension().as_str());
        query.finish()
    }
}
