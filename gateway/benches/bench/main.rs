//! `make bench`: how fast and how large Switchboard is on this machine.
//!
//! Every figure stands beside its floor: the least that the same machine needs for the bare
//! operation, measured in the same run (a machine's speed differs from hour to hour; the ratio
//! hardly does). Every measured operation is checked afterwards, so that a measurement of nothing
//! fails.

mod agents;
mod bare;
mod billing;
mod cpu;
mod customers;
mod help;
mod hook;
mod hostile;
mod import;
mod ingest;
mod knowledge;
mod lists;
mod machines;
mod mail;
mod memory;
mod parse;
mod processes;
mod recovery;
mod report;
mod reports;
mod setup;
mod sizes;
mod soak;
mod widgets;

use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;
use report::Report;

/// What to measure.
#[derive(Debug, Parser)]
#[command(name = "bench", about = "Measures this build on this machine")]
struct Arguments {
    /// Also writes the figures to this file, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// Only this part; may be repeated
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// How many conversations the inbox is measured at, ten messages each
    #[arg(long, default_value_t = 20_000)]
    size: i64,
    /// How many conversations the reports are measured at
    #[arg(long, default_value_t = 1_000_000)]
    report_size: i64,
    /// How long the soak lasts, in minutes
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// So many times the usual traffic in the soak: what grows with every message grows sooner
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=50))]
    times: u32,
    /// Also writes what the soak saw over time to this file, as a table in Markdown
    #[arg(long)]
    table: Option<PathBuf>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Messages a second into the stream
    Ingest,
    /// From web hook to the agent's event
    Hook,
    /// CPU time for each e-mail
    Mail,
    /// Reading mail, nothing stored
    Parse,
    /// What hostile mail and articles cost
    Hostile,
    /// First import of a large mailbox
    Import,
    /// Search and answers
    Knowledge,
    /// Pages and search of the help centre
    Help,
    /// Memory of a server that nobody uses
    Memory,
    /// Memory of open widgets
    Widgets,
    /// Memory of agents at work
    Agents,
    /// The inbox over many conversations
    Lists,
    /// The portal of a customer with years of invoices
    Billing,
    /// The portal of a company with many machines
    Machines,
    /// Reports and the live board over many conversations
    Reports,
    /// One, two and four processes
    Processes,
    /// Time to recover after each kind of fault
    Recovery,
    /// Memory over time under steady traffic; only when asked for
    Soak,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut report = Report::default();
    let began = Instant::now();
    runtime.block_on(async {
        let wants = |part: Part| arguments.only.is_empty() || arguments.only.contains(&part);
        // Memory first: it waits, and nothing else should be warm then.
        if wants(Part::Memory) {
            memory::measure(&mut report).await?;
        }
        if wants(Part::Widgets) {
            widgets::measure(&mut report).await?;
        }
        if wants(Part::Agents) {
            agents::measure(&mut report).await?;
        }
        if wants(Part::Ingest) {
            ingest::measure(&mut report).await?;
        }
        if wants(Part::Hook) {
            hook::measure(&mut report).await?;
        }
        if wants(Part::Parse) {
            parse::measure(&mut report)?;
        }
        if wants(Part::Hostile) {
            hostile::measure(&mut report);
        }
        if wants(Part::Lists) {
            lists::measure(&mut report, arguments.size.max(2_000)).await?;
        }
        if wants(Part::Billing) {
            billing::measure(&mut report).await?;
        }
        if wants(Part::Machines) {
            machines::measure(&mut report).await?;
        }
        if wants(Part::Reports) {
            reports::measure(&mut report, arguments.report_size.max(20_000)).await?;
        }
        if wants(Part::Mail) {
            mail::measure(&mut report).await?;
        }
        if wants(Part::Import) {
            import::measure(&mut report).await?;
        }
        if wants(Part::Knowledge) {
            knowledge::measure(&mut report).await?;
        }
        if wants(Part::Help) {
            help::measure(&mut report).await?;
        }
        if wants(Part::Processes) {
            processes::measure(&mut report).await?;
        }
        if wants(Part::Recovery) {
            recovery::measure(&mut report).await?;
        }
        if arguments.only.contains(&Part::Soak) {
            let (minutes, times) = (arguments.minutes, arguments.times);
            soak::measure(&mut report, minutes, times, arguments.table.as_deref()).await?;
        }
        anyhow::Ok(())
    })?;
    report.print(began.elapsed());
    if let Some(path) = &arguments.json {
        report.write_json(path)?;
    }
    Ok(())
}
