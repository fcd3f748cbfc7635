//! Dovecot: IMAP over plain TCP and over TLS, any user, one password, Maildir.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use futures::TryStreamExt as _;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::process::{Account, Launch, Process, WorkDir, account, with_retry};
use super::{Certificate, Port, certificate, program};

/// The password of every mailbox and of every SMTP login.
pub const PASSWORD: &str = "correct-horse";

/// One message of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its IMAP UID.
    pub uid: u32,
    /// Its flags, as IMAP writes them (`\Seen`).
    pub flags: Vec<String>,
    /// Its bytes.
    pub raw: Vec<u8>,
}

impl Stored {
    /// The bytes as text, for assertions.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }
}

/// One Dovecot with its own mailboxes. A user is a whole address (`ana@customer.test`); every user
/// exists, with the password [`PASSWORD`].
#[derive(Debug)]
pub struct Dovecot {
    process: Option<Process>,
    imap: Port,
    imaps: Port,
    folder: WorkDir,
    program: PathBuf,
    account: Account,
}

impl Dovecot {
    /// Starts an empty one.
    ///
    /// # Errors
    /// [`Missing`](super::Missing) when Dovecot is not installed; else what it wrote.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(None, None).await
    }

    /// As [`Dovecot::start`], showing this certificate instead of the harness's.
    ///
    /// # Errors
    /// When Dovecot is missing or does not start.
    pub async fn start_showing(certificate: &Certificate) -> anyhow::Result<Self> {
        Self::start_with(None, Some(certificate)).await
    }

    /// As [`Dovecot::start`], and takes OAuth tokens (XOAUTH2, OAUTHBEARER) that the address behind
    /// this URL knows: the token is put at its end, the answer's `email` is the user.
    ///
    /// # Errors
    /// When Dovecot is missing or does not start.
    pub async fn start_with_tokens(token_info_url: &str) -> anyhow::Result<Self> {
        Self::start_with(Some(token_info_url), None).await
    }

    async fn start_with(token_info_url: Option<&str>, shown: Option<&Certificate>) -> anyhow::Result<Self> {
        let program = program("dovecot", &["/usr/sbin", "/usr/local/sbin"], "dovecot-imapd")?;
        let version = tokio::process::Command::new(&program).arg("--version").output().await?;
        let version = String::from_utf8_lossy(&version.stdout).into_owned();
        let certificate = match shown {
            Some(certificate) => certificate,
            None => certificate().await?,
        };
        with_retry(async || {
            let account = account()?;
            let folder = WorkDir::new("dc")?;
            for name in ["mail", "run", "state"] {
                std::fs::create_dir(folder.path().join(name))?;
            }
            let (imap, imaps) = (Port::reserve()?, Port::reserve()?);
            let ports = (imap.number(), imaps.number());
            let settings = if version.starts_with("2.3") || version.starts_with("2.2") {
                settings_2_3(folder.path(), &account, ports, certificate)
            } else {
                settings_2_4(&version, folder.path(), &account, ports, certificate)
            };
            let settings = match token_info_url {
                None => settings,
                Some(url) => {
                    let text = format!("tokeninfo_url = {url}\nusername_attribute = email\nintrospection_mode = auth\n");
                    folder.write("oauth2.conf", text)?;
                    let dir = folder.path().display();
                    settings.replace("auth_mechanisms = plain login", "auth_mechanisms = plain login xoauth2 oauthbearer")
                        + &format!("passdb {{\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = {dir}/oauth2.conf\n}}\n")
                }
            };
            folder.write("dovecot.conf", settings)?;
            folder.give_to(&account)?;
            let program = program.clone();
            let mut dovecot = Self {
                process: None,
                imap,
                imaps,
                folder,
                program,
                account,
            };
            dovecot.run().await?;
            Ok(dovecot)
        })
        .await
    }

    async fn run(&mut self) -> anyhow::Result<()> {
        let mut process = Process::start(Launch {
            program: &self.program,
            arguments: vec!["-F".to_owned(), "-c".to_owned(), self.config().display().to_string()],
            folder: self.folder.path(),
            log: self.folder.path().join("log"),
            environment: Vec::new(),
            account: Some(&self.account),
            last_signal: "KILL",
        })?;
        let address = self.address();
        process
            .ready("dovecot", async || greeted(&address).await.then_some(()))
            .await?;
        self.process = Some(process);
        Ok(())
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("dovecot.conf")
    }

    /// The port of IMAP without TLS.
    #[must_use]
    pub fn imap_port(&self) -> u16 {
        self.imap.number()
    }

    /// The port of IMAP over TLS; the certificate is [`certificate`]'s.
    #[must_use]
    pub fn imaps_port(&self) -> u16 {
        self.imaps.number()
    }

    /// `127.0.0.1:<port>` without TLS, for a [`ChaosProxy`](super::ChaosProxy) in between.
    #[must_use]
    pub fn address(&self) -> String {
        self.imap.address()
    }

    /// The folder that holds the mailboxes, `<user>/Maildir` each.
    #[must_use]
    pub fn mail_folder(&self) -> PathBuf {
        self.folder.path().join("mail")
    }

    /// Makes the mailbox of `user`, so that the SMTP server knows the address.
    ///
    /// # Errors
    /// When Dovecot refuses.
    pub async fn add_user(&self, user: &str) -> anyhow::Result<()> {
        let mut session = self.session(user).await?;
        session.select("INBOX").await?;
        session.logout().await?;
        Ok(())
    }

    /// Puts a message into the INBOX of `user`, as an arriving mail.
    ///
    /// # Errors
    /// When Dovecot refuses.
    pub async fn append(&self, user: &str, raw: impl AsRef<[u8]>) -> anyhow::Result<()> {
        let mut session = self.session(user).await?;
        session.append("INBOX", None, None, raw).await.context("APPEND")?;
        session.logout().await?;
        Ok(())
    }

    /// All messages of the INBOX of `user`, in the order of their UIDs, read without marking them.
    ///
    /// # Errors
    /// When Dovecot is not running.
    pub async fn mailbox(&self, user: &str) -> anyhow::Result<Vec<Stored>> {
        let mut session = self.session(user).await?;
        let inbox = session.examine("INBOX").await.context("EXAMINE")?;
        let mut messages = Vec::new();
        if inbox.exists > 0 {
            let fetched: Vec<_> = session
                .uid_fetch("1:*", "(UID FLAGS BODY.PEEK[])")
                .await
                .context("FETCH")?
                .try_collect()
                .await?;
            for message in &fetched {
                let (Some(uid), Some(raw)) = (message.uid, message.body()) else {
                    continue;
                };
                let flags = message.flags().map(|flag| flag_text(&flag)).collect();
                messages.push(Stored {
                    uid,
                    flags,
                    raw: raw.to_vec(),
                });
            }
        }
        session.logout().await?;
        messages.sort_by_key(|message| message.uid);
        Ok(messages)
    }

    /// Waits until the INBOX of `user` holds at least `count` messages, and gives them all.
    ///
    /// # Panics
    /// When they do not come in time.
    pub async fn wait_for(&self, user: &str, count: usize) -> Vec<Stored> {
        super::eventually(&format!("{count} messages in the mailbox of {user}"), async || {
            self.mailbox(user).await.ok().filter(|messages| messages.len() >= count)
        })
        .await
    }

    /// The UIDVALIDITY of the INBOX of `user`.
    ///
    /// # Errors
    /// When Dovecot is not running.
    pub async fn uid_validity(&self, user: &str) -> anyhow::Result<u32> {
        self.uid_validity_of(user, "INBOX").await
    }

    async fn uid_validity_of(&self, user: &str, folder: &str) -> anyhow::Result<u32> {
        let mut session = self.session(user).await?;
        let opened = session.examine(folder).await.context("EXAMINE")?;
        session.logout().await?;
        opened.uid_validity.context("no UIDVALIDITY")
    }

    /// A signed-in IMAP session of `user`, for what the other functions do not do.
    ///
    /// # Errors
    /// When Dovecot is not running.
    pub async fn session(&self, user: &str) -> anyhow::Result<async_imap::Session<TcpStream>> {
        let stream = TcpStream::connect(self.address())
            .await
            .context("dovecot is not running")?;
        stream.set_nodelay(true)?;
        let mut client = async_imap::Client::new(stream);
        client.read_response().await?.context("no greeting")?;
        client
            .login(user, PASSWORD)
            .await
            .map_err(|(error, _)| anyhow::anyhow!("LOGIN {user}: {error}"))
    }

    /// Gives the INBOX of `user` a new UIDVALIDITY and new UIDs from 1, as a provider's restore
    /// from a backup does. Dovecot is stopped and started for it.
    ///
    /// # Errors
    /// When the mailbox does not exist.
    pub async fn change_uid_validity(&mut self, user: &str) -> anyhow::Result<u32> {
        self.renumber(user, "INBOX").await
    }

    /// As [`Dovecot::change_uid_validity`], for any folder.
    ///
    /// # Errors
    /// When there is no such folder.
    pub async fn renumber(&mut self, user: &str, folder: &str) -> anyhow::Result<u32> {
        let next = self.uid_validity_of(user, folder).await?.wrapping_add(1000).max(1);
        self.stop().await?;
        let mut maildir = self.mail_folder().join(user).join("Maildir");
        if folder != "INBOX" {
            maildir.push(format!(".{folder}"));
        }
        let list = maildir.join("dovecot-uidlist");
        let text = std::fs::read_to_string(&list).with_context(|| list.display().to_string())?;
        let header = text.lines().next().unwrap_or_default();
        let guid = header
            .split(' ')
            .find(|field| field.starts_with('G'))
            .unwrap_or_default();
        // Written over, not made anew, so that it keeps its owner.
        std::fs::write(&list, format!("3 V{next} N1 {guid}\n"))?;
        for entry in std::fs::read_dir(&maildir)? {
            let path = entry?.path();
            if path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("dovecot.index"))
            {
                std::fs::remove_file(path)?;
            }
        }
        self.start_again().await?;
        self.uid_validity_of(user, folder).await
    }

    /// Ends every connection of `user`, as an administrator's kick does.
    ///
    /// # Errors
    /// When doveadm fails.
    pub async fn kick(&self, user: &str) -> anyhow::Result<()> {
        let doveadm = program("doveadm", &["/usr/bin", "/usr/local/bin"], "dovecot-core")?;
        let mut command = tokio::process::Command::new(doveadm);
        command
            .arg("-c")
            .arg(self.config())
            .args(["kick", user])
            .current_dir(self.folder.path());
        if super::process::account_differs(&self.account) {
            command.uid(self.account.uid).gid(self.account.gid);
        }
        let output = command.output().await.context("doveadm")?;
        anyhow::ensure!(
            output.status.success(),
            "doveadm kick: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// Kills it and all its connections, as a crash does. Its ports stay reserved.
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

    /// Brings a stopped one back on the same ports with its mailboxes.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        self.stop().await?;
        let run = self.folder.path().join("run");
        std::fs::remove_dir_all(&run)?;
        std::fs::create_dir(&run)?;
        self.folder.give_to(&self.account)?;
        self.run().await
    }
}

fn flag_text(flag: &async_imap::types::Flag<'_>) -> String {
    use async_imap::types::Flag;
    match flag {
        Flag::Seen => "\\Seen".to_owned(),
        Flag::Answered => "\\Answered".to_owned(),
        Flag::Flagged => "\\Flagged".to_owned(),
        Flag::Deleted => "\\Deleted".to_owned(),
        Flag::Draft => "\\Draft".to_owned(),
        Flag::Recent => "\\Recent".to_owned(),
        Flag::MayCreate => "\\*".to_owned(),
        Flag::Custom(name) => name.to_string(),
    }
}

async fn greeted(address: &str) -> bool {
    let talk = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let mut greeting = [0; 4];
        stream.read_exact(&mut greeting).await.ok()?;
        (&greeting == b"* OK").then_some(())
    };
    tokio::time::timeout(Duration::from_secs(5), talk)
        .await
        .ok()
        .flatten()
        .is_some()
}

fn settings_2_3(folder: &Path, account: &Account, ports: (u16, u16), tls: &super::Certificate) -> String {
    let dir = folder.display();
    let Account { name, group, uid, gid } = account;
    format!(
        "protocols = imap\nlisten = 127.0.0.1\nbase_dir = {dir}/run\nstate_dir = {dir}/state\n\
         log_path = /dev/stderr\n\
         default_internal_user = {name}\ndefault_internal_group = {group}\ndefault_login_user = {name}\n\
         first_valid_uid = 0\nfirst_valid_gid = 0\nmail_uid = {uid}\nmail_gid = {gid}\n\
         mail_location = maildir:{dir}/mail/%u/Maildir\nmail_max_userip_connections = 0\n\
         ssl = yes\nssl_cert = <{cert}\nssl_key = <{key}\n\
         disable_plaintext_auth = no\nauth_mechanisms = plain login\nauth_failure_delay = 0\n\
         passdb {{\n driver = static\n args = password={PASSWORD}\n}}\n\
         userdb {{\n driver = static\n args = uid={uid} gid={gid} home={dir}/mail/%u\n}}\n\
         {services}",
        cert = tls.certificate().display(),
        key = tls.key().display(),
        services = services(ports),
    )
}

fn settings_2_4(
    version: &str,
    folder: &Path,
    account: &Account,
    ports: (u16, u16),
    tls: &super::Certificate,
) -> String {
    let dir = folder.display();
    let Account { name, group, uid, gid } = account;
    // "2.4.1-4 (7d8c0e5759)" -> "2.4.1"
    let version = version
        .split(|c: char| c != '.' && !c.is_ascii_digit())
        .next()
        .unwrap_or("2.4.0");
    format!(
        "dovecot_config_version = {version}\ndovecot_storage_version = {version}\n\
         protocols = imap\nlisten = 127.0.0.1\nbase_dir = {dir}/run\nstate_dir = {dir}/state\n\
         log_path = /dev/stderr\n\
         default_internal_user = {name}\ndefault_internal_group = {group}\ndefault_login_user = {name}\n\
         first_valid_uid = 0\nfirst_valid_gid = 0\nmail_uid = {uid}\nmail_gid = {gid}\n\
         mail_driver = maildir\nmail_path = {dir}/mail/%{{user}}/Maildir\nmail_max_userip_connections = 0\n\
         ssl = yes\nssl_server_cert_file = {cert}\nssl_server_key_file = {key}\n\
         auth_allow_cleartext = yes\nauth_mechanisms = plain login\nauth_failure_delay = 0\n\
         passdb static {{\n password = {PASSWORD}\n}}\n\
         userdb static {{\n fields {{\n  uid = {uid}\n  gid = {gid}\n  home = {dir}/mail/%{{user}}\n }}\n}}\n\
         {services}",
        cert = tls.certificate().display(),
        key = tls.key().display(),
        services = services(ports),
    )
}

/// No chroot: that takes root.
fn services((imap, imaps): (u16, u16)) -> String {
    format!(
        "namespace inbox {{\n inbox = yes\n separator = /\n}}\n\
         service anvil {{\n chroot =\n}}\n\
         service imap-login {{\n chroot =\n inet_listener imap {{\n  port = {imap}\n }}\n \
         inet_listener imaps {{\n  port = {imaps}\n  ssl = yes\n }}\n}}\n"
    )
}
