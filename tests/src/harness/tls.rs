//! A certificate authority of our own, and one certificate for 127.0.0.1 and localhost.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use anyhow::Context as _;
use base64::Engine as _;

use super::process::WorkDir;
use super::program;

/// The files that a TLS server and its clients need.
#[derive(Debug)]
pub struct Certificate {
    folder: WorkDir,
}

impl Certificate {
    /// The authority's certificate (PEM): what a client has to trust.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The server's certificate (PEM), for `127.0.0.1`, `localhost` and `mail.example.test`.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// The server's key (PEM).
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }
}

/// The certificate of this test process; made when first asked for.
///
/// # Errors
/// [`Missing`](super::Missing) when `openssl` is not installed.
pub async fn certificate() -> anyhow::Result<&'static Certificate> {
    static SHARED: tokio::sync::OnceCell<Certificate> = tokio::sync::OnceCell::const_new();
    SHARED.get_or_try_init(make).await
}

/// A certificate that signed itself, with these extensions (lines of `x509v3_config`), valid for so many days: for
/// fewer than none where it is over.
///
/// # Errors
/// As [`certificate`].
pub async fn own_certificate(extensions: &str, days: i32) -> anyhow::Result<Certificate> {
    let openssl = program("openssl", &["/usr/bin"], "openssl")?;
    let folder = WorkDir::new("own")?;
    folder.write("ext", format!("{extensions}\n"))?;
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for arguments in [
        format!("req {key} -keyout key.pem -out cert.csr -subj /CN=mail.casa-verde.example"),
        format!("x509 -req -in cert.csr -signkey key.pem -days {days} -extfile ext -out cert.pem"),
    ] {
        run(&openssl, folder.path(), &arguments).await?;
    }
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder.path().join("key.pem"), std::fs::Permissions::from_mode(0o644))?;
    Ok(Certificate { folder })
}

async fn make() -> anyhow::Result<Certificate> {
    let openssl = program("openssl", &["/usr/bin"], "openssl")?;
    let folder = WorkDir::new("tls")?;
    folder.write(
        "ext",
        "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:mail.example.test\nbasicConstraints=CA:FALSE\n",
    )?;
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for arguments in [
        format!("req -x509 {key} -keyout ca.key -out ca.pem -days 30 -subj /CN=harness"),
        format!("req {key} -keyout key.pem -out cert.csr -subj /CN=localhost"),
        "x509 -req -in cert.csr -CA ca.pem -CAkey ca.key -set_serial 1 -days 30 -extfile ext -out cert.pem".to_owned(),
    ] {
        run(&openssl, folder.path(), &arguments).await?;
    }
    // The servers read it as another account; it protects nothing.
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder.path().join("key.pem"), std::fs::Permissions::from_mode(0o644))?;
    Ok(Certificate { folder })
}

async fn run(openssl: &Path, folder: &Path, arguments: &str) -> anyhow::Result<()> {
    let output = tokio::process::Command::new(openssl)
        .args(arguments.split(' '))
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .await
        .context("openssl")?;
    anyhow::ensure!(
        output.status.success(),
        "openssl {arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// A TLS client that trusts the harness's authority and nobody else.
///
/// # Errors
/// As [`certificate`].
pub async fn client_config() -> anyhow::Result<Arc<rustls::ClientConfig>> {
    let pem = std::fs::read_to_string(certificate().await?.authority())?;
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::engine::general_purpose::STANDARD
        .decode(body)
        .context("ca.pem")?;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(der.into())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
