//! The cookies of the door. All are `HttpOnly` and `SameSite=Lax`; over HTTPS they are `Secure` and
//! carry the `__Host-` prefix, so that no neighbouring host can set them.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::app::App;

/// As long as browsers keep any cookie: 400 days. How long a session lasts is for the database to say.
const KEPT: u32 = 400 * 24 * 60 * 60;

fn name(app: &App, plain: &str) -> String {
    if app.config.is_https() {
        format!("__Host-{plain}")
    } else {
        plain.to_owned()
    }
}

/// The name of the cookie that holds the session's secret.
pub fn session_name(app: &App) -> String {
    name(app, "switchboard-session")
}

/// The name of the cookie that marks a browser as one that an agent has signed in with.
pub fn browser_name(app: &App) -> String {
    name(app, "switchboard-browser")
}

/// The name of the cookie that remembers the language of somebody who is not signed in.
pub const LANGUAGE: &str = "language";

fn make(app: &App, name: &str, value: &str, age: u32) -> String {
    let secure = if app.config.is_https() { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
}

/// The name of the cookie of a sign-in that is half done.
pub fn step_name(app: &App) -> String {
    name(app, "switchboard-step")
}

/// Holds a sign-in that is half done.
pub fn step(app: &App, secret: &str) -> String {
    make(app, &step_name(app), secret, 600)
}

/// Holds a session.
pub fn session(app: &App, secret: &str) -> String {
    make(app, &session_name(app), secret, KEPT)
}

/// Ends the cookie of a session.
pub fn no_session(app: &App) -> String {
    make(app, &session_name(app), "", 0)
}

/// Marks a browser.
pub fn browser(app: &App, mark: &str) -> String {
    make(app, &browser_name(app), mark, KEPT)
}

/// Adds a `Set-Cookie`.
pub fn set(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// The value of a cookie that came with a request.
pub fn get<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
