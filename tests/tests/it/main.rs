//! The end-to-end tests: one binary, one module per subject.

mod accessible;
mod billing;
mod core;
mod corpus;
mod crowd;
mod harness;
mod keep;
mod limits;
mod mailbox;
mod signals;
mod tidy;
mod two_agents;
mod walk;
mod whatsapp;
