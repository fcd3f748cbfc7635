//! `switchboard`: see `gateway` for what it is made of.

use std::process::ExitCode;

fn main() -> ExitCode {
    gateway::commands::run()
}
