//! Tickets of colleagues: who sees all tickets of a company chooses whose changes they are told of, everybody's or
//! some people's. Nobody is, unless they say so.

use serde_json::json;

use super::{Kind, News, Sender, Ways, tell_in};
use crate::audit;
use crate::contacts::{self, Contact};
use crate::db::{On, insert_rows, sql};
use crate::error::{Error, Result};
use crate::memberships;
use crate::privacy::family;
use crate::store::Tx;
use crate::types::{Actor, CompanyId, ContactId};

/// The most colleagues that somebody names in one company.
const MOST: usize = 500;

/// Whose tickets of one company somebody is told of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watched {
    /// Of everybody there.
    pub is_everybody: bool,
    /// Of these; those who come later are not among them.
    pub people: Vec<ContactId>,
}

/// Whose tickets of a company a contact is told of.
pub async fn watched(on: impl On, contact: &ContactId, company: &CompanyId) -> Result<Watched> {
    let rows: Vec<(String,)> = sql(
        "SELECT colleague_id FROM colleague_notices WHERE contact_id = $1 AND company_id = $2 ORDER BY colleague_id",
    )
    .bind(contact)
    .bind(company)
    .all(on)
    .await?;
    let mut watched = Watched::default();
    for (id,) in rows {
        if id.is_empty() {
            watched.is_everybody = true;
        } else {
            watched.people.push(ContactId::from(id));
        }
    }
    Ok(watched)
}

/// Keeps whose tickets of a company a contact is told of; what it was before is gone.
///
/// # Errors
/// [`Error::NotFound`] for who does not see all tickets of the company, and for somebody who is none of its people.
pub async fn watch_in(
    tx: &mut Tx,
    actor: &Actor,
    contact: &ContactId,
    company: &CompanyId,
    watched: &Watched,
) -> Result<()> {
    let contact = contacts::load(&mut *tx, contact).await?.id;
    let rights = memberships::in_company(&mut *tx, &contact, company).await?;
    if !rights.is_some_and(|rights| rights.sees_tickets) {
        return Err(Error::NotFound);
    }
    if watched.people.len() > MOST {
        return Err(Error::Invalid(format!("people: at most {MOST}")));
    }
    let there = memberships::of_company(&mut *tx, company).await?;
    let is_there = |id: &ContactId| there.iter().any(|one| one.contact_id == *id && !one.is_invited);
    if !watched.people.iter().all(is_there) {
        return Err(Error::NotFound);
    }
    sql("DELETE FROM colleague_notices WHERE contact_id = $1 AND company_id = $2")
        .bind(&contact)
        .bind(company)
        .run(&mut *tx)
        .await?;
    let now = tx.now();
    let everybody = watched.is_everybody.then_some("");
    let rows = everybody
        .into_iter()
        .chain(watched.people.iter().map(ContactId::as_str))
        .map(|colleague| vec![(&contact).into(), company.into(), colleague.into(), now.into()])
        .collect();
    insert_rows(
        &mut *tx,
        "INSERT INTO colleague_notices (contact_id, company_id, colleague_id, updated_at) VALUES",
        " ON CONFLICT (contact_id, company_id, colleague_id) DO NOTHING",
        rows,
    )
    .await?;
    let what = json!({ "company": company, "is_everybody": watched.is_everybody, "people": watched.people.len() });
    audit::record(tx, actor, "contact.colleagues_watched", contact.as_str(), &what).await
}

/// Who wants to hear of this customer's tickets and may see them now.
async fn who_watch(tx: &mut Tx, owner: &Contact) -> Result<Vec<ContactId>> {
    let Some(company) = &owner.company_id else {
        return Ok(Vec::new());
    };
    let own = family(&mut *tx, &owner.id).await?;
    let rows: Vec<(ContactId, String)> =
        sql("SELECT contact_id, colleague_id FROM colleague_notices WHERE company_id = $1 ORDER BY contact_id")
            .bind(company)
            .all(&mut *tx)
            .await?;
    let mut found: Vec<ContactId> = Vec::new();
    for (watcher, colleague) in rows {
        let is_meant = colleague.is_empty() || own.iter().any(|id| id.as_str() == colleague);
        if !is_meant || own.contains(&watcher) {
            continue;
        }
        let watcher = contacts::load(&mut *tx, &watcher).await?.id;
        if watcher != owner.id
            && !found.contains(&watcher)
            && memberships::sees_tickets_of(&mut *tx, &watcher, &owner.id).await?
        {
            found.push(watcher);
        }
    }
    Ok(found)
}

/// Tells those who want to hear of it: `words` and `args` are those of [`News`], `ticket` is its id.
pub(crate) async fn tell_colleagues_in(
    tx: &mut Tx,
    owner: &ContactId,
    words: &'static str,
    number: &str,
    subject: &str,
    ticket: &str,
) -> Result<()> {
    let owner = contacts::load(&mut *tx, owner).await?;
    let people = who_watch(tx, &owner).await?;
    if people.is_empty() {
        return Ok(());
    }
    let news = News {
        kind: Kind::Colleague,
        words,
        args: json!({ "number": number, "subject": subject, "name": owner.name }),
        path: format!("/portal/tickets/{ticket}"),
        subject: ticket.to_owned(),
    };
    let sender = Sender {
        usual: Ways::default(),
        can: Ways::default(),
    };
    let people: Vec<(ContactId, Sender)> = people.into_iter().map(|id| (id, sender)).collect();
    tell_in(tx, &news, &people).await.map(drop)
}
