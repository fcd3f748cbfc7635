//! The settings of an e-mail inbox. Secrets are in the same structure; the store seals its JSON.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One e-mail account: the address people write to, and the servers it is read from and sent by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailSettings {
    /// The address, such as `support@example.com`.
    pub address: String,
    /// The display name in From, such as `Acme Support`; empty for none.
    #[serde(default)]
    pub name: String,
    /// Where mail is read. `None` when it only comes by `email deliver` or the web hook.
    #[serde(default)]
    pub imap: Option<ImapSettings>,
    /// Where mail is sent. `None` when the inbox only receives.
    #[serde(default)]
    pub smtp: Option<SmtpSettings>,
}

/// A mailbox that is read over IMAP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImapSettings {
    /// The host name, which is also the name that the certificate must carry.
    pub host: String,
    /// The port: 993 for `tls`, 143 for `starttls` and `none`.
    pub port: u16,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: TlsMode,
    /// The user name.
    pub user: String,
    /// The password or token.
    pub auth: Credentials,
    /// The folder that is read.
    #[serde(default = "inbox_folder")]
    pub folder: String,
    /// Certificates (PEM) trusted beside the public ones, for a server with a private authority.
    #[serde(default)]
    pub extra_ca: Option<String>,
    /// The largest mail that is fetched whole, in bytes; of a larger one only the header is read.
    #[serde(default = "default_max_size")]
    pub max_size: u32,
}

/// A server that takes mail for sending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpSettings {
    /// The host name, which is also the name that the certificate must carry.
    pub host: String,
    /// The port: 465 for `tls`, 587 for `starttls`, 25 for `none`.
    pub port: u16,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: TlsMode,
    /// The user name; empty with no `auth`.
    #[serde(default)]
    pub user: String,
    /// The password or token; `None` when the server asks for none.
    #[serde(default)]
    pub auth: Option<Credentials>,
    /// Certificates (PEM) trusted beside the public ones.
    #[serde(default)]
    pub extra_ca: Option<String>,
    /// The name said in EHLO; the domain of the inbox where it is empty.
    #[serde(default)]
    pub hello: String,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsMode {
    /// Clear text; for a server on the same machine only.
    None,
    /// Clear text, then STARTTLS; never continues in clear text when the server refuses.
    Starttls,
    /// TLS from the first byte.
    #[default]
    Tls,
}

/// What proves that the account is ours.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Credentials {
    /// A password, sent with PLAIN or LOGIN.
    Password {
        /// The password.
        password: String,
    },
    /// An OAuth 2 access token, sent with XOAUTH2; whoever owns the settings renews it.
    Xoauth2 {
        /// The access token.
        access_token: String,
    },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credentials::Password { .. } => "Password(…)",
            Credentials::Xoauth2 { .. } => "Xoauth2(…)",
        })
    }
}

fn inbox_folder() -> String {
    "INBOX".to_owned()
}

const fn default_max_size() -> u32 {
    40 * 1024 * 1024
}
