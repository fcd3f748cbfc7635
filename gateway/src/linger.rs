//! What a sender still sends after it was answered.
//!
//! A request may be answered before its body was read: it is too long, or its sender may not. Closing the
//! connection then makes the sender's system throw away what it had received, and many a client writes its
//! whole body before it reads: it would see a broken pipe instead of the words. So what remains is read and
//! thrown away for a while (RFC 9112, section 9.6).

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::EXPECT;
use http_body::{Body as _, Frame, SizeHint};

/// How long a body that nobody wants is read at most.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers, and then hears the sender out.
pub(crate) async fn hear_out(request: Request, next: Next) -> Response {
    // Who asks first is told before it sends anything.
    if request.body().is_end_stream() || request.headers().contains_key(EXPECT) {
        return next.run(request).await;
    }
    next.run(request.map(|body| Body::new(Heard(Some(body))))).await
}

/// A body of which the rest is read when nobody wants it any more; none once it ended.
struct Heard(Option<Body>);

impl http_body::Body for Heard {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.0 = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), http_body::Body::size_hint)
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        let Some(mut body) = self.0.take().filter(|body| !body.is_end_stream()) else {
            return;
        };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        runtime.spawn(tokio::time::timeout(PATIENCE, async move {
            while let Some(Ok(_)) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {}
        }));
    }
}
