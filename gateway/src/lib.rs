//! The gateway: commands, configuration, routes, the agents' inbox, the JSON API, realtime.

pub mod app;
pub mod config;
pub mod realtime;
pub mod supervisor;
pub mod widget;
