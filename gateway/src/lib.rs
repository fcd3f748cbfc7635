//! The gateway: commands, configuration, routes, the agents' inbox, the JSON API, realtime.

pub mod api;
pub mod app;
pub mod config;
pub mod people;
pub mod realtime;
pub mod supervisor;
#[cfg(test)]
mod testing;
pub mod widget_settings;
