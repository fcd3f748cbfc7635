//! The end-to-end tests: one binary, one module per subject.

mod access;
mod accessible;
mod billing;
mod core;
mod corpus;
mod crowd;
mod equipment;
mod harness;
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
mod whatsapp;
