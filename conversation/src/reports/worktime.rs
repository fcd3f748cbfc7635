//! How much of a time lay within business hours.

use jiff::{Timestamp, ToSpan};

use crate::desk::hours::Schedule;
use crate::types::Millis;

/// Beyond so many days the weeks in between are counted whole and not day by day.
const MOST_DAYS: i32 = 800;

/// The milliseconds between two moments in which the business worked. Days of a clock that jumps have the
/// hours that they have.
pub fn open_between(schedule: &Schedule, from: Millis, to: Millis) -> Millis {
    let (Ok(begin), Ok(end)) = (Timestamp::from_millisecond(from), Timestamp::from_millisecond(to)) else {
        return 0;
    };
    if from >= to {
        return 0;
    }
    let zone = schedule.zone();
    let mut date = begin.to_zoned(zone.clone()).date();
    let last = end.to_zoned(zone.clone()).date();
    let mut open = 0;
    for _ in 0..MOST_DAYS {
        if date > last {
            break;
        }
        for span in schedule.spans(date) {
            let at = |minutes: u16| -> Option<Millis> {
                let (day, minutes) = if minutes >= 1440 {
                    (date.checked_add(1.day()).ok()?, 0)
                } else {
                    (date, minutes)
                };
                let time = day.at(i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0);
                Some(time.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond())
            };
            if let (Some(opens), Some(closes)) = (at(span.from), at(span.to)) {
                open += (closes.min(to) - opens.max(from)).max(0);
            }
        }
        match date.checked_add(1.day()) {
            Ok(next) => date = next,
            Err(_) => break,
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::hours::{read_holidays, read_spans};

    fn at(text: &str) -> Millis {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn office(zone: &str, spans: &str, days: usize) -> Schedule {
        Schedule {
            id: String::new(),
            name: "Office".to_owned(),
            time_zone: zone.to_owned(),
            week: (0..7)
                .map(|day| {
                    if day < days {
                        read_spans(spans).unwrap()
                    } else {
                        Vec::new()
                    }
                })
                .collect(),
            holidays: read_holidays("2026-01-06 Kings").unwrap(),
        }
    }

    #[test]
    fn only_hours_in_which_somebody_works_count() {
        let office = office("America/Sao_Paulo", "09:00-12:00, 13:00-18:00", 5);
        for (from, to, minutes) in [
            // Monday 09:00 to 10:30.
            ("2026-01-05T12:00:00Z", "2026-01-05T13:30:00Z", 90),
            // Over lunch.
            ("2026-01-05T14:30:00Z", "2026-01-05T16:30:00Z", 60),
            // Monday 17:00, the holiday, Wednesday 10:00.
            ("2026-01-05T20:00:00Z", "2026-01-07T13:00:00Z", 120),
            // Friday evening to Monday morning.
            ("2026-01-09T22:00:00Z", "2026-01-12T12:05:00Z", 5),
            ("2026-01-10T12:00:00Z", "2026-01-11T12:00:00Z", 0),
            ("2026-01-05T12:00:00Z", "2026-01-05T12:00:00Z", 0),
            ("2026-01-06T12:00:00Z", "2026-01-05T12:00:00Z", 0),
        ] {
            assert_eq!(open_between(&office, at(from), at(to)), minutes * 60_000, "{from} {to}");
        }
    }

    #[test]
    fn a_day_has_the_hours_that_its_clock_shows() {
        let always = |zone: &str| {
            let mut office = office(zone, "00:00-24:00", 7);
            office.holidays.clear();
            office
        };
        for (zone, from, to, hours) in [
            // Clocks go forward in Lisbon, and back in New York.
            ("Europe/Lisbon", "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z", 23),
            ("America/New_York", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", 25),
            (
                "America/Mexico_City",
                "2026-04-05T06:00:00Z",
                "2026-04-06T06:00:00Z",
                24,
            ),
            ("America/Sao_Paulo", "2026-11-01T03:00:00Z", "2026-11-02T03:00:00Z", 24),
        ] {
            assert_eq!(
                open_between(&always(zone), at(from), at(to)),
                hours * 3_600_000,
                "{zone}"
            );
        }
    }
}
