//! Signing in with an access token: XOAUTH2 (Google's and Microsoft's own), and OAUTHBEARER (RFC 7628)
//! where a server has only that.

/// How a token is shown to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bearer {
    /// `XOAUTH2`.
    Xoauth2,
    /// `OAUTHBEARER`.
    Oauthbearer,
}

impl Bearer {
    /// The way a server offers, by the names of its mechanisms. XOAUTH2 is preferred, and taken where
    /// nothing is offered: some servers list nothing and take it.
    pub(super) fn of<'a>(mechanisms: impl IntoIterator<Item = &'a str>) -> Bearer {
        let mut best = Bearer::Xoauth2;
        for name in mechanisms {
            if name.eq_ignore_ascii_case("XOAUTH2") {
                return Bearer::Xoauth2;
            }
            if name.eq_ignore_ascii_case("OAUTHBEARER") {
                best = Bearer::Oauthbearer;
            }
        }
        best
    }

    /// Its name in AUTH and AUTHENTICATE.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Bearer::Xoauth2 => "XOAUTH2",
            Bearer::Oauthbearer => "OAUTHBEARER",
        }
    }

    /// What the client says first, before base64.
    pub(super) fn first(self, user: &str, host: &str, port: u16, token: &str) -> String {
        match self {
            Bearer::Xoauth2 => format!("user={user}\u{1}auth=Bearer {token}\u{1}\u{1}"),
            // The head is GS2's, where comma and equals sign part things (RFC 5801, 4).
            Bearer::Oauthbearer => format!(
                "n,a={},\u{1}host={host}\u{1}port={port}\u{1}auth=Bearer {token}\u{1}\u{1}",
                user.replace('=', "=3D").replace(',', "=2C")
            ),
        }
    }

    /// What it says to the challenge that tells why it is refused, before base64; then the refusal comes.
    pub(super) const fn after_refusal(self) -> &'static str {
        match self {
            Bearer::Xoauth2 => "",
            Bearer::Oauthbearer => "\u{1}",
        }
    }
}

#[cfg(test)]
mod tests;
