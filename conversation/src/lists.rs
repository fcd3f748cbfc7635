//! Lists of conversations: by any field, in several orders, one page after another. A page costs the
//! same at the beginning of a list and at its end, in a small business and in a large one.

mod counts;
mod walks;

pub(crate) use counts::open_within;
pub use counts::{Counts, OPEN_IN_INBOXES, counts, counts_within};

use crate::conversations::{CONVERSATION, Conversation};
use crate::db::{On, Value, composed_sql, sql};
use crate::error::Result;
use crate::scope::{self, Scope};
use crate::types::{
    AgentId, Channel, CompanyId, ContactId, ConversationStatus, InboxId, LabelId, Language, Level, Millis, Priority,
    TeamId,
};

/// Which conversations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Open, snoozed or resolved; `None` is all.
    pub status: Option<ConversationStatus>,
    /// By who has it.
    pub assignee: Assignee,
    /// By channel.
    pub channel: Option<Channel>,
    /// By level.
    pub level: Option<Level>,
    /// By contact.
    pub contact: Option<ContactId>,
    /// Given to one of these teams; empty is any or none.
    pub teams: Vec<TeamId>,
    /// By the account that it came by.
    pub inbox: Option<InboxId>,
    /// By a label that it carries.
    pub label: Option<LabelId>,
    /// By urgency.
    pub priority: Option<Priority>,
    /// By the customer's language.
    pub language: Option<Language>,
    /// By the customer's company.
    pub company: Option<CompanyId>,
    /// A note in it calls for this agent.
    pub mentions: Option<AgentId>,
    /// The customer waits since this moment or longer.
    pub waiting_before: Option<Millis>,
    /// Something was written since this moment.
    pub active_since: Option<Millis>,
    /// Not with the bot.
    pub is_past_bot: bool,
    /// Only what this agent sees.
    pub scope: Option<Scope>,
    /// Only what is spam, which is in no other list.
    pub is_spam: bool,
}

/// Conversations by who has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Assignee {
    /// Anybody or nobody.
    #[default]
    Any,
    /// Nobody.
    Nobody,
    /// This agent.
    Agent(AgentId),
}

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// The newest message first.
    #[default]
    Newest,
    /// The oldest last message first.
    Oldest,
    /// Whoever waits longest first; behind them the others, the newest first.
    Waiting,
    /// The most urgent first; within one urgency the newest first.
    Priority,
    /// What has to be answered first, first; behind it the others, the newest first.
    Due,
}

impl Sort {
    /// Every order.
    pub const ALL: [Sort; 5] = [Sort::Newest, Sort::Oldest, Sort::Waiting, Sort::Priority, Sort::Due];

    /// As an address says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Sort::Newest => "newest",
            Sort::Oldest => "oldest",
            Sort::Waiting => "waiting",
            Sort::Priority => "priority",
            Sort::Due => "due",
        }
    }

    /// Reads it back; anything else is the first.
    pub fn from_text(text: &str) -> Sort {
        Sort::ALL
            .into_iter()
            .find(|sort| sort.as_str() == text)
            .unwrap_or_default()
    }

    /// The stretches of the list, each ordered by one column of an index.
    fn parts(self) -> Vec<Part> {
        const LAST: &str = "last_message_at";
        let part = |condition, column, is_rising| Part {
            condition,
            column,
            is_rising,
        };
        match self {
            Sort::Newest => vec![part("", LAST, false)],
            Sort::Oldest => vec![part("", LAST, true)],
            Sort::Waiting => vec![
                part(" AND waiting_since IS NOT NULL", "waiting_since", true),
                part(" AND waiting_since IS NULL", LAST, false),
            ],
            // Constants and not arguments: only so may the partial index be used.
            Sort::Priority => vec![
                part(" AND priority = 'urgent' AND priority <> 'normal'", LAST, false),
                part(" AND priority = 'high' AND priority <> 'normal'", LAST, false),
                part(" AND priority = 'normal'", LAST, false),
                part(" AND priority = 'low' AND priority <> 'normal'", LAST, false),
            ],
            Sort::Due => vec![
                part(" AND due_at IS NOT NULL", "due_at", true),
                part(" AND due_at IS NULL", LAST, false),
            ],
        }
    }

    /// Where a list that ends with this conversation goes on.
    pub fn place(self, last: &Conversation) -> Place {
        let (part, at) = match self {
            Sort::Newest | Sort::Oldest => (0, last.last_message_at),
            Sort::Waiting => last.waiting_since.map_or((1, last.last_message_at), |at| (0, at)),
            Sort::Due => last.due_at.map_or((1, last.last_message_at), |at| (0, at)),
            Sort::Priority => {
                let part = match last.priority {
                    Priority::Urgent => 0,
                    Priority::High => 1,
                    Priority::Normal => 2,
                    Priority::Low => 3,
                };
                (part, last.last_message_at)
            }
        };
        Place {
            part,
            at,
            id: last.id.to_string(),
        }
    }
}

/// One stretch of a list.
#[derive(Clone, Copy)]
struct Part {
    condition: &'static str,
    column: &'static str,
    is_rising: bool,
}

impl Part {
    fn key(self, row: &Conversation) -> Millis {
        match self.column {
            "waiting_since" => row.waiting_since.unwrap_or_default(),
            "due_at" => row.due_at.unwrap_or_default(),
            _ => row.last_message_at,
        }
    }
}

/// Where a page of a list ended: the next one begins behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The stretch of the list.
    pub part: usize,
    /// The time that orders it.
    pub at: Millis,
    /// The conversation.
    pub id: String,
}

impl Place {
    /// The text that travels in an address.
    pub fn to_text(&self) -> String {
        format!("{}.{}-{}", self.part, self.at, self.id)
    }

    /// Reads it back; anything else is no place.
    pub fn from_text(text: &str) -> Option<Place> {
        let (part, rest) = text.split_once('.')?;
        let (at, id) = rest.split_once('-')?;
        Some(Place {
            part: part.parse().ok()?,
            at: at.parse().ok()?,
            id: id.to_owned(),
        })
    }
}

/// A condition that grows, with its arguments.
struct Where {
    text: String,
    args: Vec<Value>,
}

impl Where {
    fn also(&mut self, condition: &str, value: impl Into<Value>) {
        self.args.push(value.into());
        self.text
            .push_str(&condition.replace('?', &format!("${}", self.args.len())));
    }
}

/// Beyond so many a set is looked through along the list, and not the list along the set.
const SMALL_SET: i64 = 3000;

async fn is_small(on: &mut impl On, count: &'static str, value: impl Into<Value>) -> Result<bool> {
    let (count,): (i64,) = sql(count).bind(value).bind(SMALL_SET + 1).one(&mut *on).await?;
    Ok(count <= SMALL_SET)
}

async fn conditions(on: &mut impl On, filter: &Filter) -> Result<Where> {
    let mut found = Where {
        text: "merged_into IS NULL".to_owned(),
        args: Vec::new(),
    };
    found.text.push_str(if filter.is_spam {
        " AND spam_since IS NOT NULL"
    } else {
        " AND spam_since IS NULL"
    });
    // A customer's own page shows what a broadcast said to them, and nothing else does.
    if filter.contact.is_none() {
        found.text.push_str(if filter.is_spam {
            // Not as the index of everything else says it, which SQLite would walk to its end for the few that are spam.
            " AND COALESCE(quiet_since, 0) = 0"
        } else {
            " AND quiet_since IS NULL"
        });
    }
    if let Some(status) = filter.status {
        found.also(" AND status = ?", status);
    }
    match &filter.assignee {
        Assignee::Any => {}
        Assignee::Nobody => found.text.push_str(" AND assignee_id IS NULL"),
        Assignee::Agent(agent) => found.also(" AND assignee_id = ?", agent),
    }
    if let Some(channel) = filter.channel {
        found.also(" AND channel = ?", channel);
    }
    if let Some(level) = filter.level {
        found.also(" AND level = ?", level);
    }
    if filter.is_past_bot {
        found.text.push_str(" AND level <> 'bot'");
    }
    if let Some(contact) = &filter.contact {
        found.also(" AND contact_id = ?", contact);
    }
    if let Some(inbox) = &filter.inbox {
        found.also(" AND inbox_id = ?", inbox);
    }
    if let Some(priority) = filter.priority {
        found.also(" AND priority = ?", priority);
        if priority != Priority::Normal {
            // Said as a constant, too: only so may the partial index be used.
            found.text.push_str(" AND priority <> 'normal'");
        }
    }
    if let Some(language) = filter.language {
        found.also(" AND language = ?", language);
    }
    if let Some(at) = filter.waiting_before {
        found.also(" AND waiting_since IS NOT NULL AND waiting_since <= ?", at);
    }
    if let Some(at) = filter.active_since {
        found.also(" AND last_message_at >= ?", at);
    }
    if let Some(agent) = &filter.mentions {
        found.also(
            " AND id IN (SELECT conversation_id FROM mentions WHERE agent_id = ?)",
            agent,
        );
    }
    if let Some(scope) = filter.scope.as_ref().filter(|scope| scope.by_company) {
        found.also(&scope::of_companies("contact_id", "?"), &scope.agent);
    }
    if let Some(company) = &filter.company {
        let few = "SELECT COUNT(*) FROM (SELECT 1 FROM contacts p JOIN conversations c ON c.contact_id = p.id WHERE p.company_id = $1 LIMIT $2) AS few";
        if is_small(on, few, company).await? {
            found.also(
                " AND contact_id IN (SELECT id FROM contacts WHERE company_id = ?)",
                company,
            );
        } else {
            found.also(" AND EXISTS (SELECT 1 FROM contacts p WHERE p.id = conversations.contact_id AND COALESCE(p.company_id, '') = ?)", company);
        }
    }
    if let Some(label) = &filter.label {
        let few = "SELECT COUNT(*) FROM (SELECT 1 FROM conversation_labels WHERE label_id = $1 LIMIT $2) AS few";
        if is_small(on, few, label).await? {
            found.also(
                " AND id IN (SELECT conversation_id FROM conversation_labels WHERE label_id = ?)",
                label,
            );
        } else {
            found.also(" AND EXISTS (SELECT 1 FROM conversation_labels l WHERE l.conversation_id = conversations.id AND l.label_id = ?)", label);
        }
    }
    Ok(found)
}

/// A page of conversations: `most` behind `after`.
pub async fn list(
    on: impl On,
    filter: &Filter,
    sort: Sort,
    after: Option<&Place>,
    most: i64,
) -> Result<Vec<Conversation>> {
    let mut on = on;
    let base = conditions(&mut on, filter).await?;
    // Each follows its index, and only its beginning is needed.
    let walks = walks::of(&mut on, filter).await?;
    let first = after.map_or(0, |place| place.part);
    let mut found: Vec<Conversation> = Vec::new();
    for (number, part) in sort.parts().into_iter().enumerate().skip(first) {
        let left = most - i64::try_from(found.len()).unwrap_or(most);
        if left <= 0 {
            break;
        }
        let after = after.filter(|place| place.part == number);
        let mut rows = Vec::new();
        for walk in &walks {
            rows.extend(stretch(&mut on, &base, part, walk, after, left).await?);
        }
        if walks.len() > 1 {
            rows.sort_by(|one: &Conversation, other| {
                let order = (part.key(one), &one.id).cmp(&(part.key(other), &other.id));
                if part.is_rising { order } else { order.reverse() }
            });
            rows.truncate(usize::try_from(left).unwrap_or(0));
        }
        found.append(&mut rows);
    }
    Ok(found)
}

async fn stretch(
    on: &mut impl On,
    base: &Where,
    part: Part,
    walk: &walks::Walk,
    after: Option<&Place>,
    most: i64,
) -> Result<Vec<Conversation>> {
    let mut all = Where {
        text: format!("{}{}", base.text, part.condition),
        args: base.args.clone(),
    };
    walk.narrow(&mut all);
    let (order, beyond) = if part.is_rising { ("ASC", ">") } else { ("DESC", "<") };
    if let Some(place) = after {
        all.also(&format!(" AND ({}, id) {beyond} (?, ", part.column), place.at);
        all.also("?)", place.id.as_str());
    }
    all.also("", most);
    let text = format!(
        "SELECT {CONVERSATION} FROM conversations WHERE {} ORDER BY {} {order}, id {order} LIMIT ${}",
        all.text,
        part.column,
        all.args.len()
    );
    composed_sql(text).bind_all(all.args).all(&mut *on).await
}

/// How many conversations a filter finds, counted no further than `most`.
pub async fn count(on: impl On, filter: &Filter, most: i64) -> Result<i64> {
    let mut on = on;
    let base = conditions(&mut on, filter).await?;
    let mut counted = 0;
    for walk in walks::of(&mut on, filter).await? {
        if counted >= most {
            break;
        }
        let mut all = Where {
            text: base.text.clone(),
            args: base.args.clone(),
        };
        walk.narrow(&mut all);
        all.also("", most - counted);
        let text = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM conversations WHERE {} LIMIT ${}) AS found",
            all.text,
            all.args.len()
        );
        let (found,): (i64,) = composed_sql(text).bind_all(all.args).one(&mut on).await?;
        counted += found;
    }
    Ok(counted)
}
