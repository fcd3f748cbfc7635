//! A stand-in for the part of Stripe that is used: Checkout sessions, refunds, signed web hooks. It refuses what
//! Stripe refuses (no key, another version, a body that is not form-encoded, unknown fields, an idempotency
//! key with another body) with Stripe's own kind of error.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::Notify;

/// The secret key that it takes.
pub const SECRET_KEY: &str = "sk_test_standin";
/// The publishable key.
pub const PUBLISHABLE_KEY: &str = "pk_test_standin";
/// The secret of the web hook.
pub const HOOK_SECRET: &str = "whsec_standin";

#[derive(Default)]
struct World {
    sessions: HashMap<String, Value>,
    refunds: Vec<Value>,
    kept: HashMap<String, (Vec<u8>, Value)>,
    hook: Option<String>,
    is_silent: bool,
    /// Keys of requests that are being answered.
    at_work: HashSet<String>,
    /// What was wrong with requests that were refused, for tests to read.
    refused: Vec<String>,
    count: u64,
}

/// The stand-in; ends with the test.
#[derive(Clone)]
pub struct Stripe {
    /// Its address.
    pub url: String,
    world: Arc<Mutex<World>>,
    version: &'static str,
    /// Given for each request that was refused because another one with its key is being answered.
    collided: Arc<Notify>,
    holds: Arc<AtomicBool>,
}

type Shared = State<Stripe>;

fn error(status: u16, kind: &str, code: &str, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let body = json!({ "error": { "type": kind, "code": code, "message": message } });
    (status, axum::Json(body)).into_response()
}

impl Stripe {
    /// Starts it; `version` is the API version that requests must name.
    pub async fn start(version: &'static str) -> anyhow::Result<Stripe> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let stripe = Stripe {
            url: format!("http://{}", listener.local_addr()?),
            world: Arc::default(),
            version,
            collided: Arc::default(),
            holds: Arc::default(),
        };
        let app = Router::new()
            .route("/v1/checkout/sessions", post(create))
            .route("/v1/checkout/sessions/{id}", get(read))
            .route("/v1/checkout/sessions/{id}/expire", post(expire))
            .route("/v1/refunds", post(refund))
            .route("/v3/", get(script))
            .route("/pay/{id}", get(pay_page).post(pay_now))
            .with_state(stripe.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(stripe)
    }

    fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where web hooks go from now on.
    pub fn set_hook(&self, url: &str) {
        self.world().hook = Some(url.to_owned());
    }

    /// Takes the web hook away: news get lost.
    pub fn lose_hooks(&self) {
        self.world().hook = None;
    }

    /// Answers 503 to every call, or no longer.
    pub fn set_silent(&self, is_silent: bool) {
        self.world().is_silent = is_silent;
    }

    /// The sessions, the oldest first.
    pub fn sessions(&self) -> Vec<Value> {
        let mut all: Vec<Value> = self.world().sessions.values().cloned().collect();
        all.sort_by_key(|session| session["id"].as_str().unwrap_or_default().to_owned());
        all
    }

    /// What was refused, in words.
    pub fn refused(&self) -> Vec<String> {
        self.world().refused.clone()
    }

    /// A customer pays a session: at once, or by a method that takes days (`boleto`, `sepa_debit`).
    pub async fn pay(&self, id: &str, method: &str) -> anyhow::Result<bool> {
        let is_delayed = matches!(method, "boleto" | "oxxo" | "sepa_debit");
        let session = {
            let mut world = self.world();
            let Some(session) = world.sessions.get_mut(id) else {
                anyhow::bail!("no session {id}");
            };
            if session["status"] != "open" {
                return Ok(false);
            }
            session["status"] = json!("complete");
            session["payment_status"] = json!(if is_delayed { "unpaid" } else { "paid" });
            session["payment_intent"] = json!(format!("pi_{id}"));
            session["payment_method_types"] = json!([method]);
            session.clone()
        };
        self.tell("checkout.session.completed", session).await?;
        Ok(true)
    }

    /// A delayed payment arrives, or comes to nothing.
    pub async fn settle(&self, id: &str, is_paid: bool) -> anyhow::Result<()> {
        let session = {
            let mut world = self.world();
            let session = world
                .sessions
                .get_mut(id)
                .ok_or_else(|| anyhow::anyhow!("no session"))?;
            if is_paid {
                session["payment_status"] = json!("paid");
            }
            session.clone()
        };
        let kind = if is_paid {
            "checkout.session.async_payment_succeeded"
        } else {
            "checkout.session.async_payment_failed"
        };
        self.tell(kind, session).await
    }

    /// The customer's bank disputes a payment.
    pub async fn dispute(&self, intent: &str, amount: i64, currency: &str, status: &str) -> anyhow::Result<()> {
        let object = json!({ "id": format!("dp_{intent}"), "object": "dispute", "amount": amount, "currency": currency, "payment_intent": intent, "status": status, "reason": "fraudulent", "created": 1_767_600_000 });
        let kind = match status {
            "won" | "lost" => "charge.dispute.closed",
            _ => "charge.dispute.created",
        };
        self.tell(kind, object).await
    }

    /// Sends an event to the web hook, signed; nothing without one.
    pub async fn tell(&self, kind: &str, object: Value) -> anyhow::Result<()> {
        let (hook, number) = {
            let mut world = self.world();
            world.count += 1;
            (world.hook.clone(), world.count)
        };
        let Some(hook) = hook else { return Ok(()) };
        let event =
            json!({ "id": format!("evt_{number:06}"), "object": "event", "type": kind, "data": { "object": object } });
        let body = event.to_string();
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)?
            .as_secs();
        let answer = reqwest::Client::builder()
            .no_proxy()
            .build()?
            .post(hook)
            .header("stripe-signature", signature(HOOK_SECRET, now, body.as_bytes()))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
            .send()
            .await?;
        anyhow::ensure!(
            answer.status().is_success(),
            "the web hook answered {}",
            answer.status()
        );
        Ok(())
    }

    fn refuse(&self, why: &str) {
        self.world().refused.push(why.to_owned());
    }

    /// What is wrong with a request before anybody looks at what it asks.
    fn check(&self, headers: &HeaderMap) -> Option<Response> {
        let get = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        if self.world().is_silent {
            return Some(StatusCode::SERVICE_UNAVAILABLE.into_response());
        }
        if get("authorization") != format!("Bearer {SECRET_KEY}") {
            self.refuse("key");
            return Some(error(
                401,
                "invalid_request_error",
                "api_key_invalid",
                "Invalid API Key provided",
            ));
        }
        if get("stripe-version") != self.version {
            self.refuse("version");
            let message = format!("Invalid Stripe API version: {}", get("stripe-version"));
            return Some(error(400, "invalid_request_error", "api_version_invalid", &message));
        }
        None
    }

    fn form(&self, headers: &HeaderMap, body: &[u8]) -> Result<HashMap<String, String>, Box<Response>> {
        let kind = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if kind != "application/x-www-form-urlencoded" {
            self.refuse("encoding");
            let message = "Invalid request: the body must be application/x-www-form-urlencoded";
            return Err(Box::new(error(400, "invalid_request_error", "", message)));
        }
        let text = String::from_utf8_lossy(body);
        let url = reqwest::Url::parse(&format!("http://x/?{text}"))
            .map_err(|_| Box::new(error(400, "invalid_request_error", "", "bad form")))?;
        Ok(url.query_pairs().into_owned().collect())
    }

    /// From now on the next new session is only answered when a second request has come with its key.
    pub fn hold_next(&self) {
        self.holds.store(true, Ordering::SeqCst);
    }

    /// The kept answer of an idempotency key, or what is wrong with it; else the key is taken until the answer
    /// is kept.
    fn again(&self, headers: &HeaderMap, body: &[u8]) -> Option<Response> {
        let key = headers.get("idempotency-key")?.to_str().ok()?.to_owned();
        let mut world = self.world();
        let kept = world.kept.get(&key).cloned();
        match kept {
            Some((known, answer)) if known == body => Some(axum::Json(answer.clone()).into_response()),
            Some(_) => {
                let message =
                    "Keys for idempotent requests can only be used with the same parameters they were first used with.";
                Some(error(400, "idempotency_error", "", message))
            }
            None if world.at_work.insert(key) => None,
            None => {
                self.collided.notify_one();
                let message =
                    "There is currently another in-progress request using this Idempotent Key. Please try again later.";
                Some(error(409, "idempotency_error", "idempotency_key_in_use", message))
            }
        }
    }

    /// Keeps an answer for its key; a refusal is not kept, as with Stripe, but frees the key.
    fn keep(&self, headers: &HeaderMap, body: &[u8], answer: Option<&Value>) {
        if let Some(key) = headers.get("idempotency-key").and_then(|key| key.to_str().ok()) {
            let mut world = self.world();
            world.at_work.remove(key);
            if let Some(answer) = answer {
                world.kept.insert(key.to_owned(), (body.to_vec(), answer.clone()));
            }
        }
    }
}

/// The header `Stripe-Signature`.
pub fn signature(secret: &str, at: u64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
    mac.update(format!("{at}.").as_bytes());
    mac.update(body);
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// What a session may be asked for, beside its line items and metadata.
const KNOWN: &[&str] = &[
    "mode",
    "ui_mode",
    "return_url",
    "success_url",
    "cancel_url",
    "client_reference_id",
    "locale",
    "payment_intent_data[description]",
    "expand[0]",
];
/// What each line item has.
const OF_ITEM: &[&str] = &[
    "[quantity]",
    "[price_data][currency]",
    "[price_data][unit_amount]",
    "[price_data][product_data][name]",
];
/// The most line items of a payment. <https://docs.stripe.com/api/checkout/sessions/create>
const MOST_ITEMS: usize = 100;
/// The largest sum, in the smallest unit. <https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>
const LARGEST: i64 = 99_999_999;

/// The line items, and what is wrong with the form, as Stripe's code and words.
fn line_items(form: &HashMap<String, String>) -> Result<Vec<Value>, (&'static str, String)> {
    let is_of_metadata = |key: &str| key.starts_with("metadata[") || key.starts_with("payment_intent_data[metadata][");
    let get = |name: &str| form.get(name).cloned().unwrap_or_default();
    let mut items = Vec::new();
    let mut known = 0;
    while form.contains_key(&format!("line_items[{}][quantity]", items.len())) {
        let item = format!("line_items[{}]", items.len());
        for part in OF_ITEM {
            if get(&format!("{item}{part}")).is_empty() {
                return Err(("parameter_missing", format!("Missing required param: {item}{part}.")));
            }
            known += 1;
        }
        let amount = get(&format!("{item}[price_data][unit_amount]"));
        let Some(amount) = amount.parse::<i64>().ok().filter(|amount| *amount >= 0) else {
            return Err(("parameter_invalid_integer", format!("Invalid integer: {amount}")));
        };
        let currency = get(&format!("{item}[price_data][currency]"));
        if currency != get("line_items[0][price_data][currency]") {
            return Err((
                "",
                "All prices on a Checkout session must have the same currency.".to_owned(),
            ));
        }
        let name = get(&format!("{item}[price_data][product_data][name]"));
        items.push(json!({ "description": name, "amount_total": amount, "currency": currency, "quantity": 1 }));
    }
    for (key, value) in form {
        if is_of_metadata(key) && value.chars().count() > 500 {
            return Err(("", format!("Metadata values can have up to 500 characters: {key}")));
        }
    }
    let others = form.keys().filter(|key| !key.starts_with("line_items["));
    let odd = others
        .into_iter()
        .find(|key| !is_of_metadata(key) && !KNOWN.contains(&key.as_str()));
    let all_items = form.keys().filter(|key| key.starts_with("line_items[")).count();
    match odd {
        Some(odd) => Err(("parameter_unknown", format!("Received unknown parameter: {odd}"))),
        None if all_items != known => Err(("parameter_unknown", "Received unknown parameter: line_items".to_owned())),
        None if items.is_empty() => Err(("parameter_missing", "Missing required param: line_items.".to_owned())),
        None if items.len() > MOST_ITEMS => Err((
            "array_too_long",
            "Array line_items exceeded maximum 100 allowed elements.".to_owned(),
        )),
        None => Ok(items),
    }
}

async fn create(State(stripe): Shared, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refused) = stripe.check(&headers) {
        return refused;
    }
    let form = match stripe.form(&headers, &body) {
        Ok(form) => form,
        Err(refused) => return *refused,
    };
    if let Some(answer) = stripe.again(&headers, &body) {
        return answer;
    }
    if stripe.holds.swap(false, Ordering::SeqCst) {
        stripe.collided.notified().await;
    }
    match made(&stripe, &form) {
        Ok(session) => {
            stripe.keep(&headers, &body, Some(&session));
            axum::Json(session).into_response()
        }
        Err(refused) => {
            stripe.keep(&headers, &body, None);
            *refused
        }
    }
}

/// A new session, or why not.
fn made(stripe: &Stripe, form: &HashMap<String, String>) -> Result<Value, Box<Response>> {
    let refused = |code: &str, message: &str| {
        stripe.refuse(if code.is_empty() { message } else { code });
        Err(Box::new(error(400, "invalid_request_error", code, message)))
    };
    let items = match line_items(form) {
        Ok(items) => items,
        Err((code, message)) => return refused(code, &message),
    };
    let get = |name: &str| form.get(name).cloned().unwrap_or_default();
    let amount: i64 = items.iter().filter_map(|item| item["amount_total"].as_i64()).sum();
    if amount < 50 {
        let message = "The Checkout Session's total amount must convert to at least 50 cents.";
        return refused("amount_too_small", message);
    }
    if amount > LARGEST {
        let message = "The Checkout Session's total amount must be no more than $999,999.99.";
        return refused("amount_too_large", message);
    }
    let is_embedded = get("ui_mode") == "embedded";
    if is_embedded != get("success_url").is_empty() || is_embedded == get("return_url").is_empty() {
        let message = "success_url goes with hosted pages, return_url with embedded ones.";
        return refused("parameter_missing", message);
    }
    let id = {
        let mut world = stripe.world();
        world.count += 1;
        format!("cs_test_{:06}", world.count)
    };
    let back = if is_embedded {
        get("return_url")
    } else {
        get("success_url")
    };
    let session = json!({
        "id": id,
        "object": "checkout.session",
        "status": "open",
        "payment_status": "unpaid",
        "amount_total": amount,
        "currency": get("line_items[0][price_data][currency]"),
        "client_reference_id": get("client_reference_id"),
        "client_secret": is_embedded.then(|| format!("{id}_secret")),
        "url": (!is_embedded).then(|| format!("{}/pay/{id}", stripe.url)),
        "payment_intent": null,
        "line_items": { "object": "list", "data": items },
        "standin_back": back.replace("{CHECKOUT_SESSION_ID}", &id),
    });
    stripe.world().sessions.insert(id, session.clone());
    Ok(session)
}

fn no_session() -> Response {
    error(
        404,
        "invalid_request_error",
        "resource_missing",
        "No such checkout.session",
    )
}

async fn read(State(stripe): Shared, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if let Some(refused) = stripe.check(&headers) {
        return refused;
    }
    match stripe.world().sessions.get(&id) {
        Some(session) => axum::Json(session.clone()).into_response(),
        None => no_session(),
    }
}

async fn expire(State(stripe): Shared, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if let Some(refused) = stripe.check(&headers) {
        return refused;
    }
    let mut world = stripe.world();
    match world.sessions.get_mut(&id) {
        Some(session) if session["status"] == "open" => {
            session["status"] = json!("expired");
            axum::Json(session.clone()).into_response()
        }
        Some(_) => {
            let message = "Only Checkout Sessions with a status in [\"open\"] can be expired.";
            error(400, "invalid_request_error", "", message)
        }
        None => no_session(),
    }
}

async fn refund(State(stripe): Shared, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refused) = stripe.check(&headers) {
        return refused;
    }
    let form = match stripe.form(&headers, &body) {
        Ok(form) => form,
        Err(refused) => return *refused,
    };
    if let Some(answer) = stripe.again(&headers, &body) {
        return answer;
    }
    let get = |name: &str| form.get(name).cloned().unwrap_or_default();
    let intent = get("payment_intent");
    let answer = {
        let mut world = stripe.world();
        let Some(session) = world
            .sessions
            .values()
            .find(|session| session["payment_intent"] == *intent)
        else {
            drop(world);
            stripe.keep(&headers, &body, None);
            return error(
                404,
                "invalid_request_error",
                "resource_missing",
                "No such payment_intent",
            );
        };
        let currency = session["currency"].clone();
        world.count += 1;
        let answer = json!({ "id": format!("re_{:06}", world.count), "object": "refund", "amount": get("amount").parse::<i64>().unwrap_or(0), "currency": currency, "payment_intent": intent, "status": "succeeded", "metadata": { "document": get("metadata[document]") }, "created": 1_767_600_000 });
        world.refunds.push(answer.clone());
        answer
    };
    stripe.keep(&headers, &body, Some(&answer));
    axum::Json(answer).into_response()
}

/// The script of the pay page: mounts a frame of the stand-in.
async fn script(State(stripe): Shared) -> Response {
    let script = format!(
        "window.Stripe=function(key){{return{{initEmbeddedCheckout:function(o){{return o.fetchClientSecret().then(function(secret){{return{{mount:function(place){{var f=document.createElement('iframe');f.title='Stripe';f.src='{}/pay/'+secret.replace('_secret','');place.append(f)}}}}}})}}}}}};",
        stripe.url
    );
    ([(header::CONTENT_TYPE, "text/javascript")], script).into_response()
}

async fn pay_page(Path(id): Path<String>) -> Html<String> {
    Html(format!(
        "<!DOCTYPE html><title>Stripe</title><link rel=icon href=\"data:,\"><form method=post action=\"/pay/{id}\" target=_top><button id=pay>Pay</button></form>"
    ))
}

async fn pay_now(State(stripe): Shared, Path(id): Path<String>) -> Response {
    let back = stripe
        .world()
        .sessions
        .get(&id)
        .map(|session| session["standin_back"].clone());
    match (stripe.pay(&id, "card").await, back.as_ref().and_then(Value::as_str)) {
        (Ok(_), Some(back)) => Redirect::to(back).into_response(),
        _ => no_session(),
    }
}
