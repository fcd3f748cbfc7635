//! The calls of the Graph API that an inbox makes.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use conversation::types::{Channel, Millis};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{APP, Accepted, Fault, Shared, TOKEN, envelope, of};

const HOUR: Millis = 3_600_000;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/{version}/{account}/messages", post(messages))
        .route("/{version}/{account}/subscribed_apps", post(subscribe))
        .route("/{version}/{id}", get(node))
        .route("/files/{id}", get(file))
        .with_state(shared)
}

/// An error in Meta's words.
struct GraphError(u16, i64, i64, String);

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let GraphError(status, code, subcode, words) = self;
        let mut error = json!({ "message": format!("(#{code}) {words}"), "type": "OAuthException", "code": code, "fbtrace_id": "AStandinTrace" });
        if subcode != 0 {
            error["error_subcode"] = json!(subcode);
        }
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, axum::Json(json!({ "error": error }))).into_response()
    }
}

fn wrong(words: &str) -> GraphError {
    GraphError(400, 100, 0, words.to_owned())
}

fn authorise(shared: &Shared, headers: &HeaderMap) -> Result<(), GraphError> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if token == Some(TOKEN) && !shared.world().is_token_revoked {
        return Ok(());
    }
    Err(GraphError(401, 190, 460, "Error validating access token.".to_owned()))
}

fn own(shared: &Shared, account: &str) -> Result<(), GraphError> {
    if account == shared.account {
        return Ok(());
    }
    Err(GraphError(
        400,
        100,
        33,
        format!("Object with ID '{account}' does not exist."),
    ))
}

async fn messages(
    State(shared): State<Arc<Shared>>,
    Path((_version, account)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, GraphError> {
    authorise(&shared, &headers)?;
    own(&shared, &account)?;
    let body: Value = serde_json::from_slice(&body).map_err(|error| wrong(&format!("no JSON: {error}")))?;
    let fault = shared.world().faults.pop_front();
    if let Some(Fault::Error(code, subcode)) = fault {
        return Err(GraphError(400, code, subcode, "A fault on demand.".to_owned()));
    }
    let recipient = body["recipient"]["id"].as_str().unwrap_or_default().to_owned();
    if let Some(sign) = body["sender_action"].as_str() {
        return shown(&shared, recipient, sign);
    }
    may_be_sent(&shared, &recipient, &body)?;
    let message = &body["message"];
    is_message(shared.channel, message)?;
    let file = match message["attachment"]["payload"]["url"].as_str() {
        Some(url) => Some(fetched(&shared, url).await?),
        None => None,
    };
    let (mid, echoes) = {
        let mut world = shared.world();
        let mid = world.mid();
        world.accepted.push(Accepted {
            mid: mid.clone(),
            recipient: recipient.clone(),
            body: body.clone(),
            file,
        });
        (mid, world.echoes)
    };
    if echoes {
        let echo = echo(&shared, &recipient, &mid, message);
        let of_theirs = Arc::clone(&shared);
        shared.tasks.spawn(async move {
            // Whoever is tested may have no address yet.
            let _ = super::post(&of_theirs, envelope(&of_theirs, vec![echo]).to_string()).await;
        });
    }
    if fault == Some(Fault::CutAfterAccepting) {
        let broken = futures::stream::iter([
            Ok(Bytes::from_static(b"{\"recipient")),
            Err(std::io::Error::other("cut")),
        ]);
        return Ok(axum::body::Body::from_stream(broken).into_response());
    }
    Ok(axum::Json(json!({ "recipient_id": recipient, "message_id": mid })).into_response())
}

/// A sign to somebody who has written before.
fn shown(shared: &Shared, recipient: String, sign: &str) -> Result<Response, GraphError> {
    if !matches!(sign, "mark_seen" | "typing_on" | "typing_off") {
        return Err(wrong("sender_action: mark_seen, typing_on or typing_off"));
    }
    let mut world = shared.world();
    if !world.last_inbound.contains_key(&recipient) {
        return Err(GraphError(400, 100, 2_018_001, "No matching user found".to_owned()));
    }
    world.signs.push((recipient.clone(), sign.to_owned()));
    Ok(axum::Json(json!({ "recipient_id": recipient })).into_response())
}

/// Who can be written to at all, and when.
fn may_be_sent(shared: &Shared, recipient: &str, body: &Value) -> Result<(), GraphError> {
    let world = shared.world();
    let Some(last) = world.last_inbound.get(recipient) else {
        return Err(GraphError(400, 100, 2_018_001, "No matching user found".to_owned()));
    };
    if world.away.contains(recipient) {
        return Err(GraphError(
            400,
            551,
            1_545_041,
            "This person isn't available right now.".to_owned(),
        ));
    }
    let since = shared.now() - last;
    let window = match (body["messaging_type"].as_str(), body["tag"].as_str()) {
        (Some("RESPONSE" | "UPDATE"), None) => 24 * HOUR,
        (Some("MESSAGE_TAG"), Some("HUMAN_AGENT")) if shared.allows_people => 7 * 24 * HOUR,
        (Some("MESSAGE_TAG"), Some("HUMAN_AGENT")) => {
            return Err(GraphError(403, 10, 2_018_276, "The app needs Human Agent.".to_owned()));
        }
        _ => return Err(wrong("messaging_type and tag do not fit")),
    };
    if since >= window {
        let subcode = match shared.channel {
            Channel::Instagram => 2_534_022,
            _ => 2_018_278,
        };
        let words = "This message is sent outside of allowed window.".to_owned();
        return Err(GraphError(403, 10, subcode, words));
    }
    Ok(())
}

fn is_message(channel: Channel, message: &Value) -> Result<(), GraphError> {
    let is_instagram = channel == Channel::Instagram;
    let text = message["text"].as_str();
    let attachment = &message["attachment"];
    if text.is_some() == attachment.is_object() {
        return Err(wrong("message must have text or an attachment, not both"));
    }
    if is_instagram && message.get("metadata").is_some() {
        return Err(wrong("unexpected key metadata"));
    }
    let is_too_long = |text: &str, most: usize| match is_instagram {
        true => text.len() > most,
        false => text.chars().count() > most,
    };
    if text.is_some_and(|text| text.is_empty() || is_too_long(text, if is_instagram { 1000 } else { 2000 })) {
        return Err(wrong("Length of param message[text] must be within its limit"));
    }
    let titles_fit = |list: &Value, most: usize| {
        list.as_array().is_none_or(|list| {
            let title = |one: &Value| one["title"].as_str().unwrap_or_default().to_owned();
            (1..=most).contains(&list.len())
                && list.iter().all(|one| {
                    let (title, payload) = (title(one), one["payload"].as_str().unwrap_or_default());
                    (1..=20).contains(&title.chars().count()) && (1..=1000).contains(&payload.len())
                })
        })
    };
    if !titles_fit(&message["quick_replies"], 13) {
        return Err(wrong("quick_replies: 1 to 13 with titles of at most 20 characters"));
    }
    let payload = &attachment["payload"];
    match attachment["type"].as_str() {
        None => Ok(()),
        Some("template") => {
            let words = payload["text"].as_str().unwrap_or_default();
            let fits = payload["template_type"] == "button" && !words.is_empty() && !is_too_long(words, 640);
            if fits && payload["buttons"].is_array() && titles_fit(&payload["buttons"], 3) {
                return Ok(());
            }
            Err(wrong("template: text of at most 640 characters and 1 to 3 buttons"))
        }
        Some("image" | "video" | "audio" | "file") if payload["url"].is_string() => Ok(()),
        _ => Err(wrong("attachment: a type and an address")),
    }
}

/// Meta fetches a file before it takes a message.
async fn fetched(shared: &Shared, url: &str) -> Result<Vec<u8>, GraphError> {
    let cannot = || GraphError(400, 100, 2_018_008, "Failed to fetch the file from the url.".to_owned());
    let answer = shared.http.get(url).send().await.map_err(|_| cannot())?;
    if !answer.status().is_success() {
        return Err(cannot());
    }
    Ok(answer.bytes().await.map_err(|_| cannot())?.to_vec())
}

/// A page's echo names the app and what it wrote into the message; an account's on Instagram does not.
fn echo(shared: &Shared, recipient: &str, mid: &str, message: &Value) -> Value {
    let mut echo = json!({ "mid": mid, "is_echo": true });
    if let Some(text) = message["text"].as_str() {
        echo["text"] = json!(text);
    } else {
        echo["attachments"] = json!([message["attachment"]]);
    }
    if shared.channel != Channel::Instagram {
        echo["app_id"] = json!(APP);
        echo["metadata"] = message["metadata"].clone();
    }
    of(&shared.account, recipient, shared.now(), json!({ "message": echo }))
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    subscribed_fields: String,
}

async fn subscribe(
    State(shared): State<Arc<Shared>>,
    Path((_version, account)): Path<(String, String)>,
    Query(fields): Query<Fields>,
    headers: HeaderMap,
) -> Result<Response, GraphError> {
    authorise(&shared, &headers)?;
    own(&shared, &account)?;
    if fields.subscribed_fields.is_empty() {
        return Err(wrong("The parameter subscribed_fields is required."));
    }
    shared.world().fields = Some(fields.subscribed_fields);
    Ok(axum::Json(json!({ "success": true })).into_response())
}

/// The account itself, or somebody who wrote to it.
async fn node(
    State(shared): State<Arc<Shared>>,
    Path((_version, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, GraphError> {
    authorise(&shared, &headers)?;
    if id == shared.account {
        return Ok(
            axum::Json(json!({ "name": "Copiadoras Andinas", "username": "andinas", "id": id })).into_response(),
        );
    }
    let fields = shared.world().names.get(&id).cloned();
    match fields {
        Some(fields) => Ok(axum::Json(fields).into_response()),
        None => Err(GraphError(
            400,
            100,
            33,
            "Unsupported get request. Object does not exist.".to_owned(),
        )),
    }
}

async fn file(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let found = shared.world().media.get(&id).cloned();
    match found {
        Some((bytes, media_type)) => ([(header::CONTENT_TYPE, media_type)], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
