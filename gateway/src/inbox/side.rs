//! What stands beside a conversation: who has it, its labels and tickets, its customer and what else is known of them.

use conversation::access::Permission;
use conversation::conversations::Conversation;
use conversation::db::Db;
use conversation::tickets::{self, Ticket};
use conversation::types::{ConversationId, LabelId, Millis};
use conversation::views::{self, Filter};
use conversation::{Result, access, contacts, inboxes, labels, lists, teams};
use ui::inbox_page::{AgentChoice, LabelView, SideView, TicketView};
use ui::{i18n, routes};

use super::messages::People;
use super::{answers, detail, offered, panels};
use crate::app::App;
use crate::auth::SignedIn;
use crate::people::agents::Agent;
use crate::transcripts;

/// How many other conversations of the customer are offered.
const OTHERS: usize = 6;

/// The side of a conversation's page.
pub(super) async fn load(app: &App, me: &SignedIn, conversation: &Conversation, people: &People) -> Result<SideView> {
    let db = app.store.db();
    let contact = &people.contact;
    let (contact_view, own_fields) = detail::detail(
        db,
        me,
        conversation,
        contact,
        &people.contact_name,
        people.identities.clone(),
    )
    .await?;
    let tickets = tickets::of_conversation(db, &conversation.id).await?;
    let brief = tickets
        .iter()
        .rev()
        .map(|ticket| ticket.brief.trim())
        .find(|brief| !brief.is_empty())
        .map(|brief| bots::words::note_for(me.lang, brief));
    let (others, hidden) = other_conversations(db, me, conversation).await?;
    let merges = contacts::merges(db, &contact.id).await?;
    Ok(SideView {
        conversation: conversation.id.to_string(),
        status: conversation.status,
        spam: super::sender::view(db, me, conversation).await?,
        level: conversation.level,
        is_mine: conversation.assignee_id.as_ref() == Some(&me.agent.id),
        can_write: me.can(Permission::Work),
        agents: assignable(db, conversation, &people.agents).await?,
        teams: team_choices(db, conversation).await?,
        labels: label_views(db, &conversation.id).await?,
        checks: offered::checks(db, me.lang, conversation.level).await?,
        decisions: answers::load(db, &conversation.id, me.lang).await?,
        contact: contact_view,
        other_tickets: detail::other_tickets(db, me, conversation).await?,
        fields: own_fields,
        panels: panels::panels(app, me, conversation, contact).await,
        ticket_subject: conversation.subject.clone().unwrap_or_default(),
        ticket_choices: offered::ticket_choices(db, me.lang).await?,
        tickets: tickets.into_iter().map(ticket_view).collect(),
        invoices: if me.can(Permission::Books) {
            crate::invoices::choices(&app.billing, &contact.id, me.lang).await?
        } else {
            Vec::new()
        },
        brief,
        earlier: others.iter().map(as_earlier).collect(),
        earlier_hidden: hidden,
        merge_into: others.into_iter().map(as_merge_target).collect(),
        priority: conversation.priority,
        mail_to: match inboxes::default_email(db).await? {
            Some(_) => Some(transcripts::addresses(app, conversation).await?),
            None => None,
        },
        merges: merges
            .into_iter()
            .map(|(id, name, _, _)| (id.to_string(), name))
            .collect(),
    })
}

/// The customer's latest other conversations that the reader sees, and how many there are that they do not see, counted no
/// further than is shown.
async fn other_conversations(db: &Db, me: &SignedIn, conversation: &Conversation) -> Result<(Vec<Conversation>, i64)> {
    let all = Filter {
        contact: Some(conversation.contact_id.clone()),
        ..Filter::default()
    };
    let seen = Filter {
        scope: me.scope(),
        ..all.clone()
    };
    let hidden = match seen.scope {
        Some(_) => {
            let most = i18n::MOST_COUNTED + 1;
            lists::count(db, &all, most).await? - lists::count(db, &seen, most).await?
        }
        None => 0,
    };
    let others = views::conversations(db, &seen, None, 8)
        .await?
        .into_iter()
        .filter(|other| other.id != conversation.id)
        .take(OTHERS)
        .collect();
    Ok((others, hidden))
}

/// Title, last message and page of a conversation that was before.
fn as_earlier(other: &Conversation) -> (String, Millis, String) {
    let subject = other.subject.clone().filter(|subject| !subject.is_empty());
    (
        subject.unwrap_or_else(|| format!("#{} {}", other.number, other.preview)),
        other.last_message_at,
        routes::path(routes::CONVERSATION, other.id.as_str()),
    )
}

/// Number, title and last message of a conversation that this one can be merged into.
fn as_merge_target(other: Conversation) -> (i64, String, Millis) {
    let subject = other.subject.filter(|subject| !subject.is_empty());
    (other.number, subject.unwrap_or(other.preview), other.last_message_at)
}

/// The agents who may have the conversation.
async fn assignable(db: &Db, conversation: &Conversation, agents: &[Agent]) -> Result<Vec<AgentChoice>> {
    let can_be_given = access::who_can_be_given(db, conversation).await?;
    // Whoever has it stands among them, also where it would not be given to them now.
    let may_have = |agent: &Agent| {
        can_be_given.contains(&agent.id) || agent.is_enabled && conversation.assignee_id.as_ref() == Some(&agent.id)
    };
    Ok(agents
        .iter()
        .filter(|agent| may_have(agent) && access::can(agent.role, Permission::Work))
        .map(|agent| AgentChoice {
            id: agent.id.to_string(),
            name: agent.name.clone(),
            is_current: conversation.assignee_id.as_ref() == Some(&agent.id),
        })
        .collect())
}

async fn team_choices(db: &Db, conversation: &Conversation) -> Result<Vec<AgentChoice>> {
    Ok(teams::list(db)
        .await?
        .into_iter()
        .map(|team| AgentChoice {
            is_current: conversation.team_id.as_ref() == Some(&team.id),
            id: team.id.to_string(),
            name: team.name,
        })
        .collect())
}

/// All labels, those of the conversation marked.
async fn label_views(db: &Db, conversation: &ConversationId) -> Result<Vec<LabelView>> {
    let on: Vec<LabelId> = labels::of_conversations(db, std::slice::from_ref(conversation))
        .await?
        .into_values()
        .flatten()
        .map(|label| label.id)
        .collect();
    Ok(labels::list(db)
        .await?
        .into_iter()
        .map(|label| LabelView {
            is_on: on.contains(&label.id),
            id: label.id.to_string(),
            name: label.name,
            tint: label.tint,
        })
        .collect())
}

fn ticket_view(ticket: Ticket) -> TicketView {
    TicketView {
        number: tickets::number_text(ticket.number),
        title: ticket.subject,
        status: ticket.status,
        priority: ticket.priority,
        url: Some(format!("{}/{}", routes::TICKETS, ticket.id)),
    }
}
