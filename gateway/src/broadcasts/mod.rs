//! Broadcasts: one message to many customers.

pub(crate) mod tasks;
