//! What a bridge posts: messages of customers, and how far ours came.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conversation::card::CardAnswer;
use conversation::contacts::normal_email;
use conversation::inbound::{IdentityClaim, InboundAttachment, InboundMessage, Sender, ThreadHints};
use conversation::ingest::{self, Filed};
use conversation::outbound::StatusUpdate;
use conversation::types::{Channel, DeliveryState, IdentityKind, InboxId, Language, Millis};
use conversation::{Store, bridges, deliveries};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{MOST_BYTES, MOST_FILES, of_sending, stored_id};
use crate::email::mime::file_name;

/// The longest text of one message, in characters.
const LONGEST_TEXT: usize = 50_000;
/// The longest id of a user or a message, in bytes: ids are keys of an index.
const LONGEST_ID: usize = 200;
/// The longest name, label or reason, in characters.
const LONGEST_WORDS: usize = 500;
/// A time this far ahead of ours is wrong, in milliseconds.
const MAX_FUTURE: Millis = 5 * 60 * 1_000;

/// One thing that a bridge posts.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Posted {
    Message(Box<PostedMessage>),
    Status(PostedStatus),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedMessage {
    /// The messenger's id of the message, unlike all others of this user.
    id: String,
    from: From,
    #[serde(default)]
    text: String,
    /// RFC 3339; now unless given.
    at: Option<String>,
    #[serde(default)]
    files: Vec<PostedFile>,
    /// The id of the message that this one answers: one of theirs, or the one that the bridge gave ours.
    answers: Option<String>,
    /// A press on a button of a card.
    answer: Option<PostedAnswer>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct From {
    /// The messenger's id of the user.
    id: String,
    #[serde(default)]
    name: String,
    /// What the messenger says, such as `pt-BR`.
    language: Option<String>,
    /// What the user says of themselves; it opens nobody's history.
    email: Option<String>,
    phone: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedFile {
    #[serde(default)]
    name: String,
    #[serde(rename = "type", default)]
    media_type: String,
    /// Base64 (RFC 4648, section 4).
    data: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedAnswer {
    payload: String,
    #[serde(default)]
    label: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedStatus {
    /// The id of the delivery, as it was posted to the bridge.
    delivery: String,
    state: PostedState,
    #[serde(default)]
    reason: String,
    /// RFC 3339; now unless given.
    at: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PostedState {
    Delivered,
    Read,
    Failed,
}

/// Why a post was not taken.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// It does not say what it should; it is wrong at each try.
    #[error("{0}")]
    Refused(String),
    /// Nothing could be stored; the bridge should come again.
    #[error(transparent)]
    Store(#[from] conversation::Error),
}

/// What became of a post.
#[derive(Debug)]
pub enum Taken {
    /// A message was filed.
    Filed(Filed),
    /// What is known of a delivery of ours was noted; `false` says that nothing was new.
    Noted(bool),
}

/// Files what a bridge posted. A message that was posted before changes nothing.
///
/// # Errors
/// [`HookError`].
pub async fn receive(store: &Store, inbox: &InboxId, body: &[u8]) -> Result<Taken, HookError> {
    let posted: Posted = serde_json::from_slice(body).map_err(|error| refused(format!("the body: {error}")))?;
    match posted {
        Posted::Message(message) => {
            let (mut inbound, files) = read(inbox, *message, store.now())?;
            for (file, bytes) in inbound.attachments.iter_mut().zip(files) {
                file.blob = store.put_blob(&bytes).await?;
            }
            // The files lie beside it; twice would be once too often.
            inbound.raw = Some(match inbound.attachments.as_slice() {
                [] => store.put_blob(body).await?,
                files => store.put_blob(&without_files(body, files)).await?,
            });
            Ok(Taken::Filed(ingest::ingest_one(store, inbound).await?))
        }
        Posted::Status(status) => note(store, inbox, status).await.map(Taken::Noted),
    }
}

fn refused(words: impl Into<String>) -> HookError {
    HookError::Refused(words.into())
}

/// The message in the normal form, and the bytes of its files in order.
fn read(inbox: &InboxId, posted: PostedMessage, now: Millis) -> Result<(InboundMessage, Vec<Vec<u8>>), HookError> {
    let user = id("from.id", &posted.from.id)?;
    let message = id("id", &posted.id)?;
    if posted.text.chars().count() > LONGEST_TEXT {
        return Err(refused(format!(
            "text: more than {LONGEST_TEXT} characters; send it in parts"
        )));
    }
    let answer = match &posted.answer {
        Some(answer) => Some(pressed(answer)?),
        None => None,
    };
    let text = match &answer {
        Some(answer) if posted.text.trim().is_empty() => answer.label.clone(),
        _ => posted.text.trim().to_owned(),
    };
    if text.is_empty() && posted.files.is_empty() {
        return Err(refused(
            "the message is empty: give `text`, `files` or an `answer` with its `label`",
        ));
    }
    let (attachments, files) = attached(posted.files)?;
    let in_reply_to = match &posted.answers {
        Some(answers) => vec![stored_id(&user, &id("answers", answers)?)],
        None => Vec::new(),
    };
    let sent_at = moment("at", posted.at.as_deref(), now)?;
    let inbound = InboundMessage {
        attachments,
        answer,
        thread: ThreadHints {
            in_reply_to,
            ..ThreadHints::default()
        },
        ..InboundMessage::saying(
            text,
            sender(inbox, &user, posted.from),
            (inbox.clone(), Channel::Bridge),
            stored_id(&user, &message),
            sent_at,
        )
    };
    Ok((inbound, files))
}

fn sender(inbox: &InboxId, user: &str, from: From) -> Sender {
    let mut identities = vec![IdentityClaim {
        kind: IdentityKind::Bridge,
        value: bridges::identity(inbox, user),
        verified: true,
    }];
    let claimed = |kind, value| IdentityClaim {
        kind,
        value,
        verified: false,
    };
    let email = from.email.and_then(|email| normal_email(&email).ok());
    identities.extend(email.map(|email| claimed(IdentityKind::Email, email)));
    let phone = from.phone.and_then(|phone| international(&phone));
    identities.extend(phone.map(|phone| claimed(IdentityKind::Phone, phone)));
    let name = words(&from.name);
    Sender {
        identities,
        address: Some(user.to_owned()),
        name: Some(name).filter(|name| !name.is_empty()),
        language: from.language.as_deref().and_then(language),
    }
}

/// `pt` of `pt-BR`, where it is a language that we speak.
fn language(tag: &str) -> Option<Language> {
    tag.split(['-', '_']).next()?.to_ascii_lowercase().parse().ok()
}

/// A number with its plus sign (E.164), which a messenger may write with spaces; anything else is none.
fn international(text: &str) -> Option<String> {
    let digits: String = text
        .trim()
        .strip_prefix('+')?
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    (8..=15).contains(&digits.len()).then(|| format!("+{digits}"))
}

/// One line of words, shortened.
fn words(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().chars().take(LONGEST_WORDS).collect()
}

fn id(field: &str, text: &str) -> Result<String, HookError> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST_ID || text.chars().any(char::is_control) {
        return Err(refused(format!(
            "{field}: 1 to {LONGEST_ID} bytes without control characters"
        )));
    }
    Ok(text.to_owned())
}

fn moment(field: &str, text: Option<&str>, now: Millis) -> Result<Millis, HookError> {
    let Some(text) = text else {
        return Ok(now);
    };
    let at: jiff::Timestamp = text.parse().map_err(|_| {
        refused(format!(
            "{field}: RFC 3339 with an offset, such as 2026-01-31T09:00:00Z"
        ))
    })?;
    let at = at.as_millisecond();
    Ok(if at > 0 && at <= now + MAX_FUTURE { at } else { now })
}

fn pressed(answer: &PostedAnswer) -> Result<CardAnswer, HookError> {
    if answer.payload.is_empty() || answer.payload.len() > LONGEST_WORDS {
        return Err(refused(format!(
            "answer.payload: the payload of the button as it was posted to you, at most {LONGEST_WORDS} bytes"
        )));
    }
    Ok(CardAnswer::from_payload(&answer.payload, &words(&answer.label)))
}

fn attached(posted: Vec<PostedFile>) -> Result<(Vec<InboundAttachment>, Vec<Vec<u8>>), HookError> {
    if posted.len() > MOST_FILES {
        return Err(refused(format!(
            "files: at most {MOST_FILES}; send the others in a second message"
        )));
    }
    let (mut attachments, mut files, mut total) = (Vec::new(), Vec::new(), 0);
    for (at, file) in posted.into_iter().enumerate() {
        let bytes = STANDARD.decode(file.data.trim()).map_err(|error| {
            refused(format!(
                "files[{at}].data: not base64 (RFC 4648, with padding): {error}"
            ))
        })?;
        total += bytes.len();
        if bytes.is_empty() {
            return Err(refused(format!("files[{at}].data: the file is empty")));
        }
        if total > MOST_BYTES {
            return Err(refused(format!("files: more than {MOST_BYTES} bytes together")));
        }
        let media_type = media_type(&file.media_type, &bytes);
        let name = match file_name(&file.name) {
            name if name.is_empty() => format!("file-{}", at + 1),
            name => name,
        };
        attachments.push(InboundAttachment {
            name,
            media_type,
            inline: false,
            content_id: None,
            blob: conversation::inbound::BlobRef {
                sha256: String::new(),
                size: 0,
            },
            source: None,
        });
        files.push(bytes);
    }
    Ok((attachments, files))
}

/// What the bridge calls it, where that is a media type (RFC 6838); else what it begins like.
fn media_type(given: &str, bytes: &[u8]) -> String {
    let given = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_name = |part: &str| {
        !part.is_empty()
            && part.len() <= 100
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    match given.split_once('/') {
        Some((kind, sub)) if is_name(kind) && is_name(sub) => given,
        _ => infer::get(bytes)
            .map_or("application/octet-stream", |kind| kind.mime_type())
            .to_owned(),
    }
}

/// The body as it came, its files named by their content.
fn without_files(body: &[u8], attachments: &[InboundAttachment]) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
        return body.to_vec();
    };
    let files = value.get_mut("files").and_then(Value::as_array_mut);
    for (file, attachment) in files.into_iter().flatten().zip(attachments) {
        if let Value::Object(file) = file {
            file.remove("data");
            file.insert("sha256".to_owned(), json!(attachment.blob.sha256));
        }
    }
    value.to_string().into_bytes()
}

async fn note(store: &Store, inbox: &InboxId, posted: PostedStatus) -> Result<bool, HookError> {
    let name = id("delivery", &posted.delivery)?;
    let (delivery, number) = of_sending(&name);
    let at = moment("at", posted.at.as_deref(), store.now())?;
    let (state, error) = match posted.state {
        PostedState::Delivered => (DeliveryState::Delivered, None),
        PostedState::Read => (DeliveryState::Read, None),
        PostedState::Failed => {
            let reason = words(&posted.reason);
            let reason = if reason.is_empty() {
                "the bridge reported a failure".to_owned()
            } else {
                reason
            };
            (DeliveryState::Failed, Some(("bridge.failed".to_owned(), reason)))
        }
    };
    let known = deliveries::sending(store.db(), inbox, &delivery).await?;
    // What is said of an earlier sending is no news.
    let Some(known) = known.filter(|known| known.number == number) else {
        return Ok(false);
    };
    let update = StatusUpdate {
        inbox: inbox.clone(),
        // A bridge need not name what it took.
        provider_id: known.provider_id.unwrap_or(name),
        delivery: Some(delivery),
        state,
        at,
        error,
        extra: None,
    };
    Ok(deliveries::record_statuses(store, &[update]).await? > 0)
}
