//! The conversation by mail, to one of the customer's addresses or another one.

use axum::extract::{Path, State};
use axum::response::Response;

use super::outcome::{outcome, workable};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;
use crate::transcripts;

/// `other` is an address that was typed in; `address` one that was chosen.
pub(super) async fn send(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let found = workable(&app, &posted.me, &id).await?;
    let address = match posted.form.get("other").trim() {
        "" => posted.form.get("address"),
        other => other,
    };
    let done = transcripts::send(&app, &posted.me.actor(), &found, address).await;
    outcome(&app, &posted.me, &found, done).await
}
