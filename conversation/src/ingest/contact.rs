//! Who wrote a message: the contact that the channel proves, the one that is known by what they claim, or a new
//! one.

use super::load::{KnownContact, KnownIdentity, LEFT, Picture};
use crate::inbound::{IdentityClaim, InboundMessage};
use crate::language;
use crate::letters::straight;
use crate::store::Store;
use crate::types::{Actor, Auto, ContactId, ConversationId, IdentityId, IdentityKind, Language, MatchedBy};

/// The contact of a message; what it proves is remembered with it.
pub(super) fn find_contact(store: &Store, picture: &mut Picture, message: &InboundMessage) -> ContactId {
    let claims = &message.from.identities;
    let key = |claim: &IdentityClaim| (claim.kind, claim.value.clone());
    // The first identity is how the channel itself addresses the sender; another one may only
    // speak for it when the channel proved it.
    let known = claims
        .iter()
        .enumerate()
        .filter(|(place, claim)| *place == 0 || claim.verified)
        .filter_map(|(_, claim)| picture.identities.get(&key(claim)))
        .find(|identity| identity.is_held_at(message.sent_at))
        .map(|identity| identity.contact_id.clone());
    // What turns the direction of a name makes it read as somebody else's.
    let name = message.from.name.as_deref().map(straight).unwrap_or_default();
    let is_new = known.is_none();
    let contact = known.unwrap_or_else(|| {
        let id = ContactId::from(store.env().ulid());
        let contact = KnownContact {
            id: id.clone(),
            name: name.clone(),
            language: None,
            company_id: None,
            merged_into: None,
        };
        picture.changes.new_contacts.push(id.clone());
        picture.contacts.insert(id.clone(), contact);
        id
    });
    if let Some(known) = picture.contacts.get_mut(&contact) {
        let mut is_told = false;
        if known.name.is_empty() && !name.is_empty() {
            known.name = name;
            is_told = true;
        }
        if known.language.is_none()
            && let Some(language) = language_of(message)
        {
            known.language = Some(language);
            picture.changes.learned.insert(contact.clone());
            is_told = true;
        }
        if is_told && !is_new {
            picture.changes.touched_contacts.insert(contact.clone());
        }
    }
    for (place, claim) in claims.iter().enumerate() {
        if place > 0 && !claim.verified {
            continue;
        }
        match picture.identities.get_mut(&key(claim)) {
            Some(identity) if !identity.is_held_at(message.sent_at) => {
                identity.contact_id = contact.clone();
                identity.source = message.channel.as_str().to_owned();
                picture.changes.changed_identities.push(key(claim));
            }
            Some(identity) if claim.verified && !identity.is_verified => {
                identity.is_verified = true;
                picture.changes.proved.push((claim.kind, claim.value.clone()));
            }
            Some(_) => {}
            None => {
                picture.changes.new_identities.push((
                    IdentityId::from(store.env().ulid()),
                    claim.kind,
                    claim.value.clone(),
                    message.channel,
                ));
                picture.identities.insert(
                    key(claim),
                    KnownIdentity {
                        kind: claim.kind,
                        value: claim.value.clone(),
                        contact_id: contact.clone(),
                        is_verified: claim.verified,
                        source: message.channel.as_str().to_owned(),
                    },
                );
            }
        }
    }
    leave(picture, message, &contact);
    contact
}

/// The language that a sender speaks: as the channel says it, or, where that is silent, as a person's words make plain.
fn language_of(message: &InboundMessage) -> Option<Language> {
    let is_silent = message.from.language.is_none() && message.channel.is_chat() && message.auto == Auto::None;
    let detected = is_silent.then(|| language::detect(message.visible())).flatten();
    message
        .from
        .language
        .or_else(|| detected.filter(|one| one.is_plain).map(|one| one.language))
}

/// What the channel itself says that the sender does not use any more (`left` of `extra`): earlier messages
/// from there are still theirs, later ones are somebody else's.
fn leave(picture: &mut Picture, message: &InboundMessage, contact: &ContactId) {
    let left = message.extra.as_ref().and_then(|extra| extra.get("left")?.as_array());
    for value in left.into_iter().flatten().filter_map(serde_json::Value::as_str) {
        for kind in [IdentityKind::Whatsapp, IdentityKind::Phone] {
            let key = (kind, value.to_owned());
            if let Some(identity) = picture.identities.get_mut(&key)
                && identity.contact_id == *contact
            {
                identity.source = format!("{LEFT}{}", message.sent_at);
                picture.changes.changed_identities.push(key);
            }
        }
    }
}

/// Whether a message is from somebody whom the conversation knew before: its contact or another who takes part in it,
/// as far as the channel proves that. Whoever merely holds a reply token (the mail was forwarded to them, or lost)
/// may write here, but changes neither where answers go nor who takes part.
pub(super) fn takes_part(
    picture: &Picture,
    message: &InboundMessage,
    author: &Actor,
    id: &ConversationId,
    by: MatchedBy,
) -> bool {
    let Actor::Contact(contact) = author else {
        return true;
    };
    match by {
        MatchedBy::ReplyToken => {
            let is_proved = message.from.identities.first().is_some_and(|claim| claim.verified);
            is_proved && is_known_sender(picture, message, contact, id)
        }
        // Every other key asked for that already, or there was nothing before.
        _ => true,
    }
}

/// Whether the contact of a message is the conversation's, or takes part in it, or is of its company.
pub(super) fn is_known_sender(
    picture: &Picture,
    message: &InboundMessage,
    contact: &ContactId,
    id: &ConversationId,
) -> bool {
    picture
        .conversations
        .get(id)
        .is_some_and(|conversation| conversation.contact_id == *contact)
        || message
            .from
            .identities
            .iter()
            .any(|claim| picture.participants.contains(&(id.clone(), claim.value.clone())))
        || picture
            .contacts
            .get(contact)
            .and_then(|contact| contact.company_id.as_ref())
            .is_some_and(|company| picture.companies.get(id) == Some(company))
}
