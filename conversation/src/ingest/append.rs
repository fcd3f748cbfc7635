//! A message takes its place in a conversation: what it is there, what it changes, what it leaves for those that follow. Pure.

use serde_json::json;

use super::agent::{goes_to_customer, reaches_customer};
use super::bounce::is_work;
use super::contact::takes_part;
use super::decide::press;
use super::load::{KnownThread, Picture};
use crate::card::CardAnswer;
use crate::conversations::{Attachment, Message, preview_of};
use crate::events::{Event, EventKind, NewEvent};
use crate::inbound::InboundMessage;
use crate::proactive::Opening;
use crate::store::Store;
use crate::thanks;
use crate::types::{
    Actor, ActorKind, AttachmentId, Auto, Channel, ConversationId, ConversationStatus, IdentityKind, Language, Level,
    MatchedBy, MessageId, MessageKind, Millis,
};

/// What a message is to the conversation that it goes to.
struct Place<'a> {
    message: &'a InboundMessage,
    conversation: &'a ConversationId,
    author: &'a Actor,
    kind: MessageKind,
    /// Where it stands among the others.
    at: Millis,
    now: Millis,
    /// The press on a card that it is.
    answer: Option<CardAnswer>,
    /// Where the author may be answered.
    address: Option<String>,
    /// A sign on another message, or a word of the channel's own: nobody waits for an answer to it.
    sign: &'a str,
    is_score: bool,
    takes_part: bool,
    is_person: bool,
    /// Thanks and nothing else.
    is_thanks: bool,
    /// Somebody must see that an answer did not arrive.
    is_work: bool,
}

impl<'a> Place<'a> {
    fn of(
        picture: &Picture,
        message: &'a InboundMessage,
        conversation: &'a ConversationId,
        author: &'a Actor,
        by: MatchedBy,
        now: Millis,
    ) -> Place<'a> {
        let answer = match author {
            Actor::Contact(contact) => press(picture, message, contact)
                .filter(|(wanted, _)| wanted == conversation)
                .map(|(_, answer)| answer)
                .or_else(|| message.answer.clone()),
            _ => message.answer.clone(),
        };
        // A list's mark on an answer to us is no reason to overlook it: companies send through lists of
        // their own.
        let is_answer = matches!(by, MatchedBy::ReplyToken | MatchedBy::InReplyTo | MatchedBy::References);
        Place {
            message,
            conversation,
            author,
            kind: match author {
                // What we wrote to others who take part is not for the customer, who reads all that is said here.
                Actor::Agent(_) | Actor::Api(_) if picture.ours.is_some() => {
                    if message.channel.is_chat() || goes_to_customer(picture, message, conversation) {
                        MessageKind::Outbound
                    } else {
                        MessageKind::Note
                    }
                }
                Actor::Agent(_) if reaches_customer(picture, message, conversation) => MessageKind::Outbound,
                // Only we got it: the customer must not be thought to know it.
                Actor::Agent(_) | Actor::Api(_) => MessageKind::Note,
                _ => MessageKind::Inbound,
            },
            // Chat is ordered by the provider's time; a mail's Date is the sender's claim, so mail is
            // ordered by its arrival.
            at: match &picture.ours {
                Some(answered) => answered.place(message, conversation, now),
                None if message.channel.is_chat() => message.sent_at.min(now),
                None => now,
            },
            now,
            is_score: answer
                .as_ref()
                .is_some_and(|answer| crate::surveys::from_value(&answer.value).is_some()),
            answer,
            address: message
                .from
                .address
                .clone()
                .or_else(|| message.from.identities.first().map(|claim| claim.value.clone())),
            sign: message
                .extra
                .as_ref()
                .and_then(|extra| extra.get("type"))
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default(),
            takes_part: takes_part(picture, message, author, conversation, by),
            is_person: message.auto == Auto::None || (message.auto == Auto::Bulk && is_answer),
            is_thanks: is_thanks(message),
            is_work: is_work(picture, message),
        }
    }

    /// Whether nobody waits for an answer to it.
    fn is_sign(&self) -> bool {
        self.is_score || matches!(self.sign, "reaction" | "revoke" | "system")
    }
}

/// Adds a message to its conversation and names the event.
pub(super) fn append(
    store: &Store,
    picture: &mut Picture,
    message: &InboundMessage,
    id: &ConversationId,
    author: &Actor,
    by: MatchedBy,
    now: Millis,
) -> MessageId {
    let message_id = MessageId::from(store.env().ulid());
    let place = Place::of(picture, message, id, author, by, now);
    let became = change(picture, &place);
    let is_spam = super::spam::is_spam(picture, id) && !picture.changes.lifted.contains(id);
    if let (true, Some(answer), false) = (place.is_score, &place.answer, is_spam) {
        picture.changes.scores.push((id.clone(), answer.clone()));
    }
    let visible = message.visible().to_owned();
    picture.changes.messages.push(Message {
        id: message_id.clone(),
        conversation_id: id.clone(),
        kind: place.kind,
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
        answer: place.answer.clone(),
        extra: message.extra.clone(),
        auto: message.auto,
        matched_by: Some(by),
        in_reply_to: message.thread.in_reply_to.first().cloned(),
        quarantined: message.quarantined.clone(),
        raw_sha256: message.raw.as_ref().map(|raw| raw.sha256.clone()),
        sent_at: message.sent_at,
        at: place.at,
        created_at: now,
    });
    add_files(store, picture, message, &message_id);
    remember_thread(picture, message, id);
    remember_participants(picture, &place);
    remember_window(picture, &place);
    picture.changes.events.push(NewEvent {
        kind: EventKind::MessageCreated,
        conversation: Some(id.clone()),
        subject: message_id.to_string(),
        actor: author.clone(),
        data: facts_of(&place, became, is_spam),
    });
    message_id
}

/// What we said first, before the message that a conversation begins with. It was read when it was shown: nothing is delivered, and
/// nobody is thanked for an answer.
pub(super) fn open(
    store: &Store,
    picture: &mut Picture,
    message: &InboundMessage,
    id: &ConversationId,
    opening: &Opening,
    now: Millis,
) {
    let is_spam = super::spam::is_spam(picture, id);
    let Some(conversation) = picture.conversations.get_mut(id) else {
        return;
    };
    conversation.message_count += 1;
    let message_id = MessageId::from(store.env().ulid());
    let mut said = Message::by(
        &Actor::System,
        message_id.clone(),
        conversation,
        MessageKind::Outbound,
        &opening.text,
        now,
    );
    said.inbox_id = Some(message.inbox.clone());
    // Before what answers it.
    said.at = message.sent_at.min(now) - 1;
    said.extra = Some(json!({
        "type": "proactive", "proactive": opening.id, "proactive_name": opening.name, "agent": opening.agent,
    }));
    let mut facts = json!({ "kind": said.kind, "channel": said.channel });
    if is_spam {
        facts[Event::SPAM] = true.into();
    }
    picture.changes.messages.push(said);
    picture.changes.openings.push(opening.id.clone());
    picture.changes.events.push(NewEvent {
        kind: EventKind::MessageCreated,
        conversation: Some(id.clone()),
        subject: message_id.to_string(),
        actor: Actor::System,
        data: facts,
    });
}

/// What a list of conversations shows of a message.
fn preview(message: &InboundMessage) -> String {
    if !message.visible().trim().is_empty() {
        return preview_of(message.visible());
    }
    message
        .attachments
        .first()
        .map(|file| format!("📎 {}", file.name))
        .or_else(|| message.subject.clone())
        .unwrap_or_default()
}

/// Whether a person's message is thanks and nothing else.
fn is_thanks(message: &InboundMessage) -> bool {
    message.auto == Auto::None
        && message.answer.is_none()
        && message.attachments.is_empty()
        && thanks::is_all(message.visible(), message.from.name.as_deref().unwrap_or_default())
}

/// What became of a resolved conversation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Became {
    /// It was not resolved, or nothing was said to it.
    Nothing,
    /// It is open again.
    Reopened,
    /// It stays resolved: the customer thanks.
    Thanked,
}

/// The language of a customer who was answered in the inbox's until now, for their words did not tell theirs.
fn learned_by(picture: &Picture, place: &Place<'_>) -> Option<Language> {
    let Actor::Contact(author) = place.author else {
        return None;
    };
    let is_theirs = picture.conversations.get(place.conversation)?.contact_id == *author;
    let is_learned = is_theirs && place.message.channel.is_chat() && picture.changes.learned.contains(author);
    picture.contacts.get(author)?.language.filter(|_| is_learned)
}

/// What the message changes in its conversation.
fn change(picture: &mut Picture, place: &Place<'_>) -> Became {
    let (message, id) = (place.message, place.conversation);
    let is_ours = picture.ours.is_some();
    let learned = learned_by(picture, place);
    let Some(conversation) = picture.conversations.get_mut(id) else {
        return Became::Nothing;
    };
    if conversation.spam_since.is_some() {
        let is_said = place.kind != MessageKind::Note && place.sign != "revoke";
        super::spam::append(conversation, place.at, is_said.then(|| preview(message)));
        if place.author.kind() == ActorKind::Contact && place.is_person {
            conversation.last_inbound_at = Some(place.now);
            if conversation.reply_address.is_none() {
                conversation.reply_address.clone_from(&place.address);
            }
        }
        picture.changes.touched_conversations.insert(id.clone());
        return Became::Nothing;
    }
    let before = conversation.status;
    let is_resolved = before == ConversationStatus::Resolved;
    // What a broadcast asked is answered by thanks, too.
    let is_thanked = place.is_thanks && is_resolved && conversation.quiet_since.is_none();
    conversation.message_count += 1;
    // One of ours that was read late stands before what was said since.
    let is_said = place.kind != MessageKind::Note && (!is_ours || place.at >= conversation.last_message_at);
    conversation.last_message_at = conversation.last_message_at.max(place.at);
    if is_said && (place.sign != "revoke" || conversation.preview.is_empty()) {
        conversation.preview = preview(message);
    }
    let mut opens = false;
    if let (Actor::Agent(_) | Actor::Api(_), MessageKind::Outbound) = (place.author, place.kind) {
        // As if it had been written here.
        let before = (conversation.level, conversation.assignee_id.clone());
        if let Actor::Agent(agent) = place.author {
            conversation.assignee_id.get_or_insert_with(|| agent.clone());
        }
        if conversation.level == Level::Bot {
            conversation.level = Level::N1;
        }
        // What the customer wrote after it is not answered by it.
        if conversation.last_inbound_at.is_none_or(|last| last <= place.at) {
            conversation.waiting_since = None;
        }
        if before != (conversation.level, conversation.assignee_id.clone()) {
            picture.changes.taken.insert(id.clone(), place.author.clone());
        }
    } else if place.is_person && place.author.kind() == ActorKind::Contact {
        // Whoever only holds a token is heard; where answers go is not theirs to say.
        if place.takes_part || conversation.reply_address.is_none() {
            conversation.inbox_id = message.inbox.clone();
            conversation.channel = message.channel;
            conversation.reply_address = place.address.clone();
        }
        if let Some(language) = learned {
            conversation.language = language;
        }
        conversation.last_inbound_at = Some(place.now);
        conversation.version += 1;
        if !place.is_sign() && !is_thanked {
            opens = true;
            conversation.waiting_since.get_or_insert(place.at);
        }
    } else {
        // What a broadcast said and came back is counted there.
        opens = place.is_work && conversation.quiet_since.is_none();
    }
    if opens {
        conversation.status = ConversationStatus::Open;
        conversation.resolved_at = None;
        conversation.snoozed_until = None;
        if before != ConversationStatus::Open {
            picture.changes.reopened.insert(id.clone());
        }
    }
    picture.changes.touched_conversations.insert(id.clone());
    match (opens, is_resolved) {
        (true, true) => Became::Reopened,
        (false, true) if is_thanked => Became::Thanked,
        _ => Became::Nothing,
    }
}

fn add_files(store: &Store, picture: &mut Picture, message: &InboundMessage, id: &MessageId) {
    picture.changes.attachments.extend(files_of(store, message, id));
}

/// The files of a message, as they are stored beside it.
pub(super) fn files_of(store: &Store, message: &InboundMessage, id: &MessageId) -> impl Iterator<Item = Attachment> {
    message.attachments.iter().map(|file| Attachment {
        id: AttachmentId::from(store.env().ulid()),
        message_id: Some(id.clone()),
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        size: file.blob.size,
        sha256: file.blob.sha256.clone(),
        is_inline: file.inline,
        content_id: file.content_id.clone(),
        source: file.source.as_ref().map(ToString::to_string),
        fetch_error: None,
        duration: None,
    })
}

/// Sender and recipients take part from now on.
fn remember_participants(picture: &mut Picture, place: &Place<'_>) {
    // A mail may name thousands.
    const MOST: usize = 100;
    if !place.takes_part {
        return;
    }
    let senders = place.message.from.identities.iter().map(|claim| claim.value.clone());
    let named = place
        .message
        .recipients
        .iter()
        .take(MOST)
        .map(|address| address.to_lowercase());
    for value in senders.chain(named) {
        if picture.participants.insert((place.conversation.clone(), value.clone())) {
            picture.changes.participants.push((place.conversation.clone(), value));
        }
    }
}

/// WhatsApp, Instagram and Messenger let us write freely for a day after the customer did.
fn remember_window(picture: &mut Picture, place: &Place<'_>) {
    let message = place.message;
    let has_window = message.channel == Channel::Whatsapp || message.channel.is_messenger_platform();
    // The platform's own word about a number is not the customer's.
    let (true, Some(address), false) = (has_window, &place.address, place.sign == "system") else {
        return;
    };
    // Under each form of the address: an answer may go to another one than the last message came from.
    let forms = message
        .from
        .identities
        .iter()
        .filter(|claim| claim.kind == IdentityKind::Whatsapp);
    for form in forms.map(|claim| &claim.value).chain([address]) {
        let last = picture
            .changes
            .windows
            .entry((message.inbox.clone(), form.clone()))
            .or_insert(place.at);
        *last = place.at.max(*last);
    }
}

/// What the event of a message says of it beside its id.
fn facts_of(place: &Place<'_>, became: Became, is_spam: bool) -> serde_json::Value {
    let message = place.message;
    let mut facts = json!({ "kind": place.kind, "channel": message.channel, "auto": message.auto });
    match became {
        Became::Nothing => {}
        Became::Reopened => facts["reopened"] = true.into(),
        Became::Thanked => facts[Event::THANKS] = true.into(),
    }
    if is_spam {
        facts[Event::SPAM] = true.into();
    }
    if !place.takes_part {
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
