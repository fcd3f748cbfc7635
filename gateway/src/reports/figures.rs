//! The key figures: what each is called, how it is computed, and which way is good.

use conversation::reports::Sums;
use conversation::types::Language;
use ui::components::Tone;
use ui::report_pages::{decimal, duration, percent};
use ui::spreadsheet::Cell;
use ui::{i18n, spreadsheet};

/// One value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value {
    /// Counted.
    Count(i64),
    /// Milliseconds.
    Time(i64),
    /// 0 to 1.
    Share(f64),
    /// A mean score or an NPS.
    Score(f64),
    /// Nothing to say.
    None,
}

impl Value {
    fn of<T>(value: Option<T>, make: fn(T) -> Value) -> Value {
        value.map_or(Value::None, make)
    }

    /// In words.
    pub(crate) fn words(self, lang: Language) -> String {
        match self {
            Value::Count(n) => i18n::number(lang, n),
            Value::Time(ms) => duration(ms),
            Value::Share(share) => percent(lang, share),
            Value::Score(score) => decimal(lang, score),
            Value::None => "–".to_owned(),
        }
    }

    /// For a spreadsheet: seconds, shares of one, a point before decimals.
    pub(crate) fn plain(self) -> FileCell {
        FileCell::Number(match self {
            Value::Count(n) => n.to_string(),
            Value::Time(ms) => (ms / 1_000).to_string(),
            Value::Share(share) => format!("{share:.4}"),
            Value::Score(score) => format!("{score:.2}"),
            Value::None => String::new(),
        })
    }

    /// The difference to what was before, in words, and which way it went.
    fn change(self, before: Value, lang: Language) -> Option<(String, std::cmp::Ordering)> {
        let (now, then, by) = match (self, before) {
            (Value::Count(now), Value::Count(then)) if then > 0 => {
                let share = (now - then) as f64 / then as f64;
                (now as f64, then as f64, percent(lang, share.abs()))
            }
            (Value::Time(now), Value::Time(then)) => (now as f64, then as f64, duration((now - then).abs())),
            (Value::Share(now), Value::Share(then)) => (now, then, percent(lang, (now - then).abs())),
            (Value::Score(now), Value::Score(then)) => (now, then, decimal(lang, (now - then).abs())),
            _ => return None,
        };
        Some((by, now.total_cmp(&then)))
    }
}

/// Which way is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Good {
    More,
    Less,
    Neither,
}

/// One key figure.
pub(crate) struct Figure {
    /// The key of its words.
    pub(crate) word: &'static str,
    /// Its name in files and in the API.
    pub(crate) name: &'static str,
    good: Good,
    of: fn(&Sums, bool) -> Value,
    /// Whether it stands in the broken-down table.
    pub(crate) is_in_table: bool,
    is_duration: bool,
}

const fn figure(
    word: &'static str,
    name: &'static str,
    good: Good,
    is_in_table: bool,
    of: fn(&Sums, bool) -> Value,
) -> Figure {
    Figure {
        word,
        name,
        good,
        of,
        is_in_table,
        is_duration: false,
    }
}

/// A duration.
const fn time(word: &'static str, name: &'static str, of: fn(&Sums, bool) -> Value) -> Figure {
    Figure {
        is_duration: true,
        ..figure(word, name, Good::Less, true, of)
    }
}

/// All of them, in order.
pub(crate) static FIGURES: [Figure; 14] = [
    figure("reports-created", "created", Good::Neither, true, |sums, _| {
        Value::Count(sums.created)
    }),
    figure("reports-resolved", "resolved", Good::More, true, |sums, _| {
        Value::Count(sums.resolved)
    }),
    time("reports-first", "first_answer", |sums, work| {
        Value::of(sums.first_answer(work), Value::Time)
    }),
    time("reports-resolution", "resolution", |sums, work| {
        Value::of(sums.resolution(work), Value::Time)
    }),
    figure("reports-within", "within_limit", Good::More, true, |sums, _| {
        Value::of(sums.within_share(), Value::Share)
    }),
    figure("reports-bot-share", "bot_solved", Good::More, true, |sums, _| {
        Value::of(sums.bot_share(), Value::Share)
    }),
    figure("reports-reopened", "reopened", Good::Less, true, |sums, _| {
        Value::Count(sums.reopened)
    }),
    figure("reports-csat", "csat", Good::More, true, |sums, _| {
        Value::of(sums.csat_share(), Value::Share)
    }),
    figure(
        "reports-csat-answers",
        "csat_answers",
        Good::Neither,
        false,
        |sums, _| Value::Count(sums.csat_answered),
    ),
    figure("reports-nps", "nps", Good::More, true, |sums, _| {
        Value::of(sums.nps(), Value::Score)
    }),
    figure("reports-inbound", "messages_in", Good::Neither, true, |sums, _| {
        Value::Count(sums.inbound)
    }),
    figure("reports-answers", "answers", Good::Neither, true, |sums, _| {
        Value::Count(sums.answers)
    }),
    figure("reports-bot-answers", "bot_answers", Good::Neither, false, |sums, _| {
        Value::Count(sums.bot_answers)
    }),
    figure(
        "reports-first-answers",
        "first_answers",
        Good::Neither,
        false,
        |sums, _| Value::Count(sums.first_answers),
    ),
];

impl Figure {
    /// Its name above a column of a file: a duration says its unit there.
    pub(crate) fn head(&self, lang: Language) -> String {
        let word = i18n::t(lang, self.word);
        if self.is_duration {
            i18n::t_args(lang, "reports-csv-seconds", &[("what", word.into_owned().into())])
        } else {
            word.into_owned()
        }
    }

    /// Its value.
    pub(crate) fn value(&self, sums: &Sums, is_work_time: bool) -> Value {
        (self.of)(sums, is_work_time)
    }

    /// Against the period before: words, and whether that is good.
    pub(crate) fn change(
        &self,
        lang: Language,
        now: &Sums,
        before: &Sums,
        is_work_time: bool,
    ) -> Option<(String, Tone)> {
        use std::cmp::Ordering;
        let (by, way) = self
            .value(now, is_work_time)
            .change(self.value(before, is_work_time), lang)?;
        let tone = match (way, self.good) {
            (Ordering::Equal, _) | (_, Good::Neither) => Tone::Neutral,
            (Ordering::Greater, Good::More) | (Ordering::Less, Good::Less) => Tone::Good,
            (Ordering::Greater, Good::Less) | (Ordering::Less, Good::More) => Tone::Bad,
        };
        let words = match way {
            Ordering::Equal => i18n::t(lang, "reports-same").into_owned(),
            Ordering::Greater => i18n::t_args(lang, "reports-up", &[("by", by.into())]),
            Ordering::Less => i18n::t_args(lang, "reports-down", &[("by", by.into())]),
        };
        Some((words, tone))
    }
}

/// A cell of a table as a file: a number with a point before its decimals, or words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileCell {
    /// Words.
    Text(String),
    /// A number.
    Number(String),
}

/// A table for the reader's spreadsheet.
pub(crate) fn csv(lang: Language, head: &[String], rows: &[Vec<FileCell>]) -> Vec<u8> {
    let mut out = spreadsheet::MARK.to_owned();
    out.push_str(&spreadsheet::row(lang, head.iter().map(|cell| Cell::Text(cell))));
    for row in rows {
        let cells = row.iter().map(|cell| match cell {
            FileCell::Text(text) => Cell::Text(text),
            FileCell::Number(number) => Cell::Number(number),
        });
        out.push_str(&spreadsheet::row(lang, cells));
    }
    out.into_bytes()
}
