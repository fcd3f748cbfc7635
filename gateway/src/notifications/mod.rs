//! Customers' notifications beside the senders: the ways that people chose and no sender takes, and what an agent
//! sees of their choices.

mod owed;
#[cfg(test)]
mod tests;

use std::time::Duration;

use billing::telling;
use conversation::Result;
use conversation::contacts::Contact;
use conversation::conversations::Conversation;
use conversation::notifications;
use futures::future::BoxFuture;
use maud::{Markup, html};
use ui::i18n;

use crate::app::App;
use crate::auth::SignedIn;
use crate::supervisor::Supervisor;

/// Starts the sender of what is owed.
pub(crate) fn start(app: &App, supervisor: &mut Supervisor) {
    let told = app.clone();
    supervisor.run("notifications", move |stop| {
        let app = told.clone();
        async move {
            while !stop.is_cancelled() {
                while owed::send(&app).await? > 0 {}
                tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(Duration::from_secs(2)) => {} }
            }
            Ok(())
        }
    });
}

/// The panel beside a conversation: by which ways the customer wants to hear of what.
pub(crate) fn panel<'a>(
    app: &'a App,
    me: &'a SignedIn,
    _: &'a Conversation,
    contact: &'a Contact,
) -> BoxFuture<'a, Result<Option<(String, Markup)>>> {
    Box::pin(async move {
        let (db, lang) = (app.store.db(), me.lang);
        // Most customers never chose: then there is nothing to show, and no more is read.
        let said = notifications::choices(db, &contact.id, |_| notifications::Ways::USUAL).await?;
        if said.iter().all(|choice| !choice.is_chosen) {
            return Ok(None);
        }
        let usual = telling::usual(db, &contact.id).await?;
        let choices = notifications::choices(db, &contact.id, |kind| usual.of(kind)).await?;
        let word = |key: &str| i18n::t(lang, key);
        let body = html! {
            p.muted { (word("note-panel-lead")) }
            ul.eq-side { @for choice in choices {
                @let ways = [(true, "portal"), (choice.ways.mail, "mail"), (choice.ways.whatsapp, "whatsapp"), (choice.ways.push, "push")];
                li {
                    (word(&format!("note-kind-{}", choice.kind.as_str()))) ": "
                    @for (index, (_, way)) in ways.iter().filter(|(is_on, _)| *is_on).enumerate() { @if index > 0 { ", " } (word(&format!("note-way-{way}"))) }
                    " " span.muted { "(" (word(if choice.is_chosen { "note-panel-chosen" } else { "note-panel-usual" })) ")" }
                }
            } }
        };
        Ok(Some((word("note-title").into_owned(), body)))
    })
}
