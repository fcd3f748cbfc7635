//! The core of Switchboard: contacts, conversations, messages, tickets, deliveries, the event log
//! and the stream.
//!
//! Begin reading at [`types`] (the words), [`store`] (a transaction that cannot commit without its events), then along a
//! message: [`ingest`] files what arrives, [`reply`] writes what leaves, [`deliveries`] says how far it got,
//! [`lifecycle`] is what people do with a conversation, and [`stream`] tells everybody else. [`tickets`], [`sla`],
//! [`desk`], [`surveys`], [`reports`] and [`notifications`] stand beside that. [`access`] is the only way from an id to
//! an object; [`db`] alone knows which database it is.
//!
//! It knows no channel, no HTTP and no HTML. Only its functions change a conversation, a message, a
//! contact or a ticket.

pub mod access;
mod activity;
pub mod attachments;
pub mod audit;
pub mod automatic;
pub mod begun;
pub mod blobs;
pub mod blocked;
pub mod board;
pub mod bounces;
pub mod bridges;
pub mod broadcasts;
pub mod bulk;
pub mod card;
pub mod cards;
pub mod cleanup;
pub mod clock;
pub mod color;
mod columns;
pub mod contacts;
pub mod continuity;
pub mod conversations;
pub mod customers;
pub mod db;
pub mod deliveries;
pub mod desk;
pub mod doors;
pub mod env;
pub mod error;
pub mod events;
pub mod fault;
pub mod fields;
pub mod guarded;
pub mod inbound;
pub mod inbox_agents;
pub mod inboxes;
pub mod ingest;
pub mod keys;
pub mod labels;
pub mod language;
pub mod leases;
pub mod letters;
pub mod lifecycle;
pub mod lists;
pub mod mailboxes;
pub mod marketing;
pub mod marks;
pub mod memberships;
pub mod menus;
pub mod notices;
pub mod notifications;
pub mod once;
pub mod outbound;
pub mod pictures;
pub mod privacy;
pub mod proactive;
pub mod quarantine;
pub mod reply;
pub mod reports;
pub mod restructure;
pub mod saved_views;
pub mod scheduled;
pub mod scope;
pub mod sent_copies;
pub mod sla;
pub mod spam;
pub mod store;
pub mod stream;
mod stretches;
pub mod surveys;
pub mod tallies;
pub mod teams;
pub mod telephone;
pub mod thanks;
pub mod thread;
pub mod tickets;
pub mod trace;
pub mod transcripts;
pub mod types;
pub mod views;
pub mod ways;

pub use env::Env;
pub use error::{Error, Result};
pub use store::{Store, Tx};
