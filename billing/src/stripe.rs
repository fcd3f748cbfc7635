//! Stripe: Checkout sessions, refunds, the web hook and the one step that settles what they say.
//!
//! Amounts come from the invoice and never from a browser. A payment is heard of by web hook, by the page that
//! the customer comes back to, and by a sweep; all three end in [`settle::session`], which writes an entry
//! under the payment's own name, once.

mod account;
mod checkout;
mod client;
mod hook;
mod odd;
mod refund;
pub mod settle;
mod signature;

pub use account::{Account, account};
pub use checkout::{Checkout, Started, Surface, expire_open, prune, returned, start, sweep};
pub use client::{API, API_VERSION, Client, SCRIPT, StripeError};
pub use hook::{HookError, MAX_BODY, Taken, receive};
pub use odd::odd;
pub use refund::refund;
pub use signature::{TOLERANCE, check as check_signature, sign};
