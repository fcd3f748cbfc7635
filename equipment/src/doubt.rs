//! What is odd about a reading, by the counter's own history. Pure. A doubt asks; it never refuses.

use crate::ids::Doubt;

/// So many times what the machine makes on its own is a jump.
const TIMES: i64 = 4;
/// A few copies are never one.
const ALWAYS_FINE: i64 = 300;
/// For a machine that nobody knows yet: so many copies a day are a jump.
const STRANGER_A_DAY: i64 = 20_000;

/// What is known around a reading's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Around {
    /// What the counter showed before.
    pub before: i64,
    /// How many days ago.
    pub days: i64,
    /// What it shows on a later day, for a reading that comes late.
    pub later: Option<i64>,
    /// What the machine makes: copies in a thousand days.
    pub pace: Option<i64>,
    /// What the counter can show at most.
    pub top: i64,
}

/// What is odd about this number, if anything.
pub fn doubt(value: i64, around: &Around) -> Option<Doubt> {
    if value < around.before {
        return Some(Doubt::Lower);
    }
    let made = value - around.before;
    let days = around.days.max(1);
    let most = match around.pace {
        Some(pace) => pace
            .saturating_mul(days)
            .saturating_mul(TIMES)
            .checked_div(1_000)
            .unwrap_or(i64::MAX)
            .saturating_add(ALWAYS_FINE),
        None => STRANGER_A_DAY.saturating_mul(days),
    };
    let is_beyond = value > around.top || around.later.is_some_and(|later| value > later);
    (made > most || is_beyond).then_some(Doubt::Jump)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_says_what_is_odd() {
        // 100 copies a day.
        let known = Around {
            before: 10_000,
            days: 30,
            later: None,
            pace: Some(100_000),
            top: 9_999_999,
        };
        let stranger = Around { pace: None, ..known };
        let late = Around {
            later: Some(12_000),
            ..known
        };
        let full = Around { top: 11_000, ..known };
        let today = Around { days: 0, ..known };
        let still = Around { pace: Some(0), ..known };
        for (value, around, expected) in [
            (10_000, known, None),
            (13_000, known, None),
            (22_300, known, None),
            (22_301, known, Some(Doubt::Jump)),
            (9_999, known, Some(Doubt::Lower)),
            (0, known, Some(Doubt::Lower)),
            (610_000, stranger, None),
            (610_001, stranger, Some(Doubt::Jump)),
            (12_000, late, None),
            (12_001, late, Some(Doubt::Jump)),
            (11_001, full, Some(Doubt::Jump)),
            (10_700, today, None),
            (10_701, today, Some(Doubt::Jump)),
            (10_300, still, None),
            (10_301, still, Some(Doubt::Jump)),
        ] {
            assert_eq!(doubt(value, &around), expected, "{value} {around:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_numbers_are_answered(value in 0..i64::MAX, before in 0..i64::MAX, days in proptest::num::i64::ANY, pace in proptest::option::of(0..i64::MAX)) {
            let _ = doubt(value, &Around { before, days, later: None, pace, top: 9_999_999 });
        }
    }
}
