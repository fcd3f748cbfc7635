//! Where backups lie: in a folder, or in a bucket, written `s3://BUCKET/FOLDER`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, bail};
use conversation::blobs::{self, ObjectStore};
use futures::TryStreamExt as _;
use object_store::ObjectStoreExt as _;
use object_store::buffered::BufWriter;
use tempfile::TempDir;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use crate::config::{Config, Files};

const PREFIX: &str = "switchboard-";
const SCHEME: &str = "s3://";

/// A folder, here or in a bucket.
pub(crate) enum Place {
    /// Of this machine.
    Folder(PathBuf),
    /// Of a bucket, reached as the files' bucket is.
    Bucket {
        objects: Arc<dyn ObjectStore>,
        /// `s3://BUCKET`, for people.
        name: String,
        folder: object_store::path::Path,
        /// Where a backup is written and tried before it goes there.
        scratch: PathBuf,
    },
}

/// The file of one backup on this machine: its place, or a copy that is gone with this.
pub(crate) struct Local {
    path: PathBuf,
    _scratch: Option<TempDir>,
}

impl Local {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Place {
    /// The place that `dir` names.
    ///
    /// # Errors
    /// When it names a bucket that cannot be.
    pub(crate) fn of(config: &Config, dir: &Path) -> Result<Place> {
        let Some(rest) = dir.to_str().and_then(|dir| dir.strip_prefix(SCHEME)) else {
            return Ok(Place::Folder(dir.to_owned()));
        };
        let (bucket, folder) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            bail!("`{}` names no bucket; write s3://BUCKET/FOLDER", dir.display());
        }
        Ok(Place::Bucket {
            objects: bucket_of(&config.files, bucket)?,
            name: format!("{SCHEME}{bucket}"),
            folder: object_store::path::Path::parse(folder.trim_matches('/'))
                .with_context(|| format!("`{folder}` cannot be a folder of a bucket"))?,
            scratch: config.data.dir.clone(),
        })
    }

    /// The place and the name of a single backup.
    ///
    /// # Errors
    /// As [`Place::of`]; and when no file is named.
    pub(crate) fn of_file(config: &Config, file: &Path) -> Result<(Place, String)> {
        let name = file.file_name().and_then(|name| name.to_str());
        let name = name.with_context(|| format!("`{}` names no file", file.display()))?;
        let dir = file.parent().unwrap_or(Path::new(""));
        if file.to_str().is_some_and(|file| file.starts_with(SCHEME)) && dir == Path::new("s3:") {
            bail!(
                "`{}` names a bucket but no file; write s3://BUCKET/FILE",
                file.display()
            );
        }
        Ok((Place::of(config, dir)?, name.to_owned()))
    }

    /// The place of backups by the clock.
    ///
    /// # Errors
    /// As [`Place::of`].
    pub(crate) fn by_the_clock(config: &Config) -> Result<Place> {
        match &config.backup.dir {
            Some(dir) => Place::of(config, dir),
            None => Ok(Place::Folder(config.data.dir.join("backups"))),
        }
    }

    /// What a person calls it.
    pub(crate) fn label(&self, file: &str) -> String {
        match self {
            Place::Folder(dir) => dir.join(file).display().to_string(),
            Place::Bucket { name, .. } => format!("{name}/{}", self.key(file)),
        }
    }

    fn key(&self, file: &str) -> object_store::path::Path {
        match self {
            Place::Folder(_) => file.into(),
            Place::Bucket { folder, .. } => folder.clone().join(file),
        }
    }

    /// Where a new backup of that name is to be written.
    ///
    /// # Errors
    /// When there is one already, or the folder cannot be made.
    pub(crate) async fn begin(&self, file: &str) -> Result<Local> {
        match self {
            Place::Folder(dir) => Ok(Local {
                path: dir.join(file),
                _scratch: None,
            }),
            Place::Bucket { objects, .. } => {
                match objects.head(&self.key(file)).await {
                    Err(object_store::Error::NotFound { .. }) => {}
                    Ok(_) => bail!("{} exists already; choose another name or remove it", self.label(file)),
                    Err(error) => return Err(error).with_context(|| self.unreachable()),
                }
                self.scratch(file)
            }
        }
    }

    /// Keeps what was written and tried.
    ///
    /// # Errors
    /// When the bucket refuses; nothing is left there then.
    pub(crate) async fn keep(&self, local: &Local, file: &str) -> Result<()> {
        let Place::Bucket { objects, .. } = self else {
            return Ok(());
        };
        let mut from = File::open(&local.path).await?;
        let mut to = BufWriter::new(objects.clone(), self.key(file));
        let sent = async {
            tokio::io::copy(&mut from, &mut to).await?;
            to.shutdown().await
        };
        if let Err(error) = sent.await {
            // What was begun is of no use to anybody; that it cannot be removed is no further trouble.
            let _ = to.abort().await;
            return Err(error).with_context(|| self.unreachable());
        }
        Ok(())
    }

    /// A backup that lies here, as a file of this machine.
    ///
    /// # Errors
    /// When there is none of that name.
    pub(crate) async fn fetch(&self, file: &str) -> Result<Local> {
        let Place::Bucket { objects, .. } = self else {
            return self.begin(file).await;
        };
        let local = self.scratch(file)?;
        let mut bytes = match objects.get(&self.key(file)).await {
            Ok(found) => found.into_stream(),
            Err(object_store::Error::NotFound { .. }) => bail!("there is no {}", self.label(file)),
            Err(error) => return Err(error).with_context(|| self.unreachable()),
        };
        let mut to = File::create(&local.path).await?;
        while let Some(part) = bytes.try_next().await.with_context(|| self.unreachable())? {
            to.write_all(&part).await?;
        }
        to.flush().await?;
        Ok(local)
    }

    /// The backups by the clock that lie here, by name and the moment they were taken in UTC milliseconds, the
    /// newest first.
    ///
    /// # Errors
    /// When the folder or the bucket cannot be read.
    pub(crate) async fn list(&self) -> Result<Vec<(String, i64)>> {
        let mut found = match self {
            Place::Folder(dir) => match std::fs::read_dir(dir) {
                Ok(entries) => entries
                    .filter_map(|entry| dated(entry.ok()?.file_name().to_str()?))
                    .collect(),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
                Err(error) => return Err(error).with_context(|| format!("cannot read {}", dir.display())),
            },
            Place::Bucket { objects, folder, .. } => {
                let listed = objects.list_with_delimiter(Some(folder)).await;
                let listed = listed.with_context(|| self.unreachable())?;
                let names = listed.objects.iter();
                names
                    .filter_map(|object| dated(object.location.filename()?))
                    .collect::<Vec<_>>()
            }
        };
        found.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
        Ok(found)
    }

    /// Removes one.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub(crate) async fn remove(&self, file: &str) -> Result<()> {
        let removed = match self {
            Place::Folder(dir) => std::fs::remove_file(dir.join(file)).map_err(anyhow::Error::from),
            Place::Bucket { objects, .. } => objects.delete(&self.key(file)).await.map_err(anyhow::Error::from),
        };
        removed.with_context(|| format!("cannot remove {}", self.label(file)))
    }

    fn scratch(&self, file: &str) -> Result<Local> {
        let Place::Bucket { scratch, .. } = self else {
            bail!("a folder needs no copy");
        };
        std::fs::create_dir_all(scratch)?;
        let dir = scratch_in(scratch).context("no room for the backup before it goes into the bucket")?;
        Ok(Local {
            path: dir.path().join(file),
            _scratch: Some(dir),
        })
    }

    fn unreachable(&self) -> String {
        match self {
            Place::Folder(dir) => format!("cannot use {}", dir.display()),
            Place::Bucket { name, .. } => {
                format!(
                    "the bucket {name} cannot be used; check files.s3_endpoint, files.s3_region, files.s3_access_key_id and files.s3_secret_access_key"
                )
            }
        }
    }
}

/// How folders are called in which a backup is written or tried; they are gone afterwards, but where a process was killed.
const SCRATCH: &str = ".backup-";
/// How old one has to be to be nobody's any more, in milliseconds.
const ABANDONED: i64 = 24 * 3600 * 1000;

/// A folder that is gone when it is dropped.
///
/// # Errors
/// When it cannot be made.
pub(super) fn scratch_in(dir: &Path) -> std::io::Result<TempDir> {
    tempfile::Builder::new().prefix(SCRATCH).tempdir_in(dir)
}

/// Removes what processes left that were killed while they wrote or tried a backup.
pub(super) fn clear(dir: &Path, now: i64) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let is_scratch = entry.file_name().to_str().is_some_and(|name| name.starts_with(SCRATCH));
        let modified = entry.metadata().and_then(|about| about.modified());
        let at = modified.ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let is_old = at.is_some_and(|at| i128::from(now) - at.as_millis().cast_signed() > i128::from(ABANDONED));
        if is_scratch
            && is_old
            && let Err(error) = std::fs::remove_dir_all(entry.path())
        {
            tracing::warn!(%error, path = %entry.path().display(), "what a broken-off backup left cannot be removed");
        }
    }
}

/// The name of a backup by the clock that is taken at `at`, in UTC milliseconds.
pub(crate) fn name_at(at: i64, is_encrypted: bool) -> Result<String> {
    let ending = if is_encrypted { "swbk" } else { "tar.gz" };
    let at = jiff::Timestamp::from_millisecond(at)?.strftime("%Y%m%dT%H%M%SZ");
    Ok(format!("{PREFIX}{at}.{ending}"))
}

/// The name with its moment, when it is the name of one of ours.
fn dated(name: &str) -> Option<(String, i64)> {
    let (at, ending) = name.strip_prefix(PREFIX)?.split_once('.')?;
    if !matches!(ending, "swbk" | "tar.gz") {
        return None;
    }
    let at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", at).ok()?;
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some((name.to_owned(), at.timestamp().as_millisecond()))
}

/// A bucket, reached with the region, the endpoint and the key of `files`.
pub(crate) fn bucket_of(files: &Files, bucket: &str) -> Result<Arc<dyn ObjectStore>> {
    blobs::s3(
        bucket,
        files.s3_region.as_deref(),
        files.s3_endpoint.as_deref(),
        files.s3_access_key_id.as_deref(),
        files.s3_secret_access_key.as_deref(),
    )
    .with_context(|| format!("the bucket `{bucket}` cannot be used"))
}
