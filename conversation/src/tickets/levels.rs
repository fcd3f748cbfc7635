//! The levels: what each wants to be told before it takes over, every step between them, and how
//! often something went back and forth.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::state;
use crate::access;
use crate::audit;
use crate::conversations::Conversation;
use crate::db::{On, insert_rows, sql};
use crate::desk::{Texts, from_json, to_json};
use crate::error::{Error, Result};
use crate::lifecycle::{Action, act_with};
use crate::store::{Store, Tx};
use crate::types::{Actor, ActorKind, AgentId, ConversationId, Language, Level, Millis};

/// The most points of one checklist.
pub const MOST: usize = 20;
/// The longest answer to one, in characters.
pub const LONGEST: usize = 4_000;

/// How a point is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// It was done.
    Tick,
    /// In words: what was tried, the log, the steps.
    Text,
}

impl CheckKind {
    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            CheckKind::Tick => "tick",
            CheckKind::Text => "text",
        }
    }
}

/// One point of a level's checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its id; empty for a new one.
    pub id: String,
    /// How it is answered.
    pub kind: CheckKind,
    /// Without it the level does not take over.
    pub is_required: bool,
    /// What is asked, by language.
    pub labels: Texts,
}

/// The answer to one point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The point.
    pub check: String,
    /// The words; `yes` for what was ticked.
    pub answer: String,
}

/// A step from one level to another, as it is about to be taken.
pub(crate) struct Step {
    pub(crate) from: Level,
    pub(crate) to: Level,
    pub(crate) reason: String,
    pub(crate) had_by: Option<AgentId>,
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    /// From this level.
    pub from: Level,
    /// To this one.
    pub to: Level,
    /// Why.
    pub reason: String,
    /// The points of the checklist with their answers.
    pub checks: Vec<(String, String)>,
    /// Who had it before.
    pub had_by: Option<AgentId>,
    /// Who took the step.
    pub actor: Actor,
    /// When.
    pub at: Millis,
}

/// The checklist of a level.
pub async fn checklist(on: impl On, level: Level) -> Result<Vec<Check>> {
    let rows: Vec<(String, String, bool, String)> =
        sql("SELECT id, kind, is_required, labels FROM level_checks WHERE level = $1 ORDER BY rank, id")
            .bind(level)
            .all(on)
            .await?;
    rows.into_iter()
        .map(|(id, kind, is_required, labels)| {
            Ok(Check {
                kind: if kind == "tick" {
                    CheckKind::Tick
                } else {
                    CheckKind::Text
                },
                labels: Texts::from_json(&format!("check {id}"), &labels)?,
                id,
                is_required,
            })
        })
        .collect()
}

/// Says what a level wants to be told; points without words are left out.
///
/// # Errors
/// [`Error::Invalid`] for more than [`MOST`] points, or a level that nobody escalates to.
pub async fn set_checklist(store: &Store, actor: &Actor, level: Level, checks: &[Check]) -> Result<()> {
    if !matches!(level, Level::N2 | Level::N3) {
        return Err(Error::Invalid(
            "level: N2 or N3 takes over from another level".to_owned(),
        ));
    }
    let checks: Vec<&Check> = checks.iter().filter(|check| !check.labels.is_empty()).collect();
    if checks.len() > MOST {
        return Err(Error::Invalid(format!("a checklist has at most {MOST} points")));
    }
    for check in &checks {
        if check.labels.iter().any(|(_, words)| words.chars().count() > 200) {
            return Err(Error::Invalid("a point has at most 200 characters".to_owned()));
        }
    }
    let mut tx = store.begin().await?;
    sql("DELETE FROM level_checks WHERE level = $1")
        .bind(level)
        .run(&mut tx)
        .await?;
    let rows = checks
        .iter()
        .zip(1i64..)
        .map(|(check, rank)| {
            let id = if check.id.is_empty() {
                tx.env().ulid()
            } else {
                check.id.clone()
            };
            vec![
                id.into(),
                level.into(),
                rank.into(),
                check.kind.as_str().into(),
                check.is_required.into(),
                check.labels.to_json().into(),
            ]
        })
        .collect();
    insert_rows(
        &mut tx,
        "INSERT INTO level_checks (id, level, rank, kind, is_required, labels) VALUES",
        "",
        rows,
    )
    .await?;
    audit::record(
        &mut tx,
        actor,
        "checklist.saved",
        level.as_str(),
        &json!({ "points": checks.len() }),
    )
    .await?;
    tx.commit_silently().await
}

/// Moves a conversation and its tickets to a level, up with the answers to the level's checklist.
///
/// # Errors
/// [`Error::Invalid`] when the step is not possible, the reason is missing, or a point that the level
/// needs; [`Error::NotFound`].
pub async fn go(
    store: &Store,
    actor: &Actor,
    conversation: &ConversationId,
    to: Level,
    reason: &str,
    told: &[Told],
) -> Result<Conversation> {
    let mut tx = store.begin().await?;
    let action = Action::MoveTo {
        level: to,
        reason: reason.to_owned(),
    };
    let (conversation, has_changed) = act_with(&mut tx, actor, conversation, action, told).await?;
    if has_changed {
        tx.commit().await?;
    }
    Ok(conversation)
}

/// Takes the step: checks it, writes it down, and gives what comes back to whoever had it there.
/// Returns the points with their answers.
pub(crate) async fn take_in(
    tx: &mut Tx,
    actor: &Actor,
    conversation: &mut Conversation,
    step: &Step,
    told: &[Told],
) -> Result<Vec<(String, String)>> {
    let is_person = matches!(actor.kind(), ActorKind::Agent | ActorKind::Api);
    if is_person {
        state::may_move(step.from, step.to)?;
    }
    let checks = if step.to > step.from {
        let language = language_of(&mut *tx, actor).await?;
        answered(&checklist(&mut *tx, step.to).await?, told, language, is_person)?
    } else {
        Vec::new()
    };
    let is_return = step.to < step.from && step.to != Level::Bot;
    if is_return {
        conversation.assignee_id = last_at(&mut *tx, conversation, step.to).await?;
        sql("UPDATE tickets SET bounces = bounces + 1 WHERE conversation_id = $1 AND status <> 'resolved'")
            .bind(&conversation.id)
            .run(&mut *tx)
            .await?;
    }
    let (id, now) = (tx.env().ulid(), tx.now());
    sql("INSERT INTO level_moves (id, conversation_id, from_level, to_level, reason, checks, had_by, actor, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
        .bind(id)
        .bind(&conversation.id)
        .bind(step.from)
        .bind(step.to)
        .bind(step.reason.as_str())
        .bind(to_json(&checks))
        .bind(step.had_by.as_ref())
        .bind(serde_json::to_string(actor).unwrap_or_default())
        .bind(now)
        .run(tx)
        .await?;
    Ok(checks)
}

async fn language_of(on: impl On, actor: &Actor) -> Result<Language> {
    let Actor::Agent(agent) = actor else {
        return Ok(Language::En);
    };
    let row: Option<(Language,)> = sql("SELECT language FROM agents WHERE id = $1")
        .bind(agent)
        .optional(on)
        .await?;
    Ok(row.map_or(Language::En, |(language,)| language))
}

/// The points with their answers; people may not leave out what the level needs, what works by itself
/// has nothing to say.
fn answered(all: &[Check], told: &[Told], language: Language, is_person: bool) -> Result<Vec<(String, String)>> {
    let mut out = Vec::new();
    let mut missing = Vec::new();
    for check in all {
        let label = check.labels.pick(language).map(|(_, words)| words).unwrap_or_default();
        let answer = told
            .iter()
            .find(|told| told.check == check.id)
            .map(|told| told.answer.trim())
            .filter(|answer| !answer.is_empty());
        match answer {
            Some(answer) if answer.chars().count() > LONGEST => {
                return Err(Error::Invalid(format!("{label}: at most {LONGEST} characters")));
            }
            Some(answer) => out.push((label.to_owned(), answer.to_owned())),
            None if check.is_required => missing.push(label),
            None => {}
        }
    }
    if is_person && !missing.is_empty() {
        return Err(Error::Invalid(format!(
            "the level needs to know before it takes over: {}",
            missing.join("; ")
        )));
    }
    Ok(out)
}

/// Who had the conversation at a level when it left it last, if they still work here.
async fn last_at(on: impl On, conversation: &Conversation, level: Level) -> Result<Option<AgentId>> {
    let mut on = on;
    let row: Option<(AgentId,)> = sql("SELECT a.id FROM level_moves m JOIN agents a ON a.id = m.had_by AND a.is_enabled WHERE m.conversation_id = $1 AND m.from_level = $2 ORDER BY m.id DESC LIMIT 1")
        .bind(&conversation.id)
        .bind(level)
        .optional(&mut on)
        .await?;
    match row {
        // Nobody gets back what they do not see any more.
        Some((agent,)) if access::can_be_given(on, &agent, conversation).await? => Ok(Some(agent)),
        _ => Ok(None),
    }
}

/// The steps of a conversation, the newest first; at most a hundred.
pub async fn moves(on: impl On, conversation: &ConversationId) -> Result<Vec<Move>> {
    type Row = (Level, Level, String, String, Option<AgentId>, String, i64);
    let rows: Vec<Row> = sql("SELECT from_level, to_level, reason, checks, had_by, actor, at FROM level_moves WHERE conversation_id = $1 ORDER BY id DESC LIMIT 100")
        .bind(conversation)
        .all(on)
        .await?;
    rows.into_iter()
        .map(|(from, to, reason, checks, had_by, actor, at)| {
            let what = format!("moves of conversation {conversation}");
            Ok(Move {
                checks: from_json(&what, &checks)?,
                actor: from_json(&what, &actor)?,
                from,
                to,
                reason,
                had_by,
                at,
            })
        })
        .collect()
}

/// How often a conversation went back to a lower level of people.
pub fn bounces(moves: &[Move]) -> usize {
    moves
        .iter()
        .filter(|one| one.to < one.from && one.to != Level::Bot)
        .count()
}
