//! Settings.
use axum::Router;
use crate::app::App;
/// The routes of the settings.
pub fn routes(_app: &App) -> Router<App> { Router::new() }
