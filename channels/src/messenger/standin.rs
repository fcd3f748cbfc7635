//! A stand-in for Meta's Graph API and the people behind an Instagram account or a page, on loopback.
//!
//! For tests and the demo only: it takes the calls that [`super::Client`] makes, refuses what Meta refuses and in Meta's
//! words, remembers what it took, fetches the files that it is given addresses of, and posts signed web hooks as people
//! write and messages arrive. Faults happen on demand, each once.

mod api;

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conversation::env::{Clock as _, SystemClock};
use conversation::types::{Channel, Millis};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::settings::{MessengerSettings, default_api_version};
use crate::whatsapp::signature;

const TOKEN: &str = "standin-token";
const APP_SECRET: &str = "standin-secret";
const VERIFY_TOKEN: &str = "standin-verify";
/// The app that the token is of.
const APP: u64 = 1_517_776_481_860_111;

/// A message that the stand-in took.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The id it was given.
    pub mid: String,
    /// Whom it was for.
    pub recipient: String,
    /// The whole body of the call.
    pub body: Value,
    /// The bytes behind the address that it was given.
    pub file: Option<Vec<u8>>,
}

impl Accepted {
    /// The words that the customer sees, whatever kind of message it is.
    pub fn text(&self) -> &str {
        let message = &self.body["message"];
        let places = [&message["text"], &message["attachment"]["payload"]["text"]];
        places.into_iter().find_map(Value::as_str).unwrap_or_default()
    }

    /// Payloads and titles of its buttons.
    pub fn choices(&self) -> Vec<(String, String)> {
        let message = &self.body["message"];
        let lists = [&message["quick_replies"], &message["attachment"]["payload"]["buttons"]];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let all = lists.into_iter().filter_map(Value::as_array).flatten();
        all.map(|choice| (text(&choice["payload"]), text(&choice["title"])))
            .collect()
    }
}

/// Something that goes wrong with the next call that sends a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Refused with this code and subcode of Meta's.
    Error(i64, i64),
    /// Taken, but the connection breaks in the middle of the answer.
    CutAfterAccepting,
}

/// A running stand-in; it stops when dropped.
pub struct Standin {
    /// Its address, for `graph_url`.
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    channel: Channel,
    account: String,
    allows_people: bool,
    clock: Arc<dyn Fn() -> Millis + Send + Sync>,
    world: Mutex<World>,
    http: reqwest::Client,
    stop: CancellationToken,
    tasks: TaskTracker,
}

#[derive(Default)]
struct World {
    ids: u64,
    last_inbound: HashMap<String, Millis>,
    names: HashMap<String, Value>,
    away: HashSet<String>,
    media: HashMap<String, (Vec<u8>, String)>,
    accepted: Vec<Accepted>,
    signs: Vec<(String, String)>,
    fields: Option<String>,
    faults: VecDeque<Fault>,
    target: Option<String>,
    is_token_revoked: bool,
    echoes: bool,
    last_post: Option<String>,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Millis {
        (self.clock)()
    }
}

impl World {
    fn mid(&mut self) -> String {
        self.ids += 1;
        format!("m_STANDIN{:012}", self.ids)
    }
}

impl Standin {
    /// Starts one for a channel on a free port of loopback, with the machine's own clock.
    pub async fn start(channel: Channel) -> io::Result<Standin> {
        Standin::start_with(channel, true, Arc::new(|| SystemClock.now())).await
    }

    /// Starts one; `allows_people` says whether Meta has allowed the app that people answer for seven days.
    pub async fn start_with(
        channel: Channel,
        allows_people: bool,
        clock: Arc<dyn Fn() -> Millis + Send + Sync>,
    ) -> io::Result<Standin> {
        // Web hooks go to plain HTTP on loopback, but the HTTP client wants a TLS provider anyway;
        // one that is installed already stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .map_err(io::Error::other)?;
        let listener = tokio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            channel,
            account: match channel {
                Channel::Instagram => "17841400000000001".to_owned(),
                _ => "200300400500600".to_owned(),
            },
            allows_people,
            clock,
            world: Mutex::new(World {
                echoes: true,
                ..World::default()
            }),
            http,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        });
        let app = api::router(Arc::clone(&shared));
        let stop = shared.stop.clone();
        tokio::spawn(async move {
            let serve = axum::serve(listener, app);
            tokio::select! {
                _ = serve => {}
                () = stop.cancelled() => {}
            }
        });
        Ok(Standin { url, shared })
    }

    /// Settings of an inbox that uses it.
    pub fn settings(&self) -> MessengerSettings {
        MessengerSettings {
            account_id: self.shared.account.clone(),
            access_token: TOKEN.to_owned(),
            app_secret: APP_SECRET.to_owned(),
            verify_token: VERIFY_TOKEN.to_owned(),
            graph_url: self.url.clone(),
            api_version: default_api_version(),
            human_agent: self.shared.allows_people,
            read_marks: true,
            max_media_bytes: 100 * 1024 * 1024,
        }
    }

    /// Where web hooks go from now on.
    pub fn set_target(&self, url: impl Into<String>) {
        self.shared.world().target = Some(url.into());
    }

    /// Whether messages that are sent come back as web hooks; they do to begin with.
    pub fn set_echoes(&self, echoes: bool) {
        self.shared.world().echoes = echoes;
    }

    /// What somebody is called: the fields that Meta answers with.
    pub fn set_name(&self, user: &str, fields: Value) {
        self.shared.world().names.insert(user.to_owned(), fields);
    }

    /// Messages to this user are refused: they block the account or are gone.
    pub fn is_away(&self, user: &str) {
        self.shared.world().away.insert(user.to_owned());
    }

    /// The token is not accepted any more (`true`), or again.
    pub fn revoke_token(&self, is_revoked: bool) {
        self.shared.world().is_token_revoked = is_revoked;
    }

    /// Something goes wrong with a next call; several wait in line.
    pub fn fault(&self, fault: Fault) {
        self.shared.world().faults.push_back(fault);
    }

    /// What was taken so far, in order.
    pub fn accepted(&self) -> Vec<Accepted> {
        self.shared.world().accepted.clone()
    }

    /// Signs that were shown, in order: to whom, and `mark_seen` or `typing_on`.
    pub fn signs(&self) -> Vec<(String, String)> {
        self.shared.world().signs.clone()
    }

    /// The fields that the account is subscribed to, once it is.
    pub fn subscribed(&self) -> Option<String> {
        self.shared.world().fields.clone()
    }

    /// Keeps a file as Meta does; returns its address.
    pub fn store(&self, bytes: &[u8], media_type: &str) -> String {
        let mut world = self.shared.world();
        world.ids += 1;
        let id = world.ids.to_string();
        world.media.insert(id.clone(), (bytes.to_vec(), media_type.to_owned()));
        format!("{}/files/{id}", self.url)
    }

    /// Somebody writes; `fields` are those of the message. Opens the 24-hour window, posts the web hook, and returns its
    /// HTTP status and the message's id.
    pub async fn write(&self, user: &str, fields: Value) -> io::Result<(u16, String)> {
        let mid = self.shared.world().mid();
        let mut message = fields;
        message["mid"] = json!(mid);
        Ok((self.event(user, json!({ "message": message })).await?, mid))
    }

    /// Somebody presses a button of a message that was sent.
    pub async fn press(&self, user: &str, mid: &str, choice: usize) -> io::Result<u16> {
        let sent = self.accepted().into_iter().find(|message| message.mid == mid);
        let sent = sent.ok_or_else(|| io::Error::other(format!("no message {mid}")))?;
        let chosen = sent.choices().into_iter().nth(choice);
        let (payload, title) = chosen.ok_or_else(|| io::Error::other(format!("{mid} has no choice {choice}")))?;
        if sent.body["message"]["quick_replies"].is_array() {
            let reply = json!({ "text": title, "quick_reply": { "payload": payload } });
            return Ok(self.write(user, reply).await?.0);
        }
        let mid = self.shared.world().mid();
        self.event(
            user,
            json!({ "postback": { "mid": mid, "title": title, "payload": payload } }),
        )
        .await
    }

    /// Somebody does something; `fields` are those of the event beside who and when.
    pub async fn event(&self, user: &str, fields: Value) -> io::Result<u16> {
        let now = self.shared.now();
        self.shared.world().last_inbound.insert(user.to_owned(), now);
        let event = of(user, &self.shared.account, now, fields);
        self.post(&envelope(&self.shared, vec![event])).await
    }

    /// The business writes with another program.
    pub async fn write_elsewhere(&self, user: &str, fields: Value) -> io::Result<u16> {
        let mid = self.shared.world().mid();
        let mut message = fields;
        message["mid"] = json!(mid);
        message["is_echo"] = json!(true);
        let event = of(
            &self.shared.account,
            user,
            self.shared.now(),
            json!({ "message": message }),
        );
        self.post(&envelope(&self.shared, vec![event])).await
    }

    /// Posts a body as it is, signed.
    pub async fn post(&self, body: &Value) -> io::Result<u16> {
        post(&self.shared, body.to_string()).await
    }

    /// Posts the last web hook once more, as Meta does when the answer was lost.
    pub async fn repeat(&self) -> io::Result<u16> {
        let body = self.shared.world().last_post.clone();
        post(
            &self.shared,
            body.ok_or_else(|| io::Error::other("nothing was posted yet"))?,
        )
        .await
    }

    /// Waits until the web hooks that follow from calls so far are posted.
    pub async fn settled(&self) {
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        self.shared.tasks.reopen();
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

fn of(sender: &str, recipient: &str, at: Millis, fields: Value) -> Value {
    let mut event = json!({ "sender": { "id": sender }, "recipient": { "id": recipient }, "timestamp": at });
    if let (Value::Object(event), Value::Object(fields)) = (&mut event, fields) {
        event.extend(fields);
    }
    event
}

fn envelope(shared: &Shared, events: Vec<Value>) -> Value {
    let object = match shared.channel {
        Channel::Instagram => "instagram",
        _ => "page",
    };
    json!({ "object": object, "entry": [{ "id": shared.account, "time": shared.now(), "messaging": events }] })
}

/// Posts a body signed as Meta signs it.
async fn post(shared: &Shared, body: String) -> io::Result<u16> {
    let target = {
        let mut world = shared.world();
        world.last_post = Some(body.clone());
        world.target.clone()
    };
    let target = target.ok_or_else(|| io::Error::other("no target is set"))?;
    let answer = shared
        .http
        .post(target)
        .header("content-type", "application/json")
        .header(signature::HEADER, signature::sign(APP_SECRET, body.as_bytes()))
        .body(body)
        .send()
        .await
        .map_err(io::Error::other)?;
    Ok(answer.status().as_u16())
}
