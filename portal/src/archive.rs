//! A person's data as a ZIP: JSON that says what is known of them, and their files. Written while it is
//! read: one file is in memory at a time.

use async_zip::tokio::write::ZipFileWriter;
use async_zip::{Compression, ZipDateTimeBuilder, ZipEntryBuilder};
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use conversation::contacts::Contact;
use conversation::db::{Db, sql};
use conversation::types::{ActorKind, Channel, ContactId, ConversationId, Language};
use conversation::{
    Error, Result, Store, attachments, contacts, doors, memberships, notifications, privacy, surveys, tickets,
};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio_util::io::ReaderStream;
use ui::i18n::iso;

const BUFFER: usize = 64 * 1024;
/// How many messages are read at a time.
const PART: i64 = 200;

type Writer = ZipFileWriter<DuplexStream>;

/// Begins the ZIP; reading the returned end drives the work. When something fails the stream ends without
/// the ZIP's directory, which every program refuses.
pub fn stream(store: &Store, contact: ContactId) -> DuplexStream {
    let (writer, reader) = tokio::io::duplex(BUFFER);
    let store = store.clone();
    tokio::spawn(async move {
        if let Err(error) = write(&store, &contact, writer).await {
            tracing::warn!(%error, "an archive of a person's data was not finished");
        }
    });
    reader
}

/// A ZIP as an answer, under a name that has nothing to escape, as it is read.
pub fn answer(file_name: &str, reading: DuplexStream) -> Response {
    (
        [
            (header::CONTENT_TYPE, "application/zip".to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{file_name}\""),
            ),
            // It is packed already; a layer that packs answers would only hold it up.
            (header::CONTENT_ENCODING, "identity".to_owned()),
        ],
        Body::from_stream(ReaderStream::with_capacity(reading, BUFFER)),
    )
        .into_response()
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::corrupt("archive", error)
}

async fn put(zip: &mut Writer, name: &str, bytes: &[u8]) -> Result<()> {
    let entry = ZipEntryBuilder::new(name.to_owned().into(), Compression::Stored)
        .last_modification_date(ZipDateTimeBuilder::new().year(2000).month(1).day(1).build());
    zip.write_entry_whole(entry, bytes).await.map_err(broken)
}

async fn put_json(zip: &mut Writer, name: &str, value: &Value) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(broken)?;
    put(zip, name, text.as_bytes()).await
}

async fn write(store: &Store, contact: &ContactId, writer: DuplexStream) -> Result<()> {
    let db = store.db();
    let mut zip = ZipFileWriter::with_tokio(writer);
    let person = contacts::load(db, contact).await?;
    put_json(&mut zip, "person.json", &known_of(db, &person).await?).await?;
    let consents: Vec<Value> = privacy::consents(db, contact)
        .await?
        .into_iter()
        .map(|one| json!({ "kind": one.kind, "is_given": one.is_given, "source": one.source, "words": one.words, "at": iso(one.at) }))
        .collect();
    put_json(&mut zip, "consents.json", &json!(consents)).await?;
    let accesses: Vec<Value> = doors::accesses(db, contact, 10_000)
        .await?
        .into_iter()
        .map(|one| json!({ "what": one.what, "detail": one.detail, "address": one.address, "browser": one.user_agent, "at": iso(one.at) }))
        .collect();
    put_json(&mut zip, "accesses.json", &json!(accesses)).await?;
    let all: Vec<Value> = tickets::of_contact(db, contact, 100_000)
        .await?
        .into_iter()
        .map(|one| json!({ "number": one.number, "subject": one.subject, "status": one.status, "opened": iso(one.created_at) }))
        .collect();
    put_json(&mut zip, "tickets.json", &json!(all)).await?;
    put_json(&mut zip, "documents.json", &json!(documents(db, contact).await?)).await?;
    for (name, value) in ::equipment::privacy::export(db, contact).await? {
        put_json(&mut zip, name, &value).await?;
    }
    for year in ::equipment::privacy::years_of_readings(db, contact).await? {
        let read = ::equipment::privacy::readings_of_year(db, contact, &year).await?;
        put_json(&mut zip, &format!("readings/{year}.json"), &read).await?;
    }
    let asked: Vec<Value> = surveys::of_contact(db, contact, 10_000)
        .await?
        .into_iter()
        .map(|one| json!({ "kind": one.kind, "asked": one.asked_at.map(iso), "score": one.score, "comment": one.comment, "answered": one.answered_at.map(iso) }))
        .collect();
    put_json(&mut zip, "surveys.json", &json!(asked)).await?;
    put_json(
        &mut zip,
        "notifications.json",
        &told(store, contact, person.language).await?,
    )
    .await?;
    for (number, conversation) in privacy::conversations_of(db, contact).await?.into_iter().enumerate() {
        let folder = format!("conversations/{:05}", number + 1);
        write_conversation(store, &mut zip, &folder, &conversation).await?;
    }
    zip.close().await.map_err(broken)?;
    Ok(())
}

/// Who the person is to us.
async fn known_of(db: &Db, person: &Contact) -> Result<Value> {
    let identities = contacts::identities(db, &person.id).await?;
    let companies: Vec<Value> = memberships::of_contact(db, &person.id)
        .await?
        .into_iter()
        .map(|one| json!({ "company": one.company, "rights": one.rights }))
        .collect();
    Ok(json!({
        "id": person.id,
        "name": person.name,
        "language": person.language,
        "known_since": iso(person.created_at),
        "addresses": identities.iter().map(|one| json!({ "kind": one.kind, "value": one.value, "is_verified": one.is_verified, "source": one.source })).collect::<Vec<_>>(),
        "companies": companies,
    }))
}

/// What was billed to them.
async fn documents(db: &Db, contact: &ContactId) -> Result<Vec<Value>> {
    let customers = billing::customers::of_contact(db, contact).await?;
    let mut documents = Vec::new();
    for customer in customers {
        let rows: Vec<(String, Option<String>, String, String, i64, String)> = sql("SELECT kind, number, state, currency, total, issued_on FROM documents WHERE customer_id = $1 AND number IS NOT NULL ORDER BY id")
            .bind(customer.as_str())
            .all(db)
            .await?;
        documents.extend(rows.into_iter().map(|(kind, number, state, currency, total, issued_on)| {
            json!({ "kind": kind, "number": number, "state": state, "currency": currency, "total_minor_units": total, "issued_on": issued_on })
        }));
    }
    Ok(documents)
}

/// One conversation: its files, its mails as they came, and what was said.
async fn write_conversation(
    store: &Store,
    zip: &mut Writer,
    folder: &str,
    conversation: &ConversationId,
) -> Result<()> {
    let db = store.db();
    let mut lines = Vec::new();
    let mut last = String::new();
    loop {
        let part = privacy::messages_of(db, conversation, &last, PART).await?;
        let Some(end) = part.last() else { break };
        last = end.id.to_string();
        let ids: Vec<_> = part.iter().map(|message| message.id.clone()).collect();
        for file in attachments::of_messages(db, &ids).await? {
            if file.sha256.is_empty() {
                continue;
            }
            let bytes = store.blobs().get(&file.sha256).await?;
            let name = plain_name(&file.name);
            put(zip, &format!("{folder}/files/{}-{name}", file.id), &bytes).await?;
        }
        for message in part {
            if let Some(sha256) = &message.raw_sha256 {
                let bytes = store.blobs().get(sha256).await?;
                put(zip, &format!("{folder}/originals/{}", message.id), &bytes).await?;
            }
            lines.push(json!({
                "id": message.id,
                "from": if message.author_kind == ActorKind::Contact { "you" } else { "us" },
                "channel": message.channel,
                "at": iso(message.at),
                "subject": message.subject,
                "text": message.body.as_ref().unwrap_or(&message.text),
                // How long a call was, and how it ended.
                "call": message.extra.as_ref().filter(|_| message.channel == Channel::Phone),
            }));
        }
    }
    put_json(zip, &format!("{folder}/messages.json"), &json!(lines)).await
}

/// A name that every file system takes.
fn plain_name(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') {
                c
            } else {
                '_'
            }
        })
        .take(100)
        .collect()
}

/// What somebody was told, and by which ways they chose to be.
async fn told(store: &Store, contact: &ContactId, lang: Option<Language>) -> Result<Value> {
    let lang = lang.unwrap_or(Language::En);
    let chosen: Vec<Value> = notifications::choices(store.db(), contact, |_| notifications::Ways::USUAL)
        .await?
        .into_iter()
        .filter(|choice| choice.is_chosen)
        .map(|choice| json!({ "kind": choice.kind, "ways": choice.ways }))
        .collect();
    let mut all = Vec::new();
    let mut last: Option<String> = None;
    loop {
        let part = notifications::list(store.db(), contact, last.as_deref(), PART).await?;
        let Some(end) = part.last() else { break };
        last = Some(end.id.clone());
        all.extend(part.iter().map(|one| {
            let text = ui::told::sentence(lang, &TimeZone::UTC, &one.words, &one.args());
            json!({ "kind": one.kind, "text": text, "path": one.path, "at": iso(one.at), "read": one.read_at.map(iso) })
        }));
    }
    Ok(json!({ "chosen": chosen, "told": all }))
}
