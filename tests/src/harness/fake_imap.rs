//! An IMAP server that has what a test gives it, lacks what a test takes away, and hangs up where it
//! is told to.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// Where the connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// When the command is read, before any answer.
    Before,
    /// In the middle of the answer.
    Within,
    /// After the whole answer.
    After,
}

/// One mail on the server.
#[derive(Clone, Debug)]
struct Mail {
    uid: u32,
    /// INTERNALDATE as the server writes it.
    arrived: String,
    raw: Arc<Vec<u8>>,
}

struct Folder {
    name: String,
    attributes: &'static str,
    uid_validity: u32,
    uid_next: u32,
    mails: Vec<Mail>,
}

struct State {
    folders: Vec<Folder>,
    has_idle: bool,
    says_uid_next: bool,
    /// The commands that were read, over all connections.
    commands: Vec<String>,
    cut: Option<(usize, Cut)>,
    connections: usize,
    password: String,
}

/// The server.
#[derive(Debug)]
pub struct FakeImap {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    changed: watch::Sender<()>,
    _task: AbortOnDropHandle<()>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("commands", &self.commands.len())
            .finish_non_exhaustive()
    }
}

/// The date of mails that were appended without one.
const ARRIVED: &str = "25-Nov-2023 10:00:00 +0000";

impl FakeImap {
    /// Starts one with an empty INBOX; the password is `secret`.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State {
            folders: Vec::new(),
            has_idle: true,
            says_uid_next: true,
            commands: Vec::new(),
            cut: None,
            connections: 0,
            password: "secret".to_owned(),
        }));
        let (changed, seen) = watch::channel(());
        let shared = state.clone();
        let task = tokio::spawn(async move {
            let mut clients = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                lock(&shared).connections += 1;
                let (state, seen) = (shared.clone(), seen.clone());
                // A client that goes away in the middle is the usual case here.
                clients.spawn(async move { drop(serve(stream, &state, seen).await) });
                while clients.try_join_next().is_some() {}
            }
        });
        let server = Self {
            address,
            state,
            changed,
            _task: AbortOnDropHandle::new(task),
        };
        server.add_folder("INBOX", "\\HasNoChildren");
        Ok(server)
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Adds a folder with the attributes that LIST gives.
    pub fn add_folder(&self, name: &str, attributes: &'static str) -> &Self {
        lock(&self.state).folders.push(Folder {
            name: name.to_owned(),
            attributes,
            uid_validity: 1,
            uid_next: 1,
            mails: Vec::new(),
        });
        self
    }

    /// Takes a folder away with everything in it.
    pub fn remove_folder(&self, name: &str) {
        lock(&self.state).folders.retain(|folder| folder.name != name);
    }

    /// The server no longer offers IDLE.
    pub fn without_idle(&self) -> &Self {
        lock(&self.state).has_idle = false;
        self
    }

    /// The server does not say UIDNEXT.
    pub fn without_uid_next(&self) -> &Self {
        lock(&self.state).says_uid_next = false;
        self
    }

    /// Another password is the right one from now on.
    pub fn set_password(&self, password: &str) {
        lock(&self.state).password = password.to_owned();
    }

    /// Puts a mail into a folder and tells whoever listens.
    pub fn append(&self, folder: &str, raw: impl Into<Vec<u8>>) -> u32 {
        self.append_at(folder, raw, ARRIVED)
    }

    /// As [`FakeImap::append`], with its INTERNALDATE.
    pub fn append_at(&self, folder: &str, raw: impl Into<Vec<u8>>, arrived: &str) -> u32 {
        let uid = {
            let mut state = lock(&self.state);
            let found = state
                .folders
                .iter_mut()
                .find(|one| one.name == folder)
                .expect("the folder is there");
            let uid = found.uid_next;
            found.uid_next += 1;
            found.mails.push(Mail {
                uid,
                arrived: arrived.to_owned(),
                raw: Arc::new(raw.into()),
            });
            uid
        };
        self.changed.send_replace(());
        uid
    }

    /// The raw mails of a folder.
    #[must_use]
    pub fn mails(&self, folder: &str) -> Vec<Vec<u8>> {
        lock(&self.state)
            .folders
            .iter()
            .filter(|one| one.name == folder)
            .flat_map(|one| one.mails.iter().map(|mail| mail.raw.as_ref().clone()))
            .collect()
    }

    /// Numbers every mail of a folder anew, under another UIDVALIDITY.
    pub fn renumber(&self, folder: &str) {
        {
            let mut state = lock(&self.state);
            let found = state
                .folders
                .iter_mut()
                .find(|one| one.name == folder)
                .expect("the folder is there");
            found.uid_validity += 1;
            let mut next = 100;
            for mail in &mut found.mails {
                mail.uid = next;
                next += 3;
            }
            found.uid_next = next;
        }
        self.changed.send_replace(());
    }

    /// Cuts the connection once, at the command with this number (from 0, over all connections).
    pub fn cut(&self, command: usize, cut: Cut) -> &Self {
        lock(&self.state).cut = Some((command, cut));
        self
    }

    /// Whether the cut has happened, or none was asked for.
    #[must_use]
    pub fn was_cut(&self) -> bool {
        lock(&self.state).cut.is_none()
    }

    /// What was read, without tags.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        lock(&self.state).commands.clone()
    }

    /// How often somebody connected.
    #[must_use]
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Over;

impl From<std::io::Error> for Over {
    fn from(_: std::io::Error) -> Self {
        Over
    }
}

async fn serve(stream: TcpStream, state: &Mutex<State>, mut seen: watch::Receiver<()>) -> Result<(), Over> {
    stream.set_nodelay(true)?;
    let mut socket = BufReader::new(stream);
    socket.write_all(b"* OK hello\r\n").await?;
    let mut open: Option<String> = None;
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await? == 0 {
            return Err(Over);
        }
        let line = line.trim_end();
        let Some((tag, command)) = line.split_once(' ') else {
            socket.write_all(b"* BAD what?\r\n").await?;
            continue;
        };
        let cut = {
            let mut state = lock(state);
            let number = state.commands.len();
            state.commands.push(command.to_owned());
            match state.cut {
                Some((at, cut)) if at == number => {
                    state.cut = None;
                    Some(cut)
                }
                _ => None,
            }
        };
        if cut == Some(Cut::Before) {
            return Err(Over);
        }
        if command == "IDLE" && lock(state).has_idle {
            idle(&mut socket, state, &mut seen, open.as_deref(), tag, cut).await?;
            continue;
        }
        let mut answer = Vec::new();
        if let Some(length) = command.strip_prefix("APPEND ").and_then(literal) {
            socket.write_all(b"+ go on\r\n").await?;
            let mut raw = vec![0; length];
            socket.read_exact(&mut raw).await?;
            let mut end = String::new();
            socket.read_line(&mut end).await?;
            append(state, command, raw);
            answer.extend_from_slice(format!("{tag} OK stored\r\n").as_bytes());
        } else {
            seen.mark_unchanged();
            reply(state, tag, command, &mut open, &mut answer);
        }
        if cut == Some(Cut::Within) {
            let half = answer.len() / 2;
            socket.write_all(&answer[..half]).await?;
            socket.flush().await?;
            return Err(Over);
        }
        socket.write_all(&answer).await?;
        if cut == Some(Cut::After) || command == "LOGOUT" {
            return Err(Over);
        }
    }
}

async fn idle(
    socket: &mut BufReader<TcpStream>,
    state: &Mutex<State>,
    seen: &mut watch::Receiver<()>,
    open: Option<&str>,
    tag: &str,
    cut: Option<Cut>,
) -> Result<(), Over> {
    if cut.is_some() {
        return Err(Over);
    }
    socket.write_all(b"+ idling\r\n").await?;
    let mut line = String::new();
    loop {
        tokio::select! {
            read = socket.read_line(&mut line) => {
                if read? == 0 {
                    return Err(Over);
                }
                break;
            }
            changed = seen.changed() => {
                changed.map_err(|_| Over)?;
                let exists = lock(state).folders.iter().find(|one| Some(one.name.as_str()) == open).map_or(0, |one| one.mails.len());
                socket.write_all(format!("* {exists} EXISTS\r\n").as_bytes()).await?;
            }
        }
    }
    socket.write_all(format!("{tag} OK done\r\n").as_bytes()).await?;
    Ok(())
}

fn literal(command: &str) -> Option<usize> {
    command.strip_suffix('}')?.rsplit_once('{')?.1.parse().ok()
}

fn unquoted(text: &str) -> String {
    text.trim().trim_matches('"').to_owned()
}

fn append(state: &Mutex<State>, command: &str, raw: Vec<u8>) {
    let name = command.split('"').nth(1).unwrap_or_default();
    let mut state = lock(state);
    if let Some(folder) = state.folders.iter_mut().find(|one| one.name == name) {
        let uid = folder.uid_next;
        folder.uid_next += 1;
        folder.mails.push(Mail {
            uid,
            arrived: ARRIVED.to_owned(),
            raw: Arc::new(raw),
        });
    }
}

fn reply(state: &Mutex<State>, tag: &str, command: &str, open: &mut Option<String>, out: &mut Vec<u8>) {
    let state = lock(state);
    let mut text = String::new();
    let mut done = "OK done";
    if let Some(rest) = command.strip_prefix("LOGIN ") {
        if !rest.ends_with(&format!("\"{}\"", state.password)) {
            done = "NO [AUTHENTICATIONFAILED] wrong password";
        }
    } else if command == "CAPABILITY" {
        let idle = if state.has_idle { " IDLE" } else { "" };
        let _ = writeln!(text, "* CAPABILITY IMAP4rev1{idle}\r");
    } else if command.starts_with("LIST ") {
        for folder in &state.folders {
            let _ = writeln!(text, "* LIST ({}) \"/\" \"{}\"\r", folder.attributes, folder.name);
        }
    } else if let Some(name) = command.strip_prefix("EXAMINE ") {
        match state.folders.iter().find(|one| one.name == unquoted(name)) {
            Some(folder) => {
                *open = Some(folder.name.clone());
                let _ = write!(
                    text,
                    "* FLAGS (\\Seen)\r\n* {} EXISTS\r\n* OK [UIDVALIDITY {}] x\r\n",
                    folder.mails.len(),
                    folder.uid_validity
                );
                if state.says_uid_next {
                    let _ = write!(text, "* OK [UIDNEXT {}] x\r\n", folder.uid_next);
                }
                done = "OK [READ-ONLY] done";
            }
            None => done = "NO [NONEXISTENT] no such folder",
        }
    } else if command == "NOOP" || command == "LOGOUT" {
        if let Some(folder) = state.folders.iter().find(|one| Some(&one.name) == open.as_ref()) {
            let _ = write!(text, "* {} EXISTS\r\n", folder.mails.len());
        }
    } else if let Some(rest) = command.strip_prefix("UID FETCH ") {
        let folder = state.folders.iter().find(|one| Some(&one.name) == open.as_ref());
        if let (Some(folder), Some((set, items))) = (folder, rest.split_once(' ')) {
            fetch(folder, set, items, out);
        }
    } else if let Some(rest) = command.strip_prefix("UID SEARCH ") {
        let folder = state.folders.iter().find(|one| Some(&one.name) == open.as_ref());
        let mut line = "* SEARCH".to_owned();
        for mail in folder.map(|folder| folder.mails.as_slice()).unwrap_or_default() {
            let is_found = if let Some(day) = rest.strip_prefix("SINCE ") {
                date(&mail.arrived) >= date(day)
            } else if let Some(id) = rest.strip_prefix("HEADER Message-ID ") {
                String::from_utf8_lossy(&mail.raw).contains(&unquoted(id))
            } else {
                true
            };
            if is_found {
                let _ = write!(line, " {}", mail.uid);
            }
        }
        let _ = writeln!(text, "{line}\r");
    } else {
        done = "BAD unknown command";
    }
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(format!("{tag} {done}\r\n").as_bytes());
}

/// The day of an INTERNALDATE or of SINCE, as something that can be compared.
fn date(text: &str) -> (u32, u32, u32) {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let day = text.trim().split(' ').next().unwrap_or_default();
    let mut parts = day.split('-');
    let mut next = || parts.next().unwrap_or_default();
    let (day, month, year) = (next(), next(), next());
    let month = MONTHS
        .iter()
        .zip(1..)
        .find(|(name, _)| **name == month)
        .map_or(0, |(_, number)| number);
    (year.parse().unwrap_or(0), month, day.parse().unwrap_or(0))
}

fn fetch(folder: &Folder, set: &str, items: &str, out: &mut Vec<u8>) {
    let last = folder.mails.last().map_or(0, |mail| mail.uid);
    let ranges: Vec<(u32, u32)> = set
        .split(',')
        .map(|range| {
            let number = |text: &str| if text == "*" { last } else { text.parse().unwrap_or(0) };
            let (a, b) = range.split_once(':').unwrap_or((range, range));
            let (a, b) = (number(a), number(b));
            (a.min(b), a.max(b))
        })
        .collect();
    for (mail, number) in folder.mails.iter().zip(1..) {
        if !ranges.iter().any(|(a, b)| (*a..=*b).contains(&mail.uid)) {
            continue;
        }
        out.extend_from_slice(format!("* {number} FETCH (UID {}", mail.uid).as_bytes());
        if items.contains("RFC822.SIZE") {
            out.extend_from_slice(format!(" RFC822.SIZE {}", mail.raw.len()).as_bytes());
        }
        if items.contains("INTERNALDATE") {
            out.extend_from_slice(format!(" INTERNALDATE \"{}\"", mail.arrived).as_bytes());
        }
        if let Some(start) = items.find("BODY.PEEK[") {
            let section = items[start + 10..].split(']').next().unwrap_or_default();
            let end = mail
                .raw
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
                .map_or(mail.raw.len(), |end| end + 4);
            let bytes = if section.is_empty() {
                &mail.raw[..]
            } else {
                &mail.raw[..end]
            };
            out.extend_from_slice(format!(" BODY[{section}] {{{}}}\r\n", bytes.len()).as_bytes());
            out.extend_from_slice(bytes);
        }
        out.extend_from_slice(b")\r\n");
    }
}
