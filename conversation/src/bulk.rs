//! One thing done with many conversations. Each stands on its own: what one refuses does not hold
//! the others back, and the answer says what came of each.

use crate::conversations::Conversation;
use crate::error::{Error, Result};
use crate::labels;
use crate::lifecycle::{self, Action};
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
    let mut came = Vec::with_capacity(ids.len());
    for id in ids {
        let one = match one(store, actor, id, work).await {
            Ok(true) => Came::Done,
            Ok(false) => Came::Unchanged,
            Err(error @ (Error::NotFound | Error::Invalid(_) | Error::Conflict(_))) => Came::Refused(error),
            Err(error) => return Err(error),
        };
        came.push((id.clone(), one));
    }
    Ok(came)
}

async fn one(store: &Store, actor: &Actor, id: &ConversationId, work: &Work) -> Result<bool> {
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
    }
}
