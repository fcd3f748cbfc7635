//! What may follow what: the states of a ticket, and the steps between levels. Pure.

use crate::error::{Error, Result};
use crate::types::{Level, TicketStatus};

/// What can happen to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The customer is asked for more.
    AskMore,
    /// The customer is asked whether it is solved.
    AskSolved,
    /// The customer says that it is.
    Confirm,
    /// The customer says that it is not.
    Deny,
    /// The customer wrote.
    Hear,
    /// Somebody, or the customer's silence, closes it.
    Close,
    /// Somebody opens it again.
    Reopen,
}

impl Step {
    /// Every step.
    pub const ALL: [Step; 7] = [
        Step::AskMore,
        Step::AskSolved,
        Step::Confirm,
        Step::Deny,
        Step::Hear,
        Step::Close,
        Step::Reopen,
    ];
}

/// The state after a step; the same state where the step changes nothing.
///
/// # Errors
/// [`Error::Conflict`] when the step cannot be taken from there.
pub fn after(status: TicketStatus, step: Step) -> Result<TicketStatus> {
    use TicketStatus::{Confirming, New, Open, Resolved, Waiting};
    let refused = |why: &str| Err(Error::Conflict(why.to_owned()));
    match (status, step) {
        (Resolved, Step::AskMore | Step::AskSolved) => refused("the ticket is solved; reopen it first"),
        (_, Step::AskMore) => Ok(Waiting),
        (Confirming, Step::AskSolved) => refused("the customer is being asked already"),
        (_, Step::AskSolved) => Ok(Confirming),
        (Confirming | Resolved, Step::Confirm) | (_, Step::Close) => Ok(Resolved),
        // A press on an old card: it was said before that it is not solved.
        (New | Open | Waiting, Step::Confirm) => refused("nobody asks whether the ticket is solved"),
        (Confirming | Resolved, Step::Deny | Step::Hear) | (Waiting, Step::Hear) => Ok(Open),
        (Waiting | Confirming | Resolved, Step::Reopen) => Ok(Open),
        (New | Open | Waiting, Step::Deny) | (New | Open, Step::Hear | Step::Reopen) => Ok(status),
    }
}

/// Whether people may move something from one level to another: up one level at a time, back to any
/// level of people, to the bot from the first line only. What the bot has goes wherever it belongs.
///
/// # Errors
/// [`Error::Invalid`] says which step is possible.
pub fn may_move(from: Level, to: Level) -> Result<()> {
    let refused = |why: String| Err(Error::Invalid(why));
    match (from, to) {
        (Level::N1, Level::N3) => refused("N3 takes over from N2: escalate to N2 first".to_owned()),
        (Level::N2 | Level::N3, Level::Bot) => refused(format!("return it from {from} to N1 before the bot has it")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_from_every_state() {
        use TicketStatus::{Confirming, New, Open, Resolved, Waiting};
        // In the order of `Step::ALL`; None is refused.
        let table: [(TicketStatus, [Option<TicketStatus>; 7]); 5] = [
            (
                New,
                [
                    Some(Waiting),
                    Some(Confirming),
                    None,
                    Some(New),
                    Some(New),
                    Some(Resolved),
                    Some(New),
                ],
            ),
            (
                Open,
                [
                    Some(Waiting),
                    Some(Confirming),
                    None,
                    Some(Open),
                    Some(Open),
                    Some(Resolved),
                    Some(Open),
                ],
            ),
            (
                Waiting,
                [
                    Some(Waiting),
                    Some(Confirming),
                    None,
                    Some(Waiting),
                    Some(Open),
                    Some(Resolved),
                    Some(Open),
                ],
            ),
            (
                Confirming,
                [
                    Some(Waiting),
                    None,
                    Some(Resolved),
                    Some(Open),
                    Some(Open),
                    Some(Resolved),
                    Some(Open),
                ],
            ),
            (
                Resolved,
                [
                    None,
                    None,
                    Some(Resolved),
                    Some(Open),
                    Some(Open),
                    Some(Resolved),
                    Some(Open),
                ],
            ),
        ];
        assert_eq!(table.len(), TicketStatus::ALL.len());
        for (status, expected) in table {
            for (step, expected) in Step::ALL.into_iter().zip(expected) {
                assert_eq!(after(status, step).ok(), expected, "{status}: {step:?}");
            }
        }
    }

    #[test]
    fn every_step_between_levels() {
        for (from, allowed) in [
            (Level::Bot, [Level::Bot, Level::N1, Level::N2, Level::N3].as_slice()),
            (Level::N1, &[Level::Bot, Level::N1, Level::N2]),
            (Level::N2, &[Level::N1, Level::N2, Level::N3]),
            (Level::N3, &[Level::N1, Level::N2, Level::N3]),
        ] {
            let found: Vec<Level> = Level::ALL
                .iter()
                .copied()
                .filter(|to| may_move(from, *to).is_ok())
                .collect();
            assert_eq!(found, allowed, "from {from}");
        }
    }
}
