//! The end-to-end tests: one binary, one module per subject.

mod access;
mod accessible;
mod billing;
mod carry;
mod core;
mod corpus;
mod crowd;
mod desk_walk;
mod docs;
mod equipment;
mod failover;
mod harness;
mod hostile;
mod keep;
mod knowledge;
mod knowledge_walk;
mod limits;
mod mailbox;
mod notifications;
mod notifications_walk;
mod signals;
mod tidy;
mod two_agents;
mod walk;
mod watch;
mod whatsapp;
