//! What the program is linked with.

use std::env::var;
use std::process::Command;

/// Since this version the C library's loader reads addresses that are packed.
const SINCE: (u32, u32) = (2, 36);

/// The program holds some 160,000 addresses that are set as it starts, in 4 MB of tables which the
/// loader reads whole. Packed they are a tenth of that, where they are built and run by a C library
/// that knows them.
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is_this_machines = var("TARGET").ok() == var("HOST").ok();
    let is_glibc = var("CARGO_CFG_TARGET_ENV").is_ok_and(|name| name == "gnu")
        && var("CARGO_CFG_TARGET_ARCH").is_ok_and(|name| name == "x86_64");
    if is_this_machines && is_glibc && library().is_some_and(|version| version >= SINCE) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of this machine's C library, as in `glibc 2.36`.
fn library() -> Option<(u32, u32)> {
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let (major, minor) = said.split_whitespace().nth(1)?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
