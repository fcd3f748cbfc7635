//! End-to-end tests: the built binary against real servers, their harness, and the stand-ins for
//! outside services.
//!
//! The tests themselves are one binary, `tests/it`; what they share is here. Begin reading at `harness::app` (a
//! `switchboard` of a test's own), `harness::service` (how a real server is started) and, in `tests/it`, at `core::bed`,
//! the store that the suites of the core run on, once on each database.

pub mod corpus;
pub mod harness;
pub mod standin;
