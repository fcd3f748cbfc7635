//! `email inspect` and `email deliver`.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use channels::email::{mime, receive};
use clap::Subcommand;
use conversation::types::Channel;
use conversation::{Env, inboxes};
use serde_json::json;

use crate::app::open_store;
use crate::config::Config;

/// Reads and files mail.
#[derive(Debug, Subcommand)]
pub(super) enum EmailCommand {
    /// Prints what a raw mail says, as one JSON object; reads any bytes
    Inspect {
        /// The mail; `-` or nothing reads standard input
        file: Option<PathBuf>,
    },
    /// Files one raw mail, as an MTA's pipe would; exits 75 when it was not filed and should be tried again
    Deliver {
        /// The name, id or address of the inbox
        #[arg(long)]
        inbox: String,
        /// The mail; `-` or nothing reads standard input
        file: Option<PathBuf>,
    },
}

/// `EX_TEMPFAIL` of sysexits.h: an MTA keeps the mail and tries again.
const TRY_AGAIN: u8 = 75;

/// Says why a mail was not filed. Whatever it is (a database that is away or was brought up to date by a newer release, an inbox
/// with another name, settings with a slip of the pen), somebody will put it right here: any other code would send the customer's mail back.
pub(super) fn try_again(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: the mail was not filed and should be tried again: {error:#}");
    ExitCode::from(TRY_AGAIN)
}

pub(super) fn read(file: Option<&Path>) -> Result<Vec<u8>> {
    let mut raw = Vec::new();
    match file {
        Some(path) if path != Path::new("-") => {
            raw = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        }
        _ => {
            std::io::stdin()
                .lock()
                .read_to_end(&mut raw)
                .context("cannot read standard input")?;
        }
    }
    Ok(raw)
}

pub(super) fn inspect(file: Option<&Path>) -> Result<ExitCode> {
    println!("{}", mime::inspect(&read(file)?));
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn run(config: Config, command: EmailCommand) -> Result<ExitCode> {
    match command {
        EmailCommand::Inspect { file } => inspect(file.as_deref()),
        EmailCommand::Deliver { inbox, file } => {
            let raw = read(file.as_deref())?;
            let store = open_store(&config, Env::system()).await?;
            let found = match inboxes::find(store.db(), Channel::Email, &inbox).await {
                Ok(found) => found,
                Err(conversation::Error::NotFound) => {
                    let known: Vec<String> = inboxes::list(store.db())
                        .await?
                        .into_iter()
                        .filter(|inbox| inbox.channel == Channel::Email)
                        .map(|inbox| inbox.name)
                        .collect();
                    anyhow::bail!(
                        "there is no e-mail inbox `{inbox}`; {}",
                        if known.is_empty() {
                            "add one in the settings first".to_owned()
                        } else {
                            format!("there are: {}", known.join(", "))
                        }
                    );
                }
                Err(error) => return Err(error.into()),
            };
            let filed = receive::deliver(&store, &found.id, &raw).await?;
            println!(
                "{}",
                json!({ "outcome": filed.outcome, "conversation": filed.conversation, "message": filed.message, "matched_by": filed.matched_by })
            );
            Ok(ExitCode::SUCCESS)
        }
    }
}
