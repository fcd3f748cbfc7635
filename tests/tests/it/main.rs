//! The end-to-end tests: one binary, one module per subject.

mod harness;
mod tidy;
