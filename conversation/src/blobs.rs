//! Bytes, named by their SHA-256. Small ones are rows, written in the same commit as the message
//! that needs them; larger ones go to the object store (a folder, S3) before that commit.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
pub use object_store::ObjectStore;
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload, RetryConfig};
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use crate::db::{Db, On, Value, insert_rows_counted, sql};
use crate::env::Env;
use crate::error::{Error, Result};
use crate::inbound::BlobRef;
use crate::store::Tx;

/// Up to this many bytes live in the row: one web hook or one short mail.
pub const INLINE_BYTES: usize = 16 * 1024;

/// How long a request to a bucket is tried again. Whoever waits for it (a mail server, a web hook's sender) tries
/// again by itself.
const S3_PATIENCE: Duration = Duration::from_secs(10);

/// Where bytes are kept.
#[derive(Clone, Debug)]
pub struct Blobs {
    db: Db,
    objects: Arc<dyn ObjectStore>,
    queue: Arc<Queue>,
}

/// Rows that wait for the commit in progress; the next one takes them all.
#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Vec<Waiting>>,
    turn: AsyncMutex<()>,
}

#[derive(Debug)]
struct Waiting {
    sha256: String,
    row: Vec<Value>,
    answer: oneshot::Sender<Result<(), String>>,
}

/// The most rows that share a commit.
const MOST: usize = 256;

const INSERT: &str = "INSERT INTO blobs (sha256, size, data, created_at) VALUES";
/// Stored again, bytes are young again: nobody deletes them before somebody names them.
const ON_CONFLICT: &str =
    "ON CONFLICT (sha256) DO UPDATE SET created_at = excluded.created_at WHERE blobs.condemned_at IS NULL";

/// Bytes that a commit can take along.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Their name, once they are stored.
    pub blob: BlobRef,
    row: Vec<Value>,
}

/// Writes the rows of prepared bytes as part of a transaction.
pub(crate) async fn put_in(tx: &mut Tx, prepared: &[Prepared]) -> Result<()> {
    if prepared.is_empty() {
        return Ok(());
    }
    // In one order, so that two processes that store the same bytes cannot wait for each other; and
    // one statement must not meet a row twice.
    let mut sorted: Vec<&Prepared> = prepared.iter().collect();
    sorted.sort_by(|one, other| one.blob.sha256.cmp(&other.blob.sha256));
    sorted.dedup_by(|one, other| one.blob.sha256 == other.blob.sha256);
    let rows = sorted.into_iter().map(|prepared| prepared.row.clone()).collect();
    store_rows(&mut *tx, rows).await
}

/// Writes rows, each of other bytes.
async fn store_rows(on: impl On, rows: Vec<Vec<Value>>) -> Result<()> {
    let count = rows.len() as u64;
    if insert_rows_counted(on, INSERT, ON_CONFLICT, rows).await? == count {
        Ok(())
    } else {
        Err(being_deleted())
    }
}

/// The same bytes are being deleted at this moment: storing them a moment later is safe.
fn being_deleted() -> Error {
    Error::Database(sqlx::Error::Protocol(
        "the same bytes are being deleted at this moment; try again".to_owned(),
    ))
}

impl Blobs {
    /// Rows of `db`, and `objects` for what is larger.
    pub fn new(db: Db, objects: Arc<dyn ObjectStore>) -> Blobs {
        Blobs {
            db,
            objects,
            queue: Arc::default(),
        }
    }

    /// Stores bytes for good. Storing the same bytes again does nothing.
    ///
    /// # Errors
    /// When the object store or the database refuses (disk full): nothing may be acknowledged then.
    pub async fn put(&self, env: &Env, bytes: &[u8]) -> Result<BlobRef> {
        let Prepared { blob, row } = self.prepare(env, bytes).await?;
        self.write(blob.sha256.clone(), row).await?;
        Ok(blob)
    }

    /// Makes everything ready for a commit of the caller's that writes the row: see
    /// [`crate::ingest::ingest_raw`]. Nothing is stored for good before.
    ///
    /// # Errors
    /// As [`Blobs::put`].
    pub async fn prepare(&self, env: &Env, bytes: &[u8]) -> Result<Prepared> {
        let sha256 = hex::encode(Sha256::digest(bytes));
        let size = i64::try_from(bytes.len()).map_err(|_| Error::Invalid("file too large".to_owned()))?;
        let inline = if bytes.len() <= INLINE_BYTES {
            Some(bytes.to_vec())
        } else {
            let path = object_path(&sha256);
            // Young again before it is relied upon: see `cleanup::bytes`.
            let is_kept = self.touch(env, &sha256).await?;
            match self.objects.head(&path).await {
                Ok(meta) if is_kept && meta.size == bytes.len() as u64 => {}
                _ => {
                    self.objects
                        .put(&path, PutPayload::from_bytes(Bytes::copy_from_slice(bytes)))
                        .await?;
                }
            }
            None
        };
        let row = vec![sha256.as_str().into(), size.into(), inline.into(), env.now().into()];
        let blob = BlobRef { sha256, size };
        Ok(Prepared { blob, row })
    }

    /// Makes a row young again; `false` when there is none.
    async fn touch(&self, env: &Env, sha256: &str) -> Result<bool> {
        let known: Option<(Option<i64>,)> = sql("SELECT condemned_at FROM blobs WHERE sha256 = $1")
            .bind(sha256)
            .optional(&self.db)
            .await?;
        if known.is_none() {
            return Ok(false);
        }
        let mut tx = self.db.begin().await?;
        let touched = sql("UPDATE blobs SET created_at = $2 WHERE sha256 = $1 AND condemned_at IS NULL")
            .bind(sha256)
            .bind(env.now())
            .run(&mut tx)
            .await?;
        tx.commit().await?;
        if touched == 0 { Err(being_deleted()) } else { Ok(true) }
    }

    /// Deletes what the object store has of these bytes; that there is nothing is no error.
    pub(crate) async fn delete_object(&self, sha256: &str) -> Result<()> {
        match self.objects.delete(&object_path(sha256)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Commits a row, together with those that others want to write at the same moment.
    async fn write(&self, sha256: String, row: Vec<Value>) -> Result<()> {
        let lost = || Error::Database(sqlx::Error::WorkerCrashed);
        let (answer, mut answered) = oneshot::channel();
        self.queue
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Waiting { sha256, row, answer });
        loop {
            // Whoever gets the turn writes everything that waits; the others find their answer given.
            let turn = tokio::select! {
                biased;
                answer = &mut answered => {
                    return answer.map_err(|_| lost())?.map_err(|words| Error::Database(sqlx::Error::Protocol(words)));
                }
                turn = self.queue.turn.lock() => turn,
            };
            match answered.try_recv() {
                Ok(answer) => return answer.map_err(|words| Error::Database(sqlx::Error::Protocol(words))),
                Err(oneshot::error::TryRecvError::Closed) => return Err(lost()),
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            // A task of its own: a caller that goes away must not take the others' rows with it.
            let outcome = tokio::spawn(self.clone().write_waiting()).await;
            drop(turn);
            outcome.map_err(|_| lost())?;
        }
    }

    async fn write_waiting(self) {
        let mut waiting: Vec<Waiting> = {
            let mut waiting = self.queue.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let most = waiting.len().min(MOST);
            waiting.drain(..most).collect()
        };
        // In one order, so that two processes that store the same bytes cannot wait for each other.
        waiting.sort_by(|one, other| one.sha256.cmp(&other.sha256));
        let mut rows = Vec::with_capacity(waiting.len());
        let mut answers = Vec::with_capacity(waiting.len());
        let mut last = String::new();
        for one in waiting {
            // One statement must not meet a row twice.
            if one.sha256 != last {
                rows.push(one.row);
                last = one.sha256;
            }
            answers.push(one.answer);
        }
        let written = async {
            let mut tx = self.db.begin().await?;
            store_rows(&mut tx, rows).await?;
            tx.commit().await
        };
        let outcome = written.await.map_err(|error| error.to_string());
        for answer in answers {
            // A caller that went away does not want its answer; its bytes are stored all the same.
            let _ = answer.send(outcome.clone());
        }
    }

    /// Reads bytes back.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nothing of that name was stored, [`Error::Corrupt`] when it was and
    /// is gone.
    pub async fn get(&self, sha256: &str) -> Result<Bytes> {
        let row: Option<(Option<Vec<u8>>,)> = sql("SELECT data FROM blobs WHERE sha256 = $1")
            .bind(sha256)
            .optional(&self.db)
            .await?;
        match row {
            None => Err(Error::NotFound),
            Some((Some(bytes),)) => Ok(bytes.into()),
            Some((None,)) => match self.objects.get(&object_path(sha256)).await {
                Ok(object) => Ok(object.bytes().await?),
                Err(object_store::Error::NotFound { .. }) => Err(Error::corrupt(
                    "object store",
                    format!("the file {sha256} is not there any more"),
                )),
                Err(error) => Err(error.into()),
            },
        }
    }

    /// Puts back the bytes of a row that is restored by other means.
    ///
    /// # Errors
    /// When the bytes are not those of that name.
    pub async fn put_object(&self, sha256: &str, bytes: Vec<u8>) -> Result<()> {
        if hex::encode(Sha256::digest(&bytes)) != sha256 {
            return Err(Error::corrupt(
                "file",
                format!("the bytes of {sha256} are not what they were"),
            ));
        }
        self.objects
            .put(&object_path(sha256), PutPayload::from_bytes(bytes.into()))
            .await?;
        Ok(())
    }

    /// Writes and reads back a few bytes, for `doctor` and readiness. They stay and are always the same: several
    /// processes may ask at once.
    pub async fn check(&self) -> Result<()> {
        let path = Path::from("check");
        self.objects.put(&path, PutPayload::from_static(b"switchboard")).await?;
        let back = self.objects.get(&path).await?.bytes().await?;
        if back.as_ref() == b"switchboard" {
            Ok(())
        } else {
            Err(Error::corrupt("object store", "what was written did not come back"))
        }
    }
}

fn object_path(sha256: &str) -> Path {
    // Two levels, so that no folder holds millions of files.
    let (head, rest) = sha256.split_at(2.min(sha256.len()));
    let (next, _) = rest.split_at(2.min(rest.len()));
    Path::from(format!("blobs/{head}/{next}/{sha256}"))
}

/// Objects in a folder.
pub fn folder(dir: &std::path::Path) -> Result<Arc<dyn ObjectStore>> {
    Ok(Arc::new(object_store::local::LocalFileSystem::new_with_prefix(dir)?))
}

/// Objects in an S3 bucket, or in anything that speaks its protocol.
pub fn s3(
    bucket: &str,
    region: Option<&str>,
    endpoint: Option<&str>,
    key: Option<&str>,
    secret: Option<&str>,
) -> Result<Arc<dyn ObjectStore>> {
    let retry = RetryConfig {
        max_retries: 3,
        retry_timeout: S3_PATIENCE,
        ..RetryConfig::default()
    };
    let mut builder = object_store::aws::AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .with_retry(retry);
    if let Some(region) = region {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = endpoint {
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"));
    }
    if let (Some(key), Some(secret)) = (key, secret) {
        builder = builder.with_access_key_id(key).with_secret_access_key(secret);
    }
    Ok(Arc::new(builder.build()?))
}
