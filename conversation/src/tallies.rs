//! Exact counts of conversations, kept with every commit, so that a count costs the same whatever it
//! counts.
//!
//! A transaction remembers how each conversation that it holds counted, and how it counts once it
//! was written; the difference goes out with the commit, under the lock of the position counter,
//! so that two commits never wait for each other here.

use std::collections::{BTreeMap, HashMap};

use crate::conversations::Conversation;
use crate::db::{On, insert_rows, sql};
use crate::error::Result;
use crate::store::Tx;
use crate::types::{AgentId, ConversationId, ConversationStatus, Level, TeamId};

/// What conversations are counted by; the last two are the agent and the team, empty for none.
type Sort = (ConversationStatus, Level, String, String);

fn sort_of(c: &Conversation) -> Option<Sort> {
    let text = |id: Option<&str>| id.unwrap_or_default().to_owned();
    (c.merged_into.is_none() && c.quiet_since.is_none()).then(|| {
        (
            c.status,
            c.level,
            text(c.assignee_id.as_ref().map(AgentId::as_str)),
            text(c.team_id.as_ref().map(TeamId::as_str)),
        )
    })
}

/// What a transaction changes in the counts.
#[derive(Clone, Default)]
pub(crate) struct Tallies {
    held: HashMap<ConversationId, Option<Sort>>,
    changes: BTreeMap<Sort, i64>,
}

impl Tallies {
    pub(crate) fn hold(&mut self, conversation: &Conversation) {
        self.held.insert(conversation.id.clone(), sort_of(conversation));
    }

    pub(crate) fn created(&mut self, conversation: &Conversation) {
        let sort = sort_of(conversation);
        self.add(sort.as_ref(), 1);
        self.held.insert(conversation.id.clone(), sort);
    }

    pub(crate) fn changed(&mut self, conversation: &Conversation) {
        let now = sort_of(conversation);
        // What is written was held first; `conversations::save_all` has no other callers.
        let before = self.held.insert(conversation.id.clone(), now.clone());
        debug_assert!(before.is_some(), "a conversation was written that was not held");
        let before = before.flatten();
        if before != now {
            self.add(before.as_ref(), -1);
            self.add(now.as_ref(), 1);
        }
    }

    fn add(&mut self, sort: Option<&Sort>, by: i64) {
        if let Some(sort) = sort {
            *self.changes.entry(sort.clone()).or_default() += by;
        }
    }

    pub(crate) async fn write(self, tx: &mut Tx) -> Result<()> {
        let rows = self
            .changes
            .into_iter()
            .filter(|(_, by)| *by != 0)
            .map(|((status, level, assignee, team), by)| {
                vec![status.into(), level.into(), assignee.into(), team.into(), by.into()]
            })
            .collect();
        insert_rows(
            tx,
            "INSERT INTO tallies (status, level, assignee_id, team_id, n) VALUES",
            "ON CONFLICT (status, level, assignee_id, team_id) DO UPDATE SET n = tallies.n + excluded.n",
            rows,
        )
        .await
    }
}

/// One count.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Tally {
    /// The state.
    pub status: ConversationStatus,
    /// The level.
    pub level: Level,
    /// The agent; empty for nobody.
    pub assignee_id: String,
    /// The team; empty for none.
    pub team_id: String,
    /// How many.
    pub n: i64,
}

/// The counts of one state.
pub async fn of(on: impl On, status: ConversationStatus) -> Result<Vec<Tally>> {
    sql("SELECT status, level, assignee_id, team_id, n FROM tallies WHERE status = $1 AND n <> 0")
        .bind(status)
        .all(on)
        .await
}

/// Counts anew from the rows themselves, holding up every commit meanwhile; for a database that
/// somebody changed by hand. Tells how many counts were wrong.
pub async fn recount(store: &crate::Store) -> Result<u64> {
    let mut tx = store.begin().await?;
    tx.count("position", 0).await?;
    let wrong: (i64,) = sql("SELECT COUNT(*) FROM (
            SELECT status, level, assignee_id, team_id, n FROM tallies WHERE n <> 0
            EXCEPT SELECT status, level, COALESCE(assignee_id, ''), COALESCE(team_id, ''), COUNT(*) FROM conversations WHERE merged_into IS NULL AND quiet_since IS NULL GROUP BY 1, 2, 3, 4
        ) AS wrong")
        .one(&mut tx)
        .await?;
    sql("DELETE FROM tallies WHERE n = n").run(&mut tx).await?;
    sql("INSERT INTO tallies (status, level, assignee_id, team_id, n)
         SELECT status, level, COALESCE(assignee_id, ''), COALESCE(team_id, ''), COUNT(*) FROM conversations WHERE merged_into IS NULL AND quiet_since IS NULL GROUP BY 1, 2, 3, 4")
        .run(&mut tx)
        .await?;
    tx.commit_silently().await?;
    Ok(u64::try_from(wrong.0).unwrap_or(0))
}
