//! A real SMTP server: Exim with a configuration of its own, delivering into Dovecot's mailboxes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::dovecot::PASSWORD;
use super::process::{Account, Launch, Process, WorkDir, account, with_retry};
use super::{Certificate, Dovecot, Port, certificate, program};

/// One Exim. It knows the domains that end in `.test`:
/// * an address whose mailbox exists in Dovecot ([`Dovecot::add_user`]) gets its mail, also as
///   `local+anything@domain`;
/// * `bounce…@any.test` is accepted and then fails, so that a real bounce (RFC 3464) goes to the sender;
/// * any other address is refused at RCPT with 550; `busy…@any.test` with 451.
///
/// It offers STARTTLS and AUTH PLAIN and LOGIN (any user, [`PASSWORD`]) and relays nowhere.
#[derive(Debug)]
pub struct Exim {
    process: Option<Process>,
    port: Port,
    folder: WorkDir,
    program: PathBuf,
    account: Account,
}

impl Exim {
    /// Starts one for the mailboxes of `dovecot`.
    ///
    /// # Errors
    /// [`Missing`](super::Missing) when Exim is not installed; else what it wrote.
    pub async fn start(dovecot: &Dovecot) -> anyhow::Result<Self> {
        let folders = ["/usr/sbin", "/usr/local/sbin"];
        let program = program("exim4", &folders, "exim4-daemon-light")
            .or_else(|_| program("exim", &folders, "exim4-daemon-light"))?;
        let certificate = certificate().await?;
        with_retry(async || {
            let account = account()?;
            let folder = WorkDir::new("exim")?;
            for name in ["spool", "logs"] {
                std::fs::create_dir(folder.path().join(name))?;
            }
            let port = Port::reserve()?;
            let text = settings(folder.path(), &account, &port, &dovecot.mail_folder(), certificate);
            folder.write("exim.conf", text)?;
            folder.give_to(&account)?;
            let program = program.clone();
            let mut exim = Self {
                process: None,
                port,
                folder,
                program,
                account,
            };
            exim.run().await?;
            Ok(exim)
        })
        .await
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let config = self.folder.path().join("exim.conf").display().to_string();
        let mut process = Process::start(Launch {
            program: &self.program,
            arguments: ["-C", &config, "-bdf", "-q5s"].map(str::to_owned).to_vec(),
            folder: self.folder.path(),
            log: self.folder.path().join("log"),
            environment: Vec::new(),
            account: Some(&self.account),
            last_signal: "KILL",
        })?;
        let address = self.port.address();
        process
            .ready("exim", async || greeted(&address).await.then_some(()))
            .await?;
        self.process = Some(process);
        Ok(())
    }

    /// The SMTP port (plain, with STARTTLS).
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// `127.0.0.1:<port>`, for a [`ChaosProxy`](super::ChaosProxy) in between.
    #[must_use]
    pub fn address(&self) -> String {
        self.port.address()
    }

    /// What it logged: arrivals, deliveries, refusals.
    #[must_use]
    pub fn log(&self) -> String {
        ["mainlog", "rejectlog", "paniclog"]
            .iter()
            .filter_map(|name| std::fs::read(self.folder.path().join("logs").join(name)).ok())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect()
    }

    /// Kills it. Its port stays reserved, its queue stays on disk.
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
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        self.stop().await?;
        self.run().await
    }
}

async fn greeted(address: &str) -> bool {
    let talk = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let mut greeting = [0; 4];
        stream.read_exact(&mut greeting).await.ok()?;
        (&greeting == b"220 ").then_some(())
    };
    tokio::time::timeout(Duration::from_secs(5), talk)
        .await
        .ok()
        .flatten()
        .is_some()
}

fn settings(folder: &Path, account: &Account, port: &Port, mail: &Path, tls: &Certificate) -> String {
    let dir = folder.display();
    let mail = mail.display();
    let Account { name, group, .. } = account;
    format!(
        r#"primary_hostname = mail.example.test
exim_user = {name}
exim_group = {group}
never_users =
spool_directory = {dir}/spool
log_file_path = {dir}/logs/%slog
pid_file_path = {dir}/exim.pid
local_interfaces = <; 127.0.0.1
daemon_smtp_ports = {port}
deliver_drop_privilege = true
keep_environment =
host_lookup =
rfc1413_query_timeout = 0s
smtp_enforce_sync = false
smtp_accept_max = 200
smtp_accept_max_per_host = 200
smtp_accept_queue_per_connection = 0
message_size_limit = 30M
bounce_return_size_limit = 100K
tls_advertise_hosts = *
tls_certificate = {cert}
tls_privatekey = {key}
acl_smtp_rcpt = check_rcpt
domainlist local_domains = *.test

begin acl
check_rcpt:
  defer local_parts = ^busy
        message = 4.3.2 mailbox busy, try again later
  require domains = +local_domains
        message = 5.7.1 relaying denied
  require verify = recipient
  accept

begin routers
failing:
  driver = redirect
  domains = +local_domains
  local_parts = ^bounce
  verify = false
  allow_fail
  data = :fail: 5.1.1 no such mailbox any more
failing_verify:
  driver = accept
  domains = +local_domains
  local_parts = ^bounce
  verify_only
  transport = mailbox
users:
  driver = accept
  domains = +local_domains
  local_part_suffix = +*
  local_part_suffix_optional
  condition = ${{lookup{{$local_part@$domain}}dsearch{{{mail}}}{{yes}}{{no}}}}
  transport = mailbox

begin transports
mailbox:
  driver = appendfile
  maildir_format
  directory = {mail}/${{lookup{{$local_part@$domain}}dsearch{{{mail}}}{{$value}}fail}}/Maildir
  create_directory
  delivery_date_add
  envelope_to_add
  return_path_add

begin retry
* * F,1h,5s

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq{{$auth3}}{{{PASSWORD}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if eq{{$auth2}}{{{PASSWORD}}}}}
  server_set_id = $auth1
"#,
        port = port.number(),
        cert = tls.certificate().display(),
        key = tls.key().display(),
    )
}
