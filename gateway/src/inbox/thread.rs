//! One open conversation as the page shows it.

use std::collections::HashMap;

use channels::whatsapp::explain::explain;
use conversation::access::Permission;
use conversation::contacts::{self, Contact};
use conversation::conversations::{Attachment, Conversation, Message};
use conversation::db::{Db, sql};
use conversation::deliveries::{self, Delivery};
use conversation::types::{
    ActorKind, AgentId, BounceReason, Channel, ConversationId, DeliveryState, IdentityKind, LabelId, Language,
    MessageId, MessageKind, Position,
};
use conversation::views::{self, Filter};
use conversation::{Result, attachments, bounces, labels, reply, teams, tickets};
use ui::components::{AttachmentView, DeliveryView, MessageView};
use ui::inbox_page::{AgentChoice, LabelView, SideView, ThreadView, TicketView};
use ui::{i18n, routes};

use super::chat::{self, Chat, Fact};
use super::composing;
use super::list::{Choice, shown};
use super::others::Others;
use super::window;
use super::{customer, lines, panels};
use crate::app::App;
use crate::auth::SignedIn;
use crate::people::agents::{self, Agent};
use crate::people::reads;

/// Why the page is drawn: what came of a reply.
#[derive(Debug, Clone)]
pub(super) enum Came {
    /// Nothing came back.
    Nothing,
    /// A reply that was held back or refused, with what was written.
    Back {
        /// The words.
        text: String,
        /// It was a note.
        is_note: bool,
        /// Why.
        problem: Why,
    },
}

/// Why a reply comes back.
#[derive(Debug, Clone)]
pub(super) enum Why {
    /// Something newer than this position was said.
    Stale(Position),
    /// It cannot be taken; the words say why.
    Refused(String),
    /// These variables have no value yet.
    Open(Vec<String>),
}

/// The page of one conversation, in a fixed number of queries.
pub(super) async fn load(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    position: Position,
    choice: &Choice,
    came: Came,
) -> Result<ThreadView> {
    let db = app.store.db();
    let window = window::load(db, &conversation.id, &choice.at, me.shown.as_deref()).await?;
    let messages = window.messages;
    let contact = contacts::load(db, &conversation.contact_id).await?;
    let identities = contacts::identities(db, &contact.id).await?;
    let everybody = agents::list(db).await?;
    let names: HashMap<AgentId, String> = everybody
        .iter()
        .map(|agent| (agent.id.clone(), agent.name.clone()))
        .collect();
    let contact_name = name_of(me, &contact, &identities);
    let can_write = me.can(Permission::Work);
    let is_mine = conversation.assignee_id.as_ref() == Some(&me.agent.id);
    let first_unread = first_unread(db, &me.agent.id, &conversation.id).await?;
    let side = side(app, me, conversation, &contact, &contact_name, identities, &everybody).await?;
    let others = Others::of(db, conversation, &messages).await?;
    let writer = Writer {
        me,
        names: &names,
        contact_name: &contact_name,
        others: &others,
        conversation,
        can_write,
    };
    let news = match &came {
        Came::Back {
            problem: Why::Stale(seen),
            ..
        } => Some(whats_new(app, &writer, *seen, &messages).await?),
        _ => None,
    };
    let composer = composing::view(app, me, conversation, &contact_name, &everybody, position, came, news).await?;
    let files = attachments::of_messages(db, &ids(&messages)).await?;
    let sent = deliveries::of_messages(db, &ids(&messages)).await?;
    let referred = chat::referred(db, conversation, &messages).await?;
    let name = |kind: ActorKind, id: &str| writer.who(kind, id);
    let chat = Chat::arrange(&messages, &referred, &sent, me.lang, &name);
    let facts: Vec<Fact> = messages.iter().map(|message| Fact::of(message, &files)).collect();
    let first_unread = first_unread.map(|id| chat.place(&id).to_string());
    let query = choice.query();
    let here = routes::path(routes::CONVERSATION, conversation.id.as_str());
    let open_at = |id: &str| format!("{here}?{query}&at={id}#m-{id}");
    let older_url = window.older.as_ref().map(|end| open_at(&end.id));
    let newer_url = messages
        .last()
        .filter(|_| window.has_newer)
        .map(|last| open_at(last.id.as_str()));
    let unread_url = first_unread
        .as_ref()
        .filter(|id| !messages.iter().any(|message| message.id.as_str() == id.as_str()))
        .map(|id| open_at(id));
    let bounced = match &conversation.reply_address {
        Some(address) if conversation.channel == Channel::Email => {
            let marked = bounces::of_addresses(db, std::slice::from_ref(address)).await?;
            marked.into_iter().next().map(|one| (address.clone(), one.reason))
        }
        _ => None,
    };
    Ok(ThreadView {
        bounced,
        id: conversation.id.to_string(),
        number: conversation.number,
        title: conversation
            .subject
            .clone()
            .filter(|subject| !subject.trim().is_empty())
            .unwrap_or_else(|| contact_name.clone()),
        contact_name: contact_name.clone(),
        status: conversation.status,
        snoozed_until: conversation.snoozed_until,
        level: conversation.level,
        assignee: conversation.assignee_id.as_ref().and_then(|id| names.get(id).cloned()),
        team: side
            .teams
            .iter()
            .find(|team| team.is_current)
            .map(|team| team.name.clone()),
        labels: side.labels.iter().filter(|label| label.is_on).cloned().collect(),
        due_at: conversation.due_at,
        is_mine,
        can_write,
        messages: chat.apply(
            messages_of(&writer, messages, files, sent),
            &facts,
            can_write.then_some(conversation.id.as_str()),
        ),
        older_url,
        older: window.older.map(|end| end.to_text()),
        newer_url,
        unread_url,
        first_unread,
        position,
        list_url: format!("{}?{query}", routes::INBOX),
        refresh_url: routes::path(routes::THREAD, conversation.id.as_str()),
        composer,
        side,
    })
}

/// What a contact is called: their name, else an address or a number.
fn name_of(me: &SignedIn, contact: &Contact, identities: &[contacts::Identity]) -> String {
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

/// A piece of a conversation's timeline as it is drawn.
pub(super) async fn views_of(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    messages: Vec<Message>,
) -> Result<Vec<MessageView>> {
    let db = app.store.db();
    let contact = contacts::load(db, &conversation.contact_id).await?;
    let identities = contacts::identities(db, &contact.id).await?;
    let names: HashMap<AgentId, String> = agents::list(db)
        .await?
        .into_iter()
        .map(|agent| (agent.id, agent.name))
        .collect();
    let others = Others::of(db, conversation, &messages).await?;
    let writer = Writer {
        me,
        names: &names,
        contact_name: &name_of(me, &contact, &identities),
        others: &others,
        conversation,
        can_write: me.can(Permission::Work),
    };
    let files = attachments::of_messages(db, &ids(&messages)).await?;
    let sent = deliveries::of_messages(db, &ids(&messages)).await?;
    let referred = chat::referred(db, conversation, &messages).await?;
    let name = |kind: ActorKind, id: &str| writer.who(kind, id);
    let chat = Chat::arrange(&messages, &referred, &sent, me.lang, &name);
    let facts: Vec<Fact> = messages.iter().map(|message| Fact::of(message, &files)).collect();
    let drawn = messages_of(&writer, messages, files, sent);
    Ok(chat.apply(drawn, &facts, writer.can_write.then_some(conversation.id.as_str())))
}

fn ids(messages: &[Message]) -> Vec<MessageId> {
    messages.iter().map(|message| message.id.clone()).collect()
}

/// The first message that came after this agent last looked; none where they never looked.
async fn first_unread(db: &Db, me: &AgentId, conversation: &ConversationId) -> Result<Option<MessageId>> {
    let read = reads::positions(db, me, std::slice::from_ref(conversation)).await?;
    let Some((_, position)) = read.into_iter().next() else {
        return Ok(None);
    };
    let row: Option<(MessageId,)> = sql("SELECT m.id FROM events e JOIN messages m ON m.id = e.subject_id AND m.kind = 'inbound' WHERE e.conversation_id = $1 AND e.position > $2 AND e.kind = 'message.created' ORDER BY e.position LIMIT 1")
        .bind(conversation)
        .bind(position)
        .optional(db)
        .await?;
    Ok(row.map(|(id,)| id))
}

/// What names and words need.
struct Writer<'a> {
    me: &'a SignedIn,
    names: &'a HashMap<AgentId, String>,
    contact_name: &'a str,
    others: &'a Others,
    conversation: &'a Conversation,
    can_write: bool,
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
    fn who(&self, kind: ActorKind, id: &str) -> String {
        match self.author(kind, id) {
            name if !name.is_empty() => name,
            _ if kind == ActorKind::Bot => i18n::t(self.me.lang, "author-bot").into_owned(),
            _ => i18n::t(self.me.lang, "author-system").into_owned(),
        }
    }
}

fn messages_of(
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
    let mut sent_of: HashMap<MessageId, Delivery> = HashMap::new();
    // In the order of their ids: what was sent last says how the message stands.
    for delivery in sent {
        sent_of.insert(delivery.message_id.clone(), delivery);
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
            let delivery = sent_of.remove(&message.id);
            view(writer, message, files, delivery, &answers)
        })
        .collect()
}

fn view(
    writer: &Writer<'_>,
    message: Message,
    files: Vec<Attachment>,
    delivery: Option<Delivery>,
    answers: &HashMap<String, String>,
) -> MessageView {
    let id = message.id.to_string();
    let is_activity = message.kind == MessageKind::Activity;
    let who = writer.who(message.author_kind, &message.author_id);
    let text = match (&message.extra, is_activity) {
        (Some(what), true) => lines::words(writer.me, &who, what, writer.names),
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
        delivery: delivery.map(|delivery| delivery_view(writer, delivery)),
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

fn delivery_view(writer: &Writer<'_>, delivery: Delivery) -> DeliveryView {
    let at = match delivery.state {
        DeliveryState::Scheduled => delivery.send_after,
        DeliveryState::Queued | DeliveryState::Unknown => Some(delivery.queued_at),
        DeliveryState::Sent => delivery.sent_at,
        DeliveryState::Delivered => delivery.delivered_at,
        DeliveryState::Read => delivery.read_at,
        DeliveryState::Failed => delivery.failed_at,
    };
    let waits_after_failure = delivery.state == DeliveryState::Queued && delivery.error.is_some();
    DeliveryView {
        id: delivery.id.to_string(),
        state: delivery.state,
        at: at.unwrap_or(delivery.queued_at),
        reason: reason(writer.me.lang, &delivery),
        retry_at: delivery.next_attempt_at.filter(|_| waits_after_failure),
        conversation: writer.can_write.then(|| delivery.conversation_id.to_string()),
    }
}

/// What went wrong, in words that say what to do; the provider's own where there are none.
fn reason(lang: Language, delivery: &Delivery) -> Option<String> {
    if let Some(bounce) = delivery.error_code.as_deref().and_then(BounceReason::of_code) {
        return Some(said(lang, bounce, delivery.error.as_deref()));
    }
    let known = delivery
        .error_code
        .as_deref()
        .filter(|_| delivery.channel == Channel::Whatsapp)
        .and_then(|code| explain(code, lang));
    match known {
        Some(words) if delivery.error.is_some() => Some(format!("{} {}", words.what, words.todo)),
        _ => delivery.error.clone(),
    }
}

/// Why a mail came back, in plain words first and in the server's own behind.
fn said(lang: Language, reason: BounceReason, server: Option<&str>) -> String {
    let words = ui::components::bounce_words(lang, reason);
    match server.map(str::trim).filter(|server| !server.is_empty()) {
        Some(server) => format!("{words} ({server})"),
        None => words.into_owned(),
    }
}

/// Who said what since the writer last looked, in a sentence, and the newest of it.
async fn whats_new(
    app: &App,
    writer: &Writer<'_>,
    seen: Position,
    messages: &[Message],
) -> Result<(String, Option<String>)> {
    let newest = reply::said_since(app.store.db(), &writer.conversation.id, &writer.me.actor(), seen).await?;
    let message = newest.and_then(|(_, id)| messages.iter().find(|message| message.id == id));
    let Some(message) = message else {
        return Ok((String::new(), None));
    };
    let args = [
        ("name", writer.who(message.author_kind, &message.author_id).into()),
        ("text", conversation::conversations::preview_of(&message.text).into()),
    ];
    let key = if message.kind == MessageKind::Inbound {
        "stale-inbound"
    } else {
        "stale-outbound"
    };
    Ok((i18n::t_args(writer.me.lang, key, &args), Some(message.id.to_string())))
}

async fn side(
    app: &App,
    me: &SignedIn,
    conversation: &Conversation,
    contact: &Contact,
    contact_name: &str,
    identities: Vec<contacts::Identity>,
    everybody: &[Agent],
) -> Result<SideView> {
    let db = app.store.db();
    let (contact_view, own_fields) = customer::detail(db, me, conversation, contact, contact_name, identities).await?;
    let tickets = tickets::of_conversation(db, &conversation.id).await?;
    let brief = tickets
        .iter()
        .rev()
        .map(|ticket| ticket.brief.trim())
        .find(|brief| !brief.is_empty())
        .map(str::to_owned);
    let filter = Filter {
        contact: Some(contact.id.clone()),
        ..Filter::default()
    };
    let others: Vec<_> = views::conversations(db, &filter, None, 8)
        .await?
        .into_iter()
        .filter(|other| other.id != conversation.id)
        .take(6)
        .collect();
    let merge_into = others
        .iter()
        .map(|other| {
            let title = other.subject.clone().filter(|subject| !subject.is_empty());
            (
                other.number,
                title.unwrap_or_else(|| other.preview.clone()),
                other.last_message_at,
            )
        })
        .collect();
    let earlier = others
        .into_iter()
        .map(|other| {
            let title = other
                .subject
                .filter(|subject| !subject.is_empty())
                .unwrap_or_else(|| format!("#{} {}", other.number, other.preview));
            let url = routes::path(routes::CONVERSATION, other.id.as_str());
            (title, other.last_message_at, url)
        })
        .collect();
    let merges = contacts::merges(db, &contact.id).await?;
    let on: Vec<LabelId> = labels::of_conversations(db, std::slice::from_ref(&conversation.id))
        .await?
        .into_values()
        .flatten()
        .map(|label| label.id)
        .collect();
    Ok(SideView {
        conversation: conversation.id.to_string(),
        status: conversation.status,
        level: conversation.level,
        is_mine: conversation.assignee_id.as_ref() == Some(&me.agent.id),
        can_write: me.can(Permission::Work),
        agents: everybody
            .iter()
            .filter(|agent| agent.is_enabled && conversation::access::can(agent.role, Permission::Work))
            .map(|agent| AgentChoice {
                id: agent.id.to_string(),
                name: agent.name.clone(),
                is_current: conversation.assignee_id.as_ref() == Some(&agent.id),
            })
            .collect(),
        teams: teams::list(db)
            .await?
            .into_iter()
            .map(|team| AgentChoice {
                is_current: conversation.team_id.as_ref() == Some(&team.id),
                id: team.id.to_string(),
                name: team.name,
            })
            .collect(),
        labels: labels::list(db)
            .await?
            .into_iter()
            .map(|label| LabelView {
                is_on: on.contains(&label.id),
                id: label.id.to_string(),
                name: label.name,
                tint: label.tint,
            })
            .collect(),
        checks: super::actions::checks(db, me.lang, conversation.level).await?,
        decisions: super::answers::load(db, &conversation.id, me.lang).await?,
        contact: contact_view,
        other_tickets: customer::other_tickets(db, conversation).await?,
        fields: own_fields,
        panels: panels::panels(app, me, conversation, contact).await,
        ticket_subject: conversation.subject.clone().unwrap_or_default(),
        ticket_choices: super::actions::ticket_choices(db, me.lang).await?,
        tickets: tickets
            .into_iter()
            .map(|ticket| TicketView {
                number: conversation::tickets::number_text(ticket.number),
                title: ticket.subject,
                status: ticket.status,
                priority: ticket.priority,
                url: Some(format!("{}/{}", routes::TICKETS, ticket.id)),
            })
            .collect(),
        invoices: if me.can(Permission::Books) {
            crate::invoices::choices(&app.billing, &contact.id, me.lang).await?
        } else {
            Vec::new()
        },
        brief,
        earlier,
        merge_into,
        priority: conversation.priority,
        merges: merges
            .into_iter()
            .map(|(id, name, _, _)| (id.to_string(), name))
            .collect(),
    })
}
