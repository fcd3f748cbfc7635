//! What customers ask for about a machine. Each is a conversation with a ticket, filed by the core like any
//! other message; this remembers kind, fields and machine, and sends it to the people of its kind.

use billing::CustomerId;
use conversation::conversations::Conversation;
use conversation::db::{On, composed_sql, placeholders, sql};
use conversation::inbound::InboundMessage;
use conversation::ingest::{Outcome, ingest_one};
use conversation::lifecycle::{self, Action};
use conversation::reply::{self, NewReply, ReplyKind};
use conversation::tickets::{self, Ticket};
use conversation::types::{Actor, ContactId, ConversationId, Level, MessageId, Millis, TeamId, TicketId};
use conversation::{Error, Result, Tx, access};

use crate::ids::{MachineId, RequestId, RequestKind};
use crate::machines::Machine;
use crate::settings::Route;
use crate::{Equipment, card, changed, line, lines, settings, words};

/// What somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// About which machine; nothing where the label's code was not known.
    pub machine_id: Option<MachineId>,
    /// What kind.
    pub kind: RequestKind,
    /// JSON: field and value.
    pub fields: String,
    /// Whether the sender may see the machine.
    pub is_known: bool,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Its ticket.
    pub ticket_id: Option<TicketId>,
    /// Who asked.
    pub contact_id: ContactId,
    /// When.
    pub created_at: Millis,
}

const REQUEST: &str = "id, machine_id, kind, fields, is_known, conversation_id, ticket_id, contact_id, created_at";

impl Request {
    /// Field and value, as they were given.
    pub fn fields(&self) -> Vec<(String, String)> {
        serde_json::from_str(&self.fields).unwrap_or_default()
    }
}

/// The fields of a kind of request, by their names; the texts of forms are keyed by them.
pub const fn fields_of(kind: RequestKind) -> &'static [&'static str] {
    match kind {
        RequestKind::Service => &["problem", "urgency", "reach"],
        RequestKind::Toner => &["colors", "quantity"],
        RequestKind::Support => &["problem"],
        RequestKind::Reading => &["counter_mono", "counter_color"],
    }
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The machine, where its label is known.
    pub machine: Option<Machine>,
    /// Whether the sender may see the machine.
    pub is_known: bool,
    /// What kind.
    pub kind: RequestKind,
    /// Label and value, in the sender's language.
    pub fields: Vec<(String, String)>,
    /// What else they wrote.
    pub text: String,
    /// The label's code that was followed, where there was one.
    pub code: String,
}

/// The message as it stands in the conversation: no word in it about a machine that its sender may not see.
fn text_of(asked: &Asked) -> String {
    let mut text = String::new();
    for (label, value) in asked.fields.iter().filter(|(_, value)| !value.trim().is_empty()) {
        let label = line(label, 80);
        // A question has its own mark.
        let mark = if label.ends_with(['?', ':']) { "" } else { ":" };
        text.push_str(&format!("{label}{mark} {}\n", lines(value, 2_000)));
    }
    let more = lines(&asked.text, 20_000);
    if !more.is_empty() {
        text.push_str(&format!("\n{more}"));
    }
    text.trim().to_owned()
}

/// Files a request. `message` says who asks, and by which id a repetition is known; its text is made here.
///
/// # Errors
/// [`Error::Invalid`] for a request that says nothing.
pub async fn file(equipment: &Equipment, asked: Asked, message: InboundMessage) -> Result<Request> {
    let store = equipment.store();
    let language = message.from.language.unwrap_or(conversation::types::Language::En);
    let said = words::of(language);
    let about = match (&asked.machine, asked.is_known) {
        (Some(machine), true) => machine.name(),
        _ => crate::machines::printed(&asked.code),
    };
    let text = text_of(&asked);
    if text.is_empty() {
        return Err(Error::Invalid("text: say what is wanted".to_owned()));
    }
    let message = InboundMessage {
        subject: Some(format!("{}: {about}", said.request(asked.kind))),
        text,
        ..message
    };
    let filed = ingest_one(store, message).await?;
    let (Some(conversation), false) = (filed.conversation, filed.outcome == Outcome::Quarantined) else {
        return Err(Error::Conflict("the request could not be filed".to_owned()));
    };
    if let Some(known) = of_conversation(store.db(), &conversation).await? {
        return Ok(known);
    }
    let ticket = tickets::current(store.db(), &conversation).await?;
    let route = settings::load(store.db()).await?.route(asked.kind);
    let mut tx = store.begin().await?;
    let current = access::conversation(&mut tx, &Actor::System, &conversation).await?;
    let id = RequestId::from(tx.env().ulid());
    let now = tx.now();
    let fields = serde_json::to_string(&asked.fields).map_err(|error| Error::corrupt("fields", error))?;
    let rows = sql("INSERT INTO machine_requests (id, machine_id, customer_id, kind, fields, is_known, conversation_id, ticket_id, contact_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (conversation_id) DO NOTHING")
        .bind(id.as_str())
        .bind(asked.machine.as_ref().map(|machine| machine.id.as_str()))
        .bind(asked.machine.as_ref().map(|machine| machine.customer_id.as_str()))
        .bind(asked.kind.as_str())
        .bind(fields)
        .bind(asked.is_known)
        .bind(&conversation)
        .bind(ticket.as_ref().map(|ticket| &ticket.id))
        .bind(&current.contact_id)
        .bind(now)
        .run(&mut tx)
        .await?;
    if rows == 1 {
        note_in(&mut tx, &asked, &current).await?;
        // What is spam is nobody's work.
        if current.spam_since.is_none() {
            route_in(&mut tx, &asked, &route, &current).await?;
        }
        if let Some(machine) = &asked.machine {
            let actor = Actor::Contact(current.contact_id.clone());
            changed(&mut tx, &actor, id.as_str(), &machine.customer_id, "request");
        }
    }
    tx.commit_any().await?;
    of_conversation(store.db(), &conversation).await?.ok_or(Error::NotFound)
}

/// For the agents: the machine's card, and whether the sender is known to belong to it.
async fn note_in(tx: &mut Tx, asked: &Asked, conversation: &Conversation) -> Result<()> {
    let said = words::of(conversation.language);
    let (text, cards) = match &asked.machine {
        Some(machine) => (
            format!("{} · {}", said.request(asked.kind), machine.name()),
            vec![card::machine_in(tx, &machine.id, conversation.language).await?],
        ),
        None => (
            format!(
                "{} · ?{}",
                said.request(asked.kind),
                crate::machines::printed(&asked.code)
            ),
            Vec::new(),
        ),
    };
    let new = NewReply {
        cards,
        ..NewReply::of(
            MessageId::from(tx.env().ulid()),
            &conversation.id,
            ReplyKind::Note,
            text,
        )
    };
    reply::reply_in(tx, &Actor::System, new).await.map(|_| ())
}

/// To the level and the team of its kind; what cannot be done (a team that is gone) is left.
async fn route_in(tx: &mut Tx, asked: &Asked, route: &Route, conversation: &Conversation) -> Result<()> {
    if conversation.level != route.level && route.level != Level::Bot {
        let up = Action::MoveTo {
            level: route.level,
            reason: words::of(conversation.language).request(asked.kind).to_owned(),
        };
        lifecycle::act_in(tx, &Actor::System, &conversation.id, up).await?;
    }
    if let Some(team) = route.team.as_deref().filter(|team| !team.is_empty()) {
        let give = Action::GiveTo(Some(TeamId::from(team)));
        match lifecycle::act_in(tx, &Actor::System, &conversation.id, give).await {
            Ok(_) => {}
            Err(Error::Invalid(why)) => tracing::warn!(why, "a request has no team"),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The request that a conversation came from.
pub async fn of_conversation(on: impl On, conversation: &ConversationId) -> Result<Option<Request>> {
    composed_sql(format!(
        "SELECT {REQUEST} FROM machine_requests WHERE conversation_id = $1"
    ))
    .bind(conversation)
    .optional(on)
    .await
}

/// A request by id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &RequestId) -> Result<Request> {
    composed_sql(format!("SELECT {REQUEST} FROM machine_requests WHERE id = $1"))
        .bind(id.as_str())
        .optional(on)
        .await?
        .ok_or(Error::NotFound)
}

/// The requests about a machine, the newest first. For a customer: their own, without those of strangers.
pub async fn of_machine(
    on: impl On,
    machine: &MachineId,
    whose: Option<&CustomerId>,
    most: i64,
) -> Result<Vec<Request>> {
    composed_sql(format!(
        "SELECT {REQUEST} FROM machine_requests WHERE machine_id = $1 AND ($2 = '' OR (is_known AND customer_id = $2)) ORDER BY id DESC LIMIT $3"
    ))
    .bind(machine.as_str())
    .bind(whose.map_or("", CustomerId::as_str))
    .bind(most)
    .all(on)
    .await
}

/// The tickets of what these customers asked for and still wait for, of one kind, the newest first; at most `most`.
/// What strangers asked for in their name is left out.
pub async fn waited_for(on: impl On, customers: &[CustomerId], kind: RequestKind, most: i64) -> Result<Vec<Ticket>> {
    let mut on = on;
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, customers.len(), 2);
    let rows: Vec<(ConversationId,)> = composed_sql(format!(
        "SELECT r.conversation_id FROM machine_requests r JOIN conversations c ON c.id = r.conversation_id
         WHERE r.customer_id IN {list} AND r.kind = $1 AND r.is_known AND c.status <> 'resolved'
         ORDER BY r.id DESC LIMIT $2"
    ))
    .bind(kind.as_str())
    .bind(most)
    .bind_all(customers.iter().map(CustomerId::as_str))
    .all(&mut on)
    .await?;
    let mut waiting = Vec::with_capacity(rows.len());
    for (conversation,) in rows {
        waiting.extend(tickets::current(&mut on, &conversation).await?);
    }
    Ok(waiting)
}

/// All requests, the newest first, before one; at most `most`.
pub async fn list(on: impl On, before: Option<&RequestId>, most: i64) -> Result<Vec<Request>> {
    composed_sql(format!(
        "SELECT {REQUEST} FROM machine_requests WHERE id < $1 ORDER BY id DESC LIMIT $2"
    ))
    .bind(before.map_or("~", RequestId::as_str))
    .bind(most)
    .all(on)
    .await
}
