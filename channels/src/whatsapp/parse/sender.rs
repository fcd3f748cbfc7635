//! Who sent a message, and where an answer goes.

use std::collections::HashMap;

use conversation::inbound::{IdentityClaim, Sender};
use conversation::types::IdentityKind;
use serde_json::Value;

use super::json;
use crate::whatsapp::phone::{canonical_phone, is_phone, is_user_id};

/// The sender and the address to answer to; `None` where the message does not say who wrote it.
pub(crate) fn sender(contacts: &Contacts<'_>, message: &Value) -> (Sender, Option<String>) {
    let from = json::text(message, "from");
    let from_user = json::text(message, "from_user_id");
    let contact = contacts.of(from.as_deref(), from_user.as_deref());
    let number = from
        .clone()
        .filter(|id| !is_user_id(id))
        // A message without `from` still belongs to the only contact of its batch.
        .or_else(|| contact.filter(|_| from.is_none()).and_then(|c| json::text(c, "wa_id")));
    let user = from_user
        .or_else(|| from.filter(|id| is_user_id(id)))
        .or_else(|| contact.and_then(|c| json::text(c, "user_id")));

    let mut identities = Vec::new();
    claim_number(&mut identities, number.as_deref());
    if let Some(user) = &user {
        claim(&mut identities, IdentityKind::Whatsapp, user.clone());
    }
    // WhatsApp itself proves the number, but a person known by number and by user id is found by
    // either of those first.
    if let Some(at) = identities.iter().position(|i| i.kind == IdentityKind::Phone) {
        let phone = identities.remove(at);
        identities.push(phone);
    }
    let profile = contact.and_then(|c| c.get("profile"));
    let name = profile
        .and_then(|p| json::str(p, "name"))
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .map(str::to_owned);
    let username = profile.and_then(|p| json::str(p, "username"));
    let name = name.or_else(|| username.map(|u| format!("@{}", u.trim_start_matches('@'))));
    let address = number.or(user);
    (
        Sender {
            identities,
            address: address.clone(),
            name,
            language: None,
        },
        address,
    )
}

/// Adds the identities of a number: the WhatsApp one, and the telephone where it is one.
pub(crate) fn claim_number(identities: &mut Vec<IdentityClaim>, wa_id: Option<&str>) {
    let Some(wa_id) = wa_id else { return };
    let digits = wa_id.strip_prefix('+').unwrap_or(wa_id);
    let value = canonical_phone(digits);
    let is_phone = is_phone(digits);
    claim(identities, IdentityKind::Whatsapp, value.clone());
    if is_phone {
        claim(identities, IdentityKind::Phone, format!("+{value}"));
    }
}

fn claim(identities: &mut Vec<IdentityClaim>, kind: IdentityKind, value: String) {
    if !identities.iter().any(|i| i.kind == kind && i.value == value) {
        identities.push(IdentityClaim {
            kind,
            value,
            verified: true,
        });
    }
}

/// The contacts of a batch, found by number and by user id without walking the list each time.
pub(crate) struct Contacts<'a> {
    list: &'a [Value],
    by_id: HashMap<String, &'a Value>,
}

impl<'a> Contacts<'a> {
    pub(crate) fn new(list: &'a [Value]) -> Self {
        let mut by_id = HashMap::new();
        for contact in list {
            let ids = [
                json::text(contact, "wa_id").map(|id| canonical_phone(&id)),
                json::text(contact, "user_id"),
            ];
            for id in ids.into_iter().flatten() {
                by_id.entry(id).or_insert(contact);
            }
        }
        Contacts { list, by_id }
    }

    /// The contact that a message names; a batch with one contact has no other, unless it is
    /// visibly somebody else.
    pub(super) fn of(&self, from: Option<&str>, user: Option<&str>) -> Option<&'a Value> {
        let named = user.and_then(|id| self.by_id.get(id));
        let named = named.or_else(|| from.and_then(|id| self.by_id.get(&canonical_phone(id))));
        named.copied().or(match self.list {
            [one] => {
                let other_number = from.is_some() && json::text(one, "wa_id").is_some();
                let other_user = user.is_some() && json::text(one, "user_id").is_some();
                (!other_number && !other_user).then_some(one)
            }
            _ => None,
        })
    }
}
