//! Agents who answer from their own mail program.

use super::decide::Choice;
use super::load::Picture;
use crate::inbound::InboundMessage;
use crate::store::Store;
use crate::types::{AgentId, Auto, Channel, ConversationId, IdentityKind, MatchedBy};

/// An agent who answers from their own mail program: the mail belongs to the conversation that it
/// answers, and the agent is no customer. Only ids decide, which nobody can guess; a ticket number can
/// be guessed, and with it anybody could write as the agent.
pub(super) fn agent_choice(store: &Store, picture: &Picture, message: &InboundMessage) -> Option<(AgentId, Choice)> {
    if message.channel != Channel::Email || message.auto != Auto::None {
        return None;
    }
    let claim = message.from.identities.first().filter(|claim| claim.verified)?;
    let agent = picture.agents.get(&claim.value.to_lowercase())?;
    let known = |id: ConversationId| {
        // A conversation in which the agent is the customer stays one.
        picture.conversations.get(&id).is_some_and(|conversation| {
            let own = picture
                .identities
                .get(&(claim.kind, claim.value.clone()))
                .map(|identity| &identity.contact_id);
            Some(&conversation.contact_id) != own
        })
    };
    let by_token = message.thread.tokens.iter().find_map(|token| {
        let id = picture.current(&store.keys().check_reply_token(token)?);
        known(id.clone()).then_some((id, MatchedBy::ReplyToken))
    });
    let (id, by) = by_token.or_else(|| {
        thread_candidates(message).find_map(|(mid, by)| {
            let thread = picture.threads.get(mid)?.iter().find(|thread| thread.is_held)?;
            let id = picture.current(&thread.conversation_id);
            known(id.clone()).then_some((id, by))
        })
    })?;
    Some((
        agent.clone(),
        Choice {
            conversation: Some(id),
            by,
            related: None,
        },
    ))
}

/// Whether a mail that we wrote in another program went to the customer, or to somebody else who takes part.
pub(super) fn reaches_customer(picture: &Picture, message: &InboundMessage, id: &ConversationId) -> bool {
    let reply_address = picture
        .conversations
        .get(id)
        .and_then(|conversation| conversation.reply_address.as_ref())
        .map(|address| address.to_lowercase());
    message
        .recipients
        .iter()
        .map(|address| address.to_lowercase())
        .any(|address| {
            if Some(&address) == reply_address.as_ref() {
                return true;
            }
            !is_ours(picture, &address) && picture.participants.contains(&(id.clone(), address))
        })
}

/// Whether a mail went to the customer: where answers go, or to another address of theirs.
pub(super) fn goes_to_customer(picture: &Picture, message: &InboundMessage, id: &ConversationId) -> bool {
    let Some(conversation) = picture.conversations.get(id) else {
        return false;
    };
    let reply_address = conversation.reply_address.as_deref().unwrap_or_default();
    message.recipients.iter().any(|address| {
        let known = picture.identities.get(&(IdentityKind::Email, address.to_lowercase()));
        address.eq_ignore_ascii_case(reply_address)
            || known.is_some_and(|known| known.contact_id == conversation.contact_id)
    })
}

/// Whether an address is an agent's or an inbox's.
pub(super) fn is_ours(picture: &Picture, address: &str) -> bool {
    let mut inboxes = picture.inboxes.values();
    picture.agents.contains_key(address)
        || inboxes.any(|inbox| inbox.address.eq_ignore_ascii_case(address) || is_plus_of(&inbox.address, address))
}

/// Whether an address is another one with something behind a plus sign.
fn is_plus_of(plain: &str, address: &str) -> bool {
    let Some((local, domain)) = address.split_once('@') else {
        return false;
    };
    match (local.split_once('+'), plain.split_once('@')) {
        (Some((local, _)), Some((own, own_domain))) => {
            local.eq_ignore_ascii_case(own) && domain.eq_ignore_ascii_case(own_domain)
        }
        _ => false,
    }
}

/// The ids that a mail refers to, the nearest first.
pub(super) fn thread_candidates(message: &InboundMessage) -> impl Iterator<Item = (&String, MatchedBy)> {
    message
        .thread
        .in_reply_to
        .iter()
        .map(|mid| (mid, MatchedBy::InReplyTo))
        .chain(
            message
                .thread
                .references
                .iter()
                .rev()
                .map(|mid| (mid, MatchedBy::References)),
        )
}
