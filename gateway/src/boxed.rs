//! Handlers behind a pointer.
//!
//! Each of axum's layers around a handler is generic over it, and at each the compiler proves anew that the
//! handler's future, with everything that it awaits, may move between threads. Behind a pointer that is proved
//! once.

use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;

type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler whose type says nothing about it.
pub(crate) struct Boxed<S>(Arc<dyn Fn(Request, S) -> Answering + Send + Sync>);

impl<S> Clone for Boxed<S> {
    fn clone(&self) -> Self {
        Boxed(self.0.clone())
    }
}

/// Puts a handler behind a pointer.
pub(crate) fn boxed<H, T, S>(handler: H) -> Boxed<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Send + 'static,
{
    Boxed(Arc::new(move |request, state| {
        Box::pin(handler.clone().call(request, state))
    }))
}

/// Tells axum's handlers that are functions from those that are boxed.
pub(crate) enum ByPointer {}

impl<S: Send + Sync + 'static> Handler<ByPointer, S> for Boxed<S> {
    type Future = Answering;

    fn call(self, request: Request, state: S) -> Answering {
        (self.0)(request, state)
    }
}
