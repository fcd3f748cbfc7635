//! What handlers answer with.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// A drawn page or fragment as an answer.
pub fn html(markup: maud::Markup) -> Response {
    Html(markup.into_string()).into_response()
}

/// 303 to a path of ours.
pub fn see_other(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, path.to_owned())]).into_response()
}
