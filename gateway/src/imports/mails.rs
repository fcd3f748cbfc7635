//! Mails from files: each becomes a message of the conversation that its references say.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use channels::email::receive;
use conversation::Store;
use conversation::blobs::Prepared;
use conversation::inbound::{IdentityClaim, InboundMessage};
use conversation::ingest::Outcome;
use conversation::ingest::past::{self, By, Past, Writer};
use conversation::types::IdentityKind;

use super::mbox::{Found, Mbox};
use super::{Report, Target, maildir};
use crate::backup::progress::Progress;

/// Mails that share a commit.
const BATCH: usize = 64;
/// Bytes of mails that are held at once, roughly.
const HELD: usize = 16 * 1024 * 1024;

/// What is to be read.
pub(crate) struct Wanted<'a> {
    /// The mbox file or Maildir folder.
    pub(crate) path: &'a Path,
    /// Addresses of the business beside the inbox's and the agents'.
    pub(crate) own: &'a [String],
    /// Only look.
    pub(crate) is_dry: bool,
    /// From the beginning, whatever was read before.
    pub(crate) is_anew: bool,
}

/// Files every mail of a file or folder.
///
/// # Errors
/// When it cannot be read, is neither of the two, or the database refuses; calling it again goes on.
pub(crate) async fn import(
    store: &Store,
    target: &Target,
    wanted: &Wanted<'_>,
    progress: &mut Progress,
) -> Result<Report> {
    let path = wanted.path;
    let about = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut filing = Filing {
        store,
        target,
        own: own(target, wanted.own),
        batch: Vec::new(),
        raw: Vec::new(),
        held: 0,
        report: Report {
            is_dry: wanted.is_dry,
            ..Report::default()
        },
    };
    if about.is_dir() {
        if !maildir::is_maildir(path) {
            bail!(
                "{} is no Maildir: there is no folder `cur` in it; give the folder that holds `cur` and `new`",
                path.display()
            );
        }
        let files = maildir::files(path).with_context(|| format!("cannot read {}", path.display()))?;
        progress.expect(files.len() as u64);
        folder(&mut filing, &files, progress).await?;
    } else {
        file(&mut filing, wanted, about.len(), progress).await?;
    }
    progress.finish();
    Ok(filing.report)
}

fn own(target: &Target, further: &[String]) -> HashSet<String> {
    let further = further.iter().map(|address| address.trim().to_lowercase());
    target
        .agents
        .keys()
        .cloned()
        .chain(further)
        .chain([target.inbox.address.to_lowercase()])
        .filter(|address| !address.is_empty())
        .collect()
}

async fn folder(filing: &mut Filing<'_>, files: &[PathBuf], progress: &mut Progress) -> Result<()> {
    for path in files {
        match std::fs::read(path) {
            Ok(raw) => filing.take(&raw).await?,
            Err(error) => filing
                .report
                .leave_out(&format!("cannot be read ({})", error.kind()), path.display()),
        }
        progress.add(1);
        filing.file_if_full().await?;
    }
    filing.file().await
}

async fn file(filing: &mut Filing<'_>, wanted: &Wanted<'_>, length: u64, progress: &mut Progress) -> Result<()> {
    let path = wanted.path;
    let name = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let source = format!("mbox:{}:{}", filing.target.inbox.id, name.display());
    let reached = past::known(filing.store.db(), &source, "place", "").await?;
    let reached: u64 = reached.and_then(|text| text.parse().ok()).unwrap_or(0);
    // A file that is shorter than before is another one.
    let mut begin = if wanted.is_anew || reached > length { 0 } else { reached };
    let mut opened = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    opened.seek(SeekFrom::Start(begin))?;
    let mut mbox = Mbox::new(BufReader::with_capacity(256 * 1024, opened), begin);
    progress.expect(length.div_ceil(1024));
    progress.add(begin / 1024);
    while let Some(found) = mbox.next().with_context(|| format!("cannot read {}", path.display()))? {
        match found {
            Found::Mail(raw) => filing.take(&raw).await?,
            Found::TooLong => filing.report.leave_out("longer than 100 MB", format!("byte {begin}")),
            Found::NoMbox if begin == 0 => {
                bail!(
                    "{} is no mbox file: it does not begin with a line `From …`",
                    path.display()
                );
            }
            Found::NoMbox => filing.report.leave_out("no mail", format!("byte {begin}")),
        }
        progress.add((mbox.place() / 1024).saturating_sub(begin / 1024));
        begin = mbox.place();
        if filing.file_if_full().await? {
            remember(filing, &source, begin).await?;
        }
    }
    filing.file().await?;
    remember(filing, &source, begin).await
}

/// How far the file was read, so that a broken import goes on there. What comes twice all the same is known.
async fn remember(filing: &Filing<'_>, source: &str, place: u64) -> Result<()> {
    if filing.report.is_dry {
        return Ok(());
    }
    let mut tx = filing.store.begin().await?;
    past::remember_in(&mut tx, source, "place", "", &place.to_string()).await?;
    tx.commit_silently().await?;
    Ok(())
}

struct Filing<'a> {
    store: &'a Store,
    target: &'a Target,
    own: HashSet<String>,
    batch: Vec<Past>,
    raw: Vec<Prepared>,
    held: usize,
    report: Report,
}

impl Filing<'_> {
    async fn take(&mut self, raw: &[u8]) -> Result<()> {
        if raw.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        if self.report.is_dry {
            self.report.messages += 1;
            return Ok(());
        }
        let (message, prepared) = receive::read_prepared(self.store, &self.target.inbox.id, raw).await?;
        self.held += raw.len();
        let past = self.past(message);
        if past.message.from.identities.is_empty() {
            self.report
                .leave_out("nobody is named as sender or recipient", &past.message.external_id);
            return Ok(());
        }
        self.raw.push(prepared);
        self.batch.push(past);
        Ok(())
    }

    /// Whose mail it is: what the business sent belongs to whom it was sent to.
    fn past(&mut self, mut message: InboundMessage) -> Past {
        let sender = message.from.identities.first().map(|claim| claim.value.to_lowercase());
        let by = match sender {
            Some(sender) if self.own.contains(&sender) => {
                let agent = self.target.agents.get(&sender).cloned();
                let name = message.from.name.take().filter(|name| !name.trim().is_empty());
                let customer = message.recipients.iter().find(|address| !self.own.contains(*address));
                message.from.identities = customer
                    .map(|address| IdentityClaim {
                        kind: IdentityKind::Email,
                        value: address.to_lowercase(),
                        verified: true,
                    })
                    .into_iter()
                    .collect();
                message.from.address = None;
                if agent.is_none() && sender != self.target.inbox.address.to_lowercase() {
                    self.report.strangers.insert(sender.clone());
                }
                By::Business(Writer {
                    agent,
                    name: name.unwrap_or(sender),
                })
            }
            _ => By::Customer,
        };
        Past { message, by }
    }

    async fn file_if_full(&mut self) -> Result<bool> {
        let is_full = self.batch.len() >= BATCH || self.held >= HELD;
        if is_full {
            self.file().await?;
        }
        Ok(is_full)
    }

    async fn file(&mut self) -> Result<()> {
        let filed = past::mails(self.store, &self.batch, &self.raw)
            .await
            .context("the mails could not be filed; call it again, it goes on where it stopped")?;
        for (past, filed) in self.batch.iter().zip(&filed) {
            match filed.outcome {
                Outcome::Created => self.report.conversations += 1,
                Outcome::Duplicate | Outcome::Passed => self.report.messages_known += 1,
                Outcome::Quarantined => self.report.quarantined += 1,
                Outcome::Appended => {}
            }
            if matches!(filed.outcome, Outcome::Created | Outcome::Appended) {
                self.report.messages += 1;
                self.report.files += past.message.attachments.len();
            }
        }
        self.batch.clear();
        self.raw.clear();
        self.held = 0;
        Ok(())
    }
}
