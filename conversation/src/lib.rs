//! The core of Switchboard: contacts, conversations, messages, tickets, deliveries, the event log
//! and the stream.
//!
//! It knows no channel, no HTTP and no HTML. Only its functions change a conversation, a message, a
//! contact or a ticket.

pub mod card;
pub mod inbound;
pub mod outbound;
pub mod types;
