//! The agents' door: sign-in, sign-out, the set-up of the first administrator, invitations; and what
//! every page behind it shares: who is there, anti-forgery, security headers, error pages.

mod answer;
pub mod cookies;
mod door;
mod entry;
mod failed;
pub mod failure;
mod forgotten;
pub mod form;
mod guard;
pub(crate) mod letter;
pub mod limits;
pub(crate) mod party;
mod paths;
pub mod policy;
pub mod second;
pub mod session;
mod set_up;
pub mod sso;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::extract::Request;
use axum::routing::{get, post};
use axum::{Extension, Router, middleware};
use conversation::Error;
use ui::routes;

use self::failure::Failure;
use self::limits::SignInLimits;
use crate::app::App;
use crate::boxed::boxed;

pub use answer::{html, see_other};
pub(crate) use guard::policy_with_pictures;
pub use paths::{link_url, own_path};
pub use session::SignedIn;
pub use set_up::password_trouble;

/// The routes of the door.
pub fn routes(app: &App) -> Router<App> {
    let routes = Router::new()
        .route(
            routes::SIGN_IN,
            get(boxed(door::show_sign_in)).post(boxed(door::sign_in)),
        )
        .route(
            routes::FORGOTTEN,
            get(boxed(forgotten::show)).post(boxed(forgotten::ask)),
        )
        .route(routes::SIGN_OUT, post(boxed(door::sign_out)))
        .route(routes::SECOND, get(boxed(second::show)).post(boxed(second::take)))
        .route(routes::AGAIN, get(boxed(second::show_again)).post(boxed(second::again)))
        .route(routes::PASSKEY_BEGIN, post(boxed(second::passkey_begin)))
        .route(routes::PASSKEY, post(boxed(second::passkey)))
        .route(routes::SSO, get(boxed(sso::begin)))
        .route(routes::SSO_CALLBACK, get(boxed(sso::callback)))
        .route(
            routes::SET_UP,
            get(boxed(set_up::show_set_up)).post(boxed(set_up::set_up)),
        )
        .route("/welcome/{token}", get(boxed(set_up::welcome)))
        .layer(Extension(Arc::new(SignInLimits::default())));
    guard(app, routes)
}

/// Puts the guard around routes: it finds out who asks, dresses failures as pages in their
/// language, and sets the headers that keep other people's pages and scripts out.
pub fn guard(app: &App, routes: Router<App>) -> Router<App> {
    routes.route_layer(middleware::from_fn_with_state(app.clone(), guard::identify))
}

/// What answers where nothing is: a page in the language of whoever asks, known by their session or not.
pub fn nothing_here(app: &App) -> Router<App> {
    Router::new()
        // Guesses at the addresses of the portal lead to what is meant.
        .fallback(async |request: Request| {
            portal::guesses::led(request.method(), request.uri(), request.headers())
                .ok_or(Failure::Core(Error::NotFound))
        })
        .layer(middleware::from_fn_with_state(app.clone(), guard::identify))
}
