//! The customer's machines beside a conversation, and as cards in it.

use billing::customers;
use conversation::card::Card;
use conversation::contacts::Contact;
use conversation::conversations::Conversation;
use conversation::{Error, Result};
use equipment::machines::{self, Filter};
use equipment::{MachineId, card, requests, visits, words};
use futures::future::BoxFuture;
use maud::{Markup, html};
use portal::equipment::{tone, visit_tone};
use ui::components::badge;
use ui::i18n;
use ui::icons::{Icon, icon};
use ui::inbox_page::CardChoiceView;
use ui::routes;

use crate::app::App;
use crate::auth::SignedIn;

/// How many machines the panel names.
const NAMED: i64 = 5;
/// How many are offered as cards.
const OFFERED: i64 = 8;

/// The panel: the machine that was asked about, what comes, and the customer's machines.
pub(crate) fn panel<'a>(
    app: &'a App,
    me: &'a SignedIn,
    conversation: &'a Conversation,
    contact: &'a Contact,
) -> BoxFuture<'a, Result<Option<(String, Markup)>>> {
    Box::pin(async move {
        let (db, lang) = (app.store.db(), me.lang);
        let own = customers::of_contact(db, &contact.id).await?;
        let request = requests::of_conversation(db, &conversation.id).await?;
        let asked = match request.as_ref().and_then(|request| request.machine_id.as_ref()) {
            Some(id) => Some(machines::load(db, id).await?),
            None => None,
        };
        let filter = Filter {
            customers: Some(own.clone()),
            is_here: true,
            ..Filter::default()
        };
        let all = machines::list(db, &filter, None, NAMED + 1).await?;
        if all.is_empty() && asked.is_none() {
            return Ok(None);
        }
        let coming = visits::coming(db, &own, app.store.now() - 86_400_000, 3).await?;
        let said = words::of(lang);
        let named = usize::try_from(NAMED).unwrap_or(0);
        let body = html! {
            @if let Some(machine) = &asked {
                p { strong { (icon(Icon::Machine)) " " a href={ "/equipment/machines/" (machine.id) } { (machine.name()) } } }
                @if let Some(request) = &request { p.muted { (said.request(request.kind)) @if !request.is_known { " · " (i18n::t(lang, "eq-stranger")) } } }
            }
            @for visit in &coming {
                p { a href={ "/visits/" (visit.id) } { (icon(Icon::Visit)) " " (words::window(visit.starts_at, visit.ends_at, app.tz(), lang)) } " " (badge(visit_tone(visit.state), said.visit_state(visit.state))) }
            }
            ul.eq-side { @for machine in all.iter().take(named) {
                li { a href={ "/equipment/machines/" (machine.id) } { (machine.name()) } " " (badge(tone(machine.status), said.state(machine.status))) }
            } }
            @if let (true, Some(customer)) = (all.len() > named, own.first()) { p { a href={ (routes::EQUIPMENT) "?customer=" (customer) } { (i18n::t(lang, "client-more")) } } }
        };
        Ok(Some((i18n::t(lang, "eq-machines").into_owned(), body)))
    })
}

/// The machines of the conversation's customer that fit the typed words.
pub(crate) async fn find(app: &App, conversation: &Conversation, words: &str) -> Result<Vec<CardChoiceView>> {
    let db = app.store.db();
    let filter = Filter {
        customers: Some(customers::of_contact(db, &conversation.contact_id).await?),
        is_here: true,
        search: words.to_owned(),
        ..Filter::default()
    };
    Ok(machines::list(db, &filter, None, OFFERED)
        .await?
        .into_iter()
        .map(|machine| CardChoiceView {
            value: format!("machine:{}", machine.id),
            title: machine.name(),
            detail: machine.serial,
            kind: None,
        })
        .collect())
}

/// The card of a machine that the conversation's customer may see.
pub(crate) async fn make(app: &App, conversation: &Conversation, id: &str) -> Result<Option<Card>> {
    let id = MachineId::from(id);
    match machines::for_contact(app.store.db(), &conversation.contact_id, &id).await {
        Ok(machine) => Ok(Some(
            card::machine_of(&app.store, &machine.id, conversation.language).await?,
        )),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
