//! `set-up-link`, `agent add`, `agent link` and `token create`.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Subcommand;
use conversation::Env;
use conversation::types::{Actor, Language, Role, UnknownValue};

use crate::app::open_store;
use crate::config::Config;
use crate::first_run;
use crate::people::{agents, links, tokens};

/// Manages the people of the business.
#[derive(Debug, Subcommand)]
pub(super) enum AgentCommand {
    /// Adds a person and prints the link by which they choose a password
    Add {
        /// Their e-mail address
        email: String,
        /// What they may do: administrator, agent or supervisor
        #[arg(long, default_value = "agent", value_parser = role)]
        role: Role,
        /// Their name
        #[arg(long, default_value = "")]
        name: String,
    },
    /// Prints a new link by which somebody who is known already chooses a password
    Link {
        /// Their e-mail address
        email: String,
    },
}

/// Manages tokens of the JSON API.
#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Makes a token and prints it; it cannot be shown again
    Create {
        /// What it may do: administrator, agent or supervisor
        #[arg(long, value_parser = role)]
        role: Role,
        /// What it is for
        #[arg(long, default_value = "command line")]
        name: String,
    },
}

fn role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|error: UnknownValue| error.to_string())
}

pub(super) async fn set_up_link(config: Config) -> Result<ExitCode> {
    let store = open_store(&config, Env::system()).await?;
    let link = first_run::set_up_link(&store, &config.public_url()).await?;
    println!(
        "{}",
        link.context(
            "there is an administrator already; `switchboard agent link EMAIL` prints a link for somebody who is known"
        )?
    );
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn run_agent(config: Config, command: AgentCommand) -> Result<ExitCode> {
    let store = open_store(&config, Env::system()).await?;
    match command {
        AgentCommand::Add { email, role, name } => {
            let new = agents::NewAgent {
                email,
                name,
                role,
                language: Language::En,
            };
            let agent = agents::create(&store, &Actor::System, new).await?;
            let secret = links::create(&store, &Actor::System, Some(&agent.id)).await?;
            give(&agent.email, &links::url(&config.public_url(), &secret));
        }
        AgentCommand::Link { email } => {
            let known = agents::by_email(store.db(), email.trim()).await?;
            let agent =
                known.with_context(|| format!("nobody here has the address {email}; add them with `agent add`"))?;
            let secret = links::create(&store, &Actor::System, Some(&agent.id)).await?;
            give(&agent.email, &links::url(&config.public_url(), &secret));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a link, with what it is for beside it: a script reads the link alone.
fn give(email: &str, link: &str) {
    let days = links::LASTS / (24 * 60 * 60 * 1000);
    eprintln!("Give this link to {email}: it works once, for {days} days, and lets them choose a password.");
    println!("{link}");
}

pub(super) async fn run_token(config: Config, command: TokenCommand) -> Result<ExitCode> {
    let store = open_store(&config, Env::system()).await?;
    match command {
        TokenCommand::Create { role, name } => {
            let (_, token) = tokens::create(&store, &Actor::System, &name, role).await?;
            eprintln!(
                "It is shown this once. Programs send it as `Authorization: Bearer …`; what they can ask stands under /api/v1/openapi.json. Settings, API tokens takes it back."
            );
            println!("{token}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
