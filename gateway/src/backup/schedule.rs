//! Backups by the clock: taken, tried by restoring them into an empty folder, and only then counted.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use conversation::blobs::{Blobs, folder};
use conversation::db::Db;
use conversation::keys::Keys;
use conversation::{Env, Store, leases};
use tokio_util::sync::CancellationToken;

use super::progress::Progress;
use super::write::Written;
use super::{Totals, read, write};
use crate::app::{App, key_text, parse_key};
use crate::config::Config;

const HOUR: i64 = 3_600_000;
/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(60);
/// How long a process may take for one backup before another begins its own.
const LEASE: i64 = 6 * HOUR;
const PREFIX: &str = "switchboard-";

/// Takes a backup whenever one is due.
pub(crate) async fn run(app: &App, stop: CancellationToken) -> Result<()> {
    let every = i64::from(app.config.backup.every_hours) * HOUR;
    while !stop.is_cancelled() {
        if every > 0 && is_due(app, every)? && leases::hold(&app.store, "backup", &app.process, LEASE).await?.is_some()
        {
            let outcome = one(app).await;
            leases::release(&app.store, "backup", &app.process).await?;
            match outcome {
                Ok((path, written)) => {
                    metrics::gauge!("backup_last_success_timestamp_seconds").set((app.store.now() / 1000) as f64);
                    tracing::info!(file = %path.display(), bytes = written.size, rows = written.totals.rows(), "a backup was taken and tried");
                }
                Err(error) => {
                    metrics::counter!("backup_failures_total").increment(1);
                    return Err(error.context("no backup could be taken"));
                }
            }
        }
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(LOOK) => {} }
    }
    Ok(())
}

fn is_due(app: &App, every: i64) -> Result<bool> {
    Ok(match newest(&app.config)? {
        Some((_, at)) => app.store.now() - at >= every,
        None => true,
    })
}

/// Takes one, tries it, and removes those that are too many.
pub(crate) async fn one(app: &App) -> Result<(PathBuf, Written)> {
    let dir = backup_dir(&app.config);
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
    let passphrase = app.config.backup.passphrase.as_deref();
    let ending = if passphrase.is_some() { "swbk" } else { "tar.gz" };
    let at = jiff::Timestamp::from_millisecond(app.store.now())?.strftime("%Y%m%dT%H%M%SZ");
    let path = dir.join(format!("{PREFIX}{at}.{ending}"));
    let key = key_text(&app.config, app.store.env())?;
    let written = write::write(&app.store, &key, &path, passphrase, &mut Progress::silent()).await?;
    if let Err(error) = attempt(&path, passphrase).await {
        // Kept under a name that nobody takes for a good one.
        std::fs::rename(&path, dir.join(format!("bad-{at}.{ending}")))?;
        return Err(error.context("the backup that was just taken cannot be restored"));
    }
    for old in list(&dir)?.into_iter().skip(app.config.backup.keep.max(1)) {
        std::fs::remove_file(&old.0).with_context(|| format!("cannot remove {}", old.0.display()))?;
    }
    Ok((path, written))
}

/// Restores a backup into an empty folder that is thrown away.
///
/// # Errors
/// What restoring it would say.
pub(crate) async fn attempt(path: &Path, passphrase: Option<&str>) -> Result<Totals> {
    let scratch = tempfile::tempdir().context("no folder for trying the backup")?;
    let backup = read::open(path, passphrase).await?;
    let db = Db::connect(&format!("sqlite:{}", scratch.path().join("trial.db").display()), 2).await?;
    db.migrate_to_version(backup.manifest.schema).await?;
    let files = scratch.path().join("files");
    std::fs::create_dir(&files)?;
    let store = Store::new(
        db.clone(),
        Blobs::new(db, folder(&files)?),
        Env::system(),
        Keys::new(vec![parse_key(&backup.key)?])?,
    );
    let outcome = read::restore(&store, backup, &mut Progress::silent()).await;
    store.db().close().await;
    outcome
}

/// The newest backup by the clock and when it was taken, in UTC milliseconds.
pub(crate) fn newest(config: &Config) -> Result<Option<(PathBuf, i64)>> {
    Ok(list(&backup_dir(config))?.into_iter().next())
}

fn backup_dir(config: &Config) -> PathBuf {
    config
        .backup
        .dir
        .clone()
        .unwrap_or_else(|| config.data.dir.join("backups"))
}

/// Ours, the newest first.
fn list(dir: &Path) -> Result<Vec<(PathBuf, i64)>> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", dir.display())),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let at = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_prefix(PREFIX)?.split_once('.'))
            .filter(|(_, ending)| matches!(*ending, "swbk" | "tar.gz"))
            .and_then(|(at, _)| jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", at).ok())
            .and_then(|at| at.to_zoned(jiff::tz::TimeZone::UTC).ok());
        if let Some(at) = at {
            found.push((path, at.timestamp().as_millisecond()));
        }
    }
    found.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
    Ok(found)
}
