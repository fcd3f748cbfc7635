//! The binary: commands, configuration, routes, inbox, API, realtime.
