//! What an entry of money is, how far it has come, and how money comes.

use std::fmt;
use std::str::FromStr;

use conversation::{Error, text_columns};
use serde::{Deserialize, Serialize};

use crate::state::texts;

texts! {
    /// What an entry is.
    EntryKind, "kind of entry" {
        /// Money that came in.
        Payment = "payment",
        /// Money that went back.
        Refund = "refund",
        /// The customer's bank takes it back, or tries to.
        Dispute = "dispute",
    }
}

texts! {
    /// How far an entry has come.
    EntryState, "state of an entry" {
        /// On its way; a dispute: the bank decides.
        Pending = "pending",
        /// Done; a dispute: lost.
        Succeeded = "succeeded",
        /// It came to nothing; a dispute: won.
        Failed = "failed",
    }
}

texts! {
    /// How money came.
    Method, "method" {
        /// By Stripe.
        Stripe = "stripe",
        /// By bank transfer.
        Transfer = "transfer",
        /// In cash.
        Cash = "cash",
        /// Some other way.
        Other = "other",
    }
}

text_columns!(EntryKind, EntryState, Method);
