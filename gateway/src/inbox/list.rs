//! The list: one page of conversations in a fixed number of queries, however long the page is.

use std::collections::{HashMap, HashSet};

use conversation::conversations::Conversation;
use conversation::db::{Db, Value, composed_sql, placeholders, sql};
use conversation::reply::agent_names;
use conversation::types::{ActorKind, AgentId, Channel, ContactId, ConversationId, ConversationStatus, IdentityKind};
use conversation::views::{self, PageEnd};
use conversation::{Result, Store};
use serde::Deserialize;
use ui::components::ConversationRowView;
use ui::inbox_page::{ListView, Tab, TabCounts};
use ui::{i18n, routes};

use crate::auth::SignedIn;

/// How many rows a page of the list has.
const ROWS: usize = 50;

/// What the reader chose, as the query says it. Unknown values are as if they were not there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    tab: String,
    channel: String,
    status: String,
    q: String,
    before: String,
    pub(super) selected: String,
    /// How many messages the timeline shows.
    pub(super) messages: String,
}

impl Choice {
    fn tab(&self) -> Tab {
        Tab::from_query(&self.tab)
    }

    fn channel(&self) -> Option<Channel> {
        self.channel.parse().ok()
    }

    fn status(&self) -> ConversationStatus {
        self.status.parse().unwrap_or(ConversationStatus::Open)
    }

    fn search(&self) -> String {
        self.q.trim().chars().take(100).collect()
    }

    /// The query that says the same again.
    pub(super) fn query(&self) -> String {
        let mut out = format!("?tab={}", self.tab().as_str());
        let mut also = |name: &str, value: &str| {
            if !value.is_empty() {
                out.push_str(&format!("&{name}={}", routes::escape(value)));
            }
        };
        also("channel", self.channel().map_or("", Channel::as_str));
        if self.status() != ConversationStatus::Open {
            also("status", self.status().as_str());
        }
        also("q", &self.search());
        out
    }
}

/// The list of this reader.
pub(super) async fn load(store: &Store, me: &SignedIn, choice: &Choice, selected: Option<&str>) -> Result<ListView> {
    let db = store.db();
    let before = PageEnd::from_text(&choice.before);
    let mut found = find(db, me, choice, before.as_ref()).await?;
    let has_more = found.len() > ROWS;
    found.truncate(ROWS);
    let here = selected.map_or_else(|| routes::INBOX.to_owned(), |id| routes::path(routes::CONVERSATION, id));
    let older_url = found.last().filter(|_| has_more).map(|last| {
        let end = PageEnd {
            at: last.last_message_at,
            id: last.id.to_string(),
        };
        format!("{here}{}&before={}", choice.query(), routes::escape(&end.to_text()))
    });
    Ok(ListView {
        tab: choice.tab(),
        channel: choice.channel(),
        status: choice.status(),
        search: choice.search(),
        before: before.map(|end| end.to_text()),
        counts: counts(db, &me.agent.id).await?,
        rows: rows(store, me, choice, found, selected).await?,
        selected: selected.map(str::to_owned),
        older_url,
    })
}

async fn counts(db: &Db, me: &AgentId) -> Result<TabCounts> {
    let counts = views::counts(db, me).await?;
    let (mine_waiting,): (i64,) = sql("SELECT COUNT(*) FROM conversations WHERE status = 'open' AND assignee_id = $1 AND waiting_since IS NOT NULL AND merged_into IS NULL")
        .bind(me)
        .one(db)
        .await?;
    Ok(TabCounts {
        unassigned: counts.unassigned,
        mine: counts.mine,
        all: counts.all,
        mine_waiting,
    })
}

/// One row more than a page holds, so that it is known whether there is another page.
async fn find(db: &Db, me: &SignedIn, choice: &Choice, before: Option<&PageEnd>) -> Result<Vec<Conversation>> {
    let mut text = "SELECT * FROM conversations c WHERE c.merged_into IS NULL".to_owned();
    let mut args: Vec<Value> = Vec::new();
    let mut also = |condition: &str, values: Vec<Value>| {
        let mut parts = condition.split('?');
        text.push_str(parts.next().unwrap_or_default());
        for (part, value) in parts.zip(values) {
            args.push(value);
            text.push_str(&format!("${}{part}", args.len()));
        }
    };
    let search = choice.search();
    if search.is_empty() {
        also(" AND c.status = ?", vec![choice.status().into()]);
        match choice.tab() {
            Tab::Mine => also(" AND c.assignee_id = ?", vec![(&me.agent.id).into()]),
            Tab::Unassigned => also(" AND c.assignee_id IS NULL AND c.level <> 'bot'", Vec::new()),
            Tab::All => {}
        }
    } else {
        let pattern = pattern(&search);
        let number: i64 = search.trim_start_matches('#').parse().unwrap_or(-1);
        let ticket = search
            .trim_start_matches(['T', 't'])
            .trim_start_matches(['-', '#'])
            .parse()
            .unwrap_or(-1_i64);
        also(
            r" AND (c.number = ? OR LOWER(c.subject) LIKE ? ESCAPE '\' OR LOWER(c.preview) LIKE ? ESCAPE '\' OR c.contact_id IN (SELECT id FROM contacts WHERE LOWER(name) LIKE ? ESCAPE '\') OR c.contact_id IN (SELECT contact_id FROM identities WHERE value LIKE ? ESCAPE '\') OR c.id IN (SELECT conversation_id FROM tickets WHERE number = ?))",
            vec![
                number.into(),
                pattern.as_str().into(),
                pattern.as_str().into(),
                pattern.as_str().into(),
                pattern.as_str().into(),
                ticket.into(),
            ],
        );
    }
    if let Some(channel) = choice.channel() {
        also(" AND c.channel = ?", vec![channel.into()]);
    }
    if let Some(end) = before {
        also(
            " AND (c.last_message_at, c.id) < (?, ?)",
            vec![end.at.into(), end.id.as_str().into()],
        );
    }
    let most = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    also(" ORDER BY c.last_message_at DESC, c.id DESC LIMIT ?", vec![most.into()]);
    composed_sql(text).bind_all(args).all(db).await
}

/// A part of a text, whatever `LIKE` makes of its characters.
fn pattern(search: &str) -> String {
    let mut out = String::from("%");
    for character in search.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('%');
    out
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

/// An identity as people read it: WhatsApp's number has no plus sign of its own.
pub(super) fn shown(kind: IdentityKind, value: &str) -> String {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if kind == IdentityKind::Whatsapp && is_number {
        format!("+{value}")
    } else {
        value.to_owned()
    }
}

async fn rows(
    store: &Store,
    me: &SignedIn,
    choice: &Choice,
    found: Vec<Conversation>,
    selected: Option<&str>,
) -> Result<Vec<ConversationRowView>> {
    let db = store.db();
    let ids: Vec<ConversationId> = found.iter().map(|one| one.id.clone()).collect();
    let contacts: Vec<ContactId> = distinct(found.iter().map(|one| one.contact_id.clone()));
    let agents: Vec<AgentId> = distinct(found.iter().filter_map(|one| one.assignee_id.clone()));
    let people = people(db, &contacts).await?;
    let agents: HashMap<AgentId, String> = agent_names(store, &agents).await?.into_iter().collect();
    let unread = unread(db, &me.agent.id, &ids).await?;
    let authors = last_authors(db, &ids).await?;
    let failed = failed(db, &ids).await?;
    let query = choice.query();
    Ok(found
        .into_iter()
        .map(|one| {
            let person = people.get(&one.contact_id).cloned().unwrap_or_default();
            ConversationRowView {
                url: format!("{}{query}", routes::path(routes::CONVERSATION, one.id.as_str())),
                contact_name: if person.name.is_empty() {
                    i18n::t(me.lang, "visitor-name").into_owned()
                } else {
                    person.name
                },
                company: person.company,
                subject: one.subject,
                preview: one.preview,
                last_author: authors.get(&one.id).copied().unwrap_or(ActorKind::Contact),
                channel: one.channel,
                level: one.level,
                status: one.status,
                priority: one.priority,
                assignee: one.assignee_id.and_then(|id| agents.get(&id).cloned()),
                last_at: one.last_message_at,
                waiting_since: one.waiting_since,
                unread: unread.get(&one.id).copied().unwrap_or(0),
                has_failed_delivery: failed.contains(&one.id),
                is_selected: selected == Some(one.id.as_str()),
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
    let rows: Vec<(ConversationId, i64)> = composed_sql(format!(
        "SELECT e.conversation_id, COUNT(*) FROM events e
         JOIN messages m ON m.id = e.subject_id AND m.kind = 'inbound'
         LEFT JOIN agent_reads r ON r.agent_id = $1 AND r.conversation_id = e.conversation_id
         WHERE e.conversation_id IN {} AND e.kind = 'message.created' AND e.position > COALESCE(r.position, 0)
         GROUP BY e.conversation_id",
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
