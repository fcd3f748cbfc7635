//! Calendar invitations (RFC 5545, 5546): what, when, where, who asks. The file stays with the mail;
//! this is what a person reads without opening it.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::email::cut::truncate;

/// How much of a calendar is read, in bytes.
const MAX_CALENDAR: usize = 512 * 1024;
/// The longest text of one field, in bytes.
const MAX_FIELD: usize = 2_000;

/// A meeting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Invitation {
    /// What the mail is to the meeting, in lower case: `request`, `reply`, `cancel`, `publish`, `counter`.
    pub method: String,
    /// What it is about.
    pub summary: String,
    /// When it begins: `2025-03-04T09:00`, or `2025-03-04` for whole days, in its own zone.
    pub start: Option<String>,
    /// When it ends, like `start`; the last day itself for whole days.
    pub end: Option<String>,
    /// The zone of both, as written; empty for none.
    pub zone: String,
    /// The begin as UTC milliseconds, where the zone is understood.
    pub start_at: Option<i64>,
    /// The end as UTC milliseconds.
    pub end_at: Option<i64>,
    /// Where.
    pub location: String,
    /// Who asks: a name or an address.
    pub organizer: String,
    /// What the answer says, in lower case: `accepted`, `declined`, `tentative`; empty in a request.
    pub answer: String,
    /// The description.
    pub description: String,
    /// How it is repeated, as written (`FREQ=WEEKLY;…`); empty for once.
    pub repeats: String,
}

/// One line of a calendar: its name, parameters and value.
struct Line<'a> {
    name: String,
    parameters: Vec<(String, String)>,
    value: &'a str,
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Option<Line<'a>> {
        let mut is_quoted = false;
        let colon = line.bytes().position(|b| {
            if b == b'"' {
                is_quoted = !is_quoted;
            }
            b == b':' && !is_quoted
        })?;
        let (head, value) = (&line[..colon], &line[colon + 1..]);
        let mut pieces = head.split(';');
        let name = pieces.next()?.trim().to_ascii_uppercase();
        let parameters = pieces
            .take(20)
            .filter_map(|piece| piece.split_once('='))
            .map(|(key, value)| (key.trim().to_ascii_uppercase(), value.trim_matches('"').to_owned()))
            .collect();
        Some(Line {
            name,
            parameters,
            value,
        })
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, v)| v.as_str())
    }

    fn text(&self) -> String {
        let mut out = String::new();
        let mut chars = truncate(self.value, MAX_FIELD).chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('n' | 'N') => out.push('\n'),
                    Some(c) => out.push(c),
                    None => {}
                },
                c if c.is_control() && c != '\t' => {}
                c => out.push(c),
            }
        }
        out.trim().to_owned()
    }
}

/// A zone's rule of its own: from that day of each year, that offset.
struct Rule {
    month: i8,
    /// The nth such weekday of the month; negative counts from its end.
    nth: i8,
    weekday: Option<Weekday>,
    day: i8,
    time: Time,
    offset: i32,
}

/// The first event of a calendar.
pub(super) fn read(text: &str) -> Option<Invitation> {
    let text = truncate(text, MAX_CALENDAR);
    // Long lines go on in lines that begin with white space.
    let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let mut found = Invitation::default();
    let mut zones: Vec<(String, Vec<Rule>)> = Vec::new();
    let mut inside: Vec<String> = Vec::new();
    let (mut start, mut end, mut length) = (None, None, None);
    let mut has_event = false;
    for line in unfolded.lines().filter_map(Line::read) {
        match (line.name.as_str(), inside.last().map(String::as_str)) {
            ("BEGIN", _) => {
                let what = line.value.trim().to_ascii_uppercase();
                if matches!(what.as_str(), "VEVENT" | "VTODO") {
                    if has_event {
                        break;
                    }
                    has_event = true;
                }
                if what == "VTIMEZONE" && zones.len() < 20 {
                    zones.push((String::new(), Vec::new()));
                }
                if matches!(what.as_str(), "STANDARD" | "DAYLIGHT")
                    && let Some((_, rules)) = zones.last_mut()
                    && rules.len() < 100
                {
                    rules.push(Rule {
                        month: 1,
                        nth: 0,
                        weekday: None,
                        day: 1,
                        time: Time::midnight(),
                        offset: 0,
                    });
                }
                if inside.len() < 10 {
                    inside.push(what);
                }
            }
            ("END", _) => {
                inside.pop();
            }
            ("METHOD", _) => found.method = line.text().to_ascii_lowercase(),
            ("TZID", Some("VTIMEZONE")) => {
                if let Some((name, _)) = zones.last_mut() {
                    *name = line.text();
                }
            }
            (_, Some("STANDARD" | "DAYLIGHT")) => {
                if let Some(rule) = zones.last_mut().and_then(|(_, rules)| rules.last_mut()) {
                    zone_line(rule, &line);
                }
            }
            (name, Some("VEVENT" | "VTODO")) => match name {
                "SUMMARY" => found.summary = line.text(),
                "LOCATION" => found.location = line.text(),
                "DESCRIPTION" => found.description = line.text(),
                "RRULE" => found.repeats = line.text(),
                "ORGANIZER" => found.organizer = person(&line),
                "ATTENDEE" if found.method == "reply" => {
                    let answer = line.parameter("PARTSTAT").unwrap_or_default().to_ascii_lowercase();
                    if matches!(answer.as_str(), "accepted" | "declined" | "tentative") {
                        found.answer = answer;
                    }
                }
                "STATUS" if line.value.trim().eq_ignore_ascii_case("cancelled") && found.method.is_empty() => {
                    found.method = "cancel".to_owned();
                }
                "DTSTART" => start = moment(&line),
                "DTEND" | "DUE" => end = moment(&line),
                "DURATION" => length = duration(line.value.trim()),
                _ => {}
            },
            _ => {}
        }
    }
    if !has_event {
        return None;
    }
    place_in_time(&mut found, start, end, length, &zones);
    Some(found)
}

impl Invitation {
    /// The invitation as plain lines, in no language: for mails that have no other text.
    pub(super) fn as_text(&self) -> String {
        let show = |at: &str| at.replacen('T', " ", 1);
        let mut when = self.start.as_deref().map(show).unwrap_or_default();
        if let Some(end) = self.end.as_deref().filter(|end| Some(*end) != self.start.as_deref()) {
            let end = show(end);
            let same_day = when.get(..10).is_some_and(|day| end.starts_with(day)) && end.len() > 10;
            when = format!("{when} – {}", if same_day { &end[11..] } else { &end });
        }
        if !self.zone.is_empty() {
            when = format!("{when} ({})", self.zone);
        }
        let all = [&self.summary, &when, &self.location, &self.organizer, &self.description];
        let lines: Vec<&str> = all
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty())
            .collect();
        lines.join("\n")
    }
}

fn person(line: &Line<'_>) -> String {
    let address = line.value.trim();
    let address = address
        .get(..7)
        .filter(|s| s.eq_ignore_ascii_case("mailto:"))
        .map_or(address, |_| &address[7..]);
    match line
        .parameter("CN")
        .map(str::trim)
        .filter(|name| !name.is_empty() && *name != address)
    {
        Some(name) if address.contains('@') => truncate(&format!("{name} <{address}>"), 300).to_owned(),
        Some(name) => truncate(name, 300).to_owned(),
        None => truncate(address, 300).to_owned(),
    }
}

/// A moment as written: on the clock of a zone, in UTC, or a whole day.
#[derive(Clone)]
struct Moment {
    at: DateTime,
    is_day: bool,
    is_utc: bool,
    zone: String,
}

fn moment(line: &Line<'_>) -> Option<Moment> {
    let value = line.value.trim();
    let digits = |from: usize, to: usize| value.get(from..to).and_then(|text| text.parse::<i16>().ok());
    let small = |from: usize| digits(from, from + 2).and_then(|n| i8::try_from(n).ok());
    let date = Date::new(digits(0, 4)?, small(4)?, small(6)?).ok()?;
    let has_time = value.as_bytes().get(8) == Some(&b'T');
    let time = if has_time {
        // A leap second is the second before it.
        Time::new(small(9)?, small(11)?, small(13).unwrap_or(0).min(59), 0).ok()?
    } else {
        Time::midnight()
    };
    Some(Moment {
        at: date.to_datetime(time),
        is_day: !has_time,
        is_utc: has_time && value.ends_with('Z'),
        zone: line.parameter("TZID").unwrap_or_default().to_owned(),
    })
}

/// RFC 5545, 3.3.6, in seconds.
fn duration(value: &str) -> Option<i64> {
    let mut total = 0i64;
    let mut number = 0i64;
    for c in value.trim_start_matches(['+', '-']).strip_prefix('P')?.chars().take(40) {
        match c {
            '0'..='9' => number = number.checked_mul(10)?.checked_add(i64::from(c as u8 - b'0'))?,
            'T' => {}
            unit => {
                let seconds = match unit {
                    'W' => 604_800,
                    'D' => 86_400,
                    'H' => 3_600,
                    'M' => 60,
                    'S' => 1,
                    _ => return None,
                };
                total = total.checked_add(number.checked_mul(seconds)?)?;
                number = 0;
            }
        }
    }
    (total > 0 && total < 3_000_000_000).then_some(total)
}

fn zone_line(rule: &mut Rule, line: &Line<'_>) {
    match line.name.as_str() {
        "TZOFFSETTO" => {
            let value = line.value.trim();
            let number = |from: usize| {
                value
                    .get(from..from + 2)
                    .and_then(|n| n.parse::<i32>().ok())
                    .unwrap_or(0)
            };
            let seconds = number(1).clamp(0, 23) * 3_600 + number(3).clamp(0, 59) * 60;
            rule.offset = if value.starts_with('-') { -seconds } else { seconds };
        }
        "DTSTART" => {
            if let Some(moment) = moment(line) {
                rule.month = moment.at.month();
                rule.day = moment.at.day();
                rule.time = moment.at.time();
            }
        }
        "RRULE" => {
            for (key, value) in line.value.split(';').filter_map(|piece| piece.split_once('=')) {
                match key.trim() {
                    "BYMONTH" => {
                        rule.month = value
                            .trim()
                            .parse()
                            .ok()
                            .filter(|m| (1..=12).contains(m))
                            .unwrap_or(rule.month)
                    }
                    "BYDAY" => {
                        let value = value.trim();
                        let at = value.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0);
                        rule.nth = value[..at]
                            .parse()
                            .ok()
                            .filter(|n: &i8| (-5..=5).contains(n))
                            .unwrap_or(1);
                        rule.weekday = match &value[at..] {
                            "MO" => Some(Weekday::Monday),
                            "TU" => Some(Weekday::Tuesday),
                            "WE" => Some(Weekday::Wednesday),
                            "TH" => Some(Weekday::Thursday),
                            "FR" => Some(Weekday::Friday),
                            "SA" => Some(Weekday::Saturday),
                            "SU" => Some(Weekday::Sunday),
                            _ => None,
                        };
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// The offset that a zone of the calendar's own has at a time of its clock.
fn offset_at(rules: &[Rule], at: DateTime) -> Option<i32> {
    let begins = |rule: &Rule, year: i16| {
        let first = Date::new(year, rule.month, 1).ok()?;
        let day = match rule.weekday {
            Some(weekday) if rule.nth != 0 => first.nth_weekday_of_month(rule.nth, weekday).ok()?,
            _ => Date::new(year, rule.month, rule.day).ok()?,
        };
        Some(day.to_datetime(rule.time))
    };
    let year = at.year();
    rules
        .iter()
        .flat_map(|rule| [year.saturating_sub(1), year].map(|year| (begins(rule, year), rule.offset)))
        .filter_map(|(begins, offset)| Some((begins?, offset)))
        .filter(|(begins, _)| *begins <= at)
        .max_by_key(|(begins, _)| *begins)
        .map(|(_, offset)| offset)
        .or_else(|| rules.first().map(|rule| rule.offset))
}

fn timestamp(moment: &Moment, zones: &[(String, Vec<Rule>)]) -> Option<i64> {
    if moment.is_day {
        return None;
    }
    let zone = if moment.is_utc {
        TimeZone::UTC
    } else if let Some((_, rules)) = zones
        .iter()
        .find(|(name, rules)| *name == moment.zone && !rules.is_empty())
    {
        TimeZone::fixed(Offset::from_seconds(offset_at(rules, moment.at)?).ok()?)
    } else {
        TimeZone::get(&moment.zone).ok()?
    };
    let at: Timestamp = zone.to_ambiguous_timestamp(moment.at).compatible().ok()?;
    Some(at.as_millisecond())
}

fn place_in_time(
    found: &mut Invitation,
    start: Option<Moment>,
    end: Option<Moment>,
    length: Option<i64>,
    zones: &[(String, Vec<Rule>)],
) {
    let Some(start) = start else { return };
    let written = |moment: &Moment| {
        if moment.is_day {
            moment.at.date().to_string()
        } else {
            format!("{}T{:02}:{:02}", moment.at.date(), moment.at.hour(), moment.at.minute())
        }
    };
    let end = end.or_else(|| {
        let at = start.at.checked_add(SignedDuration::from_secs(length?)).ok()?;
        Some(Moment { at, ..start.clone() })
    });
    found.zone = if start.is_utc {
        "UTC".to_owned()
    } else {
        truncate(&start.zone, 100).to_owned()
    };
    found.start = Some(written(&start));
    found.start_at = timestamp(&start, zones);
    if let Some(mut end) = end {
        found.end_at = timestamp(&end, zones);
        if end.is_day {
            // Written is the first day after it.
            end.at = day_before(end.at, start.at);
        }
        found.end = Some(written(&end));
    }
}

/// The last of whole days, of which the day after is written.
fn day_before(end: DateTime, first: DateTime) -> DateTime {
    match end.checked_sub(SignedDuration::from_hours(24)) {
        Ok(before) if before >= first => before,
        _ => first,
    }
}

#[cfg(test)]
mod tests;
