//! The browser modules and styles.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// One file below `/assets/`.
pub(super) async fn asset(Path(path): Path<String>) -> Response {
    let Some(asset) = ui::assets::get(&path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kept = if asset.immutable {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=300"
    };
    (
        [
            (header::CONTENT_TYPE, asset.mime),
            (header::CACHE_CONTROL, kept),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (
                header::HeaderName::from_static("cross-origin-resource-policy"),
                "cross-origin",
            ),
        ],
        Body::from(asset.bytes.into_owned()),
    )
        .into_response()
}
