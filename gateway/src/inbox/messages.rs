//! Messages, files and deliveries as a conversation's page shows them.

use std::collections::{HashMap, HashSet};

use conversation::conversations::{Attachment, Conversation, Message};
use conversation::deliveries::Delivery;
use conversation::types::{ActorKind, AgentId, Channel, ConversationMergeId, MessageId, MessageKind};
use ui::components::{AttachmentView, MessageView};
use ui::{i18n, routes};

use super::others::Others;
use super::{copies, lines, standing};
use crate::auth::SignedIn;

/// What names and words need.
pub(super) struct Writer<'a> {
    pub(super) me: &'a SignedIn,
    pub(super) names: &'a HashMap<AgentId, String>,
    pub(super) contact_name: &'a str,
    pub(super) others: &'a Others,
    pub(super) conversation: &'a Conversation,
    pub(super) can_write: bool,
    /// See [`super::subjects::new_in`].
    pub(super) new_subjects: &'a HashMap<MessageId, String>,
    /// The merges that can be taken back.
    pub(super) takeable: HashSet<ConversationMergeId>,
}

impl Writer<'_> {
    fn author(&self, kind: ActorKind, id: &str) -> String {
        match kind {
            ActorKind::Agent => self.names.get(&AgentId::from(id)).cloned().unwrap_or_default(),
            ActorKind::Contact => match self.others.get(id) {
                Some(other) => other.shown().to_owned(),
                None => self.contact_name.to_owned(),
            },
            ActorKind::Api => id.to_owned(),
            ActorKind::Bot | ActorKind::System => String::new(),
        }
    }

    /// As [`Writer::author`], for sentences: everybody has a name there.
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
    writer: &Writer<'_>,
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
            view(writer, message, files, sent, &answers)
        })
        .collect()
}

fn view(
    writer: &Writer<'_>,
    message: Message,
    files: Vec<Attachment>,
    sent: Vec<Delivery>,
    answers: &HashMap<String, String>,
) -> MessageView {
    let id = message.id.to_string();
    let is_activity = message.kind == MessageKind::Activity;
    let who = writer.who(message.author_kind, &message.author_id);
    let named = copies::named(&message, &sent);
    let line = match &message.extra {
        Some(what) if is_activity => lines::tool(writer, what),
        _ => None,
    };
    let text = match (&message.extra, is_activity) {
        (Some(what), true) => lines::words(writer.me, &who, what, writer.names),
        _ if message.kind == MessageKind::Note && message.author_kind == ActorKind::Bot => {
            bots::words::note_for(writer.me.lang, &message.text)
        }
        _ => message.text,
    };
    let is_said = matches!(message.kind, MessageKind::Inbound | MessageKind::Outbound);
    MessageView {
        kind: message.kind,
        channel: message.channel,
        author_kind: message.author_kind,
        author_name: writer.author(message.author_kind, &message.author_id),
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
        original_url: message
            .raw_sha256
            .is_some()
            .then(|| routes::path(routes::MESSAGE_RAW, &id)),
        delivery: standing::of(sent, writer.me.lang, writer.can_write),
        named,
        new_subject: writer.new_subjects.get(&message.id).cloned(),
        line,
        chat: None,
        other_sender: writer.others.get(&message.author_id).cloned(),
        movable_from: (is_said && writer.can_write).then(|| writer.conversation.id.to_string()),
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
