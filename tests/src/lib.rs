//! End-to-end tests: the built binary against real servers, and their harness.

pub mod standin;
