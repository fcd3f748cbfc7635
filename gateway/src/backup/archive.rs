//! The archive as a file: entries in, entries out, each side on a thread of its own.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use conversation::Env;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::seal::{MAGIC, Opener, Sealer};

/// No entry that we write is larger; one that claims to be is not ours.
const LARGEST: u64 = 1 << 30;
/// Entries on their way between the threads.
const AHEAD: usize = 4;

/// A named piece of the archive.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its path in the archive.
    pub(crate) name: String,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// Where the archive goes, sealed or not.
enum Out {
    Plain(BufWriter<File>),
    Sealed(Box<Sealer<BufWriter<File>>>),
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Out::Plain(out) => out.write(bytes),
            Out::Sealed(out) => out.write(bytes),
        }
    }
    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Out::Plain(out) => out.flush(),
            Out::Sealed(out) => out.flush(),
        }
    }
}

/// An archive that is being written: under another name until it is whole.
pub(crate) struct Writer {
    entries: mpsc::Sender<Entry>,
    done: JoinHandle<Result<u64>>,
}

impl Writer {
    /// Begins the file `path`, readable only by its owner.
    ///
    /// # Errors
    /// When it exists already or cannot be written.
    pub(crate) fn create(path: &Path, passphrase: Option<&str>, env: &Env, at: i64) -> Result<Writer> {
        use std::os::unix::fs::OpenOptionsExt;
        if path.exists() {
            bail!("{} exists already; choose another name or remove it", path.display());
        }
        let part = PathBuf::from(format!("{}.part", path.display()));
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)
            .with_context(|| format!("cannot write {}", part.display()))?;
        let out = BufWriter::with_capacity(256 * 1024, file);
        let out = match passphrase {
            None => Out::Plain(out),
            Some(passphrase) => Out::Sealed(Box::new(Sealer::new(out, passphrase, env)?)),
        };
        let (entries, waiting) = mpsc::channel(AHEAD);
        let path = path.to_owned();
        let done = tokio::task::spawn_blocking(move || {
            let written = write(out, waiting, at).and_then(|size| {
                std::fs::rename(&part, &path).with_context(|| format!("cannot write {}", path.display()))?;
                Ok(size)
            });
            if written.is_err() {
                // What was begun is of no use to anybody; that it cannot be removed is no further trouble.
                let _ = std::fs::remove_file(&part);
            }
            written
        });
        Ok(Writer { entries, done })
    }

    /// Adds an entry.
    pub(crate) async fn add(&mut self, name: impl Into<String>, bytes: Vec<u8>) -> Result<()> {
        let entry = Entry {
            name: name.into(),
            bytes,
        };
        if self.entries.send(entry).await.is_err() {
            // The thread ended early: its outcome says why.
            return match (&mut self.done).await? {
                Err(error) => Err(error),
                Ok(_) => bail!("the backup ended before its last entry"),
            };
        }
        Ok(())
    }

    /// Closes the file; returns its size in bytes.
    pub(crate) async fn finish(self) -> Result<u64> {
        drop(self.entries);
        self.done.await?
    }
}

fn write(out: Out, mut entries: mpsc::Receiver<Entry>, at: i64) -> Result<u64> {
    let mut tar = tar::Builder::new(GzEncoder::new(out, Compression::new(4)));
    let mut is_whole = false;
    while let Some(entry) = entries.blocking_recv() {
        is_whole = entry.name == super::TOTALS;
        let mut header = tar::Header::new_gnu();
        header.set_size(entry.bytes.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(at / 1000).unwrap_or_default());
        tar.append_data(&mut header, &entry.name, entry.bytes.as_slice())
            .context("the backup cannot be written")?;
    }
    if !is_whole {
        bail!("the backup was broken off");
    }
    let out = tar.into_inner()?.finish()?;
    let buffered = match out {
        Out::Plain(out) => out,
        Out::Sealed(out) => out.finish()?,
    };
    let file = buffered
        .into_inner()
        .map_err(|error| error.into_error())
        .context("the backup cannot be written")?;
    file.sync_all().context("the backup cannot be written")?;
    Ok(file.metadata()?.len())
}

/// An archive that is being read.
pub(crate) struct Reader {
    entries: mpsc::Receiver<Entry>,
    done: Option<JoinHandle<Result<()>>>,
}

impl Reader {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be read, is no backup, or the passphrase is missing or wrong.
    pub(crate) async fn open(path: &Path, passphrase: Option<&str>) -> Result<Reader> {
        let (path, passphrase) = (path.to_owned(), passphrase.map(str::to_owned));
        let input = tokio::task::spawn_blocking(move || open(&path, passphrase.as_deref())).await??;
        let (sender, entries) = mpsc::channel(AHEAD);
        let done = Some(tokio::task::spawn_blocking(move || read(input, &sender)));
        Ok(Reader { entries, done })
    }

    /// The next entry, in the order in which they were written.
    pub(crate) async fn next(&mut self) -> Result<Option<Entry>> {
        if let Some(entry) = self.entries.recv().await {
            return Ok(Some(entry));
        }
        if let Some(done) = self.done.take() {
            done.await??;
        }
        Ok(None)
    }
}

fn open(path: &Path, passphrase: Option<&str>) -> Result<Box<dyn Read + Send>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut input = BufReader::with_capacity(256 * 1024, file);
    let mut head = [0u8; MAGIC.len()];
    input
        .read_exact(&mut head)
        .with_context(|| format!("{} is not a backup of Switchboard", path.display()))?;
    if &head == MAGIC {
        let Some(passphrase) = passphrase else {
            bail!(
                "{} is encrypted; give its passphrase with --passphrase-file FILE or SWITCHBOARD__BACKUP__PASSPHRASE",
                path.display()
            );
        };
        return Ok(Box::new(Opener::new(input, passphrase)?));
    }
    // The first two bytes of gzip, RFC 1952.
    if head[..2] != [0x1f, 0x8b] {
        bail!("{} is not a backup of Switchboard", path.display());
    }
    Ok(Box::new(std::io::Cursor::new(head).chain(input)))
}

fn read(input: Box<dyn Read + Send>, entries: &mpsc::Sender<Entry>) -> Result<()> {
    let damaged = "the backup is damaged or cut";
    let mut tar = tar::Archive::new(GzDecoder::new(input));
    for entry in tar.entries().context(damaged)? {
        let mut entry = entry.context(damaged)?;
        let name = String::from_utf8(entry.path_bytes().into_owned()).context(damaged)?;
        let size = entry.size();
        if size > LARGEST {
            bail!("{name} in the backup is larger than anything that Switchboard writes");
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).context(damaged)?;
        if bytes.len() as u64 != size {
            bail!("{damaged}: {name} is incomplete");
        }
        if entries.blocking_send(Entry { name, bytes }).is_err() {
            // Whoever reads has seen enough.
            return Ok(());
        }
    }
    Ok(())
}
