//! The people of a company, managed by its own administrators; the company that is looked at; invitations.

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use conversation::memberships::{self, Membership, Rights};
use conversation::notices::{self, NewNotice};
use conversation::types::{CompanyId, ContactId};
use conversation::{Error, doors};
use serde::Deserialize;
use ui::client_pages::{self, ColleagueRow, ColleaguesView, Part};
use ui::{i18n, routes};

use super::Client;
use crate::Portal;
use crate::links;
use crate::request::{Failed, Page, Reader, local_path, page, see_other};

pub(super) const HERE: &str = "/portal/people";

/// The reader and the company that they manage. Others are refused, and an old proof is asked for again.
async fn manager(portal: &Portal, reader: &Reader, headers: &HeaderMap) -> Result<(Client, Membership), Failed> {
    let client = Client::open(portal, reader, headers, HERE).await?;
    let company = client
        .company
        .clone()
        .filter(|company| company.rights.is_administrator)
        .ok_or(Failed::Status(StatusCode::FORBIDDEN))?;
    client.fresh(portal, HERE)?;
    Ok((client, company))
}

async fn draw(portal: &Portal, client: &Client, company: &Membership, email: &str, error: Option<String>) -> Page {
    let rows = memberships::of_company(portal.store.db(), &company.company_id)
        .await?
        .into_iter()
        .map(|one| ColleagueRow {
            is_me: one.contact_id == client.contact.id,
            id: one.contact_id.to_string(),
            name: if one.name.is_empty() {
                one.emails.first().cloned().unwrap_or_default()
            } else {
                one.name
            },
            emails: one.emails.join(", "),
            is_administrator: one.rights.is_administrator,
            sees_documents: one.rights.sees_documents,
            sees_tickets: one.rights.sees_tickets,
            is_invited: one.is_invited,
        })
        .collect();
    let status = if error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let view = ColleaguesView {
        frame: client.frame(portal, Part::People, HERE, None).await?,
        company: company.company.clone(),
        rows,
        email: email.to_owned(),
        error,
    };
    Ok(page(status, client_pages::colleagues(&portal.ctx(client.lang), &view)))
}

/// GET `/portal/people`.
pub(super) async fn show(State(portal): State<Portal>, reader: Reader, headers: HeaderMap) -> Page {
    let (client, company) = manager(&portal, &reader, &headers).await?;
    draw(&portal, &client, &company, "", None).await
}

/// What is done with a colleague.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Change {
    #[serde(rename = "do")]
    what: String,
    contact: String,
    email: String,
    is_administrator: String,
    sees_documents: String,
    sees_tickets: String,
}

impl Change {
    fn rights(&self) -> Rights {
        Rights {
            is_administrator: !self.is_administrator.is_empty(),
            sees_documents: !self.sees_documents.is_empty(),
            sees_tickets: !self.sees_tickets.is_empty(),
        }
        .settled()
    }
}

/// POST `/portal/people`.
pub(super) async fn change(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Form(change): Form<Change>,
) -> Page {
    let (client, company) = manager(&portal, &reader, &headers).await?;
    let contact = ContactId::from(change.contact.as_str());
    if contact.as_str().is_empty() {
        return invite(&portal, &client, &company, &change).await;
    }
    // Nobody takes their own rights away by mistake: another administrator does that.
    if contact == client.contact.id {
        return Err(Failed::Status(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let people = memberships::of_company(portal.store.db(), &company.company_id).await?;
    let known = people
        .iter()
        .find(|one| one.contact_id == contact)
        .ok_or(Failed::Status(StatusCode::NOT_FOUND))?;
    let mut tx = portal.store.begin().await?;
    match (change.what.as_str(), known.is_invited) {
        ("remove", _) => memberships::remove_in(&mut tx, &client.actor, &contact, &company.company_id).await?,
        (_, true) => {
            let email = known.emails.first().map(String::as_str).unwrap_or_default();
            memberships::invite_in(&mut tx, &client.actor, &company.company_id, "", email, change.rights()).await?;
        }
        (_, false) => {
            memberships::set_in(&mut tx, &client.actor, &contact, &company.company_id, change.rights()).await?;
        }
    }
    tx.commit().await?;
    Ok(see_other(HERE))
}

async fn invite(portal: &Portal, client: &Client, company: &Membership, change: &Change) -> Page {
    portal.limits.invitations.check(client.contact.id.as_str())?;
    let mut tx = portal.store.begin().await?;
    let id = &company.company_id;
    let invited = memberships::invite_in(&mut tx, &client.actor, id, "", &change.email, change.rights()).await;
    let contact = match invited {
        Ok(contact) => contact,
        Err(error @ (Error::Invalid(_) | Error::Conflict(_))) => {
            drop(tx);
            let key = if matches!(error, Error::Conflict(_)) {
                "client-invite-known"
            } else {
                "error-email"
            };
            let words = i18n::t(client.lang, key).into_owned();
            return draw(portal, client, company, &change.email, Some(words)).await;
        }
        Err(error) => return Err(error.into()),
    };
    let email = conversation::contacts::normal_email(&change.email)?;
    let path = doors::make_in(&mut tx, &contact, Some(routes::ACCOUNT), &email).await?;
    let args = [("company", company.company.as_str().into())];
    let notice = NewNotice {
        recipient: email,
        language: client.lang,
        subject: i18n::t_args(client.lang, "client-invite-subject", &args),
        text: i18n::t_args(client.lang, "client-invite-text", &args),
        action_label: i18n::t(client.lang, "client-invite-open").into_owned(),
        action_url: format!("{}{path}", portal.public_url),
    };
    notices::put_in(&mut tx, notice).await?;
    tx.commit().await?;
    Ok(see_other(HERE))
}

/// Another company.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Turn {
    company: String,
    next: String,
    #[serde(rename = "do")]
    what: String,
}

/// POST `/portal/company`: this device looks at another company.
pub(super) async fn turn(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Form(turn): Form<Turn>,
) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::PORTAL).await?;
    let company = CompanyId::from(turn.company.as_str());
    if !client.companies.iter().any(|one| one.company_id == company) {
        return Err(Failed::Status(StatusCode::NOT_FOUND));
    }
    links::turn_to(&portal.store, &client.session, &company).await?;
    // A page of the other company's would not be found now.
    let to = match local_path(&turn.next) {
        path @ (routes::SUPPORT | routes::ACCOUNT) => path,
        _ => routes::PORTAL,
    };
    Ok(see_other(to))
}

/// POST `/portal/invitations`: yes or no to a company.
pub(super) async fn answer(
    State(portal): State<Portal>,
    reader: Reader,
    headers: HeaderMap,
    Form(turn): Form<Turn>,
) -> Page {
    let client = Client::open(&portal, &reader, &headers, routes::ACCOUNT).await?;
    let company = CompanyId::from(turn.company.as_str());
    let waiting = memberships::invitations(portal.store.db(), &client.contact.id).await?;
    if !waiting.iter().any(|(id, _)| *id == company) {
        return Err(Failed::Status(StatusCode::NOT_FOUND));
    }
    let mut tx = portal.store.begin().await?;
    if turn.what == "accept" {
        memberships::accept_in(&mut tx, &client.contact.id, &company).await?;
    } else {
        memberships::remove_in(&mut tx, &client.actor, &client.contact.id, &company).await?;
    }
    tx.commit().await?;
    Ok(see_other(routes::ACCOUNT))
}
