//! Finding the servers of a mailbox, and trying what was typed.

use channels::email::EmailSettings;
use channels::email::certificate::Refused;
use channels::email::discover::{self, By, Connect};
use channels::email::dns::Dns;
use channels::email::imap::Folder;
use channels::email::probe::{self, Probe};
use conversation::contacts::normal_email;
use conversation::types::Language;
use jiff::tz::TimeZone;
use ui::components::Tone;
use ui::i18n;

use super::read::mode_text;
use crate::app::App;
use crate::auth::form::Form;
use crate::settings::certificates;
use crate::trouble::{self, with_their_words};

/// Finds the servers of the address in the form and fills them in. Says what was found, and where the
/// provider takes no passwords.
pub(crate) async fn find(app: &App, lang: Language, form: &mut Form) -> (Tone, String) {
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
pub(crate) struct Tried {
    /// What each server said.
    pub(crate) results: Vec<(Tone, String)>,
    /// The folders of the account, for the picker.
    pub(crate) folders: Vec<Folder>,
    /// The certificates that were refused, by server.
    pub(crate) refused: Vec<(&'static str, Refused)>,
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
pub(crate) async fn test(app: &App, lang: Language, tz: &TimeZone, settings: &EmailSettings) -> Tried {
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
    with_their_words(&trouble::of_step(lang, &why.failed), Some(&why.words))
}
