//! A card, drawn from its one definition for the inbox, the widget and the portal.

use conversation::card::{Card, CardAction, CardAnswer, CardKind};
use conversation::types::MessageId;
use maud::{Markup, html};

use crate::Ctx;
use crate::icons::{Icon, icon};
use crate::layout::Surface;

/// Where a card stands.
#[derive(Debug, Clone, Copy)]
pub struct CardContext<'a> {
    /// Who looks at it.
    pub surface: Surface,
    /// The message that carries it; a pressed answer names it.
    pub message: &'a str,
    /// Where the portal posts an answer (`answer` = payload, `label`); `None` draws answers as words.
    pub answer_url: Option<&'a str>,
    /// The value that was answered already; its button is marked and the others rest.
    pub answered: Option<&'a str>,
}

/// One card. Agents see the answers that the customer has, customers can press them.
pub fn card(ctx: &Ctx<'_>, card: &Card, place: &CardContext<'_>) -> Markup {
    let glyph = match card.kind {
        CardKind::Ticket => Icon::Ticket,
        CardKind::Article => Icon::Book,
        CardKind::Choice => Icon::Question,
        CardKind::Invoice => Icon::Invoice,
        CardKind::Machine => Icon::Machine,
        CardKind::Visit => Icon::Visit,
        CardKind::Survey => Icon::Star,
    };
    let kind = match card.kind {
        CardKind::Ticket => ctx.t("card-ticket"),
        CardKind::Article => ctx.t("card-article"),
        CardKind::Choice => ctx.t("card-choice"),
        CardKind::Invoice => ctx.t("card-invoice"),
        CardKind::Machine => ctx.t("card-machine"),
        CardKind::Visit => ctx.t("card-visit"),
        CardKind::Survey => ctx.t("card-survey"),
    };
    html! {
        // No landmark: a conversation has many, and the same one more than once.
        div class={ "card k-" (card.kind.as_str()) } role="group" aria-label={ (kind) ": " (card.title) } {
            div.card-head { span.card-glyph { (icon(glyph)) } div { span.card-kind { (kind) } p.card-title { (card.title) } } }
            @if !card.body.is_empty() { p.card-body { (card.body) } }
            @if !card.facts.is_empty() {
                dl.card-facts { @for (label, value) in &card.facts { div { dt { (label) } dd { (value) } } } }
            }
            @if !card.actions.is_empty() {
                div.card-actions { @for action in &card.actions { (action_part(ctx, action, place)) } }
            }
        }
    }
}

fn action_part(ctx: &Ctx<'_>, action: &CardAction, place: &CardContext<'_>) -> Markup {
    match action {
        // Only a path of this installation is linked: a card's text may have come from outside.
        CardAction::Open { label, path }
            if path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') =>
        {
            let apart = place.surface != Surface::Portal;
            html! {
                a.card-action href=(path) target=[apart.then_some("_blank")] rel=[apart.then_some("noopener")] {
                    (label) @if apart { (icon(Icon::External)) }
                }
            }
        }
        CardAction::Open { label, .. } => html! { span.card-action.resting { (label) } },
        CardAction::Answer { label, value } => {
            let chosen = place.answered == Some(value.as_str());
            let payload = CardAnswer::payload(&MessageId::from(place.message), value);
            match (place.surface, place.answer_url, place.answered) {
                (Surface::Portal, Some(url), None) => html! {
                    form.inline method="post" action=(url) {
                        (super::form::csrf(ctx))
                        input type="hidden" name="label" value=(label);
                        button.card-action type="submit" name="answer" value=(payload) { (label) }
                    }
                },
                (Surface::Widget, _, None) => html! {
                    button.card-action type="button" data-answer=(payload) { (label) }
                },
                _ => html! {
                    span class={ "card-action resting" @if chosen { " chosen" } } {
                        @if chosen { (icon(Icon::Check)) span.visually-hidden { (ctx.t("card-chosen")) } }
                        (label)
                    }
                },
            }
        }
    }
}
