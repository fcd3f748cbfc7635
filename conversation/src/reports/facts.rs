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
    /// It never was, for as long as it is spam.
    pub(super) is_spam: bool,
    pub(super) created_at: Millis,
    pub(super) resolved_at: Option<Millis>,
    /// In order.
    pub(super) happened: Vec<Happened>,
    /// In order of their time.
    pub(super) messages: Vec<Said>,
    pub(super) surveys: Vec<Asked>,
    /// How long a customer may wait, in milliseconds.
    pub(super) limit: Option<Millis>,
    /// What became of the promise of a first answer, where a ticket has one: whether it was kept.
    pub(super) is_kept: Option<bool>,
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
    /// A broadcast began it: it is nobody's work before its customer answers.
    Told,
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
    if read.is_spam {
        return Facts {
            keys: read.keys.clone(),
            parts: Vec::new(),
        };
    }
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
    // A promise made for a ticket counts before the plain limit of its urgency.
    if let Some(is_kept) = read.is_kept.or_else(|| read.limit.map(|limit| took <= limit)) {
        sums.aimed += 1;
        sums.within += i64::from(is_kept);
    }
}

/// Opened, closed, opened again. What the log does not say (messages that were moved) follows from the row as
/// it stands, so that what is open in the sums is what is open.
fn course(read: &Read, hours: Option<&Schedule>, gather: &mut Gather<'_>) {
    let assignee = &read.assignee;
    let has = |what: What| read.happened.iter().any(|one| one.what == what);
    let mut was_told = has(What::Told);
    let begins_open = !was_told && !has(What::Began { is_open: false });
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
                // Who answers a broadcast begins a conversation.
                if std::mem::take(&mut was_told) {
                    sums.created += 1;
                } else {
                    sums.reopened += 1;
                }
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Millis = 1_767_614_400_000;

    fn said(kind: MessageKind, author: ActorKind, minutes: i64) -> Said {
        Said {
            kind,
            author,
            author_id: "ana".to_owned(),
            is_person: true,
            at: NOON + minutes * MINUTE,
        }
    }

    fn read(messages: Vec<Said>, happened: Vec<(What, i64)>) -> Read {
        Read {
            keys: vec![(Dimension::All, String::new())],
            assignee: "ana".to_owned(),
            status: ConversationStatus::Open,
            is_merged: false,
            is_spam: false,
            created_at: NOON,
            resolved_at: None,
            happened: happened
                .into_iter()
                .map(|(what, minutes)| Happened {
                    what,
                    actor: Actor::System,
                    at: NOON + minutes * MINUTE,
                })
                .collect(),
            messages,
            surveys: Vec::new(),
            limit: None,
            is_kept: None,
        }
    }

    fn sums(read: &Read) -> Sums {
        let mut sums = Sums::default();
        for part in of(read, None, &TimeZone::UTC).parts {
            sums.add(&part.sums, 1);
        }
        sums
    }

    #[test]
    fn a_wait_begins_when_people_could_have_answered() {
        use ActorKind::{Agent, Bot, Contact};
        use MessageKind::{Inbound, Outbound};
        let asked = said(Inbound, Contact, 0);
        for (what, messages, happened, wait) in [
            (
                "answered",
                vec![asked.clone(), said(Outbound, Agent, 20)],
                vec![],
                Some(20),
            ),
            (
                "handed over by the bot",
                vec![asked.clone(), said(Outbound, Bot, 1), said(Outbound, Agent, 20)],
                vec![(What::HandedOver, 15)],
                Some(5),
            ),
            (
                "only the bot",
                vec![asked.clone(), said(Outbound, Bot, 1)],
                vec![],
                None,
            ),
            (
                "written to first",
                vec![said(Outbound, Agent, -5), asked.clone()],
                vec![],
                None,
            ),
        ] {
            let sums = sums(&read(messages, happened));
            assert_eq!(sums.first_answer(false), wait.map(|minutes| minutes * MINUTE), "{what}");
        }
    }

    #[test]
    fn what_a_broadcast_began_begins_with_its_answer() {
        use What::{Opened, Resolved, Told};
        for (happened, status, expected) in [
            (vec![(Told, 0)], ConversationStatus::Resolved, (0, 0, 0)),
            (vec![(Told, 0), (Opened, 9)], ConversationStatus::Open, (1, 1, 0)),
            (
                vec![(Told, 0), (Opened, 9), (Resolved, 10), (Opened, 11)],
                ConversationStatus::Open,
                (1, 2, 1),
            ),
        ] {
            let read = Read {
                status,
                ..read(Vec::new(), happened)
            };
            let sums = sums(&read);
            assert_eq!(
                (sums.created, sums.opened, sums.reopened),
                expected,
                "{:?}",
                read.happened
            );
        }
    }

    #[test]
    fn a_promise_of_a_ticket_counts_before_the_plain_limit() {
        let messages = vec![
            said(MessageKind::Inbound, ActorKind::Contact, 0),
            said(MessageKind::Outbound, ActorKind::Agent, 20),
        ];
        for (limit, is_kept, aimed, within) in [
            (None, None, 0, 0),
            (Some(30 * MINUTE), None, 1, 1),
            (Some(10 * MINUTE), None, 1, 0),
            (Some(30 * MINUTE), Some(false), 1, 0),
            (None, Some(true), 1, 1),
        ] {
            let read = Read {
                limit,
                is_kept,
                ..read(messages.clone(), Vec::new())
            };
            let sums = sums(&read);
            assert_eq!((sums.aimed, sums.within), (aimed, within), "{limit:?} {is_kept:?}");
        }
    }

    #[test]
    fn what_the_log_does_not_say_follows_from_the_row() {
        let course = [
            (What::Resolved, 10),
            (What::Resolved, 20),
            (What::Opened, 30),
            (What::Opened, 40),
        ];
        for (steps, status, opened, closed, resolved, reopened) in [
            (0, ConversationStatus::Open, 1, 0, 0, 0),
            (0, ConversationStatus::Resolved, 1, 1, 0, 0),
            (1, ConversationStatus::Resolved, 1, 1, 1, 0),
            (1, ConversationStatus::Snoozed, 2, 1, 1, 0),
            (2, ConversationStatus::Resolved, 1, 1, 1, 0),
            (4, ConversationStatus::Open, 2, 1, 1, 1),
        ] {
            let read = Read {
                status,
                ..read(Vec::new(), course[..steps].to_vec())
            };
            let sums = sums(&read);
            assert_eq!(
                (sums.opened, sums.closed, sums.resolved, sums.reopened),
                (opened, closed, resolved, reopened),
                "{steps} {status}"
            );
        }
        let machine = read(Vec::new(), vec![(What::Began { is_open: false }, 0)]);
        let read = Read {
            status: ConversationStatus::Resolved,
            ..machine
        };
        assert!(sums(&read).is_empty());
    }
}
