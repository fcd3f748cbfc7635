//! One open conversation as the page shows it.

use std::collections::HashMap;

use conversation::access::Permission;
use conversation::contacts::{self, Contact};
use conversation::conversations::{Conversation, Message};
use conversation::db::{Db, sql};
use conversation::deliveries::{self};
use conversation::types::{
    ActorKind, AgentId, Channel, ConversationId, IdentityKind, LabelId, MessageId, MessageKind, Position,
};
use conversation::views::{self, Filter};
use conversation::{Result, attachments, bounces, labels, reply, restructure, teams, tickets};
use ui::components::MessageView;
use ui::inbox_page::{AgentChoice, LabelView, SideView, ThreadView, TicketView};
use ui::{i18n, routes};

use super::chat::{self, Chat, Fact};
use super::composing::Composer;
use super::copies::Copies;
use super::list::{Choice, shown};
use super::messages::{Writer, messages_of};
use super::others::Others;
use super::window;
use super::{customer, panels, subjects};
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
        /// Who was to get a copy, where that was asked.
        copies: Option<Copies>,
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
    let new_subjects = subjects::new_in(db, conversation, &messages).await?;
    let writer = Writer {
        me,
        names: &names,
        contact_name: &contact_name,
        others: &others,
        conversation,
        can_write,
        new_subjects: &new_subjects,
        takeable: restructure::takeable(db, &conversation.id).await?,
    };
    let news = match &came {
        Came::Back {
            problem: Why::Stale(seen),
            ..
        } => Some(whats_new(app, &writer, *seen, &messages).await?),
        _ => None,
    };
    let composer = Composer {
        app,
        me,
        conversation,
        contact_name: &contact_name,
        everybody: &everybody,
    };
    let composer = composer.view(position, came, news).await?;
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
    let new_subjects = subjects::new_in(db, conversation, &messages).await?;
    let writer = Writer {
        me,
        names: &names,
        contact_name: &name_of(me, &contact, &identities),
        others: &others,
        conversation,
        can_write: me.can(Permission::Work),
        new_subjects: &new_subjects,
        takeable: restructure::takeable(db, &conversation.id).await?,
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
        .map(|brief| bots::words::note_for(me.lang, brief));
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
