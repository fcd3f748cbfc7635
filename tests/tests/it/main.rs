//! The end-to-end tests: one binary, one module per subject.

mod core;
mod crowd;
mod harness;
mod keep;
mod limits;
mod signals;
mod tidy;
mod two_agents;
mod walk;
