//! A menu as its customers see it: drawn from the very message that they get.

use bots::decision::Lead;
use bots::{Offer, say};
use conversation::card::{Card, CardAction};
use conversation::inboxes::Inbox;
use conversation::menus::{self, Does, Menu};
use conversation::types::{Channel, Language};
use maud::{Markup, html};
use ui::i18n;

use crate::auth::SignedIn;

/// The menu in each language, its submenus below.
pub(super) fn all(me: &SignedIn, inbox: &Inbox, menu: &Menu) -> Markup {
    let ctx = me.ctx();
    let offer = Offer {
        menu,
        of_inbox: inbox.language,
    };
    let submenus: Vec<_> = menus::all(&menu.entries)
        .into_iter()
        .filter(|(_, entry)| matches!(entry.does, Does::Submenu { .. }))
        .collect();
    html! {
        @if !menu.entries.is_empty() {
            h2 #menu-preview { (ctx.t("menu-preview")) }
            div.first-looks { @for language in Language::ALL { (one(me, inbox, offer, None, *language)) } }
            @for (_, entry) in submenus {
                @let title = menus::in_language(&entry.title, me.lang, inbox.language);
                details.group { summary { (title) } div.first-looks { @for language in Language::ALL { (one(me, inbox, offer, Some(&entry.id), *language)) } } }
            }
        }
    }
}

fn one(me: &SignedIn, inbox: &Inbox, offer: Offer<'_>, place: Option<&str>, language: Language) -> Markup {
    let said = say::menu::shown(language, offer, place, Lead::Greeting);
    let card = said.and_then(|said| said.cards.into_iter().next());
    html! {
        @if let Some(card) = &card {
            figure.first-look.menu-look {
                figcaption { (i18n::own_name(language)) }
                div.menu-bubble lang=(language) {
                    strong { (card.title) }
                    @if !card.body.is_empty() { p { (card.body) } }
                    (rows(me, inbox, card))
                }
            }
        }
    }
}

fn rows(me: &SignedIn, inbox: &Inbox, card: &Card) -> Markup {
    let labels: Vec<&str> = card
        .actions
        .iter()
        .filter_map(|action| match action {
            CardAction::Answer { label, .. } => Some(label.as_str()),
            CardAction::Open { .. } => None,
        })
        .collect();
    let is_list = inbox.channel == Channel::Whatsapp && labels.len() > menus::MOST_BUTTONS;
    html! {
        ol.menu-rows {
            @for label in &labels { li { span { (label) } @if let Some(described) = card.described(label) { span.muted { (described) } } } }
        }
        @if is_list { p.hint { (me.ctx().t("menu-as-list")) } }
    }
}
