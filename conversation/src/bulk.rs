//! One thing done with many conversations. Each stands on its own: what one refuses does not hold
//! the others back, and the answer says what came of each.

use crate::access;
use crate::conversations::Conversation;
use crate::error::{Error, Result};
use crate::labels;
use crate::lifecycle::{self, Action};
use crate::restructure;
use crate::store::Store;
use crate::types::{Actor, ConversationId, LabelId};

/// The most conversations of one request.
pub const MOST: usize = 500;

/// What to do with each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Assign, give to a team, move, snooze, resolve, reopen, prioritise.
    Act(Action),
    /// Put labels on and take others off.
    Label {
        /// To put on.
        add: Vec<LabelId>,
        /// To take off.
        remove: Vec<LabelId>,
    },
    /// Makes all of them part of the oldest.
    Merge,
}

/// What came of one conversation.
#[derive(Debug)]
pub enum Came {
    /// It is done.
    Done,
    /// It was so already.
    Unchanged,
    /// It cannot be; the words say why.
    Refused(Error),
}

/// Does it with each, in their order.
///
/// # Errors
/// [`Error::Invalid`] for none or more than [`MOST`]; whatever a database that is away says, for
/// then the rest is not tried.
pub async fn run(
    store: &Store,
    actor: &Actor,
    ids: &[ConversationId],
    work: &Work,
) -> Result<Vec<(ConversationId, Came)>> {
    if ids.is_empty() || ids.len() > MOST {
        return Err(Error::Invalid(format!("choose between 1 and {MOST} conversations")));
    }
    let oldest = match work {
        Work::Merge => Some(oldest(store, actor, ids).await?),
        Work::Act(_) | Work::Label { .. } => None,
    };
    let mut came = Vec::with_capacity(ids.len());
    for id in ids {
        let one = match one(store, actor, id, work, oldest.as_ref()).await {
            Ok(true) => Came::Done,
            Ok(false) => Came::Unchanged,
            Err(error @ (Error::NotFound | Error::Invalid(_) | Error::Conflict(_))) => Came::Refused(error),
            Err(error) => return Err(error),
        };
        came.push((id.clone(), one));
    }
    Ok(came)
}

/// The one with the lowest number: the place where the matter began, and whose number the customer knows longest.
async fn oldest(store: &Store, actor: &Actor, ids: &[ConversationId]) -> Result<ConversationId> {
    let mut oldest: Option<Conversation> = None;
    for id in ids {
        match access::conversation(store.db(), actor, id).await {
            Ok(found) if oldest.as_ref().is_none_or(|known| found.number < known.number) => oldest = Some(found),
            Ok(_) | Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    match oldest {
        Some(found) if ids.len() > 1 => Ok(found.id),
        _ => Err(Error::Invalid("choose at least two conversations to merge".to_owned())),
    }
}

async fn one(
    store: &Store,
    actor: &Actor,
    id: &ConversationId,
    work: &Work,
    oldest: Option<&ConversationId>,
) -> Result<bool> {
    access::conversation(store.db(), actor, id).await?;
    match work {
        Work::Act(action) => {
            let mut tx = store.begin().await?;
            let (_, has_changed): (Conversation, bool) = lifecycle::act_in(&mut tx, actor, id, action.clone()).await?;
            if has_changed {
                tx.commit().await?;
            }
            Ok(has_changed)
        }
        Work::Label { add, remove } => labels::set(store, actor, id, add, remove).await,
        Work::Merge => match oldest {
            Some(into) if into != id => restructure::merge(store, actor, id, into).await.map(|_| true),
            // It takes the others in, and stays what it is.
            _ => Ok(false),
        },
    }
}
