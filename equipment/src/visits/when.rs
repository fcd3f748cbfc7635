//! When a visit can be: a window of time that is still to come, or that is being written down afterwards, and that its
//! technician has free.

use conversation::db::{On, composed_sql};
use conversation::types::{AgentId, Millis};
use conversation::{Error, Result};

use super::{VISIT, Visit};
use crate::ids::{Status, VisitId};
use crate::machines::Machine;

/// The longest window.
const LONGEST: Millis = 14 * 24 * 3_600_000;

/// The most visits that stand in the way of another one that are named.
const NAMED: i64 = 5;

/// The beginning and the end of a visit.
pub type Window = (Millis, Millis);

pub(super) fn has_a_length((starts_at, ends_at): Window) -> Result<()> {
    if ends_at <= starts_at || ends_at - starts_at > LONGEST {
        return Err(Error::Invalid(
            "ends_at: after the beginning, and at most two weeks later".to_owned(),
        ));
    }
    Ok(())
}

/// Refuses to plan what is over, and to write down what has not begun.
pub(super) fn is_told_rightly(now: Millis, (starts_at, ends_at): Window, has_happened: bool) -> Result<()> {
    if has_happened && starts_at > now {
        return Err(Error::Invalid(
            "starts_at: this time is still to come; plan the visit instead".to_owned(),
        ));
    }
    if !has_happened && ends_at <= now {
        return Err(Error::Invalid(
            "ends_at: this time is over; choose one to come, or say that the visit has taken place".to_owned(),
        ));
    }
    Ok(())
}

pub(super) fn is_to_come(now: Millis, (_, ends_at): Window) -> Result<()> {
    if ends_at <= now {
        return Err(Error::Invalid(
            "ends_at: this time is over; choose one to come".to_owned(),
        ));
    }
    Ok(())
}

pub(super) fn is_in_use(machine: &Machine) -> Result<()> {
    if machine.status == Status::Retired {
        return Err(Error::Invalid(
            "machine: it is retired; nobody has to visit it".to_owned(),
        ));
    }
    Ok(())
}

/// The visits that a technician has in a window already, those that are over left out; `but` is the one that is being
/// moved. At most five.
pub async fn in_the_way(
    on: impl On,
    agent: &AgentId,
    (starts_at, ends_at): Window,
    but: Option<&VisitId>,
) -> Result<Vec<Visit>> {
    composed_sql(format!(
        "SELECT {VISIT} FROM visits WHERE agent_id = $1 AND starts_at > $2 AND starts_at < $3 AND ends_at > $4
         AND state IN ('planned', 'on_way', 'there') AND id <> $5 ORDER BY starts_at, id LIMIT $6"
    ))
    .bind(agent)
    .bind(starts_at - LONGEST)
    .bind(ends_at)
    .bind(starts_at)
    .bind(but.map_or("", VisitId::as_str))
    .bind(NAMED)
    .all(on)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_to_come_is_planned_and_only_what_was_is_written_down() {
        const NOW: Millis = 1_000_000;
        for (window, has_happened, is_fine) in [
            ((NOW + 10, NOW + 20), false, true),
            // Somebody is on the way already.
            ((NOW - 10, NOW + 20), false, true),
            ((NOW - 20, NOW), false, false),
            ((NOW - 20, NOW - 10), true, true),
            ((NOW - 10, NOW + 20), true, true),
            ((NOW + 10, NOW + 20), true, false),
        ] {
            let told = is_told_rightly(NOW, window, has_happened);
            assert_eq!(told.is_ok(), is_fine, "{window:?} {has_happened}: {told:?}");
        }
        for (window, is_fine) in [
            ((1, 2), true),
            ((2, 2), false),
            ((2, 1), false),
            ((0, LONGEST + 1), false),
        ] {
            assert_eq!(has_a_length(window).is_ok(), is_fine, "{window:?}");
        }
    }
}
