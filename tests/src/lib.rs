//! End-to-end tests: the built binary against real servers, their harness, and the stand-ins for
//! outside services.
//!
//! The tests themselves are one binary, `tests/it`; what they share is here.

pub mod corpus;
pub mod harness;
pub mod standin;
