//! Refusals of the widget's API: a status, a stable code, words.

use axum::Json;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use portal::limit::TooMany;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::identity::Rejected;

/// What the frame gets instead of an answer.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    code: &'static str,
    words: String,
    retry_after: Option<u64>,
    /// The field of a form that it is about.
    field: Option<&'static str>,
}

pub(super) type Answer<T> = Result<T, Refused>;

impl Refused {
    pub(super) fn new(status: StatusCode, code: &'static str, words: impl Into<String>) -> Refused {
        Refused {
            status,
            code,
            words: words.into(),
            retry_after: None,
            field: None,
        }
    }

    /// One field of a form is wrong; the words are for the visitor.
    pub(super) fn of_field(field: &'static str, words: String) -> Refused {
        Refused {
            field: Some(field),
            ..Refused::invalid(words)
        }
    }

    /// The token is not, or no longer, a visitor's: the frame begins anew.
    pub(super) fn session() -> Refused {
        Refused::new(
            StatusCode::UNAUTHORIZED,
            "session",
            "the visitor's token is missing, unknown or too old; begin a new session",
        )
    }

    pub(super) fn missing() -> Refused {
        Refused::new(StatusCode::NOT_FOUND, "not_found", "not found")
    }

    pub(super) fn invalid(words: impl Into<String>) -> Refused {
        Refused::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", words)
    }
}

impl From<TooMany> for Refused {
    fn from(error: TooMany) -> Refused {
        Refused {
            retry_after: Some(error.retry_after),
            ..Refused::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many",
                format!("too often; try again in {} s", error.retry_after),
            )
        }
    }
}

impl From<Rejected> for Refused {
    fn from(error: Rejected) -> Refused {
        Refused::new(StatusCode::FORBIDDEN, error.code(), error.to_string())
    }
}

impl From<channels::webchat::Refusal> for Refused {
    fn from(error: channels::webchat::Refusal) -> Refused {
        Refused::invalid(error.to_string())
    }
}

impl From<conversation::Error> for Refused {
    fn from(error: conversation::Error) -> Refused {
        use conversation::Error;
        match error {
            Error::NotFound => Refused::missing(),
            Error::Invalid(words) => Refused::invalid(words),
            Error::Conflict(words) => Refused::new(StatusCode::CONFLICT, "conflict", words),
            error => {
                tracing::error!(%error, "a request of the widget failed");
                let status = if error.is_transient() {
                    StatusCode::SERVICE_UNAVAILABLE
                } else {
                    StatusCode::INTERNAL_SERVER_ERROR
                };
                Refused::new(
                    status,
                    "failed",
                    "something went wrong on our side; try again in a moment",
                )
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut body = json!({ "error": self.code, "message": self.words });
        if let Some(field) = self.field {
            body["field"] = field.into();
        }
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A JSON body.
pub(super) fn json<T: DeserializeOwned>(body: &Bytes) -> Answer<T> {
    serde_json::from_slice(body).map_err(|error| {
        Refused::new(
            StatusCode::BAD_REQUEST,
            "json",
            format!("the body cannot be read: {error}"),
        )
    })
}

/// Refuses what another site makes a browser send: the frame is of our origin, and nobody else speaks to this API.
pub(super) async fn same_origin(request: Request, next: Next) -> Response {
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_reading || portal::guard::is_same_origin(request.headers()) {
        next.run(request).await
    } else {
        Refused::new(
            StatusCode::FORBIDDEN,
            "origin",
            "the widget's API answers its own frame only",
        )
        .into_response()
    }
}
