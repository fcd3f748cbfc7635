//! What a server that nobody uses holds.

use std::time::Duration;

use anyhow::Context as _;
use tests::harness::App;

use crate::cpu::status;
use crate::report::{Aim, Report};

const PART: &str = "memory of `switchboard serve`";
const MB: f64 = 1_000_000.0;

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let app = App::new()?.start().await?;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let pid = app.pid().context("it does not run")?;
    // The least a process holds: one that does nothing.
    let mut least = tokio::process::Command::new("sleep")
        .arg("60")
        .kill_on_drop(true)
        .spawn()?;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let least_pid = least.id().context("sleep does not run")?;
    let idle = "10 s after the start, without data";
    report.add(
        PART,
        format!("{idle}: resident"),
        status(pid, "VmRSS")? / MB,
        "MB",
        Some(status(least_pid, "VmRSS")? / MB),
        Some(Aim::Below(60.0)),
    );
    report.add(
        PART,
        format!("{idle}: anonymous"),
        status(pid, "RssAnon")? / MB,
        "MB",
        Some(status(least_pid, "RssAnon")? / MB),
        None,
    );
    least.kill().await?;
    Ok(())
}
