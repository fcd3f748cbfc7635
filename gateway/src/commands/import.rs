//! `switchboard import`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use conversation::types::Channel;
use conversation::{Env, Store};

use crate::app::open_store;
use crate::backup::progress::Progress;
use crate::config::Config;
use crate::imports::chatwoot::Chatwoot;
use crate::imports::filing::{self, Desk, Options};
use crate::imports::freescout::FreeScout;
use crate::imports::zammad::Zammad;
use crate::imports::{Report, Target, mails};

/// Brings what a business had before. Nothing is answered, no rule, bot or web hook starts; what came once does
/// not come again, so that a broken import is simply called again.
#[derive(Debug, Subcommand)]
pub(super) enum ImportCommand {
    /// Mails of mbox files
    Mbox(Files),
    /// Mails of Maildir folders, with the folders inside
    Maildir(Files),
    /// People, conversations and files of a Chatwoot account, by its API
    Chatwoot {
        #[command(flatten)]
        desk: DeskArgs,
        /// The account's number, where the token has several
        #[arg(long)]
        account: Option<u64>,
    },
    /// People, tickets and files of a Zammad, by its API
    Zammad {
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// People, conversations and files of a FreeScout, by the API of its "API & Webhooks" module
    Freescout {
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// Everything of another Switchboard, from the folder of `export`, into an empty installation
    Switchboard {
        /// The folder
        folder: PathBuf,
    },
}

/// What mails come from where.
#[derive(Debug, Args)]
pub(super) struct Files {
    /// The files or folders
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The e-mail inbox that they belong to: its name, id or address
    #[arg(long)]
    inbox: String,
    /// A further address of the business: mails from it are answers; can be repeated
    #[arg(long, value_name = "ADDRESS")]
    own: Vec<String>,
    /// From the beginning, also what was read before
    #[arg(long)]
    anew: bool,
    #[command(flatten)]
    common: Common,
}

/// Which desk.
#[derive(Debug, Args)]
pub(super) struct DeskArgs {
    /// The address of the desk, such as https://desk.example.com
    #[arg(long)]
    url: String,
    /// The API token of an administrator; better in the environment than on the command line
    #[arg(long, env = "SWITCHBOARD_IMPORT_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// A file whose first line is the token
    #[arg(long)]
    token_file: Option<PathBuf>,
    /// The inbox that the conversations belong to: its name, id or address
    #[arg(long)]
    inbox: String,
    /// Conversations come as resolved, whatever they are there
    #[arg(long)]
    resolved: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Common {
    /// Looks and counts, and writes nothing
    #[arg(long)]
    dry_run: bool,
    /// Writes the report into this file, too, as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

impl DeskArgs {
    fn token(&self) -> Result<String> {
        match (&self.token_file, &self.token) {
            (Some(path), _) => {
                let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
                Ok(text.lines().next().unwrap_or_default().trim().to_owned())
            }
            (None, Some(token)) => Ok(token.clone()),
            (None, None) => {
                bail!("a token is needed: --token-file FILE, or SWITCHBOARD_IMPORT_TOKEN in the environment")
            }
        }
    }
}

pub(super) async fn run(config: Config, command: ImportCommand) -> Result<ExitCode> {
    if let ImportCommand::Switchboard { folder } = &command {
        return super::export::read(config, folder).await;
    }
    let store = open_store(&config, Env::system()).await?;
    match command {
        ImportCommand::Mbox(files) | ImportCommand::Maildir(files) => {
            let target = Target::find(&store, &files.inbox, Some(Channel::Email)).await?;
            for path in &files.paths {
                let wanted = mails::Wanted {
                    path,
                    own: &files.own,
                    is_dry: files.common.dry_run,
                    is_anew: files.anew,
                };
                let unit = if path.is_dir() { "mails" } else { "KB" };
                let mut progress = Progress::new("import", unit, 0);
                println!("{}", path.display());
                let report = mails::import(&store, &target, &wanted, &mut progress).await?;
                tell(&report, &files.common)?;
            }
        }
        ImportCommand::Chatwoot { desk: args, account } => {
            let desk = Desk::Chatwoot(Chatwoot::new(&args.url, &args.token()?, account).await?);
            desk_import(&store, desk, &args).await?;
        }
        ImportCommand::Zammad { desk: args } => {
            let desk = Desk::Zammad(Zammad::new(&args.url, &args.token()?)?);
            desk_import(&store, desk, &args).await?;
        }
        ImportCommand::Freescout { desk: args } => {
            let desk = Desk::FreeScout(FreeScout::new(&args.url, &args.token()?)?);
            desk_import(&store, desk, &args).await?;
        }
        // It is read before any database is opened.
        ImportCommand::Switchboard { .. } => {}
    }
    store.db().close().await;
    Ok(ExitCode::SUCCESS)
}

async fn desk_import(store: &Store, mut desk: Desk, args: &DeskArgs) -> Result<()> {
    let target = Target::find(store, &args.inbox, None).await?;
    let options = Options {
        is_dry: args.common.dry_run,
        is_resolved: args.resolved,
    };
    let mut progress = Progress::new("import", "conversations", 0);
    let report = filing::import(store, &target, &mut desk, options, &mut progress).await?;
    tell(&report, &args.common)
}

fn tell(report: &Report, common: &Common) -> Result<()> {
    print!("{report}");
    if let Some(path) = &common.report {
        let text = serde_json::to_string_pretty(report)?;
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
