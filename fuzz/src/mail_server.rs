//! How a talk with a mail server begins: where it is, and what we show to be let in.

use channels::email::settings::{Credentials, TlsMode};

#[path = "scripted.rs"]
#[expect(dead_code, reason = "Redis takes its turns in another way")]
mod scripted;

/// What the settings of reading and of sending have in common.
pub struct Server {
    pub host: String,
    pub port: u16,
    pub tls: TlsMode,
    pub user: String,
    /// None where nothing is to be shown.
    pub auth: Option<Credentials>,
}

/// Talks with a server that says a piece of `script` after each line of ours. The lowest three bits of `flags` choose what we show (nothing, a token, a
/// password, one outside of ASCII) and whether we ask for TLS.
pub fn run<F: Future<Output = ()>>(flags: u8, script: &[u8], client: impl FnOnce(Server) -> F) {
    let password = |password: &str| Credentials::Password {
        password: password.to_owned(),
    };
    let auth = match flags & 3 {
        0 => None,
        1 => Some(Credentials::Xoauth2 {
            access_token: "token".to_owned(),
        }),
        2 => Some(password("secret")),
        _ => Some(password("ésecret")),
    };
    let tls = if flags & 4 == 0 {
        TlsMode::None
    } else {
        TlsMode::Starttls
    };
    scripted::run(script, scripted::Turns::Lines, |port| {
        client(Server {
            host: "127.0.0.1".to_owned(),
            port,
            tls,
            user: "bo".to_owned(),
            auth,
        })
    });
}
