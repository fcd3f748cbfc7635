//! The body of another server's answer, as long as it may be and no longer.

use reqwest::Response;

/// Why a body was not read.
#[derive(Debug)]
pub(crate) enum BodyError {
    TooLong,
    Http(reqwest::Error),
}

/// Reads a body up to a limit in bytes, whatever its length header claims; what has no end is left at the limit.
pub(crate) async fn limited(mut response: Response, limit: u64) -> Result<Vec<u8>, BodyError> {
    if response.content_length().is_some_and(|length| length > limit) {
        return Err(BodyError::TooLong);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Http)? {
        if (body.len() + chunk.len()) as u64 > limit {
            return Err(BodyError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
