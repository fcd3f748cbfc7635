//! What became of an outbound message, in words.

use std::borrow::Cow;

use conversation::reply::UNDO_WITHIN;
use conversation::types::{DeliveryState, Language, Millis};
use maud::{Markup, html};

use crate::i18n::{self, t, t_args};
use crate::icons::{Icon, icon};
use crate::{Ctx, routes};

/// The delivery of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryView {
    /// The id of the delivery, named when it is tried again.
    pub id: String,
    /// How far it came.
    pub state: DeliveryState,
    /// When that was.
    pub at: Millis,
    /// The provider's words about the last failure.
    pub reason: Option<String>,
    /// When it is tried again, while it waits after a failure.
    pub retry_at: Option<Millis>,
    /// The conversation that "try again" and what can be done with a message that waits post to; `None` offers neither.
    pub conversation: Option<String>,
}

/// The word for a state.
pub fn delivery_name(lang: Language, state: DeliveryState) -> Cow<'static, str> {
    match state {
        DeliveryState::Scheduled => t(lang, "delivery-scheduled"),
        DeliveryState::Queued => t(lang, "delivery-queued"),
        DeliveryState::Unknown => t(lang, "delivery-unknown"),
        DeliveryState::Sent => t(lang, "delivery-sent"),
        DeliveryState::Delivered => t(lang, "delivery-delivered"),
        DeliveryState::Read => t(lang, "delivery-read"),
        DeliveryState::Failed => t(lang, "delivery-failed"),
    }
}

/// The state with its icon; a failure says why and offers another try.
pub fn delivery_state(ctx: &Ctx<'_>, delivery: &DeliveryView) -> Markup {
    let glyph = match delivery.state {
        DeliveryState::Scheduled | DeliveryState::Queued => Icon::Clock,
        DeliveryState::Unknown => Icon::Question,
        DeliveryState::Sent => Icon::Check,
        DeliveryState::Delivered | DeliveryState::Read => Icon::Checks,
        DeliveryState::Failed => Icon::Warning,
    };
    let retry = delivery
        .retry_at
        .filter(|_| delivery.state == DeliveryState::Queued)
        .map(|at| ("delivery-retry-at", at));
    // What leaves in a moment has a bar of its own.
    let waits = delivery.state == DeliveryState::Scheduled && delivery.at > ctx.now + UNDO_WITHIN;
    let words = retry
        .or(waits.then_some(("delivery-leaves", delivery.at)))
        .map(|(key, at)| {
            t_args(
                ctx.lang,
                key,
                &[("time", i18n::until(ctx.lang, ctx.now, at, ctx.tz).into())],
            )
        });
    html! {
        span class={ "delivery d-" (delivery.state) } title=(i18n::date_time(ctx.lang, delivery.at, ctx.tz)) {
            (icon(glyph)) span { (words.map_or_else(|| delivery_name(ctx.lang, delivery.state), Cow::Owned)) }
        }
        @if let (DeliveryState::Failed | DeliveryState::Unknown | DeliveryState::Queued, Some(reason)) = (delivery.state, &delivery.reason) {
            span.delivery-reason { (reason) }
        }
        @if let Some(conversation) = delivery.conversation.as_ref().filter(|_| waits) {
            @let url = routes::path(routes::SCHEDULED, conversation);
            form.scheduled-do method="post" action=(url) hx-post=(url) hx-target="#thread" data-undo=(routes::path(routes::UNDO, conversation)) {
                (super::form::csrf(ctx))
                input type="hidden" name="delivery" value=(delivery.id);
                button.link type="submit" name="do" value="now" { (ctx.t("delivery-send-now")) }
                button.link type="submit" name="do" value="back" { (ctx.t("delivery-take-back")) }
            }
        }
        @if let (DeliveryState::Failed, Some(conversation)) = (delivery.state, &delivery.conversation) {
            @let url = routes::path(routes::RETRY, conversation);
            form.inline method="post" action=(url) hx-post=(url) hx-target="#thread" {
                (super::form::csrf(ctx))
                input type="hidden" name="delivery" value=(delivery.id);
                button.link type="submit" { (ctx.t("delivery-retry")) }
            }
        }
    }
}
