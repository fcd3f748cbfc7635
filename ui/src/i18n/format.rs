//! Dates, times and numbers as the three languages write them.

use conversation::types::{Language, Millis};
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::{t, t_args};

const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;

fn zoned(at: Millis, tz: &TimeZone) -> jiff::Zoned {
    // Outside the years -9999 to 9999 there is no calendar; the epoch is as good as any mistake.
    Timestamp::from_millisecond(at)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(tz.clone())
}

fn month(lang: Language, number: i8) -> &'static str {
    const EN: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const ES: [&str; 12] = [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ];
    const PT: [&str; 12] = [
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ];
    let names = match lang {
        Language::En => &EN,
        Language::Es => &ES,
        Language::Pt => &PT,
    };
    names[usize::try_from(number - 1).unwrap_or(0).min(11)]
}

fn short_month(lang: Language, number: i8) -> &'static str {
    // All three shorten to three letters; none of these letters is longer than a byte.
    let name = month(lang, number);
    name.get(..3).unwrap_or(name)
}

fn weekday(lang: Language, day: Weekday) -> &'static str {
    const EN: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    const ES: [&str; 7] = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"];
    const PT: [&str; 7] = [
        "segunda-feira",
        "terça-feira",
        "quarta-feira",
        "quinta-feira",
        "sexta-feira",
        "sábado",
        "domingo",
    ];
    let names = match lang {
        Language::En => &EN,
        Language::Es => &ES,
        Language::Pt => &PT,
    };
    names[usize::try_from(day.to_monday_zero_offset()).unwrap_or(0).min(6)]
}

fn short_weekday(lang: Language, day: Weekday) -> String {
    weekday(lang, day).chars().take(3).collect()
}

fn long_date(lang: Language, date: Date, with_year: bool) -> String {
    let (day, name) = (date.day(), month(lang, date.month()));
    match (lang, with_year) {
        (Language::En, true) => format!("{day} {name} {}", date.year()),
        (Language::En, false) => format!("{day} {name}"),
        (_, true) => format!("{day} de {name} de {}", date.year()),
        (_, false) => format!("{day} de {name}"),
    }
}

/// `14:05`.
pub fn time(at: Millis, tz: &TimeZone) -> String {
    zoned(at, tz).strftime("%H:%M").to_string()
}

/// `3 November 2026`, `3 de novembro de 2026`.
pub fn date(lang: Language, at: Millis, tz: &TimeZone) -> String {
    long_date(lang, zoned(at, tz).date(), true)
}

/// A day (`2026-11-03`) as people write it; what is none stays as it is.
pub fn day(lang: Language, iso: &str) -> String {
    // A number of eight digits would be read as a day, too.
    let day = Some(iso).filter(|iso| iso.len() == "2026-11-03".len() && iso.contains('-'));
    match day.and_then(|iso| iso.parse::<Date>().ok()) {
        Some(day) => long_date(lang, day, true),
        None => iso.to_owned(),
    }
}

/// `3 November 2026, 14:05`.
pub fn date_time(lang: Language, at: Millis, tz: &TimeZone) -> String {
    format!("{}, {}", date(lang, at, tz), time(at, tz))
}

/// RFC 3339 in UTC, for `<time datetime>`.
pub fn iso(at: Millis) -> String {
    Timestamp::from_millisecond(at)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_string()
}

/// The line between two days of a timeline: `Today`, `Yesterday`, `Monday, 3 November`; with the
/// year once it is another one.
pub fn day_mark(lang: Language, now: Millis, at: Millis, tz: &TimeZone) -> String {
    let (today, day) = (zoned(now, tz).date(), zoned(at, tz).date());
    if day == today {
        return t(lang, "time-today").into_owned();
    }
    if today.yesterday().ok() == Some(day) {
        return t(lang, "time-yesterday").into_owned();
    }
    let text = long_date(lang, day, day.year() != today.year());
    capitalised(&format!("{}, {text}", weekday(lang, day.weekday())))
}

/// How long ago, as short as a list wants it: `now`, `5 min`, `3 h` (today), `yesterday`, `Mon`,
/// `3 Nov`, `3 Nov 2025`. A time in the future is `now`.
pub fn relative(lang: Language, now: Millis, at: Millis, tz: &TimeZone) -> String {
    let age = now.saturating_sub(at);
    if age < MINUTE {
        return t(lang, "time-now").into_owned();
    }
    if age < HOUR {
        return t_args(lang, "time-minutes", &[("count", (age / MINUTE).into())]);
    }
    let (today, day) = (zoned(now, tz).date(), zoned(at, tz).date());
    if day == today || age < 6 * HOUR {
        return t_args(lang, "time-hours", &[("count", (age / HOUR).into())]);
    }
    if today.yesterday().ok() == Some(day) {
        return t(lang, "time-yesterday-short").into_owned();
    }
    if age < 6 * 24 * HOUR {
        return short_weekday(lang, day.weekday());
    }
    let text = format!("{} {}", day.day(), short_month(lang, day.month()));
    if day.year() == today.year() {
        text
    } else {
        format!("{text} {}", day.year())
    }
}

/// A moment ahead, as a person would say it: `14:05` today, `tomorrow, 09:00`, else date and time.
pub fn until(lang: Language, now: Millis, at: Millis, tz: &TimeZone) -> String {
    let (today, day) = (zoned(now, tz).date(), zoned(at, tz).date());
    if day == today {
        time(at, tz)
    } else if today.tomorrow().ok() == Some(day) {
        t_args(lang, "time-tomorrow-at", &[("time", time(at, tz).into())])
    } else {
        format!("{}, {}", long_date(lang, day, day.year() != today.year()), time(at, tz))
    }
}

/// What waits or was found is counted no further than one beyond so many: [`badge`] then shows `999+`.
pub const MOST_COUNTED: i64 = 999;

/// A count as a badge shows it.
pub fn badge(lang: Language, count: i64) -> String {
    let more = if count > MOST_COUNTED { "+" } else { "" };
    number(lang, count.min(MOST_COUNTED)) + more
}

/// Thousands grouped: `12,345` in English, `12.345` in Portuguese and, from five digits, `12 345` in Spanish: what is a
/// point in Mexico is a comma in Colombia, and a space that does not break is right in both.
pub fn number(lang: Language, value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let separator = match lang {
        Language::En => ',',
        Language::Es => '\u{a0}',
        Language::Pt => '.',
    };
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0 {
        out.push('-');
    }
    let is_grouped = !(lang == Language::Es && digits.len() == 4);
    for (index, digit) in digits.chars().enumerate() {
        if is_grouped && index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

/// A file size: `812 B`, `3.4 kB`, `12 MB` (decimal units).
pub fn bytes(lang: Language, size: i64) -> String {
    let size = size.max(0);
    let (unit, name) = match size {
        0..1_000 => return format!("{size} B"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    let tenths = size / (unit / 10);
    if tenths >= 100 || tenths % 10 == 0 {
        return format!("{} {name}", number(lang, tenths / 10));
    }
    let point = if lang == Language::En { '.' } else { ',' };
    format!("{}{point}{} {name}", tenths / 10, tenths % 10)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// A number with the sign of percent, as each language writes it: Spanish keeps them apart.
pub fn percent(lang: Language, number: &str) -> String {
    match lang {
        Language::Es => format!("{number}\u{a0}%"),
        Language::En | Language::Pt => format!("{number}%"),
    }
}
