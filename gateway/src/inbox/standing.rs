//! How a message of ours stands: which of its deliveries says so, and what went wrong, in words.

use conversation::deliveries::Delivery;
use conversation::types::{Channel, DeliveryState, Language};
use ui::components::DeliveryView;

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
    let Some(ours) = trouble::of_delivery(lang, delivery.channel, code, theirs, is_final) else {
        return theirs.map(str::to_owned);
    };
    Some(match delivery.channel {
        // Meta's own words add nothing.
        Channel::Whatsapp => ours.whole(),
        _ => with_their_words(&ours.whole(), theirs),
    })
}
