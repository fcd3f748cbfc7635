//! Searching: conversations in the list, and everything for the command bar. The index says where the
//! words are; who may see what is decided here, as for every other page.

use std::collections::{HashMap, HashSet};

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use conversation::access;
use conversation::begun;
use conversation::contacts::{self, Contact};
use conversation::conversations::{Conversation, plain_of};
use conversation::db::{composed_sql, placeholders, sql};
use conversation::lists::{self, Assignee, Filter, Sort};
use conversation::types::{
    Actor, AgentId, ContactId, ConversationId, IdentityKind, Language, MessageId, MessageKind, TicketId,
};
use conversation::{Error, Result};
use maud::{Markup, html};
use search::find::Terms;
use search::{Find, Found as Hits, Query as Asked, snippet};
use serde::Deserialize;
use serde_json::json;
use ui::{i18n, routes};

use super::choice::{Choice, Known};
use super::identities::shown;
use super::misread::{self, Unknown};
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::{SignedIn, see_other};

/// The most conversations that a search lists.
const MOST: usize = 50;
/// How many messages are looked at for them, at first and at most.
const MESSAGES: (usize, usize) = (200, 6400);
/// A set of conversations up to this size is given to the index; a larger one is looked at afterwards.
const SMALL: i64 = 3000;

/// What a list shows, before names are looked up.
pub(super) struct Found {
    pub(super) rows: Vec<Conversation>,
    /// What a search found in each.
    pub(super) words: HashMap<ConversationId, Markup>,
    /// What was said last is not in the index yet.
    pub(super) is_behind: bool,
}

fn failed(error: search::SearchError) -> Error {
    Error::corrupt("the search index", error)
}

async fn ask(app: &App, find: Find) -> Result<Hits> {
    let search = app.search.clone();
    match tokio::task::spawn_blocking(move || search.find(&find)).await {
        Ok(found) => found.map_err(failed),
        Err(error) => Err(Error::corrupt("the search index", error)),
    }
}

/// What a query says of conversations as a filter.
///
/// # Errors
/// The name that nothing has, so that nothing can fit.
fn filter_of(me: &SignedIn, known: &Known, query: &Asked) -> std::result::Result<Filter, Unknown> {
    let mut filter = Filter {
        status: query.status,
        is_spam: query.is_spam,
        scope: me.scope(),
        ..Filter::default()
    };
    if let Some(typed) = &query.label {
        let name = typed.to_lowercase();
        let label = known
            .labels
            .iter()
            .find(|label| label.name.to_lowercase() == name)
            .or_else(|| {
                known
                    .labels
                    .iter()
                    .find(|label| label.name.to_lowercase().starts_with(&name))
            })
            .ok_or_else(|| Unknown::Label(typed.clone()))?;
        filter.label = Some(label.id.clone());
    }
    if let Some(name) = &query.assigned {
        filter.assignee = match name.to_lowercase().as_str() {
            "me" | "yo" | "mí" | "mi" | "mim" | "eu" => Assignee::Agent(me.agent.id.clone()),
            "none" | "nobody" | "nadie" | "ninguém" | "ninguem" => Assignee::Nobody,
            name => Assignee::Agent(agent_named(known, name).ok_or_else(|| Unknown::Agent(name.to_owned()))?),
        };
    }
    Ok(filter)
}

fn agent_named(known: &Known, name: &str) -> Option<AgentId> {
    let fits = |agent: &&crate::people::agents::Agent| {
        let (full, email) = (agent.name.to_lowercase(), agent.email.to_lowercase());
        full.starts_with(name) || email.starts_with(name) || full.split_whitespace().any(|word| word == name)
    };
    known.agents.iter().find(fits).map(|agent| agent.id.clone())
}

/// Whether a conversation fits what a query says of conversations.
fn fits(filter: &Filter, labelled: &HashSet<ConversationId>, one: &Conversation) -> bool {
    filter.status.is_none_or(|status| status == one.status)
        && filter.is_spam == one.spam_since.is_some()
        && (filter.contact.is_some() || one.quiet_since.is_none())
        && match &filter.assignee {
            Assignee::Any => true,
            Assignee::Nobody => one.assignee_id.is_none(),
            Assignee::Agent(agent) => one.assignee_id.as_ref() == Some(agent),
        }
        && (filter.label.is_none() || labelled.contains(&one.id))
}

/// Conversations that hold what was typed, the newest hit first, each with why it was found.
pub(super) async fn conversations(
    app: &App,
    me: &SignedIn,
    known: &Known,
    choice: &Choice,
) -> Result<(Found, Option<String>)> {
    let text = choice.search();
    let query = Asked::parse(&text, me.now, &me.tz);
    // What is typed into the list is sent when it is done.
    let query = Asked {
        is_open: false,
        ..query
    };
    let building = (!app.search.is_whole()).then(|| {
        let count = i18n::number(me.lang, i64::try_from(app.search.count()).unwrap_or(0));
        i18n::t_args(me.lang, "find-building", &[("count", count.into())])
    });
    let filter = filter_of(me, known, &query);
    let unknown = filter.as_ref().err().map(|unknown| unknown.words(me.lang));
    let notices: Vec<String> = misread::words(me.lang, &query).chain(unknown).chain(building).collect();
    let notice = (!notices.is_empty()).then(|| notices.join(" "));
    // Before it is asked: what comes meanwhile is told by its own event.
    let is_behind = app.search.progress().position < app.store.head().await?;
    let mut rows: Vec<Conversation> = Vec::new();
    let mut words = HashMap::new();
    for one in numbered(app, me, &text).await? {
        add(&mut rows, one);
    }
    let caller = caller(app, &text).await?;
    let Ok(filter) = filter else {
        return Ok((Found { rows, words, is_behind }, notice));
    };
    let mut find = Find {
        messages: MESSAGES.0,
        others: 8,
        query,
        conversations: None,
    };
    within(app, &filter, &mut find).await?;
    loop {
        let hits = ask(app, find.clone()).await?;
        let mut fresh = hit_conversations(app, &filter, &hits).await?;
        let is_enough = fresh.len() >= MOST || !hits.has_more || find.messages >= MESSAGES.1;
        if !is_enough {
            find.messages *= 4;
            continue;
        }
        fresh.truncate(MOST);
        words.extend(snippets(app, &hits, &fresh).await?);
        for contact in caller.iter().chain(&hits.contacts) {
            let of_contact = Filter {
                contact: Some(contact.clone()),
                scope: me.scope(),
                ..Filter::default()
            };
            for one in lists::list(app.store.db(), &of_contact, Sort::Newest, None, 5).await? {
                add(&mut rows, one);
            }
        }
        for one in of_tickets(app, me, &hits.tickets).await? {
            add(&mut rows, one);
        }
        for one in fresh {
            add(&mut rows, one);
        }
        rows.truncate(MOST);
        return Ok((Found { rows, words, is_behind }, notice));
    }
}

/// Gives the index the conversations that are asked about, where they are few: those that a query narrows to, or all that
/// the reader sees, who would else find nothing among what others wrote since.
async fn within(app: &App, filter: &Filter, find: &mut Find) -> Result<()> {
    let db = app.store.db();
    let is_narrow = find.query.narrows_conversations();
    if is_narrow || filter.scope.is_some() && lists::count(db, filter, SMALL + 1).await? <= SMALL {
        let set = lists::list(db, filter, Sort::Newest, None, SMALL + 1).await?;
        if i64::try_from(set.len()).unwrap_or(i64::MAX) <= SMALL {
            find.conversations = Some(set.into_iter().map(|one| one.id).collect());
        }
    }
    Ok(())
}

fn add(rows: &mut Vec<Conversation>, one: Conversation) {
    if !rows.iter().any(|known| known.id == one.id) {
        rows.push(one);
    }
}

/// The conversation and the tickets' conversations that a number names.
async fn numbered(app: &App, me: &SignedIn, text: &str) -> Result<Vec<Conversation>> {
    let bare = text.trim();
    let ticket = bare
        .strip_prefix(['T', 't'])
        .map(|rest| rest.trim_start_matches(['-', '#']))
        .and_then(|rest| rest.parse::<i64>().ok());
    let number = bare.trim_start_matches('#').parse::<i64>().ok();
    let mut found = Vec::new();
    if let Some(number) = number {
        match access::conversation_by_number(app.store.db(), &me.actor(), number).await {
            Ok(one) => found.push(one),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    if let Some(number) = ticket.or(number) {
        let row: Option<(ConversationId,)> = sql("SELECT conversation_id FROM tickets WHERE number = $1")
            .bind(number)
            .optional(app.store.db())
            .await?;
        if let Some((id,)) = row {
            match access::conversation(app.store.db(), &me.actor(), &id).await {
                Ok(one) => found.push(one),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(found)
}

/// Whose telephone number it is that was typed, with its country code or as it is dialled at home.
/// Whom a telephone number means.
pub(crate) async fn caller(app: &App, text: &str) -> Result<Option<ContactId>> {
    if text.chars().filter(char::is_ascii_digit).count() < 7 || text.chars().any(char::is_alphabetic) {
        return Ok(None);
    }
    match begun::person_of(app.store.db(), text).await {
        Ok(person) => Ok(person.contact.map(|contact| contact.id)),
        Err(Error::Invalid(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn of_tickets(app: &App, me: &SignedIn, tickets: &[TicketId]) -> Result<Vec<Conversation>> {
    let mut found = Vec::new();
    for ticket in tickets {
        match access::ticket(app.store.db(), &me.actor(), ticket).await {
            Ok(ticket) => {
                let one = access::conversation(app.store.db(), &me.actor(), &ticket.conversation_id).await?;
                found.extend((one.spam_since.is_none()).then_some(one));
            }
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// The conversations of hits that are there, in the order of the hits.
async fn hit_conversations(app: &App, filter: &Filter, hits: &Hits) -> Result<Vec<Conversation>> {
    let mut order: Vec<ConversationId> = Vec::new();
    let mut seen = HashSet::new();
    for (_, conversation) in &hits.messages {
        if seen.insert(conversation.clone()) {
            order.push(conversation.clone());
        }
    }
    let db = app.store.db();
    let mut all: HashMap<ConversationId, Conversation> = HashMap::new();
    let mut labelled = HashSet::new();
    for part in order.chunks(100) {
        let list = placeholders(1, part.len(), 0);
        let rows: Vec<Conversation> = composed_sql(format!(
            "SELECT * FROM conversations WHERE merged_into IS NULL AND id IN {list}"
        ))
        .bind_all(part)
        .all(db)
        .await?;
        if let Some(label) = &filter.label {
            let rows: Vec<(ConversationId,)> = composed_sql(format!(
                "SELECT conversation_id FROM conversation_labels WHERE conversation_id IN {list} AND label_id = ${}",
                part.len() + 1
            ))
            .bind_all(part)
            .bind(label)
            .all(db)
            .await?;
            labelled.extend(rows.into_iter().map(|(id,)| id));
        }
        all.extend(rows.into_iter().map(|one| (one.id.clone(), one)));
    }
    let mut found: Vec<Conversation> = order
        .iter()
        .filter_map(|id| all.remove(id))
        .filter(|one| fits(filter, &labelled, one))
        .collect();
    if let Some(scope) = &filter.scope {
        let ids: Vec<ConversationId> = found.iter().map(|one| one.id.clone()).collect();
        let seen = access::seen_among(db, &Actor::Agent(scope.agent.clone()), &ids).await?;
        found.retain(|one| seen.contains(&one.id));
    }
    Ok(found)
}

/// Why each conversation was found: the words around the newest hit of it.
async fn snippets(app: &App, hits: &Hits, rows: &[Conversation]) -> Result<HashMap<ConversationId, Markup>> {
    let mut first: HashMap<&ConversationId, &MessageId> = HashMap::new();
    for (message, conversation) in &hits.messages {
        first.entry(conversation).or_insert(message);
    }
    let wanted: Vec<&MessageId> = rows.iter().filter_map(|one| first.get(&one.id).copied()).collect();
    let mut texts: HashMap<String, String> = HashMap::new();
    for part in wanted.chunks(100) {
        let rows: Vec<(String, MessageKind, Option<String>, String, Option<String>)> = composed_sql(format!(
            "SELECT id, kind, extra, text, subject FROM messages WHERE id IN {}",
            placeholders(1, part.len(), 0)
        ))
        .bind_all(part.iter().copied())
        .all(app.store.db())
        .await?;
        texts.extend(rows.into_iter().map(|(id, kind, extra, text, subject)| {
            let extra = extra.and_then(|extra| serde_json::from_str(&extra).ok());
            let words = plain_of(kind, extra.as_ref(), &text);
            (id, format!("{words}\n{}", subject.unwrap_or_default()))
        }));
    }
    Ok(rows
        .iter()
        .filter_map(|one| {
            let text = texts.get(first.get(&one.id)?.as_str())?;
            Some((one.id.clone(), marked(text, one.language, &hits.terms)?))
        })
        .collect())
}

fn marked(text: &str, language: Language, terms: &Terms) -> Option<Markup> {
    let pieces = snippet::snippet(text, language, terms)?;
    Some(html! { @for (words, is_marked) in &pieces { @if *is_marked { mark { (words) } } @else { (words) } } })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Typed {
    q: String,
}

/// `/inbox/find`: what the command bar lists while somebody types.
pub(super) async fn find(
    State(app): State<App>,
    me: SignedIn,
    Query(typed): Query<Typed>,
) -> Result<Response, Failure> {
    let query = Asked::parse(&typed.q, me.now, &me.tz);
    let known = Known::load(&app.store, &me).await?;
    let mut items = Vec::new();
    let filter = filter_of(&me, &known, &query);
    let unknown = filter.as_ref().err().map(|unknown| unknown.words(me.lang));
    // Nothing in the list without a word would be taken for nothing there.
    let notices: Vec<String> = misread::words(me.lang, &query).chain(unknown).collect();
    if let Ok(filter) = filter {
        let mut asked = Find {
            messages: 60,
            others: 5,
            query,
            conversations: None,
        };
        if filter.scope.is_some() {
            within(&app, &filter, &mut asked).await?;
        }
        let hits = ask(&app, asked).await?;
        let mut found: Vec<ContactId> = caller(&app, &typed.q).await?.into_iter().collect();
        found.extend(
            hits.contacts
                .iter()
                .filter(|one| !found.contains(one))
                .cloned()
                .collect::<Vec<_>>(),
        );
        items.extend(contact_items(&app, &me, &found).await?);
        for ticket in &hits.tickets {
            if let Ok(ticket) = access::ticket(app.store.db(), &me.actor(), ticket).await {
                items.push(json!({
                    "kind": "ticket",
                    "title": format!("T-{} {}", ticket.number, ticket.subject),
                    "hint": i18n::t(me.lang, "find-ticket"),
                    "url": routes::path(routes::CONVERSATION, ticket.conversation_id.as_str()),
                }));
            }
        }
        let mut rows = hit_conversations(&app, &filter, &hits).await?;
        rows.truncate(6);
        let first: HashMap<&ConversationId, &MessageId> =
            hits.messages.iter().rev().map(|(message, id)| (id, message)).collect();
        for one in rows {
            let at = first.get(&one.id).map(|id| id.as_str()).unwrap_or_default();
            items.push(json!({
                "kind": "conversation",
                "title": one.subject.as_deref().filter(|text| !text.trim().is_empty()).unwrap_or(&one.preview),
                "hint": format!("#{}", one.number),
                "url": format!("{}?tab=all&at={at}#m-{at}", routes::path(routes::CONVERSATION, one.id.as_str())),
            }));
        }
    }
    let articles = app.knowledge.search(me.lang, &typed.q, 4).unwrap_or_default();
    items.extend(articles.into_iter().map(|hit| {
        json!({ "kind": "article", "title": hit.title, "hint": i18n::t(me.lang, "find-article"), "url": hit.path() })
    }));
    Ok(Json(json!({ "items": items, "notice": notices.join(" ") })).into_response())
}

/// People by their name, as far as the reader may see them.
pub(crate) async fn people(app: &App, me: &SignedIn, name: &str, most: usize) -> Result<Vec<Contact>> {
    let asked = Find {
        messages: 1,
        others: most,
        query: Asked::parse(name, me.now, &me.tz),
        conversations: None,
    };
    let mut found = Vec::new();
    for id in ask(app, asked).await?.contacts {
        match access::contact(app.store.db(), &me.actor(), &id).await {
            Ok(contact) => found.push(contact),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

async fn contact_items(app: &App, me: &SignedIn, ids: &[ContactId]) -> Result<Vec<serde_json::Value>> {
    let db = app.store.db();
    let mut items = Vec::new();
    for id in ids {
        let contact = match contacts::load(db, id).await {
            Ok(contact) => contact,
            Err(Error::NotFound) => continue,
            Err(error) => return Err(error),
        };
        let filter = Filter {
            contact: Some(contact.id.clone()),
            scope: me.scope(),
            ..Filter::default()
        };
        // A person is shown where their last conversation is.
        let Some(last) = lists::list(db, &filter, Sort::Newest, None, 1).await?.pop() else {
            continue;
        };
        let addresses = contacts::identities(db, &contact.id).await?;
        let address = addresses
            .iter()
            .find(|one| one.kind != IdentityKind::Visitor)
            .map(|one| shown(one.kind, &one.value))
            .unwrap_or_default();
        let title = if contact.name.trim().is_empty() {
            &address
        } else {
            &contact.name
        };
        items.push(json!({
            "kind": "contact",
            "title": title,
            "hint": if *title == address { i18n::t(me.lang, "find-contact").into_owned() } else { address.clone() },
            "url": routes::path(routes::CONVERSATION, last.id.as_str()),
        }));
    }
    Ok(items)
}

/// `/inbox/go/{number}`: where a number leads.
pub(super) async fn go(State(app): State<App>, me: SignedIn, Path(number): Path<String>) -> Result<Response, Failure> {
    let is_ticket = number.starts_with(['T', 't']);
    let found = numbered(&app, &me, &number).await?;
    // A bare number is a conversation's first; with a `T` it is a ticket's.
    let one = if is_ticket { found.last() } else { found.first() };
    let one = one.ok_or(Error::NotFound)?;
    Ok(see_other(&format!(
        "{}?tab=all",
        routes::path(routes::CONVERSATION, one.id.as_str())
    )))
}
