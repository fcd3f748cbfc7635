//! Walking through a question list with the customer: each question is a message, with buttons where the
//! channel has them; the answers become a note and the ticket's brief.

use serde::Serialize;
use serde_json::json;

use super::questions::{self, Question};
use super::{Ticket, edit, history, solve};
use crate::card::{Card, CardAction, CardKind};
use crate::conversations::{Conversation, Message};
use crate::db::{On, sql};
use crate::desk::{from_json, to_json};
use crate::error::{Error, Result};
use crate::events::EventKind;
use crate::reply::{NewReply, ReplyKind, reply_in};
use crate::store::{Store, Tx, event};
use crate::types::{Actor, ConversationId, Language, MessageId, Millis, Position, TicketId, TicketStatus};

/// A walk through a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Its id.
    pub id: String,
    /// The ticket.
    pub ticket: TicketId,
    /// What the list is called.
    pub name: String,
    /// The questions as they were when it began.
    pub questions: Vec<Question>,
    /// The answers so far.
    pub answers: Vec<String>,
    /// `running`, `done`, `stopped`.
    pub state: String,
    /// When it began.
    pub created_at: Millis,
}

type Row = (String, TicketId, String, String, String, String, i64);

const COLUMNS: &str = "SELECT id, ticket_id, name, questions, answers, state, created_at FROM diagnoses";

fn from_row((id, ticket, name, questions, answers, state, created_at): Row) -> Result<Diagnosis> {
    let what = format!("diagnosis {id}");
    Ok(Diagnosis {
        questions: from_json(&what, &questions)?,
        answers: from_json(&what, &answers)?,
        id,
        ticket,
        name,
        state,
        created_at,
    })
}

/// The walks of a ticket, the newest first; at most twenty.
pub async fn of_ticket(on: impl On, ticket: &TicketId) -> Result<Vec<Diagnosis>> {
    let rows: Vec<Row> = crate::db::composed_sql(format!("{COLUMNS} WHERE ticket_id = $1 ORDER BY id DESC LIMIT 20"))
        .bind(ticket)
        .all(on)
        .await?;
    rows.into_iter().map(from_row).collect()
}

async fn running(on: impl On, conversation: &ConversationId) -> Result<Option<Diagnosis>> {
    let row: Option<Row> = crate::db::composed_sql(format!(
        "{COLUMNS} WHERE conversation_id = $1 AND state = 'running' LIMIT 1"
    ))
    .bind(conversation)
    .optional(on)
    .await?;
    row.map(from_row).transpose()
}

/// Begins a walk: the first question goes out.
///
/// # Errors
/// [`Error::Conflict`] when another one is under way in the conversation, or the ticket is solved;
/// [`Error::Invalid`] when the customer cannot be reached; [`Error::NotFound`].
pub async fn begin(store: &Store, actor: &Actor, ticket: &TicketId, list: &str) -> Result<Diagnosis> {
    let mut tx = store.begin().await?;
    begin_in(&mut tx, actor, ticket, list).await?;
    tx.commit().await?;
    of_ticket(store.db(), ticket)
        .await?
        .into_iter()
        .next()
        .ok_or(Error::NotFound)
}

pub(super) async fn begin_in(tx: &mut Tx, actor: &Actor, ticket: &TicketId, list: &str) -> Result<()> {
    let (ticket, conversation) = solve::hold(tx, ticket).await?;
    let list = questions::load(&mut *tx, list).await?;
    if ticket.status == TicketStatus::Resolved {
        return Err(Error::Conflict("the ticket is solved; reopen it first".to_owned()));
    }
    if running(&mut *tx, &conversation.id).await?.is_some() {
        return Err(Error::Conflict("the customer is being asked a list already".to_owned()));
    }
    let (id, now) = (tx.env().ulid(), tx.now());
    sql("INSERT INTO diagnoses (id, conversation_id, ticket_id, name, questions, answers, state, asked_by, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, '[]', 'running', $6, $7, $7)")
        .bind(&id)
        .bind(&conversation.id)
        .bind(&ticket.id)
        .bind(&list.name)
        .bind(to_json(&list.questions))
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .bind(now)
        .run(&mut *tx)
        .await?;
    sql("UPDATE question_lists SET uses = uses + 1 WHERE id = $1")
        .bind(&list.id)
        .run(&mut *tx)
        .await?;
    ask(tx, actor, &conversation, &id, 0, &list.questions).await
}

/// Sends a question out.
async fn ask(tx: &mut Tx, actor: &Actor, to: &Conversation, id: &str, at: usize, questions: &[Question]) -> Result<()> {
    let Some(question) = questions.get(at) else {
        return Ok(());
    };
    let words = |texts: &crate::desk::Texts| {
        texts
            .pick(to.language)
            .map(|(_, words)| words.to_owned())
            .unwrap_or_default()
    };
    let text = words(&question.texts);
    let actions: Vec<CardAction> = question
        .choices
        .iter()
        .enumerate()
        .map(|(choice, texts)| CardAction::Answer {
            label: words(texts),
            value: format!("diagnosis:{id}:{at}:{choice}"),
        })
        .collect();
    // The card asks the question where there is one; else words do.
    let (words, cards) = if actions.is_empty() {
        (text, Vec::new())
    } else {
        let card = Card {
            kind: CardKind::Choice,
            reference: id.to_owned(),
            title: text,
            body: String::new(),
            facts: Vec::new(),
            actions,
        };
        (String::new(), vec![card])
    };
    let message = MessageId::from(tx.env().ulid());
    let new = NewReply {
        cards,
        ..NewReply::of(message.clone(), &to.id, ReplyKind::Customer, words)
    };
    reply_in(tx, actor, new).await?;
    let now = tx.now();
    sql("UPDATE diagnoses SET message_id = $2, updated_at = $3 WHERE id = $1")
        .bind(id)
        .bind(&message)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Stops a walk; what was answered is kept.
///
/// # Errors
/// [`Error::NotFound`] when none is under way.
pub async fn stop(store: &Store, actor: &Actor, ticket: &TicketId) -> Result<()> {
    let mut tx = store.begin().await?;
    let (ticket, conversation) = solve::hold(&mut tx, ticket).await?;
    let walk = running(&mut tx, &conversation.id).await?.ok_or(Error::NotFound)?;
    finish(&mut tx, actor, &ticket, &conversation, &walk, "stopped").await?;
    tx.commit().await.map(drop)
}

/// What the customer said by telephone, or in words that somebody had to read: the agent writes the answer
/// to the question that is open, and the next one goes out.
///
/// # Errors
/// [`Error::NotFound`] when none is under way; [`Error::Invalid`] without words.
pub async fn answer(store: &Store, actor: &Actor, ticket: &TicketId, words: &str) -> Result<()> {
    let words = words.trim();
    if words.is_empty() || words.chars().count() > 2_000 {
        return Err(Error::Invalid("an answer has 1 to 2000 characters".to_owned()));
    }
    let mut tx = store.begin().await?;
    let (ticket, conversation) = solve::hold(&mut tx, ticket).await?;
    let walk = running(&mut tx, &conversation.id).await?.ok_or(Error::NotFound)?;
    take(&mut tx, actor, &ticket, &conversation, walk, words.to_owned()).await?;
    tx.commit().await.map(drop)
}

/// What a customer's message means for a walk. Returns whether it was an answer.
pub(super) async fn hear_in(
    tx: &mut Tx,
    position: Position,
    message: &Message,
    conversation: &Conversation,
) -> Result<bool> {
    let Some(walk) = running(&mut *tx, &conversation.id).await? else {
        return Ok(false);
    };
    if !solve::is_word(message) || is_asked_after(&mut *tx, position, conversation, &walk.id).await? {
        return Ok(false);
    }
    let at = walk.answers.len();
    let Some(question) = walk.questions.get(at) else {
        return Ok(false);
    };
    let said = match &message.answer {
        Some(press) => {
            let prefix = format!("diagnosis:{}:{at}:", walk.id);
            let Some(choice) = press
                .value
                .strip_prefix(&prefix)
                .and_then(|text| text.parse::<usize>().ok())
            else {
                // A press on an earlier question, or on another card.
                return Ok(false);
            };
            let Some(texts) = question.choices.get(choice) else {
                return Ok(false);
            };
            label(texts, conversation.language)
        }
        None => {
            let text = message.text.trim();
            if text.is_empty() {
                return Ok(false);
            }
            text.chars().take(2_000).collect()
        }
    };
    let (ticket, _) = solve::hold(tx, &walk.ticket).await?;
    let asked_by: Option<(String,)> = sql("SELECT asked_by FROM diagnoses WHERE id = $1")
        .bind(&walk.id)
        .optional(&mut *tx)
        .await?;
    let actor = match asked_by {
        Some((actor,)) => from_json("diagnosis", &actor)?,
        None => Actor::System,
    };
    take(tx, &actor, &ticket, conversation, walk, said).await?;
    Ok(true)
}

/// Whether the open question went out after what happened at a position.
async fn is_asked_after(on: impl On, position: Position, conversation: &Conversation, walk: &str) -> Result<bool> {
    let later: Option<(i64,)> = sql("SELECT e.position FROM events e JOIN diagnoses d ON d.message_id = e.subject_id WHERE d.id = $3 AND e.conversation_id = $1 AND e.position > $2 AND e.kind = 'message.created' LIMIT 1")
        .bind(&conversation.id)
        .bind(position)
        .bind(walk)
        .optional(on)
        .await?;
    Ok(later.is_some())
}

fn label(texts: &crate::desk::Texts, language: Language) -> String {
    texts
        .pick(language)
        .map(|(_, words)| words.to_owned())
        .unwrap_or_default()
}

/// Writes an answer down and goes on.
async fn take(
    tx: &mut Tx,
    actor: &Actor,
    ticket: &Ticket,
    conversation: &Conversation,
    mut walk: Diagnosis,
    said: String,
) -> Result<()> {
    walk.answers.push(said);
    let now = tx.now();
    sql("UPDATE diagnoses SET answers = $2, updated_at = $3 WHERE id = $1")
        .bind(&walk.id)
        .bind(to_json(&walk.answers))
        .bind(now)
        .run(&mut *tx)
        .await?;
    if walk.answers.len() < walk.questions.len() {
        ask(tx, actor, conversation, &walk.id, walk.answers.len(), &walk.questions).await
    } else {
        finish(tx, actor, ticket, conversation, &walk, "done").await
    }
}

async fn finish(
    tx: &mut Tx,
    actor: &Actor,
    ticket: &Ticket,
    conversation: &Conversation,
    walk: &Diagnosis,
    state: &str,
) -> Result<()> {
    let now = tx.now();
    sql("UPDATE diagnoses SET state = $2, updated_at = $3 WHERE id = $1")
        .bind(&walk.id)
        .bind(state)
        .bind(now)
        .run(&mut *tx)
        .await?;
    let mut lines = vec![walk.name.clone()];
    for (question, answer) in walk.questions.iter().zip(&walk.answers) {
        lines.push(format!("{} {answer}", label(&question.texts, conversation.language)));
    }
    let summary = lines.join("\n");
    if !walk.answers.is_empty() {
        let note = NewReply::of(
            MessageId::from(tx.env().ulid()),
            &conversation.id,
            ReplyKind::Note,
            summary.clone(),
        );
        reply_in(tx, actor, note).await?;
        let brief: String = format!("{}\n\n{summary}", ticket.brief)
            .trim()
            .chars()
            .take(edit::LONGEST_BRIEF)
            .collect();
        sql("UPDATE tickets SET brief = $2, updated_at = $3, version = version + 1 WHERE id = $1")
            .bind(&ticket.id)
            .bind(brief)
            .bind(now)
            .run(&mut *tx)
            .await?;
    }
    history::record(
        tx,
        actor,
        &ticket.id,
        "diagnosed",
        &json!({ "name": walk.name, "state": state }),
    )
    .await?;
    tx.emit(event(
        EventKind::TicketUpdated,
        &conversation.id,
        ticket.id.as_str(),
        actor,
        json!({ "number": ticket.number }),
    ));
    Ok(())
}

/// Begins the list that begins by itself, when a ticket was just given a category.
pub(super) async fn begin_by_itself(tx: &mut Tx, ticket: &Ticket) -> Result<()> {
    let lists = questions::for_category(&mut *tx, ticket.category.as_deref()).await?;
    let Some(list) = lists
        .into_iter()
        .find(|list| list.is_automatic && list.category.is_some())
    else {
        return Ok(());
    };
    let mark = tx.mark().await?;
    match begin_in(tx, &Actor::Bot, &ticket.id, &list.id).await {
        Ok(()) => tx.keep(mark).await,
        // Nobody can be asked, or is asked already.
        Err(Error::Invalid(_) | Error::Conflict(_) | Error::NotFound) => tx.back_to(mark).await,
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_press_fits_what_a_button_holds() {
        // With the message's id in front it must fit into the 200 bytes of a WhatsApp row.
        let value = format!("diagnosis:{}:19:9", "0".repeat(26));
        assert!(crate::card::CardAnswer::payload(&MessageId::from("0".repeat(26)), &value).len() <= 200);
        assert!(super::super::card::pressed(&value).is_none());
    }
}
