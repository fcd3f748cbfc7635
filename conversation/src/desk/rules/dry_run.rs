//! What a rule would have done in the last days, without doing it.
//!
//! The events are those that really happened, and the words those that were really written; the
//! conversation is looked at as it stands today, since nobody keeps how it stood at each moment.

use serde::Serialize;

use super::{Occasion, Rule, check, facts, timed};
use crate::conversations::Conversation;
use crate::db::sql;
use crate::error::{Error, Result};
use crate::events::{Event, EventRow};
use crate::store::Store;
use crate::types::{ConversationId, Millis, Position};

/// The most events that are looked at: the newest.
const MOST_EVENTS: usize = 20_000;
/// The most occasions that are looked into.
pub(super) const MOST_OCCASIONS: usize = 2_000;
/// The most examples that are given.
pub(super) const MOST_EXAMPLES: usize = 50;

/// What a rule would have done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DryRun {
    /// How many occasions there were.
    pub occasions: usize,
    /// At how many of them all conditions held.
    pub matched: usize,
    /// In how many conversations.
    pub conversations: usize,
    /// Whether there were more than could be looked at; the counts are of the newest then.
    pub is_cut: bool,
    /// Since when was looked.
    pub since: Millis,
    /// The newest of them.
    pub examples: Vec<Example>,
}

/// One time that the rule would have worked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// The event.
    pub position: Position,
    /// The conversation.
    pub conversation: ConversationId,
    /// The number of it.
    pub number: i64,
    /// What it is about, or how its last message begins.
    pub about: String,
    /// When; of a rule by time, since when it waits.
    pub at: Millis,
}

impl Example {
    pub(super) fn of(conversation: &Conversation, at: Millis) -> Example {
        Example {
            position: conversation.position,
            conversation: conversation.id.clone(),
            number: conversation.number,
            about: conversation
                .subject
                .clone()
                .filter(|subject| !subject.is_empty())
                .unwrap_or_else(|| conversation.preview.clone()),
            at,
        }
    }
}

/// Tries a rule, kept or not, on the last `days` days (1 to 90). One that acts by time is tried on what waits now, whatever
/// the days ([`timed::waiting`]).
///
/// # Errors
/// [`Error::Invalid`] when the rule could never work.
pub async fn dry_run(store: &Store, rule: &Rule, days: i64) -> Result<DryRun> {
    check(rule)?;
    if rule.occasion.is_timed() {
        return timed::waiting(store, rule).await;
    }
    let since = store.now() - days.clamp(1, 90) * 86_400_000;
    let mut out = DryRun {
        since,
        ..DryRun::default()
    };
    let mut seen: Vec<ConversationId> = Vec::new();
    let (mut before, mut looked) = (Position::MAX, 0);
    'all: loop {
        let rows: Vec<EventRow> = sql("SELECT position, kind, conversation_id, subject_id, actor, at, data, trace FROM events WHERE position < $1 ORDER BY position DESC LIMIT 500")
            .bind(before)
            .all(store.db())
            .await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let event = Event::try_from(row)?;
            before = event.position;
            looked += 1;
            if event.at < since {
                break 'all;
            }
            if looked > MOST_EVENTS || out.occasions >= MOST_OCCASIONS {
                out.is_cut = true;
                break 'all;
            }
            if Occasion::of(&event) == Some(rule.occasion) {
                look(store, rule, &event, &mut out, &mut seen).await?;
            }
        }
    }
    out.conversations = seen.len();
    Ok(out)
}

async fn look(
    store: &Store,
    rule: &Rule,
    event: &Event,
    out: &mut DryRun,
    seen: &mut Vec<ConversationId>,
) -> Result<()> {
    let Some(id) = &event.conversation_id else {
        return Ok(());
    };
    out.occasions += 1;
    let facts = match facts::gather(store.db(), event, id).await {
        Ok(facts) => facts,
        Err(Error::NotFound) => return Ok(()),
        Err(error) => return Err(error),
    };
    if !facts.hold(&rule.conditions) {
        return Ok(());
    }
    out.matched += 1;
    if !seen.contains(id) {
        seen.push(id.clone());
    }
    if out.examples.len() < MOST_EXAMPLES {
        out.examples.push(Example {
            position: event.position,
            ..Example::of(&facts.conversation, event.at)
        });
    }
    Ok(())
}
