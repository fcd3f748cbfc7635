//! What one conversation adds to which day. Pure: rows in, facts out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Dimension, Sums, open_between};
use crate::desk::hours::Schedule;
use crate::types::{Actor, ActorKind, ConversationStatus, MessageKind, Millis};

const MINUTE: Millis = 60_000;

/// The facts of one conversation, as they are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Facts {
    /// By which values it counts, the agent left out.
    pub(super) keys: Vec<(Dimension, String)>,
    /// What happened on which day, by which agent.
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) day: String,
    pub(super) agent: String,
    pub(super) sums: Sums,
}

/// A row of the sums: dimension, day, key.
pub(super) type Place = (Dimension, String, String);

impl Facts {
    /// Adds these facts to sums, `times` times.
    pub(super) fn add_to(&self, sums: &mut BTreeMap<Place, Sums>, times: i64) {
        for part in &self.parts {
            let agent = (Dimension::Agent, part.agent.clone());
            for (dimension, key) in self.keys.iter().chain(std::iter::once(&agent)) {
                sums.entry((*dimension, part.day.clone(), key.clone()))
                    .or_default()
                    .add(&part.sums, times);
            }
        }
    }
}

/// What is read of a conversation.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) keys: Vec<(Dimension, String)>,
    pub(super) assignee: String,
    pub(super) status: ConversationStatus,
    pub(super) is_merged: bool,
    pub(super) created_at: Millis,
    pub(super) resolved_at: Option<Millis>,
    /// In order.
    pub(super) happened: Vec<Happened>,
    /// In order of their time.
    pub(super) messages: Vec<Said>,
    pub(super) surveys: Vec<Asked>,
    /// How long a customer may wait, in milliseconds.
    pub(super) limit: Option<Millis>,
}

/// An event that moved the conversation.
#[derive(Debug, Clone)]
pub(super) struct Happened {
    pub(super) what: What,
    pub(super) actor: Actor,
    pub(super) at: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// It began; a machine's mail begins resolved.
    Began {
        is_open: bool,
    },
    Resolved,
    /// By hand, by a message, by going to another level.
    Opened,
    /// The bot gave it to people; that opens it, too.
    HandedOver,
}

/// A message.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) kind: MessageKind,
    pub(super) author: ActorKind,
    pub(super) author_id: String,
    pub(super) is_person: bool,
    pub(super) at: Millis,
}

/// A survey that was asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) is_nps: bool,
    pub(super) agent: String,
    pub(super) asked_at: Millis,
    pub(super) answered: Option<(Millis, i64)>,
}

/// The day of a moment in a zone.
pub(super) fn day(at: Millis, zone: &TimeZone) -> String {
    Timestamp::from_millisecond(at)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(zone.clone())
        .date()
        .to_string()
}

/// The facts while they are gathered.
struct Gather<'a> {
    zone: &'a TimeZone,
    parts: BTreeMap<(String, String), Sums>,
}

impl Gather<'_> {
    fn at(&mut self, at: Millis, agent: &str) -> &mut Sums {
        self.parts.entry((day(at, self.zone), agent.to_owned())).or_default()
    }
}

/// What a conversation adds.
pub(super) fn of(read: &Read, hours: Option<&Schedule>, zone: &TimeZone) -> Facts {
    let mut gather = Gather {
        zone,
        parts: BTreeMap::new(),
    };
    // What became part of another conversation counts there; what was asked in it was asked.
    if !read.is_merged {
        messages(read, &mut gather);
        first_answer(read, hours, &mut gather);
        course(read, hours, &mut gather);
    }
    for survey in &read.surveys {
        scores(survey, &mut gather);
    }
    Facts {
        keys: read.keys.clone(),
        parts: gather
            .parts
            .into_iter()
            .filter(|(_, sums)| !sums.is_empty())
            .map(|((day, agent), sums)| Part { day, agent, sums })
            .collect(),
    }
}

fn is_by_person(message: &Said) -> bool {
    message.kind == MessageKind::Outbound && matches!(message.author, ActorKind::Agent | ActorKind::Api)
}

/// The agent that something a person did is counted for.
fn agent_of(message: &Said) -> &str {
    if message.author == ActorKind::Agent {
        &message.author_id
    } else {
        ""
    }
}

fn messages(read: &Read, gather: &mut Gather<'_>) {
    for message in &read.messages {
        match (message.kind, message.author) {
            (MessageKind::Inbound, _) if message.is_person => gather.at(message.at, &read.assignee).inbound += 1,
            (MessageKind::Outbound, ActorKind::Bot) => gather.at(message.at, &read.assignee).bot_answers += 1,
            _ if is_by_person(message) => gather.at(message.at, agent_of(message)).answers += 1,
            _ => {}
        }
    }
}

fn first_answer(read: &Read, hours: Option<&Schedule>, gather: &mut Gather<'_>) {
    let begun = read
        .messages
        .iter()
        .find(|message| message.kind == MessageKind::Inbound && message.is_person);
    let answer = read.messages.iter().find(|message| is_by_person(message));
    let (Some(begun), Some(answer)) = (begun, answer) else {
        return;
    };
    // Written to first: nobody waited.
    if answer.at < begun.at {
        return;
    }
    // Whom the bot helped did not wait for people until it gave up.
    let from = read
        .happened
        .iter()
        .filter(|one| one.what == What::HandedOver && one.at <= answer.at)
        .map(|one| one.at)
        .next_back()
        .unwrap_or(begun.at)
        .max(begun.at);
    let took = answer.at - from;
    let sums = gather.at(answer.at, agent_of(answer));
    sums.first_answers += 1;
    sums.first_ms += took;
    sums.first_work_ms += hours.map_or(took, |hours| open_between(hours, from, answer.at));
    match took {
        _ if took < 5 * MINUTE => sums.first_5m += 1,
        _ if took < 30 * MINUTE => sums.first_30m += 1,
        _ if took < 120 * MINUTE => sums.first_2h += 1,
        _ if took < 480 * MINUTE => sums.first_8h += 1,
        _ if took < 1_440 * MINUTE => sums.first_24h += 1,
        _ => {}
    }
    if let Some(limit) = read.limit {
        sums.aimed += 1;
        sums.within += i64::from(took <= limit);
    }
}

/// Opened, closed, opened again. What the log does not say (messages that were moved) follows from the row as
/// it stands, so that what is open in the sums is what is open.
fn course(read: &Read, hours: Option<&Schedule>, gather: &mut Gather<'_>) {
    let assignee = &read.assignee;
    let begins_open = !read
        .happened
        .iter()
        .any(|one| one.what == What::Began { is_open: false });
    let mut open_since = None;
    if begins_open {
        let sums = gather.at(read.created_at, assignee);
        sums.created += 1;
        sums.opened += 1;
        open_since = Some(read.created_at);
    }
    let mut last = read.created_at;
    for one in &read.happened {
        last = one.at;
        match (one.what, open_since) {
            (What::Resolved, Some(since)) => {
                let helped = |author: fn(&Said) -> bool| {
                    read.messages
                        .iter()
                        .any(|message| message.at <= one.at && author(message))
                };
                let by_bot =
                    helped(|message| message.kind == MessageKind::Outbound && message.author == ActorKind::Bot)
                        && !helped(is_by_person);
                gather.at(one.at, assignee).closed += 1;
                let agent = match &one.actor {
                    Actor::Agent(id) => id.as_str(),
                    _ => assignee,
                };
                let sums = gather.at(one.at, agent);
                sums.resolved += 1;
                sums.resolved_ms += one.at - since;
                sums.resolved_work_ms += hours.map_or(one.at - since, |hours| open_between(hours, since, one.at));
                sums.bot_solved += i64::from(by_bot);
                open_since = None;
            }
            (What::Opened | What::HandedOver, None) => {
                let sums = gather.at(one.at, assignee);
                sums.opened += 1;
                sums.reopened += 1;
                open_since = Some(one.at);
            }
            _ => {}
        }
    }
    let is_open = read.status != ConversationStatus::Resolved;
    match (open_since, is_open) {
        (None, true) => gather.at(last, assignee).opened += 1,
        (Some(_), false) => gather.at(read.resolved_at.unwrap_or(last), assignee).closed += 1,
        _ => {}
    }
}

fn scores(survey: &Asked, gather: &mut Gather<'_>) {
    let asked = gather.at(survey.asked_at, &survey.agent);
    if survey.is_nps {
        asked.nps_asked += 1;
    } else {
        asked.csat_asked += 1;
    }
    let Some((at, score)) = survey.answered else {
        return;
    };
    let sums = gather.at(at, &survey.agent);
    if survey.is_nps {
        sums.nps_answered += 1;
        sums.promoters += i64::from(score >= 9);
        sums.detractors += i64::from(score <= 6);
    } else {
        sums.csat_answered += 1;
        sums.csat_sum += score;
        sums.csat_good += i64::from(score >= 4);
    }
}
