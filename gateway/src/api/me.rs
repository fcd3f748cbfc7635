//! Who calls.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::{Permission, can};
use conversation::types;
use serde::Serialize;
use utoipa::ToSchema;

use super::enums;
use super::guard::Caller;
use super::problem::Outcome;
use crate::app::App;

/// The token that calls.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    /// The name of the token; the author of what it writes.
    name: String,
    /// Its role.
    #[schema(value_type = enums::Role)]
    role: types::Role,
    /// What the role may do: `read`, `work`, `administer`.
    permissions: Vec<&'static str>,
    /// The name of the business.
    business_name: String,
    /// The last position of the event log; follow `/events` from here.
    position: i64,
    /// The version of the program.
    version: &'static str,
}

/// Read who you are
///
/// The name and role of the token, and where the event log stands.
#[utoipa::path(get, path = "/me", tag = "me", operation_id = "getMe",
    responses((status = 200, description = "The token.", body = Me)))]
pub(super) async fn me(State(app): State<App>, caller: Caller) -> Outcome<Answer<Me>> {
    caller.may(Permission::Read)?;
    let all = [
        (Permission::Read, "read"),
        (Permission::Work, "work"),
        (Permission::Administer, "administer"),
    ];
    Ok(Answer(Me {
        name: caller.actor.id().to_owned(),
        role: caller.role,
        permissions: all
            .into_iter()
            .filter(|(permission, _)| can(caller.role, *permission))
            .map(|(_, word)| word)
            .collect(),
        business_name: app.business_name(),
        position: app.store.head().await?,
        version: env!("CARGO_PKG_VERSION"),
    }))
}
