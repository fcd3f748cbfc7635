//! Which messages of a conversation are drawn: a window that opens at its end, grows with what comes,
//! and can be moved anywhere. Earlier ones come in pieces of their own.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use conversation::access;
use conversation::conversations::Message;
use conversation::db::{Db, sql};
use conversation::letters::folded;
use conversation::types::{ConversationId, MessageId, Millis};
use conversation::views::{self, PageEnd};
use conversation::{Error, Result};
use serde::Deserialize;
use serde_json::json;
use ui::inbox_page;

use super::timeline;
use crate::app::App;
use crate::auth::failure::Failure;
use crate::auth::{SignedIn, html};

/// How many messages are shown at first, and how many more each time.
pub(super) const MESSAGES: i64 = 60;
/// The most messages that one window shows.
const MOST: i64 = 400;
/// How many messages stand above the one that a window is opened at.
const ABOVE: i64 = 15;
/// The most messages that are looked through for words.
const MOST_SEARCHED: i64 = 20_000;

/// A window.
pub(super) struct Window {
    pub(super) messages: Vec<Message>,
    /// Where the messages above it end.
    pub(super) older: Option<PageEnd>,
    /// There are messages below it.
    pub(super) has_newer: bool,
}

fn end(message: &Message) -> PageEnd {
    PageEnd {
        at: message.at,
        id: message.id.to_string(),
    }
}

async fn place(db: &Db, conversation: &ConversationId, id: &str) -> Result<Option<PageEnd>> {
    let row: Option<(Millis,)> = sql("SELECT at FROM messages WHERE id = $1 AND conversation_id = $2")
        .bind(id)
        .bind(conversation)
        .optional(db)
        .await?;
    Ok(row.map(|(at,)| PageEnd { at, id: id.to_owned() }))
}

/// The window around the message `at`; or from the message that the page begins with (`shown`, as
/// `id` or, for a window that does not reach the end, `id:number`); or the end.
pub(super) async fn load(db: &Db, conversation: &ConversationId, at: &str, shown: Option<&str>) -> Result<Window> {
    if !at.is_empty()
        && let Some(place) = place(db, conversation, at).await?
    {
        let mut messages = views::timeline(db, conversation, Some(&place), ABOVE).await?;
        let below = views::timeline_from(db, conversation, &place, MESSAGES + 1).await?;
        messages.extend(below);
        let most = usize::try_from(ABOVE + MESSAGES).unwrap_or(0);
        return close(db, conversation, messages, most).await;
    }
    if let Some(shown) = shown {
        let (id, most) = shown.split_once(':').unwrap_or((shown, ""));
        let most: Option<i64> = most.parse().ok();
        if let Some(place) = place(db, conversation, id).await? {
            let most = most.unwrap_or(MOST).clamp(1, MOST);
            let messages = views::timeline_from(db, conversation, &place, most + 1).await?;
            let is_bounded = shown.contains(':');
            if is_bounded || i64::try_from(messages.len()).unwrap_or(0) <= most {
                return close(db, conversation, messages, usize::try_from(most).unwrap_or(0)).await;
            }
        }
    }
    let messages = views::timeline(db, conversation, None, MESSAGES).await?;
    close(db, conversation, messages, usize::try_from(MESSAGES).unwrap_or(0)).await
}

async fn close(db: &Db, conversation: &ConversationId, mut messages: Vec<Message>, most: usize) -> Result<Window> {
    let has_newer = messages.len() > most;
    messages.truncate(most);
    Ok(Window {
        older: older(db, conversation, messages.first()).await?,
        messages,
        has_newer,
    })
}

async fn older(db: &Db, conversation: &ConversationId, first: Option<&Message>) -> Result<Option<PageEnd>> {
    let Some(first) = first.map(end) else { return Ok(None) };
    let before = views::timeline(db, conversation, Some(&first), 1).await?;
    Ok((!before.is_empty()).then_some(first))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Before {
    before: String,
    q: String,
}

/// `/inbox/c/{id}/messages`: a piece of the timeline above a place.
pub(super) async fn earlier(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(asked): Query<Before>,
) -> Result<Response, Failure> {
    let db = app.store.db();
    let found = access::conversation(db, &me.actor(), &ConversationId::from(id)).await?;
    let before = PageEnd::from_text(&asked.before).ok_or(Failure::Unreadable)?;
    let messages = views::timeline(db, &found.id, Some(&before), MESSAGES).await?;
    let older = older(db, &found.id, messages.first()).await?.map(|end| end.to_text());
    let views = timeline::views_of(&app, &me, &found, messages).await?;
    Ok(html(inbox_page::earlier(
        &me.ctx(),
        &found.id.to_string(),
        &views,
        older.as_deref(),
    )))
}

/// `/inbox/c/{id}/within?q=`: the messages of a conversation that hold the words, oldest first.
pub(super) async fn within(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<String>,
    Query(asked): Query<Before>,
) -> Result<Response, Failure> {
    let db = app.store.db();
    let found = access::conversation(db, &me.actor(), &ConversationId::from(id)).await?;
    let wanted = folded(asked.q.trim()).chars().take(200).collect::<String>();
    if wanted.is_empty() {
        return Ok(Json(json!({ "messages": [] })).into_response());
    }
    let rows: Vec<(MessageId, String, Option<String>)> = sql("SELECT id, text, body FROM messages WHERE conversation_id = $1 AND kind <> 'activity' ORDER BY at DESC, id DESC LIMIT $2")
        .bind(&found.id)
        .bind(MOST_SEARCHED)
        .all(db)
        .await?;
    let hits: Vec<MessageId> = rows
        .into_iter()
        .rev()
        .filter(|(_, text, body)| {
            folded(text).contains(&wanted) || body.as_ref().is_some_and(|body| folded(body).contains(&wanted))
        })
        .map(|(id, _, _)| id)
        .collect();
    Ok(Json(json!({ "messages": hits })).into_response())
}

/// `/inbox/m/{id}/headers`: the head of a mail as it arrived, to look at.
pub(super) async fn headers(State(app): State<App>, me: SignedIn, Path(id): Path<String>) -> Result<Response, Failure> {
    /// Longer heads are cut: they are no longer for reading.
    const LONGEST: usize = 128 * 1024;
    let message = access::message(app.store.db(), &me.actor(), &MessageId::from(id)).await?;
    let sha256 = message.raw_sha256.ok_or(Error::NotFound)?;
    let bytes = app.store.blobs().get(&sha256).await?;
    let head = &bytes[..bytes.len().min(LONGEST)];
    let end = head
        .windows(2)
        .position(|pair| pair == b"\n\n")
        .or_else(|| head.windows(4).position(|four| four == b"\r\n\r\n"))
        .unwrap_or(head.len());
    let text = String::from_utf8_lossy(&head[..end]).into_owned();
    Ok(super::files::original(message.id.as_str(), text.into(), false))
}
