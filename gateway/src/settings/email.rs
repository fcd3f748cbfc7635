//! The form of an e-mail inbox.

use channels::email::certificate::Refused;
use channels::email::discover::{self, By, Connect};
use channels::email::dkim::{DkimSettings, Signer};
use channels::email::dns::Dns;
use channels::email::imap::Folder;
use channels::email::probe::{self, Failed, Probe};
use channels::email::{Begin, Credentials, EmailSettings, ImapSettings, SmtpSettings, TlsMode};
use conversation::contacts::normal_email;
use conversation::inboxes::Inbox;
use conversation::types::Language;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use ui::components::Tone;
use ui::icons::{Icon, icon};
use ui::{Ctx, i18n};

use super::certificates;
use super::draw::{Draw, Errors, copy};
use crate::app::App;
use crate::auth::form::Form;

/// What a new form holds.
pub(super) const DEFAULTS: [(&str, &str); 7] = [
    ("imap_port", "993"),
    ("imap_tls", "tls"),
    ("imap_folder", "INBOX"),
    ("imap_begin", "30"),
    ("smtp_port", "465"),
    ("smtp_tls", "tls"),
    // Who reads an answer sees what it answers; a mailbox that was made before stays as it was set.
    ("quote_history", "on"),
];

/// The largest mail that is fetched whole, unless it was set otherwise.
const MAX_SIZE: u32 = 40 * 1024 * 1024;

pub(super) fn fields(draw: &Draw<'_>, is_new: bool, tz: &TimeZone) -> Markup {
    let ctx = &draw.ctx;
    let (direct, starttls, none) = (ctx.t("tls-direct"), ctx.t("tls-starttls"), ctx.t("tls-none"));
    let modes: [(&str, &str); 3] = [("tls", &direct), ("starttls", &starttls), ("none", &none)];
    let (host, port, tls, user, password) = (
        ctx.t("mail-host"),
        ctx.t("mail-port"),
        ctx.t("mail-tls"),
        ctx.t("mail-user"),
        ctx.t("field-password"),
    );
    let same = if is_new {
        ctx.t("mail-smtp-same")
    } else {
        ctx.t("secret-keep")
    };
    let begins: Vec<(&str, String)> = BEGINS
        .iter()
        .map(|begin| {
            let words = match begin.parse::<u32>() {
                Ok(days) => i18n::t_args(ctx.lang, "mail-begin-days", &[("days", days.into())]),
                Err(_) => ctx
                    .t(if *begin == "now" {
                        "mail-begin-now"
                    } else {
                        "mail-begin-all"
                    })
                    .into_owned(),
            };
            (*begin, words)
        })
        .collect();
    let groups = groups(ctx, draw.form.get("group_hours"));
    let record = Some(draw.form.get("dkim_record"))
        .filter(|record| !record.is_empty())
        .map(|record| (draw.form.get("dkim_record_name").to_owned(), record.to_owned()));
    html! {
        @if is_new {
            (draw.email("address", &ctx.t("mail-address"), &ctx.t("mail-address-hint")))
            div.row-fields {
                (draw.secret("imap_password", &password, &ctx.t("find-password-hint"), false))
                button.button.ghost type="submit" name="do" value="find" formnovalidate { (icon(Icon::Search)) " " (ctx.t("find-servers")) }
            }
        }
        (draw.text("sender", &ctx.t("mail-sender"), &ctx.t("mail-sender-hint"), false))
        fieldset.group {
            legend { (ctx.t("mail-imap")) }
            p.hint { (ctx.t("mail-imap-hint")) }
            div.row-fields { (draw.text("imap_host", &host, "", false)) (draw.text("imap_port", &port, "", false)) (draw.choice("imap_tls", &tls, &modes)) }
            div.row-fields { (draw.text("imap_user", &user, &ctx.t("mail-user-hint"), false)) @if !is_new { (draw.secret("imap_password", &password, &ctx.t("secret-keep"), false)) } (draw.text("imap_folder", &ctx.t("mail-folder"), "", false)) }
            (certificates::fields(draw, "imap", tz))
            (draw.lines("imap_more_folders", &ctx.t("mail-more-folders"), &ctx.t("mail-more-folders-hint"), 2))
            @let main_folder = draw.form.get("imap_folder");
            @let found: Vec<&str> = draw.form.all("imap_found").filter(|name| *name != main_folder).collect();
            @if !found.is_empty() {
                fieldset.group {
                    legend { (ctx.t("mail-folders-found")) }
                    div.checks {
                        @for name in found {
                            @let is_read = draw.form.get("imap_more_folders").lines().any(|line| line.trim() == name);
                            input type="hidden" name="imap_found" value=(name);
                            label.check { input type="checkbox" name="imap_pick" value=(name) checked[is_read]; span { (name) } }
                        }
                    }
                }
            }
            (draw.choice("imap_begin", &ctx.t("mail-begin"), &begins.iter().map(|(value, words)| (*value, &**words)).collect::<Vec<_>>()))
            p.hint { (ctx.t("mail-begin-hint")) }
        }
        fieldset.group {
            legend { (ctx.t("mail-group")) }
            p.hint { (ctx.t("mail-group-hint")) }
            (draw.choice("group_hours", &ctx.t("mail-group-within"), &groups.iter().map(|(value, words)| (&**value, &**words)).collect::<Vec<_>>()))
        }
        fieldset.group {
            legend { (ctx.t("mail-smtp")) }
            p.hint { (ctx.t("mail-smtp-hint")) }
            div.row-fields { (draw.text("smtp_host", &host, "", false)) (draw.text("smtp_port", &port, "", false)) (draw.choice("smtp_tls", &tls, &modes)) }
            div.row-fields { (draw.text("smtp_user", &user, "", false)) (draw.secret("smtp_password", &password, &same, false)) }
            (certificates::fields(draw, "smtp", tz))
            div.checks {
                (draw.check("quote_history", &ctx.t("mail-quote")))
                (draw.check("copy_to_sent", &ctx.t("mail-sent-copy")))
            }
            p.hint { (ctx.t("mail-quote-hint")) }
            (draw.text("sent_folder", &ctx.t("mail-sent-folder"), &ctx.t("mail-sent-folder-hint"), false))
        }
        details.group {
            summary { (ctx.t("mail-dkim")) }
            p.hint { (ctx.t("mail-dkim-hint")) }
            div.row-fields { (draw.text("dkim_domain", &ctx.t("mail-dkim-domain"), "", false)) (draw.text("dkim_selector", &ctx.t("mail-dkim-selector"), "", false)) }
            (draw.lines("dkim_key", &ctx.t("mail-dkim-key"), &ctx.t("mail-dkim-key-hint"), 3))
            @if let Some((name, record)) = &record {
                p.hint { (ctx.t("mail-dkim-record-hint")) }
                (copy("dkim-record-name", &ctx.t("mail-dkim-record-name"), name))
                (copy("dkim-record", &ctx.t("mail-dkim-record"), record))
            }
        }
        details.group open[!draw.form.get("extra_ca").is_empty()] {
            summary { (ctx.t("mail-certificates")) }
            (draw.lines("extra_ca", &ctx.t("mail-extra-ca"), &ctx.t("mail-extra-ca-hint"), 4))
        }
    }
}

/// What a folder is read from on.
const BEGINS: [&str; 6] = ["now", "7", "30", "90", "365", "all"];
/// For how long mails of one sender under one subject belong together, in hours.
const GROUPS: [u32; 5] = [0, 1, 8, 24, 168];

/// The spans to choose from, with the one that is set where it is another (the API takes any).
fn groups(ctx: &Ctx, set: &str) -> Vec<(String, String)> {
    let set = set.parse().ok().filter(|hours| !GROUPS.contains(hours));
    let words = |hours: u32| match hours {
        0 => ctx.t("mail-group-never").into_owned(),
        hours => i18n::t_args(ctx.lang, "mail-group-hours", &[("hours", hours.into())]),
    };
    let all = GROUPS.into_iter().chain(set);
    all.map(|hours| (hours.to_string(), words(hours))).collect()
}

/// The most folders beside the first.
const MOST_FOLDERS: usize = 50;

/// Certificates in PEM form and nothing secret beside them: what stands here is shown again.
pub(crate) fn is_certificate(text: &str) -> bool {
    text.contains("-----BEGIN CERTIFICATE-----") && !text.contains("PRIVATE KEY")
}

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

const fn mode_text(mode: TlsMode) -> &'static str {
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
    fn imap(&mut self, address: &str, extra_ca: Option<&String>, old: Option<&ImapSettings>) -> Option<ImapSettings> {
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
            extra_ca: extra_ca.cloned(),
            max_size: old.map_or(MAX_SIZE, |imap| imap.max_size),
        })
    }

    /// `account` is the mailbox's user and what proves that it is ours, where the form tells: one account for both is the usual case, and
    /// said once is enough.
    fn smtp(
        &mut self,
        extra_ca: Option<&String>,
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
            extra_ca: extra_ca.cloned(),
            hello: old.map(|smtp| smtp.hello.clone()).unwrap_or_default(),
        })
    }
}

/// Reads the form. Empty secrets keep what was stored.
pub(super) fn read(lang: Language, form: &Form, old: Option<EmailSettings>) -> Result<EmailSettings, Errors> {
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
    let extra_ca = Some(reader.get("extra_ca")).filter(|text| !text.is_empty());
    if extra_ca.as_deref().is_some_and(|text| !is_certificate(text)) {
        reader.wrong_key("extra_ca", "error-certificate");
    }
    let dkim = reader.dkim(&address, old.and_then(|old| old.dkim.as_ref()));
    let old_imap = old.and_then(|old| old.imap.as_ref());
    let imap = reader.imap(&address, extra_ca.as_ref(), old_imap);
    let account = imap.as_ref().map(|imap| {
        let proof = reader.password("imap_password", old_imap.map(|imap| imap.auth.clone()));
        (imap.user.as_str(), proof)
    });
    let smtp = reader.smtp(extra_ca.as_ref(), old.and_then(|old| old.smtp.as_ref()), account);
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
        sent_folder: reader.get("sent_folder"),
        group_hours: reader.get("group_hours").parse().unwrap_or(0),
        dkim,
    })
}

pub(super) fn fill(form: &mut Form, settings: &EmailSettings) {
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
    let of_imap = settings.imap.as_ref().and_then(|imap| imap.extra_ca.as_deref());
    let of_smtp = settings.smtp.as_ref().and_then(|smtp| smtp.extra_ca.as_deref());
    // The API may give each server its own; the form keeps both for both.
    let mut all: Vec<&str> = of_imap.into_iter().chain(of_smtp).map(str::trim).collect();
    all.dedup();
    form.push("extra_ca", all.join("\n"));
}

/// Finds the servers of the address in the form and fills them in. Says what was found, and where the
/// provider takes no passwords.
pub(super) async fn find(app: &App, lang: Language, form: &mut Form) -> (Tone, String) {
    let Ok(address) = normal_email(form.get("address")) else {
        return (Tone::Bad, i18n::t(lang, "error-email").into_owned());
    };
    let found = match Dns::new(app.config.mail.name_server) {
        Ok(dns) => discover::discover(&dns, &address).await,
        Err(_) => None,
    };
    let Some(found) = found else {
        return (Tone::Warn, i18n::t(lang, "find-nothing").into_owned());
    };
    for (kind, server) in [("imap", &found.imap), ("smtp", &found.smtp)] {
        if let Some(server) = server {
            form.set(&format!("{kind}_host"), server.host.as_str());
            form.set(&format!("{kind}_port"), server.port.to_string());
            form.set(&format!("{kind}_tls"), mode_text(server.tls));
            form.set(&format!("{kind}_user"), address.as_str());
        }
    }
    let words = i18n::t(
        lang,
        match found.by {
            By::Dns => "find-by-dns",
            By::Provider => "find-by-provider",
            By::Names => "find-by-names",
        },
    );
    match found.connect {
        None => (Tone::Good, words.into_owned()),
        Some(connect) => {
            let advice = i18n::t(
                lang,
                match connect {
                    Connect::Google => "find-connect-google",
                    Connect::Microsoft => "find-connect-microsoft",
                },
            );
            (Tone::Warn, format!("{words} {advice}"))
        }
    }
}

/// What came of trying a mailbox.
#[derive(Default)]
pub(super) struct Tried {
    /// What each server said.
    pub(super) results: Vec<(Tone, String)>,
    /// The folders of the account, for the picker.
    pub(super) folders: Vec<Folder>,
    /// The certificates that were refused, by server.
    pub(super) refused: Vec<(&'static str, Refused)>,
}

impl Tried {
    fn failed(&mut self, lang: Language, tz: &TimeZone, server: &'static str, why: Probe) {
        let words = why_words(lang, &why, tz);
        let said = format!("{}: {words}", server.to_uppercase());
        self.results.push((Tone::Bad, said));
        self.refused.extend(why.certificate.map(|refused| (server, *refused)));
    }
}

/// Connects to both servers, and says what came of it.
pub(super) async fn test(app: &App, lang: Language, tz: &TimeZone, settings: &EmailSettings) -> Tried {
    let mut out = Tried::default();
    if let Some(imap) = &settings.imap {
        match probe::imap(&app.store, imap).await {
            Ok(found) => {
                out.folders = found.folders;
                let words = i18n::t_args(lang, "test-imap-ok", &[("count", found.mails.into())]);
                let how = i18n::t(lang, if found.has_idle { "test-idle" } else { "test-polling" });
                out.results.push((Tone::Good, format!("{words}, {how}")));
            }
            Err(why) => out.failed(lang, tz, "imap", why),
        }
    }
    if settings.smtp.is_some() {
        match probe::smtp(&app.store, settings).await {
            Ok(limit) => {
                let words = i18n::t(lang, "test-smtp-ok");
                let limit =
                    limit.map(|bytes| i18n::t_args(lang, "test-smtp-limit", &[("size", (bytes / 1_000_000).into())]));
                let said: Vec<String> = [Some(words.into_owned()), limit].into_iter().flatten().collect();
                out.results.push((Tone::Good, said.join(", ")));
            }
            Err(why) => out.failed(lang, tz, "smtp", why),
        }
    }
    if out.results.is_empty() {
        out.results
            .push((Tone::Good, i18n::t(lang, "test-nothing").into_owned()));
    }
    out
}

/// Which step failed and what to do; and the server's own words, where ours do not say it all.
fn why_words(lang: Language, why: &Probe, tz: &TimeZone) -> String {
    if let Some(words) = why
        .certificate
        .as_ref()
        .and_then(|refused| certificates::why(lang, refused, tz))
    {
        return words;
    }
    let advice = match &why.failed {
        Failed::Name => i18n::t(lang, "test-failed-name").into_owned(),
        Failed::Connect => i18n::t(lang, "test-failed-connect").into_owned(),
        Failed::Tls => i18n::t(lang, "test-failed-tls").into_owned(),
        Failed::SignIn => i18n::t(lang, "test-failed-sign-in").into_owned(),
        Failed::Folder(name) => i18n::t_args(lang, "test-failed-folder", &[("folder", name.as_str().into())]),
        Failed::Silent => i18n::t(lang, "test-failed-silent").into_owned(),
        Failed::Other => i18n::t(lang, "test-failed-other").into_owned(),
    };
    format!("{advice} ({})", why.words)
}

pub(super) fn facts(app: &App, ctx: &Ctx<'_>, inbox: &Inbox) -> Markup {
    html! {
        details.group {
            summary { (ctx.t("mail-hook")) }
            p.hint { (ctx.t("mail-hook-hint")) }
            (copy("hook-url", &ctx.t("hook-url"), &format!("{}/webhooks/email/{}", app.public_url(), inbox.id)))
            (copy("hook-secret", &ctx.t("hook-secret"), &format!("Authorization: Bearer {}", crate::hooks::mail_secret(app, &inbox.id))))
            (copy("pipe", &ctx.t("mail-pipe"), &format!("switchboard email deliver --inbox {}", inbox.id)))
        }
    }
}
