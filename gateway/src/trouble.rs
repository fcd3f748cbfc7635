//! What is wrong with an inbox, in words that say what to do; behind them those of whoever refused.

use channels::email::probe::Failed;
use channels::whatsapp::explain::explain;
use conversation::types::Language;
use ui::i18n;

/// For whoever may mend it. `code` is the one that was kept, `theirs` what the other side said.
pub(crate) fn of_inbox(lang: Language, code: &str, theirs: &str) -> String {
    match known(lang, code) {
        Some(ours) => with_their_words(&ours, Some(theirs)),
        None => theirs.to_owned(),
    }
}

fn known(lang: Language, code: &str) -> Option<String> {
    if let Some(failed) = Failed::of_code(code) {
        return Some(of_step(lang, &failed));
    }
    if code.starts_with("bridge.") {
        return Some(ui::components::bridge_words(lang, code).into_owned());
    }
    if code == "email.no_smtp" {
        return Some(i18n::t(lang, "composer-no-smtp").into_owned());
    }
    let explained = explain(code, lang).filter(|_| code.starts_with("whatsapp."))?;
    Some(format!("{} {}", explained.what, explained.todo))
}

/// Why a mailbox or its server for sending cannot be used.
pub(crate) fn of_step(lang: Language, failed: &Failed) -> String {
    let words = match failed {
        Failed::Name => i18n::t(lang, "test-failed-name"),
        Failed::Connect => i18n::t(lang, "test-failed-connect"),
        Failed::Tls => i18n::t(lang, "test-failed-tls"),
        Failed::SignIn => i18n::t(lang, "test-failed-sign-in"),
        Failed::Folder(name) => {
            return i18n::t_args(lang, "test-failed-folder", &[("folder", name.as_str().into())]);
        }
        Failed::Silent => i18n::t(lang, "test-failed-silent"),
        Failed::Sender => i18n::t(lang, "test-failed-sender"),
        Failed::Limit => i18n::t(lang, "test-failed-limit"),
        Failed::Other => i18n::t(lang, "test-failed-other"),
    };
    words.into_owned()
}

/// For an agent, who cannot mend it: why a mail of theirs did not leave; `None` where only the server's words say it.
pub(crate) fn of_mail(lang: Language, code: &str) -> Option<String> {
    let key = match Failed::of_code(code) {
        Some(Failed::SignIn) => "delivery-mail-account",
        Some(Failed::Sender) => "delivery-mail-sender",
        Some(Failed::Limit) => "delivery-mail-limit",
        Some(_) => "delivery-mail-server",
        None if code == "email.no_smtp" => "composer-no-smtp",
        None if code == "smtp.size" => "bounce-too-large",
        None => return None,
    };
    Some(i18n::t(lang, key).into_owned())
}

/// Our words, and behind them what the other side said.
pub(crate) fn with_their_words(ours: &str, theirs: Option<&str>) -> String {
    match theirs.map(str::trim).filter(|theirs| !theirs.is_empty()) {
        Some(theirs) => format!("{ours} ({theirs})"),
        None => ours.to_owned(),
    }
}
