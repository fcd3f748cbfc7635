//! A provider of OpenID Connect (npm's `oidc-provider`, a certified one), on loopback.

use std::path::Path;

use anyhow::Context as _;

use super::process::{Launch, Process, WorkDir};
use super::{Port, program};

/// The client that it knows.
pub const CLIENT: &str = "switchboard";
/// And its secret.
pub const SECRET: &str = "a-secret-of-the-test";

/// One provider. Whatever is typed as login is the person and their address; a login that begins with
/// `boss` is in the group `desk-admins`, one that begins with `guest` in none, everybody else in `desk`;
/// the address of one that begins with `unchecked` was not checked.
#[derive(Debug)]
pub struct Oidc {
    port: Port,
    _process: Process,
    _folder: WorkDir,
}

impl Oidc {
    /// Starts one that leads back to this address.
    ///
    /// # Errors
    /// [`Missing`](super::Missing) without Node; else what went wrong.
    pub async fn start(redirect: &str) -> anyhow::Result<Oidc> {
        let node = program("node", &[], "nodejs")?;
        let npm = program("npm", &[], "npm")?;
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("oidc");
        let folder = WorkDir::new("oidc")?;
        for name in ["package.json", "package-lock.json", "provider.mjs"] {
            folder.write(name, std::fs::read(source.join(name))?)?;
        }
        let installed = source.join("node_modules");
        if installed.is_dir() {
            std::os::unix::fs::symlink(&installed, folder.path().join("node_modules"))?;
        } else {
            let done = tokio::process::Command::new(npm)
                .args(["ci", "--no-audit", "--no-fund"])
                .current_dir(folder.path())
                .output()
                .await?;
            anyhow::ensure!(
                done.status.success(),
                "npm ci: {}",
                String::from_utf8_lossy(&done.stderr)
            );
        }
        let port = Port::reserve()?;
        let mut process = Process::start(Launch {
            program: &node,
            arguments: vec![
                "provider.mjs".to_owned(),
                port.number().to_string(),
                redirect.to_owned(),
            ],
            folder: folder.path(),
            log: folder.path().join("log"),
            environment: vec![("NODE_NO_WARNINGS".to_owned(), "1".to_owned())],
            account: None,
            last_signal: "TERM",
        })?;
        let url = format!("http://{}/.well-known/openid-configuration", port.address());
        let http = super::http();
        process
            .ready("the provider", async || http.get(&url).send().await.ok().map(|_| ()))
            .await
            .context("oidc-provider")?;
        Ok(Oidc {
            port,
            _process: process,
            _folder: folder,
        })
    }

    /// Its address.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("http://{}", self.port.address())
    }
}
