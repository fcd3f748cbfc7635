//! Settings: `switchboard.toml` < `SWITCHBOARD__SECTION__KEY` < `*_file` for secrets. Every key is
//! optional; with none at all the embedded mode starts.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use conversation::types::Language;
use serde::Deserialize;

/// All settings. Unknown keys are errors, so that a slip of the pen is found at the start.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub struct Config {
    /// Where it listens and how it is reached.
    pub server: Server,
    /// The data folder.
    pub data: Data,
    /// The database.
    pub database: Database,
    /// Redis, in server mode.
    pub redis: Redis,
    /// Files.
    pub files: Files,
    /// The instance key.
    pub instance: Instance,
    /// Conversations in the widget.
    pub chat: Chat,
    /// Mailboxes.
    pub mail: Mail,
    /// Where Stripe is; its keys are in the billing settings.
    pub stripe: Stripe,
    /// Models of sentences for the bot.
    pub semantics: Semantics,
    /// Consumer groups.
    pub stream: StreamTiming,
    /// Backups by the clock.
    pub backup: Backup,
    /// Requests to addresses that people type in.
    pub outgoing: Outgoing,
    /// What it logs.
    pub log: Log,
    /// Who may read `/metrics`.
    pub metrics: Metrics,
    /// Traces for a collector of OpenTelemetry.
    pub traces: Traces,
}

/// Where it listens and how it is reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address it listens on.
    pub listen: SocketAddr,
    /// The address that people's browsers use, without a slash at the end. Default: `http://` and the listen address.
    pub public_url: Option<String>,
    /// The longest body of a request, in bytes.
    pub max_body: usize,
    /// The name of the business, in mails and on pages, until it gives itself one in the first steps.
    pub business_name: String,
    /// The time zone of times on pages and of "tomorrow morning", such as `America/Sao_Paulo`. Unless set here, the first
    /// administrator's browser says it, and it is changed in the first steps.
    pub time_zone: Option<String>,
    /// How many seconds a process that is told to stop goes on serving while `/readyz` says 503, so that a proxy sends
    /// the next requests to another process. A second signal ends it at once.
    pub drain_seconds: u32,
    /// How many requests one token of the JSON API may make in a minute; more are answered 429 with `Retry-After`. 0 is no
    /// limit. Each process counts for itself.
    pub api_per_minute: u32,
}

/// The data folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Database, files, index and key live here unless configured elsewhere.
    pub dir: PathBuf,
}

/// The database.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `postgres://…` (several servers: `postgres://user@one,two/name`) or `sqlite:PATH`. Default: `switchboard.db` in the data folder.
    pub url: Option<String>,
    /// A file that holds the URL.
    pub url_file: Option<PathBuf>,
    /// The most connections. SQLite takes no more than there are processors, or four.
    pub connections: u32,
}

/// Redis, in server mode.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redis {
    /// `redis://…`, `redis+sentinel://one:26379,two:26379/NAME`, `redis+cluster://one:7000,two:7000`, or with `rediss`. Without it the stream runs in the process.
    pub url: Option<String>,
    /// A file that holds the URL.
    pub url_file: Option<PathBuf>,
    /// Keeps installations on one Redis apart.
    pub prefix: String,
}

/// Files.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// The folder. Default: `files` in the data folder. Several processes must see the same one, or use a bucket.
    pub dir: Option<PathBuf>,
    /// An S3 bucket; without it, a folder in the data folder.
    pub s3_bucket: Option<String>,
    /// The region.
    pub s3_region: Option<String>,
    /// The address of the service, for anything but AWS.
    pub s3_endpoint: Option<String>,
    /// The key's id.
    pub s3_access_key_id: Option<String>,
    /// The key's secret.
    pub s3_secret_access_key: Option<String>,
    /// A file that holds the key's secret.
    pub s3_secret_access_key_file: Option<PathBuf>,
}

/// The instance key: signs reply addresses, seals secrets. 64 hexadecimal digits.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Instance {
    /// The key. Default: made at the first start and kept in `instance.key` in the data folder.
    pub key: Option<String>,
    /// A file that holds the key.
    pub key_file: Option<PathBuf>,
    /// Keys that still check but no longer sign.
    pub previous_keys: Vec<String>,
}

/// Conversations in the widget.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chat {
    /// After how many seconds an unread answer goes on by e-mail, where an address is known.
    pub email_after: u64,
}

/// Mailboxes.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// How often a mailbox is looked at where the server has no IDLE, in seconds.
    pub poll_every: u64,
    /// The longest silence of IDLE before it is renewed, in seconds.
    pub idle_for: u64,
    /// Where Google's sign-in is, unless it is Google's.
    pub google_url: Option<String>,
    /// Where Microsoft's sign-in is, unless it is Microsoft's.
    pub microsoft_url: Option<String>,
    /// The name server that `doctor` asks, such as `192.0.2.53:53`, unless it is the machine's.
    pub name_server: Option<SocketAddr>,
}

/// Where Stripe is; its keys are in the billing settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stripe {
    /// The address of the API, without a slash at the end.
    pub api_url: String,
    /// The script of the pay page.
    pub script_url: String,
}

/// Models of sentences, which let the bot see that other words mean the same ([how](operations/semantics.md)). Each is the folder of a model on this
/// machine, for one language; the program must be built with them. Where nothing is set, the table of words that comes with the program serves.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Semantics {
    /// The folder of a model that knows English.
    pub en: Option<PathBuf>,
    /// The folder of a model that knows Spanish.
    pub es: Option<PathBuf>,
    /// The folder of a model that knows Portuguese.
    pub pt: Option<PathBuf>,
}

impl Semantics {
    /// The folders by language.
    pub fn folders(&self) -> BTreeMap<Language, PathBuf> {
        [
            (Language::En, &self.en),
            (Language::Es, &self.es),
            (Language::Pt, &self.pt),
        ]
        .into_iter()
        .filter_map(|(language, folder)| Some((language, folder.clone()?)))
        .collect()
    }
}

/// Consumer groups.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StreamTiming {
    /// After how many milliseconds a silent process's work is taken over.
    pub idle_ms: u64,
    /// How often to look for that, in milliseconds.
    pub claim_every_ms: u64,
    /// How often to sweep for what the stream forgot, in milliseconds.
    pub sweep_every_ms: u64,
    /// How old an unhandled event must be for the sweep, in milliseconds.
    pub sweep_after_ms: i64,
}

/// Backups by the clock.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    /// How often one is taken, in hours. 0: never.
    pub every_hours: u32,
    /// Where they go: a folder, or `s3://BUCKET/FOLDER` (reached as `files.s3_endpoint` and its key say). Default:
    /// `backups` in the data folder; another machine is wiser.
    pub dir: Option<PathBuf>,
    /// How many are kept.
    pub keep: usize,
    /// Encrypts them. Without it they are as secret as the data folder.
    pub passphrase: Option<String>,
    /// A file that holds the passphrase.
    pub passphrase_file: Option<PathBuf>,
}

/// Requests to addresses that people type in, such as web hooks of other programs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outgoing {
    /// Hosts that may be reached although they are private, separated by commas.
    pub allow_private: String,
}

/// What it logs.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug` or a filter such as `info,channels=debug`.
    pub level: String,
    /// `text` or `json`.
    pub format: String,
}

/// Who may read `/metrics`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Whoever asks brings it as a bearer token. Without one only this machine and its private network may ask, past the proxy.
    pub token: Option<String>,
    /// A file that holds the token.
    pub token_file: Option<PathBuf>,
}

/// Traces for a collector of OpenTelemetry (OTLP over HTTP, protobuf). Off without an endpoint.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Traces {
    /// The collector, such as `http://localhost:4318`.
    pub endpoint: Option<String>,
    /// The name of this installation among the services that the collector hears of.
    pub service: String,
    /// How many of a hundred traces are kept.
    pub percent: u8,
}

impl Default for Server {
    fn default() -> Self {
        Server {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            max_body: 30 * 1024 * 1024,
            business_name: "Switchboard".to_owned(),
            time_zone: None,
            drain_seconds: 0,
            api_per_minute: 6_000,
        }
    }
}
impl Default for Data {
    fn default() -> Self {
        Data {
            dir: PathBuf::from("./data"),
        }
    }
}
impl Default for Database {
    fn default() -> Self {
        Database {
            url: None,
            url_file: None,
            connections: 10,
        }
    }
}
impl Default for Redis {
    fn default() -> Self {
        Redis {
            url: None,
            url_file: None,
            prefix: "switchboard".to_owned(),
        }
    }
}
impl Default for Chat {
    fn default() -> Self {
        Chat { email_after: 120 }
    }
}
impl Default for Mail {
    fn default() -> Self {
        Mail {
            poll_every: 60,
            idle_for: 540,
            google_url: None,
            microsoft_url: None,
            name_server: None,
        }
    }
}
impl Default for Stripe {
    fn default() -> Self {
        Stripe {
            api_url: billing::stripe::API.to_owned(),
            script_url: billing::stripe::SCRIPT.to_owned(),
        }
    }
}
impl Default for StreamTiming {
    fn default() -> Self {
        StreamTiming {
            idle_ms: 60_000,
            claim_every_ms: 15_000,
            sweep_every_ms: 30_000,
            sweep_after_ms: 60_000,
        }
    }
}
impl StreamTiming {
    /// As the consumer groups take it.
    pub fn timing(&self) -> conversation::stream::consumer::Timing {
        use std::time::Duration;
        conversation::stream::consumer::Timing {
            wait: Duration::from_secs(5),
            idle: Duration::from_millis(self.idle_ms),
            claim_every: Duration::from_millis(self.claim_every_ms),
            sweep_every: Duration::from_millis(self.sweep_every_ms),
            sweep_after: self.sweep_after_ms,
        }
    }
}
impl Default for Backup {
    fn default() -> Self {
        Backup {
            every_hours: 0,
            dir: None,
            keep: 7,
            passphrase: None,
            passphrase_file: None,
        }
    }
}
impl Default for Traces {
    fn default() -> Self {
        Traces {
            endpoint: None,
            service: "switchboard".to_owned(),
            percent: 100,
        }
    }
}
impl Default for Log {
    fn default() -> Self {
        Log {
            level: "info".to_owned(),
            format: "text".to_owned(),
        }
    }
}

impl Config {
    /// Reads file and environment.
    ///
    /// # Errors
    /// Names the file, key or value that is wrong.
    pub fn load(file: Option<&Path>) -> Result<Config> {
        let mut builder = config::Config::builder();
        match file {
            Some(path) => builder = builder.add_source(config::File::from(path)),
            None => builder = builder.add_source(config::File::with_name("switchboard").required(false)),
        }
        let environment = config::Environment::with_prefix("SWITCHBOARD")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true);
        let mut config: Config = builder
            .add_source(environment)
            .build()
            .and_then(config::Config::try_deserialize)
            .context("the configuration cannot be read")?;
        config.database.url = secret(config.database.url.take(), config.database.url_file.as_deref())?;
        config.redis.url = secret(config.redis.url.take(), config.redis.url_file.as_deref())?;
        config.files.s3_secret_access_key = secret(
            config.files.s3_secret_access_key.take(),
            config.files.s3_secret_access_key_file.as_deref(),
        )?;
        config.backup.passphrase = secret(
            config.backup.passphrase.take(),
            config.backup.passphrase_file.as_deref(),
        )?;
        config.metrics.token = secret(config.metrics.token.take(), config.metrics.token_file.as_deref())?;
        if config
            .metrics
            .token
            .as_deref()
            .is_some_and(|token| token.trim().len() < 8)
        {
            bail!("metrics.token: at least 8 characters; make one with: openssl rand -hex 24");
        }
        config.instance.key = secret(config.instance.key.take(), config.instance.key_file.as_deref())?;
        if let Some(url) = &config.server.public_url
            && (!url.starts_with("http://") && !url.starts_with("https://") || url.ends_with('/'))
        {
            bail!("server.public_url: `{url}` must begin with http:// or https:// and not end with a slash");
        }
        if let Some(url) = &config.traces.endpoint
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            bail!("traces.endpoint: `{url}` is not the address of a collector such as http://localhost:4318");
        }
        if let Some(name) = &config.server.time_zone
            && jiff::tz::TimeZone::get(name).is_err()
        {
            bail!("server.time_zone: `{name}` is not a time zone such as America/Sao_Paulo");
        }
        Ok(config)
    }

    /// The time zone of the business, as far as it is configured.
    pub fn zone(&self) -> billing::Zone {
        let configured = self.server.time_zone.as_deref();
        match configured.and_then(|name| jiff::tz::TimeZone::get(name).ok()) {
            Some(zone) => zone.into(),
            None => billing::Zone::to_be_chosen(),
        }
    }

    /// The address that people's browsers use.
    pub fn public_url(&self) -> String {
        self.server
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", self.server.listen))
    }

    /// Whether cookies may only travel encrypted.
    pub fn is_https(&self) -> bool {
        self.public_url().starts_with("https://")
    }

    /// The database's URL.
    pub fn database_url(&self) -> String {
        self.database
            .url
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", self.data.dir.join("switchboard.db").display()))
    }
}

fn secret(value: Option<String>, file: Option<&Path>) -> Result<Option<String>> {
    match file {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            Ok(Some(text.trim().to_owned()))
        }
        None => Ok(value),
    }
}
