//! Putting the parts together from the configuration.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use conversation::blobs::Blobs;
use conversation::db::Db;
use conversation::keys::Keys;
use conversation::stream::Stream;
use conversation::stream::embedded::Embedded;
use conversation::stream::redis::RedisStream;
use conversation::{Env, Store};
use kb::Knowledge;
use tokio_util::sync::CancellationToken;

use crate::backup::moving;
use crate::backup::place::bucket_of;
use crate::config::Config;
use crate::realtime::Realtime;
use crate::turns::Turns;

/// Everything a request handler or a task needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The core.
    pub store: Store,
    /// The stream that the configuration chose.
    pub stream: Stream,
    /// The settings.
    pub config: Arc<Config>,
    /// Events to browsers.
    pub realtime: Realtime,
    /// The articles, for search and the bot.
    pub knowledge: Knowledge,
    /// What WhatsApp customers see of agents who read and write.
    pub presence: Arc<channels::presence::Presence>,
    /// The forms of the settings that somebody saves now.
    pub(crate) turns: Turns,
    /// Messages, contacts and tickets by their words.
    pub search: search::Search,
    /// Invoices and payments.
    pub billing: billing::Billing,
    /// Machines, readings, contracts and visits.
    pub equipment: equipment::Equipment,
    /// The name of this process among others: host and a ULID.
    pub process: Arc<str>,
    /// Becomes false when the process is about to stop.
    pub is_ready: Arc<std::sync::atomic::AtomicBool>,
    /// Cancelled when the process stops; connections that stream end with it.
    pub stop: CancellationToken,
}

impl App {
    /// Connects to everything, and brings the schema up to date.
    pub async fn open(config: Config, env: Env) -> Result<App> {
        let store = open_store(&config, env).await?;
        let stream = match &config.redis.url {
            Some(url) => Stream::Redis(
                RedisStream::connect(store.clone(), url, &config.redis.prefix)
                    .await
                    .context("Redis cannot be reached; check redis.url, or leave it out to run without Redis")?,
            ),
            None => Stream::Embedded(Embedded::new(store.clone())),
        };
        let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
        let process = format!("{}-{}", host.trim(), store.env().ulid()).into();
        let stripe = billing::stripe::Client::new(&config.stripe.api_url, &config.stripe.script_url);
        let billing = billing::Billing::new(
            store.clone(),
            config.zone(),
            config.public_url(),
            config.server.business_name.clone(),
            stripe,
        );
        billing.follow().await?;
        Ok(App {
            equipment: equipment::Equipment::new(billing.clone()),
            billing,
            realtime: Realtime::new(store.clone()),
            knowledge: open_knowledge(&config)?,
            search: search::Search::open(&config.data.dir.join("search"))
                .context("the search index cannot be opened")?,
            store,
            stream,
            config: Arc::new(config),
            presence: Arc::default(),
            turns: Arc::default(),
            process,
            is_ready: Arc::new(true.into()),
            stop: CancellationToken::new(),
        })
    }

    /// The time zone of the business, as it is now.
    pub fn tz(&self) -> &'static jiff::tz::TimeZone {
        self.billing.zone.now()
    }

    /// What the business is called, as it is now.
    pub fn business_name(&self) -> String {
        self.billing.called.now().to_string()
    }

    /// The address that people's browsers use.
    pub fn public_url(&self) -> String {
        self.config.public_url()
    }
}

/// Connects to database and files only, for commands that need no stream.
pub async fn open_store(config: &Config, env: Env) -> Result<Store> {
    let dir = &config.data.dir;
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make the data folder {}", dir.display()))?;
    let db = Db::connect(&config.database_url(), config.database.connections)
        .await
        .context("the database cannot be reached; check database.url")?;
    db.migrate()
        .await
        .context("the database schema cannot be brought up to date")?;
    if moving::is_unfinished(&db).await? {
        bail!(
            "a move to this database was begun and not finished; call `switchboard migrate-to` again, from the old configuration"
        );
    }
    let blobs = Blobs::new(db.clone(), open_files(config)?);
    let keys = instance_keys(config, &env)?;
    Ok(Store::new(db, blobs, env, keys))
}

pub(crate) fn open_files(config: &Config) -> Result<Arc<dyn conversation::blobs::ObjectStore>> {
    let files = &config.files;
    match &files.s3_bucket {
        Some(bucket) => bucket_of(files, bucket).context("files.s3_bucket cannot be used"),
        None => {
            let dir = files.dir.clone().unwrap_or_else(|| config.data.dir.join("files"));
            std::fs::create_dir_all(&dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
            conversation::blobs::folder(&dir).context("the files folder cannot be used")
        }
    }
}

/// The configured key, or the one in the data folder, made at the first start.
fn instance_keys(config: &Config, env: &Env) -> Result<Keys> {
    let current = key_text(config, env)?;
    let keys = std::iter::once(&current)
        .chain(&config.instance.previous_keys)
        .map(|text| parse_key(text))
        .collect::<Result<Vec<_>>>()?;
    Ok(Keys::new(keys)?)
}

/// The instance key as it is written down.
pub(crate) fn key_text(config: &Config, env: &Env) -> Result<String> {
    match &config.instance.key {
        Some(key) => Ok(key.clone()),
        None => key_in(&config.data.dir, env),
    }
}

/// Makes a backup's key the one of this installation.
///
/// # Errors
/// When it has another one, which would leave the restored secrets unreadable.
pub(crate) fn adopt_key(config: &Config, key: &str) -> Result<()> {
    let path = config.data.dir.join("instance.key");
    if let Some(own) = &config.instance.key {
        if own != key && !config.instance.previous_keys.iter().any(|one| one == key) {
            bail!(
                "instance.key of the configuration is not the backup's; leave it out, and the backup's key is written to {}",
                path.display()
            );
        }
        return Ok(());
    }
    match std::fs::read_to_string(&path) {
        Ok(own) if own.trim() == key => Ok(()),
        Ok(_) => bail!(
            "{} holds another key than the backup; restore into an empty data folder",
            path.display()
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => write_key(&path, key),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

pub(crate) fn parse_key(text: &str) -> Result<[u8; 32]> {
    let bytes = hex::decode(text.trim())
        .ok()
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    match bytes {
        Some(bytes) => Ok(bytes),
        None => bail!("the instance key is not 64 hexadecimal digits; make one with: openssl rand -hex 32"),
    }
}

fn key_in(dir: &Path, env: &Env) -> Result<String> {
    let path = dir.join("instance.key");
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = env.secret();
            match write_key(&path, &key) {
                // Another command on the same folder made it at the same moment.
                Err(_) if path.exists() => Ok(std::fs::read_to_string(&path)?.trim().to_owned()),
                Err(error) => Err(error),
                Ok(()) => Ok(key),
            }
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn write_key(path: &Path, key: &str) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    writeln!(file, "{key}").with_context(|| format!("cannot write {}", path.display()))?;
    file.sync_all()?;
    Ok(())
}

/// The knowledge base of this process, with its index in the data folder.
fn open_knowledge(config: &Config) -> Result<Knowledge> {
    let dir = config.data.dir.join("index");
    Knowledge::open_with(Some(&dir), config.semantics.folders()).context("the search index cannot be opened")
}
