//! The providers: their servers, their words, and where their consent is given.

use serde::{Deserialize, Serialize};

use crate::email::settings::{Begin, Credentials, ImapSettings, SmtpSettings, TlsMode};

/// Whose account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Gmail and Google Workspace.
    Google,
    /// Microsoft 365 and Outlook.com.
    Microsoft,
}

impl Provider {
    /// All of them.
    pub const ALL: [Provider; 2] = [Provider::Google, Provider::Microsoft];

    /// The word in addresses and rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Provider::Google => "google",
            Provider::Microsoft => "microsoft",
        }
    }

    /// The provider by its word.
    pub fn of(word: &str) -> Option<Provider> {
        Provider::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// The name that people know.
    pub const fn name(self) -> &'static str {
        match self {
            Provider::Google => "Google",
            Provider::Microsoft => "Microsoft 365",
        }
    }

    /// What the consent is asked for (RFC 6749, 3.3): mail by IMAP and SMTP, and the address of the account.
    pub(super) const fn scope(self) -> &'static str {
        match self {
            Provider::Google => "https://mail.google.com/ openid email",
            Provider::Microsoft => {
                "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access openid email"
            }
        }
    }

    /// The servers of its accounts, for settings that are made after the consent.
    pub fn servers(self, address: &str, account: &str) -> (ImapSettings, SmtpSettings) {
        let auth = Credentials::Oauth {
            account: account.to_owned(),
        };
        let (imap, smtp, port, tls) = match self {
            Provider::Google => ("imap.gmail.com", "smtp.gmail.com", 465, TlsMode::Tls),
            Provider::Microsoft => ("outlook.office365.com", "smtp.office365.com", 587, TlsMode::Starttls),
        };
        let imap = ImapSettings {
            host: imap.to_owned(),
            user: address.to_owned(),
            auth: auth.clone(),
            begin: Begin::Now,
            ..ImapSettings::default()
        };
        let smtp = SmtpSettings {
            host: smtp.to_owned(),
            port,
            tls,
            user: address.to_owned(),
            auth: Some(auth),
            extra_ca: None,
            hello: String::new(),
        };
        (imap, smtp)
    }
}

/// Where a provider is reached; tests have it on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Where the owner consents.
    pub authorize: String,
    /// Where codes and refresh tokens become access tokens.
    pub token: String,
}

impl Endpoints {
    /// The provider's own, or those below `base`. `tenant` is Microsoft's, `common` where it is empty.
    pub fn of(provider: Provider, base: Option<&str>, tenant: &str) -> Endpoints {
        let tenant = if tenant.trim().is_empty() {
            "common"
        } else {
            tenant.trim()
        };
        let base = base.map(|base| base.trim_end_matches('/'));
        match (provider, base) {
            (Provider::Google, None) => Endpoints {
                authorize: "https://accounts.google.com/o/oauth2/v2/auth".to_owned(),
                token: "https://oauth2.googleapis.com/token".to_owned(),
            },
            (Provider::Google, Some(base)) => Endpoints {
                authorize: format!("{base}/o/oauth2/v2/auth"),
                token: format!("{base}/token"),
            },
            (Provider::Microsoft, base) => {
                let base = base.unwrap_or("https://login.microsoftonline.com");
                Endpoints {
                    authorize: format!("{base}/{tenant}/oauth2/v2.0/authorize"),
                    token: format!("{base}/{tenant}/oauth2/v2.0/token"),
                }
            }
        }
    }
}
