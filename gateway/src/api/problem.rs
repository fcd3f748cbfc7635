//! Errors as problem documents (RFC 9457).

use axum::Json;
use axum::extract::{OriginalUri, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use conversation::Error;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

/// How long to wait before trying again when a service behind us is not there, in seconds.
const RETRY_SECONDS: u16 = 5;

/// An error, as every operation answers it (RFC 9457, `application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem, such as `urn:problem:switchboard:not-found`; compare this one.
    #[serde(rename = "type", serialize_with = "urn")]
    #[schema(value_type = String, example = "urn:problem:switchboard:not-found")]
    kind: &'static str,
    /// The kind in words.
    #[schema(example = "Not found")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    status: u16,
    /// What is wrong this time, and what to do about it.
    detail: String,
    /// The path of the request.
    #[schema(example = "/api/v1/conversations/01ARZ3NDEKTSV4RRFFQ69G5FAV")]
    instance: String,
    /// Of a stale reply: the position that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<i64>,
    /// Of a stale reply: the position of the newest message.
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<i64>,
    #[serde(skip)]
    #[schema(ignore)]
    retry_after: Option<u16>,
}

fn urn<S: serde::Serializer>(kind: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("urn:problem:switchboard:{kind}"))
}

/// What a handler answers.
pub(super) type Outcome<T> = Result<T, Problem>;

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Problem {
        Problem {
            kind,
            title,
            status: status.as_u16(),
            detail: detail.into(),
            instance: String::new(),
            seen: None,
            current: None,
            retry_after: None,
        }
    }

    /// The request cannot be read.
    pub(super) fn bad_request(detail: impl Into<String>) -> Problem {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "bad-request",
            "The request cannot be read",
            detail,
        )
    }

    /// No token, or one that is no good.
    pub(super) fn unauthorized(detail: &str) -> Problem {
        Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "A token is needed", detail)
    }

    /// The token's role does not include it.
    pub(super) fn forbidden(detail: impl Into<String>) -> Problem {
        Problem::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "The role does not allow this",
            detail,
        )
    }

    /// Missing, or not for this caller.
    pub(super) fn not_found() -> Problem {
        Problem::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "Not found",
            "there is nothing here for you; check the path and the ids in the request",
        )
    }

    /// The path exists, the method does not.
    pub(super) fn method_not_allowed() -> Problem {
        Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "Method not allowed",
            "the path exists, but not with this method; the Allow header names those it has",
        )
    }

    /// The request makes no sense as it stands.
    pub(super) fn invalid(detail: impl Into<String>) -> Problem {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "The request is not valid",
            detail,
        )
    }

    /// The state does not allow it.
    pub(super) fn conflict(detail: impl Into<String>) -> Problem {
        Problem::new(
            StatusCode::CONFLICT,
            "conflict",
            "The present state does not allow this",
            detail,
        )
    }

    /// The same request is being worked on.
    pub(super) fn in_progress() -> Problem {
        let mut problem = Problem::new(
            StatusCode::CONFLICT,
            "in-progress",
            "The request is in progress",
            "a request with this Idempotency-Key is being worked on; ask again in a moment",
        );
        problem.retry_after = Some(1);
        problem
    }

    /// It was done, and nobody knows what was answered.
    pub(super) fn answer_lost() -> Problem {
        Problem::new(
            StatusCode::CONFLICT,
            "answer-lost",
            "The request was carried out and its answer was lost",
            "this request changed something before its process ended, so it is not done again; look at what is there, and send what is missing with a new Idempotency-Key",
        )
    }

    /// The key belongs to another request.
    pub(super) fn key_reused() -> Problem {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency-key-reused",
            "The Idempotency-Key belongs to another request",
            "this Idempotency-Key was used for another request within two days; make a new key for each request",
        )
    }

    /// The token, or whoever has none, asks too often.
    pub(super) fn too_many(seconds: u64) -> Problem {
        let mut problem = Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many",
            "Too many requests",
            "this comes too often (server.api_per_minute); nothing was done, ask again after Retry-After seconds",
        );
        problem.retry_after = Some(u16::try_from(seconds).unwrap_or(60));
        problem
    }

    /// The body is too long.
    pub(super) fn too_large(limit: usize) -> Problem {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "The body is too large",
            format!("the body may have at most {limit} bytes"),
        )
    }

    /// The body is not what the operation takes.
    pub(super) fn unsupported_media_type() -> Problem {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "Unsupported media type",
            "send JSON with `Content-Type: application/json`",
        )
    }

    /// A fault of ours.
    pub(super) fn internal() -> Problem {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Internal error",
            "something went wrong on the server; its log says what",
        )
    }

    fn unavailable() -> Problem {
        let mut problem = Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "For the moment unavailable",
            "a service that is needed for this does not answer; nothing was changed, try again later",
        );
        problem.retry_after = Some(RETRY_SECONDS);
        problem
    }

    /// The kind for a status that something between us and the handler answered with.
    fn of_status(status: StatusCode) -> Problem {
        match status {
            StatusCode::NOT_FOUND => Problem::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Problem::method_not_allowed(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::unsupported_media_type(),
            StatusCode::SERVICE_UNAVAILABLE => Problem::unavailable(),
            status if status.is_server_error() => Problem::internal(),
            status => Problem::new(
                status,
                "bad-request",
                status.canonical_reason().unwrap_or("Error"),
                "the request was refused before it reached its operation",
            ),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        match error {
            Error::NotFound => Problem::not_found(),
            Error::Invalid(words) => Problem::invalid(words),
            Error::Conflict(words) => Problem::conflict(words),
            Error::Stale { seen, current } => {
                let mut problem = Problem::new(
                    StatusCode::CONFLICT,
                    "stale",
                    "Something newer was said",
                    "the conversation has a newer message than the position in `seen`; read it, then send again with its position",
                );
                (problem.seen, problem.current) = (Some(seen), Some(current));
                problem
            }
            error if error.is_transient() => {
                tracing::warn!(%error, "API request failed for now");
                Problem::unavailable()
            }
            error => {
                tracing::error!(%error, "API request failed");
                Problem::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Names the path in every problem, and makes a problem of errors that are none yet.
pub(super) async fn complete(request: Request, next: Next) -> Response {
    let path = match request.extensions().get::<OriginalUri>() {
        Some(OriginalUri(uri)) => uri.path().to_owned(),
        None => request.uri().path().to_owned(),
    };
    let mut response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let mut problem = response
        .extensions_mut()
        .remove::<Problem>()
        .unwrap_or_else(|| Problem::of_status(status));
    problem.instance = path;
    let mut named = problem.into_response();
    // Headers that the first answer had beside its body's own, such as Allow.
    for (name, value) in response.headers() {
        if !matches!(name.as_str(), "content-type" | "content-length") {
            named.headers_mut().insert(name, value.clone());
        }
    }
    named
}
