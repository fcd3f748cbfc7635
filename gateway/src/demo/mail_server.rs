//! The simulated customers' mail server: takes what Switchboard sends and keeps it in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// How many mails one address keeps.
const KEEP: usize = 50;
/// The longest line and the longest mail that are read.
const LONGEST_LINE: u64 = 4096;
const LONGEST_MAIL: usize = 20 * 1024 * 1024;

/// The mails that arrived, by recipient, oldest first. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Mailboxes(Arc<Mutex<HashMap<String, Vec<Vec<u8>>>>>);

impl Mailboxes {
    /// What an address got.
    pub(super) fn of(&self, address: &str) -> Vec<Vec<u8>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(address)
            .cloned()
            .unwrap_or_default()
    }

    fn put(&self, address: String, raw: Vec<u8>) {
        let mut boxes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mails = boxes.entry(address).or_default();
        mails.push(raw);
        if mails.len() > KEEP {
            mails.remove(0);
        }
    }
}

/// Takes mail on a free loopback port until told to stop; returns the port.
pub(super) async fn start(mailboxes: Mailboxes, stop: CancellationToken) -> std::io::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        loop {
            let stream = tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => match accepted { Ok((stream, _)) => stream, Err(_) => continue },
            };
            let mailboxes = mailboxes.clone();
            tokio::spawn(async move {
                // A client that goes away in the middle has sent nothing.
                let _ = serve(stream, &mailboxes).await;
            });
        }
    });
    Ok(port)
}

/// The few commands of RFC 5321 that a client needs.
async fn serve(stream: TcpStream, mailboxes: &Mailboxes) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    let mut recipients: Vec<String> = Vec::new();
    write.write_all(b"220 demo ESMTP\r\n").await?;
    loop {
        let mut line = String::new();
        if (&mut lines).take(LONGEST_LINE).read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line
            .split([' ', ':', '\r', '\n'])
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" | "HELO" => "250-demo\r\n250 8BITMIME\r\n",
            "MAIL" | "RSET" => {
                recipients.clear();
                "250 ok\r\n"
            }
            "RCPT" => match line.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
                Some((address, _)) => {
                    recipients.push(address.to_lowercase());
                    "250 ok\r\n"
                }
                None => "501 no address\r\n",
            },
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let raw = data(&mut lines).await?;
                for recipient in recipients.drain(..) {
                    mailboxes.put(recipient, raw.clone());
                }
                "250 taken\r\n"
            }
            "NOOP" => "250 ok\r\n",
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "502 not here\r\n",
        };
        write.write_all(answer.as_bytes()).await?;
    }
}

async fn data(lines: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" || line == b".\n" {
            return Ok(raw);
        }
        if raw.len() < LONGEST_MAIL {
            raw.extend_from_slice(if line.starts_with(b"..") { &line[1..] } else { &line });
        }
    }
}
