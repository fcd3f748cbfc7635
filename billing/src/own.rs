//! What customers change of their own: the address on new documents, and to which of their people documents go. What was issued
//! stays as it is.

use conversation::db::{On, sql};
use conversation::memberships;
use conversation::store::Tx;
use conversation::types::{Actor, ContactId, IdentityKind};
use conversation::{Error, Result, audit, contacts};
use serde_json::json;

use crate::customers::{self, Customer};
use crate::ids::CustomerId;

/// The longest address, in characters, and in lines.
pub const LONGEST: usize = 500;
const MOST_LINES: usize = 8;

/// Whether somebody may change what documents of a customer say: the person themselves, or whoever manages the company.
///
/// # Errors
/// When the database cannot be reached.
pub async fn may_change(on: impl On, contact: &ContactId, customer: &Customer) -> Result<bool> {
    let Some(company) = &customer.company_id else {
        return Ok(customer.contact_id.as_ref() == Some(contact));
    };
    let all = memberships::of_contact(on, contact).await?;
    Ok(all
        .iter()
        .any(|one| one.company_id == *company && one.rights.is_administrator))
}

/// To which addresses documents can go: where they go now, and what the people proved who see them.
///
/// # Errors
/// When the database cannot be reached.
pub async fn addresses(on: impl On, customer: &Customer) -> Result<Vec<String>> {
    let mut on = on;
    let mut found: Vec<String> = customer.email.iter().cloned().collect();
    for person in customers::who_see(&mut on, customer).await? {
        for identity in contacts::identities(&mut on, &person).await? {
            if identity.kind == IdentityKind::Email && identity.is_verified && !found.contains(&identity.value) {
                found.push(identity.value);
            }
        }
    }
    Ok(found)
}

/// An address as it stands on documents.
///
/// # Errors
/// [`Error::Invalid`] for none, and for one that no paper holds.
pub fn address(text: &str) -> Result<String> {
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            let line: String = line.chars().filter(|c| c.is_whitespace() || !c.is_control()).collect();
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        })
        .filter(|line| !line.is_empty())
        .collect();
    let address = lines.join("\n");
    if address.is_empty() {
        return Err(Error::Invalid("address: write the address".to_owned()));
    }
    if lines.len() > MOST_LINES || address.chars().count() > LONGEST {
        return Err(Error::Invalid(format!(
            "address: at most {MOST_LINES} lines and {LONGEST} characters"
        )));
    }
    Ok(address)
}

/// Changes it, in the name of somebody of theirs. Returns how it was before, or `None` where nothing changed.
///
/// # Errors
/// [`Error::NotFound`] for who may not; [`Error::Invalid`] for an address that is none, or an e-mail address that nobody of theirs
/// proved; [`Error::Conflict`] where documents of another customer go there.
pub async fn change_in(
    tx: &mut Tx,
    actor: &Actor,
    contact: &ContactId,
    id: &CustomerId,
    typed: &str,
    email: &str,
) -> Result<Option<Customer>> {
    let before = customers::load(&mut *tx, id).await?;
    if !may_change(&mut *tx, contact, &before).await? {
        return Err(Error::NotFound);
    }
    let address = address(typed)?;
    let email = Some(email.trim().to_lowercase()).filter(|email| !email.is_empty());
    if let Some(email) = &email {
        if !addresses(&mut *tx, &before).await?.contains(email) {
            return Err(Error::Invalid("email: choose one of these addresses".to_owned()));
        }
        if customers::by_email(&mut *tx, email)
            .await?
            .is_some_and(|other| other.id != *id)
        {
            return Err(Error::Conflict(format!("email: {email} belongs to another customer")));
        }
    }
    // Without an address in the list documents go where they went.
    let email = email.or_else(|| before.email.clone());
    let mut fields = Vec::new();
    fields.extend((address != before.address).then_some("address"));
    fields.extend((email != before.email).then_some("email"));
    if fields.is_empty() {
        return Ok(None);
    }
    let now = tx.now();
    sql("UPDATE customers SET address = $2, email = $3, updated_at = $4 WHERE id = $1")
        .bind(id.as_str())
        .bind(address)
        .bind(email)
        .bind(now)
        .run(&mut *tx)
        .await?;
    audit::record(tx, actor, "customer.edited", id.as_str(), &json!({ "fields": fields })).await?;
    customers::changed(tx, actor, id);
    Ok(Some(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_some_lines_of_words() {
        for (typed, expected) in [
            (
                "  Av. Amazonas 1 \r\n\r\n Quito\t170101 ",
                "Av. Amazonas 1\nQuito 170101",
            ),
            ("Rua\u{0} A\u{1b}, 1", "Rua A, 1"),
        ] {
            assert_eq!(address(typed).unwrap(), expected);
        }
        for wrong in [" \n ", &"a\n".repeat(9), &"a".repeat(501)] {
            assert!(address(wrong).is_err(), "{wrong:?}");
        }
    }
}
