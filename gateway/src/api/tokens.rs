//! Tokens of this API.

use axum::Json as Answer;
use axum::extract::State;
use conversation::access::Permission;
use conversation::types;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::enums;
use super::extract::{Created, Id, Json, Page, Query, Time, at_most, cut, limit};
use super::guard::Caller;
use super::problem::Outcome;
use super::tickets::PageQuery;
use crate::app::App;
use crate::people::tokens::{self, ApiToken};

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub(super) struct TokenView {
    /// Its id.
    id: String,
    /// What it is for; the author of what it writes.
    name: String,
    /// What it may do.
    #[schema(value_type = enums::Role)]
    role: types::Role,
    /// When it was made.
    created_at: Time,
    /// When it was used last, to the minute.
    last_used_at: Option<Time>,
    /// When it was revoked.
    revoked_at: Option<Time>,
}

impl From<ApiToken> for TokenView {
    fn from(token: ApiToken) -> TokenView {
        TokenView {
            id: token.id,
            name: token.name,
            role: token.role,
            created_at: Time(token.created_at),
            last_used_at: token.last_used_at.map(Time),
            revoked_at: token.revoked_at.map(Time),
        }
    }
}

/// List tokens
///
/// The newest first, revoked ones too.
#[utoipa::path(get, path = "/tokens", tag = "tokens", operation_id = "listTokens", params(PageQuery),
    responses((status = 200, description = "A page of tokens.", body = Page<TokenView>)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Outcome<Answer<Page<TokenView>>> {
    caller.may(Permission::Administer)?;
    let limit = limit(query.limit)?;
    // There are tens of tokens at most.
    let mut rows = tokens::list(app.store.db()).await?;
    if let Some(after) = &query.after {
        rows.retain(|token| token.id.as_str() < after.as_str());
    }
    let has_more = cut(&mut rows, limit);
    Ok(Answer(Page {
        next: rows.last().filter(|_| has_more).map(|last| last.id.clone()),
        items: rows.into_iter().map(TokenView::from).collect(),
    }))
}

/// A token to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenBody {
    /// What it is for. A name that was used before gets a number.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// What it may do.
    #[schema(value_type = enums::Role)]
    role: types::Role,
}

/// A token that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NewToken {
    /// The token.
    token: TokenView,
    /// What goes behind `Authorization: Bearer`. Shown once.
    secret: String,
}

/// Make a token
///
/// Its secret is in the answer and nowhere else.
#[utoipa::path(post, path = "/tokens", tag = "tokens", operation_id = "createToken", request_body = TokenBody,
    responses((status = 201, description = "The token and its secret.", body = NewToken, headers(("Location" = String, description = "Its path.")))))]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<TokenBody>,
) -> Outcome<Created<NewToken>> {
    caller.may(Permission::Administer)?;
    at_most(100, "name", &body.name)?;
    let (token, secret) = tokens::create(&app.store, &caller.actor, &body.name, body.role).await?;
    Ok(Created(
        format!("/tokens/{}", token.id),
        NewToken {
            token: token.into(),
            secret,
        },
    ))
}

/// Revoke a token
///
/// It is refused from now on. The token that calls may revoke itself.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "tokens", operation_id = "revokeToken",
    params(("id" = String, Path, description = "The token.")),
    responses((status = 204, description = "It is revoked.")))]
pub(super) async fn revoke(State(app): State<App>, caller: Caller, Id(id): Id) -> Outcome<http::StatusCode> {
    caller.may(Permission::Administer)?;
    tokens::revoke(&app.store, &caller.actor, &id).await?;
    Ok(http::StatusCode::NO_CONTENT)
}
