//! The group `desk`: rules, the word that nobody is there, sharing out, tickets and their clocks, and
//! the bell; for each event all of them in one transaction, once, whoever dies.

use super::rules::timed;
use super::{bell, inboxes, rules, share, silence};
use crate::access;
use crate::conversations::{self, Conversation};
use crate::error::{Error, Result};
use crate::events::{Event, EventKind};
use crate::marketing;
use crate::sla::clocks;
use crate::store::Store;
use crate::stream::Group;
use crate::stream::consumer::{Claim, Handled, Handler};
use crate::tickets::{problems, solve, worker as tickets};
use crate::types::{Actor, ConversationId, DeliveryState, MessageKind, Millis};

/// The desk's group on the stream.
pub const GROUP: Group = Group {
    name: "desk",
    kinds: &[
        EventKind::ConversationCreated,
        EventKind::ConversationUpdated,
        EventKind::MessageCreated,
        EventKind::DeliveryUpdated,
        EventKind::SurveyAnswered,
        EventKind::TicketCreated,
        EventKind::TicketUpdated,
    ],
};

/// What is older than this was handled before there was a desk, or is nobody's news, in milliseconds.
const STALE_AFTER: Millis = 86_400_000;

/// Handles the events of the group.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeskWorker;

impl Handler for DeskWorker {
    async fn handle(&self, store: &Store, event: &Event, claim: &Claim) -> Result<Handled> {
        let Some(id) = event.conversation_id.as_ref().filter(|_| is_news(store, event)) else {
            return Ok(Handled::Nothing);
        };
        // A look first: most events ask for nothing, and a writing transaction is not free.
        if !asks_for_anything(store, event, id).await? {
            return Ok(Handled::Nothing);
        }
        let mut tx = store.begin().await?;
        let conversation = match conversations::lock_current(&mut tx, id).await {
            Ok(conversation) => conversation,
            Err(Error::NotFound) => return Ok(Handled::Nothing),
            Err(error) => return Err(error),
        };
        if !claim.take(&mut tx).await? {
            return Ok(Handled::Nothing);
        }
        if is_spam(event, &conversation) {
            bell::ring_in(&mut tx, event).await?;
            tx.commit_any().await?;
            return Ok(Handled::Done);
        }
        timed::look_again_in(&mut tx, &conversation.id).await?;
        let rules = rules::for_event(&mut tx, event).await?;
        rules::apply_in(&mut tx, event, &conversation, &rules).await?;
        marketing::heed_in(&mut tx, event, &conversation).await?;
        // A rule may have changed it meanwhile, or said that it is spam.
        let conversation = conversations::lock(&mut tx, &conversation.id).await?;
        if !is_spam(event, &conversation) {
            if calls_people(event) {
                let desk = inboxes::load(&mut tx, &conversation.inbox_id).await?;
                silence::say_closed_in(&mut tx, &conversation, &desk).await?;
                if desk.is_shared_out {
                    let conversation = conversations::lock(&mut tx, &conversation.id).await?;
                    share::give_in(&mut tx, &conversation).await?;
                }
            }
            tickets::handle_in(&mut tx, event, &conversation.id).await?;
        }
        bell::ring_in(&mut tx, event).await?;
        tx.commit_any().await?;
        Ok(Handled::Done)
    }

    async fn give_up(&self, _: &Store, event: &Event, error: &str) {
        tracing::error!(position = event.position, error, "an event was not handled by the desk");
    }
}

/// Whether an event is about spam, which nobody works on.
fn is_spam(event: &Event, conversation: &Conversation) -> bool {
    event.is_spam() || conversation.spam_since.is_some()
}

async fn asks_for_anything(store: &Store, event: &Event, id: &ConversationId) -> Result<bool> {
    let conversation = match access::conversation(store.db(), &Actor::System, id).await {
        Ok(conversation) => conversation,
        Err(Error::NotFound) => return Ok(false),
        Err(error) => return Err(error),
    };
    if is_spam(event, &conversation) {
        return bell::is_word(store.db(), event, &conversation).await;
    }
    if !rules::for_event(store.db(), event).await?.is_empty() || timed::is_watched(store.db(), &conversation.id).await?
    {
        return Ok(true);
    }
    if tickets::asks(store.db(), event, id).await? {
        return Ok(true);
    }
    if marketing::word_of_event(store.db(), event, &conversation)
        .await?
        .is_some()
    {
        return Ok(true);
    }
    if calls_people(event) {
        let desk = inboxes::load(store.db(), &conversation.inbox_id).await?;
        if desk.is_shared_out || !desk.autoreply.is_empty() {
            return Ok(true);
        }
    }
    bell::is_word(store.db(), event, &conversation).await
}

fn is_news(store: &Store, event: &Event) -> bool {
    let asks = match event.kind {
        EventKind::DeliveryUpdated => event.data["state"] == DeliveryState::Failed.as_str(),
        EventKind::MessageCreated => event.data["kind"] != MessageKind::Activity.as_str(),
        _ => true,
    };
    asks && store.now() - event.at <= STALE_AFTER
}

/// Whether people may have to look now: the customer wrote, or the conversation came to them.
fn calls_people(event: &Event) -> bool {
    match event.kind {
        EventKind::MessageCreated => event.data["kind"] == MessageKind::Inbound.as_str() && !event.is_thanks(),
        EventKind::ConversationUpdated => matches!(
            event.data["action"].as_str(),
            Some("escalated" | "returned" | "given" | "reopened")
        ),
        _ => false,
    }
}

/// What the desk does by the clock rather than by events: sharing out what waited, and silence.
pub async fn look(store: &Store) -> Result<()> {
    share::give_waiting(store).await?;
    silence::look(store).await?;
    solve::look(store).await?;
    clocks::look(store).await?;
    problems::work(store).await?;
    Ok(())
}
