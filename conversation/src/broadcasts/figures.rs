//! What came of a broadcast: figures, and who stands where.

use std::collections::BTreeMap;

use crate::db::{On, composed_sql, sql};
use crate::error::Result;
use crate::marketing::MARKETING;
use crate::text_enum;
use crate::types::{ContactId, ConversationId, Millis};

/// For how long what somebody writes counts as an answer to it, and a no as said because of it, in milliseconds.
const COUNTS_FOR: Millis = 14 * 86_400_000;

text_enum! {
    /// Where a recipient stands.
    Shown, "state of a recipient" {
        /// Nothing was written to them yet.
        Waiting = "waiting",
        /// Their message is on its way.
        Underway = "underway",
        /// The channel took it.
        Sent = "sent",
        /// It arrived.
        Delivered = "delivered",
        /// It was read.
        Read = "read",
        /// It could not be delivered.
        Failed = "failed",
        /// They get none.
        LeftOut = "left_out",
    }
}

/// How many people stand where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// By where they stand now, each in one.
    pub standing: BTreeMap<Shown, i64>,
    /// Why people get none: a [`super::Reason`].
    pub left_out: BTreeMap<String, i64>,
    /// Why messages failed: the code of the delivery, or the core's words where none was written.
    pub failed: BTreeMap<String, i64>,
    /// How many wrote in that conversation within two weeks.
    pub answered: i64,
    /// How many said within two weeks that they want no marketing.
    pub refused: i64,
}

impl Figures {
    /// How many stand there.
    pub fn of(&self, shown: Shown) -> i64 {
        self.standing.get(&shown).copied().unwrap_or(0)
    }

    /// How many get it, or were to.
    pub fn total(&self) -> i64 {
        self.standing
            .iter()
            .filter(|(shown, _)| **shown != Shown::LeftOut)
            .map(|(_, count)| count)
            .sum()
    }

    /// How many the channel took.
    pub fn sent(&self) -> i64 {
        self.of(Shown::Sent) + self.delivered()
    }

    /// How many have it.
    pub fn delivered(&self) -> i64 {
        self.of(Shown::Delivered) + self.of(Shown::Read)
    }
}

/// Where a row stands: its delivery knows it, once there is one.
const SHOWN: &str = "CASE WHEN r.state IN ('left_out', 'failed', 'waiting') THEN r.state WHEN d.state IN ('queued', 'scheduled', 'unknown') THEN 'underway' WHEN d.state IS NULL THEN 'sent' ELSE d.state END";
const WHY: &str = "CASE WHEN r.state IN ('left_out', 'failed') THEN r.reason WHEN d.state = 'failed' THEN COALESCE(d.error_code, '') ELSE '' END";
const ANSWERED: &str = "EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = r.conversation_id AND m.kind = 'inbound' AND m.auto = 'none' AND m.at >= r.at AND m.at <= r.at + $2)";

/// Who stands where, without who answered.
///
/// # Errors
/// When the database cannot be reached.
pub async fn standings(on: impl On, id: &str) -> Result<Figures> {
    let rows: Vec<(Shown, String, i64)> = composed_sql(format!(
        "SELECT {SHOWN} AS shown, {WHY} AS why, COUNT(*) FROM broadcast_recipients r LEFT JOIN deliveries d ON d.id = r.delivery_id WHERE r.broadcast_id = $1 GROUP BY 1, 2"
    ))
    .bind(id)
    .all(on)
    .await?;
    let mut figures = Figures::default();
    for (shown, why, count) in rows {
        *figures.standing.entry(shown).or_default() += count;
        match shown {
            Shown::LeftOut => *figures.left_out.entry(why).or_default() += count,
            Shown::Failed => *figures.failed.entry(why).or_default() += count,
            _ => {}
        }
    }
    Ok(figures)
}

/// The figures of a broadcast.
///
/// # Errors
/// When the database cannot be reached.
pub async fn figures(on: impl On, id: &str) -> Result<Figures> {
    let mut on = on;
    let mut figures = standings(&mut on, id).await?;
    let (answered,): (i64,) = composed_sql(format!(
        "SELECT COUNT(*) FROM broadcast_recipients r WHERE r.broadcast_id = $1 AND r.conversation_id IS NOT NULL AND {ANSWERED}"
    ))
    .bind(id)
    .bind(COUNTS_FOR)
    .one(&mut on)
    .await?;
    let (refused,): (i64,) = sql("SELECT COUNT(*) FROM broadcast_recipients r WHERE r.broadcast_id = $1 AND r.conversation_id IS NOT NULL AND EXISTS (SELECT 1 FROM consents c WHERE c.contact_id = r.contact_id AND c.kind IN ($3, 'news') AND NOT c.is_given AND c.at >= r.at AND c.at <= r.at + $2)")
        .bind(id)
        .bind(COUNTS_FOR)
        .bind(MARKETING)
        .one(on)
        .await?;
    figures.answered = answered;
    figures.refused = refused;
    Ok(figures)
}

/// One recipient.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Recipient {
    /// Who.
    pub contact_id: ContactId,
    /// Their name; may be empty.
    pub name: String,
    /// Where it goes; empty where there is no address.
    pub address: String,
    /// Where they stand.
    pub shown: Shown,
    /// Why, as in [`Figures`]; empty where nothing is wrong.
    pub why: String,
    /// What the other side said of it, where it failed there.
    pub theirs: Option<String>,
    /// The conversation that it stands in.
    pub conversation_id: Option<ConversationId>,
    /// When it was written.
    pub at: Option<Millis>,
    /// Whether they wrote there since.
    pub is_answered: bool,
}

/// Recipients, where they stand in one place only those, behind the one with this id.
///
/// # Errors
/// When the database cannot be reached.
pub async fn recipients(
    on: impl On,
    id: &str,
    shown: Option<Shown>,
    after: Option<&str>,
    most: i64,
) -> Result<Vec<Recipient>> {
    composed_sql(format!(
        "SELECT r.contact_id, k.name, r.address, {SHOWN} AS shown, {WHY} AS why, CASE WHEN r.state NOT IN ('left_out', 'failed') AND d.state = 'failed' THEN d.error END AS theirs, r.conversation_id, r.at, (r.conversation_id IS NOT NULL AND {ANSWERED}) AS is_answered
         FROM broadcast_recipients r JOIN contacts k ON k.id = r.contact_id LEFT JOIN deliveries d ON d.id = r.delivery_id
         WHERE r.broadcast_id = $1 AND r.contact_id > $3 AND (CAST($4 AS TEXT) IS NULL OR {SHOWN} = $4) ORDER BY r.contact_id LIMIT $5"
    ))
    .bind(id)
    .bind(COUNTS_FOR)
    .bind(after.unwrap_or_default())
    .bind(shown.map(Shown::as_str))
    .bind(most)
    .all(on)
    .await
}
