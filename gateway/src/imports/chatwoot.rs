//! Chatwoot, by its application API (developers.chatwoot.com › Application APIs): contacts, conversations of
//! every inbox with their messages and labels.

use anyhow::{Context, Result, bail};
use conversation::types::{ConversationStatus, Priority};
use serde_json::Value;

use super::api::Api;
use super::desk::{Entry, Linked, Person, Thread, Wrote, addresses, id, items, text, time};

/// A conversation has at most so many pages of 20 messages.
const PAGES: usize = 5_000;

/// A Chatwoot account.
pub(crate) struct Chatwoot {
    api: Api,
    account: String,
}

impl Chatwoot {
    /// The account at `url`; without its number, the one of the token.
    ///
    /// # Errors
    /// When the address or token cannot be used.
    pub(crate) async fn new(url: &str, token: &str, account: Option<u64>) -> Result<Chatwoot> {
        let api = Api::new(url, "api_access_token", token)?;
        let account = match account {
            Some(account) => account.to_string(),
            None => {
                let profile = api.get("api/v1/profile", &[]).await?;
                let all: Vec<String> = items(&profile["accounts"])
                    .iter()
                    .filter_map(|one| id(&one["id"]))
                    .collect();
                if all.len() > 1 {
                    bail!(
                        "the token has several accounts ({}); choose with --account",
                        all.join(", ")
                    );
                }
                let only = all.into_iter().next().or_else(|| id(&profile["account_id"]));
                only.context("the token has no account; choose with --account")?
            }
        };
        Ok(Chatwoot { api, account })
    }

    pub(crate) fn api(&self) -> &Api {
        &self.api
    }

    fn path(&self, rest: &str) -> String {
        format!("api/v1/accounts/{}/{rest}", self.account)
    }

    /// The people of a page, from 1; `None` behind the last.
    pub(crate) async fn people(&self, number: usize) -> Result<Option<Vec<Person>>> {
        let page = number.to_string();
        let answer = self
            .api
            .get(&self.path("contacts"), &[("page", &page), ("sort", "name")])
            .await?;
        let rows = items(&answer["payload"]);
        Ok((!rows.is_empty()).then(|| rows.iter().filter_map(person).collect()))
    }

    /// The conversations of a page, from 1; `None` behind the last. The number is how many there are in all.
    pub(crate) async fn list(&self, number: usize) -> Result<Option<(Vec<Value>, u64)>> {
        let page = number.to_string();
        let query = [
            ("status", "all"),
            ("assignee_type", "all"),
            ("sort_by", "created_at_asc"),
            ("page", page.as_str()),
        ];
        let answer = self.api.get(&self.path("conversations"), &query).await?;
        let data = &answer["data"];
        let rows = items(&data["payload"]).to_vec();
        let count = data["meta"]["all_count"].as_u64().unwrap_or_default();
        Ok((!rows.is_empty()).then_some((rows, count)))
    }

    /// Reads a conversation whole.
    pub(crate) async fn thread(&self, row: &Value) -> Result<Result<Thread, &'static str>> {
        let Some(key) = id(&row["id"]) else {
            return Ok(Err("it has no id"));
        };
        let Some(customer) = person(&row["meta"]["sender"]) else {
            return Ok(Err("its contact was deleted"));
        };
        let mut rows: Vec<Value> = Vec::new();
        let mut before: Option<i64> = None;
        for _ in 0..PAGES {
            let oldest = before.map(|id| id.to_string());
            let query: Vec<(&str, &str)> = oldest.as_deref().map(|id| ("before", id)).into_iter().collect();
            let path = self.path(&format!("conversations/{key}/messages"));
            let answer = self.api.get(&path, &query).await?;
            let part = items(&answer["payload"]);
            let least = part.iter().filter_map(|row| row["id"].as_i64()).min();
            rows.extend_from_slice(part);
            match least {
                Some(least) if before.is_none_or(|before| least < before) => before = Some(least),
                _ => break,
            }
        }
        rows.sort_by_key(|row| row["id"].as_i64());
        rows.dedup_by_key(|row| row["id"].as_i64());
        let attributes = &row["additional_attributes"];
        Ok(Ok(Thread {
            subject: text(&attributes["mail_subject"]),
            status: match text(&row["status"]).as_deref() {
                Some("resolved") => ConversationStatus::Resolved,
                _ => ConversationStatus::Open,
            },
            is_spam: false,
            priority: match text(&row["priority"]).as_deref() {
                Some("low") => Priority::Low,
                Some("high") => Priority::High,
                Some("urgent") => Priority::Urgent,
                _ => Priority::Normal,
            },
            assignee: text(&row["meta"]["assignee"]["email"]),
            labels: items(&row["labels"]).iter().filter_map(text).collect(),
            customer,
            entries: rows.iter().filter_map(entry).collect(),
            key,
        }))
    }
}

fn person(row: &Value) -> Option<Person> {
    Some(Person {
        key: id(&row["id"])?,
        name: text(&row["name"]).unwrap_or_default(),
        email: text(&row["email"]),
        phones: text(&row["phone_number"]).into_iter().collect(),
        company: text(&row["additional_attributes"]["company_name"]),
    })
}

fn entry(row: &Value) -> Option<Entry> {
    let sender = &row["sender"];
    let who = || {
        (
            text(&sender["email"]),
            text(&sender["name"]).unwrap_or_else(|| "Chatwoot".to_owned()),
        )
    };
    let is_note = row["private"].as_bool() == Some(true);
    let by = match row["message_type"].as_i64()? {
        0 => Wrote::Customer(None),
        1 | 3 if is_note => {
            let (email, name) = who();
            Wrote::Note(email, name)
        }
        1 | 3 => {
            let (email, name) = who();
            Wrote::Business(email, name)
        }
        // Who assigned what to whom.
        _ => return None,
    };
    let mail = &row["content_attributes"]["email"];
    let files = items(&row["attachments"]).iter().filter_map(|file| {
        let address = text(&file["data_url"])?;
        let last = address.rsplit('/').next().unwrap_or_default();
        let name = last.split('?').next().filter(|name| !name.is_empty()).unwrap_or("file");
        Some(Linked {
            name: percent_decoded(name),
            media_type: None,
            content_id: None,
            address,
        })
    });
    let mut recipients = addresses(&mail["to"]);
    recipients.extend(addresses(&mail["cc"]));
    let source = text(&row["source_id"]).filter(|id| id.contains('@') && !id.contains(char::is_whitespace));
    let page = text(&mail["html_content"]["full"]);
    let files: Vec<Linked> = files.collect();
    let content = text(&row["content"]).unwrap_or_default();
    if content.is_empty() && files.is_empty() && page.is_none() {
        return None;
    }
    Some(Entry {
        key: id(&row["id"])?,
        message_id: text(&mail["message_id"]).or(source),
        by,
        at: time(&row["created_at"])?,
        text: content,
        html: page,
        recipients,
        files,
    })
}

fn percent_decoded(text: &str) -> String {
    let pairs = format!("x={}", text.replace('+', "%2B"));
    let decoded = url::form_urlencoded::parse(pairs.as_bytes()).next();
    decoded.map_or_else(|| text.to_owned(), |(_, value)| value.into_owned())
}
