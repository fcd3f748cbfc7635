//! What is searched: messages, contacts and tickets as documents of the index.

use std::collections::{BTreeSet, HashMap};

use conversation::db::{Db, composed_sql, placeholders, sql};
use conversation::types::{Channel, Language, MessageKind, Millis};
use tantivy::TantivyDocument;

use crate::index::{Fields, SearchError};

/// Nothing longer is worth searching, in characters.
const LONGEST: usize = 20_000;

/// A document before it is one.
#[derive(Default)]
pub(super) struct Entry {
    key: String,
    kind: &'static str,
    conversation: String,
    at: Millis,
    language: Option<Language>,
    words: String,
    from: String,
    to: String,
    channel: Option<Channel>,
    has_file: bool,
}

impl Entry {
    pub(super) fn document(self, fields: &Fields) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_text(fields.key, &self.key);
        document.add_text(fields.kind, self.kind);
        document.add_text(fields.conversation, &self.conversation);
        document.add_i64(fields.at, self.at);
        let end = self
            .words
            .char_indices()
            .nth(LONGEST)
            .map_or(self.words.len(), |(at, _)| at);
        let words = &self.words[..end];
        document.add_text(fields.words, words);
        document.add_text(fields.stems(self.language.unwrap_or(Language::En)), words);
        document.add_text(fields.from, &self.from);
        document.add_text(fields.to, &self.to);
        if let Some(channel) = self.channel {
            document.add_text(fields.channel, channel.as_str());
        }
        if self.has_file {
            document.add_text(fields.has_file, "yes");
        }
        document
    }
}

/// id, conversation, kind, channel, author, subject, text, at, language, contact, inbox.
type MessageRow = (
    String,
    String,
    MessageKind,
    Channel,
    String,
    Option<String>,
    String,
    Millis,
    Language,
    String,
    Option<String>,
);

pub(super) async fn messages(db: &Db, ids: &[String]) -> Result<Vec<Entry>, SearchError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = placeholders(1, ids.len(), 0);
    let rows: Vec<MessageRow> = composed_sql(format!(
        "SELECT m.id, m.conversation_id, m.kind, m.channel, m.author_id, m.subject, m.text, m.at, c.language, c.contact_id, i.name AS inbox
         FROM messages m JOIN conversations c ON c.id = m.conversation_id LEFT JOIN inboxes i ON i.id = m.inbox_id
         WHERE m.id IN {list} AND m.kind NOT IN ('activity', 'scheduled') ORDER BY m.id"
    ))
    .bind_all(ids.iter().map(String::as_str))
    .all(db)
    .await?;
    let files: Vec<(String, String)> = composed_sql(format!(
        "SELECT message_id, name FROM attachments WHERE message_id IN {list} AND NOT is_inline ORDER BY id"
    ))
    .bind_all(ids.iter().map(String::as_str))
    .all(db)
    .await?;
    let mut names: HashMap<String, Vec<String>> = HashMap::new();
    for (message, name) in files {
        names.entry(message).or_default().push(name);
    }
    let people: BTreeSet<&str> = rows.iter().map(|row| row.9.as_str()).collect();
    let people = people_words(db, &people.into_iter().map(str::to_owned).collect::<Vec<_>>()).await?;
    let agents: HashMap<String, String> = sql("SELECT id, name FROM agents")
        .all::<(String, String)>(db)
        .await?
        .into_iter()
        .collect();
    Ok(rows
        .into_iter()
        .map(
            |(id, conversation, kind, channel, author, subject, text, at, language, contact, inbox)| {
                let customer = people.get(&contact).cloned().unwrap_or_default();
                let us = match agents.get(&author) {
                    Some(name) => name.clone(),
                    None => inbox.clone().unwrap_or_default(),
                };
                let (from, to) = match kind {
                    MessageKind::Inbound => (customer, inbox.unwrap_or_default()),
                    MessageKind::Outbound | MessageKind::Scheduled => (us, customer),
                    MessageKind::Note | MessageKind::Activity => (us, String::new()),
                };
                let files = names.remove(&id);
                let mut words = text;
                for more in subject.into_iter().chain(files.iter().flatten().cloned()) {
                    words.push('\n');
                    words.push_str(&more);
                }
                Entry {
                    key: id,
                    kind: "message",
                    conversation,
                    at,
                    language: Some(language),
                    words,
                    from,
                    to,
                    channel: Some(channel),
                    has_file: files.is_some(),
                }
            },
        )
        .collect())
}

/// Names, addresses, numbers and company of contacts, as one text each.
async fn people_words(db: &Db, ids: &[String]) -> Result<HashMap<String, String>, SearchError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let list = placeholders(1, ids.len(), 0);
    let names: Vec<(String, String, Option<String>)> = composed_sql(format!(
        "SELECT p.id, p.name, o.name FROM contacts p LEFT JOIN companies o ON o.id = p.company_id WHERE p.merged_into IS NULL AND p.id IN {list}"
    ))
    .bind_all(ids.iter().map(String::as_str))
    .all(db)
    .await?;
    let values: Vec<(String, String)> = composed_sql(format!(
        "SELECT contact_id, value FROM identities WHERE contact_id IN {list} AND kind IN ('email', 'phone', 'whatsapp', 'external') ORDER BY id"
    ))
    .bind_all(ids.iter().map(String::as_str))
    .all(db)
    .await?;
    let mut found: HashMap<String, String> = names
        .into_iter()
        .map(|(id, name, company)| (id, format!("{name} {}", company.unwrap_or_default())))
        .collect();
    for (id, value) in values {
        if let Some(words) = found.get_mut(&id) {
            words.push(' ');
            words.push_str(&value);
        }
    }
    Ok(found)
}

pub(super) async fn contacts(db: &Db, ids: &[String]) -> Result<Vec<Entry>, SearchError> {
    let mut entries: Vec<Entry> = people_words(db, ids)
        .await?
        .into_iter()
        .map(|(key, words)| Entry {
            key,
            kind: "contact",
            words,
            ..Entry::default()
        })
        .collect();
    entries.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(entries)
}

pub(super) async fn tickets(db: &Db, ids: &[String]) -> Result<Vec<Entry>, SearchError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(String, i64, String, String, String, Millis, Language)> = composed_sql(format!(
        "SELECT t.id, t.number, t.conversation_id, t.subject, t.brief, t.created_at, c.language
         FROM tickets t JOIN conversations c ON c.id = t.conversation_id WHERE t.id IN {} ORDER BY t.id",
        placeholders(1, ids.len(), 0)
    ))
    .bind_all(ids.iter().map(String::as_str))
    .all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(key, number, conversation, subject, brief, at, language)| Entry {
            key,
            kind: "ticket",
            conversation,
            at,
            language: Some(language),
            words: format!("T-{number} {number} {subject}\n{brief}"),
            ..Entry::default()
        })
        .collect())
}
