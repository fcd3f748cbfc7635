//! The corpus in `tests/corpus/whatsapp`: web hooks with what they are expected to give, read, filed, and
//! broken in ten thousand ways.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use channels::whatsapp::receive::receive;
use channels::whatsapp::webhook::{self, ParseError, Payload};
use conversation::Store;
use conversation::db::sql;
use conversation::inbound::InboundMessage;
use conversation::types::{Channel, InboxId};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Map, Value, json};

use super::{settings, sign};
use crate::core::bed::{Bed, both};

struct Case {
    name: String,
    body: Vec<u8>,
    expected: Value,
}

fn corpus() -> anyhow::Result<Vec<Case>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/whatsapp");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_stem().context("a name")?.to_string_lossy().into_owned();
        let case: Value = serde_json::from_slice(&std::fs::read(&path)?).with_context(|| name.clone())?;
        let body = match case.get("raw") {
            Some(raw) => raw.as_str().context("raw text")?.as_bytes().to_vec(),
            None => case["payload"].to_string().into_bytes(),
        };
        cases.push(Case {
            name,
            body,
            expected: case["expected"].clone(),
        });
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    anyhow::ensure!(cases.len() >= 150, "the corpus has only {} cases", cases.len());
    Ok(cases)
}

/// A message in the words of the corpus.
fn told(message: &InboundMessage, address: Option<&str>, files: usize) -> Value {
    let id = Some(message.external_id.as_str()).filter(|id| !id.starts_with("sha256:"));
    let kind = message
        .extra
        .as_ref()
        .and_then(|extra| extra["type"].as_str())
        .unwrap_or("text");
    json!({
        "id": id, "kind": kind, "text": message.text, "address": address, "files": files,
        "in_reply_to": message.thread.in_reply_to.first(), "quarantined": message.quarantined.is_some(),
    })
}

/// What a body gave, in the words of the corpus; ids that were made here are null there.
fn found(body: &[u8]) -> Value {
    let payload = match webhook::parse(&"wa".into(), body, 1_700_913_600_000) {
        Ok(payload) => payload,
        Err(error) => {
            let error = match error {
                ParseError::TooLarge { .. } => "too_large",
                ParseError::NotJson(_) => "not_json",
                ParseError::NotWhatsapp(_) => "not_whatsapp",
                ParseError::NoEntries => "no_entries",
            };
            return json!({ "messages": [], "statuses": [], "other": [], "error": error });
        }
    };
    let messages: Vec<Value> = payload
        .messages
        .iter()
        .map(|one| told(&one.message, one.address.as_deref(), one.media.len()))
        .collect();
    let statuses: Vec<Value> = payload
        .statuses
        .iter()
        .map(|status| json!({ "id": status.provider_id, "state": status.state }))
        .collect();
    let other: Vec<&str> = payload.other.iter().map(|other| other.field.as_str()).collect();
    let mut found = json!({ "messages": messages, "statuses": statuses, "other": other, "error": null });
    if !payload.echoes.is_empty() {
        found["echoes"] = payload
            .echoes
            .iter()
            .map(|one| told(&one.message, one.address.as_deref(), one.media.len()))
            .collect();
    }
    for (name, list) in [("past", &payload.past), ("files", &payload.files)] {
        if !list.is_empty() {
            let told = list.iter().map(|one| {
                let inbound = &one.inbound;
                let mut told = told(&inbound.message, inbound.address.as_deref(), inbound.media.len());
                told["ours"] = one.is_ours.into();
                told
            });
            found[name] = told.collect();
        }
    }
    if !payload.named.is_empty() {
        let named = payload.named.iter().map(|one| json!([one.name, one.identities[0].1]));
        found["named"] = named.collect();
    }
    found
}

#[test]
fn every_web_hook_of_the_corpus_gives_what_is_expected() -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    for case in corpus()? {
        let found = found(&case.body);
        if found != case.expected {
            wrong.push(format!(
                "{}\n  expected {}\n  found    {found}",
                case.name, case.expected
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

async fn count(store: &Store, table: &'static str) -> i64 {
    let text = match table {
        "messages" => "SELECT COUNT(*) FROM messages WHERE kind = 'inbound'",
        "quarantine" => "SELECT COUNT(*) FROM quarantine",
        "events" => "SELECT COUNT(*) FROM events",
        _ => unreachable!("no such table"),
    };
    let (count,): (i64,) = sql(text).one(store.db()).await.expect("a count");
    count
}

async fn take(store: &Store, inbox: &InboxId, body: &[u8]) {
    let signed = sign("secret", body);
    receive(store, inbox, &settings(), Some(&signed), body)
        .await
        .expect("it is taken");
}

both!(the_corpus_is_filed_once);

async fn the_corpus_is_filed_once(bed: Bed) {
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let store = &bed.store;
    let cases = corpus().expect("the corpus");
    let (mut messages, mut kept) = (0, 0);
    for case in &cases {
        take(store, &inbox, &case.body).await;
        let length = |name: &str| i64::try_from(case.expected[name].as_array().map_or(0, Vec::len)).unwrap_or(0);
        // What the telephone knows from before: the customer's part of it.
        let past = case.expected["past"].as_array().into_iter().flatten();
        let theirs = past.filter(|one| one["ours"] == false).count();
        messages += length("messages") + i64::try_from(theirs).unwrap_or(0);
        assert_eq!(count(store, "messages").await, messages, "{}", case.name);
        let is_template = case.name.starts_with("field-message-template") || case.name.starts_with("field-template");
        kept += if is_template { 0 } else { length("other") } + i64::from(!case.expected["error"].is_null());
        assert_eq!(count(store, "quarantine").await, kept, "{}", case.name);
    }
    let events = count(store, "events").await;
    for case in &cases {
        take(store, &inbox, &case.body).await;
    }
    assert_eq!(count(store, "events").await, events, "once more, nothing happens");
}

/// The fields of changes that are read, and the lists in them.
const READ: [&str; 5] = [
    "messages",
    "user_preferences",
    "smb_message_echoes",
    "history",
    "smb_app_state_sync",
];
const LISTS: [&str; 7] = [
    "messages",
    "statuses",
    "errors",
    "user_preferences",
    "message_echoes",
    "history",
    "state_sync",
];

/// How many messages, errors and oddities a part of what the telephone knows from before holds.
fn of_history(part: &Value) -> usize {
    let items = |value: &Value| value.as_array().map_or(usize::from(!value.is_null()), Vec::len);
    let chats = part.get("threads").and_then(Value::as_array).into_iter().flatten();
    let messages: usize = chats
        .map(|chat| chat.get("messages").and_then(Value::as_array).map_or(1, Vec::len))
        .sum();
    messages + part.get("errors").map_or(0, items)
}

/// How many things a body holds, by its own structure: what the reader must account for.
fn held(body: &[u8]) -> Option<usize> {
    let root: Value = serde_json::from_slice(body).ok()?;
    if root["object"] != "whatsapp_business_account" {
        return None;
    }
    let mut count = 0;
    for entry in root["entry"].as_array()? {
        let Some(changes) = entry.get("changes").and_then(Value::as_array) else {
            count += 1;
            continue;
        };
        for change in changes {
            let Some(value) = change.get("value").and_then(Value::as_object) else {
                count += 1;
                continue;
            };
            let field = change.get("field").and_then(Value::as_str).unwrap_or_default();
            if !READ.contains(&field) {
                count += 1;
                continue;
            }
            for (name, item) in value {
                count += match (name.as_str(), item) {
                    ("metadata" | "messaging_product" | "contacts", _) => 0,
                    (list, Value::Null) if LISTS.contains(&list) => 0,
                    ("history", Value::Array(parts)) => parts.iter().map(of_history).sum(),
                    // Who left the address book leaves nothing here.
                    ("state_sync", Value::Array(items)) => items.iter().filter(|one| one["action"] != "remove").count(),
                    (list, Value::Array(items)) if LISTS.contains(&list) => items.len(),
                    _ => 1,
                };
            }
        }
    }
    Some(count)
}

fn total(payload: &Payload) -> usize {
    let read = payload.messages.len() + payload.echoes.len() + payload.statuses.len();
    let before = payload.past.len() + payload.files.len() + payload.named.len();
    read + before + payload.preferences.len() + payload.other.len()
}

/// A value that has no business where it is put.
fn odd(rng: &mut StdRng) -> Value {
    match rng.random_range(0..12) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(1e300),
        4 => json!(u64::MAX),
        5 => json!(""),
        6 => json!("\u{0}\u{202e}\u{fffd}"),
        7 => json!("x".repeat(3000)),
        8 => json!([]),
        9 => json!([[[[1]]]]),
        10 => json!({}),
        _ => json!({ "id": { "id": [] }, "type": 7 }),
    }
}

/// Changes one place of a tree.
fn mutate(value: &mut Value, rng: &mut StdRng) {
    let goes_deeper = rng.random_range(0..12) > 0;
    match value {
        Value::Object(map) if !map.is_empty() && goes_deeper => {
            let at = rng.random_range(0..map.len());
            let Some(name) = map.keys().nth(at).cloned() else {
                return;
            };
            match rng.random_range(0..10) {
                0 => drop(map.remove(&name)),
                1 => {
                    let taken = map.remove(&name).unwrap_or(Value::Null);
                    map.insert(format!("{name}_"), taken);
                }
                _ => {
                    if let Some(child) = map.get_mut(&name) {
                        mutate(child, rng);
                    }
                }
            }
        }
        Value::Array(items) if !items.is_empty() && goes_deeper => {
            let at = rng.random_range(0..items.len());
            match rng.random_range(0..8) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                2 => items.reverse(),
                _ => mutate(&mut items[at], rng),
            }
        }
        other => *other = odd(rng),
    }
}

fn broken(body: &[u8], rng: &mut StdRng) -> Vec<u8> {
    let tree: Option<Value> = serde_json::from_slice(body).ok();
    match (rng.random_range(0..10), tree) {
        (0..9, Some(mut tree)) => {
            for _ in 0..rng.random_range(1..4) {
                // Mostly inside: a broken frame is refused whole and shows little.
                match tree.get_mut("entry").filter(|_| rng.random_range(0..15) > 0) {
                    Some(entries) => mutate(entries, rng),
                    None => mutate(&mut tree, rng),
                }
            }
            tree.to_string().into_bytes()
        }
        _ => {
            let mut bytes = body.to_vec();
            for _ in 0..rng.random_range(1..6) {
                if bytes.is_empty() {
                    bytes.push(rng.random());
                }
                let at = rng.random_range(0..bytes.len());
                match rng.random_range(0..4) {
                    0 => bytes.truncate(at),
                    1 => bytes[at] = rng.random(),
                    2 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, rng.random()),
                }
            }
            bytes
        }
    }
}

#[test]
fn no_broken_web_hook_panics_or_loses_anything() -> anyhow::Result<()> {
    let cases = corpus()?;
    let mut rng = StdRng::seed_from_u64(20_261_121);
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for round in 0..70 {
        for case in &cases {
            let body = broken(&case.body, &mut rng);
            let told = || format!("{} in round {round}: {}", case.name, String::from_utf8_lossy(&body));
            match webhook::parse(&"wa".into(), &body, 1_700_913_600_000) {
                Ok(payload) => {
                    if let Some(held) = held(&body) {
                        assert!(
                            total(&payload) >= held,
                            "{} of {held} things: {}",
                            total(&payload),
                            told()
                        );
                    }
                    let past = payload.past.iter().map(|one| &one.inbound);
                    for inbound in payload.messages.iter().chain(&payload.echoes).chain(past) {
                        assert!(!inbound.message.external_id.is_empty(), "no id: {}", told());
                        let is_known = !inbound.message.from.identities.is_empty();
                        assert!(
                            is_known || inbound.message.quarantined.is_some(),
                            "nobody's: {}",
                            told()
                        );
                    }
                    *outcomes.entry("read").or_default() += 1;
                }
                Err(_) => *outcomes.entry("refused").or_default() += 1,
            }
        }
    }
    assert!(outcomes["read"] > 5000 && outcomes["refused"] > 500, "{outcomes:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_broken_web_hook_leaves_something_to_see() -> anyhow::Result<()> {
    let bed = Bed::sqlite().await;
    let inbox = bed.inbox(Channel::Whatsapp, false).await;
    let store = &bed.store;
    let cases = corpus()?;
    let mut rng = StdRng::seed_from_u64(7);
    let mut seen: Map<String, Value> = Map::new();
    for case in cases.iter().cycle().take(600) {
        let body = broken(&case.body, &mut rng);
        let before = (count(store, "messages").await, count(store, "quarantine").await);
        take(store, &inbox, &body).await;
        let after = (count(store, "messages").await, count(store, "quarantine").await);
        let told = || format!("{}: {}", case.name, String::from_utf8_lossy(&body));
        let payload = webhook::parse(&inbox, &body, store.now());
        let has_words = payload
            .as_ref()
            .map_or(1, |payload| payload.messages.len() + payload.other.len())
            > 0;
        if has_words && after == before {
            // Only what was there already may leave no trace: the same ids, the same bytes.
            let ids: Vec<&str> = payload
                .iter()
                .flat_map(|payload| &payload.messages)
                .map(|inbound| inbound.message.external_id.as_str())
                .collect();
            let is_known = ids.iter().all(|id| seen.contains_key(*id));
            let is_template = payload
                .iter()
                .flat_map(|payload| &payload.other)
                .all(|other| other.field.contains("template"));
            let is_same = seen.contains_key(&String::from_utf8_lossy(&body).into_owned());
            let has_none = payload.as_ref().is_ok_and(|payload| payload.other.is_empty());
            assert!(
                is_same || (is_known && (has_none || is_template)),
                "it left nothing: {}",
                told()
            );
        }
        for inbound in payload.iter().flat_map(|payload| &payload.messages) {
            seen.insert(inbound.message.external_id.clone(), Value::Null);
        }
        seen.insert(String::from_utf8_lossy(&body).into_owned(), Value::Null);
    }
    Ok(())
}
