//! The form of an e-mail inbox as settings, and settings as the form.

use channels::email::dkim::{DkimSettings, Signer};
use channels::email::{Begin, Credentials, EmailSettings, ImapSettings, SmtpSettings, TlsMode};
use conversation::contacts::normal_email;
use conversation::types::Language;
use ui::i18n;

use super::DEFAULTS;
use crate::auth::form::Form;
use crate::settings::certificates;
use crate::settings::draw::Errors;

/// The largest mail that is fetched whole, unless it was set otherwise.
const MAX_SIZE: u32 = 40 * 1024 * 1024;

/// The most folders beside the first.
const MOST_FOLDERS: usize = 50;

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

fn password(auth: &Credentials) -> &str {
    match auth {
        Credentials::Password { password } => password,
        Credentials::Xoauth2 { access_token } => access_token,
        Credentials::Oauth { account } => account,
    }
}

fn mode(text: &str) -> TlsMode {
    match text {
        "none" => TlsMode::None,
        "starttls" => TlsMode::Starttls,
        _ => TlsMode::Tls,
    }
}

pub(super) const fn mode_text(mode: TlsMode) -> &'static str {
    match mode {
        TlsMode::None => "none",
        TlsMode::Starttls => "starttls",
        TlsMode::Tls => "tls",
    }
}

/// A form that is read: what is wrong in it is gathered, so that everything is said at once.
struct Reader<'a> {
    lang: Language,
    form: &'a Form,
    errors: Errors,
}

impl Reader<'_> {
    fn get(&self, name: &str) -> String {
        self.form.get(name).trim().to_owned()
    }

    fn wrong(&mut self, field: &str, words: impl Into<String>) {
        self.errors.push((field.to_owned(), words.into()));
    }

    fn wrong_key(&mut self, field: &str, key: &'static str) {
        let words = i18n::t(self.lang, key);
        self.wrong(field, words);
    }

    /// The port of a server that is named.
    fn port(&mut self, name: &str) -> u16 {
        let port = self.get(name).parse::<u16>().ok().filter(|port| *port > 0);
        port.unwrap_or_else(|| {
            self.wrong_key(name, "error-port");
            0
        })
    }

    /// What was typed as a password, else what was stored.
    fn password(&self, name: &str, old: Option<Credentials>) -> Option<Credentials> {
        match self.form.get(name) {
            "" => old,
            given => Some(Credentials::Password {
                password: given.to_owned(),
            }),
        }
    }

    /// The certificates that are trusted for a server.
    fn trusted(&self, server: &str) -> Option<String> {
        Some(certificates::trusted(self.form, server)).filter(|text| !text.is_empty())
    }

    fn dkim(&mut self, address: &str, old: Option<&DkimSettings>) -> Option<DkimSettings> {
        let (domain, selector, key) = (self.get("dkim_domain"), self.get("dkim_selector"), self.get("dkim_key"));
        if domain.is_empty() && selector.is_empty() && key.is_empty() {
            return None;
        }
        let settings = DkimSettings {
            domain: if domain.is_empty() {
                domain_of(address).to_owned()
            } else {
                domain
            },
            selector,
            private_key: if key.is_empty() {
                old.map(|dkim| dkim.private_key.clone()).unwrap_or_default()
            } else {
                key
            },
        };
        if let Err(why) = Signer::new(&settings) {
            self.wrong("dkim_key", why.to_string());
        }
        Some(settings)
    }

    /// Every further folder that is named or picked, each once.
    fn more_folders(&self) -> Vec<String> {
        let form = self.form;
        form.get("imap_more_folders")
            .lines()
            .map(str::trim)
            // What the picker shows, the picker says.
            .filter(|line| !form.all("imap_found").any(|found| found == *line))
            .chain(form.all("imap_pick"))
            .filter(|line| !line.is_empty() && *line != form.get("imap_folder").trim())
            .fold(Vec::new(), |mut all: Vec<String>, line| {
                if all.len() < MOST_FOLDERS && !all.iter().any(|known| known == line) {
                    all.push(line.to_owned());
                }
                all
            })
    }

    /// `address` is the user where none is named: most servers know a mailbox by it.
    fn imap(&mut self, address: &str, old: Option<&ImapSettings>) -> Option<ImapSettings> {
        let host = Some(self.get("imap_host")).filter(|host| !host.is_empty())?;
        let port = self.port("imap_port");
        let auth = self.password("imap_password", old.map(|imap| imap.auth.clone()));
        if auth.as_ref().is_none_or(|auth| password(auth).is_empty()) {
            self.wrong_key("imap_password", "error-password");
        }
        Some(ImapSettings {
            host,
            port,
            tls: mode(self.form.get("imap_tls")),
            user: Some(self.get("imap_user"))
                .filter(|user| !user.is_empty())
                .unwrap_or_else(|| address.to_owned()),
            auth: auth.unwrap_or(Credentials::Password {
                password: String::new(),
            }),
            folder: Some(self.get("imap_folder"))
                .filter(|folder| !folder.is_empty())
                .unwrap_or_else(|| "INBOX".to_owned()),
            more_folders: self.more_folders(),
            begin: match self.form.get("imap_begin") {
                "now" => Begin::Now,
                "all" => Begin::Everything,
                days => days
                    .parse()
                    .map_or(old.map_or(Begin::Everything, |imap| imap.begin), Begin::Days),
            },
            extra_ca: self.trusted("imap"),
            max_size: old.map_or(MAX_SIZE, |imap| imap.max_size),
        })
    }

    /// `account` is the mailbox's user and what proves that it is ours, where the form tells: one account for both is the usual case, and
    /// said once is enough.
    fn smtp(
        &mut self,
        old: Option<&SmtpSettings>,
        account: Option<(&str, Option<Credentials>)>,
    ) -> Option<SmtpSettings> {
        let host = Some(self.get("smtp_host")).filter(|host| !host.is_empty())?;
        let port = self.port("smtp_port");
        let mut user = self.get("smtp_user");
        let mut auth = self.password("smtp_password", old.and_then(|smtp| smtp.auth.clone()));
        if auth.is_none()
            && old.is_none()
            && let Some((own, proof)) = account
            && (user.is_empty() || user == own)
        {
            auth = proof;
            user = own.to_owned();
        }
        if user.is_empty() {
            auth = None;
        }
        Some(SmtpSettings {
            host,
            port,
            tls: mode(self.form.get("smtp_tls")),
            user,
            auth,
            extra_ca: self.trusted("smtp"),
            hello: old.map(|smtp| smtp.hello.clone()).unwrap_or_default(),
        })
    }
}

/// Reads the form. Empty secrets keep what was stored.
pub(crate) fn read(lang: Language, form: &Form, old: Option<EmailSettings>) -> Result<EmailSettings, Errors> {
    let mut reader = Reader {
        lang,
        form,
        errors: Errors::new(),
    };
    let old = old.as_ref();
    let address = match old {
        Some(old) => old.address.clone(),
        None => normal_email(form.get("address")).unwrap_or_else(|_| {
            reader.wrong_key("address", "error-email");
            String::new()
        }),
    };
    for field in [
        certificates::BOTH,
        certificates::alone("imap"),
        certificates::alone("smtp"),
    ] {
        let text = reader.get(field);
        if !text.is_empty() && !certificates::is_certificate(&text) {
            reader.wrong_key(field, "error-certificate");
        }
    }
    let dkim = reader.dkim(&address, old.and_then(|old| old.dkim.as_ref()));
    let old_imap = old.and_then(|old| old.imap.as_ref());
    let imap = reader.imap(&address, old_imap);
    let account = imap.as_ref().map(|imap| {
        let proof = reader.password("imap_password", old_imap.map(|imap| imap.auth.clone()));
        (imap.user.as_str(), proof)
    });
    let smtp = reader.smtp(old.and_then(|old| old.smtp.as_ref()), account);
    if !reader.errors.is_empty() {
        return Err(reader.errors);
    }
    Ok(EmailSettings {
        address,
        name: reader.get("sender"),
        imap,
        smtp,
        quote_history: form.is_on("quote_history"),
        copy_to_sent: form.is_on("copy_to_sent"),
        follow_sent: form.is_on("follow_sent"),
        sent_folder: reader.get("sent_folder"),
        group_hours: reader.get("group_hours").parse().unwrap_or(0),
        ignore_spam_marks: !form.is_on("spam_marks"),
        dkim,
    })
}

pub(crate) fn fill(form: &mut Form, settings: &EmailSettings) {
    form.push("sender", settings.name.as_str());
    match &settings.imap {
        Some(imap) => {
            form.push("imap_host", imap.host.as_str());
            form.push("imap_port", imap.port.to_string());
            form.push("imap_tls", mode_text(imap.tls));
            form.push("imap_user", imap.user.as_str());
            form.push("imap_folder", imap.folder.as_str());
            form.push("imap_more_folders", imap.more_folders.join("\n"));
            form.push(
                "imap_begin",
                match imap.begin {
                    Begin::Now => "now".to_owned(),
                    Begin::Days(days) => days.to_string(),
                    Begin::Everything => "all".to_owned(),
                },
            );
        }
        None => DEFAULTS[..4].iter().for_each(|(name, value)| form.push(*name, *value)),
    }
    match &settings.smtp {
        Some(smtp) => {
            form.push("smtp_host", smtp.host.as_str());
            form.push("smtp_port", smtp.port.to_string());
            form.push("smtp_tls", mode_text(smtp.tls));
            form.push("smtp_user", smtp.user.as_str());
        }
        None => DEFAULTS[4..6].iter().for_each(|(name, value)| form.push(*name, *value)),
    }
    for (name, is_on) in [
        ("quote_history", settings.quote_history),
        ("copy_to_sent", settings.copy_to_sent),
        ("follow_sent", settings.follow_sent),
        ("spam_marks", !settings.ignore_spam_marks),
    ] {
        if is_on {
            form.push(name, "on");
        }
    }
    form.push("sent_folder", settings.sent_folder.as_str());
    form.push("group_hours", settings.group_hours.to_string());
    if let Some(dkim) = &settings.dkim {
        form.push("dkim_domain", dkim.domain.as_str());
        form.push("dkim_selector", dkim.selector.as_str());
        // The public half, for the DNS; the private one never leaves again.
        if let Ok(signer) = Signer::new(dkim) {
            form.push("dkim_record_name", signer.record_name());
            form.push("dkim_record", signer.record());
        }
    }
    let of_imap = settings.imap.as_ref().map(|imap| imap.extra_ca.as_deref());
    let of_smtp = settings.smtp.as_ref().map(|smtp| smtp.extra_ca.as_deref());
    certificates::fill(form, of_imap, of_smtp);
}
