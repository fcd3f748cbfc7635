//! FreeScout, by the API of its "API & Webhooks" module (api-docs.freescout.net): customers, conversations with
//! their threads and tags.

use anyhow::Result;
use conversation::types::{ConversationStatus, Priority};
use serde_json::Value;

use super::api::Api;
use super::desk::{Entry, Linked, Person, Thread, Wrote, addresses, full_name, id, items, text, time};

/// A FreeScout.
pub(crate) struct FreeScout {
    api: Api,
}

impl FreeScout {
    /// The one at `url`.
    ///
    /// # Errors
    /// When the address or token cannot be used.
    pub(crate) fn new(url: &str, token: &str) -> Result<FreeScout> {
        Ok(FreeScout {
            api: Api::new(url, "x-freescout-api-key", token)?,
        })
    }

    pub(crate) fn api(&self) -> &Api {
        &self.api
    }

    /// The people of a page, from 1; `None` behind the last.
    pub(crate) async fn people(&self, number: usize) -> Result<Option<Vec<Person>>> {
        let page = number.to_string();
        let answer = self
            .api
            .get("api/customers", &[("page", &page), ("pageSize", "100")])
            .await?;
        let rows = items(&answer["_embedded"]["customers"]);
        Ok((!rows.is_empty()).then(|| rows.iter().filter_map(person).collect()))
    }

    /// The conversations of a page, from 1; `None` behind the last. The number is how many there are in all.
    pub(crate) async fn list(&self, number: usize) -> Result<Option<(Vec<Value>, u64)>> {
        let page = number.to_string();
        let query = [
            ("page", page.as_str()),
            ("pageSize", "100"),
            ("sortField", "createdAt"),
            ("sortOrder", "asc"),
        ];
        let answer = self.api.get("api/conversations", &query).await?;
        let rows = items(&answer["_embedded"]["conversations"]).to_vec();
        let count = answer["page"]["totalElements"].as_u64().unwrap_or_default();
        Ok((!rows.is_empty()).then_some((rows, count)))
    }

    /// Reads a conversation whole.
    pub(crate) async fn thread(&self, row: &Value) -> Result<Result<Thread, &'static str>> {
        let Some(key) = id(&row["id"]) else {
            return Ok(Err("it has no id"));
        };
        if text(&row["state"]).as_deref() == Some("deleted") {
            return Ok(Err("it was deleted"));
        }
        let Some(customer) = person(&row["customer"]) else {
            return Ok(Err("it has no customer"));
        };
        let whole = self
            .api
            .get(&format!("api/conversations/{key}"), &[("embed", "threads,tags")])
            .await?;
        let mut entries: Vec<Entry> = items(&whole["_embedded"]["threads"]).iter().filter_map(entry).collect();
        entries.sort_by(|one, other| (one.at, &one.key).cmp(&(other.at, &other.key)));
        let state = text(&row["status"]).unwrap_or_default();
        let tags = items(&whole["_embedded"]["tags"]).iter();
        let labels: Vec<String> = tags.filter_map(|tag| text(&tag["name"])).collect();
        Ok(Ok(Thread {
            subject: text(&row["subject"]),
            status: match state.as_str() {
                "active" | "pending" => ConversationStatus::Open,
                _ => ConversationStatus::Resolved,
            },
            is_spam: state == "spam",
            priority: Priority::Normal,
            assignee: text(&row["assignee"]["email"]),
            labels,
            customer,
            entries,
            key,
        }))
    }
}

fn person(row: &Value) -> Option<Person> {
    let list = |name: &str| {
        items(&row["_embedded"][name])
            .iter()
            .filter_map(|one| text(&one["value"]))
            .collect::<Vec<_>>()
    };
    Some(Person {
        key: id(&row["id"])?,
        name: full_name(&row["firstName"], &row["lastName"]),
        email: text(&row["email"]).or_else(|| list("emails").into_iter().next()),
        phones: list("phones"),
        company: text(&row["company"]),
    })
}

fn entry(row: &Value) -> Option<Entry> {
    if matches!(text(&row["state"]).as_deref(), Some("draft" | "deleted" | "hidden")) {
        return None;
    }
    let author = &row["createdBy"];
    let name = full_name(&author["firstName"], &author["lastName"]);
    let name = if name.is_empty() { "FreeScout".to_owned() } else { name };
    let by = match text(&row["type"])?.as_str() {
        "customer" => Wrote::Customer(person(&row["customer"])),
        "message" => Wrote::Business(text(&author["email"]), name),
        "note" => Wrote::Note(text(&author["email"]), name),
        // Who moved what where.
        _ => return None,
    };
    let files = items(&row["_embedded"]["attachments"]).iter().filter_map(|file| {
        Some(Linked {
            name: text(&file["fileName"])?,
            media_type: text(&file["mimeType"]),
            address: text(&file["fileUrl"])?,
            content_id: None,
        })
    });
    let mut recipients = addresses(&row["to"]);
    recipients.extend(addresses(&row["cc"]));
    Some(Entry {
        key: id(&row["id"])?,
        message_id: None,
        by,
        at: time(&row["createdAt"])?,
        text: String::new(),
        html: text(&row["body"]),
        recipients,
        files: files.collect(),
    })
}
