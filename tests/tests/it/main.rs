//! The end-to-end tests: one binary, one module per subject.

mod core;
mod crowd;
mod harness;
mod mailbox;
mod tidy;
mod walk;
