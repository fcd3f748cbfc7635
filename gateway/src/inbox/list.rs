//! The list: one page of conversations in a fixed number of queries, however long the page is.

use std::collections::{HashMap, HashSet};

use conversation::conversations::preview_of;
use conversation::db::{Db, composed_sql, placeholders, sql};
use conversation::labels;
use conversation::lists::{self, Place};
use conversation::reply::agent_names;
use conversation::types::{ActorKind, AgentId, ContactId, ConversationId, ConversationStatus, IdentityKind};
use conversation::{Result, Store, saved_views};
use ui::components::{ConversationRowView, customer_name};
use ui::inbox_page::{BulkView, LabelView, ListView, SavedViewView, Tab};
use ui::{i18n, routes};

pub(super) use super::choice::Choice;
use super::choice::{self, Known};
use super::find::{self as searched, Found};
use super::identities::shown;
use crate::app::App;
use crate::auth::SignedIn;

/// How many rows a page of the list has.
pub(super) const ROWS: usize = 50;
/// The most rows that one answer has.
const MOST_ROWS: usize = 300;
/// Of so many kept lists the count is shown.
const MOST_COUNTS: usize = 20;

/// The list of this reader.
pub(super) async fn load(app: &App, me: &SignedIn, choice: &Choice, selected: Option<&str>) -> Result<ListView> {
    let store = &app.store;
    let db = store.db();
    let known = Known::load(store, me).await?;
    let after = Place::from_text(&choice.after);
    let most = choice.rows.parse().unwrap_or(ROWS).clamp(ROWS, MOST_ROWS);
    let (mut found, notice) = find(app, me, &known, choice, after.as_ref(), most).await?;
    let is_behind = found.is_behind;
    let has_more = found.rows.len() > most;
    found.rows.truncate(most);
    let here = selected.map_or_else(|| routes::INBOX.to_owned(), |id| routes::path(routes::CONVERSATION, id));
    let query = choice.query();
    let older_url = found.rows.last().filter(|_| has_more).map(|last| {
        let place = choice.sort().place(last).to_text();
        format!("{here}?{query}&after={}", routes::escape(&place))
    });
    let mut refresh_url = format!("{}?{query}", routes::INBOX_LIST);
    if after.is_some() {
        refresh_url.push_str("&after=");
        refresh_url.push_str(&routes::escape(&choice.after));
    }
    if let Some(id) = selected {
        refresh_url.push_str("&selected=");
        refresh_url.push_str(&routes::escape(id));
    }
    let counts = match me.scope() {
        None => lists::counts(db, &me.agent.id).await?,
        Some(scope) => lists::counts_within(db, &scope).await?,
    };
    let tabs = Tab::ALL
        .into_iter()
        .map(|tab| {
            let count = match tab {
                Tab::Unassigned => counts.unassigned,
                Tab::Mine => counts.mine,
                Tab::Mentioned => counts.mentioned,
                Tab::Team => counts.team,
                Tab::All | Tab::Spam => counts.all,
            };
            (tab, count, format!("{here}?tab={}", tab.as_str()))
        })
        .collect();
    let of_spam = lists::Filter {
        is_spam: true,
        scope: me.scope(),
        ..lists::Filter::default()
    };
    let spam = lists::count(db, &of_spam, i18n::MOST_COUNTED + 1).await?;
    Ok(ListView {
        tab: choice.tab(),
        tabs,
        spam: (i18n::badge(me.lang, spam), format!("{here}?tab={}", Tab::Spam.as_str())),
        views: views(store, me, &known, choice, &here).await?,
        fields: choice::fields(me.lang, &known, choice),
        sort: choice::sort(me.lang, choice),
        company: choice.company.clone(),
        active: choice.active(),
        search: choice.search(),
        query,
        view: Some(choice.view.clone()).filter(|view| !view.is_empty()),
        clear_url: format!("{here}?tab={}", choice.tab().as_str()),
        here,
        refresh_url,
        mine_waiting: mine_waiting(db, &me.agent.id).await?,
        rows: rows(store, me, choice, &known, found, selected).await?,
        selected: selected.map(str::to_owned),
        older_url,
        is_later: after.is_some(),
        can_write: me.can(conversation::access::Permission::Work),
        notice,
        is_behind,
    })
}

/// What is offered for several conversations at once.
pub(super) async fn bulk(store: &Store, me: &SignedIn) -> Result<Option<BulkView>> {
    if !me.can(conversation::access::Permission::Work) {
        return Ok(None);
    }
    let known = Known::load(store, me).await?;
    Ok(Some(BulkView {
        agents: known
            .agents
            .iter()
            .filter(|agent| {
                agent.is_enabled && conversation::access::can(agent.role, conversation::access::Permission::Work)
            })
            .map(|agent| (agent.id.to_string(), agent.name.clone()))
            .collect(),
        teams: known
            .teams
            .iter()
            .map(|team| (team.id.to_string(), team.name.clone()))
            .collect(),
        labels: known
            .labels
            .iter()
            .map(|label| LabelView {
                id: label.id.to_string(),
                name: label.name.clone(),
                tint: label.tint,
                is_on: false,
            })
            .collect(),
    }))
}

/// How many customers wait for this agent, counted no further than can be shown.
async fn mine_waiting(db: &Db, me: &AgentId) -> Result<i64> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM (SELECT 1 FROM conversations WHERE assignee_id = $1 AND status = 'open' AND merged_into IS NULL AND waiting_since IS NOT NULL LIMIT $2) AS found")
        .bind(me)
        .bind(i18n::MOST_COUNTED + 1)
        .one(db)
        .await?;
    Ok(count)
}

async fn views(store: &Store, me: &SignedIn, known: &Known, choice: &Choice, here: &str) -> Result<Vec<SavedViewView>> {
    let mut views = Vec::new();
    let is_administrator = me.can(conversation::access::Permission::Administer);
    for (number, kept) in saved_views::of_agent(store.db(), &me.agent.id)
        .await?
        .into_iter()
        .enumerate()
    {
        let count = if number < MOST_COUNTS {
            let (filter, _) = Choice::from_query(&kept.query).filter(store, me, known).await?;
            let count = match filter {
                Some(filter) => lists::count(store.db(), &filter, i18n::MOST_COUNTED + 1).await?,
                None => 0,
            };
            i18n::badge(me.lang, count)
        } else {
            String::new()
        };
        let id = kept.id.to_string();
        views.push(SavedViewView {
            url: format!("{here}?{}&view={}", kept.query, routes::escape(&id)),
            is_current: choice.view == id,
            is_editable: kept.owner_id == me.agent.id || (kept.is_shared && is_administrator),
            name: kept.name,
            count,
            is_shared: kept.is_shared,
            id,
        });
    }
    Ok(views)
}

/// One row more than a page holds, so that it is known whether there is another page.
async fn find(
    app: &App,
    me: &SignedIn,
    known: &Known,
    choice: &Choice,
    after: Option<&Place>,
    most: usize,
) -> Result<(Found, Option<String>)> {
    let most = i64::try_from(most + 1).unwrap_or(i64::MAX);
    if !choice.search().is_empty() {
        return searched::conversations(app, me, known, choice).await;
    }
    let (filter, notice) = choice.filter(&app.store, me, known).await?;
    let rows = match filter {
        Some(filter) => lists::list(app.store.db(), &filter, choice.sort(), after, most).await?,
        None => Vec::new(),
    };
    let words = HashMap::new();
    let is_behind = false;
    Ok((Found { rows, words, is_behind }, notice))
}

/// What a row says about its contact.
#[derive(Debug, Default, Clone)]
pub(super) struct Person {
    pub(super) name: String,
    company: Option<String>,
}

/// Names of contacts; where nobody said one, their address or number.
pub(super) async fn people(db: &Db, ids: &[ContactId]) -> Result<HashMap<ContactId, Person>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let list = placeholders(1, ids.len(), 0);
    let rows: Vec<(ContactId, String, Option<String>)> = composed_sql(format!(
        "SELECT c.id, c.name, o.name FROM contacts c LEFT JOIN companies o ON o.id = c.company_id WHERE c.id IN {list}"
    ))
    .bind_all(ids)
    .all(db)
    .await?;
    let addresses: Vec<(ContactId, IdentityKind, String)> = composed_sql(format!(
        "SELECT contact_id, kind, value FROM identities WHERE contact_id IN {list} AND kind IN ('email', 'phone', 'whatsapp') ORDER BY id DESC"
    ))
    .bind_all(ids)
    .all(db)
    .await?;
    let addresses: HashMap<ContactId, String> = addresses
        .into_iter()
        .map(|(id, kind, value)| (id, shown(kind, &value)))
        .collect();
    Ok(rows
        .into_iter()
        .map(|(id, name, company)| {
            let name = if name.trim().is_empty() {
                addresses.get(&id).cloned().unwrap_or_default()
            } else {
                name
            };
            (id, Person { name, company })
        })
        .collect())
}

async fn rows(
    store: &Store,
    me: &SignedIn,
    choice: &Choice,
    known: &Known,
    found: Found,
    selected: Option<&str>,
) -> Result<Vec<ConversationRowView>> {
    let db = store.db();
    let Found {
        rows: found,
        words: mut found_words,
        ..
    } = found;
    let ids: Vec<ConversationId> = found.iter().map(|one| one.id.clone()).collect();
    let contacts: Vec<ContactId> = distinct(found.iter().map(|one| one.contact_id.clone()));
    let agents: Vec<AgentId> = distinct(found.iter().filter_map(|one| one.assignee_id.clone()));
    let people = people(db, &contacts).await?;
    let agents: HashMap<AgentId, String> = agent_names(store, &agents).await?.into_iter().collect();
    let unread = unread(db, &me.agent.id, &ids).await?;
    let authors = last_authors(db, &ids).await?;
    let waiting = found.iter().filter(|one| one.waiting_since.is_some());
    let handed: Vec<ConversationId> = waiting
        .filter(|one| matches!(authors.get(&one.id), Some(ActorKind::Bot | ActorKind::System)))
        .map(|one| one.id.clone())
        .collect();
    let mut asked = asked(db, &handed).await?;
    let failed = failed(db, &ids).await?;
    let woken = woken(db, &ids).await?;
    let mut labelled = labels::of_conversations(db, &ids).await?;
    let teams: HashMap<&str, &str> = known
        .teams
        .iter()
        .map(|team| (team.id.as_str(), team.name.as_str()))
        .collect();
    let is_pickable = me.can(conversation::access::Permission::Work);
    let query = choice.query();
    Ok(found
        .into_iter()
        .map(|one| {
            let person = people.get(&one.contact_id).cloned().unwrap_or_default();
            let author = authors.get(&one.id).copied().unwrap_or(ActorKind::Contact);
            let (preview, last_author) = match asked.remove(&one.id) {
                Some(words) => (words, ActorKind::Contact),
                None => (one.preview, author),
            };
            ConversationRowView {
                url: format!("{}?{query}", routes::path(routes::CONVERSATION, one.id.as_str())),
                contact_name: customer_name(me.lang, person.name),
                company: person.company,
                subject: one.subject,
                preview,
                last_author,
                channel: one.channel,
                level: one.level,
                status: one.status,
                is_spam: one.spam_since.is_some(),
                priority: one.priority,
                // In a list of one's own, one's own name says nothing.
                assignee: one
                    .assignee_id
                    .filter(|id| choice.tab() != Tab::Mine || *id != me.agent.id)
                    .and_then(|id| agents.get(&id).cloned()),
                last_at: one.last_message_at,
                waiting_since: one.waiting_since,
                unread: unread.get(&one.id).copied().unwrap_or(0),
                is_woken: one.status == ConversationStatus::Open && woken.contains(&one.id),
                has_failed_delivery: failed.contains(&one.id),
                is_selected: selected == Some(one.id.as_str()),
                team: one
                    .team_id
                    .as_ref()
                    .and_then(|id| teams.get(id.as_str()))
                    .map(|name| (*name).to_owned()),
                due_at: one.due_at,
                labels: labelled
                    .remove(&one.id)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|label| (label.name, label.tint))
                    .collect(),
                found: found_words.remove(&one.id),
                is_pickable,
                id: one.id.to_string(),
            }
        })
        .collect())
}

fn distinct<T: Clone + Eq + std::hash::Hash>(values: impl Iterator<Item = T>) -> Vec<T> {
    values.collect::<HashSet<T>>().into_iter().collect()
}

/// How many inbound messages of each conversation this agent has not seen.
async fn unread(db: &Db, me: &AgentId, ids: &[ConversationId]) -> Result<HashMap<ConversationId, i64>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    // A hundred are many: more are not counted.
    let rows: Vec<(ConversationId, i64)> = composed_sql(format!(
        "SELECT c.id, (SELECT COUNT(*) FROM (
            SELECT 1 FROM events e JOIN messages m ON m.id = e.subject_id AND m.kind = 'inbound'
            WHERE e.conversation_id = c.id AND e.kind = 'message.created'
              AND e.position > COALESCE((SELECT r.position FROM agent_reads r WHERE r.agent_id = $1 AND r.conversation_id = c.id), 0)
            LIMIT 100) AS news)
         FROM conversations c WHERE c.id IN {}",
        placeholders(1, ids.len(), 1)
    ))
    .bind(me)
    .bind_all(ids)
    .all(db)
    .await?;
    Ok(rows.into_iter().collect())
}

async fn last_authors(db: &Db, ids: &[ConversationId]) -> Result<HashMap<ConversationId, ActorKind>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(ConversationId, Option<ActorKind>)> = composed_sql(format!(
        "SELECT c.id, (SELECT m.author_kind FROM messages m WHERE m.conversation_id = c.id AND m.kind IN ('inbound', 'outbound') ORDER BY m.at DESC, m.id DESC LIMIT 1)
         FROM conversations c WHERE c.id IN {}",
        placeholders(1, ids.len(), 0)
    ))
    .bind_all(ids)
    .all(db)
    .await?;
    Ok(rows.into_iter().filter_map(|(id, kind)| Some((id, kind?))).collect())
}

/// What the customers of these wrote last. Who waits for a person was told so by the bot, in the same words each time: a
/// list of that says nothing about what anybody needs.
async fn asked(db: &Db, ids: &[ConversationId]) -> Result<HashMap<ConversationId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(ConversationId, Option<String>)> = composed_sql(format!(
        "SELECT c.id, (SELECT SUBSTR(m.text, 1, 1000) FROM messages m WHERE m.conversation_id = c.id AND m.kind = 'inbound' ORDER BY m.at DESC, m.id DESC LIMIT 1)
         FROM conversations c WHERE c.id IN {}",
        placeholders(1, ids.len(), 0)
    ))
    .bind_all(ids)
    .all(db)
    .await?;
    let words = rows
        .into_iter()
        .map(|(id, text)| (id, preview_of(&text.unwrap_or_default())));
    Ok(words.filter(|(_, words)| !words.is_empty()).collect())
}

/// Conversations that came back after they were put off, and in which nothing happened since.
async fn woken(db: &Db, ids: &[ConversationId]) -> Result<HashSet<ConversationId>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<(ConversationId, Option<String>)> = composed_sql(format!(
        "SELECT c.id, (SELECT CASE WHEN m.kind = 'activity' THEN m.extra END FROM messages m WHERE m.conversation_id = c.id ORDER BY m.at DESC, m.id DESC LIMIT 1)
         FROM conversations c WHERE c.id IN {}",
        placeholders(1, ids.len(), 0)
    ))
    .bind_all(ids)
    .all(db)
    .await?;
    let is_woken = |what: &str| {
        serde_json::from_str::<serde_json::Value>(what)
            .is_ok_and(|what| what["action"] == "reopened" && what["from"] == ConversationStatus::Snoozed.as_str())
    };
    Ok(rows
        .into_iter()
        .filter_map(|(id, what)| is_woken(&what?).then_some(id))
        .collect())
}

/// Conversations whose last delivery failed: once something later went out, it is no news.
async fn failed(db: &Db, ids: &[ConversationId]) -> Result<HashSet<ConversationId>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<(ConversationId,)> = composed_sql(format!(
        "SELECT DISTINCT d.conversation_id FROM deliveries d WHERE d.conversation_id IN {} AND d.state = 'failed' AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.conversation_id = d.conversation_id AND e.id > d.id)",
        placeholders(1, ids.len(), 0)
    ))
    .bind_all(ids)
    .all(db)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
