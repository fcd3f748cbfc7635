//! The core, every flow on both databases and both streams.

pub(crate) mod bed;
mod bounces;
mod burst;
mod contacts;
mod continuity;
mod dead_senders;
mod deliveries;
mod desk;
mod desk_rules;
mod events;
mod histories;
mod ingest;
mod lifecycle;
mod lists;
mod matching;
mod raw;
mod relays;
mod reply;
mod restructure;
mod scheduled;
mod sla;
mod states;
mod stream;
mod things;
mod threads;
mod tickets;
