//! The calls of the Graph API that an inbox makes.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::hooks::{HookStatus, follow_up};
use super::validate::{self, GraphError};
use super::{Accepted, Fault, Shared, key};

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/{version}/{number}/messages", post(messages))
        .route("/{version}/{number}/media", post(upload))
        .route("/{version}/{account}/message_templates", get(templates))
        .route("/{version}/{account}/subscribed_apps", get(subscribed).post(subscribe))
        .route("/{version}/{number}/smb_app_data", post(past))
        .route("/{version}/{id}", get(node))
        .route("/files/{id}", get(file))
        .layer(DefaultBodyLimit::max(110 * 1024 * 1024))
        .with_state(shared)
}

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let error = json!({
            "message": format!("(#{}) {}", self.code, self.title),
            "type": "OAuthException",
            "code": self.code,
            "error_data": { "messaging_product": "whatsapp", "details": self.details },
            "fbtrace_id": "AStandinTrace",
        });
        (status, axum::Json(json!({ "error": error }))).into_response()
    }
}

fn authorise(shared: &Shared, headers: &HeaderMap) -> Result<(), GraphError> {
    let token = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let token = token.and_then(|v| v.strip_prefix("Bearer "));
    if token == Some(&shared.config.access_token) && !shared.world().is_token_revoked {
        return Ok(());
    }
    Err(GraphError::of(190, "The token was not accepted."))
}

fn own_number(shared: &Shared, number: &str) -> Result<(), GraphError> {
    if number == shared.config.phone_number_id {
        return Ok(());
    }
    let details = format!("Unsupported request. Object with ID '{number}' does not exist.");
    Err(GraphError::of(100, &details))
}

async fn messages(
    State(shared): State<Arc<Shared>>,
    Path((_version, number)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, GraphError> {
    authorise(&shared, &headers)?;
    own_number(&shared, &number)?;
    let body: Value =
        serde_json::from_slice(&body).map_err(|e| GraphError::of(100, &format!("The body is not JSON: {e}")))?;
    if body.get("status").is_some() {
        return mark_read(&shared, &body);
    }
    let now = shared.now();
    let (answer, fault) = {
        let mut world = shared.world();
        let fault = world.faults.pop_front();
        match fault {
            Some(Fault::Error(code)) => return Err(GraphError::of(code, "A fault on demand.")),
            Some(Fault::ServerError) => {
                return Err(GraphError::of(131000, "Something went wrong."));
            }
            _ => {}
        }
        let recipient = validate::message(&shared.config, &world, &body, now)?;
        if let Err(wait) = world.limiter.take(&key(&recipient), now) {
            let code = if wait.is_pair { 131056 } else { 130429 };
            return Err(GraphError::of(code, "Wait before sending more."));
        }
        let wamid = world.wamid();
        world.accepted.push(Accepted {
            wamid: wamid.clone(),
            recipient: recipient.clone(),
            at: now,
            body,
        });
        let statuses = match fault {
            Some(Fault::FailLater(code)) => vec![HookStatus::Sent, HookStatus::Failed(code)],
            _ if world.not_on_whatsapp.contains(&key(&recipient)) => {
                vec![HookStatus::Failed(131026)]
            }
            _ => world.automatic.clone(),
        };
        drop(world);
        follow_up(&shared, &wamid, statuses);
        let answer = json!({
            "messaging_product": "whatsapp",
            "contacts": [{ "input": recipient, "wa_id": recipient }],
            "messages": [{ "id": wamid }],
        });
        (answer, fault)
    };
    match fault {
        Some(Fault::HangAfterAccepting) => {
            shared.stop.cancelled().await;
            Ok(StatusCode::SERVICE_UNAVAILABLE.into_response())
        }
        Some(Fault::BadGatewayAfterAccepting) => {
            Ok((StatusCode::BAD_GATEWAY, "<html>Bad gateway</html>").into_response())
        }
        Some(Fault::CutAfterAccepting) => {
            let pieces = [
                Ok(Bytes::from_static(b"{\"messaging_product\":")),
                Err(std::io::Error::other("cut on demand")),
            ];
            Ok(Body::from_stream(futures::stream::iter(pieces)).into_response())
        }
        _ => Ok(axum::Json(answer).into_response()),
    }
}

fn mark_read(shared: &Shared, body: &Value) -> Result<Response, GraphError> {
    let id = body["message_id"].as_str().filter(|id| id.starts_with("wamid."));
    let (Some("read"), Some(id)) = (body["status"].as_str(), id) else {
        return Err(GraphError::of(
            131009,
            "`status` must be read and `message_id` a message.",
        ));
    };
    {
        let mut world = shared.world();
        world.reads.push(id.to_owned());
        if body["typing_indicator"]["type"] == "text" {
            world.typing.push(id.to_owned());
        }
    }
    Ok(axum::Json(json!({ "success": true })).into_response())
}

fn own_account(shared: &Shared, account: &str) -> Result<(), GraphError> {
    if account == shared.config.business_account_id {
        return Ok(());
    }
    let details = format!("Unsupported request. Object with ID '{account}' does not exist.");
    Err(GraphError::of(100, &details))
}

/// Templates by pages of two, so that whoever reads only the first page is found out.
async fn templates(
    State(shared): State<Arc<Shared>>,
    Path((_version, account)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, GraphError> {
    authorise(&shared, &headers)?;
    own_account(&shared, &account)?;
    const PAGE: usize = 2;
    let from: usize = query.get("after").and_then(|after| after.parse().ok()).unwrap_or(0);
    let all = shared.world().listed(&shared.config);
    let data: Vec<Value> = all.iter().skip(from).take(PAGE).cloned().collect();
    let mut paging = json!({ "cursors": { "before": from.to_string(), "after": (from + data.len()).to_string() } });
    if from + data.len() < all.len() {
        paging["next"] = json!(format!("{}/next", shared.url));
    }
    Ok(axum::Json(json!({ "data": data, "paging": paging })).into_response())
}

async fn subscribed(
    State(shared): State<Arc<Shared>>,
    Path((_version, account)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, GraphError> {
    authorise(&shared, &headers)?;
    own_account(&shared, &account)?;
    let app = json!({ "whatsapp_business_api_data": { "id": "1", "name": "Stand-in" } });
    let apps = if shared.world().is_subscribed {
        vec![app]
    } else {
        Vec::new()
    };
    Ok(axum::Json(json!({ "data": apps })).into_response())
}

async fn subscribe(
    State(shared): State<Arc<Shared>>,
    Path((_version, account)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, GraphError> {
    authorise(&shared, &headers)?;
    own_account(&shared, &account)?;
    shared.world().is_subscribed = true;
    Ok(axum::Json(json!({ "success": true })).into_response())
}

/// Each kind once, as long as the number came from the app lately.
async fn past(
    State(shared): State<Arc<Shared>>,
    Path((_version, number)): Path<(String, String)>,
    headers: HeaderMap,
    body: axum::Json<Value>,
) -> Result<Response, GraphError> {
    authorise(&shared, &headers)?;
    own_number(&shared, &number)?;
    if body["messaging_product"] != "whatsapp" {
        return Err(GraphError::of(100, "messaging_product must be whatsapp"));
    }
    let kind = body["sync_type"].as_str().unwrap_or_default();
    if !["smb_app_state_sync", "history"].contains(&kind) {
        return Err(GraphError::of(100, "sync_type is smb_app_state_sync or history"));
    }
    let mut world = shared.world();
    if let Some(Fault::Error(code)) = world.faults.pop_front() {
        return Err(GraphError::of(code, "A fault on demand."));
    }
    if !world.is_on_app || world.asked_for.iter().any(|asked| asked == kind) {
        return Err(GraphError::of(
            100,
            "Synchronization is possible once, within 24 hours of onboarding",
        ));
    }
    world.asked_for.push(kind.to_owned());
    Ok(axum::Json(json!({ "messaging_product": "whatsapp", "request_id": "1" })).into_response())
}

async fn upload(
    State(shared): State<Arc<Shared>>,
    Path((_version, number)): Path<(String, String)>,
    headers: HeaderMap,
    mut form: Multipart,
) -> Result<Response, GraphError> {
    authorise(&shared, &headers)?;
    own_number(&shared, &number)?;
    let broken =
        |e: axum::extract::multipart::MultipartError| GraphError::of(131053, &format!("The upload is broken: {e}"));
    let (mut product, mut media_type, mut file) = (String::new(), None, None);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name().unwrap_or_default() {
            "messaging_product" => product = field.text().await.map_err(broken)?,
            "type" => media_type = Some(field.text().await.map_err(broken)?),
            "file" => {
                let own = field.content_type().map(str::to_owned);
                file = Some((field.bytes().await.map_err(broken)?, own));
            }
            _ => {}
        }
    }
    if product != "whatsapp" {
        return Err(GraphError::of(100, "`messaging_product` must be whatsapp."));
    }
    let (bytes, own) = file.ok_or_else(|| GraphError::of(100, "`file` is missing."))?;
    let media_type = media_type.or(own).unwrap_or_default();
    validate::upload(&media_type, bytes.len())?;
    let id = shared.world().store(bytes, &media_type);
    Ok(axum::Json(json!({ "id": id })).into_response())
}

/// The number itself, or a file's description.
async fn node(
    State(shared): State<Arc<Shared>>,
    Path((_version, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, GraphError> {
    authorise(&shared, &headers)?;
    if id == shared.config.phone_number_id {
        let number = json!({
            "id": id,
            "display_phone_number": shared.config.display_number,
            "verified_name": "Stand-in",
            "quality_rating": shared.world().quality,
            "name_status": "APPROVED",
            "status": "CONNECTED",
            "messaging_limit_tier": "TIER_2K",
            "webhook_configuration": { "application": shared.world().target },
        });
        return Ok(axum::Json(number).into_response());
    }
    let media = shared.world().media.get(&id).cloned();
    let media = media.ok_or_else(|| {
        GraphError::of(
            100,
            &format!("Unsupported get request. Object with ID '{id}' does not exist."),
        )
    })?;
    let about = json!({
        "messaging_product": "whatsapp",
        "id": id,
        "url": format!("{}/files/{id}", shared.url),
        "mime_type": media.media_type,
        "sha256": hex::encode(Sha256::digest(&media.bytes)),
        "file_size": media.bytes.len(),
    });
    Ok(axum::Json(about).into_response())
}

async fn file(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, GraphError> {
    authorise(&shared, &headers)?;
    let media = shared.world().media.get(&id).cloned();
    match media {
        Some(media) => Ok(([(header::CONTENT_TYPE, media.media_type)], media.bytes).into_response()),
        None => Ok(StatusCode::NOT_FOUND.into_response()),
    }
}
