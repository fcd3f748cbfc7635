//! Filing one message against the picture: who wrote it, where it belongs, what changes. Pure.

use serde_json::json;

use super::agent::{agent_choice, reaches_customer, thread_candidates};
use super::bounce::{deliveries_of, is_failure, record_bounce};
use super::contact::{find_contact, is_known_sender, takes_part};
use super::load::{KnownThread, Picture};
use super::write::NewTicket;
use super::{Filed, Outcome};
use crate::card::CardAnswer;
use crate::conversations::{Attachment, Conversation, Message, preview_of};
use crate::events::{Event, EventKind, NewEvent};
use crate::inbound::InboundMessage;
use crate::store::{Store, event};
use crate::thread::{plain_subject, ticket_numbers};
use crate::types::{
    Actor, ActorKind, AttachmentId, Auto, Channel, ContactId, ConversationId, ConversationStatus, IdentityKind,
    Language, Level, MatchedBy, MessageId, MessageKind, Millis, Priority, TicketId,
};

pub(super) fn file(store: &Store, picture: &mut Picture, message: &InboundMessage) -> Filed {
    let key = (message.inbox.clone(), message.external_id.clone());
    if let Some((id, conversation)) = picture.seen.get(&key) {
        return Filed {
            outcome: Outcome::Duplicate,
            conversation: Some(conversation.clone()),
            message: Some(id.clone()),
            contact: None,
            matched_by: None,
        };
    }
    if let Some(held) = held_elsewhere(picture, message) {
        return Filed {
            outcome: Outcome::Duplicate,
            conversation: Some(held),
            message: None,
            contact: None,
            matched_by: None,
        };
    }
    let now = store.now();
    let is_past = picture.past.is_some();
    let bounced = if is_past { None } else { deliveries_of(picture, message) };
    let by_agent = if bounced.is_none() && !is_past {
        agent_choice(store, picture, message)
    } else {
        None
    };
    let (author, choice) = match (&bounced, by_agent) {
        (Some((bounced, _)), _) => (
            Actor::System,
            Choice {
                conversation: bounced.first().map(|one| picture.current(&one.conversation_id)),
                by: MatchedBy::InReplyTo,
                related: None,
            },
        ),
        (None, Some((agent, choice))) => (Actor::Agent(agent), choice),
        (None, None) => {
            let contact = find_contact(store, picture, message);
            let choice = match &picture.past {
                Some(home) => super::past::choose(store, picture, home, message, &contact),
                None => choose(store, picture, message, &contact),
            };
            (Actor::Contact(contact), choice)
        }
    };
    let is_new = choice.conversation.is_none();
    let id = match choice.conversation {
        Some(id) => id,
        None => begin(store, picture, message, &author, choice.related, now),
    };
    let message_id = append(store, picture, message, &id, &author, choice.by, now);
    if let Some((bounced, is_named)) = bounced {
        record_bounce(picture, message, &bounced, is_named, &id, now);
    }
    if message.channel == Channel::Email
        && message.auto == Auto::None
        && let Some(claim) = message.from.identities.first().filter(|claim| claim.verified)
    {
        picture.changes.good_addresses.push(claim.value.to_lowercase());
    }
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
fn press(picture: &Picture, message: &InboundMessage, contact: &ContactId) -> Option<(ConversationId, CardAnswer)> {
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
    let mut related = None;

    if let Some(wanted) = &message.thread.conversation {
        let id = picture.current(wanted);
        if picture
            .conversations
            .get(&id)
            .is_some_and(|conversation| conversation.contact_id == *contact)
            || picture.colleagues.contains(&(contact.clone(), id.clone()))
        {
            return found(id, MatchedBy::Explicit);
        }
    }
    let asked = press(picture, message, contact).map(|(id, _)| id).or_else(|| {
        let (survey, _) = crate::surveys::from_value(&message.answer.as_ref()?.value)?;
        picture.surveyed.get(survey).map(|id| picture.current(id))
    });
    if let Some(id) = asked
        && picture
            .conversations
            .get(&id)
            .is_some_and(|conversation| conversation.contact_id == *contact)
    {
        return found(id, MatchedBy::OpenConversation);
    }
    for token in &message.thread.tokens {
        if let Some(id) = store.keys().check_reply_token(token) {
            let id = picture.current(&id);
            if picture.conversations.contains_key(&id) {
                return found(id, MatchedBy::ReplyToken);
            }
        }
    }
    // An identity that the channel could not prove gets in by a token or begins anew.
    let is_proved = message.from.identities.first().is_some_and(|claim| claim.verified);
    // A reference to what we hold decides before one that we only saw: anybody can put one of our
    // ids into a mail of their own, and that mail's conversation has seen it then.
    let candidates: Vec<_> = thread_candidates(message).collect();
    for wants_held in [true, false] {
        for (mid, by) in &candidates {
            for thread in picture.threads.get(*mid).into_iter().flatten() {
                if thread.is_held != wants_held {
                    continue;
                }
                let id = picture.current(&thread.conversation_id);
                if is_proved && is_known_sender(picture, message, contact, &id) {
                    return found(id, if wants_held { *by } else { MatchedBy::SeenReference });
                }
                related.get_or_insert(id);
            }
        }
    }
    if let Some(index) = message.thread.index.as_ref().filter(|index| !index.begins) {
        for thread in picture.threads.get(&index.id).into_iter().flatten() {
            let id = picture.current(&thread.conversation_id);
            if is_proved && is_known_sender(picture, message, contact, &id) {
                return found(id, MatchedBy::SeenReference);
            }
            related.get_or_insert(id);
        }
    }
    for number in message.subject.as_deref().map(ticket_numbers).unwrap_or_default() {
        if let Some(id) = picture.tickets.get(&number) {
            let id = picture.current(id);
            if is_proved && is_known_sender(picture, message, contact, &id) {
                return found(id, MatchedBy::TicketNumber);
            }
            related.get_or_insert(id);
        }
    }
    if is_proved && message.auto == Auto::None && message.channel != Channel::Portal {
        // Chat continues whatever is open, or the chat that was done a moment ago; a mail that
        // names nothing continues an open chat, not another mail: two mails with two subjects are
        // two matters.
        let since = store.now() - super::REOPEN_WITHIN;
        let open = picture.of_contact.get(contact).into_iter().flatten().find(|id| {
            picture.conversations.get(*id).is_some_and(|conversation| {
                let is_chat = conversation.channel.is_chat();
                match conversation.status {
                    ConversationStatus::Resolved => {
                        message.channel.is_chat() && is_chat && conversation.resolved_at.is_some_and(|at| at > since)
                    }
                    ConversationStatus::Open | ConversationStatus::Snoozed => message.channel.is_chat() || is_chat,
                }
            })
        });
        if let Some(id) = open {
            return Choice {
                conversation: Some(id.clone()),
                by: MatchedBy::OpenConversation,
                related,
            };
        }
    }
    Choice {
        conversation: None,
        by: MatchedBy::New,
        related,
    }
}

fn begin(
    store: &Store,
    picture: &mut Picture,
    message: &InboundMessage,
    author: &Actor,
    related: Option<ConversationId>,
    now: Millis,
) -> ConversationId {
    let id = ConversationId::from(store.env().ulid());
    let contact = ContactId::from(author.id());
    let inbox = picture.inboxes.get(&message.inbox);
    let language = message
        .from
        .language
        .or_else(|| picture.contacts.get(&contact).and_then(|contact| contact.language))
        .or(inbox.map(|inbox| inbox.language))
        .unwrap_or(Language::En);
    let is_person = message.auto == Auto::None;
    let level = if is_person && inbox.is_some_and(|inbox| inbox.bot_enabled) {
        Level::Bot
    } else {
        Level::N1
    };
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
        // Newsletters and notices are kept where they can be found, not where people work.
        status: if is_person {
            ConversationStatus::Open
        } else {
            ConversationStatus::Resolved
        },
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
        json!({ "channel": message.channel, "status": if is_person { ConversationStatus::Open } else { ConversationStatus::Resolved } }),
    ));
    if message.channel == Channel::Portal && is_person {
        let ticket = TicketId::from(store.env().ulid());
        picture.changes.events.push(event(
            EventKind::TicketCreated,
            &id,
            ticket.as_str(),
            author,
            json!({ "by": "portal" }),
        ));
        picture.changes.new_tickets.push(NewTicket {
            id: ticket,
            conversation: id.clone(),
            contact,
            subject: subject.unwrap_or_else(|| preview_of(message.visible())),
            level,
        });
    }
    id
}

fn append(
    store: &Store,
    picture: &mut Picture,
    message: &InboundMessage,
    id: &ConversationId,
    author: &Actor,
    by: MatchedBy,
    now: Millis,
) -> MessageId {
    let message_id = MessageId::from(store.env().ulid());
    let sent_at = message.sent_at.min(now);
    // Chat is ordered by the provider's time; a mail's Date is the sender's claim, so mail is
    // ordered by its arrival.
    let at = if message.channel.is_chat() { sent_at } else { now };
    let visible = message.visible().to_owned();
    let preview = if visible.trim().is_empty() {
        message
            .attachments
            .first()
            .map(|file| format!("📎 {}", file.name))
            .or_else(|| message.subject.clone())
            .unwrap_or_default()
    } else {
        preview_of(&visible)
    };
    let sign = message
        .extra
        .as_ref()
        .and_then(|extra| extra.get("type"))
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    // A sign on another message, or a word of the channel's own: nobody waits for an answer to it.
    let answer = match author {
        Actor::Contact(contact) => press(picture, message, contact)
            .filter(|(wanted, _)| wanted == id)
            .map(|(_, answer)| answer)
            .or_else(|| message.answer.clone()),
        _ => message.answer.clone(),
    };
    let is_score = answer
        .as_ref()
        .is_some_and(|answer| crate::surveys::from_value(&answer.value).is_some());
    let is_sign = is_score || matches!(sign, "reaction" | "revoke" | "system");
    let address = message
        .from
        .address
        .clone()
        .or_else(|| message.from.identities.first().map(|claim| claim.value.clone()));
    let takes_part = takes_part(picture, message, author, id, by);

    let kind = match author {
        Actor::Agent(_) if reaches_customer(picture, message, id) => MessageKind::Outbound,
        // Only we got it: the customer must not be thought to know it.
        Actor::Agent(_) => MessageKind::Note,
        _ => MessageKind::Inbound,
    };
    // A list's mark on an answer to us is no reason to overlook it: companies send through lists of
    // their own.
    let is_answer = matches!(by, MatchedBy::ReplyToken | MatchedBy::InReplyTo | MatchedBy::References);
    let is_person = message.auto == Auto::None || (message.auto == Auto::Bulk && is_answer);
    let mut is_reopened = false;
    if let Some(conversation) = picture.conversations.get_mut(id) {
        let was_resolved = conversation.status == ConversationStatus::Resolved;
        conversation.message_count += 1;
        conversation.last_message_at = conversation.last_message_at.max(at);
        if kind != MessageKind::Note && (sign != "revoke" || conversation.preview.is_empty()) {
            conversation.preview = preview;
        }
        if let (Actor::Agent(agent), MessageKind::Outbound) = (author, kind) {
            // As if it had been written here.
            conversation.assignee_id.get_or_insert_with(|| agent.clone());
            if conversation.level == Level::Bot {
                conversation.level = Level::N1;
            }
            conversation.waiting_since = None;
        } else if is_person && author.kind() == ActorKind::Contact {
            // Whoever only holds a token is heard; where answers go is not theirs to say.
            if takes_part || conversation.reply_address.is_none() {
                conversation.inbox_id = message.inbox.clone();
                conversation.channel = message.channel;
                conversation.reply_address = address.clone();
            }
            conversation.last_inbound_at = Some(now);
            conversation.version += 1;
            if !is_sign {
                if conversation.status != ConversationStatus::Open {
                    picture.changes.reopened.insert(id.clone());
                }
                conversation.status = ConversationStatus::Open;
                conversation.resolved_at = None;
                conversation.snoozed_until = None;
                conversation.waiting_since.get_or_insert(at);
            }
        } else if is_failure(message) {
            // Somebody must see that an answer did not arrive.
            if conversation.status != ConversationStatus::Open {
                picture.changes.reopened.insert(id.clone());
            }
            conversation.status = ConversationStatus::Open;
            conversation.resolved_at = None;
            conversation.snoozed_until = None;
        }
        is_reopened = was_resolved && conversation.status == ConversationStatus::Open;
        picture.changes.touched_conversations.insert(id.clone());
    }
    if let (true, Some(answer)) = (is_score, &answer) {
        picture.changes.scores.push((id.clone(), answer.clone()));
    }
    picture.changes.messages.push(Message {
        id: message_id.clone(),
        conversation_id: id.clone(),
        kind,
        channel: message.channel,
        inbox_id: Some(message.inbox.clone()),
        author_kind: author.kind(),
        author_id: author.id().to_owned(),
        external_id: Some(message.external_id.clone()),
        subject: message.subject.clone(),
        body: (visible != message.text).then(|| message.text.clone()),
        text: visible,
        html: message.html.clone(),
        cards: Vec::new(),
        answer,
        extra: message.extra.clone(),
        auto: message.auto,
        matched_by: Some(by),
        in_reply_to: message.thread.in_reply_to.first().cloned(),
        quarantined: message.quarantined.clone(),
        raw_sha256: message.raw.as_ref().map(|raw| raw.sha256.clone()),
        sent_at: message.sent_at,
        at,
        created_at: now,
    });
    for file in &message.attachments {
        picture.changes.attachments.push(Attachment {
            id: AttachmentId::from(store.env().ulid()),
            message_id: Some(message_id.clone()),
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            size: file.blob.size,
            sha256: file.blob.sha256.clone(),
            is_inline: file.inline,
            content_id: file.content_id.clone(),
            source: file.source.as_ref().map(ToString::to_string),
            fetch_error: None,
            duration: None,
        });
    }
    remember_thread(picture, message, id);
    let senders = message.from.identities.iter().map(|claim| claim.value.clone());
    let named = message
        .recipients
        .iter()
        .take(100)
        .map(|address| address.to_lowercase());
    for value in senders.chain(named).filter(|_| takes_part) {
        if picture.participants.insert((id.clone(), value.clone())) {
            picture.changes.participants.push((id.clone(), value));
        }
    }
    if message.channel == Channel::Whatsapp
        && let Some(address) = address
        // The platform's own word about a number is not the customer's.
        && sign != "system"
    {
        // Under each form of the address: an answer may go to another one than the last message came from.
        let forms = message
            .from
            .identities
            .iter()
            .filter(|claim| claim.kind == IdentityKind::Whatsapp);
        for form in forms.map(|claim| claim.value.clone()).chain([address]) {
            let last = picture
                .changes
                .windows
                .entry((message.inbox.clone(), form))
                .or_insert(at);
            *last = at.max(*last);
        }
    }
    picture.changes.events.push(NewEvent {
        kind: EventKind::MessageCreated,
        conversation: Some(id.clone()),
        subject: message_id.to_string(),
        actor: author.clone(),
        data: facts_of(message, kind, is_reopened, takes_part),
    });
    message_id
}

/// What the event of a message says of it beside its id.
fn facts_of(message: &InboundMessage, kind: MessageKind, is_reopened: bool, takes_part: bool) -> serde_json::Value {
    let mut facts = json!({ "kind": kind, "channel": message.channel, "auto": message.auto });
    if is_reopened {
        facts["reopened"] = true.into();
    }
    if !takes_part {
        facts[Event::STRANGER] = true.into();
    }
    facts
}

fn remember_thread(picture: &mut Picture, message: &InboundMessage, id: &ConversationId) {
    if message.channel != Channel::Email {
        return;
    }
    // A mail may refer to thousands of ids; the newest tell where it belongs.
    const MOST: usize = 50;
    let seen = message
        .thread
        .references
        .iter()
        .rev()
        .take(MOST)
        .chain(message.thread.in_reply_to.iter().take(5));
    let index = message.thread.index.iter().map(|index| &index.id);
    let ids = std::iter::once((&message.external_id, true)).chain(seen.chain(index).map(|mid| (mid, false)));
    for (mid, is_held) in ids {
        let known = picture.threads.entry(mid.clone()).or_default();
        match known.iter_mut().find(|thread| thread.conversation_id == *id) {
            Some(thread) if thread.is_held || !is_held => continue,
            Some(thread) => thread.is_held = true,
            None => known.insert(
                0,
                KnownThread {
                    mid: mid.clone(),
                    conversation_id: id.clone(),
                    is_held,
                },
            ),
        }
        picture.changes.thread_ids.push((mid.clone(), id.clone(), is_held));
    }
}
