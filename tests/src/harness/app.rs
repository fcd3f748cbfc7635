//! The built binary `switchboard`, started as its users start it.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::AsyncWriteExt as _;

use super::process::{Launch, Process, WorkDir, tail};
use super::{DEADLINE, Machine, Port};

/// An HTTP client for tests: no redirects followed, no proxy of the machine, 30 s limit.
///
/// # Panics
/// When the client cannot be built, which no test can do anything about.
#[must_use]
pub fn http() -> reqwest::Client {
    static PROVIDER: OnceLock<()> = OnceLock::new();
    // reqwest is built without a provider of its own; a second install is refused and harmless.
    PROVIDER.get_or_init(|| drop(rustls::crypto::ring::default_provider().install_default()));
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(DEADLINE)
        .build()
        .expect("an HTTP client")
}

/// The binary under test: `SWITCHBOARD_BIN`, or `switchboard` in the target folder of the running
/// test.
///
/// # Errors
/// When it is not built; the message has the command that builds it.
pub fn binary() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("SWITCHBOARD_BIN") {
        let path = PathBuf::from(path);
        anyhow::ensure!(path.is_file(), "SWITCHBOARD_BIN={} is not there", path.display());
        return Ok(path);
    }
    // target/debug/deps/it-0123 -> target/debug/switchboard
    let test = std::env::current_exe()?;
    let path = test.ancestors().nth(2).unwrap_or(Path::new("")).join("switchboard");
    anyhow::ensure!(
        path.is_file(),
        "{} is not there. Build it first: cargo build --workspace --bin switchboard",
        path.display()
    );
    Ok(path)
}

/// What a finished command said.
#[derive(Debug)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error, as text.
    pub stderr: String,
}

impl Output {
    /// The standard output as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The standard output of a command that succeeded, as text.
    ///
    /// # Errors
    /// When it failed; the message has what it said.
    pub fn success(self) -> anyhow::Result<String> {
        anyhow::ensure!(self.status.success(), "{}: {}{}", self.status, self.text(), self.stderr);
        Ok(self.text())
    }

    /// The one JSON value that a successful command printed.
    ///
    /// # Errors
    /// When it failed or printed something else.
    pub fn json(self) -> anyhow::Result<serde_json::Value> {
        let text = self.success()?;
        serde_json::from_str(&text).with_context(|| format!("not JSON: {text}"))
    }
}

/// How `switchboard` is to be started: a data folder of its own, an environment with nothing but
/// what the test sets, and a free port.
#[derive(Debug)]
pub struct App {
    folder: WorkDir,
    port: Port,
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
    /// What it is started to do.
    what: &'static str,
    /// Size of the disk under the data, and of what lies on it already, in megabytes.
    disk: Option<(u32, u32)>,
}

/// Gives the data a disk of its own, with something on it that can be taken away, and becomes the
/// program.
const ON_A_SMALL_DISK: &str = r#"mkdir -p small && mount -t tmpfs -o size="${1}m" none small && cp -a data/. small/ \
&& head -c "${2}M" /dev/zero >small/ballast && shift 2 && exec "$0" "$@""#;

impl App {
    /// With nothing configured but its address and `./data` in a folder of its own.
    ///
    /// # Errors
    /// When the folder or a port cannot be had.
    pub fn new() -> anyhow::Result<Self> {
        let folder = WorkDir::new("app")?;
        let port = Port::reserve()?;
        let app = Self {
            folder,
            environment: Vec::new(),
            arguments: Vec::new(),
            what: "serve",
            disk: None,
            port,
        };
        let address = app.port.address();
        // One token asks as fast as it can in many tests and measurements.
        let app = app.set("server.api_per_minute", 0);
        Ok(app.set("server.listen", address).env("RUST_BACKTRACE", "1"))
    }

    /// The sample business with its simulated customers, a new one every second.
    ///
    /// # Errors
    /// As [`App::new`].
    pub fn demo() -> anyhow::Result<Self> {
        let mut app = App::new()?;
        app.what = "demo";
        let folder = app.folder.path().display().to_string();
        let address = app.port.address();
        Ok(app
            .env("TMPDIR", folder)
            .arg("--listen")
            .arg(address.to_string())
            .arg("--pace")
            .arg("1"))
    }

    /// Sets a key of the configuration: `section.key` becomes `SWITCHBOARD__SECTION__KEY`.
    #[must_use]
    pub fn set(self, key: &str, value: impl ToString) -> Self {
        let name = format!("SWITCHBOARD__{}", key.to_uppercase().replace('.', "__"));
        self.env(&name, value)
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl ToString) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_string()));
        self
    }

    /// Starts it on a machine whose clock and disk the test has in its hands.
    #[must_use]
    pub fn on(mut self, machine: &Machine) -> Self {
        for (name, value) in machine.environment() {
            self = self.env(name, value);
        }
        self
    }

    /// Adds an argument of `serve`.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// The folder it is started in; its data are in `data` below, unless configured otherwise.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The address of `path` (with a leading slash) when it runs.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.port.address())
    }

    /// Runs `switchboard serve` and waits until `/readyz` answers 200.
    ///
    /// # Errors
    /// When it is not built or does not become ready; the message has what it wrote.
    pub async fn start(self) -> anyhow::Result<Running> {
        let mut running = Running {
            process: None,
            app: self,
        };
        running.start().await?;
        Ok(running)
    }

    /// Runs another command of `switchboard` in the same folder with the same configuration, with
    /// `input` as its standard input.
    ///
    /// # Errors
    /// When it cannot be started or does not end in [`DEADLINE`]; a failure of the command itself is
    /// in the [`Output`].
    pub async fn command(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> anyhow::Result<Output> {
        let mut child = tokio::process::Command::new(binary()?)
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("LANG", "C.UTF-8")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut stdin = child.stdin.take().context("standard input")?;
        let feed = async move {
            // A command that does not read all of its input is within its rights.
            let _ = stdin.write_all(input.as_ref()).await;
        };
        let both = async { tokio::join!(feed, child.wait_with_output()).1 };
        let output = tokio::time::timeout(DEADLINE, both)
            .await
            .with_context(|| format!("switchboard {} does not end", arguments.join(" ")))??;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(Output {
            status: output.status,
            stdout: output.stdout,
            stderr,
        })
    }
}

/// A running `switchboard serve`. When a test fails while it is alive, its log is printed.
#[derive(Debug)]
pub struct Running {
    // In this order: the process ends before its folder goes.
    process: Option<Process>,
    app: App,
}

impl std::ops::Deref for Running {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl Running {
    fn log_file(&self) -> PathBuf {
        self.app.folder.path().join("switchboard.log")
    }

    /// Starts it again after [`kill9`](Self::kill9) or [`terminate`](Self::terminate), with the same
    /// port and data, and waits until it is ready.
    ///
    /// # Errors
    /// As [`App::start`].
    pub async fn start(&mut self) -> anyhow::Result<()> {
        self.launch()?;
        let ready = self.app.url("/readyz");
        let client = http();
        let process = self.process.as_mut().context("just started")?;
        process
            .ready("switchboard serve", async || {
                client
                    .get(&ready)
                    .send()
                    .await
                    .ok()
                    .filter(|answer| answer.status() == 200)
                    .map(drop)
            })
            .await
    }

    /// As [`start`](Self::start), but without waiting: for a start that is expected to fail or to
    /// take long.
    ///
    /// # Errors
    /// When it is not built.
    pub fn launch(&mut self) -> anyhow::Result<()> {
        self.process = None;
        let mut arguments = vec![self.app.what.to_owned()];
        arguments.extend(self.app.arguments.iter().cloned());
        let mut program = binary()?;
        if let Some((size, ballast)) = self.app.disk {
            let binary = program.display().to_string();
            let own = [
                "--user",
                "--map-root-user",
                "--mount",
                "bash",
                "-c",
                ON_A_SMALL_DISK,
                &binary,
            ];
            let mut around: Vec<String> = own.map(str::to_owned).into();
            around.extend([size.to_string(), ballast.to_string()]);
            around.append(&mut arguments);
            arguments = around;
            program = super::program("unshare", &[], "util-linux")?;
        }
        self.process = Some(Process::start(Launch {
            program: &program,
            arguments,
            folder: self.app.folder.path(),
            log: self.log_file(),
            environment: self.app.environment.clone(),
            account: None,
            last_signal: "KILL",
        })?);
        Ok(())
    }

    /// From the next start on the data, as they are now, lie on a disk of `size` megabytes, `ballast` of
    /// them taken.
    pub fn move_to_a_small_disk(&mut self, size: u32, ballast: u32) {
        self.app.disk = Some((size, ballast));
        self.reconfigure("data.dir", "./small");
    }

    /// Takes the ballast off the small disk while it runs.
    ///
    /// # Errors
    /// When it does not run, or not on a small disk.
    pub fn free_the_disk(&self) -> anyhow::Result<()> {
        let path = self.on_the_disk("ballast")?;
        std::fs::remove_file(&path).with_context(|| path)
    }

    /// Takes what room is left on the small disk, to the last byte.
    ///
    /// # Errors
    /// When it does not run, or the disk is not small.
    pub fn fill_the_disk(&self) -> anyhow::Result<()> {
        use std::io::{ErrorKind, Write as _};
        let path = self.on_the_disk("filler")?;
        let mut file = std::fs::File::create(&path).with_context(|| path)?;
        for _ in 0..1 << 16 {
            match file.write(&[0; 4096]) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        anyhow::bail!("the disk is not small")
    }

    fn on_the_disk(&self, name: &str) -> anyhow::Result<String> {
        let pid = self.pid().context("it does not run")?;
        let inside = self.app.folder.path().join("small").join(name);
        Ok(format!("/proc/{pid}/root{}", inside.display()))
    }

    /// Changes the configuration for the next start.
    pub fn reconfigure(&mut self, key: &str, value: impl ToString) {
        let name = format!("SWITCHBOARD__{}", key.to_uppercase().replace('.', "__"));
        self.set_env(&name, Some(&value.to_string()));
    }

    /// Sets a variable of the environment for the next start, or takes it away.
    pub fn set_env(&mut self, name: &str, value: Option<&str>) {
        self.app.environment.retain(|(known, _)| known != name);
        if let Some(value) = value {
            self.app.environment.push((name.to_owned(), value.to_owned()));
        }
    }

    /// The process id, for reading its memory and its CPU time in `/proc`.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    /// Everything it wrote so far, over all its starts.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.log_file()).unwrap_or_default()).into_owned()
    }

    /// Kills it as a power cut does, and waits until it is gone.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn kill9(&mut self) -> anyhow::Result<()> {
        if let Some(mut process) = self.process.take() {
            process.signal("KILL");
            process.wait(DEADLINE).await?;
        }
        Ok(())
    }

    /// Asks it to end (SIGTERM) and gives its exit code.
    ///
    /// # Errors
    /// When it does not end in time, or was not running.
    pub async fn terminate(&mut self) -> anyhow::Result<i32> {
        let mut process = self.process.take().context("it is not running")?;
        process.signal("TERM");
        process.wait(DEADLINE).await
    }

    /// Asks it to end (SIGTERM) and does not wait for it.
    pub fn tell_to_stop(&mut self) {
        if let Some(process) = &mut self.process {
            process.signal("TERM");
        }
    }

    /// Waits until it ends by itself and gives its exit code.
    ///
    /// # Errors
    /// When it does not within `limit`, or was not running.
    pub async fn ended(&mut self, limit: Duration) -> anyhow::Result<i32> {
        self.process.as_mut().context("it is not running")?.wait(limit).await
    }

    /// Ends it in good order and starts it again.
    ///
    /// # Errors
    /// When either fails.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.terminate().await?;
        self.start().await
    }

    /// Stops it where it stands, as a frozen machine does, until [`thaw`](Self::thaw).
    pub fn freeze(&mut self) {
        if let Some(process) = &mut self.process {
            process.signal("STOP");
        }
    }

    /// Lets it go on.
    pub fn thaw(&mut self) {
        if let Some(process) = &mut self.process {
            process.signal("CONT");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- switchboard serve wrote:\n{}\n---", tail(&self.log()));
        }
    }
}
