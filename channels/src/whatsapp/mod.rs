//! WhatsApp through Meta's Cloud API: web hooks in, Graph API calls out.
//!
//! Everything that decides is a pure function of bytes and parameters: [`signature`] checks a web
//! hook, [`webhook::parse`] turns it into messages, statuses and the rest, [`send::requests`] turns
//! an outbound message into request bodies. Only [`client`] talks to the network, and [`standin`]
//! answers in Meta's place for tests and the demo.

pub mod checks;
pub mod client;
pub mod errors;
pub mod explain;
pub mod health;
mod inbound;
pub mod length;
pub mod limits;
mod marketing;
mod marks;
pub(crate) mod parse;
mod past;
pub mod phone;
pub mod rate;
pub mod receive;
pub mod send;
pub mod settings;
pub mod signature;
pub mod standin;
pub mod templates;
pub mod vcard;
pub mod webhook;

pub use client::Client;
pub(crate) use marketing::{REFUSED, refused};
pub use phone::canonical_phone;
pub use settings::WhatsappSettings;

#[cfg(test)]
mod tests;
