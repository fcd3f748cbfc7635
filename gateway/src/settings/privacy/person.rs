//! One person's data, for administrators: finding whoever asked in any way, giving it to them, erasing it.

use conversation::Error;
use conversation::contacts::{self, Contact, Identity, normal_email};
use conversation::types::{ContactId, IdentityKind};
use maud::{Markup, html};
use serde::Deserialize;
use ui::components::{customer_name, form};

use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::inbox;
use ui::routes;

/// The most people that a search lists.
const MOST: usize = 20;

/// Whom the page is asked for: what was typed, or one by their id.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Asked {
    q: String,
    person: String,
}

/// Somebody, and how the channels know them.
type Known = (Contact, Vec<Identity>);

impl Asked {
    /// Where the page is asked so.
    pub(super) fn url(&self) -> String {
        match (self.person.as_str(), self.q.as_str()) {
            ("", "") => routes::PRIVACY.to_owned(),
            ("", q) => format!("{}?q={}", routes::PRIVACY, routes::escape(q)),
            (person, _) => routes::privacy_of(person),
        }
    }
}

/// The search and what it found.
pub(super) async fn found(app: &App, me: &SignedIn, asked: &Asked) -> Result<Markup, Failure> {
    let db = app.store.db();
    let mut people: Vec<Known> = Vec::new();
    for id in ids(app, me, asked).await? {
        let contact = match contacts::load(db, &id).await {
            Ok(contact) => contact,
            Err(Error::NotFound) => continue,
            Err(error) => return Err(error.into()),
        };
        if people.iter().all(|(other, _)| other.id != contact.id) {
            let known = contacts::identities(db, &contact.id).await?;
            people.push((contact, known));
        }
    }
    Ok(search(me, asked, &people))
}

/// An address or a number is asked for as it is: whoever wrote a moment ago is no less somebody.
async fn ids(app: &App, me: &SignedIn, asked: &Asked) -> Result<Vec<ContactId>, Failure> {
    if !asked.person.is_empty() {
        return Ok(vec![ContactId::from(asked.person.clone())]);
    }
    let q: String = asked.q.trim().chars().take(200).collect();
    if q.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids = Vec::new();
    if let Ok(email) = normal_email(&q) {
        let known = contacts::by_identity(app.store.db(), IdentityKind::Email, &email).await?;
        ids.extend(known.map(|(contact, _)| contact.id));
    }
    ids.extend(inbox::caller(app, &q).await?);
    ids.extend(inbox::people(app, me, &q, MOST).await?.into_iter().map(|one| one.id));
    Ok(ids)
}

/// The field, and whom it found.
pub(super) fn search(me: &SignedIn, asked: &Asked, people: &[Known]) -> Markup {
    let ctx = me.ctx();
    let is_asked = !asked.q.trim().is_empty() || !asked.person.is_empty();
    html! {
        form.filters method="get" action=(routes::PRIVACY) role="search" {
            input.input type="search" name="q" value=(asked.q) maxlength="200" autocomplete="off" aria-label=(ctx.t("privacy-search")) placeholder=(ctx.t("privacy-search"));
            button.button type="submit" { (ctx.t("audit-search")) }
        }
        @if is_asked && people.is_empty() { p.muted role="status" { (ctx.t("privacy-nobody")) } }
        ul.people {
            @for (contact, known) in people {
                li.person {
                    span.inbox-name { strong { (customer_name(me.lang, contact.name.clone())) } span.muted { (addresses(known).join(" · ")) } }
                    a.button.ghost href={ (routes::PRIVACY) "/contacts/" (contact.id) "/export" } { (ctx.t("privacy-export")) }
                    form method="post" action={ (routes::PRIVACY) "/contacts/" (contact.id) } {
                        (form::csrf(&ctx))
                        button.button.danger type="submit" name="do" value="erase" { (ctx.t("privacy-erase")) }
                    }
                }
            }
        }
    }
}

/// What people read of how somebody is known.
pub(super) fn addresses(known: &[Identity]) -> Vec<String> {
    let mut shown: Vec<String> = known
        .iter()
        .filter(|one| {
            matches!(
                one.kind,
                IdentityKind::Email
                    | IdentityKind::Phone
                    | IdentityKind::Whatsapp
                    | IdentityKind::Instagram
                    | IdentityKind::Messenger
                    | IdentityKind::Bridge
            )
        })
        .map(|one| inbox::shown(one.kind, &one.value))
        .collect();
    // A telephone number is one of WhatsApp, too, mostly.
    shown.sort();
    shown.dedup();
    shown
}
