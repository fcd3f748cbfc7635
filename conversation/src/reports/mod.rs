//! Reports: sums by day, kept from the event log, so that a report costs the same in a small business
//! and in a large one.
//!
//! Each conversation adds facts to the days on which things happened ([`facts`], pure). What was added is
//! kept; when something of a conversation changes its facts are made anew and the difference goes into the
//! sums ([`count`]). So it does not matter how often an event is looked at, and counting anew from
//! nothing gives the same.

mod count;
mod facts;
pub mod mails;
mod months;
mod worktime;

use serde::{Deserialize, Serialize};

use self::months::Parts;
use crate::db::{On, Value, composed_sql};
use crate::error::Result;
use crate::types::{AgentId, Millis};

pub use count::{Progress, Step, follow, progress, rebuild, step};
pub use worktime::open_between;

macro_rules! sums {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What happened, summed. Times are milliseconds; those with `work` within business hours.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
        #[serde(default)]
        pub struct Sums {
            $($(#[$doc])* #[serde(skip_serializing_if = "is_zero")] pub $name: i64,)+
        }

        /// The columns of the table, in order.
        pub(crate) const COLUMNS: &[&str] = &[$(stringify!($name)),+];

        impl Sums {
            /// Every sum by its name, in order.
            pub fn values(&self) -> Vec<(&'static str, i64)> {
                vec![$((stringify!($name), self.$name)),+]
            }

            /// Adds another one, `times` times.
            pub fn add(&mut self, other: &Sums, times: i64) {
                $(self.$name += other.$name * times;)+
            }
        }
    };
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

sums! {
    /// Conversations that began; automatic mail is none.
    created,
    /// Messages of customers.
    inbound,
    /// Messages of people of the business to customers.
    answers,
    /// Messages of the bot.
    bot_answers,
    /// Conversations that were opened, at their beginning or again.
    opened,
    /// Conversations that were closed.
    closed,
    /// Conversations in which a person answered for the first time.
    first_answers,
    /// How long those customers waited, from their first message or the bot's handing over.
    first_ms,
    /// The same within business hours.
    first_work_ms,
    /// Of these, answered within five minutes.
    first_5m,
    /// Within half an hour, and not before.
    first_30m,
    /// Within two hours.
    first_2h,
    /// Within eight hours.
    first_8h,
    /// Within a day.
    first_24h,
    /// First answers that had a limit of waiting: a ticket's promise, else the plain limit of the urgency.
    aimed,
    /// Of these, within it.
    within,
    /// Conversations that were resolved.
    resolved,
    /// How long that took since they were opened.
    resolved_ms,
    /// The same within business hours.
    resolved_work_ms,
    /// Conversations that were opened again.
    reopened,
    /// Resolved without a person's word.
    bot_solved,
    /// Customers asked how our help was.
    csat_asked,
    /// Of these, answered.
    csat_answered,
    /// The sum of their scores.
    csat_sum,
    /// Scores of 4 and 5.
    csat_good,
    /// Customers asked whether they would recommend us.
    nps_asked,
    /// Of these, answered.
    nps_answered,
    /// Scores of 9 and 10.
    promoters,
    /// Scores of 0 to 6.
    detractors,
}

impl Sums {
    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        *self == Sums::default()
    }

    fn share(part: i64, whole: i64) -> Option<f64> {
        (whole > 0).then(|| part as f64 / whole as f64)
    }

    /// The mean wait for the first answer, in milliseconds.
    pub fn first_answer(&self, is_work_time: bool) -> Option<Millis> {
        let sum = if is_work_time {
            self.first_work_ms
        } else {
            self.first_ms
        };
        (self.first_answers > 0).then(|| sum / self.first_answers)
    }

    /// The mean time to the resolution, in milliseconds.
    pub fn resolution(&self, is_work_time: bool) -> Option<Millis> {
        let sum = if is_work_time {
            self.resolved_work_ms
        } else {
            self.resolved_ms
        };
        (self.resolved > 0).then(|| sum / self.resolved)
    }

    /// The share of first answers within their limit, 0 to 1.
    pub fn within_share(&self) -> Option<f64> {
        Sums::share(self.within, self.aimed)
    }

    /// The share of resolutions that needed no person, 0 to 1.
    pub fn bot_share(&self) -> Option<f64> {
        Sums::share(self.bot_solved, self.resolved)
    }

    /// The share of good scores, 0 to 1.
    pub fn csat_share(&self) -> Option<f64> {
        Sums::share(self.csat_good, self.csat_answered)
    }

    /// The net promoter score, -100 to 100.
    pub fn nps(&self) -> Option<f64> {
        Sums::share(self.promoters - self.detractors, self.nps_answered).map(|share| share * 100.0)
    }
}

/// What sums are broken down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Not at all.
    All,
    /// The channel.
    Channel,
    /// The account of the channel.
    Inbox,
    /// The level.
    Level,
    /// The labels; a conversation with two of them counts in both.
    Label,
    /// The category of its ticket.
    Category,
    /// The agent: who answered, who resolved, who was judged; else who has it.
    Agent,
    /// The team.
    Team,
    /// The customer's company.
    Company,
    /// The customer's language.
    Language,
}

impl Dimension {
    /// Every one.
    pub const ALL: [Dimension; 10] = [
        Dimension::All,
        Dimension::Channel,
        Dimension::Inbox,
        Dimension::Level,
        Dimension::Label,
        Dimension::Category,
        Dimension::Agent,
        Dimension::Team,
        Dimension::Company,
        Dimension::Language,
    ];

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Dimension::All => "all",
            Dimension::Channel => "channel",
            Dimension::Inbox => "inbox",
            Dimension::Level => "level",
            Dimension::Label => "label",
            Dimension::Category => "category",
            Dimension::Agent => "agent",
            Dimension::Team => "team",
            Dimension::Company => "company",
            Dimension::Language => "language",
        }
    }

    /// Reads it back.
    pub fn from_text(text: &str) -> Option<Dimension> {
        Dimension::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// Of what, and from which day to which (`2026-01-31`, both included).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The dimension that `key` is of.
    pub dimension: Dimension,
    /// The value; empty for all of it, and for none.
    pub key: String,
    /// The key is an agent: asked is about all that is theirs of the dimension.
    pub of_theirs: Option<Theirs>,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
}

impl Question {
    /// Everything within these days.
    pub fn all(from: &str, to: &str) -> Question {
        Question {
            dimension: Dimension::All,
            key: String::new(),
            of_theirs: None,
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    /// What one agent did.
    pub fn of_agent(agent: &AgentId, from: &str, to: &str) -> Question {
        Question {
            dimension: Dimension::Agent,
            key: agent.to_string(),
            ..Question::all(from, to)
        }
    }

    /// What happened with the companies that were given to a coordinator.
    pub fn of_companies(coordinator: &AgentId, from: &str, to: &str) -> Question {
        Question {
            dimension: Dimension::Company,
            key: coordinator.to_string(),
            of_theirs: Some(Theirs::Companies),
            ..Question::all(from, to)
        }
    }

    /// What happened in the inboxes that an agent works in.
    pub fn of_inboxes(agent: &AgentId, from: &str, to: &str) -> Question {
        Question {
            dimension: Dimension::Inbox,
            key: agent.to_string(),
            of_theirs: Some(Theirs::Inboxes),
            ..Question::all(from, to)
        }
    }

    /// The condition on the key, which is bound as `$2`.
    const fn of_key(&self) -> &'static str {
        match self.of_theirs {
            Some(theirs) => theirs.keys(),
            None => "key = $2",
        }
    }
}

/// Whose figures somebody sees who does not see everybody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theirs {
    /// Those of the companies that were given to a coordinator.
    Companies,
    /// Those of the inboxes that an agent works in.
    Inboxes,
}

impl Theirs {
    /// The dimension that they are of.
    pub const fn dimension(self) -> Dimension {
        match self {
            Theirs::Companies => Dimension::Company,
            Theirs::Inboxes => Dimension::Inbox,
        }
    }

    /// The condition on the key; the agent is bound as `$2`.
    const fn keys(self) -> &'static str {
        match self {
            Theirs::Companies => "key IN (SELECT company_id FROM agent_companies WHERE agent_id = $2)",
            Theirs::Inboxes => "key IN (SELECT inbox_id FROM agent_inboxes WHERE agent_id = $2)",
        }
    }
}

/// Sums of one value, or of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Keyed {
    /// The value or the day.
    pub key: String,
    /// Its sums.
    #[sqlx(flatten)]
    pub sums: Sums,
}

fn summed() -> String {
    COLUMNS
        .iter()
        .map(|name| format!("CAST(COALESCE(SUM({name}), 0) AS BIGINT) AS {name}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The sums of a question.
pub async fn total(mut on: impl On, of: &Question) -> Result<Sums> {
    let parts = Parts::of(&mut on, &of.from, &of.to).await?;
    let mut args: Vec<Value> = vec![of.dimension.as_str().into(), of.key.as_str().into()];
    let source = parts.source(COLUMNS, of.of_key(), &mut args);
    composed_sql(format!("SELECT {} FROM {source}", summed()))
        .bind_all(args)
        .one(on)
        .await
}

/// Day by day; days on which nothing happened are left out.
pub async fn by_day(on: impl On, of: &Question) -> Result<Vec<Keyed>> {
    composed_sql(format!(
        "SELECT day AS key, {} FROM report_days WHERE dimension = $1 AND {} AND day >= $3 AND day <= $4 GROUP BY day ORDER BY day",
        summed(),
        of.of_key()
    ))
    .bind(of.dimension.as_str())
    .bind(of.key.as_str())
    .bind(of.from.as_str())
    .bind(of.to.as_str())
    .all(on)
    .await
}

/// Each value of a dimension, the one with most to do first; at most `most`.
pub async fn by_key(on: impl On, dimension: Dimension, from: &str, to: &str, most: i64) -> Result<Vec<Keyed>> {
    keyed(on, vec![dimension.as_str().into()], "key = key", from, to, most).await
}

/// Each company or inbox of an agent, as [`by_key`].
pub async fn by_key_of(
    on: impl On,
    theirs: Theirs,
    agent: &AgentId,
    from: &str,
    to: &str,
    most: i64,
) -> Result<Vec<Keyed>> {
    let args = vec![theirs.dimension().as_str().into(), agent.as_str().into()];
    keyed(on, args, theirs.keys(), from, to, most).await
}

/// The sums of each key; the dimension is the first argument.
async fn keyed(
    mut on: impl On,
    mut args: Vec<Value>,
    of_key: &str,
    from: &str,
    to: &str,
    most: i64,
) -> Result<Vec<Keyed>> {
    let parts = Parts::of(&mut on, from, to).await?;
    let source = parts.source(COLUMNS, of_key, &mut args);
    args.push(most.into());
    composed_sql(format!(
        "SELECT key, {} FROM {source} GROUP BY key ORDER BY SUM(created + answers + resolved) DESC, key LIMIT ${}",
        summed(),
        args.len()
    ))
    .bind_all(args)
    .all(on)
    .await
}

/// How many conversations were open when the first day of a question began.
pub async fn open_before(mut on: impl On, of: &Question) -> Result<i64> {
    let parts = Parts::before(&mut on, &of.from).await?;
    let mut args: Vec<Value> = vec![of.dimension.as_str().into(), of.key.as_str().into()];
    let source = parts.source(&["opened", "closed"], of.of_key(), &mut args);
    let (open,): (i64,) = composed_sql(format!(
        "SELECT CAST(COALESCE(SUM(opened - closed), 0) AS BIGINT) FROM {source}"
    ))
    .bind_all(args)
    .one(on)
    .await?;
    Ok(open)
}
