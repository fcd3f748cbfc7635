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
mod reports;
mod restructure;
mod scheduled;
mod states;
mod stream;
mod surveys;
mod things;
mod threads;
