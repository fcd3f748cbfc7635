//! `webhooks verify`: for whoever receives web hooks and does not get their signature to fit.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Subcommand;
use conversation::{Env, Store};

use super::{email, standing};
use crate::app::open_store;
use crate::config::Config;
use crate::webhooks::verify::{self, Found, Known, Received};

#[derive(Debug, Subcommand)]
pub(super) enum WebhooksCommand {
    /// Says whether a signature fits, and if not, why: wrong secret, altered body, too old. Exits 1 when it does not
    Verify {
        /// The body as it was received; `-` or nothing reads standard input
        body: Option<PathBuf>,
        /// A header of the request: `webhook-id: …`, `webhook-timestamp: …`, `webhook-signature: …`
        #[arg(long = "header", short = 'H', value_name = "NAME: VALUE")]
        header: Vec<String>,
        /// A file with the headers, one a line
        #[arg(long, value_name = "FILE")]
        headers: Option<PathBuf>,
        /// The receiver's secret (`whsec_…`); without one, those of this installation are tried
        #[arg(long, env = "SWITCHBOARD_WEBHOOK_SECRET", hide_env_values = true)]
        secret: Option<String>,
        /// A file with the receiver's secret
        #[arg(long, value_name = "FILE", conflicts_with = "secret")]
        secret_file: Option<PathBuf>,
        /// When it was received [default: now], such as 2026-11-22T21:00:00Z
        #[arg(long, value_name = "TIME")]
        at: Option<jiff::Timestamp>,
        /// How far the time that was signed may be from that, in seconds
        #[arg(long, value_name = "SECONDS", default_value_t = 300)]
        tolerance: i64,
    },
}

pub(super) async fn run(config: Option<&Path>, command: &WebhooksCommand) -> Result<ExitCode> {
    let WebhooksCommand::Verify {
        body,
        header,
        headers,
        secret,
        secret_file,
        at,
        tolerance,
    } = command;
    let secret = match secret_file {
        Some(path) => Some(std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?),
        None => secret.clone(),
    };
    let secret = secret.as_deref().map(str::trim).filter(|secret| !secret.is_empty());
    let mut lines = header.clone();
    if let Some(path) = headers {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        lines.extend(text.lines().map(str::to_owned));
    }
    let named = by_name(&lines);
    let of = |name: &str| named.get(name).map_or("", String::as_str);
    let body = email::read(body.as_deref())?;
    let received = Received {
        id: of("webhook-id"),
        timestamp: of("webhook-timestamp"),
        signature: of("webhook-signature"),
        body: &body,
    };
    let known = match known(config).await {
        Ok(known) => known,
        // The receiver's secret is enough for most of it.
        Err(_) if secret.is_some() => Vec::new(),
        Err(error) => return Err(error.context("without --secret the web hooks of this installation are tried")),
    };
    anyhow::ensure!(
        secret.is_some() || !known.is_empty(),
        "this installation has no web hooks; give the secret: --secret, --secret-file or SWITCHBOARD_WEBHOOK_SECRET"
    );
    let now = at.map_or_else(|| Env::system().now() / 1000, jiff::Timestamp::as_second);
    let found = verify::look(received, secret, &known, now, *tolerance);
    if matches!(found, Found::Good(_)) {
        println!("{found}");
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{found}");
    Ok(ExitCode::FAILURE)
}

fn by_name(lines: &[String]) -> HashMap<String, String> {
    lines
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect()
}

/// The web hooks of this installation; none where there is no installation.
async fn known(config: Option<&Path>) -> Result<Vec<Known>> {
    let config = Config::load(standing::settings(config)?.as_deref())?;
    standing::is_there(&config)?;
    standing::is_ours(&config)?;
    let store: Store = open_store(&config, Env::system()).await?;
    let mut known = Vec::new();
    for hook in crate::webhooks::list(store.db()).await? {
        known.push(Known {
            secret: crate::webhooks::secret(&store, &hook.id).await?,
            name: hook.name,
        });
    }
    Ok(known)
}
