//! What is wrong with an inbox, or with a message that did not arrive, in words that say what to do; behind them those of
//! whoever refused.

use channels::dispatch::INBOX_OFF;
use channels::email::bounce;
use channels::email::probe::Failed;
use channels::whatsapp::explain::explain;
use conversation::types::{BounceReason, Channel, Language};
use ui::components::{bounce_words, bridge_words, messenger_words};
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
        return Some(bridge_words(lang, code).into_owned());
    }
    if code.starts_with("messenger.") {
        return Some(messenger_words(lang, code).into_owned());
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

/// Why a message did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) what: String,
    /// What to do, where the first part does not say it.
    pub(crate) todo: Option<&'static str>,
}

impl Said {
    pub(crate) fn whole(&self) -> String {
        match self.todo {
            Some(todo) => format!("{} {todo}", self.what),
            None => self.what.clone(),
        }
    }
}

/// Our words for the code of a delivery, for an agent; `None` where only the other side's say it. `is_final` says that it is
/// not tried again.
pub(crate) fn of_delivery(
    lang: Language,
    channel: Channel,
    code: &str,
    theirs: Option<&str>,
    is_final: bool,
) -> Option<Said> {
    let alone = |what: String| Said { what, todo: None };
    if let Some(bounce) = BounceReason::of_code(code) {
        return Some(alone(bounce_words(lang, bounce).into_owned()));
    }
    if code == INBOX_OFF {
        return Some(alone(i18n::t(lang, "delivery-inbox-off").into_owned()));
    }
    match channel {
        Channel::Instagram | Channel::Messenger => Some(alone(messenger_words(lang, code).into_owned())),
        Channel::Bridge => Some(alone(bridge_words(lang, code).into_owned())),
        // What a server says to a mail or its recipient says why, as a mail that came back does.
        Channel::Email if is_reply_code(code) => {
            let why = bounce::reason_of_refusal(theirs?, is_final);
            Some(alone(bounce_words(lang, why).into_owned()))
        }
        Channel::Email => of_mail(lang, code).map(alone),
        Channel::Whatsapp => explain(code, lang).map(|words| Said {
            what: words.what.to_owned(),
            todo: Some(words.todo),
        }),
        Channel::Webchat | Channel::Portal | Channel::Phone => None,
    }
}

/// `smtp.` and the three digits of a reply (RFC 5321, 4.2).
fn is_reply_code(code: &str) -> bool {
    code.strip_prefix("smtp.")
        .is_some_and(|reply| reply.len() == 3 && reply.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Our words, and behind them what the other side said.
pub(crate) fn with_their_words(ours: &str, theirs: Option<&str>) -> String {
    match theirs.map(str::trim).filter(|theirs| !theirs.is_empty()) {
        Some(theirs) => format!("{ours} ({theirs})"),
        None => ours.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_is_said_in_words() {
        let mail = |code, theirs, is_final| {
            of_delivery(Language::En, Channel::Email, code, Some(theirs), is_final)
                .map_or_else(String::new, |said| said.whole())
        };
        for (code, theirs, is_final, words) in [
            ("smtp.auth", "535 no", false, "refuses the account of this inbox"),
            (
                "smtp.sender",
                "553 not yours",
                false,
                "takes no mail from the address of this inbox",
            ),
            (
                "smtp.limit",
                "550 5.4.5 enough",
                false,
                "as much as its provider allows",
            ),
            ("smtp.connect", "refused", false, "cannot be used right now"),
            ("email.no_smtp", "none", false, "no server for sending"),
            ("smtp.size", "30 MB", true, "larger than the other side takes"),
            (
                "smtp.554",
                "DATA: 5.7.1 refused as spam",
                true,
                "as spam or by a rule of its own",
            ),
            (
                "smtp.451",
                "RCPT: 4.7.1 try again later",
                false,
                "asks to come again later",
            ),
            ("bounce.no_mailbox.5.1.1", "unknown", true, "does not exist"),
            ("smtp.utf8", "no SMTPUTF8", true, ""),
        ] {
            let said = mail(code, theirs, is_final);
            assert!(
                said.contains(words) && said.is_empty() == words.is_empty(),
                "{code}: {said}"
            );
        }
    }
}
