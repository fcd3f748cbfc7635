//! What operators see: metrics, traces, logs.

mod crash;
mod metrics;
mod traces;
