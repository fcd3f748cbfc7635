//! What operators see: metrics, traces, logs.

mod clocks;
mod crash;
mod metrics;
mod traces;
