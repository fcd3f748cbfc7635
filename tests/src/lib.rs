//! End-to-end tests: the built binary against real servers, and their harness.
//!
//! The tests themselves are one binary, `tests/it`; what they share is here.

pub mod harness;
