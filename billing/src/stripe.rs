//! Stripe: Checkout sessions, refunds, the web hook and the one step that settles what they say.
//!
//! A session is of one invoice or of several. Amounts come from the invoices and never from a browser. A payment is
//! heard of by web hook, by the page that the customer comes back to, and by a sweep; all three end in
//! [`settle::session`], which writes an entry on each invoice under the payment's own name, once.

mod account;
mod checkout;
mod client;
mod form;
mod hook;
mod odd;
mod parts;
mod refund;
pub mod settle;
mod shares;
mod signature;

pub use account::{Account, account};
pub use checkout::{Checkout, MOST, Started, Surface, covered, expire_open, prune, returned, start, sweep};
pub use client::{API, API_VERSION, Client, SCRIPT, StripeError};
pub use hook::{HookError, MAX_BODY, Taken, receive};
pub use odd::odd;
pub use parts::Part;
pub use refund::refund;
pub use signature::{TOLERANCE, check as check_signature, sign};
