//! The core, every flow on both databases and both streams.

mod bed;
mod contacts;
mod deliveries;
mod events;
mod histories;
mod ingest;
mod lifecycle;
mod matching;
mod reply;
mod restructure;
mod stream;
mod things;
