//! Days: of the business's own calendar, as ISO texts, which sort.

use conversation::types::Millis;
use conversation::{Error, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The day of a moment in a time zone.
pub fn of(at: Millis, tz: &TimeZone) -> Date {
    Timestamp::from_millisecond(at)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(tz.clone())
        .date()
}

/// Reads `2026-01-31`; also `31/01/2026` and `31.01.2026`, where the day comes first.
///
/// # Errors
/// Says what was expected.
pub fn parse(text: &str) -> Result<Date> {
    let text = text.trim();
    let odd = || {
        Error::Invalid(format!(
            "`{}` is not a day such as 2026-01-31",
            text.chars().take(30).collect::<String>()
        ))
    };
    let day = match text.parse::<Date>() {
        Ok(day) => day,
        Err(_) => {
            let parts: Vec<&str> = text.split(['/', '.']).collect();
            let [day, month, year] = parts[..] else {
                return Err(odd());
            };
            if year.len() != 4 {
                return Err(odd());
            }
            let number = |text: &str| text.parse::<i8>().map_err(|_| odd());
            let year: i16 = year.parse().map_err(|_| odd())?;
            Date::new(year, number(month)?, number(day)?).map_err(|_| odd())?
        }
    };
    if (1970..=2200).contains(&day.year()) {
        Ok(day)
    } else {
        Err(odd())
    }
}

/// So many days later.
pub fn plus(day: Date, days: i64) -> Date {
    day.saturating_add(days.clamp(-40_000, 40_000).days())
}

/// How many days from one to the other.
pub fn between(from: Date, to: Date) -> i64 {
    i64::from((to - from).get_days())
}

/// Which period a recurring document is made in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seven days.
    Week,
    /// The same day of the month; the last one where a month is shorter.
    Month,
    /// The same day of the year.
    Year,
}

impl Unit {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Unit::Week => "week",
            Unit::Month => "month",
            Unit::Year => "year",
        }
    }

    /// Reads what [`Unit::as_str`] gave.
    ///
    /// # Errors
    /// For anything else.
    pub fn parse(text: &str) -> Result<Unit> {
        match text {
            "week" => Ok(Unit::Week),
            "month" => Ok(Unit::Month),
            "year" => Ok(Unit::Year),
            other => Err(Error::Invalid(format!(
                "`{other}` is not a period; expected week, month or year"
            ))),
        }
    }
}

/// The day of the `nth` period after the start, counted from the start each time, so that the 31st comes
/// back after a February.
pub fn nth(start: Date, every: i64, unit: Unit, nth: i64) -> Date {
    let count = every.clamp(1, 1_000).saturating_mul(nth.clamp(0, 10_000)).min(19_000);
    let span = match unit {
        Unit::Week => count.weeks(),
        Unit::Month => count.months(),
        Unit::Year => count.min(1_000).years(),
    };
    start.saturating_add(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_in_the_forms_that_files_hold() {
        for (text, day) in [
            ("2026-01-31", Some("2026-01-31")),
            (" 31/01/2026 ", Some("2026-01-31")),
            ("1.2.2026", Some("2026-02-01")),
            ("2026-02-30", None),
            ("31/13/2026", None),
            ("31/01/26", None),
            ("0001-01-01", None),
            ("tomorrow", None),
            ("", None),
        ] {
            assert_eq!(parse(text).ok().map(|day| day.to_string()).as_deref(), day, "{text}");
        }
    }

    #[test]
    fn the_end_of_the_month_stays_the_end() {
        let start: Date = "2026-01-31".parse().unwrap();
        for (every, unit, n, day) in [
            (1, Unit::Month, 1, "2026-02-28"),
            (1, Unit::Month, 2, "2026-03-31"),
            (1, Unit::Month, 25, "2028-02-29"),
            (3, Unit::Month, 1, "2026-04-30"),
            (2, Unit::Week, 1, "2026-02-14"),
            (1, Unit::Year, 1, "2027-01-31"),
        ] {
            assert_eq!(nth(start, every, unit, n).to_string(), day, "{every} {unit:?} {n}");
        }
        let leap: Date = "2028-02-29".parse().unwrap();
        assert_eq!(nth(leap, 1, Unit::Year, 1).to_string(), "2029-02-28");
        assert_eq!(nth(leap, 1, Unit::Year, 4).to_string(), "2032-02-29");
    }

    #[test]
    fn a_day_is_the_business_s() {
        let tz = TimeZone::get("America/Sao_Paulo").unwrap();
        // 2026-01-02T01:00Z is still the first in São Paulo.
        assert_eq!(of(1_767_315_600_000, &tz).to_string(), "2026-01-01");
    }
}
