//! Time as the business works: how much of it lies between two moments, and when so much of it is
//! over. Pure; a schedule's time zone decides what a day is, so a day on which clocks change is as long
//! as it really was.

use std::collections::HashSet;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::desk::hours::{Schedule, Span};
use crate::types::Millis;

/// How far ahead is looked, in days: what is not over in five years is never.
const FARTHEST: usize = 5 * 366;
/// How many days between two moments are counted one by one.
const LONGEST: usize = 20 * 366;

/// A schedule, ready for counting.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: TimeZone,
    week: Vec<Vec<Span>>,
    closed: HashSet<Date>,
}

impl Calendar {
    /// Of a schedule.
    pub fn of(schedule: &Schedule) -> Calendar {
        Calendar {
            zone: schedule.zone(),
            week: schedule.week.clone(),
            closed: schedule.holidays.iter().map(|holiday| holiday.date).collect(),
        }
    }

    fn opens_ever(&self) -> bool {
        self.week.iter().any(|day| !day.is_empty())
    }

    fn date(&self, at: Millis) -> Option<Date> {
        Some(Timestamp::from_millisecond(at).ok()?.to_zoned(self.zone.clone()).date())
    }

    /// The moment of a minute of a day; where clocks were set forward over it, the first one after.
    fn moment(&self, date: Date, minute: u16) -> Option<Millis> {
        let (date, minute) = match minute {
            1440.. => (date.checked_add(1.day()).ok()?, 0),
            minute => (date, minute),
        };
        let time = Time::new(i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?, 0, 0).ok()?;
        let zoned = date.to_datetime(time).to_zoned(self.zone.clone()).ok()?;
        Some(zoned.timestamp().as_millisecond())
    }

    /// The open spans of a day, in moments.
    fn spans(&self, date: Date) -> Vec<(Millis, Millis)> {
        if self.closed.contains(&date) {
            return Vec::new();
        }
        let day = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
        let spans = self.week.get(day).map_or(&[][..], Vec::as_slice);
        spans
            .iter()
            .filter_map(|span| Some((self.moment(date, span.from)?, self.moment(date, span.to)?)))
            .filter(|(from, to)| from < to)
            .collect()
    }

    /// How much business time lies between two moments, in milliseconds.
    pub fn between(&self, from: Millis, to: Millis) -> Millis {
        if from >= to || !self.opens_ever() {
            return 0;
        }
        let Some(mut date) = self.date(from) else {
            return 0;
        };
        let mut sum = 0;
        for _ in 0..LONGEST {
            if self.moment(date, 0).is_none_or(|begins| begins >= to) {
                break;
            }
            for (opens, closes) in self.spans(date) {
                sum += (closes.min(to) - opens.max(from)).max(0);
            }
            match date.checked_add(1.day()) {
                Ok(next) => date = next,
                Err(_) => break,
            }
        }
        sum
    }

    /// When so much business time is over, counted from a moment; `None` when it never is.
    pub fn after(&self, from: Millis, time: Millis) -> Option<Millis> {
        if !self.opens_ever() {
            return None;
        }
        let mut left = time.max(0);
        let mut date = self.date(from)?;
        for _ in 0..FARTHEST {
            for (opens, closes) in self.spans(date) {
                let begins = opens.max(from);
                let has = closes - begins;
                if has <= 0 {
                    continue;
                }
                if left <= has {
                    return Some(begins + left);
                }
                left -= has;
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }
}

/// As [`Calendar::between`]; without a calendar every minute counts.
pub fn between(calendar: Option<&Calendar>, from: Millis, to: Millis) -> Millis {
    calendar.map_or((to - from).max(0), |calendar| calendar.between(from, to))
}

/// As [`Calendar::after`]; without a calendar every minute counts.
pub fn after(calendar: Option<&Calendar>, from: Millis, time: Millis) -> Option<Millis> {
    match calendar {
        Some(calendar) => calendar.after(from, time),
        None => Some(from.saturating_add(time.max(0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::hours::{read_holidays, read_spans};

    fn calendar(zone: &str, week: [&str; 7], holidays: &str) -> Calendar {
        Calendar::of(&Schedule {
            id: String::new(),
            name: String::new(),
            time_zone: zone.to_owned(),
            week: week.iter().map(|day| read_spans(day).unwrap()).collect(),
            holidays: read_holidays(holidays).unwrap(),
        })
    }

    fn at(text: &str) -> Millis {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    const OFFICE: [&str; 7] = [
        "09:00-18:00",
        "09:00-18:00",
        "09:00-18:00",
        "09:00-18:00",
        "09:00-18:00",
        "",
        "",
    ];
    const NIGHT: [&str; 7] = ["00:00-06:00"; 7];
    const ALWAYS: [&str; 7] = ["00:00-24:00"; 7];

    #[test]
    fn business_time_is_counted_in_every_zone() {
        let minutes = |count: i64| count * 60_000;
        let sao = "America/Sao_Paulo";
        let (mexico, lisbon, york) = ("America/Mexico_City", "Europe/Lisbon", "America/New_York");
        // Zone, week, holidays, from, minutes of business time, when they are over.
        let table = [
            // Friday 17:30 and an hour: over on Monday at 9:30 (São Paulo is three hours behind UTC).
            (sao, OFFICE, "", "2026-01-09T20:30:00Z", 60, "2026-01-12T12:30:00Z"),
            // Exactly until closing time.
            (sao, OFFICE, "", "2026-01-09T20:30:00Z", 30, "2026-01-09T21:00:00Z"),
            // Carnival Monday and Tuesday are holidays.
            (
                sao,
                OFFICE,
                "2026-02-16\n2026-02-17",
                "2026-02-13T20:00:00Z",
                120,
                "2026-02-18T13:00:00Z",
            ),
            // 2018-11-04: clocks went from midnight to one; the night shift had five hours.
            (sao, NIGHT, "", "2018-11-04T03:00:00Z", 300, "2018-11-04T08:00:00Z"),
            (sao, NIGHT, "", "2018-11-03T03:00:00Z", 360, "2018-11-03T09:00:00Z"),
            // Clocks changed over the weekend of 2018-11-04: nine o'clock is an hour earlier after it.
            (sao, OFFICE, "", "2018-11-02T20:30:00Z", 60, "2018-11-05T11:30:00Z"),
            // Mexico City: summer time in 2022, never again since.
            (mexico, OFFICE, "", "2022-04-01T23:30:00Z", 60, "2022-04-04T14:30:00Z"),
            (mexico, OFFICE, "", "2026-04-03T23:30:00Z", 60, "2026-04-06T15:30:00Z"),
            // Lisbon: the last Sunday of March, and the last of October, which had 25 hours.
            (lisbon, OFFICE, "", "2026-03-27T17:30:00Z", 60, "2026-03-30T08:30:00Z"),
            (
                lisbon,
                ALWAYS,
                "",
                "2026-10-24T23:00:00Z",
                25 * 60,
                "2026-10-26T00:00:00Z",
            ),
            (
                lisbon,
                ALWAYS,
                "",
                "2026-03-29T00:00:00Z",
                23 * 60,
                "2026-03-29T23:00:00Z",
            ),
            (
                lisbon,
                OFFICE,
                "2026-12-25\n2026-12-08",
                "2026-12-24T17:00:00Z",
                120,
                "2026-12-28T10:00:00Z",
            ),
            // New York: clocks go forward at two on 2026-03-08, so the night shift has five hours, and
            // back at two on 2026-11-01, so it has seven.
            (york, NIGHT, "", "2026-03-08T05:00:00Z", 300, "2026-03-08T10:00:00Z"),
            (york, NIGHT, "", "2026-03-08T05:00:00Z", 301, "2026-03-09T04:01:00Z"),
            (york, NIGHT, "", "2026-11-01T04:00:00Z", 420, "2026-11-01T11:00:00Z"),
            (york, NIGHT, "", "2026-11-01T04:00:00Z", 421, "2026-11-02T05:01:00Z"),
            (
                york,
                OFFICE,
                "2026-07-03",
                "2026-07-02T21:00:00Z",
                120,
                "2026-07-06T14:00:00Z",
            ),
            // From within a closed time: it begins when the business opens.
            (york, OFFICE, "", "2026-07-04T15:00:00Z", 0, "2026-07-06T13:00:00Z"),
        ];
        for (zone, week, holidays, from, time, over) in table {
            let calendar = calendar(zone, week, holidays);
            let what = format!("{zone} {from} + {time} min");
            let found = calendar.after(at(from), minutes(time)).expect(&what);
            assert_eq!(Timestamp::from_millisecond(found).unwrap().to_string(), over, "{what}");
            assert_eq!(calendar.between(at(from), found), minutes(time), "{what}: counted back");
        }
    }

    #[test]
    fn what_never_opens_never_ends_and_costs_nothing() {
        let never = calendar("Europe/Lisbon", [""; 7], "");
        assert_eq!(never.after(0, 1), None);
        assert_eq!(never.between(0, i64::MAX / 2), 0);
        // Open on paper only: a thousand holidays.
        let days: Vec<String> = (0..1000)
            .map(|day| Date::constant(2026, 1, 1).checked_add(day.days()).unwrap().to_string())
            .collect();
        let closed = calendar("Europe/Lisbon", OFFICE, &days.join("\n"));
        assert_eq!(
            closed.between(at("2026-01-01T00:00:00Z"), at("2028-09-01T00:00:00Z")),
            0
        );
        assert!(
            closed.after(at("2026-01-01T00:00:00Z"), 60_000).is_some(),
            "it opens after them"
        );
        let little = calendar("Europe/Lisbon", ["09:00-09:01", "", "", "", "", "", ""], "");
        assert_eq!(
            little.after(at("2026-01-01T00:00:00Z"), 90 * 24 * 3_600_000),
            None,
            "not within five years"
        );
    }

    #[test]
    fn parts_add_up() {
        let calendar = calendar("America/New_York", OFFICE, "2026-11-26");
        let (from, to) = (at("2026-10-28T00:00:00Z"), at("2026-11-30T00:00:00Z"));
        let whole = calendar.between(from, to);
        let mut sum = 0;
        let mut here = from;
        while here < to {
            let next = (here + 7_777_777).min(to);
            sum += calendar.between(here, next);
            here = next;
        }
        assert_eq!(sum, whole);
    }
}
