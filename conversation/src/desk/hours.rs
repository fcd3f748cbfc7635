//! Business hours: spans of the week in a time zone, and days that are closed.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::rules::timed;
use super::{from_json, name, to_json};
use crate::audit;
use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::store::Store;
use crate::types::{Actor, Language, Millis};

/// From and to, in minutes after midnight; `to` is excluded and at most 1440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The first minute.
    pub from: u16,
    /// The minute behind the last.
    pub to: u16,
}

/// The most days that are closed.
const MOST_HOLIDAYS: usize = 1_000;

/// A day that is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    /// The day.
    pub date: Date,
    /// What it is called; may be empty.
    pub name: String,
}

/// When the business works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Schedule {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// An IANA time zone, such as `America/Sao_Paulo`.
    pub time_zone: String,
    /// Seven lists of spans, Monday first.
    pub week: Vec<Vec<Span>>,
    /// Days that are closed.
    pub holidays: Vec<Holiday>,
}

impl Schedule {
    pub(crate) fn zone(&self) -> TimeZone {
        // Checked when it was written; a zone that this program does not know is UTC.
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    pub(crate) fn spans(&self, date: Date) -> &[Span] {
        if self.holidays.iter().any(|holiday| holiday.date == date) {
            return &[];
        }
        let day = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
        self.week.get(day).map_or(&[], Vec::as_slice)
    }

    /// Whether the business works at this moment.
    pub fn is_open(&self, at: Millis) -> bool {
        let Ok(moment) = Timestamp::from_millisecond(at) else {
            return false;
        };
        let local = moment.to_zoned(self.zone());
        let minute = u16::try_from(local.hour()).unwrap_or(0) * 60 + u16::try_from(local.minute()).unwrap_or(0);
        self.spans(local.date())
            .iter()
            .any(|span| (span.from..span.to).contains(&minute))
    }

    /// When it opens next, after this moment; `None` when it does not within a year.
    pub fn opens_after(&self, at: Millis) -> Option<Millis> {
        if self.week.iter().all(Vec::is_empty) {
            return None;
        }
        let zone = self.zone();
        let mut date = Timestamp::from_millisecond(at).ok()?.to_zoned(zone.clone()).date();
        for _ in 0..370 {
            for span in self.spans(date) {
                let time = jiff::civil::Time::new(
                    i8::try_from(span.from / 60).ok()?,
                    i8::try_from(span.from % 60).ok()?,
                    0,
                    0,
                )
                .ok()?;
                let opens = date
                    .to_datetime(time)
                    .to_zoned(zone.clone())
                    .ok()?
                    .timestamp()
                    .as_millisecond();
                if opens > at {
                    return Some(opens);
                }
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }

    /// When it opens next, as a customer reads it: the day and the time.
    pub fn opens_in_words(&self, at: Millis, language: Language) -> Option<String> {
        let opens = self.opens_after(at)?;
        let zone = self.zone();
        let now = Timestamp::from_millisecond(at).ok()?.to_zoned(zone.clone()).date();
        let local = Timestamp::from_millisecond(opens).ok()?.to_zoned(zone);
        let days = now.until(local.date()).ok()?.get_days();
        let day = match days {
            0 => String::new(),
            1..=6 => format!("{} ", weekday(local.weekday(), language)),
            _ if language == Language::En => format!("{} ", local.strftime("%Y-%m-%d")),
            _ => format!("{} ", local.strftime("%d/%m/%Y")),
        };
        Some(format!("{day}{}", local.strftime("%H:%M")))
    }
}

fn weekday(day: Weekday, language: Language) -> &'static str {
    const NAMES: [[&str; 3]; 7] = [
        ["Monday", "lunes", "segunda-feira"],
        ["Tuesday", "martes", "terça-feira"],
        ["Wednesday", "miércoles", "quarta-feira"],
        ["Thursday", "jueves", "quinta-feira"],
        ["Friday", "viernes", "sexta-feira"],
        ["Saturday", "sábado", "sábado"],
        ["Sunday", "domingo", "domingo"],
    ];
    let row = NAMES[usize::try_from(day.to_monday_zero_offset()).unwrap_or(0) % 7];
    match language {
        Language::En => row[0],
        Language::Es => row[1],
        Language::Pt => row[2],
    }
}

/// Reads `09:00-12:00, 13:00-18:00`; nothing is a day that is closed.
///
/// # Errors
/// [`Error::Invalid`] names the part that is no span.
pub fn read_spans(text: &str) -> Result<Vec<Span>> {
    let mut spans = Vec::new();
    for part in text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
        let wrong = || Error::Invalid(format!("hours: `{part}` is not a span such as 09:00-18:00"));
        let (from, to) = part.split_once(['-', '–']).ok_or_else(wrong)?;
        let span = Span {
            from: minutes(from).ok_or_else(wrong)?,
            to: minutes(to).ok_or_else(wrong)?,
        };
        if span.from >= span.to {
            return Err(wrong());
        }
        spans.push(span);
    }
    spans.sort_unstable();
    if spans.len() > 12 || spans.windows(2).any(|pair| pair[0].to > pair[1].from) {
        return Err(Error::Invalid(format!("hours: the spans of `{text}` overlap")));
    }
    Ok(spans)
}

fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour * 60 + minute <= 1440).then_some(hour * 60 + minute)
}

/// Writes what [`read_spans`] reads.
pub fn write_spans(spans: &[Span]) -> String {
    let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let parts: Vec<String> = spans
        .iter()
        .map(|span| format!("{}-{}", time(span.from), time(span.to)))
        .collect();
    parts.join(", ")
}

/// Reads one day a line: `2026-12-25 Christmas`.
///
/// # Errors
/// [`Error::Invalid`] names the line that begins with no date.
pub fn read_holidays(text: &str) -> Result<Vec<Holiday>> {
    let mut days = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (date, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let date: Date = date.parse().map_err(|_| {
            Error::Invalid(format!(
                "holidays: `{line}` does not begin with a date such as 2026-12-25"
            ))
        })?;
        days.push(Holiday {
            date,
            name: name.trim().chars().take(80).collect(),
        });
    }
    days.sort_by_key(|day| day.date);
    days.dedup_by_key(|day| day.date);
    if days.len() > 1_000 {
        return Err(Error::Invalid("holidays: at most 1000 days".to_owned()));
    }
    Ok(days)
}

type Row = (String, String, String, String, String);

fn from_row((id, name, time_zone, week, holidays): Row) -> Result<Schedule> {
    let what = format!("schedule {id}");
    Ok(Schedule {
        week: from_json(&what, &week)?,
        holidays: from_json(&what, &holidays)?,
        id,
        name,
        time_zone,
    })
}

/// All schedules, by name.
pub async fn list(on: impl On) -> Result<Vec<Schedule>> {
    let rows: Vec<Row> = sql("SELECT id, name, time_zone, week, holidays FROM schedules ORDER BY name, id")
        .all(on)
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// One by id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &str) -> Result<Schedule> {
    let row: Option<Row> = sql("SELECT id, name, time_zone, week, holidays FROM schedules WHERE id = $1")
        .bind(id)
        .optional(on)
        .await?;
    row.map_or(Err(Error::NotFound), from_row)
}

/// Keeps a schedule; one without an id is new.
///
/// # Errors
/// [`Error::Invalid`] for a time zone that is not known or a week that has not seven days;
/// [`Error::Conflict`] when the name is taken; [`Error::NotFound`].
pub async fn save(store: &Store, actor: &Actor, schedule: Schedule) -> Result<Schedule> {
    let called = name("name", &schedule.name, 80)?;
    let time_zone = schedule.time_zone.trim().to_owned();
    if TimeZone::get(&time_zone).is_err() {
        return Err(Error::Invalid(format!(
            "time_zone: `{time_zone}` is not a time zone such as America/Sao_Paulo"
        )));
    }
    if schedule.week.len() != 7 {
        return Err(Error::Invalid("week: seven days, Monday first".to_owned()));
    }
    let is_odd = |day: &Vec<Span>| {
        day.iter().any(|span| span.from >= span.to || span.to > 1_440)
            || day.windows(2).any(|pair| pair[1].from < pair[0].to)
    };
    if schedule.week.iter().any(is_odd) {
        return Err(Error::Invalid(
            "week: hours of a day follow each other and end by 24:00".to_owned(),
        ));
    }
    if schedule.holidays.len() > MOST_HOLIDAYS {
        return Err(Error::Invalid("holidays: at most 1000 days".to_owned()));
    }
    let mut tx = store.begin().await?;
    let now = tx.now();
    let id = if schedule.id.is_empty() {
        tx.env().ulid()
    } else {
        schedule.id.clone()
    };
    let other: Option<(String,)> = sql("SELECT id FROM schedules WHERE name = $1 AND id <> $2")
        .bind(&called)
        .bind(&id)
        .optional(&mut tx)
        .await?;
    if other.is_some() {
        return Err(Error::Conflict(format!("there is a schedule named `{called}` already")));
    }
    let query = if schedule.id.is_empty() {
        sql("INSERT INTO schedules (id, name, time_zone, week, holidays, updated_at) VALUES ($1, $2, $3, $4, $5, $6)")
    } else {
        sql("UPDATE schedules SET name = $2, time_zone = $3, week = $4, holidays = $5, updated_at = $6 WHERE id = $1")
    };
    let saved = query
        .bind(&id)
        .bind(&called)
        .bind(&time_zone)
        .bind(to_json(&schedule.week))
        .bind(to_json(&schedule.holidays))
        .bind(now)
        .run(&mut tx)
        .await?;
    if saved == 0 {
        return Err(Error::NotFound);
    }
    crate::sla::anew::set_anew(&mut tx).await?;
    timed::count_again_in(&mut tx).await?;
    audit::record(
        &mut tx,
        actor,
        "schedule.saved",
        &id,
        &serde_json::json!({ "name": called }),
    )
    .await?;
    tx.commit_silently().await?;
    load(store.db(), &id).await
}

/// Throws a schedule away; inboxes that kept it have none then.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(store: &Store, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    if sql("DELETE FROM schedules WHERE id = $1").bind(id).run(&mut tx).await? == 0 {
        return Err(Error::NotFound);
    }
    sql("UPDATE inbox_desks SET schedule_id = NULL WHERE schedule_id = $1")
        .bind(id)
        .run(&mut tx)
        .await?;
    timed::count_again_in(&mut tx).await?;
    audit::record(&mut tx, actor, "schedule.removed", id, &serde_json::json!({})).await?;
    tx.commit_silently().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office(zone: &str) -> Schedule {
        let day = read_spans("13:00-18:00, 09:00-12:00").unwrap();
        Schedule {
            id: String::new(),
            name: "Office".to_owned(),
            time_zone: zone.to_owned(),
            week: (0..7)
                .map(|index| if index < 5 { day.clone() } else { Vec::new() })
                .collect(),
            holidays: read_holidays("2026-01-06 Kings\n\n2026-12-25").unwrap(),
        }
    }

    fn at(text: &str) -> Millis {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn the_business_works_in_its_own_time_zone() {
        let office = office("America/Sao_Paulo");
        for (moment, is_open) in [
            ("2026-01-05T12:00:00Z", true),  // Monday 09:00
            ("2026-01-05T11:59:59Z", false), // 08:59
            ("2026-01-05T15:00:00Z", false), // 12:00, lunch
            ("2026-01-05T16:00:00Z", true),  // 13:00
            ("2026-01-05T21:00:00Z", false), // 18:00
            ("2026-01-06T13:00:00Z", false), // a holiday
            ("2026-01-10T13:00:00Z", false), // Saturday
        ] {
            assert_eq!(office.is_open(at(moment)), is_open, "{moment}");
        }
        for (moment, opens, words) in [
            ("2026-01-05T10:00:00Z", "2026-01-05T12:00:00Z", "09:00"),
            ("2026-01-05T15:00:00Z", "2026-01-05T16:00:00Z", "13:00"),
            // The holiday is passed over.
            ("2026-01-05T22:00:00Z", "2026-01-07T12:00:00Z", "quarta-feira 09:00"),
            ("2026-01-09T22:00:00Z", "2026-01-12T12:00:00Z", "segunda-feira 09:00"),
        ] {
            assert_eq!(office.opens_after(at(moment)), Some(at(opens)), "{moment}");
            assert_eq!(
                office.opens_in_words(at(moment), Language::Pt).as_deref(),
                Some(words),
                "{moment}"
            );
        }
    }

    #[test]
    fn the_clock_that_jumps_does_not_close_the_day() {
        let mut night = office("Europe/Lisbon");
        night.holidays = Vec::new();
        night.week = vec![read_spans("00:00-24:00").unwrap(); 7];
        // 2026-03-29, 01:00 becomes 02:00 there.
        for minute in (0..24 * 60).step_by(10) {
            let moment = at("2026-03-29T00:00:00Z") + minute * 60_000;
            assert!(night.is_open(moment), "{minute}");
        }
        let mut never = night.clone();
        never.week = vec![Vec::new(); 7];
        assert_eq!(never.opens_after(at("2026-03-29T00:00:00Z")), None);
    }

    #[test]
    fn spans_are_read_and_written() {
        for (text, written) in [
            ("", ""),
            ("9:00-18:00", "09:00-18:00"),
            ("13:00–18:30 ; 08:00-12:00", "08:00-12:00, 13:00-18:30"),
            ("00:00-24:00", "00:00-24:00"),
        ] {
            assert_eq!(write_spans(&read_spans(text).unwrap()), written, "{text}");
        }
        for wrong in [
            "9-18",
            "18:00-09:00",
            "09:00-25:00",
            "09:00-10:00, 09:30-11:00",
            "09:61-10:00",
            "x",
        ] {
            assert!(read_spans(wrong).is_err(), "{wrong}");
        }
        assert!(read_holidays("25/12/2026").is_err());
    }
}
