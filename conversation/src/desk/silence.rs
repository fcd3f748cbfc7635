//! What is said to a customer by itself: that nobody is there now, and that a conversation in which
//! they are silent will be closed. Each is said once.

use super::canned::Values;
use super::inboxes::{self, InboxDesk};
use crate::automatic;
use crate::conversations::{self, Conversation};
use crate::db::{On, sql};
use crate::error::{Error, Result};
use crate::lifecycle::{Action, act_in};
use crate::reply::{NewReply, ReplyKind};
use crate::store::{Store, Tx};
use crate::types::{Actor, ConversationId, ConversationStatus, InboxId, Level, MessageId, Millis};

/// The mark of the word that nobody is there.
const AUTOREPLY: &str = "autoreply";
/// The mark of the warning.
const WARNED: &str = "silence";

/// Tells a customer who writes to people outside the business hours, once. The transaction holds the
/// conversation. Returns whether anything was said.
pub async fn say_closed_in(tx: &mut Tx, conversation: &Conversation, desk: &InboxDesk) -> Result<bool> {
    if conversation.level == Level::Bot
        || conversation.status == ConversationStatus::Resolved
        || conversation.waiting_since.is_none()
        || desk.autoreply.is_empty()
    {
        return Ok(false);
    }
    let Some(schedule) = inboxes::schedule(&mut *tx, desk).await? else {
        return Ok(false);
    };
    let now = tx.now();
    if schedule.is_open(now) || mark(&mut *tx, &conversation.id, AUTOREPLY).await?.is_some() {
        return Ok(false);
    }
    let Some((language, words)) = desk.autoreply.pick(conversation.language) else {
        return Ok(false);
    };
    let opens = schedule.opens_in_words(now, language).unwrap_or_default();
    let words = words.replace("{{hours.opens}}", &opens);
    let text = Values::of(&mut *tx, conversation, None).await?.fill(&words).text;
    say(tx, conversation, text, AUTOREPLY).await
}

async fn mark(on: impl On, conversation: &ConversationId, kind: &str) -> Result<Option<Millis>> {
    let row: Option<(i64,)> = sql("SELECT at FROM conversation_marks WHERE conversation_id = $1 AND kind = $2")
        .bind(conversation)
        .bind(kind)
        .optional(on)
        .await?;
    Ok(row.map(|(at,)| at))
}

/// Says it as the system, and remembers that. A customer who cannot be reached, or was told much by itself already, is told nothing.
async fn say(tx: &mut Tx, conversation: &Conversation, text: String, kind: &str) -> Result<bool> {
    let message = MessageId::from(tx.env().ulid());
    let now = tx.now();
    let new = NewReply::of(message.clone(), &conversation.id, ReplyKind::Customer, text);
    match automatic::answer_in(tx, &Actor::System, conversation, new).await {
        Ok(Some(_)) => {}
        Ok(None) => return Ok(false),
        Err(Error::Invalid(_)) => return Ok(false),
        Err(error) => return Err(error),
    }
    sql("INSERT INTO conversation_marks (conversation_id, kind, message_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT (conversation_id, kind) DO UPDATE SET message_id = excluded.message_id, at = excluded.at")
        .bind(&conversation.id)
        .bind(kind)
        .bind(&message)
        .bind(now)
        .run(tx)
        .await?;
    Ok(true)
}

/// What one look at silent conversations came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Silent {
    /// How many customers were warned.
    pub warned: usize,
    /// How many conversations were closed.
    pub closed: usize,
}

/// Warns customers who have been silent for long after our answer, and resolves what stayed silent
/// after the warning. A few at a time; call it again.
pub async fn look(store: &Store) -> Result<Silent> {
    let policies: Vec<(InboxId,)> = sql("SELECT inbox_id FROM inbox_desks WHERE warn_after > 0 ORDER BY inbox_id")
        .all(store.db())
        .await?;
    let mut done = Silent::default();
    for (inbox,) in policies {
        let desk = inboxes::load(store.db(), &inbox).await?;
        let now = store.now();
        let silent: Vec<(ConversationId,)> = sql("SELECT c.id FROM conversations c LEFT JOIN conversation_marks m ON m.conversation_id = c.id AND m.kind = 'silence' AND m.at >= c.last_message_at
             WHERE c.inbox_id = $1 AND c.status = 'open' AND c.merged_into IS NULL AND c.waiting_since IS NULL AND c.last_inbound_at IS NOT NULL
               AND ((m.at IS NULL AND c.last_message_at <= $2) OR m.at <= $3) ORDER BY c.last_message_at, c.id LIMIT 100")
            .bind(&inbox)
            .bind(now - desk.warn_after)
            .bind(now - desk.close_after)
            .all(store.db())
            .await?;
        for (id,) in silent {
            match look_at(store, &id, &desk).await? {
                Some(true) => done.closed += 1,
                Some(false) => done.warned += 1,
                None => {}
            }
        }
    }
    Ok(done)
}

/// Closes (`true`) or warns (`false`), after looking again with the conversation held.
async fn look_at(store: &Store, id: &ConversationId, desk: &InboxDesk) -> Result<Option<bool>> {
    let mut tx = store.begin().await?;
    let conversation = conversations::lock(&mut tx, id).await?;
    let now = tx.now();
    let is_silent = conversation.status == ConversationStatus::Open
        && conversation.merged_into.is_none()
        && conversation.waiting_since.is_none();
    if !is_silent {
        return Ok(None);
    }
    let warned = mark(&mut tx, id, WARNED)
        .await?
        .filter(|at| *at >= conversation.last_message_at);
    match warned {
        Some(at) if at <= now - desk.close_after => {
            act_in(&mut tx, &Actor::System, id, Action::Resolve).await?;
            tx.commit().await?;
            Ok(Some(true))
        }
        Some(_) => Ok(None),
        None if conversation.last_message_at > now - desk.warn_after => Ok(None),
        None => {
            let Some((_, words)) = desk.warning.pick(conversation.language) else {
                return Ok(None);
            };
            let text = Values::of(&mut tx, &conversation, None).await?.fill(words).text;
            if !say(&mut tx, &conversation, text, WARNED).await? {
                return Ok(None);
            }
            tx.commit().await?;
            Ok(Some(false))
        }
    }
}
