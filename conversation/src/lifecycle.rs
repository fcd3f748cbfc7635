//! What people and the bot do with a conversation: assign, escalate, snooze, resolve, reopen.

use serde_json::json;

use crate::access::{self, Permission};
use crate::activity::activity;
use crate::audit;
use crate::conversations::{self, Conversation};
use crate::db::sql;
use crate::error::{Error, Result};
use crate::spam;
use crate::store::{Store, Tx, conversation_updated};
use crate::teams;
use crate::tickets::{self, levels};
use crate::types::{
    Actor, ActorKind, AgentId, ConversationId, ConversationStatus, Level, Millis, Priority, Role, TeamId, TicketStatus,
};

/// The time of a snooze that only the customer's next message ends: the year 9999.
pub const UNTIL_REPLY: Millis = 253_370_764_800_000;

/// One thing to do with a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Give it to an agent, or to nobody.
    Assign(Option<AgentId>),
    /// An agent takes it, from whoever they saw to have it: who took it in that moment keeps it.
    Claim {
        /// Who takes it.
        agent: AgentId,
        /// Who had it when they looked.
        from: Option<AgentId>,
    },
    /// Give it to a team, or to none. An agent who is not in the team gives it away.
    GiveTo(Option<TeamId>),
    /// Move it to a level, up or back, and say why.
    MoveTo {
        /// The level.
        level: Level,
        /// Why; shown to whoever takes it.
        reason: String,
    },
    /// Hide it until a time or the customer's next message.
    Snooze {
        /// UTC milliseconds, in the future.
        until: Millis,
    },
    /// Done.
    Resolve,
    /// Not done after all.
    Reopen,
    /// What was hidden until a time comes back, to the top of the list: somebody wanted to see it now.
    Wake {
        /// Who hid it.
        by: Option<AgentId>,
    },
    /// How urgent.
    Prioritise(Priority),
    /// It is spam: it leaves every list, counts nowhere, and nobody is told of it any more.
    Spam,
    /// It is not: everything is as if it had never been.
    NotSpam,
}

/// Does it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] when the action makes no sense in the present state.
pub async fn act(store: &Store, actor: &Actor, id: &ConversationId, action: Action) -> Result<Conversation> {
    let mut tx = store.begin().await?;
    let (conversation, has_changed) = act_in(&mut tx, actor, id, action).await?;
    if has_changed {
        tx.commit().await?;
    }
    Ok(conversation)
}

/// As [`act`], as part of a transaction of the caller's. Tells whether anything changed: doing
/// a thing twice is harmless.
pub async fn act_in(tx: &mut Tx, actor: &Actor, id: &ConversationId, action: Action) -> Result<(Conversation, bool)> {
    act_with(tx, actor, id, action, &[]).await
}

/// As [`act_in`], with what a level wants to be told before it takes over.
pub(crate) async fn act_with(
    tx: &mut Tx,
    actor: &Actor,
    id: &ConversationId,
    action: Action,
    told: &[levels::Told],
) -> Result<(Conversation, bool)> {
    let mut conversation = conversations::lock(tx, id).await?;
    if conversation.merged_into.is_some() {
        return Err(Error::Conflict(
            "the conversation became part of another one".to_owned(),
        ));
    }
    if !matches!(action, Action::Spam | Action::NotSpam) {
        spam::refuse(&conversation)?;
    }
    let now = tx.now();
    let had_by = conversation.assignee_id.clone();
    let from = conversation.level;
    if let Action::Claim { agent, from } = &action {
        is_still_with(tx, &conversation, agent, from.as_ref()).await?;
    }
    let Some(mut what) = apply(&mut conversation, action, now)? else {
        return Ok((conversation, false));
    };
    match what["action"].as_str() {
        Some("escalated" | "returned") => {
            let step = levels::Step {
                from,
                to: conversation.level,
                reason: what["reason"].as_str().unwrap_or_default().to_owned(),
                had_by,
            };
            taken_over(tx, actor, &mut conversation, &step, told, &mut what).await?;
        }
        Some("assigned") => assignee_can_work(tx, &conversation).await?,
        Some("given") => given_to_team(tx, &mut conversation, &mut what).await?,
        Some("reopened") => teams::forget_gone(tx, &mut conversation.team_id).await?,
        Some("spam") => spam::mark_in(tx, actor, &mut conversation, spam::Why::Marked).await?,
        Some("not_spam") => {
            spam::lift_in(tx, actor, &mut conversation).await?;
            teams::forget_gone(tx, &mut conversation.team_id).await?;
        }
        _ => {}
    }
    if what["action"] != "prioritised" {
        activity(tx, &conversation, actor, what.clone()).await?;
        conversation.message_count += 1;
    }
    conversations::save(tx, &mut conversation).await?;
    if !matches!(what["action"].as_str(), Some("spam" | "not_spam")) {
        tickets::follow(tx, actor, &conversation).await?;
    }
    if what["action"] == "resolved" {
        crate::surveys::resolved_in(tx, &conversation).await?;
    }
    audit::record(
        tx,
        actor,
        what["action"].as_str().unwrap_or_default(),
        id.as_str(),
        &what,
    )
    .await?;
    tx.emit(conversation_updated(id, actor, what));
    Ok((conversation, true))
}

/// The next level takes it over: what was checked, and who has it there, become part of what is told.
async fn taken_over(
    tx: &mut Tx,
    actor: &Actor,
    conversation: &mut Conversation,
    step: &levels::Step,
    told: &[levels::Told],
    what: &mut serde_json::Value,
) -> Result<()> {
    let checks = levels::take_in(tx, actor, conversation, step, told).await?;
    if !checks.is_empty() {
        what["checks"] = json!(checks);
    }
    if let Some(agent) = &conversation.assignee_id {
        what["agent"] = json!(agent);
    }
    Ok(())
}

/// Nobody gets work who cannot sign in, whose role works on none, or who does not reach this customer or this inbox.
async fn assignee_can_work(tx: &mut Tx, conversation: &Conversation) -> Result<()> {
    let Some(agent) = &conversation.assignee_id else {
        return Ok(());
    };
    let known: Option<(String, bool, Role)> = sql("SELECT name, is_enabled, role FROM agents WHERE id = $1")
        .bind(agent)
        .optional(&mut *tx)
        .await?;
    let Some((name, true, role)) = known else {
        return Err(Error::Invalid("that agent does not exist or is disabled".to_owned()));
    };
    if !access::can(role, Permission::Work) {
        return Err(Error::Invalid(format!(
            "the role of {name} does not work on conversations"
        )));
    }
    if !access::sees(&mut *tx, &Actor::Agent(agent.clone()), &conversation.contact_id).await? {
        return Err(Error::Invalid(format!("{name} does not look after this customer")));
    }
    if !access::can_be_given(tx, agent, conversation).await? {
        return Err(Error::Invalid(format!("{name} does not work in this inbox")));
    }
    Ok(())
}

/// Whether nobody took it since somebody looked.
async fn is_still_with(
    tx: &mut Tx,
    conversation: &Conversation,
    agent: &AgentId,
    from: Option<&AgentId>,
) -> Result<()> {
    let Some(holder) = conversation.assignee_id.as_ref() else {
        return Ok(());
    };
    if holder == agent || Some(holder) == from {
        return Ok(());
    }
    let (name,): (String,) = sql("SELECT name FROM agents WHERE id = $1")
        .bind(holder)
        .one(tx)
        .await?;
    Err(Error::Conflict(format!("{name} took this conversation a moment ago")))
}

/// The team's name becomes part of what is told; an agent who is not in it has given the conversation away.
async fn given_to_team(tx: &mut Tx, conversation: &mut Conversation, what: &mut serde_json::Value) -> Result<()> {
    let Some(team) = &conversation.team_id else {
        return Ok(());
    };
    let known: Option<(String,)> = sql("SELECT name FROM teams WHERE id = $1")
        .bind(team)
        .optional(&mut *tx)
        .await?;
    let Some((name,)) = known else {
        return Err(Error::Invalid("that team does not exist".to_owned()));
    };
    what["team_name"] = name.into();
    if let Some(agent) = &conversation.assignee_id
        && !teams::is_member(tx, team, agent).await?
    {
        conversation.assignee_id = None;
    }
    Ok(())
}

/// The transition itself: what changes, in words for the activity line; `None` when nothing does.
fn apply(conversation: &mut Conversation, action: Action, now: Millis) -> Result<Option<serde_json::Value>> {
    let what = match action {
        Action::Claim { agent, .. } => return apply(conversation, Action::Assign(Some(agent)), now),
        Action::Assign(agent) => {
            if conversation.assignee_id == agent {
                return Ok(None);
            }
            // A person who takes it over takes it from the bot.
            if agent.is_some() && conversation.level == Level::Bot {
                conversation.level = Level::N1;
            }
            conversation.assignee_id = agent.clone();
            json!({ "action": "assigned", "agent": agent })
        }
        Action::GiveTo(team) => {
            if conversation.team_id == team {
                return Ok(None);
            }
            if team.is_some() && conversation.level == Level::Bot {
                conversation.level = Level::N1;
            }
            conversation.team_id = team.clone();
            json!({ "action": "given", "team": team })
        }
        Action::MoveTo { level, reason } => {
            if conversation.level == level {
                return Ok(None);
            }
            move_to(conversation, level, reason.trim())?
        }
        Action::Snooze { until } => {
            snooze(conversation, until, now)?;
            json!({ "action": "snoozed", "until": until })
        }
        Action::Resolve => {
            if conversation.status == ConversationStatus::Resolved {
                return Ok(None);
            }
            conversation.status = ConversationStatus::Resolved;
            conversation.resolved_at = Some(now);
            conversation.snoozed_until = None;
            conversation.waiting_since = None;
            json!({ "action": "resolved" })
        }
        Action::Reopen => {
            if conversation.status == ConversationStatus::Open {
                return Ok(None);
            }
            wake(conversation);
            json!({ "action": "reopened" })
        }
        Action::Wake { by } => {
            if conversation.status != ConversationStatus::Snoozed {
                return Ok(None);
            }
            wake(conversation);
            conversation.last_message_at = conversation.last_message_at.max(now);
            json!({ "action": "reopened", "from": ConversationStatus::Snoozed, "by": by })
        }
        Action::Prioritise(priority) => {
            if conversation.priority == priority {
                return Ok(None);
            }
            let from = conversation.priority;
            conversation.priority = priority;
            json!({ "action": "prioritised", "from": from, "to": priority })
        }
        Action::Spam => {
            if conversation.spam_since.is_some() {
                return Ok(None);
            }
            json!({ "action": "spam" })
        }
        Action::NotSpam => {
            if conversation.spam_since.is_none() {
                return Ok(None);
            }
            json!({ "action": "not_spam" })
        }
    };
    Ok(Some(what))
}

fn move_to(conversation: &mut Conversation, level: Level, reason: &str) -> Result<serde_json::Value> {
    if reason.is_empty() {
        return Err(Error::Invalid(
            "say why: a reason is needed to change the level".to_owned(),
        ));
    }
    if reason.chars().count() > 2000 {
        return Err(Error::Invalid("the reason has more than 2000 characters".to_owned()));
    }
    let from = std::mem::replace(&mut conversation.level, level);
    // The next level's people pick it up themselves.
    conversation.assignee_id = None;
    wake(conversation);
    let action = if level > from { "escalated" } else { "returned" };
    Ok(json!({ "action": action, "from": from, "to": level, "reason": reason }))
}

fn snooze(conversation: &mut Conversation, until: Millis, now: Millis) -> Result<()> {
    if until <= now {
        return Err(Error::Invalid("snooze until a time that is still to come".to_owned()));
    }
    if conversation.status == ConversationStatus::Resolved {
        return Err(Error::Invalid(
            "a resolved conversation cannot be snoozed; reopen it first".to_owned(),
        ));
    }
    conversation.status = ConversationStatus::Snoozed;
    conversation.snoozed_until = Some(until);
    Ok(())
}

fn wake(conversation: &mut Conversation) {
    conversation.status = ConversationStatus::Open;
    conversation.resolved_at = None;
    conversation.snoozed_until = None;
}

/// Brings back what was hidden until now; returns how many.
pub async fn wake_due(store: &Store) -> Result<usize> {
    let due: Vec<(ConversationId,)> = sql("SELECT id FROM conversations WHERE status = 'snoozed' AND merged_into IS NULL AND snoozed_until <= $1 ORDER BY snoozed_until LIMIT 100")
        .bind(store.now())
        .all(store.db())
        .await?;
    let mut woken = 0;
    for (id,) in due {
        let mut tx = store.begin().await?;
        let conversation = conversations::lock(&mut tx, &id).await?;
        // Somebody may have hidden it for longer, or merged it, meanwhile.
        let is_due = conversation.merged_into.is_none() && conversation.snoozed_until.is_some_and(|at| at <= tx.now());
        if !is_due {
            continue;
        }
        let by = hidden_by(&mut tx, &id).await?;
        if act_in(&mut tx, &Actor::System, &id, Action::Wake { by }).await?.1 {
            tx.commit().await?;
            woken += 1;
        }
    }
    Ok(woken)
}

/// The agent who hid a conversation last; nobody where a rule did.
async fn hidden_by(tx: &mut Tx, id: &ConversationId) -> Result<Option<AgentId>> {
    let row: Option<(ActorKind, String)> = sql("SELECT author_kind, author_id FROM messages WHERE conversation_id = $1 AND kind = 'activity' AND extra LIKE '%\"snoozed\"%' AND extra LIKE '%\"until\"%' ORDER BY at DESC, id DESC LIMIT 1")
        .bind(id)
        .optional(tx)
        .await?;
    Ok(row.and_then(|(kind, id)| (kind == ActorKind::Agent).then(|| AgentId::from(id))))
}

/// What the ticket of a conversation should say, given the conversation.
pub(crate) fn ticket_status(conversation: &Conversation, current: TicketStatus) -> TicketStatus {
    match conversation.status {
        ConversationStatus::Resolved => TicketStatus::Resolved,
        // What the customer said about it is read first (`tickets::solve`).
        _ if current == TicketStatus::Confirming => TicketStatus::Confirming,
        // Only what waits for the customer says so to them: a time is the agent's own affair.
        ConversationStatus::Snoozed
            if current == TicketStatus::Waiting || conversation.snoozed_until == Some(UNTIL_REPLY) =>
        {
            TicketStatus::Waiting
        }
        ConversationStatus::Snoozed | ConversationStatus::Open
            if current == TicketStatus::New && conversation.assignee_id.is_none() =>
        {
            TicketStatus::New
        }
        ConversationStatus::Snoozed | ConversationStatus::Open => TicketStatus::Open,
    }
}
