//! When something comes back or leaves.

use crate::auth::SignedIn;
use conversation::lifecycle::UNTIL_REPLY;
use conversation::types::Millis;
use jiff::civil::{Weekday, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// `2026-01-05T09:30` in the agent's time zone.
pub(super) fn local_time(text: &str, me: &SignedIn) -> Option<Millis> {
    let local: jiff::civil::DateTime = text.trim().parse().ok()?;
    Some(local.to_zoned(me.tz.clone()).ok()?.timestamp().as_millisecond())
}

/// When what is snoozed comes back: at a time, or with the customer's answer.
pub(super) fn put_off(choice: &str, now: Millis, tz: &TimeZone) -> Option<Millis> {
    match choice {
        "reply" => Some(UNTIL_REPLY),
        preset => wake_at(preset, now, tz),
    }
}

/// When a conversation is brought back. Mornings begin at nine, in the agent's time zone.
pub(super) fn wake_at(choice: &str, now: Millis, tz: &TimeZone) -> Option<Millis> {
    let today = Timestamp::from_millisecond(now).ok()?.to_zoned(tz.clone()).date();
    let morning = |date: jiff::civil::Date| {
        let at = date.to_datetime(time(9, 0, 0, 0)).to_zoned(tz.clone()).ok()?;
        Some(at.timestamp().as_millisecond())
    };
    match choice {
        "1h" => Some(now + 60 * 60_000),
        "3h" => Some(now + 3 * 60 * 60_000),
        "tomorrow" => morning(today.tomorrow().ok()?),
        "monday" => {
            let days = i64::from(Weekday::Monday.since(today.weekday()));
            morning(today.checked_add(if days == 0 { 7 } else { days }.days()).ok()?)
        }
        _ => None,
    }
}
