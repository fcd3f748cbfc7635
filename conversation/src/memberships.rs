//! The companies that a person belongs to, and what they may there. The company of the contact itself
//! counts without a row; a row says more, or less.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::audit;
use crate::contacts;
use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::events::{EventKind, NewEvent};
use crate::notifications::{self, Kind, News};
use crate::store::Tx;
use crate::types::{Actor, CompanyId, ContactId, IdentityKind, Millis};

/// What a person may in a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// Invites and manages colleagues; sees everything of the company.
    pub is_administrator: bool,
    /// Sees invoices and other documents.
    pub sees_documents: bool,
    /// Sees the tickets of colleagues.
    pub sees_tickets: bool,
}

impl Rights {
    /// Of somebody who simply belongs to a company.
    pub const MEMBER: Rights = Rights {
        is_administrator: false,
        sees_documents: true,
        sees_tickets: false,
    };

    /// Of whoever manages the others.
    pub const ADMINISTRATOR: Rights = Rights {
        is_administrator: true,
        sees_documents: true,
        sees_tickets: true,
    };

    /// Administrators see everything.
    #[must_use]
    pub const fn settled(self) -> Rights {
        if self.is_administrator {
            Rights::ADMINISTRATOR
        } else {
            self
        }
    }
}

/// A company that a person belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The company.
    pub company_id: CompanyId,
    /// Its name.
    pub company: String,
    /// What they may there.
    pub rights: Rights,
    /// Whether it is the company of the contact itself.
    pub is_own: bool,
}

type Row = (CompanyId, String, bool, bool, bool, bool);

fn from_row((company_id, company, is_administrator, sees_documents, sees_tickets, is_own): Row) -> Membership {
    Membership {
        company_id,
        company,
        rights: Rights {
            is_administrator,
            sees_documents,
            sees_tickets,
        },
        is_own,
    }
}

/// The companies of a person, their own first. What belonged to somebody who became part of them is
/// theirs.
pub async fn of_contact(on: impl On, contact: &ContactId) -> Result<Vec<Membership>> {
    let rows: Vec<Row> = sql(
        "SELECT k.id, k.name, m.is_administrator, m.sees_documents, m.sees_tickets, COALESCE(c.company_id = k.id, FALSE) AS is_own
           FROM memberships m JOIN companies k ON k.id = m.company_id JOIN contacts c ON c.id = $1
          WHERE m.invited_as IS NULL AND (m.contact_id = $1 OR m.contact_id IN (SELECT id FROM contacts WHERE merged_into = $1))
         UNION ALL
         SELECT k.id, k.name, FALSE, TRUE, FALSE, TRUE
           FROM contacts c JOIN companies k ON k.id = c.company_id
          WHERE c.id = $1 AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.company_id = k.id AND m.invited_as IS NULL
                AND (m.contact_id = $1 OR m.contact_id IN (SELECT id FROM contacts WHERE merged_into = $1)))
         ORDER BY 6 DESC, 2, 1",
    )
    .bind(contact)
    .all(on)
    .await?;
    let mut found: Vec<Membership> = Vec::new();
    for one in rows.into_iter().map(from_row) {
        // Of two people who became one, the wider rights count.
        match found.iter_mut().find(|known| known.company_id == one.company_id) {
            None => found.push(one),
            Some(known) => {
                known.rights.is_administrator |= one.rights.is_administrator;
                known.rights.sees_documents |= one.rights.sees_documents;
                known.rights.sees_tickets |= one.rights.sees_tickets;
            }
        }
    }
    Ok(found)
}

/// What a person may in a company; none when they do not belong to it.
pub async fn in_company(on: impl On, contact: &ContactId, company: &CompanyId) -> Result<Option<Rights>> {
    let all = of_contact(on, contact).await?;
    Ok(all
        .into_iter()
        .find(|one| one.company_id == *company)
        .map(|one| one.rights))
}

/// Whether a person sees the tickets of somebody else: of a colleague, with the right to.
pub async fn sees_tickets_of(on: impl On, contact: &ContactId, owner: &ContactId) -> Result<bool> {
    let mut on = on;
    let Some(company) = contacts::load(&mut on, owner).await?.company_id else {
        return Ok(false);
    };
    let contact = contacts::load(&mut on, contact).await?.id;
    let rights = in_company(on, &contact, &company).await?;
    Ok(rights.is_some_and(|rights| rights.sees_tickets))
}

/// Somebody of a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// Who.
    pub contact_id: ContactId,
    /// Their name; may be empty.
    pub name: String,
    /// Their addresses.
    pub emails: Vec<String>,
    /// What they may, or will.
    pub rights: Rights,
    /// Invited, and has not said yes: nothing of them is known here but the address that was invited.
    pub is_invited: bool,
}

/// The most people of a company that a list shows.
pub const MOST: i64 = 500;

/// The people of a company, by name; at most [`MOST`].
pub async fn of_company(on: impl On, company: &CompanyId) -> Result<Vec<Colleague>> {
    let mut on = on;
    let rows: Vec<(ContactId, String, Option<bool>, Option<bool>, Option<bool>, Option<String>)> = sql(
        "SELECT c.id, c.name, m.is_administrator, m.sees_documents, m.sees_tickets, m.invited_as
           FROM contacts c LEFT JOIN memberships m ON m.contact_id = c.id AND m.company_id = $1
          WHERE c.merged_into IS NULL AND (c.company_id = $1 OR c.id IN (SELECT contact_id FROM memberships WHERE company_id = $1))
          ORDER BY c.name, c.id LIMIT $2",
    )
    .bind(company)
    .bind(MOST)
    .all(&mut on)
    .await?;
    let emails: Vec<(ContactId, String)> = sql(
        "SELECT i.contact_id, i.value FROM identities i JOIN contacts c ON c.id = i.contact_id
          WHERE i.kind = $2 AND c.merged_into IS NULL
            AND (c.company_id = $1 OR c.id IN (SELECT contact_id FROM memberships WHERE company_id = $1))
          ORDER BY i.created_at, i.id",
    )
    .bind(company)
    .bind(IdentityKind::Email)
    .all(&mut on)
    .await?;
    let colleague = |(contact_id, name, administrator, documents, tickets, invited_as): (
        ContactId,
        String,
        Option<bool>,
        Option<bool>,
        Option<bool>,
        Option<String>,
    )| {
        let rights = match (administrator, documents, tickets) {
            (Some(is_administrator), Some(sees_documents), Some(sees_tickets)) => Rights {
                is_administrator,
                sees_documents,
                sees_tickets,
            },
            _ => Rights::MEMBER,
        };
        match invited_as {
            Some(email) => Colleague {
                contact_id,
                name: String::new(),
                emails: vec![email],
                rights,
                is_invited: true,
            },
            None => Colleague {
                emails: emails
                    .iter()
                    .filter(|(owner, _)| *owner == contact_id)
                    .map(|(_, value)| value.clone())
                    .collect(),
                contact_id,
                name,
                rights,
                is_invited: false,
            },
        }
    };
    Ok(rows.into_iter().map(colleague).collect())
}

fn changed(contact: &ContactId, actor: &Actor) -> NewEvent {
    NewEvent {
        kind: EventKind::ContactUpdated,
        conversation: None,
        subject: contact.to_string(),
        actor: actor.clone(),
        data: json!({ "action": "membership" }),
    }
}

/// Gives a person these rights in a company; makes them one of it when they were not. Somebody without
/// a company gets this one as their own.
///
/// # Errors
/// [`Error::NotFound`] without the contact or the company.
pub async fn set_in(
    tx: &mut Tx,
    actor: &Actor,
    contact: &ContactId,
    company: &CompanyId,
    rights: Rights,
) -> Result<()> {
    let rights = rights.settled();
    let known = contacts::load(&mut *tx, contact).await?;
    if contacts::company_name(&mut *tx, company).await?.is_none() {
        return Err(Error::NotFound);
    }
    let now = tx.now();
    if known.company_id.is_none() {
        sql("UPDATE contacts SET company_id = $2, updated_at = $3 WHERE id = $1 AND company_id IS NULL")
            .bind(&known.id)
            .bind(company)
            .bind(now)
            .run(&mut *tx)
            .await?;
    }
    sql("INSERT INTO memberships (contact_id, company_id, is_administrator, sees_documents, sees_tickets, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
         ON CONFLICT (contact_id, company_id) DO UPDATE SET is_administrator = excluded.is_administrator, sees_documents = excluded.sees_documents, sees_tickets = excluded.sees_tickets, invited_as = NULL, updated_at = excluded.updated_at")
        .bind(&known.id)
        .bind(company)
        .bind(rights.is_administrator)
        .bind(rights.sees_documents)
        .bind(rights.sees_tickets)
        .bind(now)
        .run(&mut *tx)
        .await?;
    audit::record(
        tx,
        actor,
        "membership.set",
        known.id.as_str(),
        &json!({ "company": company, "rights": rights }),
    )
    .await?;
    tx.emit(changed(&known.id, actor));
    tell_in(tx, actor, &known.id, company, "access-rights").await
}

/// Tells a person what somebody else changed about what they see.
async fn tell_in(
    tx: &mut Tx,
    actor: &Actor,
    contact: &ContactId,
    company: &CompanyId,
    words: &'static str,
) -> Result<()> {
    if *actor == Actor::Contact(contact.clone()) {
        return Ok(());
    }
    let name = contacts::company_name(&mut *tx, company).await?.unwrap_or_default();
    let news = News {
        kind: Kind::Access,
        words,
        args: json!({ "company": name }),
        path: "/portal/account".to_owned(),
        subject: company.to_string(),
    };
    notifications::tell_one_in(tx, &news, contact).await
}

/// Takes a person out of a company: from now on they see nothing of it. An invitation is taken back.
///
/// # Errors
/// [`Error::NotFound`] when they do not belong to it.
pub async fn remove_in(tx: &mut Tx, actor: &Actor, contact: &ContactId, company: &CompanyId) -> Result<()> {
    let known = contacts::load(&mut *tx, contact).await?;
    let now = tx.now();
    let rows = sql("DELETE FROM memberships WHERE company_id = $2 AND (contact_id = $1 OR contact_id IN (SELECT id FROM contacts WHERE merged_into = $1))")
        .bind(&known.id)
        .bind(company)
        .run(&mut *tx)
        .await?;
    // Another company of theirs becomes their own.
    let own = sql("UPDATE contacts SET company_id = (SELECT MIN(m.company_id) FROM memberships m WHERE m.contact_id = $1 AND m.invited_as IS NULL), updated_at = $3 WHERE id = $1 AND company_id = $2")
        .bind(&known.id)
        .bind(company)
        .bind(now)
        .run(&mut *tx)
        .await?;
    if rows + own == 0 {
        return Err(Error::NotFound);
    }
    audit::record(
        tx,
        actor,
        "membership.removed",
        known.id.as_str(),
        &json!({ "company": company }),
    )
    .await?;
    tx.emit(changed(&known.id, actor));
    tell_in(tx, actor, &known.id, company, "access-removed").await
}

/// Invites the owner of an address into a company. They get the rights when they say yes: nobody becomes
/// a colleague, and shows their tickets to others, because somebody else typed their address.
///
/// # Errors
/// [`Error::Invalid`] for what is no address; [`Error::Conflict`] when they belong to it already.
pub async fn invite_in(
    tx: &mut Tx,
    actor: &Actor,
    company: &CompanyId,
    name: &str,
    email: &str,
    rights: Rights,
) -> Result<ContactId> {
    let email = contacts::normal_email(email)?;
    let rights = rights.settled();
    let known = contacts::by_identity(&mut *tx, IdentityKind::Email, &email).await?;
    let contact = match known {
        Some((contact, _)) => contact.id,
        None => {
            let name: String = name.trim().chars().filter(|c| !c.is_control()).take(200).collect();
            let id = contacts::create_in(tx, actor, &name, None).await?;
            contacts::prove_in(tx, actor, &id, IdentityKind::Email, &email, "agent").await?
        }
    };
    if in_company(&mut *tx, &contact, company).await?.is_some() {
        return Err(Error::Conflict(format!("{email} belongs to this company already")));
    }
    let now = tx.now();
    sql("INSERT INTO memberships (contact_id, company_id, is_administrator, sees_documents, sees_tickets, invited_as, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
         ON CONFLICT (contact_id, company_id) DO UPDATE SET is_administrator = excluded.is_administrator, sees_documents = excluded.sees_documents, sees_tickets = excluded.sees_tickets, invited_as = excluded.invited_as, updated_at = excluded.updated_at")
        .bind(&contact)
        .bind(company)
        .bind(rights.is_administrator)
        .bind(rights.sees_documents)
        .bind(rights.sees_tickets)
        .bind(&email)
        .bind(now)
        .run(&mut *tx)
        .await?;
    audit::record(
        tx,
        actor,
        "membership.invited",
        contact.as_str(),
        &json!({ "company": company, "rights": rights }),
    )
    .await?;
    tx.emit(changed(&contact, actor));
    tell_in(tx, actor, &contact, company, "access-invited").await?;
    Ok(contact)
}

/// The companies that a person was invited into and has not answered.
pub async fn invitations(on: impl On, contact: &ContactId) -> Result<Vec<(CompanyId, String)>> {
    sql("SELECT k.id, k.name FROM memberships m JOIN companies k ON k.id = m.company_id WHERE m.invited_as IS NOT NULL AND m.contact_id = $1 ORDER BY k.name, k.id")
        .bind(contact)
        .all(on)
        .await
}

/// Says yes to an invitation.
///
/// # Errors
/// [`Error::NotFound`] without one.
pub async fn accept_in(tx: &mut Tx, contact: &ContactId, company: &CompanyId) -> Result<()> {
    let row: Option<(bool, bool, bool)> = sql("SELECT is_administrator, sees_documents, sees_tickets FROM memberships WHERE contact_id = $1 AND company_id = $2 AND invited_as IS NOT NULL")
        .bind(contact)
        .bind(company)
        .optional(&mut *tx)
        .await?;
    let (is_administrator, sees_documents, sees_tickets) = row.ok_or(Error::NotFound)?;
    let rights = Rights {
        is_administrator,
        sees_documents,
        sees_tickets,
    };
    set_in(tx, &Actor::Contact(contact.clone()), contact, company, rights).await
}

/// A company as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Company {
    /// Its id.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// Since when it is known.
    pub created_at: Millis,
}

/// Companies by id behind one, whose name holds a text; at most `most`; for a coordinator only theirs.
pub async fn companies(
    on: impl On,
    text: &str,
    scope: Option<&crate::types::AgentId>,
    after: Option<&CompanyId>,
    most: i64,
) -> Result<Vec<Company>> {
    let text = text.trim().to_lowercase();
    let pattern = format!("%{}%", text.replace('!', "!!").replace('%', "!%").replace('_', "!_"));
    sql("SELECT id, name, created_at FROM companies
          WHERE id > $1 AND ($2 = '%%' OR lower(name) LIKE $2 ESCAPE '!')
            AND ($3 = '' OR id IN (SELECT company_id FROM agent_companies WHERE agent_id = $3))
          ORDER BY id LIMIT $4")
    .bind(after.map_or("", |id| id.as_str()))
    .bind(pattern)
    .bind(scope.map_or("", |id| id.as_str()))
    .bind(most)
    .all(on)
    .await
}

/// The companies that an agent looks after, by name.
pub async fn looked_after(on: impl On, agent: &crate::types::AgentId) -> Result<Vec<Company>> {
    sql("SELECT k.id, k.name, k.created_at FROM agent_companies a JOIN companies k ON k.id = a.company_id WHERE a.agent_id = $1 ORDER BY k.name, k.id")
        .bind(agent)
        .all(on)
        .await
}

/// Gives a coordinator a company to look after, or takes it away.
///
/// # Errors
/// [`Error::NotFound`] without the company.
pub async fn look_after_in(
    tx: &mut Tx,
    actor: &Actor,
    agent: &crate::types::AgentId,
    company: &CompanyId,
    is_theirs: bool,
) -> Result<()> {
    if contacts::company_name(&mut *tx, company).await?.is_none() {
        return Err(Error::NotFound);
    }
    let now = tx.now();
    let statement = if is_theirs {
        "INSERT INTO agent_companies (agent_id, company_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
    } else {
        "DELETE FROM agent_companies WHERE agent_id = $1 AND company_id = $2 AND created_at <= $3"
    };
    sql(statement).bind(agent).bind(company).bind(now).run(&mut *tx).await?;
    audit::record(
        tx,
        actor,
        "agent.company",
        agent.as_str(),
        &json!({ "company": company, "looks_after": is_theirs }),
    )
    .await?;
    tx.emit(NewEvent {
        kind: EventKind::AgentUpdated,
        conversation: None,
        subject: agent.to_string(),
        actor: actor.clone(),
        data: json!({ "action": "companies" }),
    });
    Ok(())
}
