//! The gateway: commands, configuration, routes, the agents' inbox, the JSON API, realtime.

pub mod app;
pub mod commands;
pub mod config;
pub mod first_run;
pub mod health;
pub mod hooks;
pub mod realtime;
pub mod router;
pub mod supervisor;
pub mod telemetry;
pub mod widget;
