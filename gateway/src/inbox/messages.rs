//! Messages, files and deliveries as a conversation's page shows them.

use std::collections::{HashMap, HashSet};

use conversation::access::Permission;
use conversation::contacts::{self, Contact, Identity};
use conversation::conversations::{Attachment, Conversation, Message};
use conversation::db::Db;
use conversation::deliveries::Delivery;
use conversation::types::{ActorKind, AgentId, Channel, ConversationMergeId, IdentityKind, MessageId, MessageKind};
use conversation::{Result, proactive, restructure};
use serde_json::Value;
use ui::components::{AttachmentView, LineTool, MessageView};
use ui::{i18n, routes};

use super::identities::shown;
use super::others::Others;
use super::{copies, lines, standing, subjects};
use crate::auth::SignedIn;
use crate::people::agents::{self, Agent};

/// Who takes part in a conversation, and what each is called.
pub(super) struct People {
    pub(super) contact: Contact,
    pub(super) identities: Vec<Identity>,
    pub(super) contact_name: String,
    pub(super) agents: Vec<Agent>,
    pub(super) names: HashMap<AgentId, String>,
}

impl People {
    pub(super) async fn load(db: &Db, me: &SignedIn, conversation: &Conversation) -> Result<People> {
        let contact = contacts::load(db, &conversation.contact_id).await?;
        let identities = contacts::identities(db, &contact.id).await?;
        let agents = agents::list(db).await?;
        Ok(People {
            contact_name: name_of(me, &contact, &identities),
            names: agents
                .iter()
                .map(|agent| (agent.id.clone(), agent.name.clone()))
                .collect(),
            contact,
            identities,
            agents,
        })
    }
}

/// What a contact is called: their name, else an address or a number.
fn name_of(me: &SignedIn, contact: &Contact, identities: &[Identity]) -> String {
    if !contact.name.trim().is_empty() {
        return contact.name.clone();
    }
    identities
        .iter()
        .find(|one| {
            matches!(
                one.kind,
                IdentityKind::Email | IdentityKind::Phone | IdentityKind::Whatsapp
            )
        })
        .map_or_else(
            || i18n::t(me.lang, "visitor-name").into_owned(),
            |one| shown(one.kind, &one.value),
        )
}

/// Tells an agent who said and did what in a conversation.
pub(super) struct Narrator<'a> {
    pub(super) me: &'a SignedIn,
    people: &'a People,
    others: Others,
    pub(super) conversation: &'a Conversation,
    pub(super) can_write: bool,
    /// See [`super::subjects::new_in`].
    new_subjects: HashMap<MessageId, String>,
    /// The merges that can be taken back.
    pub(super) takeable: HashSet<ConversationMergeId>,
    /// The lines of moves whose messages can go back.
    moved_here: HashSet<MessageId>,
}

/// The lines of messages that were moved here and are still here, each by the newest line that names it. What left this
/// conversation before it came is back at home.
fn moved_here(messages: &[Message]) -> HashSet<MessageId> {
    let here: HashSet<&MessageId> = messages.iter().map(|message| &message.id).collect();
    let mut named: HashSet<MessageId> = HashSet::new();
    let mut is_guest: HashMap<MessageId, bool> = HashMap::new();
    let mut found = HashSet::new();
    let moves: Vec<(&Message, bool, Vec<MessageId>)> = messages.iter().filter_map(move_of).collect();
    for (_, is_in, moved) in &moves {
        for id in moved {
            is_guest.entry(id.clone()).or_insert(*is_in);
        }
    }
    for (line, _, moved) in moves.into_iter().rev().filter(|(_, is_in, _)| *is_in) {
        let goes = |id: &MessageId| here.contains(id) && !named.contains(id) && is_guest.get(id) == Some(&true);
        if !moved.is_empty() && moved.iter().all(goes) {
            found.insert(line.id.clone());
        }
        named.extend(moved);
    }
    found
}

/// A line about messages that were moved: whether they came here, and which they are.
fn move_of(message: &Message) -> Option<(&Message, bool, Vec<MessageId>)> {
    if message.kind != MessageKind::Activity {
        return None;
    }
    let what = message.extra.as_ref()?;
    if what.get("action").and_then(Value::as_str) != Some("moved") {
        return None;
    }
    let is_in = what.get("direction").and_then(Value::as_str) == Some("in");
    Some((message, is_in, ids_of(what)))
}

/// The messages that a line about a move names.
fn ids_of(what: &Value) -> Vec<MessageId> {
    let all = what.get("messages").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(Value::as_str).map(MessageId::from).collect()
}

impl<'a> Narrator<'a> {
    /// What the words about `messages` need; they are messages of `conversation`.
    pub(super) async fn load(
        db: &Db,
        me: &'a SignedIn,
        conversation: &'a Conversation,
        people: &'a People,
        messages: &[Message],
    ) -> Result<Narrator<'a>> {
        Ok(Narrator {
            me,
            people,
            others: Others::of(db, conversation, messages).await?,
            conversation,
            can_write: me.can(Permission::Work),
            new_subjects: subjects::new_in(db, conversation, messages).await?,
            takeable: restructure::takeable(db, &conversation.id).await?,
            moved_here: moved_here(messages),
        })
    }

    /// What the author of a message is called; empty for the bot and for what happened by itself.
    fn author(&self, kind: ActorKind, id: &str) -> String {
        match kind {
            ActorKind::Agent => self.people.names.get(&AgentId::from(id)).cloned().unwrap_or_default(),
            ActorKind::Contact => match self.others.get(id) {
                Some(other) => other.shown().to_owned(),
                None => self.people.contact_name.clone(),
            },
            ActorKind::Api => id.to_owned(),
            ActorKind::Bot | ActorKind::System => String::new(),
        }
    }

    /// As [`Narrator::author`], for sentences: everybody has a name there.
    pub(super) fn who(&self, kind: ActorKind, id: &str) -> String {
        match self.author(kind, id) {
            name if !name.is_empty() => name,
            _ if kind == ActorKind::Bot => i18n::t(self.me.lang, "author-bot").into_owned(),
            _ => i18n::t(self.me.lang, "author-system").into_owned(),
        }
    }
}

/// Each with its files and how its deliveries stand.
pub(super) fn messages_of(
    narrator: &Narrator<'_>,
    messages: Vec<Message>,
    files: Vec<Attachment>,
    sent: Vec<Delivery>,
) -> Vec<MessageView> {
    let mut files_of: HashMap<MessageId, Vec<Attachment>> = HashMap::new();
    for file in files {
        if let Some(message) = file.message_id.clone() {
            files_of.entry(message).or_default().push(file);
        }
    }
    let mut sent_of: HashMap<MessageId, Vec<Delivery>> = HashMap::new();
    for delivery in sent {
        sent_of.entry(delivery.message_id.clone()).or_default().push(delivery);
    }
    let answers: HashMap<String, String> = messages
        .iter()
        .filter_map(|message| message.answer.as_ref())
        .filter_map(|answer| Some((answer.message.as_ref()?.to_string(), answer.value.clone())))
        .collect();
    messages
        .into_iter()
        .map(|message| {
            let files = files_of.remove(&message.id).unwrap_or_default();
            let sent = sent_of.remove(&message.id).unwrap_or_default();
            view(narrator, message, files, sent, &answers)
        })
        .collect()
}

fn view(
    narrator: &Narrator<'_>,
    message: Message,
    files: Vec<Attachment>,
    sent: Vec<Delivery>,
    answers: &HashMap<String, String>,
) -> MessageView {
    let id = message.id.to_string();
    let is_activity = message.kind == MessageKind::Activity;
    let (author_kind, author) = proactive::speaker(&message);
    let author_name = narrator.author(author_kind, author);
    let who = narrator.who(message.author_kind, &message.author_id);
    let named = copies::named(&message, &sent);
    let line = match &message.extra {
        Some(what) if is_activity => tool(narrator, &message.id, what),
        _ => None,
    };
    let text = match (&message.extra, is_activity) {
        (Some(what), true) => lines::words(narrator.me, &who, what, &narrator.people.names),
        _ if message.kind == MessageKind::Note && message.author_kind == ActorKind::Bot => {
            bots::words::note_for(narrator.me.lang, &message.text)
        }
        _ => message.text,
    };
    let is_said = matches!(message.kind, MessageKind::Inbound | MessageKind::Outbound);
    MessageView {
        kind: message.kind,
        channel: message.channel,
        author_kind,
        author_name,
        at: message.at,
        full_text: message.body.filter(|body| body.trim() != text.trim()),
        text,
        html_url: message.html.is_some().then(|| routes::path(routes::MESSAGE_HTML, &id)),
        // A picture that the formatted mail does not show would be nowhere.
        attachments: files
            .into_iter()
            .filter(|file| !file.is_inline || !is_shown_in(message.html.as_deref(), file))
            .map(file_view)
            .collect(),
        answered: answers.get(&id).cloned(),
        cards: message.cards,
        extra: message.extra.filter(|_| !is_activity),
        auto: message.auto,
        quarantined: message.quarantined,
        matched_detail: message.in_reply_to,
        headers_url: (message.channel == Channel::Email && message.raw_sha256.is_some())
            .then(|| routes::path(routes::MESSAGE_HEADERS, &id)),
        forward_url: (narrator.can_write && matches!(message.kind, MessageKind::Inbound | MessageKind::Outbound))
            .then(|| format!("{}?forward={id}", routes::BEGIN)),
        original_url: message
            .raw_sha256
            .is_some()
            .then(|| routes::path(routes::MESSAGE_RAW, &id)),
        delivery: standing::of(sent, narrator.me.lang, narrator.can_write),
        named,
        new_subject: narrator.new_subjects.get(&message.id).cloned(),
        line,
        chat: None,
        other_sender: narrator.others.get(&message.author_id).cloned(),
        movable_from: (is_said && narrator.can_write).then(|| narrator.conversation.id.to_string()),
        matched_by: message.matched_by,
        id,
    }
}

/// Whether the HTML of a mail shows the picture itself.
fn is_shown_in(html: Option<&str>, file: &Attachment) -> bool {
    match (html, &file.content_id) {
        (Some(html), Some(id)) => {
            html.contains(&format!("cid:{id}")) || html.contains(&format!("cid:{}", routes::escape(id)))
        }
        _ => false,
    }
}

fn file_view(file: Attachment) -> AttachmentView {
    AttachmentView {
        url: routes::path(routes::FILE, file.id.as_str()),
        name: file.name,
        // What is not there yet is a link that says so, not a broken picture.
        media_type: if file.source.is_some() {
            "application/octet-stream".to_owned()
        } else {
            file.media_type
        },
        size: file.size,
        thumbnail_url: None,
    }
}

/// What can be done from an activity line: a merge or split that stands is taken back, the other one of a merge that was, or of what was moved, is opened.
fn tool(narrator: &Narrator<'_>, line: &MessageId, what: &Value) -> Option<LineTool> {
    let text = |name: &str| what.get(name).and_then(Value::as_str);
    let other = text("conversation")?;
    match text("action")? {
        "merged" if narrator.can_write && narrator.takeable.contains(&text("merge")?.into()) => {
            Some(LineTool::Unmerge {
                url: routes::path(routes::UNMERGE, narrator.conversation.id.as_str()),
                from: other.to_owned(),
            })
        }
        "moved" if narrator.can_write && narrator.moved_here.contains(line) => Some(LineTool::MoveBack {
            url: routes::path(routes::MOVE, narrator.conversation.id.as_str()),
            other: routes::path(routes::CONVERSATION, other),
            number: what.get("number").and_then(Value::as_i64)?,
            messages: ids_of(what).iter().map(ToString::to_string).collect(),
        }),
        "split" if narrator.can_write && text("direction") == Some("in") => Some(LineTool::PutBack {
            url: routes::path(routes::MERGE, narrator.conversation.id.as_str()),
            other: routes::path(routes::CONVERSATION, other),
            number: what.get("number").and_then(Value::as_i64)?,
        }),
        "unmerged" | "split" | "moved" => Some(LineTool::Open {
            url: routes::path(routes::CONVERSATION, other),
            number: what.get("number").and_then(Value::as_i64)?,
        }),
        _ => None,
    }
}
