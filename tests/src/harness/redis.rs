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
    /// What it is told besides.
    more: String,
}

impl Redis {
    /// Starts an empty one.
    ///
    /// # Errors
    /// [`Missing`](super::Missing) when redis-server is not installed; else what it wrote.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(|_| String::new()).await
    }

    /// One that copies this one.
    ///
    /// # Errors
    /// As [`Redis::start`].
    pub async fn replica(&self) -> anyhow::Result<Self> {
        let port = self.port.number();
        let replica = Self::start_with(|_| format!(" --replicaof 127.0.0.1 {port}")).await?;
        super::eventually("the copy is made", async || {
            let answer = command(&replica.port.address(), "ROLE", 5).await?;
            answer.contains("connected").then_some(())
        })
        .await;
        Ok(replica)
    }

    /// A process that watches this one as the master `name`, and puts a replica in its place when it is gone for a
    /// second. Its address is [`Redis::address`].
    ///
    /// # Errors
    /// As [`Redis::start`].
    pub async fn sentinel(&self, name: &str) -> anyhow::Result<Self> {
        let mut sentinel = Self {
            process: None,
            port: Port::reserve()?,
            folder: WorkDir::new("sentinel")?,
            program: self.program.clone(),
            account: self.account.clone(),
            more: String::new(),
        };
        let settings = format!(
            "port {}\nbind 127.0.0.1\nsentinel monitor {name} 127.0.0.1 {} 1\nsentinel down-after-milliseconds {name} 1000\nsentinel failover-timeout {name} 3000\n",
            sentinel.port.number(),
            self.port.number()
        );
        std::fs::write(sentinel.folder.path().join("sentinel.conf"), settings)?;
        sentinel.folder.give_to(&sentinel.account)?;
        sentinel.launch("sentinel.conf --sentinel").await?;
        super::eventually("the sentinel knows the replica", async || {
            let answer = command(&sentinel.port.address(), &format!("SENTINEL REPLICAS {name}"), 1).await?;
            (answer != "*0").then_some(())
        })
        .await;
        Ok(sentinel)
    }

    /// Two nodes of a cluster, each with half of the slots.
    ///
    /// # Errors
    /// As [`Redis::start`].
    pub async fn cluster() -> anyhow::Result<[Self; 2]> {
        let node = async || {
            let bus = Port::reserve()?;
            let number = bus.number();
            drop(bus);
            Self::start_with(|_| format!(" --cluster-enabled yes --cluster-port {number}"))
                .await
                .map(|node| (node, number))
        };
        let ((one, _), (two, bus)) = (node().await?, node().await?);
        for (node, from, to) in [(&one, 0, 8191), (&two, 8192, 16383)] {
            node.tell(&format!("CLUSTER ADDSLOTSRANGE {from} {to}")).await?;
        }
        one.tell(&format!("CLUSTER MEET 127.0.0.1 {} {bus}", two.port.number()))
            .await?;
        for node in [&one, &two] {
            super::eventually("the cluster stands", async || {
                let answer = command(&node.port.address(), "CLUSTER INFO", 2).await?;
                answer.contains("cluster_state:ok").then_some(())
            })
            .await;
        }
        Ok([one, two])
    }

    async fn tell(&self, words: &str) -> anyhow::Result<()> {
        let answer = command(&self.port.address(), words, 1)
            .await
            .context("redis-server is not running")?;
        anyhow::ensure!(answer == "+OK", "{words}: {answer}");
        Ok(())
    }

    async fn start_with(more: impl Fn(u16) -> String) -> anyhow::Result<Self> {
        let program = program("redis-server", &["/usr/bin"], "redis-server")?;
        with_retry(async || {
            let account = account()?;
            let folder = WorkDir::new("redis")?;
            folder.give_to(&account)?;
            let port = Port::reserve()?;
            let more = more(port.number());
            let mut redis = Self {
                process: None,
                port,
                folder,
                program: program.clone(),
                account,
                more,
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
            "--bind 127.0.0.1 --port {} --dir . --save  --appendonly yes --appendfsync no --daemonize no{}",
            self.port.number(),
            self.more
        );
        self.launch(&arguments).await
    }

    async fn launch(&mut self, arguments: &str) -> anyhow::Result<()> {
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
                command(&address, "PING", 1).await.filter(|answer| answer == "+PONG")
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
        self.tell("FLUSHALL").await
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

/// One inline command, and the first lines of its answer, with blanks between them.
async fn command(address: &str, command: &str, lines: usize) -> Option<String> {
    let talk = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        stream.write_all(format!("{command}\r\n").as_bytes()).await.ok()?;
        let mut answer = [0; 1024];
        let length = stream.read(&mut answer).await.ok()?;
        let answer = String::from_utf8_lossy(&answer[..length]);
        let lines: Vec<&str> = answer.lines().take(lines * 2).collect();
        match lines.as_slice() {
            [] => None,
            [only, ..] if lines.len() < 3 => Some((*only).to_owned()),
            all => Some(all.join(" ")),
        }
    };
    tokio::time::timeout(Duration::from_secs(5), talk).await.ok()?
}
