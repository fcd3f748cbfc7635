//! How a message of ours stands: which of its deliveries says so, and what went wrong, in words.

use channels::dispatch::INBOX_OFF;
use channels::whatsapp::explain::explain;
use conversation::deliveries::Delivery;
use conversation::types::{BounceReason, Channel, DeliveryState, Language};
use ui::components::DeliveryView;
use ui::i18n;

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
    if let Some(bounce) = delivery.error_code.as_deref().and_then(BounceReason::of_code) {
        return Some(said(lang, bounce, delivery.error.as_deref()));
    }
    if delivery.error_code.as_deref() == Some(INBOX_OFF) {
        return Some(i18n::t(lang, "delivery-inbox-off").into_owned());
    }
    if let Some(code) = delivery
        .error_code
        .as_deref()
        .filter(|_| delivery.channel == Channel::Bridge)
    {
        return Some(with_their_words(
            &ui::components::bridge_words(lang, code),
            delivery.error.as_deref(),
        ));
    }
    let known = delivery
        .error_code
        .as_deref()
        .filter(|_| delivery.channel == Channel::Whatsapp)
        .and_then(|code| explain(code, lang));
    match known {
        Some(words) if delivery.error.is_some() => Some(format!("{} {}", words.what, words.todo)),
        _ => delivery.error.clone(),
    }
}

/// Why a mail came back, in plain words first and in the server's own behind.
fn said(lang: Language, reason: BounceReason, server: Option<&str>) -> String {
    with_their_words(&ui::components::bounce_words(lang, reason), server)
}

/// Our words, and behind them what the other side said.
fn with_their_words(words: &str, theirs: Option<&str>) -> String {
    match theirs.map(str::trim).filter(|theirs| !theirs.is_empty()) {
        Some(theirs) => format!("{words} ({theirs})"),
        None => words.to_owned(),
    }
}
