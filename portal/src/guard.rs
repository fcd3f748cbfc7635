//! Refuses requests that another site makes a browser send. Cookies are `SameSite=Lax` as well.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Whether the headers of a writing request say that our own page (or no browser) sent it.
///
/// Fetch metadata where the browser sends it, else `Origin`, else `Referer`; each is compared with
/// `Host`. A request with none of them comes from no browser of this decade.
pub fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(host) = text(header::HOST) else {
        return !headers.contains_key(header::ORIGIN);
    };
    let same = |url: &str| {
        url.split_once("://")
            .map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default())
            .is_some_and(|authority| authority.eq_ignore_ascii_case(host))
    };
    match (headers.contains_key(header::ORIGIN), text(header::ORIGIN)) {
        (true, origin) => origin.is_some_and(same),
        (false, _) => text(header::REFERER).is_none_or(same),
    }
}

/// Answers 403 to a writing request of another site.
pub async fn same_origin(request: Request, next: Next) -> Response {
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_reading || is_same_origin(request.headers()) {
        next.run(request).await
    } else {
        crate::request::Failed::Status(StatusCode::FORBIDDEN).into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_our_own_pages_may_write() {
        for (fields, may) in [
            (vec![], true),
            (vec![("host", "desk.example")], true),
            (vec![("host", "desk.example"), ("origin", "https://desk.example")], true),
            (
                vec![("host", "desk.example:8080"), ("origin", "http://desk.example:8080")],
                true,
            ),
            (
                vec![("host", "desk.example"), ("origin", "https://desk.example:8080")],
                false,
            ),
            (
                vec![("host", "desk.example"), ("origin", "https://evil.example")],
                false,
            ),
            (vec![("host", "desk.example"), ("origin", "null")], false),
            (
                vec![
                    ("host", "desk.example"),
                    ("origin", "https://desk.example.evil.example"),
                ],
                false,
            ),
            (vec![("origin", "https://evil.example")], false),
            (
                vec![("host", "desk.example"), ("referer", "https://desk.example/portal?x")],
                true,
            ),
            (
                vec![
                    ("host", "desk.example"),
                    ("referer", "https://evil.example/desk.example"),
                ],
                false,
            ),
            (
                vec![
                    ("host", "desk.example"),
                    ("sec-fetch-site", "same-origin"),
                    ("origin", "null"),
                ],
                true,
            ),
            (vec![("host", "desk.example"), ("sec-fetch-site", "none")], true),
            (
                vec![
                    ("host", "desk.example"),
                    ("sec-fetch-site", "same-site"),
                    ("origin", "https://desk.example"),
                ],
                false,
            ),
            (vec![("host", "desk.example"), ("sec-fetch-site", "cross-site")], false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in &fields {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            assert_eq!(is_same_origin(&headers), may, "{fields:?}");
        }
    }
}
