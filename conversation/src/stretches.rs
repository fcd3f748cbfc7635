//! Since when a conversation stands as it stands: whose turn it is, whether anybody has it, its state. Every commit that touches
//! a conversation compares that with what is written there (`stamp_positions`), so no flow has to think of it, and a stretch
//! begins when what it is about begins.

use crate::events::{EventKind, NewEvent};
use crate::lifecycle::UNTIL_REPLY;
use crate::types::{Actor, MessageKind};

/// What a commit says of a conversation that its row does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum News {
    /// Nothing.
    Nothing = 0,
    /// The customer was answered by somebody: it is their turn anew.
    Answered = 1,
    /// It was brought from elsewhere, and stands as it does since it was last spoken in there.
    Imported = 2,
}

impl News {
    /// What one event says.
    pub(crate) fn of(event: &NewEvent) -> News {
        match event.kind {
            EventKind::ConversationImported => News::Imported,
            // What the system says is no turn: a reminder does not put off the next one.
            EventKind::MessageCreated
                if event.data["kind"] == MessageKind::Outbound.as_str()
                    && matches!(event.actor, Actor::Agent(_) | Actor::Api(_) | Actor::Bot) =>
            {
                News::Answered
            }
            _ => News::Nothing,
        }
    }
}

/// What sets the columns, in terms of the row as it is and of `v`: `column3` is the [`News`], `column4` the time of the commit.
pub(crate) fn set() -> String {
    let is_out = "(conversations.merged_into IS NOT NULL OR conversations.spam_since IS NOT NULL OR conversations.quiet_since IS NOT NULL)";
    let turn = format!(
        "CASE WHEN {is_out} OR status = 'resolved' THEN NULL \
         WHEN status = 'snoozed' THEN CASE WHEN snoozed_until = {UNTIL_REPLY} THEN 'customer' END \
         WHEN waiting_since IS NOT NULL THEN 'us' \
         WHEN last_inbound_at IS NOT NULL OR v.column3 = 1 OR turn = 'customer' THEN 'customer' END"
    );
    let is_unheld = format!("(NOT {is_out} AND status = 'open' AND assignee_id IS NULL AND level <> 'bot')");
    let began = "WHEN v.column3 = 2 THEN last_message_at ELSE v.column4 END";
    // A time that is not yet was written by a clock that was ahead.
    format!(
        "turn = {turn}, \
         turn_since = CASE WHEN ({turn}) IS NULL THEN NULL WHEN ({turn}) = turn AND turn_since <= v.column4 AND NOT (turn = 'customer' AND v.column3 = 1) THEN turn_since {began}, \
         unheld_since = CASE WHEN NOT {is_unheld} THEN NULL WHEN unheld_since <= v.column4 THEN unheld_since {began}, \
         stood = CASE WHEN {is_out} THEN NULL ELSE status END, \
         stood_since = CASE WHEN {is_out} THEN NULL WHEN stood = status AND stood_since <= v.column4 THEN stood_since {began}"
    )
}

/// What a rule by time waits for, as rows say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Holds while it lasts.
    pub(crate) holds: &'static str,
    /// The column that says since when.
    pub(crate) since: &'static str,
}

impl Stretch {
    /// Those that began at `$1`, behind the id `$2`, at most `$3`; and those that began after `$1` and up to `$2`, at most `$3`.
    /// Two statements, for together they would be sorted and not walked along.
    pub(crate) fn search(self) -> [String; 2] {
        let Stretch { holds, since } = self;
        let what = format!("SELECT id, {since}, inbox_id FROM conversations WHERE {holds}");
        [
            format!("{what} AND {since} = $1 AND id > $2 ORDER BY id LIMIT $3"),
            format!("{what} AND {since} > $1 AND {since} <= $2 ORDER BY {since}, id LIMIT $3"),
        ]
    }

    /// Since when the conversation `$1` is in it.
    pub(crate) fn of_one(self) -> String {
        let Stretch { holds, since } = self;
        format!("SELECT {since} FROM conversations WHERE id = $1 AND {holds} AND {since} IS NOT NULL")
    }
}
