//! Backups by the clock: taken, tried by restoring them into an empty folder, and only then counted.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use conversation::blobs::{Blobs, folder};
use conversation::db::Db;
use conversation::keys::Keys;
use conversation::{Env, Store, leases};
use tokio_util::sync::CancellationToken;

use super::place::{Place, clear, name_at, scratch_in};
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

/// Takes a backup whenever one is due.
pub(crate) async fn run(app: &App, stop: CancellationToken) -> Result<()> {
    while !stop.is_cancelled() {
        // Where it cannot even be seen whether one is due (a bucket that refuses, a folder that is none), none is taken.
        let is_due = is_due(app).await.map_err(failed)?;
        if is_due && leases::hold(&app.store, "backup", &app.process, LEASE).await?.is_some() {
            let outcome = one(app).await;
            leases::release(&app.store, "backup", &app.process).await?;
            match outcome {
                Ok((file, written)) => {
                    last_taken(app.store.now());
                    tracing::info!(
                        file,
                        bytes = written.size,
                        rows = written.totals.rows(),
                        "a backup was taken and tried"
                    );
                }
                Err(error) => return Err(failed(error)),
            }
        }
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(LOOK) => {} }
    }
    Ok(())
}

fn failed(error: anyhow::Error) -> anyhow::Error {
    metrics::counter!("backup_failures_total").increment(1);
    error.context("no backup could be taken")
}

fn last_taken(at: i64) {
    metrics::gauge!("backup_last_success_timestamp_seconds").set((at / 1000) as f64);
}

async fn is_due(app: &App) -> Result<bool> {
    let every = i64::from(app.config.backup.every_hours) * HOUR;
    let place = Place::by_the_clock(&app.config)?;
    if every == 0 && matches!(place, Place::Bucket { .. }) {
        return Ok(false);
    }
    // One from tomorrow was taken while the clock was wrong.
    let soon = app.store.now() + HOUR;
    Ok(match place.list().await?.iter().find(|(_, at)| *at < soon) {
        Some((_, at)) => {
            last_taken(*at);
            every > 0 && app.store.now() - at >= every
        }
        None => every > 0,
    })
}

/// Takes one, tries it, and removes those that are too many.
pub(crate) async fn one(app: &App) -> Result<(String, Written)> {
    clear(&app.config.data.dir, app.store.now());
    let place = Place::by_the_clock(&app.config)?;
    if let Place::Folder(dir) = &place {
        std::fs::create_dir_all(dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
    }
    let passphrase = app.config.backup.passphrase.as_deref();
    let name = name_at(app.store.now(), passphrase.is_some())?;
    let local = place.begin(&name).await?;
    let key = key_text(&app.config, app.store.env())?;
    let written = write::write(&app.store, &key, local.path(), passphrase, &mut Progress::silent()).await?;
    if let Err(error) = attempt(local.path(), passphrase, &app.config.data.dir).await {
        if let Place::Folder(dir) = &place {
            // Kept under a name that nobody takes for a good one.
            std::fs::rename(local.path(), dir.join(format!("bad-{name}")))?;
        }
        return Err(error.context("the backup that was just taken cannot be restored"));
    }
    place.keep(&local, &name).await?;
    for (old, _) in place.list().await?.into_iter().skip(app.config.backup.keep.max(1)) {
        place.remove(&old).await?;
    }
    Ok((place.label(&name), written))
}

/// Restores a backup into an empty folder that is thrown away. It lies in `room`, where the data are: the system's folder for
/// temporary files is often memory.
///
/// # Errors
/// What restoring it would say.
pub(crate) async fn attempt(path: &Path, passphrase: Option<&str>, room: &Path) -> Result<Totals> {
    let scratch = scratch_in(room).context("no folder for trying the backup")?;
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

/// Whether backups by the clock find a folder that takes them; a bucket is asked when the newest is looked for.
///
/// # Errors
/// Names the folder.
pub(crate) fn can_be_written(config: &Config) -> Result<()> {
    if let Place::Folder(dir) = Place::by_the_clock(config)? {
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
        tempfile::tempfile_in(&dir).with_context(|| format!("cannot write into {}", dir.display()))?;
    }
    Ok(())
}

/// The newest backup by the clock, as a person calls it, and when it was taken, in UTC milliseconds.
pub(crate) async fn newest(config: &Config) -> Result<Option<(String, i64)>> {
    let place = Place::by_the_clock(config)?;
    let newest = place.list().await?.into_iter().next();
    Ok(newest.map(|(name, at)| (place.label(&name), at)))
}
