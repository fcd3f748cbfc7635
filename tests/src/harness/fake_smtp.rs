//! An SMTP server that fails as a test tells it to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

/// A point of the SMTP conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The greeting.
    Connect,
    /// EHLO or HELO.
    Hello,
    /// After the credentials.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Recipient,
    /// DATA, before the message is sent.
    Data,
    /// After the final dot.
    End,
}

/// What happens there instead of the usual answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// This answer, such as `451 4.3.0 try again later`; at [`Stage::End`] the message is not kept
    /// unless it begins with `2`.
    Answer(String),
    /// The connection is cut; at [`Stage::End`] the message is not kept.
    Drop,
    /// The connection is cut, but the message is kept: the sender cannot know. For [`Stage::End`].
    KeepAndDrop,
    /// Nothing is ever answered.
    Stall,
    /// The usual answer, that much later.
    Slow(Duration),
}

/// One accepted message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The envelope's sender; empty for a bounce.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The message, without the dots of SMTP.
    pub raw: Vec<u8>,
    /// Who signed in, if anybody did.
    pub user: Option<String>,
}

impl Received {
    /// The message as text, for assertions.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }

    /// The path that signs the customer in, where the message has one.
    #[must_use]
    pub fn door(&self) -> Option<String> {
        // Quoted-printable breaks long lines with `=`.
        let text = self.text().replace("=\r\n", "").replace("=3D", "=");
        let at = text.find("/l/")?;
        let secret: String = text[at + 3..].chars().take_while(char::is_ascii_hexdigit).collect();
        (secret.len() == 64).then(|| format!("/l/{secret}"))
    }
}

#[derive(Debug, Default)]
struct State {
    script: VecDeque<(Stage, Action)>,
    always: Vec<(Stage, Action)>,
    received: Vec<Received>,
    connections: usize,
}

/// The server; it takes everything until told otherwise, with AUTH PLAIN and LOGIN and any password.
#[derive(Debug)]
pub struct FakeSmtp {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    _task: AbortOnDropHandle<()>,
}

impl FakeSmtp {
    /// Starts one in the runtime of the test.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        let task = tokio::spawn(async move {
            let mut clients = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                lock(&shared).connections += 1;
                let state = shared.clone();
                // A client that goes away in the middle is the usual case here.
                clients.spawn(async move { drop(serve(stream, &state).await) });
                while clients.try_join_next().is_some() {}
            }
        });
        Ok(Self {
            address,
            state,
            _task: AbortOnDropHandle::new(task),
        })
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `127.0.0.1:<port>`
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The next time `stage` is reached, and no other waits before it, `action` happens, once.
    pub fn once(&self, stage: Stage, action: Action) -> &Self {
        lock(&self.state).script.push_back((stage, action));
        self
    }

    /// From now on `action` happens whenever `stage` is reached and nothing is due [`once`](Self::once).
    pub fn always(&self, stage: Stage, action: Action) -> &Self {
        lock(&self.state).always.push((stage, action));
        self
    }

    /// Takes everything again.
    pub fn heal(&self) {
        let mut state = lock(&self.state);
        state.script.clear();
        state.always.clear();
    }

    /// The messages accepted so far, also those whose sender was told nothing.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        lock(&self.state).received.clone()
    }

    /// How many connections it has had.
    #[must_use]
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }

    /// Waits until at least `count` messages were accepted, and gives them all.
    ///
    /// # Panics
    /// When they do not come in time.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        super::eventually(&format!("{count} messages by SMTP"), async || {
            Some(self.received()).filter(|received| received.len() >= count)
        })
        .await
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is due at `stage`.
fn due(state: &Mutex<State>, stage: Stage) -> Option<Action> {
    let mut state = lock(state);
    if state.script.front().is_some_and(|(next, _)| *next == stage) {
        return state.script.pop_front().map(|(_, action)| action);
    }
    state
        .always
        .iter()
        .find(|(next, _)| *next == stage)
        .map(|(_, action)| action.clone())
}

/// The connection is over.
struct Over;

impl From<std::io::Error> for Over {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

struct Session<'a> {
    stream: BufReader<TcpStream>,
    state: &'a Mutex<State>,
    user: Option<String>,
    from: String,
    to: Vec<String>,
}

async fn serve(stream: TcpStream, state: &Mutex<State>) -> Result<(), Over> {
    stream.set_nodelay(true)?;
    let mut session = Session {
        stream: BufReader::new(stream),
        state,
        user: None,
        from: String::new(),
        to: Vec::new(),
    };
    session.answer(Stage::Connect, "220 fake.example.test ESMTP").await?;
    loop {
        let line = session.line().await?;
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => {
                let extensions = "250-fake.example.test\r\n250-AUTH PLAIN LOGIN\r\n250-8BITMIME\r\n250 SMTPUTF8";
                session.answer(Stage::Hello, extensions).await?;
            }
            "HELO" => session.answer(Stage::Hello, "250 fake.example.test").await.map(drop)?,
            "AUTH" => session.auth(&line).await?,
            "MAIL" => {
                session.to.clear();
                session.from = address(&line);
                session.answer(Stage::Mail, "250 2.1.0 ok").await?;
            }
            "RCPT" => {
                if session.answer(Stage::Recipient, "250 2.1.5 ok").await? {
                    session.to.push(address(&line));
                }
            }
            "DATA" if session.to.is_empty() => session.say("503 5.5.1 no recipient").await?,
            "DATA" => {
                if session.answer(Stage::Data, "354 go ahead").await? {
                    session.message().await?;
                }
            }
            "RSET" | "NOOP" => session.say("250 2.0.0 ok").await?,
            "QUIT" => return session.say("221 2.0.0 bye").await,
            _ => session.say("502 5.5.2 not here").await?,
        }
    }
}

impl Session<'_> {
    async fn line(&mut self) -> Result<String, Over> {
        let mut line = Vec::new();
        if (&mut self.stream).take(1_000_000).read_until(b'\n', &mut line).await? == 0 {
            return Err(Over);
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    async fn say(&mut self, line: &str) -> Result<(), Over> {
        self.stream
            .get_mut()
            .write_all(format!("{line}\r\n").as_bytes())
            .await?;
        Ok(())
    }

    /// Answers as the script says; true when the client may go on.
    async fn answer(&mut self, stage: Stage, usual: &str) -> Result<bool, Over> {
        match due(self.state, stage) {
            None => self.say(usual).await?,
            Some(Action::Slow(delay)) => {
                tokio::time::sleep(delay).await;
                self.say(usual).await?;
            }
            Some(Action::Answer(line)) => {
                self.say(&line).await?;
                return Ok(line.starts_with(['2', '3']));
            }
            Some(Action::Drop | Action::KeepAndDrop) => return Err(Over),
            Some(Action::Stall) => std::future::pending().await,
        }
        Ok(true)
    }

    async fn auth(&mut self, line: &str) -> Result<(), Over> {
        let mut words = line.split(' ').skip(1);
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        let mut first = words.next().map(str::to_owned);
        if first.is_none() {
            self.say(if mechanism == "LOGIN" {
                "334 VXNlcm5hbWU6"
            } else {
                "334 "
            })
            .await?;
            first = Some(self.line().await?);
        }
        let decoded = base64::engine::general_purpose::STANDARD
            .decode(first.unwrap_or_default())
            .unwrap_or_default();
        let decoded = String::from_utf8_lossy(&decoded).into_owned();
        let user = if mechanism == "LOGIN" {
            self.say("334 UGFzc3dvcmQ6").await?;
            self.line().await?;
            decoded
        } else {
            decoded.split('\0').nth(1).unwrap_or_default().to_owned()
        };
        if self.answer(Stage::Auth, "235 2.7.0 ok").await? {
            self.user = Some(user);
        }
        Ok(())
    }

    async fn message(&mut self) -> Result<(), Over> {
        let mut raw = Vec::new();
        loop {
            let start = raw.len();
            if self.stream.read_until(b'\n', &mut raw).await? == 0 {
                return Err(Over);
            }
            match &raw[start..] {
                b".\r\n" | b".\n" => {
                    raw.truncate(start);
                    break;
                }
                [b'.', ..] => drop(raw.remove(start)),
                _ => {}
            }
        }
        let received = Received {
            from: std::mem::take(&mut self.from),
            to: std::mem::take(&mut self.to),
            raw,
            user: self.user.clone(),
        };
        let keep = |state: &Mutex<State>| lock(state).received.push(received);
        let usual = "250 2.0.0 taken";
        match due(self.state, Stage::End) {
            None => {
                keep(self.state);
                self.say(usual).await
            }
            Some(Action::Slow(delay)) => {
                tokio::time::sleep(delay).await;
                keep(self.state);
                self.say(usual).await
            }
            Some(Action::Answer(line)) => {
                if line.starts_with('2') {
                    keep(self.state);
                }
                self.say(&line).await
            }
            Some(Action::KeepAndDrop) => {
                keep(self.state);
                Err(Over)
            }
            Some(Action::Drop) => Err(Over),
            Some(Action::Stall) => std::future::pending().await,
        }
    }
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    line.split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map(|(address, _)| address.to_owned())
        .unwrap_or_default()
}
