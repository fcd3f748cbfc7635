//! The commands of `switchboard`. Each prints what to do next when something is wrong.

mod agent;
mod backup;
mod configuration;
mod desk;
mod doctor;
mod email;
mod export;
mod import;
mod kb;
mod reports;
pub(crate) mod serve;
mod standing;
mod webhooks;
pub(crate) mod words;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use conversation::Env;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use self::words::words_of;
use crate::app::open_store;
use crate::config::Config;

/// A messaging-first support gateway: e-mail, WhatsApp, web chat and portal in one inbox.
#[derive(Debug, Parser)]
#[command(
    name = "switchboard",
    version,
    after_help = "Begin with `switchboard serve` and open the link that it prints. When something is wrong, `switchboard doctor` says what to do next."
)]
struct Cli {
    /// The configuration file [default: switchboard.toml in this folder, else /etc/switchboard/switchboard.toml]
    #[arg(long, global = true, env = "SWITCHBOARD_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts the gateway. With nothing configured: http://127.0.0.1:8080, data in ./data
    Serve {
        /// What this process does: web, mail, workers
        #[arg(long, value_delimiter = ',', default_value = "web,mail,workers")]
        roles: Vec<serve::ProcessRole>,
    },
    /// Shows it alive: a sample business with simulated customers, in a temporary folder
    Demo {
        /// Where it listens
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: std::net::SocketAddr,
        /// Seconds between two customers
        #[arg(long, default_value_t = 6)]
        pace: u64,
    },
    /// Brings the database schema up to date
    Migrate,
    /// Writes database, files and key to one file, while everything runs
    Backup {
        #[command(flatten)]
        to: backup::BackupFile,
        /// Restores it into an empty folder afterwards, to be sure
        #[arg(long)]
        verify: bool,
    },
    /// Puts a backup back, into an empty data folder or database
    Restore {
        #[command(flatten)]
        from: backup::BackupFile,
    },
    /// Moves from SQLite to PostgreSQL; broken off, it goes on when called again
    MigrateTo {
        /// The empty database: postgres://USER:PASSWORD@HOST/DATABASE
        #[arg(long, value_name = "URL")]
        database: String,
    },
    /// Writes everything into a folder: JSON lines per kind and the files, without secrets
    Export {
        /// The folder; it must not exist, or be empty
        folder: PathBuf,
    },
    /// Writes the documentation into a folder, as a site that any web server can show
    Manual {
        /// The folder; it must not exist, or be empty
        folder: PathBuf,
    },
    /// Brings mailboxes and the history of other desks: mbox, maildir, chatwoot, zammad, freescout
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Tells of the settings
    #[command(subcommand)]
    Config(configuration::ConfigCommand),
    /// Checks configuration, database, Redis, files, mailboxes and channels, and says what to do
    Doctor,
    /// Reads and files mail
    #[command(subcommand)]
    Email(email::EmailCommand),
    /// Fills, asks and measures the knowledge base
    #[command(subcommand)]
    Kb(kb::KbCommand),
    /// Counts the figures of the reports
    #[command(subcommand)]
    Reports(reports::ReportsCommand),
    /// Prints a new link to set up the first administrator, as a start does
    SetUpLink,
    /// Manages the people of the business
    #[command(subcommand)]
    Agent(agent::AgentCommand),
    /// Manages tokens of the JSON API
    #[command(subcommand)]
    Token(agent::TokenCommand),
    /// Says whether a web hook that somebody received is ours, and what is wrong where it does not fit
    #[command(subcommand)]
    Webhooks(webhooks::WebhooksCommand),
}

/// Runs what the command line asks for.
pub fn run() -> ExitCode {
    // Every TLS connection uses ring; without this line the first one panics.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("a TLS provider was installed twice");
    }
    let cli = Cli::parse();
    if matches!(cli.command, Command::Serve { .. } | Command::Demo { .. }) {
        // Before anything is opened: it begins anew.
        crate::kept_memory::keep_little();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(async {
        let outcome = dispatch(cli).await;
        crate::traces::stop().await;
        outcome
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", words_of(&error));
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> Result<ExitCode> {
    let is_delivery = matches!(cli.command, Command::Email(email::EmailCommand::Deliver { .. }));
    match obey(cli).await {
        Err(error) if is_delivery => Ok(email::try_again(&error)),
        done => done,
    }
}

async fn obey(cli: Cli) -> Result<ExitCode> {
    // Reading a mail needs neither settings nor data.
    if let Command::Email(email::EmailCommand::Inspect { file }) = &cli.command {
        return email::inspect(file.as_deref());
    }
    // An evaluation needs no data.
    if let Command::Kb(kb::KbCommand::Eval(wanted)) = &cli.command {
        return kb::evaluate(&Config::load(cli.config.as_deref())?, wanted);
    }
    // The reference is of the program, not of this installation.
    if let Command::Config(command) = &cli.command {
        return configuration::run(command);
    }
    // Whoever receives web hooks may have no installation at hand.
    if let Command::Webhooks(command) = &cli.command {
        return webhooks::run(cli.config.as_deref(), command).await;
    }
    let file = match &cli.command {
        Command::Demo { .. } | Command::Manual { .. } => cli.config,
        _ => standing::settings(cli.config.as_deref())?,
    };
    let config = Config::load(file.as_deref()).map_err(|error| {
        let from = file.as_deref().unwrap_or(Path::new("switchboard.toml"));
        anyhow::anyhow!(
            "{} (read from {} and the SWITCHBOARD__… variables; `switchboard config reference` prints every setting)",
            words_of(&error),
            from.display()
        )
    })?;
    start_log(&config)?;
    match &cli.command {
        Command::Backup { .. } | Command::Export { .. } => standing::is_there(&config)?,
        Command::MigrateTo { .. } => {
            standing::is_there(&config)?;
            standing::is_ours(&config)?;
        }
        Command::Serve { .. }
        | Command::Restore { .. }
        | Command::Import(_)
        | Command::Email(_)
        | Command::Kb(_)
        | Command::Migrate => standing::is_ours(&config)?,
        _ => {}
    }
    match cli.command {
        Command::Serve { roles } => serve::serve(config, &roles).await,
        Command::Migrate => {
            let store = open_store(&config, Env::system()).await?;
            println!("the schema of this {} database is up to date", store.db().engine());
            Ok(ExitCode::SUCCESS)
        }
        Command::Demo { listen, pace } => crate::demo::run(listen, std::time::Duration::from_secs(pace.max(1))).await,
        Command::Reports(command) => reports::run(config, command).await,
        Command::SetUpLink => agent::set_up_link(config).await,
        Command::Agent(command) => agent::run_agent(config, command).await,
        Command::Token(command) => agent::run_token(config, command).await,
        Command::Backup { to, verify } => backup::backup(config, to, verify).await,
        Command::Restore { from } => backup::restore(config, from).await,
        Command::MigrateTo { database } => backup::move_to(config, &database).await,
        Command::Export { folder } => export::write(config, &folder).await,
        Command::Manual { folder } => {
            let pages = crate::manual::write(&folder, Env::system().now())?;
            println!("{pages} pages; begin with {}", folder.join("index.html").display());
            Ok(ExitCode::SUCCESS)
        }
        Command::Import(command) => import::run(config, command).await,
        Command::Config(command) => configuration::run(&command),
        Command::Webhooks(command) => webhooks::run(file.as_deref(), &command).await,
        Command::Doctor => doctor::doctor(config).await,
        Command::Email(command) => email::run(config, command).await,
        Command::Kb(command) => kb::run(config, command).await,
    }
}

fn start_log(config: &Config) -> Result<()> {
    // Spans made for a collector are no log lines, and neither is that a table of the migrations is there already.
    let filter = EnvFilter::try_new(format!(
        "{},sqlx::postgres::notice=warn,{}=off",
        config.log.level,
        crate::traces::TARGET
    ))
    .with_context(|| format!("log.level: `{}` is not a filter", config.log.level))?;
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let lines = match config.log.format.as_str() {
        "text" => lines.with_target(false).boxed(),
        "json" => lines.json().boxed(),
        other => anyhow::bail!("log.format: `{other}` is neither text nor json"),
    };
    let started = tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(crate::traces::layer(&config.traces)?)
        .try_init();
    started.map_err(|error| anyhow::anyhow!("logging cannot be set up: {error}"))
}
