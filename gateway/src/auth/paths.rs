//! Where to go on to, and where one-time links lead.

use ui::routes;

/// The address of a one-time link, for the set-up and for invitations.
pub fn link_url(public_url: &str, secret: &str) -> String {
    format!("{public_url}{}?token={}", routes::SET_UP, routes::escape(secret))
}

/// A path of ours to go on to; anything that could lead elsewhere becomes the inbox.
pub fn own_path(next: &str) -> &str {
    let is_door = [routes::SIGN_IN, routes::SIGN_OUT, routes::SET_UP]
        .iter()
        .any(|door| next.starts_with(door));
    if is_plain(next) && !is_door {
        next
    } else {
        routes::INBOX
    }
}

/// Whether a text is a path of ours, in no browser's reading anything else.
fn is_plain(next: &str) -> bool {
    next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= 1024
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}
