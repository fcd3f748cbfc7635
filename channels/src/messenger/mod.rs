//! Instagram and Facebook Messenger through Meta's Messenger Platform: web hooks in, Graph API calls out.
//!
//! [`webhook::parse`] turns a body into messages, receipts and the rest, [`send::requests`] turns an outbound message into
//! request bodies. Only [`client`] talks to the network, and [`standin`] takes its place in tests. [`receive`] is what a
//! route calls. Which of the two it is, the inbox's channel says: they differ in limits and in what a web hook brings.
//!
//! <https://developers.facebook.com/documentation/business-messaging/messenger-platform>

pub mod client;
pub mod errors;
mod parse;
pub mod receive;
pub mod send;
pub mod settings;
pub mod standin;
#[cfg(test)]
mod tests;
pub mod webhook;

pub use client::Client;
pub use settings::MessengerSettings;
