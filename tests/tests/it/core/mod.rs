//! The core, every flow on both databases and both streams.

mod audit;
pub(crate) mod bed;
mod bounces;
mod burst;
mod contacts;
mod continuity;
mod dead_senders;
mod deliveries;
mod desk;
mod events;
mod histories;
mod ingest;
mod lifecycle;
mod lists;
mod matching;
mod memberships;
mod privacy;
mod raw;
mod relays;
mod reply;
mod restructure;
mod scheduled;
mod states;
mod stream;
mod things;
mod threads;
