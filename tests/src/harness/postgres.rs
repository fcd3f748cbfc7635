//! PostgreSQL: one cluster for the whole test process, one database for each test.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::process::{Account, Launch, Process, WorkDir, account, with_retry};
use super::{Machine, Missing, Port, program};

/// One cluster with its own server.
#[derive(Debug)]
pub struct Postgres {
    process: Option<Process>,
    port: Port,
    folder: WorkDir,
    bin: PathBuf,
    account: Account,
    durable: bool,
    databases: AtomicU32,
    environment: Vec<(String, String)>,
}

/// The cluster that the tests of this process share; made when first asked for.
///
/// # Errors
/// [`Missing`] when PostgreSQL is not installed; else what it wrote.
pub async fn postgres() -> anyhow::Result<&'static Postgres> {
    static SHARED: tokio::sync::OnceCell<Postgres> = tokio::sync::OnceCell::const_new();
    SHARED.get_or_try_init(Postgres::start).await
}

/// The URL of a new, empty database in the shared cluster.
///
/// # Errors
/// As [`postgres`].
pub async fn fresh_database() -> anyhow::Result<String> {
    postgres().await?.fresh_database().await
}

impl Postgres {
    /// A cluster of one's own, for tests that stop or kill it. It does not wait for the disk: it
    /// outlives a kill of its processes, not of the machine.
    ///
    /// # Errors
    /// [`Missing`] when PostgreSQL is not installed; else what it wrote.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(false, Vec::new()).await
    }

    /// The same on a machine whose disk the test has in its hands.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub async fn start_on(machine: &Machine) -> anyhow::Result<Self> {
        Self::start_with(false, machine.environment().to_vec()).await
    }

    /// A cluster that waits for the disk at every commit, as a production one does: for measuring.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub async fn start_durable() -> anyhow::Result<Self> {
        Self::start_with(true, Vec::new()).await
    }

    async fn start_with(durable: bool, environment: Vec<(String, String)>) -> anyhow::Result<Self> {
        let bin = bin()?;
        with_retry(async || {
            let account = account()?;
            let folder = WorkDir::new("pg")?;
            folder.give_to(&account)?;
            initdb(&bin, &folder, &account).await?;
            let mut postgres = Self {
                process: None,
                port: Port::reserve()?,
                folder,
                bin: bin.clone(),
                account,
                durable,
                databases: AtomicU32::new(0),
                environment: environment.clone(),
            };
            postgres.run().await?;
            Ok(postgres)
        })
        .await
    }

    /// A second server that copies this one and takes no writes until it is [`promote`](Self::promote)d. From now on
    /// a commit here waits until it stands there, too.
    ///
    /// # Errors
    /// When the copy cannot be made or does not start.
    pub async fn standby(&self) -> anyhow::Result<Self> {
        let folder = WorkDir::new("pg-standby")?;
        folder.give_to(&self.account)?;
        let (host, port) = ("127.0.0.1", self.port.number().to_string());
        let mut process = Process::start(Launch {
            program: &self.bin.join("pg_basebackup"),
            arguments: [
                "-h",
                host,
                "-p",
                &port,
                "-U",
                "switchboard",
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "-D",
                "data",
            ]
            .map(str::to_owned)
            .to_vec(),
            folder: folder.path(),
            log: folder.path().join("basebackup.log"),
            environment: Vec::new(),
            account: Some(&self.account),
            last_signal: "KILL",
        })?;
        process.wait(Duration::from_secs(60)).await?;
        let mut standby = Self {
            process: None,
            port: Port::reserve()?,
            folder,
            bin: self.bin.clone(),
            account: self.account.clone(),
            durable: self.durable,
            databases: AtomicU32::new(0),
            environment: self.environment.clone(),
        };
        standby.run().await?;
        self.say("ALTER SYSTEM SET synchronous_standby_names = '*'").await?;
        self.say("SELECT pg_reload_conf()").await?;
        Ok(standby)
    }

    /// Makes a standby the server that takes writes.
    ///
    /// # Errors
    /// When it is none.
    pub async fn promote(&self) -> anyhow::Result<()> {
        // It waits for nobody: the one it copied is gone.
        self.say("ALTER SYSTEM SET synchronous_standby_names = ''").await?;
        self.say("SELECT pg_promote()").await
    }

    /// Lets every transaction from now on be read-only, or not any more, as a server does that another one takes over
    /// from. Connections stay.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn read_only(&self, is_so: bool) -> anyhow::Result<()> {
        let flag = if is_so { "on" } else { "off" };
        self.say(&format!("ALTER SYSTEM SET default_transaction_read_only = {flag}"))
            .await?;
        self.say("SELECT pg_reload_conf()").await
    }

    async fn say(&self, statement: &str) -> anyhow::Result<()> {
        let mut admin = PgConnection::connect(&self.url("postgres")).await?;
        admin
            .execute(sqlx::AssertSqlSafe(statement.to_owned()))
            .await
            .with_context(|| statement.to_owned())?;
        admin.close().await?;
        Ok(())
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let sync = if self.durable { "on" } else { "off" };
        let settings = [
            format!("port={}", self.port.number()),
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            "max_connections=300".to_owned(),
            "shared_buffers=64MB".to_owned(),
            format!("fsync={sync}"),
            format!("full_page_writes={sync}"),
            "log_min_messages=warning".to_owned(),
        ];
        let mut arguments = vec!["-D".to_owned(), "data".to_owned()];
        arguments.extend(settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]));
        let mut process = Process::start(Launch {
            program: &self.bin.join("postgres"),
            arguments,
            folder: self.folder.path(),
            log: self.folder.path().join("log"),
            environment: self.environment.clone(),
            account: Some(&self.account),
            // At once, but with its shared memory given back, which a kill would leave.
            last_signal: "QUIT",
        })?;
        let url = self.url("postgres");
        process
            .ready("postgres", async || PgConnection::connect(&url).await.ok())
            .await?
            .close()
            .await?;
        self.process = Some(process);
        Ok(())
    }

    /// The URL of the database `name`.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("postgres://switchboard@{}/{name}?sslmode=disable", self.port.address())
    }

    /// `127.0.0.1:<port>`, for a [`ChaosProxy`](super::ChaosProxy) in between.
    #[must_use]
    pub fn address(&self) -> String {
        self.port.address()
    }

    /// The URL of a new, empty database.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn fresh_database(&self) -> anyhow::Result<String> {
        self.fresh_database_like("template0").await
    }

    /// The URL of a new database that is a copy of `template`, to which nobody may be connected.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn fresh_database_like(&self, template: &str) -> anyhow::Result<String> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut admin = PgConnection::connect(&self.url("postgres")).await?;
        let statement = format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\"");
        admin
            .execute(sqlx::AssertSqlSafe(statement))
            .await
            .with_context(|| format!("a copy of {template}"))?;
        admin.close().await?;
        Ok(self.url(&name))
    }

    /// Ends every connection to the database of `url`, as a restart of the server does.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn cut_connections(&self, url: &str) -> anyhow::Result<()> {
        let name = url
            .rsplit('/')
            .next()
            .and_then(|rest| rest.split('?').next())
            .unwrap_or_default();
        let mut admin = PgConnection::connect(&self.url("postgres")).await?;
        sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1")
            .bind(name)
            .execute(&mut admin)
            .await?;
        admin.close().await?;
        Ok(())
    }

    /// Stops it without a word to its clients, as a crash does. Its port stays reserved.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        if let Some(mut process) = self.process.take() {
            process.signal("QUIT");
            process.wait(Duration::from_secs(20)).await?;
        }
        Ok(())
    }

    /// Whether it still runs; a server whose disk is full may end itself.
    pub fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| process.ended().is_none())
    }

    /// Brings a stopped one back on the same port with its data.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        self.stop().await?;
        self.run().await
    }
}

/// The folder of the newest PostgreSQL installed; Debian keeps `initdb` and `postgres` off `PATH`.
fn bin() -> anyhow::Result<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists() && bin.join("postgres").exists())
        .collect();
    versions.sort();
    if let Some((_, bin)) = versions.pop() {
        return Ok(bin);
    }
    let initdb = program("initdb", &[], "postgresql")?;
    let initdb = initdb.canonicalize()?;
    let bin = initdb.parent().context("initdb has no folder")?;
    if bin.join("postgres").exists() {
        return Ok(bin.to_owned());
    }
    Err(Missing {
        program: "postgres".to_owned(),
        package: "postgresql",
    }
    .into())
}

async fn initdb(bin: &std::path::Path, folder: &WorkDir, account: &Account) -> anyhow::Result<()> {
    let arguments = "-D data -U switchboard --auth=trust --no-sync --encoding=UTF8 --locale=C.UTF-8 --no-instructions";
    let mut command = tokio::process::Command::new(bin.join("initdb"));
    command
        .args(arguments.split(' '))
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .stdin(Stdio::null());
    if super::process::account_differs(account) {
        command.uid(account.uid).gid(account.gid);
    }
    let output = command.output().await.context("initdb")?;
    anyhow::ensure!(
        output.status.success(),
        "initdb: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
