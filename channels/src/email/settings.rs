//! The settings of an e-mail inbox. Secrets are in the same structure; the store seals its JSON.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::dkim::DkimSettings;

/// One e-mail account: the address people write to, and the servers it is read from and sent by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Whether an answer quotes the message it answers.
    #[serde(default)]
    pub quote_history: bool,
    /// Whether a copy of what is sent is put into the mailbox's own folder for sent mail.
    #[serde(default)]
    pub copy_to_sent: bool,
    /// Whether what is sent from the mailbox with another program (a telephone, a web mail) is read from that folder, too: from when
    /// this was switched on.
    #[serde(default)]
    pub follow_sent: bool,
    /// The name of that folder; empty for the one the server names (`\\Sent`, RFC 6154).
    #[serde(default)]
    pub sent_folder: String,
    /// For so many hours a mail that names no other one continues what the same sender wrote under the same subject: for devices and
    /// programs, which begin a new mail each time. 0 is never; more than 720 count as 720.
    #[serde(default)]
    pub group_hours: u32,
    /// Whether what the mail server marks as spam is filed like every other mail.
    #[serde(default)]
    pub ignore_spam_marks: bool,
    /// The key that signs what is sent, where the sending server does not sign by itself.
    #[serde(default)]
    pub dkim: Option<DkimSettings>,
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
    /// Further folders that are read, each with its own cursor.
    #[serde(default)]
    pub more_folders: Vec<String>,
    /// What of the mail that is there already is read when a folder is attached.
    #[serde(default)]
    pub begin: Begin,
    /// Certificates (PEM) trusted beside the public ones, for a server with a private authority.
    #[serde(default)]
    pub extra_ca: Option<String>,
    /// The largest mail that is fetched whole, in bytes; of a larger one only the header is read.
    #[serde(default = "default_max_size")]
    pub max_size: u32,
}

impl Default for ImapSettings {
    fn default() -> Self {
        ImapSettings {
            host: String::new(),
            port: 993,
            tls: TlsMode::Tls,
            user: String::new(),
            auth: Credentials::Password {
                password: String::new(),
            },
            folder: inbox_folder(),
            more_folders: Vec::new(),
            begin: Begin::default(),
            extra_ca: None,
            max_size: default_max_size(),
        }
    }
}

impl ImapSettings {
    /// All folders that are read, each once.
    pub fn folders(&self) -> Vec<&str> {
        let mut all: Vec<&str> = Vec::new();
        for folder in std::iter::once(&self.folder).chain(&self.more_folders) {
            // INBOX is the one name whose case does not count (RFC 3501, 5.1).
            let is_known = all.iter().any(|known| {
                known == folder || (known.eq_ignore_ascii_case("INBOX") && folder.eq_ignore_ascii_case("INBOX"))
            });
            if !folder.is_empty() && !is_known {
                all.push(folder);
            }
        }
        all
    }
}

/// What of a folder is read when it is attached for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Begin {
    /// What arrives from now on.
    Now,
    /// The last so many days, too.
    Days(u32),
    /// Everything that is there.
    #[default]
    Everything,
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
    /// The account that was connected with OAuth 2; its token is fetched before each connection.
    Oauth {
        /// The id of the account.
        account: String,
    },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Credentials::Password { .. } => "Password(…)",
            Credentials::Xoauth2 { .. } => "Xoauth2(…)",
            Credentials::Oauth { .. } => "Oauth(…)",
        })
    }
}

fn inbox_folder() -> String {
    "INBOX".to_owned()
}

const fn default_max_size() -> u32 {
    40 * 1024 * 1024
}
