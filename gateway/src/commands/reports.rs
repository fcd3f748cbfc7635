//! `reports rebuild`.

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;
use conversation::{Env, reports};

use crate::app::open_store;
use crate::config::Config;

/// The figures of the reports.
#[derive(Debug, Subcommand)]
pub(super) enum ReportsCommand {
    /// Throws the figures away and counts them anew from what is stored; safe while everything runs
    Rebuild,
}

pub(super) async fn run(config: Config, command: ReportsCommand) -> Result<ExitCode> {
    let store = open_store(&config, Env::system()).await?;
    let zone = config.zone();
    zone.follow(&store).await?;
    let zone = zone.now();
    match command {
        ReportsCommand::Rebuild => {
            let began = std::time::Instant::now();
            reports::rebuild(&store, zone).await?;
            let mut seen = 0;
            loop {
                let done = reports::step(&store, zone).await?;
                let before = seen;
                seen += done.conversations;
                if seen / 100_000 > before / 100_000 {
                    println!("{seen} conversations");
                }
                if !done.is_behind {
                    break;
                }
            }
            println!(
                "the figures are counted: {seen} conversations in {:.1} s",
                began.elapsed().as_secs_f64()
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}
