//! Zammad, by its REST API (docs.zammad.org › REST API): users, tickets with their articles and tags.

use std::collections::HashMap;

use anyhow::{Context, Result};
use conversation::types::{ConversationStatus, Priority};
use serde_json::Value;

use super::api::Api;
use super::desk::{Entry, Linked, Person, Thread, Wrote, addresses, full_name, id, items, text, time};

/// Rows of a page.
const PAGE: usize = 100;

/// A Zammad.
pub(crate) struct Zammad {
    api: Api,
    users: HashMap<String, User>,
}

struct User {
    person: Person,
    is_customer: bool,
}

impl Zammad {
    /// The one at `url`.
    ///
    /// # Errors
    /// When the address or token cannot be used.
    pub(crate) fn new(url: &str, token: &str) -> Result<Zammad> {
        Ok(Zammad {
            api: Api::new(url, "authorization", &format!("Token token={}", token.trim()))?,
            users: HashMap::new(),
        })
    }

    pub(crate) fn api(&self) -> &Api {
        &self.api
    }

    async fn page(&self, path: &str, number: usize) -> Result<Vec<Value>> {
        let (page, rows) = (number.to_string(), PAGE.to_string());
        let query = [("expand", "true"), ("page", page.as_str()), ("per_page", rows.as_str())];
        let answer = self.api.get(path, &query).await?;
        Ok(answer.as_array().context("the list of Zammad is none")?.clone())
    }

    /// The people of a page, from 1; `None` behind the last. Agents are remembered, not given.
    pub(crate) async fn people(&mut self, number: usize) -> Result<Option<Vec<Person>>> {
        let rows = self.page("api/v1/users", number).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mut found = Vec::new();
        for row in &rows {
            let Some(key) = id(&row["id"]) else { continue };
            let roles: Vec<String> = items(&row["roles"]).iter().filter_map(text).collect();
            let is_customer = roles.is_empty() || roles.iter().all(|role| role == "Customer");
            let person = Person {
                name: full_name(&row["firstname"], &row["lastname"]),
                email: text(&row["email"]),
                phones: [&row["phone"], &row["mobile"]].into_iter().filter_map(text).collect(),
                company: text(&row["organization"]),
                key: key.clone(),
            };
            // The first one is Zammad itself.
            if is_customer && key != "1" {
                found.push(person.clone());
            }
            self.users.insert(key, User { person, is_customer });
        }
        Ok(Some(found))
    }

    /// The tickets of a page, from 1; `None` behind the last.
    pub(crate) async fn list(&self, number: usize) -> Result<Option<Vec<Value>>> {
        let rows = self.page("api/v1/tickets", number).await?;
        Ok((!rows.is_empty()).then_some(rows))
    }

    /// Reads a ticket whole; `Err` of the inner kind says why it is left out.
    pub(crate) async fn thread(&self, row: &Value) -> Result<Result<Thread, &'static str>> {
        let Some(key) = id(&row["id"]) else {
            return Ok(Err("it has no id"));
        };
        let state = text(&row["state"]).unwrap_or_default();
        let status = match state.as_str() {
            "merged" => return Ok(Err("it was merged into another one, which has its articles")),
            "removed" => return Ok(Err("it was removed")),
            "closed" => ConversationStatus::Resolved,
            _ => ConversationStatus::Open,
        };
        let Some(customer) = id(&row["customer_id"]).and_then(|id| self.users.get(&id)) else {
            return Ok(Err("its customer is not among the users"));
        };
        let articles = self
            .api
            .get(&format!("api/v1/ticket_articles/by_ticket/{key}"), &[])
            .await?;
        let tags = [("object", "Ticket"), ("o_id", key.as_str())];
        let tags = self.api.get("api/v1/tags", &tags).await?;
        let mut entries: Vec<Entry> = items(&articles)
            .iter()
            .filter_map(|row| self.entry(&key, row))
            .collect();
        entries.sort_by_key(|entry| entry.at);
        let owner = id(&row["owner_id"]).filter(|owner| owner != "1");
        Ok(Ok(Thread {
            subject: text(&row["title"]),
            status,
            is_spam: false,
            priority: priority(&row["priority"]),
            assignee: owner.and_then(|owner| self.users.get(&owner)?.person.email.clone()),
            labels: items(&tags["tags"]).iter().filter_map(text).collect(),
            customer: customer.person.clone(),
            entries,
            key,
        }))
    }

    fn entry(&self, ticket: &str, row: &Value) -> Option<Entry> {
        let key = id(&row["id"])?;
        let author = id(&row["origin_by_id"]).or_else(|| id(&row["created_by_id"]));
        let author = author.and_then(|id| self.users.get(&id));
        let name = author
            .map(|user| user.person.name.clone())
            .filter(|name| !name.is_empty());
        let name = name
            .or_else(|| text(&row["from"]))
            .unwrap_or_else(|| "Zammad".to_owned());
        let email = author.and_then(|user| user.person.email.clone());
        let is_note = row["internal"].as_bool() == Some(true);
        let by = match text(&row["sender"]).as_deref() {
            _ if is_note => Wrote::Note(email, name),
            Some("Customer") => Wrote::Customer(author.filter(|user| user.is_customer).map(|user| user.person.clone())),
            _ => Wrote::Business(email, name),
        };
        let body = text(&row["body"]).unwrap_or_default();
        let is_html = text(&row["content_type"]).is_some_and(|kind| kind.starts_with("text/html"));
        let files = items(&row["attachments"]).iter().filter_map(|file| {
            let of = &file["preferences"];
            let media_type = ["Mime-Type", "Content-Type"].iter().find_map(|name| text(&of[*name]));
            Some(Linked {
                name: text(&file["filename"])?,
                media_type,
                address: format!("api/v1/ticket_attachment/{ticket}/{key}/{}", id(&file["id"])?),
                content_id: text(&of["Content-ID"]).map(|id| id.trim_matches(['<', '>']).to_owned()),
            })
        });
        let mut recipients = addresses(&row["to"]);
        recipients.extend(addresses(&row["cc"]));
        Some(Entry {
            message_id: text(&row["message_id"]).map(|id| id.trim_matches(['<', '>']).to_owned()),
            by,
            at: time(&row["created_at"])?,
            text: if is_html { String::new() } else { body.clone() },
            html: is_html.then_some(body),
            recipients,
            files: files.collect(),
            key,
        })
    }
}

fn priority(value: &Value) -> Priority {
    // "1 low", "2 normal", "3 high"
    match text(value).and_then(|name| name.chars().next()) {
        Some('1') => Priority::Low,
        Some('3') => Priority::High,
        _ => Priority::Normal,
    }
}
