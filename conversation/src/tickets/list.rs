//! Lists of tickets: narrowed, in four orders, page by page behind the last row. Each order walks one
//! index.

use super::{TICKET, Ticket};
use crate::db::{On, Value, composed_sql};
use crate::error::Result;
use crate::scope::Scope;
use crate::types::{AgentId, ContactId, Level, Priority, TicketId, TicketKind, TicketStatus};

/// In which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// Everything that is not solved.
    #[default]
    Unsolved,
    /// Exactly this.
    Is(TicketStatus),
    /// Whatever.
    Any,
}

/// Whose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Whose {
    /// Whoever's.
    #[default]
    Anybody,
    /// Nobody's.
    Nobody,
    /// An agent's.
    Agent(AgentId),
}

/// In which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
    /// Whose clock runs out first; only those whose clock runs.
    Due,
    /// What changed last first.
    Updated,
}

impl Sort {
    /// Every order.
    pub const ALL: [Sort; 4] = [Sort::Newest, Sort::Oldest, Sort::Due, Sort::Updated];

    /// As an address says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Sort::Newest => "newest",
            Sort::Oldest => "oldest",
            Sort::Due => "due",
            Sort::Updated => "updated",
        }
    }

    /// Reads it back.
    pub fn from_text(text: &str) -> Option<Sort> {
        Sort::ALL.into_iter().find(|sort| sort.as_str() == text)
    }
}

/// What a search found: tickets by their own words, by who asked, by their number. One that fits any of
/// them is in; where all are empty nothing is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Among {
    /// These.
    pub tickets: Vec<TicketId>,
    /// Those of these customers.
    pub contacts: Vec<ContactId>,
    /// The one with this number.
    pub number: Option<i64>,
}

/// What a list holds.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What a search found.
    pub among: Option<Among>,
    /// In which state.
    pub state: State,
    /// At which level.
    pub level: Option<Level>,
    /// Whose.
    pub whose: Whose,
    /// Of which kind.
    pub kind: Option<TicketKind>,
    /// How urgent.
    pub priority: Option<Priority>,
    /// In one of these categories; `categories::Tree::within` gives a whole branch.
    pub categories: Option<Vec<String>>,
    /// Cases of this problem.
    pub problem: Option<String>,
    /// With a broken promise.
    pub is_breached: bool,
    /// Only what this agent sees.
    pub scope: Option<Scope>,
}

/// Where a later page begins: the last row's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    value: i64,
    number: i64,
}

impl Place {
    /// Behind this row.
    pub fn behind(last: &Ticket, sort: Sort) -> Place {
        Place {
            value: match sort {
                Sort::Newest | Sort::Oldest => 0,
                Sort::Due => last.due_at.unwrap_or(0),
                Sort::Updated => last.updated_at,
            },
            number: last.number,
        }
    }

    /// As an address says it.
    pub fn to_text(self) -> String {
        format!("{}.{}", self.value, self.number)
    }

    /// Reads it back.
    pub fn from_text(text: &str) -> Option<Place> {
        let (value, number) = text.split_once('.')?;
        Some(Place {
            value: value.parse().ok()?,
            number: number.parse().ok()?,
        })
    }
}

/// The conditions of a list, and what stands in them.
#[derive(Default)]
struct Conditions {
    all: Vec<String>,
    args: Vec<Value>,
}

impl Conditions {
    /// Where a value stands in the text.
    fn put(&mut self, value: impl Into<Value>) -> String {
        self.args.push(value.into());
        format!("${}", self.args.len())
    }

    fn equal(&mut self, column: &str, value: impl Into<Value>) {
        let at = self.put(value);
        self.all.push(format!("{column} = {at}"));
    }

    /// One of these; `None` when there are none.
    fn one_of<'a>(&mut self, column: &str, values: impl IntoIterator<Item = &'a str>) -> Option<String> {
        let all: Vec<String> = values.into_iter().map(|value| self.put(value)).collect();
        (!all.is_empty()).then(|| format!("{column} IN ({})", all.join(", ")))
    }

    fn state(&mut self, state: State) {
        match state {
            State::Unsolved => self.all.push("status <> 'resolved'".to_owned()),
            State::Is(TicketStatus::Resolved) => self.all.push("status = 'resolved'".to_owned()),
            State::Is(status) => {
                // The partial indexes hold what is not solved.
                let at = self.put(status);
                self.all.push(format!("status <> 'resolved' AND status = {at}"));
            }
            State::Any => {}
        }
    }

    /// What a search found, by any of its ways.
    fn among(&mut self, among: &Among) -> Option<String> {
        let mut ways = Vec::new();
        ways.extend(self.one_of("id", among.tickets.iter().map(TicketId::as_str)));
        ways.extend(self.one_of("contact_id", among.contacts.iter().map(ContactId::as_str)));
        if let Some(number) = among.number {
            let at = self.put(number);
            ways.push(format!("number = {at}"));
        }
        (!ways.is_empty()).then(|| format!("({})", ways.join(" OR ")))
    }

    /// The conditions of a filter; `None` when nothing can meet them.
    fn of(filter: &Filter, is_small: bool) -> Option<Conditions> {
        let mut wanted = Conditions::default();
        wanted.state(filter.state);
        if let Some(level) = filter.level {
            wanted.equal("level", level);
        }
        if let Some(kind) = filter.kind {
            wanted.equal("kind", kind);
        }
        if let Some(priority) = filter.priority {
            wanted.equal("priority", priority);
        }
        if let Some(problem) = filter.problem.as_deref() {
            wanted.equal("problem_id", problem);
        }
        match &filter.whose {
            Whose::Anybody => {}
            Whose::Nobody => wanted.all.push("assignee_id IS NULL".to_owned()),
            Whose::Agent(agent) => wanted.equal("assignee_id", agent),
        }
        if let Some(categories) = &filter.categories {
            let condition = wanted.one_of("category", categories.iter().map(String::as_str))?;
            wanted.all.push(condition);
        }
        if let Some(among) = &filter.among {
            let condition = wanted.among(among)?;
            wanted.all.push(condition);
        }
        if filter.is_breached {
            wanted.all.push("breached_at IS NOT NULL".to_owned());
        }
        if let Some(scope) = &filter.scope {
            let at = wanted.put(&scope.agent);
            wanted.all.push(if is_small {
                format!("conversation_id IN ({})", IN_INBOXES.replace('?', &at))
            } else {
                seen_by(scope, &at)
            });
        }
        Some(wanted)
    }

    /// Behind a row, in an order whose condition names value and number.
    fn behind(&mut self, condition: &str, place: Place) {
        let mut text = condition.to_owned();
        if text.contains("{v}") {
            let at = self.put(place.value);
            text = text.replace("{v}", &at);
        }
        let at = self.put(place.number);
        self.all.push(text.replace("{n}", &at));
    }
}

/// What somebody sees who does not see everything: tickets of the conversations that they see. `at` stands for the agent.
fn seen_by(scope: &Scope, at: &str) -> String {
    let seen = scope.condition("tickets.contact_id", "c", at);
    format!("EXISTS (SELECT 1 FROM conversations c WHERE c.id = tickets.conversation_id{seen})")
}

/// The conversations of somebody who works in some inboxes; `?` stands for them.
const IN_INBOXES: &str = "SELECT c.id FROM conversations c WHERE c.inbox_id IN (SELECT w.inbox_id FROM agent_inboxes w WHERE w.agent_id = ?) AND c.merged_into IS NULL UNION ALL SELECT c.id FROM conversations c WHERE c.status IN ('open', 'snoozed', 'resolved') AND c.assignee_id = ? AND c.merged_into IS NULL";

/// Beyond so many their conversations are looked for along the list, and not the list along them.
const FEW: i64 = 3000;

/// Whether somebody sees so few conversations that their tickets are found by these.
async fn sees_few(on: impl On, scope: &Scope) -> Result<bool> {
    let (count,): (i64,) = composed_sql(format!(
        "SELECT COUNT(*) FROM ({} LIMIT $2) AS few",
        IN_INBOXES.replace('?', "$1")
    ))
    .bind(&scope.agent)
    .bind(FEW + 1)
    .one(on)
    .await?;
    Ok(count <= FEW)
}

/// One page of a list; at most `most`.
pub async fn page(on: impl On, filter: &Filter, sort: Sort, after: Option<Place>, most: i64) -> Result<Vec<Ticket>> {
    let mut on = on;
    let is_small = match filter
        .scope
        .as_ref()
        .filter(|scope| scope.by_inbox && !scope.by_company)
    {
        Some(scope) => sees_few(&mut on, scope).await?,
        None => false,
    };
    let Some(mut wanted) = Conditions::of(filter, is_small) else {
        return Ok(Vec::new());
    };
    let (order, behind) = match sort {
        Sort::Newest => ("number DESC", "number < {n}"),
        Sort::Oldest => ("number", "number > {n}"),
        Sort::Due => {
            wanted.all.push("due_at IS NOT NULL".to_owned());
            ("due_at, number", "(due_at > {v} OR (due_at = {v} AND number > {n}))")
        }
        Sort::Updated => (
            "updated_at DESC, number DESC",
            "(updated_at < {v} OR (updated_at = {v} AND number < {n}))",
        ),
    };
    if let Some(place) = after {
        wanted.behind(behind, place);
    }
    let limit = wanted.put(most);
    let Conditions { all, args } = wanted;
    let conditions = if all.is_empty() {
        String::new()
    } else {
        format!("WHERE {}", all.join(" AND "))
    };
    composed_sql(format!(
        "SELECT {TICKET} FROM tickets {conditions} ORDER BY {order} LIMIT {limit}"
    ))
    .bind_all(args)
    .all(on)
    .await
}

/// How many unsolved tickets each level has, counted up to a thousand, and how many of them have
/// nobody.
pub async fn queues(on: impl On, scope: Option<&Scope>) -> Result<Vec<(Level, i64, i64)>> {
    let mut on = on;
    let theirs = scope.map_or_else(|| "'' = $2".to_owned(), |scope| seen_by(scope, "$2"));
    let mut queues = Vec::new();
    for level in Level::ALL {
        let (all, free): (i64, i64) = composed_sql(format!("SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN assignee_id IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT) FROM (SELECT assignee_id FROM tickets WHERE status <> 'resolved' AND level = $1 AND {theirs} LIMIT 1000) AS few"))
            .bind(*level)
            .bind(scope.map_or("", |scope| scope.agent.as_str()))
            .one(&mut on)
            .await?;
        queues.push((*level, all, free));
    }
    Ok(queues)
}

/// A ticket by the number that people say.
pub async fn by_number(on: impl On, number: i64) -> Result<Option<Ticket>> {
    composed_sql(format!("SELECT {TICKET} FROM tickets WHERE number = $1"))
        .bind(number)
        .optional(on)
        .await
}

/// Several by id, in no order.
pub async fn some(on: impl On, ids: &[crate::types::TicketId]) -> Result<Vec<Ticket>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    composed_sql(format!(
        "SELECT {TICKET} FROM tickets WHERE id IN {}",
        crate::db::placeholders(1, ids.len(), 0)
    ))
    .bind_all(ids)
    .all(on)
    .await
}
