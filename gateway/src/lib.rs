//! The gateway: commands, configuration, routes, the agents' inbox, the JSON API, realtime.

pub mod api;
pub mod app;
mod arenas;
pub mod articles;
pub mod auth;
pub mod backup;
pub mod bell;
mod boxed;
pub mod cleanup;
mod clock;
pub mod commands;
pub mod config;
pub mod demo;
pub mod equipment;
pub mod first_run;
mod framed;
pub mod health;
pub mod help;
pub mod hooks;
mod import_pages;
pub mod imports;
pub mod inbox;
pub mod invoices;
pub mod knowledge;
mod linger;
pub mod manual;
pub mod notifications;
pub mod outgoing;
pub mod people;
pub mod portal_settings;
pub mod privacy;
pub mod push;
pub mod realtime;
pub mod reports;
#[cfg(test)]
mod rights;
pub mod router;
pub mod settings;
pub mod supervisor;
pub mod telemetry;
#[cfg(test)]
mod testing;
pub mod tickets;
pub(crate) mod traces;
pub mod watch;
pub mod webhooks;
pub mod widget;
