//! What a document is and where it stands: one table of what may follow what.

use std::fmt;
use std::str::FromStr;

use conversation::Error;
use serde::{Deserialize, Serialize};

macro_rules! texts {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+
        }
        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// As it is stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self, Error> {
                match text {
                    $($text => Ok($name::$variant),)+
                    other => Err(Error::Invalid(format!(concat!("`{}` is not a ", $what, "; expected one of: {}"), other, [$($text),+].join(", ")))),
                }
            }
        }
    };
}
pub(crate) use texts;

texts! {
    /// What a document is.
    Kind, "kind of document" {
        /// To be paid.
        Invoice = "invoice",
        /// An offer that its customer accepts or declines.
        Estimate = "estimate",
        /// Takes something off an invoice.
        CreditNote = "credit_note",
    }
}

texts! {
    /// Where a document stands, as it is stored.
    State, "state of a document" {
        /// Not issued; it has no number and may change.
        Draft = "draft",
        /// Issued.
        Sent = "sent",
        /// Its customer opened it.
        Viewed = "viewed",
        /// A part is paid or credited.
        PartlyPaid = "partly_paid",
        /// Nothing is left to pay.
        Paid = "paid",
        /// Taken back; the number stays used.
        Void = "void",
        /// An estimate that its customer wants.
        Accepted = "accepted",
        /// An estimate that its customer does not want.
        Declined = "declined",
    }
}

texts! {
    /// Where a document stands, as it is shown: a day makes the difference.
    Status, "status of a document" {
        /// Past its day and not paid.
        Overdue = "overdue",
        /// As the state.
        PartlyPaid = "partly_paid",
        /// As the state.
        Sent = "sent",
        /// As the state.
        Viewed = "viewed",
        /// As the state.
        Draft = "draft",
        /// As the state.
        Paid = "paid",
        /// As the state.
        Accepted = "accepted",
        /// As the state.
        Declined = "declined",
        /// An estimate past its day.
        Expired = "expired",
        /// As the state.
        Void = "void",
    }
}

/// What happens to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is issued.
    Send,
    /// Its customer opens it.
    View,
    /// Payments, refunds or credit notes changed what is open.
    Settle {
        /// Whether anything was paid or credited.
        has_any: bool,
        /// Whether nothing is left.
        is_whole: bool,
        /// Whether its customer has seen it.
        was_viewed: bool,
    },
    /// It is taken back.
    Void,
    /// Its customer accepts the offer.
    Accept,
    /// Its customer declines it.
    Decline,
}

/// What may not follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not in this state.
    #[error("not possible while it is {0}")]
    NotNow(State),
    /// Not with this kind.
    #[error("not possible with this kind of document ({0})")]
    NotThis(Kind),
    /// Money came in already.
    #[error("something is paid already; refund it or write a credit note instead")]
    HasMoney,
}

/// The state that follows.
pub fn next(kind: Kind, state: State, step: Step) -> Result<State, Refused> {
    use State::{Accepted, Declined, Draft, Paid, PartlyPaid, Sent, Viewed, Void};
    let not_now = Err(Refused::NotNow(state));
    match step {
        Step::Send => match state {
            Draft => Ok(Sent),
            _ => not_now,
        },
        Step::View => match state {
            Sent => Ok(Viewed),
            Draft => not_now,
            other => Ok(other),
        },
        Step::Settle {
            has_any,
            is_whole,
            was_viewed,
        } => match (kind, state) {
            // Money for something that was taken back is shown to the business; it stays taken back.
            (_, Void) => Ok(Void),
            (Kind::Invoice, Sent | Viewed | PartlyPaid | Paid) => Ok(match (has_any, is_whole, was_viewed) {
                (_, true, _) => Paid,
                (true, false, _) => PartlyPaid,
                (false, false, true) => Viewed,
                (false, false, false) => Sent,
            }),
            (Kind::Invoice, _) => not_now,
            (Kind::Estimate | Kind::CreditNote, _) => Err(Refused::NotThis(kind)),
        },
        Step::Void => match state {
            Sent | Viewed => Ok(Void),
            Accepted | Declined if kind == Kind::Estimate => Ok(Void),
            PartlyPaid | Paid => Err(Refused::HasMoney),
            Draft | Void | Accepted | Declined => not_now,
        },
        Step::Accept | Step::Decline => match (kind, state) {
            (Kind::Invoice | Kind::CreditNote, _) => Err(Refused::NotThis(kind)),
            (Kind::Estimate, Sent | Viewed) => Ok(if step == Step::Accept { Accepted } else { Declined }),
            (Kind::Estimate, _) => not_now,
        },
    }
}

/// What is shown, on this day. Days are ISO texts.
pub fn status(kind: Kind, state: State, due_on: &str, today: &str) -> Status {
    let is_past = due_on < today;
    match state {
        State::Draft => Status::Draft,
        State::Void => Status::Void,
        State::Paid => Status::Paid,
        State::Accepted => Status::Accepted,
        State::Declined => Status::Declined,
        State::Sent | State::Viewed | State::PartlyPaid if is_past && kind == Kind::Invoice => Status::Overdue,
        State::Sent | State::Viewed if is_past && kind == Kind::Estimate => Status::Expired,
        State::PartlyPaid => Status::PartlyPaid,
        State::Sent => Status::Sent,
        State::Viewed => Status::Viewed,
    }
}

conversation::text_columns!(Kind, State);

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(has_any: bool, is_whole: bool, was_viewed: bool) -> Step {
        Step::Settle {
            has_any,
            is_whole,
            was_viewed,
        }
    }

    /// Every kind, state and step, against what is written here: `.` stays, `-` is refused now, `x` never for
    /// this kind, `$` because money came in, else the first letters of what follows.
    #[test]
    fn what_may_follow_what() {
        let steps = [
            Step::Send,
            Step::View,
            settle(true, false, false),
            settle(true, true, true),
            settle(false, false, true),
            settle(false, false, false),
            Step::Void,
            Step::Accept,
            Step::Decline,
        ];
        let table = [
            (Kind::Invoice, State::Draft, "sent - - - - - - x x"),
            (
                Kind::Invoice,
                State::Sent,
                "- viewed partly_paid paid viewed . void x x",
            ),
            (Kind::Invoice, State::Viewed, "- . partly_paid paid . sent void x x"),
            (Kind::Invoice, State::PartlyPaid, "- . . paid viewed sent $ x x"),
            (Kind::Invoice, State::Paid, "- . partly_paid . viewed sent $ x x"),
            (Kind::Invoice, State::Void, "- . . . . . - x x"),
            (Kind::Invoice, State::Accepted, "- . - - - - - x x"),
            (Kind::Invoice, State::Declined, "- . - - - - - x x"),
            (Kind::Estimate, State::Draft, "sent - x x x x - - -"),
            (Kind::Estimate, State::Sent, "- viewed x x x x void accepted declined"),
            (Kind::Estimate, State::Viewed, "- . x x x x void accepted declined"),
            (Kind::Estimate, State::PartlyPaid, "- . x x x x $ - -"),
            (Kind::Estimate, State::Paid, "- . x x x x $ - -"),
            (Kind::Estimate, State::Void, "- . . . . . - - -"),
            (Kind::Estimate, State::Accepted, "- . x x x x void - -"),
            (Kind::Estimate, State::Declined, "- . x x x x void - -"),
            (Kind::CreditNote, State::Draft, "sent - x x x x - x x"),
            (Kind::CreditNote, State::Sent, "- viewed x x x x void x x"),
            (Kind::CreditNote, State::Viewed, "- . x x x x void x x"),
            (Kind::CreditNote, State::PartlyPaid, "- . x x x x $ x x"),
            (Kind::CreditNote, State::Paid, "- . x x x x $ x x"),
            (Kind::CreditNote, State::Void, "- . . . . . - x x"),
            (Kind::CreditNote, State::Accepted, "- . x x x x - x x"),
            (Kind::CreditNote, State::Declined, "- . x x x x - x x"),
        ];
        assert_eq!(table.len(), Kind::ALL.len() * State::ALL.len());
        for (kind, state, expected) in table {
            let found: Vec<String> = steps
                .iter()
                .map(|step| match next(kind, state, *step) {
                    Ok(to) if to == state => ".".to_owned(),
                    Ok(to) => to.to_string(),
                    Err(Refused::NotNow(_)) => "-".to_owned(),
                    Err(Refused::NotThis(_)) => "x".to_owned(),
                    Err(Refused::HasMoney) => "$".to_owned(),
                })
                .collect();
            assert_eq!(found.join(" "), expected, "{kind} {state}");
        }
    }

    #[test]
    fn a_day_makes_it_overdue() {
        let today = "2026-03-10";
        for (kind, state, due, shown) in [
            (Kind::Invoice, State::Sent, "2026-03-10", Status::Sent),
            (Kind::Invoice, State::Sent, "2026-03-09", Status::Overdue),
            (Kind::Invoice, State::PartlyPaid, "2026-03-09", Status::Overdue),
            (Kind::Invoice, State::Paid, "2026-03-09", Status::Paid),
            (Kind::Invoice, State::Void, "2026-03-09", Status::Void),
            (Kind::Estimate, State::Viewed, "2026-03-09", Status::Expired),
            (Kind::Estimate, State::Accepted, "2026-03-09", Status::Accepted),
            (Kind::CreditNote, State::Sent, "2026-03-09", Status::Sent),
        ] {
            assert_eq!(status(kind, state, due, today), shown, "{kind} {state} {due}");
        }
    }
}
