//! The gateway: commands, configuration, routes, the agents' pages, the JSON API, realtime.
//!
//! Begin reading at `commands::serve` (what a process starts), [`app`] (what every handler is given) and [`router`] (all
//! routes; `rights/table.txt` says who may what at each). [`auth`] lets people in, [`inbox`] is the page where they
//! work, [`tickets`], [`articles`], [`invoices`], [`equipment`], [`reports`] and [`settings`] are the others; [`api`] and
//! [`webhooks`] serve programs, [`hooks`] and [`widget`] what comes from outside, [`realtime`] the pages that stand open.
//! [`supervisor`] owns every task that runs behind them, [`watch`] and [`health`] say how they are.
//!
//! It decides nothing of its own about conversations, money or machines: it asks the crate that does, and says the
//! answer in the reader's language. So a handler is short: who asks, one call, one page.

pub mod api;
pub mod app;
pub mod articles;
pub mod auth;
pub mod backup;
pub mod bell;
mod boxed;
mod broadcasts;
pub mod cleanup;
mod clock;
pub mod commands;
pub mod config;
mod country;
pub mod demo;
mod download;
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
mod kept_memory;
pub mod knowledge;
mod linger;
pub mod manual;
pub mod notifications;
pub mod people;
pub mod portal_settings;
pub mod privacy;
pub mod push;
mod readers;
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
mod timed;
pub(crate) mod traces;
mod transcripts;
mod trouble;
mod turns;
pub mod watch;
pub mod webhooks;
mod whose;
pub mod widget;
