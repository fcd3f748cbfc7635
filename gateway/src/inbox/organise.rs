//! Putting messages, conversations and contacts where they belong.

use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::response::Response;
use conversation::access;
use conversation::contacts;
use conversation::conversations::Conversation;
use conversation::db::sql;
use conversation::telephone;
use conversation::types::{ContactId, ConversationId, IdentityKind, MergeId, MessageId};
use conversation::{Error, bounces, restructure};
use serde_json::{Value, json};
use ui::{i18n, routes};

use super::outcome::{outcome, refused, workable};
use crate::app::App;
use crate::auth::SignedIn;
use crate::auth::failure::Failure;
use crate::auth::form::Posted;

/// Takes one message out into a conversation of its own; a page with scripts gets the offer to take it back.
pub(super) async fn split(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let found = workable(&app, &posted.me, &id).await?;
    let messages = [MessageId::from(posted.form.get("message"))];
    let me = &posted.me;
    let done = restructure::split(&app.store, &me.actor(), &found.id, &messages, None).await;
    let new = done.as_ref().ok().cloned();
    let mut response = outcome(&app, me, &found, done.map(|_| ())).await?;
    if let Some(new) = new.filter(|_| me.is_fragment) {
        let number = access::conversation(app.store.db(), &me.actor(), &new).await?.number;
        let fields = [("number", found.number.to_string()), ("back", "on".to_owned())];
        let words = i18n::t_args(me.lang, "split-done", &[("number", number.to_string().into())]);
        let back =
            json!({ "url": routes::path(routes::MERGE, new.as_str()), "from": [], "fields": fields, "words": words });
        let told = json!({ "inbox:merged": back }).to_string();
        response.headers_mut().insert("HX-Trigger", ascii(&told)?);
    }
    Ok(response)
}

/// The conversation that a person named by its number.
async fn numbered(app: &App, me: &SignedIn, text: &str) -> Result<Option<Conversation>, Failure> {
    let Ok(number) = text.trim().trim_start_matches('#').parse::<i64>() else {
        return Ok(None);
    };
    match access::conversation_by_number(app.store.db(), &me.actor(), number).await {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A conversation, and the other one that the form names by its number; else the answer that there is none.
async fn both(app: &App, posted: &Posted, id: &str) -> Result<Result<(Conversation, Conversation), Response>, Failure> {
    let me = &posted.me;
    let found = workable(app, me, id).await?;
    // One of theirs that was chosen from the list, or whichever was typed.
    let number = match posted.form.get("chosen") {
        "" => posted.form.get("number"),
        chosen => chosen,
    };
    match numbered(app, me, number).await? {
        Some(target) => Ok(Ok((found, target))),
        None => {
            let words = i18n::t(me.lang, "error-number").into_owned();
            Ok(Err(refused(app, me, &found, words).await?))
        }
    }
}

/// Moves messages into another conversation; a page with scripts gets the offer to take it back.
pub(super) async fn move_message(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let me = &posted.me;
    let (found, target) = match both(&app, &posted, &id).await? {
        Ok(both) => both,
        Err(response) => return Ok(response),
    };
    let messages: Vec<MessageId> = posted.form.all("message").map(MessageId::from).collect();
    let done = restructure::move_messages(&app.store, &me.actor(), &messages, &found.id, &target.id).await;
    let is_done = done.is_ok();
    let mut response = outcome(&app, me, &found, done).await?;
    if is_done && me.is_fragment {
        let mut fields = vec![("number", found.number.to_string())];
        fields.extend(messages.iter().map(|id| ("message", id.to_string())));
        let words = i18n::t_args(me.lang, "move-done", &[("number", target.number.to_string().into())]);
        let back = json!({ "url": routes::path(routes::MOVE, target.id.as_str()), "from": [], "fields": fields, "words": words });
        let told = json!({ "inbox:merged": back }).to_string();
        response.headers_mut().insert("HX-Trigger", ascii(&told)?);
    }
    Ok(response)
}

/// Makes this conversation part of another, with `back` of the one that it was taken out of; the answer is the other one, and for a page with scripts the offer to take
/// it back.
pub(super) async fn merge(State(app): State<App>, Path(id): Path<String>, posted: Posted) -> Result<Response, Failure> {
    let me = &posted.me;
    let (found, target) = match both(&app, &posted, &id).await? {
        Ok(both) => both,
        Err(response) => return Ok(response),
    };
    let done = if posted.form.is_on("back") {
        restructure::put_back(&app.store, &me.actor(), &found.id, &target.id).await
    } else {
        restructure::merge(&app.store, &me.actor(), &found.id, &target.id).await
    };
    let is_done = done.is_ok();
    let mut response = outcome(&app, me, &found, done.map(drop)).await?;
    if is_done && me.is_fragment {
        let told = json!({ "inbox:merged": offer(me, &target, std::slice::from_ref(&found.id)) }).to_string();
        response.headers_mut().insert("HX-Trigger", ascii(&told)?);
    }
    Ok(response)
}

/// What a page needs to offer that merges are taken back: the words, where it is asked, and of what.
pub(super) fn offer(me: &SignedIn, into: &Conversation, from: &[ConversationId]) -> Value {
    let args = [
        ("count", i64::try_from(from.len()).unwrap_or_default().into()),
        ("number", into.number.to_string().into()),
    ];
    json!({
        "url": routes::path(routes::UNMERGE, into.id.as_str()),
        "from": from,
        "words": i18n::t_args(me.lang, "merge-done", &args),
    })
}

/// JSON as the value of a header, which holds nothing but ASCII.
fn ascii(json: &str) -> Result<HeaderValue, Failure> {
    let mut text = String::with_capacity(json.len());
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\u{unit:04x}")),
        }
    }
    HeaderValue::from_str(&text).map_err(|_| Failure::Unreadable)
}

/// Takes merges back, the latest first; the answer is the conversation that remains.
pub(super) async fn unmerge(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let me = &posted.me;
    let found = workable(&app, me, &id).await?;
    let mut done = Err(Error::NotFound);
    let from: Vec<ConversationId> = posted.form.all("from").map(ConversationId::from).collect();
    for one in from.iter().rev() {
        done = restructure::unmerge(&app.store, &me.actor(), &found.id, one).await;
        if done.is_err() {
            break;
        }
    }
    outcome(&app, me, &found, done.map(drop)).await
}

/// Makes the contact with this address or number part of the conversation's contact.
pub(super) async fn merge_contact(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let me = &posted.me;
    let found = workable(&app, me, &id).await?;
    let Some(other) = contact_of(&app, posted.form.get("identity")).await? else {
        let words = i18n::t(me.lang, "error-identity").into_owned();
        return refused(&app, me, &found, words).await;
    };
    let other = access::contact(app.store.db(), &me.actor(), &other).await?.id;
    let done = contacts::merge(&app.store, &me.actor(), &found.contact_id, &other).await;
    outcome(&app, me, &found, done.map(|_| ())).await
}

/// The contact that an address or a number names, however it is written.
pub(super) async fn contact_of(app: &App, text: &str) -> Result<Option<ContactId>, Failure> {
    let text = text.trim();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let mut tries = vec![(IdentityKind::Email, text.to_lowercase())];
    if let Ok(number) = telephone::read(text, telephone::home(app.store.db()).await?) {
        tries.push((IdentityKind::Whatsapp, number.trim_start_matches('+').to_owned()));
        tries.push((IdentityKind::Phone, number));
    }
    if digits.len() >= 6 {
        tries.push((IdentityKind::Phone, format!("+{digits}")));
        tries.push((IdentityKind::Whatsapp, digits));
    }
    for (kind, value) in tries {
        if let Some((contact, _)) = contacts::by_identity(app.store.db(), kind, &value).await? {
            return Ok(Some(contact.id));
        }
    }
    Ok(None)
}

/// A merge that made a conversation's contact what it is.
pub(super) async fn merge_of(app: &App, found: &Conversation, merge: &str) -> Result<MergeId, Failure> {
    let merge = MergeId::from(merge);
    let row: Option<(String,)> = sql("SELECT id FROM contact_merges WHERE id = $1 AND winner_id = $2")
        .bind(&merge)
        .bind(&found.contact_id)
        .optional(app.store.db())
        .await?;
    if row.is_none() {
        return Err(Error::NotFound.into());
    }
    Ok(merge)
}

/// Undoes a merge that made this conversation's contact what it is.
pub(super) async fn unmerge_contact(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let me = &posted.me;
    let found = workable(&app, me, &id).await?;
    let merge = merge_of(&app, &found, posted.form.get("merge")).await?;
    let done = contacts::unmerge(&app.store, &me.actor(), &merge).await;
    outcome(&app, me, &found, done.map(drop)).await
}

/// Makes the sender of a forwarded mail the contact of the conversation.
pub(super) async fn give_to(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let me = &posted.me;
    let found = workable(&app, me, &id).await?;
    let (address, name) = (posted.form.get("address"), posted.form.get("name"));
    let done = restructure::give_to(&app.store, &me.actor(), &found.id, address, name).await;
    outcome(&app, me, &found, done.map(|_| ())).await
}

/// Takes the mark off an address from which mail came back.
pub(super) async fn forgive(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let me = &posted.me;
    let found = workable(&app, me, &id).await?;
    let done = bounces::forgive(&app.store, &me.actor(), &found.id, posted.form.get("address")).await;
    outcome(&app, me, &found, done).await
}
