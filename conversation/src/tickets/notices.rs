//! What a customer is told when a ticket changes, by inbox and kind; and how closing goes.

use serde::{Deserialize, Serialize};
use serde_json::json;

pub use super::occasion::Occasion;
use super::{Ticket, card, number_text, words};
use crate::audit;
use crate::contacts;
use crate::conversations::Conversation;
use crate::db::{On, sql};
use crate::desk::canned::Values;
use crate::desk::{Texts, from_json, to_json};
use crate::error::{Error, Result};
use crate::events::{Event, EventKind};
use crate::notifications::colleagues::tell_colleagues_in;
use crate::notifications::{self, Kind, News, Sender};
use crate::reply::{NewReply, ReplyKind, reply_in};
use crate::store::{Store, Tx};
use crate::types::{Actor, InboxId, Level, MessageId, Millis, TicketKind, TicketStatus};

const HOUR: Millis = 3_600_000;

impl Occasion {
    /// The words that the administrator is offered.
    pub fn proposal(self) -> Texts {
        words::proposal(self)
    }
}

/// Words for one occasion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// In this inbox; `None` is every inbox.
    pub inbox: Option<InboxId>,
    /// For this kind; `None` is every kind.
    pub kind: Option<TicketKind>,
    /// When.
    pub occasion: Occasion,
    /// The words; none says nothing.
    pub texts: Texts,
}

/// Every notice that was written.
pub async fn list(on: impl On) -> Result<Vec<Notice>> {
    let rows: Vec<(String, String, String, String)> =
        sql("SELECT inbox_id, kind, occasion, texts FROM ticket_notices ORDER BY inbox_id, kind, occasion")
            .all(on)
            .await?;
    rows.into_iter()
        .map(|(inbox, kind, occasion, texts)| {
            Ok(Notice {
                inbox: Some(inbox).filter(|id| !id.is_empty()).map(InboxId::from),
                kind: kind.parse().ok(),
                occasion: Occasion::from_text(&occasion).ok_or_else(|| Error::corrupt("notice", &occasion))?,
                texts: Texts::from_json("notice", &texts)?,
            })
        })
        .collect()
}

/// Keeps words for an occasion. Empty words for an inbox or a kind mean silence there; empty words for
/// all of them mean that nothing is said.
///
/// # Errors
/// [`Error::Invalid`] for words that are too long, or an inbox that is not there.
pub async fn save(store: &Store, actor: &Actor, notice: &Notice) -> Result<()> {
    notice.texts.check("texts")?;
    if let Some(inbox) = &notice.inbox {
        crate::inboxes::load(store.db(), inbox)
            .await
            .map_err(|error| match error {
                Error::NotFound => Error::Invalid("inbox: there is no such inbox".to_owned()),
                other => other,
            })?;
    }
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql(
        "INSERT INTO ticket_notices (inbox_id, kind, occasion, texts, updated_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (inbox_id, kind, occasion) DO UPDATE SET texts = excluded.texts, updated_at = excluded.updated_at",
    )
    .bind(notice.inbox.as_ref().map_or("", InboxId::as_str))
    .bind(notice.kind.map_or("", TicketKind::as_str))
    .bind(notice.occasion.as_str())
    .bind(notice.texts.to_json())
    .bind(now)
    .run(&mut tx)
    .await?;
    let what = json!({ "inbox": notice.inbox, "kind": notice.kind });
    audit::record(&mut tx, actor, "notice.saved", notice.occasion.as_str(), &what).await?;
    tx.commit_silently().await
}

/// Takes words back, so that those of all inboxes or kinds count.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(
    store: &Store,
    actor: &Actor,
    inbox: Option<&InboxId>,
    kind: Option<TicketKind>,
    occasion: Occasion,
) -> Result<()> {
    let mut tx = store.begin().await?;
    let rows = sql("DELETE FROM ticket_notices WHERE inbox_id = $1 AND kind = $2 AND occasion = $3")
        .bind(inbox.map_or("", InboxId::as_str))
        .bind(kind.map_or("", TicketKind::as_str))
        .bind(occasion.as_str())
        .run(&mut tx)
        .await?;
    if rows == 0 {
        return Err(Error::NotFound);
    }
    audit::record(&mut tx, actor, "notice.removed", occasion.as_str(), &json!({})).await?;
    tx.commit_silently().await
}

/// The words that count for a ticket: of its inbox and kind, else its inbox, else its kind, else all.
async fn words_for(on: impl On, inbox: &InboxId, kind: TicketKind, occasion: Occasion) -> Result<Option<Texts>> {
    let rows: Vec<(String, String, String)> = sql("SELECT inbox_id, kind, texts FROM ticket_notices WHERE occasion = $1 AND inbox_id IN ('', $2) AND kind IN ('', $3)")
        .bind(occasion.as_str())
        .bind(inbox)
        .bind(kind)
        .all(on)
        .await?;
    rows.into_iter()
        .max_by_key(|(inbox, kind, _)| (!inbox.is_empty(), !kind.is_empty()))
        .map(|(_, _, texts)| Texts::from_json("notice", &texts))
        .transpose()
}

/// Fills the variables of a text about one ticket.
pub(super) async fn filled(on: impl On, conversation: &Conversation, ticket: &Ticket, text: &str) -> Result<String> {
    let own = text
        .replace("{{ticket.number}}", &number_text(ticket.number))
        .replace("{{ticket.status}}", words::status(conversation.language, ticket.status));
    // What a customer wrote as the subject is filled last: it may look like a variable.
    let filled = Values::of(on, conversation, conversation.assignee_id.as_ref())
        .await?
        .fill(&own);
    Ok(filled.text)
}

/// The question whether a ticket is solved, in the customer's language.
pub(super) async fn asked(tx: &mut Tx, conversation: &Conversation, ticket: &Ticket) -> Result<String> {
    let texts = words_for(&mut *tx, &conversation.inbox_id, ticket.kind, Occasion::Asked)
        .await?
        .filter(|texts| !texts.is_empty())
        .unwrap_or_else(|| words::proposal(Occasion::Asked));
    let text = texts
        .pick(conversation.language)
        .map(|(_, words)| words)
        .unwrap_or_default();
    filled(tx, conversation, ticket, text).await
}

/// What an event is an occasion for.
fn occasion(event: &Event, ticket: &Ticket) -> Option<Occasion> {
    // Those who did it know it; the bot and the form say it themselves.
    if matches!(event.actor, Actor::Contact(_)) {
        return None;
    }
    if event.kind == EventKind::TicketCreated {
        return matches!(event.actor, Actor::Agent(_) | Actor::Api(_)).then_some(Occasion::Opened);
    }
    let read = |name: &str| event.data[name].as_str();
    let level = |name: &str| read(name).and_then(|text| text.parse::<Level>().ok());
    if let (Some(was), Some(now)) = (level("level_was"), level("level"))
        && now > was
        && was != Level::Bot
    {
        return Some(Occasion::Escalated);
    }
    let was = read("was")?.parse::<TicketStatus>().ok()?;
    let now = read("status")?.parse::<TicketStatus>().ok()?;
    // Something may have happened meanwhile; then the later event speaks.
    if was == now || now != ticket.status {
        return None;
    }
    match (was, now) {
        (_, TicketStatus::Waiting) => Some(Occasion::Waiting),
        (_, TicketStatus::Resolved) => Some(Occasion::Resolved),
        (TicketStatus::Resolved, TicketStatus::Open) => Some(Occasion::Reopened),
        (TicketStatus::New, TicketStatus::Open) => Some(Occasion::Started),
        _ => None,
    }
}

/// What an event says to colleagues of the customer who want to hear of it, whoever did it.
fn for_colleagues(event: &Event, ticket: &Ticket) -> Option<&'static str> {
    if event.kind == EventKind::TicketCreated {
        return Some("colleague-opened");
    }
    let read = |name: &str| event.data[name].as_str()?.parse::<TicketStatus>().ok();
    let (was, now) = (read("was")?, read("status")?);
    if was == now || now != ticket.status {
        return None;
    }
    match (was, now) {
        (_, TicketStatus::Waiting) => Some("colleague-waiting"),
        (_, TicketStatus::Confirming) => Some("colleague-confirm"),
        (_, TicketStatus::Resolved) => Some("colleague-resolved"),
        (TicketStatus::Resolved, TicketStatus::Open) => Some("colleague-reopened"),
        _ => None,
    }
}

/// Tells the customer of an event: in the portal, by the ways that they chose, and in the conversation where the
/// business has words for it. Who cannot be reached is told nothing more.
pub(super) async fn tell_in(tx: &mut Tx, event: &Event, conversation: &Conversation, ticket: &Ticket) -> Result<bool> {
    if let Some(words) = for_colleagues(event, ticket) {
        let (number, id) = (number_text(ticket.number), ticket.id.as_str());
        tell_colleagues_in(tx, &conversation.contact_id, words, &number, &ticket.subject, id).await?;
    }
    let is_asked = ticket.status == TicketStatus::Confirming
        && event.data["status"] == ticket.status.as_str()
        && event.data["was"] != ticket.status.as_str();
    if is_asked {
        // The question itself is in the conversation.
        let sender = Sender::of_channel(conversation.channel);
        remember_in(tx, conversation, ticket, "ticket-confirm", sender).await?;
        return Ok(false);
    }
    let Some(occasion) = occasion(event, ticket) else {
        return Ok(false);
    };
    let texts = words_for(&mut *tx, &conversation.inbox_id, ticket.kind, occasion).await?;
    let text = texts
        .as_ref()
        .and_then(|texts| texts.pick(conversation.language))
        .map(|(_, text)| text);
    let sender = match text {
        Some(_) => Sender::of_channel(conversation.channel),
        None => Sender::NONE,
    };
    let words = match occasion {
        Occasion::Opened => "ticket-opened",
        Occasion::Started => "ticket-started",
        Occasion::Escalated => "ticket-escalated",
        Occasion::Waiting | Occasion::Asked => "ticket-waiting",
        Occasion::Resolved => "ticket-resolved",
        Occasion::Reopened => "ticket-reopened",
    };
    let told = remember_in(tx, conversation, ticket, words, sender).await?;
    let Some(text) = text.filter(|_| told.leaves_by(conversation.channel)) else {
        return Ok(false);
    };
    let text = filled(&mut *tx, conversation, ticket, text).await?;
    let new = NewReply {
        cards: vec![card::of(conversation.language, ticket)],
        ..NewReply::of(
            MessageId::from(tx.env().ulid()),
            &conversation.id,
            ReplyKind::Customer,
            text,
        )
    };
    match reply_in(tx, &Actor::System, new).await {
        Ok(_) => Ok(true),
        Err(Error::Invalid(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Tells the person who asked for a ticket what became of it.
pub(super) async fn remember_in(
    tx: &mut Tx,
    conversation: &Conversation,
    ticket: &Ticket,
    words: &'static str,
    sender: Sender,
) -> Result<notifications::Told> {
    let contact = contacts::load(&mut *tx, &conversation.contact_id).await?.id;
    let news = News {
        kind: Kind::Ticket,
        words,
        args: json!({ "number": number_text(ticket.number), "subject": ticket.subject }),
        path: format!("/portal/tickets/{}", ticket.id),
        subject: ticket.id.to_string(),
    };
    let told = notifications::tell_in(tx, &news, &[(contact, sender)]).await?;
    Ok(told.first().copied().unwrap_or_default())
}

/// How closing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// The customer's silence means yes after so many hours; 0 waits for ever.
    pub hours: i64,
}

impl Default for Closing {
    fn default() -> Closing {
        Closing { hours: 72 }
    }
}

impl Closing {
    /// Until when the customer can say whether it is solved.
    pub(super) fn until(self, now: Millis) -> Option<Millis> {
        (self.hours > 0).then(|| now + self.hours * HOUR)
    }
}

/// How closing goes here.
pub async fn closing(on: impl On) -> Result<Closing> {
    let row: Option<(String,)> = sql("SELECT value FROM ticket_settings WHERE key = 'closing'")
        .optional(on)
        .await?;
    row.map_or_else(|| Ok(Closing::default()), |(value,)| from_json("closing", &value))
}

/// Says how closing goes.
///
/// # Errors
/// [`Error::Invalid`] for more than a year.
pub async fn set_closing(store: &Store, actor: &Actor, closing: Closing) -> Result<()> {
    if !(0..=8_784).contains(&closing.hours) {
        return Err(Error::Invalid("hours: from 0 (never by itself) to 8784".to_owned()));
    }
    let mut tx = store.begin().await?;
    let now = tx.now();
    sql("INSERT INTO ticket_settings (key, value, updated_at) VALUES ('closing', $1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at")
        .bind(to_json(&closing))
        .bind(now)
        .run(&mut tx)
        .await?;
    audit::record(
        &mut tx,
        actor,
        "closing.saved",
        "closing",
        &json!({ "hours": closing.hours }),
    )
    .await?;
    tx.commit_silently().await
}
