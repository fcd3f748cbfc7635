//! Calls that agents log: who called, how long, what was said and what came of it, as a message of the
//! channel `phone` in a conversation.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::access;
use crate::audit;
use crate::contacts;
use crate::conversations::{self, Conversation, INSERT_MESSAGE, Message, NewConversation, preview_of};
use crate::db::{insert_rows, sql};
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::inboxes::{self, Inbox, NewInbox};
use crate::scope::Scope;
use crate::store::{Store, Tx, event};
use crate::telephone;
use crate::types::{
    Actor, Channel, ContactId, ConversationId, IdentityKind, Language, Level, MatchedBy, MessageId, MessageKind, Millis,
};

/// The longest notes, in characters.
pub const LONGEST: usize = 20_000;
/// The longest call, in seconds: a day.
const LONGEST_CALL: i64 = 86_400;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// They talked.
    Answered,
    /// Nobody was reached.
    Missed,
    /// A message was left.
    Voicemail,
    /// One side calls again.
    CallBack,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Outcome; 4] = [
        Outcome::Answered,
        Outcome::Missed,
        Outcome::Voicemail,
        Outcome::CallBack,
    ];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Answered => "answered",
            Outcome::Missed => "missed",
            Outcome::Voicemail => "voicemail",
            Outcome::CallBack => "call_back",
        }
    }

    /// Reads it back.
    pub fn from_text(text: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// A call to log.
#[derive(Debug, Clone)]
pub struct Call {
    /// The caller's number, as it was written down.
    pub number: String,
    /// The caller's name, where they are new.
    pub name: String,
    /// Whether the customer called; else we did.
    pub is_inbound: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// What was said.
    pub notes: String,
    /// How long it took, in seconds.
    pub seconds: i64,
    /// When it was; `None` is just now.
    pub at: Option<Millis>,
    /// The conversation that it belongs to; `None` is the customer's newest open one by phone, or a new one.
    pub conversation: Option<ConversationId>,
}

/// Logs a call; returns its conversation and message. The message's id comes from the client, so that the
/// same call given twice is one.
///
/// # Errors
/// [`Error::Invalid`] for a number that is none, notes that are too long, or a length beyond a day;
/// [`Error::NotFound`].
pub async fn log(store: &Store, actor: &Actor, id: &MessageId, call: &Call) -> Result<(ConversationId, MessageId)> {
    if call.notes.chars().count() > LONGEST {
        return Err(Error::Invalid(format!("notes: at most {LONGEST} characters")));
    }
    if !(0..=LONGEST_CALL).contains(&call.seconds) {
        return Err(Error::Invalid("seconds: a call takes at most a day".to_owned()));
    }
    let number = match (&call.conversation, call.number.trim()) {
        (Some(_), "") => None,
        (_, text) => Some(telephone::read(text, telephone::home(store.db()).await?)?),
    };
    let inbox = match &call.conversation {
        Some(_) => None,
        None => Some(inbox(store, actor).await?),
    };
    let mut tx = store.begin().await?;
    let known: Option<(ConversationId,)> = sql("SELECT conversation_id FROM messages WHERE id = $1")
        .bind(id)
        .optional(&mut tx)
        .await?;
    if let Some((conversation,)) = known {
        return Ok((conversation, id.clone()));
    }
    if let Some(number) = &number {
        // Two agents who log calls of one new caller make one contact, also while the caller writes by WhatsApp.
        let digits = number.trim_start_matches('+');
        let turns = vec![
            format!("identity:{}:{number}", IdentityKind::Phone),
            format!("identity:{}:{digits}", IdentityKind::Whatsapp),
        ];
        tx.dialect().take_turns(turns).await?;
    }
    let mut conversation = match (&call.conversation, &inbox, &number) {
        (Some(id), _, _) => conversations::lock_current(&mut tx, id).await?,
        (None, Some(inbox), Some(number)) => {
            let contact = caller(&mut tx, actor, number, &call.name).await?;
            place(&mut tx, actor, inbox, &contact, number).await?
        }
        (None, _, _) => return Err(Error::NotFound),
    };
    let message = message(&mut tx, actor, id, call, number.as_deref(), &conversation);
    let now = tx.now();
    insert_rows(&mut tx, INSERT_MESSAGE, "", vec![message.row()]).await?;
    conversation.message_count += 1;
    conversation.last_message_at = now;
    conversation.preview = preview_of(&message.plain());
    // Whoever talks to the customer has it; the bot steps back.
    let was_bots = conversation.level == Level::Bot;
    if was_bots {
        conversation.level = Level::N1;
    }
    if call.outcome == Outcome::Answered {
        conversation.waiting_since = None;
    }
    conversations::save(&mut tx, &mut conversation).await?;
    if was_bots {
        super::follow(&mut tx, actor, &conversation).await?;
    }
    let what = json!({ "conversation": conversation.id, "outcome": call.outcome });
    audit::record(&mut tx, actor, "call.logged", id.as_str(), &what).await?;
    tx.emit(event(
        EventKind::MessageCreated,
        &conversation.id,
        id.as_str(),
        actor,
        json!({ "kind": message.kind, "channel": Channel::Phone }),
    ));
    tx.commit().await?;
    Ok((conversation.id, id.clone()))
}

fn message(
    tx: &mut Tx,
    actor: &Actor,
    id: &MessageId,
    call: &Call,
    number: Option<&str>,
    to: &Conversation,
) -> Message {
    let now = tx.now();
    let at = call.at.filter(|at| *at <= now).unwrap_or(now);
    // What both said, in the agent's words.
    let (kind, author) = if call.is_inbound {
        (MessageKind::Inbound, Actor::Contact(to.contact_id.clone()))
    } else {
        (MessageKind::Outbound, actor.clone())
    };
    Message {
        channel: Channel::Phone,
        extra: Some(json!({
            "type": "call",
            "outcome": call.outcome,
            "inbound": call.is_inbound,
            "seconds": call.seconds,
            "number": number,
            "logged_by": actor,
        })),
        matched_by: Some(MatchedBy::Agent),
        sent_at: at,
        ..Message::by(&author, id.clone(), to, kind, call.notes.trim(), now)
    }
}

/// The contact of a number: known by it on the phone or on WhatsApp, or new.
async fn caller(tx: &mut Tx, actor: &Actor, number: &str, name: &str) -> Result<ContactId> {
    if let Some((contact, _)) = contacts::by_identity(&mut *tx, IdentityKind::Phone, number).await? {
        return Ok(contact.id);
    }
    let digits = number.trim_start_matches('+');
    let contact = match contacts::by_identity(&mut *tx, IdentityKind::Whatsapp, digits).await? {
        Some((contact, _)) => contact.id,
        None => {
            let name: String = name.trim().chars().take(200).collect();
            contacts::create_in(tx, actor, &name, None).await?
        }
    };
    // Whoever says a number on the phone has not proved it.
    contacts::add_unproved_in(tx, &contact, IdentityKind::Phone, number, Channel::Phone.as_str()).await?;
    Ok(contact)
}

/// The customer's newest open conversation by phone, or a new one at the first line.
async fn place(tx: &mut Tx, actor: &Actor, inbox: &Inbox, contact: &ContactId, number: &str) -> Result<Conversation> {
    let open: Option<(ConversationId,)> = sql("SELECT id FROM conversations WHERE contact_id = $1 AND channel = 'phone' AND status = 'open' AND merged_into IS NULL ORDER BY last_message_at DESC LIMIT 1")
        .bind(contact)
        .optional(&mut *tx)
        .await?;
    if let Some((id,)) = open {
        return conversations::lock_current(tx, &id).await;
    }
    let contact = contacts::load(&mut *tx, contact).await?;
    let language = contact.language.unwrap_or(inbox.language);
    let new = NewConversation {
        assignee: match actor {
            Actor::Agent(agent) => Some(agent),
            _ => None,
        },
        reply_address: Some(number),
        ..NewConversation::by(inbox, &contact.id, language)
    };
    conversations::begin_in(tx, actor, new, json!({ "channel": inbox.channel })).await
}

/// The inbox of calls; the first call makes one.
async fn inbox(store: &Store, actor: &Actor) -> Result<Inbox> {
    let all = inboxes::list(store.db()).await?;
    let known = all.iter().find(|inbox| inbox.channel == Channel::Phone);
    if !may_log(store, actor, known).await? {
        return Err(Error::Invalid(
            "calls are in an inbox that you do not work in; log this one in a conversation with the customer"
                .to_owned(),
        ));
    }
    if let Some(known) = known {
        return Ok(known.clone());
    }
    let language = all.first().map_or(Language::En, |inbox| inbox.language);
    for name in ["Phone", "Phone calls", "Telephone"] {
        let new = NewInbox {
            channel: Channel::Phone,
            name: name.to_owned(),
            language,
            address: String::new(),
            bot_enabled: false,
            settings: json!({}),
        };
        match inboxes::create(store, &Actor::System, new).await {
            Ok(id) => return inboxes::load(store.db(), &id).await,
            // Another kind of inbox has the name, or another process was faster.
            Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let all = inboxes::list(store.db()).await?;
    all.into_iter()
        .find(|inbox| inbox.channel == Channel::Phone)
        .ok_or_else(|| Error::Conflict("there is no inbox for calls, and its names are taken".to_owned()))
}

/// Whether somebody works in the inbox of calls; nobody who works in some inboxes only works in one that is still to be made.
async fn may_log(store: &Store, actor: &Actor, known: Option<&Inbox>) -> Result<bool> {
    match (known, actor) {
        (Some(known), _) => match access::inbox(store.db(), actor, &known.id).await {
            Err(Error::NotFound) => Ok(false),
            done => done.map(|()| true),
        },
        (None, Actor::Agent(agent)) => {
            let scope = Scope::of(store.db(), agent).await?;
            Ok(scope.is_none_or(|scope| !scope.by_inbox))
        }
        (None, _) => Ok(true),
    }
}
