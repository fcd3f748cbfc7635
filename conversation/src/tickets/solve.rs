//! The end of a ticket: asking for more, asking whether it is solved, the customer's word, silence,
//! and opening it again where it was.

use serde_json::json;

use super::state::{self, Step};
use super::{Ticket, card, history, load, notices, of_conversation, words};
use crate::conversations::{self, Conversation, Message};
use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::lifecycle::{Action, UNTIL_REPLY, act_in};
use crate::reply::{NewReply, ReplyKind, reply_in};
use crate::store::{Store, Tx, event};
use crate::types::{Actor, Auto, ConversationStatus, MessageId, Millis, Position, TicketId, TicketStatus};

/// A ticket and its conversation, both held until the commit.
pub(super) async fn hold(tx: &mut Tx, id: &TicketId) -> Result<(Ticket, Conversation)> {
    let seen = load(&mut *tx, id).await?;
    let conversation = conversations::lock_current(tx, &seen.conversation_id).await?;
    // Whoever changes a ticket holds its conversation: now it stands still.
    Ok((load(tx, id).await?, conversation))
}

/// Writes a ticket's new state down.
pub(super) async fn set(
    tx: &mut Tx,
    actor: &Actor,
    ticket: &Ticket,
    status: TicketStatus,
    confirm_until: Option<Millis>,
) -> Result<()> {
    if ticket.status == status && ticket.confirm_until == confirm_until {
        return Ok(());
    }
    let now = tx.now();
    sql("UPDATE tickets SET status = $2, confirm_until = $3, resolved_at = $4, updated_at = $5, version = version + 1 WHERE id = $1")
        .bind(&ticket.id)
        .bind(status)
        .bind(confirm_until)
        .bind((status == TicketStatus::Resolved).then_some(ticket.resolved_at.unwrap_or(now)))
        .bind(now)
        .run(&mut *tx)
        .await?;
    if ticket.status != status {
        history::record(
            tx,
            actor,
            &ticket.id,
            "status",
            &json!({ "from": ticket.status, "to": status }),
        )
        .await?;
    }
    tx.emit(event(
        EventKind::TicketUpdated,
        &ticket.conversation_id,
        ticket.id.as_str(),
        actor,
        json!({ "number": ticket.number, "status": status, "was": ticket.status }),
    ));
    Ok(())
}

/// Whether another ticket of the conversation is still worked on.
async fn has_others(tx: &mut Tx, ticket: &Ticket) -> Result<bool> {
    let all = of_conversation(tx, &ticket.conversation_id).await?;
    Ok(all.iter().any(|one| {
        one.id != ticket.id
            && matches!(
                one.status,
                TicketStatus::New | TicketStatus::Open | TicketStatus::Waiting
            )
    }))
}

async fn say(tx: &mut Tx, actor: &Actor, to: &Conversation, text: String, cards: Vec<crate::card::Card>) -> Result<()> {
    let new = NewReply {
        cards,
        ..NewReply::of(MessageId::from(tx.env().ulid()), &to.id, ReplyKind::Customer, text)
    };
    reply_in(tx, actor, new).await.map(drop)
}

/// Asks the customer for more: the words go out, and the ticket waits for the answer.
///
/// # Errors
/// [`Error::Conflict`] for a solved ticket; [`Error::Invalid`] without words or when the customer cannot
/// be reached; [`Error::NotFound`].
pub async fn ask_more(store: &Store, actor: &Actor, id: &TicketId, words: &str) -> Result<Ticket> {
    let mut tx = store.begin().await?;
    let (ticket, conversation) = hold(&mut tx, id).await?;
    let status = state::after(ticket.status, Step::AskMore)?;
    say(&mut tx, actor, &conversation, words.to_owned(), Vec::new()).await?;
    set(&mut tx, actor, &ticket, status, None).await?;
    if !has_others(&mut tx, &ticket).await? {
        let until = Action::Snooze { until: UNTIL_REPLY };
        act_in(&mut tx, actor, &conversation.id, until).await?;
    }
    tx.commit().await?;
    load(store.db(), id).await
}

/// Asks the customer whether it is solved: by a card with two answers, in words of the agent's or those
/// of the settings.
///
/// # Errors
/// [`Error::Conflict`] for a ticket that is solved or asked about; [`Error::Invalid`] when the customer
/// cannot be reached; [`Error::NotFound`].
pub async fn ask_solved(store: &Store, actor: &Actor, id: &TicketId, words: &str) -> Result<Ticket> {
    let mut tx = store.begin().await?;
    ask_solved_in(&mut tx, actor, id, words).await?;
    tx.commit().await?;
    load(store.db(), id).await
}

/// As [`ask_solved`], as part of a transaction of the caller's.
pub(super) async fn ask_solved_in(tx: &mut Tx, actor: &Actor, id: &TicketId, words: &str) -> Result<()> {
    let (ticket, conversation) = hold(tx, id).await?;
    let status = state::after(ticket.status, Step::AskSolved)?;
    let text = if words.trim().is_empty() {
        notices::asked(tx, &conversation, &ticket).await?
    } else {
        words.to_owned()
    };
    let question = card::question(conversation.language, &ticket);
    say(tx, actor, &conversation, text, vec![question]).await?;
    let until = notices::closing(&mut *tx).await?.until(tx.now());
    set(tx, actor, &ticket, status, until).await?;
    history::record(tx, actor, id, "asked", &json!({ "until": until })).await?;
    if !has_others(tx, &ticket).await? {
        let hide = Action::Snooze { until: UNTIL_REPLY };
        act_in(tx, actor, &conversation.id, hide).await?;
    }
    Ok(())
}

/// Closes it without asking. With its last ticket a conversation is resolved.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn close(store: &Store, actor: &Actor, id: &TicketId) -> Result<Ticket> {
    let mut tx = store.begin().await?;
    let (ticket, conversation) = hold(&mut tx, id).await?;
    close_in(&mut tx, actor, &ticket, &conversation).await?;
    if tx.has_events() {
        tx.commit().await?;
    }
    load(store.db(), id).await
}

pub(super) async fn close_in(tx: &mut Tx, actor: &Actor, ticket: &Ticket, conversation: &Conversation) -> Result<()> {
    let status = state::after(ticket.status, Step::Close)?;
    set(tx, actor, ticket, status, None).await?;
    let all = of_conversation(&mut *tx, &ticket.conversation_id).await?;
    if all.iter().all(|one| one.status == TicketStatus::Resolved) {
        act_in(tx, actor, &conversation.id, Action::Resolve).await?;
    }
    Ok(())
}

/// Opens it again, at the level and with the agent that it had.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn reopen(store: &Store, actor: &Actor, id: &TicketId) -> Result<Ticket> {
    let mut tx = store.begin().await?;
    let (ticket, conversation) = hold(&mut tx, id).await?;
    reopen_in(&mut tx, actor, &ticket, &conversation, Step::Reopen).await?;
    if tx.has_events() {
        tx.commit().await?;
    }
    load(store.db(), id).await
}

async fn reopen_in(tx: &mut Tx, actor: &Actor, ticket: &Ticket, conversation: &Conversation, step: Step) -> Result<()> {
    let status = state::after(ticket.status, step)?;
    set(tx, actor, ticket, status, None).await?;
    if conversation.status != ConversationStatus::Open {
        act_in(tx, actor, &conversation.id, Action::Reopen).await?;
    }
    Ok(())
}

/// Whether the question came after what happened at a position: what was written before it is no answer.
async fn is_asked_after(on: impl On, position: Position, ticket: &Ticket) -> Result<bool> {
    let later: Vec<(String,)> = sql("SELECT data FROM events WHERE conversation_id = $1 AND position > $2 AND kind = 'ticket.updated' AND subject_id = $3 ORDER BY position LIMIT 50")
        .bind(&ticket.conversation_id)
        .bind(position)
        .bind(&ticket.id)
        .all(on)
        .await?;
    Ok(later
        .iter()
        .filter_map(|(data,)| serde_json::from_str::<serde_json::Value>(data).ok())
        .any(|data| data["status"] == TicketStatus::Confirming.as_str()))
}

/// Whether a message is the customer's own word.
pub(super) fn is_word(message: &Message) -> bool {
    let kind = message.extra.as_ref().and_then(|extra| extra["type"].as_str());
    message.auto == Auto::None && !matches!(kind, Some("reaction" | "revoke" | "system" | "call"))
}

/// What a customer's message means for tickets that ask whether they are solved. Returns whether it
/// meant anything.
pub(super) async fn hear_in(
    tx: &mut Tx,
    position: Position,
    message: &Message,
    conversation: &Conversation,
) -> Result<bool> {
    if !is_word(message) {
        return Ok(false);
    }
    let customer = Actor::Contact(conversation.contact_id.clone());
    if let Some((id, is_solved)) = message.answer.as_ref().and_then(|answer| card::pressed(&answer.value)) {
        let ticket = match load(&mut *tx, &id).await {
            Ok(ticket) if ticket.conversation_id == conversation.id => ticket,
            // Made up, or a ticket of somebody else's.
            Ok(_) | Err(Error::NotFound) => return Ok(false),
            Err(error) => return Err(error),
        };
        return answered(tx, &customer, &ticket, conversation, is_solved).await;
    }
    let asked = asked_before(&mut *tx, position, conversation).await?;
    let Some(newest) = asked.last() else {
        return Ok(false);
    };
    match words::says_solved(&message.text) {
        Some(is_solved) => answered(tx, &customer, newest, conversation, is_solved).await,
        None => {
            to_be_read(tx, &customer, &asked).await?;
            Ok(true)
        }
    }
}

/// Somebody else wrote while the customer is being asked: it answers nothing, but a person has to read it before
/// anything closes by itself.
pub(super) async fn overhear_in(
    tx: &mut Tx,
    position: Position,
    message: &Message,
    conversation: &Conversation,
) -> Result<()> {
    if is_word(message) {
        let asked = asked_before(&mut *tx, position, conversation).await?;
        to_be_read(tx, &Actor::System, &asked).await?;
    }
    Ok(())
}

/// The tickets of which the customer had been asked, before this position, whether they are solved.
async fn asked_before(tx: &mut Tx, position: Position, conversation: &Conversation) -> Result<Vec<Ticket>> {
    let mut asked: Vec<Ticket> = Vec::new();
    for ticket in of_conversation(&mut *tx, &conversation.id).await? {
        if ticket.status == TicketStatus::Confirming && !is_asked_after(&mut *tx, position, &ticket).await? {
            asked.push(ticket);
        }
    }
    Ok(asked)
}

/// What was written is no answer to the question: a person has to read it.
async fn to_be_read(tx: &mut Tx, actor: &Actor, asked: &[Ticket]) -> Result<()> {
    for ticket in asked {
        let status = state::after(ticket.status, Step::Hear)?;
        set(tx, actor, ticket, status, None).await?;
    }
    Ok(())
}

async fn answered(
    tx: &mut Tx,
    customer: &Actor,
    ticket: &Ticket,
    conversation: &Conversation,
    is_solved: bool,
) -> Result<bool> {
    if is_solved {
        if state::after(ticket.status, Step::Confirm).is_err() {
            return Ok(false);
        }
        history::record(tx, customer, &ticket.id, "confirmed", &json!({})).await?;
        // The press itself opened the conversation.
        close_in(tx, customer, ticket, conversation).await?;
    } else {
        history::record(tx, customer, &ticket.id, "denied", &json!({})).await?;
        reopen_in(tx, customer, ticket, conversation, Step::Deny).await?;
    }
    Ok(true)
}

/// Closes what was asked about and stayed unanswered; returns how many.
pub async fn look(store: &Store) -> Result<usize> {
    let due: Vec<(TicketId,)> =
        sql("SELECT id FROM tickets WHERE confirm_until <= $1 ORDER BY confirm_until LIMIT 100")
            .bind(store.now())
            .all(store.db())
            .await?;
    let mut closed = 0;
    for (id,) in due {
        let mut tx = store.begin().await?;
        let (ticket, conversation) = hold(&mut tx, &id).await?;
        // The customer may have answered meanwhile.
        let is_due = ticket.status == TicketStatus::Confirming && ticket.confirm_until.is_some_and(|at| at <= tx.now());
        if is_due {
            close_in(&mut tx, &Actor::System, &ticket, &conversation).await?;
            tx.commit().await?;
            closed += 1;
        }
    }
    Ok(closed)
}
