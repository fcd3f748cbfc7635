//! The end-to-end tests: one binary, one module per subject.

mod billing;
mod core;
mod crowd;
mod harness;
mod tidy;
mod walk;
