//! Rules: when something happens, and all conditions hold, then steps are taken.
//!
//! A rule answers to what people, customers and the bot do, never to what a rule or the system did:
//! so no rule can set off another, and no loop can arise. What a rule did, or failed to do, is kept
//! with the conversation. Rules that act by time are in [`timed`].

pub mod dry_run;
mod facts;
mod occasion;
pub mod timed;

use serde::{Deserialize, Serialize};
use serde_json::json;

pub use facts::{Field, Operator};
pub use occasion::Occasion;

use super::steps::{self, Step};
use super::{from_json, name, shift_in, to_json};
use crate::audit;
use crate::conversations::Conversation;
use crate::db::{On, composed_sql, sql};
use crate::error::{Error, Result};
use crate::events::Event;
use crate::store::{Store, Tx};
use crate::types::{Actor, Auto, ConversationId, Millis, Position};

/// The most rules that one installation has.
const MOST: i64 = 200;
/// How often one rule runs in one conversation within a day; what is beyond looks like a loop with a
/// machine on the other side.
const MOST_A_DAY: i64 = 20;
/// The longest that a rule by time waits, in minutes: a year.
pub const LONGEST: i64 = 366 * 24 * 60;

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// What is looked at.
    pub field: Field,
    /// How.
    pub operator: Operator,
    /// What with; of several, separated by commas, one is enough.
    pub value: String,
}

/// When something happens, and if, then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its id; empty while it was never kept.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The lower number goes first.
    pub rank: i64,
    /// When.
    pub occasion: Occasion,
    /// After how many minutes, where it acts by time; else 0.
    pub minutes: i64,
    /// Those are counted in the opening hours of the inbox.
    pub in_hours: bool,
    /// If all of these hold.
    pub conditions: Vec<Condition>,
    /// Then.
    pub steps: Vec<Step>,
    /// No later rule looks at what this one took.
    pub is_last: bool,
    /// Whether it works.
    pub is_enabled: bool,
    /// Since when; what happened before is not its business.
    pub enabled_at: Option<Millis>,
    /// What was due before is not its business either, where it acts by time.
    pub due_from: Millis,
    /// When it changed last.
    pub updated_at: Millis,
}

impl Rule {
    /// Whether it would do the same as another one, at the same times.
    fn works_like(&self, other: &Rule) -> bool {
        self.occasion == other.occasion
            && self.minutes == other.minutes
            && self.in_hours == other.in_hours
            && self.conditions == other.conditions
            && self.steps == other.steps
    }

    /// Whether it works, and goes on doing so if it is kept as `changed`.
    pub fn goes_on_as(&self, changed: &Rule) -> bool {
        self.is_enabled && changed.is_enabled && self.works_like(changed)
    }

    /// Whether it writes to the customer.
    fn speaks(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Reply { .. }))
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    rank: i64,
    occasion: String,
    minutes: i64,
    in_hours: bool,
    conditions: String,
    steps: String,
    is_last: bool,
    is_enabled: bool,
    enabled_at: Option<i64>,
    due_from: i64,
    updated_at: i64,
}

const COLUMNS: &str = "id, name, rank, occasion, minutes, in_hours, conditions, steps, is_last, is_enabled, enabled_at, due_from, updated_at";

fn from_row(row: Row) -> Result<Rule> {
    let what = format!("rule {}", row.id);
    Ok(Rule {
        occasion: Occasion::from_text(&row.occasion).ok_or_else(|| Error::corrupt(&what, &row.occasion))?,
        conditions: from_json(&what, &row.conditions)?,
        steps: from_json(&what, &row.steps)?,
        id: row.id,
        name: row.name,
        rank: row.rank,
        minutes: row.minutes,
        in_hours: row.in_hours,
        is_last: row.is_last,
        is_enabled: row.is_enabled,
        enabled_at: row.enabled_at,
        due_from: row.due_from,
        updated_at: row.updated_at,
    })
}

/// Every rule, in the order in which they look.
pub async fn list(on: impl On) -> Result<Vec<Rule>> {
    let rows: Vec<Row> = composed_sql(format!("SELECT {COLUMNS} FROM rules ORDER BY rank, id LIMIT {MOST}"))
        .all(on)
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// One by id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load(on: impl On, id: &str) -> Result<Rule> {
    let row: Option<Row> = composed_sql(format!("SELECT {COLUMNS} FROM rules WHERE id = $1"))
        .bind(id)
        .optional(on)
        .await?;
    row.map_or(Err(Error::NotFound), from_row)
}

/// Refuses a rule that could never work.
///
/// # Errors
/// [`Error::Invalid`] says what to change.
pub fn check(rule: &Rule) -> Result<()> {
    name("name", &rule.name, 80)?;
    if rule.occasion.is_timed() && !(1..=LONGEST).contains(&rule.minutes) {
        return Err(Error::Invalid(format!(
            "minutes: a rule by time acts after 1 to {LONGEST} minutes"
        )));
    }
    if rule.conditions.len() > 20 {
        return Err(Error::Invalid("conditions: at most 20".to_owned()));
    }
    for condition in &rule.conditions {
        if condition.value.chars().count() > 500 {
            return Err(Error::Invalid(
                "conditions: a value has at most 500 characters".to_owned(),
            ));
        }
    }
    steps::check(&rule.steps, false)
}

/// Keeps a rule; one without an id is new and goes last. Switching a rule on means: from now on.
///
/// # Errors
/// [`Error::Invalid`] when it could never work; [`Error::NotFound`].
pub async fn save(store: &Store, actor: &Actor, rule: &Rule) -> Result<Rule> {
    save_for(store, actor, rule, false).await
}

/// As [`save`]. A rule by time that is switched on, or changed, acts on what becomes due from then on; with
/// `on_waiting` also on all that has waited long enough already.
///
/// # Errors
/// As [`save`].
pub async fn save_for(store: &Store, actor: &Actor, rule: &Rule, on_waiting: bool) -> Result<Rule> {
    check(rule)?;
    let is_timed = rule.occasion.is_timed();
    let rule = &Rule {
        minutes: if is_timed { rule.minutes } else { 0 },
        in_hours: is_timed && rule.in_hours,
        ..rule.clone()
    };
    let mut tx = store.begin().await?;
    let now = tx.now();
    let old = if rule.id.is_empty() {
        None
    } else {
        Some(load(&mut tx, &rule.id).await?)
    };
    // A changed rule begins anew: it was tried on the past as it is now.
    let goes_on = old.as_ref().is_some_and(|old| old.goes_on_as(rule) && !on_waiting);
    let enabled_at = match &old {
        _ if !rule.is_enabled => None,
        Some(old) if goes_on => old.enabled_at,
        _ => Some(now),
    };
    let (id, rank) = match &old {
        Some(old) => (old.id.clone(), rule.rank),
        None => {
            let (count, last): (i64, Option<i64>) = sql("SELECT COUNT(*), MAX(rank) FROM rules").one(&mut tx).await?;
            if count >= MOST {
                return Err(Error::Invalid(format!("at most {MOST} rules")));
            }
            (tx.env().ulid(), last.unwrap_or(0) + 10)
        }
    };
    sql("INSERT INTO rules (id, name, rank, occasion, conditions, steps, is_last, is_enabled, enabled_at, created_at, updated_at, minutes, in_hours) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, rank = excluded.rank, occasion = excluded.occasion, conditions = excluded.conditions, steps = excluded.steps, is_last = excluded.is_last, is_enabled = excluded.is_enabled, enabled_at = excluded.enabled_at, updated_at = excluded.updated_at, minutes = excluded.minutes, in_hours = excluded.in_hours")
        .bind(&id)
        .bind(rule.name.trim())
        .bind(rank)
        .bind(rule.occasion.as_str())
        .bind(to_json(&rule.conditions))
        .bind(to_json(&rule.steps))
        .bind(rule.is_last)
        .bind(rule.is_enabled)
        .bind(enabled_at)
        .bind(now)
        .bind(rule.minutes)
        .bind(rule.in_hours)
        .run(&mut tx)
        .await?;
    if !goes_on {
        timed::begin_in(&mut tx, &id, rule, on_waiting).await?;
    }
    let mut said = json!({ "name": rule.name.trim(), "enabled": rule.is_enabled });
    if is_timed && on_waiting && rule.is_enabled {
        said["on_waiting"] = true.into();
    }
    audit::record(&mut tx, actor, "rule.saved", &id, &said).await?;
    tx.commit_silently().await?;
    load(store.db(), &id).await
}

/// Throws a rule away; what it did stays in the log.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(store: &Store, actor: &Actor, id: &str) -> Result<()> {
    let mut tx = store.begin().await?;
    if sql("DELETE FROM rules WHERE id = $1").bind(id).run(&mut tx).await? == 0 {
        return Err(Error::NotFound);
    }
    timed::forget_in(&mut tx, id).await?;
    audit::record(&mut tx, actor, "rule.removed", id, &json!({})).await?;
    tx.commit_silently().await
}

/// Moves a rule one place forward or back.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn shift(store: &Store, actor: &Actor, id: &str, is_forward: bool) -> Result<()> {
    let mut tx = store.begin().await?;
    let mut order: Vec<String> = list(&mut tx).await?.into_iter().map(|rule| rule.id).collect();
    let to = shift_in(&mut order, id, is_forward)?;
    for (id, rank) in order.iter().zip(1i64..) {
        sql("UPDATE rules SET rank = $2 WHERE id = $1")
            .bind(id)
            .bind(rank * 10)
            .run(&mut tx)
            .await?;
    }
    audit::record(&mut tx, actor, "rule.moved", id, &json!({ "place": to + 1 })).await?;
    tx.commit_silently().await
}

/// What one rule did once.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Run {
    /// The rule.
    pub rule_id: String,
    /// As it was called then.
    pub rule_name: String,
    /// The event that set it off; of a rule by time, the last one before.
    pub position: Position,
    /// Where.
    pub conversation_id: ConversationId,
    /// `done`, `failed`, or `held` (it ran there too often).
    pub outcome: String,
    /// The steps that changed something, or why it failed.
    pub detail: String,
    /// When.
    pub at: Millis,
}

/// What rules did in a conversation, or everywhere: the newest first.
pub async fn log(on: impl On, conversation: Option<&ConversationId>, most: i64) -> Result<Vec<Run>> {
    const RUN: &str = "SELECT rule_id, rule_name, position, conversation_id, outcome, detail, at FROM rule_runs";
    match conversation {
        Some(id) => {
            composed_sql(format!(
                "{RUN} WHERE conversation_id = $1 ORDER BY at DESC, position DESC LIMIT $2"
            ))
            .bind(id)
            .bind(most)
            .all(on)
            .await
        }
        None => {
            composed_sql(format!("{RUN} ORDER BY at DESC, position DESC LIMIT $1"))
                .bind(most)
                .all(on)
                .await
        }
    }
}

/// The enabled rules for an event, in order.
pub(crate) async fn for_event(on: impl On, event: &Event) -> Result<Vec<Rule>> {
    let Some(occasion) = Occasion::of(event) else {
        return Ok(Vec::new());
    };
    let rows: Vec<Row> = composed_sql(format!(
        "SELECT {COLUMNS} FROM rules WHERE is_enabled AND occasion = $1 AND enabled_at <= $2 ORDER BY rank, id"
    ))
    .bind(occasion.as_str())
    .bind(event.at)
    .all(on)
    .await?;
    rows.into_iter().map(from_row).collect()
}

/// Lets the rules look at an event, in the transaction that handles it and holds the conversation.
pub(crate) async fn apply_in(tx: &mut Tx, event: &Event, conversation: &Conversation, rules: &[Rule]) -> Result<()> {
    for rule in rules {
        let facts = facts::gather(&mut *tx, event, &conversation.id).await?;
        if !facts.hold(&rule.conditions) {
            continue;
        }
        let (runs,): (i64,) =
            sql("SELECT COUNT(*) FROM rule_runs WHERE conversation_id = $1 AND rule_id = $2 AND at > $3")
                .bind(&conversation.id)
                .bind(&rule.id)
                .bind(tx.now() - 86_400_000)
                .one(&mut *tx)
                .await?;
        let (outcome, detail) = if runs == MOST_A_DAY {
            ("held", format!("{MOST_A_DAY} runs in one day"))
        } else if runs > MOST_A_DAY {
            continue;
        } else if rule.speaks() && facts.auto != Auto::None {
            // An answer to an absence notice is answered by the next one.
            ("held", "the message was written by a machine".to_owned())
        } else {
            attempt(tx, &conversation.id, &rule.steps).await?
        };
        record(tx, rule, event.position, &conversation.id, outcome, &detail).await?;
        let is_spam = rule.steps.iter().any(|step| matches!(step, Step::Spam));
        if (rule.is_last || is_spam) && outcome == "done" {
            break;
        }
    }
    Ok(())
}

/// All steps of a rule, or none: what was done before a step failed is taken back. Returns how it ended, and what changed
/// something or why it failed.
async fn attempt(tx: &mut Tx, conversation: &ConversationId, steps: &[Step]) -> Result<(&'static str, String)> {
    let mark = tx.mark().await?;
    match steps::take_in(tx, &Actor::System, conversation, steps).await {
        Ok(done) => {
            tx.keep(mark).await?;
            Ok(("done", done.join(" ")))
        }
        Err(error @ (Error::Invalid(_) | Error::Conflict(_) | Error::NotFound)) => {
            tx.back_to(mark).await?;
            Ok(("failed", error.to_string()))
        }
        Err(error) => Err(error),
    }
}

async fn record(
    tx: &mut Tx,
    rule: &Rule,
    position: Position,
    conversation: &ConversationId,
    outcome: &str,
    detail: &str,
) -> Result<()> {
    let now = tx.now();
    sql("INSERT INTO rule_runs (rule_id, position, conversation_id, rule_name, outcome, detail, at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (rule_id, position) DO NOTHING")
        .bind(&rule.id)
        .bind(position)
        .bind(conversation)
        .bind(&rule.name)
        .bind(outcome)
        .bind(detail.chars().take(500).collect::<String>())
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}
