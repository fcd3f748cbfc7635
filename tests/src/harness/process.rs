//! Child processes that die with the test process, however it ends, and folders that go with them.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// The account that servers run as: ours, or `nobody` where the tests run as root, because
/// PostgreSQL and Dovecot refuse root.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) group: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// The account for servers.
pub(super) fn account() -> anyhow::Result<Account> {
    let me = std::fs::metadata("/proc/self").context("/proc/self")?;
    let passwd = std::fs::read_to_string("/etc/passwd").context("/etc/passwd")?;
    let wanted = |line: &&str| {
        let mut fields = line.split(':');
        let name = fields.next().unwrap_or_default();
        let uid = fields.nth(1).and_then(|uid| uid.parse().ok());
        if me.uid() == 0 {
            name == "nobody"
        } else {
            uid == Some(me.uid())
        }
    };
    let line = passwd
        .lines()
        .find(wanted)
        .with_context(|| format!("/etc/passwd has no line for user {}; servers need one", me.uid()))?;
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, uid, gid, ..] = fields.as_slice() else {
        anyhow::bail!("/etc/passwd: cannot read {line:?}")
    };
    let groups = std::fs::read_to_string("/etc/group").context("/etc/group")?;
    let group = groups
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.get(2) == Some(gid))
        .map_or_else(|| (*gid).to_owned(), |fields| fields[0].to_owned());
    Ok(Account {
        name: (*name).to_owned(),
        group,
        uid: uid.parse()?,
        gid: gid.parse()?,
    })
}

fn we_are_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

/// The folder of this test process, removed by a small shell when the process ends, however it ends.
fn base() -> anyhow::Result<&'static Path> {
    static BASE: OnceLock<(PathBuf, ChildStdin)> = OnceLock::new();
    if let Some((path, _)) = BASE.get() {
        return Ok(path);
    }
    let path = tempfile::Builder::new().prefix("sb-").tempdir()?.keep();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    // Servers are still being ended by their own guards then; hence more than one try.
    let script =
        r#"read -r _; i=0; while [ -e "$0" ] && [ $i -lt 100 ]; do rm -rf "$0"; sleep 0.05; i=$((i + 1)); done"#;
    let mut janitor = Command::new("sh")
        .args(["-c", script])
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .context("sh")?;
    let stdin = janitor.stdin.take().context("the janitor's input")?;
    // Two threads may race here: the loser's pipe closes, and its folder, still empty, goes.
    let (path, _) = BASE.get_or_init(|| (path, stdin));
    Ok(path)
}

/// A folder that goes when this is dropped, or with the test process.
#[derive(Debug)]
pub struct WorkDir {
    path: PathBuf,
}

impl WorkDir {
    /// A new folder whose name begins with `name`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(name: &str) -> anyhow::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = base()?.join(format!("{name}{number}"));
        std::fs::create_dir(&path).with_context(|| path.display().to_string())?;
        Ok(Self { path })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file that servers can read, and gives its path.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<PathBuf> {
        let path = self.path.join(name);
        std::fs::write(&path, content).with_context(|| path.display().to_string())?;
        Ok(path)
    }

    /// Gives the folder and all in it to `account`.
    pub(super) fn give_to(&self, account: &Account) -> anyhow::Result<()> {
        if we_are_root() {
            give(&self.path, account)
        } else {
            Ok(())
        }
    }
}

fn give(path: &Path, account: &Account) -> anyhow::Result<()> {
    std::os::unix::fs::lchown(path, Some(account.uid), Some(account.gid))
        .with_context(|| path.display().to_string())?;
    if path.symlink_metadata()?.is_dir() {
        for entry in std::fs::read_dir(path)? {
            give(&entry?.path(), account)?;
        }
    }
    Ok(())
}

impl Drop for WorkDir {
    fn drop(&mut self) {
        // A server's last child may still be writing; what stays goes with the process.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// A command to be run as a guarded server.
#[derive(Debug)]
pub(super) struct Launch<'a> {
    pub(super) program: &'a Path,
    pub(super) arguments: Vec<String>,
    pub(super) folder: &'a Path,
    pub(super) log: PathBuf,
    pub(super) environment: Vec<(String, String)>,
    /// The account to run as; ours when `None` or when we are not root.
    pub(super) account: Option<&'a Account>,
    /// The signal that ends it at the end of the test.
    pub(super) last_signal: &'static str,
}

/// A running server under `guard.sh`.
#[derive(Debug)]
pub(super) struct Process {
    shell: Child,
    control: Option<ChildStdin>,
    pid: u32,
    log: PathBuf,
}

impl Process {
    /// Starts it. It is running then, not ready: ask by its protocol.
    pub(super) fn start(launch: Launch<'_>) -> anyhow::Result<Self> {
        let mut command = Command::new("sh");
        command
            .args(["-c", include_str!("guard.sh"), "guard"])
            .arg(launch.program)
            .args(&launch.arguments)
            .current_dir(launch.folder)
            .env_clear()
            .env(
                "PATH",
                std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into()),
            )
            .env("HOME", launch.folder)
            .env("LANG", "C.UTF-8")
            .env("LOG", &launch.log)
            .env("LAST", launch.last_signal)
            .envs(launch.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C goes to the test process; its death is what ends this one.
            .process_group(0);
        if let Some(account) = launch.account.filter(|_| we_are_root()) {
            command.uid(account.uid).gid(account.gid);
        }
        File::options()
            .create(true)
            .append(true)
            .open(&launch.log)
            .context("log file")?;
        if let Some(account) = launch.account.filter(|_| we_are_root()) {
            give(&launch.log, account)?;
        }
        let mut shell = command.spawn().context("sh")?;
        let control = shell.stdin.take();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().context("the guard's output")?).read_line(&mut line)?;
        let pid = line
            .trim()
            .parse()
            .with_context(|| format!("the guard of {:?} said {line:?}", launch.program))?;
        Ok(Self {
            shell,
            control,
            pid,
            log: launch.log,
        })
    }

    /// The server's own process id.
    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Its exit code if it has ended (128 + n for signal n).
    pub(super) fn ended(&mut self) -> Option<i32> {
        self.shell
            .try_wait()
            .ok()
            .flatten()
            .map(|status| status.code().unwrap_or(-1))
    }

    /// Sends the server a signal, by name (`TERM`, `KILL`, `STOP`…).
    pub(super) fn signal(&mut self, name: &str) {
        if let Some(control) = &mut self.control {
            // It fails only when the server has gone already.
            let _ = writeln!(control, "{name}");
        }
    }

    /// Waits until the server has ended and gives its exit code.
    pub(super) async fn wait(&mut self, limit: Duration) -> anyhow::Result<i32> {
        super::poll::eventually_within(limit, async || self.ended())
            .await
            .with_context(|| format!("still running after {} s", limit.as_secs()))
    }

    /// Everything it has written so far.
    pub(super) fn output(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Asks `probe` until it answers; fails at once when the server ends, with what it wrote.
    pub(super) async fn ready<T, F>(&mut self, name: &str, mut probe: F) -> anyhow::Result<T>
    where
        F: AsyncFnMut() -> Option<T>,
    {
        let answer = super::poll::eventually_within(super::poll::DEADLINE, async || match probe().await {
            Some(value) => Some(Ok(value)),
            None => self.ended().map(Err),
        })
        .await;
        match answer {
            Some(Ok(value)) => Ok(value),
            Some(Err(code)) => anyhow::bail!("{name} ended with code {code}; it wrote:\n{}", tail(&self.output())),
            None => anyhow::bail!("{name} did not answer in time; it wrote:\n{}", tail(&self.output())),
        }
    }
}

/// The last part of a log, for a message.
pub(super) fn tail(text: &str) -> &str {
    let from = text.len().saturating_sub(8_000);
    let from = (from..text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len());
    &text[from..]
}

impl Drop for Process {
    fn drop(&mut self) {
        self.control = None;
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.ended().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        if self.ended().is_none() {
            let _ = self.shell.kill();
            let _ = self.shell.wait();
        }
    }
}

/// Starts a server, with another port when the first try fails: between the reservation and the
/// server's own bind a stranger may take it.
pub(super) async fn with_retry<T, F>(mut start: F) -> anyhow::Result<T>
where
    F: AsyncFnMut() -> anyhow::Result<T>,
{
    match start().await {
        Err(error) if format!("{error:#}").to_lowercase().contains("address already in use") => start().await,
        outcome => outcome,
    }
}

/// Whether running as `account` means changing to it.
pub(super) fn account_differs(account: &Account) -> bool {
    we_are_root() && account.uid != 0
}
