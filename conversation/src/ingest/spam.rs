//! What goes to spam as it arrives: what a blocked sender wrote, and what the mail server took for spam. It is filed like
//! everything else, in a conversation of its own that nobody is told of; what runs with the same person goes on undisturbed.

use std::collections::HashSet;

use serde_json::json;

use super::contact::is_known_sender;
use super::decide::{Choice, named, signed_for};
use super::load::Picture;
use crate::blocked::{self, Kind, shown};
use crate::conversations::{Conversation, Message};
use crate::db::rows_in;
use crate::error::Result;
use crate::events::{Event, EventKind};
use crate::inbound::InboundMessage;
use crate::spam::{self, Stood, Why};
use crate::store::{Store, Tx, event};
use crate::types::{
    Actor, Channel, ContactId, ConversationId, ConversationStatus, Level, MatchedBy, MessageId, MessageKind, Millis,
};

/// Why a message is spam.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    why: Why,
    /// What the mail server wrote, or who is blocked.
    words: String,
    /// The blocked senders that it is from.
    blocked: Vec<String>,
}

/// A conversation that begins as spam.
#[derive(Debug)]
pub(super) struct NewSpam {
    id: ConversationId,
    actor: Actor,
    why: Why,
    words: String,
    stood: Stood,
}

impl NewSpam {
    /// Whether it is this conversation.
    pub(super) fn is(&self, id: &ConversationId) -> bool {
        self.id == *id
    }
}

/// Who of the batch is blocked, which of what it can touch is spam and why, and whom somebody answered before.
pub(super) async fn load(tx: &mut Tx, batch: &[InboundMessage], picture: &mut Picture) -> Result<()> {
    let keys = batch.iter().flat_map(blocked::keys);
    picture.blocked = blocked::among(&mut *tx, keys).await?.into_iter().collect();
    let ids: Vec<&ConversationId> = picture
        .conversations
        .values()
        .filter(|one| one.spam_since.is_some())
        .map(|one| &one.id)
        .collect();
    let select = "SELECT conversation_id, why FROM spam WHERE conversation_id IN";
    let rows: Vec<(ConversationId, Why)> = rows_in(&mut *tx, select, ids).await?;
    picture.spam.extend(rows);
    let judged: HashSet<&ContactId> = batch
        .iter()
        .filter(|message| message.judged.is_some())
        .filter_map(|message| message.from.identities.first())
        .filter_map(|claim| picture.identities.get(&(claim.kind, claim.value.clone())))
        .map(|identity| &identity.contact_id)
        .collect();
    let select = "SELECT DISTINCT c.contact_id FROM conversations c JOIN messages m ON m.conversation_id = c.id AND m.kind = 'outbound' AND m.author_kind IN ('agent', 'api') WHERE c.spam_since IS NULL AND c.contact_id IN";
    let rows: Vec<(ContactId,)> = rows_in(tx, select, judged).await?;
    picture.answered.extend(rows.into_iter().map(|(id,)| id));
    Ok(())
}

/// Whether a message is spam.
pub(super) fn verdict(
    picture: &Picture,
    message: &InboundMessage,
    contact: &ContactId,
    choice: &Choice,
) -> Option<Verdict> {
    let found: Vec<_> = blocked::keys(message)
        .into_iter()
        .filter_map(|key| Some((picture.blocked.get(&key)?.clone(), key)))
        .collect();
    if let Some((_, key)) = found.first() {
        return Some(Verdict {
            why: Why::Blocked,
            words: shown(key),
            blocked: found.into_iter().map(|(id, _)| id).collect(),
        });
    }
    let words = message.judged.as_ref()?;
    // Who answers us, and whom we answered before, is believed before the server is.
    let is_answer = matches!(
        choice.by,
        MatchedBy::ReplyToken
            | MatchedBy::InReplyTo
            | MatchedBy::References
            | MatchedBy::SeenReference
            | MatchedBy::TicketNumber
            | MatchedBy::Explicit
    ) && choice.conversation.as_ref().is_some_and(|id| !is_spam(picture, id));
    let is_proved = message.from.identities.first().is_some_and(|claim| claim.verified);
    if is_answer || (is_proved && picture.answered.contains(contact)) {
        return None;
    }
    Some(Verdict {
        why: Why::Judged,
        words: words.clone(),
        blocked: Vec::new(),
    })
}

pub(super) fn is_spam(picture: &Picture, id: &ConversationId) -> bool {
    picture
        .conversations
        .get(id)
        .is_some_and(|conversation| conversation.spam_since.is_some())
}

/// Where spam goes: on with the spam that it belongs to, else into a conversation of its own beside the one that it named.
pub(super) fn choose(
    store: &Store,
    picture: &Picture,
    message: &InboundMessage,
    contact: &ContactId,
    choice: Choice,
) -> Choice {
    let goes_on = |id: &ConversationId| {
        picture
            .conversations
            .get(id)
            .is_some_and(|one| one.spam_since.is_some() && one.contact_id == *contact)
    };
    let chosen = choice.conversation.iter().map(|id| (id.clone(), choice.by));
    let signed = signed_for(store, picture, message).map(|id| (id, MatchedBy::ReplyToken));
    let mut candidates = chosen.chain(signed).chain(named(picture, message));
    if let Some((id, by)) = candidates.find(|(id, _)| goes_on(id)) {
        return Choice {
            conversation: Some(id),
            by,
            related: None,
        };
    }
    let since = store.now() - super::REOPEN_WITHIN;
    let chat = picture
        .of_contact
        .get(contact)
        .into_iter()
        .flatten()
        .filter(|id| message.channel.is_chat() && goes_on(id))
        .find(|id| {
            let one = picture.conversations.get(*id);
            one.is_some_and(|one| one.inbox_id == message.inbox && one.last_message_at > since)
        });
    match chat {
        Some(id) => Choice {
            conversation: Some(id.clone()),
            by: MatchedBy::OpenConversation,
            related: None,
        },
        None => Choice {
            conversation: None,
            by: MatchedBy::New,
            related: choice.conversation.or(choice.related),
        },
    }
}

/// Counts a message for who is blocked.
pub(super) fn count(picture: &mut Picture, verdict: &Verdict) {
    for id in &verdict.blocked {
        *picture.changes.blocked.entry(id.clone()).or_default() += 1;
    }
}

/// Makes a conversation that was just begun spam, and says so where the same person has something running.
pub(super) fn begin(store: &Store, picture: &mut Picture, id: &ConversationId, verdict: Verdict, now: Millis) {
    let Some(conversation) = picture.conversations.get_mut(id) else {
        return;
    };
    let stood = Stood::of(conversation);
    spam::stand_still(conversation, now);
    // The bot answers what arrives; who takes it out of spam is a person.
    if conversation.level == Level::Bot {
        conversation.level = Level::N1;
    }
    for event in &mut picture.changes.events {
        if event.conversation.as_ref() == Some(id) {
            event.data[Event::SPAM] = true.into();
        }
    }
    let related = conversation.related_to.clone();
    let is_blocked = verdict.why == Why::Blocked;
    picture.spam.insert(id.clone(), verdict.why);
    picture.changes.new_spam.push(NewSpam {
        id: id.clone(),
        actor: Actor::System,
        why: verdict.why,
        words: verdict.words,
        stood,
    });
    if let Some(related) = related.filter(|_| is_blocked) {
        say_beside(store, picture, &related, id, now);
    }
}

/// Makes a conversation spam that was so at another desk.
pub(super) fn imported(picture: &mut Picture, id: &ConversationId, now: Millis) {
    let Some(conversation) = picture.conversations.get_mut(id) else {
        return;
    };
    let stood = Stood::of(conversation);
    spam::stand_still(conversation, now);
    picture.changes.new_spam.push(NewSpam {
        id: id.clone(),
        actor: Actor::System,
        why: Why::Imported,
        words: String::new(),
        stood,
    });
}

/// A line in what runs: somebody who is blocked wrote on, and where that is.
fn say_beside(store: &Store, picture: &mut Picture, running: &ConversationId, id: &ConversationId, now: Millis) {
    let running = picture.current(running);
    let Some(conversation) = picture.conversations.get_mut(&running).filter(|one| {
        one.status != ConversationStatus::Resolved && !picture.changes.new_conversations.contains(&one.id)
    }) else {
        return;
    };
    let line = MessageId::from(store.env().ulid());
    let message = Message {
        extra: Some(json!({ "action": "blocked_wrote", "conversation": id })),
        ..Message::by(
            &Actor::System,
            line.clone(),
            conversation,
            MessageKind::Activity,
            "",
            now,
        )
    };
    conversation.message_count += 1;
    picture.changes.touched_conversations.insert(running.clone());
    picture.changes.messages.push(message);
    picture.changes.events.push(event(
        EventKind::MessageCreated,
        &running,
        line.as_str(),
        &Actor::System,
        json!({ "kind": MessageKind::Activity }),
    ));
}

/// Whether a message takes its conversation out of spam: nobody said that it is, its sender is none, and takes part in it.
pub(super) fn lifts(picture: &Picture, message: &InboundMessage, contact: &ContactId, id: &ConversationId) -> bool {
    let is_proved =
        message.from.identities.first().is_some_and(|claim| claim.verified) || message.channel == Channel::Portal;
    is_spam(picture, id)
        && !picture.spam.get(id).is_some_and(|why| why.is_lasting())
        && is_proved
        && is_known_sender(picture, message, contact, id)
}

/// Adds a message to a conversation that is spam: it is there, and changes nothing else.
pub(super) fn append(conversation: &mut Conversation, at: Millis, preview: Option<String>) {
    conversation.message_count += 1;
    conversation.version += 1;
    conversation.last_message_at = conversation.last_message_at.max(at);
    if let Some(preview) = preview {
        conversation.preview = preview;
    }
}

/// Writes what became spam, and takes out what is none any more.
pub(super) async fn write(tx: &mut Tx, changes: &super::write::Changes) -> Result<()> {
    for new in &changes.new_spam {
        let mut stood = new.stood.clone();
        // A submission opens a ticket, which its writer is told the number of; it is solved as long as it is spam.
        stood.tickets = changes
            .new_tickets
            .iter()
            .filter(|ticket| ticket.conversation == new.id)
            .map(|ticket| (ticket.id.clone(), crate::types::TicketStatus::New))
            .collect();
        spam::keep_in(tx, &new.id, &new.actor, new.why, &new.words, &stood).await?;
    }
    blocked::count_in(tx, changes.blocked.clone()).await
}

/// Takes conversations out of spam in which somebody wrote on who is none.
pub(super) async fn lift(tx: &mut Tx, ids: impl IntoIterator<Item = ConversationId>) -> Result<()> {
    for id in ids {
        crate::lifecycle::act_in(tx, &Actor::System, &id, crate::lifecycle::Action::NotSpam).await?;
    }
    Ok(())
}

/// What is blocked, by what it is known by.
pub(super) type BlockedBy = std::collections::HashMap<(Kind, String), String>;
