//! `backup`, `restore` and `migrate-to`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use conversation::Env;
use conversation::Store;
use conversation::blobs::Blobs;
use conversation::db::Db;
use conversation::keys::Keys;

use crate::app::{adopt_key, key_text, open_files, open_store, parse_key};
use crate::backup::place::Place;
use crate::backup::progress::Progress;
use crate::backup::{Totals, moving, read, schedule, write};
use crate::config::Config;

/// A backup file and how it is encrypted.
#[derive(Debug, Args)]
pub(super) struct BackupFile {
    /// The file, or s3://BUCKET/FILE (reached as `files.s3_endpoint` and its key say)
    file: PathBuf,
    /// A file whose first line is the passphrase [default: backup.passphrase of the configuration]
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
}

impl BackupFile {
    fn passphrase(&self, config: &Config) -> Result<Option<String>> {
        let Some(path) = &self.passphrase_file else {
            return Ok(config.backup.passphrase.clone());
        };
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        match text.lines().next().unwrap_or_default() {
            "" => bail!("{} is empty", path.display()),
            passphrase => Ok(Some(passphrase.to_owned())),
        }
    }
}

pub(super) async fn backup(config: Config, to: BackupFile, is_tried: bool) -> Result<ExitCode> {
    let store = open_store(&config, Env::system()).await?;
    let passphrase = to.passphrase(&config)?;
    let key = key_text(&config, store.env())?;
    let (place, name) = Place::of_file(&config, &to.file)?;
    let local = place.begin(&name).await?;
    let mut progress = Progress::new("backup", "rows", 0);
    let written = write::write(&store, &key, local.path(), passphrase.as_deref(), &mut progress).await?;
    place.keep(&local, &name).await?;
    tell("wrote", &written.totals);
    println!(
        "{}: {} MB, position {}{}",
        to.file.display(),
        written.size.div_ceil(1 << 20),
        written.manifest.position,
        match passphrase {
            Some(_) => ", encrypted",
            None =>
                ", not encrypted: it holds the key to every password of your inboxes, so keep it as safe as the data folder",
        }
    );
    for missing in &written.totals.missing {
        println!("missing: the file {missing} is named by the database and is not in the store");
    }
    if is_tried {
        // What lies there counts, not what was written here before it went there.
        let kept = place.fetch(&name).await?;
        schedule::attempt(kept.path(), passphrase.as_deref(), &config.data.dir).await?;
        println!("restored into an empty folder: every count and sum is right");
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn restore(config: Config, from: BackupFile) -> Result<ExitCode> {
    let env = Env::system();
    let passphrase = from.passphrase(&config)?;
    let (place, name) = Place::of_file(&config, &from.file)?;
    let local = place.fetch(&name).await?;
    let backup = read::open(local.path(), passphrase.as_deref()).await?;
    let dir = &config.data.dir;
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make the data folder {}", dir.display()))?;
    let _alone = super::serve::lock_folder(dir)?;
    let db = Db::connect(&config.database_url(), config.database.connections)
        .await
        .context("the database cannot be reached; check database.url")?;
    db.migrate_to_version(backup.manifest.schema).await.context(
        "the database is not empty, or of another release; restore into an empty data folder (set data.dir) or an empty database",
    )?;
    if !read::is_empty(&db).await? {
        bail!(
            "the database is not empty; restore into an empty data folder (set data.dir) or an empty database (set database.url)"
        );
    }
    let keys = Keys::new(vec![parse_key(&backup.key)?])?;
    adopt_key(&config, &backup.key)?;
    let store = Store::new(db.clone(), Blobs::new(db, open_files(&config)?), env, keys);
    println!(
        "a backup of release {} ({}), taken at {}, position {}",
        backup.manifest.version,
        backup.manifest.engine,
        jiff::Timestamp::from_millisecond(backup.manifest.at)?,
        backup.manifest.position
    );
    let mut progress = Progress::new("restore", "rows", 0);
    let totals = read::restore(&store, backup, &mut progress).await?;
    store.db().close().await;
    tell("restored", &totals);
    println!("every count and sum is right; start it with: switchboard serve");
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn move_to(config: Config, url: &str) -> Result<ExitCode> {
    if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        bail!("--database must be postgres://USER:PASSWORD@HOST/DATABASE");
    }
    let store = open_store(&config, Env::system()).await?;
    if store.db().engine() != "SQLite" {
        bail!("this installation is on {} already", store.db().engine());
    }
    // What is written during the move would be left behind.
    let _alone = super::serve::lock_folder(&config.data.dir)?;
    let target = Db::connect(url, 4)
        .await
        .context("the target database cannot be reached; check --database")?;
    target.migrate().await?;
    if moving::is_unfinished(&target).await? {
        println!("a move to this database was begun before; it goes on where it stopped");
    }
    let mut progress = Progress::new("move", "rows written and read back", 0);
    let totals = moving::move_rows(store.db(), &target, &mut progress).await?;
    target.close().await;
    store.db().close().await;
    tell("moved", &totals);
    println!("every count and sum is right. Files stay where they are. Now set in the configuration:");
    println!("  [database]\n  url = \"{url}\"");
    Ok(ExitCode::SUCCESS)
}

fn tell(verb: &str, totals: &Totals) {
    let rows = |table: &str| totals.tables.get(table).map_or(0, |total| total.rows);
    println!(
        "{verb} {} rows in {} tables: {} conversations, {} messages, {} contacts; {} files",
        totals.rows(),
        totals.tables.len(),
        rows("conversations"),
        rows("messages"),
        rows("contacts"),
        totals.files
    );
}
