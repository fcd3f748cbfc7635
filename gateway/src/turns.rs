//! Two who save one form in the same instant: the second is looked at when the first is done, and so `settings/meanwhile.rs`
//! sees what was saved. Between several processes the instant remains.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::Response;
use tokio::sync::Mutex as Turn;

/// The forms that somebody saves now, by their paths.
pub(crate) type Turns = Arc<Mutex<HashMap<String, Weak<Turn<()>>>>>;

/// How long somebody waits for another who saves the same form; a save takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(3);

/// Forms that are looked at one after the other; the session is known before one waits.
pub(crate) fn in_turns<S: Clone + Send + Sync + 'static>(turns: &Turns, routes: Router<S>) -> Router<S> {
    routes.route_layer(middleware::from_fn_with_state(turns.clone(), in_turn))
}

/// Has everything that is sent to one path wait for what was sent there before.
async fn in_turn(State(turns): State<Turns>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let turn = {
        let mut all = turns.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, turn| turn.strong_count() > 0);
        let path = request.uri().path().to_owned();
        let known = all.get(&path).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let turn = Arc::new(Turn::new(()));
            all.insert(path, Arc::downgrade(&turn));
            turn
        })
    };
    // Whoever sends slowly keeps nobody else from saving: then the instant remains here, too.
    let _mine = tokio::time::timeout(PATIENCE, turn.lock()).await.ok();
    next.run(request).await
}
