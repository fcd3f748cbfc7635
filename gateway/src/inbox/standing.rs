//! How a message of ours stands: which of its deliveries says so, and what went wrong, in words.

use channels::dispatch::INBOX_OFF;
use channels::email::bounce;
use channels::whatsapp::explain::explain;
use conversation::deliveries::Delivery;
use conversation::types::{BounceReason, Channel, DeliveryState, Language};
use ui::components::DeliveryView;
use ui::i18n;

use crate::trouble::{self, with_their_words};

/// How a message stands that was sent so.
pub(super) fn of(sent: Vec<Delivery>, lang: Language, can_write: bool) -> Option<DeliveryView> {
    shown(sent).map(|(delivery, is_one_of_several)| view(lang, can_write, delivery, is_one_of_several))
}

/// What says how a message stands, and whether it is one of several recipients: of those who got the same mail
/// whoever did not get it, else what was sent last (they are in the order of their ids).
fn shown(mut sent: Vec<Delivery>) -> Option<(Delivery, bool)> {
    let last = sent.last()?.channel;
    sent.retain(|one| one.channel == last);
    let is_one_of_several = last == Channel::Email && sent.len() > 1;
    let at = sent
        .iter()
        .position(|one| is_one_of_several && one.state == DeliveryState::Failed)
        .unwrap_or(sent.len() - 1);
    Some((sent.swap_remove(at), is_one_of_several))
}

fn view(lang: Language, can_write: bool, delivery: Delivery, is_one_of_several: bool) -> DeliveryView {
    let at = match delivery.state {
        DeliveryState::Scheduled => delivery.send_after,
        DeliveryState::Queued | DeliveryState::Unknown => Some(delivery.queued_at),
        DeliveryState::Sent => delivery.sent_at,
        DeliveryState::Delivered => delivery.delivered_at,
        DeliveryState::Read => delivery.read_at,
        DeliveryState::Failed => delivery.failed_at,
    };
    let waits_after_failure = delivery.state == DeliveryState::Queued && delivery.error.is_some();
    DeliveryView {
        id: delivery.id.to_string(),
        state: delivery.state,
        at: at.unwrap_or(delivery.queued_at),
        reason: reason(lang, &delivery).map(|words| match is_one_of_several {
            true => format!("{}: {words}", delivery.recipient),
            false => words,
        }),
        retry_at: delivery.next_attempt_at.filter(|_| waits_after_failure),
        conversation: can_write.then(|| delivery.conversation_id.to_string()),
    }
}

/// What went wrong, in words that say what to do; the provider's own where there are none.
fn reason(lang: Language, delivery: &Delivery) -> Option<String> {
    let theirs = delivery.error.as_deref();
    let Some(code) = delivery.error_code.as_deref() else {
        return theirs.map(str::to_owned);
    };
    let is_final = delivery.state == DeliveryState::Failed;
    match (ours(lang, delivery.channel, code, theirs, is_final), delivery.channel) {
        // Meta's own words add nothing.
        (Some(ours), Channel::Whatsapp) => Some(ours),
        (Some(ours), _) => Some(with_their_words(&ours, theirs)),
        (None, _) => theirs.map(str::to_owned),
    }
}

/// Our words for a code. `is_final` says that it is not tried again.
fn ours(lang: Language, channel: Channel, code: &str, theirs: Option<&str>, is_final: bool) -> Option<String> {
    if let Some(bounce) = BounceReason::of_code(code) {
        return Some(ui::components::bounce_words(lang, bounce).into_owned());
    }
    if code == INBOX_OFF {
        return Some(i18n::t(lang, "delivery-inbox-off").into_owned());
    }
    match channel {
        Channel::Bridge => Some(ui::components::bridge_words(lang, code).into_owned()),
        // What a server says to a mail or its recipient says why, as a mail that came back does.
        Channel::Email if is_reply_code(code) => {
            let why = bounce::reason_of_refusal(theirs.unwrap_or_default(), is_final);
            Some(ui::components::bounce_words(lang, why).into_owned())
        }
        Channel::Email => trouble::of_mail(lang, code),
        Channel::Whatsapp => explain(code, lang).map(|words| format!("{} {}", words.what, words.todo)),
        Channel::Webchat | Channel::Portal | Channel::Phone => None,
    }
}

/// `smtp.` and the three digits of a reply (RFC 5321, 4.2).
fn is_reply_code(code: &str) -> bool {
    code.strip_prefix("smtp.")
        .is_some_and(|reply| reply.len() == 3 && reply.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_is_said_in_words() {
        let mail = |code, theirs, is_final| {
            ours(Language::En, Channel::Email, code, Some(theirs), is_final).unwrap_or_default()
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
