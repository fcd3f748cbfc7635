//! What happens where a service is not installed, and how its program is found.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A program that the harness needs and this machine does not have.
#[derive(Debug)]
pub struct Missing {
    /// The program looked for.
    pub program: String,
    /// The Debian package that has it.
    pub package: &'static str,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "{} is not installed (apt-get install {})",
            self.program, self.package
        )
    }
}

impl std::error::Error for Missing {}

/// What a skipped test returns.
pub trait Skip {
    /// The value of a test that did not run.
    fn skip() -> Self;
}

impl Skip for () {
    fn skip() -> Self {}
}

impl<E> Skip for Result<(), E> {
    fn skip() -> Self {
        Ok(())
    }
}

/// Unwraps a started service; a missing program ends the test with a loud line on a laptop and
/// fails it where `CI=true`. Any other failure fails the test.
#[macro_export]
macro_rules! need {
    ($service:expr) => {
        match $service {
            Ok(service) => service,
            Err(error) => {
                $crate::harness::missing_or_panic(error.into());
                return $crate::harness::Skip::skip();
            }
        }
    };
}

/// Returns only when `error` is a [`Missing`] program on a machine that is not CI.
///
/// # Panics
/// On any other error, and where `CI=true`.
pub fn missing_or_panic(error: anyhow::Error) {
    let ci = std::env::var("CI").is_ok_and(|value| value == "true" || value == "1");
    match error.downcast_ref::<Missing>() {
        Some(missing) if !ci => {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            // Not eprintln!: the test runner would swallow it, and the test would look as if it ran.
            let _ = writeln!(
                std::io::stderr(),
                "\n*** SKIPPED {test}: {missing}; `make test` installs it ***"
            );
        }
        _ => panic!("{error:#}"),
    }
}

/// The path of a program: `PATH` first, then `folders`, which may name `/usr/sbin` and the like.
///
/// # Errors
/// [`Missing`] when it is nowhere.
pub fn program(name: &str, folders: &[&str], package: &'static str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(folders.iter().map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|candidate| is_program(candidate))
        .ok_or_else(|| {
            Missing {
                program: name.to_owned(),
                package,
            }
            .into()
        })
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
