//! What macros and rules do: steps, taken one after the other in one transaction.

use serde::{Deserialize, Serialize};

use super::canned::Values;
use super::{Texts, follow};
use crate::automatic;
use crate::conversations;
use crate::db::sql;
use crate::error::{Error, Result};
use crate::labels;
use crate::lifecycle::{Action, UNTIL_REPLY, act_in};
use crate::reply::{NewReply, ReplyKind, reply_in};
use crate::store::Tx;
use crate::teams;
use crate::types::{Actor, AgentId, ConversationId, LabelId, Level, MessageId, Millis, Priority, TeamId};

/// The most steps of one macro or rule.
pub const MOST: usize = 12;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Give it to an agent; without one, to nobody.
    Assign {
        /// The agent.
        #[serde(default)]
        agent: Option<AgentId>,
    },
    /// Give it to whoever runs the macro.
    Take,
    /// Give it to a team; without one, to none.
    Team {
        /// The team.
        #[serde(default)]
        team: Option<TeamId>,
    },
    /// Move it to a level, with a reason.
    Level {
        /// The level.
        level: Level,
        /// Why.
        reason: String,
    },
    /// Set how urgent it is.
    Priority {
        /// How urgent.
        priority: Priority,
    },
    /// Put a label on it.
    Label {
        /// The label.
        label: LabelId,
    },
    /// Take a label off it.
    Unlabel {
        /// The label.
        label: LabelId,
    },
    /// Write to the customer, in their language; variables are filled.
    Reply {
        /// The words, by language.
        texts: Texts,
    },
    /// Write a note.
    Note {
        /// The words.
        text: String,
    },
    /// Write a note that calls a team.
    Tell {
        /// The team.
        team: TeamId,
        /// The words.
        text: String,
    },
    /// Let an agent follow it.
    Follow {
        /// The agent.
        agent: AgentId,
    },
    /// Hide it for some minutes; 0 is until the customer writes.
    Snooze {
        /// How many.
        minutes: i64,
    },
    /// Done.
    Resolve,
    /// Not done after all.
    Reopen,
    /// It is spam.
    Spam,
}

impl Step {
    /// The word that it is stored and sent by.
    pub const fn word(&self) -> &'static str {
        match self {
            Step::Assign { .. } => "assign",
            Step::Take => "take",
            Step::Team { .. } => "team",
            Step::Level { .. } => "level",
            Step::Priority { .. } => "priority",
            Step::Label { .. } => "label",
            Step::Unlabel { .. } => "unlabel",
            Step::Reply { .. } => "reply",
            Step::Note { .. } => "note",
            Step::Tell { .. } => "tell",
            Step::Follow { .. } => "follow",
            Step::Snooze { .. } => "snooze",
            Step::Resolve => "resolve",
            Step::Reopen => "reopen",
            Step::Spam => "spam",
        }
    }
}

/// Refuses steps that could never be taken.
pub(crate) fn check(steps: &[Step], has_person: bool) -> Result<()> {
    if steps.is_empty() {
        return Err(Error::Invalid("steps: say what is to be done".to_owned()));
    }
    if steps.len() > MOST {
        return Err(Error::Invalid(format!("steps: at most {MOST}")));
    }
    for (place, step) in steps.iter().enumerate() {
        let wrong = match step {
            Step::Spam if place + 1 < steps.len() => {
                Some("nothing is done with what is spam: let that be the last step")
            }
            Step::Take if !has_person => Some("a rule is nobody: name the agent"),
            Step::Level { level: Level::Bot, .. } => Some("a conversation does not go back to the bot"),
            Step::Level { reason, .. } if reason.trim().is_empty() => Some("say why the level changes"),
            Step::Level { reason, .. } if reason.chars().count() > 2_000 => {
                Some("the reason has more than 2000 characters")
            }
            Step::Reply { texts } if texts.is_empty() => Some("write the reply in one language at least"),
            Step::Note { text } | Step::Tell { text, .. }
                if text.trim().is_empty() || text.chars().count() > 10_000 =>
            {
                Some("a note has 1 to 10000 characters")
            }
            Step::Snooze { minutes } if !(0..=527_040).contains(minutes) => Some("snooze for 0 to 527040 minutes"),
            _ => None,
        };
        if let Some(wrong) = wrong {
            return Err(Error::Invalid(format!("steps: {wrong}")));
        }
        if let Step::Reply { texts } = step {
            texts.check("steps")?;
            texts.check_variables("steps")?;
        }
    }
    Ok(())
}

/// Takes the steps, in order; returns the words of those that changed something.
///
/// # Errors
/// The first step that cannot be taken; whoever began the transaction rolls it back.
pub(crate) async fn take_in(
    tx: &mut Tx,
    actor: &Actor,
    conversation: &ConversationId,
    steps: &[Step],
) -> Result<Vec<&'static str>> {
    let mut done = Vec::new();
    for step in steps {
        if take_one(tx, actor, conversation, step).await? {
            done.push(step.word());
        }
    }
    Ok(done)
}

async fn take_one(tx: &mut Tx, actor: &Actor, id: &ConversationId, step: &Step) -> Result<bool> {
    let agent = match actor {
        Actor::Agent(agent) => Some(agent.clone()),
        _ => None,
    };
    let action = match step {
        Step::Assign { agent } => Action::Assign(agent.clone()),
        Step::Take => {
            Action::Assign(Some(agent.ok_or_else(|| {
                Error::Invalid("nobody runs this who could take the conversation".to_owned())
            })?))
        }
        Step::Team { team } => Action::GiveTo(team.clone()),
        Step::Level { level, reason } => Action::MoveTo {
            level: *level,
            reason: reason.clone(),
        },
        Step::Priority { priority } => Action::Prioritise(*priority),
        Step::Snooze { minutes } => Action::Snooze {
            until: snoozed_until(tx.now(), *minutes),
        },
        Step::Resolve => Action::Resolve,
        Step::Reopen => Action::Reopen,
        Step::Spam => Action::Spam,
        Step::Label { label } => {
            return labels::set_in(tx, actor, id, std::slice::from_ref(label), &[])
                .await
                .map_err(gone_label);
        }
        Step::Unlabel { label } => {
            return labels::set_in(tx, actor, id, &[], std::slice::from_ref(label))
                .await
                .map_err(gone_label);
        }
        Step::Reply { texts } => return say(tx, actor, agent.as_ref(), id, texts).await,
        Step::Note { text } => return note(tx, actor, agent.as_ref(), id, text).await.map(|_| true),
        Step::Tell { team, text } => {
            teams::load(&mut *tx, team).await.map_err(|error| match error {
                Error::NotFound => Error::Invalid("that team does not exist".to_owned()),
                other => other,
            })?;
            let note = note(tx, actor, agent.as_ref(), id, text).await?;
            follow::call_team_in(tx, team, id, &note).await?;
            return Ok(true);
        }
        Step::Follow { agent } => {
            let known: Option<(String,)> = sql("SELECT id FROM agents WHERE id = $1 AND is_enabled")
                .bind(agent)
                .optional(&mut *tx)
                .await?;
            if known.is_none() {
                return Err(Error::Invalid("that agent does not exist or is disabled".to_owned()));
            }
            follow::follow_in(tx, agent, id, true).await?;
            return Ok(true);
        }
    };
    act_in(tx, actor, id, action).await.map(|(_, has_changed)| has_changed)
}

async fn note(
    tx: &mut Tx,
    actor: &Actor,
    agent: Option<&AgentId>,
    id: &ConversationId,
    text: &str,
) -> Result<MessageId> {
    let conversation = conversations::lock_current(tx, id).await?;
    let filled = Values::of(&mut *tx, &conversation, agent).await?.fill(text);
    let note = NewReply::of(MessageId::from(tx.env().ulid()), id, ReplyKind::Note, filled.text);
    Ok(reply_in(tx, actor, note).await?.message)
}

fn gone_label(error: Error) -> Error {
    match error {
        Error::NotFound => Error::Invalid("that label is gone".to_owned()),
        other => other,
    }
}

pub(crate) fn snoozed_until(now: Millis, minutes: i64) -> Millis {
    if minutes == 0 {
        UNTIL_REPLY
    } else {
        now + minutes * 60_000
    }
}

/// Returns whether anything was said.
async fn say(tx: &mut Tx, actor: &Actor, agent: Option<&AgentId>, id: &ConversationId, texts: &Texts) -> Result<bool> {
    let conversation = conversations::lock_current(tx, id).await?;
    let Some((_, said)) = texts.pick(conversation.language) else {
        return Ok(false);
    };
    let filled = Values::of(&mut *tx, &conversation, agent).await?.fill(said);
    if !filled.missing.is_empty() {
        return Err(Error::Invalid(format!(
            "the reply has variables without a value here: {}",
            filled.missing.join(", ")
        )));
    }
    let new = NewReply::of(MessageId::from(tx.env().ulid()), id, ReplyKind::Customer, filled.text);
    if *actor == Actor::System {
        // A rule's answer is nobody's; a macro's is that of whoever ran it.
        return Ok(automatic::answer_in(tx, actor, &conversation, new).await?.is_some());
    }
    reply_in(tx, actor, new).await.map(|_| true)
}
