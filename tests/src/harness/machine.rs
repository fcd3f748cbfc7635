//! The clock and the disk of processes under test, which a test may set and fill while they run. What the programs
//! themselves know nothing of: a small library in front of the C library asks a page that the test writes.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;

use super::process::WorkDir;
use super::program;

/// A machine of one's own for processes that are started on it. Linux on 64 bits, with a C compiler.
#[derive(Debug)]
pub struct Machine {
    page: File,
    environment: [(String, String); 2],
    _folder: WorkDir,
}

impl Machine {
    /// One whose clock is right and whose disk has room.
    ///
    /// # Errors
    /// [`Missing`](super::Missing) without a C compiler.
    pub async fn new() -> anyhow::Result<Machine> {
        let library = library().await?;
        let folder = WorkDir::new("machine")?;
        let path = folder.write("page", [0; 16])?;
        let page = File::options().write(true).open(&path).context("the page")?;
        let environment = [
            ("LD_PRELOAD".to_owned(), library.display().to_string()),
            ("MACHINE".to_owned(), path.display().to_string()),
        ];
        Ok(Machine {
            page,
            environment,
            _folder: folder,
        })
    }

    /// What a process is to find in its environment.
    pub(super) fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// Sets the clock so many milliseconds ahead of the right time, or behind it; 0 sets it right.
    ///
    /// # Errors
    /// When the page cannot be written.
    pub fn set_clock(&self, ahead: i64) -> anyhow::Result<()> {
        Ok(self.page.write_all_at(&ahead.to_ne_bytes(), 0)?)
    }

    /// From now on no file grows, or they do again.
    ///
    /// # Errors
    /// When the page cannot be written.
    pub fn fill_disk(&self, is_full: bool) -> anyhow::Result<()> {
        Ok(self.page.write_all_at(&i64::from(is_full).to_ne_bytes(), 8)?)
    }
}

/// The library, built once for the whole test process.
async fn library() -> anyhow::Result<&'static Path> {
    static BUILT: tokio::sync::OnceCell<(PathBuf, WorkDir)> = tokio::sync::OnceCell::const_new();
    let built = BUILT.get_or_try_init(async || {
        let compiler = program("cc", &[], "gcc")?;
        let folder = WorkDir::new("library")?;
        let source = folder.write("machine.c", include_str!("machine.c"))?;
        let library = folder.path().join("libmachine.so");
        let output = tokio::process::Command::new(compiler)
            .args(["-std=gnu11", "-O1", "-shared", "-fPIC", "-o"])
            .arg(&library)
            .arg(source)
            .arg("-ldl")
            .stdin(Stdio::null())
            .output()
            .await?;
        anyhow::ensure!(
            output.status.success(),
            "cc: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        anyhow::Ok((library, folder))
    });
    Ok(&built.await?.0)
}
