//! Redis, to be stopped, emptied and brought back during a test.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::process::{Account, Launch, Process, WorkDir, account, with_retry};
use super::{Port, program};

/// What a restarted Redis remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// All that it had acknowledged.
    Kept,
    /// Nothing.
    Lost,
}

/// One redis-server with its own data.
#[derive(Debug)]
pub struct Redis {
    process: Option<Process>,
    port: Port,
    folder: WorkDir,
    program: PathBuf,
    account: Account,
}

impl Redis {
    /// Starts an empty one.
    ///
    /// # Errors
    /// [`Missing`](super::Missing) when redis-server is not installed; else what it wrote.
    pub async fn start() -> anyhow::Result<Self> {
        let program = program("redis-server", &["/usr/bin"], "redis-server")?;
        with_retry(async || {
            let account = account()?;
            let folder = WorkDir::new("redis")?;
            folder.give_to(&account)?;
            let mut redis = Self {
                process: None,
                port: Port::reserve()?,
                folder,
                program: program.clone(),
                account,
            };
            redis.run().await?;
            Ok(redis)
        })
        .await
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        // Every write is in the file before its answer: a killed Redis loses nothing (the machine
        // does not die with it), and the test decides what is lost.
        let arguments = format!(
            "--bind 127.0.0.1 --port {} --dir . --save  --appendonly yes --appendfsync no --daemonize no",
            self.port.number()
        );
        let mut process = Process::start(Launch {
            program: &self.program,
            arguments: arguments.split(' ').map(str::to_owned).collect(),
            folder: self.folder.path(),
            log: self.folder.path().join("log"),
            environment: Vec::new(),
            account: Some(&self.account),
            last_signal: "KILL",
        })?;
        let address = self.port.address();
        process
            .ready("redis-server", async || {
                command(&address, "PING").await.filter(|answer| answer == "+PONG")
            })
            .await?;
        self.process = Some(process);
        Ok(())
    }

    /// `redis://127.0.0.1:<port>/`
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://{}/", self.port.address())
    }

    /// `127.0.0.1:<port>`, for a [`ChaosProxy`](super::ChaosProxy) in between.
    #[must_use]
    pub fn address(&self) -> String {
        self.port.address()
    }

    /// Forgets everything, as an administrator's `FLUSHALL` does.
    ///
    /// # Errors
    /// When Redis is not running.
    pub async fn flushall(&self) -> anyhow::Result<()> {
        let answer = command(&self.port.address(), "FLUSHALL")
            .await
            .context("redis-server is not running")?;
        anyhow::ensure!(answer == "+OK", "FLUSHALL: {answer}");
        Ok(())
    }

    /// Kills it, as a crash does. Its port stays reserved.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        if let Some(mut process) = self.process.take() {
            process.signal("KILL");
            process.wait(Duration::from_secs(10)).await?;
        }
        Ok(())
    }

    /// Brings a stopped one back on the same port.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_again(&mut self, data: Data) -> anyhow::Result<()> {
        self.stop().await?;
        if data == Data::Lost {
            for entry in std::fs::read_dir(self.folder.path())? {
                let path = entry?.path();
                if path.is_dir() {
                    std::fs::remove_dir_all(path)?;
                } else if path.file_name().is_some_and(|name| name != "log") {
                    std::fs::remove_file(path)?;
                }
            }
        }
        self.run().await
    }
}

/// One inline command, and the first line of its answer.
async fn command(address: &str, command: &str) -> Option<String> {
    let talk = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        stream.write_all(format!("{command}\r\n").as_bytes()).await.ok()?;
        let mut answer = [0; 256];
        let length = stream.read(&mut answer).await.ok()?;
        let answer = String::from_utf8_lossy(&answer[..length]);
        Some(answer.lines().next()?.to_owned())
    };
    tokio::time::timeout(Duration::from_secs(5), talk).await.ok()?
}
