//! A stand-in for Meta's Graph API and the customers behind it, on loopback.
//!
//! For tests and the demo only: it takes the calls that [`super::Client`] makes, refuses what Meta
//! refuses and in Meta's words, remembers what it took, and posts signed web hooks as customers
//! write and messages arrive. Faults happen on demand, each once.

mod api;
mod build;
mod hooks;
mod validate;

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conversation::env::{Clock as _, SystemClock};
use conversation::types::Millis;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::phone::canonical_phone;
use super::rate::Limiter;
use super::settings::{FallbackTemplate, TemplateParameter, WhatsappSettings};

pub use build::{Incoming, User};
pub use hooks::{HookFault, HookStatus, Posted};

/// What the stand-in pretends to be.
#[derive(Clone)]
pub struct Config {
    /// The id of the number.
    pub phone_number_id: String,
    /// The id of its account.
    pub business_account_id: String,
    /// The number as people see it, digits only.
    pub display_number: String,
    /// The token it accepts.
    pub access_token: String,
    /// The secret it signs with.
    pub app_secret: String,
    /// The word for the verification of the web hook.
    pub verify_token: String,
    /// Approved templates.
    pub templates: Vec<Template>,
    /// The only numbers it may send to, as with Meta's test numbers; `None` allows all.
    pub allowed_recipients: Option<Vec<String>>,
    /// Messages a second before error 130429.
    pub messages_per_second: u32,
    /// What time it is.
    pub clock: Arc<dyn Fn() -> Millis + Send + Sync>,
    /// Where web hooks go; see also [`Standin::set_target`].
    pub target: Option<String>,
}

/// An approved template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Its language, such as `pt_BR`.
    pub language: String,
    /// How many variables its body has.
    pub parameters: usize,
}

impl Default for Config {
    /// A number in Brazil, one template with one variable, the machine's own clock.
    fn default() -> Self {
        Config {
            phone_number_id: "100200300400500".to_owned(),
            business_account_id: "900800700600500".to_owned(),
            display_number: "551140028922".to_owned(),
            access_token: "standin-token".to_owned(),
            app_secret: "standin-secret".to_owned(),
            verify_token: "standin-verify".to_owned(),
            templates: vec![Template {
                name: "answer".to_owned(),
                language: "pt_BR".to_owned(),
                parameters: 1,
            }],
            allowed_recipients: None,
            messages_per_second: 80,
            clock: Arc::new(|| SystemClock.now()),
            target: None,
        }
    }
}

/// A message that the stand-in took.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The id it was given.
    pub wamid: String,
    /// Whom it was for: number or business-scoped user id, as in the call.
    pub recipient: String,
    /// When.
    pub at: Millis,
    /// The whole body of the call.
    pub body: Value,
}

impl Accepted {
    /// The words that the customer sees, whatever kind of message it is.
    pub fn text(&self) -> &str {
        let kind = self.body["type"].as_str().unwrap_or("text");
        let content = &self.body[kind];
        let places = [
            &content["body"],
            &content["body"]["text"],
            &content["caption"],
            &content["components"][0]["parameters"][0]["text"],
        ];
        places.into_iter().find_map(Value::as_str).unwrap_or_default()
    }

    /// Ids and titles of its buttons or rows.
    pub fn choices(&self) -> Vec<(String, String)> {
        let action = &self.body["interactive"]["action"];
        let buttons = action["buttons"].as_array().into_iter().flatten();
        let rows = action["sections"].as_array().into_iter().flatten();
        let rows = rows.flat_map(|section| section["rows"].as_array().into_iter().flatten());
        let all = buttons.map(|button| &button["reply"]).chain(rows);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        all.map(|choice| (text(&choice["id"]), text(&choice["title"])))
            .collect()
    }
}

/// Something that goes wrong with the next call that sends a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Refused with this code of Meta's (130429, 131056, 80007, 190 …).
    Error(i64),
    /// HTTP 500 in Meta's words; nothing was taken.
    ServerError,
    /// Taken, but a gateway in between answers 502 in its own words.
    BadGatewayAfterAccepting,
    /// Taken, but the answer never comes.
    HangAfterAccepting,
    /// Taken, but the connection breaks in the middle of the answer.
    CutAfterAccepting,
    /// Taken, and reported as failed with this code afterwards.
    FailLater(i64),
}

/// A running stand-in; it stops when dropped.
pub struct Standin {
    /// Its address, for `graph_url`.
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    world: Mutex<World>,
    http: reqwest::Client,
    stop: CancellationToken,
    tasks: TaskTracker,
    url: String,
}

struct World {
    ids: u64,
    last_inbound: HashMap<String, Millis>,
    not_on_whatsapp: HashSet<String>,
    media: HashMap<String, Media>,
    accepted: Vec<Accepted>,
    reads: Vec<String>,
    typing: Vec<String>,
    templates: Vec<Value>,
    is_subscribed: bool,
    /// The number is used in the WhatsApp Business app, too.
    is_on_app: bool,
    /// What of the telephone's past was asked for.
    asked_for: Vec<String>,
    quality: String,
    faults: VecDeque<Fault>,
    hook_faults: VecDeque<HookFault>,
    limiter: Limiter,
    target: Option<String>,
    is_token_revoked: bool,
    automatic: Vec<HookStatus>,
    last_post: Option<String>,
}

#[derive(Clone)]
struct Media {
    bytes: bytes::Bytes,
    media_type: String,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Millis {
        (self.config.clock)()
    }
}

impl World {
    fn next(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    fn wamid(&mut self) -> String {
        format!("wamid.STANDIN{:012}", self.next())
    }

    /// Every template: those that were set, and those of the configuration.
    fn listed(&self, config: &Config) -> Vec<Value> {
        let usual = config.templates.iter().enumerate().map(|(index, template)| {
            let blanks: Vec<String> = (1..=template.parameters).map(|n| format!("{{{{{n}}}}}")).collect();
            json!({
                "id": format!("{}", 5_000 + index),
                "name": template.name,
                "language": template.language,
                "status": "APPROVED",
                "category": "UTILITY",
                "quality_score": { "score": "GREEN" },
                "components": [{ "type": "BODY", "text": format!("Resposta: {}", blanks.join(" ")) }],
            })
        });
        usual.chain(self.templates.iter().cloned()).collect()
    }

    fn store(&mut self, bytes: bytes::Bytes, media_type: &str) -> String {
        let id = format!("{}", 7_000_000_000_000 + self.next());
        let media_type = media_type.to_owned();
        self.media.insert(id.clone(), Media { bytes, media_type });
        id
    }
}

/// The one form of a recipient, whichever of its numbers was used.
fn key(recipient: &str) -> String {
    canonical_phone(recipient.trim_start_matches('+'))
}

impl Standin {
    /// Starts one with the usual settings, on a free port of loopback.
    pub async fn start() -> io::Result<Standin> {
        Self::start_with(Config::default()).await
    }

    /// Starts one with these settings.
    pub async fn start_with(config: Config) -> io::Result<Standin> {
        // Web hooks go to plain HTTP on loopback, but the HTTP client wants a TLS provider anyway;
        // one that is installed already stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .map_err(io::Error::other)?;
        let listener = tokio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let listener = listener.await?;
        let url = format!("http://{}", listener.local_addr()?);
        let now = (config.clock)();
        let world = World {
            ids: 0,
            last_inbound: HashMap::new(),
            not_on_whatsapp: HashSet::new(),
            media: HashMap::new(),
            accepted: Vec::new(),
            reads: Vec::new(),
            typing: Vec::new(),
            templates: Vec::new(),
            is_subscribed: true,
            is_on_app: false,
            asked_for: Vec::new(),
            quality: "GREEN".to_owned(),
            faults: VecDeque::new(),
            hook_faults: VecDeque::new(),
            limiter: Limiter::new(config.messages_per_second, now),
            target: config.target.clone(),
            is_token_revoked: false,
            automatic: Vec::new(),
            last_post: None,
        };
        let shared = Arc::new(Shared {
            config,
            world: Mutex::new(world),
            http,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            url: url.clone(),
        });
        let app = api::router(Arc::clone(&shared));
        let stop = shared.stop.clone();
        tokio::spawn(async move {
            let serve = axum::serve(listener, app);
            // Hanging answers must not keep it alive, so it is dropped rather than drained.
            tokio::select! {
                _ = serve => {}
                () = stop.cancelled() => {}
            }
        });
        Ok(Standin { url, shared })
    }

    /// Settings of an inbox that uses it, with its first template as the fallback.
    pub fn settings(&self) -> WhatsappSettings {
        let config = &self.shared.config;
        let template = config.templates.first().map(|template| FallbackTemplate {
            name: template.name.clone(),
            language: template.language.clone(),
            parameters: vec![TemplateParameter::Text; template.parameters],
        });
        WhatsappSettings {
            phone_number_id: config.phone_number_id.clone(),
            business_account_id: Some(config.business_account_id.clone()),
            access_token: config.access_token.clone(),
            app_secret: config.app_secret.clone(),
            verify_token: config.verify_token.clone(),
            graph_url: self.url.clone(),
            api_version: "v23.0".to_owned(),
            template,
            public_url: None,
            messages_per_second: config.messages_per_second,
            max_media_bytes: 100 * 1024 * 1024,
            read_marks: true,
        }
    }

    /// Where web hooks go from now on.
    pub fn set_target(&self, url: impl Into<String>) {
        self.shared.world().target = Some(url.into());
    }

    /// What was taken so far, in order.
    pub fn accepted(&self) -> Vec<Accepted> {
        self.shared.world().accepted.clone()
    }

    /// Ids of messages marked as read, in order.
    pub fn reads(&self) -> Vec<String> {
        self.shared.world().reads.clone()
    }

    /// Ids of messages at which the dots of somebody typing were shown, in order.
    pub fn typing(&self) -> Vec<String> {
        self.shared.world().typing.clone()
    }

    /// The body of the last web hook, whether it found a target or not.
    pub fn last_post(&self) -> Option<String> {
        self.shared.world().last_post.clone()
    }

    /// Templates beside those of the configuration, as Meta lists them; their `status` counts when one is sent.
    pub fn set_templates(&self, templates: Vec<Value>) {
        self.shared.world().templates = templates;
    }

    /// Whether the number came from the WhatsApp Business app and is used there, too.
    pub fn set_on_app(&self, is_on_app: bool) {
        self.shared.world().is_on_app = is_on_app;
    }

    /// What of the telephone's past was asked for, in order.
    pub fn asked_for(&self) -> Vec<String> {
        self.shared.world().asked_for.clone()
    }

    /// Whether the app gets the account's web hooks.
    pub fn set_subscribed(&self, is_subscribed: bool) {
        self.shared.world().is_subscribed = is_subscribed;
    }

    /// The number's quality: `GREEN`, `YELLOW` or `RED`.
    pub fn set_quality(&self, quality: &str) {
        self.shared.world().quality = quality.to_owned();
    }

    /// The bytes of an uploaded file.
    pub fn media(&self, id: &str) -> Option<bytes::Bytes> {
        let world = self.shared.world();
        world.media.get(id).map(|media| media.bytes.clone())
    }

    /// Something goes wrong with a next call; several wait in line.
    pub fn fault(&self, fault: Fault) {
        self.shared.world().faults.push_back(fault);
    }

    /// Something is wrong with a next web hook; several wait in line.
    pub fn hook_fault(&self, fault: HookFault) {
        self.shared.world().hook_faults.push_back(fault);
    }

    /// The token is not accepted any more (`true`), or again.
    pub fn revoke_token(&self, is_revoked: bool) {
        self.shared.world().is_token_revoked = is_revoked;
    }

    /// Messages to this number are taken, and reported as undeliverable afterwards.
    pub fn not_on_whatsapp(&self, number: &str) {
        self.shared.world().not_on_whatsapp.insert(key(number));
    }

    /// Statuses that follow each message that is taken, in this order. None to begin with.
    pub fn set_automatic_statuses(&self, statuses: &[HookStatus]) {
        self.shared.world().automatic = statuses.to_vec();
    }

    /// Says that a customer wrote at this time, without any web hook.
    pub fn open_window(&self, recipient: &str, at: Millis) {
        self.shared.world().last_inbound.insert(key(recipient), at);
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
