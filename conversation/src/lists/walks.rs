//! What a list walks, one piece after another: the conversations of each team, and of each inbox that it is of, a state at a
//! time. Each piece follows its own index and gives its beginning, so that a page costs the same whatever the others hold.

use super::{Assignee, Filter, Where};
use crate::db::{On, Value};
use crate::error::Result;
use crate::scope::{self, Scope};
use crate::types::{ConversationStatus, InboxId};

/// More pieces than this are looked at along the whole list instead.
const MOST: usize = 48;

/// One piece: conditions, each with the argument that stands in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Walk(Vec<(String, Value)>);

impl Walk {
    fn of(condition: &str, value: impl Into<Value>) -> Walk {
        Walk(vec![(condition.to_owned(), value.into())])
    }

    fn with(&self, other: &Walk) -> Walk {
        Walk(self.0.iter().chain(&other.0).cloned().collect())
    }

    /// Narrows a list to the piece.
    pub(super) fn narrow(&self, all: &mut Where) {
        for (condition, value) in &self.0 {
            all.also(condition, value.clone());
        }
    }
}

/// The pieces of a list, none of which holds what another does; none at all where nothing can be in it.
pub(super) async fn of(on: &mut impl On, filter: &Filter) -> Result<Vec<Walk>> {
    let teams: Vec<Walk> = if filter.teams.is_empty() {
        vec![Walk::default()]
    } else {
        let of_team = |team| Walk::of(" AND team_id IS NOT NULL AND team_id = ?", team);
        filter.teams.iter().map(of_team).collect()
    };
    let places = places(on, filter).await?;
    Ok(teams
        .iter()
        .flat_map(|team| places.iter().map(|place| team.with(place)))
        .collect())
}

/// Where somebody who works in some inboxes only sees something: in each of these, and what is theirs elsewhere.
async fn places(on: &mut impl On, filter: &Filter) -> Result<Vec<Walk>> {
    let whole = vec![Walk::default()];
    let Some(scope) = filter.scope.as_ref().filter(|scope| scope.by_inbox) else {
        return Ok(whole);
    };
    // Whatever is theirs they see.
    if filter.assignee == Assignee::Agent(scope.agent.clone()) {
        return Ok(whole);
    }
    if is_led(filter, scope) {
        return Ok(vec![along(scope)]);
    }
    let works_in = scope.inboxes(&mut *on).await?.unwrap_or_default();
    let chosen: Vec<&InboxId> = works_in
        .iter()
        .filter(|inbox| filter.inbox.as_ref().is_none_or(|chosen| chosen == *inbox))
        .collect();
    // The indexes of an inbox and of an agent have each state by itself.
    let states: Vec<Walk> = match filter.status {
        Some(_) => vec![Walk::default()],
        None => ConversationStatus::ALL
            .iter()
            .map(|status| Walk::of(" AND status = ?", *status))
            .collect(),
    };
    if chosen.len() * states.len() >= MOST {
        return Ok(vec![along(scope)]);
    }
    let mut places: Vec<Walk> = chosen
        .into_iter()
        .map(|inbox| Walk::of(" AND inbox_id = ?", inbox))
        .flat_map(|inbox| states.iter().map(move |state| inbox.with(state)))
        .collect();
    if filter.assignee == Assignee::Any {
        let theirs = Walk::of(" AND assignee_id = ?", &scope.agent);
        let elsewhere = " AND NOT EXISTS (SELECT 1 FROM agent_inboxes w WHERE w.agent_id = ? AND w.inbox_id = conversations.inbox_id)";
        let theirs = theirs.with(&Walk::of(elsewhere, &scope.agent));
        places.extend(states.iter().map(|state| theirs.with(state)));
    }
    Ok(places)
}

/// Whether something else leads, which holds less than an inbox does or has an index of its own: whoever has it, a team, a
/// customer, a company, a label, what calls for somebody, spam.
fn is_led(filter: &Filter, scope: &Scope) -> bool {
    scope.by_company
        || filter.is_spam
        || filter.contact.is_some()
        || filter.mentions.is_some()
        || filter.company.is_some()
        || filter.label.is_some()
        || !filter.teams.is_empty()
        || matches!(filter.assignee, Assignee::Agent(_))
}

/// The whole list, each conversation looked at.
fn along(scope: &Scope) -> Walk {
    Walk::of(&scope::in_inboxes("conversations", "?"), &scope.agent)
}
