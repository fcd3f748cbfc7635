//! Filing one message against the picture: who wrote it, where it belongs, what changes. Pure.

use serde_json::json;

use super::agent::{agent_choice, thread_candidates};
use super::append::{self, append};
use super::bounce::{deliveries_of, record_bounce, record_news, returned_to};
use super::contact::{find_contact, is_known_sender};
use super::load::Picture;
use super::spam;
use super::write::{Changes, NewTicket};
use super::{Filed, Outcome};
use crate::card::CardAnswer;
use crate::conversations::{Conversation, preview_of};
use crate::events::EventKind;
use crate::inbound::InboundMessage;
use crate::store::{Store, event};
use crate::thread::{plain_subject, subject_key, ticket_numbers};
use crate::types::{
    Actor, Auto, Channel, ContactId, ConversationId, ConversationStatus, Language, Level, MatchedBy, Millis, Priority,
    TicketId,
};

pub(super) fn file(store: &Store, picture: &mut Picture, message: &InboundMessage) -> Filed {
    if let Some(known) = known(picture, message) {
        return known;
    }
    let now = store.now();
    let is_past = picture.past.is_some();
    let bounced = if is_past { None } else { deliveries_of(picture, message) };
    let by_agent = if bounced.is_none() && !is_past {
        agent_choice(store, picture, message)
    } else {
        None
    };
    let mut verdict = None;
    let (author, choice) = match (&bounced, by_agent) {
        (Some((bounced, _)), _) => (
            Actor::System,
            Choice {
                conversation: match bounced.first() {
                    Some(one) => Some(picture.current(&one.conversation_id)),
                    None => returned_to(picture, message),
                },
                by: MatchedBy::InReplyTo,
                related: None,
            },
        ),
        (None, Some((agent, choice))) => (Actor::Agent(agent), choice),
        (None, None) => {
            let contact = find_contact(store, picture, message);
            let choice = match &picture.past {
                Some(home) => super::past::choose(store, picture, home, message, &contact),
                None => {
                    let choice = choose(store, picture, message, &contact);
                    verdict = spam::verdict(picture, message, &contact, &choice);
                    match &verdict {
                        Some(_) => spam::choose(store, picture, message, &contact, choice),
                        None => choice,
                    }
                }
            };
            (Actor::Contact(contact), choice)
        }
    };
    let is_new = choice.conversation.is_none();
    let id = match choice.conversation {
        Some(id) => id,
        None => {
            let contact = ContactId::from(author.id());
            let id = begin(store, picture, message, &author, contact, choice.related, now);
            if let Some(verdict) = verdict.clone() {
                spam::begin(store, picture, &id, verdict, now);
            }
            if let Some(opening) = message.opening.as_ref().filter(|_| picture.past.is_none()) {
                append::open(store, picture, message, &id, opening, now);
            }
            id
        }
    };
    match (&verdict, &author) {
        (Some(verdict), _) => spam::count(picture, verdict),
        (None, Actor::Contact(contact)) if !is_past && spam::lifts(picture, message, contact, &id) => {
            picture.changes.lifted.insert(id.clone());
        }
        (None, _) => {}
    }
    let message_id = append(store, picture, message, &id, &author, choice.by, now);
    if let Some((bounced, is_named)) = bounced {
        record_bounce(picture, message, &bounced, is_named, &id, now);
    }
    if !is_past {
        record_news(picture, message, &id);
    }
    if message.channel == Channel::Email
        && message.auto == Auto::None
        && let Some(claim) = message.from.identities.first().filter(|claim| claim.verified)
    {
        picture.changes.good_addresses.push(claim.value.to_lowercase());
    }
    let key = (message.inbox.clone(), message.external_id.clone());
    picture.seen.insert(key, (message_id.clone(), id.clone()));
    Filed {
        outcome: if is_new { Outcome::Created } else { Outcome::Appended },
        conversation: Some(id),
        message: Some(message_id),
        contact: match author {
            Actor::Contact(id) => Some(id),
            _ => None,
        },
        matched_by: Some(choice.by),
    }
}

/// What became of a message that was filed before.
pub(super) fn known(picture: &Picture, message: &InboundMessage) -> Option<Filed> {
    let key = (message.inbox.clone(), message.external_id.clone());
    let (conversation, id) = match picture.seen.get(&key) {
        Some((id, conversation)) => (conversation.clone(), Some(id.clone())),
        None => (held_elsewhere(picture, message)?, None),
    };
    Some(Filed {
        outcome: Outcome::Duplicate,
        conversation: Some(conversation),
        message: id,
        contact: None,
        matched_by: None,
    })
}

/// The same mail, addressed to two of our inboxes, is one message.
fn held_elsewhere(picture: &Picture, message: &InboundMessage) -> Option<ConversationId> {
    if message.channel != Channel::Email {
        return None;
    }
    let held = picture
        .threads
        .get(&message.external_id)?
        .iter()
        .find(|thread| thread.is_held)?;
    Some(picture.current(&held.conversation_id))
}

pub(super) struct Choice {
    pub(super) conversation: Option<ConversationId>,
    pub(super) by: MatchedBy,
    /// A conversation that the message named without being allowed into it.
    pub(super) related: Option<ConversationId>,
}

/// The press on a survey's card that a message is: by its button, or by a bare number in a chat.
pub(super) fn press(
    picture: &Picture,
    message: &InboundMessage,
    contact: &ContactId,
) -> Option<(ConversationId, CardAnswer)> {
    if message.answer.is_some() || !message.channel.is_chat() || !message.attachments.is_empty() {
        return None;
    }
    let number = crate::surveys::is_bare_number(message.visible())?;
    let open = picture.numbers.get(contact)?;
    let answer = open.press(number, message.visible())?;
    Some((picture.current(&open.conversation), answer))
}

pub(super) fn choose(store: &Store, picture: &Picture, message: &InboundMessage, contact: &ContactId) -> Choice {
    let found = |conversation: ConversationId, by: MatchedBy| Choice {
        conversation: Some(conversation),
        by,
        related: None,
    };
    if let Some((id, by)) = chosen_on_page(picture, message, contact) {
        return found(id, by);
    }
    if let Some(id) = signed_for(store, picture, message) {
        return found(id, MatchedBy::ReplyToken);
    }
    // An identity that the channel could not prove gets in by a token or begins anew.
    let is_proved = message.from.identities.first().is_some_and(|claim| claim.verified);
    let mut related = None;
    for (id, by) in named(picture, message) {
        if is_proved && is_known_sender(picture, message, contact, &id) {
            return found(id, by);
        }
        related.get_or_insert(id);
    }
    if is_proved && let Some(id) = under_same_subject(store, picture, message, contact) {
        return found(id, MatchedBy::SameSubject);
    }
    let (conversation, by) = match open_chat(store, picture, message, contact).filter(|_| is_proved) {
        Some(id) => (Some(id), MatchedBy::OpenConversation),
        None => (None, MatchedBy::New),
    };
    Choice {
        conversation,
        by,
        related,
    }
}

/// The conversation on whose page, or on whose survey, the customer wrote.
fn chosen_on_page(
    picture: &Picture,
    message: &InboundMessage,
    contact: &ContactId,
) -> Option<(ConversationId, MatchedBy)> {
    let is_theirs = |id: &ConversationId| {
        let conversation = picture.conversations.get(id);
        conversation.is_some_and(|conversation| conversation.contact_id == *contact)
    };
    if let Some(wanted) = &message.thread.conversation {
        let id = picture.current(wanted);
        if is_theirs(&id) || picture.colleagues.contains(&(contact.clone(), id.clone())) {
            return Some((id, MatchedBy::Explicit));
        }
    }
    let asked = press(picture, message, contact).map(|(id, _)| id).or_else(|| {
        let (survey, _) = crate::surveys::from_value(&message.answer.as_ref()?.value)?;
        picture.surveyed.get(survey).map(|id| picture.current(id))
    });
    asked.filter(is_theirs).map(|id| (id, MatchedBy::OpenConversation))
}

/// The conversation whose signed token the message carries.
pub(super) fn signed_for(store: &Store, picture: &Picture, message: &InboundMessage) -> Option<ConversationId> {
    message.thread.tokens.iter().find_map(|token| {
        let id = picture.current(&store.keys().check_reply_token(token)?);
        picture.conversations.contains_key(&id).then_some(id)
    })
}

/// The conversations that a message names without a proof, the most trusted first; whoever names one must take part in it.
pub(super) fn named(picture: &Picture, message: &InboundMessage) -> Vec<(ConversationId, MatchedBy)> {
    let mut found = Vec::new();
    let threads = |mid: &str| picture.threads.get(mid).into_iter().flatten();
    // A reference to what we hold decides before one that we only saw: anybody can put one of our
    // ids into a mail of their own, and that mail's conversation has seen it then.
    for wants_held in [true, false] {
        for (mid, by) in thread_candidates(message) {
            let by = if wants_held { by } else { MatchedBy::SeenReference };
            let meant = threads(mid).filter(|thread| thread.is_held == wants_held);
            found.extend(meant.map(|thread| (picture.current(&thread.conversation_id), by)));
        }
    }
    if let Some(index) = message.thread.index.as_ref().filter(|index| !index.begins) {
        let meant = threads(&index.id);
        found.extend(meant.map(|thread| (picture.current(&thread.conversation_id), MatchedBy::SeenReference)));
    }
    let numbers = message.subject.as_deref().map(ticket_numbers).unwrap_or_default();
    let tickets = numbers.iter().filter_map(|number| picture.tickets.get(number));
    found.extend(tickets.map(|id| (picture.current(id), MatchedBy::TicketNumber)));
    found
}

/// Chat continues whatever is open, or the chat that was done a moment ago; a mail that names nothing continues an open
/// chat, not another mail: two mails with two subjects are two matters.
pub(super) fn open_chat(
    store: &Store,
    picture: &Picture,
    message: &InboundMessage,
    contact: &ContactId,
) -> Option<ConversationId> {
    if message.auto != Auto::None || message.channel == Channel::Portal {
        return None;
    }
    let since = store.now() - super::REOPEN_WITHIN;
    let continues = |conversation: &Conversation| {
        let is_chat = conversation.channel.is_chat();
        match conversation.status {
            // Whoever is not shut out begins anew.
            _ if conversation.spam_since.is_some() => false,
            // What a broadcast said is answered whenever.
            ConversationStatus::Resolved if conversation.quiet_since.is_some() => {
                message.channel.is_chat() && is_chat && conversation.inbox_id == message.inbox
            }
            ConversationStatus::Resolved => {
                let is_fresh = conversation.resolved_at.is_some_and(|at| at > since);
                // So is what we began and nobody answered yet; of what came as history `load` brings none.
                let is_unanswered = conversation.last_inbound_at.is_none() && conversation.inbox_id == message.inbox;
                message.channel.is_chat() && is_chat && (is_fresh || is_unanswered)
            }
            ConversationStatus::Open | ConversationStatus::Snoozed => message.channel.is_chat() || is_chat,
        }
    };
    let theirs = picture.of_contact.get(contact)?;
    // Who is written to in a chat answers there, however lately something else was said elsewhere.
    let is_here = |conversation: &Conversation| {
        message.channel.is_chat()
            && conversation.inbox_id == message.inbox
            && conversation.status != ConversationStatus::Resolved
    };
    let known =
        |id: &&ConversationId, fits: &dyn Fn(&Conversation) -> bool| picture.conversations.get(*id).is_some_and(fits);
    let here = theirs.iter().find(|id| known(id, &is_here));
    here.or_else(|| theirs.iter().find(|id| known(id, &continues))).cloned()
}

/// What the sender wrote lately in the same inbox under the same subject, where the inbox groups what names no other message.
fn under_same_subject(
    store: &Store,
    picture: &Picture,
    message: &InboundMessage,
    contact: &ContactId,
) -> Option<ConversationId> {
    let since = store.now() - message.thread.group_within?;
    let subject = subject_key(message.subject.as_deref()?);
    if subject.is_empty() || message.thread.names_another() || matches!(message.auto, Auto::Bounce | Auto::Loop) {
        return None;
    }
    let lately = picture.of_contact.get(contact)?.iter().find(|id| {
        picture.conversations.get(*id).is_some_and(|conversation| {
            conversation.inbox_id == message.inbox
                && conversation.spam_since.is_none()
                && conversation.last_message_at > since
                && conversation.subject.as_deref().map(subject_key).as_deref() == Some(subject.as_str())
        })
    });
    lately.cloned()
}

pub(super) fn begin(
    store: &Store,
    picture: &mut Picture,
    message: &InboundMessage,
    author: &Actor,
    contact: ContactId,
    related: Option<ConversationId>,
    now: Millis,
) -> ConversationId {
    let id = ConversationId::from(store.env().ulid());
    let inbox = picture.inboxes.get(&message.inbox);
    let language = message
        .from
        .language
        // What was just learned of whoever writes is known there, too.
        .or_else(|| picture.contacts.get(&contact).and_then(|contact| contact.language))
        .or(inbox.map(|inbox| inbox.language))
        .unwrap_or(Language::En);
    // Newsletters, notices and what we wrote ourselves are kept where they can be found, not where people work.
    let is_person = message.auto == Auto::None && picture.ours.is_none();
    let status = if is_person {
        ConversationStatus::Open
    } else {
        ConversationStatus::Resolved
    };
    let has_bot = inbox.is_some_and(|inbox| inbox.bot_enabled) && !message.is_for_people();
    let level = if is_person && has_bot { Level::Bot } else { Level::N1 };
    let subject = message
        .subject
        .as_deref()
        .map(plain_subject)
        .filter(|subject| !subject.is_empty())
        .map(str::to_owned);
    let conversation = Conversation {
        id: id.clone(),
        number: 0,
        contact_id: contact.clone(),
        inbox_id: message.inbox.clone(),
        channel: message.channel,
        subject: subject.clone(),
        language,
        status,
        level,
        assignee_id: None,
        team_id: None,
        priority: Priority::Normal,
        reply_address: None,
        preview: String::new(),
        message_count: 0,
        waiting_since: None,
        due_at: None,
        last_inbound_at: None,
        last_message_at: now,
        resolved_at: (!is_person).then_some(now),
        snoozed_until: None,
        spam_since: None,
        quiet_since: None,
        related_to: related,
        merged_into: None,
        version: 0,
        position: 0,
        created_at: now,
        updated_at: now,
    };
    picture.changes.new_conversations.push(id.clone());
    picture
        .of_contact
        .entry(contact.clone())
        .or_default()
        .insert(0, id.clone());
    picture.conversations.insert(id.clone(), conversation);
    picture.changes.events.push(event(
        EventKind::ConversationCreated,
        &id,
        id.as_str(),
        author,
        json!({ "channel": message.channel, "status": status }),
    ));
    if message.channel == Channel::Portal && is_person {
        let ticket = NewTicket {
            id: TicketId::from(store.env().ulid()),
            conversation: id.clone(),
            contact,
            subject: subject.unwrap_or_else(|| preview_of(message.visible())),
            level,
        };
        open_ticket(&mut picture.changes, author, ticket);
    }
    id
}

/// What is written in the portal is a request that its writer follows by number.
fn open_ticket(changes: &mut Changes, author: &Actor, ticket: NewTicket) {
    changes.events.push(event(
        EventKind::TicketCreated,
        &ticket.conversation,
        ticket.id.as_str(),
        author,
        json!({ "by": "portal" }),
    ));
    changes.new_tickets.push(ticket);
}
