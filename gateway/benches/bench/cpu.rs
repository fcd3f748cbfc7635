//! CPU time and memory of processes, from `/proc`.

use anyhow::Context as _;

/// Ticks a second of `/proc/PID/stat`; the same on every Linux that runs us.
const TICKS: f64 = 100.0;

/// Seconds of CPU that this process has used, in user and kernel, over all its threads.
pub(crate) fn own_seconds() -> anyhow::Result<f64> {
    seconds(std::process::id())
}

/// The same of another process.
pub(crate) fn seconds(pid: u32) -> anyhow::Result<f64> {
    let path = format!("/proc/{pid}/stat");
    let stat = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    // The command's name may hold anything; the fields begin behind its last bracket.
    let rest = stat.rsplit_once(") ").context("a stat without a name")?.1;
    let fields: Vec<&str> = rest.split(' ').collect();
    let ticks = |at: usize| -> anyhow::Result<f64> { Ok(fields.get(at).context("a short stat")?.parse()?) };
    Ok((ticks(11)? + ticks(12)?) / TICKS)
}

/// A line of `/proc/PID/status` that counts kB, in bytes.
pub(crate) fn status(pid: u32, name: &str) -> anyhow::Result<f64> {
    let path = format!("/proc/{pid}/status");
    let text = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    let kib: f64 = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':')?.trim().strip_suffix("kB"))
        .with_context(|| format!("{path} has no {name}"))?
        .trim()
        .parse()?;
    Ok(kib * 1024.0)
}
